/* Rules: from triggers to the few worth trying, confirmed by an anchored match on a bounded subject. */
#include <errno.h>

#include "conf/base/text.h"
#include "redact/recognizer.h"

/* Where a trigger stands: words [first, first + count), or a character. */
struct pattern_trigger {
    uint32_t first;
    uint32_t count;
    struct span span; /* in the run */
};

struct pattern_match {
    struct span whole; /* from where the pattern began */
    struct span span;  /* after \K */
};

enum { PATTERN_NONE = 0, PATTERN_MATCH = 1, PATTERN_LIMIT = 2 };

/* To the end of what is not a blank: a match that was cut by the window's end goes on there. */
static size_t pattern_run_end(struct bytes text, size_t at) {
    while (at < text.len && !text_is_space(text.ptr[at])) at++;
    return at;
}

static bool pattern_same_class(uint8_t a, uint8_t b) {
    bool letter_a = a >= 0x80 || text_is_alpha(a), letter_b = b >= 0x80 || text_is_alpha(b);
    return (letter_a && letter_b) || (text_is_digit(a) && text_is_digit(b));
}

/* To whole words: half a word must not stay readable. */
static struct span pattern_widen(struct bytes text, struct span s) {
    while (s.begin > 0 && s.begin < s.end && pattern_same_class(text.ptr[s.begin - 1], text.ptr[s.begin])) s.begin--;
    while (s.end > s.begin && s.end < text.len && pattern_same_class(text.ptr[s.end - 1], text.ptr[s.end])) s.end++;
    return s;
}

/* PATTERN_*, or a negative errno with scratch.why set. Anything below "no match" fails closed. */
static int pattern_match(struct scratch *s, const struct rule *rule, size_t at, struct pattern_match *out) {
    struct bytes text = s->scan.text;
    size_t end = text.len - at > RULE_SUBJECT_LEN ? at + RULE_SUBJECT_LEN : text.len;
    if (!rule->code) {
        out->whole = out->span = (struct span) { .begin = at, .end = at };
        return PATTERN_MATCH;
    }
    if (!sieve_passes(&rule->sieve, bytes_make(text.ptr, end), at)) return PATTERN_NONE;
    int r = scratch_tick(s);
    if (r < 0) return r;
    uint32_t options = end < text.len ? PCRE2_NOTEOL : 0;
    r = rule->is_jit ? pcre2_jit_match(rule->code, text.ptr, end, at, options, s->match_data, s->match_context)
                     : pcre2_match(rule->code, text.ptr, end, at, options, s->match_data, s->match_context);
    if (r == PCRE2_ERROR_NOMATCH) return PATTERN_NONE;
    if (r == PCRE2_ERROR_MATCHLIMIT || r == PCRE2_ERROR_DEPTHLIMIT || r == PCRE2_ERROR_HEAPLIMIT || r == PCRE2_ERROR_JIT_STACKLIMIT) {
        out->whole = out->span = (struct span) { .begin = at, .end = pattern_run_end(text, end) };
        return PATTERN_LIMIT;
    }
    if (r < 0) return scratch_refuse(s, REFUSAL_LIMIT, -EIO);
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(s->match_data);
    if (ends[0] > ends[1] || ends[1] < at) return PATTERN_NONE; /* \K in a look-ahead: nothing that could be reported */
    out->whole = (struct span) { .begin = at, .end = ends[1] };
    out->span = (struct span) { .begin = ends[0], .end = ends[1] };
    /* What is dropped is shown: a drop ends where it was seen to end. */
    if (ends[1] == end && end < text.len && !rule->drops) out->whole.end = out->span.end = pattern_run_end(text, end);
    return PATTERN_MATCH;
}

/* ---- context ---- */

static uint64_t pattern_contexts(const struct scratch *s, uint32_t i) {
    const uint64_t *contexts = s->engine->ruleset->class_contexts;
    const struct scan *scan = &s->scan;
    uint64_t found = contexts[dictionary_class(scan->words[i].payload)];
    for (uint32_t k = scan->words[i].phrase; k; k = scan->phrases[k - 1].shorter) found |= contexts[dictionary_class(scan->phrases[k - 1].payload)];
    return found;
}

