#include "fs/ino.h"

#include "tests/harness.h"

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;
    return (x > y) - (x < y);
}

TEST(ino, numbers_of_one_device_never_meet_and_are_never_0) {
    enum { COUNT = 20000 };
    static uint64_t seen[COUNT];
    const struct key key = { .raw = { 9 } };
    for (uint64_t i = 0; i < COUNT; i++) {
        seen[i] = ino_shown(&key, 1, i);
        CHECK(seen[i] != 0);
    }
    qsort(seen, COUNT, sizeof(*seen), compare);
    for (size_t i = 1; i < COUNT; i++) CHECK(seen[i] != seen[i - 1]);
}

TEST(ino, the_key_and_the_device_decide) {
    const struct key a = { .raw = { 1 } }, b = { .raw = { 2 } };
    CHECK(ino_shown(&a, 1, 7) == ino_shown(&a, 1, 7));
    CHECK(ino_shown(&a, 1, 7) != ino_shown(&b, 1, 7));
    CHECK(ino_shown(&a, 1, 7) != ino_shown(&a, 2, 7));
}
