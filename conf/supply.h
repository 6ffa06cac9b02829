/* Supplies: the site's own files that a configuration names: rules (a file), lists (a folder of *.list), roster (a file, or a folder of them).
 * They decide what is shown, so they are read as the configuration is: no symbolic links, regular files, of root or the caller, not writable by
 * group or others. A roster holds patients: it must not be readable by others either.
 * Threads: values. Ownership: supplies_release(), which wipes. */
#pragma once

#include "conf/base/buf.h"
#include "conf/conf.h"

enum { SUPPLY_FILES_MAX = 256, SUPPLY_RULES_LEN_MAX = 4 << 20, SUPPLY_LIST_LEN_MAX = 64 << 20 };
#define SUPPLY_ROSTER_LEN_MAX ((size_t) 1 << 30)

struct supply_file {
    char *path;
    struct buf text;
};
struct supply_files {
    struct supply_file *items; /* by name */
    size_t count;
};
struct supplies {
    struct supply_files rules; /* at most one */
    struct supply_files lists;
    struct supply_files rosters;
};

/* -EPERM for an owner or mode that cannot be trusted; -ENOENT for a folder without a file; the problem names the setting and the path. */
_must_use_ int supplies_read(const struct conf *c, struct supplies *out, struct problem *p);
/* One roster file or folder, named on a command line. */
_must_use_ int supplies_read_roster(const char *path, struct supply_files *out, struct problem *p);
/* Names another roster than the configuration does. */
_must_use_ int supply_roster_instead(struct conf *c, const char *path, struct problem *p);
void supplies_release(struct supplies *s);
void supply_files_release(struct supply_files *f);
