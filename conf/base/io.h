/* Files: whole reads and writes, replacement by rename, opening strictly beneath a folder.
 * All return 0 or a negative errno; interrupted calls are taken up again; short writes are continued.
 * Threads: safe; no state. */
#pragma once

#include <dirent.h>
#include <sys/types.h>

#include "conf/base/buf.h"

/* openat2(2) with RESOLVE_BENEATH|NO_SYMLINKS|NO_MAGICLINKS (and NO_XDEV unless allow_xdev); O_CLOEXEC is added. */
_must_use_ int io_open_beneath(int dir_fd, const char *path, int flags, bool allow_xdev, int *out_fd);

/* Opens a folder to be read with readdir(3); a symbolic link is none (-ELOOP, -ENOTDIR). The caller closes it, by io_close_folder. */
_must_use_ int io_open_folder_at(int dir_fd, const char *path, DIR **out_dir);
/* For _cleanup_: NULL is allowed. */
void io_close_folder(DIR **dir);

/* Reads to the end of the file; -E2BIG past out's limit. */
_must_use_ int io_read_all(int fd, struct buf *out);
/* Opens (O_NOFOLLOW), demands a regular file, reads it all. */
_must_use_ int io_read_file_at(int dir_fd, const char *path, struct buf *out);
/* Exactly len bytes; -ENODATA when the file ends first. */
_must_use_ int io_pread_full(int fd, void *to, size_t len, uint64_t offset);

_must_use_ int io_write_full(int fd, struct bytes data);
_must_use_ int io_pwrite_full(int fd, struct bytes data, uint64_t offset);
/* A new file that must not exist yet, fsynced; its folder is fsynced too. */
_must_use_ int io_create_file_at(int dir_fd, const char *path, struct bytes data, mode_t mode);
/* Temporary sibling, write, fsync, rename over path, fsync the folder: readers see the old or the new bytes, never a mixture.
 * path holds no '/' beyond folders that exist beneath dir_fd. */
_must_use_ int io_replace_file_at(int dir_fd, const char *path, struct bytes data, mode_t mode);
/* fsync of the folder that holds path. */
_must_use_ int io_sync_parent_at(int dir_fd, const char *path);
/* mkdir -p beneath dir_fd (0 also when it exists). */
_must_use_ int io_make_dirs_at(int dir_fd, const char *path, mode_t mode);
