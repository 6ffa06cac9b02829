#include "audit/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "conf/base/io.h"

int guard_read(const char *path, const struct note_key *stable, struct checkpoint *out) {
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, NOTE_LEN_MAX);
    int r = io_read_file_at(AT_FDCWD, path, &raw);
    if (r == -ENOENT) return GUARD_NONE;
    if (r < 0) return r;
    struct note n;
    struct checkpoint c;
    if (note_parse(buf_bytes(&raw), &n) < 0 || checkpoint_parse(n.text, &c) < 0) return -EUCLEAN;
    if (note_verify(&n, stable, NULL) != NOTE_SIGNED) return -EUCLEAN;
    *out = c;
    return 0;
}

int guard_write(const char *path, struct bytes note) {
    int r = io_replace_file_at(AT_FDCWD, path, note, 0640);
    if (r != -ENOENT) return r;
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash || (size_t) (slash - path) >= sizeof(parent)) return r;
    memcpy(parent, path, (size_t) (slash - path));
    parent[slash - path] = '\0';
    if (mkdir(parent, 0750) < 0 && errno != EEXIST) return -errno;
    return io_replace_file_at(AT_FDCWD, path, note, 0640);
}
