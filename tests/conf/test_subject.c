#include "conf/subject.h"

#include "conf/base/text.h"
#include "tests/harness.h"

static const struct key FIXED = { .raw = { 1, 2, 3, 4, 5, 6, 7, 8 } };

/* Made once with Python's hmac and hashlib, from the formula in the header. */
TEST(subject, token_and_next_key_equal_the_formula_computed_elsewhere) {
    char token[SUBJECT_TOKEN_LEN_MAX + 1], hex[65];
    struct key next;
    subject_token(&FIXED, 1, 'p', BYTES("MRN 00482913"), token);
    CHECK_STRING(token, "p1_3abxhzuz5virxajvk33rfaug");
    subject_key_next(&FIXED, &next);
    text_hex_encode(bytes_make(next.raw, 32), hex);
    CHECK_STRING(hex, "0e20dfe54020ae55e6018dc4f86c23c345a3e47eed247da25e38b30b6700a63c");
}

TEST(subject, kinds_and_months_do_not_link) {
    char a[SUBJECT_TOKEN_LEN_MAX + 1], b[SUBJECT_TOKEN_LEN_MAX + 1], c[SUBJECT_TOKEN_LEN_MAX + 1];
    struct key next;
    subject_key_next(&FIXED, &next);
    subject_token(&FIXED, 0, 'p', BYTES("1"), a);
    subject_token(&FIXED, 0, 'e', BYTES("1"), b);
    subject_token(&next, 1, 'p', BYTES("1"), c);
    CHECK(strcmp(a + 3, b + 3) != 0);
    CHECK(strcmp(a + 3, c + 3) != 0);
}

TEST(subject, months_are_counted_in_utc) {
    CHECK_INT(subject_month_of(0), 1970 * 12);
    CHECK_INT(subject_month_of(1795298645123456u), 2026 * 12 + 10);
}