static bool pattern_has_context(const struct scratch *s, const struct rule_need *need, uint32_t first, uint32_t last) {
    for (uint32_t n = 1; n <= need->before && n <= first; n++) {
        if (pattern_contexts(s, first - n) & need->contexts) return true;
    }
    for (uint32_t n = 1; n <= need->after && last + n < s->scan.word_count; n++) {
        if (pattern_contexts(s, last + n) & need->contexts) return true;
    }
    return false;
}

static bool pattern_needs_hold(const struct scratch *s, const struct rule *rule, struct span span) {
    if (rule->need_count == 0) return true;
    uint32_t first = scan_word_at(&s->scan, span.begin), last = scan_word_at(&s->scan, span.end);
    if (last > 0) last--;
    for (size_t i = 0; i < rule->need_count; i++) {
        if (pattern_has_context(s, &rule->needs[i], first, last) == rule->needs[i].avoid) return false;
    }
    return true;
}

static bool pattern_line_ends_at(struct bytes text, size_t at) {
    while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t' || text.ptr[at] == '\r')) at++;
    return at == text.len || text.ptr[at] == '\n' || text.ptr[at] == '\f';
}

static bool pattern_line_begins_at(struct bytes text, size_t at) {
    for (size_t n = 0; at > 0 && n < 16; n++, at--) {
        uint8_t c = text.ptr[at - 1];
        if (c == '\n' || c == '\f') return true;
        if (text_is_alnum(c) || c >= 0x80) return false;
    }
    return at == 0;
}

static bool pattern_is_after_bar(struct bytes text, size_t at) {
    while (at > 0 && text.ptr[at - 1] == ' ') at--;
    return at > 0 && text.ptr[at - 1] == '|';
}

static bool pattern_when_holds(const struct scratch *s, const struct rule *rule, const struct pattern_trigger *t) {
    struct bytes text = s->scan.text;
    if (rule->when == 0) return true;
    const struct word *first = t->count > 0 ? &s->scan.words[t->first] : NULL;
    if ((rule->when & (WHEN_CAPITAL | WHEN_NOT_LOWER_DOC)) && !(first && word_is_capital(first))) return false;
    if ((rule->when & WHEN_UPPER) && !(first && (first->shape & WORD_UPPER))) return false;
    if ((rule->when & WHEN_AFTER_COMMA) && !(first && (first->gap == GAP_COMMA || first->gap == GAP_OTHER_LINE || first->gap == GAP_OTHER))) return false;
    if ((rule->when & WHEN_AFTER_BAR) && !(first && first->gap == GAP_OTHER && pattern_is_after_bar(text, t->span.begin))) return false;
    if ((rule->when & WHEN_LINE_END) && !pattern_line_ends_at(text, t->span.end)) return false;
    if (rule->when & WHEN_COLON) {
        size_t at = t->span.end;
        while (at < text.len && at < t->span.end + 2 && text.ptr[at] != ':') at++;
        if (at == text.len || text.ptr[at] != ':') return false;
    }
    return true;
}

/* ---- reporting ---- */

static uint16_t pattern_number(const struct scratch *s, const struct rule *rule) {
    return (uint16_t) (RECOGNIZER_BUILTIN_COUNT + (size_t) (rule - s->engine->ruleset->rules));
}

static int pattern_report(struct scratch *s, const struct rule *rule, enum entity entity, struct span span, uint16_t score) {
    struct finding f = { .span = pattern_widen(s->scan.text, span), .entity = entity, .score = score, .source = rule->source,
                         .recognizer = pattern_number(s, rule), .kind = entity == ENTITY_OTHER_ID ? rule->kind : 0 };
    if (span_is_empty(span)) return 0;
    return scratch_add(s, f, rule->drops);
}

