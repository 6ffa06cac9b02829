#include "redact/feature_lanes.h"

#include "conf/base/size.h"
#include "conf/base/text.h"

enum {
    SHAPE_NONE, SHAPE_NUMBER, SHAPE_LOWER, SHAPE_CAPITAL, SHAPE_UPPER, SHAPE_INNER, SHAPE_LETTER, SHAPE_LETTER_LOWER,
    SHAPE_KINDS = 8, /* times length class, 0..7 */
};
enum { GAP_WIDE = WORD_GAP_COUNT, GAP_OPEN, GAP_CLOSE, GAP_QUOTE, GAP_SEMICOLON, GAP_ASK, GAP_BAR, GAP_SYMBOL };

static uint8_t feature_length_class(size_t len) {
    static const uint8_t classes[] = { 0, 1, 2, 3, 4, 5, 5, 5, 6, 6, 6 };
    return len < sizeof(classes) ? classes[len] : 7;
}

static uint8_t feature_shape(const struct word *word, struct bytes text) {
    unsigned kind = SHAPE_LOWER;
    if (word->shape & WORD_DIGITS) kind = SHAPE_NUMBER;
    else if (text.len == 1) kind = word->shape & WORD_CAPITAL ? SHAPE_LETTER : SHAPE_LETTER_LOWER;
    else if (word->shape & WORD_UPPER) kind = SHAPE_UPPER;
    else {
        bool inner = false;
        for (size_t i = 1; i < text.len && !inner; i++) inner = text_is_upper(text.ptr[i]);
        if (inner) kind = SHAPE_INNER;
        else if (word->shape & WORD_CAPITAL) kind = SHAPE_CAPITAL;
    }
    return (uint8_t) (kind * 8 + feature_length_class(text.len));
}

/* 0 not listed, 1 rare, 2 known, 3 frequent: weights are binary logarithms of a share, 31 the most frequent. */
static unsigned feature_weight_class(uint32_t weight, uint32_t known, uint32_t frequent) {
    if (weight == 0) return 0;
    return weight < known ? 1 : weight < frequent ? 2 : 3;
}

#define FEATURE_CLINICAL (FLAG_BIT(FLAG_DRUG) | FLAG_BIT(FLAG_UNIT) | FLAG_BIT(FLAG_ANATOMY) | FLAG_BIT(FLAG_CLINICAL))
#define FEATURE_SOCIAL (FLAG_BIT(FLAG_TITLE) | FLAG_BIT(FLAG_CREDENTIAL) | FLAG_BIT(FLAG_RELATION) | FLAG_BIT(FLAG_ROLE))
#define FEATURE_PLACE (FLAG_BIT(FLAG_CITY) | FLAG_BIT(FLAG_COUNTY))
#define FEATURE_INSTITUTION (FLAG_BIT(FLAG_FACILITY_HEAD) | FLAG_BIT(FLAG_ORG_SUFFIX) | FLAG_BIT(FLAG_STREET_SUFFIX))
/* Flags that tell a word's own meaning; not PREFIX and not what only whole phrases have. */
#define FEATURE_FLAGS (FLAG_BIT(FLAG_COUNT) - 1 - FLAG_BIT(FLAG_GIVEN_MALE) - FLAG_BIT(FLAG_GIVEN_FEMALE) - FLAG_BIT(FLAG_PROTECT))

static uint16_t feature_kind(uint32_t payload, uint64_t flags) {
    unsigned kind = feature_weight_class(dictionary_weight_common(payload), 17, 23);
    kind = kind << 2 | feature_weight_class(dictionary_weight_surname(payload), 18, 23);
    kind = kind << 2 | feature_weight_class(dictionary_weight_given(payload), 17, 22);
    unsigned role = 0;
    if (flags & FLAG_BIT(FLAG_STOP)) role = 1;
    else if (flags & FEATURE_SOCIAL) role = 2;
    else if (flags & FEATURE_CLINICAL) role = 3;
    else if (flags & FEATURE_INSTITUTION) role = 4;
    else if (flags & FEATURE_PLACE) role = 5;
    else if (flags & FLAG_BIT(FLAG_EPONYM)) role = 6;
    else if (flags & ~(FLAG_BIT(FLAG_COMMON) | FLAG_BIT(FLAG_SURNAME) | FLAG_BIT(FLAG_GIVEN) | FLAG_BIT(FLAG_NICKNAME))) role = 7;
    return (uint16_t) (kind << 3 | role);
}

static uint32_t feature_letters(struct bytes text, size_t begin, size_t end) {
    uint32_t h = (uint32_t) (end - begin);
    for (size_t i = begin; i < end; i++) h = feature_mix(h, text_to_lower(text.ptr[i]));
    return h;
}

void feature_sketch(const struct word *word, struct bytes text, uint64_t flags, enum feature_case line_case, struct feature_sketch *out) {
    flags &= FEATURE_FLAGS;
    *out = (struct feature_sketch) { .line_case = (uint8_t) line_case, .shape = feature_shape(word, text) };
    size_t n = text.len;
    if (word->shape & WORD_DIGITS) {
        /* The value tells nothing but its length, and numbers of one or two digits their first. */
        uint32_t first = n == 0 || n > 2 ? 0 : text.ptr[0];
        out->identity = feature_mix(0xD161u + (uint32_t) size_min(n, 12), first) | 1;
        return;
    }
    out->identity = (uint32_t) (word->hash >> 32 ^ word->hash) | 1;
    for (size_t k = 0; k < 3; k++) out->affix[k] = n > k + 2 ? feature_letters(text, n - k - 2, n) : 0;
    out->affix[3] = n > 3 ? feature_letters(text, 0, 3) : 0;
    out->flags = feature_mix((uint32_t) flags, (uint32_t) (flags >> 32));
    out->kind = feature_kind(word->payload, flags);
}

