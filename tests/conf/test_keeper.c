#include "conf/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "conf/keeper_serve.h"
#include "tests/harness.h"

static struct keeper *started(void) {
    struct keeper *k = NULL;
    struct problem p = { .text = "" };
    if (keyring_create(harness_temp_dir(), &p) < 0 || keeper_start(harness_temp_dir(), &k, &p) < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(k != NULL);
    return k;
}

TEST(keeper, equal_values_index_equally_and_nothing_else_does) {
    struct keeper *k = started();
    const struct keeper_value values[] = {
        { ENTITY_PATIENT, BYTES("john smith") },
        { ENTITY_PATIENT, BYTES("john smith") },
        { ENTITY_PROVIDER, BYTES("john smith") },
        { ENTITY_PATIENT, BYTES("") },
    };
    uint8_t a[4][KEEPER_INDEX_LEN], b[4][KEEPER_INDEX_LEN];
    REQUIRE(keeper_index(k, BYTES("rag"), values, 4, a) == 0);
    REQUIRE(keeper_index(k, BYTES("other"), values, 4, b) == 0);
    CHECK(memcmp(a[0], a[1], KEEPER_INDEX_LEN) == 0);
    CHECK(memcmp(a[0], a[2], KEEPER_INDEX_LEN) != 0);
    CHECK(memcmp(a[0], a[3], KEEPER_INDEX_LEN) != 0);
    CHECK(memcmp(a[0], b[0], KEEPER_INDEX_LEN) != 0);
    keeper_free(k);
}

TEST(keeper, indices_survive_a_restart) {
    struct keeper *k = started();
    const struct keeper_value value = { ENTITY_MRN, BYTES("00482913") };
    uint8_t a[1][KEEPER_INDEX_LEN], b[1][KEEPER_INDEX_LEN];
    REQUIRE(keeper_index(k, BYTES("rag"), &value, 1, a) == 0);
    keeper_free(k);
    k = started();
    REQUIRE(keeper_index(k, BYTES("rag"), &value, 1, b) == 0);
    CHECK(memcmp(a, b, sizeof(a)) == 0);
    keeper_free(k);
}

#define ROOT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

TEST(keeper, signs_checkpoints_and_refuses_other_texts_and_smaller_trees) {
    struct keeper *k = started();
    struct keeper_signatures s;
    struct bytes text = BYTES("example.org/h/m/aaaaaaaa\n7\n" ROOT "\n");
    uint8_t stable[32], epoch_public[32];
    uint64_t epoch = 9;
    REQUIRE(keeper_sign(k, text, false, &s) == 0);
    REQUIRE(keeper_stable_public(k, stable) == 0);
    REQUIRE(keeper_epoch_public(k, &epoch, epoch_public) == 0);
    CHECK_INT(epoch, 0);
    CHECK_INT(crypto_sign_verify_detached(s.stable, text.ptr, text.len, stable), 0);
    CHECK_INT(crypto_sign_verify_detached(s.epoch, text.ptr, text.len, epoch_public), 0);
    CHECK_INT(keeper_sign(k, BYTES("example.org/h/m/aaaaaaaa\n6\n" ROOT "\n"), false, &s), -EINVAL);
    CHECK_INT(keeper_sign(k, BYTES("example.org/h/m/bbbbbbbb\n8\n" ROOT "\n"), false, &s), -EINVAL);
    CHECK_INT(keeper_sign(k, BYTES("pay the bearer\n"), false, &s), -EINVAL);
    CHECK_INT(keeper_sign(k, text, true, &s), -EINVAL);
    keeper_free(k);
}

TEST(keeper, an_epoch_that_ended_cannot_sign_again) {
    struct keeper *k = started();
    struct keeper_signatures s;
    struct bytes text = BYTES("example.org/h/m/aaaaaaaa\n7\n" ROOT "\n");
    uint8_t first[32], next[32], again[32], now[32];
    uint64_t epoch = 9;
    CHECK_INT(keeper_epoch_advance(k), -EINVAL);
    REQUIRE(keeper_epoch_public(k, &epoch, first) == 0);
    REQUIRE(keeper_epoch_prepare(k, next) == 0);
    keeper_free(k); /* a crash between prepare and advance */
    k = started();
    REQUIRE(keeper_epoch_public(k, &epoch, now) == 0);
    CHECK(epoch == 0 && memcmp(now, first, 32) == 0);
    REQUIRE(keeper_epoch_prepare(k, again) == 0);
    CHECK(memcmp(next, again, 32) == 0);
    REQUIRE(keeper_sign(k, text, true, &s) == 0);
    CHECK_INT(crypto_sign_verify_detached(s.next, text.ptr, text.len, next), 0);
    REQUIRE(keeper_epoch_advance(k) == 0);
    REQUIRE(keeper_epoch_public(k, &epoch, now) == 0);
    CHECK(epoch == 1 && memcmp(now, next, 32) == 0);
    REQUIRE(keeper_sign(k, text, false, &s) == 0);
    CHECK(crypto_sign_verify_detached(s.epoch, text.ptr, text.len, first) != 0);
    keeper_free(k);
}

TEST(keeper, subject_tokens_are_stable_and_of_one_kind) {
    struct keeper *k = started();
    char a[KEEPER_SUBJECT_TOKEN_LEN], b[KEEPER_SUBJECT_TOKEN_LEN];
    REQUIRE(keeper_subject(k, 'p', BYTES("mrn 1"), a) == 0);
    REQUIRE(keeper_subject(k, 'p', BYTES("mrn 1"), b) == 0);
    CHECK_STRING(a, b);
    CHECK(strncmp(a, "p0_", 3) == 0);
    CHECK_INT(strlen(a), 3 + 24);
    keeper_free(k);
}

TEST(keeper, a_dead_keeper_is_an_error_and_stays_one) {
    struct keeper *k = started();
    struct key key;
    REQUIRE(keeper_local_key(k, "inode", &key) == 0);
    CHECK_INT(kill(keeper_pid(k), SIGKILL), 0);
    int r = keeper_local_key(k, "inode", &key);
    CHECK(r == -EPIPE || r == -ECONNRESET);
    CHECK_INT(keeper_local_key(k, "inode", &key), -EPIPE);
    keeper_free(k);
}

TEST(keeper, missing_keys_are_told_before_it_is_ready) {
    struct keeper *k = NULL;
    struct problem p = { .text = "" };
    CHECK_INT(keeper_start(harness_temp_dir(), &k, &p), -EKEYREJECTED);
    CHECK(strstr(p.text, "deidfs-setup") != NULL);
    CHECK(k == NULL);
}

TEST(keeper, its_memory_and_files_are_closed_to_others) {
    struct keeper *k = started();
    char path[64];
    (void) snprintf(path, sizeof(path), "/proc/%d/status", keeper_pid(k));
    char text[4096] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    CHECK(read(fd, text, sizeof(text) - 1) > 0);
    close_fd(&fd);
    CHECK(strstr(text, "NoNewPrivs:\t1") != NULL);
    CHECK(strstr(text, "CapEff:\t0000000000000000") != NULL);
    keeper_free(k);
}

TEST(keeper, it_keeps_nobody_waiting_for_the_end_of_output) {
    struct keeper *k = started();
    for (int fd = 0; fd < 3; fd++) {
        char path[64], target[64] = "";
        (void) snprintf(path, sizeof(path), "/proc/%d/fd/%d", keeper_pid(k), fd);
        CHECK(readlink(path, target, sizeof(target) - 1) > 0);
        CHECK_STRING(target, "/dev/null");
    }
    keeper_free(k);
}

TEST(keeper, malformed_requests_are_refused_without_harm) {
    static struct keeper_state state;
    struct problem p;
    struct buf answer;
    buf_init(&answer, 1 << 20);
    REQUIRE(keyring_create(harness_temp_dir(), &p) == 0);
    REQUIRE(keyring_load(harness_temp_dir(), &state.keys, &p) == 0);
    for (uint32_t type = 0; type < 12; type++) {
        CHECK_INT(keeper_answer(&state, type, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"), &answer), -EBADMSG);
    }
    CHECK_INT(keeper_answer(&state, KEEPER_INDEX, BYTES("\0\0\0\3a\0b\0\0\0\0"), &answer), -EBADMSG);
    keyring_release(&state.keys);
    buf_release(&answer);
}
