#include "redact/tagger.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "conf/base/size.h"
#include "redact/engine.h"
#include "redact/fold.h"
#include "tests/harness.h"

struct bench {
    struct dictionary *dictionary;
    struct tagger *tagger;
    struct tagger_scratch *scratch;
    struct scan scan;
    struct bytes text;
    const struct finding *findings;
    size_t count;
};

static struct bytes embedded_bytes(const struct embedded *e) {
    return bytes_make(e->begin, (size_t) (e->end - e->begin));
}

static void bench_open(struct bench *b) {
    *b = (struct bench){ 0 };
    must(dictionary_load(embedded_bytes(&embedded_dictionary[0]), 0, &b->dictionary) == 0);
    must(tagger_load(embedded_bytes(&embedded_tagger[0]), &b->tagger) == 0);
    must(tagger_scratch_new(b->tagger, b->dictionary, &b->scratch) == 0);
    scan_init(&b->scan);
}

static void bench_close(struct bench *b) {
    scan_release(&b->scan);
    tagger_scratch_free(b->scratch);
    tagger_free(b->tagger);
    dictionary_free(b->dictionary);
}
#define BENCH(name) \
    _cleanup_(bench_close) struct bench name; \
    bench_open(&name)

static void bench_scan(struct bench *b, struct bytes text, struct span core) {
    static const uint8_t no_chars[256];
    b->text = text;
    must(scan_run(&b->scan, b->dictionary, no_chars, text, core) == 0);
}

static void bench_run(struct bench *b, bool every_word) {
    struct tagger_options options = { .every_word = every_word, .recognizer = 7 };
    must(tagger_run(b->scratch, &b->scan, &options, &b->findings, &b->count) == 0);
}

static void bench_tag(struct bench *b, const char *text) {
    struct bytes t = bytes_from_string(text);
    bench_scan(b, t, (struct span){ .begin = 0, .end = t.len });
    bench_run(b, false);
}

/* The entity that covers these words whole, or ENTITY_COUNT. */
static unsigned entity_of(const struct bench *b, const char *words) {
    const char *at = strstr((const char *) b->text.ptr, words);
    must(at != NULL);
    size_t begin = (size_t) (at - (const char *) b->text.ptr), end = begin + strlen(words);
    for (size_t i = 0; i < b->count; i++) {
        if (b->findings[i].span.begin <= begin && b->findings[i].span.end >= end) return (unsigned) b->findings[i].entity;
    }
    return ENTITY_COUNT;
}

static bool touched(const struct bench *b, const char *words) {
    const char *at = strstr((const char *) b->text.ptr, words);
    must(at != NULL);
    size_t begin = (size_t) (at - (const char *) b->text.ptr);
    struct span span = { .begin = begin, .end = begin + strlen(words) };
    for (size_t i = 0; i < b->count; i++) {
        if (span_overlaps(b->findings[i].span, span)) return true;
    }
    return false;
}

TEST(tagger, the_model_in_the_program_is_whole_and_small) {
    struct bytes image = embedded_bytes(&embedded_tagger[0]);
    struct tagger *t = NULL;
    REQUIRE(tagger_load(image, &t) == 0);
    CHECK(image.len <= 8u << 20);
    CHECK(memcmp(tagger_digest(t), image.ptr + image.len - TAGGER_DIGEST_LEN, TAGGER_DIGEST_LEN) == 0);
    tagger_free(t);
}

TEST(tagger, a_model_with_any_byte_changed_is_refused) {
    struct bytes image = embedded_bytes(&embedded_tagger[0]);
    uint8_t *copy = malloc(image.len);
    REQUIRE(copy != NULL);
    memcpy(copy, image.ptr, image.len);
    for (size_t at = 0; at < image.len; at += at < 64 ? 1 : image.len / 23) {
        struct tagger *t = NULL;
        copy[at] ^= 0x10;
        CHECK_INT(tagger_load(bytes_make(copy, image.len), &t), -74);
        CHECK(t == NULL);
        copy[at] ^= 0x10;
    }
    free(copy);
}

