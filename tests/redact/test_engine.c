#include "redact/engine.h"

#include "redact/recognizer.h"
#include "tests/harness.h"

static struct engine *make(const char *profile_name, const char *site_rules, struct problem *p) {
    struct profile profile;
    struct engine *e = NULL;
    REQUIRE(profile_find(profile_name, &profile, p) == 0);
    struct engine_options options = { .profile = &profile, .site_rules = bytes_from_string(site_rules), .site_rules_path = "site.rules",
                                      .document_len_max = 1 << 20 };
    ignore(engine_new(&options, &e, p)); /* the caller looks at e and p */
    return e;
}

TEST(engine, the_digest_names_rules_and_profile) {
    static const char more[] = "rule site-x\n entity MRN\n source label\n keyword zzsite\n pattern [ ][0-9]{3}\n";
    struct problem p = { 0 };
    _cleanup_(engine_freep) struct engine *a = make("safe-harbor", "", &p), *same = make("safe-harbor", "", &p);
    _cleanup_(engine_freep) struct engine *strict = make("strict", "", &p), *site = make("safe-harbor", more, &p);
    REQUIRE(a && same && strict && site);
    CHECK(memcmp(engine_digest(a), engine_digest(same), 32) == 0);
    CHECK(memcmp(engine_digest(a), engine_digest(strict), 32) != 0);
    CHECK(memcmp(engine_digest(a), engine_digest(site), 32) != 0);
    CHECK_INT(site->ruleset->rule_count, a->ruleset->rule_count + 1);
    CHECK_STRING(engine_recognizer_name(site, (uint16_t) (RECOGNIZER_BUILTIN_COUNT + site->ruleset->rule_count - 1)), "site-x");
}

/* Whatever decides a view is in the digest that records name. */
TEST(engine, every_parameter_of_the_profile_is_in_the_digest) {
    static const char *const changes[][2] = { { "actions", "phone drop" }, { "provider_names", "label" }, { "keep_year", "no" }, { "time_of_day", "keep" },
        { "label_style", "plain" }, { "zip3_vintage", "2010" }, { "zip3_mode", "current" }, { "min_score", "1" }, { "entities", "COHORT code" },
        { "entities", "COHORT label" }, { "entities", "BADGE code" }, { "sections_drop", "social history" }, { "sections_keep", "plan" } };
    enum { CHANGES = array_count(changes) };
    uint8_t digests[CHANGES + 1][32];
    for (size_t i = 0; i <= CHANGES; i++) {
        struct problem p = { 0 };
        struct profile profile;
        struct engine *e = NULL;
        REQUIRE(profile_find("safe-harbor", &profile, &p) == 0);
        if (i < CHANGES) REQUIRE(profile_set(&profile, changes[i][0], changes[i][1], &p) == 0);
        struct engine_options options = { .profile = &profile, .document_len_max = 1 << 20 };
        REQUIRE(engine_new(&options, &e, &p) == 0);
        memcpy(digests[i], engine_digest(e), 32);
        engine_free(e);
        for (size_t k = 0; k < i; k++) CHECK(memcmp(digests[i], digests[k], 32) != 0);
    }
    for (size_t i = 0, found; profile_parameter_at(i); i++) {
        found = 0;
        for (size_t k = 0; k < CHANGES; k++) found += strcmp(changes[k][0], profile_parameter_at(i)) == 0;
        CHECK(found > 0); /* a new parameter is tried here too */
    }
}

/* The site's files, and what callers use the engine with. */
TEST(engine, rules_lists_rosters_destination_and_sidecars_are_in_the_digest) {
    static const char rules[] = "rule site-x\n entity MRN\n source label\n keyword zzsite\n pattern [ ][0-9]{3}\n";
    static const char head[] = "source: ours\nlicence: ours\nflags: ";
    char protect[2][128], roster[2][64] = { "mrn,last\n00482913,Quillan\n", "mrn,last\n00482914,Quillan\n" };
    snprintf(protect[0], sizeof(protect[0]), "%sprotect\n\nquarx zumblat\n", head);
    snprintf(protect[1], sizeof(protect[1]), "%sprotect\n\nquarx zumblit\n", head);
    struct engine_text lists[2], rosters[2];
    for (size_t i = 0; i < 2; i++) {
        lists[i] = (struct engine_text) { bytes_from_string(protect[i]), "site.list" };
        rosters[i] = (struct engine_text) { bytes_from_string(roster[i]), "roster.csv" };
    }
    const struct engine_options cases[] = {
        { .document_len_max = 0 }, { .site_rules = { (const uint8_t *) rules, sizeof(rules) - 1 } }, { .lists = lists, .list_count = 1 }, { .lists = lists + 1, .list_count = 1 },
        { .lists = lists, .list_count = 2 }, { .rosters = rosters, .roster_count = 1 }, { .rosters = rosters + 1, .roster_count = 1 },
        { .rosters = rosters, .roster_count = 2 }, { .require_roster = true }, { .destination = "a" }, { .destination = "b" }, { .sidecars = true },
    };
    uint8_t digests[array_count(cases)][32];
    for (size_t i = 0; i < array_count(cases); i++) {
        struct problem p = { 0 };
        struct profile profile;
        struct engine *e = NULL;
        struct engine_options options = cases[i];
        REQUIRE(profile_find("safe-harbor", &profile, &p) == 0);
        options.profile = &profile;
        options.document_len_max = 1 << 20;
        if (engine_new(&options, &e, &p) < 0) harness_fail(__FILE__, __LINE__, "case %zu: %s", i, p.text);
        memcpy(digests[i], engine_digest(e), 32);
        engine_free(e);
        for (size_t k = 0; k < i; k++) CHECK(memcmp(digests[i], digests[k], 32) != 0);
    }
}

TEST(engine, a_wrong_site_rule_is_refused_with_file_and_line) {
    struct problem p = { 0 };
    _cleanup_(engine_freep) struct engine *e = make("safe-harbor", "rule x\n entity MRN\n keyword zz\n pattern a*\n", &p);
    CHECK(e == NULL);
    CHECK(strncmp(p.text, "site.rules:1: a repetition without bound", 40) == 0);
}

TEST(engine, every_recognizer_has_a_name_of_its_own) {
    struct problem p = { 0 };
    _cleanup_(engine_freep) struct engine *e = make("safe-harbor", "", &p);
    REQUIRE(e != NULL);
    uint16_t count = (uint16_t) (RECOGNIZER_BUILTIN_COUNT + e->ruleset->rule_count);
    for (uint16_t i = 0; i < count; i++) {
        const char *name = engine_recognizer_name(e, i);
        REQUIRE(name != NULL && name[0] != '\0');
        for (uint16_t k = 0; k < i; k++) CHECK(strcmp(name, engine_recognizer_name(e, k)) != 0);
    }
}

TEST(engine, tables_stay_within_their_memory) {
    struct problem p = { 0 };
    _cleanup_(engine_freep) struct engine *e = make("safe-harbor", "", &p);
    REQUIRE(e != NULL);
    CHECK(dictionary_len(e->dictionary) < (size_t) 16 << 20);
    CHECK(e->ruleset->arena.used < (size_t) 16 << 20);
}
