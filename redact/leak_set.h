/* leak_set: the identifiers that a vault knows, as fingerprints of their letters, to be searched for in logs, traces and vector dumps. Building it
 * opens every value of the destination once, with the re-identification key; what stays is keyed hashes and where each value is in the vault.
 * A fingerprint only suggests: leak_set_confirm() opens the value, compares, and asks the vault's blind index whether it leads there still; for a
 * whole name, which two patients may share, that the value opens is enough.
 *
 *   strong   full names, phone and record numbers, addresses: a hit is a leak
 *   weak     single or ordinary words, cities, dates, short numbers: they stand in innocent text too
 *   skipped  fewer letters than LEAK_LEN_MIN; short forms that only a document's context tied to a fuller name
 * Threads: one owner. Ownership: leak_set_free(). */
#pragma once

#include "redact/leak_text.h"
#include "redact/vault_reader.h"

enum { LEAK_LEN_MIN = 4, LEAK_LEN_LONG = 63 }; /* of longer values the first LEAK_LEN_LONG letters are looked for */

struct leak_set;
struct leak_set_counts {
    uint64_t values;   /* surface forms opened */
    uint64_t searched; /* fingerprints */
    uint64_t weak;     /* of them */
    uint64_t skipped;
};

/* keeper holds the index key of the vault's mount; reader and keeper are borrowed for the set's life. -EKEYREJECTED: as vault_reader_reveal(). */
_must_use_ int leak_set_new(struct vault_reader *reader, struct keeper *keeper, struct leak_set **out_set, struct problem *p);
void leak_set_free(struct leak_set *s);
static inline void leak_set_freep(struct leak_set **s) {
    leak_set_free(*s);
    *s = NULL;
}
void leak_set_counts(const struct leak_set *s, struct leak_set_counts *out);

/* What every word of a text is asked, so it stands here to be inlined. */
enum { LEAK_ANCHOR_LEN = 6, LEAK_ANCHOR_BITS = 17, LEAK_SHORT_BITS = 13, LEAK_SIEVE_BITS = 18 };
struct leak_filter {
    uint64_t multiplier, first, anchor; /* secret; odd where they multiply */
    uint64_t *sieve;                    /* a bit for each first six letters: small enough for the processor's first cache */
    uint64_t *lengths;                  /* by the first six letters: one bit a length */
    uint8_t *short_lengths;             /* by the first four: values of four or five letters */
};
const struct leak_filter *leak_set_filter(const struct leak_set *s);

static inline size_t leak_filter_anchor(const struct leak_filter *f, const uint8_t *letters, size_t len, unsigned bits) {
    uint64_t word;
    memcpy(&word, letters, sizeof(word));
    word &= (UINT64_C(1) << (8 * len)) - 1;
    return (size_t) (word * f->anchor >> (64 - bits));
}
/* The lengths, one bit each, that values have which begin with these letters; 0: none does. Eight bytes are readable at letters. */
static inline uint64_t leak_filter_lengths(const struct leak_filter *f, const uint8_t *letters) {
    size_t bit = leak_filter_anchor(f, letters, LEAK_ANCHOR_LEN, LEAK_SIEVE_BITS);
    uint64_t lengths = f->short_lengths[leak_filter_anchor(f, letters, LEAK_LEN_MIN, LEAK_SHORT_BITS)];
    if (__builtin_expect(f->sieve[bit / 64] >> bit % 64 & 1, 0)) lengths |= f->lengths[leak_filter_anchor(f, letters, LEAK_ANCHOR_LEN, LEAK_ANCHOR_BITS)];
    return lengths;
}
/* A hash of a row of letters, letter by letter; it begins with f->first. */
static inline uint64_t leak_filter_add(const struct leak_filter *f, uint64_t hash, uint8_t letter) {
    hash = (hash ^ letter) * f->multiplier;
    return hash ^ hash >> 29;
}

struct leak_candidate {
    struct bytes letters; /* as leak_text has them, at most LEAK_LEN_LONG */
    struct bytes plain;   /* the text itself, its escapes decoded */
    enum leak_gap gap;    /* the widest inside */
    bool fraction;        /* digits behind or before a decimal point */
};
struct leak_match {
    struct token token;
    bool weak;
};
bool leak_set_has(const struct leak_set *s, uint64_t hash);
/* LEAK_FALSE: no value of this vault. Errors are the vault's or the keeper's. */
enum { LEAK_FALSE = 0, LEAK_TRUE = 1 };
_must_use_ int leak_set_confirm(struct leak_set *s, uint64_t hash, const struct leak_candidate *c, struct leak_match *out);
