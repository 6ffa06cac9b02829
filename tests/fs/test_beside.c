#include "fs/beside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "tests/harness.h"

static const struct key key = { .raw = { 1 } };

/* A guard with a source and a catalog, and a policy with sidecars. */
struct bench {
    struct guard guard;
    struct policy policy;
    char path[256];
};

static void bench_open(struct bench *b, bool sidecars) {
    struct problem p = { 0 };
    const struct engine_options options = { .profile = NULL };
    *b = (struct bench) { .policy = { .conf = calloc(1, sizeof(*b->policy.conf)) } };
    REQUIRE(b->policy.conf != NULL);
    b->policy.conf->sidecars = sidecars;
    snprintf(b->path, sizeof(b->path), "%s/source", harness_temp_dir());
    ignore(mkdir(b->path, 0700)); /* a second bench of one test finds it there */
    REQUIRE(source_open(b->path, false, &b->guard.source, &p) == 0 && catalog_new(&key, 10, &b->guard.catalog) == 0);
    REQUIRE(engine_new(&options, &b->policy.engine, &p) == 0);
}

static void bench_close(struct bench *b) {
    engine_free(b->policy.engine);
    conf_free(b->policy.conf);
    catalog_free(b->guard.catalog);
    source_free(b->guard.source);
}

static void put(const struct bench *b, const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", b->path, name);
    REQUIRE(io_replace_file_at(AT_FDCWD, path, bytes_from_string(text), 0600) == 0);
}

static bool key_is_new(struct bench *b, struct catalog_key *before) {
    const struct source_version v = { 1, 2, 3, 4, 5, 6, 7 };
    struct catalog_key now = beside_key(&b->guard, &b->policy, "a/note.txt", &v);
    bool new = memcmp(&now, before, sizeof(now)) != 0;
    *before = now;
    return new;
}

TEST(beside, a_sidecar_that_comes_changes_or_goes_makes_another_key) {
    struct bench b;
    struct catalog_key k = { { 0 } };
    char path[512];
    bench_open(&b, true);
    snprintf(path, sizeof(path), "%s/a", b.path);
    REQUIRE(mkdir(path, 0700) == 0);
    CHECK(key_is_new(&b, &k) && !key_is_new(&b, &k));
    put(&b, "a/.deidfs-patient.csv", "last\nYoung\n");
    CHECK(key_is_new(&b, &k) && !key_is_new(&b, &k));
    put(&b, ".deidfs-patient.json", "{}");
    CHECK(key_is_new(&b, &k));
    put(&b, "a/.deidfs-patient.csv", "last\nBrown\n");
    CHECK(key_is_new(&b, &k));
    snprintf(path, sizeof(path), "%s/.deidfs-patient.json", b.path);
    REQUIRE(unlink(path) == 0);
    CHECK(key_is_new(&b, &k));
    put(&b, "b.txt", "another file");
    CHECK(!key_is_new(&b, &k));
    bench_close(&b);
}

TEST(beside, sidecars_are_read_only_where_the_policy_says_so) {
    for (int yes = 0; yes < 2; yes++) {
        struct bench b;
        struct roster *patients = NULL;
        bool racy = false;
        bench_open(&b, yes == 1);
        put(&b, ".deidfs-patient.csv", "last\nYoung\n");
        CHECK_INT(beside_load(&b.guard, &b.policy, "note.txt", &patients, &racy), 0);
        CHECK((patients != NULL) == (yes == 1) && (yes || !racy));
        roster_free(patients);
        put(&b, ".deidfs-patient.csv", "colour\nred\n");
        patients = NULL;
        CHECK_INT(beside_load(&b.guard, &b.policy, "note.txt", &patients, &racy), yes ? -EBADMSG : 0);
        CHECK(patients == NULL);
        bench_close(&b);
    }
}
