#include "redact/finding.h"

#include <errno.h>

#include "tests/harness.h"

TEST(finding, findings_are_sorted_by_place_the_longer_first) {
    struct arena arena;
    struct findings f = { 0 };
    arena_init(&arena, 1 << 20);
    const struct span spans[] = { { 5, 9 }, { 0, 3 }, { 5, 12 }, { 0, 4 } };
    for (size_t i = 0; i < array_count(spans); i++) REQUIRE(finding_add(&f, &arena, (struct finding) { .span = spans[i] }) == 0);
    finding_sort(&f);
    CHECK_INT(f.items[0].span.end, 4);
    CHECK_INT(f.items[1].span.end, 3);
    CHECK_INT(f.items[2].span.end, 12);
    CHECK_INT(f.items[3].span.end, 9);
    arena_release(&arena);
}

TEST(finding, growth_keeps_what_is_there_and_stops_at_the_arenas_limit) {
    struct arena arena;
    struct findings f = { 0 };
    int r = 0;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; r == 0; i++) r = finding_add(&f, &arena, (struct finding) { .span = { i, i + 1 } });
    CHECK_INT(r, -ENOMEM);
    CHECK(f.count > 1000);
    for (size_t i = 0; i < f.count; i++) CHECK_INT(f.items[i].span.begin, i);
    arena_release(&arena);
}
