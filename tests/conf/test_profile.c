#include "conf/profile.h"

#include <errno.h>

#include "tests/harness.h"

static enum action action_in(const char *profile, enum entity e) {
    struct profile p;
    struct problem why = { .text = "" };
    REQUIRE(profile_find(profile, &p, &why) == 0);
    return p.action[e];
}

TEST(profile, safe_harbor_is_the_table_of_the_design) {
    CHECK_INT(action_in("safe-harbor", ENTITY_PATIENT), ACTION_CODE);
    CHECK_INT(action_in("safe-harbor", ENTITY_SSN), ACTION_LABEL);
    CHECK_INT(action_in("safe-harbor", ENTITY_DATE), ACTION_YEAR);
    CHECK_INT(action_in("safe-harbor", ENTITY_ZIP), ACTION_ZIP3);
    CHECK_INT(action_in("safe-harbor", ENTITY_AGE), ACTION_AGE);
    CHECK_INT(action_in("safe-harbor", ENTITY_STATE), ACTION_KEEP);
    CHECK_INT(action_in("strict", ENTITY_PHONE), ACTION_DROP);
    CHECK_INT(action_in("limited-data-set", ENTITY_CITY), ACTION_KEEP);
    CHECK_INT(action_in("part2-strict", ENTITY_FACILITY), ACTION_LABEL);
}

TEST(profile, no_profile_shows_a_direct_identifier) {
    static const enum entity direct[] = { ENTITY_PATIENT, ENTITY_PERSON, ENTITY_EMPLOYER, ENTITY_STREET, ENTITY_PHONE, ENTITY_FAX, ENTITY_EMAIL,
        ENTITY_SSN, ENTITY_MRN, ENTITY_HEALTH_PLAN, ENTITY_ACCOUNT, ENTITY_LICENSE, ENTITY_VEHICLE, ENTITY_DEVICE, ENTITY_URL, ENTITY_IP,
        ENTITY_BIOMETRIC, ENTITY_PHOTO };
    for (size_t i = 0; profile_name_at(i); i++) {
        struct profile p;
        if (profile_find(profile_name_at(i), &p, NULL) < 0) continue;
        for (size_t k = 0; k < array_count(direct); k++) CHECK(p.action[direct[k]] != ACTION_KEEP);
    }
}

TEST(profile, an_ssn_is_never_coded) {
    for (size_t i = 0; profile_name_at(i); i++) {
        struct profile p;
        if (profile_find(profile_name_at(i), &p, NULL) < 0) continue;
        CHECK(p.action[ENTITY_SSN] == ACTION_LABEL || p.action[ENTITY_SSN] == ACTION_DROP);
    }
}

TEST(profile, an_unknown_name_is_refused_with_the_known_ones) {
    struct profile p;
    struct problem why = { .text = "" };
    CHECK_INT(profile_find("safe-harbour", &p, &why), -EINVAL);
    CHECK(strstr(why.text, "safe-harbor-labels") != NULL);
}

TEST(profile, single_entities_can_be_changed) {
    struct profile p;
    struct problem why = { .text = "" };
    REQUIRE(profile_find("safe-harbor", &p, &why) == 0);
    REQUIRE(profile_change(&p, "phone drop, CITY label", &why) == 0);
    CHECK_INT(p.action[ENTITY_PHONE], ACTION_DROP);
    CHECK_INT(p.action[ENTITY_CITY], ACTION_LABEL);
    CHECK_INT(p.action[ENTITY_FAX], ACTION_CODE);
    REQUIRE(profile_change(&p, "", &why) == 0);
}

TEST(profile, a_change_that_makes_no_sense_changes_nothing) {
    static const char *const wrong[] = { "phone", "phone dropp", "nobody drop", "phone zip3", "patient year", "ssn code", "phone drop city label",
                                         "phone drop,, city label", ",", "fax drop, phone" };
    struct profile p, before;
    REQUIRE(profile_find("safe-harbor", &p, NULL) == 0);
    before = p;
    for (size_t i = 0; i < array_count(wrong); i++) {
        struct problem why = { .text = "" };
        CHECK_INT(profile_change(&p, wrong[i], &why), -EINVAL);
        CHECK(why.text[0] != '\0');
        CHECK(memcmp(&p, &before, sizeof(p)) == 0);
    }
}
