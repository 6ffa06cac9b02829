#include "redact/vault_check.h"

#include <errno.h>

#include "redact/vault_seal.h"
#include "redact/vault_store.h"

struct check {
    struct vault_store *store;
    struct vault_txn *txn;
    const struct key *secret;
    struct vault_check_report report;
    struct buf surface;
};

static int vault_check_get(struct check *c, enum vault_table table, struct bytes key, struct bytes *out) {
    struct vault_pair pair = { .key = key };
    int r = c->store->ops->get(c->txn, table, &pair, 1);
    *out = pair.value;
    return r;
}

static int vault_check_record(struct check *c, const uint8_t *code, struct vault_token_record *out) {
    struct bytes value;
    int r = vault_check_get(c, VAULT_TABLE_TOKEN, bytes_make(code, TOKEN_CODE_LEN), &value);
    if (r < 0) return r;
    return value.ptr ? vault_seal_decode_token(value, out) : -ENOENT;
}

/* 0 and damage counted, or a failure of the store itself. */
static int vault_check_damage(struct check *c, int r) {
    if (r != -ENOENT && r != -EUCLEAN && r != -EBADMSG && r != -EKEYREJECTED) return r;
    c->report.damaged++;
    return 0;
}

static int vault_check_value(void *context, struct bytes key, struct bytes value) {
    struct check *c = context;
    struct vault_token_record record;
    c->report.values++;
    bool shaped = key.len == VAULT_INDEX_LEN && value.len == TOKEN_CODE_LEN;
    return vault_check_damage(c, shaped ? vault_check_record(c, value.ptr, &record) : -EUCLEAN);
}

static int vault_check_form(void *context, struct bytes key, struct bytes value) {
    struct check *c = context;
    struct vault_token_record record;
    c->report.forms++;
    if (key.len != VAULT_INDEX_LEN || value.len != VAULT_FORM_LEN) return vault_check_damage(c, -EUCLEAN);
    int r = vault_check_record(c, value.ptr, &record);
    if (r == 0 && bytes_load_be32(value.ptr + TOKEN_CODE_LEN) >= record.form_count) r = -EUCLEAN;
    return vault_check_damage(c, r);
}

static int vault_check_open(struct check *c, struct bytes key, struct bytes sealed, struct bytes data_key) {
    _cleanup_(key_wipe) struct key opened = { 0 };
    buf_reset(&c->surface);
    int r = vault_seal_open_data_key(data_key, c->secret, &opened);
    if (r == 0) r = vault_seal_open_surface(&opened, key.ptr, sealed, &c->surface);
    c->report.opened += r == 0;
    c->report.foreign += r == -EKEYREJECTED;
    return r == -EKEYREJECTED ? 0 : r;
}

static int vault_check_sealed(void *context, struct bytes key, struct bytes value) {
    struct check *c = context;
    struct vault_token_record record;
    struct bytes data_key;
    c->report.sealed++;
    if (key.len != VAULT_SEALED_KEY_LEN) return vault_check_damage(c, -EUCLEAN);
    int r = vault_check_record(c, key.ptr, &record);
    if (r == 0 && bytes_load_be32(key.ptr + TOKEN_CODE_LEN) >= record.form_count) r = -EUCLEAN;
    if (r == 0) r = vault_check_get(c, VAULT_TABLE_KEY, bytes_make(key.ptr + VAULT_FORM_LEN, VAULT_KEY_ID_LEN), &data_key);
    if (r == 0 && !data_key.ptr) r = -ENOENT; /* a shred removes the copies with the key */
    if (r == 0 && c->secret) r = vault_check_open(c, key, value, data_key);
    return vault_check_damage(c, r);
}

static int vault_check_stop(void *context, struct bytes key, struct bytes value) {
    (void) context;
    (void) key;
    (void) value;
    return 1;
}

static int vault_check_token(void *context, struct bytes key, struct bytes value) {
    struct check *c = context;
    struct vault_token_record record;
    c->report.tokens++;
    int r = key.len == TOKEN_CODE_LEN && token_check((const char *) key.ptr) ? vault_seal_decode_token(value, &record) : -EUCLEAN;
    if (r == 0 && record.form_count == 0) r = -EUCLEAN;
    for (uint32_t form = 0; r == 0 && form < record.form_count; form++) {
        uint8_t prefix[VAULT_FORM_LEN];
        memcpy(prefix, key.ptr, TOKEN_CODE_LEN);
        bytes_store_be32(prefix + TOKEN_CODE_LEN, form);
        int found = c->store->ops->walk(c->txn, VAULT_TABLE_SEALED, bytes_make(prefix, sizeof(prefix)), vault_check_stop, NULL);
        if (found < 0) return found;
        c->report.destroyed += found == 0;
    }
    return vault_check_damage(c, r);
}

/* An owner's code is a token, and his index leads there. */
static int vault_check_owner(void *context, struct bytes key, struct bytes value) {
    struct check *c = context;
    struct vault_token_record record;
    struct bytes code;
    if (key.len != TOKEN_CODE_LEN || value.len != VAULT_OWNER_RECORD_LEN) return vault_check_damage(c, -EUCLEAN);
    int r = vault_check_record(c, key.ptr, &record);
    if (r == 0) r = vault_check_get(c, VAULT_TABLE_VALUE, bytes_make(value.ptr, VAULT_INDEX_LEN), &code);
    if (r == 0 && !bytes_equal(code, key)) r = -EUCLEAN;
    return vault_check_damage(c, r);
}

static int vault_check_run(struct check *c) {
    static const struct {
        enum vault_table table;
        int (*each)(void *context, struct bytes key, struct bytes value);
    } walks[] = { { VAULT_TABLE_TOKEN, vault_check_token }, { VAULT_TABLE_VALUE, vault_check_value }, { VAULT_TABLE_FORM, vault_check_form },
                  { VAULT_TABLE_SEALED, vault_check_sealed }, { VAULT_TABLE_OWNER, vault_check_owner } };
    int r = 0;
    for (size_t i = 0; i < array_count(walks) && r == 0; i++) r = c->store->ops->walk(c->txn, walks[i].table, bytes_make(NULL, 0), walks[i].each, c);
    if (r == 0) r = c->store->ops->count(c->txn, VAULT_TABLE_KEY, &c->report.keys);
    if (r == 0) r = c->store->ops->count(c->txn, VAULT_TABLE_VIEW, &c->report.views);
    if (r == 0) r = c->store->ops->count(c->txn, VAULT_TABLE_SUBJECT, &c->report.subjects);
    return r;
}

int vault_check(const struct vault_place *place, const struct key *secret, struct vault_check_report *out, struct problem *p) {
    struct check c = { .secret = secret };
    int r = vault_store_open(place, &c.store, p);
    if (r < 0) return r;
    buf_init(&c.surface, 2 * VAULT_SURFACE_LEN_MAX);
    r = c.store->ops->begin(c.store, false, &c.txn);
    if (r == 0) r = vault_check_run(&c);
    if (c.txn) c.store->ops->abort(c.txn);
    buf_release(&c.surface);
    c.store->ops->close(c.store);
    if (r < 0) return problem_set(p, r, "the vault cannot be read: %s", strerrordesc_np(-r));
    *out = c.report;
    return 0;
}
