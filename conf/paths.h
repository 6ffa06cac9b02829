/* struct paths: which part of a source is shown at all, by globs on paths relative to it (minimum necessary, 45 CFR 164.502(b)). A file or folder
 * that exclude matches is not there, nor is anything beneath it. Where include is given, a file is there only if it or a folder above it matches.
 *   *  any run of bytes but '/'     ?  one byte but '/'     **  any run of bytes
 *   a glob without '/' is matched with the last part of the path alone: *.tmp; one with '/' with all of it: psych/2024-??
 * Threads: a value; pure functions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "conf/base/attr.h"
#include "conf/limits.h"

struct path_globs {
    char text[LIMIT_CONF_LINE_LEN + 1]; /* one after the other, each with its NUL */
    size_t count;
};

struct paths {
    struct path_globs include, exclude;
};

/* "a, b"; false: too long, an empty one, one that begins with '/' or holds "..". */
_must_use_ bool paths_parse(const char *text, struct path_globs *out);
bool paths_glob_matches(const char *glob, const char *path);
/* path: relative, as on disk. */
bool paths_show(const struct paths *p, const char *path, bool is_folder);
