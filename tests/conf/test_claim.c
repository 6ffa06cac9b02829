#include "conf/claim.h"

#include <errno.h>

#include "tests/harness.h"

static struct profile found(const char *name) {
    struct profile p;
    struct problem why = { .text = "" };
    int r = profile_find(name, &p, &why);
    if (r < 0) harness_fail(__FILE__, __LINE__, "%s", why.text);
    REQUIRE(r == 0);
    return p;
}

TEST(claim, the_built_in_profiles_support_what_the_design_says) {
    static const struct {
        const char *profile;
        enum claim claim;
    } cases[] = { { "safe-harbor", CLAIM_SAFE_HARBOR }, { "safe-harbor-labels", CLAIM_SAFE_HARBOR }, { "strict", CLAIM_SAFE_HARBOR },
                  { "part2-strict", CLAIM_SAFE_HARBOR }, { "limited-data-set", CLAIM_LIMITED_DATA_SET }, { "dates-shifted", CLAIM_EXPERT_DETERMINATION },
                  { "surrogates", CLAIM_EXPERT_DETERMINATION } };
    for (size_t i = 0; i < array_count(cases); i++) {
        struct profile p = found(cases[i].profile);
        struct problem why;
        CHECK_INT(claim_of(&p, &why), cases[i].claim);
        CHECK((why.text[0] == '\0') == (cases[i].claim == CLAIM_SAFE_HARBOR));
    }
}

TEST(claim, the_weakest_action_decides_and_is_named) {
    struct profile p = found("safe-harbor");
    struct problem why = { .text = "" };
    p.action[ENTITY_CITY] = ACTION_KEEP;
    CHECK_INT(claim_of(&p, &why), CLAIM_LIMITED_DATA_SET);
    CHECK(strstr(why.text, "CITY is kept") != NULL);
    p.action[ENTITY_DATE] = ACTION_SHIFT;
    CHECK_INT(claim_of(&p, &why), CLAIM_EXPERT_DETERMINATION);
    CHECK(strstr(why.text, "DATE") != NULL);
    p.action[ENTITY_MRN] = ACTION_KEEP;
    CHECK_INT(claim_of(&p, &why), CLAIM_IDENTIFIABLE);
    CHECK(strstr(why.text, "MRN is kept") != NULL);
}

TEST(claim, a_profile_that_claims_too_much_is_refused) {
    struct profile p = found("limited-data-set");
    struct problem why = { .text = "" };
    CHECK_INT(claim_require(&p, CLAIM_SAFE_HARBOR, &why), -EPERM);
    CHECK(strstr(why.text, "supports only limited-data-set") != NULL);
    CHECK_INT(claim_require(&p, CLAIM_LIMITED_DATA_SET, &why), 0);
    CHECK_INT(claim_require(&p, CLAIM_IDENTIFIABLE, &why), 0);
}

TEST(claim, a_misplaced_action_supports_nothing) {
    struct profile p = found("safe-harbor");
    p.action[ENTITY_PATIENT] = ACTION_ZIP3;
    CHECK_INT(claim_of(&p, NULL), CLAIM_IDENTIFIABLE);
}

TEST(claim, a_birth_year_without_the_age_rule_is_no_safe_harbor) {
    struct profile p = found("safe-harbor");
    p.birth_year_needs_age = false;
    CHECK_INT(claim_of(&p, NULL), CLAIM_LIMITED_DATA_SET);
}

TEST(claim, findings_left_readable_are_no_safe_harbor) {
    struct profile p = found("safe-harbor");
    p.score_min = 300;
    CHECK_INT(claim_of(&p, NULL), CLAIM_EXPERT_DETERMINATION);
}

TEST(claim, names_and_values_are_inverse) {
    for (unsigned i = 0; i < CLAIM_COUNT; i++) {
        enum claim c;
        REQUIRE(claim_from_name(claim_name((enum claim) i), &c));
        CHECK_INT(c, i);
    }
    enum claim c;
    CHECK(!claim_from_name("compliant", &c));
}

TEST(claim, what_weakens_it_is_listed) {
    struct profile p = found("safe-harbor");
    struct problem why;
    CHECK_INT(claim_explain(&p, CLAIM_EXPERT_DETERMINATION, &why), 0);
    CHECK_STRING(why.text, "");
    p.action[ENTITY_CITY] = ACTION_KEEP;
    p.action[ENTITY_DATE] = ACTION_SHIFT;
    CHECK_INT(claim_explain(&p, CLAIM_LIMITED_DATA_SET, &why), 1);
    CHECK_STRING(why.text, "CITY kept");
    CHECK_INT(claim_explain(&p, CLAIM_EXPERT_DETERMINATION, &why), 1);
    CHECK_STRING(why.text, "DATE shifted, which is derived from the date");
    p = found("surrogates");
    CHECK(claim_explain(&p, CLAIM_EXPERT_DETERMINATION, &why) > 20); /* cut, but whole words */
    CHECK(strlen(why.text) < sizeof(why.text) && why.text[strlen(why.text) - 1] != ' ');
}

TEST(claim, a_surrogate_of_the_sites_own_entity_weakens_it) {
    struct profile p = found("safe-harbor");
    struct problem why = { .text = "" };
    REQUIRE(profile_set(&p, "entities", "COHORT code, BADGE label", &why) == 0);
    CHECK_INT(claim_of(&p, &why), CLAIM_SAFE_HARBOR);
    REQUIRE(profile_set(&p, "entities", "BADGE surrogate", &why) == 0);
    CHECK_INT(claim_of(&p, &why), CLAIM_EXPERT_DETERMINATION);
    CHECK(strstr(why.text, "BADGE") != NULL);
}
