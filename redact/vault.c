#include "redact/vault.h"

#include <errno.h>
#include <stdio.h>

#include "conf/base/log.h"
#include "conf/base/size.h"
#include "redact/vault_own.h"

enum { VAULT_INDEX_BATCH = 8192, VAULT_TRIES_MAX = 24, VAULT_GROUP_MAX = 256 };
#define VAULT_INDEX_TEXT_LEN_MAX ((size_t) 1 << 30)

/* ---- open and close ---------------------------------------------------------------------------------------------------------------- */

/* META "index-check" holds what the keeper's index key makes of a constant: another key would give every value a second token. */
static int vault_check_index_key(struct vault *v, struct vault_txn *t) {
    struct keeper_value probe = { .entity = ENTITY_OTHER_ID, .value = BYTES("deidfs-vault-check") };
    uint8_t index[1][KEEPER_INDEX_LEN];
    int r = keeper_index(v->keeper, BYTES("deidfs-vault"), &probe, 1, index);
    if (r < 0) return r;
    struct vault_pair pair = { .key = BYTES("index-check") };
    r = v->store->ops->get(t, VAULT_TABLE_META, &pair, 1);
    if (r < 0) return r;
    if (pair.value.ptr) return bytes_equal(pair.value, bytes_make(index[0], KEEPER_INDEX_LEN)) ? 0 : -EKEYREJECTED;
    pair.value = bytes_make(index[0], KEEPER_INDEX_LEN);
    return v->store->ops->put(t, VAULT_TABLE_META, &pair, 1);
}

static int vault_start(struct vault *v) {
    struct vault_txn *t = NULL;
    int r = v->store->ops->begin(v->store, true, &t);
    if (r < 0) return r;
    r = vault_check_index_key(v, t);
    uint64_t count = 0;
    if (r == 0) r = v->store->ops->count(t, VAULT_TABLE_TOKEN, &count);
    if (r < 0) {
        v->store->ops->abort(t);
        return r;
    }
    atomic_store(&v->generation, count);
    return v->store->ops->commit(t);
}

int vault_store_open(const struct vault_place *place, struct vault_store **out_store, struct problem *p) {
    bool shared = place->database && place->database[0];
    return shared ? vault_postgres_open(place->database, out_store, p) : vault_lmdb_open(place->state_dir, out_store, p);
}

int vault_open(const struct vault_place *place, struct keeper *keeper, const uint8_t seal_to[KEY_LEN], struct vault **out_vault,
               struct problem *p) {
    const char *destination = place->destination;
    if (strlen(destination) >= sizeof(((struct vault *) 0)->destination)) return problem_set(p, -EINVAL, "the destination's name is too long");
    struct vault *v = calloc(1, sizeof(*v));
    if (!v) return -ENOMEM;
    int r = pthread_mutex_init(&v->lock, NULL);
    must(r == 0);
    r = pthread_cond_init(&v->changed, NULL);
    must(r == 0);
    memcpy(v->destination, destination, strlen(destination) + 1);
    vault_seal_destination(destination, v->destination_tag);
    memcpy(v->seal_to, seal_to, KEY_LEN);
    v->keeper = keeper;
    r = vault_store_open(place, &v->store, p);
    if (r == 0 && (r = vault_start(v)) < 0) {
        const char *why = r == -EKEYREJECTED ? "its values were indexed with another index.key; restore the key that belongs to it" : strerror(-r);
        r = problem_set(p, r, "cannot use the vault of %s: %s", place->state_dir, why);
    }
    if (r < 0) {
        vault_free(v);
        return r;
    }
    *out_vault = v;
    return 0;
}

void vault_seal_to(struct vault *v, const uint8_t public_key[KEY_LEN]) {
    lock_scoped(&v->lock);
    memcpy(v->seal_to, public_key, KEY_LEN);
}

uint64_t vault_generation(const struct vault *v) {
    return atomic_load(&v->generation);
}

/* ---- group commit ------------------------------------------------------------------------------------------------------------------ */