TEST(tagger, a_cut_model_is_refused) {
    struct bytes image = embedded_bytes(&embedded_tagger[0]);
    const size_t lens[] = { 0, 7, 8, 63, TAGGER_HEAD_LEN, TAGGER_HEAD_LEN + TAGGER_DIGEST_LEN, image.len - 1 };
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        struct tagger *t = NULL;
        CHECK_INT(tagger_load(bytes_make(image.ptr, lens[i]), &t), -74);
    }
}

TEST(tagger, inside_follows_only_its_own_kind) {
    for (unsigned kind = 0; kind < TAGGER_KINDS; kind++) {
        unsigned inside = tagger_label_inside(kind);
        for (unsigned from = 0; from < TAGGER_LABELS; from++) {
            bool own = from == tagger_label_begin(kind) || from == inside;
            CHECK(tagger_label_follows(from, inside) == own);
            CHECK(tagger_label_follows(from, tagger_label_begin(kind)));
        }
    }
    CHECK(!tagger_label_follows(0, TAGGER_LABELS));
}

TEST(tagger, names_that_no_list_holds_are_found) {
    BENCH(b);
    bench_tag(
        &b, "Patient: Vostarkin Quellbrandt\n\nThe patient was seen by Dr. Ombrazique and discussed with her husband Thelvanor at length. "
            "Mrs. Quellbrandt lives in Zarnopolis with her daughter Yskandrel.\n");
    CHECK_INT(entity_of(&b, "Vostarkin Quellbrandt"), ENTITY_PERSON);
    CHECK_INT(entity_of(&b, "Ombrazique"), ENTITY_PROVIDER);
    CHECK_INT(entity_of(&b, "Thelvanor"), ENTITY_PERSON);
    CHECK_INT(entity_of(&b, "Yskandrel"), ENTITY_PERSON);
    CHECK_INT(entity_of(&b, "Zarnopolis"), ENTITY_CITY);
}

TEST(tagger, places_and_employers_are_told_from_people) {
    BENCH(b);
    bench_tag(
        &b,
        "He was transferred from Cedar Hollow Regional Hospital. He works at Halvorsen Trucking in Pine Falls and lives at 214 Quarry Ridge Road.\n");
    CHECK_INT(entity_of(&b, "Cedar Hollow Regional Hospital"), ENTITY_FACILITY);
    CHECK_INT(entity_of(&b, "Halvorsen Trucking"), ENTITY_EMPLOYER);
    CHECK_INT(entity_of(&b, "Pine Falls"), ENTITY_CITY);
    CHECK_INT(entity_of(&b, "Quarry Ridge Road"), ENTITY_STREET);
}

TEST(tagger, eponyms_drugs_and_headings_stay) {
    BENCH(b);
    bench_tag(&b,
              "HISTORY OF PRESENT ILLNESS: Parkinson disease, Crohn's disease and a Foley catheter. Lasix and Coumadin were continued.\n"
              "Physical Examination: Murphy sign negative. Glasgow Coma Scale 15. Babinski absent. A Swan-Ganz catheter was placed.\n");
    CHECK(!touched(&b, "Parkinson"));
    CHECK(!touched(&b, "Crohn"));
    CHECK(!touched(&b, "Foley"));
    CHECK(!touched(&b, "Lasix and Coumadin"));
    CHECK(!touched(&b, "Murphy"));
    CHECK(!touched(&b, "Swan-Ganz"));
    CHECK(!touched(&b, "Physical Examination"));
    CHECK_INT(b.count, 0);
}

TEST(tagger, one_word_is_a_name_or_an_eponym_by_its_place) {
    BENCH(b);
    bench_tag(&b, "Dr. Foley removed the Foley catheter from Mr. Parkinson, who has Parkinson disease.\n");
    CHECK(touched(&b, "Foley removed"));
    CHECK(!touched(&b, "Foley catheter"));
    CHECK(touched(&b, "Parkinson, who"));
    CHECK(!touched(&b, "Parkinson disease"));
}

TEST(tagger, capitals_and_small_letters_hide_no_name) {
    BENCH(b);
    bench_tag(&b, "THE PATIENT WAS SEEN BY DR. KOWALCZYK AND DISCUSSED WITH HIS WIFE MARISOL AT LENGTH.\n");
    CHECK(touched(&b, "KOWALCZYK"));
    CHECK(touched(&b, "MARISOL"));
    CHECK(!touched(&b, "PATIENT"));
    bench_tag(&b, "the patient was seen by dr. kowalczyk and discussed with his wife marisol at length.\n");
    CHECK(touched(&b, "kowalczyk"));
    CHECK(touched(&b, "marisol"));
    CHECK(!touched(&b, "patient"));
}

