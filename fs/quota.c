#include "fs/quota.h"

#include <errno.h>

#include "conf/base/lock.h"

struct quota_slot {
    uint64_t hour, opens, folders, bytes;
};

struct quota {
    pthread_mutex_t lock; /* lock.h, 2 */
    struct quota_slot slots[QUOTA_SLOTS];
};

int quota_new(struct quota **out_quota) {
    struct quota *q = calloc(1, sizeof(*q));
    if (!q) return -ENOMEM;
    must(pthread_mutex_init(&q->lock, NULL) == 0);
    *out_quota = q;
    return 0;
}

void quota_free(struct quota *q) {
    if (!q) return;
    (void) pthread_mutex_destroy(&q->lock);
    free(q);
}

static bool quota_fits(uint64_t limit, uint64_t had, uint64_t more) {
    return limit == 0 || more == 0 || (had <= limit && more <= limit - had);
}

bool quota_take(struct quota *q, const struct conf *limits, const struct quota_claim *claim) {
    if (limits->opens_per_hour == 0 && limits->folders_per_hour == 0 && limits->bytes_per_hour == 0) return true;
    lock_scoped(&q->lock);
    struct quota_slot *s = &q->slots[claim->uid % QUOTA_SLOTS];
    if (s->hour != claim->hour) *s = (struct quota_slot) { .hour = claim->hour };
    if (!quota_fits(limits->opens_per_hour, s->opens, claim->opens)) return false;
    if (!quota_fits(limits->folders_per_hour, s->folders, claim->folders)) return false;
    if (!quota_fits(limits->bytes_per_hour, s->bytes, claim->bytes)) return false;
    s->opens += claim->opens;
    s->folders += claim->folders;
    s->bytes += claim->bytes;
    return true;
}
