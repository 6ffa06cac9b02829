/* Group commit: many threads append, one of them leads, writes all that is pending as one frame and syncs it; the batch closes when the
 * previous sync returns. Stamps are taken under the lock, so that order is index order, and a step of the clock gets its record first.
 * Threads: safe. Lock: audit/journal commit (lock.h, 5), never held across a write or a sync. */
#pragma once

#include "audit/entry.h"
#include "audit/wal.h"

struct commit;

struct commit_options {
    int wal_fd;               /* the folder; borrowed */
    const char *origin;
    uint64_t epoch;
    uint64_t size;            /* entries so far: the next index */
    struct entry_stamp last;  /* of the last entry, boot "" when there is none */
    bool strict;              /* sync before a waiter is released; else only written */
};

_must_use_ int commit_new(const struct commit_options *o, struct commit **out_commit);
void commit_free(struct commit *c);
static inline void commit_freep(struct commit **c) {
    commit_free(*c);
    *c = NULL;
}

/* Returns once the entry is written, or with wait durable. -EIO: halted. -ENOSPC: new opens are being denied. -EINVAL, -E2BIG: entry.h. */
_must_use_ int commit_append(struct commit *c, const struct event *ev, bool wait, uint64_t *out_index);
/* Makes all that is written durable and tells how many entries that is. */
_must_use_ int commit_flush(struct commit *c, uint64_t *out_durable);
uint64_t commit_durable(struct commit *c);
/* From now on every append fails with -EIO; tries to write a halt record first. The reason is for the operator's log. */
void commit_halt(struct commit *c, const char *reason, int error);
bool commit_is_halted(struct commit *c);
void commit_set_low_space(struct commit *c, bool low);
bool commit_is_low_space(struct commit *c);
void commit_set_epoch(struct commit *c, uint64_t epoch);
uint64_t commit_segment_len(struct commit *c);

struct commit_counts {
    uint64_t opens, closes, denials, refusals; /* since the last call of commit_take_counts() */
    uint64_t open_now;                         /* handles whose close is to come */
};
void commit_take_counts(struct commit *c, struct commit_counts *out);
void commit_peek_counts(struct commit *c, struct commit_counts *out);
