/* What a vault is after everything that can go wrong while it mints: no token without its value, nothing shown that is not kept. */
#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "redact/vault_check.h"
#include "redact/vault_own.h"
#include "tests/fault.h"
#include "tests/redact/workbench.h"

enum { BATCH = 3, CODES_LEN = BATCH * TOKEN_CODE_LEN };

struct bench {
    char dir[256];
    struct keeper *keeper;
    uint8_t public_key[KEY_LEN];
    int round;            /* values are of the round, so that each mints anew */
    char codes[CODES_LEN]; /* of the last mint that returned 0 */
};

static void bench_open(struct bench *b, const char *dir) {
    struct problem p = { .text = "" };
    *b = (struct bench) { .keeper = NULL };
    snprintf(b->dir, sizeof(b->dir), "%s", dir);
    REQUIRE(keyring_create(b->dir, &p) == 0 && keyring_load_reidentify_public(b->dir, b->public_key, &p) == 0);
    REQUIRE(keeper_start(b->dir, &b->keeper, &p) == 0);
}

/* Three values of the round, one of them with an owner, for one patient. */
static int mint_round(struct vault *v, int round, char codes[CODES_LEN]) {
    char text[BATCH][32];
    struct vault_request requests[BATCH];
    struct vault_coin coins[BATCH];
    memset(coins, 0x5a, sizeof(coins));
    for (int i = 0; i < BATCH; i++) {
        int n = snprintf(text[i], sizeof(text[i]), "round %d value%d", round, i);
        requests[i] = (struct vault_request) { .entity = i == 0 ? ENTITY_PATIENT : ENTITY_MRN, .normal = bytes_make(text[i], (size_t) n),
                                               .surface = bytes_make(text[i], (size_t) n) };
    }
    requests[0].owner = requests[1].normal;
    requests[0].is_whole_name = true;
    int r = vault_mint(v, requests[1].normal, requests, BATCH, coins);
    for (int i = 0; i < BATCH && r == 0; i++) memcpy(codes + i * TOKEN_CODE_LEN, coins[i].token.code, TOKEN_CODE_LEN);
    for (size_t i = 0; i < sizeof(coins) && r < 0; i++) CHECK(((const uint8_t *) coins)[i] == 0x5a); /* untouched on failure */
    return r;
}

static int open_vault(struct bench *b, struct vault **out) {
    struct problem p;
    const struct vault_place place = workbench_place(b->dir, "rag");
    return vault_open(&place, b->keeper, b->public_key, out, &p);
}

/* Opens every value with the secret: nothing is damaged; then the round's values have the codes that were shown, if any were. */
static void check_whole(struct bench *b, const char *shown) {
    struct vault_check_report report = { 0 };
    struct problem p = { .text = "" };
    struct key secret;
    char path[300], codes[CODES_LEN];
    _cleanup_(vault_freep) struct vault *v = NULL;
    const struct vault_place place = workbench_place(b->dir, "rag");
    snprintf(path, sizeof(path), "%s/reidentify/reidentify.key", b->dir);
    REQUIRE(keyring_load_reidentify_secret(path, &secret, &p) == 0);
    REQUIRE(vault_check(&place, &secret, &report, &p) == 0);
    CHECK_INT(report.damaged, 0);
    CHECK_INT(report.opened, report.sealed);
    CHECK(report.destroyed == 0 && report.tokens == report.forms && report.tokens == report.sealed);
    REQUIRE(open_vault(b, &v) == 0);
    REQUIRE(mint_round(v, b->round, codes) == 0);
    CHECK(!shown || memcmp(codes, shown, sizeof(codes)) == 0);
}

/* ---- a store that fails, or takes the process with it, at its n-th call ------------------------------------------------------------ */

static const struct vault_store_ops *inner;
static struct vault_store *inner_store;
static int calls_left, failure; /* 0: kill -9 */

static int strike(void) {
    if (calls_left-- != 0) return 0;
    if (failure == 0) ignore(raise(SIGKILL)); /* nobody comes back to read it */
    return failure;
}

static int faulty_begin(struct vault_store *s, bool write, struct vault_txn **out_txn) {
    (void) s;
    int r = strike();
    return r < 0 ? r : inner->begin(inner_store, write, out_txn);
}

static int faulty_get(struct vault_txn *t, enum vault_table table, struct vault_pair *pairs, size_t count) {
    int r = strike();
    return r < 0 ? r : inner->get(t, table, pairs, count);
}

static int faulty_put(struct vault_txn *t, enum vault_table table, const struct vault_pair *pairs, size_t count) {
    int r = strike();
    return r < 0 ? r : inner->put(t, table, pairs, count);
}

static int faulty_walk(struct vault_txn *t, enum vault_table table, struct bytes prefix, int (*each)(void *, struct bytes, struct bytes), void *context) {
    int r = strike();
    return r < 0 ? r : inner->walk(t, table, prefix, each, context);
}

static int faulty_count(struct vault_txn *t, enum vault_table table, uint64_t *out_count) {
    int r = strike();
    return r < 0 ? r : inner->count(t, table, out_count);
}

/* Before the commit, and once it is done: the caller never hears of it. */
static int faulty_commit(struct vault_txn *t) {
    int r = strike();
    if (r < 0) {
        inner->abort(t);
        return r;
    }
    r = inner->commit(t);
    if (r == 0 && failure == 0) r = strike();
    return r;
}

static struct vault_store_ops faulty;
static struct vault_store faulty_store = { .ops = &faulty };

/* The vault's store is exchanged; put back before it is closed. */
static void make_faulty(struct vault *v, int at, int error) {
    inner = v->store->ops;
    inner_store = v->store;
    faulty = *inner;
    faulty.begin = faulty_begin;
    faulty.get = faulty_get;
    faulty.put = faulty_put;
    faulty.walk = faulty_walk;
    faulty.count = faulty_count;
    faulty.commit = faulty_commit;
    v->store = &faulty_store;
    calls_left = at;
    failure = error;
}

