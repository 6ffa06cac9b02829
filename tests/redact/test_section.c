#include "redact/section.h"

#include "tests/harness.h"

/* What is left of a text, its hidden stretches cut out. */
static void check_left(const char *parameter, const char *headings, const char *text, const char *left) {
    struct profile p;
    struct arena arena;
    struct section_spans spans = { 0 };
    char got[2048];
    size_t len = 0, at = 0;
    REQUIRE(profile_find("safe-harbor", &p, NULL) == 0 && profile_set(&p, parameter, headings, NULL) == 0);
    arena_init(&arena, 1 << 20);
    REQUIRE(section_find(&p, bytes_from_string(text), &arena, &spans) == 0);
    for (size_t i = 0; i < spans.count; i++) {
        REQUIRE(spans.items[i].begin >= at && spans.items[i].end <= strlen(text));
        memcpy(got + len, text + at, spans.items[i].begin - at);
        len += spans.items[i].begin - at;
        at = spans.items[i].end;
    }
    memcpy(got + len, text + at, strlen(text) - at);
    len += strlen(text) - at;
    got[len] = 0;
    if (strcmp(got, left) != 0) harness_fail(__FILE__, __LINE__, "%s = %s: \"%s\" became \"%s\", expected \"%s\"", parameter, headings, text, got, left);
    arena_release(&arena);
}

#define DROPPED(headings, text, left) check_left("sections_drop", headings, text, left)
#define KEPT(headings, text, left) check_left("sections_keep", headings, text, left)

TEST(section, a_dropped_section_goes_and_its_heading_stays) {
    DROPPED("social history", "HPI: cough\nSocial History: smokes\nlives alone\nPlan: rest\n", "HPI: cough\nSocial History: \nPlan: rest\n");
    DROPPED("social history", "SOCIAL HISTORY\nsmokes\n\nPLAN\nrest\n", "SOCIAL HISTORY\n\n\nPLAN\nrest\n");
    DROPPED("social history", "## Social History\nsmokes\n## Plan\nrest", "## Social History\n\n## Plan\nrest");
    DROPPED("social history", "**Social History:** smokes\n**Plan:** rest", "**Social History:** \n**Plan:** rest");
    DROPPED("social history", "3. Social history: smokes\n4. Plan: rest", "3. Social history: \n4. Plan: rest");
    DROPPED("social history", "Social History: smokes", "Social History: ");
    DROPPED("plan, hpi", "HPI: cough\nPlan: rest\nLabs: ok", "HPI: \nPlan: \nLabs: ok");
}

TEST(section, abbreviations_and_spellings_are_one_heading) {
    DROPPED("sh", "Social History: smokes\nPlan: rest", "Social History: \nPlan: rest");
    DROPPED("Social History", "SHx: smokes\nA/P: rest", "SHx: \nA/P: rest");
    DROPPED("assessment & plan", "A&P: rest\nLabs: ok", "A&P: \nLabs: ok");
    DROPPED("physical exam", "PE: clear\nPLAN: rest", "PE: \nPLAN: rest");
}

TEST(section, in_doubt_a_dropped_section_goes_on) {
    DROPPED("social history", "Social History: smokes\nComment: with his wife\nTOBACCO USE: 20 py\nPhone: 555\nPlan: rest",
            "Social History: \nPlan: rest");
    DROPPED("housing", "Housing: shelter on 5th\nNote: cold\nMedications: none", "Housing: \nMedications: none"); /* a heading of the site's own */
}

TEST(section, what_is_not_named_stays) {
    DROPPED("social history", "The social history was not taken. Plan: rest\n", "The social history was not taken. Plan: rest\n");
    DROPPED("social history", "no headings at all\njust text\n", "no headings at all\njust text\n");
    DROPPED("plan", "Planning: later\nPlans: many\n", "Planning: later\nPlans: many\n");
    DROPPED("plan", "", "");
}

TEST(section, only_kept_sections_are_shown) {
    KEPT("plan", "John Doe, room 3\nHPI: cough\nPlan: rest\nfluids\nLabs: ok\n", "\nPlan: rest\nfluids\n\n");
    KEPT("assessment, plan", "HPI: x\nAssessment: flu\nPlan: rest\n", "\nAssessment: flu\nPlan: rest\n");
    KEPT("plan", "Plan: rest\nCOLLATERAL HISTORY: wife says\nsecret\n", "Plan: rest\n\n"); /* what looks like a heading ends it */
    KEPT("plan", "Plan:\n* rest\n- fluids\nBP: 120/80\nRecheck: 2 weeks\n", "Plan:\n* rest\n- fluids\nBP: 120/80\nRecheck: 2 weeks\n");
    KEPT("plan", "a note without headings", "");
}

TEST(section, every_cell_of_a_table_is_read_for_itself) {
    DROPPED("social history", "12\fSocial History: smokes\f17\f", "12\fSocial History: \f17\f");
    KEPT("plan", "12\fHPI: cough\nPlan: rest\f17\f", "12\f\nPlan: rest\f17\f");
    KEPT("plan", "12\fHPI: cough\f17", "12\f\f17");
}

TEST(section, hostile_lines_end_soon) {
    struct profile p;
    struct arena arena;
    struct section_spans spans;
    static uint8_t text[1 << 20];
    REQUIRE(profile_find("safe-harbor", &p, NULL) == 0 && profile_set(&p, "sections_drop", "plan", NULL) == 0);
    arena_init(&arena, 64 << 20);
    for (size_t i = 0; i < sizeof(text); i++) text[i] = (uint8_t) "Plan:\n"[i % 6];
    REQUIRE(section_find(&p, bytes_make(text, sizeof(text)), &arena, &spans) == 0);
    CHECK_INT(spans.count, 0); /* nothing but headings: nothing to hide */
    memset(text, '&', sizeof(text));
    REQUIRE(section_find(&p, bytes_make(text, sizeof(text)), &arena, &spans) == 0);
    memset(text, '\f', sizeof(text));
    REQUIRE(section_find(&p, bytes_make(text, sizeof(text)), &arena, &spans) == 0);
    arena_release(&arena);
}
