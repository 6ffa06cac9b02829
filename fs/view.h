/* struct view: one redacted document, ready to be served: bytes, length, digest, counts. A descriptor keeps the view it opened (snapshot).
 * Threads: immutable after view_new(), shared by reference. Ownership: the last view_unref() wipes and frees. */
#pragma once

#include "conf/base/buf.h"
#include "conf/entity.h"

enum { VIEW_DIGEST_LEN = 32 };

struct view {
    struct bytes content;
    uint8_t digest[VIEW_DIGEST_LEN]; /* SHA-256 of content */
    uint32_t counts[ENTITY_COUNT];
    const char *format;              /* static; NULL unknown */
    struct buf owner;
    unsigned refs;                   /* atomic */
};

/* Takes the buffer's memory on success; content may be empty. */
_must_use_ int view_new_take(struct buf *content, const uint32_t counts[ENTITY_COUNT], const char *format, struct view **out_view);
struct view *view_ref(struct view *v);
void view_unref(struct view *v);
static inline void view_unrefp(struct view **v) {
    view_unref(*v);
    *v = NULL;
}
/* The slice that a read of len bytes at offset gets; empty past the end. */
struct bytes view_read(const struct view *v, uint64_t offset, size_t len);
