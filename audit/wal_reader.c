#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "audit/crc32c.h"
#include "audit/wal.h"
#include "audit/wal_file.h"
#include "conf/base/io.h"

struct wal_reader {
    int dir_fd;
    int fd; /* -1: no segment holds what is wanted */
    uint64_t segment_first;
    uint64_t offset;
    uint64_t file_len;
    uint64_t next_index;
    uint64_t from_index; /* entries below are signed already */
    struct merkle_hash origin;
    struct merkle_hash chain;
    struct merkle_hasher *hasher;
    uint8_t *raw; /* WAL_FRAME_LEN_MAX */
};

void wal_reader_free(struct wal_reader *r) {
    if (!r) return;
    close_fd(&r->fd);
    merkle_hasher_free(r->hasher);
    free(r->raw);
    free(r);
}

/* -ENOENT: no such segment. -EUCLEAN: its header is not one, or of another log. */
static int wal_reader_enter(struct wal_reader *r, uint64_t first_index) {
    char name[WAL_NAME_LEN];
    wal_file_name(name, first_index);
    _cleanup_(close_fd) int fd = openat(r->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -errno;
    struct stat st;
    if (fstat(fd, &st) < 0) return -errno;
    uint8_t header[WAL_SEGMENT_HEADER_LEN];
    int e = io_pread_full(fd, header, sizeof(header), 0);
    if (e < 0) return e == -ENODATA ? -EUCLEAN : e;
    if (memcmp(header, WAL_SEGMENT_MAGIC, 8) != 0 || bytes_load_be64(header + 8) != first_index) return -EUCLEAN;
    if (memcmp(header + 16, r->origin.raw, MERKLE_HASH_LEN) != 0) return -EUCLEAN;
    if (bytes_load_be32(header + 60) != crc32c(bytes_make(header, 60))) return -EUCLEAN;
    struct bytes part = bytes_make(header, sizeof(header));
    merkle_sha256(r->hasher, &part, 1, &r->chain);
    close_fd(&r->fd);
    r->fd = take_fd(fd);
    r->segment_first = r->next_index = first_index;
    r->offset = WAL_SEGMENT_HEADER_LEN;
    r->file_len = (uint64_t) st.st_size;
    return 0;
}

/* The frame at an offset, by itself: form and checksum. 0 or WAL_END; r->raw holds it. */
static int wal_reader_load(struct wal_reader *r, uint64_t offset, size_t *out_payload_len) {
    if (offset + WAL_FRAME_HEADER_LEN + 4 > r->file_len) return WAL_END;
    int e = io_pread_full(r->fd, r->raw, WAL_FRAME_HEADER_LEN, offset);
    if (e < 0) return e == -ENODATA ? WAL_END : e;
    size_t len = bytes_load_be32(r->raw + 4);
    if (bytes_load_be32(r->raw) != WAL_FRAME_MAGIC || len > WAL_PAYLOAD_LEN_MAX || bytes_load_be32(r->raw + 16) == 0) return WAL_END;
    size_t body = WAL_FRAME_HEADER_LEN + len;
    if (offset + body + 4 > r->file_len) return WAL_END;
    e = io_pread_full(r->fd, r->raw + WAL_FRAME_HEADER_LEN, len + 4, offset + WAL_FRAME_HEADER_LEN);
    if (e < 0) return e == -ENODATA ? WAL_END : e;
    if (crc32c(bytes_make(r->raw, body)) != bytes_load_be32(r->raw + body)) return WAL_END;
    *out_payload_len = len;
    return 0;
}

/* A segment whose header is no header: harmless when its making was cut short, since then no frame was ever in it. */
static int wal_reader_excuse(struct wal_reader *r, uint64_t first_index) {
    char name[WAL_NAME_LEN];
    wal_file_name(name, first_index);
    _cleanup_(close_fd) int fd = openat(r->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) return -errno;
    struct wal_reader other = { .fd = fd, .file_len = (uint64_t) st.st_size, .raw = r->raw };
    size_t len = 0;
    int e = wal_reader_load(&other, WAL_SEGMENT_HEADER_LEN, &len);
    return e == WAL_END ? 0 : e < 0 ? e : -EUCLEAN;
}

int wal_reader_new(int dir_fd, const char *origin, uint64_t from_index, struct wal_reader **out_reader) {
    _cleanup_(wal_reader_freep) struct wal_reader *r = calloc(1, sizeof(*r));
    if (!r) return -ENOMEM;
    r->dir_fd = dir_fd;
    r->fd = -1;
    r->next_index = r->from_index = from_index;
    r->raw = malloc(WAL_FRAME_LEN_MAX);
    if (!r->raw) return -ENOMEM;
    int e = merkle_hasher_new(&r->hasher);
    if (e < 0) return e;
    struct bytes part = bytes_from_string(origin);
    merkle_sha256(r->hasher, &part, 1, &r->origin);
    _cleanup_(free_ptr) uint64_t *first = NULL;
    size_t count = 0;
    e = wal_file_list(dir_fd, &first, &count);
    if (e < 0) return e;
    while (count > 0 && first[count - 1] > from_index) count--;
    if (count > 0) e = wal_reader_enter(r, first[count - 1]);
    if (e == -EUCLEAN) e = wal_reader_excuse(r, first[count - 1]);
    if (e < 0) return e;
    *out_reader = take_ptr(r);
    return 0;
}

/* count entries, exactly. */
static bool wal_reader_payload_is_whole(struct bytes payload, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (payload.len < 2) return false;
        size_t len = (size_t) payload.ptr[0] << 8 | payload.ptr[1];
        if (payload.len - 2 < len) return false;
        payload = bytes_make(payload.ptr + 2 + len, payload.len - 2 - len);
    }
    return payload.len == 0;
}

