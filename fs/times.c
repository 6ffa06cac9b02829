#include "fs/times.h"

#include <errno.h>
#include <time.h>

#include "conf/base/lock.h"
#include "fs/ring.h"
#include "fs/table.h"

struct times_entry {
    struct table_link link;
    struct ring ring;
    uint64_t path[2];    /* keyed hash: no names are kept */
    uint64_t version[2];
    int64_t shown_s;
};

struct times {
    pthread_mutex_t lock; /* lock.h, 2 */
    enum times_mode mode;
    struct key key;
    struct table table;
    struct ring recent;
    size_t count_max;
};

int times_new(enum times_mode mode, const struct key *key, size_t count_max, struct times **out_times) {
    struct times *t = calloc(1, sizeof(*t));
    if (!t) return -ENOMEM;
    if (table_init(&t->table) < 0) {
        free(t);
        return -ENOMEM;
    }
    must(pthread_mutex_init(&t->lock, NULL) == 0);
    ring_init(&t->recent);
    t->mode = mode;
    t->key = *key;
    t->count_max = count_max;
    *out_times = t;
    return 0;
}

static void times_remove(struct times *t, struct times_entry *e) _holds_(t->lock) {
    table_remove(&t->table, &e->link);
    ring_remove(&e->ring);
    free(e);
}

void times_free(struct times *t) {
    if (!t) return;
    while (!ring_is_empty(&t->recent)) times_remove(t, ring_entry(t->recent.next, struct times_entry, ring));
    table_release(&t->table);
    (void) pthread_mutex_destroy(&t->lock);
    key_wipe(&t->key);
    free(t);
}

int64_t times_year_begin(int64_t seconds) {
    time_t when = (time_t) seconds;
    struct tm tm = { 0 };
    if (!gmtime_r(&when, &tm)) return 0;
    /* Noon: still the same year in every American time zone. */
    struct tm first = { .tm_year = tm.tm_year, .tm_mday = 1, .tm_hour = 12 };
    return (int64_t) timegm(&first);
}

static void times_hash(const struct times *t, const void *data, size_t len, uint64_t out[2]) {
    must(crypto_generichash((unsigned char *) out, 16, data, len, t->key.raw, sizeof(t->key.raw)) == 0);
}

static struct times_entry *times_find(struct times *t, const uint64_t path[2]) _holds_(t->lock) {
    for (struct table_link *l = table_first(&t->table, path[0]); l; l = table_next(l)) {
        struct times_entry *e = table_entry(l, struct times_entry, link);
        if (e->path[0] == path[0] && e->path[1] == path[1]) return e;
    }
    return NULL;
}

static int64_t times_generation(struct times *t, const uint64_t path[2], const uint64_t version[2], int64_t base) {
    lock_scoped(&t->lock);
    struct times_entry *e = times_find(t, path);
    if (!e) {
        e = calloc(1, sizeof(*e));
        if (!e) return base;
        if (t->table.count >= t->count_max) times_remove(t, ring_entry(t->recent.prev, struct times_entry, ring));
        *e = (struct times_entry) { .path = { path[0], path[1] }, .version = { version[0], version[1] }, .shown_s = base };
        table_insert(&t->table, &e->link, path[0]);
        ring_push(&t->recent, &e->ring);
        return base;
    }
    ring_remove(&e->ring);
    ring_push(&t->recent, &e->ring);
    if (e->version[0] != version[0] || e->version[1] != version[1]) {
        e->shown_s = base > e->shown_s ? base : e->shown_s + 1;
        e->version[0] = version[0];
        e->version[1] = version[1];
    }
    return e->shown_s;
}

void times_shown(struct times *t, const char *path, const struct source_version *v, struct timespec *out) {
    *out = (struct timespec) { 0 };
    switch (t->mode) {
    case TIMES_SOURCE:
        out->tv_sec = (time_t) v->mtime_s;
        out->tv_nsec = (long) v->mtime_ns;
        return;
    case TIMES_FIXED:
        return;
    case TIMES_YEAR_GENERATION: {
        uint64_t numbers[7] = { v->dev, v->ino, v->len, (uint64_t) v->mtime_s, (uint64_t) v->ctime_s, v->mtime_ns, v->ctime_ns };
        uint64_t path_hash[2], version_hash[2];
        times_hash(t, path, strlen(path), path_hash);
        times_hash(t, numbers, sizeof(numbers), version_hash);
        out->tv_sec = (time_t) times_generation(t, path_hash, version_hash, times_year_begin(v->mtime_s));
        return;
    }
    }
}
