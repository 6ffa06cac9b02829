#include "fs/census.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "conf/base/lock.h"
#include "conf/base/log.h"
#include "conf/base/size.h"
#include "conf/base/text.h"
#include "fs/walk.h"

#define CENSUS_NAME "census"
#define CENSUS_NAME_NEW "census.new"

enum { CENSUS_HEADER_LEN = 16, CENSUS_ENTRY_LEN = 36, CENSUS_TRAILER_LEN = 64, CENSUS_MAC_LEN = 32, CENSUS_BUFFER_LEN = 64 * 1024 };
static const char census_magic[8] = { 'D', 'C', 'E', 'N', 'S', 'U', 'S', 1 };
static_assert(CENSUS_TRAILER_LEN == 4 * 8 + CENSUS_MAC_LEN, "the trailer is 64 bytes on disk");
static_assert(CENSUS_BUFFER_LEN >= CENSUS_ENTRY_LEN + CENSUS_PATH_LEN_MAX, "an entry fits the buffer");

struct census {
    pthread_mutex_t lock; /* lock.h, 2 */
    int state_fd;
    int fd;               /* of the edition; -1: none yet */
    uint64_t end;         /* of its entries */
    struct census_head head;
    struct key key;
};

/* Entries from a file, through a buffer. */
struct census_reader {
    int fd;
    uint64_t at, end;
    size_t have, used;
    bool is_open; /* an entry stands in `entry` */
    struct census_entry entry;
    char path[CENSUS_PATH_LEN_MAX + 1];
    uint8_t buffer[CENSUS_BUFFER_LEN];
};

static int census_reader_fill(struct census_reader *r, size_t need) {
    if (r->have - r->used >= need) return 0;
    memmove(r->buffer, r->buffer + r->used, r->have - r->used);
    r->have -= r->used;
    r->used = 0;
    size_t room = sizeof(r->buffer) - r->have;
    size_t n = r->end - r->at < room ? (size_t) (r->end - r->at) : room;
    int error = n > 0 ? io_pread_full(r->fd, r->buffer + r->have, n, r->at) : 0;
    if (error < 0) return error;
    r->at += n;
    r->have += n;
    return r->have - r->used >= need ? 0 : -EBADMSG;
}

/* The next entry, or is_open false at the end. */
static int census_reader_next(struct census_reader *r) {
    r->is_open = false;
    if (r->at == r->end && r->have == r->used) return 0;
    int error = census_reader_fill(r, CENSUS_ENTRY_LEN);
    if (error < 0) return error;
    const uint8_t *from = r->buffer + r->used;
    size_t len = bytes_load_be16(from);
    struct census_entry e = { .path = r->path, .gone = from[2] == 1, .added = bytes_load_be64(from + 4), .changed = bytes_load_be64(from + 12) };
    memcpy(e.key, from + 20, sizeof(e.key));
    if (len == 0 || len > CENSUS_PATH_LEN_MAX) return -EBADMSG;
    r->used += CENSUS_ENTRY_LEN;
    error = census_reader_fill(r, len);
    if (error < 0) return error;
    memcpy(r->path, r->buffer + r->used, len);
    r->path[len] = '\0';
    r->used += len;
    r->entry = e;
    r->is_open = true;
    return 0;
}

/* ---- cursors */

void census_cursor_format(const struct census_cursor *cursor, char *out) {
    int len = snprintf(out, CENSUS_CURSOR_LEN_MAX + 1, "%016" PRIx64 "-%" PRIu64, cursor->id, cursor->edition);
    must(len > 0 && len <= CENSUS_CURSOR_LEN_MAX);
}

bool census_cursor_parse(struct bytes text, struct census_cursor *out) {
    uint8_t id[8];
    struct census_cursor c;
    if (text.len < 18 || text.ptr[16] != '-' || !text_hex_decode(bytes_make(text.ptr, 16), id, sizeof(id))) return false;
    if (!text_parse_u64(bytes_make(text.ptr + 17, text.len - 17), &c.edition)) return false;
    c.id = bytes_load_be64(id);
    *out = c;
    return true;
}

