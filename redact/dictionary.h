/* The dictionary: one table of all words and phrases that mean something, one cache line a look-up. Packed from redact/lists at build time by
 * tools/dev/dictionary_build and linked in; an engine copies it and adds its rules' keywords and the site's lists.
 *
 * Image, little endian, 64-byte aligned:
 *    0  8  magic "DFDICT01"    8  4  bucket count    12  4  class count    16  48  zero
 *    64  64 * bucket count     buckets: 8 fingerprints of 32 bits, 8 payloads of 32 bits; empty where the payload is 0
 *    …   8 * class count       classes: 64 flags each
 * A key is word_hash() or word_hash_join(): its low 32 bits choose the bucket (as a fraction of the count), its high 32 are the fingerprint; a full
 * bucket overflows into the next.
 *
 * Threads: immutable once built; share freely. Ownership: dictionary_free(). */
#pragma once

#include "conf/base/arena.h"
#include "conf/base/buf.h"
#include "conf/base/problem.h"
#include "redact/simd.h"
#include "redact/word.h"

/* Flags: what a word or phrase is. Names as in redact/lists/README.md. Append only. */
enum dictionary_flag {
    FLAG_SURNAME, FLAG_GIVEN, FLAG_NICKNAME, FLAG_PARTICLE,
    FLAG_CITY, FLAG_COUNTY, FLAG_STATE, FLAG_STATE_CODE, FLAG_COUNTRY, FLAG_STREET_SUFFIX,
    FLAG_FACILITY, FLAG_FACILITY_HEAD, FLAG_FACILITY_WORD, FLAG_ORG, FLAG_ORG_SUFFIX,
    FLAG_EPONYM, FLAG_EPONYM_HEAD, FLAG_DRUG, FLAG_UNIT, FLAG_ANATOMY, FLAG_CLINICAL, FLAG_PROTECT,
    FLAG_COMMON, FLAG_STOP, FLAG_DEMONYM, FLAG_HEADER,
    FLAG_TITLE, FLAG_CREDENTIAL, FLAG_RELATION, FLAG_ROLE, FLAG_VERB_PERSON,
    FLAG_MONTH, FLAG_WEEKDAY, FLAG_HOLIDAY, FLAG_SEASON,
    FLAG_GIVEN_MALE, FLAG_GIVEN_FEMALE,
    FLAG_COUNT,
    FLAG_PREFIX = 63, /* a longer phrase may begin like this */
};
#define FLAG_BIT(flag) (UINT64_C(1) << (flag))

enum { DICTIONARY_PHRASE_WORDS_MAX = 6, DICTIONARY_CLASSES_MAX = 65535 };

/* A payload: 16 bits of class, then three weights of 5 bits (31 the most frequent): surname, given, common. 0 is "not listed". */
static inline uint32_t dictionary_class(uint32_t payload) {
    return payload & 0xFFFF;
}
static inline uint32_t dictionary_weight_surname(uint32_t payload) {
    return payload >> 16 & 31;
}
static inline uint32_t dictionary_weight_given(uint32_t payload) {
    return payload >> 21 & 31;
}
static inline uint32_t dictionary_weight_common(uint32_t payload) {
    return payload >> 26 & 31;
}

struct dictionary_bucket {
    uint32_t fingerprint[8];
    uint32_t payload[8];
};

struct dictionary {
    struct dictionary_bucket *buckets;
    uint32_t bucket_count;
    uint32_t class_count;
    uint64_t *classes;     /* flags by class; class 0 has none */
    uint8_t *class_is_own; /* by class: it belongs to one keyword alone */
    size_t entry_count;
};

/* Room for entry_count_max entries at a load of 5/8. -ENOMEM. */
_must_use_ int dictionary_new(size_t entry_count_max, struct dictionary **out_dictionary);
/* A private copy of an image with room for more_count further entries. -EBADMSG where the image is not one. */
_must_use_ int dictionary_load(struct bytes image, size_t more_count, struct dictionary **out_dictionary);
void dictionary_free(struct dictionary *d);
static inline void dictionary_freep(struct dictionary **d) {
    dictionary_free(*d);
    *d = NULL;
}
_must_use_ int dictionary_write(const struct dictionary *d, struct buf *out);

/* Bytes of memory it holds. */
size_t dictionary_len(const struct dictionary *d);

static inline uint32_t dictionary_bucket_of(const struct dictionary *d, uint64_t hash) {
    return (uint32_t) ((hash & UINT32_MAX) * d->bucket_count >> 32);
}
static inline void dictionary_prefetch(const struct dictionary *d, uint64_t hash) {
    __builtin_prefetch(&d->buckets[dictionary_bucket_of(d, hash)]);
}
/* Where in the bucket the fingerprint is, or -1. */
static inline int dictionary_slot(const struct dictionary_bucket *b, uint32_t fingerprint) {
    for (unsigned hits = simd_equal_8(b->fingerprint, fingerprint); hits; hits &= hits - 1) {
        int i = __builtin_ctz(hits);
        if (b->payload[i] != 0) return i; /* an empty slot's fingerprint is 0, as a key's may be */
    }
    return -1;
}
/* For keys whose first bucket is full. */
uint32_t dictionary_find_on(const struct dictionary *d, uint64_t hash);
/* The payload, 0 where not listed. */
static inline uint32_t dictionary_find(const struct dictionary *d, uint64_t hash) {
    const struct dictionary_bucket *b = &d->buckets[dictionary_bucket_of(d, hash)];
    int slot = dictionary_slot(b, (uint32_t) (hash >> 32));
    if (slot >= 0) return b->payload[slot];
    return b->payload[7] == 0 ? 0 : dictionary_find_on(d, hash);
}
static inline uint64_t dictionary_flags(const struct dictionary *d, uint32_t payload) {
    return d->classes[dictionary_class(payload)];
}

/* Adds flags and weights to a word or phrase (text is folded and split as documents are; 1..6 words), and PREFIX to what begins it.
 * weights: as in a payload. -EINVAL no word or too many, -E2BIG too many entries or classes. */
_must_use_ int dictionary_add(struct dictionary *d, struct bytes text, uint64_t flags, uint32_t weights);
/* As above, and puts the entry in a class of its own; *out_class. For keywords of rules: one phrase, one class. */
_must_use_ int dictionary_add_class(struct dictionary *d, struct bytes text, uint32_t *out_class);
/* Hashes of a text's words, as documents are split; returns their number, at most max, or -EINVAL where there are more or none. */
_must_use_ int dictionary_split(struct bytes text, uint64_t *out_hashes, size_t max);

/* One *.list file (redact/lists/README.md); path for the problem. */
_must_use_ int dictionary_add_list(struct dictionary *d, struct bytes text, const char *path, struct problem *p);
/* Flag by its name in list files; false where there is none. */
_must_use_ bool dictionary_flag_from_name(struct bytes name, enum dictionary_flag *out);
