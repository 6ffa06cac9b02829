/* struct epoch: the policy in force: configuration, compiled rules and their number. A reload makes the next one aside and swaps; what was
 * begun under the old one ends under it, and every next OPEN of an old view is stale.
 * Threads: immutable, shared by reference. Ownership: the last epoch_unref(). */
#pragma once

#include "conf/conf.h"
#include "redact/redact.h"

struct epoch {
    struct conf *conf;
    struct engine *engine;
    uint64_t number; /* 1, 2, … within this mount */
    unsigned refs;
};

/* Loads and compiles. problem says what is wrong and where. */
_must_use_ int epoch_new(const char *config, uint64_t number, struct epoch **out_epoch, struct problem *p);
struct epoch *epoch_ref(struct epoch *e);
void epoch_unref(struct epoch *e);
static inline void epoch_unrefp(struct epoch **e) {
    epoch_unref(*e);
    *e = NULL;
}
/* By [access] users and groups; groups are the caller's own and those of /proc/TID/status (supplementary). */
bool epoch_admits(const struct epoch *e, uint32_t uid, uint32_t gid, uint32_t tid);
