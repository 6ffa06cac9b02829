/* leak_scan: a stream of bytes searched for the identifiers of a leak_set, whatever their case, spacing and escapes. Memory does not grow with the
 * stream or its lines; a value may lie across any two pieces that are fed.
 * What is not found: values in base64, in UTF-16, or parted by more than eight bytes; names whose words do not stand in order.
 * Threads: one owner. Ownership: leak_scan_free(). */
#pragma once

#include "redact/leak_set.h"

struct leak_hit {
    uint64_t offset; /* of its first byte in the stream */
    uint64_t len;    /* bytes, escapes included */
    uint64_t line;   /* from 1 */
    struct token token;
    bool weak;
};

struct leak_scan;
/* each is told of every hit, in the stream's order; non-zero ends the search and is returned. set is borrowed. */
_must_use_ int leak_scan_new(struct leak_set *set, int (*each)(void *context, const struct leak_hit *hit), void *context, struct leak_scan **out_scan);
void leak_scan_free(struct leak_scan *s);
static inline void leak_scan_freep(struct leak_scan **s) {
    leak_scan_free(*s);
    *s = NULL;
}
_must_use_ int leak_scan_feed(struct leak_scan *s, struct bytes data);
/* The stream ends; the next one begins at offset 0, line 1. To be called also after an error. */
_must_use_ int leak_scan_end(struct leak_scan *s);
