#include "redact/feature.h"

#include "tests/harness.h"

struct line {
    struct dictionary *dictionary;
    struct scan scan;
};

static void line_open(struct line *l, const char *text) {
    static const uint8_t no_chars[256];
    struct bytes t = bytes_from_string(text);
    must(dictionary_new(64, &l->dictionary) == 0);
    must(dictionary_add(l->dictionary, BYTES("smith"), FLAG_BIT(FLAG_SURNAME), 25u << 16) == 0);
    must(dictionary_add(l->dictionary, BYTES("fever"), FLAG_BIT(FLAG_COMMON), 26u << 26) == 0);
    scan_init(&l->scan);
    must(scan_run(&l->scan, l->dictionary, no_chars, t, (struct span){ .begin = 0, .end = t.len }) == 0);
}

static void line_close(struct line *l) {
    scan_release(&l->scan);
    dictionary_free(l->dictionary);
}
#define LINE(name, text) \
    _cleanup_(line_close) struct line name; \
    line_open(&name, text)

static struct feature_sketch sketch_of(const struct line *l, uint32_t i) {
    struct feature_sketch sketch;
    feature_sketch(&l->scan.words[i], scan_word(&l->scan, i), scan_flags(&l->scan, l->dictionary, i), FEATURE_MIXED, &sketch);
    return sketch;
}

TEST(feature, case_changes_the_shape_and_not_the_identity) {
    LINE(l, "Smith SMITH smith McSmith");
    struct feature_sketch capital = sketch_of(&l, 0), upper = sketch_of(&l, 1), lower = sketch_of(&l, 2), inner = sketch_of(&l, 3);
    CHECK(capital.identity == upper.identity && upper.identity == lower.identity);
    CHECK(memcmp(capital.affix, lower.affix, sizeof(capital.affix)) == 0);
    CHECK(capital.shape != upper.shape && upper.shape != lower.shape && capital.shape != lower.shape);
    CHECK(inner.shape >> 3 != capital.shape >> 3);
}

TEST(feature, numbers_tell_their_length_alone) {
    LINE(l, "1234567 7654321 123");
    CHECK(sketch_of(&l, 0).identity == sketch_of(&l, 1).identity);
    CHECK(sketch_of(&l, 0).identity != sketch_of(&l, 2).identity);
}

TEST(feature, a_forgotten_word_keeps_shape_and_affixes) {
    LINE(l, "Smith Fever");
    struct feature_sketch known = sketch_of(&l, 0), forgotten = known, unlisted;
    feature_forget(&forgotten, true, true);
    CHECK_INT(forgotten.identity, 0);
    CHECK_INT(forgotten.kind, 0);
    CHECK(forgotten.shape == known.shape && forgotten.affix[0] == known.affix[0]);
    unlisted = sketch_of(&l, 1);
    feature_forget(&unlisted, false, true);
    CHECK(unlisted.flags == forgotten.flags && unlisted.identity != 0);
}

TEST(feature, a_line_of_one_case_is_known) {
    LINE(l, "SEEN BY DOCTOR SMITH\nseen by doctor smith\nSeen by Doctor Smith\n");
    uint32_t first = feature_line_end(&l.scan, 0), second = feature_line_end(&l.scan, first);
    CHECK_INT(first, 4);
    CHECK_INT(feature_line_case(&l.scan, 0, first), FEATURE_UPPER);
    CHECK_INT(feature_line_case(&l.scan, first, second), FEATURE_LOWER);
    CHECK_INT(feature_line_case(&l.scan, second, l.scan.word_count), FEATURE_MIXED);
}

TEST(feature, the_label_reaches_to_the_end_of_its_line) {
    LINE(l, "Referring Physician: Smith Smith\nSmith");
    CHECK_INT(feature_label(&l.scan, 0), 0);
    CHECK(feature_label(&l.scan, 2) != 0);
    CHECK(feature_label(&l.scan, 2) == feature_label(&l.scan, 3));
    CHECK_INT(feature_label(&l.scan, 4), 0);
}

TEST(feature, gaps_tell_brackets_columns_and_quotes_apart) {
    LINE(l, "a b  c (d) \"e\" f;g");
    uint8_t seen[7];
    for (uint32_t i = 1; i < 7; i++) seen[i] = feature_gap(&l.scan, i);
    CHECK_INT(seen[1], GAP_SPACE);
    CHECK(seen[2] != seen[1] && seen[3] != seen[1] && seen[3] != seen[4] && seen[5] != seen[6]);
}

TEST(feature, every_place_has_its_own_features) {
    LINE(l, "Smith");
    struct feature_sketch sketch = sketch_of(&l, 0);
    uint32_t here[FEATURE_WORD_COUNT], there[FEATURE_WORD_COUNT];
    CHECK_INT(feature_of_word(&sketch, FEATURE_REACH, here), FEATURE_WORD_COUNT);
    CHECK_INT(feature_of_word(&sketch, FEATURE_REACH + 1, there), FEATURE_WORD_COUNT);
    for (size_t i = 0; i < FEATURE_WORD_COUNT; i++) {
        for (size_t k = 0; k < FEATURE_WORD_COUNT; k++) CHECK(here[i] != there[k]);
    }
}
