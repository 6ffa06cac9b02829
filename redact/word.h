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

#define WORD_EACH(byte) ((uint64_t) (byte) * 0x0101010101010101u)

/* Per byte of eight at once: the top bit says whether it is an upper case letter. */
static inline uint64_t word_upper_bits(uint64_t v) {
    uint64_t low = v & WORD_EACH(0x7F);
    uint64_t above_z = low + WORD_EACH(0x7F - 'Z');
    uint64_t from_a = low + WORD_EACH(0x80 - 'A');
    return ~v & (from_a ^ above_z) & WORD_EACH(0x80);
}
/* The hash is made of eight bytes after the other, in lower case, the last ones filled up with zeros. */
static inline uint64_t word_hash_begin(size_t len) {
    return len * 0xA0761D6478BD642Fu;
}
static inline uint64_t word_hash_eight(uint64_t h, uint64_t v, uint64_t upper_bits) {
    h = (h ^ (v | upper_bits >> 2)) * 0x9FB21C651E98DF25u; /* 0x80 >> 2 = 0x20: lower case */
    return h ^ (h >> 29);
}
static inline uint64_t word_hash_end(uint64_t h) {
    h *= 0xE7037ED1A0B428DBu;
    return (h ^ (h >> 32)) | 1;
}

/* Case-folded hash of ASCII letters; other bytes as they are. *out_shape gets DIGITS, CAPITAL, UPPER, HIGH. readable: bytes that may be read from p
 * (>= len): eight at a time is faster. Never 0. */
uint64_t word_hash(const uint8_t *p, size_t len, size_t readable, uint8_t *out_shape);
/* The same for a word of 1..8 bytes of which eight may be read: most words. */
static inline uint64_t word_hash_short(const uint8_t *p, size_t len, uint8_t *out_shape) {
    uint64_t v, tops = WORD_EACH(0x80) >> (64 - 8 * len);
    memcpy(&v, p, sizeof(v));
    v &= UINT64_MAX >> (64 - 8 * len);
    uint64_t up = word_upper_bits(v), high = v & tops;
    unsigned first = (unsigned) (v & 0xFF);
    *out_shape = (uint8_t) ((first - '0' < 10 ? WORD_DIGITS : 0) | ((up | v) & 0x80 ? WORD_CAPITAL : 0) | (up == tops ? WORD_UPPER : 0) | (high ? WORD_HIGH : 0));
    return word_hash_end(word_hash_eight(word_hash_begin(len), v, up));
}
/* Hash of a phrase: that of its first n - 1 words, then the n-th word's. */
static inline uint64_t word_hash_join(uint64_t phrase, uint64_t word) {
    uint64_t h = (phrase ^ (word >> 29)) * 0x9E3779B97F4A7C15u + word;
    return (h ^ (h >> 32)) | 1;
}
/* The gap's class where one byte is all of it. */
extern const uint8_t word_gaps[256]; /* exclusive or with GAP_OTHER: what is not named is 0 */
static inline enum word_gap word_gap_of_byte(uint8_t c) {
    return (enum word_gap)(word_gaps[c] ^ GAP_OTHER);
}
enum word_gap word_gap_of_many(struct bytes text);
/* The gap's class. text is what stands between; empty is GAP_NONE. */
static inline enum word_gap word_gap_of(struct bytes text) {
    if (text.len == 0) return GAP_NONE;
    enum word_gap first = word_gap_of_byte(text.ptr[0]);
    if (text.len == 1) return first;
    if (text.len == 2 && text.ptr[1] == ' ') { /* after a sign and a blank most words begin */
        if (first == GAP_SPACE || first == GAP_COMMA || first == GAP_COLON) return first;
        if (first == GAP_PERIOD) return GAP_PERIOD_SPACE;
    }
    return word_gap_of_many(text);
}

static inline bool word_is_letters(const struct word *w) {
    return (w->shape & WORD_DIGITS) == 0;
}
static inline bool word_is_capital(const struct word *w) {
    return (w->shape & WORD_CAPITAL) != 0;
}
static inline struct span word_span(const struct word *w) {
    return (struct span) { .begin = w->begin, .end = (size_t) w->begin + w->len };
}
