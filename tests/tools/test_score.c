#include "tools/score.h"

#include <math.h>

#include "tests/harness.h"

static const char names[3][GOLD_NAME_LEN_MAX + 1] = { "PATIENT", "DATE", "FACILITY" };

struct fixture {
    struct gold_set set;
    struct gold gold;
    struct gold_label spans[4], optional[4], protect[4], predicted[4];
    struct gold_labels predictions;
    struct score score;
};

/* "Ann Lee seen 5/10, pain 5/10" : NAME 0..7, DATE 13..17; the second 5/10 is protected. */
static void fixture_make(struct fixture *f) {
    *f = (struct fixture) { .gold = { .id = NULL, .text = NULL } };
    f->gold.text = strdup("Ann Lee seen 5/10, pain 5/10");
    f->gold.text_len = strlen(f->gold.text);
    f->spans[0] = (struct gold_label) { { 0, 7 }, gold_name_intern(&f->set, "NAME") };
    f->spans[1] = (struct gold_label) { { 13, 17 }, gold_name_intern(&f->set, "DATE") };
    f->protect[0] = (struct gold_label) { { 24, 28 }, gold_name_intern(&f->set, "score10") };
    f->gold.spans = (struct gold_labels) { f->spans, 2 };
    f->gold.protect = (struct gold_labels) { f->protect, 1 };
    f->predictions.items = f->predicted;
}

static void fixture_predict(struct fixture *f, size_t begin, size_t end, uint16_t name) {
    f->predicted[f->predictions.count++] = (struct gold_label) { { begin, end }, name };
}

static void fixture_score(struct fixture *f) {
    REQUIRE(score_add(&f->score, &(struct score_document) { &f->set, &f->gold, &f->predictions, names }, NULL, NULL) == 0);
}

static void fixture_release(struct fixture *f) {
    free(f->gold.text);
}

TEST(score, whole_coverage_is_no_leak) {
    struct fixture f;
    fixture_make(&f);
    fixture_predict(&f, 0, 7, 0);
    fixture_predict(&f, 13, 17, 1);
    fixture_score(&f);
    CHECK_INT(f.score.all.count, 2);
    CHECK_INT(f.score.all.full, 2);
    CHECK_INT(f.score.all.typed, 2);
    CHECK_INT(f.score.documents_leaked, 0);
    CHECK_INT(f.score.predictions_right, 2);
    CHECK_INT(f.score.over_bytes, 0);
    CHECK_INT(f.score.protect.hit, 0);
    fixture_release(&f);
}

TEST(score, punctuation_inside_a_span_need_not_be_covered) {
    struct fixture f;
    fixture_make(&f);
    fixture_predict(&f, 0, 3, 0);
    fixture_predict(&f, 4, 7, 0);
    fixture_predict(&f, 13, 14, 1);
    fixture_predict(&f, 15, 17, 1);
    fixture_score(&f);
    CHECK_INT(f.score.all.full, 2);
    fixture_release(&f);
}

TEST(score, half_a_name_is_a_leak_and_counts_its_bytes) {
    struct fixture f;
    fixture_make(&f);
    fixture_predict(&f, 0, 3, 0);
    fixture_score(&f);
    CHECK_INT(f.score.all.full, 0);
    CHECK_INT(f.score.all.touched, 1);
    CHECK_INT(f.score.all.bytes_leaked, 3 + 3);
    CHECK_INT(f.score.documents_leaked, 1);
    fixture_release(&f);
}

TEST(score, what_is_covered_outside_labels_is_over_redaction) {
    struct fixture f;
    fixture_make(&f);
    fixture_predict(&f, 24, 28, 1);
    fixture_predict(&f, 8, 15, 1); /* "seen 5/": touches the date, so it is right, but "seen" is over */
    fixture_score(&f);
    CHECK_INT(f.score.predictions_right, 1);
    CHECK_INT(f.score.predictions_wrong, 1);
    CHECK_INT(f.score.over_bytes, 4 + 3);
    CHECK_INT(f.score.rest_bytes, 4 + 4 + 3);
    CHECK_INT(f.score.protect.hit, 1);
    fixture_release(&f);
}

TEST(score, optional_spans_count_neither_way) {
    struct fixture f;
    fixture_make(&f);
    f.optional[0] = (struct gold_label) { { 19, 28 }, gold_name_intern(&f.set, "ANY") };
    f.gold.optional = (struct gold_labels) { f.optional, 1 };
    fixture_predict(&f, 19, 23, 0);
    fixture_score(&f);
    CHECK_INT(f.score.predictions_right, 1);
    CHECK_INT(f.score.over_bytes, 0);
    CHECK_INT(f.score.rest_bytes, 4);
    fixture_release(&f);
}

TEST(score, predictions_past_the_text_are_cut) {
    struct fixture f;
    fixture_make(&f);
    fixture_predict(&f, 20, 4000, 0);
    fixture_predict(&f, 5000, 6000, 0);
    fixture_score(&f);
    CHECK_INT(f.score.predictions_wrong, 2);
    fixture_release(&f);
}

TEST(score, merging_adds_every_figure) {
    struct fixture f;
    fixture_make(&f);
    fixture_predict(&f, 0, 7, 2);
    fixture_score(&f);
    struct score twice = f.score;
    score_merge(&twice, &f.score);
    CHECK_INT(twice.documents, 2);
    CHECK_INT(twice.all.count, 4);
    CHECK_INT(twice.all.typed, 0);
    CHECK_INT(twice.classes[0].full, 2);
    CHECK_INT(twice.rest_bytes, 2 * f.score.rest_bytes);
    CHECK_INT(twice.kinds[2].count, 2);
    fixture_release(&f);
}

TEST(score, wilson_interval_matches_published_values) {
    double low, high;
    score_interval(95, 100, &low, &high);
    CHECK(fabs(low - 0.8883) < 0.0001 && fabs(high - 0.9785) < 0.0001);
    score_interval(0, 10, &low, &high);
    CHECK(low == 0 && fabs(high - 0.2775) < 0.0001);
    score_interval(10, 10, &low, &high);
    CHECK(fabs(low - 0.7225) < 0.0001 && fabs(high - 1) < 1e-9);
    score_interval(0, 0, &low, &high);
    CHECK(low == 0 && high == 1);
}

TEST(score, the_sets_names_fit_our_entities) {
    CHECK(score_type_fits("NAME", "PATIENT"));
    CHECK(score_type_fits("NAME", "PERSON"));
    CHECK(score_type_fits("HOSPITAL", "FACILITY"));
    CHECK(score_type_fits("ORG", "EMPLOYER"));
    CHECK(score_type_fits("ID_OTHER", "ACCESSION"));
    CHECK(score_type_fits("DATE", "BIRTH_DATE"));
    CHECK(score_type_fits("SSN", "SSN"));
    CHECK(!score_type_fits("SSN", "PHONE"));
    CHECK(!score_type_fits("NAME", "DATE"));
    CHECK(!score_type_fits("NAME", "PERSON PATIENT"));
}
