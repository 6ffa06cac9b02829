/* Every form of a function of simd.h gives what its plain form gives. */
#include "redact/simd.h"

#include "tests/harness.h"

static uint32_t seed = 3;
static uint32_t next_random(void) {
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

TEST(simd, equal_numbers_are_found_where_the_plain_form_finds_them) {
    _Alignas(16) uint32_t numbers[8];
    for (size_t round = 0; round < 20000; round++) {
        for (size_t i = 0; i < 8; i++) numbers[i] = next_random() % 4 == 0 ? 0x80000001u : next_random() % 3;
        uint32_t wanted = round % 2 ? 0x80000001u : next_random() % 3;
        CHECK_INT(simd_equal_8(numbers, wanted), simd_equal_8_plain(numbers, wanted));
    }
}
