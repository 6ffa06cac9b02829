#include "redact/site.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "tests/redact/known.h"

static const char *below(const char *name) {
    static char paths[16][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 16];
    must(snprintf(path, PATH_MAX, "%s/%s", harness_temp_dir(), name) < PATH_MAX);
    return path;
}

static const char *file(const char *name, const char *text) {
    REQUIRE(io_create_file_at(AT_FDCWD, below(name), bytes_from_string(text), 0600) == 0);
    return below(name);
}

static struct conf *configuration(void) {
    struct problem p = { 0 };
    struct conf *c = calloc(1, sizeof(*c));
    REQUIRE(c && profile_find("safe-harbor", &c->profile, &p) == 0);
    c->document_len_max = 1 << 20;
    c->redact_timeout_s = 30;
    return c;
}

TEST(site, rules_lists_and_roster_of_the_configuration_are_in_the_engine) {
    _cleanup_(conf_freep) struct conf *c = configuration();
    _cleanup_(engine_freep) struct engine *e = NULL;
    _cleanup_(free_ptr) struct engine_report *report = calloc(1, sizeof(*report));
    struct problem p = { 0 };
    REQUIRE(report && mkdir(below("lists"), 0700) == 0);
    snprintf(c->rules, sizeof(c->rules), "%s", file("site.rules", "rule site-bay\n entity OTHER_ID\n score 950\n source label\n keyword baynumber\n pattern [ ]\\K\\d{3}\n"
                                                                    " yes baynumber 123 => 123\n no baynumber x\n"));
    snprintf(c->roster, sizeof(c->roster), "%s", file("roster.csv", "mrn,last\n00482913,Quillan\nx,\n"));
    ignore(file("lists/site.list", "source: ours\nlicence: ours\nflags: protect\n\nquarx zumblat\n"));
    snprintf(c->lists, sizeof(c->lists), "%s", below("lists"));
    if (site_engine_new(c, report, &e, &p) < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(e != NULL);
    CHECK_INT(report->site_rule_count, 1);
    CHECK(report->rule_count > 100 && report->list_entry_count >= 1 && report->roster_len > 0);
    CHECK_INT(report->roster.person_count, 1);
    CHECK_INT(report->roster.rows_refused, 1);
    CHECK_STRING(known_view(e, (struct known_document) { .text = "baynumber 417, we have 00482913 here" }), "baynumber [OTHER_ID], we have [MRN] here");
}

TEST(site, an_exception_of_the_site_protects_a_phrase) {
    _cleanup_(conf_freep) struct conf *c = configuration();
    _cleanup_(engine_freep) struct engine *plain = NULL, *e = NULL;
    struct problem p = { 0 };
    static const char text[] = "it was Maria Gonzalez again";
    REQUIRE(mkdir(below("lists"), 0700) == 0);
    REQUIRE(site_engine_new(c, NULL, &plain, &p) == 0);
    ignore(file("lists/site.list", "source: ours\nlicence: ours\nflags: protect\n\nmaria gonzalez\n"));
    snprintf(c->lists, sizeof(c->lists), "%s", below("lists"));
    REQUIRE(site_engine_new(c, NULL, &e, &p) == 0);
    CHECK_STRING(known_view(plain, (struct known_document) { .text = text }), "it was [PATIENT] again");
    CHECK_STRING(known_view(e, (struct known_document) { .text = text }), text);
    /* A label decides all the same. */
    CHECK_STRING(known_view(e, (struct known_document) { .text = "Patient: Maria Gonzalez" }), "Patient: [PATIENT]");
}

TEST(site, names_and_places_of_the_site_are_names_and_places) {
    _cleanup_(conf_freep) struct conf *c = configuration();
    _cleanup_(engine_freep) struct engine *e = NULL;
    struct problem p = { 0 };
    REQUIRE(mkdir(below("lists"), 0700) == 0);
    ignore(file("lists/names.list", "source: ours\nlicence: ours\nflags: given\nweight: 20\n\nxzorvan\n"));
    ignore(file("lists/surnames.list", "source: ours\nlicence: ours\nflags: surname\nweight: 20\n\nquixley\n"));
    ignore(file("lists/wards.list", "source: ours\nlicence: ours\nflags: facility\n\nmoonbright pavilion\n"));
    snprintf(c->lists, sizeof(c->lists), "%s", below("lists"));
    REQUIRE(site_engine_new(c, NULL, &e, &p) == 0);
    const char *view = known_view(e, (struct known_document) { .text = "seen by Xzorvan Quixley at Moonbright Pavilion today" });
    CHECK(strstr(view, "seen by [PROVIDER] at [") == view);
    CHECK(!strstr(view, "Moonbright") && !strstr(view, "Pavilion")); /* of which kind a place is, the tagger may know better than the list */
}

TEST(site, faults_are_refused_with_file_and_line) {
    static const struct {
        const char *rules, *list, *roster, *why;
    } cases[] = {
        { "rule a\n entity MRN\n keyword zz\n pattern (a+)+b\n", NULL, NULL, "rules:1: a repetition without bound" },
        { "rule a\n entity MRN\n keyword zz\n pattern (?:a{0,9}){0,9999}[\n", NULL, NULL, "rules:1" },
        { "rule a\n entity NOTHING\n", NULL, NULL, "rules:2" },
        { NULL, "flags: given\n\nx\n", NULL, "l.list:2: a list needs source" },
        { NULL, "source: a\nlicence: b\nflags: nonsense\n\nx\n", NULL, "l.list:3" },
        { NULL, "source: a\nlicence: b\nflags: given\n\none two three four five six seven\n", NULL, "l.list:5" },
        { NULL, NULL, "colour\nred\n", "no known column" },
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        _cleanup_(conf_freep) struct conf *c = configuration();
        char name[32];
        struct engine *e = NULL;
        struct problem p = { 0 };
        snprintf(name, sizeof(name), "%zu", i);
        REQUIRE(mkdir(below(name), 0700) == 0);
        snprintf(name, sizeof(name), "%zu/rules", i);
        if (cases[i].rules) snprintf(c->rules, sizeof(c->rules), "%s", file(name, cases[i].rules));
        snprintf(name, sizeof(name), "%zu/l.list", i);
        if (cases[i].list) {
            ignore(file(name, cases[i].list));
            name[strlen(name) - 7] = '\0';
            snprintf(c->lists, sizeof(c->lists), "%s", below(name));
        }
        snprintf(name, sizeof(name), "%zu/roster", i);
        if (cases[i].roster) snprintf(c->roster, sizeof(c->roster), "%s", file(name, cases[i].roster));
        int r = site_engine_new(c, NULL, &e, &p);
        if (r == 0 || !strstr(p.text, cases[i].why)) harness_fail(__FILE__, __LINE__, "case %zu: %d %s", i, r, p.text);
    }
}

/* What would take for ever in a naive engine is refused when loaded, or bounded when run; what matches is hidden however long it took. */
TEST(site, a_hostile_rule_costs_bounded_time_and_hides_what_it_matches) {
    _cleanup_(conf_freep) struct conf *c = configuration();
    _cleanup_(engine_freep) struct engine *e = NULL;
    struct problem p = { 0 };
    char text[2048] = "zebrafish ";
    memset(text + 10, 'a', 300);
    snprintf(c->rules, sizeof(c->rules), "%s", file("site.rules", "rule slow\n entity OTHER_ID\n source label\n keyword zebrafish\n"
                                                                    " pattern [ ]\\K(?=[a-z]{1,9})(?:(?:a{1,60}){1,60}b|a{1,2}!)\n yes zebrafish aab => aab\n no zebrafish x\n"));
    REQUIRE(site_engine_new(c, NULL, &e, &p) == 0);
    static const char *const ends[] = { "b end", "c end", " end", "" };
    for (size_t i = 0; i < array_count(ends); i++) {
        snprintf(text + 310, sizeof(text) - 310, "%s", ends[i]);
        const char *view = known_view(e, (struct known_document) { .text = text });
        CHECK(strncmp(view, "zebrafish", 9) == 0);
        if (i == 0) CHECK(!strstr(view, "aaaa"));
    }
}

/* Each key of the configuration that decides a view changes what records name. */
TEST(site, what_decides_views_changes_the_digest) {
    enum { CASES = 6 };
    uint8_t digests[CASES][32];
    REQUIRE(mkdir(below("lists"), 0700) == 0);
    ignore(file("lists/site.list", "source: ours\nlicence: ours\nflags: protect\n\nquarx zumblat\n"));
    const char *rules = file("site.rules", "rule site-bay\n entity OTHER_ID\n score 950\n source label\n keyword baynumber\n pattern [ ]\\K\\d{3}\n"
                                           " yes baynumber 123 => 123\n no baynumber x\n");
    const char *roster = file("roster.csv", "mrn,last\n00482913,Quillan\n");
    for (size_t i = 0; i < CASES; i++) {
        _cleanup_(conf_freep) struct conf *c = configuration();
        _cleanup_(engine_freep) struct engine *e = NULL;
        struct problem p = { 0 };
        if (i == 1) snprintf(c->rules, sizeof(c->rules), "%s", rules);
        if (i == 2) snprintf(c->lists, sizeof(c->lists), "%s", below("lists"));
        if (i == 3) snprintf(c->roster, sizeof(c->roster), "%s", roster);
        if (i == 4) snprintf(c->destination, sizeof(c->destination), "elsewhere");
        if (i == 5) c->sidecars = true;
        if (site_engine_new(c, NULL, &e, &p) < 0) harness_fail(__FILE__, __LINE__, "case %zu: %s", i, p.text);
        memcpy(digests[i], engine_digest(e), 32);
        for (size_t k = 0; k < i; k++) CHECK(memcmp(digests[i], digests[k], 32) != 0);
    }
}
