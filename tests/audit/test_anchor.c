#include "audit/anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <time.h>

#include "audit/proof.h"
#include "audit/verify.h"
#include "conf/base/io.h"
#include "conf/base/text.h"
#include "tests/audit/fixture.h"

/* A witness in a few lines: its key, and the cosignature it gives. */
struct witness {
    struct note_key key;
    uint8_t secret[64];
};

static void witness_init(struct witness *w, const char *name) {
    uint8_t public[32];
    must(crypto_sign_keypair(public, w->secret) == 0 && note_key_make(name, NOTE_ALGORITHM_COSIGNATURE, public, &w->key) == 0);
}

/* The checkpoint behind the blank line of a request. */
static struct bytes checkpoint_of(struct bytes request) {
    const uint8_t *at = memmem(request.ptr, request.len, "\n\n", 2);
    must(at != NULL);
    return bytes_make(at + 2, request.len - (size_t) (at + 2 - request.ptr));
}

static void witness_sign(const struct witness *w, struct bytes request, struct buf *out) {
    struct note n;
    struct buf message, raw;
    uint8_t signature[64], time_be[8];
    buf_init(&message, NOTE_LEN_MAX);
    buf_init(&raw, 200);
    must(note_parse(checkpoint_of(request), &n) == 0);
    uint64_t now = (uint64_t) time(NULL);
    buf_append_printf(&message, "cosignature/v1\ntime %llu\n", (unsigned long long) now);
    must(buf_append(&message, n.text) == 0);
    must(crypto_sign_detached(signature, NULL, message.ptr, message.len, w->secret) == 0);
    bytes_store_be64(time_be, now);
    buf_append(&raw, bytes_make(w->key.id, NOTE_KEY_ID_LEN));
    buf_append(&raw, bytes_make(time_be, 8));
    buf_append(&raw, bytes_make(signature, 64));
    buf_append_printf(out, "\xe2\x80\x94 %s ", w->key.name);
    text_base64_encode(buf_bytes(&raw), out);
    must(buf_append_byte(out, '\n') == 0);
    buf_release(&message);
    buf_release(&raw);
}

static void append_some(struct fixture *f, int count) {
    struct journal *j = fixture_open(f);
    struct event ev = fixture_event(EVENT_OPEN);
    must(j != NULL);
    for (int i = 0; i < count; i++) must(journal_append(j, &ev, NULL) == 0);
    must(journal_close(j) == 0);
}

static struct verify_report verify_with(const struct fixture *f, const struct note_key *stable, const struct witness *w, size_t quorum) {
    static struct verify_report report;
    struct problem p = { "" };
    struct verify_options o = { .dir = f->dir, .stable = *stable, .witnesses = &w->key, .witness_count = 1, .witness_quorum = quorum };
    must(verify_run(&o, &report, &p) == 0);
    return report;
}

TEST(anchor, a_witnessed_size_is_found_again_and_the_rest_said_unchecked) {
    struct fixture f;
    struct witness w, stranger;
    fixture_init(&f);
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL && journal_close(j) == 0);
    append_some(&f, 300);
    struct note_key stable = fixture_key(&f, "log.vkey");
    witness_init(&w, "witness.example");
    witness_init(&stranger, "stranger.example");
    CHECK_INT(verify_with(&f, &stable, &w, 1).verdict, VERIFY_INCOMPLETE); /* nobody has witnessed yet */
    struct buf request, answer;
    struct problem p = { "" };
    buf_init(&request, ANCHOR_REQUEST_LEN_MAX);
    buf_init(&answer, NOTE_LEN_MAX);
    REQUIRE(anchor_request(f.dir, &stable, 0, &request, &p) == 0);
    CHECK(bytes_starts_with(buf_bytes(&request), BYTES("old 0\n\n" FIXTURE_ORIGIN "\n")));
    witness_sign(&w, buf_bytes(&request), &answer);
    struct anchor_answer a = { .request = buf_bytes(&request), .cosignatures = buf_bytes(&answer), .witnesses = &stranger.key, .witness_count = 1 };
    uint64_t size = 0;
    CHECK_INT(anchor_add(f.dir, &stable, &a, &size, &p), -EBADMSG);
    a.witnesses = &w.key;
    answer.ptr[answer.len - 8] ^= 1;
    CHECK_INT(anchor_add(f.dir, &stable, &a, &size, &p), -EBADMSG);
    answer.ptr[answer.len - 8] ^= 1;
    CHECK_INT(anchor_add(f.dir, &stable, &a, &size, &p), 0);
    CHECK_INT(size, 305);
    CHECK_INT(verify_with(&f, &stable, &w, 1).verdict, VERIFY_OK);
    append_some(&f, 5);
    struct verify_report r = verify_with(&f, &stable, &w, 1);
    CHECK_INT(r.verdict, VERIFY_OK);
    CHECK(r.found[VERIFY_UNCHECKED] > 0);
    CHECK_INT(verify_with(&f, &stable, &stranger, 1).verdict, VERIFY_INCOMPLETE);
    buf_release(&request);
    buf_release(&answer);
    fixture_release(&f);
}

