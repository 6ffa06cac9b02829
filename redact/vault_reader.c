#include "redact/vault_reader.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "conf/base/text.h"
#include "conf/keyring.h"
#include "redact/vault_seal.h"
#include "redact/vault_store.h"

enum { READER_CACHE_COUNT = 1024, READER_BEST_FORMS_MAX = 64 };

struct reader_key {
    uint8_t id[VAULT_KEY_ID_LEN];
    bool known;
    struct key key;
};

/* Whole in guarded memory: it holds the secret and the data keys. */
struct reader_secrets {
    struct key secrets[VAULT_READER_KEYS_MAX]; /* the present one first */
    size_t count;
    struct reader_key cache[READER_CACHE_COUNT];
};

struct vault_reader {
    struct vault_store *store;
    char destination[64];
    uint8_t destination_tag[8];
    struct reader_secrets *secrets;
};
static_assert(VAULT_READER_SURFACE_LEN_MAX == VAULT_SURFACE_LEN_MAX, "the public bound is the vault's own");

int vault_reader_open(const struct vault_place *place, const struct key *secret, struct vault_reader **out_reader, struct problem *p) {
    struct vault_reader *r = calloc(1, sizeof(*r));
    if (!r) return -ENOMEM;
    r->secrets = secret_new(sizeof(*r->secrets));
    int error = r->secrets ? vault_store_open(place, &r->store, p) : problem_set(p, -ENOMEM, "no locked memory for the keys (RLIMIT_MEMLOCK)");
    if (error < 0) {
        vault_reader_free(r);
        return error;
    }
    memset(r->secrets, 0, sizeof(*r->secrets));
    r->secrets->secrets[r->secrets->count++] = *secret;
    vault_seal_destination(place->destination, r->destination_tag);
    must(snprintf(r->destination, sizeof(r->destination), "%s", place->destination) < (int) sizeof(r->destination));
    *out_reader = r;
    return 0;
}

int vault_reader_add_key(struct vault_reader *r, const struct key *secret) {
    if (r->secrets->count == VAULT_READER_KEYS_MAX) return -E2BIG;
    r->secrets->secrets[r->secrets->count++] = *secret;
    return 0;
}

int vault_reader_add_older(struct vault_reader *r, const char *key_path, struct problem *p) {
    size_t added = 0;
    int error = keyring_load_reidentify_older(key_path, r->secrets->secrets + r->secrets->count, VAULT_READER_KEYS_MAX - r->secrets->count, &added, p);
    if (error < 0) return error;
    r->secrets->count += added;
    return 0;
}

void vault_reader_free(struct vault_reader *r) {
    if (!r) return;
    if (r->store) r->store->ops->close(r->store);
    secret_free(r->secrets);
    free(r);
}

static int vault_reader_get_issue(struct vault_reader *r, struct vault_txn *t, const char *code, struct vault_issue *out) {
    struct vault_pair pair = { .key = bytes_make(code, TOKEN_CODE_LEN) };
    struct vault_token_record record;
    int error = r->store->ops->get(t, VAULT_TABLE_TOKEN, &pair, 1);
    if (error < 0) return error;
    if (!pair.value.ptr) return VAULT_NEVER_ISSUED;
    error = vault_seal_decode_token(pair.value, &record);
    if (error < 0) return error;
    *out = (struct vault_issue) { .space = record.space, .form_count = record.form_count };
    out->of_this_destination = memcmp(record.destination, r->destination_tag, sizeof(record.destination)) == 0;
    return VAULT_ISSUED;
}

int vault_reader_find(struct vault_reader *r, const char code[TOKEN_CODE_LEN], struct vault_issue *out) {
    struct vault_txn *t = NULL;
    int error = r->store->ops->begin(r->store, false, &t);
    if (error < 0) return error;
    error = vault_reader_get_issue(r, t, code, out);
    r->store->ops->abort(t);
    return error;
}

