#include "redact/map.h"

#include <errno.h>

#include "tests/harness.h"

TEST(map, an_empty_map_is_the_identity) {
    struct map m = { 0 };
    CHECK_INT(map_position(&m, 17), 17);
    CHECK_INT(map_derived(&m, 17), 17);
}

/* "aXXbYc" -> "abc": two bytes left out after a, one after b. */
TEST(map, bytes_left_out_belong_to_what_stands_before_them) {
    struct arena arena;
    struct map m = { 0 };
    arena_init(&arena, 1 << 20);
    REQUIRE(map_add(&m, &arena, 1, 3) == 0);
    REQUIRE(map_add(&m, &arena, 2, 5) == 0);
    CHECK_INT(map_position(&m, 0), 0);
    CHECK_INT(map_position(&m, 1), 3);
    CHECK_INT(map_position(&m, 2), 5);
    CHECK_INT(map_position(&m, 3), 6);
    struct span a = map_span(&m, (struct span) { 0, 1 });
    CHECK_INT(a.end, 3);
    static const size_t derived[] = { 0, 1, 1, 1, 2, 2, 3 };
    for (size_t i = 0; i < array_count(derived); i++) CHECK_INT(map_derived(&m, i), derived[i]);
    arena_release(&arena);
}

TEST(map, a_hundred_thousand_steps_are_found_and_a_full_arena_is_an_error) {
    struct arena arena;
    struct map m = { 0 };
    arena_init(&arena, 8 << 20);
    for (size_t i = 1; i <= 100000; i++) REQUIRE(map_add(&m, &arena, i, 2 * i) == 0);
    for (size_t i = 1; i <= 100000; i += 997) CHECK_INT(map_position(&m, i), 2 * i);
    int r = 0;
    for (size_t i = 100001; r == 0 && i < 2000000; i++) r = map_add(&m, &arena, i, 2 * i);
    CHECK_INT(r, -ENOMEM);
    arena_release(&arena);
}
