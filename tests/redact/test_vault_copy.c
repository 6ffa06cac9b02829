#include "redact/vault_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "redact/vault_check.h"
#include "tests/redact/workbench.h"

static void mint_some(struct workbench *b, size_t count, struct vault_coin *coins) {
    for (size_t i = 0; i < count; i++) {
        char text[24];
        int n = snprintf(text, sizeof(text), "V%zu", i);
        struct vault_request request = { .entity = ENTITY_MRN, .normal = bytes_make(text, (size_t) n), .surface = bytes_make(text, (size_t) n) };
        REQUIRE(vault_mint(b->vault, i % 2 ? BYTES("mrn1") : BYTES("mrn2"), &request, 1, &coins[i]) == 0);
    }
    vault_freep(&b->vault);
}

static int backup(struct workbench *b, char *path, size_t len) {
    struct problem p = { .text = "" };
    uint64_t records = 0;
    snprintf(path, len, "%s/backup", b->dir);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    const struct vault_place place = workbench_place(b->dir, "rag");
    CHECK_INT(vault_copy_out(&place, fd, &records, &p), 0);
    CHECK(records > 0);
    return fd;
}

static void check_whole(struct workbench *b, uint64_t tokens) {
    struct problem p = { .text = "" };
    struct vault_check_report report;
    struct key secret;
    char path[300];
    snprintf(path, sizeof(path), "%s/reidentify/reidentify.key", b->dir);
    REQUIRE(keyring_load_reidentify_secret(path, &secret, &p) == 0);
    const struct vault_place place = workbench_place(b->dir, "rag");
    REQUIRE(vault_check(&place, &secret, &report, &p) == 0);
    CHECK_INT(report.damaged, 0);
    CHECK_INT(report.tokens, tokens);
    CHECK_INT(report.opened, report.sealed);
    CHECK(report.values == tokens && report.forms == tokens);
}

TEST(vault_copy, a_lost_vault_comes_back_with_every_token) {
    enum { COUNT = 60 };
    struct workbench b = { 0 };
    struct problem p = { .text = "" };
    static struct vault_coin coins[COUNT];
    char path[300], data[300];
    if (getenv("DEIDFS_TEST_POSTGRES")) SKIP("a file of LMDB is lost");
    workbench_open(&b, "safe-harbor", "rag");
    mint_some(&b, COUNT, coins);
    check_whole(&b, COUNT);
    int fd = backup(&b, path, sizeof(path));
    const struct vault_place place = workbench_place(b.dir, "rag");
    CHECK_INT(vault_copy_in(&place, fd, NULL, &p), -EEXIST);
    snprintf(data, sizeof(data), "%s/vault/data.mdb", b.dir);
    REQUIRE(unlink(data) == 0);
    REQUIRE(vault_copy_in(&place, fd, NULL, &p) == 0);
    close(fd);
    check_whole(&b, COUNT);
    workbench_close(&b);
    workbench_open(&b, "safe-harbor", "rag");
    for (size_t i = 0; i < COUNT; i++) {
        char text[24];
        int n = snprintf(text, sizeof(text), "V%zu", i);
        struct vault_request request = { .entity = ENTITY_MRN, .normal = bytes_make(text, (size_t) n), .surface = bytes_make(text, (size_t) n) };
        struct vault_coin coin;
        REQUIRE(vault_mint(b.vault, bytes_make(NULL, 0), &request, 1, &coin) == 0);
        CHECK_STRING(coin.token.code, coins[i].token.code);
    }
    workbench_close(&b);
}

