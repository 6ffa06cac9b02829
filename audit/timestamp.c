#include "audit/timestamp.h"

#include <errno.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <time.h>

#include "audit/merkle.h"

/* For _cleanup_: each frees what it points to, NULL is nothing. */
static void timestamp_free_request(TS_REQ **r) {
    TS_REQ_free(*r);
}
static void timestamp_free_response(TS_RESP **r) {
    TS_RESP_free(*r);
}
static void timestamp_free_context(TS_VERIFY_CTX **c) {
    TS_VERIFY_CTX_free(*c); /* frees imprint and store too */
}
static void timestamp_free_imprint(TS_MSG_IMPRINT **i) {
    TS_MSG_IMPRINT_free(*i);
}
static void timestamp_free_algorithm(X509_ALGOR **a) {
    X509_ALGOR_free(*a);
}
static void timestamp_free_integer(ASN1_INTEGER **i) {
    ASN1_INTEGER_free(*i);
}

static int timestamp_digest(struct bytes text, struct merkle_hash *out) {
    struct merkle_hasher *h = NULL;
    int r = merkle_hasher_new(&h);
    if (r < 0) return r;
    merkle_sha256(h, &text, 1, out);
    merkle_hasher_free(h);
    return 0;
}

static bool timestamp_set_imprint(TS_REQ *request, const struct merkle_hash *digest) {
    _cleanup_(timestamp_free_imprint) TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    _cleanup_(timestamp_free_algorithm) X509_ALGOR *algorithm = X509_ALGOR_new();
    uint8_t raw[MERKLE_HASH_LEN];
    memcpy(raw, digest->raw, sizeof(raw));
    /* The setters copy. */
    return imprint && algorithm && X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
           TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 && TS_MSG_IMPRINT_set_msg(imprint, raw, sizeof(raw)) == 1 &&
           TS_REQ_set_msg_imprint(request, imprint) == 1;
}

static bool timestamp_set_nonce(TS_REQ *request) {
    _cleanup_(timestamp_free_integer) ASN1_INTEGER *nonce = ASN1_INTEGER_new();
    uint64_t value = 0;
    if (!nonce || RAND_bytes((uint8_t *) &value, sizeof(value)) != 1) return false;
    return ASN1_INTEGER_set_uint64(nonce, value) == 1 && TS_REQ_set_nonce(request, nonce) == 1;
}

int timestamp_request(struct bytes note_text, struct buf *out, struct problem *p) {
    struct merkle_hash digest;
    int r = timestamp_digest(note_text, &digest);
    if (r < 0) return problem_set(p, r, "no SHA-256 (%s)", strerror(-r));
    _cleanup_(timestamp_free_request) TS_REQ *request = TS_REQ_new();
    bool made = request && TS_REQ_set_version(request, 1) == 1 && timestamp_set_imprint(request, &digest) && timestamp_set_nonce(request) &&
                TS_REQ_set_cert_req(request, 1) == 1;
    int len = made ? i2d_TS_REQ(request, NULL) : -1;
    if (len <= 0) return problem_set(p, -EIO, "OpenSSL cannot make the request");
    uint8_t *to = NULL;
    r = buf_extend(out, (size_t) len, &to);
    if (r < 0) return problem_set(p, r, "the request is too long");
    must(i2d_TS_REQ(request, &to) == len);
    return 0;
}

static int timestamp_time(TS_RESP *response, uint64_t *out_us) {
    const ASN1_GENERALIZEDTIME *at = TS_TST_INFO_get_time(TS_RESP_get_tst_info(response));
    struct tm tm = { 0 };
    if (!at || ASN1_TIME_to_tm(at, &tm) != 1) return -EBADMSG;
    time_t seconds = timegm(&tm);
    if (seconds < 0) return -EBADMSG;
    *out_us = (uint64_t) seconds * 1000000u;
    return 0;
}

/* What is demanded: version, imprint, a signature, and a signer under the given certificates. */
static TS_VERIFY_CTX *timestamp_context(const struct merkle_hash *digest, const char *ca_file) {
    _cleanup_(timestamp_free_context) TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
    uint8_t *imprint = OPENSSL_memdup(digest->raw, MERKLE_HASH_LEN);
    X509_STORE *store = X509_STORE_new();
    if (!context || !imprint || !store || X509_STORE_load_file(store, ca_file) != 1) {
        OPENSSL_free(imprint);
        X509_STORE_free(store);
        return NULL;
    }
    TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_IMPRINT | TS_VFY_SIGNATURE | TS_VFY_SIGNER);
    TS_VERIFY_CTX_set_imprint(context, imprint, MERKLE_HASH_LEN);
    TS_VERIFY_CTX_set_store(context, store);
    return take_ptr(context);
}

int timestamp_check(struct bytes response, struct bytes note_text, const char *ca_file, uint64_t *out_time_us, struct problem *p) {
    struct merkle_hash digest;
    int r = timestamp_digest(note_text, &digest);
    if (r < 0) return problem_set(p, r, "no SHA-256 (%s)", strerror(-r));
    const uint8_t *at = response.ptr;
    if (response.len == 0 || response.len > TIMESTAMP_LEN_MAX) return problem_set(p, -EBADMSG, "this is no timestamp response");
    _cleanup_(timestamp_free_response) TS_RESP *parsed = d2i_TS_RESP(NULL, &at, (long) response.len);
    if (!parsed || at != response.ptr + response.len) return problem_set(p, -EBADMSG, "this is no timestamp response");
    _cleanup_(timestamp_free_context) TS_VERIFY_CTX *context = timestamp_context(&digest, ca_file);
    if (!context) return problem_set(p, -EINVAL, "%s holds no certificates", ca_file);
    if (TS_RESP_verify_response(context, parsed) != 1) return problem_set(p, -EBADMSG, "the timestamp is not of this checkpoint, or not signed under the given certificates");
    r = timestamp_time(parsed, out_time_us);
    return r < 0 ? problem_set(p, r, "the timestamp holds no time") : 0;
}
