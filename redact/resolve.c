#include "redact/resolve.h"

#include "conf/base/text.h"

bool resolve_outranks(const struct finding *a, const struct finding *b) {
    if (a->source != b->source) return a->source > b->source;
    if (a->score != b->score) return a->score > b->score;
    return span_len(a->span) > span_len(b->span);
}

/* Both are sorted. A drop reaches every finding it overlaps; open drops are few at any place, as drops of one rule never overlap. */
static void resolve_drop(struct findings *f, const struct findings *drops) {
    size_t kept = 0, first = 0;
    size_t longest = 0; /* of all drops: how far back one may begin */
    for (size_t i = 0; i < drops->count; i++) {
        if (span_len(drops->items[i].span) > longest) longest = span_len(drops->items[i].span);
    }
    for (size_t i = 0; i < f->count; i++) {
        const struct finding *finding = &f->items[i];
        bool dropped = false;
        while (first < drops->count && drops->items[first].span.begin + longest <= finding->span.begin) first++;
        for (size_t k = first; k < drops->count && drops->items[k].span.begin < finding->span.end && !dropped; k++) {
            dropped = span_overlaps(drops->items[k].span, finding->span) && drops->items[k].score > finding->score;
        }
        if (!dropped) f->items[kept++] = *finding;
    }
    f->count = kept;
}

static void resolve_join(struct finding *into, const struct finding *other) {
    struct span span = span_union(into->span, other->span);
    if (resolve_outranks(other, into)) *into = *other;
    into->span = span;
}

static void resolve_overlaps(struct findings *f) {
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (kept > 0 && span_overlaps(f->items[kept - 1].span, f->items[i].span)) resolve_join(&f->items[kept - 1], &f->items[i]);
        else f->items[kept++] = f->items[i];
    }
    f->count = kept;
}

static bool resolve_gap_joins(struct bytes gap, bool is_person) {
    size_t signs = 0;
    if (gap.len > 3) return false;
    for (size_t i = 0; i < gap.len; i++) {
        uint8_t c = gap.ptr[i];
        if (c == ' ') continue;
        if (!is_person) return false;
        if (c != ',' && c != '-' && c != '.' && c != '\'') return false;
        signs++;
    }
    return signs <= 1;
}

static bool resolve_is_one(const struct finding *a, const struct finding *b) {
    if (a->entity == b->entity) return true;
    return entity_is_person(a->entity) && entity_is_person(b->entity);
}

/* "John" "Smith" is one person; two dates or numbers side by side stay two. */
static void resolve_neighbours(struct bytes text, struct findings *f) {
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        struct finding *before = kept > 0 ? &f->items[kept - 1] : NULL;
        bool joins = before && resolve_is_one(before, &f->items[i]) && (entity_is_person(before->entity) || before->entity == ENTITY_FACILITY);
        if (joins) {
            struct bytes gap = bytes_slice(text, (struct span) { .begin = before->span.end, .end = f->items[i].span.begin });
            joins = resolve_gap_joins(gap, entity_is_person(before->entity));
        }
        if (joins) resolve_join(before, &f->items[i]);
        else f->items[kept++] = f->items[i];
    }
    f->count = kept;
}

void resolve_findings(struct bytes text, struct findings *findings, struct findings *drops) {
    finding_sort(findings);
    finding_sort(drops);
    resolve_drop(findings, drops);
    resolve_overlaps(findings);
    resolve_neighbours(text, findings);
}
