/* struct walk: every file that the view shows, in the order of its path there, folder by folder. Reads metadata, names and at most the heads of
 * files; redacts no document.
 * Threads: one a walk; names are redacted with that thread's scratch. */
#pragma once

#include "fs/guard.h"

struct walk_file {
    const char *shown; /* path in the view */
    const char *path;  /* path in the source */
    struct source_version version;
    bool racy;         /* equal time stamps would prove nothing */
};

struct walk {
    struct guard *guard;
    struct policy *policy;
    struct worker *worker;
    int (*visit)(void *context, const struct walk_file *file); /* nonzero ends the walk */
    void *context;
};

/* 0, what visit returned, -ECANCELED when the mount is ending, or why the root could not be read. A folder that vanishes or cannot be read
 * meanwhile has no files. */
_must_use_ int walk_run(const struct walk *w);
/* -1, 0, 1: the order of the walk. '/' sorts before everything. */
int walk_compare(const char *a, const char *b);