static int vault_run_job(struct vault *v, struct vault_txn *t, struct vault_job *job) {
    if (job->kind == VAULT_JOB_FLUSH) return 0; /* what is pending goes with every group */
    if (job->kind == VAULT_JOB_SHRED) return vault_shred_in(v, t, job);
    if (job->kind == VAULT_JOB_STANDIN) return vault_standin_in(v, t, job);
    if (job->kind == VAULT_JOB_MINT) return vault_mint_in(v, t, job);
    struct vault_pair pair = { .key = bytes_make(job->digest, 32), .value = job->view };
    return v->store->ops->put(t, VAULT_TABLE_VIEW, &pair, 1);
}

static int vault_put_views(struct vault *v, struct vault_txn *t, uint8_t (*digests)[32], size_t count) {
    struct vault_pair pairs[VAULT_PENDING_VIEWS_MAX];
    for (size_t i = 0; i < count; i++) pairs[i] = (struct vault_pair) { bytes_make(digests[i], 32), VAULT_VIEW_ALL_FIRST };
    return v->store->ops->put(t, VAULT_TABLE_VIEW, pairs, count);
}

struct vault_group {
    struct vault_job *first;
    uint8_t views[VAULT_PENDING_VIEWS_MAX][32];
    size_t view_count;
};

static int vault_try_group(struct vault *v, struct vault_group *g) {
    struct vault_txn *t = NULL;
    int r = v->store->ops->begin(v->store, true, &t);
    if (r < 0) return r;
    for (struct vault_job *job = g->first; job && r == 0; job = job->next) r = vault_run_job(v, t, job);
    if (r == 0) r = vault_put_views(v, t, g->views, g->view_count);
    if (r == 0) {
        r = v->store->ops->commit(t);
        v->codes_are_stale = v->codes_are_stale || r < 0;
        return r;
    }
    v->store->ops->abort(t);
    v->codes_are_stale = true;
    return r;
}

/* All of a group stand or fall together: none of them shows a token that is not durable. */
static void vault_write_group(struct vault *v, struct vault_group *g) {
    int r = -EAGAIN;
    for (int i = 0; i < VAULT_TRIES_MAX && r == -EAGAIN; i++) r = vault_try_group(v, g);
    if (r == -EAGAIN) r = -EIO;
    if (r < 0) log_error("vault-write", "error=%d", -r);
    for (struct vault_job *job = g->first; job; job = job->next) {
        job->result = r;
        if (r == 0) atomic_fetch_add(&v->generation, job->minted);
    }
}

/* Takes up to VAULT_GROUP_MAX of those who wait, and the pending views. */
static void vault_take_waiting(struct vault *v, struct vault_group *out) {
    struct vault_job *last = v->waiting_first;
    out->first = last;
    for (int n = 1; last->next && n < VAULT_GROUP_MAX; n++) last = last->next;
    v->waiting_first = last->next;
    if (!v->waiting_first) v->waiting_last = NULL;
    last->next = NULL;
    memcpy(v->group_seal_to, v->seal_to, KEY_LEN);
    memcpy(out->views, v->pending_views, v->pending_view_count * sizeof(out->views[0]));
    out->view_count = v->pending_view_count;
    v->pending_view_count = 0;
}

/* The first who comes writes; those who come meanwhile wait and are written together by the next. */
int vault_submit(struct vault *v, struct vault_job *job) {
    lock_take(&v->lock);
    if (v->waiting_last) v->waiting_last->next = job;
    else v->waiting_first = job;
    v->waiting_last = job;
    while (!job->done) {
        if (v->has_leader) {
            int r = pthread_cond_wait(&v->changed, &v->lock);
            must(r == 0);
            continue;
        }
        v->has_leader = true;
        struct vault_group group;
        vault_take_waiting(v, &group); /* at least our own job waits */
        lock_give(&v->lock);
        vault_write_group(v, &group);
        lock_take(&v->lock);
        for (struct vault_job *done = group.first, *next; done; done = next) {
            next = done->next; /* its owner may leave as soon as it is done and the lock is free */
            done->done = true;
        }
        v->has_leader = false;
        pthread_cond_broadcast(&v->changed);
    }
    lock_give(&v->lock);
    return job->result;
}

