#include "fs/table.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>

enum { TABLE_SLOTS_MIN = 256 };

int table_init(struct table *t) {
    struct table_link **slots = calloc(TABLE_SLOTS_MIN, sizeof(*slots));
    if (!slots) return -ENOMEM;
    *t = (struct table) { .slots = slots, .slot_count = TABLE_SLOTS_MIN };
    static_assert(sizeof(t->key) == crypto_shorthash_KEYBYTES, "siphash takes 16 bytes");
    randombytes_buf(t->key, sizeof(t->key));
    return 0;
}

void table_release(struct table *t) {
    free(t->slots);
    *t = (struct table) { 0 };
}

uint64_t table_hash(const struct table *t, uint64_t number, struct bytes name) {
    uint64_t text = 0, out;
    if (name.len > 0) must(crypto_shorthash((unsigned char *) &text, name.ptr, name.len, t->key) == 0);
    uint64_t both[2] = { number, text };
    must(crypto_shorthash((unsigned char *) &out, (const unsigned char *) both, sizeof(both), t->key) == 0);
    return out;
}

static struct table_link **table_slot(const struct table *t, uint64_t hash) {
    return &t->slots[hash & (t->slot_count - 1)];
}

static void table_grow(struct table *t) {
    size_t wider = t->slot_count * 2;
    struct table_link **old = t->slots, **slots = calloc(wider, sizeof(*slots));
    if (!slots) return;
    size_t old_count = t->slot_count;
    t->slots = slots;
    t->slot_count = wider;
    for (size_t i = 0; i < old_count; i++) {
        for (struct table_link *l = old[i], *next; l; l = next) {
            next = l->next;
            struct table_link **slot = table_slot(t, l->hash);
            l->next = *slot;
            *slot = l;
        }
    }
    free(old);
}

void table_insert(struct table *t, struct table_link *link, uint64_t hash) {
    if (t->count >= t->slot_count) table_grow(t);
    struct table_link **slot = table_slot(t, hash);
    link->hash = hash;
    link->next = *slot;
    *slot = link;
    t->count++;
}

void table_remove(struct table *t, struct table_link *link) {
    struct table_link **at = table_slot(t, link->hash);
    while (*at && *at != link) at = &(*at)->next;
    must(*at == link);
    *at = link->next;
    link->next = NULL;
    t->count--;
}

struct table_link *table_first(const struct table *t, uint64_t hash) {
    struct table_link *l = *table_slot(t, hash);
    while (l && l->hash != hash) l = l->next;
    return l;
}

struct table_link *table_next(const struct table_link *link) {
    struct table_link *l = link->next;
    while (l && l->hash != link->hash) l = l->next;
    return l;
}
