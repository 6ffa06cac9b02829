#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "audit/verify_state.h"
#include "conf/base/io.h"
#include "conf/base/text.h"

/* The verifier's own reading of the write-ahead log; the drawing is in wal.h. Its records below the checkpoint must be the tree's; those
 * beyond are chained, but nothing has signed them yet. */
enum { WAL_HEAD = 64, WAL_FRAME_HEAD = 56, WAL_PAYLOAD_MAX = 256 * 1024, WAL_FILE_MAX = 64 << 20 };
#define WAL_MAGIC 0xDF5A11E5u

static uint32_t verify_crc(struct bytes data) {
    uint32_t c = ~0u;
    for (size_t i = 0; i < data.len; i++) {
        c ^= data.ptr[i];
        for (int bit = 0; bit < 8; bit++) c = c >> 1 ^ (0x82F63B78u & (0u - (c & 1)));
    }
    return ~c;
}

/* The leaf of a record that the tree holds, from the level-0 tile, checked by verify_tree(). */
static bool verify_wal_matches(struct verify *v, uint64_t index, struct bytes entry) {
    char path[VERIFY_PATH_LEN];
    size_t len = 0;
    uint64_t n = index / VERIFY_WIDTH, left = v->head.size - n * VERIFY_WIDTH;
    verify_path(path, 0, n, left < VERIFY_WIDTH ? (unsigned) left : VERIFY_WIDTH);
    int r = verify_read(v, path, v->file, &len);
    if (r == -ENOENT && left < VERIFY_WIDTH) {
        verify_path(path, 0, n, VERIFY_WIDTH);
        r = verify_read(v, path, v->file, &len);
    }
    size_t at = (size_t) (index % VERIFY_WIDTH) * MERKLE_HASH_LEN;
    struct merkle_hash leaf;
    merkle_leaf(v->hasher, entry, &leaf);
    return r == 0 && at + MERKLE_HASH_LEN <= len && memcmp(v->file + at, leaf.raw, MERKLE_HASH_LEN) == 0;
}

/* One frame at the front of rest: its length with padding, or 0 when there is none. */
static size_t verify_wal_frame(struct bytes rest) {
    if (rest.len < WAL_FRAME_HEAD + 4 || bytes_load_be32(rest.ptr) != WAL_MAGIC) return 0;
    size_t len = bytes_load_be32(rest.ptr + 4), body = WAL_FRAME_HEAD + len;
    if (len > WAL_PAYLOAD_MAX || body + 4 > rest.len || bytes_load_be32(rest.ptr + 16) == 0) return 0;
    if (verify_crc(bytes_make(rest.ptr, body)) != bytes_load_be32(rest.ptr + body)) return 0;
    size_t padded = (body + 4 + 7) & ~(size_t) 7;
    if (padded > rest.len) return 0;
    for (size_t i = body + 4; i < padded; i++) {
        if (rest.ptr[i] != 0) return 0;
    }
    return padded;
}

static bool verify_wal_entries(struct verify *v, struct bytes payload, uint64_t first, uint32_t count) {
    struct bytes size, text;
    for (uint32_t i = 0; i < count; i++) {
        struct entry e;
        if (!bytes_take(&payload, 2, &size) || !bytes_take(&payload, (size_t) size.ptr[0] << 8 | size.ptr[1], &text)) return false;
        uint64_t index = first + i;
        if (index < v->head.size ? !verify_wal_matches(v, index, text) : entry_read(text, &e) < 0) return false;
        if (index >= v->head.size) v->report->wal_entries++;
    }
    return payload.len == 0;
}

