#include "fs/folders.h"

#include "tests/harness.h"

static struct names *make(size_t count) {
    struct names *n = calloc(1, sizeof(*n));
    REQUIRE(n != NULL);
    n->refs = 1;
    n->count = count;
    return n;
}

TEST(folders, give_back_the_last_map_of_a_path) {
    struct folders *f = NULL;
    REQUIRE(folders_new(100, &f) == 0);
    struct names *a = make(3), *b = make(4);
    folders_put(f, "ward", a);
    folders_put(f, "ward", b);
    struct names *got = folders_get(f, "ward");
    CHECK(got == b);
    names_unref(got);
    CHECK(folders_get(f, "other") == NULL);
    folders_clear(f);
    CHECK(folders_get(f, "ward") == NULL);
    names_unref(a), names_unref(b);
    folders_free(f);
}

TEST(folders, stay_within_their_number_of_names) {
    struct folders *f = NULL;
    char path[16];
    REQUIRE(folders_new(100, &f) == 0);
    for (int i = 0; i < 50; i++) {
        struct names *n = make(9);
        (void) snprintf(path, sizeof(path), "%d", i);
        folders_put(f, path, n);
        names_unref(n);
    }
    CHECK(folders_get(f, "39") == NULL);
    struct names *kept = folders_get(f, "40"), *huge = make(1000);
    CHECK(kept != NULL);
    names_unref(kept);
    folders_put(f, "huge", huge);
    CHECK(folders_get(f, "huge") == NULL);
    names_unref(huge);
    folders_free(f);
}