static int pattern_report_groups(struct scratch *s, const struct rule *rule, const struct pattern_match *m, uint16_t score) {
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(s->match_data);
    uint32_t count = pcre2_get_ovector_count(s->match_data);
    for (size_t i = 0; i < rule->group_count; i++) {
        size_t n = rule->groups[i].number;
        if (n >= count || ends[2 * n] == PCRE2_UNSET) continue;
        struct span span = { .begin = ends[2 * n], .end = ends[2 * n + 1] };
        /* The last group of a match that the window cut goes on with it. */
        if (span.end < m->whole.end && span.end == ends[1] && m->whole.end > ends[1]) span.end = m->whole.end;
        int r = pattern_report(s, rule, rule->groups[i].entity, span, score);
        if (r < 0) return r;
    }
    return 0;
}

/* Nothing: the validator says no. */
static bool pattern_score(const struct scratch *s, const struct rule *rule, const struct pattern_match *m, uint16_t *out) {
    *out = rule->score;
    if (!rule->validate) return true;
    struct span span = m->span;
    if (rule->group_count > 0) {
        const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(s->match_data);
        size_t n = rule->groups[0].number;
        if (n < pcre2_get_ovector_count(s->match_data) && ends[2 * n] != PCRE2_UNSET) span = (struct span) { .begin = ends[2 * n], .end = ends[2 * n + 1] };
    }
    if (rule->validate(bytes_slice(s->scan.text, span))) return true;
    if (rule->score_invalid < 0) return false;
    *out = (uint16_t) rule->score_invalid;
    return true;
}

static int pattern_report_match(struct scratch *s, const struct rule *rule, struct pattern_match *m, bool *out_taken) {
    uint16_t score = 0;
    *out_taken = false;
    if (rule->parse != PARSE_NONE) {
        struct span name;
        if (!recognizer_name_parse(&s->scan, s->engine->dictionary, m->whole.end, rule->parse, &name)) return 0;
        m->span = name;
        m->whole.end = name.end;
    }
    if (!pattern_score(s, rule, m, &score) || !pattern_needs_hold(s, rule, m->span)) return 0;
    *out_taken = true;
    if (rule->group_count > 0 && rule->parse == PARSE_NONE) return pattern_report_groups(s, rule, m, score);
    return pattern_report(s, rule, rule->entity, m->span, score);
}

/* ---- trying ---- */

/* One attempt at one place; *out_end moves past a match. */
static int pattern_try_at(struct scratch *s, const struct rule *rule, size_t at, const struct pattern_trigger *t, bool *out_taken) {
    size_t *last_end = &s->last_ends[rule - s->engine->ruleset->rules];
    struct pattern_match m = { 0 };
    *out_taken = false;
    int r = pattern_match(s, rule, at, &m);
    if (r <= 0) return r;
    if (rule->anchor == ANCHOR_BACK && m.whole.end <= t->span.begin) return 0; /* it must reach into its trigger */
    if (r == PATTERN_LIMIT) {
        struct finding f = { .span = m.span, .entity = ENTITY_OTHER_ID, .score = 1000, .source = FINDING_LABEL, .recognizer = RECOGNIZER_LIMIT };
        *last_end = m.whole.end;
        *out_taken = true;
        return scratch_add(s, f, false);
    }
    r = pattern_report_match(s, rule, &m, out_taken);
    if (r == 0 && *out_taken) *last_end = m.whole.end > t->span.end ? m.whole.end : t->span.end;
    return r;
}

/* Most triggers end here: nothing is called for a place where the pattern cannot begin. */
static inline bool pattern_may_begin(const struct scratch *s, const struct rule *rule, size_t at) {
    return !rule->code || at >= s->scan.text.len || rule_begins_with(rule, s->scan.text.ptr[at]);
}

/* How far back a rule that is keyed by its end may begin: not across empty lines. */
static uint32_t pattern_back_first(const struct scan *scan, const struct rule *rule, uint32_t trigger) {
    uint32_t first = trigger, lines = 0;
    while (first > 0 && trigger - first < rule->back) {
        uint8_t gap = scan->words[first].gap;
        lines += gap == GAP_LINE || gap == GAP_OTHER_LINE;
        if (gap == GAP_BREAK || lines > 1) break;
        first--;
    }
    return first;
}

