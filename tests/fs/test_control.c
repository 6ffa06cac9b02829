#include "fs/control.h"

#include "fs/warm.h"
#include "tests/fs/instance.h"
#include "tests/harness.h"

static struct instance at;

static bool answers(const char *line, bool privileged, const char *begin) {
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, CONTROL_ANSWER_LEN_MAX);
    control_command(at.guard, bytes_from_string(line), privileged, &out);
    return buf_error(&out) == 0 && bytes_starts_with(buf_bytes(&out), bytes_from_string(begin));
}

TEST(control, everybody_may_ask_and_only_some_may_change) {
    instance_make(&at, NULL);
    instance_write(&at, "a.txt", "text\n");
    instance_start(&at);
    CHECK(answers("status", false, "ok\ninstance t\n"));
    CHECK(answers("status-json", false, "ok\n{\"instance\":\"t\""));
    CHECK(answers("metrics", false, "ok\n# HELP deidfs_opens_total "));
    static const char *const changes[] = { "reload", "warm", "checkpoint", "revoke", "", "statu", "metrics now" };
    for (size_t i = 0; i < array_count(changes); i++) CHECK(answers(changes[i], false, "error: "));
    CHECK(!guard_is_revoked(at.guard));
    for (size_t i = 0; i < 4; i++) CHECK(answers(changes[i], true, "ok\n"));
    for (size_t i = 4; i < array_count(changes); i++) CHECK(answers(changes[i], true, "error: "));
    CHECK(guard_is_revoked(at.guard));
    instance_stop(&at);
}