void vault_free(struct vault *v) {
    if (!v) return;
    must(!v->has_leader && !v->waiting_first);
    struct vault_job flush = { .kind = VAULT_JOB_FLUSH };
    if (v->pending_view_count > 0) ignore(vault_submit(v, &flush)); /* logged there; the notes are made again with their views */
    if (v->store) v->store->ops->close(v->store);
    pthread_mutex_destroy(&v->lock);
    pthread_cond_destroy(&v->changed);
    vault_codes_release(&v->codes);
    free(v);
}

/* ---- blind indexes ----------------------------------------------------------------------------------------------------------------- */

/* "v" normal, and "f" length normal surface: two kinds of index that can never meet; "o" and "g" of an owner's. */
static int vault_index_text(const struct vault_request *r, struct buf *out, struct keeper_value to[2]) {
    size_t at = out->len;
    enum entity space = vault_seal_space(r->entity);
    bool owned = r->owner.len > 0;
    struct bytes who = owned ? r->owner : r->normal;
    ignore(buf_append_byte(out, owned ? 'o' : 'v')); /* sticky: returned below */
    ignore(buf_append(out, who));
    to[0] = (struct keeper_value) { .entity = space, .value = { .ptr = NULL, .len = out->len - at } };
    at = out->len;
    ignore(buf_append_byte(out, owned ? 'g' : 'f'));
    ignore(buf_append_be32(out, (uint32_t) who.len));
    ignore(buf_append(out, who));
    ignore(buf_append(out, r->surface));
    to[1] = (struct keeper_value) { .entity = space, .value = { .ptr = NULL, .len = out->len - at } };
    return buf_error(out);
}

int vault_ask_keeper(struct vault *v, struct bytes scope, const struct keeper_value *values, size_t count,
                     uint8_t (*out)[KEEPER_INDEX_LEN]) {
    int r = keeper_index(v->keeper, scope, values, count, out);
    return r == 0 || r == -ENOMEM || r == -E2BIG ? r : -EPIPE;
}

/* One round trip to the keeper for a batch. */
static int vault_index_batch(struct vault *v, const struct vault_request *requests, size_t count, uint8_t (*out)[KEEPER_INDEX_LEN]) {
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, VAULT_INDEX_TEXT_LEN_MAX);
    struct keeper_value *values = calloc(2 * count, sizeof(*values));
    if (!values) return -ENOMEM;
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        if (requests[i].normal.len > UINT32_MAX || requests[i].owner.len > UINT32_MAX || requests[i].surface.len > VAULT_SURFACE_LEN_MAX) r = -E2BIG;
        else r = vault_index_text(&requests[i], &text, &values[2 * i]);
    }
    size_t at = 0;
    for (size_t i = 0; i < 2 * count && r == 0; i++) {
        values[i].value.ptr = text.ptr + at;
        at += values[i].value.len;
    }
    if (r == 0) r = vault_ask_keeper(v, bytes_from_string(v->destination), values, 2 * count, out);
    free(values);
    return r;
}

static int vault_index_all(struct vault *v, const struct vault_request *requests, size_t count, uint8_t (*out)[KEEPER_INDEX_LEN]) {
    for (size_t i = 0; i < count; i += VAULT_INDEX_BATCH) {
        int r = vault_index_batch(v, requests + i, size_min(VAULT_INDEX_BATCH, count - i), out + 2 * i);
        if (r < 0) return r;
    }
    return 0;
}

/* The names of those requests that have an owner, as if they had none. Asked for only when something is to be minted. */
static int vault_index_names(struct vault *v, struct vault_job *job, uint8_t (*out)[KEEPER_INDEX_LEN]) {
    struct vault_request *named = calloc(job->count, sizeof(*named));
    uint8_t (*index)[KEEPER_INDEX_LEN] = calloc(2 * job->count, sizeof(*index));
    int r = named && index ? 0 : -ENOMEM;
    for (size_t i = 0; i < job->count && r == 0; i++) {
        named[i] = job->requests[i];
        named[i].owner = named[i].surface = bytes_make(NULL, 0);
    }
    if (r == 0) r = vault_index_all(v, named, job->count, index);
    for (size_t i = 0; i < job->count && r == 0; i++) memcpy(out[i], index[2 * i], KEEPER_INDEX_LEN);
    free(named);
    free(index);
    return r;
}

