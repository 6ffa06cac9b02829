/* Documents whose length is the attack: one line, one number, candidates without end, deep repeats. Shared by the test (small) and the benchmark (full).
 * Threads: pure. */
#pragma once

#include "conf/base/bytes.h"

struct huge {
    const char *name;
    const char *head;   /* stands once, at the beginning */
    const char *repeat; /* fills the rest */
    size_t len;         /* full size, by hand: bench_engine --huge */
    size_t hits_least;  /* findings of a megabyte */
};

static const struct huge huge_documents[] = {
    { "a number of 1 GB", "", "7", (size_t) 1 << 30, 1 },
    { "one line of 100 MB", "", "the patient was seen today and is doing well on lisinopril without complaint ", 100u << 20, 0 },
    { "a million candidates", "", "MRN: 00482913, seen 03/14/2019. ", 32000000, 30000 },
    { "a million names", "", "Dr. Amelia Okonkwo-Hartley called. ", 36000000, 20000 },
    { "deep repeats", "", "((((((((1-(2-(3-(4-(5-a-b-c-d", 100u << 20, 0 },
    { "one name, then everywhere", "Patient: Amelia Hartley\n", "Hartley said so. ", 100u << 20, 50000 },
    { "columns without end", "MRN  LAST NAME\n", "7093147298  GOUDREAU\n", 50u << 20, 40000 },
    { "labels and nothing", "", "Patient:                                                                ", 100u << 20, 0 },
};

static inline void huge_fill(const struct huge *h, uint8_t *text, size_t len) {
    size_t head = strlen(h->head), period = strlen(h->repeat);
    for (size_t i = 0; i < head && i < len; i++) text[i] = (uint8_t) h->head[i];
    for (size_t i = head; i < len; i++) text[i] = (uint8_t) h->repeat[(i - head) % period];
}
