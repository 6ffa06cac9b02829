#include "conf/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/harness.h"

static int folder(void) {
    int fd = open(harness_temp_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0);
    return fd;
}

TEST(io, replaced_file_is_read_back) {
    _cleanup_(close_fd) int dir = folder();
    struct buf b;
    buf_init(&b, 100);
    CHECK_INT(io_replace_file_at(dir, "a", BYTES("one"), 0600), 0);
    CHECK_INT(io_replace_file_at(dir, "a", BYTES("two"), 0640), 0);
    CHECK_INT(io_read_file_at(dir, "a", &b), 0);
    CHECK_BYTES(buf_bytes(&b), BYTES("two"));
    struct stat st;
    CHECK_INT(fstatat(dir, "a", &st, 0), 0);
    CHECK_INT(st.st_mode & 0777, 0640);
    buf_release(&b);
}

TEST(io, nothing_above_the_folder_and_no_symlink_is_opened) {
    _cleanup_(close_fd) int dir = folder();
    int fd = -1;
    CHECK_INT(io_make_dirs_at(dir, "x/y", 0700), 0);
    CHECK_INT(symlinkat("/etc/passwd", dir, "link"), 0);
    CHECK_INT(io_open_beneath(dir, "link", O_RDONLY, false, &fd), -ELOOP);
    CHECK_INT(io_open_beneath(dir, "../x", O_RDONLY, false, &fd), -EXDEV);
    CHECK_INT(io_open_beneath(dir, "/etc/passwd", O_RDONLY, false, &fd), -EXDEV);
    CHECK_INT(fd, -1);
    CHECK_INT(io_open_beneath(dir, "x/y", O_RDONLY | O_DIRECTORY, false, &fd), 0);
    close_fd(&fd);
}

TEST(io, a_folder_or_a_long_file_is_no_document) {
    _cleanup_(close_fd) int dir = folder();
    struct buf b;
    buf_init(&b, 2);
    CHECK_INT(io_make_dirs_at(dir, "d", 0700), 0);
    CHECK_INT(io_read_file_at(dir, "d", &b), -EINVAL);
    CHECK_INT(io_create_file_at(dir, "f", BYTES("abc"), 0600), 0);
    CHECK_INT(io_create_file_at(dir, "f", BYTES("abc"), 0600), -EEXIST);
    CHECK_INT(io_read_file_at(dir, "f", &b), -E2BIG);
    buf_release(&b);
}
