#include "audit/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/audit/fixture.h"

/* A journal whose writer was killed after n records. */
static void make_killed(struct fixture *f, uint64_t n) {
    fixture_init(f);
    struct journal *j = fixture_create(f);
    must(j != NULL);
    must(journal_close(j) == 0);
    fixture_release(f);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        struct problem p = { "" };
        struct event ev = fixture_event(EVENT_OPEN);
        if (keeper_start(f->state, &f->keeper, &p) < 0 || journal_open(&f->options, f->keeper, &j, &p) < 0) _exit(1);
        for (uint64_t i = 0; i < n; i++) must(journal_append_wait(j, &ev, NULL) == 0);
        ignore(raise(SIGKILL));
    }
    int status = 0;
    must(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    usleep(20000); /* the dead one's keeper ends with its channel */
    struct problem p = { "" };
    must(keeper_start(f->state, &f->keeper, &p) == 0);
}

static int shell(const struct fixture *f, const char *command) {
    char line[1200];
    int len = snprintf(line, sizeof(line), "cd %s && %s", f->dir, command);
    must(len > 0 && (size_t) len < sizeof(line));
    return system(line);
}

TEST(recover, a_killed_writers_records_are_all_there) {
    struct fixture f;
    make_killed(&f, 50);
    struct journal *j = fixture_open(&f);
    REQUIRE(j != NULL);
    struct journal_status s;
    journal_status(j, &s);
    CHECK_INT(s.size, 3 + 50 + 1); /* genesis, beat, key; the records; recover */
    CHECK_INT(journal_close(j), 0);
    fixture_release(&f);
}

TEST(recover, a_torn_end_is_kept_aside_and_recorded) {
    struct fixture f;
    make_killed(&f, 50);
    CHECK_INT(shell(&f, "printf x | dd of=$(ls wal/*.wal) bs=1 seek=200000 conv=notrunc status=none"), 0);
    struct journal *j = fixture_open(&f);
    REQUIRE(j != NULL);
    struct journal_status s;
    journal_status(j, &s);
    CHECK_INT(s.size, 3 + 50 + 1);
    CHECK_INT(shell(&f, "ls wal/*.torn >/dev/null"), 0);
    CHECK_INT(journal_close(j), 0);
    fixture_release(&f);
}

TEST(recover, damage_in_the_middle_is_refused_until_loss_is_accepted) {
    struct fixture f;
    make_killed(&f, 50);
    CHECK_INT(shell(&f, "cp -a wal before && printf x | dd of=$(ls wal/*.wal) bs=1 seek=2000 conv=notrunc status=none"), 0);
    struct problem p = { "" };
    struct journal *j = NULL;
    CHECK_INT(journal_open(&f.options, f.keeper, &j, &p), -EUCLEAN);
    CHECK(strstr(p.text, "-o accept_loss") != NULL);
    CHECK_INT(shell(&f, "test $(ls wal | wc -l) = 1"), 0); /* nothing was changed */
    f.options.accept_loss = true;
    j = fixture_open(&f);
    REQUIRE(j != NULL);
    struct journal_status s;
    journal_status(j, &s);
    CHECK(s.size < 3 + 50);
    CHECK_INT(journal_close(j), 0);
    fixture_release(&f);
}

TEST(recover, a_second_recovery_finds_nothing_to_do) {
    struct fixture f;
    make_killed(&f, 10);
    struct journal *j = fixture_open(&f);
    REQUIRE(j != NULL);
    struct journal_status s, again;
    CHECK_INT(journal_close(j), 0);
    j = fixture_open(&f);
    REQUIRE(j != NULL);
    journal_status(j, &s);
    CHECK_INT(journal_close(j), 0);
    j = fixture_open(&f);
    REQUIRE(j != NULL);
    journal_status(j, &again);
    CHECK_INT(again.size, s.size + 2); /* beat and key of the stop between */
    CHECK_INT(journal_close(j), 0);
    fixture_release(&f);
}

TEST(recover, another_instances_keys_are_refused) {
    struct fixture f, other;
    fixture_init(&f);
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL);
    CHECK_INT(journal_close(j), 0);
    char state[400];
    (void) snprintf(state, sizeof(state), "%s/other", f.state);
    must(mkdir(state, 0700) == 0);
    struct problem p = { "" };
    must(keyring_create(state, &p) == 0 && keeper_start(state, &other.keeper, &p) == 0);
    CHECK_INT(journal_open(&f.options, other.keeper, &j, &p), -EKEYREJECTED);
    fixture_release(&other);
    fixture_release(&f);
}