TEST(anchor, a_request_proves_the_growth_from_what_the_witness_saw) {
    struct fixture f;
    fixture_init(&f);
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL && journal_close(j) == 0);
    append_some(&f, 40);
    struct note_key stable = fixture_key(&f, "log.vkey");
    struct buf request;
    struct problem p = { "" };
    buf_init(&request, ANCHOR_REQUEST_LEN_MAX);
    REQUIRE(anchor_request(f.dir, &stable, 7, &request, &p) == 0);
    CHECK(bytes_starts_with(buf_bytes(&request), BYTES("old 7\n")));
    CHECK(checkpoint_of(buf_bytes(&request)).len > 100);
    CHECK_INT(anchor_request(f.dir, &stable, 1000, &request, &p), -EINVAL); /* the witness saw more: this log was cut */
    buf_release(&request);
    fixture_release(&f);
}

TEST(anchor, a_log_cut_below_an_anchor_is_found) {
    struct fixture f;
    struct witness w;
    fixture_init(&f);
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL && journal_close(j) == 0);
    append_some(&f, 10);
    struct note_key stable = fixture_key(&f, "log.vkey");
    witness_init(&w, "witness.example");
    char command[2000];
    must(snprintf(command, sizeof(command), "cp -a %s/log %s/old", f.dir, f.dir) > 0 && system(command) == 0);
    append_some(&f, 10);
    struct buf request, answer;
    struct problem p = { "" };
    buf_init(&request, ANCHOR_REQUEST_LEN_MAX);
    buf_init(&answer, NOTE_LEN_MAX);
    uint64_t size = 0;
    REQUIRE(anchor_request(f.dir, &stable, 0, &request, &p) == 0);
    witness_sign(&w, buf_bytes(&request), &answer);
    struct anchor_answer a = { .request = buf_bytes(&request), .cosignatures = buf_bytes(&answer), .witnesses = &w.key, .witness_count = 1 };
    CHECK_INT(anchor_add(f.dir, &stable, &a, &size, &p), 0);
    must(snprintf(command, sizeof(command), "cd %s && cp -a log/anchor old/ && rm -rf log && mv old log", f.dir) > 0 && system(command) == 0);
    CHECK_INT(verify_with(&f, &stable, &w, 1).verdict, VERIFY_TAMPERED);
    buf_release(&request);
    buf_release(&answer);
    fixture_release(&f);
}

TEST(anchor, only_cosignature_keys_are_witnesses) {
    struct note_key keys[ANCHOR_WITNESSES_MAX];
    size_t count = 9;
    CHECK_INT(anchor_read_witnesses(BYTES("# nobody\n\n"), keys, &count), 0);
    CHECK_INT(count, 0);
    CHECK_INT(anchor_read_witnesses(BYTES("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n"), keys, &count), -EBADMSG);
    CHECK_INT(anchor_read_witnesses(BYTES("no newline"), keys, &count), -EBADMSG);
}
