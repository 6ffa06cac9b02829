#include <errno.h>

#include "conf/base/arena.h"
#include "conf/base/clock.h"
#include "redact/keymap.h"
#include "redact/vault_own.h"

/* Minting inside the writer's transaction. What it reads was written by whoever came before, in this group, process or host: one value never
 * gets two codes. */

enum { VAULT_MINT_ARENA_LEN_PER_VALUE = 4096, VAULT_CODE_TRIES_MAX = 64 };
#define VAULT_US_PER_DAY ((uint64_t) 86400 * 1000000)

/* One value of the batch; its forms are minted together. */
struct vault_mint_value {
    const uint8_t *index;
    const uint8_t *name;  /* index of the whole name that may lead here too; NULL: there is none, or it is somebody else's */
    bool is_owned;
    bool is_claimed;      /* the name leads here from now on */
    char code[TOKEN_CODE_LEN];
    bool is_new;
    struct vault_token_record record;
    uint8_t encoded[VAULT_TOKEN_RECORD_LEN];
};

struct vault_mint_form {
    size_t request;
    size_t value; /* its place in values */
    bool is_copy; /* the form is known, but not sealed for this subject yet */
    uint8_t encoded[VAULT_FORM_LEN];
    uint8_t sealed_key[VAULT_SEALED_KEY_LEN];
    struct bytes sealed;
    uint8_t subject_key[VAULT_SUBJECT_KEY_LEN];
    uint8_t subject_record[VAULT_SUBJECT_RECORD_LEN];
};

struct vault_mint {
    struct vault *v;
    struct vault_txn *t;
    struct vault_job *job;
    struct arena arena;
    struct vault_mint_value *values;
    size_t value_count;
    struct vault_mint_form *forms;
    size_t form_count;
    struct vault_pair *pairs; /* room for all forms */
    struct key data_key;
    uint8_t key_id[VAULT_KEY_ID_LEN];
};

static int vault_mint_get(struct vault_mint *m, enum vault_table table, size_t count) {
    return m->v->store->ops->get(m->t, table, m->pairs, count);
}

static int vault_mint_put(struct vault_mint *m, enum vault_table table, size_t count) {
    return m->v->store->ops->put(m->t, table, m->pairs, count);
}

/* Another writer may have made the forms since we looked. What is still missing goes into forms, each with its value. */
static int vault_mint_collect(struct vault_mint *m) {
    struct vault_job *job = m->job;
    size_t n = 0;
    for (size_t i = 0; i < job->count; i++) {
        if (job->found[i]) continue;
        m->forms[n].request = i;
        m->pairs[n++].key = bytes_make(job->index[2 * i + 1], KEEPER_INDEX_LEN);
    }
    int r = vault_mint_get(m, VAULT_TABLE_FORM, n);
    if (r < 0) return r;
    struct keymap values;
    keymap_init(&values, &m->arena);
    for (size_t k = 0; k < n; k++) {
        size_t i = m->forms[k].request;
        if (m->pairs[k].value.ptr) {
            if (m->pairs[k].value.len != VAULT_FORM_LEN) return -EUCLEAN;
            vault_coin_decode(job->requests[i].entity, m->pairs[k].value.ptr, &job->coins[i]);
            continue;
        }
        uint32_t *number = NULL;
        bool is_new = false;
        r = keymap_put(&values, bytes_make(job->index[2 * i], KEEPER_INDEX_LEN), &number, &is_new);
        if (r < 0) return r;
        if (is_new) {
            *number = (uint32_t) m->value_count;
            m->values[m->value_count].record.space = vault_seal_space(job->requests[i].entity);
            m->values[m->value_count++].index = job->index[2 * i];
        }
        struct vault_mint_value *value = &m->values[*number];
        value->is_owned = job->requests[i].owner.len > 0;
        if (value->is_owned && job->requests[i].is_whole_name && !value->name) value->name = job->names[i];
        m->forms[m->form_count++] = (struct vault_mint_form) { .request = i, .value = *number };
    }
    /* A name that this document gives to somebody without an owner as well is no owner's. */
    for (size_t i = 0; i < m->value_count; i++) {
        struct vault_mint_value *value = &m->values[i];
        if (value->name && keymap_get(&values, bytes_make(value->name, VAULT_INDEX_LEN))) value->name = NULL;
    }
    return 0;
}

