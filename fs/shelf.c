#include "fs/shelf.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "conf/base/lock.h"
#include "conf/base/log.h"

enum { SHELF_BUFFERED = 256 };
static_assert(SHELF_RECORD_LEN == 80, "a record is 80 bytes on disk");

struct shelf {
    pthread_mutex_t lock; /* lock.h, 2 */
    struct key key;
    int fd;
    uint64_t len; /* of the file, whole records */
    size_t buffered;
    bool failed;
    uint8_t buffer[SHELF_BUFFERED * SHELF_RECORD_LEN];
};

int shelf_open(int dir_fd, const char *name, const struct key *key, struct shelf **out_shelf) {
    _cleanup_(close_fd) int fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return -errno;
    struct stat st;
    if (fstat(fd, &st) < 0) return -errno;
    if (!S_ISREG(st.st_mode)) return -EINVAL;
    struct shelf *s = secret_new(sizeof(*s)); /* holds a key */
    if (!s) return -ENOMEM;
    must(pthread_mutex_init(&s->lock, NULL) == 0);
    s->key = *key;
    s->fd = take_fd(fd);
    s->len = (uint64_t) st.st_size / SHELF_RECORD_LEN * SHELF_RECORD_LEN;
    *out_shelf = s;
    return 0;
}

static void shelf_mac(const struct shelf *s, const uint8_t *payload, uint8_t out[SHELF_MAC_LEN]) {
    must(crypto_generichash(out, SHELF_MAC_LEN, payload, SHELF_PAYLOAD_LEN, s->key.raw, sizeof(s->key.raw)) == 0);
}

int shelf_read(struct shelf *s, shelf_visit visit, void *context, size_t *out_skipped) {
    size_t skipped = 0;
    for (uint64_t at = 0; at < s->len;) {
        size_t n = s->len - at < sizeof(s->buffer) ? (size_t) (s->len - at) : sizeof(s->buffer);
        int r = io_pread_full(s->fd, s->buffer, n, at);
        if (r < 0) return r;
        for (size_t i = 0; i < n; i += SHELF_RECORD_LEN) {
            uint8_t mac[SHELF_MAC_LEN];
            shelf_mac(s, s->buffer + i, mac);
            if (sodium_memcmp(mac, s->buffer + i + SHELF_PAYLOAD_LEN, sizeof(mac)) == 0) {
                visit(context, s->buffer + i);
            } else {
                skipped++;
            }
        }
        at += n;
    }
    *out_skipped = skipped;
    return 0;
}

size_t shelf_count(const struct shelf *s) {
    return (size_t) (s->len / SHELF_RECORD_LEN);
}

static void shelf_write(struct shelf *s) _holds_(s->lock) {
    size_t n = s->buffered * SHELF_RECORD_LEN;
    s->buffered = 0;
    if (n == 0 || s->failed) return;
    int r = io_pwrite_full(s->fd, bytes_make(s->buffer, n), s->len);
    if (r < 0) {
        s->failed = true;
        log_warning("shelf-failed", "error=%d: sizes are computed again after the next start", -r);
        return;
    }
    s->len += n;
}

void shelf_append(struct shelf *s, const uint8_t payload[SHELF_PAYLOAD_LEN]) {
    lock_scoped(&s->lock);
    uint8_t *to = s->buffer + s->buffered * SHELF_RECORD_LEN;
    memcpy(to, payload, SHELF_PAYLOAD_LEN);
    shelf_mac(s, payload, to + SHELF_PAYLOAD_LEN);
    if (++s->buffered == SHELF_BUFFERED) shelf_write(s);
}

void shelf_flush(struct shelf *s) {
    lock_scoped(&s->lock);
    shelf_write(s);
}

int shelf_clear(struct shelf *s) {
    lock_scoped(&s->lock);
    if (ftruncate(s->fd, 0) < 0) return -errno;
    s->len = 0;
    s->buffered = 0;
    return 0;
}

void shelf_close(struct shelf *s) {
    if (!s) return;
    shelf_flush(s);
    close_fd(&s->fd);
    key_wipe(&s->key);
    (void) pthread_mutex_destroy(&s->lock);
    secret_free(s);
}
