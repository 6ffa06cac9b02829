/* What went wrong on the host is in the record, and the verifier says it: recoveries, halts, set clocks, silences. Journals of the real writer; its
 * clocks and its disk's answer are this test's to set. What is read is what the auditor reads: deidfs-journal's text and its JSON. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "audit/wal.h"
#include "conf/base/clock.h"
#include "tests/audit/fixture.h"
#include "tests/program.h"

#define HOUR_US (UINT64_C(3600) * 1000000)

static uint64_t real_ahead_us, boot_ahead_us;
static bool disk_is_full;

uint64_t __real_clock_realtime_us(void);
uint64_t __wrap_clock_realtime_us(void);
uint64_t __wrap_clock_realtime_us(void) {
    return __real_clock_realtime_us() + real_ahead_us;
}

uint64_t __real_clock_boottime_us(void);
uint64_t __wrap_clock_boottime_us(void);
uint64_t __wrap_clock_boottime_us(void) {
    return __real_clock_boottime_us() + boot_ahead_us;
}

int __real_wal_write(struct wal *w, struct wal_batch *b);
int __wrap_wal_write(struct wal *w, struct wal_batch *b);
int __wrap_wal_write(struct wal *w, struct wal_batch *b) {
    return disk_is_full ? -ENOSPC : __real_wal_write(w, b);
}

static void make(struct fixture *f) {
    real_ahead_us = boot_ahead_us = 0;
    disk_is_full = false;
    fixture_init(f);
    struct journal *j = fixture_create(f);
    must(j != NULL && journal_close(j) == 0);
}

static void append_open(struct journal *j) {
    struct event ev = fixture_event(EVENT_OPEN);
    must(journal_append_wait(j, &ev, NULL) == 0);
}

/* A start, one record, a clean stop. */
static void run_once(struct fixture *f) {
    struct journal *j = fixture_open(f);
    must(j != NULL);
    append_open(j);
    must(journal_close(j) == 0);
}

/* A writer that is killed after 50 records. */
static void run_killed(struct fixture *f) {
    fixture_release(f);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        struct problem p = { "" };
        struct journal *j = NULL;
        if (keeper_start(f->state, &f->keeper, &p) < 0 || journal_open(&f->options, f->keeper, &j, &p) < 0) _exit(1);
        for (int i = 0; i < 50; i++) append_open(j);
        ignore(raise(SIGKILL));
    }
    int status = 0;
    struct problem p = { "" };
    must(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    must(keeper_start(f->state, &f->keeper, &p) == 0);
}

static void in_journal(const struct fixture *f, const char *command) {
    char line[1200];
    must(snprintf(line, sizeof(line), "cd '%s' && %s", f->dir, command) > 0);
    must(system(line) == 0);
}

/* The finding is in the text behind its kind and in the JSON, and the verdict is neither silence nor another one. */
static void check_said(const struct fixture *f, int exit, const char *kind, const char *words) {
    static const char *const verdicts[] = { "ok", "tampered", "incomplete" };
    char key[420], epoch[420], json_kind[64], json_verdict[64];
    struct program_result r;
    must(snprintf(key, sizeof(key), "%s/log/log.vkey", f->dir) > 0 && snprintf(epoch, sizeof(epoch), "%s/log/epoch/0/vkey", f->dir) > 0);
    must(snprintf(json_kind, sizeof(json_kind), "{\"kind\":\"%s\",\"text\":\"", kind) > 0);
    must(snprintf(json_verdict, sizeof(json_verdict), "{\"verdict\":\"%s\"", verdicts[exit]) > 0);

    PROGRAM(&r, "tools/deidfs-journal", "verify", "--key", key, "--epoch-key", epoch, f->dir);
    CHECK_INT(r.exit, exit);
    CHECK(strncmp(program_out(&r), verdicts[exit], strlen(verdicts[exit])) == 0);
    const char *at = strstr(program_out(&r), words);
    if (!at) harness_fail(__FILE__, __LINE__, "not said: %s\n%s", words, program_out(&r));
    while (at && at > program_out(&r) && at[-1] != '\n') at--;
    if (at) CHECK(strncmp(at, kind, strlen(kind)) == 0);
    program_release(&r);

    PROGRAM(&r, "tools/deidfs-journal", "verify", "--json", "--key", key, "--epoch-key", epoch, f->dir);
    CHECK_INT(r.exit, exit);
    CHECK(strncmp(program_out(&r), json_verdict, strlen(json_verdict)) == 0);
    at = strstr(program_out(&r), words);
    if (!at) harness_fail(__FILE__, __LINE__, "not in the JSON: %s\n%s", words, program_out(&r));
    while (at && at > program_out(&r) && *at != '{') at--;
    if (at) CHECK(strncmp(at, json_kind, strlen(json_kind)) == 0);
    program_release(&r);
}

