#include "redact/explain.h"

#include "redact/recognizer.h"
#include "tests/redact/known.h"

struct bench {
    struct engine *engine;
    struct scratch *scratch;
    struct redaction redaction;
    struct explanation why;
    const char *text;
};

static void bench_open(struct bench *b, const char *roster, const char *text) {
    *b = (struct bench) { .engine = known_engine(roster, false, NULL), .text = text };
    struct document d = { .content = bytes_from_string(text) };
    redaction_init(&b->redaction, 0);
    REQUIRE(scratch_new(b->engine, &b->scratch) == 0);
    REQUIRE(redact_explain(b->engine, b->scratch, &d, &b->redaction, &b->why) == 0);
}

static void bench_close(struct bench *b) {
    redaction_release(&b->redaction);
    scratch_free(b->scratch);
    engine_free(b->engine);
}

static bool is_same(struct span a, struct span b) {
    return a.begin == b.begin && a.end == b.end;
}

/* The first item of a recognizer at the n-th place of a word. */
static const struct explain_item *item_at(const struct bench *b, const char *word, size_t n, const char *recognizer) {
    const char *at = strstr(b->text, word);
    for (; n > 0 && at; n--) at = strstr(at + 1, word);
    REQUIRE(at != NULL);
    for (size_t i = 0; i < b->why.count; i++) {
        const struct finding *f = &b->why.items[i].finding;
        if (f->span.begin == (size_t) (at - b->text) && strcmp(engine_recognizer_name(b->engine, f->recognizer), recognizer) == 0) return &b->why.items[i];
    }
    return NULL;
}

TEST(explain, a_label_wins_over_what_lists_say_and_both_are_told) {
    struct bench b;
    bench_open(&b, NULL, "Patient: Maria Gonzalez came in");
    const struct explain_item *won = item_at(&b, "Maria", 0, "patient-label"), *lost = item_at(&b, "Maria", 0, "name-list");
    REQUIRE(won && lost);
    CHECK(won->fate == EXPLAIN_WON && won->pass == 1 && won->finding.entity == ENTITY_PATIENT);
    CHECK(lost->fate == EXPLAIN_WEAKER && lost->by == won->finding.recognizer);
    CHECK(is_same(lost->place, won->place));
    const char *path;
    size_t line = 0;
    CHECK(explain_rule_place(b.engine, won->finding.recognizer, &path, &line) && strstr(path, "people.rules") && line > 0);
    CHECK(!explain_rule_place(b.engine, lost->finding.recognizer, &path, &line));
    bench_close(&b);
}

TEST(explain, what_is_found_again_is_of_the_second_pass) {
    struct bench b;
    bench_open(&b, NULL, "Patient: Zorin Quillan\n\nToday it was Quillan again.");
    const struct explain_item *again = item_at(&b, "Quillan", 1, "repeat");
    REQUIRE(again);
    CHECK(again->fate == EXPLAIN_WON && again->pass == 2 && again->finding.source == FINDING_ROSTER);
    bench_close(&b);
}

TEST(explain, what_only_looks_like_an_identifier_names_what_dropped_it) {
    struct bench b;
    bench_open(&b, NULL, "Dr. Parkinson saw him for Parkinson disease.");
    const struct explain_item *dropped = item_at(&b, "Parkinson", 1, "repeat");
    REQUIRE(dropped);
    CHECK(dropped->fate == EXPLAIN_DROPPED && dropped->by != dropped->finding.recognizer);
    bench_close(&b);
}

TEST(explain, a_patient_of_the_roster_is_told_as_such) {
    struct bench b;
    bench_open(&b, "mrn\n00482913\n", "We have 482913 here.");
    const struct explain_item *known = item_at(&b, "482913", 0, "roster");
    REQUIRE(known);
    CHECK(known->fate == EXPLAIN_WON && known->finding.entity == ENTITY_MRN);
    bench_close(&b);
}

/* Asking why must not change what. */
TEST(explain, places_that_won_are_the_findings_of_a_document) {
    static const char *const texts[] = {
        "", "plain words alone", "Patient: Maria Gonzalez, DOB 3/5/1947, MRN 00482913, tel (555) 201-3344.\nDr. Young saw Maria on 3/4/2024; pain 5/10.",
        "name,mrn,note\nZorin Quillan,00482913,Quillan is well\nMira Voss,00482914,\"call 555-201-3344\"\n",
    };
    for (size_t i = 0; i < array_count(texts); i++) {
        struct bench b;
        bench_open(&b, NULL, texts[i]);
        size_t last_end = 0, count = 0;
        for (size_t k = 0; k < b.why.count; k++) {
            const struct explain_item *item = &b.why.items[k];
            if (item->fate != EXPLAIN_WON || item->place.begin < last_end) continue;
            REQUIRE(count < b.redaction.finding_count);
            CHECK(is_same(item->place, b.redaction.findings[count].span));
            last_end = item->place.end;
            count++;
        }
        CHECK_INT(count, b.redaction.finding_count);
        CHECK_BYTES(b.why.text, bytes_from_string(texts[i]));
        bench_close(&b);
    }
}

TEST(explain, every_fate_and_source_has_a_word) {
    for (enum explain_fate f = EXPLAIN_WON; f <= EXPLAIN_BELOW; f++) CHECK(explain_fate_name(f)[0] && explain_fate_words(f)[0]);
    CHECK_STRING(explain_source_name(FINDING_LABEL), "label");
    CHECK_STRING(explain_source_name(FINDING_LIST), "list");
}
