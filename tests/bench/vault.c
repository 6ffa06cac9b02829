/* What the vault costs: values minted, found again and opened per second, beside the store's own figure in the same run, and the speed of
 * restoring a text. usage: bench_vault [values]; DEIDFS_TEST_POSTGRES (tests/redact/with-postgres) measures that backend. */
#include <stdio.h>

#include "conf/base/clock.h"
#include "redact/mention.h"
#include "redact/restore.h"
#include "redact/vault_store.h"
#include "tests/redact/workbench.h"

enum { BATCH = 30, DEFAULT_VALUES = 6000 };

static void print_rate(const char *what, size_t count, uint64_t ns, double store_rate) {
    double rate = (double) count * 1e9 / (double) ns;
    printf("%-44s %10.0f /s  %8.1f us each", what, rate, (double) ns / 1e3 / (double) count);
    if (store_rate > 0) printf("  %5.2f of the store's", rate / store_rate);
    printf("\n");
}

static uint64_t mint_all(struct workbench *b, size_t count, size_t batch) {
    static struct vault_request requests[BATCH];
    static char text[BATCH][24];
    struct vault_coin coins[BATCH];
    uint64_t begin = clock_monotonic_ns();
    for (size_t i = 0; i < count; i += batch) {
        for (size_t k = 0; k < batch; k++) {
            int n = snprintf(text[k], sizeof(text[k]), "%zu-%zu", batch, i + k);
            requests[k] = (struct vault_request) { .entity = ENTITY_MRN, .normal = bytes_make(text[k], (size_t) n), .surface = bytes_make(text[k], (size_t) n) };
        }
        REQUIRE(vault_mint(b->vault, BYTES("bench"), requests, batch, coins) == 0);
    }
    return clock_monotonic_ns() - begin;
}

/* The store alone: as many bytes a value, as many values a commit. */
static double store_puts(struct workbench *b, size_t count, size_t batch) {
    struct problem p;
    struct vault_store *store = NULL;
    const struct vault_place place = workbench_place(b->dir, "rag");
    uint8_t key[32], value[170] = { 0 };
    REQUIRE(vault_store_open(&place, &store, &p) == 0);
    uint64_t begin = clock_monotonic_ns();
    for (size_t i = 0; i < count; i += batch) {
        struct vault_txn *t = NULL;
        REQUIRE(store->ops->begin(store, true, &t) == 0);
        for (size_t k = 0; k < batch; k++) {
            struct vault_pair pair = { bytes_make(key, sizeof(key)), bytes_make(value, sizeof(value)) };
            randombytes_buf(key, sizeof(key));
            REQUIRE(store->ops->put(t, VAULT_TABLE_VIEW, &pair, 1) == 0);
        }
        REQUIRE(store->ops->commit(t) == 0);
    }
    uint64_t ns = clock_monotonic_ns() - begin;
    store->ops->close(store);
    return (double) count * 1e9 / (double) ns;
}

static void restore_a_text(struct workbench *b) {
    struct finding findings[64];
    static char text[8192];
    struct buf view, input, out;
    struct restore_report report;
    struct restore_options o = { .format = RESTORE_TEXT };
    size_t n = workbench_parse("Patient {PATIENT:John Q. Smith} was seen by Dr. {PROVIDER:Jane Roe} and went home. He was told to rest and to drink enough. "
                               "Call {PHONE:617-555-0100} or ask {PERSON:Mary Smith}; the record is {MRN:00482913}. Chest clear, abdomen soft.\n", text, findings);
    buf_init(&view, 1 << 16);
    buf_init(&input, 64 << 20);
    buf_init(&out, 256 << 20);
    workbench_view(b, bytes_from_string(text), findings, n, &view);
    /* A round trip to a server for every token: a smaller text says as much. */
    size_t wanted = getenv("DEIDFS_TEST_POSTGRES") ? 64u << 10 : 16u << 20;
    while (input.len < wanted) REQUIRE(buf_append(&input, buf_bytes(&view)) == 0);
    vault_freep(&b->vault);
    struct mention m;
    uint64_t begin = clock_monotonic_ns();
    size_t mentions = 0;
    for (size_t at = 0; mention_next(buf_bytes(&input), &at, &m);) mentions++;
    uint64_t scanned = clock_monotonic_ns() - begin;
    struct vault_reader *reader = workbench_reader(b, "rag");
    begin = clock_monotonic_ns();
    REQUIRE(restore_text(reader, buf_bytes(&input), &o, &out, &report) == 0);
    uint64_t restored = clock_monotonic_ns() - begin;
    printf("%-44s %10.1f MB/s (%zu tokens in %.0f MB)\n", "mentions found", (double) input.len * 1e3 / (double) scanned, mentions, (double) input.len / 1e6);
    printf("%-44s %10.1f MB/s, %.0f tokens/s\n", "text restored", (double) input.len * 1e3 / (double) restored, (double) report.tokens * 1e9 / (double) restored);
    vault_reader_free(reader);
    buf_release(&view);
    buf_release(&input);
    buf_release(&out);
}

TEST(bench, vault) {
    const char *asked = getenv("BENCH_VALUES");
    size_t count = asked ? strtoul(asked, NULL, 10) : DEFAULT_VALUES;
    count -= count % BATCH;
    struct workbench b = { 0 };
    snprintf(b.dir, sizeof(b.dir), "%s", harness_temp_dir());
    double single = store_puts(&b, count / BATCH, 1), batched = store_puts(&b, count, BATCH);
    workbench_open(&b, "safe-harbor", "rag");
    printf("backend %s, %zu values\n", getenv("DEIDFS_TEST_POSTGRES") ? "PostgreSQL" : "LMDB", count);
    print_rate("store alone, 1 put a commit", 1, (uint64_t) (1e9 / single), 0);
    print_rate("store alone, 30 puts a commit", 1, (uint64_t) (1e9 / batched), 0);
    print_rate("mint, 1 new value a document", count / BATCH, mint_all(&b, count / BATCH, 1), single);
    print_rate("mint, 30 new values a document", count, mint_all(&b, count, BATCH), batched);
    print_rate("find again, 30 values a document", count, mint_all(&b, count, BATCH), 0);
    restore_a_text(&b);
    workbench_close(&b);
}
