#include "redact/mention.h"

#include <stdio.h>

#include "tests/harness.h"

/* A code whose check letter fits: found by trying the last letter. */
static const char *code_of(const char six[7]) {
    static char code[8];
    for (const char *c = "BCDFGHJKLMNPQRSTVWXZ"; *c; c++) {
        memcpy(code, six, 6);
        code[6] = *c;
        code[7] = 0;
        if (token_check(code)) return code;
    }
    return NULL;
}

static void check_one(const char *text, enum mention_class class, const char *rest) {
    struct mention m;
    size_t at = 0;
    if (!mention_next(bytes_from_string(text), &at, &m)) {
        harness_fail(__FILE__, __LINE__, "nothing found in \"%s\"", text);
        return;
    }
    if (m.class != class) harness_fail(__FILE__, __LINE__, "class %d in \"%s\"", (int) m.class, text);
    char without[512] = "";
    memcpy(without, text, m.span.begin);
    without[m.span.begin] = '@';
    memcpy(without + m.span.begin + 1, text + m.span.end, strlen(text + m.span.end) + 1);
    if (strcmp(without, rest) != 0) harness_fail(__FILE__, __LINE__, "\"%s\" left \"%s\", expected \"%s\"", text, without, rest);
}

static void check_format(const char *format, enum mention_class class, const char *rest) {
    char text[512];
    const char *code = code_of("KTVHMQ");
    REQUIRE(code != NULL);
    const char *at = strchr(format, '$');
    REQUIRE(at != NULL);
    size_t head = (size_t) (at - format);
    memcpy(text, format, head);
    snprintf(text + head, sizeof(text) - head, "%s%s", code, at + 1);
    check_one(text, class, rest);
}

TEST(mention, the_canonical_form_is_exact) {
    check_format("saw [PATIENT_$] today", MENTION_EXACT, "saw @ today");
    check_format("[HEALTH_PLAN_$]'s", MENTION_EXACT, "@'s");
    check_format("**[PROVIDER_ID_$]**", MENTION_EXACT, "**@**");
}

TEST(mention, decorations_of_models_are_normalised) {
    check_format("saw PATIENT_$ today", MENTION_NORMALISED, "saw @ today");
    check_format("[PATIENT\\_$]", MENTION_NORMALISED, "@");
    check_format("\\[PATIENT\\_$\\]", MENTION_NORMALISED, "@");
    check_format("[patient_$]", MENTION_NORMALISED, "@");
    check_format("**PATIENT_$**", MENTION_NORMALISED, "**@**");
    check_format("[ PATIENT_$ ]", MENTION_NORMALISED, "@");
    check_format("(PATIENT_$)", MENTION_NORMALISED, "(@)");
    check_format("`PATIENT_$`,", MENTION_NORMALISED, "`@`,");
    check_format("PATIENT_$s", MENTION_NORMALISED, "@s");
    check_format("PATIENT_$'s", MENTION_NORMALISED, "@'s");
    check_format("PATIENT-$", MENTION_NORMALISED, "@");
    check_format("Patient $.", MENTION_NORMALISED, "@.");
    check_format("[PATIENT_\n$]", MENTION_NORMALISED, "@");
    check_format("%5BPATIENT_$%5D", MENTION_NORMALISED, "@");
    check_format("&#91;PATIENT&#95;$&#93;", MENTION_NORMALISED, "@");
    check_format("\\u005bPATIENT_$\\u005d", MENTION_NORMALISED, "@");
    check_format("[PACIENTE_$]", MENTION_NORMALISED, "@");
    check_format("[\xe6\x82\xa3\xe8\x80\x85_$]", MENTION_NORMALISED, "@");
    check_format("<b>PATIENT</b>_$", MENTION_NORMALISED, "<b>@");
    check_format("PATIENT$", MENTION_NORMALISED, "@");
    check_format("{BIRTH_DATE_$}", MENTION_NORMALISED, "@");
}

TEST(mention, a_code_that_is_wrapped_or_spaced_is_read) {
    const char *c = code_of("KTVHMQ");
    char text[128];
    snprintf(text, sizeof(text), "x [PATIENT_%.3s-\n%s] y", c, c + 3);
    check_one(text, MENTION_NORMALISED, "x @ y");
    snprintf(text, sizeof(text), "PATIENT_%c %c %c %c %c %c %c.", c[0], c[1], c[2], c[3], c[4], c[5], c[6]);
    check_one(text, MENTION_NORMALISED, "@.");
    snprintf(text, sizeof(text), "[ PATIENT _ %.2s ##%.1s ##%s ]", c, c + 2, c + 3);
    check_one(text, MENTION_NORMALISED, "@");
}

TEST(mention, a_wrong_letter_is_a_bad_check) {
    char text[64];
    const char *c = code_of("KTVHMQ");
    snprintf(text, sizeof(text), "[PATIENT_B%s]", c + 1);
    check_one(text, MENTION_BAD_CHECK, "@");
    snprintf(text, sizeof(text), "[PATIENT_A%s]", c + 1);
    check_one(text, MENTION_BAD_CHECK, "@");
    snprintf(text, sizeof(text), "[PATIENT_%s]", c + 1);
    check_one(text, MENTION_BAD_CHECK, "@");
}

TEST(mention, labels_and_lost_suffixes_are_told_apart) {
    check_one("call [PHONE-1] now", MENTION_LABEL, "call @ now");
    check_one("the [PATIENT] said", MENTION_SUFFIX_LOST, "the @ said");
}

TEST(mention, ordinary_text_holds_none) {
    static const char *const texts[] = {
        "The patient presents with chest pain.", "\"patient_name\": \"x\"", "patient_records_table", "PATIENT: 47 y/o", "MRN: 00482913",
        "URL https://example.org/a_b?c=d%20e", "DATE 2019-01-01", "Provider HTN CHF DVT", "State of the art", "[ ] todo", "", "[", "patient_",
        "[PATIENT-]", "order #12 & <b>x</b>", "PATIENT PT DX HX TX RX", "a PHONE-1 b",
    };
    for (size_t i = 0; i < array_count(texts); i++) {
        struct mention m;
        size_t at = 0;
        if (mention_next(bytes_from_string(texts[i]), &at, &m)) harness_fail(__FILE__, __LINE__, "found class %d in \"%s\"", (int) m.class, texts[i]);
    }
}

TEST(mention, hostile_text_costs_linear_time) {
    enum { LEN = 1 << 20 };
    static const char *const pieces[] = { "PATIENT_", "[", "P*", "\\", "PATIENT ", "[PATIENT_B ", "%5B", "&#91;", "\xe2\x80\x8b", "A_", "B\xcc\x81" };
    static uint8_t text[LEN];
    for (size_t p = 0; p < array_count(pieces); p++) {
        size_t len = strlen(pieces[p]);
        for (size_t i = 0; i < LEN; i++) text[i] = (uint8_t) pieces[p][i % len];
        struct mention m;
        size_t found = 0;
        for (size_t at = 0; mention_next(bytes_make(text, LEN), &at, &m);) found++;
        CHECK(found <= LEN);
    }
}
