#include "conf/base/thread.h"

#include <signal.h>

#include "tests/harness.h"

static void *look(void *context) {
    sigset_t *set = context;
    must(pthread_sigmask(SIG_SETMASK, NULL, set) == 0);
    return NULL;
}

TEST(thread, begins_with_every_signal_blocked_and_leaves_ours_as_they_are) {
    sigset_t before, after, its;
    pthread_t thread;
    REQUIRE(pthread_sigmask(SIG_SETMASK, NULL, &before) == 0);
    REQUIRE(thread_start(&thread, look, &its) == 0 && pthread_join(thread, NULL) == 0);
    REQUIRE(pthread_sigmask(SIG_SETMASK, NULL, &after) == 0);
    static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1 };
    for (size_t i = 0; i < array_count(numbers); i++) {
        CHECK(sigismember(&its, numbers[i]) == 1);
        CHECK(sigismember(&after, numbers[i]) == sigismember(&before, numbers[i]));
    }
}
