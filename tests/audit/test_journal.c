#include "audit/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "audit/tile.h"
#include "conf/base/io.h"
#include "tests/audit/fixture.h"

TEST(journal, is_made_once) {
    struct fixture f;
    fixture_init(&f);
    struct problem p = { "" };
    CHECK_INT(journal_create(&f.options, f.keeper, &p), 0);
    CHECK_INT(journal_create(&f.options, f.keeper, &p), -EEXIST);
    fixture_release(&f);
}

TEST(journal, has_one_writer) {
    struct fixture f;
    fixture_init(&f);
    struct journal *j = fixture_create(&f), *second = NULL;
    struct problem p = { "" };
    CHECK_INT(journal_open(&f.options, f.keeper, &second, &p), -EWOULDBLOCK);
    CHECK_INT(journal_close(j), 0);
    fixture_release(&f);
}

TEST(journal, indices_go_on_after_a_clean_stop) {
    struct fixture f;
    fixture_init(&f);
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL);
    struct event ev = fixture_event(EVENT_OPEN);
    uint64_t index = 0;
    CHECK_INT(journal_append_wait(j, &ev, &index), 0);
    CHECK_INT(index, 1);
    struct event close = fixture_event(EVENT_CLOSE);
    close.opened_at = index;
    CHECK_INT(journal_append(j, &close, &index), 0);
    CHECK_INT(index, 2);
    CHECK_INT(journal_checkpoint(j), 0);
    struct journal_status s;
    journal_status(j, &s);
    CHECK_INT(s.checkpoint_size, 3);
    CHECK_INT(s.epoch, 0);
    CHECK_INT(journal_close(j), 0);
    j = fixture_open(&f);
    REQUIRE(j != NULL);
    journal_status(j, &s);
    CHECK_INT(s.size, 5); /* beat and key end the epoch */
    CHECK_INT(s.epoch, 1);
    CHECK_INT(journal_append_wait(j, &ev, &index), 0);
    CHECK_INT(index, 5);
    CHECK_INT(journal_close(j), 0);
    fixture_release(&f);
}

TEST(journal, epochs_roll_while_threads_append) {
    struct fixture f;
    fixture_init(&f);
    f.options.epoch_s = 1;
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL);
    struct event ev = fixture_event(EVENT_OPEN);
    struct journal_status s = { 0 };
    for (int i = 0; i < 5000 && s.epoch < 2; i++) {
        CHECK_INT(journal_append_wait(j, &ev, NULL), 0);
        journal_status(j, &s);
        usleep(1000);
    }
    CHECK(s.epoch >= 2);
    CHECK_INT(journal_close(j), 0);
    fixture_release(&f);
}

struct appender {
    struct journal *journal;
    uint64_t seen[500];
};

static void *append_all(void *context) {
    struct appender *a = context;
    struct event ev = fixture_event(EVENT_OPEN);
    for (size_t i = 0; i < array_count(a->seen); i++) must(journal_append_wait(a->journal, &ev, &a->seen[i]) == 0);
    return NULL;
}

TEST(journal, every_thread_gets_its_own_indices) {
    enum { THREADS = 8 };
    struct fixture f;
    fixture_init(&f);
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL);
    static struct appender appenders[THREADS];
    static bool taken[THREADS * 500 + 1];
    memset(taken, 0, sizeof(taken));
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        appenders[i].journal = j;
        must(pthread_create(&threads[i], NULL, append_all, &appenders[i]) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) must(pthread_join(threads[i], NULL) == 0);
    for (size_t i = 0; i < THREADS; i++) {
        for (size_t k = 0; k < 500; k++) {
            REQUIRE(appenders[i].seen[k] >= 1 && appenders[i].seen[k] <= THREADS * 500);
            CHECK(!taken[appenders[i].seen[k]]);
            taken[appenders[i].seen[k]] = true;
        }
    }
    CHECK_INT(journal_close(j), 0);
    fixture_release(&f);
}

TEST(journal, a_log_older_than_its_second_copy_is_refused) {
    struct fixture f;
    fixture_init(&f);
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL);
    char command[2000];
    struct event ev = fixture_event(EVENT_OPEN);
    (void) snprintf(command, sizeof(command), "cp -a %s/log %s/log.old", f.dir, f.dir);
    CHECK_INT(journal_append_wait(j, &ev, NULL), 0);
    CHECK_INT(journal_checkpoint(j), 0);
    CHECK_INT(system(command), 0);
    CHECK_INT(journal_append_wait(j, &ev, NULL), 0);
    CHECK_INT(journal_checkpoint(j), 0);
    /* The end of a killed process, here by leaving its memory behind. */
    (void) snprintf(command, sizeof(command), "rm -rf %s/log && mv %s/log.old %s/log && rm %s/wal/*", f.dir, f.dir, f.dir, f.dir);
    CHECK_INT(system(command), 0);
    struct problem p = { "" };
    struct journal *again = NULL;
    CHECK_INT(journal_close(j) < 0, 1);
    CHECK_INT(journal_open(&f.options, f.keeper, &again, &p), -EUCLEAN);
    CHECK(strstr(p.text, "second checkpoint copy") != NULL);
    fixture_release(&f);
}
