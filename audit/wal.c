#include "audit/wal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>

#include "audit/crc32c.h"
#include "audit/wal_file.h"
#include "conf/base/io.h"

static_assert(WAL_SEGMENT_LEN_MIN > WAL_SEGMENT_HEADER_LEN + WAL_FRAME_LEN_MAX + WAL_TAIL_RESERVE, "a frame fits in any segment");

struct wal {
    int dir_fd;
    int fd;
    uint64_t offset;
    uint64_t segment_len;
    uint64_t unsynced;
    uint64_t epoch;
    struct merkle_hash origin;
    struct merkle_hash chain;
    struct merkle_hasher *hasher;
    int error; /* sticky: after a failed sync nothing more is written */
};

int wal_batch_init(struct wal_batch *b) {
    uint8_t *raw = calloc(1, WAL_FRAME_LEN_MAX);
    if (!raw) return -ENOMEM;
    *b = (struct wal_batch) { .raw = raw };
    return 0;
}

void wal_batch_release(struct wal_batch *b) {
    free(b->raw);
    *b = (struct wal_batch) { 0 };
}

bool wal_batch_has_room(const struct wal_batch *b) {
    return b->len + 2 + 4096 <= WAL_PAYLOAD_LEN_MAX;
}

void wal_batch_add(struct wal_batch *b, struct bytes entry) {
    must(b->len + 2 + entry.len <= WAL_PAYLOAD_LEN_MAX && entry.len <= UINT16_MAX);
    uint8_t *at = b->raw + WAL_FRAME_HEADER_LEN + b->len;
    bytes_store_be16(at, (uint16_t) entry.len);
    memcpy(at + 2, entry.ptr, entry.len);
    b->len += 2 + entry.len;
    b->count++;
}

/* A sixteenth of what is free, so that a small file system can hold tiles too. */
static int wal_choose_len(int dir_fd, uint64_t *out_len) {
    struct statvfs v;
    if (fstatvfs(dir_fd, &v) < 0) return -errno;
    uint64_t len = (uint64_t) v.f_bavail * v.f_frsize / 16 & ~UINT64_C(4095);
    if (len < WAL_SEGMENT_LEN_MIN) len = WAL_SEGMENT_LEN_MIN;
    *out_len = len > WAL_SEGMENT_LEN_MAX ? WAL_SEGMENT_LEN_MAX : len;
    return 0;
}

static int wal_write_header(int fd, const uint8_t header[WAL_SEGMENT_HEADER_LEN], uint64_t len) {
    /* Real blocks now, so that no group commit can meet a full disk. */
    if (fallocate(fd, 0, 0, (off_t) len) < 0) return -errno;
    int r = io_pwrite_full(fd, bytes_make(header, WAL_SEGMENT_HEADER_LEN), 0);
    if (r == 0 && fsync(fd) < 0) r = -errno;
    return r;
}

