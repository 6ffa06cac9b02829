#include "audit/verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "audit/tile.h"
#include "conf/base/io.h"
#include "tests/audit/fixture.h"

/* As an auditor with both keys pinned. */
static struct verify_report verify(const struct fixture *f, const struct note_key *stable, const struct note_key *epoch, struct bytes since) {
    struct verify_options o = { .dir = f->dir, .stable = *stable, .epoch = epoch, .since = since };
    static struct verify_report report;
    struct problem p = { "" };
    int r = verify_run(&o, &report, &p);
    if (r < 0) {
        report = (struct verify_report) { .verdict = VERIFY_INCOMPLETE };
        (void) snprintf(report.finding[0].text, sizeof(report.finding[0].text), "%d %s", r, p.text);
    }
    return report;
}

static void explain(const struct verify_report *r) {
    for (size_t i = 0; i < r->finding_count; i++) printf("#   %d %s\n", (int) r->finding[i].kind, r->finding[i].text);
}

/* A small journal of several epochs, cleanly stopped. */
static void make_journal(struct fixture *f, size_t records) {
    fixture_init(f);
    struct journal *j = fixture_create(f);
    must(j != NULL);
    struct event open = fixture_event(EVENT_OPEN), close = fixture_event(EVENT_CLOSE), deny = fixture_event(EVENT_DENY);
    for (size_t i = 0; i < records; i++) {
        if (i == records / 2) {
            must(journal_close(j) == 0);
            j = fixture_open(f);
            must(j != NULL);
        }
        if (i % 3 == 0) must(journal_append(j, &open, &close.opened_at) == 0);
        else must(journal_append(j, i % 3 == 1 ? &close : &deny, NULL) == 0);
    }
    must(journal_close(j) == 0);
}

TEST(verify, a_sound_journal_is_ok_and_what_was_not_checked_is_said) {
    struct fixture f;
    make_journal(&f, 700);
    struct note_key stable = fixture_key(&f, "log.vkey"), epoch = fixture_key(&f, "epoch/0/vkey");
    struct verify_report r = verify(&f, &stable, &epoch, bytes_make(NULL, 0));
    CHECK_INT(r.verdict, VERIFY_OK);
    if (r.verdict != VERIFY_OK) explain(&r);
    CHECK_INT(r.size, 705);
    CHECK_INT(r.epoch_last, 2);
    CHECK(r.found[VERIFY_UNCHECKED] > 0);
    fixture_release(&f);
}

TEST(verify, another_key_is_not_accepted) {
    struct fixture f;
    make_journal(&f, 3);
    struct note_key stable = fixture_key(&f, "log.vkey"), epoch = fixture_key(&f, "epoch/0/vkey"), wrong = stable;
    wrong.public[0] ^= 1;
    CHECK_INT(note_key_make(stable.name, NOTE_ALGORITHM_ED25519, wrong.public, &wrong), 0);
    CHECK_INT(verify(&f, &wrong, &epoch, bytes_make(NULL, 0)).verdict, VERIFY_TAMPERED);
    CHECK_INT(note_key_make(epoch.name, NOTE_ALGORITHM_ED25519, wrong.public, &wrong), 0);
    CHECK_INT(verify(&f, &stable, &wrong, bytes_make(NULL, 0)).verdict, VERIFY_TAMPERED);
    fixture_release(&f);
}

/* Every regular file of the journal, by nftw. */
static char found_files[600][400];
static size_t found_count;

static int find_file(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void) st;
    (void) ftw;
    if (kind != FTW_F || strstr(path, "/lock") || found_count == array_count(found_files)) return 0;
    (void) snprintf(found_files[found_count++], sizeof(found_files[0]), "%.390s", path);
    return 0;
}

static void find_files(const struct fixture *f) {
    found_count = 0;
    must(nftw(f->dir, find_file, 16, FTW_PHYS) == 0);
    must(found_count > 0 && found_count < array_count(found_files));
}

