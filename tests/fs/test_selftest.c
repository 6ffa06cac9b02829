#include "fs/selftest.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/fs/instance.h"
#include "tests/harness.h"

static struct instance at;

static struct selftest_state state(void) {
    struct selftest_state s;
    selftest_read(&at.guard->selftest, &s);
    return s;
}

static void tick_now(void) {
    at.guard->selftest.next_ns = 0;
    selftest_tick(at.guard);
}

static uint64_t records(void) {
    struct journal_status j;
    journal_status(at.guard->journal, &j);
    return j.size;
}

TEST(selftest, it_runs_before_the_first_reader_and_when_it_is_time) {
    instance_make(&at, NULL);
    instance_start(&at);
    CHECK_INT(state().runs, 1);
    CHECK(!state().failed && state().last_us > 0);
    uint64_t before = records();
    selftest_tick(at.guard); /* not yet: an hour has not passed */
    CHECK_INT(state().runs, 1);
    CHECK_INT(records(), before);
    tick_now();
    CHECK_INT(state().runs, 2);
    CHECK_INT(records(), before + 1); /* on record */
    instance_stop(&at);
}

TEST(selftest, a_failure_withdraws_all_access_until_a_reload_that_passes) {
    char leak[PATH_MAX];
    struct problem p = { .text = "" };
    instance_make(&at, NULL);
    snprintf(leak, sizeof(leak), "%s/leak", at.root);
    REQUIRE(setenv("DEIDFS_IDENTITY_LEAK", leak, 1) == 0);
    instance_start(&at);
    CHECK(!guard_is_revoked(at.guard));
    FILE *f = fopen(leak, "we");
    REQUIRE(f != NULL && fclose(f) == 0);
    tick_now();
    CHECK(guard_is_revoked(at.guard));
    CHECK(state().failed && state().failures == 1);
    CHECK(strstr(state().reason.text, "does not redact") != NULL);
    CHECK(guard_reload(at.guard, &p) < 0);
    CHECK(strstr(p.text, "does not redact") != NULL);
    CHECK(guard_is_revoked(at.guard));
    REQUIRE(unlink(leak) == 0);
    REQUIRE(guard_reload(at.guard, &p) == 0);
    CHECK(!guard_is_revoked(at.guard) && !state().failed);
    REQUIRE(unsetenv("DEIDFS_IDENTITY_LEAK") == 0);
    instance_stop(&at);
}
