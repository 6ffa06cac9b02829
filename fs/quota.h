/* struct quota: how much each user has opened within the present hour of the clock. Users share a slot by their number modulo QUOTA_SLOTS, and then
 * share its bound: memory stays what it is however many there are.
 * Threads: safe (lock.h, 2). Ownership: quota_free(). */
#pragma once

#include "conf/conf.h"

enum { QUOTA_SLOTS = 4096 };

struct quota;

_must_use_ int quota_new(struct quota **out_quota);
void quota_free(struct quota *q);

/* What is about to be given. hour: since 1970. */
struct quota_claim {
    uint64_t hour;
    uint32_t uid, opens, folders;
    uint64_t bytes;
};
/* true: within [limits], and taken. false: nothing was taken. */
_must_use_ bool quota_take(struct quota *q, const struct conf *limits, const struct quota_claim *claim);
