#include "redact/token.h"

#include <sodium.h>

#include "tests/harness.h"

static const char LETTERS[] = "BCDFGHJKLMNPQRSTVWXZ";

TEST(token, every_single_error_in_a_code_is_caught) {
    for (int n = 0; n < 2000; n++) {
        struct token t;
        token_random(ENTITY_PATIENT, &t);
        REQUIRE(token_check(t.code));
        for (int i = 0; i < TOKEN_CODE_LEN; i++) {
            for (int c = 0; c < 20; c++) {
                char wrong[TOKEN_CODE_LEN];
                memcpy(wrong, t.code, TOKEN_CODE_LEN);
                if (wrong[i] == LETTERS[c]) continue;
                wrong[i] = LETTERS[c];
                CHECK(!token_check(wrong));
            }
        }
    }
}

TEST(token, every_swap_of_neighbours_is_caught) {
    for (int n = 0; n < 20000; n++) {
        struct token t;
        token_random(ENTITY_MRN, &t);
        for (int i = 0; i + 1 < TOKEN_CODE_LEN; i++) {
            char wrong[TOKEN_CODE_LEN];
            memcpy(wrong, t.code, TOKEN_CODE_LEN);
            wrong[i] = t.code[i + 1];
            wrong[i + 1] = t.code[i];
            CHECK(token_check(wrong) == (wrong[i] == wrong[i + 1]));
        }
    }
}

/* Over the whole operation, not a sample: (c*x)*y = (c*y)*x only for x = y. Two letters and the check letter show it. */
TEST(token, the_quasigroup_is_totally_anti_symmetric) {
    for (int c = 0; c < 20; c++) {
        for (int x = 0; x < 20; x++) {
            for (int y = 0; y < 20; y++) {
                int fits_xy = -1, fits_yx = -1;
                for (int d = 0; d < 20; d++) {
                    char xy[] = { 'B', 'B', 'B', LETTERS[c], LETTERS[x], LETTERS[y], LETTERS[d] };
                    char yx[] = { 'B', 'B', 'B', LETTERS[c], LETTERS[y], LETTERS[x], LETTERS[d] };
                    if (token_check(xy)) {
                        CHECK_INT(fits_xy, -1);
                        fits_xy = d;
                    }
                    if (token_check(yx)) fits_yx = d;
                }
                CHECK(fits_xy >= 0 && fits_yx >= 0);
                CHECK((fits_xy == fits_yx) == (x == y));
            }
        }
    }
}

TEST(token, codes_are_seven_consonants_and_spell_no_abbreviation) {
    static const char *const stop[] = { "HTN", "CHF", "DVT", "PRN", "MRN", "SSN", "CBC" };
    for (int n = 0; n < 50000; n++) {
        struct token t;
        token_random(ENTITY_PHONE, &t);
        CHECK_INT(strlen(t.code), TOKEN_CODE_LEN);
        CHECK_INT(strspn(t.code, LETTERS), TOKEN_CODE_LEN);
        for (size_t i = 0; i < array_count(stop); i++) CHECK(strstr(t.code, stop[i]) == NULL);
    }
}

TEST(token, format_and_parse_are_inverse_for_every_entity) {
    for (unsigned e = 0; e < ENTITY_COUNT; e++) {
        struct token t, back;
        char text[TOKEN_TEXT_LEN_MAX + 1];
        token_random((enum entity) e, &t);
        size_t len = token_format(&t, text);
        CHECK(len <= TOKEN_TEXT_LEN_MAX);
        REQUIRE(token_parse(bytes_make(text, len), &back));
        CHECK(back.entity == t.entity && strcmp(back.code, t.code) == 0);
    }
}