static int pattern_try_back(struct scratch *s, const struct rule *rule, const struct pattern_trigger *t) {
    size_t last_end = s->last_ends[rule - s->engine->ruleset->rules];
    bool taken = false;
    for (uint32_t i = pattern_back_first(&s->scan, rule, t->first); i < t->first && !taken; i++) {
        size_t at = scan_span(&s->scan, i).begin;
        if (!pattern_may_begin(s, rule, at) || at < last_end || (s->scan.words[i].shape & WORD_TOUCHES_LEFT)) continue;
        int r = pattern_try_at(s, rule, at, t, &taken);
        if (r < 0) return r;
    }
    return 0;
}

static int pattern_try(struct scratch *s, const struct rule *rule, const struct pattern_trigger *t) {
    if (t->span.begin < s->last_ends[rule - s->engine->ruleset->rules]) return 0;
    if (!pattern_when_holds(s, rule, t)) return 0;
    if (rule->anchor == ANCHOR_BACK) return pattern_try_back(s, rule, t);
    bool taken;
    return pattern_try_at(s, rule, rule->anchor == ANCHOR_AFTER ? t->span.end : t->span.begin, t, &taken);
}

/* The word behind the trigger, if it is on its line. */
static inline const struct word *pattern_word_after(const struct scan *scan, const struct pattern_trigger *t) {
    uint32_t i = t->first + t->count;
    if (i >= scan->word_count) return NULL;
    const struct word *w = &scan->words[i];
    return w->gap == GAP_LINE || w->gap == GAP_OTHER_LINE || w->gap == GAP_BREAK ? NULL : w;
}

static _hot_ int pattern_try_list(struct scratch *s, const struct rule_list *list, const struct pattern_trigger *t) {
    const struct ruleset *set = s->engine->ruleset;
    struct gate_view view;
    gate_look(&set->gate, s->scan.text, t->span, pattern_word_after(&s->scan, t), &view);
    for (size_t i = 0; i < set->gate.width; i++) {
        uint64_t open = gate_open(&set->gate, &view, list->gate, i);
        if ((open & set->gate.line_start[i]) && !pattern_line_begins_at(s->scan.text, t->span.begin)) open &= ~set->gate.line_start[i];
        for (; open; open &= open - 1) {
            int r = pattern_try(s, &set->rules[64 * i + (size_t) __builtin_ctzll(open)], t);
            if (r < 0) return r;
        }
    }
    return 0;
}

/* ---- triggers ---- */

/* A label must be a word of its own, or at least three letters long where it touches digits (MRN123). */
static bool pattern_keyword_stands(const struct word *w) {
    return w->len >= 3 || (w->shape & (WORD_TOUCHES_LEFT | WORD_TOUCHES_RIGHT)) == 0;
}

static inline enum rule_case pattern_case(const struct word *w) {
    if (!word_is_capital(w)) return CASE_LOWER;
    return w->shape & WORD_UPPER ? CASE_UPPER : CASE_CAPITAL;
}

static int pattern_words(struct scratch *s, uint32_t i) {
    const struct scan *scan = &s->scan;
    const struct ruleset *set = s->engine->ruleset;
    const struct word *w = &scan->words[i];
    for (uint32_t k = w->phrase; k; k = scan->phrases[k - 1].shorter) {
        const struct scan_phrase *p = &scan->phrases[k - 1];
        const struct rule_list *list = &set->by_class[dictionary_class(p->payload)][pattern_case(w)];
        if (list->gate == 0) continue;
        struct pattern_trigger t = { .first = i, .count = p->word_count };
        t.span = (struct span) { .begin = scan_span(scan, i).begin, .end = scan_span(scan, i + p->word_count - 1u).end };
        int r = pattern_try_list(s, list, &t);
        if (r < 0) return r;
    }
    const struct rule_list *list = &set->by_class[dictionary_class(w->payload)][pattern_case(w)];
    if (list->gate == 0 || !pattern_keyword_stands(w)) return 0;
    return pattern_try_list(s, list, &(struct pattern_trigger) { .first = i, .count = 1, .span = scan_span(scan, i) });
}

