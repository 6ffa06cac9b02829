/* tagger: names, places and organisations by a linear-chain model over words: hashed features, one row of 16 signed bytes a feature, Viterbi.
 * It reads a scan and answers with findings of source TAGGER; lists are features of it, never a gate.
 *
 * Only windows around candidates are decoded: capitalised words that are no function words, listed names that are no ordinary words, and every word of
 * lines whose letters all have one case. A finding's score is the margin over "nobody" on the best path, through a logistic: 500 is a draw.
 *
 * Model image, little endian:
 *    0  8  magic "DFTAGR01"    8  4  row bits (10..19)    12  4  label count (13)    16  4  scale: units of a row in one nat, times 256
 *   20  4  bias towards labels, units of a row             24  8  zero
 *   32  512  transitions: 16 x 16 of int16, from x to
 *  544  16 << row bits   rows: 16 int8 a row, one a label
 *    …  32  SHA-256 of everything before
 * Threads: struct tagger immutable, shared; tagger_scratch one a thread. Ownership: tagger_free, tagger_scratch_free. */
#pragma once

#include "redact/feature.h"
#include "redact/finding.h"

enum tagger_label { TAGGER_OUTSIDE = 0, TAGGER_KINDS = 6, TAGGER_LABELS = 13, TAGGER_LANES = 16, TAGGER_LANE_BITS = 4 };
enum { TAGGER_ROW_BITS_MIN = 10, TAGGER_ROW_BITS_MAX = 19, TAGGER_HEAD_LEN = 544, TAGGER_DIGEST_LEN = 32, TAGGER_WINDOW_WORDS_MAX = 1024 };

/* Label 1 + 2 * kind begins an entity, 2 + 2 * kind goes on with it. */
static inline unsigned tagger_label_begin(unsigned kind) {
    return 1 + 2 * kind;
}
static inline unsigned tagger_label_inside(unsigned kind) {
    return 2 + 2 * kind;
}
static inline unsigned tagger_label_kind(unsigned label) {
    return (label - 1) / 2;
}
/* PERSON, PROVIDER, FACILITY, CITY, EMPLOYER, STREET. */
enum entity tagger_kind_entity(unsigned kind);
/* May the label `to` follow `from`? OUTSIDE stands before every window. */
bool tagger_label_follows(unsigned from, unsigned to);

struct tagger;
struct tagger_scratch;

/* image is borrowed for the tagger's life. -EBADMSG where it is not a whole, undamaged model. */
_must_use_ int tagger_load(struct bytes image, struct tagger **out_tagger);
void tagger_free(struct tagger *t);
static inline void tagger_freep(struct tagger **t) {
    tagger_free(*t);
    *t = NULL;
}
/* The image's SHA-256: part of the ruleset's digest. */
const uint8_t *tagger_digest(const struct tagger *t);
/* The row a feature falls on. */
#define TAGGER_ROW_FACTOR 0x9E3779B1u
static inline uint32_t tagger_row(uint32_t row_bits, uint32_t feature) {
    return (feature * TAGGER_ROW_FACTOR) >> (32 - row_bits);
}

/* Both are borrowed for the scratch's life: its cache of word types holds what they said. -ENOMEM. */
_must_use_ int tagger_scratch_new(const struct tagger *t, const struct dictionary *d, struct tagger_scratch **out_scratch);
/* Wipes. */
void tagger_scratch_free(struct tagger_scratch *ts);
static inline void tagger_scratch_freep(struct tagger_scratch **ts) {
    tagger_scratch_free(*ts);
    *ts = NULL;
}

struct tagger_options {
    bool every_word;     /* no candidates: for measuring what skipping costs */
    uint16_t recognizer; /* into the findings */
};
/* Tags the scan's core; the findings (spans in the scan's run, ascending, disjoint) live in the scratch until its next use. -ENOMEM. */
_must_use_ int tagger_run(struct tagger_scratch *ts, const struct scan *s, const struct tagger_options *options,
                          const struct finding **out_findings, size_t *out_count);