static int wal_begin_segment(struct wal *w, uint64_t first_index) {
    uint64_t len = 0;
    int r = wal_choose_len(w->dir_fd, &len);
    if (r < 0) return r;
    char name[WAL_NAME_LEN];
    wal_file_name(name, first_index);
    uint8_t header[WAL_SEGMENT_HEADER_LEN] = { 0 };
    memcpy(header, WAL_SEGMENT_MAGIC, 8);
    bytes_store_be64(header + 8, first_index);
    memcpy(header + 16, w->origin.raw, MERKLE_HASH_LEN);
    bytes_store_be64(header + 48, w->epoch);
    bytes_store_be32(header + 60, crc32c(bytes_make(header, 60)));
    _cleanup_(close_fd) int fd = openat(w->dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return -errno;
    r = wal_write_header(fd, header, len);
    if (r == 0) r = fsync(w->dir_fd) < 0 ? -errno : 0;
    if (r < 0) {
        ignore(unlinkat(w->dir_fd, name, 0)); /* empty: nothing is lost with it */
        return r;
    }
    close_fd(&w->fd);
    w->fd = take_fd(fd);
    w->segment_len = len;
    w->offset = WAL_SEGMENT_HEADER_LEN;
    w->unsynced = 0;
    struct bytes part = bytes_make(header, sizeof(header));
    merkle_sha256(w->hasher, &part, 1, &w->chain);
    return 0;
}

int wal_new(int dir_fd, const char *origin, uint64_t epoch, uint64_t first_index, struct wal **out_wal) {
    _cleanup_(wal_freep) struct wal *w = calloc(1, sizeof(*w));
    if (!w) return -ENOMEM;
    w->dir_fd = dir_fd;
    w->fd = -1;
    w->epoch = epoch;
    int r = merkle_hasher_new(&w->hasher);
    if (r < 0) return r;
    struct bytes part = bytes_from_string(origin);
    merkle_sha256(w->hasher, &part, 1, &w->origin);
    r = wal_begin_segment(w, first_index);
    if (r < 0) return r;
    *out_wal = take_ptr(w);
    return 0;
}

void wal_free(struct wal *w) {
    if (!w) return;
    close_fd(&w->fd);
    merkle_hasher_free(w->hasher);
    free(w);
}

static size_t wal_frame_len(size_t payload_len) {
    return (WAL_FRAME_HEADER_LEN + payload_len + 4 + 7) & ~(size_t) 7;
}

static int wal_put(struct wal *w, struct wal_batch *b) {
    size_t whole = wal_frame_len(b->len);
    uint8_t *raw = b->raw;
    bytes_store_be32(raw, WAL_FRAME_MAGIC);
    bytes_store_be32(raw + 4, (uint32_t) b->len);
    bytes_store_be64(raw + 8, b->first_index);
    bytes_store_be32(raw + 16, b->count);
    bytes_store_be32(raw + 20, (uint32_t) w->unsynced);
    struct bytes parts[3] = { bytes_make(w->chain.raw, MERKLE_HASH_LEN), bytes_make(raw, 24), bytes_make(raw + WAL_FRAME_HEADER_LEN, b->len) };
    struct merkle_hash chain;
    merkle_sha256(w->hasher, parts, 3, &chain);
    memcpy(raw + 24, chain.raw, MERKLE_HASH_LEN);
    size_t body = WAL_FRAME_HEADER_LEN + b->len;
    bytes_store_be32(raw + body, crc32c(bytes_make(raw, body)));
    memset(raw + body + 4, 0, whole - body - 4);
    int r = io_pwrite_full(w->fd, bytes_make(raw, whole), w->offset);
    if (r < 0) return w->error = r; /* part of it may be there: nothing may follow */
    w->chain = chain;
    w->offset += whole;
    w->unsynced += whole;
    return 0;
}

int wal_write(struct wal *w, struct wal_batch *b) {
    must(b->count > 0);
    if (w->error < 0) return w->error;
    if (w->offset + wal_frame_len(b->len) + WAL_TAIL_RESERVE > w->segment_len) {
        int r = w->unsynced > 0 ? wal_sync(w) : 0;
        if (r == 0) r = wal_begin_segment(w, b->first_index);
        if (r < 0) return r;
    }
    return wal_put(w, b);
}

int wal_write_last(struct wal *w, struct wal_batch *b) {
    if (w->error < 0) return w->error;
    if (w->offset + wal_frame_len(b->len) > w->segment_len) return -ENOSPC;
    return wal_put(w, b);
}

int wal_sync(struct wal *w) {
    if (w->error < 0) return w->error;
    if (fdatasync(w->fd) < 0) return w->error = -errno;
    w->unsynced = 0;
    return 0;
}

void wal_set_epoch(struct wal *w, uint64_t epoch) {
    w->epoch = epoch;
}

uint64_t wal_segment_len(const struct wal *w) {
    return w->segment_len;
}

int wal_remove_covered(int dir_fd, uint64_t size, bool all) {
    _cleanup_(free_ptr) uint64_t *first = NULL;
    size_t count = 0;
    int r = wal_file_list(dir_fd, &first, &count);
    for (size_t i = 0; i < count && r == 0; i++) {
        bool newest = i + 1 == count;
        /* A segment ends where the next begins. */
        if (newest ? !all : first[i + 1] > size) continue;
        char name[WAL_NAME_LEN];
        wal_file_name(name, first[i]);
        r = unlinkat(dir_fd, name, 0) < 0 ? -errno : 0;
    }
    return r;
}