/* Frames in a chain from the header on; what is left over goes to *rest. */
static void verify_wal_chain(struct verify *v, struct bytes file, struct bytes *rest) {
    struct merkle_hash chain;
    struct bytes head = bytes_make(file.ptr, WAL_HEAD);
    merkle_sha256(v->hasher, &head, 1, &chain);
    uint64_t next = bytes_load_be64(file.ptr + 8);
    *rest = bytes_make(file.ptr + WAL_HEAD, file.len - WAL_HEAD);
    for (size_t len = verify_wal_frame(*rest); len > 0; len = verify_wal_frame(*rest)) {
        uint32_t count = bytes_load_be32(rest->ptr + 16);
        struct bytes payload = bytes_make(rest->ptr + WAL_FRAME_HEAD, bytes_load_be32(rest->ptr + 4));
        struct bytes parts[3] = { bytes_make(chain.raw, MERKLE_HASH_LEN), bytes_make(rest->ptr, 24), payload };
        merkle_sha256(v->hasher, parts, 3, &chain);
        if (bytes_load_be64(rest->ptr + 8) != next || memcmp(chain.raw, rest->ptr + 24, MERKLE_HASH_LEN) != 0) return;
        if (!verify_wal_entries(v, payload, next, count)) return;
        next += count;
        *rest = bytes_make(rest->ptr + len, rest->len - len);
    }
}

static bool verify_wal_is_zero(struct bytes rest) {
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] != 0) return false;
    }
    return true;
}

static void verify_wal_segment(struct verify *v, const char *name, struct bytes file) {
    struct merkle_hash origin;
    struct bytes part = bytes_from_string(v->head.origin);
    merkle_sha256(v->hasher, &part, 1, &origin);
    bool good = file.len >= WAL_HEAD && memcmp(file.ptr, "DFSWAL\0\x01", 8) == 0 && memcmp(file.ptr + 16, origin.raw, MERKLE_HASH_LEN) == 0;
    good = good && bytes_load_be32(file.ptr + 60) == verify_crc(bytes_make(file.ptr, 60));
    char expected[40] = "";
    if (good) {
        int len = snprintf(expected, sizeof(expected), "%020llu.wal", (unsigned long long) bytes_load_be64(file.ptr + 8));
        good = len > 0 && strcmp(expected, name) == 0;
    }
    if (!good) {
        verify_find(v, VERIFY_BAD, "wal/%s is not a segment of this log", name);
        return;
    }
    struct bytes rest;
    verify_wal_chain(v, file, &rest);
    if (verify_wal_is_zero(rest)) return;
    bool valid_behind = false;
    for (size_t at = 8; at < rest.len && !valid_behind; at += 8) valid_behind = verify_wal_frame(bytes_make(rest.ptr + at, rest.len - at)) > 0;
    if (valid_behind) verify_find(v, VERIFY_BAD, "wal/%s is damaged in the middle: whole frames follow the damage", name);
    else verify_find(v, VERIFY_MISSING, "wal/%s has a torn or damaged end; the next start keeps it aside and records it", name);
}

static int verify_wal_file(struct verify *v, int wal_fd, const char *name) {
    struct bytes text = bytes_from_string(name);
    if (bytes_ends_with(text, BYTES(".torn")) || bytes_ends_with(text, BYTES(".lost"))) {
        verify_find(v, VERIFY_NOTICE, "wal/%s was kept aside by a recovery", name);
        return 0;
    }
    _cleanup_(buf_release) struct buf file;
    buf_init(&file, WAL_FILE_MAX);
    int r = bytes_ends_with(text, BYTES(".wal")) ? io_read_file_at(wal_fd, name, &file) : -EINVAL;
    if (r == -ENOENT) return 0; /* covered meanwhile */
    if (r == -EINVAL || r == -E2BIG) {
        verify_find(v, VERIFY_BAD, "wal/%s does not belong to the journal", name);
        return 0;
    }
    if (r == 0) verify_wal_segment(v, name, buf_bytes(&file));
    return r;
}

int verify_wal(struct verify *v) {
    int fd = v->dir_fd >= 0 ? openat(v->dir_fd, "wal", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (fd < 0 || v->live) {
        close_fd(&fd);
        verify_find(v, VERIFY_UNCHECKED, "%s", v->live && v->dir_fd >= 0 ? "the write-ahead log: its writer is at work" : "the write-ahead log: it is not here or not readable");
        return 0;
    }
    DIR *dir = fdopendir(fd);
    if (!dir) {
        int e = -errno;
        close_fd(&fd);
        return e;
    }
    int r = 0;
    for (struct dirent *e = readdir(dir); e && r == 0; e = readdir(dir)) {
        if (e->d_name[0] != '.') r = verify_wal_file(v, dirfd(dir), e->d_name);
    }
    ignore(closedir(dir)); /* only read */
    return r;
}
