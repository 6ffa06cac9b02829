/* struct policy: the policy in force: configuration, compiled rules and their number. A reload makes the next one aside and swaps; what was
 * begun under the old one ends under it, and every next OPEN of an old view is stale.
 * Threads: immutable, shared by reference. Ownership: the last policy_unref(). */
#pragma once

#include "conf/conf.h"
#include "redact/redact.h"

struct policy {
    struct conf *conf;
    struct engine *engine;
    uint64_t number; /* 1, 2, … within this mount */
    unsigned refs;
};

/* Loads and compiles. problem says what is wrong and where. */
_must_use_ int policy_new(const char *config, uint64_t number, struct policy **out_policy, struct problem *p);
struct policy *policy_ref(struct policy *e);
void policy_unref(struct policy *e);
static inline void policy_unrefp(struct policy **e) {
    policy_unref(*e);
    *e = NULL;
}
/* The thread's group, or one of its supplementary ones. */
bool policy_has_group(gid_t wanted, uint32_t gid, uint32_t tid);
/* By [access] users and groups; groups are the caller's own and those of /proc/TID/status (supplementary). */
bool policy_admits(const struct policy *e, uint32_t uid, uint32_t gid, uint32_t tid);
