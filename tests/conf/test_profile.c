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

/* profiles.md, cell by cell: L label, C code, Y year, Z zip3, A age cap, S shift, U surrogate, k keep, D drop. */
TEST(profile, every_cell_of_the_design_holds) {
    static const char *const profiles[] = { "safe-harbor", "safe-harbor-labels", "strict", "limited-data-set", "dates-shifted", "surrogates", "part2-strict" };
    static const struct {
        const char *entities, *actions;
    } rows[] = {
        { "PATIENT", "CCLCCUL" },
        { "PERSON EMPLOYER", "CLLLCUL" },
        { "PROVIDER PROVIDER_ID FACILITY", "CCLkCUL" },
        { "STREET", "CLDLLUD" },
        { "CITY COUNTY", "CLDkLUD" },
        { "ZIP", "ZZDkZZD" },
        { "STATE", "kkkkkkD" },
        { "DATE", "YYDkSSY" },
        { "BIRTH_DATE", "YYDkSSD" }, /* the cap of shifted birth dates is transform's, proven there */
        { "AGE", "AAAkAAA" },
        { "PHONE FAX EMAIL URL IP", "CLDLLUD" },
        { "SSN", "LLDLLLD" },
        { "MRN HEALTH_PLAN ACCOUNT LICENSE VEHICLE DEVICE", "CLDLCUD" },
        { "ENCOUNTER ACCESSION ORDER SPECIMEN UID", "CCDCCCD" },
        { "OTHER_ID", "CLDkLLD" },
        { "GEOCODE", "CLDLLLD" }, /* not in the table: a street's, but nothing realistic stands for a place on earth */
        { "HOLIDAY", "YYDkLLY" },
        { "BIOMETRIC PHOTO", "LLDLLLD" },
    };
    static const enum action of_letter[128] = { ['L'] = ACTION_LABEL, ['C'] = ACTION_CODE, ['Y'] = ACTION_YEAR, ['Z'] = ACTION_ZIP3, ['A'] = ACTION_AGE,
                                                ['S'] = ACTION_SHIFT, ['U'] = ACTION_SURROGATE, ['k'] = ACTION_KEEP, ['D'] = ACTION_DROP };
    size_t cells = 0;
    for (size_t i = 0; i < array_count(rows); i++) {
        char words[96], *rest = NULL;
        memcpy(words, rows[i].entities, strlen(rows[i].entities) + 1);
        for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
            enum entity e;
            REQUIRE(entity_from_name(bytes_from_string(word), &e));
            for (size_t k = 0; k < array_count(profiles); k++, cells++) {
                enum action wanted = of_letter[(unsigned char) rows[i].actions[k]];
                if (action_in(profiles[k], e) != wanted) harness_fail(__FILE__, __LINE__, "%s of %s is not %s", word, profiles[k], action_name(wanted));
            }
        }
    }
    CHECK_INT(cells, ENTITY_COUNT * array_count(profiles));
}

TEST(profile, parameters_have_the_profiles_own_defaults) {
    struct profile p;
    REQUIRE(profile_find("safe-harbor", &p, NULL) == 0);
    CHECK(p.keeps_year && !p.keeps_time && p.birth_year_needs_age);
    CHECK_INT(p.label_style, LABEL_NUMBERED);
    CHECK_INT(p.zip3_mode, ZIP3_UNION);
    REQUIRE(profile_find("dates-shifted", &p, NULL) == 0);
    CHECK(p.keeps_time);
    struct profile before = p;
    for (size_t i = 0; profile_parameter_at(i); i++) CHECK_INT(profile_set(&p, profile_parameter_at(i), "", NULL), 0);
    CHECK(memcmp(&p, &before, sizeof(p)) == 0);
    CHECK_INT(profile_set(&p, "nonsense", "", NULL), -ENOENT);
}

TEST(profile, more_shown_of_any_entity_is_looser) {
    struct profile base, p;
    struct problem why = { .text = "" };
    REQUIRE(profile_find("safe-harbor", &base, NULL) == 0);
    for (unsigned e = 0; e < ENTITY_COUNT; e++) {
        p = base;
        p.action[e] = ACTION_DROP;
        CHECK(!profile_loosens(&base, &p, &why));
        p.action[e] = ACTION_KEEP;
        CHECK(profile_loosens(&base, &p, &why) == (base.action[e] != ACTION_KEEP));
    }
    p = base;
    p.action[ENTITY_DATE] = ACTION_SHIFT;
    CHECK(profile_loosens(&base, &p, &why));
    CHECK(strstr(why.text, "DATE: shift shows more than the year of safe-harbor") != NULL);
}

TEST(profile, a_site_names_entities_of_its_own) {
    static const char *const wrong[] = { "COHORT", "COHORT keep", "COHORT year", "COHORT code, COHORT label", "PATIENT code", "AB code", "TRIAL_ID code",
                                         "COHORT code label", "ABCDEFGHIJKLMNOP code", "," };
    struct profile p, base, before;
    struct problem why = { .text = "" };
    REQUIRE(profile_find("safe-harbor", &p, NULL) == 0);
    base = p;
    REQUIRE(profile_set(&p, "entities", "cohort code, BADGE label", &why) == 0);
    CHECK_INT(p.kind_count, 2);
    CHECK_STRING(p.kinds[0].name, "COHORT");
    CHECK_INT(p.kinds[1].action, ACTION_LABEL);
    CHECK(!profile_loosens(&base, &p, &why));
    before = p;
    for (size_t i = 0; i < array_count(wrong); i++) {
        CHECK_INT(profile_set(&p, "entities", wrong[i], &why), -EINVAL);
        CHECK(memcmp(&p, &before, sizeof(p)) == 0);
    }
    REQUIRE(profile_set(&p, "entities", "BADGE surrogate", &why) == 0);
    CHECK_INT(p.kind_count, 1);
    CHECK(profile_loosens(&base, &p, &why));
    CHECK(strstr(why.text, "BADGE: surrogate shows more") != NULL);
}
