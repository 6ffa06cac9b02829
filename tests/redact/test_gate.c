/* A closed gate is certain: what it stops, the rule's own sieve, first bytes or guards would have stopped. */
#include "redact/gate.h"

#include "redact/engine.h"
#include "tests/harness.h"

static struct engine *engine_for_rules(void) {
    struct engine *e = NULL;
    struct profile profile = { 0 };
    struct problem p = { 0 };
    struct engine_options options = { .profile = &profile, .document_len_max = 1 << 20 };
    REQUIRE(engine_new(&options, &e, &p) == 0);
    return e;
}

/* What the gate is made of, asked one by one. */
static bool may_match(const struct rule *rule, struct bytes text, struct span trigger, const struct word *after) {
    uint8_t next = trigger.end < text.len ? text.ptr[trigger.end] : '\n';
    if (!(rule->next[next >> 6] >> (next & 63) & 1)) return false;
    unsigned is = !after ? 0 : after->shape & WORD_DIGITS ? NEXT_NUMBER : word_is_capital(after) ? NEXT_CAPITAL : NEXT_LOWER;
    if (after && rule->next_word != 0 && !(rule->next_word & is)) return false;
    if (!rule->code || rule->anchor == ANCHOR_BACK) return true;
    size_t at = rule->anchor == ANCHOR_AFTER ? trigger.end : trigger.begin;
    return (at == text.len || rule_begins_with(rule, text.ptr[at])) && sieve_passes(&rule->sieve, text, at);
}

static size_t check_trigger(const struct ruleset *set, struct bytes text, struct span trigger, const struct word *after) {
    struct gate_view view;
    struct gate all = set->gate; /* with one list, that of all rules */
    size_t closed = 0;
    all.lists = all.all;
    gate_look(&all, text, trigger, after, &view);
    for (size_t i = 0; i < set->rule_count; i++) {
        bool open = gate_open(&all, &view, 0, i / 64) >> (i % 64) & 1;
        closed += !open;
        if (!open && may_match(&set->rules[i], text, trigger, after)) harness_fail(__FILE__, __LINE__, "rule %s is shut out at %zu", set->rules[i].name, trigger.begin);
    }
    return closed;
}

TEST(gate, what_it_stops_could_not_have_matched) {
    _cleanup_(engine_freep) struct engine *e = engine_for_rules();
    const struct ruleset *set = e->ruleset;
    static const struct word words[] = { { .shape = WORD_DIGITS }, { .shape = WORD_CAPITAL }, { .shape = 0 } };
    size_t closed = 0, asked = 0;
    for (size_t i = 0; i < set->rule_count; i++) {
        const struct rule *rule = &set->rules[i];
        if (rule->example_count == 0) continue;
        struct bytes text = rule->examples[0].text;
        for (size_t at = 0; at < text.len; at++) {
            struct span trigger = { .begin = at, .end = at + 1 + at % 4 < text.len ? at + 1 + at % 4 : text.len };
            closed += check_trigger(set, text, trigger, at % 4 == 3 ? NULL : &words[at % 4]);
            asked += set->rule_count;
        }
    }
    CHECK(closed * 2 > asked); /* most rules are stopped at most places, or the gate is of no use */
}

TEST(gate, a_trigger_at_the_end_of_the_text_asks_for_no_byte_behind_it) {
    _cleanup_(engine_freep) struct engine *e = engine_for_rules();
    struct bytes text = BYTES("MRN");
    for (size_t begin = 0; begin < text.len; begin++) ignore(check_trigger(e->ruleset, text, (struct span) { .begin = begin, .end = text.len }, NULL));
}

TEST(gate, equal_lists_are_kept_once_and_the_empty_one_is_the_first) {
    struct arena a;
    struct gate g;
    uint16_t first = 0, again = 0, other = 0;
    static const uint16_t numbers[] = { 3, 70, 199 };
    struct rule *rules = calloc(200, sizeof(*rules));
    arena_init(&a, 1 << 24);
    REQUIRE(rules != NULL && gate_make(&g, &a, rules, 200) == 0);
    REQUIRE(gate_add_list(&g, &a, numbers, 3, &first) == 0 && gate_add_list(&g, &a, numbers, 2, &other) == 0 && gate_add_list(&g, &a, numbers, 3, &again) == 0);
    CHECK_INT(first, again);
    CHECK(first != 0 && other != 0 && other != first);
    for (size_t i = 0; i < g.width; i++) CHECK_INT(g.lists[i], 0);
    CHECK_INT(g.lists[first * g.width + 1], 1 << 6);
    arena_release(&a);
    free(rules);
}
