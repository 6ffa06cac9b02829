#include "fs/cache.h"

#include "tests/harness.h"

static struct view *make(size_t len) {
    struct buf b;
    uint8_t *to;
    struct view *v = NULL;
    const uint32_t counts[ENTITY_COUNT] = { 0 };
    buf_init(&b, len);
    REQUIRE(buf_extend(&b, len, &to) == 0);
    memset(to, 'x', len);
    REQUIRE(view_new_take(&b, counts, "text", &v) == 0);
    return v;
}

static struct catalog_key key_of(uint8_t n) {
    return (struct catalog_key) { { n, 1, 2, 3, 4, 5, 6, 7, n } };
}

TEST(cache, gives_back_what_was_put_until_it_is_dropped) {
    struct cache *c = NULL;
    REQUIRE(cache_new(1 << 20, &c) == 0);
    struct view *v = make(100);
    const struct catalog_key k = key_of(1), other = key_of(2);
    cache_put(c, &k, v);
    struct view *got = cache_get(c, &k);
    CHECK(got == v);
    view_unref(got);
    CHECK(cache_get(c, &other) == NULL);
    cache_drop(c, &k);
    CHECK(cache_get(c, &k) == NULL);
    CHECK_INT(cache_len(c), 0);
    view_unref(v);
    cache_free(c);
}

TEST(cache, stays_within_its_bytes_and_drops_the_least_recent) {
    struct cache *c = NULL;
    enum { BOUND = 64 * 1024 };
    REQUIRE(cache_new(BOUND, &c) == 0);
    for (uint8_t i = 0; i < 100; i++) {
        struct view *v = make(4096);
        const struct catalog_key k = key_of(i), first = key_of(0);
        cache_put(c, &k, v);
        view_unref(v);
        struct view *kept = cache_get(c, &first);
        CHECK(kept != NULL);
        view_unref(kept);
        CHECK(cache_len(c) <= BOUND);
    }
    const struct catalog_key old = key_of(1);
    CHECK(cache_get(c, &old) == NULL);
    cache_free(c);
}

TEST(cache, a_view_larger_than_the_bound_is_not_kept_but_lives_with_its_holder) {
    struct cache *c = NULL;
    REQUIRE(cache_new(1000, &c) == 0);
    struct view *v = make(5000);
    const struct catalog_key k = key_of(1);
    cache_put(c, &k, v);
    CHECK(cache_get(c, &k) == NULL);
    CHECK_INT(v->content.len, 5000);
    view_unref(v);
    cache_free(c);
}

TEST(cache, a_held_view_survives_eviction) {
    struct cache *c = NULL;
    REQUIRE(cache_new(1 << 16, &c) == 0);
    struct view *v = make(10);
    const struct catalog_key k = key_of(1);
    cache_put(c, &k, v);
    cache_clear(c);
    CHECK_BYTES(view_read(v, 0, 3), BYTES("xxx"));
    view_unref(v);
    cache_free(c);
}
