/* struct table: a hash table of links that live inside the caller's structures. Keys are compared by the caller; hashes are keyed (siphash),
 * so that hostile file names cannot make one long chain.
 * Threads: none of its own; the owner's lock covers it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "conf/base/bytes.h"

struct table_link {
    struct table_link *next;
    uint64_t hash;
};

struct table {
    struct table_link **slots;
    size_t slot_count; /* a power of two */
    size_t count;
    uint8_t key[16];
};

/* The structure that holds the link. */
#define table_entry(link, type, member) ((type *) (void *) ((char *) (link) - offsetof(type, member)))

/* -ENOMEM. */
_must_use_ int table_init(struct table *t);
/* Forgets the links; what holds them is the caller's. */
void table_release(struct table *t);
/* Hash of up to two parts under the table's own random key. */
uint64_t table_hash(const struct table *t, uint64_t number, struct bytes name);
/* Never fails: when the table cannot grow, its chains do. */
void table_insert(struct table *t, struct table_link *link, uint64_t hash);
/* The link must be in the table. */
void table_remove(struct table *t, struct table_link *link);
/* All links with this hash: for (l = table_first(t, h); l; l = table_next(l)). */
struct table_link *table_first(const struct table *t, uint64_t hash);
struct table_link *table_next(const struct table_link *link);