/* One data key opens all values of its batch: opening it costs a scalar multiplication, so it is kept. */
static int vault_reader_data_key(struct vault_reader *r, struct vault_txn *t, const uint8_t *id, const struct key **out) {
    struct reader_key *slot = &r->secrets->cache[bytes_load_be32(id) % READER_CACHE_COUNT];
    if (slot->known && memcmp(slot->id, id, VAULT_KEY_ID_LEN) == 0) {
        *out = &slot->key;
        return VAULT_REVEALED;
    }
    struct vault_pair pair = { .key = bytes_make(id, VAULT_KEY_ID_LEN) };
    int error = r->store->ops->get(t, VAULT_TABLE_KEY, &pair, 1);
    if (error < 0) return error;
    if (!pair.value.ptr) return VAULT_DESTROYED;
    slot->known = false;
    error = -EKEYREJECTED;
    for (size_t i = 0; i < r->secrets->count && error == -EKEYREJECTED; i++)
        error = vault_seal_open_data_key(pair.value, &r->secrets->secrets[i], &slot->key);
    if (error < 0) return error;
    memcpy(slot->id, id, VAULT_KEY_ID_LEN);
    slot->known = true;
    *out = &slot->key;
    return VAULT_REVEALED;
}

struct reader_walk {
    struct vault_reader *reader;
    struct vault_txn *txn;
    struct buf *out;
    int result;
};

/* A form may be sealed for several subjects; the first copy that opens is as good as any. */
static int vault_reader_try_copy(void *context, struct bytes key, struct bytes sealed) {
    struct reader_walk *w = context;
    const struct key *data_key = NULL;
    if (key.len != VAULT_SEALED_KEY_LEN) return -EUCLEAN;
    int r = vault_reader_data_key(w->reader, w->txn, key.ptr + VAULT_FORM_LEN, &data_key);
    if (r == -EKEYREJECTED) w->result = r; /* another copy may be sealed to a key we have */
    if (r == VAULT_DESTROYED || r == -EKEYREJECTED) return 0;
    if (r == 0) r = vault_seal_open_surface(data_key, key.ptr, sealed, w->out);
    if (r < 0) return r;
    w->result = VAULT_REVEALED;
    return 1; /* ends the walk */
}

static int vault_reader_get_form(struct vault_reader *r, struct vault_txn *t, const char *code, uint32_t form, struct buf *out) {
    uint8_t prefix[VAULT_FORM_LEN];
    memcpy(prefix, code, TOKEN_CODE_LEN);
    bytes_store_be32(prefix + TOKEN_CODE_LEN, form);
    struct reader_walk w = { .reader = r, .txn = t, .out = out, .result = VAULT_DESTROYED };
    int error = r->store->ops->walk(t, VAULT_TABLE_SEALED, bytes_make(prefix, sizeof(prefix)), vault_reader_try_copy, &w);
    return error < 0 ? error : w.result;
}

/* How well a name reads in a sentence: "John Q. Smith" before "SMITH, JOHN Q" before "Smith". */
static size_t vault_reader_score(struct bytes surface) {
    bool upper = false, lower = false, plain = true;
    size_t words = 1;
    for (size_t i = 0; i < surface.len; i++) {
        uint8_t c = surface.ptr[i];
        upper = upper || text_is_upper(c);
        lower = lower || text_is_lower(c);
        words += c == ' ';
        plain = plain && c != ',' && c != '\n' && c != '\t' && c != '_' && c != '^';
    }
    size_t looks = (plain ? 4u : 0u) + (upper && lower ? 2u : 0u);
    size_t len = surface.len < 255 ? surface.len : 0;
    return (looks << 16) + ((words < 8 ? words : 0) << 8) + len;
}

static int vault_reader_best_form(struct vault_reader *r, struct vault_txn *t, const char *code, uint32_t *out) {
    struct vault_issue issue = { 0 };
    int error = vault_reader_get_issue(r, t, code, &issue);
    if (error != VAULT_ISSUED) return error < 0 ? error : -ENOENT;
    uint32_t best = 0, count = issue.space == ENTITY_PERSON ? issue.form_count : 1;
    size_t best_score = 0;
    _cleanup_(buf_release) struct buf surface;
    buf_init(&surface, 2 * VAULT_SURFACE_LEN_MAX);
    for (uint32_t form = 0; form < count && form < READER_BEST_FORMS_MAX; form++) {
        buf_reset(&surface);
        error = vault_reader_get_form(r, t, code, form, &surface);
        if (error < 0) return error;
        size_t score = error == VAULT_REVEALED ? vault_reader_score(buf_bytes(&surface)) + 1 : 0;
        if (score <= best_score) continue;
        best = form;
        best_score = score;
    }
    *out = best;
    return 0;
}

