/* The keeper: a process that holds the keys and does nothing else. It answers "blind-index these values", "sign this checkpoint",
 * "name this subject"; it reads no document and has no network. It lives as long as its last client channel.
 * struct keeper is the client's end: every program that needs a key starts its own keeper (a fork) or is handed a channel.
 *
 * Errors: -EPIPE or -EBADMSG mean the keeper is gone or broken: nothing that needs a key may go on (REFUSAL_KEEPER).
 * Threads: safe, requests are serialised inside (lock.h, 6). Ownership: keeper_free() ends the channel and reaps the process. */
#pragma once

#include "conf/base/bytes.h"
#include "conf/base/problem.h"
#include "conf/base/secret.h"
#include "conf/entity.h"

enum { KEEPER_INDEX_LEN = 32, KEEPER_SIGNATURE_LEN = 64, KEEPER_PUBLIC_LEN = 32, KEEPER_SUBJECT_TOKEN_LEN = 40 };

struct keeper;

/* Forks. The child loads the keys of state_dir, confines itself and serves; returns once it is ready. Call before threads. */
_must_use_ int keeper_start(const char *state_dir, struct keeper **out_keeper, struct problem *p);
void keeper_free(struct keeper *k);
/* For _cleanup_(keeper_freep). */
static inline void keeper_freep(struct keeper **k) {
    keeper_free(*k);
    *k = NULL;
}
/* The process, for the monitor's waitpid. */
int keeper_pid(const struct keeper *k);
/* The client's socket, so that whoever forks can close or keep it. */
int keeper_fd(const struct keeper *k);

/* Blind index: BLAKE2b-256 keyed by index.key over (scope, 0, entity, 0, value). One round trip for a whole document. */
struct keeper_value {
    enum entity entity;
    struct bytes value; /* normalised */
};
_must_use_ int keeper_index(struct keeper *k, struct bytes scope, const struct keeper_value *values, size_t count,
                            uint8_t (*out)[KEEPER_INDEX_LEN]);

/* Subject token of journal.md: kind one of SUBJECT_KINDS; "<kind><month>_<24 base32>" with a NUL. */
_must_use_ int keeper_subject(struct keeper *k, char kind, struct bytes id, char out[KEEPER_SUBJECT_TOKEN_LEN]);

/* A key for one local purpose ("inode", "name", "size-index"), derived from local.key; "vault-…" from index.key, which
 * hosts with one vault share. */
_must_use_ int keeper_local_key(struct keeper *k, const char *purpose, struct key *out);

/* Journal keys. S is the stable key; E the epoch's. The secret halves never leave the keeper. */
_must_use_ int keeper_stable_public(struct keeper *k, uint8_t out[KEEPER_PUBLIC_LEN]);
/* The current epoch's number and public key. */
_must_use_ int keeper_epoch_public(struct keeper *k, uint64_t *out_epoch, uint8_t out[KEEPER_PUBLIC_LEN]);
/* Makes E_{i+1} in the spare slot, durable; idempotent until keeper_epoch_advance(). */
_must_use_ int keeper_epoch_prepare(struct keeper *k, uint8_t out_next[KEEPER_PUBLIC_LEN]);
/* Overwrites slot i in place, fsyncs, wipes: from here on epoch i can never be signed again. -EINVAL without prepare. */
_must_use_ int keeper_epoch_advance(struct keeper *k);
/* Signs a checkpoint's text with S and E_i; with_next also with E_{i+1} (the epoch's final). The keeper demands the checkpoint form, and a
 * size that never shrinks within its life. */
struct keeper_signatures {
    uint8_t stable[KEEPER_SIGNATURE_LEN];
    uint8_t epoch[KEEPER_SIGNATURE_LEN];
    uint8_t next[KEEPER_SIGNATURE_LEN]; /* zero unless with_next */
};
_must_use_ int keeper_sign(struct keeper *k, struct bytes checkpoint_text, bool with_next, struct keeper_signatures *out);
