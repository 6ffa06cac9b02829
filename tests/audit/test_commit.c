#include "audit/commit.h"

#include <errno.h>
#include <fcntl.h>

#include "tests/audit/fixture.h"

static struct commit *begin(int dir, const struct entry_stamp *last) {
    struct commit_options o = { .wal_fd = dir, .origin = "o", .strict = true };
    if (last) o.last = *last;
    struct commit *c = NULL;
    must(commit_new(&o, &c) == 0);
    return c;
}

static int folder(void) {
    int fd = open(harness_temp_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0);
    return fd;
}

TEST(commit, a_waiter_is_durable_and_the_others_become_so_with_the_next) {
    _cleanup_(close_fd) int dir = folder();
    _cleanup_(commit_freep) struct commit *c = begin(dir, NULL);
    struct event open = fixture_event(EVENT_OPEN), close = fixture_event(EVENT_CLOSE);
    uint64_t index = 9, durable = 0;
    CHECK_INT(commit_append(c, &close, false, &index), 0);
    CHECK_INT(index, 0);
    CHECK_INT(commit_durable(c), 0);
    CHECK_INT(commit_append(c, &open, true, &index), 0);
    CHECK_INT(index, 1);
    CHECK_INT(commit_durable(c), 2);
    CHECK_INT(commit_append(c, &close, false, NULL), 0);
    CHECK_INT(commit_flush(c, &durable), 0);
    CHECK_INT(durable, 3);
}

TEST(commit, a_step_of_the_clock_gets_its_record_first) {
    _cleanup_(close_fd) int dir = folder();
    struct entry_stamp last = { 0 };
    entry_stamp_boot(&last);
    entry_stamp_now(&last);
    last.time_us += 3600 * UINT64_C(1000000); /* since then the clock went back an hour */
    _cleanup_(commit_freep) struct commit *c = begin(dir, &last);
    struct event open = fixture_event(EVENT_OPEN);
    uint64_t index = 0;
    CHECK_INT(commit_append(c, &open, true, &index), 0);
    CHECK_INT(index, 1);
    CHECK_INT(commit_append(c, &open, true, &index), 0);
    CHECK_INT(index, 2);
}

TEST(commit, low_space_denies_opens_and_nothing_else) {
    _cleanup_(close_fd) int dir = folder();
    _cleanup_(commit_freep) struct commit *c = begin(dir, NULL);
    struct event open = fixture_event(EVENT_OPEN), deny = fixture_event(EVENT_DENY), list = fixture_event(EVENT_LIST);
    commit_set_low_space(c, true);
    CHECK_INT(commit_append(c, &open, true, NULL), -ENOSPC);
    CHECK_INT(commit_append(c, &list, true, NULL), -ENOSPC);
    CHECK_INT(commit_append(c, &deny, true, NULL), 0);
    commit_set_low_space(c, false);
    CHECK_INT(commit_append(c, &open, true, NULL), 0);
    struct commit_counts n;
    commit_take_counts(c, &n);
    CHECK_INT(n.opens, 1);
    CHECK_INT(n.denials, 1);
    CHECK_INT(n.open_now, 1);
}

TEST(commit, after_a_halt_nothing_is_taken) {
    _cleanup_(close_fd) int dir = folder();
    _cleanup_(commit_freep) struct commit *c = begin(dir, NULL);
    struct event open = fixture_event(EVENT_OPEN), close = fixture_event(EVENT_CLOSE);
    commit_halt(c, "test", -EIO);
    CHECK(commit_is_halted(c));
    CHECK_INT(commit_append(c, &open, true, NULL), -EIO);
    CHECK_INT(commit_append(c, &close, false, NULL), -EIO);
}

TEST(commit, an_event_that_is_no_entry_is_refused_and_costs_no_index) {
    _cleanup_(close_fd) int dir = folder();
    _cleanup_(commit_freep) struct commit *c = begin(dir, NULL);
    struct event open = fixture_event(EVENT_OPEN), bad = open;
    bad.object.format = "a\nb";
    uint64_t index = 0;
    CHECK_INT(commit_append(c, &bad, true, NULL), -EINVAL);
    CHECK_INT(commit_append(c, &open, true, &index), 0);
    CHECK_INT(index, 0);
}
