/* feature: what the tagger sees of a word and of its place. Trainer and runtime compute features here and nowhere else.
 *
 * A sketch is all that the model may know of one word: identity, shape, affixes, what the dictionary says. It depends on the word alone (and on the
 * case of its line), so it is made once per word type. Word features of a sketch exist once for each place it can take beside the word to be tagged
 * (two before to two after). Context features join neighbours and the gaps between them.
 * A feature is a 32-bit hash; the model folds it to a row.
 * Threads: pure functions. */
#pragma once

#include "redact/scan.h"

/* The case of a line: capitals tell nothing where all letters have the same. */
enum feature_case { FEATURE_MIXED, FEATURE_LOWER, FEATURE_UPPER };

enum {
    FEATURE_REACH = 2, /* words seen to either side */
    FEATURE_OFFSETS = 2 * FEATURE_REACH + 1,
    FEATURE_WORD_COUNT = 13,    /* of one sketch at the word's own place or beside it */
    FEATURE_FAR_COUNT = 6,      /* of one sketch two places away */
    FEATURE_CONTEXT_COUNT = 16, /* of one place */
    FEATURE_LANES = 16,         /* room for either */
    FEATURE_LABEL_REACH = 10,   /* a line's label ("Patient:") is looked for so many words back */
};

struct feature_sketch {
    uint32_t identity; /* 0: unknown on purpose */
    uint32_t affix[4]; /* last two, three, four letters; first three */
    uint32_t flags;    /* which lists hold it */
    uint16_t kind;     /* coarse: how much of a name, how common, clinical */
    uint8_t shape;
    uint8_t line_case;
};

/* What stands around the word to be tagged. near[FEATURE_REACH] is the word itself; outside the scan the sketches are all zero. gap[i] stands before
 * near[i], gap[FEATURE_OFFSETS] after the last. label is the identity of the line's label, 0 where there is none. */
struct feature_place {
    const struct feature_sketch *near[FEATURE_OFFSETS];
    uint8_t gap[FEATURE_OFFSETS + 1];
    uint32_t label;
};

/* word's bytes and what the dictionary knows of it. */
void feature_sketch(const struct word *word, struct bytes text, uint64_t flags, enum feature_case line_case, struct feature_sketch *out);
/* The sketch without what a list or a training text could have taught: a word never seen before. */
void feature_forget(struct feature_sketch *sketch, bool identity, bool lists);
/* The gap before a word, finer than enum word_gap: wide blanks, brackets, quotes tell columns and asides. */
uint8_t feature_gap(const struct scan *s, uint32_t i);

/* What features are hashed of, side by side: the n-th of a, of b and of c are the n-th feature's. Lanes beyond the count are zero. */
struct feature_terms {
    uint32_t a[FEATURE_LANES], b[FEATURE_LANES], c[FEATURE_LANES];
};
/* They are the same wherever the word stands. */
void feature_terms_of_word(const struct feature_sketch *sketch, struct feature_terms *out);
void feature_terms_of_place(const struct feature_place *place, struct feature_terms *out);
/* How many of a word's features count so far from the word to be tagged. */
static inline unsigned feature_word_count(unsigned offset) {
    return offset == 0 || offset == FEATURE_OFFSETS - 1 ? FEATURE_FAR_COUNT : FEATURE_WORD_COUNT;
}

static inline uint32_t feature_mix(uint32_t h, uint32_t v) {
    h = (h ^ v) * 0x9E3779B1u;
    return h ^ (h >> 15);
}
/* The features themselves. Returns how many. */
unsigned feature_of_word(const struct feature_sketch *sketch, unsigned offset, uint32_t out[FEATURE_WORD_COUNT]);
void feature_of_place(const struct feature_place *place, uint32_t out[FEATURE_CONTEXT_COUNT]);

/* One past the last word of the line that begins with word i. */
uint32_t feature_line_end(const struct scan *s, uint32_t i);
enum feature_case feature_line_case(const struct scan *s, uint32_t begin, uint32_t end);
/* The label of word i's line: the word before the nearest colon to the left, together with the one before it. */
uint32_t feature_label(const struct scan *s, uint32_t i);
static inline bool feature_ends_line(const struct scan *s, uint32_t i) {
    const unsigned ends = 1u << GAP_LINE | 1u << GAP_OTHER_LINE | 1u << GAP_BREAK;
    return ends >> s->words[i].gap & 1;
}
