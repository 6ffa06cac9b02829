#include "fs/source.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "conf/base/io.h"
#include "conf/limits.h"

struct source {
    int root_fd;
    bool cross_devices;
};

int source_open(const char *path, bool cross_devices, struct source **out_source, struct problem *p) {
    _cleanup_(close_fd) int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        int error = errno;
        const char *why = error == ENOENT ? "does not exist" : error == ENOTDIR || error == ELOOP ? "is not a folder" : "cannot be opened";
        return problem_set(p, -error, "source = %s: %s; correct [instance] source", path, why);
    }
    struct source *s = calloc(1, sizeof(*s));
    if (!s) return problem_set(p, -ENOMEM, "out of memory");
    s->root_fd = take_fd(fd);
    s->cross_devices = cross_devices;
    *out_source = s;
    return 0;
}

void source_free(struct source *s) {
    if (!s) return;
    close_fd(&s->root_fd);
    free(s);
}

struct source_version source_version_of(const struct stat *st) {
    return (struct source_version) {
        .dev = st->st_dev, .ino = st->st_ino, .len = (uint64_t) st->st_size,
        .mtime_s = st->st_mtim.tv_sec, .mtime_ns = (uint32_t) st->st_mtim.tv_nsec,
        .ctime_s = st->st_ctim.tv_sec, .ctime_ns = (uint32_t) st->st_ctim.tv_nsec,
    };
}

bool source_version_equal(const struct source_version *a, const struct source_version *b) {
    return a->dev == b->dev && a->ino == b->ino && a->len == b->len && a->mtime_s == b->mtime_s && a->mtime_ns == b->mtime_ns &&
           a->ctime_s == b->ctime_s && a->ctime_ns == b->ctime_ns;
}

bool source_version_is_racy(const struct source_version *v, uint64_t now_realtime_us) {
    enum { RACY_US = 20000 };
    int64_t changed_us = v->ctime_s * 1000000 + v->ctime_ns / 1000;
    /* A change time in the future (a clock set back) is racy too: nothing follows from it. */
    return (int64_t) now_realtime_us - changed_us < RACY_US;
}

static int source_open_path(const struct source *s, const char *path, int flags, int *out_fd) {
    int r = io_open_beneath(s->root_fd, path[0] ? path : ".", flags | O_NOFOLLOW, s->cross_devices, out_fd);
    /* A symlink in the way, a folder that is a file, another file system: for the reader none of these is there. */
    return r == -ELOOP || r == -ENOTDIR || r == -EXDEV || r == -ENXIO ? -ENOENT : r;
}

int source_stat(const struct source *s, const char *path, struct stat *out) {
    _cleanup_(close_fd) int fd = -1;
    int r = source_open_path(s, path, O_PATH, &fd);
    if (r < 0) return r;
    struct stat st;
    if (fstat(fd, &st) < 0) return -errno;
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) return -ENOENT;
    *out = st;
    return 0;
}

/* O_NONBLOCK: a pipe that took the file's place must not hold us; fstat then says that it is none. */
static int source_open_file(const struct source *s, const char *path, int *out_fd, struct stat *out) {
    _cleanup_(close_fd) int fd = -1;
    int r = source_open_path(s, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, &fd);
    if (r < 0) return r;
    struct stat st;
    if (fstat(fd, &st) < 0) return -errno;
    if (!S_ISREG(st.st_mode)) return -ENOENT;
    *out_fd = take_fd(fd);
    *out = st;
    return 0;
}

static int source_read_once(int fd, size_t len, struct buf *out, enum refusal *refusal) {
    uint8_t *to;
    buf_reset(out);
    int r = len > 0 ? buf_extend(out, len, &to) : 0;
    if (r < 0) {
        *refusal = r == -E2BIG ? REFUSAL_TOO_LARGE : REFUSAL_MEMORY;
        return r;
    }
    r = len > 0 ? io_pread_full(fd, to, len, 0) : 0;
    if (r == -ENODATA) return 0; /* shrank meanwhile: the second fstat will say so */
    if (r < 0) *refusal = REFUSAL_SOURCE;
    return r;
}

int source_read(const struct source *s, const char *path, struct buf *out, struct source_version *out_version, enum refusal *out_refusal) {
    _cleanup_(close_fd) int fd = -1;
    struct stat before, after;
    enum refusal refusal = REFUSAL_NONE;
    int r = source_open_file(s, path, &fd, &before);
    if (r < 0) {
        *out_refusal = r == -ENOENT ? REFUSAL_NONE : REFUSAL_SOURCE;
        return r;
    }
    for (int i = 0; i < LIMIT_SOURCE_READS; i++) {
        r = source_read_once(fd, (size_t) before.st_size, out, &refusal);
        if (r == 0 && fstat(fd, &after) < 0) r = -errno;
        if (r < 0) {
            *out_refusal = refusal == REFUSAL_NONE ? REFUSAL_SOURCE : refusal;
            return r;
        }
        struct source_version a = source_version_of(&before), b = source_version_of(&after);
        if (source_version_equal(&a, &b)) {
            ignore(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED)); /* advice: identifiers need not stay in the page cache */
            *out_version = a;
            return 0;
        }
        before = after;
    }
    *out_refusal = REFUSAL_CHANGED;
    return -EIO;
}

int source_read_head(const struct source *s, const char *path, void *to, size_t len, size_t *out_len) {
    _cleanup_(close_fd) int fd = -1;
    struct stat st;
    int r = source_open_file(s, path, &fd, &st);
    if (r < 0) return r;
    size_t done = 0;
    while (done < len) {
        ssize_t n = pread(fd, (char *) to + done, len - done, (off_t) done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -errno;
        if (n == 0) break;
        done += (size_t) n;
    }
    *out_len = done;
    return 0;
}

int source_open_folder(const struct source *s, const char *path, int *out_fd) {
    return source_open_path(s, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, out_fd);
}

int source_statvfs(const struct source *s, struct statvfs *out) {
    return fstatvfs(s->root_fd, out) < 0 ? -errno : 0;
}