int vault_reader_reveal(struct vault_reader *r, const char code[TOKEN_CODE_LEN], uint32_t form, struct buf *out) {
    struct vault_txn *t = NULL;
    int error = r->store->ops->begin(r->store, false, &t);
    if (error < 0) return error;
    if (form == VAULT_FORM_BEST) error = vault_reader_best_form(r, t, code, &form);
    if (error == 0) error = vault_reader_get_form(r, t, code, form, out);
    r->store->ops->abort(t);
    return error;
}

int vault_reader_view(struct vault_reader *r, const uint8_t digest[32], uint32_t **out_forms, size_t *out_count) {
    struct vault_txn *t = NULL;
    int error = r->store->ops->begin(r->store, false, &t);
    if (error < 0) return error;
    struct vault_pair pair = { .key = bytes_make(digest, 32) };
    error = r->store->ops->get(t, VAULT_TABLE_VIEW, &pair, 1);
    if (error == 0) error = pair.value.ptr ? vault_seal_decode_view(pair.value, out_forms, out_count) : VAULT_VIEW_UNKNOWN;
    r->store->ops->abort(t);
    return error;
}

/* ---- all values -------------------------------------------------------------------------------------------------------------------- */

struct reader_each {
    struct vault_reader *reader;
    struct vault_txn *txn;
    int (*each)(void *context, const struct vault_surface *surface);
    void *context;
    struct buf surface;
};

static int vault_reader_each_token(void *context, struct bytes key, struct bytes value) {
    struct reader_each *e = context;
    struct vault_token_record record;
    int r = key.len == TOKEN_CODE_LEN ? vault_seal_decode_token(value, &record) : -EUCLEAN;
    if (r < 0 || memcmp(record.destination, e->reader->destination_tag, sizeof(record.destination)) != 0) return r;
    struct vault_surface s = { .space = record.space };
    memcpy(s.code, key.ptr, TOKEN_CODE_LEN);
    for (; s.form < record.form_count && r == 0; s.form++) {
        buf_reset(&e->surface);
        r = vault_reader_get_form(e->reader, e->txn, s.code, s.form, &e->surface);
        s.text = buf_bytes(&e->surface);
        if (r == VAULT_REVEALED) r = e->each(e->context, &s);
        else if (r == VAULT_DESTROYED) r = 0;
    }
    return r;
}

int vault_reader_each(struct vault_reader *r, int (*each)(void *context, const struct vault_surface *surface), void *context) {
    struct reader_each e = { .reader = r, .each = each, .context = context };
    int error = r->store->ops->begin(r->store, false, &e.txn);
    if (error < 0) return error;
    buf_init(&e.surface, 2 * VAULT_SURFACE_LEN_MAX);
    error = r->store->ops->walk(e.txn, VAULT_TABLE_TOKEN, bytes_make(NULL, 0), vault_reader_each_token, &e);
    r->store->ops->abort(e.txn);
    buf_release(&e.surface);
    return error;
}

static int vault_reader_get_codes(struct vault_reader *r, uint8_t (*index)[KEEPER_INDEX_LEN], struct vault_pair *pairs, size_t count,
                                  char (*out_codes)[TOKEN_CODE_LEN + 1]) {
    struct vault_txn *t = NULL;
    int error = r->store->ops->begin(r->store, false, &t);
    if (error < 0) return error;
    for (size_t i = 0; i < count; i++) pairs[i].key = bytes_make(index[i], KEEPER_INDEX_LEN);
    error = r->store->ops->get(t, VAULT_TABLE_VALUE, pairs, count);
    for (size_t i = 0; i < count && error == 0; i++) {
        bool known = pairs[i].value.ptr && pairs[i].value.len == TOKEN_CODE_LEN;
        memset(out_codes[i], 0, TOKEN_CODE_LEN + 1);
        if (known) memcpy(out_codes[i], pairs[i].value.ptr, TOKEN_CODE_LEN);
    }
    r->store->ops->abort(t);
    return error;
}