/* Hands the job to the writer, with what it needs of owners. */
static int vault_mint_submit(struct vault *v, struct vault_job *job) {
    bool owned = false;
    for (size_t i = 0; i < job->count; i++) owned = owned || job->requests[i].owner.len > 0;
    if (!owned) return vault_submit(v, job);
    uint8_t (*names)[KEEPER_INDEX_LEN] = calloc(job->count, sizeof(*names));
    int r = names ? vault_index_names(v, job, names) : -ENOMEM;
    job->names = (const uint8_t (*)[KEEPER_INDEX_LEN]) names;
    if (r == 0) r = vault_submit(v, job);
    job->names = NULL;
    free(names);
    return r;
}

int vault_index_subject(struct vault *v, struct bytes subject, uint8_t out[KEEPER_INDEX_LEN]) {
    struct keeper_value value = { .entity = ENTITY_PATIENT, .value = subject };
    uint8_t index[1][KEEPER_INDEX_LEN];
    int r = vault_ask_keeper(v, BYTES("deidfs-vault-subject"), &value, 1, index);
    if (r == 0) memcpy(out, index[0], KEEPER_INDEX_LEN);
    return r;
}

/* ---- mint -------------------------------------------------------------------------------------------------------------------------- */

/* Coins for the forms that are known. Lock-free; most documents end here. */
static int vault_read_known(struct vault *v, struct vault_job *job, size_t *out_missing) {
    struct vault_pair *pairs = calloc(job->count, sizeof(*pairs));
    if (!pairs) return -ENOMEM;
    for (size_t i = 0; i < job->count; i++) pairs[i].key = bytes_make(job->index[2 * i + 1], KEEPER_INDEX_LEN);
    struct vault_txn *t = NULL;
    int r = v->store->ops->begin(v->store, false, &t);
    if (r == 0) r = v->store->ops->get(t, VAULT_TABLE_FORM, pairs, job->count);
    size_t missing = 0;
    for (size_t i = 0; i < job->count && r == 0; i++) {
        job->found[i] = pairs[i].value.ptr != NULL;
        missing += !job->found[i];
        if (!job->found[i]) continue;
        if (pairs[i].value.len != VAULT_FORM_LEN) r = -EUCLEAN;
        else vault_coin_decode(job->requests[i].entity, pairs[i].value.ptr, &job->coins[i]);
    }
    if (t) v->store->ops->abort(t);
    free(pairs);
    *out_missing = missing;
    return r;
}

/* Whether a known form has no copy sealed for this subject yet. */
static int vault_read_copies(struct vault *v, const struct vault_job *job, size_t *out_missing) {
    struct vault_pair *pairs = calloc(job->count, sizeof(*pairs));
    uint8_t (*keys)[VAULT_SUBJECT_KEY_LEN] = calloc(job->count, sizeof(*keys));
    struct vault_txn *t = NULL;
    size_t n = 0, missing = 0;
    int r = pairs && keys ? v->store->ops->begin(v->store, false, &t) : -ENOMEM;
    for (size_t i = 0; i < job->count && r == 0; i++) {
        if (!job->found[i]) continue;
        vault_seal_subject_key(job->subject, job->coins[i].token.code, job->coins[i].form, keys[n]);
        pairs[n].key = bytes_make(keys[n], VAULT_SUBJECT_KEY_LEN);
        n++;
    }
    if (r == 0) r = v->store->ops->get(t, VAULT_TABLE_SUBJECT, pairs, n);
    for (size_t i = 0; i < n && r == 0; i++) missing += pairs[i].value.ptr == NULL;
    if (t) v->store->ops->abort(t);
    free(pairs);
    free(keys);
    *out_missing = missing;
    return r;
}

