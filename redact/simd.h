/* simd: many bytes or numbers at once. Each function has a plain form (simd_…_plain) that says what it does; the other forms give the same, which
 * test_simd holds them to. What only newer processors can is chosen when the program runs.
 * Threads: pure. */
#pragma once

#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Bit i: numbers[i] == wanted, for eight numbers that begin at a multiple of 16 bytes. */
static inline unsigned simd_equal_8_plain(const uint32_t numbers[8], uint32_t wanted) {
    unsigned hits = 0;
    for (unsigned i = 0; i < 8; i++) hits |= (unsigned) (numbers[i] == wanted) << i;
    return hits;
}

static inline unsigned simd_equal_8(const uint32_t numbers[8], uint32_t wanted) {
#if defined(__SSE2__)
    __m128i all = _mm_set1_epi32((int) wanted);
    const __m128i *fours = (const __m128i *) (const void *) numbers;
    __m128i low = _mm_cmpeq_epi32(_mm_load_si128(fours), all), high = _mm_cmpeq_epi32(_mm_load_si128(fours + 1), all);
    return (unsigned) _mm_movemask_epi8(_mm_packs_epi16(_mm_packs_epi32(low, high), _mm_setzero_si128()));
#else
    return simd_equal_8_plain(numbers, wanted);
#endif
}
