#include "redact/keymap.h"

#include "tests/harness.h"

TEST(keymap, every_key_keeps_its_number) {
    struct arena arena;
    struct keymap m;
    arena_init(&arena, 64 << 20);
    keymap_init(&m, &arena);
    static uint32_t keys[20000];
    for (uint32_t i = 0; i < array_count(keys); i++) {
        uint32_t *number = NULL;
        bool is_new = false;
        keys[i] = i * 7;
        REQUIRE(keymap_put(&m, bytes_make(&keys[i], sizeof(keys[i])), &number, &is_new) == 0);
        CHECK(is_new && *number == 0);
        *number = i;
    }
    for (uint32_t i = 0; i < array_count(keys); i++) {
        uint32_t key = i * 7, *number = keymap_get(&m, bytes_make(&key, sizeof(key)));
        REQUIRE(number != NULL);
        CHECK_INT(*number, i);
    }
    uint32_t absent = 3;
    CHECK(keymap_get(&m, bytes_make(&absent, sizeof(absent))) == NULL);
    arena_release(&arena);
}

TEST(keymap, the_empty_key_is_a_key) {
    struct arena arena;
    struct keymap m;
    uint32_t *number = NULL;
    bool is_new = false;
    arena_init(&arena, 1 << 20);
    keymap_init(&m, &arena);
    CHECK(keymap_get(&m, bytes_make(NULL, 0)) == NULL);
    REQUIRE(keymap_put(&m, bytes_make(NULL, 0), &number, &is_new) == 0);
    CHECK(is_new);
    REQUIRE(keymap_put(&m, bytes_make(NULL, 0), &number, &is_new) == 0);
    CHECK(!is_new);
    arena_release(&arena);
}

TEST(keymap, a_full_arena_is_an_error) {
    struct arena arena;
    struct keymap m;
    uint32_t *number = NULL;
    bool is_new = false;
    arena_init(&arena, 64);
    keymap_init(&m, &arena);
    CHECK(keymap_put(&m, BYTES("a"), &number, &is_new) < 0);
    arena_release(&arena);
}
