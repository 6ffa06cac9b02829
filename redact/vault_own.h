/* What the files of the vault share: the open vault itself. Only vault*.c includes this.
 * Threads: see vault.h. */
#pragma once

#include <stdatomic.h>

#include "conf/base/lock.h"
#include "redact/vault.h"
#include "redact/vault_codes.h"
#include "redact/vault_seal.h"
#include "redact/vault_store.h"

struct vault_job;

/* Digests of views whose tokens all stand for their first form wait here for the next transaction. */
enum { VAULT_PENDING_VIEWS_MAX = 256 };

struct vault {
    struct vault_store *store;
    struct keeper *keeper;        /* borrowed; NULL in a reader */
    char destination[64];
    uint8_t destination_tag[8];
    uint8_t seal_to[KEY_LEN];     /* under the lock */
    uint8_t group_seal_to[KEY_LEN]; /* the leader's copy */
    atomic_uint_fast64_t generation;
    /* Group commit: whoever comes first writes for all who wait. lock.h, 4. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct vault_job *waiting_first, *waiting_last;
    bool has_leader;
    uint8_t pending_views[VAULT_PENDING_VIEWS_MAX][32];
    size_t pending_view_count;
    struct vault_codes codes; /* the leader's */
    bool codes_are_stale;     /* a transaction failed after codes were added */
};

enum vault_job_kind { VAULT_JOB_MINT, VAULT_JOB_VIEW, VAULT_JOB_FLUSH, VAULT_JOB_STANDIN, VAULT_JOB_SHRED };

/* One caller's wish, on its stack until it is done. */
struct vault_job {
    enum vault_job_kind kind;
    struct vault_job *next;
    bool done;
    int result;
    /* mint */
    const struct vault_request *requests;
    size_t count;
    const uint8_t (*index)[KEEPER_INDEX_LEN]; /* of value i at 2i, of its form at 2i + 1 */
    const uint8_t (*names)[KEEPER_INDEX_LEN]; /* of the name alone, where request i has an owner; NULL: none has */
    const uint8_t *subject;                   /* blind index, or NULL */
    struct vault_coin *coins;
    bool *found;                              /* coins that the read already answered */
    uint64_t minted;
    /* stand-ins: index and found as above, one index each */
    struct vault_standin *standins;
    const struct key *standin_key;
    struct vault_shredded *shredded;
    /* view */
    const uint8_t *digest;
    struct bytes view;
};

/* From the bytes of a FORM record. */
static inline void vault_coin_decode(enum entity entity, const uint8_t *form, struct vault_coin *out) {
    *out = (struct vault_coin) { .token.entity = entity, .form = bytes_load_be32(form + TOKEN_CODE_LEN) };
    memcpy(out->token.code, form, TOKEN_CODE_LEN);
}

_must_use_ int vault_shred_in(struct vault *v, struct vault_txn *t, struct vault_job *job);
_must_use_ int vault_index_subject(struct vault *v, struct bytes subject, uint8_t out[KEEPER_INDEX_LEN]);
_must_use_ int vault_standin_in(struct vault *v, struct vault_txn *t, struct vault_job *job);
/* Waits until the job is written, by this thread or another one. */
_must_use_ int vault_submit(struct vault *v, struct vault_job *job);
/* However a channel breaks, callers see one error: -EPIPE. */
_must_use_ int vault_ask_keeper(struct vault *v, struct bytes scope, const struct keeper_value *values, size_t count,
                                uint8_t (*out)[KEEPER_INDEX_LEN]);

/* Runs one job inside a write transaction. */
_must_use_ int vault_mint_in(struct vault *v, struct vault_txn *t, struct vault_job *job);
