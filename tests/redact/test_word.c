#include "redact/word.h"

#include "tests/harness.h"

TEST(word, the_hash_is_the_same_in_any_case_and_however_much_may_be_read) {
    static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ.....", lower[] = "abcdefghijklmnopqrstuvwxyz.....";
    for (size_t len = 1; len <= 26; len++) {
        uint8_t a, b;
        uint64_t h = word_hash((const uint8_t *) upper, len, sizeof(upper) - 1, &a);
        CHECK(h == word_hash((const uint8_t *) lower, len, len, &b));
        CHECK_INT(a, WORD_CAPITAL | WORD_UPPER);
        CHECK_INT(b, 0);
        CHECK(h != word_hash((const uint8_t *) lower, len + 1, sizeof(lower) - 1, &b));
    }
}

TEST(word, the_shape_tells_letters_digits_and_other_scripts) {
    uint8_t shape;
    ignore(word_hash((const uint8_t *) "123456789", 9, 9, &shape));
    CHECK_INT(shape, WORD_DIGITS);
    ignore(word_hash((const uint8_t *) "Smith", 5, 5, &shape));
    CHECK_INT(shape, WORD_CAPITAL);
    ignore(word_hash((const uint8_t *) "ABCDEFGHi", 9, 9, &shape));
    CHECK_INT(shape, WORD_CAPITAL);
    ignore(word_hash((const uint8_t *) "\xD0\x98\xD0\xB2", 4, 4, &shape));
    CHECK_INT(shape, WORD_CAPITAL | WORD_HIGH);
}

TEST(word, phrases_hash_in_order) {
    CHECK(word_hash_join(1, 3) != word_hash_join(3, 1));
    CHECK(word_hash_join(word_hash_join(1, 3), 5) != word_hash_join(1, word_hash_join(3, 5)));
}

TEST(word, a_short_word_hashes_as_any_other) {
    static const char bytes[] = "aZ09mA\xC3\xA9z_ .";
    uint32_t seed = 5;
    for (size_t round = 0; round < 20000; round++) {
        uint8_t text[8], a, b;
        for (size_t i = 0; i < sizeof(text); i++) text[i] = (uint8_t) bytes[((seed = seed * 1664525u + 1013904223u) >> 16) % (sizeof(bytes) - 1)];
        size_t len = 1 + round % 8;
        CHECK(word_hash_short(text, len, &a) == word_hash(text, len, len, &b));
        CHECK_INT(a, b);
    }
}