/* A new owner takes the code that his whole name has already, unless it is another owner's; a name without a code will lead to his. */
static int vault_mint_claim(struct vault_mint *m, struct vault_mint_value *value) {
    struct vault_pair by_name = { .key = bytes_make(value->name, VAULT_INDEX_LEN) };
    int r = m->v->store->ops->get(m->t, VAULT_TABLE_VALUE, &by_name, 1);
    if (r < 0) return r;
    value->is_claimed = !by_name.value.ptr;
    if (value->is_claimed) return 0;
    if (by_name.value.len != TOKEN_CODE_LEN) return -EUCLEAN;
    char code[TOKEN_CODE_LEN];
    memcpy(code, by_name.value.ptr, TOKEN_CODE_LEN);
    struct vault_pair owner = { .key = bytes_make(code, TOKEN_CODE_LEN) };
    r = m->v->store->ops->get(m->t, VAULT_TABLE_OWNER, &owner, 1);
    if (r < 0 || owner.value.ptr) return r;
    memcpy(value->code, code, TOKEN_CODE_LEN);
    value->is_new = false;
    value->is_claimed = true;
    return 0;
}

/* Two owners of one name in one document: the first takes it. */
static int vault_mint_claims(struct vault_mint *m) {
    struct keymap taken;
    keymap_init(&taken, &m->arena);
    for (size_t i = 0; i < m->value_count; i++) {
        struct vault_mint_value *value = &m->values[i];
        uint32_t *number = NULL;
        bool is_first = false;
        if (!value->is_new || !value->name) continue;
        int r = keymap_put(&taken, bytes_make(value->name, VAULT_INDEX_LEN), &number, &is_first);
        if (r == 0 && is_first) r = vault_mint_claim(m, value);
        if (r < 0) return r;
    }
    return 0;
}

/* The records of values that have a code already, and the list of those that have none. */
static int vault_mint_read_values(struct vault_mint *m) {
    for (size_t i = 0; i < m->value_count; i++) m->pairs[i].key = bytes_make(m->values[i].index, VAULT_INDEX_LEN);
    int r = vault_mint_get(m, VAULT_TABLE_VALUE, m->value_count);
    if (r < 0) return r;
    size_t known = 0;
    for (size_t i = 0; i < m->value_count; i++) {
        struct vault_mint_value *value = &m->values[i];
        value->is_new = m->pairs[i].value.ptr == NULL;
        if (value->is_new) continue;
        if (m->pairs[i].value.len != TOKEN_CODE_LEN) return -EUCLEAN;
        memcpy(value->code, m->pairs[i].value.ptr, TOKEN_CODE_LEN);
        value->is_owned = false; /* written down already */
    }
    r = vault_mint_claims(m);
    if (r < 0) return r;
    for (size_t i = 0; i < m->value_count; i++) {
        if (!m->values[i].is_new) m->pairs[known++].key = bytes_make(m->values[i].code, TOKEN_CODE_LEN);
    }
    r = vault_mint_get(m, VAULT_TABLE_TOKEN, known);
    known = 0;
    for (size_t i = 0; i < m->value_count && r == 0; i++) {
        if (!m->values[i].is_new) r = vault_seal_decode_token(m->pairs[known++].value, &m->values[i].record);
    }
    return r;
}

static int vault_mint_add_code(void *context, struct bytes key, struct bytes value) {
    struct vault_codes *codes = context;
    (void) value;
    if (key.len != TOKEN_CODE_LEN || token_rank((const char *) key.ptr) < 0) return -EUCLEAN;
    vault_codes_add(codes, (const char *) key.ptr);
    return 0;
}

