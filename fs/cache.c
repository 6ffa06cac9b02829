#include "fs/cache.h"

#include <errno.h>

#include "conf/base/lock.h"
#include "fs/ring.h"
#include "fs/table.h"

/* What a view costs beside its bytes; keeps a million empty files within the bound too. */
enum { CACHE_ENTRY_COST = 512 };

struct cache_entry {
    struct table_link link;
    struct ring ring;
    struct catalog_key key;
    struct view *view;
};

struct cache {
    pthread_mutex_t lock; /* lock.h, 2 */
    struct table table;
    struct ring recent;
    size_t len, len_max;
};

int cache_new(size_t len_max, struct cache **out_cache) {
    struct cache *c = calloc(1, sizeof(*c));
    if (!c) return -ENOMEM;
    int r = table_init(&c->table);
    if (r < 0) {
        free(c);
        return r;
    }
    must(pthread_mutex_init(&c->lock, NULL) == 0);
    ring_init(&c->recent);
    c->len_max = len_max;
    *out_cache = c;
    return 0;
}

static uint64_t cache_hash(const struct catalog_key *key) {
    uint64_t h;
    memcpy(&h, key->raw, sizeof(h));
    return h;
}

static size_t cache_cost(const struct view *v) {
    return v->owner.capacity + CACHE_ENTRY_COST;
}

static void cache_remove(struct cache *c, struct cache_entry *e) _holds_(c->lock) {
    table_remove(&c->table, &e->link);
    ring_remove(&e->ring);
    c->len -= cache_cost(e->view);
    view_unref(e->view);
    free(e);
}

void cache_clear(struct cache *c) {
    lock_scoped(&c->lock);
    while (!ring_is_empty(&c->recent)) cache_remove(c, ring_entry(c->recent.next, struct cache_entry, ring));
}

void cache_free(struct cache *c) {
    if (!c) return;
    cache_clear(c);
    table_release(&c->table);
    (void) pthread_mutex_destroy(&c->lock);
    free(c);
}

static struct cache_entry *cache_find(struct cache *c, const struct catalog_key *key) _holds_(c->lock) {
    for (struct table_link *l = table_first(&c->table, cache_hash(key)); l; l = table_next(l)) {
        struct cache_entry *e = table_entry(l, struct cache_entry, link);
        if (memcmp(e->key.raw, key->raw, sizeof(key->raw)) == 0) return e;
    }
    return NULL;
}

struct view *cache_get(struct cache *c, const struct catalog_key *key) {
    lock_scoped(&c->lock);
    struct cache_entry *e = cache_find(c, key);
    if (!e) return NULL;
    ring_remove(&e->ring);
    ring_push(&c->recent, &e->ring);
    return view_ref(e->view);
}

void cache_put(struct cache *c, const struct catalog_key *key, struct view *v) {
    size_t cost = cache_cost(v);
    lock_scoped(&c->lock);
    struct cache_entry *e = cache_find(c, key);
    if (e) cache_remove(c, e);
    if (cost > c->len_max) return;
    e = calloc(1, sizeof(*e));
    if (!e) return;
    while (c->len + cost > c->len_max) cache_remove(c, ring_entry(c->recent.prev, struct cache_entry, ring));
    e->key = *key;
    e->view = view_ref(v);
    c->len += cost;
    table_insert(&c->table, &e->link, cache_hash(key));
    ring_push(&c->recent, &e->ring);
}

void cache_drop(struct cache *c, const struct catalog_key *key) {
    lock_scoped(&c->lock);
    struct cache_entry *e = cache_find(c, key);
    if (e) cache_remove(c, e);
}

size_t cache_len(struct cache *c) {
    lock_scoped(&c->lock);
    return c->len;
}
