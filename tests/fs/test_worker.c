#include "fs/worker.h"

#include <errno.h>
#include <stdatomic.h>

#include "conf/base/clock.h"
#include "tests/harness.h"

static atomic_int runs, answers, late_answers, interrupted_answers;
static atomic_int last_error;

/* The path's first letter says how long the work takes. */
static void run(struct worker *w, const struct work *work, struct outcome *out) {
    (void) w;
    (void) out;
    atomic_fetch_add(&runs, 1);
    if (work->path[0] == 's') (void) usleep(1000000);
}

static void end(struct worker *w) {
    (void) w;
}

static void finish(struct waiter *w, const struct outcome *o) {
    (void) w;
    atomic_store(&last_error, o->error);
    if (o->reused) atomic_fetch_add(&late_answers, 1);
    if (o->error == -EINTR) atomic_fetch_add(&interrupted_answers, 1);
    atomic_fetch_add(&answers, 1);
}

static struct workers *make(unsigned count, uint64_t timeout_ms) {
    struct workers *ws = NULL;
    const struct workers_options o = { .count = count, .timeout_ns = timeout_ms * 1000000, .run = run, .end = end };
    atomic_store(&runs, 0), atomic_store(&answers, 0), atomic_store(&late_answers, 0), atomic_store(&interrupted_answers, 0);
    REQUIRE(workers_new(&o, &ws) == 0);
    return ws;
}

static void wait_answers(int count, unsigned limit_ms) {
    for (unsigned i = 0; i < limit_ms && atomic_load(&answers) < count; i++) (void) usleep(1000);
    CHECK_INT(atomic_load(&answers), count);
}

static void drop(struct workers *ws) {
    workers_stop(ws);
    workers_free(ws);
}

TEST(worker, one_flight_serves_all_who_ask_and_tells_who_came_late) {
    struct workers *ws = make(2, 20000);
    struct waiter w[8] = { 0 };
    const struct work slow = { .kind = WORK_VIEW, .path = "slow" };
    for (size_t i = 0; i < 8; i++) w[i].finish = finish;
    REQUIRE(workers_submit(ws, &slow, &w[0]) == 0);
    (void) usleep(100000);
    for (size_t i = 1; i < 8; i++) REQUIRE(workers_submit(ws, &slow, &w[i]) == 0);
    wait_answers(8, 5000);
    CHECK_INT(atomic_load(&runs), 1);
    CHECK_INT(atomic_load(&late_answers), 7);
    CHECK(workers_are_idle(ws));
    drop(ws);
}

TEST(worker, names_pass_a_queue_of_documents) {
    struct workers *ws = make(1, 20000);
    struct waiter w[4] = { 0 }, name = { .finish = finish };
    for (size_t i = 0; i < 4; i++) {
        struct work slow = { .kind = WORK_VIEW, .path = "s" };
        slow.path[1] = (char) ('0' + i);
        w[i].finish = finish;
        REQUIRE(workers_submit(ws, &slow, &w[i]) == 0);
    }
    const struct work names = { .kind = WORK_NAMES, .path = "n" };
    uint64_t begin = clock_monotonic_ns();
    REQUIRE(workers_submit(ws, &names, &name) == 0);
    wait_answers(1, 700);
    CHECK(clock_monotonic_ns() - begin < 700000000u);
    wait_answers(5, 15000);
    drop(ws);
}

TEST(worker, an_interrupted_waiter_is_answered_at_once) {
    struct workers *ws = make(1, 20000);
    struct waiter w = { .finish = finish };
    const struct work slow = { .kind = WORK_VIEW, .path = "slow" };
    REQUIRE(workers_submit(ws, &slow, &w) == 0);
    (void) usleep(50000);
    workers_interrupt(ws, &w);
    wait_answers(1, 600);
    CHECK_INT(atomic_load(&interrupted_answers), 1);
    drop(ws);
    CHECK_INT(atomic_load(&answers), 1);
}

TEST(worker, a_waiter_interrupted_before_it_waits_is_answered_too) {
    struct workers *ws = make(1, 20000);
    struct waiter w = { .finish = finish };
    const struct work slow = { .kind = WORK_VIEW, .path = "slow" };
    workers_interrupt(ws, &w);
    REQUIRE(workers_submit(ws, &slow, &w) == 0);
    wait_answers(1, 600);
    CHECK_INT(atomic_load(&last_error), -EINTR);
    drop(ws);
}

TEST(worker, waiting_ends_with_the_time_limit) {
    struct workers *ws = make(1, 100);
    struct waiter w = { .finish = finish };
    const struct work slow = { .kind = WORK_VIEW, .path = "slow" };
    REQUIRE(workers_submit(ws, &slow, &w) == 0);
    wait_answers(1, 700);
    CHECK_INT(atomic_load(&last_error), -ETIMEDOUT);
    drop(ws);
}

TEST(worker, stopping_answers_everybody_and_takes_nothing_more) {
    struct workers *ws = make(1, 20000);
    struct waiter w[3] = { 0 }, more = { .finish = finish };
    for (size_t i = 0; i < 3; i++) {
        struct work slow = { .kind = WORK_VIEW, .path = "s" };
        slow.path[1] = (char) ('0' + i);
        w[i].finish = finish;
        REQUIRE(workers_submit(ws, &slow, &w[i]) == 0);
    }
    workers_stop(ws);
    CHECK_INT(atomic_load(&answers), 3);
    const struct work any = { .kind = WORK_VIEW, .path = "x" };
    CHECK_INT(workers_submit(ws, &any, &more), -ESHUTDOWN);
    workers_free(ws);
}