TEST(verify, every_flipped_byte_is_detected) {
    struct fixture f;
    make_journal(&f, 8);
    struct note_key stable = fixture_key(&f, "log.vkey"), epoch = fixture_key(&f, "epoch/0/vkey");
    find_files(&f);
    size_t flips = 0, missed = 0;
    for (size_t i = 0; i < found_count; i++) {
        int fd = open(found_files[i], O_RDWR | O_CLOEXEC);
        must(fd >= 0);
        struct stat st;
        must(fstat(fd, &st) == 0);
        for (off_t at = 0; at < st.st_size; at++) {
            uint8_t before, after;
            must(pread(fd, &before, 1, at) == 1);
            after = (uint8_t) (before ^ (1u << (at % 8)));
            must(pwrite(fd, &after, 1, at) == 1);
            if (verify(&f, &stable, &epoch, bytes_make(NULL, 0)).verdict != VERIFY_TAMPERED) {
                missed++;
                printf("# missed: %s at %lld\n", found_files[i] + strlen(f.dir), (long long) at);
            }
            must(pwrite(fd, &before, 1, at) == 1);
            flips++;
        }
        must(close(fd) == 0);
    }
    printf("# %zu files, %zu bytes flipped, %zu missed\n", found_count, flips, missed);
    CHECK_INT(missed, 0);
    CHECK_INT(verify(&f, &stable, &epoch, bytes_make(NULL, 0)).verdict, VERIFY_OK);
    fixture_release(&f);
}

/* A writer that is gone without a stop: its last records are in wal/, which is not empty. */
static void make_waiting_wal(struct fixture *f) {
    make_journal(f, 4);
    fixture_release(f);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        struct problem p = { "" };
        struct journal *j = NULL;
        if (keeper_start(f->state, &f->keeper, &p) < 0 || journal_open(&f->options, f->keeper, &j, &p) < 0) _exit(1);
        struct event open = fixture_event(EVENT_OPEN), close = fixture_event(EVENT_CLOSE);
        for (int i = 0; i < 3; i++) {
            if (journal_append_wait(j, &open, &close.opened_at) < 0 || journal_append(j, &close, NULL) < 0) _exit(1);
        }
        _exit(0);
    }
    int status = 0;
    must(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    /* Without the zeros that a segment is preallocated with: each verification reads it all. */
    find_files(f);
    for (size_t i = 0; i < found_count; i++) {
        if (!strstr(found_files[i], "/wal/")) continue;
        uint8_t raw[16384];
        int fd = open(found_files[i], O_RDWR | O_CLOEXEC);
        ssize_t len = pread(fd, raw, sizeof(raw), 0);
        must(fd >= 0 && len == (ssize_t) sizeof(raw));
        while (len > 0 && raw[len - 1] == 0) len--;
        must(ftruncate(fd, len + 64) == 0 && close(fd) == 0);
    }
}

static bool is_found_flipped(const struct fixture *f, const struct note_key *stable, const struct note_key *epoch, int fd, off_t at) {
    uint8_t before, after;
    must(pread(fd, &before, 1, at) == 1);
    after = (uint8_t) (before ^ (1u << (at % 8)));
    must(pwrite(fd, &after, 1, at) == 1);
    enum verify_verdict verdict = verify(f, stable, epoch, bytes_make(NULL, 0)).verdict;
    must(pwrite(fd, &before, 1, at) == 1);
    return verdict != VERIFY_OK;
}

