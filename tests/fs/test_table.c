#include "fs/table.h"

#include "tests/harness.h"

struct thing {
    struct table_link link;
    uint64_t number;
};

static struct thing *find(const struct table *t, uint64_t number) {
    for (struct table_link *l = table_first(t, table_hash(t, number, BYTES("x"))); l; l = table_next(l)) {
        struct thing *thing = table_entry(l, struct thing, link);
        if (thing->number == number) return thing;
    }
    return NULL;
}

TEST(table, finds_everything_after_growing_and_nothing_that_was_removed) {
    enum { COUNT = 5000 };
    static struct thing things[COUNT];
    struct table t;
    REQUIRE(table_init(&t) == 0);
    for (uint64_t i = 0; i < COUNT; i++) {
        things[i].number = i;
        table_insert(&t, &things[i].link, table_hash(&t, i, BYTES("x")));
    }
    for (uint64_t i = 0; i < COUNT; i++) CHECK(find(&t, i) == &things[i]);
    for (uint64_t i = 0; i < COUNT; i += 2) table_remove(&t, &things[i].link);
    CHECK_INT(t.count, COUNT / 2);
    for (uint64_t i = 0; i < COUNT; i++) CHECK((find(&t, i) != NULL) == (i % 2 == 1));
    table_release(&t);
}

TEST(table, equal_hashes_are_told_apart_by_the_caller) {
    struct table t;
    struct thing a = { .number = 1 }, b = { .number = 2 };
    REQUIRE(table_init(&t) == 0);
    table_insert(&t, &a.link, 7);
    table_insert(&t, &b.link, 7);
    struct table_link *first = table_first(&t, 7);
    CHECK(first && table_next(first) && !table_next(table_next(first)));
    CHECK(table_first(&t, 8) == NULL);
    table_release(&t);
}

TEST(table, two_tables_hash_differently) {
    struct table a, b;
    REQUIRE(table_init(&a) == 0 && table_init(&b) == 0);
    CHECK(table_hash(&a, 1, BYTES("name")) != table_hash(&b, 1, BYTES("name")));
    table_release(&a);
    table_release(&b);
}
