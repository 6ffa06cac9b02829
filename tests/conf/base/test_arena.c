#include "conf/base/arena.h"
#include "tests/harness.h"

TEST(arena, memory_is_zeroed_and_aligned) {
    struct arena a;
    arena_init(&a, 1 << 20);
    for (int i = 0; i < 3; i++) {
        uint8_t *p = arena_alloc(&a, 100, 3);
        REQUIRE(p != NULL);
        CHECK_INT((uintptr_t) p % 64, 0);
        for (int k = 0; k < 300; k++) CHECK_INT(p[k], 0);
        memset(p, 0xAA, 300);
        arena_reset(&a);
    }
    arena_release(&a);
}

TEST(arena, the_limit_holds_and_overflow_is_refused) {
    struct arena a;
    arena_init(&a, 1 << 20);
    CHECK(arena_alloc(&a, 1 << 21, 1) == NULL);
    CHECK(arena_alloc(&a, SIZE_MAX / 2, 4) == NULL);
    CHECK(arena_alloc(&a, SIZE_MAX, 1) == NULL);
    CHECK(arena_alloc(&a, 1 << 19, 1) != NULL);
    CHECK(arena_alloc(&a, 1 << 20, 1) == NULL);
    arena_release(&a);
    CHECK_INT(a.reserved, 0);
}