static unsigned pattern_sign(struct bytes text, size_t at) {
    if (at >= text.len) return SIGN_ANY;
    switch (text.ptr[at]) {
    case '-': return SIGN_HYPHEN;
    case '/': return SIGN_SLASH;
    case '.': return SIGN_PERIOD;
    case ':': return SIGN_COLON;
    case ',': return SIGN_COMMA;
    case ' ': return SIGN_SPACE;
    default: return text_is_alpha(text.ptr[at]) || text.ptr[at] >= 0x80 ? SIGN_TOUCH : SIGN_ANY;
    }
}

static unsigned pattern_digits(const struct word *w) {
    return w->len > 15 ? 16 : w->len;
}

static int pattern_numbers(struct scratch *s, uint32_t i) {
    const struct scan *scan = &s->scan;
    const struct word *w = &scan->words[i];
    struct span span = scan_span(scan, i);
    unsigned sign1 = pattern_sign(scan->text, span.end), len2 = 0, sign2 = SIGN_ANY;
    if (sign1 != SIGN_ANY && sign1 != SIGN_TOUCH && i + 1 < scan->word_count) {
        struct span next = scan_span(scan, i + 1);
        if (next.begin == span.end + 1 && (scan->words[i + 1].shape & WORD_DIGITS)) {
            len2 = pattern_digits(&scan->words[i + 1]);
            sign2 = pattern_sign(scan->text, next.end);
        }
    }
    const struct rule_list *list = &s->engine->ruleset->by_shape[pattern_digits(w)][sign1][len2][sign2];
    if (list->gate == 0) return 0;
    return pattern_try_list(s, list, &(struct pattern_trigger) { .first = i, .count = 1, .span = span });
}

static int pattern_mixed(struct scratch *s, uint32_t i) {
    const struct word *w = &s->scan.words[i];
    const struct rule_list *list = &s->engine->ruleset->by_mixed[(w->shape & WORD_DIGITS) != 0];
    if (list->gate == 0) return 0;
    return pattern_try_list(s, list, &(struct pattern_trigger) { .first = i, .count = 1, .span = scan_span(&s->scan, i) });
}

static bool pattern_is_local_part(uint8_t c) {
    return text_is_alnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-';
}

/* What stands before the character belongs to what it announces: the local part of an address, the word that an escape goes on with. */
static size_t pattern_char_begin(struct bytes text, size_t at) {
    size_t begin = at;
    uint8_t c = text.ptr[at];
    while (c == '@' && begin > 0 && at - begin < 256 && pattern_is_local_part(text.ptr[begin - 1])) begin--;
    while (c == '%' && begin > 0 && at - begin < 80 && text.ptr[begin - 1] > ' ' && !strchr("<>\"%", text.ptr[begin - 1])) begin--;
    return begin;
}

static int pattern_chars(struct scratch *s) {
    const struct scan *scan = &s->scan;
    for (uint32_t i = 0; i < scan->char_count; i++) {
        size_t at = scan->base + scan->chars[i];
        if (at < scan->core.begin || at >= scan->core.end) continue;
        struct pattern_trigger t = { .first = scan_word_at(scan, at), .span = { .begin = pattern_char_begin(scan->text, at), .end = at + 1 } };
        int r = pattern_try_list(s, &s->engine->ruleset->by_char[scan->text.ptr[at]], &t);
        if (r < 0) return r;
    }
    return 0;
}

_hot_ int recognizer_pattern_run(struct scratch *s) {
    const struct scan *scan = &s->scan;
    for (uint32_t i = scan->core_first; i < scan->core_end; i++) {
        const struct word *w = &scan->words[i];
        int r = 0;
        if ((w->shape & (WORD_DIGITS | WORD_TOUCHES_LEFT)) == WORD_DIGITS) r = pattern_numbers(s, i);
        else if ((w->payload | w->phrase) != 0) r = pattern_words(s, i);
        if (r == 0 && (w->shape & (WORD_TOUCHES_LEFT | WORD_TOUCHES_RIGHT)) == WORD_TOUCHES_RIGHT) r = pattern_mixed(s, i);
        if (r < 0) return r;
    }
    return pattern_chars(s);
}
