#include "redact/vault.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "tests/redact/workbench.h"

struct setup {
    struct keeper *keeper;
    struct vault *vault;
    uint8_t public_key[KEY_LEN];
};

static void open_in(struct setup *s, const char *dir, const char *destination) {
    struct problem p = { .text = "" };
    int r = keyring_create(dir, &p);
    if (r == 0) r = keyring_load_reidentify_public(dir, s->public_key, &p);
    if (r == 0) r = keeper_start(dir, &s->keeper, &p);
    const struct vault_place place = workbench_place(dir, destination);
    if (r == 0) r = vault_open(&place, s->keeper, s->public_key, &s->vault, &p);
    if (r < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(r == 0);
}

static void close_all(struct setup *s) {
    vault_free(s->vault);
    keeper_free(s->keeper);
}

static struct vault_coin mint_one(struct vault *v, enum entity e, const char *normal, const char *surface) {
    struct vault_request request = { .entity = e, .normal = bytes_from_string(normal), .surface = bytes_from_string(surface) };
    struct vault_coin coin = { 0 };
    CHECK_INT(vault_mint(v, bytes_make(NULL, 0), &request, 1, &coin), 0);
    CHECK(token_check(coin.token.code));
    return coin;
}

TEST(vault, equal_values_get_equal_tokens_and_others_do_not) {
    struct setup s = { 0 };
    open_in(&s, harness_temp_dir(), "rag");
    struct vault_coin a = mint_one(s.vault, ENTITY_MRN, "00482913", "00482913");
    struct vault_coin b = mint_one(s.vault, ENTITY_MRN, "00482913", "0048-2913");
    struct vault_coin c = mint_one(s.vault, ENTITY_MRN, "00482914", "00482914");
    CHECK_STRING(a.token.code, b.token.code);
    CHECK(strcmp(a.token.code, c.token.code) != 0);
    CHECK_INT(a.form, 0);
    CHECK_INT(b.form, 1);
    CHECK_INT(mint_one(s.vault, ENTITY_MRN, "00482913", "00482913").form, 0);
    CHECK_INT(vault_generation(s.vault), 2);
    close_all(&s);
}

static struct vault_request owned(const char *owner, const char *normal) {
    return (struct vault_request) { .entity = ENTITY_PATIENT, .normal = bytes_from_string(normal), .surface = bytes_from_string(normal),
                                    .owner = bytes_from_string(owner), .is_whole_name = strchr(normal, ' ') != NULL };
}

static struct vault_coin mint_owned(struct vault *v, const char *owner, const char *normal) {
    const struct vault_request request = owned(owner, normal);
    struct vault_coin coin = { 0 };
    CHECK_INT(vault_mint(v, bytes_from_string(owner), &request, 1, &coin), 0);
    return coin;
}

TEST(vault, an_owner_is_one_under_all_names_and_shares_his_code_with_his_own_name_alone) {
    struct setup s = { 0 };
    open_in(&s, harness_temp_dir(), "rag");
    struct vault_coin bare = mint_one(s.vault, ENTITY_PERSON, "john smith", "John Smith"); /* a list, before anybody knew whose name it is */
    struct vault_coin first = mint_owned(s.vault, "mrn1", "john smith");
    CHECK_STRING(first.token.code, bare.token.code);
    CHECK_STRING(mint_owned(s.vault, "mrn1", "smith").token.code, first.token.code);
    CHECK_STRING(mint_owned(s.vault, "mrn1", "jack smith").token.code, first.token.code); /* an alias of the same record */
    struct vault_coin son = mint_owned(s.vault, "mrn2", "john smith");
    CHECK(strcmp(son.token.code, first.token.code) != 0); /* never by name alone */
    CHECK_STRING(mint_owned(s.vault, "mrn2", "smith").token.code, son.token.code);
    CHECK_STRING(mint_one(s.vault, ENTITY_PERSON, "john smith", "John Smith").token.code, first.token.code);
    CHECK(strcmp(mint_one(s.vault, ENTITY_PERSON, "smith", "Smith").token.code, first.token.code) != 0);
    CHECK_INT(vault_generation(s.vault), 3);
    close_all(&s);
}

TEST(vault, a_short_name_is_never_its_first_owners_alone) {
    struct setup s = { 0 };
    open_in(&s, harness_temp_dir(), "rag");
    struct vault_coin owner = mint_owned(s.vault, "mrn1", "smith");
    struct vault_coin bare = mint_one(s.vault, ENTITY_PERSON, "smith", "Smith");
    CHECK(strcmp(owner.token.code, bare.token.code) != 0);
    CHECK_STRING(mint_owned(s.vault, "mrn1", "john smith").token.code, owner.token.code);
    CHECK_STRING(mint_owned(s.vault, "mrn1", "smith").token.code, owner.token.code);
    close_all(&s);
}

TEST(vault, a_name_that_two_have_in_one_document_is_no_owners) {
    struct setup s = { 0 };
    struct vault_coin coins[3];
    open_in(&s, harness_temp_dir(), "rag");
    struct vault_request requests[] = { owned("mrn1", "jane roe"), owned("", "jane roe"), owned("mrn2", "jane roe") };
    REQUIRE(vault_mint(s.vault, bytes_make(NULL, 0), requests, 3, coins) == 0);
    CHECK(strcmp(coins[0].token.code, coins[1].token.code) != 0 && strcmp(coins[0].token.code, coins[2].token.code) != 0);
    CHECK(strcmp(coins[1].token.code, coins[2].token.code) != 0);
    CHECK_STRING(mint_one(s.vault, ENTITY_PERSON, "jane roe", "jane roe").token.code, coins[1].token.code);
    CHECK_STRING(mint_owned(s.vault, "mrn2", "roe").token.code, coins[2].token.code);
    close_all(&s);
}

TEST(vault, a_person_keeps_the_code_in_another_role) {
    struct setup s = { 0 };
    open_in(&s, harness_temp_dir(), "rag");
    struct vault_coin a = mint_one(s.vault, ENTITY_PATIENT, "john smith", "John Smith");
    struct vault_coin b = mint_one(s.vault, ENTITY_PERSON, "john smith", "John Smith");
    struct vault_coin c = mint_one(s.vault, ENTITY_CITY, "john smith", "John Smith");
    CHECK_STRING(a.token.code, b.token.code);
    CHECK_INT(a.token.entity, ENTITY_PATIENT);
    CHECK_INT(b.token.entity, ENTITY_PERSON);
    CHECK(strcmp(a.token.code, c.token.code) != 0);
    close_all(&s);
}

TEST(vault, tokens_survive_a_restart_and_another_destination_shares_none) {
    struct setup s = { 0 };
    char dir[256];
    snprintf(dir, sizeof(dir), "%s", harness_temp_dir());
    open_in(&s, dir, "rag");
    struct vault_coin before = mint_one(s.vault, ENTITY_PHONE, "6175550123", "617-555-0123");
    close_all(&s);
    open_in(&s, dir, "rag");
    CHECK_STRING(mint_one(s.vault, ENTITY_PHONE, "6175550123", "617-555-0123").token.code, before.token.code);
    CHECK_INT(vault_generation(s.vault), 1);
    close_all(&s);
    open_in(&s, dir, "research");
    CHECK(strcmp(mint_one(s.vault, ENTITY_PHONE, "6175550123", "617-555-0123").token.code, before.token.code) != 0);
    close_all(&s);
}

TEST(vault, a_batch_gives_each_request_its_own_coin) {
    enum { COUNT = 3000 };
    struct setup s = { 0 };
    open_in(&s, harness_temp_dir(), "rag");
    static char text[COUNT][16];
    static struct vault_request requests[COUNT];
    static struct vault_coin first[COUNT], again[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        int n = snprintf(text[i], sizeof(text[i]), "V%zu", i / 2); /* each value twice, with two surfaces */
        requests[i] = (struct vault_request) { .entity = ENTITY_ACCOUNT, .normal = bytes_make(text[i], (size_t) n), .surface = i % 2 ? BYTES("surface") : bytes_make(text[i], (size_t) n) };
    }
    REQUIRE(vault_mint(s.vault, BYTES("patient"), requests, COUNT, first) == 0);
    REQUIRE(vault_mint(s.vault, BYTES("patient"), requests, COUNT, again) == 0);
    CHECK(memcmp(first, again, sizeof(first)) == 0);
    for (size_t i = 0; i + 1 < COUNT; i += 2) {
        CHECK_STRING(first[i].token.code, first[i + 1].token.code);
        CHECK(first[i].form != first[i + 1].form);
        if (i >= 2) CHECK(strcmp(first[i].token.code, first[i - 2].token.code) != 0);
    }
    CHECK_INT(vault_generation(s.vault), COUNT / 2);
    close_all(&s);
}

struct minter {
    struct vault *vault;
    struct vault_coin coins[200];
};

static void *mint_many(void *context) {
    struct minter *m = context;
    for (size_t i = 0; i < array_count(m->coins); i++) {
        char text[24];
        snprintf(text, sizeof(text), "N%zu", i);
        m->coins[i] = mint_one(m->vault, ENTITY_ORDER, text, text);
    }
    return NULL;
}

TEST(vault, threads_that_mint_the_same_values_agree) {
    enum { THREADS = 6 };
    struct setup s = { 0 };
    open_in(&s, harness_temp_dir(), "rag");
    static struct minter minters[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        minters[i].vault = s.vault;
        REQUIRE(pthread_create(&threads[i], NULL, mint_many, &minters[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (int i = 1; i < THREADS; i++) CHECK(memcmp(minters[i].coins, minters[0].coins, sizeof(minters[0].coins)) == 0);
    CHECK_INT(vault_generation(s.vault), array_count(minters[0].coins));
    close_all(&s);
}

/* Each child opens the vault itself and reports what it minted. */
static void mint_in_child(const char *dir, int fd) {
    struct setup s = { 0 };
    struct problem p;
    if (keyring_load_reidentify_public(dir, s.public_key, &p) < 0 || keeper_start(dir, &s.keeper, &p) < 0) _exit(1);
    const struct vault_place place = workbench_place(dir, "rag");
    if (vault_open(&place, s.keeper, s.public_key, &s.vault, &p) < 0) _exit(2);
    for (int i = 0; i < 100; i++) {
        char text[24];
        snprintf(text, sizeof(text), "P%d", i);
        struct vault_coin c = mint_one(s.vault, ENTITY_ORDER, text, text);
        if (write(fd, c.token.code, TOKEN_CODE_LEN) != TOKEN_CODE_LEN) _exit(3);
    }
    close_all(&s);
    _exit(0);
}

TEST(vault, processes_that_mint_the_same_values_agree) {
    enum { CHILDREN = 4, LEN = 100 * TOKEN_CODE_LEN };
    char dir[256];
    struct problem p;
    snprintf(dir, sizeof(dir), "%s", harness_temp_dir());
    REQUIRE(keyring_create(dir, &p) == 0);
    int fds[CHILDREN];
    pid_t pids[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        int pair[2];
        REQUIRE(pipe(pair) == 0);
        pids[i] = fork();
        REQUIRE(pids[i] >= 0);
        if (pids[i] == 0) mint_in_child(dir, pair[1]);
        close(pair[1]);
        fds[i] = pair[0];
    }
    static char codes[CHILDREN][LEN];
    for (int i = 0; i < CHILDREN; i++) {
        size_t have = 0;
        for (ssize_t n; have < LEN && (n = read(fds[i], codes[i] + have, LEN - have)) > 0;) have += (size_t) n;
        int status = -1;
        CHECK_INT(have, LEN);
        CHECK(waitpid(pids[i], &status, 0) == pids[i] && status == 0);
        close(fds[i]);
        CHECK(memcmp(codes[i], codes[0], LEN) == 0);
    }
}

/* What a child has shown before it was killed is there afterwards, token for token. */
TEST(vault, kill_9_in_the_middle_loses_no_token_that_was_shown) {
    char dir[256];
    struct problem p;
    snprintf(dir, sizeof(dir), "%s", harness_temp_dir());
    REQUIRE(keyring_create(dir, &p) == 0);
    for (int round = 0; round < 5; round++) {
        int pair[2];
        REQUIRE(pipe(pair) == 0);
        pid_t pid = fork();
        REQUIRE(pid >= 0);
        if (pid == 0) mint_in_child(dir, pair[1]);
        close(pair[1]);
        char codes[100 * TOKEN_CODE_LEN];
        size_t have = 0, want = (size_t) (round * 13 + 1) * TOKEN_CODE_LEN;
        for (ssize_t n; have < want && (n = read(pair[0], codes + have, want - have)) > 0;) have += (size_t) n;
        kill(pid, SIGKILL);
        int status = 0;
        CHECK(waitpid(pid, &status, 0) == pid);
        for (ssize_t n; have < sizeof(codes) && (n = read(pair[0], codes + have, sizeof(codes) - have)) > 0;) have += (size_t) n;
        close(pair[0]);
        struct setup s = { 0 };
        open_in(&s, dir, "rag");
        for (size_t i = 0; i < have / TOKEN_CODE_LEN; i++) {
            char text[24];
            snprintf(text, sizeof(text), "P%zu", i);
            struct vault_coin c = mint_one(s.vault, ENTITY_ORDER, text, text);
            CHECK(memcmp(c.token.code, codes + i * TOKEN_CODE_LEN, TOKEN_CODE_LEN) == 0);
        }
        close_all(&s);
    }
}

TEST(vault, another_index_key_is_refused) {
    struct setup s = { 0 };
    char dir[256], key[300];
    struct problem p = { .text = "" };
    snprintf(dir, sizeof(dir), "%s", harness_temp_dir());
    open_in(&s, dir, "rag");
    close_all(&s);
    snprintf(key, sizeof(key), "%s/keys/index.key", dir);
    REQUIRE(unlink(key) == 0);
    REQUIRE(keyring_create(dir, &p) == 0);
    REQUIRE(keeper_start(dir, &s.keeper, &p) == 0);
    const struct vault_place place = workbench_place(dir, "rag");
    CHECK_INT(vault_open(&place, s.keeper, s.public_key, &s.vault, &p), -EKEYREJECTED);
    CHECK(strstr(p.text, "index.key") != NULL);
    keeper_free(s.keeper);
}

TEST(vault, a_lost_keeper_mints_nothing) {
    struct setup s = { 0 };
    open_in(&s, harness_temp_dir(), "rag");
    kill(keeper_pid(s.keeper), SIGKILL);
    struct vault_request request = { .entity = ENTITY_MRN, .normal = BYTES("1"), .surface = BYTES("1") };
    struct vault_coin coin = { .form = 77 };
    CHECK(vault_mint(s.vault, bytes_make(NULL, 0), &request, 1, &coin) < 0);
    CHECK_INT(coin.form, 77);
    close_all(&s);
}

TEST(vault, no_value_lies_open_in_the_store) {
    struct setup s = { 0 };
    char path[300];
    if (getenv("DEIDFS_TEST_POSTGRES")) SKIP("a file of LMDB is read");
    open_in(&s, harness_temp_dir(), "rag");
    ignore(mint_one(s.vault, ENTITY_PATIENT, "zebediah quartermain", "Zebediah QUARTERMAIN")); /* what matters is what it wrote */
    close_all(&s);
    snprintf(path, sizeof(path), "%s/vault/data.mdb", harness_temp_dir());
    FILE *f = fopen(path, "rb");
    REQUIRE(f != NULL);
    static char bytes[1 << 20];
    size_t len = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    REQUIRE(len > 4096);
    CHECK(memmem(bytes, len, "QUARTERMAIN", 11) == NULL);
    CHECK(memmem(bytes, len, "quartermain", 11) == NULL);
}

/* The last test: nothing runs on that database afterwards. */
TEST(vault, a_lost_database_mints_nothing_and_says_so) {
    const char *stop = getenv("DEIDFS_TEST_POSTGRES_STOP");
    struct setup s = { 0 };
    if (!stop) SKIP("LMDB is not lost this way");
    open_in(&s, harness_temp_dir(), "rag");
    struct vault_coin known = mint_one(s.vault, ENTITY_MRN, "1", "1");
    REQUIRE(token_check(known.token.code));
    char command[1024];
    snprintf(command, sizeof(command), "%s >/dev/null 2>&1", stop);
    CHECK_INT(system(command), 0);
    const struct vault_request requests[] = { { .entity = ENTITY_MRN, .normal = BYTES("2"), .surface = BYTES("2") }, { .entity = ENTITY_MRN, .normal = BYTES("1"), .surface = BYTES("1") } };
    for (size_t i = 0; i < array_count(requests); i++) {
        struct vault_coin coin = { .form = 77 };
        CHECK_INT(vault_mint(s.vault, bytes_make(NULL, 0), &requests[i], 1, &coin), -EIO);
        CHECK_INT(coin.form, 77);
    }
    close_all(&s);
}
