#include "redact/number_run.h"

#include "conf/base/text.h"

enum { NUMBER_RUN_WORDS_MAX = 8, NUMBER_RUN_LETTERS_MAX = 6, NUMBER_RUN_GAP_LEN_MAX = 4 };

bool number_run_may_begin(const struct scan *scan, uint32_t i) {
    const struct word *w = &scan->words[i], *next = w + 1;
    if (w->shape & WORD_DIGITS) return true;
    return i + 1 < scan->word_count && (next->shape & WORD_DIGITS) && (next->gap == GAP_NONE || next->gap == GAP_HYPHEN);
}

void number_run_begin(struct number_run *n, const struct scan *scan, uint32_t i) {
    *n = (struct number_run) { .scan = scan, .next = i, .first = i };
}

static size_t number_run_gap_len(const struct number_run *n) {
    const struct word *w = &n->scan->words[n->next], *before = w - 1;
    return w->begin - before->begin - before->len;
}

/* May the next word follow, by what stands between? */
static bool number_run_goes_on(const struct number_run *n) {
    const struct word *w = &n->scan->words[n->next], *before = w - 1;
    bool digits = (w->shape & WORD_DIGITS) != 0;
    if (!digits && w->len > NUMBER_RUN_LETTERS_MAX) return false;
    switch ((enum word_gap) w->gap) {
    case GAP_NONE:
    case GAP_HYPHEN: return true;
    case GAP_SPACE:
    case GAP_PERIOD:
    case GAP_SLASH:
    case GAP_UNDERSCORE:
    case GAP_OTHER:
    case GAP_LINE:
    case GAP_OTHER_LINE: return digits && (before->shape & WORD_DIGITS) && number_run_gap_len(n) <= NUMBER_RUN_GAP_LEN_MAX;
    case GAP_APOSTROPHE:
    case GAP_PERIOD_SPACE:
    case GAP_COMMA:
    case GAP_COLON:
    case GAP_BREAK: return false;
    }
    return false;
}

static bool number_run_take(struct number_run *n) {
    struct bytes word = scan_word(n->scan, n->next);
    if (word.len > ROSTER_NUMBER_LEN_MAX + 8) return false;
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.ptr[i];
        if (c == '0' && n->form_len == 0) continue;
        if (n->form_len == ROSTER_NUMBER_LEN_MAX) return false;
        n->has_digit |= text_is_digit(c);
        n->form[n->form_len++] = text_to_upper(c);
    }
    n->last = n->next++;
    return true;
}

bool number_run_next(struct number_run *n, size_t least) {
    for (;;) {
        if (n->next >= n->scan->word_count || n->next - n->first >= NUMBER_RUN_WORDS_MAX) return false;
        if (n->next > n->first && !number_run_goes_on(n)) return false;
        if (!number_run_take(n)) return false;
        size_t skip = n->form_len == 11 && n->form[0] == '1';
        n->len = n->form_len - skip;
        if (!n->has_digit || n->len < least) continue;
        uint8_t shape;
        n->hash = word_hash(n->form + skip, n->len, n->len, &shape);
        return true;
    }
}
