/* gate: which rules of a trigger's list may match there, told by a few bytes for all of them at once: one bit a rule, rows of bits by byte and place.
 * A closed gate is certain (it is made of what each rule's sieve, first bytes and `next` say); an open one is a question to the rule.
 * Threads: immutable once sealed; share freely. Ownership: the arena it was made in. */
#pragma once

#include "redact/sieve.h"
#include "redact/word.h"

struct rule;

enum { GATE_SIDES = 2, GATE_ROWS = GATE_SIDES * SIEVE_HEAD_LEN + 2 };

struct gate {
    size_t width;              /* words of 64 rules in a row */
    uint64_t *heads;           /* [side][offset][byte]: may the byte stand so far behind the trigger's first (side 0) or just after its last (side 1)? */
    uint64_t *next;            /* [byte]: may it follow the trigger? */
    uint64_t *next_word;       /* [enum rule_next_word, by bit; the last: no word on this line] */
    uint64_t *line_start;      /* rules that want a line's beginning before the trigger */
    uint64_t *all;             /* every bit set */
    uint64_t *lists;           /* [list]: its rules. List 0 is empty */
    size_t list_count, list_capacity;
};

/* The rows of one trigger; all of them must agree. */
struct gate_view {
    const uint64_t *rows[GATE_ROWS];
};

/* -ENOMEM. */
_must_use_ int gate_make(struct gate *g, struct arena *a, const struct rule *rules, size_t rule_count);
/* A list of rule numbers, ascending; *out_list is its number (that of an equal one, where one was added not long before). -ENOMEM, -E2BIG. */
_must_use_ int gate_add_list(struct gate *g, struct arena *a, const uint16_t *numbers, size_t count, uint16_t *out_list);

/* What the text says of a trigger at the span; after is the word behind it, NULL where the line ends or none is left. */
static inline void gate_look(const struct gate *g, struct bytes text, struct span trigger, const struct word *after, struct gate_view *out) {
    const uint64_t *row = g->heads;
    const size_t begins[GATE_SIDES] = { trigger.begin, trigger.end };
    size_t n = 0;
    for (size_t side = 0; side < GATE_SIDES; side++) {
        for (size_t k = 0; k < SIEVE_HEAD_LEN; k++, row += 256 * g->width) {
            size_t at = begins[side] + k;
            out->rows[n++] = at < text.len ? row + text.ptr[at] * g->width : g->all;
        }
    }
    uint8_t next = trigger.end < text.len ? text.ptr[trigger.end] : '\n';
    size_t kind = !after ? 3 : after->shape & WORD_DIGITS ? 2 : word_is_capital(after) ? 0 : 1;
    out->rows[n++] = g->next + next * g->width;
    out->rows[n++] = g->next_word + kind * g->width;
}

/* Rules 64 * i .. 64 * i + 63 of the list that may match. */
static inline uint64_t gate_open(const struct gate *g, const struct gate_view *v, uint32_t list, size_t i) {
    uint64_t open = g->lists[list * g->width + i];
    if (open == 0) return 0;
    for (size_t n = 0; n < GATE_ROWS; n++) open &= v->rows[n][i];
    return open;
}