bool census_cursor_holds(const struct census_cursor *cursor, const struct census_head *head) {
    return cursor->id == head->now.id && cursor->edition >= head->floor && cursor->edition <= head->now.edition;
}

/* ---- opening */

/* Nothing is believed before the whole file has authenticated. */
static int census_verify(const struct census *c, int fd, uint64_t len, uint8_t trailer[CENSUS_TRAILER_LEN]) {
    crypto_generichash_state state;
    uint8_t mac[CENSUS_MAC_LEN], *buffer = malloc(CENSUS_BUFFER_LEN);
    if (!buffer) return -ENOMEM;
    must(crypto_generichash_init(&state, c->key.raw, sizeof(c->key.raw), sizeof(mac)) == 0);
    int r = 0;
    for (uint64_t at = 0, n; r == 0 && at < len - CENSUS_MAC_LEN; at += n) {
        n = len - CENSUS_MAC_LEN - at < CENSUS_BUFFER_LEN ? len - CENSUS_MAC_LEN - at : CENSUS_BUFFER_LEN;
        r = io_pread_full(fd, buffer, (size_t) n, at);
        if (r == 0) must(crypto_generichash_update(&state, buffer, n) == 0);
    }
    free(buffer);
    must(crypto_generichash_final(&state, mac, sizeof(mac)) == 0);
    if (r == 0) r = io_pread_full(fd, trailer, CENSUS_TRAILER_LEN, len - CENSUS_TRAILER_LEN);
    if (r < 0) return r;
    return sodium_memcmp(mac, trailer + CENSUS_TRAILER_LEN - CENSUS_MAC_LEN, sizeof(mac)) == 0 ? 0 : -EBADMSG;
}

static int census_load(struct census *c) {
    _cleanup_(close_fd) int fd = openat(c->state_fd, CENSUS_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    uint8_t header[CENSUS_HEADER_LEN], trailer[CENSUS_TRAILER_LEN];
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) return -errno;
    uint64_t len = (uint64_t) st.st_size;
    if (!S_ISREG(st.st_mode) || len < CENSUS_HEADER_LEN + CENSUS_TRAILER_LEN) return -EBADMSG;
    int r = census_verify(c, fd, len, trailer);
    if (r == 0) r = io_pread_full(fd, header, sizeof(header), 0);
    if (r < 0) return r;
    if (memcmp(header, census_magic, sizeof(census_magic)) != 0) return -EBADMSG;
    c->head = (struct census_head) {
        .now = { .id = bytes_load_be64(header + 8), .edition = bytes_load_be64(trailer) }, .floor = bytes_load_be64(trailer + 8),
        .files = bytes_load_be64(trailer + 16), .gone = bytes_load_be64(trailer + 24),
    };
    c->end = len - CENSUS_TRAILER_LEN;
    c->fd = take_fd(fd);
    return 0;
}

int census_open(int state_fd, const struct key *key, struct census **out_census) {
    struct census *c = secret_new(sizeof(*c)); /* holds a key */
    if (!c) return -ENOMEM;
    must(pthread_mutex_init(&c->lock, NULL) == 0);
    *c = (struct census) { .lock = c->lock, .state_fd = state_fd, .fd = -1, .key = *key };
    int r = census_load(c);
    if (r < 0) randombytes_buf(&c->head.now.id, sizeof(c->head.now.id));
    if (r < 0 && r != -ENOENT) log_warning("census-begins-anew", "error=%d: indexers are told to start over", -r);
    *out_census = c;
    return 0;
}

void census_free(struct census *c) {
    if (!c) return;
    close_fd(&c->fd);
    key_wipe(&c->key);
    (void) pthread_mutex_destroy(&c->lock);
    secret_free(c);
}

void census_head(struct census *c, struct census_head *out) {
    lock_scoped(&c->lock);
    *out = c->head;
}

/* ---- reading */

