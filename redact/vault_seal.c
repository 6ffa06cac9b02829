#include "redact/vault_seal.h"

#include <assert.h>
#include <errno.h>

static_assert(VAULT_SEALED_DATA_KEY_LEN == 80, "a sealed data key is 80 bytes on disk");
static_assert(VAULT_SEALED_KEY_LEN == 19, "the key of a sealed surface is 19 bytes on disk");
static_assert(VAULT_SUBJECT_KEY_LEN <= (int) VAULT_STORE_KEY_LEN_MAX, "the longest key fits every store");

enum { VAULT_RECORD_VERSION = 1, NONCE_LEN = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, TAG_LEN = crypto_aead_xchacha20poly1305_ietf_ABYTES };

void vault_seal_encode_token(const struct vault_token_record *r, uint8_t out[VAULT_TOKEN_RECORD_LEN]) {
    out[0] = VAULT_RECORD_VERSION;
    out[1] = (uint8_t) r->space;
    out[2] = out[3] = 0;
    bytes_store_be32(out + 4, r->form_count);
    memcpy(out + 8, r->destination, sizeof(r->destination));
    bytes_store_be64(out + 16, r->day);
}

int vault_seal_decode_token(struct bytes in, struct vault_token_record *out) {
    if (in.len != VAULT_TOKEN_RECORD_LEN || in.ptr[0] != VAULT_RECORD_VERSION || in.ptr[1] >= ENTITY_COUNT) return -EUCLEAN;
    struct vault_token_record r = { .space = (enum entity) in.ptr[1], .form_count = bytes_load_be32(in.ptr + 4), .day = bytes_load_be64(in.ptr + 16) };
    memcpy(r.destination, in.ptr + 8, sizeof(r.destination));
    if (r.form_count > VAULT_FORM_MAX) return -EUCLEAN;
    *out = r;
    return 0;
}

void vault_seal_key(const char code[TOKEN_CODE_LEN], uint32_t form, const uint8_t key_id[VAULT_KEY_ID_LEN], uint8_t out[VAULT_SEALED_KEY_LEN]) {
    memcpy(out, code, TOKEN_CODE_LEN);
    bytes_store_be32(out + TOKEN_CODE_LEN, form);
    memcpy(out + VAULT_FORM_LEN, key_id, VAULT_KEY_ID_LEN);
}

void vault_seal_subject_key(const uint8_t *subject, const char code[TOKEN_CODE_LEN], uint32_t form, uint8_t out[VAULT_SUBJECT_KEY_LEN]) {
    memcpy(out, subject, VAULT_INDEX_LEN);
    memcpy(out + VAULT_INDEX_LEN, code, TOKEN_CODE_LEN);
    bytes_store_be32(out + VAULT_INDEX_LEN + TOKEN_CODE_LEN, form);
}

/* Padding hides the exact length: a name of four letters looks like one of twelve. */
static size_t vault_seal_padded_len(size_t len) {
    return (len / VAULT_PAD_LEN + 1) * VAULT_PAD_LEN;
}

size_t vault_seal_surface_len(size_t surface_len) {
    return NONCE_LEN + vault_seal_padded_len(surface_len) + TAG_LEN;
}

void vault_seal_surface(const struct key *data_key, const uint8_t sealed_key[VAULT_SEALED_KEY_LEN], struct bytes surface, uint8_t *out) {
    size_t padded = 0;
    uint8_t *body = out + NONCE_LEN;
    must(surface.len <= VAULT_SURFACE_LEN_MAX);
    randombytes_buf(out, NONCE_LEN);
    if (surface.len > 0) memcpy(body, surface.ptr, surface.len);
    int r = sodium_pad(&padded, body, surface.len, VAULT_PAD_LEN, vault_seal_padded_len(surface.len));
    must(r == 0 && padded == vault_seal_padded_len(surface.len));
    r = crypto_aead_xchacha20poly1305_ietf_encrypt(body, NULL, body, padded, sealed_key, VAULT_SEALED_KEY_LEN, NULL, out, data_key->raw);
    must(r == 0);
}

