/* The power goes at every step of the writer. tests/power.h makes the disk again as it may be then: for each prefix of the recorded calls with all
 * unsynced writes there, with none, and with some of them, torn and out of order. Whatever it is, the next start recovers every record that was
 * acknowledged, invents none, and the auditor with the two pinned keys finds nothing to object to.
 * DEIDFS_POWER_SEEDS=N tries N choices of what was lost at every prefix (default: one way a prefix, in turn). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "audit/verify.h"
#include "conf/base/io.h"
#include "tests/audit/fixture.h"
#include "tests/power.h"

enum { PROMISED, ASKED }; /* marks: an index that was acknowledged; how many opens were asked for */
enum { BEFORE = 1390 };   /* records before: the segment of the write-ahead log is nearly full */

static void append(struct journal *j, size_t count) {
    static uint64_t asked = BEFORE;
    struct event open = fixture_event(EVENT_OPEN), close = fixture_event(EVENT_CLOSE);
    for (size_t i = 0; i < count; i++) {
        power_mark(ASKED, ++asked);
        must(journal_append_wait(j, &open, &close.opened_at) == 0);
        power_mark(PROMISED, close.opened_at);
        must(journal_append(j, &close, NULL) == 0);
    }
}

/* A session that crosses a segment, a checkpoint and a full bundle; a clean stop; another that begins, writes and is simply left. */
static void run_writer(struct fixture *f) {
    struct journal *j = fixture_create(f);
    must(j != NULL);
    struct event open = fixture_event(EVENT_OPEN);
    for (size_t i = 0; i + 1 < BEFORE; i++) must(journal_append(j, &open, NULL) == 0);
    must(journal_append_wait(j, &open, NULL) == 0 && journal_checkpoint(j) == 0);
    power_record(f->state);
    append(j, 12);
    must(journal_checkpoint(j) == 0);
    append(j, 70);
    must(journal_close(j) == 0);
    j = fixture_open(f);
    must(j != NULL);
    append(j, 5);
    must(journal_checkpoint(j) == 0);
    append(j, 3);
    power_stop();
    must(journal_close(j) == 0);
}

struct judge {
    struct note_key stable, epoch;
    char state[400], dir[420], guard[440];
    uint64_t cases, failed;
};

static void complain(struct judge *x, size_t prefix, enum power_policy policy, uint64_t seed, const char *why) {
    static const char *const names[POWER_POLICIES] = { "all", "none", "some" };
    x->failed++;
    if (x->failed > 5) return;
    harness_fail(__FILE__, __LINE__, "power lost before event %zu (%s), %s of the unsynced writes there, seed %llu: %s", prefix,
                 power_event_name(prefix), names[policy], (unsigned long long) seed, why);
}

/* Starts what the disk holds; NULL or what is wrong. */
static const char *start_and_verify(struct judge *x, size_t prefix, struct problem *p) {
    static struct verify_report report;
    struct keeper *k = NULL;
    struct journal *j = NULL;
    struct journal_options o = { .dir = x->dir, .checkpoint_copy = x->guard, .origin = FIXTURE_ORIGIN, .epoch_s = 3600, .durability_strict = true };
    int r = keeper_start(x->state, &k, p);
    if (r == 0) r = journal_open(&o, k, &j, p);
    struct journal_status s = { 0 };
    if (r == 0) journal_status(j, &s);
    int e = j ? journal_close(j) : 0;
    keeper_free(k);
    if (r < 0) return p->text;
    if (e < 0) return "it cannot be closed";
    if (s.size <= power_marked(prefix, PROMISED, BEFORE)) return "an acknowledged record is missing";
    struct verify_options v = { .dir = x->dir, .stable = x->stable, .epoch = &x->epoch };
    if (verify_run(&v, &report, p) < 0) return p->text;
    if (report.verdict != VERIFY_OK) return report.finding[0].text;
    if (report.counts[EVENT_OPEN] > power_marked(prefix, ASKED, BEFORE)) return "a record was invented";
    return NULL;
}

static void lose_power(struct judge *x, size_t prefix, enum power_policy policy, uint64_t seed) {
    struct problem p = { "" };
    char command[500];
    power_make(prefix, policy, seed, x->state);
    const char *why = start_and_verify(x, prefix, &p);
    x->cases++;
    if (why) complain(x, prefix, policy, seed, why);
    must(snprintf(command, sizeof(command), "rm -rf '%s'", x->state) > 0 && system(command) == 0);
}

TEST(journal_power, whenever_the_power_goes_no_acknowledged_record_is_lost_and_none_invented) {
    static struct fixture f;
    static struct judge x;
    fixture_init(&f);
    run_writer(&f);
    x.stable = fixture_key(&f, "log.vkey");
    x.epoch = fixture_key(&f, "epoch/0/vkey");
    must(snprintf(x.state, sizeof(x.state), "%s-after", f.state) > 0 && snprintf(x.dir, sizeof(x.dir), "%s/journal", x.state) > 0);
    must(snprintf(x.guard, sizeof(x.guard), "%s/guard/last-checkpoint", x.state) > 0);
    const char *seeds_wanted = getenv("DEIDFS_POWER_SEEDS");
    size_t seeds = seeds_wanted ? strtoull(seeds_wanted, NULL, 10) : 0;
    for (size_t prefix = 0; prefix <= power_count(); prefix++) {
        if (seeds == 0) lose_power(&x, prefix, (enum power_policy) (prefix % POWER_POLICIES), prefix);
        for (size_t s = 0; s < seeds; s++) lose_power(&x, prefix, s < 2 ? (enum power_policy) s : POWER_SOME, s);
    }
    printf("# %zu events, %llu disks tried, %llu of them not recovered\n", power_count(), (unsigned long long) x.cases, (unsigned long long) x.failed);
    CHECK(power_count() > 300);
    CHECK_INT(x.failed, 0);
    fixture_release(&f);
}
