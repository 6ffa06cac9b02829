#include "redact/vault_seal.h"

#include <errno.h>

#include "tests/harness.h"

TEST(vault_seal, a_surface_opens_only_under_its_own_token_and_key) {
    struct key key, other;
    uint8_t id[VAULT_KEY_ID_LEN] = { 1 }, at[VAULT_SEALED_KEY_LEN], elsewhere[VAULT_SEALED_KEY_LEN], sealed[256];
    struct buf out;
    struct bytes surface = BYTES("John Smith");
    buf_init(&out, 1024);
    randombytes_buf(&key, sizeof(key));
    randombytes_buf(&other, sizeof(other));
    vault_seal_key("KTVHMQX", 0, id, at);
    vault_seal_key("KTVHMQX", 1, id, elsewhere);
    size_t len = vault_seal_surface_len(surface.len);
    REQUIRE(len <= sizeof(sealed));
    vault_seal_surface(&key, at, surface, sealed);
    REQUIRE(vault_seal_open_surface(&key, at, bytes_make(sealed, len), &out) == 0);
    CHECK_BYTES(buf_bytes(&out), surface);
    CHECK_INT(vault_seal_open_surface(&key, elsewhere, bytes_make(sealed, len), &out), -EBADMSG);
    CHECK_INT(vault_seal_open_surface(&other, at, bytes_make(sealed, len), &out), -EBADMSG);
    for (size_t i = 0; i < len; i++) {
        sealed[i] ^= 1;
        CHECK_INT(vault_seal_open_surface(&key, at, bytes_make(sealed, len), &out), -EBADMSG);
        sealed[i] ^= 1;
    }
    for (size_t cut = 0; cut < len; cut++) CHECK(vault_seal_open_surface(&key, at, bytes_make(sealed, cut), &out) < 0);
    CHECK_BYTES(buf_bytes(&out), surface);
    buf_release(&out);
}

TEST(vault_seal, the_length_of_a_short_name_is_hidden) {
    CHECK_INT(vault_seal_surface_len(4), vault_seal_surface_len(12));
    CHECK(vault_seal_surface_len(16) > vault_seal_surface_len(15));
}

TEST(vault_seal, a_data_key_opens_only_with_the_secret_it_was_sealed_to) {
    uint8_t public_key[KEY_LEN], record[VAULT_KEY_RECORD_LEN];
    struct key secret, wrong, data, opened;
    REQUIRE(crypto_box_keypair(public_key, secret.raw) == 0);
    randombytes_buf(&wrong, sizeof(wrong));
    randombytes_buf(&data, sizeof(data));
    REQUIRE(vault_seal_data_key(&data, public_key, NULL, record) == 0);
    REQUIRE(vault_seal_open_data_key(bytes_make(record, sizeof(record)), &secret, &opened) == 0);
    CHECK(memcmp(&opened, &data, sizeof(data)) == 0);
    CHECK_INT(vault_seal_open_data_key(bytes_make(record, sizeof(record)), &wrong, &opened), -EKEYREJECTED);
    record[20] ^= 1;
    CHECK_INT(vault_seal_open_data_key(bytes_make(record, sizeof(record)), &secret, &opened), -EBADMSG);
    CHECK_INT(vault_seal_open_data_key(bytes_make(record, 10), &secret, &opened), -EUCLEAN);
}

TEST(vault_seal, records_keep_what_they_are_given) {
    struct vault_token_record in = { .space = ENTITY_MRN, .form_count = 70000, .day = 20000 }, out;
    uint8_t bytes[VAULT_TOKEN_RECORD_LEN];
    vault_seal_destination("rag", in.destination);
    vault_seal_encode_token(&in, bytes);
    REQUIRE(vault_seal_decode_token(bytes_make(bytes, sizeof(bytes)), &out) == 0);
    CHECK(out.space == in.space && out.form_count == in.form_count && out.day == in.day);
    CHECK(memcmp(out.destination, in.destination, 8) == 0);
    bytes[0] = 9;
    CHECK_INT(vault_seal_decode_token(bytes_make(bytes, sizeof(bytes)), &out), -EUCLEAN);
}

TEST(vault_seal, views_keep_their_forms) {
    const uint32_t forms[] = { 0, 1, 127, 128, 16383, 16384, VAULT_FORM_MAX, 0 };
    uint32_t *back = NULL;
    size_t count = 0;
    struct buf out;
    buf_init(&out, 1024);
    REQUIRE(vault_seal_encode_view(forms, array_count(forms), &out) == 0);
    REQUIRE(vault_seal_decode_view(buf_bytes(&out), &back, &count) == 0);
    CHECK_INT(count, array_count(forms));
    CHECK(memcmp(back, forms, sizeof(forms)) == 0);
    free(back);
    CHECK(vault_seal_decode_view(BYTES("\x01\xff"), &back, &count) < 0);
    CHECK(vault_seal_decode_view(BYTES("\x01\xff\xff\xff\xff\xff\x01"), &back, &count) < 0);
    CHECK(vault_seal_decode_view(BYTES(""), &back, &count) < 0);
    buf_release(&out);
}
