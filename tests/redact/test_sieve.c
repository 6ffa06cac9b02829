/* What matters: where PCRE2 matches, the sieve passes. That it seldom passes elsewhere is its use. */
#include "redact/sieve.h"

#include "redact/engine.h"
#include "tests/harness.h"

enum { SIEVE_TEST_ARENA_LEN = 64 << 20 };

static bool passes(const char *pattern, const char *text, size_t at) {
    struct arena a;
    struct sieve s;
    arena_init(&a, SIEVE_TEST_ARENA_LEN);
    REQUIRE(sieve_make(&a, bytes_from_string(pattern), &s) == 0);
    bool answer = sieve_passes(&s, bytes_from_string(text), at);
    arena_release(&a);
    return answer;
}

TEST(sieve, what_cannot_match_is_stopped_and_what_might_is_not) {
    static const struct {
        const char *pattern, *text;
        size_t at;
        bool passes;
    } cases[] = {
        { "[0-9]{3}-[0-9]{2}", "123-45", 0, true },
        { "[0-9]{3}-[0-9]{2}", "12-345", 0, false },
        { "[0-9]{3}-[0-9]{2}", "12", 0, true }, /* the text may go on */
        { "(?i:mrn)[ :]{0,3}[0-9]", "MrN: 4", 0, true },
        { "(?i:mrn)[ :]{0,3}[0-9]", "mrn: x", 0, false },
        { "(?i:m)rn", "MRN", 0, false },
        { "a(?:b|cd){1,2}e", "abcde", 0, true },
        { "a(?:b|cd){1,2}e", "ace", 0, false },
        { "\\bmrn\\b", "xmrn ", 1, false },
        { "\\bmrn\\b", "_mrn ", 1, true },
        { "\\bmrn\\b", "mrns", 0, false },
        { "(?<![0-9])x", "4x", 1, false },
        { "(?<![0-9])x", "x", 0, true },
        { "(?<=\\n|\\A)x", "\nx", 1, true },
        { "(?<=\\n|\\A)x", "ax", 1, false },
        { "^x$", "a\nx\n", 2, true },
        { "^x$", "a\nxy", 2, false },
        { "x(?=,? is)", "x, is", 0, true },
        { "x(?=,? is)", "x, was", 0, false },
        { "(?=[a-z]{2}[0-9])[a-z0-9]{1,9};", "ab1;", 0, true },
        { "(?=[a-z]{2}[0-9])[a-z0-9]{1,9};", "abc;", 0, false }, /* the machine that ends with the look-ahead */
        { "(?=[a-z]{2}[0-9])[a-z0-9]{1,9};", "ab1,", 0, false }, /* the one that goes on behind it */
        { "x(?!yz)[a-z]", "xyz", 0, true }, /* longer than a byte: PCRE2's to say */
        { "x(?![0-9])", "x1", 0, false },
        { "(a)\\1b", "aac", 0, true }, /* a back reference lets everything pass */
        { "[^\\n]{0,200}z", "no end\n", 0, false },
        { "a{2}{3}b", "aaaaaab", 0, true },
        { "a{2}{3}b", "aaaab", 0, false },
        { "(?P<old>x)", "y", 0, true }, /* not understood */
        { "[[:alpha:]]", "1", 0, true },
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        if (passes(cases[i].pattern, cases[i].text, cases[i].at) != cases[i].passes) harness_fail(__FILE__, __LINE__, "%s on %s", cases[i].pattern, cases[i].text);
    }
}

