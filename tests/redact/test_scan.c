#include "redact/scan.h"

#include "conf/base/text.h"
#include "tests/harness.h"

static struct dictionary *words(void) {
    struct dictionary *d = NULL;
    REQUIRE(dictionary_new(1000, &d) == 0);
    REQUIRE(dictionary_add(d, BYTES("smith"), FLAG_BIT(FLAG_SURNAME), 20u << 16) == 0);
    REQUIRE(dictionary_add(d, BYTES("new york"), FLAG_BIT(FLAG_CITY), 0) == 0);
    REQUIRE(dictionary_add(d, BYTES("new york city"), FLAG_BIT(FLAG_CITY), 0) == 0);
    REQUIRE(dictionary_add(d, BYTES("d.o.b."), FLAG_BIT(FLAG_HEADER), 0) == 0);
    return d;
}

static const uint8_t no_chars[256];

static void run(struct scan *s, const struct dictionary *d, struct bytes text) {
    scan_init(s);
    REQUIRE(scan_run(s, d, no_chars, text, (struct span) { .end = text.len }) == 0);
}

TEST(scan, letters_and_digits_are_words_of_their_own) {
    _cleanup_(dictionary_freep) struct dictionary *d = words();
    struct scan s;
    run(&s, d, BYTES("MRN00482913_x: Smith"));
    REQUIRE(s.word_count == 4);
    CHECK_BYTES(scan_word(&s, 0), BYTES("MRN"));
    CHECK_BYTES(scan_word(&s, 1), BYTES("00482913"));
    CHECK_BYTES(scan_word(&s, 2), BYTES("x"));
    CHECK_BYTES(scan_word(&s, 3), BYTES("Smith"));
    CHECK_INT(s.words[0].shape, WORD_CAPITAL | WORD_UPPER | WORD_TOUCHES_RIGHT);
    CHECK_INT(s.words[1].shape, WORD_DIGITS | WORD_TOUCHES_LEFT);
    CHECK_INT(s.words[2].gap, GAP_UNDERSCORE);
    CHECK_INT(s.words[3].gap, GAP_COLON);
    CHECK(scan_flags(&s, d, 3) & FLAG_BIT(FLAG_SURNAME));
    scan_release(&s);
}

TEST(scan, the_dictionary_knows_words_in_any_case) {
    _cleanup_(dictionary_freep) struct dictionary *d = words();
    struct scan s;
    run(&s, d, BYTES("SMITH smith SmItH smithy"));
    for (uint32_t i = 0; i < 3; i++) CHECK_INT(dictionary_weight_surname(s.words[i].payload), 20);
    CHECK_INT(s.words[3].payload, 0);
    scan_release(&s);
}

TEST(scan, phrases_are_found_longest_first_across_free_separators) {
    _cleanup_(dictionary_freep) struct dictionary *d = words();
    struct scan s;
    run(&s, d, BYTES("to New-York\ncity, D.O.B. new, york"));
    REQUIRE(s.phrase_count == 3);
    const struct scan_phrase *longest = &s.phrases[s.words[1].phrase - 1];
    CHECK_INT(longest->word_count, 3);
    REQUIRE(longest->shorter != 0);
    CHECK_INT(s.phrases[longest->shorter - 1].word_count, 2);
    CHECK_INT(s.phrases[2].word_count, 3);
    scan_release(&s);
}

TEST(scan, gaps_say_what_stands_between) {
    static const struct {
        struct bytes text;
        enum word_gap gap;
    } cases[] = {
        { BYTES(" "), GAP_SPACE }, { BYTES("  \t"), GAP_SPACE }, { BYTES("-"), GAP_HYPHEN }, { BYTES("'"), GAP_APOSTROPHE }, { BYTES("."), GAP_PERIOD },
        { BYTES(". "), GAP_PERIOD_SPACE }, { BYTES(","), GAP_COMMA }, { BYTES(", "), GAP_COMMA }, { BYTES("/"), GAP_SLASH }, { BYTES("_"), GAP_UNDERSCORE },
        { BYTES(": "), GAP_COLON }, { BYTES(" : "), GAP_COLON }, { BYTES(" - "), GAP_OTHER }, { BYTES("\n"), GAP_LINE }, { BYTES(" \r\n "), GAP_LINE },
        { BYTES(",\n"), GAP_OTHER_LINE }, { BYTES("\n\n"), GAP_BREAK }, { BYTES(" \f "), GAP_BREAK }, { BYTES("("), GAP_OTHER }, { BYTES(""), GAP_NONE },
    };
    for (size_t i = 0; i < array_count(cases); i++) CHECK_INT(word_gap_of(cases[i].text), cases[i].gap);
}

