#include "redact/ruleset.h"

#include "redact/engine.h"
#include "tests/harness.h"

static bool matches(const char *pattern, const char *text) {
    pcre2_code *code = NULL;
    struct problem p;
    pcre2_match_data *data = pcre2_match_data_create(4, NULL);
    REQUIRE(data != NULL && rule_compile(bytes_from_string(pattern), false, &code, &p) == 0);
    int r = pcre2_match(code, (PCRE2_SPTR) text, strlen(text), 0, 0, data, NULL);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return r >= 0;
}

TEST(rule, an_edge_of_a_word_knows_no_underscore_and_every_script) {
    CHECK(matches("\\bmrn\\b", "_mrn_"));
    CHECK(matches("\\bmrn\\b", "a mrn."));
    CHECK(!matches("\\bmrn\\b", "\xC3\xA9mrn"));
    CHECK(!matches("\\bmrn\\b", "mrns"));
    CHECK(matches("a\\Bb", "ab"));
    CHECK(matches("[\\b]x|y", "y"));
}

TEST(rule, the_start_set_holds_every_byte_a_match_begins_with) {
    static const struct {
        const char *pattern, *in, *out;
    } cases[] = {
        { "[0-9]{3}-x", "059", "ax-" }, { "(?i:mrn)", "mM", "nr0" }, { "[ :]{0,3}[0-9]", " :7", "ax" }, { "(?=a)[a-c]", "a", "dz" }, { "x", "x", "yz" },
        { "(?<=z)[qr]", "qr", "za" }, { "\\bK", "K", "a " },
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        struct rule rule = { 0 };
        struct problem p;
        REQUIRE(rule_prepare(&rule, bytes_from_string(cases[i].pattern), &p) == 0);
        for (const char *c = cases[i].in; *c; c++) {
            if (!rule_begins_with(&rule, (uint8_t) *c)) harness_fail(__FILE__, __LINE__, "%s lacks '%c'", cases[i].pattern, *c);
        }
        for (const char *c = cases[i].out; *c; c++) {
            if (rule_begins_with(&rule, (uint8_t) *c)) harness_fail(__FILE__, __LINE__, "%s has '%c'", cases[i].pattern, *c);
        }
        pcre2_code_free(rule.code);
    }
}

TEST(rule, a_pattern_that_may_be_empty_begins_anywhere) {
    struct rule rule = { 0 };
    struct problem p;
    REQUIRE(rule_prepare(&rule, BYTES("a{0,3}"), &p) == 0);
    for (unsigned c = 0; c < 256; c++) CHECK(rule_begins_with(&rule, (uint8_t) c));
    pcre2_code_free(rule.code);
}

TEST(rule, no_shipped_rules_match_begins_outside_its_start_set) {
    _cleanup_(engine_freep) struct engine *e = NULL;
    struct profile profile = { 0 };
    struct problem p = { 0 };
    struct engine_options options = { .profile = &profile, .document_len_max = 1 << 20 };
    REQUIRE(engine_new(&options, &e, &p) == 0);
    pcre2_match_data *data = pcre2_match_data_create(RULE_GROUPS_MAX + 4, NULL);
    for (size_t i = 0; i < e->ruleset->rule_count; i++) {
        const struct rule *rule = &e->ruleset->rules[i];
        for (size_t k = 0; rule->code && k < rule->example_count; k++) {
            struct bytes text = rule->examples[k].text;
            for (size_t at = 0; at < text.len; at++) {
                if (pcre2_match(rule->code, text.ptr, text.len, at, 0, data, NULL) < 0) continue;
                if (!rule_begins_with(rule, text.ptr[at])) harness_fail(rule->path, (int) rule->examples[k].line, "rule %s begins at %zu unforeseen", rule->name, at);
            }
        }
    }
    pcre2_match_data_free(data);
}
