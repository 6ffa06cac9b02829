#include "redact/vault_check.h"

#include <errno.h>
#include <sys/stat.h>

#include "redact/vault_seal.h"
#include "redact/vault_store.h"
#include "tests/redact/workbench.h"

static uint64_t damage_of(struct workbench *b) {
    struct problem p = { .text = "" };
    struct vault_check_report report = { 0 };
    const struct vault_place place = workbench_place(b->dir, "rag");
    REQUIRE(vault_check(&place, NULL, &report, &p) == 0);
    return report.damaged;
}

static int take_first(void *context, struct bytes key, struct bytes value) {
    struct buf *out = context;
    (void) value;
    return buf_append(out, key) < 0 ? -ENOMEM : 1;
}

/* Takes the first record out of a table, as a broken disk or a careless hand would. */
static void lose_one(struct workbench *b, enum vault_table table) {
    struct problem p;
    struct vault_store *store = NULL;
    struct vault_txn *t = NULL;
    struct buf key;
    const struct vault_place place = workbench_place(b->dir, "rag");
    buf_init(&key, 256);
    REQUIRE(vault_store_open(&place, &store, &p) == 0);
    REQUIRE(store->ops->begin(store, true, &t) == 0);
    REQUIRE(store->ops->walk(t, table, bytes_make(NULL, 0), take_first, &key) == 1);
    struct bytes lost = buf_bytes(&key);
    REQUIRE(store->ops->remove(t, table, &lost, 1) == 0);
    REQUIRE(store->ops->commit(t) == 0);
    store->ops->close(store);
    buf_release(&key);
}

TEST(vault_check, a_lost_record_is_seen) {
    static const enum vault_table tables[] = { VAULT_TABLE_TOKEN, VAULT_TABLE_KEY };
    for (size_t i = 0; i < array_count(tables); i++) {
        struct workbench b = { 0 };
        struct vault_coin coin;
        snprintf(b.dir, sizeof(b.dir), "%s/%zu", harness_temp_dir(), i);
        REQUIRE(mkdir(b.dir, 0700) == 0);
        workbench_open(&b, "safe-harbor", "rag");
        struct vault_request request = { .entity = ENTITY_MRN, .normal = BYTES("1"), .surface = BYTES("1") };
        REQUIRE(vault_mint(b.vault, BYTES("mrn1"), &request, 1, &coin) == 0);
        vault_freep(&b.vault);
        CHECK_INT(damage_of(&b), 0);
        lose_one(&b, tables[i]);
        CHECK(damage_of(&b) > 0);
        workbench_close(&b);
    }
}
