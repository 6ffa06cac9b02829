#include "redact/vault_reseal.h"

#include <errno.h>

#include "redact/vault_seal.h"
#include "redact/vault_store.h"

enum { RESEAL_TRIES_MAX = 24, RESEAL_BATCH = 512 };

struct reseal_record {
    uint8_t id[VAULT_KEY_ID_LEN];
    uint8_t record[VAULT_KEY_RECORD_LEN];
};

struct reseal {
    const struct key *from;
    const uint8_t *to;
    struct reseal_record *items;
    size_t count, room;
    uint64_t left;
};

static int vault_reseal_keep(struct reseal *s, struct bytes id, const uint8_t *record) {
    if (s->count == s->room) {
        size_t room = s->room * 2 + 64;
        struct reseal_record *more = realloc(s->items, room * sizeof(*more)); /* sealed bytes alone */
        if (!more) return -ENOMEM;
        s->items = more;
        s->room = room;
    }
    memcpy(s->items[s->count].id, id.ptr, VAULT_KEY_ID_LEN);
    memcpy(s->items[s->count++].record, record, VAULT_KEY_RECORD_LEN);
    return 0;
}

static int vault_reseal_one(void *context, struct bytes id, struct bytes record) {
    struct reseal *s = context;
    _cleanup_(key_wipe) struct key data_key = { 0 };
    uint8_t again[VAULT_KEY_RECORD_LEN];
    if (id.len != VAULT_KEY_ID_LEN || record.len != VAULT_KEY_RECORD_LEN) return -EUCLEAN;
    int r = vault_seal_open_data_key(record, s->from, &data_key);
    if (r == -EKEYREJECTED) {
        s->left++;
        return 0;
    }
    const uint8_t *subject = record.ptr + VAULT_KEY_RECORD_LEN - VAULT_INDEX_LEN; /* zeros where there is none, and so again */
    if (r == 0) r = vault_seal_data_key(&data_key, s->to, subject, again);
    return r < 0 ? r : vault_reseal_keep(s, id, again);
}

static int vault_reseal_write(struct reseal *s, struct vault_store *store, struct vault_txn *t) {
    struct vault_pair pairs[RESEAL_BATCH];
    int r = 0;
    for (size_t at = 0, n; at < s->count && r == 0; at += n) {
        for (n = 0; n < RESEAL_BATCH && at + n < s->count; n++) {
            const struct reseal_record *item = &s->items[at + n];
            pairs[n] = (struct vault_pair) { bytes_make(item->id, VAULT_KEY_ID_LEN), bytes_make(item->record, VAULT_KEY_RECORD_LEN) };
        }
        r = store->ops->put(t, VAULT_TABLE_KEY, pairs, n);
    }
    return r;
}

/* Ids are random: their first byte parts them into equal shares, each a transaction of its own. */
static int vault_reseal_share(struct reseal *s, struct vault_store *store, uint8_t first) {
    int r = -EAGAIN;
    for (int tries = 0; tries < RESEAL_TRIES_MAX && r == -EAGAIN; tries++) {
        struct vault_txn *t = NULL;
        s->count = 0;
        s->left = 0;
        r = store->ops->begin(store, true, &t);
        if (r < 0) continue;
        r = store->ops->walk(t, VAULT_TABLE_KEY, bytes_make(&first, 1), vault_reseal_one, s);
        if (r == 0) r = vault_reseal_write(s, store, t);
        if (r == 0) r = store->ops->commit(t);
        else store->ops->abort(t);
    }
    return r;
}

int vault_reseal(const struct vault_place *place, const struct key *from, const uint8_t to[KEY_LEN], struct vault_resealed *out, struct problem *p) {
    struct vault_store *store = NULL;
    struct reseal s = { .from = from, .to = to };
    struct vault_resealed done = { 0 };
    int r = vault_store_open(place, &store, p);
    if (r < 0) return r;
    for (unsigned first = 0; first < 256 && r == 0; first++) {
        r = vault_reseal_share(&s, store, (uint8_t) first);
        if (r < 0) break;
        done.resealed += s.count;
        done.left += s.left;
    }
    free(s.items);
    store->ops->close(store);
    if (r < 0) return problem_set(p, r, "not all keys are sealed anew (%s); nothing is lost, begin again", strerrordesc_np(-r));
    *out = done;
    return 0;
}
