/* feature_lanes: features hashed of their terms, all at once. For feature.c and the tagger alone: what is inlined here has the vectors of its caller, and
 * vectors are never passed through a real call, whose registers would depend on the instruction set.
 * Threads: pure functions. */
#pragma once

#include "redact/feature.h"

#pragma GCC diagnostic ignored "-Wpsabi"

typedef uint32_t feature_lanes __attribute__((vector_size(4 * FEATURE_LANES)));
#define FEATURE_COUNTING ((feature_lanes) { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 })

__attribute__((always_inline)) static inline feature_lanes feature_mix_lanes(feature_lanes h, const uint32_t v[FEATURE_LANES]) {
    feature_lanes with;
    memcpy(&with, v, sizeof(with));
    h = (h ^ with) * 0x9E3779B1u;
    return h ^ (h >> 15);
}
__attribute__((always_inline)) static inline feature_lanes feature_hash_of_word(const struct feature_terms *t, unsigned offset) {
    feature_lanes h = (FEATURE_COUNTING + 1) ^ ((offset + 1) * 0x85EBCA6Bu + 0x27D4EB2Fu);
    h *= 0x9E3779B1u;
    return feature_mix_lanes(feature_mix_lanes(h ^ (h >> 15), t->a), t->b);
}
__attribute__((always_inline)) static inline feature_lanes feature_hash_of_place(const struct feature_terms *t) {
    feature_lanes h = (FEATURE_COUNTING + 21) * 0x85EBCA6Bu + 0x27D4EB2Fu;
    return feature_mix_lanes(feature_mix_lanes(feature_mix_lanes(h, t->a), t->b), t->c);
}
