#include "conf/base/problem.h"

#include <errno.h>

#include "tests/harness.h"

TEST(problem, text_is_set_and_the_error_comes_back_unchanged) {
    struct problem p;
    CHECK_INT(problem_set(&p, -ENOSPC, "%s: %d left", "disk", 3), -ENOSPC);
    CHECK_STRING(p.text, "disk: 3 left");
}

TEST(problem, long_text_is_cut_and_still_ends) {
    struct problem p;
    CHECK_INT(problem_set(&p, -EINVAL, "%600d", 1), -EINVAL);
    CHECK_INT(strlen(p.text), sizeof(p.text) - 1);
}

TEST(problem, nobody_asked_is_no_crash) {
    CHECK_INT(problem_set(NULL, -EPERM, "x"), -EPERM);
}
