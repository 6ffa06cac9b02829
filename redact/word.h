/* struct word: a maximal run of letters or of digits of the folded text; letters are A-Z, a-z and bytes >= 0x80. Letters and digits side by side
 * are two words that touch (MRN123 = MRN 123), so that a label is found even where nothing separates it. '_' and punctuation separate.
 * Threads: values and pure functions. */
#pragma once

#include "conf/base/bytes.h"

enum word_shape {
    WORD_DIGITS = 1,       /* digits, else letters */
    WORD_CAPITAL = 2,      /* first letter upper case, or of a script without case */
    WORD_UPPER = 4,        /* every letter upper case */
    WORD_HIGH = 8,         /* holds bytes >= 0x80 */
    WORD_TOUCHES_LEFT = 16,  /* no byte between it and the word before */
    WORD_TOUCHES_RIGHT = 32,
};

/* What stands between a word and the one before it. */
enum word_gap {
    GAP_NONE,         /* nothing: they touch */
    GAP_SPACE,        /* blanks */
    GAP_HYPHEN,       /* one '-' */
    GAP_APOSTROPHE,   /* one ' */
    GAP_PERIOD,       /* one '.' */
    GAP_PERIOD_SPACE, /* '.' and blanks */
    GAP_COMMA,        /* ',' with or without blanks */
    GAP_SLASH,        /* one '/' */
    GAP_UNDERSCORE,   /* one '_' */
    GAP_COLON,        /* ':' with or without blanks around */
    GAP_OTHER,        /* any other punctuation, same line */
    GAP_LINE,         /* one line break, blanks, nothing else */
    GAP_OTHER_LINE,   /* punctuation and one line break */
    GAP_BREAK,        /* an empty line, form feed, the document's edge: nothing reaches across */
};
enum { WORD_GAP_COUNT = 14, WORD_LEN_MAX = 60000 };

struct word {
    uint64_t hash;    /* word_hash() of the lower-case form */
    uint32_t begin;   /* in the scan's text */
    uint32_t payload; /* dictionary.h; 0: not listed */
    uint32_t phrase;  /* 1 + index of the longest listed phrase that begins here; 0: none */
    uint16_t len;
    uint8_t shape;    /* enum word_shape */
    uint8_t gap;      /* enum word_gap: before it */
};

/* Case-folded hash of ASCII letters; other bytes as they are. *out_shape gets DIGITS, CAPITAL, UPPER, HIGH. readable: bytes that may be read from p
 * (>= len): eight at a time is faster. Never 0. */
uint64_t word_hash(const uint8_t *p, size_t len, size_t readable, uint8_t *out_shape);
/* Hash of a phrase: that of its first n - 1 words, then the n-th word's. */
static inline uint64_t word_hash_join(uint64_t phrase, uint64_t word) {
    uint64_t h = (phrase ^ (word >> 29)) * 0x9E3779B97F4A7C15u + word;
    return (h ^ (h >> 32)) | 1;
}
/* The gap's class. text is what stands between; empty is GAP_NONE. */
enum word_gap word_gap_of(struct bytes text);

static inline bool word_is_letters(const struct word *w) {
    return (w->shape & WORD_DIGITS) == 0;
}
static inline bool word_is_capital(const struct word *w) {
    return (w->shape & WORD_CAPITAL) != 0;
}
static inline struct span word_span(const struct word *w) {
    return (struct span) { .begin = w->begin, .end = (size_t) w->begin + w->len };
}
