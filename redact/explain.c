#include "redact/explain.h"

#include <errno.h>

#include "redact/recognizer.h"
#include "redact/resolve.h"

int explain_note(struct explanation *x, struct arena *a, const struct findings *found, size_t first, const struct findings *drops) {
    struct explain_trace *t = &x->trace;
    struct findings *to = t->is_second ? &t->seconds : &t->candidates;
    int r = 0;
    if (!t->is_second) t->candidates.count = t->seconds.count = t->drops.count = 0;
    for (size_t i = first; r == 0 && i < found->count; i++) r = finding_add(to, a, found->items[i]);
    for (size_t i = t->drops.count; r == 0 && i < drops->count; i++) r = finding_add(&t->drops, a, drops->items[i]);
    return r;
}

static const struct finding *explain_dropped_by(const struct explain_trace *t, const struct finding *f) {
    for (size_t i = 0; i < t->drops.count; i++) {
        const struct finding *d = &t->drops.items[i];
        if (span_overlaps(d->span, f->span) && d->score > f->score) return d;
    }
    return NULL;
}

static const struct finding *explain_covered_by(const struct findings *resolved, const struct finding *f) {
    size_t low = 0, high = resolved->count; /* the first that ends behind the finding's begin */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (resolved->items[middle].span.end <= f->span.begin) low = middle + 1;
        else high = middle;
    }
    return low < resolved->count && span_overlaps(resolved->items[low].span, f->span) ? &resolved->items[low] : NULL;
}

static enum explain_fate explain_compare(const struct finding *winner, const struct finding *f) {
    if (winner->recognizer == f->recognizer && winner->source == f->source && winner->score == f->score && winner->entity == f->entity) return EXPLAIN_WON;
    if (winner->source != f->source) return EXPLAIN_WEAKER;
    return winner->score != f->score ? EXPLAIN_LOWER : EXPLAIN_SHORTER;
}

static int explain_add(struct explanation *x, struct arena *a, const struct explain_item *item) {
    if (x->count == x->capacity) {
        size_t wider = x->capacity ? 2 * x->capacity : 64;
        struct explain_item *items = arena_alloc_dirty(a, wider, sizeof(*items));
        if (!items) return -ENOMEM;
        if (x->count > 0) memcpy(items, x->items, x->count * sizeof(*items));
        x->items = items;
        x->capacity = wider;
    }
    x->items[x->count++] = *item;
    return 0;
}

static struct explain_item explain_item_of(const struct explain_trace *t, const struct findings *resolved, const struct finding *f, uint16_t score_min) {
    struct explain_item item = { .finding = *f, .place = f->span, .by = f->recognizer };
    const struct finding *winner = explain_covered_by(resolved, f), *drop = winner ? NULL : explain_dropped_by(t, f);
    if (drop) {
        item.fate = EXPLAIN_DROPPED;
        item.by = drop->recognizer;
    } else if (winner) {
        item.fate = winner->score < score_min ? EXPLAIN_BELOW : explain_compare(winner, f);
        item.by = winner->recognizer;
        item.place = winner->span;
    } else {
        item.fate = EXPLAIN_DROPPED; /* with what a drop took away; which one did is told of its neighbour */
    }
    return item;
}

static int explain_order(const void *a, const void *b) {
    const struct explain_item *x = a, *y = b;
    if (x->place.begin != y->place.begin) return x->place.begin < y->place.begin ? -1 : 1;
    if ((x->fate == EXPLAIN_WON) != (y->fate == EXPLAIN_WON)) return x->fate == EXPLAIN_WON ? -1 : 1;
    if (x->finding.span.begin != y->finding.span.begin) return x->finding.span.begin < y->finding.span.begin ? -1 : 1;
    if (x->finding.score != y->finding.score) return x->finding.score > y->finding.score ? -1 : 1;
    return (x->finding.recognizer > y->finding.recognizer) - (x->finding.recognizer < y->finding.recognizer);
}

int explain_judge(struct explanation *x, struct arena *a, const struct explain_run *run) {
    const struct findings *passes[] = { &x->trace.candidates, &x->trace.seconds };
    for (uint8_t pass = 0; pass < array_count(passes); pass++) {
        for (size_t i = 0; i < passes[pass]->count; i++) {
            struct explain_item item = explain_item_of(&x->trace, run->resolved, &passes[pass]->items[i], run->score_min);
            item.pass = (uint8_t) (pass + 1);
            item.finding.span = map_span(run->map, item.finding.span);
            item.place = map_span(run->map, item.place);
            int r = explain_add(x, a, &item);
            if (r < 0) return r;
        }
    }
    return 0;
}

void explain_sort(struct explanation *x) {
    if (x->count > 1) qsort(x->items, x->count, sizeof(*x->items), explain_order);
}

const char *explain_source_name(enum finding_source source) {
    switch (source) {
    case FINDING_LIST: return "list";
    case FINDING_TAGGER: return "tagger";
    case FINDING_FIELD: return "field";
    case FINDING_CHECKSUM: return "checksum";
    case FINDING_ROSTER: return "roster";
    case FINDING_LABEL: return "label";
    }
    return "?";
}

static const struct {
    const char *name, *words;
} explain_fates[] = {
    [EXPLAIN_WON] = { "won", "decides" },
    [EXPLAIN_WEAKER] = { "weaker", "lost: its kind of source is believed less than that of" },
    [EXPLAIN_LOWER] = { "lower", "lost: scores less than" },
    [EXPLAIN_SHORTER] = { "shorter", "lost: shorter than" },
    [EXPLAIN_DROPPED] = { "dropped", "stays readable: only looks like an identifier, says" },
    [EXPLAIN_BELOW] = { "below", "stays readable: below min_score" },
};

const char *explain_fate_name(enum explain_fate fate) {
    return explain_fates[fate].name;
}

const char *explain_fate_words(enum explain_fate fate) {
    return explain_fates[fate].words;
}

bool explain_rule_place(const struct engine *e, uint16_t recognizer, const char **out_path, size_t *out_line) {
    if (recognizer < RECOGNIZER_BUILTIN_COUNT) return false;
    const struct rule *rule = &e->ruleset->rules[recognizer - RECOGNIZER_BUILTIN_COUNT];
    *out_path = rule->path;
    *out_line = rule->line;
    return true;
}
