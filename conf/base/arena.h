/* struct arena: memory that lives as long as one document, in one thread. Freed and wiped whole.
 * Threads: one owner; never shared. */
#pragma once

#include "conf/base/attr.h"
#include "conf/base/bytes.h"

struct arena_block;
struct arena {
    struct arena_block *newest;
    size_t used;    /* bytes given out since the last reset */
    size_t len_max; /* all blocks together */
    size_t reserved;
};

void arena_init(struct arena *a, size_t len_max);
/* Wipes; keeps the largest block for the next document. */
void arena_reset(struct arena *a);
void arena_release(struct arena *a);

/* Zeroed, aligned to 64 bytes (a cache line, an AVX-512 lane). NULL past the limit or out of memory: the view is then refused. */
_must_use_ void *arena_alloc(struct arena *a, size_t count, size_t element_len);
/* As above without zeroing, for large tables that are written before they are read. */
_must_use_ void *arena_alloc_dirty(struct arena *a, size_t count, size_t element_len);
/* Makes what was given out last longer, where it stands; false, nothing changed, where something was given out since or its block has no room. */
bool arena_grow(struct arena *a, void *last, size_t len, size_t len_wanted);
/* A copy that lives in the arena; ptr NULL on failure (len then 0) unless the input was empty. */
_must_use_ struct bytes arena_copy(struct arena *a, struct bytes data);
