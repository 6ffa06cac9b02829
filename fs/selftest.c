#include "fs/selftest.h"

#include <errno.h>
#include <string.h>

#include "conf/base/clock.h"
#include "conf/base/lock.h"
#include "conf/base/log.h"
#include "fs/guard.h"
#include "redact/canary.h"

void selftest_init(struct selftest *t) {
    *t = (struct selftest) { .next_ns = 0 };
    must(pthread_mutex_init(&t->lock, NULL) == 0);
}

void selftest_read(struct selftest *t, struct selftest_state *out) {
    lock_scoped(&t->lock);
    *out = t->state;
}

static int selftest_render(struct guard *g, struct policy *policy, struct canary_report *out) {
    struct key seed = { 0 };
    struct scratch *scratch = NULL;
    int r = keeper_local_key(g->keeper, "canary", &seed);
    if (r == 0) r = scratch_new(policy->engine, &scratch);
    if (r == 0) r = canary_run(policy->engine, scratch, g->vault, seed.raw, out);
    scratch_free(scratch);
    key_wipe(&seed);
    return r;
}

static void selftest_note(struct guard *g, const struct policy *policy, bool passed, const struct problem *reason) {
    struct selftest *t = &g->selftest;
    lock_scoped(&t->lock);
    t->next_ns = clock_monotonic_ns() + policy->conf->self_test_s * 1000000000ull;
    t->state = (struct selftest_state) { .last_us = clock_realtime_us(), .runs = t->state.runs + 1, .failures = t->state.failures + !passed,
                                         .failed = !passed, .reason = *reason };
}

int selftest_try(struct guard *g, struct policy *policy, struct problem *p) {
    struct canary_report report = { 0 };
    struct problem why = { .text = "" };
    int r = selftest_render(g, policy, &report);
    if (r < 0) return problem_set(p, r, "the self-test could not run: %s", strerror(-r));
    if (!canary_passed(&report, &why)) return problem_set(p, -EIO, "%s", why.text);
    selftest_note(g, policy, true, &why);
    return 0;
}

static int selftest_record(struct guard *g, const struct canary_report *report) {
    struct actor self;
    uint64_t index;
    actor_of_self(&self);
    struct event_range range = { .kind = "self-test", .from = report->leaked + report->lost, .to = report->identifiers, .count = report->documents,
                                 .digest = report->digest };
    struct event ev = { .type = EVENT_QUERY, .who = &self, .range = &range };
    return journal_append_wait(g->journal, &ev, &index);
}

void selftest_tick(struct guard *g) {
    lock_take(&g->selftest.lock);
    bool due = clock_monotonic_ns() >= g->selftest.next_ns;
    lock_give(&g->selftest.lock);
    if (!due) return;
    struct canary_report report = { 0 };
    struct problem why = { .text = "" };
    struct policy *policy = guard_policy(g);
    int r = selftest_render(g, policy, &report);
    bool passed = r == 0 && canary_passed(&report, &why);
    bool works = r < 0 || (report.leaked == 0 && report.lost == 0); /* nobody could look, or all was refused: no reader gets more */
    if (r < 0) ignore(problem_set(&why, r, "the self-test could not run: %s", strerror(-r))); /* it is shown below */
    selftest_note(g, policy, passed, &why);
    if (r == 0) r = selftest_record(g, &report);
    if (!works) guard_revoke(g);
    if (!passed) log_error("self-test-failed", "%s%s", why.text, works ? "" : "; all access is withdrawn until a reload that passes");
    else if (r < 0) log_error("self-test-unrecorded", "error=%d", -r);
    policy_unref(policy);
}