/* A reader on the present edition, which stays what it is however many follow; *out is NULL while there is none. */
static int census_reader_new(struct census *c, struct census_head *out_head, struct census_reader **out) {
    struct census_reader *r = calloc(1, sizeof(*r));
    if (!r) return -ENOMEM;
    lock_take(&c->lock);
    *out_head = c->head;
    *r = (struct census_reader) { .fd = c->fd >= 0 ? fcntl(c->fd, F_DUPFD_CLOEXEC, 0) : -1, .at = CENSUS_HEADER_LEN, .end = c->end };
    bool none = c->fd < 0, failed = !none && r->fd < 0;
    lock_give(&c->lock);
    if (none) r->at = r->end = 0;
    if (failed) {
        free(r);
        return -EMFILE;
    }
    *out = r;
    return 0;
}

static void census_reader_free(struct census_reader *r) {
    if (!r) return;
    close_fd(&r->fd);
    free(r);
}

int census_read(struct census *c, const struct census_reading *reading) {
    struct census_head head;
    struct census_reader *r = NULL;
    int error = census_reader_new(c, &head, &r);
    if (error < 0) return error;
    if (reading->begin) error = reading->begin(reading->context, &head);
    if (error == 0) error = census_reader_next(r);
    while (error == 0 && r->is_open) {
        error = reading->visit(reading->context, &r->entry);
        if (error == 0) error = census_reader_next(r);
    }
    census_reader_free(r);
    return error;
}

/* ---- drafts: the old edition and what is added now, merged as they come */

struct census_draft {
    struct census *census;
    struct census_reader *old;
    struct census_head head;  /* of the edition to be */
    bool differs, forgets;
    int fd;
    uint64_t len;             /* written and buffered */
    crypto_generichash_state mac;
    char last[CENSUS_PATH_LEN_MAX + 1];
    size_t used;
    uint8_t buffer[CENSUS_BUFFER_LEN];
};

static int census_flush(struct census_draft *d) {
    must(crypto_generichash_update(&d->mac, d->buffer, d->used) == 0);
    int r = io_write_full(d->fd, bytes_make(d->buffer, d->used));
    d->used = 0;
    return r;
}

static int census_put(struct census_draft *d, const void *data, size_t len) {
    int r = d->used + len > sizeof(d->buffer) ? census_flush(d) : 0;
    if (r < 0) return r;
    memcpy(d->buffer + d->used, data, len);
    d->used += len;
    d->len += len;
    return 0;
}

static int census_put_entry(struct census_draft *d, const struct census_entry *e) {
    uint8_t fixed[CENSUS_ENTRY_LEN] = { 0 };
    size_t len = strlen(e->path);
    bytes_store_be16(fixed, (uint16_t) len);
    fixed[2] = e->gone;
    bytes_store_be64(fixed + 4, e->added);
    bytes_store_be64(fixed + 12, e->changed);
    memcpy(fixed + 20, e->key, sizeof(e->key));
    *(e->gone ? &d->head.gone : &d->head.files) += 1;
    int r = census_put(d, fixed, sizeof(fixed));
    return r < 0 ? r : census_put(d, e->path, len);
}

