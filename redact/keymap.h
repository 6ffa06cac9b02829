/* keymap: byte strings to small numbers, for one document. Hashes are keyed with a fresh random key (SipHash), so that a hostile document
 * cannot choose its collisions. Keys are borrowed and must outlive the map.
 * Threads: one owner. Memory: in the arena; never freed on its own. */
#pragma once

#include "conf/base/arena.h"

struct keymap_slot;
struct keymap {
    struct arena *arena;
    struct keymap_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    uint8_t seed[16];
};

void keymap_init(struct keymap *m, struct arena *arena);
/* NULL when absent. The number may be changed through the pointer, until the next keymap_put. */
uint32_t *keymap_get(const struct keymap *m, struct bytes key);
/* *out points at the key's number, 0 when it is new (then *out_new). -ENOMEM past the arena's limit. */
_must_use_ int keymap_put(struct keymap *m, struct bytes key, uint32_t **out, bool *out_new);