int vault_reader_look_up(struct vault_reader *r, struct keeper *keeper, const struct vault_value *values, size_t count,
                         char (*out_codes)[TOKEN_CODE_LEN + 1]) {
    size_t len = 0, at = 0;
    for (size_t i = 0; i < count; i++) len += values[i].normal.len + 1;
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, len);
    struct keeper_value *asked = calloc(count, sizeof(*asked));
    struct vault_pair *pairs = calloc(count, sizeof(*pairs));
    uint8_t (*index)[KEEPER_INDEX_LEN] = calloc(count, KEEPER_INDEX_LEN);
    int error = asked && pairs && index ? 0 : -ENOMEM;
    for (size_t i = 0; i < count; i++) { /* as vault_mint() asks: 'v' and the normal form */
        ignore(buf_append_byte(&text, 'v')); /* sticky: checked below */
        ignore(buf_append(&text, values[i].normal));
    }
    if (error == 0) error = buf_error(&text);
    for (size_t i = 0; i < count && error == 0; i++) {
        asked[i] = (struct keeper_value) { .entity = vault_seal_space(values[i].space), .value = { text.ptr + at, values[i].normal.len + 1 } };
        at += values[i].normal.len + 1;
    }
    if (error == 0) error = keeper_index(keeper, bytes_from_string(r->destination), asked, count, index);
    if (error == 0) error = vault_reader_get_codes(r, index, pairs, count, out_codes);
    free(asked);
    free(pairs);
    free(index);
    return error;
}

/* ---- subjects ---------------------------------------------------------------------------------------------------------------------- */

/* As vault_mint() names the subject of a data key. */
int vault_reader_index_subjects(struct keeper *keeper, struct keeper_value *values, size_t count, uint8_t (*out)[VAULT_SUBJECT_INDEX_LEN]) {
    enum { BATCH = 8192 };
    for (size_t i = 0; i < count; i++) values[i].entity = ENTITY_PATIENT;
    for (size_t i = 0; i < count; i += BATCH) {
        size_t n = count - i < BATCH ? count - i : BATCH;
        int r = keeper_index(keeper, BYTES("deidfs-vault-subject"), values + i, n, out + i);
        if (r < 0) return r;
    }
    return 0;
}

struct reader_subjects {
    struct vault_reader *reader;
    struct vault_txn *txn;
    const uint8_t (*subjects)[VAULT_SUBJECT_INDEX_LEN];
    size_t count;
};

static int vault_reader_compare_subject(const void *a, const void *b) {
    return memcmp(a, b, VAULT_SUBJECT_INDEX_LEN);
}

/* 1 ends the walk: this copy is one of theirs. */
static int vault_reader_try_subject(void *context, struct bytes key, struct bytes sealed) {
    struct reader_subjects *s = context;
    (void) sealed;
    if (key.len != VAULT_SEALED_KEY_LEN) return -EUCLEAN;
    struct vault_pair pair = { .key = bytes_make(key.ptr + VAULT_FORM_LEN, VAULT_KEY_ID_LEN) };
    int r = s->reader->store->ops->get(s->txn, VAULT_TABLE_KEY, &pair, 1);
    if (r < 0 || !pair.value.ptr) return r;
    if (pair.value.len != VAULT_KEY_RECORD_LEN) return -EUCLEAN;
    const uint8_t *subject = pair.value.ptr + pair.value.len - VAULT_INDEX_LEN;
    return bsearch(subject, s->subjects, s->count, VAULT_SUBJECT_INDEX_LEN, vault_reader_compare_subject) ? 1 : 0;
}

int vault_reader_belongs(struct vault_reader *r, const char code[TOKEN_CODE_LEN], const uint8_t (*subjects)[VAULT_SUBJECT_INDEX_LEN], size_t count) {
    struct reader_subjects s = { .reader = r, .subjects = subjects, .count = count };
    int error = count > 0 ? r->store->ops->begin(r->store, false, &s.txn) : 0;
    if (error < 0 || count == 0) return error;
    error = r->store->ops->walk(s.txn, VAULT_TABLE_SEALED, bytes_make(code, TOKEN_CODE_LEN), vault_reader_try_subject, &s);
    r->store->ops->abort(s.txn);
    return error;
}