/* Another process may have minted since: then the bits are read again. The bits only help to choose; TOKEN decides what is free. */
static int vault_mint_sync_codes(struct vault_mint *m) {
    struct vault_codes *codes = &m->v->codes;
    uint64_t count = 0;
    int r = m->v->store->ops->count(m->t, VAULT_TABLE_TOKEN, &count);
    if (r < 0) return r;
    bool in_use = count < VAULT_CODES_COUNT_MAX;
    if (in_use && codes->bits && codes->count == count && !m->v->codes_are_stale) return 0;
    vault_codes_release(codes);
    if (!in_use) return 0;
    r = vault_codes_init(codes);
    if (r == 0) r = m->v->store->ops->walk(m->t, VAULT_TABLE_TOKEN, bytes_make(NULL, 0), vault_mint_add_code, codes);
    m->v->codes_are_stale = r < 0;
    return r;
}

/* A code far from all others while that can be had; after a while any. */
static void vault_mint_draw_one(struct vault_mint *m, struct vault_mint_value *value, int tries) {
    struct vault_codes *codes = &m->v->codes;
    struct token t;
    int left = tries == 0 ? VAULT_CODE_TRIES_MAX : 1;
    do token_random(value->record.space, &t);
    while (--left > 0 && codes->bits && vault_codes_is_near(codes, t.code));
    memcpy(value->code, t.code, TOKEN_CODE_LEN);
    if (codes->bits) vault_codes_add(codes, t.code);
}

/* Free codes for the new values: drawn together, looked up together, drawn again where taken. */
static int vault_mint_draw(struct vault_mint *m) {
    struct keymap drawn;
    keymap_init(&drawn, &m->arena);
    size_t *open = arena_alloc(&m->arena, m->value_count + 1, sizeof(*open));
    if (!open) return -ENOMEM;
    size_t left = 0;
    for (size_t i = 0; i < m->value_count; i++) {
        if (m->values[i].is_new) open[left++] = i;
    }
    m->job->minted = left;
    int r = left > 0 ? vault_mint_sync_codes(m) : 0;
    if (r < 0) return r;
    for (int tries = 0; left > 0; tries++) {
        if (tries == VAULT_CODE_TRIES_MAX) return -ENOSPC; /* the code space is crowded */
        for (size_t k = 0; k < left; k++) {
            struct vault_mint_value *value = &m->values[open[k]];
            vault_mint_draw_one(m, value, tries);
            m->pairs[k].key = bytes_make(value->code, TOKEN_CODE_LEN);
        }
        r = vault_mint_get(m, VAULT_TABLE_TOKEN, left);
        size_t taken = 0;
        for (size_t k = 0; k < left && r == 0; k++) {
            uint32_t *number = NULL;
            bool is_new = false;
            struct bytes code = arena_copy(&m->arena, m->pairs[k].key);
            r = code.ptr ? keymap_put(&drawn, code, &number, &is_new) : -ENOMEM;
            if (r == 0 && (m->pairs[k].value.ptr || !is_new)) open[taken++] = open[k];
        }
        if (r < 0) return r;
        left = taken;
    }
    return 0;
}

/* What this subject's documents show is sealed under this subject's keys, also where another patient had the value first: destroying one
 * patient's keys takes nothing from another. */
static int vault_mint_collect_copies(struct vault_mint *m) {
    struct vault_job *job = m->job;
    bool *fresh = arena_alloc(&m->arena, job->count, sizeof(*fresh));
    uint8_t (*keys)[VAULT_SUBJECT_KEY_LEN] = arena_alloc_dirty(&m->arena, job->count, sizeof(*keys));
    size_t *requests = arena_alloc_dirty(&m->arena, job->count, sizeof(*requests)), n = 0;
    if (!fresh || !keys || !requests) return -ENOMEM;
    for (size_t k = 0; k < m->form_count; k++) fresh[m->forms[k].request] = true;
    for (size_t i = 0; i < job->count; i++) {
        if (fresh[i]) continue;
        vault_seal_subject_key(job->subject, job->coins[i].token.code, job->coins[i].form, keys[n]);
        m->pairs[n].key = bytes_make(keys[n], VAULT_SUBJECT_KEY_LEN);
        requests[n++] = i;
    }
    int r = vault_mint_get(m, VAULT_TABLE_SUBJECT, n);
    for (size_t k = 0; k < n && r == 0; k++) {
        if (!m->pairs[k].value.ptr) m->forms[m->form_count++] = (struct vault_mint_form) { .request = requests[k], .is_copy = true };
    }
    return r;
}