TEST(verify, every_flipped_byte_of_a_write_ahead_log_with_records_is_detected) {
    struct fixture f;
    make_waiting_wal(&f);
    struct note_key stable = fixture_key(&f, "log.vkey"), epoch = fixture_key(&f, "epoch/0/vkey");
    struct verify_report r = verify(&f, &stable, &epoch, bytes_make(NULL, 0));
    CHECK_INT(r.verdict, VERIFY_OK);
    if (r.verdict != VERIFY_OK) explain(&r);
    size_t flips = 0, missed = 0;
    for (size_t i = 0; i < found_count; i++) {
        if (!strstr(found_files[i], "/wal/")) continue;
        struct stat st;
        int fd = open(found_files[i], O_RDWR | O_CLOEXEC);
        must(fd >= 0 && fstat(fd, &st) == 0);
        for (off_t at = 0; at < st.st_size; at++, flips++) {
            if (is_found_flipped(&f, &stable, &epoch, fd, at)) continue;
            missed++;
            printf("# missed: %s at %lld\n", found_files[i] + strlen(f.dir), (long long) at);
        }
        must(close(fd) == 0);
    }
    printf("# %zu bytes flipped, %zu missed\n", flips, missed);
    CHECK(flips > 2000);
    CHECK_INT(missed, 0);
}

static int shell(const struct fixture *f, const char *command) {
    char line[1200];
    int len = snprintf(line, sizeof(line), "cd %s/log && %s", f->dir, command);
    must(len > 0 && (size_t) len < sizeof(line));
    return system(line);
}

TEST(verify, whatever_does_not_belong_to_the_log_is_reported) {
    static const char *const strays[] = {
        "touch stray", "touch tile/0/stray", "mkdir -p tile/9 && cp tile/0/000 tile/9/000", "cp tile/0/000 tile/0/001", "mkdir -p tile/0/x001 && touch tile/0/x001/000",
        "ln -s checkpoint link", "cp checkpoint epoch/1/checkpoint", "mkdir epoch/9 && cp epoch/0/final epoch/9/final", "cp epoch/0/vkey epoch/1/vkey",
        "mkdir tile/0/000.p && cp tile/0/000 tile/0/000.p/300", "mkfifo pipe", "mkdir anchor && touch anchor/1",
    };
    struct fixture f;
    make_journal(&f, 300);
    struct note_key stable = fixture_key(&f, "log.vkey"), epoch = fixture_key(&f, "epoch/0/vkey");
    CHECK_INT(shell(&f, "cp -a . ../saved"), 0);
    for (size_t i = 0; i < array_count(strays); i++) {
        CHECK_INT(shell(&f, strays[i]), 0);
        struct verify_report r = verify(&f, &stable, &epoch, bytes_make(NULL, 0));
        if (r.verdict != VERIFY_TAMPERED) harness_fail(__FILE__, __LINE__, "not reported: %s", strays[i]);
        CHECK_INT(shell(&f, "cd .. && rm -rf log && cp -a saved log"), 0);
    }
    CHECK_INT(verify(&f, &stable, &epoch, bytes_make(NULL, 0)).verdict, VERIFY_OK);
    fixture_release(&f);
}

TEST(verify, what_a_stopped_writer_left_half_published_is_no_tampering) {
    static const char *const left[] = { "cp checkpoint checkpoint.new", "cp epoch/1/final epoch/1/final.new" };
    struct fixture f;
    make_journal(&f, 30);
    struct note_key stable = fixture_key(&f, "log.vkey"), epoch = fixture_key(&f, "epoch/0/vkey");
    for (size_t i = 0; i < array_count(left); i++) {
        CHECK_INT(shell(&f, left[i]), 0);
        CHECK_INT(verify(&f, &stable, &epoch, bytes_make(NULL, 0)).verdict, VERIFY_INCOMPLETE);
        CHECK_INT(shell(&f, "rm -f checkpoint.new epoch/1/final.new"), 0);
    }
    CHECK_INT(shell(&f, "cp checkpoint tile/0/000.new"), 0);
    CHECK_INT(verify(&f, &stable, &epoch, bytes_make(NULL, 0)).verdict, VERIFY_TAMPERED);
    fixture_release(&f);
}

