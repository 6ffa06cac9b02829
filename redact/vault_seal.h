/* vault_seal: the bytes in the vault, drawn once. Only vault*.c includes this. All numbers big endian.
 *
 *   TOKEN   code[7]                    ->  0 1 version 1 · 1 1 space (entity number) · 2 2 zero · 4 4 forms · 8 8 destination tag · 16 8 day minted
 *   VALUE   blind index[32]            ->  code[7]
 *   FORM    blind index[32]            ->  code[7] form[4]
 *   SEALED  code[7] form[4] key id[8]  ->  nonce[24] · XChaCha20-Poly1305(surface padded to 16, associated data = this key)
 *   KEY     key id[8]                  ->  fingerprint of the public key[8] · crypto_box_seal(data key)[80] · subject index[32], or zeros
 *   SUBJECT subject index[32] code[7] form[4]  ->  key id[8] · value index[32] · form index[32]
 *   VIEW    digest[32]                 ->  0x01 · the forms, 7 bits a byte, least significant first; or 0x02: every token stands for its first form
 *   STANDIN blind index[32]            ->  nonce[24] · XChaCha20-Poly1305(stand-in, associated data = the index), key from the keeper's local key
 *   OWNER   code[7]                    ->  value index of the owner[32] · value index of the name that leads to the code as well[32], or zeros
 *
 * Threads: pure. */
#pragma once

#include "conf/base/buf.h"
#include "conf/base/secret.h"
#include "redact/token.h"
#include "redact/vault_store.h"

enum {
    VAULT_INDEX_LEN = 32,
    VAULT_KEY_ID_LEN = 8,
    VAULT_TOKEN_RECORD_LEN = 24,
    VAULT_FORM_LEN = TOKEN_CODE_LEN + 4,
    VAULT_SEALED_KEY_LEN = VAULT_FORM_LEN + VAULT_KEY_ID_LEN,
    VAULT_SEALED_DATA_KEY_LEN = crypto_box_SEALBYTES + KEY_LEN,
    VAULT_KEY_RECORD_LEN = 8 + VAULT_SEALED_DATA_KEY_LEN + VAULT_INDEX_LEN,
    VAULT_SUBJECT_KEY_LEN = VAULT_INDEX_LEN + VAULT_FORM_LEN,
    VAULT_SUBJECT_RECORD_LEN = VAULT_KEY_ID_LEN + 2 * VAULT_INDEX_LEN,
    VAULT_OWNER_RECORD_LEN = 2 * VAULT_INDEX_LEN,
    VAULT_PAD_LEN = 16,
    VAULT_FORM_MAX = 1 << 20,
};
/* Longer surfaces are no identifiers any more; transform labels them. */
#define VAULT_SURFACE_LEN_MAX ((size_t) 1 << 20)

struct vault_token_record {
    enum entity space;
    uint32_t form_count;
    uint8_t destination[8];
    uint64_t day;
};

void vault_seal_encode_token(const struct vault_token_record *r, uint8_t out[VAULT_TOKEN_RECORD_LEN]);
/* -EUCLEAN on bytes of another form. */
_must_use_ int vault_seal_decode_token(struct bytes in, struct vault_token_record *out);

/* The key of a sealed surface; also its associated data. */
void vault_seal_key(const char code[TOKEN_CODE_LEN], uint32_t form, const uint8_t key_id[VAULT_KEY_ID_LEN], uint8_t out[VAULT_SEALED_KEY_LEN]);
/* The key of what a subject has: subject, code, form. */
void vault_seal_subject_key(const uint8_t *subject, const char code[TOKEN_CODE_LEN], uint32_t form, uint8_t out[VAULT_SUBJECT_KEY_LEN]);
size_t vault_seal_surface_len(size_t surface_len);
/* out has room for vault_seal_surface_len(). */
void vault_seal_surface(const struct key *data_key, const uint8_t sealed_key[VAULT_SEALED_KEY_LEN], struct bytes surface, uint8_t *out);
/* Appends the surface; -EBADMSG when it was tampered with or belongs to another token. */
_must_use_ int vault_seal_open_surface(const struct key *data_key, const uint8_t sealed_key[VAULT_SEALED_KEY_LEN], struct bytes sealed,
                                       struct buf *out);

/* subject NULL: none. -EIO when the public key is no point of the curve. */
_must_use_ int vault_seal_data_key(const struct key *data_key, const uint8_t public_key[KEY_LEN], const uint8_t *subject,
                                   uint8_t out[VAULT_KEY_RECORD_LEN]);
/* -EKEYREJECTED: sealed to another public key. */
_must_use_ int vault_seal_open_data_key(struct bytes record, const struct key *secret, struct key *out);

void vault_seal_destination(const char *destination, uint8_t out[8]);
/* Persons are one space: a misread role does not make two people of one. */
enum entity vault_seal_space(enum entity e);

_must_use_ int vault_seal_encode_view(const uint32_t *forms, size_t count, struct buf *out);
#define VAULT_VIEW_ALL_FIRST BYTES("\x02")
/* out_forms is malloc'ed; NULL with count 0 for VAULT_VIEW_ALL_FIRST. */
_must_use_ int vault_seal_decode_view(struct bytes in, uint32_t **out_forms, size_t *out_count);