int census_draft_new(struct census *c, struct census_draft **out_draft) {
    struct census_draft *d = calloc(1, sizeof(*d));
    uint8_t header[CENSUS_HEADER_LEN];
    if (!d) return -ENOMEM;
    d->census = c;
    d->fd = openat(c->state_fd, CENSUS_NAME_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    int r = d->fd < 0 ? -errno : census_reader_new(c, &d->head, &d->old);
    if (r == 0) r = census_reader_next(d->old);
    if (r < 0) {
        census_draft_free(d);
        return r;
    }
    d->differs = d->head.now.edition == 0; /* the first edition stands even when it is empty */
    d->forgets = d->head.gone > CENSUS_GONE_MAX;
    if (d->forgets) d->head.floor = d->head.now.edition;
    d->head.now.edition++;
    d->head.files = d->head.gone = 0;
    must(crypto_generichash_init(&d->mac, c->key.raw, sizeof(c->key.raw), CENSUS_MAC_LEN) == 0);
    memcpy(header, census_magic, sizeof(census_magic));
    bytes_store_be64(header + 8, d->head.now.id);
    r = census_put(d, header, sizeof(header));
    must(r == 0); /* the buffer is empty: nothing is written yet */
    *out_draft = d;
    return 0;
}

/* The old entry stands before what is added next: it was not seen. */
static int census_draft_pass(struct census_draft *d) {
    struct census_entry e = d->old->entry;
    if (!e.gone) {
        e.gone = true;
        e.changed = d->head.now.edition;
        d->differs = true;
    } else if (d->forgets) {
        return census_reader_next(d->old);
    }
    int r = census_put_entry(d, &e);
    return r < 0 ? r : census_reader_next(d->old);
}

int census_draft_add(struct census_draft *d, const char *path, const uint8_t key[CENSUS_KEY_LEN]) {
    size_t len = strlen(path);
    int r = 0, order = -1;
    if (len == 0 || len > CENSUS_PATH_LEN_MAX || walk_compare(d->last, path) >= 0) return -EINVAL;
    memcpy(d->last, path, len + 1);
    while (r == 0 && d->old->is_open && (order = walk_compare(d->old->entry.path, path)) < 0) r = census_draft_pass(d);
    if (r < 0) return r;
    struct census_entry e = { .path = path, .added = d->head.now.edition, .changed = d->head.now.edition };
    memcpy(e.key, key, sizeof(e.key));
    if (d->old->is_open && order == 0) {
        const struct census_entry *old = &d->old->entry;
        bool same = !old->gone && !sodium_is_zero(key, CENSUS_KEY_LEN) && memcmp(old->key, key, CENSUS_KEY_LEN) == 0;
        if (!old->gone) e.added = old->added;
        if (same) e.changed = old->changed;
        else d->differs = true;
        r = census_reader_next(d->old);
    } else {
        d->differs = true;
    }
    return r < 0 ? r : census_put_entry(d, &e);
}

static int census_seal(struct census_draft *d) {
    uint8_t trailer[CENSUS_TRAILER_LEN];
    bytes_store_be64(trailer, d->head.now.edition);
    bytes_store_be64(trailer + 8, d->head.floor);
    bytes_store_be64(trailer + 16, d->head.files);
    bytes_store_be64(trailer + 24, d->head.gone);
    int r = census_put(d, trailer, CENSUS_TRAILER_LEN - CENSUS_MAC_LEN);
    if (r == 0) r = census_flush(d);
    if (r < 0) return r;
    must(crypto_generichash_final(&d->mac, trailer + CENSUS_TRAILER_LEN - CENSUS_MAC_LEN, CENSUS_MAC_LEN) == 0);
    r = io_write_full(d->fd, bytes_make(trailer + CENSUS_TRAILER_LEN - CENSUS_MAC_LEN, CENSUS_MAC_LEN));
    if (r < 0) return r;
    if (fsync(d->fd) < 0) return -errno;
    return renameat(d->census->state_fd, CENSUS_NAME_NEW, d->census->state_fd, CENSUS_NAME) < 0 ? -errno : 0;
}

int census_draft_publish(struct census_draft *d) {
    struct census *c = d->census;
    int r = 0;
    while (r == 0 && d->old->is_open) r = census_draft_pass(d);
    if (r < 0 || !d->differs) return r;
    uint64_t end = d->len;
    r = census_seal(d);
    if (r < 0) return r;
    int fd = openat(c->state_fd, CENSUS_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -errno;
    lock_take(&c->lock);
    int before = c->fd;
    c->fd = fd;
    c->end = end;
    c->head = d->head;
    lock_give(&c->lock);
    close_fd(&before);
    return io_sync_parent_at(c->state_fd, CENSUS_NAME);
}

void census_draft_free(struct census_draft *d) {
    if (!d) return;
    census_reader_free(d->old);
    close_fd(&d->fd);
    ignore(unlinkat(d->census->state_fd, CENSUS_NAME_NEW, 0)); /* published: it is gone already */
    free(d);
}
