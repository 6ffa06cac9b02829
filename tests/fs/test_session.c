#include "fs/session.h"

#include <errno.h>
#include <sys/wait.h>

#include "tests/harness.h"

static struct session of_process(pid_t pid) {
    struct session s = { .leader = (uint32_t) pid, .purpose = "TREAT", .user = "daemon", .ticket = "t0_x" };
    uint32_t leader = 0;
    REQUIRE(actor_kinship((uint32_t) pid, &leader, &s.start) == 0);
    return s;
}

/* A child that leads a session of its own, and one below it, which waits; what the child says to the pipe is the grandchild's id. */
struct tree {
    pid_t leader, inside;
    int hold[2];
};

static void tree_begin(struct tree *t) {
    int told[2];
    REQUIRE(pipe(t->hold) == 0 && pipe(told) == 0);
    t->leader = fork();
    if (t->leader == 0) {
        (void) close(t->hold[1]);
        (void) setsid();
        pid_t inside = fork();
        if (inside > 0) (void) !write(told[1], &inside, sizeof(inside));
        char byte;
        (void) !read(t->hold[0], &byte, 1); /* until the test closes its end */
        if (inside > 0) (void) waitpid(inside, NULL, 0);
        _exit(0);
    }
    REQUIRE(t->leader > 0 && read(told[0], &t->inside, sizeof(t->inside)) == (ssize_t) sizeof(t->inside));
    (void) close(told[0]);
    (void) close(told[1]);
}

static void tree_end(struct tree *t) {
    (void) close(t->hold[1]);
    (void) close(t->hold[0]);
    (void) waitpid(t->leader, NULL, 0);
}

TEST(session, a_binding_covers_the_kernel_session_and_nobody_else) {
    struct sessions *s = NULL;
    struct tree t;
    struct session found;
    REQUIRE(sessions_new(&s) == 0);
    CHECK(!session_find(s, (uint32_t) getpid(), &found));
    tree_begin(&t);
    struct session bound = of_process(t.leader);
    REQUIRE(session_add(s, &bound) == 0);
    CHECK_INT(bound.number, 1);
    CHECK_INT(session_add(s, &bound), -EEXIST);
    CHECK_INT(session_count(s), 1);
    REQUIRE(session_find(s, (uint32_t) t.inside, &found));
    CHECK_STRING(found.user, "daemon");
    CHECK(session_find(s, (uint32_t) t.leader, &found) && found.number == 1);
    CHECK(!session_find(s, (uint32_t) getpid(), &found));
    CHECK(!session_find(s, 0, &found));
    CHECK(session_remove(s, 1, &found) && found.leader == (uint32_t) t.leader);
    CHECK(!session_remove(s, 1, NULL));
    CHECK(!session_find(s, (uint32_t) t.inside, &found));
    tree_end(&t);
    sessions_free(s);
}

TEST(session, a_process_id_that_returns_finds_no_binding) {
    struct sessions *s = NULL;
    struct tree t;
    struct session found;
    REQUIRE(sessions_new(&s) == 0);
    tree_begin(&t);
    struct session bound = of_process(t.leader);
    bound.start--; /* as if another process had led a session of this number before */
    REQUIRE(session_add(s, &bound) == 0);
    CHECK(!session_find(s, (uint32_t) t.inside, &found));
    CHECK(!session_find(s, (uint32_t) t.leader, &found));
    struct session now = of_process(t.leader);
    REQUIRE(session_add(s, &now) == 0);
    CHECK(session_find(s, (uint32_t) t.inside, &found) && found.number == now.number);
    tree_end(&t);
    CHECK(!session_find(s, (uint32_t) t.inside, &found));
    sessions_free(s);
}

TEST(session, there_is_room_for_so_many) {
    struct sessions *s = NULL;
    REQUIRE(sessions_new(&s) == 0);
    for (uint32_t i = 0; i <= SESSIONS_MAX; i++) {
        struct session bound = { .leader = i + 1, .start = 5, .purpose = "TREAT" };
        CHECK_INT(session_add(s, &bound), i < SESSIONS_MAX ? 0 : -EMFILE);
    }
    CHECK(session_remove(s, 7, NULL));
    struct session more = { .leader = 9999, .start = 5 };
    CHECK_INT(session_add(s, &more), 0);
    CHECK_INT(more.number, SESSIONS_MAX + 1);
    sessions_free(s);
}
