#include "fs/walk.h"

#include <errno.h>
#include <fcntl.h>

#include "conf/base/clock.h"
#include "fs/probe.h"

enum { WALK_DEPTH_MAX = 128 };

/* Both paths grow and shrink with the depth. */
struct walk_place {
    const struct walk *walk;
    char shown[WORK_PATH_LEN_MAX], path[WORK_PATH_LEN_MAX];
};

int walk_compare(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    /* Names hold no byte below a blank (naming.h), so 1 stands before all of them. */
    int x = *a == '/' ? 1 : (unsigned char) *a, y = *b == '/' ? 1 : (unsigned char) *b;
    return (x > y) - (x < y);
}

/* Appends "/name"; false: too long for a path. *out_len says how long it was. */
static bool walk_enter(char path[WORK_PATH_LEN_MAX], const char *name, size_t *out_len) {
    size_t len = strlen(path), name_len = strlen(name);
    *out_len = len;
    if (len + name_len + 2 > WORK_PATH_LEN_MAX) return false;
    if (len > 0) path[len++] = '/';
    memcpy(path + len, name, name_len + 1);
    return true;
}

static int walk_file_at(struct walk_place *at, const struct stat *st) {
    const struct walk *w = at->walk;
    struct catalog_record record;
    struct walk_file f = { .shown = at->shown, .path = at->path, .version = source_version_of(st) };
    int r = probe_file(w->guard, w->policy, at->path, &f.version, &record);
    if (r == -ENOENT || (r == 0 && probe_is_hidden(w->policy, &record))) return 0;
    if (r < 0) return r;
    f.racy = source_version_is_racy(&f.version, clock_realtime_us());
    return w->visit(w->context, &f);
}

static int walk_folder(struct walk_place *at, unsigned depth);

static int walk_entry(struct walk_place *at, int folder_fd, const struct name_entry *e, unsigned depth) {
    size_t shown_len, path_len;
    struct stat st;
    int r = 0;
    if (guard_is_stopping(at->walk->guard)) return -ECANCELED;
    if (fstatat(folder_fd, e->raw, &st, AT_SYMLINK_NOFOLLOW) < 0) return 0;
    bool fits = walk_enter(at->shown, e->shown, &shown_len);
    bool fits_too = walk_enter(at->path, e->raw, &path_len);
    if (fits && fits_too) r = S_ISDIR(st.st_mode) ? walk_folder(at, depth + 1) : S_ISREG(st.st_mode) ? walk_file_at(at, &st) : 0;
    at->shown[shown_len] = at->path[path_len] = '\0';
    return r;
}

static int walk_folder(struct walk_place *at, unsigned depth) {
    const struct walk *w = at->walk;
    _cleanup_(names_unrefp) struct names *names = NULL;
    _cleanup_(close_fd) int fd = -1;
    if (depth > WALK_DEPTH_MAX) return 0; /* deeper than any reader goes */
    int r = guard_names(w->guard, w->worker, w->policy, at->path, &names);
    if (r == 0) r = source_open_folder(w->guard->source, at->path, &fd);
    if (r < 0) return depth == 0 ? r : 0;
    for (size_t i = 0; r == 0 && i < names->count; i++) r = walk_entry(at, fd, &names->entries[i], depth);
    return r;
}

int walk_run(const struct walk *w) {
    struct walk_place *at = calloc(1, sizeof(*at));
    if (!at) return -ENOMEM;
    at->walk = w;
    int r = walk_folder(at, 0);
    explicit_bzero(at, sizeof(*at)); /* paths hold identifiers */
    free(at);
    return r;
}
