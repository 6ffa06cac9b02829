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

TEST(arena, only_what_was_given_out_last_grows_where_it_stands) {
    struct arena a;
    arena_init(&a, 1 << 20);
    uint8_t *first = arena_alloc_dirty(&a, 100, 1);
    REQUIRE(first != NULL);
    memset(first, 7, 100);
    CHECK(arena_grow(&a, first, 100, 1000));
    for (size_t i = 0; i < 100; i++) CHECK_INT(first[i], 7);
    uint8_t *second = arena_alloc_dirty(&a, 10, 1);
    REQUIRE(second != NULL);
    CHECK(second >= first + 1000);
    CHECK(!arena_grow(&a, first, 1000, 2000));
    CHECK(!arena_grow(&a, second, 10, (size_t) 1 << 21));
    CHECK(!arena_grow(&a, NULL, 0, 10));
    CHECK(arena_grow(&a, second, 10, 64));
    arena_release(&a);
}