/* The number of a new form of the value. */
static int vault_mint_number(struct vault_mint *m, struct vault_mint_form *form) {
    struct vault_mint_value *value = &m->values[form->value];
    if (value->is_new && value->record.form_count == 0) {
        value->record.day = clock_realtime_us() / VAULT_US_PER_DAY;
        memcpy(value->record.destination, m->v->destination_tag, sizeof(value->record.destination));
    }
    if (value->record.form_count == VAULT_FORM_MAX) return -ENOSPC;
    memcpy(form->encoded, value->code, TOKEN_CODE_LEN);
    bytes_store_be32(form->encoded + TOKEN_CODE_LEN, value->record.form_count++);
    vault_coin_decode(m->job->requests[form->request].entity, form->encoded, &m->job->coins[form->request]);
    return 0;
}

static void vault_mint_note_subject(struct vault_mint *m, struct vault_mint_form *form) {
    const struct vault_coin *coin = &m->job->coins[form->request];
    vault_seal_subject_key(m->job->subject, coin->token.code, coin->form, form->subject_key);
    memcpy(form->subject_record, m->key_id, VAULT_KEY_ID_LEN);
    memcpy(form->subject_record + VAULT_KEY_ID_LEN, m->job->index[2 * form->request], 2 * (size_t) VAULT_INDEX_LEN);
}

static int vault_mint_seal(struct vault_mint *m) {
    for (size_t k = 0; k < m->form_count; k++) {
        struct vault_mint_form *form = &m->forms[k];
        const struct vault_request *request = &m->job->requests[form->request];
        int r = form->is_copy ? 0 : vault_mint_number(m, form);
        if (r < 0) return r;
        const struct vault_coin *coin = &m->job->coins[form->request];
        vault_seal_key(coin->token.code, coin->form, m->key_id, form->sealed_key);
        if (m->job->subject) vault_mint_note_subject(m, form);
        size_t len = vault_seal_surface_len(request->surface.len);
        uint8_t *sealed = arena_alloc_dirty(&m->arena, len, 1);
        if (!sealed) return -ENOMEM;
        vault_seal_surface(&m->data_key, form->sealed_key, request->surface, sealed);
        form->sealed = bytes_make(sealed, len);
    }
    return 0;
}

static int vault_mint_put_key(struct vault_mint *m) {
    uint8_t record[VAULT_KEY_RECORD_LEN];
    int r = vault_seal_data_key(&m->data_key, m->v->group_seal_to, m->job->subject, record);
    if (r < 0) return r;
    struct vault_pair pair = { .key = bytes_make(m->key_id, sizeof(m->key_id)), .value = bytes_make(record, sizeof(record)) };
    return m->v->store->ops->put(m->t, VAULT_TABLE_KEY, &pair, 1);
}

static int vault_mint_write_forms(struct vault_mint *m) {
    size_t fresh = 0;
    for (size_t k = 0; k < m->form_count; k++) {
        m->pairs[k] = (struct vault_pair) { bytes_make(m->forms[k].sealed_key, VAULT_SEALED_KEY_LEN), m->forms[k].sealed };
    }
    int r = vault_mint_put(m, VAULT_TABLE_SEALED, m->form_count);
    for (size_t k = 0; k < m->form_count && m->job->subject; k++) {
        m->pairs[k] = (struct vault_pair) { bytes_make(m->forms[k].subject_key, VAULT_SUBJECT_KEY_LEN),
                                            bytes_make(m->forms[k].subject_record, VAULT_SUBJECT_RECORD_LEN) };
    }
    if (r == 0 && m->job->subject) r = vault_mint_put(m, VAULT_TABLE_SUBJECT, m->form_count);
    for (size_t k = 0; k < m->form_count; k++) {
        if (m->forms[k].is_copy) continue;
        m->pairs[fresh].key = bytes_make(m->job->index[2 * m->forms[k].request + 1], KEEPER_INDEX_LEN);
        m->pairs[fresh++].value = bytes_make(m->forms[k].encoded, VAULT_FORM_LEN);
    }
    return r < 0 ? r : vault_mint_put(m, VAULT_TABLE_FORM, fresh);
}