static int wal_reader_try(struct wal_reader *r, struct wal_frame *out) {
    size_t len = 0;
    int e = wal_reader_load(r, r->offset, &len);
    if (e != 0) return e;
    struct bytes payload = bytes_make(r->raw + WAL_FRAME_HEADER_LEN, len);
    uint32_t count = bytes_load_be32(r->raw + 16);
    if (bytes_load_be64(r->raw + 8) != r->next_index || !wal_reader_payload_is_whole(payload, count)) return WAL_END;
    struct bytes parts[3] = { bytes_make(r->chain.raw, MERKLE_HASH_LEN), bytes_make(r->raw, 24), payload };
    struct merkle_hash chain;
    merkle_sha256(r->hasher, parts, 3, &chain);
    if (memcmp(chain.raw, r->raw + 24, MERKLE_HASH_LEN) != 0) return WAL_END;
    r->chain = chain;
    r->offset += (WAL_FRAME_HEADER_LEN + len + 4 + 7) & ~(size_t) 7;
    *out = (struct wal_frame) { .payload = payload, .first_index = r->next_index, .count = count };
    r->next_index += count;
    return WAL_FRAME;
}

int wal_reader_next(struct wal_reader *r, struct wal_frame *out) {
    for (;;) {
        if (r->fd >= 0) {
            int e = wal_reader_try(r, out);
            if (e != WAL_END) return e;
        }
        /* The next segment begins exactly where this one ends; an empty one is followed by none of the same name. */
        if (r->fd >= 0 && r->segment_first == r->next_index) return WAL_END;
        int e = wal_reader_enter(r, r->next_index);
        if (e == -ENOENT || e == -EUCLEAN) return WAL_END;
        if (e < 0) return e;
    }
}

/* The last byte of the segment, from the offset on, that is not zero. */
static int wal_reader_measure(struct wal_reader *r, uint64_t *out_len) {
    uint64_t last = r->offset;
    uint8_t chunk[65536];
    for (uint64_t at = r->offset; at < r->file_len; at += sizeof(chunk)) {
        size_t n = r->file_len - at < sizeof(chunk) ? (size_t) (r->file_len - at) : sizeof(chunk);
        int e = io_pread_full(r->fd, chunk, n, at);
        if (e < 0) return e;
        for (size_t i = n; i > 0; i--) {
            if (chunk[i - 1] == 0) continue;
            last = at + i;
            break;
        }
    }
    *out_len = last - r->offset;
    return 0;
}

/* The frame just loaded holds an entry that no checkpoint covers. */
static bool wal_reader_is_unsigned(const struct wal_reader *r) {
    return bytes_load_be64(r->raw + 8) + bytes_load_be32(r->raw + 16) > r->from_index;
}

