#include "redact/keymap.h"

#include <errno.h>
#include <sodium.h>

#include "conf/base/size.h"

enum { KEYMAP_CAPACITY_MIN = 64 };

struct keymap_slot {
    struct bytes key; /* ptr NULL: empty */
    uint64_t hash;
    uint32_t number;
};

/* An empty key needs an address too. */
static const uint8_t keymap_nothing[1];

void keymap_init(struct keymap *m, struct arena *arena) {
    *m = (struct keymap) { .arena = arena };
    randombytes_buf(m->seed, sizeof(m->seed));
}

static uint64_t keymap_hash(const struct keymap *m, struct bytes key) {
    uint64_t hash;
    crypto_shorthash((uint8_t *) &hash, key.ptr ? key.ptr : keymap_nothing, key.len, m->seed);
    return hash;
}

static struct keymap_slot *keymap_find(const struct keymap *m, struct bytes key, uint64_t hash) {
    size_t mask = m->capacity - 1;
    for (size_t i = (size_t) hash & mask;; i = (i + 1) & mask) {
        struct keymap_slot *s = &m->slots[i];
        if (!s->key.ptr || (s->hash == hash && bytes_equal(s->key, key))) return s;
    }
}

uint32_t *keymap_get(const struct keymap *m, struct bytes key) {
    if (m->capacity == 0) return NULL;
    struct keymap_slot *s = keymap_find(m, key, keymap_hash(m, key));
    return s->key.ptr ? &s->number : NULL;
}

static int keymap_grow(struct keymap *m) {
    struct keymap old = *m;
    size_t capacity = KEYMAP_CAPACITY_MIN;
    if (old.capacity > 0 && !size_mul(old.capacity, 2, &capacity)) return -ENOMEM;
    struct keymap_slot *slots = arena_alloc(m->arena, capacity, sizeof(*slots));
    if (!slots) return -ENOMEM;
    m->slots = slots;
    m->capacity = capacity;
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].key.ptr) *keymap_find(m, old.slots[i].key, old.slots[i].hash) = old.slots[i];
    }
    return 0;
}

int keymap_put(struct keymap *m, struct bytes key, uint32_t **out, bool *out_new) {
    if (m->count * 2 >= m->capacity) {
        int r = keymap_grow(m);
        if (r < 0) return r;
    }
    uint64_t hash = keymap_hash(m, key);
    struct keymap_slot *s = keymap_find(m, key, hash);
    *out_new = s->key.ptr == NULL;
    if (*out_new) {
        *s = (struct keymap_slot) { .key = bytes_make(key.ptr ? key.ptr : keymap_nothing, key.len), .hash = hash };
        m->count++;
    }
    *out = &s->number;
    return 0;
}
