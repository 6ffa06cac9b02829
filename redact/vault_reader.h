/* vault_reader: the way back, token -> value. For deidfs-reidentify alone: it needs the re-identification secret, which the mount never has.
 * Threads: one owner. Ownership: vault_reader_free(), which wipes the data keys it has opened. */
#pragma once

#include "conf/base/buf.h"
#include "conf/base/problem.h"
#include "conf/base/secret.h"
#include "redact/vault.h"

struct vault_reader;

/* Tokens of another destination than place's are told apart. secret is copied into guarded memory. */
_must_use_ int vault_reader_open(const struct vault_place *place, const struct key *secret, struct vault_reader **out_reader, struct problem *p);
/* Another key that may have sealed a value: one from before a rotation (keyring.h). -E2BIG past VAULT_READER_KEYS_MAX. */
enum { VAULT_READER_KEYS_MAX = 16 };
_must_use_ int vault_reader_add_key(struct vault_reader *r, const struct key *secret);
/* Those that lie beside the present key's file (keyring.h). */
_must_use_ int vault_reader_add_older(struct vault_reader *r, const char *key_path, struct problem *p);
void vault_reader_free(struct vault_reader *r);
static inline void vault_reader_freep(struct vault_reader **r) {
    vault_reader_free(*r);
    *r = NULL;
}

struct vault_issue {
    enum entity space;        /* PERSON for every role of a person */
    uint32_t form_count;
    bool of_this_destination;
};
enum { VAULT_ISSUED = 0, VAULT_NEVER_ISSUED = 1 };
_must_use_ int vault_reader_find(struct vault_reader *r, const char code[TOKEN_CODE_LEN], struct vault_issue *out);

/* Appends the surface. form VAULT_FORM_BEST: the one that reads best in prose. VAULT_DESTROYED: its data key was shredded.
 * -EKEYREJECTED: sealed to none of the reader's keys. -EBADMSG: the vault was tampered with. */
#define VAULT_FORM_BEST UINT32_MAX
enum { VAULT_REVEALED = 0, VAULT_DESTROYED = 1 };
_must_use_ int vault_reader_reveal(struct vault_reader *r, const char code[TOKEN_CODE_LEN], uint32_t form, struct buf *out);

/* The forms of an unmodified view's tokens, in their order; malloc'ed, and shorter than the view has tokens where the rest stand for their first
 * form. VAULT_VIEW_UNKNOWN: the digest is of no view that was served. */
enum { VAULT_VIEW_KNOWN = 0, VAULT_VIEW_UNKNOWN = 1 };
_must_use_ int vault_reader_view(struct vault_reader *r, const uint8_t digest[32], uint32_t **out_forms, size_t *out_count);

/* Every form of this destination's values that still opens; the text is gone when each() returns. each: non-zero ends the walk and is returned. */
struct vault_surface {
    char code[TOKEN_CODE_LEN];
    enum entity space;
    uint32_t form;
    struct bytes text;
};
_must_use_ int vault_reader_each(struct vault_reader *r, int (*each)(void *context, const struct vault_surface *surface), void *context);

/* The codes that values have here, by the blind index: "" for one the vault does not know. keeper holds the mount's index key. */
struct vault_value {
    enum entity space;
    struct bytes normal;
};
enum { VAULT_READER_SURFACE_LEN_MAX = 1 << 20 };
_must_use_ int vault_reader_look_up(struct vault_reader *r, struct keeper *keeper, const struct vault_value *values, size_t count,
                                    char (*out_codes)[TOKEN_CODE_LEN + 1]);

/* Whose tokens are whose: patients as blind indexes. A value that no document tied to a patient belongs to none. */
enum { VAULT_SUBJECT_INDEX_LEN = KEEPER_INDEX_LEN };
/* The indexes of patients' normalised record numbers; values' entities are ignored. */
_must_use_ int vault_reader_index_subjects(struct keeper *keeper, struct keeper_value *values, size_t count, uint8_t (*out)[VAULT_SUBJECT_INDEX_LEN]);
/* 1 when a copy of the token's value is sealed for one of the subjects (sorted), else 0. */
_must_use_ int vault_reader_belongs(struct vault_reader *r, const char code[TOKEN_CODE_LEN], const uint8_t (*subjects)[VAULT_SUBJECT_INDEX_LEN],
                                    size_t count);