/* A later segment of which at least one frame is whole. */
static int wal_reader_look_ahead(struct wal_reader *r, struct wal_tail *tail) {
    _cleanup_(free_ptr) uint64_t *first = NULL;
    size_t count = 0;
    int e = wal_file_list(r->dir_fd, &first, &count);
    for (size_t i = 0; i < count && e == 0 && !tail->damaged; i++) {
        if (first[i] < r->next_index || (r->fd >= 0 && first[i] == r->segment_first)) continue;
        char name[WAL_NAME_LEN];
        wal_file_name(name, first[i]);
        _cleanup_(close_fd) int fd = openat(r->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0) return -errno;
        struct wal_reader other = { .fd = fd, .file_len = (uint64_t) st.st_size, .raw = r->raw };
        size_t len = 0;
        e = wal_reader_load(&other, WAL_SEGMENT_HEADER_LEN, &len);
        if (e == 0 && wal_reader_is_unsigned(r)) {
            tail->damaged = true;
            tail->next_index = first[i];
        }
        if (e == WAL_END) e = 0;
    }
    return e;
}

int wal_reader_tail(struct wal_reader *r, struct wal_tail *out) {
    struct wal_tail tail = { 0 };
    int e = r->fd >= 0 ? wal_reader_measure(r, &tail.torn_len) : 0;
    if (e < 0) return e;
    for (uint64_t at = r->offset + 8; r->fd >= 0 && at < r->offset + tail.torn_len && !tail.damaged; at += 8) {
        size_t len = 0;
        e = wal_reader_load(r, at, &len);
        if (e < 0) return e;
        if (e == WAL_END) continue;
        /* Written while all since our offset was still unsynced: nobody had been told that those bytes are durable. */
        uint64_t unsynced = bytes_load_be32(r->raw + 20);
        tail.damaged = at - r->offset > unsynced && wal_reader_is_unsigned(r);
        tail.next_index = bytes_load_be64(r->raw + 8);
    }
    if (!tail.damaged) e = wal_reader_look_ahead(r, &tail);
    if (e < 0) return e;
    *out = tail;
    return 0;
}

static int wal_reader_keep_torn(struct wal_reader *r, uint64_t len) {
    char name[WAL_NAME_LEN + 8];
    int n = snprintf(name, sizeof(name), "%020llu.torn", (unsigned long long) r->next_index);
    must(n > 0 && (size_t) n < sizeof(name));
    _cleanup_(buf_release) struct buf copy;
    buf_init(&copy, WAL_SEGMENT_LEN_MAX);
    uint8_t *to = NULL;
    int e = buf_extend(&copy, (size_t) len, &to);
    if (e == 0) e = io_pread_full(r->fd, to, (size_t) len, r->offset);
    return e < 0 ? e : io_replace_file_at(r->dir_fd, name, buf_bytes(&copy), 0600);
}

static int wal_reader_rename_lost(struct wal_reader *r, uint64_t first_index) {
    char name[WAL_NAME_LEN], lost[WAL_NAME_LEN + 8];
    wal_file_name(name, first_index);
    int n = snprintf(lost, sizeof(lost), "%s.lost", name);
    must(n > 0 && (size_t) n < sizeof(lost));
    return renameat(r->dir_fd, name, r->dir_fd, lost) < 0 ? -errno : 0;
}

int wal_reader_set_aside(struct wal_reader *r) {
    uint64_t torn = 0;
    int e = r->fd >= 0 ? wal_reader_measure(r, &torn) : 0;
    if (e == 0 && torn > 0) e = wal_reader_keep_torn(r, torn);
    /* Cut: the tail must not be found a second time, and appending starts in a segment of its own. */
    if (e == 0 && r->fd >= 0 && r->segment_first != r->next_index) {
        char name[WAL_NAME_LEN];
        wal_file_name(name, r->segment_first);
        _cleanup_(close_fd) int fd = openat(r->dir_fd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || ftruncate(fd, (off_t) r->offset) < 0 || fsync(fd) < 0) return -errno;
    }
    _cleanup_(free_ptr) uint64_t *first = NULL;
    size_t count = 0;
    if (e == 0) e = wal_file_list(r->dir_fd, &first, &count);
    for (size_t i = 0; i < count && e == 0; i++) {
        if (first[i] < r->next_index) continue;
        bool empty = r->fd >= 0 && first[i] == r->segment_first && torn == 0;
        char name[WAL_NAME_LEN];
        wal_file_name(name, first[i]);
        if (empty) e = unlinkat(r->dir_fd, name, 0) < 0 ? -errno : 0;
        else e = wal_reader_rename_lost(r, first[i]);
    }
    if (e == 0 && fsync(r->dir_fd) < 0) e = -errno;
    return e;
}
