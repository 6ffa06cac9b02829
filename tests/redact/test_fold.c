#include "conf/base/text.h"
#include "redact/fold.h"
#include "tests/harness.h"

static struct arena arena;

static struct bytes folded(struct bytes text, struct map *map) {
    struct bytes out = { 0 };
    arena_init(&arena, 1 << 20);
    REQUIRE(fold_text(&arena, text, &out, map) == 0);
    return out;
}

#define FOLD_CASE(input, expected)                       \
    do {                                                 \
        struct map map_;                                 \
        CHECK_BYTES(folded(BYTES(input), &map_), BYTES(expected)); \
        arena_release(&arena);                           \
    } while (0)

TEST(fold, ascii_is_handed_through) {
    struct map map;
    struct bytes text = BYTES("MRN: 00482913");
    CHECK(folded(text, &map).ptr == text.ptr);
    CHECK_INT(map.count, 0);
}

TEST(fold, latin_letters_lose_their_marks_composed_or_not) {
    FOLD_CASE("Jos\xC3\xA9 Mu\xC3\xB1oz", "Jose Munoz");
    FOLD_CASE("Jose\xCC\x81 Mun\xCC\x83oz", "Jose Munoz");
    FOLD_CASE("\xC5\x81ukasz \xC3\x98rsted Stra\xC3\x9F" "e", "Lukasz Orsted Strasse");
    FOLD_CASE("Nguy\xE1\xBB\x85n", "Nguyen");
}

TEST(fold, confusable_signs_become_the_plain_ones) {
    FOLD_CASE("O\xE2\x80\x99Neil 617\xE2\x80\x93" "555\xE2\x80\x91" "0123", "O'Neil 617-555-0123");
    FOLD_CASE("MRN\xC2\xA0" "123", "MRN 123");
    FOLD_CASE("\xEF\xBC\x91\xEF\xBC\x92 \xD9\xA3", "12 3");
    FOLD_CASE("\xEF\xAC\x81" "ne", "fine");
}

TEST(fold, zero_width_characters_vanish) {
    FOLD_CASE("Sm\xE2\x80\x8B" "ith \xEF\xBB\xBFJo\xC2\xADhn", "Smith John");
}

TEST(fold, letters_that_look_latin_are_read_so_in_a_latin_word) {
    FOLD_CASE("Sm\xD1\x96th, J\xD0\xBEhn", "Smith, John");             /* Cyrillic i and o */
    FOLD_CASE("\xD0\x9C\xD0\x90RIA G\xCE\x9FNZ\xCE\x91LEZ", "MARIA GONZALEZ"); /* Cyrillic M and A, Greek O and A */
    FOLD_CASE("\xD0\xA1\xD0\xBE\xD0\xB5", "Coe");                         /* all of it */
    FOLD_CASE("Jos\xC3\xA9 P\xD0\xB5\xC3\xB1\xD0\xB0", "Jose Pena");
    FOLD_CASE("\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD Sm\xD1\x96th", "\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD Smith");
}

TEST(fold, a_run_of_many_foreign_letters_is_read_in_one_pass) {
    struct map map;
    static uint8_t text[200000];
    for (size_t i = 0; i < sizeof(text); i += 2) memcpy(text + i, "\xD0\xB0", 2);
    CHECK_INT(folded(bytes_make(text, sizeof(text)), &map).len, (long long) sizeof(text));
    arena_release(&arena);
}

TEST(fold, letters_in_another_dress_are_plain_ones) {
    FOLD_CASE("\xF0\x9D\x90\x89\xF0\x9D\x90\xA8\xF0\x9D\x90\xA1\xF0\x9D\x90\xA7", "John"); /* mathematical bold */
    FOLD_CASE("\xE2\x92\xBF\xE2\x93\x9E\xE2\x93\x97\xE2\x93\x9D", "John");                     /* circled */
    FOLD_CASE("\xF0\x9F\x84\xB9\xF0\x9F\x85\x9E\xF0\x9F\x85\xB7", "JOH");                      /* squared, circled, squared */
    FOLD_CASE("\xE2\x84\x96 12, \xE2\x84\xA1 555", "No 12, TEL 555");
    FOLD_CASE("\xE2\x84\xB3" "aria \xC9\xA1ray", "Maria gray");
    FOLD_CASE("a\xEF\xB9\xABmail\xEF\xB9\x92org", "a@mail.org");
}

TEST(fold, other_scripts_stay) {
    FOLD_CASE("\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD", "\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD");
}

TEST(fold, spans_lead_back_to_the_bytes_they_came_from) {
    struct map map;
    struct bytes text = BYTES("x\xE2\x80\x8BJos\xC3\xA9 M. \xE2\x80\x9Cok\xE2\x80\x9D");
    struct bytes out = folded(text, &map);
    CHECK_BYTES(out, BYTES("xJose M. \"ok\""));
    struct span name = map_span(&map, (struct span) { .begin = 1, .end = 5 });
    CHECK_BYTES(bytes_slice(text, name), BYTES("Jos\xC3\xA9"));
    struct span quoted = map_span(&map, (struct span) { .begin = 9, .end = 13 });
    CHECK_BYTES(bytes_slice(text, quoted), BYTES("\xE2\x80\x9Cok\xE2\x80\x9D"));
    CHECK_INT(map_derived(&map, name.begin), 1);
    CHECK_INT(map_derived(&map, name.end), 5);
    arena_release(&arena);
}

TEST(fold, every_scalar_folds_to_no_more_bytes_than_it_has) {
    for (uint32_t c = 1; c < 0x110000; c++) {
        uint8_t in[4], out[4];
        size_t len = text_utf8_encode(c, in);
        if (len == 0) continue;
        if (fold_scalar(c, out) > len) harness_fail(__FILE__, __LINE__, "U+%X grows", c);
    }
}
