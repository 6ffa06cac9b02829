#include "redact/patient.h"
#include "redact/recognizer.h"

#include "tests/redact/bare_engine.h"

static const struct bare_word words[] = {
    { "brown", FLAG_BIT(FLAG_SURNAME) | FLAG_BIT(FLAG_COMMON) }, { "the", FLAG_BIT(FLAG_STOP) }, { "dr", FLAG_BIT(FLAG_TITLE) }, { "md", FLAG_BIT(FLAG_CREDENTIAL) },
};

/* Learns {begin, end} of the text as a finding, then counts what is found again outside it. */
static size_t repeats(const char *text, struct span known, enum entity entity, uint16_t score) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    struct patient *patient = NULL;
    bare_engine_init(&b, "", words, array_count(words));
    struct scratch *s = bare_engine_scan(&b, bytes_from_string(text));
    struct finding f = { .span = known, .entity = entity, .score = score, .source = FINDING_LABEL };
    REQUIRE(patient_new(s, &patient) == 0);
    REQUIRE(recognizer_patient_learn(patient, s, bytes_from_string(text), &f, 1) == 0);
    if (patient_is_empty(patient)) return 0;
    REQUIRE(recognizer_patient_run(patient, s) == 0);
    size_t count = 0;
    for (size_t i = 0; i < s->findings.count; i++) count += !span_overlaps(s->findings.items[i].span, known);
    return count;
}

TEST(recognizer_patient, parts_of_a_sure_name_are_found_again_in_any_case) {
    CHECK_INT(repeats("Zorin Quillan. Later zorin and QUILLAN's dog. Quillans?", (struct span) { 0, 13 }, ENTITY_PATIENT, 980), 3); /* "Quillans" is one letter off */
}

TEST(recognizer_patient, a_doubtful_name_teaches_nothing) {
    CHECK_INT(repeats("Zorin Quillan. Later Zorin.", (struct span) { 0, 13 }, ENTITY_PATIENT, 600), 0);
}

TEST(recognizer_patient, a_part_that_is_a_common_word_needs_a_capital_where_none_is_due) {
    CHECK_INT(repeats("Zorin Brown had brown stool. Brown stool again.", (struct span) { 0, 11 }, ENTITY_PATIENT, 980), 0);
    CHECK_INT(repeats("Zorin Brown left. We saw Brown today.", (struct span) { 0, 11 }, ENTITY_PATIENT, 980), 1);
}

TEST(recognizer_patient, titles_and_stop_words_are_no_parts) {
    CHECK_INT(repeats("Dr The Zorin, the dr said MD", (struct span) { 0, 12 }, ENTITY_PROVIDER, 980), 0);
}

TEST(recognizer_patient, a_sure_number_is_found_again) {
    CHECK_INT(repeats("0048291 was; again 0048291, not 0048292 nor 91", (struct span) { 0, 7 }, ENTITY_MRN, 980), 1);
}