TEST(verify, a_missing_file_is_reported) {
    struct fixture f;
    make_journal(&f, 300);
    struct note_key stable = fixture_key(&f, "log.vkey"), epoch = fixture_key(&f, "epoch/0/vkey");
    CHECK_INT(shell(&f, "cp -a . ../saved"), 0);
    find_files(&f);
    for (size_t i = 0; i < found_count; i++) {
        const char *name = strstr(found_files[i], "/log/");
        if (!name || strstr(name, "vkey")) continue; /* what an auditor pins is a convenience within the log */
        must(unlink(found_files[i]) == 0);
        struct verify_report r = verify(&f, &stable, &epoch, bytes_make(NULL, 0));
        bool older = strstr(name, ".p/") != NULL && r.verdict == VERIFY_OK; /* a partial from an older checkpoint is not needed */
        if (r.verdict != VERIFY_TAMPERED && !older) harness_fail(__FILE__, __LINE__, "not reported: %s", name);
        CHECK_INT(shell(&f, "cd .. && rm -rf log && cp -a saved log"), 0);
    }
    fixture_release(&f);
}

TEST(verify, a_cut_log_is_found_with_any_later_checkpoint) {
    struct fixture f;
    make_journal(&f, 30);
    struct note_key stable = fixture_key(&f, "log.vkey"), epoch = fixture_key(&f, "epoch/0/vkey");
    CHECK_INT(shell(&f, "cp -a . ../old"), 0);
    struct journal *j = fixture_open(&f);
    REQUIRE(j != NULL);
    CHECK_INT(journal_close(j), 0);
    struct buf saved, receipt;
    buf_init(&saved, 10000);
    buf_init(&receipt, 1000);
    char path[400];
    (void) snprintf(path, sizeof(path), "%s/log/checkpoint", f.dir);
    CHECK_INT(io_read_file_at(AT_FDCWD, path, &saved), 0);
    struct verify_report r = verify(&f, &stable, &epoch, buf_bytes(&saved));
    CHECK_INT(r.verdict, VERIFY_OK);
    CHECK_INT(verify_receipt(&r, &receipt), 0);
    CHECK_INT(verify(&f, &stable, &epoch, buf_bytes(&receipt)).verdict, VERIFY_OK);
    CHECK_INT(shell(&f, "cd .. && rm -rf log && cp -a old log"), 0);
    CHECK_INT(verify(&f, &stable, &epoch, bytes_make(NULL, 0)).verdict, VERIFY_OK); /* P3: without a later checkpoint nobody can tell */
    CHECK_INT(verify(&f, &stable, &epoch, buf_bytes(&saved)).verdict, VERIFY_TAMPERED);
    CHECK_INT(verify(&f, &stable, &epoch, buf_bytes(&receipt)).verdict, VERIFY_TAMPERED);
    buf_release(&saved);
    buf_release(&receipt);
    fixture_release(&f);
}

TEST(verify, an_old_head_is_stale) {
    struct fixture f;
    make_journal(&f, 3);
    struct verify_options o = { .dir = f.dir, .stable = fixture_key(&f, "log.vkey"), .max_age_s = 3600 };
    struct verify_report r;
    struct problem p = { "" };
    CHECK_INT(verify_run(&o, &r, &p), 0);
    CHECK_INT(r.verdict, VERIFY_OK);
    sleep(2);
    o.max_age_s = 1;
    CHECK_INT(verify_run(&o, &r, &p), 0);
    CHECK_INT(r.verdict, VERIFY_INCOMPLETE);
    fixture_release(&f);
}

static void *append_many(void *context) {
    struct event ev = fixture_event(EVENT_OPEN);
    for (int i = 0; i < 200; i++) must(journal_append_wait(context, &ev, NULL) == 0);
    return NULL;
}

