/* Exposures: can somebody who may read the view reach the source, the keys or the journal past the guard? The mount refuses to start then, and
 * deidfs-check says why and how to mend it (filesystem.md, "Security").
 * A consumer is every user and group of [access]; with an empty list it is everybody, tried as the user nobody without groups. Each is tried for
 * real: a child takes on the consumer's ids and groups and asks the kernel with faccessat(2), so that modes, ACLs, mount options and security modules
 * all count. Other mounts of the same file system (bind mounts) are tried too. Root is not tried: root reads everything.
 * Threads: forks; call before threads. */
#pragma once

#include <limits.h>

#include "conf/conf.h"

enum exposure_kind {
    EXPOSURE_SOURCE,   /* a consumer can list or enter the source */
    EXPOSURE_STATE,    /* … or the state folder: keys, vault, journal */
    EXPOSURE_CONFIG,   /* … or write the configuration */
    EXPOSURE_NESTED,   /* the source lies in a view of deidfs */
};
enum { EXPOSURE_COUNT_MAX = 32, EXPOSURE_CONSUMERS_MAX = 1024, EXPOSURE_CONSUMER_LEN_MAX = 96 };

struct exposure {
    enum exposure_kind kind;
    char consumer[EXPOSURE_CONSUMER_LEN_MAX]; /* "user indexer", "group research", "everybody" */
    char path[PATH_MAX];               /* where it was reached: the folder itself, or the same folder below another mount */
};

struct exposures {
    struct exposure items[EXPOSURE_COUNT_MAX];
    size_t count;       /* more than fit are not listed: one is enough to refuse */
    size_t tried;       /* consumers */
    bool complete;      /* false: not root, so that nobody's rights could be taken on; only modes for everybody were looked at */
};

_must_use_ int exposure_find(const struct conf *c, struct exposures *out, struct problem *p);
/* One sentence for the admin: what is wrong and the command that mends it. */
void exposure_describe(const struct exposure *e, char *out, size_t len);