TEST(token, parse_takes_nothing_but_the_canonical_form) {
    struct token t = { .entity = ENTITY_PATIENT }, out;
    char good[TOKEN_TEXT_LEN_MAX + 1], text[TOKEN_TEXT_LEN_MAX + 8];
    token_random(ENTITY_PATIENT, &t);
    size_t len = token_format(&t, good);
    for (size_t cut = 0; cut < len; cut++) CHECK(!token_parse(bytes_make(good, cut), &out));
    memcpy(text, good, len + 1);
    text[1] = 'p';
    CHECK(!token_parse(bytes_make(text, len), &out));
    memcpy(text, good, len + 1);
    text[len] = ' ';
    CHECK(!token_parse(bytes_make(text, len + 1), &out));
    CHECK(!token_parse(BYTES("[NOBODY_KTVHMQX]"), &out));
    CHECK(!token_parse(BYTES(""), &out));
}

TEST(token, file_names_show_tokens_without_brackets) {
    struct token t;
    char plain[TOKEN_TEXT_LEN_MAX + 1], bracketed[TOKEN_TEXT_LEN_MAX + 1];
    token_random(ENTITY_FACILITY, &t);
    size_t len = token_format_name(&t, plain);
    CHECK_INT(token_format(&t, bracketed), len + 2);
    CHECK(memcmp(plain, bracketed + 1, len) == 0);
}

static bool is_among(char (*codes)[TOKEN_CODE_LEN], size_t count, const char *code) {
    for (size_t i = 0; i < count; i++) {
        if (memcmp(codes[i], code, TOKEN_CODE_LEN) == 0) return true;
    }
    return false;
}

/* Applies the n-th fault of all to a code of len letters; 0 where there is none. */
static size_t fault(char *code, size_t len, unsigned n) {
    unsigned kind = n / 160, at = n % 160 / 20;
    char letter = LETTERS[n % 20];
    if (kind == 0 && at < len) {
        code[at] = letter;
        return len;
    }
    if (kind == 1 && at + 1 < len) {
        char c = code[at];
        code[at] = code[at + 1];
        code[at + 1] = c;
        return len;
    }
    if (kind == 2 && at < len) {
        memmove(code + at, code + at + 1, len - at - 1);
        return len - 1;
    }
    if (kind == 3 && at <= len) {
        memmove(code + at + 1, code + at, len - at);
        code[at] = letter;
        return len + 1;
    }
    return 0;
}

TEST(token, neighbours_are_all_the_codes_that_two_faults_make) {
    struct token t;
    char near[TOKEN_NEIGHBOUR_COUNT_MAX][TOKEN_CODE_LEN];
    token_random(ENTITY_PATIENT, &t);
    size_t count = token_neighbours(t.code, near), reached = 0;
    CHECK(count < TOKEN_NEIGHBOUR_COUNT_MAX);
    for (size_t k = 0; k < count; k++) CHECK(token_check(near[k]) && memcmp(near[k], t.code, TOKEN_CODE_LEN) != 0);
    for (unsigned first = 0; first < 640; first++) {
        for (unsigned second = 0; second < 640; second++) {
            char code[TOKEN_CODE_LEN + 4];
            memcpy(code, t.code, TOKEN_CODE_LEN);
            size_t len = fault(code, TOKEN_CODE_LEN, first);
            if (len > 0) len = fault(code, len, second);
            if (len != TOKEN_CODE_LEN || !token_check(code) || memcmp(code, t.code, TOKEN_CODE_LEN) == 0) continue;
            reached++;
            CHECK(is_among(near, count, code));
        }
    }
    CHECK(reached >= 399);
}

TEST(token, ranks_tell_codes_apart) {
    struct token a, b;
    CHECK_INT(token_rank("BBBBBBB"), 0);
    CHECK_INT(token_rank("AAAAAAA"), -1);
    for (int n = 0; n < 20000; n++) {
        token_random(ENTITY_PATIENT, &a);
        token_random(ENTITY_PATIENT, &b);
        int32_t rank = token_rank(a.code);
        CHECK(rank >= 0 && rank < TOKEN_RANK_COUNT);
        CHECK((rank == token_rank(b.code)) == (memcmp(a.code, b.code, TOKEN_CODE_LEN) == 0));
    }
}
