/* struct number_run: a number as people write it, joined: "555-01 2345", "(555) 012-345", "AB 1234567" are words to the scan; here they grow word by
 * word, and at each step the normal form (roster_normal_number()) of all so far can be looked up.
 *     struct number_run n; number_run_begin(&n, scan, i);
 *     while (number_run_next(&n)) … n.hash, n.len, n.last …
 * Threads: values. */
#pragma once

#include "redact/roster.h"
#include "redact/scan.h"

struct number_run {
    const struct scan *scan;
    uint32_t next;     /* word to take next */
    uint32_t first;
    uint8_t form[ROSTER_NUMBER_LEN_MAX];
    size_t form_len;
    bool has_digit;
    /* after number_run_next(): */
    uint64_t hash;     /* of the normal form */
    size_t len;        /* of the normal form */
    uint32_t last;     /* the last word taken */
};

/* Word i: digits, or letters right before some. */
bool number_run_may_begin(const struct scan *scan, uint32_t i);
void number_run_begin(struct number_run *n, const struct scan *scan, uint32_t i);
/* False at the end. Forms shorter than least are passed over. */
_must_use_ bool number_run_next(struct number_run *n, size_t least);
