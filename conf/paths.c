#include "conf/paths.h"

#include <string.h>

static bool paths_glob_is_sound(const char *glob) {
    return glob[0] != '\0' && glob[0] != '/' && strstr(glob, "..") == NULL && glob[strlen(glob) - 1] != '/';
}

bool paths_parse(const char *text, struct path_globs *out) {
    struct path_globs g = { .count = 0 };
    size_t len = 0;
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, ","), skip = n;
        while (n > 0 && at[n - 1] == ' ') n--;
        if (len + n + 1 > sizeof(g.text)) return false;
        memcpy(g.text + len, at, n);
        g.text[len + n] = '\0';
        if (!paths_glob_is_sound(g.text + len)) return false;
        len += n + 1;
        g.count++;
        at += skip;
        if (*at == '\0') break;
        at++;
        at += strspn(at, " ");
        if (*at == '\0') return false;
    }
    *out = g;
    return true;
}

/* Where matching goes on when it fails: behind the last '*', which takes one byte more, or behind the last "**". No other star need ever be tried
 * again, so time is at most glob x path. */
struct paths_star {
    const char *glob, *path; /* glob NULL: none */
};

static bool paths_take_up(struct paths_star *star, bool crosses, const char **glob, const char **path) {
    if (!star->glob || *star->path == '\0' || (!crosses && *star->path == '/')) return false;
    *glob = star->glob;
    *path = ++star->path;
    return true;
}

bool paths_glob_matches(const char *glob, const char *path) {
    struct paths_star one = { NULL, NULL }, two = { NULL, NULL };
    const char *slash = strrchr(path, '/');
    if (!strchr(glob, '/') && slash) path = slash + 1;
    for (;;) {
        if (glob[0] == '*' && glob[1] == '*') {
            glob += 2;
            two = (struct paths_star) { glob, path };
            one.glob = NULL;
        } else if (*glob == '*') {
            one = (struct paths_star) { ++glob, path };
        } else if (*path != '\0' && (*glob == *path || (*glob == '?' && *path != '/'))) {
            glob++, path++;
        } else if (*glob == '\0' && *path == '\0') {
            return true;
        } else if (!paths_take_up(&one, false, &glob, &path)) {
            one.glob = NULL;
            if (!paths_take_up(&two, true, &glob, &path)) return false;
        }
    }
}

static bool paths_any_matches(const struct path_globs *g, const char *path) {
    const char *glob = g->text;
    for (size_t i = 0; i < g->count; i++, glob += strlen(glob) + 1) {
        if (paths_glob_matches(glob, path)) return true;
    }
    return false;
}

/* The path or one of the folders above it. */
static bool paths_covers(const struct path_globs *g, const char *path) {
    char part[LIMIT_PATH_LEN];
    size_t len = strlen(path);
    if (g->count == 0) return false;
    must(len < sizeof(part));
    memcpy(part, path, len + 1);
    for (char *slash = part; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        if (paths_any_matches(g, part)) return true;
    }
    return paths_any_matches(g, part);
}

bool paths_show(const struct paths *p, const char *path, bool is_folder) {
    if (path[0] == '\0') return true; /* the root */
    if (paths_covers(&p->exclude, path)) return false;
    return is_folder || p->include.count == 0 || paths_covers(&p->include, path);
}