TEST(vault_copy, a_backup_with_one_flipped_or_lost_byte_restores_nothing) {
    struct workbench b = { 0 };
    struct problem p = { .text = "" };
    static struct vault_coin coins[3];
    char path[300];
    workbench_open(&b, "safe-harbor", "rag");
    mint_some(&b, 3, coins);
    int fd = backup(&b, path, sizeof(path));
    off_t len = lseek(fd, 0, SEEK_END);
    const struct vault_place place = workbench_place(b.dir, "rag");
    for (off_t at = 0; at < len; at += 7) {
        uint8_t byte, wrong;
        REQUIRE(pread(fd, &byte, 1, at) == 1);
        wrong = byte ^ 0x10;
        REQUIRE(pwrite(fd, &wrong, 1, at) == 1);
        CHECK_INT(vault_copy_in(&place, fd, NULL, &p), -EBADMSG);
        REQUIRE(pwrite(fd, &byte, 1, at) == 1);
    }
    CHECK_INT(vault_copy_in(&place, fd, NULL, &p), -EEXIST);
    REQUIRE(ftruncate(fd, len - 1) == 0);
    CHECK_INT(vault_copy_in(&place, fd, NULL, &p), -EBADMSG);
    close(fd);
    workbench_close(&b);
}

static void check_same_codes(struct workbench *b, const struct vault_place *place, const struct vault_coin *coins, size_t count) {
    struct vault *v = NULL;
    struct problem p = { .text = "" };
    REQUIRE(vault_open(place, b->keeper, b->public_key, &v, &p) == 0);
    uint64_t before = vault_generation(v);
    for (size_t i = 0; i < count; i++) {
        char text[24];
        int n = snprintf(text, sizeof(text), "V%zu", i);
        struct vault_request request = { .entity = ENTITY_MRN, .normal = bytes_make(text, (size_t) n), .surface = bytes_make(text, (size_t) n) };
        struct vault_coin coin;
        REQUIRE(vault_mint(v, bytes_make(NULL, 0), &request, 1, &coin) == 0);
        CHECK_STRING(coin.token.code, coins[i].token.code);
    }
    CHECK_INT(vault_generation(v), before); /* nothing was minted anew */
    vault_free(v);
}

/* A site that begins with LMDB and goes on with PostgreSQL, and one that goes back. */
TEST(vault_copy, a_vault_moves_from_one_backend_to_the_other_and_back) {
    enum { COUNT = 60 };
    static struct vault_coin coins[COUNT];
    struct workbench b = { 0 };
    struct problem p = { .text = "" };
    char path[300], lmdb_dir[300], other_dir[300];
    uint64_t there = 0, back = 0;
    if (!getenv("DEIDFS_TEST_POSTGRES")) SKIP("there is no second backend (suite postgres)");
    workbench_open(&b, "safe-harbor", "rag");
    vault_freep(&b.vault);
    snprintf(lmdb_dir, sizeof(lmdb_dir), "%s/lmdb", b.dir);
    snprintf(other_dir, sizeof(other_dir), "%s/other", b.dir);
    REQUIRE(mkdir(lmdb_dir, 0700) == 0 && mkdir(other_dir, 0700) == 0);
    const struct vault_place lmdb = { .state_dir = lmdb_dir, .destination = "rag" }, other = { .state_dir = other_dir, .destination = "rag" };
    REQUIRE(vault_open(&lmdb, b.keeper, b.public_key, &b.vault, &p) == 0);
    mint_some(&b, COUNT, coins);
    snprintf(path, sizeof(path), "%s/drill", b.dir);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    REQUIRE(vault_copy_out(&lmdb, fd, &there, &p) == 0);
    const struct vault_place postgres = workbench_place(b.dir, "rag");
    int r = vault_copy_in(&postgres, fd, NULL, &p);
    if (r < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(r == 0);
    check_whole(&b, COUNT);
    check_same_codes(&b, &postgres, coins, COUNT);
    REQUIRE(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
    REQUIRE(vault_copy_out(&postgres, fd, &back, &p) == 0);
    CHECK_INT(back, there);
    REQUIRE(vault_copy_in(&other, fd, NULL, &p) == 0);
    check_same_codes(&b, &other, coins, COUNT);
    close(fd);
    workbench_close(&b);
}
