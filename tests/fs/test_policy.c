#include "fs/policy.h"

#include "tests/fs/instance.h"
#include "tests/harness.h"

static struct instance at;

static struct policy *load(const char *extra) {
    struct policy *p = NULL;
    struct problem problem = { .text = "" };
    instance_make(&at, extra);
    instance_stop(&at); /* the configuration alone is needed */
    if (policy_new(at.config, 1, &p, &problem) < 0) harness_fail(__FILE__, __LINE__, "%s", problem.text);
    REQUIRE(p != NULL);
    return p;
}

TEST(policy, without_a_list_everybody_is_admitted_but_the_unmapped) {
    struct policy *p = load(NULL);
    CHECK(policy_admits(p, 0, 0, 0));
    CHECK(policy_admits(p, 4711, 4711, 0));
    CHECK(!policy_admits(p, UINT32_MAX, 0, 0));
    policy_unref(p);
}

TEST(policy, a_user_is_admitted_by_name_and_nobody_else) {
    struct policy *p = load("[access]\nusers = daemon\n");
    CHECK(policy_admits(p, 1, 1, 0));
    CHECK(!policy_admits(p, 0, 0, 0));
    CHECK(!policy_admits(p, 2, 1, 0));
    policy_unref(p);
}

TEST(policy, a_group_admits_its_own_and_supplementary_members) {
    struct policy *p = load("[access]\ngroups = daemon\n");
    CHECK(policy_admits(p, 99, 1, 0));
    CHECK(!policy_admits(p, 99, 99, 0));
    CHECK(!policy_admits(p, 99, 99, (uint32_t) getpid())); /* this process is not in it */
    CHECK(!policy_admits(p, 99, 99, 0x7ffffff0));
    policy_unref(p);
}

TEST(policy, rules_that_are_not_there_are_a_problem_in_words) {
    struct policy *p = NULL;
    struct problem problem = { .text = "" };
    instance_make(&at, "rules = /nonexistent/site.rules\n");
    instance_stop(&at);
    CHECK(policy_new(at.config, 1, &p, &problem) < 0);
    CHECK(p == NULL && strstr(problem.text, "rules") != NULL);
}
