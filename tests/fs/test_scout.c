#include "fs/scout.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "tests/harness.h"

static int pair[2];
static atomic_int answered;

static void *answer_main(void *unused) {
    (void) unused;
    uint8_t peek;
    while (recv(pair[1], &peek, 1, MSG_PEEK) > 0) {
        atomic_fetch_add(&answered, 1); /* before the answer, so that whoever has it can count */
        if (scout_answer(pair[1]) < 0) break;
    }
    return NULL;
}

static void with_scout(void (*body)(struct scout *s)) {
    struct scout *s = NULL;
    pthread_t thread;
    atomic_store(&answered, 0);
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    REQUIRE(scout_new(pair[0], &s) == 0);
    REQUIRE(pthread_create(&thread, NULL, answer_main, NULL) == 0);
    body(s);
    scout_free(s);
    (void) close(pair[0]);
    (void) pthread_join(thread, NULL);
    (void) close(pair[1]);
}

static void ask_twice(struct scout *s) {
    struct actor a;
    for (int i = 0; i < 3; i++) {
        REQUIRE(scout_ask(s, (uint32_t) getpid(), false, &a) == 0);
        CHECK_INT(a.pid, getpid());
    }
    CHECK_INT(atomic_load(&answered), 1);
    REQUIRE(scout_ask(s, (uint32_t) getpid(), true, &a) == 0);
    CHECK_INT(atomic_load(&answered), 2);
}

TEST(scout, answers_and_remembers_unless_asked_afresh) {
    with_scout(ask_twice);
}

static void ask_nobody(struct scout *s) {
    struct actor a;
    CHECK_INT(scout_ask(s, 0, false, &a), -ESRCH);
    CHECK_INT(scout_ask(s, 0x7ffffff0, false, &a), -ESRCH);
    CHECK_INT(atomic_load(&answered), 0);
}

TEST(scout, a_thread_that_is_not_there_is_esrch_without_a_question) {
    with_scout(ask_nobody);
}

TEST(scout, a_monitor_that_is_gone_is_epipe) {
    struct scout *s = NULL;
    struct actor a;
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    (void) close(pair[1]);
    REQUIRE(scout_new(pair[0], &s) == 0);
    CHECK_INT(scout_ask(s, (uint32_t) getpid(), false, &a), -EPIPE);
    scout_free(s);
    (void) close(pair[0]);
}
