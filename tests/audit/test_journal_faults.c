/* The journal under failing calls, one after the other, and on a disk that fills up. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "audit/verify.h"
#include "conf/base/io.h"
#include "tests/audit/fixture.h"
#include "tests/fault.h"

struct faults {
    struct fixture f;
    uint64_t acknowledged; /* highest index that an append_wait returned */
    uint64_t runs, failures;
    struct note_key stable, epoch;
};

static int write_some(void *context) {
    struct faults *x = context;
    struct problem p = { "" };
    struct journal *j = NULL;
    struct event open = fixture_event(EVENT_OPEN), close = fixture_event(EVENT_CLOSE);
    int r = journal_open(&x->f.options, x->f.keeper, &j, &p);
    for (int i = 0; i < 3 && r == 0; i++) {
        uint64_t index = 0;
        r = journal_append_wait(j, &open, &index);
        if (r == 0) x->acknowledged = index;
        close.opened_at = index;
        if (r == 0) r = journal_append(j, &close, NULL);
    }
    if (r == 0) r = journal_checkpoint(j);
    int e = j ? journal_close(j) : 0;
    return r < 0 ? r : e;
}

static void nothing_is_lost(void *context, int result) {
    struct faults *x = context;
    x->runs++;
    x->failures += result < 0;
    /* A failed message leaves the keeper's channel broken, as it must; the next start has a keeper of its own. */
    keeper_free(x->f.keeper);
    struct problem p = { "" };
    must(keeper_start(x->f.state, &x->f.keeper, &p) == 0);
    struct journal *j = NULL;
    int r = journal_open(&x->f.options, x->f.keeper, &j, &p);
    if (r < 0) {
        harness_fail(__FILE__, __LINE__, "after a failing %s: %d %s", fault_last(), r, p.text);
        harness_leave();
    }
    struct journal_status s;
    journal_status(j, &s);
    if (s.size <= x->acknowledged) harness_fail(__FILE__, __LINE__, "after a failing %s: record %llu is lost", fault_last(), (unsigned long long) x->acknowledged);
    CHECK_INT(journal_close(j), 0);
    struct verify_options o = { .dir = x->f.dir, .stable = x->stable, .epoch = &x->epoch };
    static struct verify_report report;
    CHECK_INT(verify_run(&o, &report, &p), 0);
    if (report.verdict != VERIFY_OK) {
        harness_fail(__FILE__, __LINE__, "after a failing %s: %s", fault_last(), report.finding_count ? report.finding[0].text : "");
        harness_leave();
    }
}

TEST(journal_faults, whichever_call_fails_no_acknowledged_record_is_lost) {
    static struct faults x;
    fixture_init(&x.f);
    struct journal *j = fixture_create(&x.f);
    REQUIRE(j != NULL);
    CHECK_INT(journal_close(j), 0);
    x.stable = fixture_key(&x.f, "log.vkey");
    x.epoch = fixture_key(&x.f, "epoch/0/vkey");
    FAULTSIM_TOLERANT(write_some, nothing_is_lost, &x);
    printf("# %llu runs, %llu of them failed\n", (unsigned long long) x.runs, (unsigned long long) x.failures);
    CHECK(x.failures > 20);
    fixture_release(&x.f);
}

/* In a mount namespace of its own: a 12 MiB file system for the journal, filled from the side. Exits 0 when all held. */
static int fill_up(struct fixture *f) {
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return 77;
    if (mkdir(f->dir, 0700) < 0 || mount("tmpfs", f->dir, "tmpfs", 0, "size=12m") < 0) return 77;
    struct problem p = { "" };
    struct journal *j = NULL;
    struct event open = fixture_event(EVENT_OPEN), close = fixture_event(EVENT_CLOSE);
    if (keeper_start(f->state, &f->keeper, &p) < 0 || journal_create(&f->options, f->keeper, &p) < 0) return 1;
    if (journal_open(&f->options, f->keeper, &j, &p) < 0) return 2;
    uint64_t last = 0;
    if (journal_append_wait(j, &open, &last) < 0) return 3;
    char big[400], command[2000];
    (void) snprintf(big, sizeof(big), "%s/big", f->dir);
    (void) snprintf(command, sizeof(command), "head -c 100M /dev/zero > %s 2>/dev/null; true", big);
    if (system(command) != 0) return 4;
    /* Opens go on while the segment lasts, then they are denied before anything is lost; closes go on. */
    int r = 0;
    for (int i = 0; i < 40 && r == 0; i++) {
        r = journal_append_wait(j, &open, &last);
        usleep(100000);
    }
    if (r != -ENOSPC) return 5;
    close.opened_at = last;
    if (journal_append(j, &close, NULL) < 0) return 6;
    struct journal_status s;
    journal_status(j, &s);
    if (!s.low_space || s.halted) return 7;
    if (unlink(big) < 0) return 8;
    for (int i = 0; i < 40 && r == -ENOSPC; i++) {
        usleep(100000);
        r = journal_append_wait(j, &open, &last);
    }
    if (r < 0 || journal_close(j) < 0) return 9;
    struct verify_options o = { .dir = f->dir, .stable = fixture_key(f, "log.vkey") };
    static struct verify_report report;
    if (verify_run(&o, &report, &p) < 0 || report.verdict != VERIFY_OK || report.size <= last) return 10;
    return 0;
}

/* The same without mercy: records that are still admitted fill the disk to its last block. */
static int fill_to_the_end(struct fixture *f) {
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return 77;
    if (mkdir(f->dir, 0700) < 0 || mount("tmpfs", f->dir, "tmpfs", 0, "size=6m") < 0) return 77;
    struct problem p = { "" };
    struct journal *j = NULL;
    struct event deny = fixture_event(EVENT_DENY);
    if (keeper_start(f->state, &f->keeper, &p) < 0 || journal_create(&f->options, f->keeper, &p) < 0) return 1;
    if (journal_open(&f->options, f->keeper, &j, &p) < 0) return 2;
    uint64_t last = 0;
    int r = 0;
    for (uint64_t i = 0; i < 100000 && r == 0; i++) r = journal_append_wait(j, &deny, &last);
    if (r != -EIO) return 3;
    struct journal_status s;
    journal_status(j, &s);
    if (!s.halted) return 4;
    ignore(journal_close(j)); /* halted: it cannot end well */
    keeper_free(f->keeper);
    if (mount(NULL, f->dir, NULL, MS_REMOUNT, "size=40m") < 0) return 77;
    if (keeper_start(f->state, &f->keeper, &p) < 0) return 5;
    if (journal_open(&f->options, f->keeper, &j, &p) < 0) return 6;
    if (journal_close(j) < 0) return 7;
    struct verify_options o = { .dir = f->dir, .stable = fixture_key(f, "log.vkey") };
    static struct verify_report report;
    if (verify_run(&o, &report, &p) < 0 || report.verdict != VERIFY_OK || report.size <= last) return 8;
    if (report.counts[EVENT_DENY] < last || report.counts[EVENT_HALT] != 1) return 9;
    return 0;
}

static void run_apart(int (*run)(struct fixture *f)) {
    struct fixture f;
    if (getuid() != 0) SKIP("needs root for a file system of its own");
    fixture_init(&f);
    fixture_release(&f);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) _exit(run(&f));
    int status = 0;
    must(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) SKIP("no mount namespace or tmpfs here");
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
}

TEST(journal_faults, a_full_disk_denies_opens_loses_nothing_and_is_waited_out) {
    run_apart(fill_up);
}

TEST(journal_faults, a_disk_filled_to_the_end_halts_with_a_last_record) {
    run_apart(fill_to_the_end);
}
