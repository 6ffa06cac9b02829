/* selftest: does redaction still work? The canaries (redact/canary.h) are rendered before the mount serves, before a new policy is put in force,
 * and every [policy] self_test from then on, each time on record: kind "self-test", from = identifiers that were found again, to = identifiers
 * looked for, count = documents, and a digest of the views. A failure withdraws all access until a reload that passes.
 * Threads: safe; one test at a time. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "conf/base/problem.h"

struct guard;
struct policy;

/* What the last one said. */
struct selftest_state {
    uint64_t last_us; /* CLOCK_REALTIME; 0: none yet */
    uint64_t runs, failures;
    bool failed;
    struct problem reason; /* of a failure; "" passed */
};

struct selftest {
    pthread_mutex_t lock; /* leaf: around the fields */
    struct selftest_state state;
    uint64_t next_ns;     /* CLOCK_MONOTONIC */
};
void selftest_init(struct selftest *t);
void selftest_read(struct selftest *t, struct selftest_state *out);

/* Renders under the policy; 0, or -EIO with what is wrong. Nothing is recorded or withdrawn. */
_must_use_ int selftest_try(struct guard *g, struct policy *policy, struct problem *p);
/* When it is time: renders under the policy in force, records, and withdraws all access where an identifier was found again or clinical text is
 * lost. Documents that were refused (a lost database, a dead keeper) are refused to readers too: that is recorded and shown, nothing else. */
void selftest_tick(struct guard *g);
