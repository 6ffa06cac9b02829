#include "fs/times.h"

#include <errno.h>
#include <time.h>

#include "conf/base/lock.h"
#include "conf/base/log.h"
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
    struct shelf *shelf; /* NULL: memory alone */
};

int times_new(enum times_mode mode, const struct key *key, size_t count_max, struct times **out_times) {
    struct times *t = secret_new(sizeof(*t)); /* holds a key */
    if (!t) return -ENOMEM;
    if (table_init(&t->table) < 0) {
        secret_free(t);
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
    shelf_close(t->shelf);
    table_release(&t->table);
    (void) pthread_mutex_destroy(&t->lock);
    key_wipe(&t->key);
    secret_free(t);
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

/*  0  16  path hash    16  16  version hash    32  8  shown seconds, big endian */
enum { TIMES_AT_VERSION = 16, TIMES_AT_SHOWN = 32 };

static void times_save(struct times *t, const struct times_entry *e) {
    uint8_t payload[SHELF_PAYLOAD_LEN] = { 0 };
    if (!t->shelf) return;
    memcpy(payload, e->path, sizeof(e->path));
    memcpy(payload + TIMES_AT_VERSION, e->version, sizeof(e->version));
    bytes_store_be64(payload + TIMES_AT_SHOWN, (uint64_t) e->shown_s);
    shelf_append(t->shelf, payload);
}

/* What is shown for this path from now on; true when that is news. */
static bool times_advance(struct times *t, const struct times_entry *now, struct times_entry *out) {
    lock_scoped(&t->lock);
    struct times_entry *e = times_find(t, now->path);
    *out = *now;
    if (!e) {
        e = calloc(1, sizeof(*e));
        if (!e) return false;
        if (t->table.count >= t->count_max) times_remove(t, ring_entry(t->recent.prev, struct times_entry, ring));
        *e = *now;
        table_insert(&t->table, &e->link, e->path[0]);
        ring_push(&t->recent, &e->ring);
        return true;
    }
    ring_remove(&e->ring);
    ring_push(&t->recent, &e->ring);
    bool changed = memcmp(e->version, now->version, sizeof(e->version)) != 0;
    if (changed) {
        e->shown_s = now->shown_s > e->shown_s ? now->shown_s : e->shown_s + 1;
        memcpy(e->version, now->version, sizeof(e->version));
    }
    out->shown_s = e->shown_s;
    return changed;
}

static void times_load(void *context, const uint8_t payload[SHELF_PAYLOAD_LEN]) {
    struct times *t = context;
    struct times_entry e = { .shown_s = (int64_t) bytes_load_be64(payload + TIMES_AT_SHOWN) }, out;
    memcpy(e.path, payload, sizeof(e.path));
    memcpy(e.version, payload + TIMES_AT_VERSION, sizeof(e.version));
    (void) times_advance(t, &e, &out); /* later records are later times: nothing is moved up */
}

int times_attach_take(struct times *t, struct shelf *s) {
    enum { SLACK = 4096 };
    size_t skipped = 0;
    int r = shelf_read(s, times_load, t, &skipped);
    if (r < 0) return r;
    if (skipped > 0) log_warning("times-records-skipped", "count=%zu", skipped);
    bool crowded = shelf_count(s) > 2 * t->table.count + SLACK;
    if (crowded) r = shelf_clear(s);
    if (r < 0) return r;
    t->shelf = s;
    for (struct ring *at = t->recent.prev; crowded && at != &t->recent; at = at->prev) times_save(t, ring_entry(at, struct times_entry, ring));
    return 0;
}

void times_flush(struct times *t) {
    if (t->shelf) shelf_flush(t->shelf);
}

static void times_by_year(struct times *t, const char *path, const struct source_version *v, struct timespec *out) {
    uint64_t numbers[7] = { v->dev, v->ino, v->len, (uint64_t) v->mtime_s, (uint64_t) v->ctime_s, v->mtime_ns, v->ctime_ns };
    struct times_entry now = { .shown_s = times_year_begin(v->mtime_s) }, shown;
    times_hash(t, path, strlen(path), now.path);
    times_hash(t, numbers, sizeof(numbers), now.version);
    if (times_advance(t, &now, &shown)) times_save(t, &shown);
    out->tv_sec = (time_t) shown.shown_s;
}

void times_shown(struct times *t, const char *path, const struct source_version *v, int32_t shift_days, struct timespec *out) {
    enum { DAY_S = 86400 };
    *out = (struct timespec) { 0 };
    switch (t->mode) {
    case TIMES_FIXED:
        return;
    case TIMES_YEAR_GENERATION:
        times_by_year(t, path, v, out);
        return;
    case TIMES_SHIFT:
        if (shift_days == 0) {
            times_by_year(t, path, v, out);
            return;
        }
        break;
    case TIMES_SOURCE:
        shift_days = 0;
        break;
    }
    out->tv_sec = (time_t) (v->mtime_s + (int64_t) shift_days * DAY_S);
    out->tv_nsec = (long) v->mtime_ns;
}
