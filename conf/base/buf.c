#include "conf/base/buf.h"

#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

#include "conf/base/size.h"

void buf_init(struct buf *b, size_t len_max) {
    *b = (struct buf) { .len_max = len_max };
}

void buf_release(struct buf *b) {
    if (b->ptr) sodium_memzero(b->ptr, b->len);
    free(b->ptr);
    buf_init(b, b->len_max);
}

void buf_reset(struct buf *b) {
    if (b->ptr) sodium_memzero(b->ptr, b->len);
    b->len = 0;
    b->error = 0;
}

/* malloc, copy, wipe, free instead of realloc: realloc would leave document text in the heap behind us. */
static int buf_grow(struct buf *b, size_t need) {
    size_t capacity = b->capacity ? b->capacity : 64;
    while (capacity < need) {
        if (!size_mul(capacity, 2, &capacity)) return -EOVERFLOW;
    }
    if (capacity > b->len_max) capacity = b->len_max;
    uint8_t *grown = malloc(capacity);
    if (!grown) return -ENOMEM;
    if (b->len > 0) {
        memcpy(grown, b->ptr, b->len);
        sodium_memzero(b->ptr, b->len);
    }
    free(b->ptr);
    b->ptr = grown;
    b->capacity = capacity;
    return 0;
}

int buf_extend(struct buf *b, size_t len, uint8_t **out) {
    if (b->error < 0) return b->error;
    size_t need = 0;
    if (!size_add(b->len, len, &need) || need > b->len_max) return b->error = -E2BIG;
    if (need > b->capacity) {
        int r = buf_grow(b, need);
        if (r < 0) return b->error = r;
    }
    *out = b->ptr ? b->ptr + b->len : NULL;
    b->len = need;
    return 0;
}

int buf_append(struct buf *b, struct bytes data) {
    if (data.len == 0) return b->error;
    uint8_t *to = NULL;
    int r = buf_extend(b, data.len, &to);
    if (r < 0) return r;
    memcpy(to, data.ptr, data.len);
    return 0;
}

int buf_append_string(struct buf *b, const char *s) {
    return buf_append(b, bytes_from_string(s));
}

int buf_append_byte(struct buf *b, uint8_t byte) {
    return buf_append(b, bytes_make(&byte, 1));
}

int buf_append_printf(struct buf *b, const char *format, ...) {
    if (b->error < 0) return b->error;
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) return b->error = -EINVAL;
    uint8_t *to = NULL;
    /* One byte more than the text: vsnprintf ends it with a NUL, which is then taken off again. */
    int r = buf_extend(b, (size_t) len + 1, &to);
    if (r < 0) return r;
    va_start(args, format);
    ignore(vsnprintf((char *) to, (size_t) len + 1, format, args)); /* the same length as measured above */
    va_end(args);
    b->len--;
    return 0;
}

int buf_append_be16(struct buf *b, uint16_t v) {
    uint8_t raw[2];
    bytes_store_be16(raw, v);
    return buf_append(b, bytes_make(raw, sizeof(raw)));
}

int buf_append_be32(struct buf *b, uint32_t v) {
    uint8_t raw[4];
    bytes_store_be32(raw, v);
    return buf_append(b, bytes_make(raw, sizeof(raw)));
}

int buf_append_be64(struct buf *b, uint64_t v) {
    uint8_t raw[8];
    bytes_store_be64(raw, v);
    return buf_append(b, bytes_make(raw, sizeof(raw)));
}
