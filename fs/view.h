/* struct view: one redacted document, ready to be served: bytes, length, digest, counts, whom it is about. A descriptor keeps the view it opened
 * (snapshot).
 * Threads: immutable after view_new(), shared by reference. Ownership: the last view_unref() wipes and frees. */
#pragma once

#include "conf/base/buf.h"
#include "conf/entity.h"
#include "conf/keeper.h"
#include "redact/token.h"

enum { VIEW_DIGEST_LEN = 32 };

/* Of patient and encounter: the codes that the view shows, and the tokens that name them in the journal; "" none. */
struct view_about {
    char patient[TOKEN_TEXT_LEN_MAX + 1], encounter[TOKEN_TEXT_LEN_MAX + 1];
    char patient_token[KEEPER_SUBJECT_TOKEN_LEN], encounter_token[KEEPER_SUBJECT_TOKEN_LEN];
    uint32_t month;     /* of the tokens (subject.h): subject keys change by the month; 0 without tokens */
    int32_t shift_days; /* of the patient's dates; 0: not moved */
};

struct view {
    struct bytes content;
    uint8_t digest[VIEW_DIGEST_LEN]; /* SHA-256 of content */
    uint32_t counts[ENTITY_COUNT];
    const char *format;              /* static; NULL unknown */
    struct view_about about;         /* set by whoever made the view, before it is shared */
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
/* False: its tokens are of a month that is over; the view is made anew, so that no record is named by an old key. */
bool view_is_of_month(const struct view *v, uint32_t month);
/* The slice that a read of len bytes at offset gets; empty past the end. */
struct bytes view_read(const struct view *v, uint64_t offset, size_t len);
