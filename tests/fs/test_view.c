#include "fs/view.h"

#include <sodium.h>

#include "tests/harness.h"

static struct view *make(const char *text) {
    struct buf b;
    struct view *v = NULL;
    uint32_t counts[ENTITY_COUNT] = { [ENTITY_MRN] = 2 };
    buf_init(&b, 1000);
    (void) buf_append_string(&b, text);
    REQUIRE(view_new_take(&b, counts, "text", &v) == 0);
    CHECK(b.ptr == NULL && b.len == 0);
    return v;
}

TEST(view, takes_the_bytes_and_knows_their_digest) {
    struct view *v = make("abc");
    uint8_t expected[32];
    (void) crypto_hash_sha256(expected, (const unsigned char *) "abc", 3);
    CHECK(memcmp(v->digest, expected, 32) == 0);
    CHECK_BYTES(v->content, BYTES("abc"));
    CHECK_INT(v->counts[ENTITY_MRN], 2);
    view_unref(v);
}

TEST(view, reads_are_cut_at_the_end_and_empty_past_it) {
    struct view *v = make("0123456789");
    CHECK_BYTES(view_read(v, 2, 3), BYTES("234"));
    CHECK_BYTES(view_read(v, 8, 100), BYTES("89"));
    CHECK_INT(view_read(v, 10, 1).len, 0);
    CHECK_INT(view_read(v, UINT64_MAX, SIZE_MAX).len, 0);
    view_unref(v);
}

TEST(view, an_empty_view_is_a_view) {
    struct view *v = make("");
    CHECK_INT(v->content.len, 0);
    CHECK_INT(view_read(v, 0, 10).len, 0);
    view_unref(v);
}

TEST(view, a_buffer_that_failed_makes_no_view) {
    struct buf b;
    struct view *v = NULL;
    uint32_t counts[ENTITY_COUNT] = { 0 };
    buf_init(&b, 2);
    (void) buf_append_string(&b, "too long");
    CHECK(view_new_take(&b, counts, "text", &v) < 0);
    CHECK(v == NULL);
    buf_release(&b);
}
