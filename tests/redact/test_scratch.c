#include "redact/scratch.h"

#include <errno.h>

#include "tests/redact/bare_engine.h"

TEST(scratch, the_first_reason_for_a_refusal_stays) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    bare_engine_init(&b, "", NULL, 0);
    CHECK_INT(scratch_refuse(b.scratch, REFUSAL_LIMIT, -E2BIG), -E2BIG);
    CHECK_INT(scratch_refuse(b.scratch, REFUSAL_MEMORY, -ENOMEM), -ENOMEM);
    CHECK_INT(b.scratch->why, REFUSAL_LIMIT);
    scratch_begin(b.scratch);
    CHECK_INT(b.scratch->why, REFUSAL_NONE);
}

TEST(scratch, time_that_is_used_up_is_a_refusal) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    bare_engine_init(&b, "", NULL, 0);
    CHECK_INT(scratch_tick_now(b.scratch), 0);
    b.scratch->deadline_ns = 1;
    CHECK_INT(scratch_tick_now(b.scratch), -ETIMEDOUT);
    CHECK_INT(b.scratch->why, REFUSAL_TIMEOUT);
}

TEST(scratch, findings_and_drops_are_kept_apart) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    bare_engine_init(&b, "", NULL, 0);
    REQUIRE(scratch_add(b.scratch, (struct finding) { .span = { 0, 1 } }, false) == 0);
    REQUIRE(scratch_add(b.scratch, (struct finding) { .span = { 1, 2 } }, true) == 0);
    CHECK_INT(b.scratch->findings.count, 1);
    CHECK_INT(b.scratch->drops.count, 1);
}
