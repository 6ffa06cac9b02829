#include "redact/gate.h"

#include <assert.h>
#include <errno.h>

#include "redact/ruleset.h"

enum { NEXT_KINDS = 3 };
static_assert(NEXT_CAPITAL == 1 << 0 && NEXT_LOWER == 1 << 1 && NEXT_NUMBER == 1 << 2, "next_word's rows are the bits of enum rule_next_word");

static void gate_set(uint64_t *row, size_t rule) {
    row[rule >> 6] |= UINT64_C(1) << (rule & 63);
}

/* One offset of one side. A rule that does not begin on this side may have any byte there. */
static void gate_fill_head(const struct gate *g, const struct rule *rule, size_t number, size_t row) {
    size_t side = row / SIEVE_HEAD_LEN, offset = row % SIEVE_HEAD_LEN;
    uint64_t bytes[4];
    memset(bytes, 0xFF, sizeof(bytes));
    if (rule->code && rule->anchor == (side == 0 ? ANCHOR_AT : ANCHOR_AFTER)) {
        sieve_head(&rule->sieve, offset, bytes);
        for (size_t i = 0; offset == 0 && i < 4; i++) bytes[i] &= rule->begins[i];
    }
    for (size_t c = 0; c < 256; c++) {
        if (bytes[c >> 6] >> (c & 63) & 1) gate_set(g->heads + (row * 256 + c) * g->width, number);
    }
}

static void gate_fill(const struct gate *g, const struct rule *rule, size_t number) {
    for (size_t row = 0; row < GATE_SIDES * SIEVE_HEAD_LEN; row++) gate_fill_head(g, rule, number, row);
    for (size_t c = 0; c < 256; c++) {
        if (rule->next[c >> 6] >> (c & 63) & 1) gate_set(g->next + c * g->width, number);
    }
    for (size_t kind = 0; kind < NEXT_KINDS; kind++) {
        if (rule->next_word == 0 || (rule->next_word >> kind & 1)) gate_set(g->next_word + kind * g->width, number);
    }
    gate_set(g->next_word + NEXT_KINDS * g->width, number); /* what a line's end cuts may go on below */
    if (rule->when & WHEN_LINE_START) gate_set(g->line_start, number);
    gate_set(g->all, number);
}

static int gate_grow(struct gate *g, struct arena *a) {
    size_t capacity = g->list_capacity > 0 ? 2 * g->list_capacity : 256;
    uint64_t *lists = arena_alloc(a, capacity * g->width, sizeof(*lists));
    if (!lists) return -ENOMEM;
    if (g->list_count > 0) memcpy(lists, g->lists, g->list_count * g->width * sizeof(*lists));
    g->lists = lists;
    g->list_capacity = capacity;
    return 0;
}

int gate_make(struct gate *g, struct arena *a, const struct rule *rules, size_t rule_count) {
    struct gate made = { .width = rule_count / 64 + 1 };
    made.heads = arena_alloc(a, GATE_SIDES * SIEVE_HEAD_LEN * 256 * made.width, sizeof(*made.heads));
    made.next = arena_alloc(a, 256 * made.width, sizeof(*made.next));
    made.next_word = arena_alloc(a, (NEXT_KINDS + 1) * made.width, sizeof(*made.next_word));
    made.line_start = arena_alloc(a, made.width, sizeof(*made.line_start));
    made.all = arena_alloc(a, made.width, sizeof(*made.all));
    if (!made.heads || !made.next || !made.next_word || !made.line_start || !made.all) return -ENOMEM;
    int r = gate_grow(&made, a);
    if (r < 0) return r;
    made.list_count = 1;
    for (size_t i = 0; i < rule_count; i++) gate_fill(&made, &rules[i], i);
    *g = made;
    return 0;
}

/* Many triggers lead to the same rules: a list is compared with the newest ones, which is where its like stands. */
static bool gate_find_list(const struct gate *g, const uint64_t *row, uint16_t *out_list) {
    enum { GATE_LOOK_BACK = 64 };
    for (size_t n = 0, i = g->list_count; n < GATE_LOOK_BACK && i-- > 0; n++) {
        if (memcmp(g->lists + i * g->width, row, g->width * sizeof(*row)) != 0) continue;
        *out_list = (uint16_t) i;
        return true;
    }
    return false;
}

int gate_add_list(struct gate *g, struct arena *a, const uint16_t *numbers, size_t count, uint16_t *out_list) {
    if (g->list_count > UINT16_MAX) return -E2BIG;
    if (g->list_count == g->list_capacity) {
        int r = gate_grow(g, a);
        if (r < 0) return r;
    }
    uint64_t *row = g->lists + g->list_count * g->width;
    memset(row, 0, g->width * sizeof(*row));
    for (size_t i = 0; i < count; i++) gate_set(row, numbers[i]);
    if (!gate_find_list(g, row, out_list)) *out_list = (uint16_t) g->list_count++;
    return 0;
}
