/* struct map: where a byte of one text came from in another. Steps of equal distance: between two steps both texts run side by side.
 * An empty map is the identity, the usual case.
 * Threads: one document, one thread. Memory: the arena it was made with. */
#pragma once

#include <stdint.h>

#include "conf/base/arena.h"

struct map_step {
    size_t from; /* in the derived text */
    size_t to;   /* in the text it was derived from */
};

struct map {
    struct map_step *steps;
    size_t count;
    size_t capacity;
};

/* From here on derived byte `from` is original byte `to`. Ascending. -ENOMEM past the arena's limit. */
_must_use_ int map_add(struct map *m, struct arena *a, size_t from, size_t to);
/* Position of derived byte `at` in the original. Bytes that were left out in between belong to what stands before them. */
size_t map_position(const struct map *m, size_t at);
struct span map_span(const struct map *m, struct span s);
/* The other way: where original byte `at` went; a byte that was left out goes where the next one did. */
size_t map_derived(const struct map *m, size_t at);