TEST(verify, a_live_journal_is_verified_up_to_the_checkpoint_found_and_the_rest_said_unchecked) {
    struct fixture f;
    fixture_init(&f);
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL);
    struct note_key stable = fixture_key(&f, "log.vkey"), epoch = fixture_key(&f, "epoch/0/vkey");
    struct verify_report r = { 0 };
    pthread_t writer;
    must(pthread_create(&writer, NULL, append_many, j) == 0);
    for (int i = 0; i < 10; i++) {
        must(journal_checkpoint(j) == 0);
        r = verify(&f, &stable, &epoch, bytes_make(NULL, 0));
        CHECK_INT(r.verdict, VERIFY_OK);
        if (r.verdict != VERIFY_OK) explain(&r);
        bool said = false;
        for (size_t k = 0; k < r.finding_count; k++) said |= r.finding[k].kind == VERIFY_UNCHECKED && strstr(r.finding[k].text, "its writer is at work") != NULL;
        CHECK(said);
    }
    must(pthread_join(writer, NULL) == 0);
    must(journal_close(j) == 0);
    struct verify_report last = verify(&f, &stable, &epoch, bytes_make(NULL, 0));
    CHECK_INT(last.verdict, VERIFY_OK);
    CHECK(last.size > 200 && last.size >= r.size);
    fixture_release(&f);
}

/* Appends for ever; each acknowledged index goes to the pipe after it was acknowledged. */
static _noreturn_ void append_for_ever(struct fixture *f, int to) {
    struct problem p = { "" };
    struct journal *j = NULL;
    struct keeper *k = NULL;
    f->options.epoch_s = 1;
    if (keeper_start(f->state, &k, &p) < 0 || journal_open(&f->options, k, &j, &p) < 0) {
        (void) fprintf(stderr, "# %s\n", p.text);
        _exit(9);
    }
    struct event ev = fixture_event(EVENT_OPEN);
    for (;;) {
        uint64_t index = 0;
        if (journal_append_wait(j, &ev, &index) < 0) _exit(8);
        if (write(to, &index, sizeof(index)) != sizeof(index)) _exit(7);
    }
}

TEST(verify, no_acknowledged_record_is_missing_after_kill_9) {
    struct fixture f;
    fixture_init(&f);
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL);
    CHECK_INT(journal_close(j), 0);
    struct note_key stable = fixture_key(&f, "log.vkey"), epoch = fixture_key(&f, "epoch/0/vkey");
    fixture_release(&f);
    uint64_t last = 0, kills = 12;
    for (uint64_t i = 0; i < kills; i++) {
        int ends[2];
        must(pipe2(ends, O_CLOEXEC) == 0);
        pid_t child = fork();
        must(child >= 0);
        if (child == 0) append_for_ever(&f, ends[1]);
        must(close(ends[1]) == 0);
        uint64_t index, stop_at = last + 20 + i * 97 % 400;
        while (read(ends[0], &index, sizeof(index)) == sizeof(index)) {
            CHECK(index > last);
            last = index;
            if (index >= stop_at) must(kill(child, SIGKILL) == 0);
        }
        int status = 0;
        must(waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        must(close(ends[0]) == 0);
        usleep(20000); /* the keeper of the dead reads the end of its channel */
    }
    struct problem p = { "" };
    must(keeper_start(f.state, &f.keeper, &p) == 0);
    j = fixture_open(&f);
    REQUIRE(j != NULL);
    struct journal_status s;
    journal_status(j, &s);
    CHECK(s.size > last);
    CHECK_INT(journal_close(j), 0);
    struct verify_report r = verify(&f, &stable, &epoch, bytes_make(NULL, 0));
    CHECK_INT(r.verdict, VERIFY_OK);
    if (r.verdict != VERIFY_OK) explain(&r);
    printf("# %llu kills, last acknowledged %llu, size %llu, %llu recoveries recorded\n", (unsigned long long) kills, (unsigned long long) last,
           (unsigned long long) r.size, (unsigned long long) r.counts[EVENT_RECOVER]);
    CHECK(r.size > last);
    fixture_release(&f);
}