TEST(tagger, a_line_too_short_to_tell_its_case_is_read_with_its_neighbour) {
    BENCH(b);
    bench_tag(&b, "she lives with her husband at 4120 quarry ridge road\nzarnopolis, ohio 44120\n");
    CHECK(touched(&b, "zarnopolis"));
}

TEST(tagger, a_name_broken_over_two_lines_is_whole) {
    BENCH(b);
    bench_tag(&b,
              "The findings were discussed at length with the patient's daughter Oluwaseun\nAdebayo-Carter, who agreed with the plan.\n");
    CHECK(touched(&b, "Oluwaseun"));
    CHECK(touched(&b, "Adebayo-Carter"));
}

TEST(tagger, findings_are_ascending_disjoint_and_carry_their_source) {
    BENCH(b);
    bench_tag(&b,
              "Patient: Maria Lopez\nAttending: Chen Wei, MD\ncc: Aisha Rahman, NP; Tom O'Neill, PA-C; Good Samaritan Hospital, Dayton\n");
    CHECK(b.count >= 4);
    for (size_t i = 0; i < b.count; i++) {
        CHECK(b.findings[i].span.begin < b.findings[i].span.end && b.findings[i].span.end <= b.text.len);
        CHECK(i == 0 || b.findings[i - 1].span.end <= b.findings[i].span.begin);
        CHECK(b.findings[i].score >= 500 && b.findings[i].score <= 1000);
        CHECK(b.findings[i].source == FINDING_TAGGER && b.findings[i].recognizer == 7);
    }
}

TEST(tagger, only_what_begins_in_the_core_is_reported) {
    BENCH(b);
    struct bytes text = BYTES("Dr. Abernathy saw her first. Then Dr. Villanueva saw her.");
    const struct span cores[] = { { .begin = 0, .end = 30 }, { .begin = 30, .end = text.len } };
    bench_scan(&b, text, cores[0]);
    bench_run(&b, false);
    CHECK(touched(&b, "Abernathy") && !touched(&b, "Villanueva"));
    bench_scan(&b, text, cores[1]);
    bench_run(&b, false);
    CHECK(!touched(&b, "Abernathy") && touched(&b, "Villanueva"));
}

static char *long_text(size_t copies) {
    static const char piece[] = "SEEN WITH DR. OKONKWO AND NURSE BRIDGET FOR HYPERTENSION, ";
    char *text = malloc(copies * (sizeof(piece) - 1) + 1);
    must(text != NULL);
    for (size_t i = 0; i < copies; i++) memcpy(text + i * (sizeof(piece) - 1), piece, sizeof(piece));
    return text;
}

TEST(tagger, a_line_longer_than_a_window_is_tagged_to_its_end) {
    BENCH(b);
    char *text = long_text(900);
    bench_tag(&b, text);
    size_t okonkwo = 0;
    for (size_t i = 0; i < b.count; i++) okonkwo += memcmp(b.text.ptr + b.findings[i].span.begin, "OKONKWO", 7) == 0;
    CHECK(okonkwo >= 895); /* at the seams between windows a word may lack its neighbours */
    free(text);
}

TEST(tagger, a_used_scratch_answers_like_a_new_one) {
    BENCH(used);
    char *text = long_text(200);
    bench_tag(&used, text);
    BENCH(fresh);
    const char *again = "Re: Tomasz Wiśniewski. Mrs. Tran called; her son Bao has asthma. Sincerely, Ngozi Eze, MD";
    bench_tag(&used, again);
    bench_tag(&fresh, again);
    REQUIRE(used.count == fresh.count && fresh.count > 0);
    for (size_t i = 0; i < fresh.count; i++) {
        CHECK(used.findings[i].span.begin == fresh.findings[i].span.begin && used.findings[i].score == fresh.findings[i].score);
    }
    free(text);
}

TEST(tagger, an_empty_text_has_no_findings) {
    BENCH(b);
    bench_tag(&b, "");
    CHECK_INT(b.count, 0);
    bench_tag(&b, "\n\n 12 34 .. \n");
    CHECK_INT(b.count, 0);
}
