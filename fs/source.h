/* struct source: the folder of clinical documents, opened once by O_PATH and never reached by name again. Everything beneath it goes through
 * openat2 RESOLVE_BENEATH|NO_SYMLINKS|NO_MAGICLINKS (and NO_XDEV by default). Only regular files and folders exist here: symlinks, pipes,
 * sockets and devices are -ENOENT.
 * Paths are relative to the root, "" for the root itself, as they are on disk.
 * Threads: safe; no state but the descriptor. Ownership: source_free(). */
#pragma once

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "conf/base/buf.h"
#include "conf/base/problem.h"
#include "conf/refusal.h"

struct source;

/* Which bytes a name stood for at an instant. Two equal versions hold equal bytes unless source_version_is_racy(). */
struct source_version {
    uint64_t dev, ino, len;
    int64_t mtime_s, ctime_s;
    uint32_t mtime_ns, ctime_ns;
};

_must_use_ int source_open(const char *path, bool cross_devices, struct source **out_source, struct problem *p);
void source_free(struct source *s);

struct source_version source_version_of(const struct stat *st);
bool source_version_equal(const struct source_version *a, const struct source_version *b);
/* Changed so shortly before now that a later change could carry the same time stamps (git's rule for its index; 20 ms covers a jiffy at
 * HZ=100 twice). */
bool source_version_is_racy(const struct source_version *v, uint64_t now_realtime_us);

/* What the path is now. -ENOENT for what is neither file nor folder. */
_must_use_ int source_stat(const struct source *s, const char *path, struct stat *out);
/* The whole file as it was at one instant: fstat before and after, again up to LIMIT_SOURCE_READS times. On failure *out_refusal says why:
 * REFUSAL_CHANGED, REFUSAL_TOO_LARGE, REFUSAL_MEMORY, REFUSAL_SOURCE; -ENOENT and REFUSAL_NONE when it is gone. */
_must_use_ int source_read(const struct source *s, const char *path, struct buf *out, struct source_version *out_version,
                           enum refusal *out_refusal);
/* The first bytes, at most len; *out_len says how many. */
_must_use_ int source_read_head(const struct source *s, const char *path, void *to, size_t len, size_t *out_len);
/* A folder for fdopendir. */
_must_use_ int source_open_folder(const struct source *s, const char *path, int *out_fd);
_must_use_ int source_statvfs(const struct source *s, struct statvfs *out);
