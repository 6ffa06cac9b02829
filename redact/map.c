#include "redact/map.h"

#include <errno.h>

int map_add(struct map *m, struct arena *a, size_t from, size_t to) {
    if (m->count == m->capacity) {
        size_t capacity = m->capacity > 0 ? 2 * m->capacity : 64;
        struct map_step *steps = arena_alloc_dirty(a, capacity, sizeof(*steps));
        if (!steps) return -ENOMEM;
        if (m->count > 0) memcpy(steps, m->steps, m->count * sizeof(*steps));
        m->steps = steps;
        m->capacity = capacity;
    }
    must(m->count == 0 || from >= m->steps[m->count - 1].from);
    /* Several deletions at one place: the last says where the text goes on. */
    if (m->count > 0 && m->steps[m->count - 1].from == from) m->count--;
    m->steps[m->count++] = (struct map_step) { .from = from, .to = to };
    return 0;
}

size_t map_position(const struct map *m, size_t at) {
    size_t low = 0, high = m->count; /* the last step with from <= at lies before high */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->steps[middle].from <= at) low = middle + 1;
        else high = middle;
    }
    if (low == 0) return at;
    return m->steps[low - 1].to + (at - m->steps[low - 1].from);
}

struct span map_span(const struct map *m, struct span s) {
    return (struct span) { .begin = map_position(m, s.begin), .end = map_position(m, s.end) };
}

size_t map_derived(const struct map *m, size_t at) {
    size_t low = 0, high = m->count; /* the last step with to <= at lies before high */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->steps[middle].to <= at) low = middle + 1;
        else high = middle;
    }
    size_t derived = low == 0 ? at : m->steps[low - 1].from + (at - m->steps[low - 1].to);
    /* Inside a character that shrank: not past what the next step says. */
    return low < m->count && derived > m->steps[low].from ? m->steps[low].from : derived;
}
