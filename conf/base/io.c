#include "conf/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int io_open_beneath(int dir_fd, const char *path, int flags, bool allow_xdev, int *out_fd) {
    struct open_how how = {
        .flags = (uint64_t) (unsigned) (flags | O_CLOEXEC),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | (allow_xdev ? 0 : RESOLVE_NO_XDEV),
    };
    long r;
    do {
        r = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
        /* EAGAIN: a rename raced with the walk (openat2(2)); the walk is simply done again. */
    } while (r < 0 && (errno == EINTR || errno == EAGAIN));
    if (r < 0) return -errno;
    *out_fd = (int) r;
    return 0;
}

int io_open_folder_at(int dir_fd, const char *path, DIR **out_dir) {
    int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -errno;
    *out_dir = fdopendir(fd);
    if (*out_dir) return 0;
    int r = -errno;
    close_fd(&fd);
    return r;
}

void io_close_folder(DIR **dir) {
    if (*dir) ignore(closedir(*dir)); /* read only: nothing can be lost */
    *dir = NULL;
}

int io_read_all(int fd, struct buf *out) {
    for (;;) {
        uint8_t chunk[65536];
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -errno;
        if (n == 0) return buf_error(out);
        int r = buf_append(out, bytes_make(chunk, (size_t) n));
        explicit_bzero(chunk, (size_t) n);
        if (r < 0) return r;
    }
}

int io_read_file_at(int dir_fd, const char *path, struct buf *out) {
    _cleanup_(close_fd) int fd = openat(dir_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return -errno;
    struct stat st;
    if (fstat(fd, &st) < 0) return -errno;
    if (!S_ISREG(st.st_mode)) return -EINVAL;
    return io_read_all(fd, out);
}

int io_pread_full(int fd, void *to, size_t len, uint64_t offset) {
    uint8_t *at = to;
    while (len > 0) {
        ssize_t n = pread(fd, at, len, (off_t) offset);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -errno;
        if (n == 0) return -ENODATA;
        at += n;
        len -= (size_t) n;
        offset += (uint64_t) n;
    }
    return 0;
}

int io_write_full(int fd, struct bytes data) {
    while (data.len > 0) {
        ssize_t n = write(fd, data.ptr, data.len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -errno;
        data.ptr += n;
        data.len -= (size_t) n;
    }
    return 0;
}

int io_pwrite_full(int fd, struct bytes data, uint64_t offset) {
    while (data.len > 0) {
        ssize_t n = pwrite(fd, data.ptr, data.len, (off_t) offset);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -errno;
        data.ptr += n;
        data.len -= (size_t) n;
        offset += (uint64_t) n;
    }
    return 0;
}

int io_sync_parent_at(int dir_fd, const char *path) {
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t) (slash - path) : 0;
    if (len >= sizeof(parent)) return -ENAMETOOLONG;
    memcpy(parent, path, len);
    parent[len] = '\0';
    _cleanup_(close_fd) int fd = openat(dir_fd, len > 0 ? parent : (path[0] == '/' ? "/" : "."), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -errno;
    return fsync(fd) < 0 ? -errno : 0;
}

static int io_write_new(int dir_fd, const char *path, struct bytes data, mode_t mode) {
    _cleanup_(close_fd) int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) return -errno;
    int r = fchmod(fd, mode) < 0 ? -errno : 0; /* the umask is not ours to trust */
    if (r == 0) r = io_write_full(fd, data);
    if (r == 0 && fsync(fd) < 0) r = -errno;
    if (r < 0) ignore(unlinkat(dir_fd, path, 0)); /* half a file; the error above is the news */
    return r;
}

int io_create_file_at(int dir_fd, const char *path, struct bytes data, mode_t mode) {
    int r = io_write_new(dir_fd, path, data, mode);
    return r < 0 ? r : io_sync_parent_at(dir_fd, path);
}

int io_replace_file_at(int dir_fd, const char *path, struct bytes data, mode_t mode) {
    char temp[PATH_MAX];
    int len = snprintf(temp, sizeof(temp), "%s.new", path);
    if (len < 0 || (size_t) len >= sizeof(temp)) return -ENAMETOOLONG;
    if (unlinkat(dir_fd, temp, 0) < 0 && errno != ENOENT) return -errno; /* left by a crash; there is one writer */
    int r = io_write_new(dir_fd, temp, data, mode);
    if (r < 0) return r;
    if (renameat(dir_fd, temp, dir_fd, path) < 0) {
        r = -errno;
        ignore(unlinkat(dir_fd, temp, 0)); /* swept by the next call */
        return r;
    }
    return io_sync_parent_at(dir_fd, path);
}

int io_make_dirs_at(int dir_fd, const char *path, mode_t mode) {
    char part[PATH_MAX];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof(part)) return -ENAMETOOLONG;
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdirat(dir_fd, part, mode) < 0 && errno != EEXIST) return -errno;
    }
    return 0;
}