int vault_seal_open_surface(const struct key *data_key, const uint8_t sealed_key[VAULT_SEALED_KEY_LEN], struct bytes sealed, struct buf *out) {
    if (sealed.len < NONCE_LEN + VAULT_PAD_LEN + TAG_LEN || sealed.len > NONCE_LEN + TAG_LEN + VAULT_PAD_LEN + VAULT_SURFACE_LEN_MAX) return -EBADMSG;
    size_t padded = sealed.len - NONCE_LEN - TAG_LEN, len = 0, before = out->len;
    uint8_t *to = NULL;
    int r = buf_extend(out, padded, &to);
    if (r < 0) return r;
    r = crypto_aead_xchacha20poly1305_ietf_decrypt(to, NULL, NULL, sealed.ptr + NONCE_LEN, sealed.len - NONCE_LEN, sealed_key, VAULT_SEALED_KEY_LEN,
                                                   sealed.ptr, data_key->raw);
    if (r == 0) r = sodium_unpad(&len, to, padded, VAULT_PAD_LEN);
    if (r != 0) len = 0;
    sodium_memzero(to + len, padded - len);
    out->len = before + len;
    return r == 0 ? 0 : -EBADMSG;
}

static void vault_seal_fingerprint(const uint8_t public_key[KEY_LEN], uint8_t out[8]) {
    uint8_t digest[crypto_generichash_BYTES];
    crypto_generichash(digest, sizeof(digest), public_key, KEY_LEN, NULL, 0);
    memcpy(out, digest, 8);
}

int vault_seal_data_key(const struct key *data_key, const uint8_t public_key[KEY_LEN], const uint8_t *subject, uint8_t out[VAULT_KEY_RECORD_LEN]) {
    vault_seal_fingerprint(public_key, out);
    if (crypto_box_seal(out + 8, data_key->raw, KEY_LEN, public_key) != 0) return -EIO;
    uint8_t *to = out + 8 + VAULT_SEALED_DATA_KEY_LEN;
    if (subject) memcpy(to, subject, VAULT_INDEX_LEN);
    else memset(to, 0, VAULT_INDEX_LEN);
    return 0;
}

int vault_seal_open_data_key(struct bytes record, const struct key *secret, struct key *out) {
    uint8_t public_key[KEY_LEN], fingerprint[8];
    if (record.len != VAULT_KEY_RECORD_LEN) return -EUCLEAN;
    if (crypto_scalarmult_base(public_key, secret->raw) != 0) return -EKEYREJECTED;
    vault_seal_fingerprint(public_key, fingerprint);
    if (memcmp(fingerprint, record.ptr, sizeof(fingerprint)) != 0) return -EKEYREJECTED;
    _cleanup_(key_wipe) struct key k = { 0 };
    if (crypto_box_seal_open(k.raw, record.ptr + 8, VAULT_SEALED_DATA_KEY_LEN, public_key, secret->raw) != 0) return -EBADMSG;
    *out = k;
    return 0;
}

void vault_seal_destination(const char *destination, uint8_t out[8]) {
    uint8_t digest[crypto_generichash_BYTES];
    crypto_generichash(digest, sizeof(digest), (const uint8_t *) destination, strlen(destination), NULL, 0);
    memcpy(out, digest, 8);
}

enum entity vault_seal_space(enum entity e) {
    return entity_is_person(e) ? ENTITY_PERSON : e;
}

int vault_seal_encode_view(const uint32_t *forms, size_t count, struct buf *out) {
    ignore(buf_append_byte(out, VAULT_RECORD_VERSION)); /* sticky: returned below */
    for (size_t i = 0; i < count; i++) {
        uint32_t n = forms[i];
        for (; n >= 0x80; n >>= 7) ignore(buf_append_byte(out, (uint8_t) (0x80 | (n & 0x7F))));
        ignore(buf_append_byte(out, (uint8_t) n));
    }
    return buf_error(out);
}

int vault_seal_decode_view(struct bytes in, uint32_t **out_forms, size_t *out_count) {
    if (bytes_equal(in, VAULT_VIEW_ALL_FIRST)) {
        *out_forms = NULL;
        *out_count = 0;
        return 0;
    }
    if (in.len < 1 || in.ptr[0] != VAULT_RECORD_VERSION) return -EUCLEAN;
    uint32_t *forms = calloc(in.len, sizeof(*forms));
    if (!forms) return -ENOMEM;
    size_t count = 0;
    unsigned shift = 0;
    for (size_t i = 1; i < in.len; i++) {
        if (shift > 21) break;
        forms[count] |= (uint32_t) (in.ptr[i] & 0x7F) << shift;
        shift += 7;
        if (in.ptr[i] & 0x80) continue;
        count++;
        shift = 0;
    }
    if (shift != 0) {
        free(forms);
        return -EUCLEAN;
    }
    *out_forms = forms;
    *out_count = count;
    return 0;
}
