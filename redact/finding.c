#include "redact/finding.h"

#include <errno.h>

int finding_add(struct findings *f, struct arena *a, struct finding finding) {
    must(!span_is_empty(finding.span));
    if (f->count == f->capacity) {
        size_t capacity = f->capacity > 0 ? 2 * f->capacity : 64;
        if (arena_grow(a, f->items, f->capacity * sizeof(*f->items), capacity * sizeof(*f->items))) {
            f->capacity = capacity;
            f->items[f->count++] = finding;
            return 0;
        }
        struct finding *items = arena_alloc_dirty(a, capacity, sizeof(*items));
        if (!items) return -ENOMEM;
        if (f->count > 0) memcpy(items, f->items, f->count * sizeof(*items));
        f->items = items;
        f->capacity = capacity;
    }
    f->items[f->count++] = finding;
    return 0;
}

static int finding_compare(const void *a, const void *b) {
    const struct finding *x = a, *y = b;
    if (x->span.begin != y->span.begin) return x->span.begin < y->span.begin ? -1 : 1;
    if (x->span.end != y->span.end) return x->span.end > y->span.end ? -1 : 1;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return (x->recognizer > y->recognizer) - (x->recognizer < y->recognizer);
}

void finding_sort(struct findings *f) {
    if (f->count > 1) qsort(f->items, f->count, sizeof(*f->items), finding_compare);
}
