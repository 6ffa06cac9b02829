#include "fs/catalog.h"

#include <assert.h>
#include <errno.h>

#include "conf/base/lock.h"
#include "conf/base/log.h"
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
    struct shelf *shelf; /* NULL: memory alone */
};

int catalog_new(const struct key *key, size_t count_max, struct catalog **out_catalog) {
    struct catalog *c = secret_new(sizeof(*c)); /* holds a key */
    if (!c) return -ENOMEM;
    int r = table_init(&c->table);
    if (r < 0) {
        secret_free(c);
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
    shelf_close(c->shelf);
    table_release(&c->table);
    (void) pthread_mutex_destroy(&c->lock);
    key_wipe(&c->key);
    secret_free(c);
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

/*  0  16  key    16  1  state    17  1  refusal    18  8  view length, big endian    26  32  view digest    58  4  shift of dates in days */
enum { CATALOG_AT_STATE = 16, CATALOG_AT_REFUSAL = 17, CATALOG_AT_LEN = 18, CATALOG_AT_DIGEST = 26, CATALOG_AT_SHIFT = 58 };
static_assert(CATALOG_AT_DIGEST + VIEW_DIGEST_LEN == CATALOG_AT_SHIFT && CATALOG_AT_SHIFT + 4 <= SHELF_PAYLOAD_LEN, "a record fits a shelf's");

static void catalog_save(struct catalog *c, const struct catalog_key *key, const struct catalog_record *r) {
    uint8_t payload[SHELF_PAYLOAD_LEN] = { 0 };
    if (!c->shelf) return;
    memcpy(payload, key->raw, sizeof(key->raw));
    payload[CATALOG_AT_STATE] = (uint8_t) r->state;
    payload[CATALOG_AT_REFUSAL] = (uint8_t) r->refusal;
    bytes_store_be64(payload + CATALOG_AT_LEN, r->view_len);
    memcpy(payload + CATALOG_AT_DIGEST, r->digest, sizeof(r->digest));
    bytes_store_be32(payload + CATALOG_AT_SHIFT, (uint32_t) r->shift_days);
    shelf_append(c->shelf, payload);
}

static bool catalog_put_entry(struct catalog *c, const struct catalog_key *key, const struct catalog_record *record) {
    lock_scoped(&c->lock);
    struct catalog_entry *e = catalog_find(c, key);
    if (e) {
        /* What is exact stays exact: a probe that comes late must not forget the length. */
        if (record->state == CATALOG_PROBED || memcmp(&e->record, record, sizeof(*record)) == 0) return false;
        e->record = *record;
        return true;
    }
    e = calloc(1, sizeof(*e));
    if (!e) return false;
    if (c->table.count >= c->count_max) catalog_remove(c, ring_entry(c->recent.prev, struct catalog_entry, ring));
    e->key = *key;
    e->record = *record;
    table_insert(&c->table, &e->link, catalog_hash(key));
    ring_push(&c->recent, &e->ring);
    return true;
}

void catalog_put(struct catalog *c, const struct catalog_key *key, const struct catalog_record *record) {
    if (catalog_put_entry(c, key, record)) catalog_save(c, key, record);
}

static void catalog_load(void *context, const uint8_t payload[SHELF_PAYLOAD_LEN]) {
    struct catalog_key key;
    struct catalog_record r = { 0 };
    uint8_t state = payload[CATALOG_AT_STATE], refusal = payload[CATALOG_AT_REFUSAL];
    if (state > CATALOG_REFUSED || refusal >= REFUSAL_COUNT) return; /* written by a later version */
    memcpy(key.raw, payload, sizeof(key.raw));
    r.state = (enum catalog_state) state;
    r.refusal = (enum refusal) refusal;
    r.view_len = bytes_load_be64(payload + CATALOG_AT_LEN);
    memcpy(r.digest, payload + CATALOG_AT_DIGEST, sizeof(r.digest));
    r.shift_days = (int32_t) bytes_load_be32(payload + CATALOG_AT_SHIFT);
    (void) catalog_put_entry(context, &key, &r);
}

int catalog_attach_take(struct catalog *c, struct shelf *s) {
    enum { SLACK = 4096 };
    size_t skipped = 0;
    int r = shelf_read(s, catalog_load, c, &skipped);
    if (r < 0) return r;
    if (skipped > 0) log_warning("catalog-records-skipped", "count=%zu", skipped);
    bool crowded = shelf_count(s) > 2 * catalog_count(c) + SLACK;
    /* Mostly records of files that are gone or of old policies: written anew, oldest first. */
    if (crowded) r = shelf_clear(s);
    if (r < 0) return r;
    c->shelf = s;
    for (struct ring *at = c->recent.prev; crowded && at != &c->recent; at = at->prev) {
        const struct catalog_entry *e = ring_entry(at, struct catalog_entry, ring);
        catalog_save(c, &e->key, &e->record);
    }
    return 0;
}

void catalog_flush(struct catalog *c) {
    if (c->shelf) shelf_flush(c->shelf);
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
