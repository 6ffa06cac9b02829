/* struct span: a place in a document, half open, in bytes from its beginning. 1 GiB documents and more: size_t.
 * Threads: a value. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct span {
    size_t begin;
    size_t end;
};

static inline size_t span_len(struct span s) {
    return s.end - s.begin;
}

static inline bool span_is_empty(struct span s) {
    return s.begin >= s.end;
}

static inline bool span_overlaps(struct span a, struct span b) {
    return a.begin < b.end && b.begin < a.end;
}

static inline bool span_contains(struct span outer, struct span inner) {
    return outer.begin <= inner.begin && inner.end <= outer.end;
}

/* The smallest span that covers both. */
static inline struct span span_union(struct span a, struct span b) {
    return (struct span) { .begin = a.begin < b.begin ? a.begin : b.begin, .end = a.end > b.end ? a.end : b.end };
}