static uint32_t seed = 11;
static uint32_t next_random(uint32_t below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static size_t make_from(const char *const *parts, size_t count, char *out, size_t len_max) {
    size_t n = 0;
    for (size_t more = 1 + next_random(12); more > 0; more--) {
        const char *part = parts[next_random((uint32_t) count)];
        if (n + strlen(part) >= len_max) break;
        memcpy(out + n, part, strlen(part));
        n += strlen(part);
    }
    out[n] = '\0';
    return n;
}

/* Also the heads: no match begins with bytes that its head does not know. */
static void check_heads(const struct sieve *s, struct bytes text, size_t at, size_t end, const char *what) {
    for (size_t k = 0; k < SIEVE_HEAD_LEN && at + k < end; k++) {
        uint64_t bytes[4];
        sieve_head(s, k, bytes);
        uint8_t c = text.ptr[at + k];
        if (!(bytes[c >> 6] >> (c & 63) & 1)) harness_fail(__FILE__, __LINE__, "%s: byte %zu of a match is not in its head", what, k);
    }
}

static void check_everywhere(const pcre2_code *code, const struct sieve *s, struct bytes text, const char *what) {
    pcre2_match_data *data = pcre2_match_data_create(RULE_GROUPS_MAX + 4, NULL);
    REQUIRE(data != NULL);
    for (size_t at = 0; at <= text.len; at++) {
        if (pcre2_match(code, text.ptr, text.len, at, 0, data, NULL) < 0) continue;
        if (!sieve_passes(s, text, at)) harness_fail(__FILE__, __LINE__, "%s is stopped at %zu of: %.*s", what, at, (int) text.len, text.ptr);
        check_heads(s, text, at, pcre2_get_ovector_pointer(data)[1], what);
    }
    pcre2_match_data_free(data);
}

TEST(sieve, no_match_of_a_random_pattern_is_stopped) {
    static const char *const pattern_parts[] = {
        "a", "b", "[ab]", "[^a]", "(?i:ab)", "(?i)", ".", "\\b", "\\B", "^", "$", "\\A", "\\s", "\\d", "\\K", "(?=a)", "(?!b)", "(?=ab)", "(?!ab)", "(?<=a)", "(?<!b)", "(?<!ab)",
        "(?=[0-9])", "{0,3}", "{2}", "?", "*+", "++", "{1,40}", "(?:", "(", ")", "|", "\\n", " ", "1", "[0-9]{1,3}", "(?:a|b1|)", "(?>ab|a)", "(?<n>b)", "\\1", "(?=a|$)", "(?<=\\n|\\A)", "\\x61", "[]a]",
        "[\\d-]", "\\Z",
    };
    static const char *const text_parts[] = { "a", "b", "A", "B", "ab", "1", "12", " ", "\n", "b1", "\xC3", "_", "ab\nab", "aB", "ba" };
    struct arena a;
    size_t compiled = 0;
    arena_init(&a, SIEVE_TEST_ARENA_LEN);
    for (size_t round = 0; round < 20000; round++) {
        char pattern[256], text[256];
        pcre2_code *code = NULL;
        struct problem p;
        struct sieve s;
        struct bytes read = bytes_make(pattern, make_from(pattern_parts, array_count(pattern_parts), pattern, sizeof(pattern)));
        if (rule_compile(read, true, &code, &p) < 0) continue;
        compiled++;
        arena_reset(&a);
        REQUIRE(sieve_make(&a, read, &s) == 0);
        for (size_t i = 0; i < 8; i++) check_everywhere(code, &s, bytes_make(text, make_from(text_parts, array_count(text_parts), text, sizeof(text))), pattern);
        pcre2_code_free(code);
    }
    CHECK(compiled > 2000);
    arena_release(&a);
}

TEST(sieve, shipped_rules_are_understood_and_their_examples_pass) {
    _cleanup_(engine_freep) struct engine *e = NULL;
    struct profile profile = { 0 };
    struct problem p = { 0 };
    struct engine_options options = { .profile = &profile, .document_len_max = 1 << 20 };
    size_t not_understood = 0;
    REQUIRE(engine_new(&options, &e, &p) == 0);
    for (size_t i = 0; i < e->ruleset->rule_count; i++) {
        const struct rule *rule = &e->ruleset->rules[i];
        if (!rule->code) continue;
        not_understood += rule->sieve.count == 0;
        for (size_t k = 0; k < rule->example_count; k++) check_everywhere(rule->code, &rule->sieve, rule->examples[k].text, rule->name);
    }
    CHECK(not_understood * 20 <= e->ruleset->rule_count);
}
