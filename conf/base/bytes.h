/* struct bytes: borrowed memory with its length, never NUL-terminated. The only form in which document text travels.
 * Ownership: none; whoever made the memory keeps it alive. Passing one to "%s" does not compile, which is intended.
 * Threads: a value; the memory behind it follows its owner's rule. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "conf/base/attr.h"
#include "conf/base/span.h"

struct bytes {
    const uint8_t *ptr;
    size_t len;
};

/* From a string literal. */
#define BYTES(literal) ((struct bytes) { .ptr = (const uint8_t *) ("" literal ""), .len = sizeof(literal) - 1 })

static inline struct bytes bytes_make(const void *ptr, size_t len) {
    return (struct bytes) { .ptr = ptr, .len = len };
}

static inline struct bytes bytes_from_string(const char *s) {
    return bytes_make(s, s ? strlen(s) : 0);
}

static inline bool bytes_equal(struct bytes a, struct bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Shorter first on a common prefix, as memcmp orders. */
static inline int bytes_compare(struct bytes a, struct bytes b) {
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    if (c != 0) return c;
    return (a.len > b.len) - (a.len < b.len);
}

static inline bool bytes_starts_with(struct bytes b, struct bytes prefix) {
    return b.len >= prefix.len && (prefix.len == 0 || memcmp(b.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool bytes_ends_with(struct bytes b, struct bytes suffix) {
    return b.len >= suffix.len && (suffix.len == 0 || memcmp(b.ptr + b.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

/* The span lies inside, or we made a mistake. */
static inline struct bytes bytes_slice(struct bytes b, struct span s) {
    must(s.begin <= s.end && s.end <= b.len);
    return bytes_make(b.ptr ? b.ptr + s.begin : NULL, s.end - s.begin);
}

/* Takes the first len bytes off *in; false, nothing taken, when fewer are left. For parsers of hostile input. */
static inline _must_use_ bool bytes_take(struct bytes *in, size_t len, struct bytes *out) {
    if (len > in->len) return false;
    *out = bytes_make(in->ptr, len);
    in->ptr = in->ptr ? in->ptr + len : NULL;
    in->len -= len;
    return true;
}

static inline uint16_t bytes_load_be16(const uint8_t *p) {
    return (uint16_t) (p[0] << 8 | p[1]);
}

static inline uint32_t bytes_load_be32(const uint8_t *p) {
    return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | (uint32_t) p[3];
}

static inline uint64_t bytes_load_be64(const uint8_t *p) {
    return (uint64_t) bytes_load_be32(p) << 32 | bytes_load_be32(p + 4);
}

static inline void bytes_store_be16(uint8_t *p, uint16_t v) {
    p[0] = (uint8_t) (v >> 8);
    p[1] = (uint8_t) v;
}

static inline void bytes_store_be32(uint8_t *p, uint32_t v) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t) (v >> (24 - 8 * i));
}

static inline void bytes_store_be64(uint8_t *p, uint64_t v) {
    for (int i = 0; i < 8; i++) p[i] = (uint8_t) (v >> (56 - 8 * i));
}