void feature_forget(struct feature_sketch *sketch, bool identity, bool lists) {
    if (identity) sketch->identity = 0;
    if (!lists) return;
    sketch->flags = feature_mix(0, 0);
    sketch->kind = 0;
}

uint8_t feature_gap(const struct scan *s, uint32_t i) {
    const struct word *w = &s->words[i];
    if (w->gap != GAP_OTHER && w->gap != GAP_SPACE) return w->gap;
    size_t end = s->base + w->begin, at = i > 0 ? scan_span(s, i - 1).end : s->window.begin;
    if (w->gap == GAP_SPACE) return end - at > 1 || s->text.ptr[at] == '\t' ? GAP_WIDE : GAP_SPACE;
    while (at < end && (s->text.ptr[at] == ' ' || s->text.ptr[at] == '\t')) at++;
    if (at >= end) return GAP_OTHER;
    switch (s->text.ptr[at]) {
    case '(':
    case '[':
    case '{': return GAP_OPEN;
    case ')':
    case ']':
    case '}': return GAP_CLOSE;
    case '"':
    case '\'': return GAP_QUOTE;
    case ';': return GAP_SEMICOLON;
    case '?':
    case '!': return GAP_ASK;
    case '|':
    case '^': return GAP_BAR;
    case '=':
    case '+':
    case '%':
    case '<':
    case '>':
    case '*':
    case '#':
    case '&':
    case '@': return GAP_SYMBOL;
    default: return GAP_OTHER;
    }
}

void feature_terms_of_word(const struct feature_sketch *sketch, struct feature_terms *out) {
    uint32_t shape = sketch->shape, line = sketch->line_case, kind = sketch->kind, identity = sketch->identity, coarse = shape >> 3;
    *out = (struct feature_terms) {
        .a = { identity, shape, kind, kind, sketch->flags, sketch->flags, sketch->affix[0], sketch->affix[1], sketch->affix[2], sketch->affix[3], sketch->affix[1], identity,
               sketch->affix[2] },
        .b = { 0, line, 0, coarse | line << 8, 0, coarse, 0, 0, 0, 0, kind >> 3, coarse, coarse },
    };
}

unsigned feature_of_word(const struct feature_sketch *sketch, unsigned offset, uint32_t out[FEATURE_WORD_COUNT]) {
    struct feature_terms t;
    feature_terms_of_word(sketch, &t);
    feature_lanes all = feature_hash_of_word(&t, offset);
    memcpy(out, &all, feature_word_count(offset) * sizeof(*out));
    return feature_word_count(offset);
}

_hot_ void feature_terms_of_place(const struct feature_place *p, struct feature_terms *out) {
    const struct feature_sketch *a = p->near[0], *b = p->near[1], *c = p->near[2], *d = p->near[3], *e = p->near[4];
    uint32_t ga = p->gap[1], gb = p->gap[2], gd = p->gap[3], ge = p->gap[4];
    uint32_t shape = c->shape >> 3, gaps = gb << 8 | gd;
    *out = (struct feature_terms) {
        .a = { gb, gd, gaps, b->identity, d->identity, b->identity, d->identity, b->identity, (uint32_t) b->shape << 8 | d->shape, b->kind, d->kind,
               (uint32_t) b->kind << 16 | d->kind, ga << 24 | gb << 16 | gd << 8 | ge, b->flags, d->flags, p->label },
        .b = { shape, shape, c->kind, gb, gd, a->identity, e->identity, d->identity, gaps, gb, gd, gaps, shape, gb, gd, gb },
        .c = { c->line_case, c->line_case, shape, shape, shape, gb << 8 | ga, gd << 8 | ge, gaps, c->shape, c->kind, c->kind, shape, 0, shape, shape, shape },
    };
}

void feature_of_place(const struct feature_place *p, uint32_t out[FEATURE_CONTEXT_COUNT]) {
    struct feature_terms t;
    feature_terms_of_place(p, &t);
    feature_lanes all = feature_hash_of_place(&t);
    memcpy(out, &all, sizeof(all));
}

uint32_t feature_line_end(const struct scan *s, uint32_t i) {
    uint32_t end = i + 1;
    while (end < s->word_count && !feature_ends_line(s, end)) end++;
    return end;
}

enum feature_case feature_line_case(const struct scan *s, uint32_t begin, uint32_t end) {
    size_t letters = 0, capital = 0, upper = 0;
    for (uint32_t i = begin; i < end; i++) {
        const struct word *w = &s->words[i];
        if (!word_is_letters(w) || w->len < 2) continue;
        letters++;
        capital += (w->shape & WORD_CAPITAL) != 0;
        upper += (w->shape & WORD_UPPER) != 0;
    }
    if (letters >= 3 && upper * 5 >= letters * 4) return FEATURE_UPPER;
    if (letters >= 3 && capital == 0) return FEATURE_LOWER;
    return FEATURE_MIXED;
}

uint32_t feature_label(const struct scan *s, uint32_t i) {
    for (uint32_t back = 0; back < FEATURE_LABEL_REACH && i >= back + 1; back++) {
        uint32_t at = i - back;
        if (feature_ends_line(s, at)) return 0;
        if (s->words[at].gap != GAP_COLON) continue;
        uint64_t label = s->words[at - 1].hash;
        if (at > 1 && !feature_ends_line(s, at - 1)) label = word_hash_join(s->words[at - 2].hash, label);
        return (uint32_t) (label >> 32 ^ label) | 1;
    }
    return 0;
}
