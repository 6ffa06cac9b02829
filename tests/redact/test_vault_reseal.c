#include "redact/vault_reseal.h"

#include <errno.h>
#include <unistd.h>

#include "redact/vault_check.h"
#include "tests/redact/workbench.h"

static struct vault_coin mint(struct workbench *b, const char *subject, const char *value) {
    struct vault_request request = { .entity = ENTITY_MRN, .normal = bytes_from_string(value), .surface = bytes_from_string(value) };
    struct vault_coin coin = { 0 };
    REQUIRE(vault_mint(b->vault, bytes_from_string(subject), &request, 1, &coin) == 0);
    return coin;
}

static void load_secret(struct workbench *b, struct key *out) {
    char path[300];
    struct problem p = { .text = "" };
    snprintf(path, sizeof(path), "%s/reidentify/reidentify.key", b->dir);
    REQUIRE(keyring_load_reidentify_secret(path, out, &p) == 0);
}

/* What a reader with these keys makes of the coin: 0, or its refusal. */
static int opens(struct workbench *b, const struct vault_coin *coin, const struct key *keys, size_t count) {
    struct vault_reader *reader = NULL;
    struct problem p = { .text = "" };
    struct buf out;
    const struct vault_place place = workbench_place(b->dir, "rag");
    REQUIRE(vault_reader_open(&place, &keys[0], &reader, &p) == 0);
    for (size_t i = 1; i < count; i++) REQUIRE(vault_reader_add_key(reader, &keys[i]) == 0);
    buf_init(&out, 1024);
    int r = vault_reader_reveal(reader, coin->token.code, coin->form, &out);
    buf_release(&out);
    vault_reader_free(reader);
    return r;
}

/* Mints one value, rotates as deidfs-setup does, mints another. keys[0]: the new secret, keys[1]: the old. */
static void rotate(struct workbench *b, struct vault_coin coins[2], struct key keys[2]) {
    struct problem p = { .text = "" };
    uint8_t public_key[KEY_LEN];
    workbench_open(b, "safe-harbor", "rag");
    load_secret(b, &keys[1]);
    coins[0] = mint(b, "mrn1", "before");
    REQUIRE(keyring_rotate_reidentify(b->dir, public_key, &p) == 0);
    load_secret(b, &keys[0]);
    vault_seal_to(b->vault, public_key);
    coins[1] = mint(b, "mrn1", "after");
    memcpy(b->public_key, public_key, KEY_LEN);
    CHECK_STRING(mint(b, "mrn1", "before").token.code, coins[0].token.code);
    workbench_close(b);
}

TEST(vault_reseal, each_value_opens_with_the_key_of_its_time_alone) {
    struct workbench b = { 0 };
    struct vault_coin coins[2];
    struct key keys[2];
    rotate(&b, coins, keys);
    CHECK_INT(opens(&b, &coins[0], &keys[0], 1), -EKEYREJECTED);
    CHECK_INT(opens(&b, &coins[0], &keys[1], 1), 0);
    CHECK_INT(opens(&b, &coins[1], &keys[0], 1), 0);
    CHECK_INT(opens(&b, &coins[1], &keys[1], 1), -EKEYREJECTED);
    CHECK(opens(&b, &coins[0], keys, 2) == 0 && opens(&b, &coins[1], keys, 2) == 0);
}

TEST(vault_reseal, afterwards_the_old_key_opens_nothing_and_the_new_one_everything) {
    struct workbench b = { 0 };
    struct vault_coin coins[2];
    struct key keys[2];
    struct problem p = { .text = "" };
    struct vault_resealed done = { 0 };
    struct vault_check_report report = { 0 };
    rotate(&b, coins, keys);
    const struct vault_place place = workbench_place(b.dir, "rag");
    REQUIRE(vault_check(&place, &keys[0], &report, &p) == 0);
    CHECK(report.damaged == 0 && report.foreign == 1 && report.opened == 1);
    REQUIRE(vault_reseal(&place, &keys[1], b.public_key, &done, &p) == 0);
    CHECK(done.resealed == 1 && done.left == 1);
    for (size_t i = 0; i < 2; i++) {
        CHECK_INT(opens(&b, &coins[i], &keys[0], 1), 0);
        CHECK_INT(opens(&b, &coins[i], &keys[1], 1), -EKEYREJECTED);
    }
    REQUIRE(vault_check(&place, &keys[0], &report, &p) == 0);
    CHECK(report.damaged == 0 && report.foreign == 0 && report.opened == 2);
    REQUIRE(vault_reseal(&place, &keys[1], b.public_key, &done, &p) == 0); /* again: nothing left to do */
    CHECK(done.resealed == 0 && done.left == 2);
}

TEST(vault_reseal, a_shred_still_finds_its_patient) {
    struct workbench b = { 0 };
    struct vault_coin coins[2];
    struct key keys[2];
    struct problem p = { .text = "" };
    struct vault_resealed done;
    struct vault_shredded gone = { 0 };
    rotate(&b, coins, keys);
    const struct vault_place place = workbench_place(b.dir, "rag");
    REQUIRE(vault_reseal(&place, &keys[1], b.public_key, &done, &p) == 0);
    workbench_open(&b, "safe-harbor", "rag");
    REQUIRE(vault_shred(b.vault, BYTES("mrn1"), &gone) == 0);
    workbench_close(&b);
    CHECK_INT(gone.tokens, 2);
    CHECK_INT(opens(&b, &coins[0], &keys[0], 1), VAULT_DESTROYED);
}

TEST(vault_reseal, rotated_secrets_lie_beside_the_present_one) {
    struct workbench b = { 0 };
    struct vault_coin coins[2];
    struct key keys[2], older[4];
    struct problem p = { .text = "" };
    char path[300];
    size_t count = 0;
    rotate(&b, coins, keys);
    snprintf(path, sizeof(path), "%s/reidentify/reidentify.key", b.dir);
    REQUIRE(keyring_load_reidentify_older(path, older, 4, &count, &p) == 0);
    REQUIRE(count == 1);
    CHECK(memcmp(older[0].raw, keys[1].raw, KEY_LEN) == 0);
    REQUIRE(unlink(path) == 0); /* moved to where it is used: then a rotation keeps nothing */
    REQUIRE(keyring_rotate_reidentify(b.dir, NULL, &p) == 0);
    REQUIRE(keyring_load_reidentify_older(path, older, 4, &count, &p) == 0);
    CHECK_INT(count, 1);
    REQUIRE(keyring_load_reidentify_older("nowhere.key", older, 4, &count, &p) == 0);
    CHECK_INT(count, 0);
}
