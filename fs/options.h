/* The command line, as people, fstab, mount(8) and mount.fuse3 spell it.
 *   deidfs INSTANCE|CONFIG MOUNTPOINT [-o option[,option…]]… [-f]
 *   mount.fuse.deidfs INSTANCE MOUNTPOINT [-sfnv] [-o …] [-t type]     (as mount(8) calls a helper: -f means "fake" there)
 * Anything unknown is an error with the nearest suggestion, before anything is mounted. Threads: a value. */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "conf/base/problem.h"

struct options {
    char config[PATH_MAX];     /* instance name or path, as given */
    char mountpoint[PATH_MAX]; /* as given */
    char fsname[PATH_MAX];     /* -o fsname=; "" not given. Must equal the instance's name */
    bool foreground;
    bool fake;                 /* mount -f: check, do not mount */
    bool allow_other;
    bool accept_loss;          /* start over a journal damaged in the middle; a record names the gap */
    bool help, version;
    bool verbose;
};

/* -EINVAL with a problem that says what to do. */
_must_use_ int options_parse(int argc, char *const argv[], struct options *out, struct problem *p);
