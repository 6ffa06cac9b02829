/* The tagger among the recognizers: it sees the same window as the others and adds what they have no rule for. What it cut short is made whole:
 * words joined by a hyphen, initials before a name, the number before a street. */
#include <errno.h>

#include "redact/recognizer.h"

enum {
    WHOLE_WORDS_MAX = 4, /* how far a finding may grow to one side */
    SCORE_DRAW = 500,
    SCORE_MAX = 690, /* below a protected phrase (700): the model may doubt "Foley catheter", the list does not */
};

struct tagged {
    const struct scan *scan;
    uint32_t first, last;
    bool person, street;
};

static bool tagged_is_letter(const struct word *w) {
    return word_is_letters(w) && w->len == 1 && word_is_capital(w);
}

/* Does word `left`, just before the finding, belong to it? */
static bool tagged_takes_left(const struct tagged *t, uint32_t left) {
    const struct word *w = &t->scan->words[left], *next = &t->scan->words[left + 1];
    if (t->street) return (w->shape & WORD_DIGITS) && (next->gap == GAP_SPACE || next->gap == GAP_NONE || next->gap == GAP_HYPHEN);
    if (!t->person) return false;
    if (next->gap == GAP_NONE) return true;
    if (next->gap == GAP_HYPHEN) return word_is_letters(w) && word_is_capital(w) == word_is_capital(next);
    return tagged_is_letter(w) && (next->gap == GAP_PERIOD_SPACE || next->gap == GAP_PERIOD);
}

static bool tagged_takes_right(const struct tagged *t, uint32_t right) {
    const struct word *w = &t->scan->words[right], *before = &t->scan->words[right - 1];
    if (!t->person) return false;
    if (w->gap == GAP_NONE) return true;
    return w->gap == GAP_HYPHEN && word_is_letters(w) && word_is_capital(w) == word_is_capital(before) && w->len > 1;
}

static struct span tagged_whole(const struct scan *scan, const struct finding *f) {
    struct tagged t = { .scan = scan, .person = entity_is_person(f->entity), .street = f->entity == ENTITY_STREET };
    t.first = scan_word_at(scan, f->span.begin);
    t.last = t.first;
    while (t.last + 1 < scan->word_count && scan_span(scan, t.last + 1).end <= f->span.end) t.last++;
    for (unsigned n = 0; n < WHOLE_WORDS_MAX && t.first > 0 && tagged_takes_left(&t, t.first - 1); n++) t.first--;
    for (unsigned n = 0; n < WHOLE_WORDS_MAX && t.last + 1 < scan->word_count && tagged_takes_right(&t, t.last + 1); n++) t.last++;
    return (struct span){ .begin = scan_span(scan, t.first).begin, .end = scan_span(scan, t.last).end };
}

/* The model may take "Smith" and "Anne" of two cells for one name; a table keeps its cells. */
static int tagged_add_cells(struct scratch *s, struct finding f) {
    const struct scan *scan = &s->scan;
    size_t end = f.span.end;
    int r = 0;
    for (uint32_t i = scan_word_at(scan, f.span.begin); r == 0 && i < scan->word_count && scan_span(scan, i).begin < end; i++) {
        bool last = i + 1 == scan->word_count || scan_span(scan, i + 1).begin >= end;
        if (!last && scan->words[i + 1].gap != GAP_BREAK) continue;
        struct finding cell = f;
        cell.span.end = last ? end : scan_span(scan, i).end;
        cell.span = tagged_whole(scan, &cell);
        r = scratch_add(s, cell, false);
        if (!last) f.span.begin = scan_span(scan, i + 1).begin;
    }
    return r;
}

int recognizer_tagger_run(struct scratch *s) {
    const struct tagger_options options = { .recognizer = RECOGNIZER_TAGGER };
    const struct finding *findings = NULL;
    size_t count = 0;
    int r = tagger_run(s->tagger, &s->scan, &options, &findings, &count);
    if (r < 0) return scratch_refuse(s, REFUSAL_MEMORY, r);
    for (size_t i = 0; i < count && r == 0; i++) {
        struct finding f = findings[i];
        f.score = (uint16_t) (SCORE_DRAW + (f.score - SCORE_DRAW) * (SCORE_MAX - SCORE_DRAW) / (1000 - SCORE_DRAW));
        r = tagged_add_cells(s, f);
    }
    return r;
}