static void check_not_said(const struct fixture *f, const char *words) {
    char key[420];
    struct program_result r;
    must(snprintf(key, sizeof(key), "%s/log/log.vkey", f->dir) > 0);
    PROGRAM(&r, "tools/deidfs-journal", "verify", "--key", key, f->dir);
    CHECK_INT(r.exit, 0);
    CHECK(strstr(program_out(&r), words) == NULL);
    program_release(&r);
}

TEST(verify_events, a_journal_to_which_nothing_happened_says_none_of_it) {
    struct fixture f;
    make(&f);
    run_once(&f);
    check_not_said(&f, "recovered");
    check_not_said(&f, "halted");
    check_not_said(&f, "clock was set");
    check_not_said(&f, "no heartbeat");
    fixture_release(&f);
}

TEST(verify_events, a_recovery_after_a_kill_is_said) {
    struct fixture f;
    make(&f);
    run_killed(&f);
    run_once(&f);
    check_said(&f, 0, "notice", "recovered after a stop that was not clean, 0 bytes torn, 0 records lost");
    fixture_release(&f);
}

TEST(verify_events, a_recovery_that_lost_records_is_no_ok) {
    struct fixture f;
    make(&f);
    run_killed(&f);
    in_journal(&f, "printf x | dd of=$(ls wal/*.wal) bs=1 seek=2000 conv=notrunc status=none");
    f.options.accept_loss = true;
    run_once(&f);
    check_said(&f, 2, "missing", "recovered after a stop that was not clean");
    fixture_release(&f);
}

TEST(verify_events, a_halt_is_said) {
    struct fixture f;
    make(&f);
    struct journal *j = fixture_open(&f);
    REQUIRE(j != NULL);
    append_open(j);
    disk_is_full = true;
    struct event ev = fixture_event(EVENT_OPEN);
    CHECK_INT(journal_append_wait(j, &ev, NULL), -EIO);
    ignore(journal_close(j)); /* halted: it cannot end well */
    disk_is_full = false;
    run_once(&f);
    check_said(&f, 0, "notice", "the journal halted; reads were refused from there on");
    fixture_release(&f);
}

TEST(verify_events, a_clock_that_was_set_is_said) {
    struct fixture f;
    make(&f);
    struct journal *j = fixture_open(&f);
    REQUIRE(j != NULL);
    append_open(j);
    real_ahead_us = HOUR_US / 2;
    append_open(j);
    must(journal_close(j) == 0);
    check_said(&f, 0, "notice", "the host's clock was set");
    fixture_release(&f);
}

/* Epochs of an hour here: a silence of more than three is said, unless a clean stop began it. */
TEST(verify_events, a_silence_without_a_clean_stop_is_said) {
    struct fixture f;
    make(&f);
    run_killed(&f);
    real_ahead_us = boot_ahead_us = 4 * HOUR_US;
    run_once(&f);
    check_said(&f, 0, "notice", "no heartbeat for 144");
    fixture_release(&f);
}

TEST(verify_events, a_silence_after_a_clean_stop_is_none) {
    struct fixture f;
    make(&f);
    run_once(&f);
    real_ahead_us = boot_ahead_us = 4 * HOUR_US;
    run_once(&f);
    check_not_said(&f, "no heartbeat");
    fixture_release(&f);
}