static int vault_mint_job(struct vault *v, struct bytes subject, struct vault_job *job, uint8_t (*index)[KEEPER_INDEX_LEN]) {
    uint8_t subject_index[KEEPER_INDEX_LEN];
    size_t missing = 0, copies = 0;
    int r = vault_index_all(v, job->requests, job->count, index);
    if (r == 0 && subject.len > 0) {
        r = vault_index_subject(v, subject, subject_index);
        job->subject = subject_index;
    }
    if (r == 0) r = vault_read_known(v, job, &missing);
    if (r == 0 && job->subject) r = vault_read_copies(v, job, &copies);
    return r < 0 || missing + copies == 0 ? r : vault_mint_submit(v, job);
}

int vault_mint(struct vault *v, struct bytes subject, const struct vault_request *requests, size_t count, struct vault_coin *out) {
    if (count == 0) return 0;
    size_t len = 0;
    if (!size_mul(count, 2 * KEEPER_INDEX_LEN, &len)) return -EOVERFLOW;
    struct vault_coin *coins = calloc(count, sizeof(*coins));
    bool *found = calloc(count, sizeof(*found));
    uint8_t (*index)[KEEPER_INDEX_LEN] = malloc(len);
    int r = -ENOMEM;
    if (coins && found && index) {
        struct vault_job job = { .kind = VAULT_JOB_MINT, .requests = requests, .count = count, .index = (const uint8_t (*)[KEEPER_INDEX_LEN]) index,
                                 .coins = coins, .found = found };
        r = vault_mint_job(v, subject, &job, index);
    }
    if (r == 0) memcpy(out, coins, count * sizeof(*coins));
    free(coins);
    free(found);
    free(index);
    return r;
}

static int vault_view_is_known(struct vault *v, const uint8_t digest[32], struct bytes view, bool *out_known) {
    struct vault_pair pair = { .key = bytes_make(digest, 32) };
    struct vault_txn *t = NULL;
    int r = v->store->ops->begin(v->store, false, &t);
    if (r < 0) return r;
    r = v->store->ops->get(t, VAULT_TABLE_VIEW, &pair, 1);
    *out_known = r == 0 && bytes_equal(pair.value, view);
    v->store->ops->abort(t);
    return r;
}

/* Such a note waits for the next transaction: lost in a crash, it is made again when the view is made again, and until then the tokens still
 * open, to their best form. */
static int vault_note_plain_view(struct vault *v, const uint8_t digest[32]) {
    lock_take(&v->lock);
    bool full = v->pending_view_count == VAULT_PENDING_VIEWS_MAX, waits = false;
    for (size_t i = 0; i < v->pending_view_count && !waits; i++) waits = memcmp(v->pending_views[i], digest, 32) == 0;
    if (!full && !waits) memcpy(v->pending_views[v->pending_view_count++], digest, 32);
    full = full || v->pending_view_count == VAULT_PENDING_VIEWS_MAX;
    lock_give(&v->lock);
    struct vault_job job = { .kind = VAULT_JOB_FLUSH };
    return full ? vault_submit(v, &job) : 0;
}

int vault_note_view(struct vault *v, const uint8_t digest[32], const uint32_t *forms, size_t count) {
    _cleanup_(buf_release) struct buf view;
    buf_init(&view, count * 4 + 1);
    bool all_first = true, known = false;
    for (size_t i = 0; i < count; i++) all_first = all_first && forms[i] == 0;
    int r = all_first ? buf_append(&view, VAULT_VIEW_ALL_FIRST) : vault_seal_encode_view(forms, count, &view);
    if (r == 0) r = vault_view_is_known(v, digest, buf_bytes(&view), &known);
    if (r < 0 || known) return r;
    if (all_first) return vault_note_plain_view(v, digest);
    struct vault_job job = { .kind = VAULT_JOB_VIEW, .digest = digest, .view = buf_bytes(&view) };
    return vault_submit(v, &job);
}
