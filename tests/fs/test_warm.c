#include "fs/warm.h"

#include <errno.h>
#include <stdio.h>

#include "tests/fs/instance.h"
#include "tests/harness.h"

static struct instance at;

static void wait_for_walk(struct warm_progress *p) {
    for (int i = 0; i < 5000; i++) {
        warm_progress(at.guard->warm, p);
        if (!p->running) return;
        (void) usleep(1000);
    }
}

TEST(warm, a_walk_builds_what_is_unknown_and_the_next_finds_it_known) {
    struct warm_progress p;
    char name[32];
    instance_make(&at, NULL);
    for (int i = 0; i < 20; i++) {
        (void) snprintf(name, sizeof(name), "d%d/f%d.txt", i % 3, i);
        instance_write(&at, name, "text\n");
    }
    instance_write(&at, "bad.txt", "REFUSE\n");
    (void) usleep(30000);
    instance_start(&at);
    REQUIRE(warm_start(at.guard->warm) == 0);
    wait_for_walk(&p);
    CHECK(p.files == 21 && p.built == 20 && p.refused == 1 && p.known == 0 && p.folders == 4);
    REQUIRE(warm_start(at.guard->warm) == 0);
    wait_for_walk(&p);
    CHECK(p.files == 21 && p.built == 0 && p.known == 21);
    instance_stop(&at);
}

TEST(warm, stopping_does_not_wait_for_the_whole_walk) {
    instance_make(&at, NULL);
    for (char c = 'a'; c < 'h'; c++) {
        char name[16];
        (void) snprintf(name, sizeof(name), "%c.txt", c);
        instance_write(&at, name, "SLOW\n");
    }
    instance_start(&at);
    REQUIRE(warm_start(at.guard->warm) == 0);
    CHECK_INT(warm_start(at.guard->warm), -EALREADY);
    (void) usleep(100000);
    instance_stop(&at); /* 21 seconds of work; the test's own time limit would notice */
}
