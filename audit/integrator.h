/* The integrator: turns durable records into tiles and signed checkpoints, each second if grown, at the end of an epoch, on demand.
 * It reads the WAL, not memory: what it signs is what a crash would have left. Every leaf is hashed twice, the second time from the files
 * just written, by another code path; only if both agree is anything signed.
 * Threads: one thread of its own after integrator_start(); before that the caller's. */
#pragma once

#include "audit/commit.h"
#include "audit/epoch.h"

struct integrator;

struct integrator_options {
    int log_fd, wal_fd;           /* borrowed */
    const char *origin;           /* borrowed */
    const char *guard_path;       /* borrowed; NULL: none */
    struct keeper *keeper;
    struct commit *commit;        /* NULL until integrator_attach() */
    struct checkpoint head;       /* the last signed one; size 0 for a new log */
    struct epoch epoch;
    uint32_t epoch_s;
};

/* Loads the tree at the head's size and checks its root. -EUCLEAN: the files are not that tree. */
_must_use_ int integrator_new(const struct integrator_options *o, struct integrator **out_integrator);
void integrator_free(struct integrator *i);
static inline void integrator_freep(struct integrator **i) {
    integrator_free(*i);
    *i = NULL;
}

/* Takes in all entries below end from the WAL. */
_must_use_ int integrator_advance(struct integrator *i, uint64_t end);
/* Checks, signs and publishes a checkpoint of what was taken in; final also closes the epoch. Does nothing when not grown. */
_must_use_ int integrator_sign(struct integrator *i, bool final);
/* Signs the final of an epoch whose key record is the last entry taken in: a crash came between. */
_must_use_ int integrator_finish_epoch(struct integrator *i);
void integrator_attach(struct integrator *i, struct commit *c);

_must_use_ int integrator_start(struct integrator *i);
/* A checkpoint over all that is durable now; waits for it. */
_must_use_ int integrator_request(struct integrator *i);
/* Seals the epoch, ends the thread. */
_must_use_ int integrator_stop(struct integrator *i);

void integrator_status(struct integrator *i, uint64_t *out_size, uint64_t *out_epoch);
