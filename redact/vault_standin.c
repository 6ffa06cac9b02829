#include <errno.h>

#include "redact/vault_own.h"

enum { STANDIN_NONCE_LEN = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, STANDIN_TAG_LEN = crypto_aead_xchacha20poly1305_ietf_ABYTES,
       STANDIN_SEALED_LEN_MAX = STANDIN_NONCE_LEN + VAULT_STANDIN_LEN_MAX + STANDIN_TAG_LEN };

static size_t vault_standin_seal(const struct key *key, const uint8_t *index, const struct vault_standin *item, uint8_t *out) {
    randombytes_buf(out, STANDIN_NONCE_LEN);
    int r = crypto_aead_xchacha20poly1305_ietf_encrypt(out + STANDIN_NONCE_LEN, NULL, (const uint8_t *) item->text, item->text_len, index,
                                                       VAULT_INDEX_LEN, NULL, out, key->raw);
    must(r == 0);
    return STANDIN_NONCE_LEN + item->text_len + STANDIN_TAG_LEN;
}

static int vault_standin_open(const struct key *key, const uint8_t *index, struct bytes sealed, struct vault_standin *item) {
    if (sealed.len < STANDIN_NONCE_LEN + STANDIN_TAG_LEN || sealed.len > STANDIN_SEALED_LEN_MAX) return -EUCLEAN;
    int r = crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *) item->text, NULL, NULL, sealed.ptr + STANDIN_NONCE_LEN,
                                                       sealed.len - STANDIN_NONCE_LEN, index, VAULT_INDEX_LEN, sealed.ptr, key->raw);
    if (r != 0) return -EBADMSG;
    item->text_len = sealed.len - STANDIN_NONCE_LEN - STANDIN_TAG_LEN;
    return 0;
}

/* Those that are kept already take the place of what was proposed. */
static int vault_standin_look_up(struct vault *v, struct vault_txn *t, struct vault_job *job, struct vault_pair *pairs) {
    for (size_t i = 0; i < job->count; i++) pairs[i] = (struct vault_pair) { .key = bytes_make(job->index[i], VAULT_INDEX_LEN) };
    int r = v->store->ops->get(t, VAULT_TABLE_STANDIN, pairs, job->count);
    for (size_t i = 0; i < job->count && r == 0; i++) {
        job->found[i] = pairs[i].value.ptr != NULL;
        if (job->found[i]) r = vault_standin_open(job->standin_key, job->index[i], pairs[i].value, &job->standins[i]);
    }
    return r;
}

int vault_standin_in(struct vault *v, struct vault_txn *t, struct vault_job *job) {
    struct vault_pair *pairs = calloc(job->count, sizeof(*pairs));
    uint8_t (*sealed)[STANDIN_SEALED_LEN_MAX] = calloc(job->count, sizeof(*sealed));
    int r = pairs && sealed ? vault_standin_look_up(v, t, job, pairs) : -ENOMEM;
    size_t n = 0;
    for (size_t i = 0; i < job->count && r == 0; i++) {
        if (job->found[i]) continue;
        size_t len = vault_standin_seal(job->standin_key, job->index[i], &job->standins[i], sealed[i]);
        pairs[n++] = (struct vault_pair) { bytes_make(job->index[i], VAULT_INDEX_LEN), bytes_make(sealed[i], len) };
    }
    if (r == 0) r = v->store->ops->put(t, VAULT_TABLE_STANDIN, pairs, n);
    free(pairs);
    free(sealed);
    return r;
}

static int vault_standin_index(struct vault *v, const struct vault_standin *items, size_t count, uint8_t (*out)[KEEPER_INDEX_LEN]) {
    struct keeper_value *values = calloc(count, sizeof(*values));
    if (!values) return -ENOMEM;
    for (size_t i = 0; i < count; i++) values[i] = (struct keeper_value) { vault_seal_space(items[i].entity), items[i].normal };
    _cleanup_(buf_release) struct buf scope;
    buf_init(&scope, 128);
    ignore(buf_append_string(&scope, "stand-in:")); /* a space apart from the values' own; sticky */
    ignore(buf_append_string(&scope, v->destination));
    int r = buf_error(&scope);
    if (r == 0) r = vault_ask_keeper(v, buf_bytes(&scope), values, count, out);
    free(values);
    return r;
}

static int vault_standin_run(struct vault *v, struct vault_job *job, uint8_t (*index)[KEEPER_INDEX_LEN]) {
    struct vault_txn *t = NULL;
    struct vault_pair *pairs = calloc(job->count, sizeof(*pairs));
    if (!pairs) return -ENOMEM;
    int r = vault_standin_index(v, job->standins, job->count, index);
    if (r == 0) r = v->store->ops->begin(v->store, false, &t);
    if (r == 0) r = vault_standin_look_up(v, t, job, pairs);
    if (t) v->store->ops->abort(t);
    free(pairs);
    bool all = true;
    for (size_t i = 0; i < job->count; i++) all = all && job->found[i];
    return r < 0 || all ? r : vault_submit(v, job);
}

int vault_stand_in(struct vault *v, struct vault_standin *items, size_t count) {
    if (count == 0) return 0;
    _cleanup_(key_wipe) struct key key = { 0 };
    if (keeper_local_key(v->keeper, "vault-stand-in", &key) < 0) return -EPIPE;
    bool *found = calloc(count, sizeof(*found));
    uint8_t (*index)[KEEPER_INDEX_LEN] = calloc(count, sizeof(*index));
    int r = -ENOMEM;
    if (found && index) {
        struct vault_job job = { .kind = VAULT_JOB_STANDIN, .standins = items, .count = count, .found = found, .standin_key = &key,
                                 .index = (const uint8_t (*)[KEEPER_INDEX_LEN]) index };
        r = vault_standin_run(v, &job, index);
    }
    free(found);
    free(index);
    return r;
}