static int vault_mint_write_owner(struct vault_mint *m, const struct vault_mint_value *value) {
    uint8_t record[VAULT_OWNER_RECORD_LEN] = { 0 };
    memcpy(record, value->index, VAULT_INDEX_LEN);
    if (value->is_claimed) memcpy(record + VAULT_INDEX_LEN, value->name, VAULT_INDEX_LEN);
    const struct vault_pair owner = { bytes_make(value->code, TOKEN_CODE_LEN), bytes_make(record, sizeof(record)) };
    const struct vault_pair name = { bytes_make(value->name, value->name ? VAULT_INDEX_LEN : 0), owner.key };
    int r = m->v->store->ops->put(m->t, VAULT_TABLE_OWNER, &owner, 1);
    return r < 0 || !value->is_claimed ? r : m->v->store->ops->put(m->t, VAULT_TABLE_VALUE, &name, 1);
}

static int vault_mint_write_values(struct vault_mint *m) {
    size_t n = 0;
    for (size_t i = 0; i < m->value_count; i++) {
        struct vault_mint_value *value = &m->values[i];
        vault_seal_encode_token(&value->record, value->encoded);
        m->pairs[i] = (struct vault_pair) { bytes_make(value->code, TOKEN_CODE_LEN), bytes_make(value->encoded, VAULT_TOKEN_RECORD_LEN) };
    }
    int r = vault_mint_put(m, VAULT_TABLE_TOKEN, m->value_count);
    for (size_t i = 0; i < m->value_count; i++) {
        if (!m->values[i].is_new && !m->values[i].is_owned) continue;
        m->pairs[n++] = (struct vault_pair) { bytes_make(m->values[i].index, VAULT_INDEX_LEN), bytes_make(m->values[i].code, TOKEN_CODE_LEN) };
    }
    if (r == 0) r = vault_mint_put(m, VAULT_TABLE_VALUE, n);
    for (size_t i = 0; i < m->value_count && r == 0; i++) {
        if (m->values[i].is_owned) r = vault_mint_write_owner(m, &m->values[i]);
    }
    return r;
}

static int vault_mint_run(struct vault_mint *m) {
    m->values = arena_alloc(&m->arena, m->job->count, sizeof(*m->values));
    m->forms = arena_alloc(&m->arena, m->job->count, sizeof(*m->forms));
    m->pairs = arena_alloc(&m->arena, m->job->count, sizeof(*m->pairs));
    if (!m->values || !m->forms || !m->pairs) return -ENOMEM;
    int r = vault_mint_collect(m);
    if (r == 0 && m->job->subject) r = vault_mint_collect_copies(m);
    if (r < 0 || m->form_count == 0) return r;
    r = vault_mint_read_values(m);
    if (r == 0) r = vault_mint_draw(m);
    if (r == 0) r = vault_mint_seal(m);
    if (r == 0) r = vault_mint_put_key(m);
    if (r == 0) r = vault_mint_write_forms(m);
    if (r == 0) r = vault_mint_write_values(m);
    return r;
}

int vault_mint_in(struct vault *v, struct vault_txn *t, struct vault_job *job) {
    struct vault_mint m = { .v = v, .t = t, .job = job };
    size_t surfaces = 0;
    for (size_t i = 0; i < job->count; i++) surfaces += job->requests[i].surface.len;
    arena_init(&m.arena, ((size_t) 1 << 20) + 2 * surfaces + job->count * VAULT_MINT_ARENA_LEN_PER_VALUE);
    job->minted = 0;
    crypto_aead_xchacha20poly1305_ietf_keygen(m.data_key.raw);
    randombytes_buf(m.key_id, sizeof(m.key_id));
    int r = vault_mint_run(&m);
    key_wipe(&m.data_key);
    arena_release(&m.arena);
    return r;
}
