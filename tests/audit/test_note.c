#include "audit/note.h"

#include <errno.h>
#include <sodium.h>

#include "tests/harness.h"

/* Key and note of the documentation of golang.org/x/mod/sumdb/note. */
#define VKEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define NOTE                                                                                                                            \
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\xe2\x80\x94 PeterNeumann " \
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

TEST(note, the_example_of_the_reference_verifies) {
    struct note_key k;
    struct note n;
    CHECK_INT(note_key_parse(BYTES(VKEY), &k), 0);
    CHECK_INT(note_parse(BYTES(NOTE), &n), 0);
    CHECK_INT(n.count, 1);
    CHECK_INT(note_verify(&n, &k, NULL), NOTE_SIGNED);
    char again[NOTE_VKEY_LEN_MAX];
    CHECK_INT(note_key_format(&k, again), 0);
    CHECK_STRING(again, VKEY);
}

TEST(note, any_changed_byte_is_no_longer_signed) {
    struct note_key k;
    struct bytes good = BYTES(NOTE);
    REQUIRE(note_key_parse(BYTES(VKEY), &k) == 0);
    for (size_t i = 0; i < good.len; i++) {
        uint8_t raw[sizeof(NOTE)];
        memcpy(raw, good.ptr, good.len);
        raw[i] ^= 1;
        struct note n;
        if (note_parse(bytes_make(raw, good.len), &n) < 0) continue;
        CHECK(note_verify(&n, &k, NULL) != NOTE_SIGNED);
    }
}

TEST(note, what_is_not_a_note_is_refused) {
    static const char *const bad[] = {
        "", "text\n", "text\n\n", "text\n\n- a AAAAAAAA\n", "text\n\n\xe2\x80\x94 a AAAAAAAA", "text\n\n\xe2\x80\x94 a AAAA=AAA\n",
        "text\n\n\xe2\x80\x94 a+b AAAAAAAA\n", "te\rxt\n\n\xe2\x80\x94 a AAAAAAAA\n", "te\xffxt\n\n\xe2\x80\x94 a AAAAAAAA\n", "text\n\n\xe2\x80\x94 a AAAA\n", "text\n\n\xe2\x80\x94 a\n",
    };
    for (size_t i = 0; i < array_count(bad); i++) {
        struct note n;
        if (note_parse(bytes_from_string(bad[i]), &n) != -EBADMSG) harness_fail(__FILE__, __LINE__, "taken: %zu", i);
    }
}

TEST(note, a_key_with_another_hash_or_algorithm_is_refused) {
    struct note_key k;
    CHECK_INT(note_key_parse(BYTES("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"), &k), -EBADMSG);
    CHECK_INT(note_key_parse(BYTES("PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"), &k), -EBADMSG);
    CHECK_INT(note_key_parse(BYTES("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10"), &k), -EBADMSG);
    CHECK_INT(note_key_parse(BYTES("PeterNeumann"), &k), -EBADMSG);
    uint8_t public[NOTE_PUBLIC_LEN] = { 0 };
    CHECK_INT(note_key_make("a b", 1, public, &k), -EINVAL);
    CHECK_INT(note_key_make("a+b", 1, public, &k), -EINVAL);
    CHECK_INT(note_key_make("", 1, public, &k), -EINVAL);
}

TEST(note, a_cosignature_covers_its_time) {
    uint8_t public[32], secret[64], signature[NOTE_COSIGNATURE_LEN] = { 0, 0, 0, 0, 0, 0, 0x30, 0x39 };
    ignore(crypto_sign_keypair(public, secret));
    const char message[] = "cosignature/v1\ntime 12345\no\n1\nx\n";
    ignore(crypto_sign_detached(signature + 8, NULL, (const uint8_t *) message, strlen(message), secret));
    struct note_key k;
    REQUIRE(note_key_make("witness.example", NOTE_ALGORITHM_COSIGNATURE, public, &k) == 0);
    struct note n = { .text = BYTES("o\n1\nx\n"), .count = 1 };
    n.signatures[0] = (struct note_signature) { .name = bytes_from_string(k.name), .len = NOTE_COSIGNATURE_LEN };
    memcpy(n.signatures[0].id, k.id, NOTE_KEY_ID_LEN);
    memcpy(n.signatures[0].signature, signature, sizeof(signature));
    uint64_t time_s = 0;
    CHECK_INT(note_verify(&n, &k, &time_s), NOTE_SIGNED);
    CHECK_INT(time_s, 12345);
    n.signatures[0].signature[7] ^= 1;
    CHECK_INT(note_verify(&n, &k, &time_s), -EBADMSG);
}
