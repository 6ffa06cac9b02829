#include "conf/profile_file.h"

#include <errno.h>

#include "tests/harness.h"

#define HEAD "[profile]\nname = research\nextends = safe-harbor\n"

static void check_refused(const char *text, const char *words) {
    struct profile_file f = { .claim_is_given = true };
    struct problem why = { .text = "" };
    CHECK_INT(profile_file_parse(bytes_from_string(text), "f", &f, &why), -EBADMSG);
    if (!strstr(why.text, words)) harness_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", why.text, words);
    CHECK(f.profile.name[0] == '\0' && f.claim_is_given); /* untouched */
}

static struct profile_file taken(const char *text) {
    struct profile_file f = { 0 };
    struct problem why = { .text = "" };
    int r = profile_file_parse(bytes_from_string(text), "f", &f, &why);
    if (r < 0) harness_fail(__FILE__, __LINE__, "%s", why.text);
    REQUIRE(r == 0);
    return f;
}

TEST(profile_file, every_parameter_is_read) {
    struct profile_file f = taken(HEAD "actions = phone drop, city label\nkeep_year = no\ntime_of_day = keep\nlabel_style = plain\nzip3_mode = current\n"
                                       "zip3_vintage = 2000\nmin_score = 5\nprovider_names = drop\nclaim = expert-determination\n");
    CHECK_STRING(f.profile.name, "research");
    CHECK_STRING(f.profile.base, "safe-harbor");
    CHECK_INT(f.profile.action[ENTITY_PHONE], ACTION_DROP);
    CHECK_INT(f.profile.action[ENTITY_CITY], ACTION_LABEL);
    CHECK_INT(f.profile.action[ENTITY_PROVIDER], ACTION_DROP);
    CHECK_INT(f.profile.action[ENTITY_PATIENT], ACTION_CODE);
    CHECK(!f.profile.keeps_year && f.profile.keeps_time && f.profile.birth_year_needs_age);
    CHECK_INT(f.profile.label_style, LABEL_PLAIN);
    CHECK_INT(f.profile.zip3_mode, ZIP3_CURRENT);
    CHECK_INT(f.profile.zip3_vintage, ZIP3_2000);
    CHECK_INT(f.profile.score_min, 5);
    CHECK(f.claim_is_given);
    CHECK_INT(f.claim, CLAIM_EXPERT_DETERMINATION);
}

TEST(profile_file, a_tighter_profile_needs_no_claim_and_keeps_its_bases) {
    struct profile_file f = taken(HEAD "actions = phone drop\n");
    CHECK(!f.claim_is_given);
    CHECK_INT(f.claim, CLAIM_SAFE_HARBOR);
    CHECK_INT(taken("[profile]\nname = a\nextends = dates-shifted\n").claim, CLAIM_EXPERT_DETERMINATION);
}

TEST(profile_file, what_shows_more_has_to_be_accepted_by_claim) {
    check_refused(HEAD "actions = city keep\n", "CITY is kept, which supports limited-data-set");
    check_refused(HEAD "actions = city keep\nclaim = safe-harbor\n", "CITY is kept");
    CHECK_INT(taken(HEAD "actions = city keep\nclaim = limited-data-set\n").claim, CLAIM_LIMITED_DATA_SET);
    /* Still safe harbor, yet looser than its base: silence is no acceptance. */
    check_refused(HEAD "provider_names = keep\n", "PROVIDER: keep shows more than the code of safe-harbor");
    CHECK_INT(taken(HEAD "provider_names = keep\nclaim = safe-harbor\n").claim, CLAIM_SAFE_HARBOR);
    check_refused("[profile]\nname = a\nextends = strict\nactions = phone label\n", "PHONE: label shows more than the drop of strict");
}

TEST(profile_file, faults_name_file_line_and_remedy) {
    check_refused("", "f: [profile] needs name");
    check_refused("[profile]\nname = a\n", "f: [profile] needs extends");
    check_refused("[profile]\nname = a\nextends = safe-harbour\n", "there is no profile \"safe-harbour\"");
    check_refused("[profile]\nname = safe-harbor\nextends = strict\n", "a name of its own");
    check_refused("[profile]\nname = A b\nextends = strict\n", "a name of its own");
    check_refused(HEAD "keep_yaer = no\n", "f:4: [profile] has no key keep_yaer; did you mean keep_year?");
    check_refused(HEAD "keep_year = maybe\n", "f:4: keep_year: keep_year is no or yes");
    check_refused(HEAD "actions = phone vanish\n", "f:4: actions: PHONE cannot be handled by \"vanish\"");
    check_refused(HEAD "claim = hipaa-certified\n", "is no claim");
    check_refused(HEAD "[policy]\n", "f:4: a profile file has one section");
}
