#include "fs/catalog.h"

#include "tests/harness.h"

static const struct key key = { .raw = { 1 } };
static const uint8_t policy[32] = { 7 };

static struct catalog *make(size_t count_max) {
    struct catalog *c = NULL;
    REQUIRE(catalog_new(&key, count_max, &c) == 0);
    return c;
}

TEST(catalog, every_part_of_a_version_the_path_and_the_policy_decide_the_key) {
    struct catalog *c = make(10);
    const struct source_version base = { 1, 2, 3, 4, 5, 6, 7 };
    struct source_version others[7] = { base, base, base, base, base, base, base };
    others[0].dev++, others[1].ino++, others[2].len++, others[3].mtime_s++, others[4].ctime_s++, others[5].mtime_ns++, others[6].ctime_ns++;
    const struct catalog_key k = catalog_key_of(c, "a", &base, policy), same = catalog_key_of(c, "a", &base, policy);
    CHECK(memcmp(&k, &same, sizeof(k)) == 0);
    for (size_t i = 0; i < 7; i++) {
        const struct catalog_key other = catalog_key_of(c, "a", &others[i], policy);
        CHECK(memcmp(&k, &other, sizeof(k)) != 0);
    }
    const uint8_t other_policy[32] = { 8 };
    const struct catalog_key p = catalog_key_of(c, "a", &base, other_policy), path = catalog_key_of(c, "b", &base, policy);
    CHECK(memcmp(&k, &p, sizeof(k)) != 0 && memcmp(&k, &path, sizeof(k)) != 0);
    catalog_free(c);
}

TEST(catalog, a_late_probe_does_not_forget_the_length) {
    struct catalog *c = make(10);
    const struct catalog_key k = { { 1 } };
    struct catalog_record r = { .state = CATALOG_EXACT, .view_len = 42 }, out;
    CHECK(!catalog_get(c, &k, &out));
    catalog_put(c, &k, &r);
    catalog_put(c, &k, &(struct catalog_record) { .state = CATALOG_PROBED });
    REQUIRE(catalog_get(c, &k, &out));
    CHECK(out.state == CATALOG_EXACT && out.view_len == 42);
    catalog_drop(c, &k);
    CHECK(!catalog_get(c, &k, &out));
    catalog_free(c);
}

TEST(catalog, keeps_what_was_used_last_within_its_bound) {
    struct catalog *c = make(100);
    struct catalog_record out;
    for (uint8_t i = 0; i < 200; i++) {
        const struct catalog_key k = { { i, i, i, i, i, i, i, i } }, first = { { 0 } };
        catalog_put(c, &k, &(struct catalog_record) { .state = CATALOG_EXACT, .view_len = i });
        CHECK(catalog_get(c, &first, &out)); /* used all the time */
    }
    CHECK_INT(catalog_count(c), 100);
    const struct catalog_key old = { { 5, 5, 5, 5, 5, 5, 5, 5 } }, new = { { 199, 199, 199, 199, 199, 199, 199, 199 } };
    CHECK(!catalog_get(c, &old, &out));
    CHECK(catalog_get(c, &new, &out));
    catalog_free(c);
}
