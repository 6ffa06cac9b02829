#include "redact/ruleset.h"

#include "redact/engine.h"
#include "redact/recognizer.h"
#include "tests/harness.h"

static int load(const char *text, struct ruleset **out, struct dictionary *d, struct problem *p) {
    _cleanup_(ruleset_builder_freep) struct ruleset_builder *b = NULL;
    REQUIRE(ruleset_builder_new(&b) == 0);
    int r = ruleset_add(b, bytes_from_string(text), "t.rules", p);
    return r < 0 ? r : ruleset_seal(b, d, out, p);
}

static void check_refused(const char *text, const char *says, int line) {
    _cleanup_(dictionary_freep) struct dictionary *d = NULL;
    _cleanup_(ruleset_freep) struct ruleset *set = NULL;
    struct problem p = { 0 };
    REQUIRE(dictionary_new(1000, &d) == 0);
    int r = load(text, &set, d, &p);
    if (r == 0 || !strstr(p.text, says)) harness_fail(__FILE__, line, "said \"%s\" (%d), expected \"%s\"", p.text, r, says);
}

#define RULE "rule r\n entity MRN\n score 900\n source label\n"
#define REFUSED(text, says) check_refused(text, says, __LINE__)

TEST(ruleset, wrong_files_are_refused_with_line_and_reason) {
    REFUSED("entity MRN\n", "t.rules:1: a line begins with rule, define");
    REFUSED(" entity MRN\n", "t.rules:1: this line belongs to no rule");
    REFUSED(RULE " keyword mrn\n", "t.rules:1: the rule has neither pattern nor parse");
    REFUSED(RULE " pattern x\n", "t.rules:1: the rule has no trigger");
    REFUSED(RULE " colour red\n", "t.rules:5: unknown key");
    REFUSED(RULE " entity NOSUCH\n", "no such entity");
    REFUSED(RULE " keyword mrn\n char @\n", "t.rules:6: a rule has one kind of trigger");
    REFUSED(RULE " keyword mrn\n pattern x{{Y}}\n", "{{NAME}} was not defined");
    REFUSED(RULE " keyword mrn\n pattern (\n", "missing closing parenthesis");
    REFUSED(RULE " keyword mrn\n pattern x\n need before 3 nowhere\n", "this context is defined nowhere");
    REFUSED(RULE " keyword mrn\n pattern x\n validate luhn\n", "a validator never releases a labelled value");
    REFUSED(RULE " keyword a b c d e f g\n pattern x\n", "a keyword is 1 to 6 words");
    REFUSED(RULE " number d{3}?\n", "number: d{3}-d{2}-");
    REFUSED(RULE " keyword a\n pattern x\n" RULE, "a rule of this name is there already");
}

TEST(ruleset, patterns_that_could_run_away_are_refused) {
    static const char *const wild[] = { "a*", "a+", "(?:ab)+c", "a{2,}", "[a-z]*x", ".*", "\\w{1,3}", "(?R)", "(?1)", "(*COMMIT)", "\\X", "a(?C1)" };
    static const char *const tame[] = { "a{0,40}", "a*+b", "[*+]{1,3}", "\\*\\+", "a?", "[]*+]", "x{3}", "a{2,}+", "(?:a|b){1,9}", "[[:alpha:]]{1,3}" };
    const char *why = NULL;
    for (size_t i = 0; i < array_count(wild); i++) {
        if (rule_pattern_is_bounded(bytes_from_string(wild[i]), &why)) harness_fail(__FILE__, __LINE__, "allowed: %s", wild[i]);
    }
    for (size_t i = 0; i < array_count(tame); i++) {
        if (!rule_pattern_is_bounded(bytes_from_string(tame[i]), &why)) harness_fail(__FILE__, __LINE__, "refused: %s (%s)", tame[i], why);
    }
}

TEST(ruleset, shapes_of_numbers_lead_to_the_rules_that_name_them) {
    _cleanup_(dictionary_freep) struct dictionary *d = NULL;
    _cleanup_(ruleset_freep) struct ruleset *set = NULL;
    struct problem p = { 0 };
    REQUIRE(dictionary_new(1000, &d) == 0);
    REQUIRE(load(RULE " number d{3}-d{2}- d{9}\n pattern x\n", &set, d, &p) == 0);
    CHECK_INT(set->by_shape[3][SIGN_HYPHEN][2][SIGN_HYPHEN].count, 1);
    CHECK_INT(set->by_shape[3][SIGN_HYPHEN][2][SIGN_SLASH].count, 0);
    CHECK_INT(set->by_shape[3][SIGN_HYPHEN][3][SIGN_HYPHEN].count, 0);
    CHECK_INT(set->by_shape[9][SIGN_ANY][0][SIGN_ANY].count, 1);
    CHECK_INT(set->by_shape[9][SIGN_PERIOD][4][SIGN_ANY].count, 1);
    CHECK_INT(set->by_shape[8][SIGN_ANY][0][SIGN_ANY].count, 0);
}

/* What one rule alone reports in a text, in order. */
static size_t rule_findings(struct scratch *s, uint16_t rule, struct bytes text, struct bytes *out, size_t max) {
    size_t count = 0;
    scratch_begin(s);
    scratch_begin_run(s);
    REQUIRE(scan_run(&s->scan, s->engine->dictionary, s->engine->ruleset->chars, text, (struct span) { .end = text.len }) == 0);
    REQUIRE(recognizer_pattern_run(s) == 0);
    struct findings *from = s->engine->ruleset->rules[rule].drops ? &s->drops : &s->findings;
    finding_sort(from);
    for (size_t i = 0; i < from->count && count < max; i++) {
        if (from->items[i].recognizer == RECOGNIZER_BUILTIN_COUNT + rule) out[count++] = bytes_slice(text, from->items[i].span);
    }
    return count;
}

static void check_example(struct scratch *s, uint16_t number, const struct rule_example *e) {
    const struct rule *rule = &s->engine->ruleset->rules[number];
    struct bytes found[2 * RULE_GROUPS_MAX] = { 0 };
    size_t count = rule_findings(s, number, e->text, found, array_count(found));
    bool same = count == e->value_count;
    for (size_t i = 0; i < count && same; i++) same = bytes_equal(found[i], e->values[i]);
    if (same) return;
    harness_fail(rule->path, (int) e->line, "rule %s: \"%.*s\" gives %zu findings (first \"%.*s\"), expected %zu", rule->name, (int) e->text.len,
                 (const char *) e->text.ptr, count, (int) found[0].len, found[0].len ? (const char *) found[0].ptr : "", e->value_count);
}

TEST(ruleset, every_rule_holds_on_its_own_examples) {
    _cleanup_(engine_freep) struct engine *engine = NULL;
    _cleanup_(scratch_freep) struct scratch *s = NULL;
    struct profile profile = { 0 };
    struct problem p = { 0 };
    struct engine_options options = { .profile = &profile, .document_len_max = 1 << 20 };
    if (engine_new(&options, &engine, &p) < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(engine != NULL && scratch_new(engine, &s) == 0);
    for (uint16_t i = 0; i < engine->ruleset->rule_count; i++) {
        const struct rule *rule = &engine->ruleset->rules[i];
        size_t yes = 0;
        for (size_t k = 0; k < rule->example_count; k++) {
            check_example(s, i, &rule->examples[k]);
            yes += rule->examples[k].value_count > 0;
        }
        if (yes == 0 || yes == rule->example_count) harness_fail(rule->path, (int) rule->line, "rule %s has no yes or no \"no\" line", rule->name);
    }
}
