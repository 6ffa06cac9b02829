/* The vault: value <-> token, for the life of the corpus. PHI is stored here and nowhere else, sealed to the re-identification public key:
 * the mount can mint and recognise, it cannot open (tokens.md). Opening is vault_reader.h, for deidfs-reidentify alone.
 * LMDB: one writer, lock-free readers, several processes; a token is durable before vault_mint() returns.
 * Threads: vault_mint from any thread; batches that wait together share one transaction (group commit). One vault a process and folder:
 * the store's locks are the process's. Ownership: vault_free(). */
#pragma once

#include "conf/base/problem.h"
#include "conf/keeper.h"
#include "redact/token.h"

struct vault;

/* Where a vault is and which codes it gives: as in the configuration. */
struct vault_place {
    const char *state_dir;
    const char *destination; /* the code space: two of them never share a code */
    const char *database;    /* "postgresql://…" for several hosts with one vault; NULL or "": LMDB in STATE/vault */
};

/* Makes what is not there yet. keeper is borrowed for the vault's life. seal_to is the re-identification public key.
 * -EKEYREJECTED: the keeper's index key is not the one the vault was made with; every value would get a second token. */
_must_use_ int vault_open(const struct vault_place *place, struct keeper *keeper, const uint8_t seal_to[KEY_LEN], struct vault **out_vault,
                          struct problem *p);
/* From the next transaction on values are sealed to this key (the re-identification key was rotated). Safe from any thread. */
void vault_seal_to(struct vault *v, const uint8_t public_key[KEY_LEN]);
void vault_free(struct vault *v);
static inline void vault_freep(struct vault **v) {
    vault_free(*v);
    *v = NULL;
}

/* One value to be coded: normal is the form that decides identity (normalize.h, identity.h), surface the bytes as they stood.
 * PATIENT, PERSON and PROVIDER share one code per value, so that a misread role does not make two people of one. */
struct vault_request {
    enum entity entity;
    struct bytes normal;
    struct bytes surface;
    /* Whose value it is, where a name alone would not tell ("the patient of record 00482913"); empty: it is whoever has that name. All requests of
     * one owner get one code, whatever their normal forms. */
    struct bytes owner;
    bool is_whole_name; /* normal is a whole name: the owner's code is the name's own code as long as that is nobody else's */
};
/* The token, and which of the value's surface forms this is: 0 for the first one ever seen, then counting. */
struct vault_coin {
    struct token token;
    uint32_t form;
};
/* Coins for all of a document's values, in order; existing ones are found, the rest made and made durable. Equal (entity, normal) gives equal
 * tokens, equal (entity, owner) too, and two owners never share one. subject names the patient the document is about (normalised id, or empty): its new values are sealed under a data key of their own,
 * which vault_shred() can destroy. -EIO, -ENOSPC, -EPIPE ...: nothing was released, the view is refused. */
_must_use_ int vault_mint(struct vault *v, struct bytes subject, const struct vault_request *requests, size_t count, struct vault_coin *out);
/* Notes the forms of a view's tokens, in their order, under the view's digest. Durable on return, except where every form is the first: that
 * note goes with the next transaction. Idempotent. */
_must_use_ int vault_note_view(struct vault *v, const uint8_t digest[32], const uint32_t *forms, size_t count);
/* Stand-ins (surrogate.h): what stands for a value, the same for ever. The mount has to read these again, so they are sealed under a key of the
 * keeper, not to the re-identification key: whoever takes the mount's host can read them (profiles.md: expert determination). */
enum { VAULT_STANDIN_LEN_MAX = 128 };
struct vault_standin {
    enum entity entity;
    struct bytes normal;
    char text[VAULT_STANDIN_LEN_MAX]; /* in: what is proposed; out: what stands */
    size_t text_len;
};
/* Each (entity space, normal) at most once. Durable on return, errors as of vault_mint(). */
_must_use_ int vault_stand_in(struct vault *v, struct vault_standin *items, size_t count);
/* Destroys a subject's data keys, and the ways that lead to values which nobody else has: its tokens open no more, and the same values get new
 * tokens. The codes stay taken. subject as in vault_mint(). Durable on return; backups keep what they had. */
struct vault_shredded {
    uint64_t keys, forms, tokens;
};
_must_use_ int vault_shred(struct vault *v, struct bytes subject, struct vault_shredded *out);
/* Grows with every token minted: part of a view's cache key is not needed (tokens never change), but status shows it. */
uint64_t vault_generation(const struct vault *v);
