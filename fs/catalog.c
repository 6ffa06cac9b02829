#include "fs/catalog.h"

#include <assert.h>
#include <errno.h>

#include "conf/base/lock.h"
#include "fs/ring.h"
#include "fs/table.h"

struct catalog_entry {
    struct table_link link;
    struct ring ring;
    struct catalog_key key;
    struct catalog_record record;
};

struct catalog {
    pthread_mutex_t lock; /* lock.h, 2 */
    struct table table;
    struct ring recent;   /* next: most recently used */
    size_t count_max;
    struct key key;
};

int catalog_new(const struct key *key, size_t count_max, struct catalog **out_catalog) {
    struct catalog *c = calloc(1, sizeof(*c));
    if (!c) return -ENOMEM;
    int r = table_init(&c->table);
    if (r < 0) {
        free(c);
        return r;
    }
    must(pthread_mutex_init(&c->lock, NULL) == 0);
    ring_init(&c->recent);
    c->count_max = count_max;
    c->key = *key;
    *out_catalog = c;
    return 0;
}

static void catalog_remove(struct catalog *c, struct catalog_entry *e) _holds_(c->lock) {
    table_remove(&c->table, &e->link);
    ring_remove(&e->ring);
    free(e);
}

void catalog_free(struct catalog *c) {
    if (!c) return;
    while (!ring_is_empty(&c->recent)) catalog_remove(c, ring_entry(c->recent.next, struct catalog_entry, ring));
    table_release(&c->table);
    (void) pthread_mutex_destroy(&c->lock);
    key_wipe(&c->key);
    free(c);
}

struct catalog_key catalog_key_of(const struct catalog *c, const char *path, const struct source_version *v, const uint8_t policy_digest[32]) {
    /* Every field at its own place, no padding: equal versions, equal bytes. */
    uint64_t numbers[7] = { v->dev, v->ino, v->len, (uint64_t) v->mtime_s, (uint64_t) v->ctime_s, v->mtime_ns, v->ctime_ns };
    crypto_generichash_state state;
    struct catalog_key key;
    must(crypto_generichash_init(&state, c->key.raw, sizeof(c->key.raw), sizeof(key.raw)) == 0);
    must(crypto_generichash_update(&state, (const unsigned char *) numbers, sizeof(numbers)) == 0);
    must(crypto_generichash_update(&state, policy_digest, 32) == 0);
    must(crypto_generichash_update(&state, (const unsigned char *) path, strlen(path)) == 0);
    must(crypto_generichash_final(&state, key.raw, sizeof(key.raw)) == 0);
    return key;
}

static uint64_t catalog_hash(const struct catalog_key *key) {
    uint64_t h; /* the key is a keyed hash already */
    static_assert(sizeof(key->raw) >= sizeof(h), "a key holds a hash");
    memcpy(&h, key->raw, sizeof(h));
    return h;
}

static struct catalog_entry *catalog_find(struct catalog *c, const struct catalog_key *key) _holds_(c->lock) {
    for (struct table_link *l = table_first(&c->table, catalog_hash(key)); l; l = table_next(l)) {
        struct catalog_entry *e = table_entry(l, struct catalog_entry, link);
        if (memcmp(e->key.raw, key->raw, sizeof(key->raw)) == 0) return e;
    }
    return NULL;
}

bool catalog_get(struct catalog *c, const struct catalog_key *key, struct catalog_record *out) {
    lock_scoped(&c->lock);
    struct catalog_entry *e = catalog_find(c, key);
    if (!e) return false;
    ring_remove(&e->ring);
    ring_push(&c->recent, &e->ring);
    *out = e->record;
    return true;
}

void catalog_put(struct catalog *c, const struct catalog_key *key, const struct catalog_record *record) {
    lock_scoped(&c->lock);
    struct catalog_entry *e = catalog_find(c, key);
    if (e) {
        /* What is exact stays exact: a probe that comes late must not forget the length. */
        if (record->state != CATALOG_PROBED) e->record = *record;
        return;
    }
    e = calloc(1, sizeof(*e));
    if (!e) return;
    if (c->table.count >= c->count_max) catalog_remove(c, ring_entry(c->recent.prev, struct catalog_entry, ring));
    e->key = *key;
    e->record = *record;
    table_insert(&c->table, &e->link, catalog_hash(key));
    ring_push(&c->recent, &e->ring);
}

void catalog_drop(struct catalog *c, const struct catalog_key *key) {
    lock_scoped(&c->lock);
    struct catalog_entry *e = catalog_find(c, key);
    if (e) catalog_remove(c, e);
}

size_t catalog_count(struct catalog *c) {
    lock_scoped(&c->lock);
    return c->table.count;
}
