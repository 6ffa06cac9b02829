#include "redact/vault_reader.h"

#include "tests/redact/workbench.h"

static struct vault_coin mint(struct workbench *b, const char *subject, const char *value) {
    struct vault_request request = { .entity = ENTITY_PATIENT, .normal = bytes_from_string(value), .surface = bytes_from_string(value) };
    struct vault_coin coin = { .form = 77 };
    CHECK_INT(vault_mint(b->vault, bytes_from_string(subject), &request, 1, &coin), 0);
    return coin;
}

static void check_opens(struct workbench *b, const struct vault_coin *coin, const char *value) {
    struct vault_reader *reader = workbench_reader(b, "rag");
    struct buf out;
    buf_init(&out, 1024);
    int r = vault_reader_reveal(reader, coin->token.code, coin->form, &out);
    CHECK_INT(r, value ? VAULT_REVEALED : VAULT_DESTROYED);
    if (value) CHECK_BYTES(buf_bytes(&out), bytes_from_string(value));
    buf_release(&out);
    vault_reader_free(reader);
}

TEST(vault_shred, a_shredded_patient_opens_no_more_and_gets_new_tokens) {
    struct workbench b = { 0 };
    struct vault_shredded gone = { 0 };
    workbench_open(&b, "safe-harbor", "rag");
    struct vault_coin john = mint(&b, "mrn1", "john smith"), boston = mint(&b, "mrn1", "boston");
    REQUIRE(vault_shred(b.vault, BYTES("mrn1"), &gone) == 0);
    CHECK(gone.keys == 2 && gone.forms == 2 && gone.tokens == 2);
    struct vault_coin again = mint(&b, "mrn1", "john smith");
    CHECK(strcmp(again.token.code, john.token.code) != 0);
    workbench_close(&b);
    check_opens(&b, &john, NULL);
    check_opens(&b, &boston, NULL);
    check_opens(&b, &again, "john smith");
}

TEST(vault_shred, another_patient_keeps_what_both_had) {
    struct workbench b = { 0 };
    struct vault_shredded gone = { 0 };
    workbench_open(&b, "safe-harbor", "rag");
    struct vault_coin first = mint(&b, "mrn1", "boston"), second = mint(&b, "mrn2", "boston"), own = mint(&b, "mrn1", "john smith");
    CHECK_STRING(first.token.code, second.token.code);
    REQUIRE(vault_shred(b.vault, BYTES("mrn1"), &gone) == 0);
    CHECK_INT(gone.tokens, 1);
    CHECK_STRING(mint(&b, "mrn2", "boston").token.code, first.token.code);
    workbench_close(&b);
    check_opens(&b, &first, "boston");
    check_opens(&b, &own, NULL);
}

TEST(vault_shred, a_patient_nobody_knows_is_no_error) {
    struct workbench b = { 0 };
    struct vault_shredded gone = { .keys = 7 };
    workbench_open(&b, "safe-harbor", "rag");
    CHECK_INT(vault_shred(b.vault, BYTES("nobody"), &gone), 0);
    CHECK_INT(gone.keys, 0);
    CHECK(vault_shred(b.vault, BYTES(""), &gone) < 0);
    workbench_close(&b);
}

TEST(vault_shred, the_name_of_a_shredded_owner_leads_nowhere) {
    struct workbench b = { 0 };
    struct vault_shredded gone = { 0 };
    struct vault_request owned = { .entity = ENTITY_PATIENT, .normal = BYTES("john smith"), .surface = BYTES("John Smith"), .owner = BYTES("mrn1"),
                                   .is_whole_name = true };
    struct vault_coin coin = { 0 }, again = { 0 };
    workbench_open(&b, "safe-harbor", "rag");
    REQUIRE(vault_mint(b.vault, BYTES("mrn1"), &owned, 1, &coin) == 0);
    REQUIRE(vault_shred(b.vault, BYTES("mrn1"), &gone) == 0);
    CHECK_INT(gone.tokens, 1);
    struct vault_coin bare = mint(&b, "", "john smith");
    CHECK(strcmp(bare.token.code, coin.token.code) != 0);
    REQUIRE(vault_mint(b.vault, BYTES("mrn1"), &owned, 1, &again) == 0);
    CHECK(strcmp(again.token.code, coin.token.code) != 0);
    CHECK_STRING(again.token.code, bare.token.code);
    workbench_close(&b);
    check_opens(&b, &coin, NULL);
    check_opens(&b, &again, "John Smith");
}
