#include "conf/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/base/io.h"
#include "tests/harness.h"

static void damage(const char *name, off_t at) {
    char path[4200];
    (void) snprintf(path, sizeof(path), "%s/%s", harness_temp_dir(), name);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    must(fd >= 0);
    uint8_t b = 0;
    must(pread(fd, &b, 1, at) == 1);
    b ^= 1;
    must(pwrite(fd, &b, 1, at) == 1);
    close_fd(&fd);
}

TEST(keyring, created_keys_load_and_a_second_create_changes_none) {
    struct keyring a, b;
    struct problem p;
    REQUIRE(keyring_create(harness_temp_dir(), &p) == 0);
    REQUIRE(keyring_load(harness_temp_dir(), &a, &p) == 0);
    REQUIRE(keyring_create(harness_temp_dir(), &p) == 0);
    REQUIRE(keyring_load(harness_temp_dir(), &b, &p) == 0);
    CHECK(memcmp(&a.journal, &b.journal, sizeof(a.journal)) == 0);
    CHECK(memcmp(&a.index, &b.index, sizeof(a.index)) == 0);
    CHECK(memcmp(&a.subject, &b.subject, sizeof(a.subject)) == 0);
    CHECK(memcmp(&a.slots[0].seed, &b.slots[0].seed, sizeof(struct key)) == 0);
    CHECK(a.slots[0].live && !a.slots[1].live);
    CHECK(memcmp(&a.journal, &a.index, sizeof(a.journal)) != 0);
    keyring_release(&a);
    keyring_release(&b);
}

TEST(keyring, the_public_half_belongs_to_the_secret) {
    struct problem p;
    struct key secret;
    uint8_t public[KEY_LEN], expected[KEY_LEN];
    char path[4200];
    REQUIRE(keyring_create(harness_temp_dir(), &p) == 0);
    (void) snprintf(path, sizeof(path), "%s/reidentify/reidentify.key", harness_temp_dir());
    REQUIRE(keyring_load_reidentify_secret(path, &secret, &p) == 0);
    REQUIRE(keyring_load_reidentify_public(harness_temp_dir(), public, &p) == 0);
    CHECK_INT(crypto_scalarmult_base(expected, secret.raw), 0);
    CHECK(memcmp(public, expected, KEY_LEN) == 0);
    CHECK_INT(chmod(path, 0644), 0);
    CHECK_INT(keyring_load_reidentify_secret(path, &secret, &p), -EKEYREJECTED);
    CHECK(strstr(p.text, "chmod 600") != NULL);
}

TEST(keyring, a_missing_open_or_damaged_key_is_refused) {
    struct keyring k;
    struct problem p;
    char path[4200];
    REQUIRE(keyring_create(harness_temp_dir(), &p) == 0);
    (void) snprintf(path, sizeof(path), "%s/keys", harness_temp_dir());
    CHECK_INT(chmod(path, 0755), 0);
    CHECK_INT(keyring_load(harness_temp_dir(), &k, &p), -EKEYREJECTED);
    CHECK_INT(chmod(path, 0700), 0);
    damage("keys/epoch.a", 20);
    CHECK_INT(keyring_load(harness_temp_dir(), &k, &p), -EKEYREJECTED);
    damage("keys/epoch.a", 20);
    CHECK_INT(keyring_load(harness_temp_dir(), &k, &p), 0);
    keyring_release(&k);
    (void) snprintf(path, sizeof(path), "%s/keys/index.key", harness_temp_dir());
    CHECK_INT(unlink(path), 0);
    CHECK_INT(keyring_load(harness_temp_dir(), &k, &p), -EKEYREJECTED);
}

TEST(keyring, the_subject_key_steps_forward_and_stays) {
    struct keyring k, again;
    struct problem p;
    REQUIRE(keyring_create(harness_temp_dir(), &p) == 0);
    REQUIRE(keyring_load(harness_temp_dir(), &k, &p) == 0);
    struct key first = k.subject;
    CHECK_INT(keyring_subject_step(&k, k.subject_month + 3), 0);
    CHECK(memcmp(&first, &k.subject, sizeof(first)) != 0);
    REQUIRE(keyring_load(harness_temp_dir(), &again, &p) == 0);
    CHECK(memcmp(&again.subject, &k.subject, sizeof(first)) == 0);
    CHECK_INT(again.subject_month - again.subject_first_month, 3);
    CHECK_INT(keyring_subject_step(&again, again.subject_first_month), 0);
    CHECK(memcmp(&again.subject, &k.subject, sizeof(first)) == 0);
    keyring_release(&k);
    keyring_release(&again);
}

TEST(keyring, what_hosts_share_is_taken_over_and_never_overwritten) {
    struct problem p = { .text = "" };
    char first[512], second[512], path[600];
    uint8_t a[KEY_LEN], b[KEY_LEN];
    snprintf(first, sizeof(first), "%s/first", harness_temp_dir());
    snprintf(second, sizeof(second), "%s/second", harness_temp_dir());
    REQUIRE(mkdir(first, 0700) == 0 && mkdir(second, 0700) == 0);
    REQUIRE(keyring_create(first, &p) == 0);
    snprintf(path, sizeof(path), "%s/keys/index.key", first);
    REQUIRE(keyring_import(second, KEYRING_INDEX, path, &p) == 0);
    CHECK_INT(keyring_import(second, KEYRING_INDEX, path, &p), 0); /* the same again */
    snprintf(path, sizeof(path), "%s/public/reidentify.pub", first);
    REQUIRE(keyring_import(second, KEYRING_REIDENTIFY_PUBLIC, path, &p) == 0);
    REQUIRE(keyring_create(second, &p) == 0);
    REQUIRE(keyring_load_reidentify_public(first, a, &p) == 0 && keyring_load_reidentify_public(second, b, &p) == 0);
    CHECK(memcmp(a, b, sizeof(a)) == 0);
    snprintf(path, sizeof(path), "%s/reidentify/reidentify.key", second);
    CHECK(access(path, F_OK) < 0); /* no secret was made that opens nothing */
    snprintf(path, sizeof(path), "%s/keys/journal.key", first);
    CHECK_INT(keyring_import(second, KEYRING_INDEX, path, &p), -EEXIST);
    CHECK_INT(keyring_import(second, KEYRING_INDEX, "/dev/null", &p), -EKEYREJECTED);
}
