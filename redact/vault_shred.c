#include <errno.h>

#include "redact/vault_own.h"

enum { SHRED_FORMS_MAX = 1 << 20 };

struct shred_form {
    uint8_t key[VAULT_SUBJECT_KEY_LEN];
    uint8_t record[VAULT_SUBJECT_RECORD_LEN];
};

struct shred {
    struct vault *v;
    struct vault_txn *t;
    struct shred_form *forms;
    size_t count, room;
};

static int vault_shred_collect(void *context, struct bytes key, struct bytes value) {
    struct shred *s = context;
    if (key.len != VAULT_SUBJECT_KEY_LEN || value.len != VAULT_SUBJECT_RECORD_LEN) return -EUCLEAN;
    if (s->count == SHRED_FORMS_MAX) return -E2BIG;
    if (s->count == s->room) {
        size_t room = s->room * 2 + 64;
        struct shred_form *more = realloc(s->forms, room * sizeof(*more)); /* indexes and codes, no values */
        if (!more) return -ENOMEM;
        s->forms = more;
        s->room = room;
    }
    memcpy(s->forms[s->count].key, key.ptr, key.len);
    memcpy(s->forms[s->count++].record, value.ptr, value.len);
    return 0;
}

static int vault_shred_stop(void *context, struct bytes key, struct bytes value) {
    (void) context;
    (void) key;
    (void) value;
    return 1;
}

static int vault_shred_remove(struct shred *s, enum vault_table table, struct bytes key) {
    return s->v->store->ops->remove(s->t, table, &key, 1);
}

/* Keys and sealed copies first, for all forms; then what they were the last of. */
static int vault_shred_copies(struct shred *s, struct vault_shredded *out) {
    for (size_t i = 0; i < s->count; i++) {
        const struct shred_form *f = &s->forms[i];
        uint8_t sealed_key[VAULT_SEALED_KEY_LEN];
        memcpy(sealed_key, f->key + VAULT_INDEX_LEN, VAULT_FORM_LEN);
        memcpy(sealed_key + VAULT_FORM_LEN, f->record, VAULT_KEY_ID_LEN);
        struct vault_pair data_key = { .key = bytes_make(f->record, VAULT_KEY_ID_LEN) };
        int r = s->v->store->ops->get(s->t, VAULT_TABLE_KEY, &data_key, 1);
        if (r == 0) out->keys += data_key.value.ptr != NULL;
        if (r == 0) r = vault_shred_remove(s, VAULT_TABLE_KEY, data_key.key);
        if (r == 0) r = vault_shred_remove(s, VAULT_TABLE_SEALED, bytes_make(sealed_key, sizeof(sealed_key)));
        if (r == 0) r = vault_shred_remove(s, VAULT_TABLE_SUBJECT, bytes_make(f->key, sizeof(f->key)));
        if (r < 0) return r;
    }
    return 0;
}

/* An owner's code: the name that led to it leads nowhere. */
static int vault_shred_owner(struct shred *s, struct bytes code) {
    static const uint8_t none[VAULT_INDEX_LEN];
    struct vault_pair owner = { .key = code };
    int r = s->v->store->ops->get(s->t, VAULT_TABLE_OWNER, &owner, 1);
    if (r < 0 || !owner.value.ptr) return r;
    if (owner.value.len != VAULT_OWNER_RECORD_LEN) return -EUCLEAN;
    uint8_t name[VAULT_INDEX_LEN];
    memcpy(name, owner.value.ptr + VAULT_INDEX_LEN, sizeof(name));
    if (memcmp(name, none, sizeof(none)) != 0) r = vault_shred_remove(s, VAULT_TABLE_VALUE, bytes_make(name, sizeof(name)));
    return r < 0 ? r : vault_shred_remove(s, VAULT_TABLE_OWNER, code);
}

static int vault_shred_indexes(struct shred *s, struct vault_shredded *out) {
    for (size_t i = 0; i < s->count; i++) {
        const struct shred_form *f = &s->forms[i];
        struct bytes form = bytes_make(f->key + VAULT_INDEX_LEN, VAULT_FORM_LEN), code = bytes_make(form.ptr, TOKEN_CODE_LEN);
        int left = s->v->store->ops->walk(s->t, VAULT_TABLE_SEALED, form, vault_shred_stop, NULL);
        if (left < 0) return left;
        if (left > 0) continue; /* another patient has it too */
        int r = vault_shred_remove(s, VAULT_TABLE_FORM, bytes_make(f->record + VAULT_KEY_ID_LEN + VAULT_INDEX_LEN, VAULT_INDEX_LEN));
        out->forms++;
        left = r < 0 ? r : s->v->store->ops->walk(s->t, VAULT_TABLE_SEALED, code, vault_shred_stop, NULL);
        if (left < 0) return left;
        if (left > 0) continue;
        struct vault_pair value = { .key = bytes_make(f->record + VAULT_KEY_ID_LEN, VAULT_INDEX_LEN) };
        r = s->v->store->ops->get(s->t, VAULT_TABLE_VALUE, &value, 1);
        if (r == 0 && value.value.ptr) out->tokens++;
        if (r == 0) r = vault_shred_remove(s, VAULT_TABLE_VALUE, value.key);
        if (r == 0) r = vault_shred_owner(s, code);
        if (r < 0) return r;
    }
    return 0;
}

int vault_shred_in(struct vault *v, struct vault_txn *t, struct vault_job *job) {
    struct shred s = { .v = v, .t = t };
    *job->shredded = (struct vault_shredded) { 0 };
    int r = v->store->ops->walk(t, VAULT_TABLE_SUBJECT, bytes_make(job->subject, VAULT_INDEX_LEN), vault_shred_collect, &s);
    if (r == 0) r = vault_shred_copies(&s, job->shredded);
    if (r == 0) r = vault_shred_indexes(&s, job->shredded);
    free(s.forms);
    return r;
}

int vault_shred(struct vault *v, struct bytes subject, struct vault_shredded *out) {
    uint8_t index[KEEPER_INDEX_LEN];
    struct vault_shredded shredded = { 0 };
    if (subject.len == 0) return -EINVAL;
    int r = vault_index_subject(v, subject, index);
    struct vault_job job = { .kind = VAULT_JOB_SHRED, .subject = index, .shredded = &shredded };
    if (r == 0) r = vault_submit(v, &job);
    if (r == 0) *out = shredded;
    return r;
}