/* In a child: mints the round, tells its codes, and is killed at the call, if there are so many. True: it lived. */
static bool mint_in_child(struct bench *b, int at, char shown[CODES_LEN], bool *out_shown) {
    int pair[2], status = 0;
    REQUIRE(pipe(pair) == 0);
    pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        struct vault *v = NULL;
        struct keeper *keeper = NULL;
        struct problem p;
        if (keeper_start(b->dir, &keeper, &p) < 0) _exit(2);
        b->keeper = keeper;
        if (open_vault(b, &v) < 0) _exit(3);
        make_faulty(v, at, 0);
        if (mint_round(v, b->round, shown) == 0 && write(pair[1], shown, CODES_LEN) != CODES_LEN) _exit(4);
        v->store = inner_store;
        vault_free(v);
        _exit(0);
    }
    close(pair[1]);
    *out_shown = read(pair[0], shown, CODES_LEN) == CODES_LEN;
    close(pair[0]);
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
    return WIFEXITED(status);
}

TEST(vault_faults, kill_9_at_every_call_of_the_store_leaves_no_token_without_its_value) {
    struct bench b;
    char shown[CODES_LEN];
    bool was_shown = false;
    int kills = 0;
    bench_open(&b, harness_temp_dir());
    for (bool lived = false; !lived && kills < 200; kills += !lived, b.round++) {
        lived = mint_in_child(&b, kills, shown, &was_shown);
        CHECK(was_shown == lived);
        check_whole(&b, was_shown ? shown : NULL);
    }
    CHECK(kills > 10 && kills < 200);
    keeper_free(b.keeper);
}

TEST(vault_faults, a_store_that_fails_at_any_call_mints_nothing_and_goes_on) {
    static const int errors[] = { -EIO, -ENOSPC, -ENOMEM };
    struct bench b;
    bench_open(&b, harness_temp_dir());
    int failed = 0;
    for (int at = 0, r = -1; r < 0 && at < 200; at++, b.round++) {
        struct vault *v = NULL;
        REQUIRE(open_vault(&b, &v) == 0);
        make_faulty(v, at, errors[at % 3]);
        r = mint_round(v, b.round, b.codes);
        CHECK(r == 0 || r == errors[at % 3]);
        failed += r < 0;
        calls_left = -1;
        CHECK_INT(mint_round(v, b.round, b.codes), 0); /* the same vault, once the fault is over */
        v->store = inner_store;
        vault_free(v);
        check_whole(&b, b.codes);
    }
    CHECK(failed > 10);
    keeper_free(b.keeper);
}

/* ---- calls of our own ------------------------------------------------------------------------------------------------------------- */

static int open_and_mint(void *context) {
    struct bench *b = context;
    struct vault *v = NULL;
    b->round++;
    int r = open_vault(b, &v);
    if (r < 0) return r;
    r = mint_round(v, b->round, b->codes);
    vault_free(v);
    return r;
}

/* A keeper whose channel broke is not used again: the next run has a new one. */
static void whole_after(void *context, int result) {
    struct bench *b = context;
    struct problem p;
    keeper_freep(&b->keeper);
    REQUIRE(keeper_start(b->dir, &b->keeper, &p) == 0);
    check_whole(b, result == 0 ? b->codes : NULL);
}

TEST(vault_faults, a_call_that_fails_while_minting_loses_nothing) {
    struct bench b;
    if (getenv("DEIDFS_TEST_POSTGRES")) SKIP("libpq's own calls are not ours to fail");
    bench_open(&b, harness_temp_dir());
    FAULTSIM_TOLERANT(open_and_mint, whole_after, &b);
    keeper_free(b.keeper);
}

/* ---- a full disk -------------------------------------------------------------------------------------------------------------------- */

TEST(vault_faults, a_full_disk_mints_nothing_and_loses_nothing) {
    enum { ROUNDS_MAX = 20000 };
    struct bench b;
    char dir[300], codes[CODES_LEN];
    if (getenv("DEIDFS_TEST_POSTGRES")) SKIP("the disk of LMDB");
    snprintf(dir, sizeof(dir), "%s/small", harness_temp_dir());
    REQUIRE(mkdir(dir, 0700) == 0);
    if (mount("none", dir, "tmpfs", 0, "size=512k,mode=0700") < 0) SKIP("mounting a small disk needs root");
    bench_open(&b, dir);
    struct vault *v = NULL;
    REQUIRE(open_vault(&b, &v) == 0);
    int r = 0;
    for (b.round = 0; r == 0 && b.round < ROUNDS_MAX; b.round++) {
        memcpy(b.codes, codes, sizeof(codes));
        r = mint_round(v, b.round, codes);
    }
    int last = b.round - 2; /* the last that went well */
    CHECK(r == -ENOSPC || r == -EIO); /* LMDB calls a write that ended early an I/O error */
    CHECK(last > 3);
    CHECK_INT(mint_round(v, last, codes), 0); /* what is known is still found */
    CHECK(memcmp(codes, b.codes, sizeof(codes)) == 0);
    for (int i = 0; i < 5; i++) ignore(mint_round(v, b.round + 1 + i, codes)); /* room that an abort gave back may do for one */
    REQUIRE(mount(NULL, dir, NULL, MS_REMOUNT, "size=8m") == 0);
    CHECK_INT(mint_round(v, b.round, b.codes), 0);
    vault_free(v);
    check_whole(&b, b.codes);
    keeper_free(b.keeper);
    REQUIRE(umount2(dir, MNT_DETACH) == 0);
}