/* The plain definition, byte by byte. */
static size_t plain_words(struct bytes t, struct span *out) {
    size_t count = 0;
    for (size_t i = 0; i < t.len;) {
        size_t begin = i;
        bool digits = text_is_digit(t.ptr[i]);
        while (i < t.len && (digits ? text_is_digit(t.ptr[i]) : text_is_alpha(t.ptr[i]) || t.ptr[i] >= 0x80)) i++;
        if (i == begin) i++;
        else out[count++] = (struct span) { .begin = begin, .end = i };
    }
    return count;
}

TEST(scan, vector_code_cuts_words_as_the_plain_definition_does) {
    _cleanup_(dictionary_freep) struct dictionary *d = words();
    uint8_t text[700];
    struct span plain[700];
    uint32_t seed = 12345;
    struct scan s;
    scan_init(&s);
    for (size_t round = 0; round < 3000; round++) {
        size_t len = round % sizeof(text);
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525u + 1013904223u;
            uint8_t c = (uint8_t) (seed >> 24);
            text[i] = round % 3 == 0 ? c : (uint8_t) "aZ09 .-\n'x\xC3"[c % 11];
        }
        size_t count = plain_words(bytes_make(text, len), plain);
        REQUIRE(scan_run(&s, d, no_chars, bytes_make(text, len), (struct span) { .end = len }) == 0);
        REQUIRE(s.word_count == count);
        for (uint32_t i = 0; i < count; i++) {
            CHECK_INT(scan_span(&s, i).begin, plain[i].begin);
            CHECK_INT(scan_span(&s, i).end, plain[i].end);
        }
    }
    scan_release(&s);
}

TEST(scan, chunks_meet_at_every_seam_without_loss_or_repetition) {
    _cleanup_(dictionary_freep) struct dictionary *d = words();
    size_t len = 3 * SCAN_CHUNK_LEN + 777;
    uint8_t *text = malloc(len);
    REQUIRE(text != NULL);
    for (size_t i = 0; i < len; i++) text[i] = (uint8_t) "smith 12 "[i % 9];
    struct scan whole, part;
    scan_init(&part);
    scan_init(&whole);
    size_t words_seen = 0, last_end = 0;
    for (size_t begin = 0; begin < len; begin += SCAN_CHUNK_LEN) {
        size_t end = begin + SCAN_CHUNK_LEN < len ? begin + SCAN_CHUNK_LEN : len;
        REQUIRE(scan_run(&part, d, no_chars, bytes_make(text, len), (struct span) { .begin = begin, .end = end }) == 0);
        for (uint32_t i = part.core_first; i < part.core_end; i++) {
            struct span span = scan_span(&part, i);
            CHECK(span.begin >= last_end);
            CHECK_INT(part.words[i].gap, i == 0 ? GAP_BREAK : GAP_SPACE);
            last_end = span.end;
            words_seen++;
        }
    }
    CHECK_INT(words_seen, 2 * (len / 9) + (len % 9 > 0) + (len % 9 > 6));
    scan_release(&part);
    free(text);
}

TEST(scan, a_run_without_end_comes_in_pieces) {
    _cleanup_(dictionary_freep) struct dictionary *d = words();
    size_t len = 300000, covered = 0;
    uint8_t *text = malloc(len);
    REQUIRE(text != NULL);
    memset(text, '7', len);
    struct scan s;
    scan_init(&s);
    for (size_t begin = 0; begin < len; begin += SCAN_CHUNK_LEN) {
        size_t end = begin + SCAN_CHUNK_LEN < len ? begin + SCAN_CHUNK_LEN : len;
        REQUIRE(scan_run(&s, d, no_chars, bytes_make(text, len), (struct span) { .begin = begin, .end = end }) == 0);
        REQUIRE(s.core_end > s.core_first);
        CHECK(scan_span(&s, s.core_first).begin <= covered);
        covered = scan_span(&s, s.core_end - 1).end;
        CHECK(covered >= end);
    }
    scan_release(&s);
    free(text);
}
