#include "redact/vault_copy.h"

#include <errno.h>
#include <fcntl.h>

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
