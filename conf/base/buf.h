/* struct buf: bytes that grow, up to a limit the buffer is born with.
 * Errors are sticky: after the first failure (-E2BIG past the limit, -ENOMEM) appends do nothing and buf_error() tells, so that a writer
 * checks once, at the end. The memory is wiped when the buffer moves or is released: it may hold document text.
 * Threads: one owner at a time. */
#pragma once

#include "conf/base/bytes.h"

struct buf {
    uint8_t *ptr;
    size_t len;
    size_t capacity;
    size_t len_max;
    int error;
};

void buf_init(struct buf *b, size_t len_max);
/* Wipes and frees; the buffer is empty and usable again with the same limit. */
void buf_release(struct buf *b);
/* Empties without freeing; wipes what was there and clears a sticky error. */
void buf_reset(struct buf *b);

/* All return the sticky error, 0 while all is well. */
int buf_append(struct buf *b, struct bytes data);
int buf_append_string(struct buf *b, const char *s);
int buf_append_byte(struct buf *b, uint8_t byte);
int buf_append_printf(struct buf *b, const char *format, ...) _printf_(2, 3);
int buf_append_be16(struct buf *b, uint16_t v);
int buf_append_be32(struct buf *b, uint32_t v);
int buf_append_be64(struct buf *b, uint64_t v);
/* Room for len more bytes; *out points at it and the length grows by len. */
_must_use_ int buf_extend(struct buf *b, size_t len, uint8_t **out);

static inline _must_use_ int buf_error(const struct buf *b) {
    return b->error;
}

static inline struct bytes buf_bytes(const struct buf *b) {
    return bytes_make(b->ptr, b->len);
}
