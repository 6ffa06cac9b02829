#include "audit/merkle.h"

#include <errno.h>
#include <openssl/evp.h>

struct merkle_hasher {
    EVP_MD *digest;
    EVP_MD_CTX *context;
};

int merkle_hasher_new(struct merkle_hasher **out_hasher) {
    _cleanup_(merkle_hasher_freep) struct merkle_hasher *h = calloc(1, sizeof(*h));
    if (!h) return -ENOMEM;
    /* Fetched once: an implicit fetch at each hash costs more than the hash. */
    h->digest = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!h->digest) return -EIO;
    h->context = EVP_MD_CTX_new();
    if (!h->context) return -ENOMEM;
    *out_hasher = take_ptr(h);
    return 0;
}

void merkle_hasher_free(struct merkle_hasher *h) {
    if (!h) return;
    EVP_MD_CTX_free(h->context);
    EVP_MD_free(h->digest);
    free(h);
}

/* SHA-256 over memory cannot fail once fetched; if it does, nothing we could say about the tree would be true. */
static void merkle_begin(struct merkle_hasher *h) {
    must(EVP_DigestInit_ex2(h->context, h->digest, NULL) == 1);
}

static void merkle_more(struct merkle_hasher *h, const void *data, size_t len) {
    must(EVP_DigestUpdate(h->context, data, len) == 1);
}

static void merkle_end(struct merkle_hasher *h, struct merkle_hash *out) {
    unsigned len = 0;
    must(EVP_DigestFinal_ex(h->context, out->raw, &len) == 1 && len == MERKLE_HASH_LEN);
}

void merkle_leaf(struct merkle_hasher *h, struct bytes entry, struct merkle_hash *out) {
    merkle_begin(h);
    merkle_more(h, "\x00", 1);
    merkle_more(h, entry.ptr, entry.len);
    merkle_end(h, out);
}

void merkle_node(struct merkle_hasher *h, const struct merkle_hash *left, const struct merkle_hash *right, struct merkle_hash *out) {
    uint8_t block[1 + 2 * MERKLE_HASH_LEN] = { 0x01 };
    memcpy(block + 1, left->raw, MERKLE_HASH_LEN);
    memcpy(block + 1 + MERKLE_HASH_LEN, right->raw, MERKLE_HASH_LEN);
    merkle_begin(h);
    merkle_more(h, block, sizeof(block));
    merkle_end(h, out);
}

void merkle_sha256(struct merkle_hasher *h, const struct bytes *parts, size_t count, struct merkle_hash *out) {
    merkle_begin(h);
    for (size_t i = 0; i < count; i++) merkle_more(h, parts[i].ptr, parts[i].len);
    merkle_end(h, out);
}

void merkle_fold(struct merkle_hasher *h, struct merkle_hash *hashes, size_t count, struct merkle_hash *out) {
    must(count > 0 && (count & (count - 1)) == 0);
    for (; count > 1; count /= 2) {
        for (size_t i = 0; i < count / 2; i++) merkle_node(h, &hashes[2 * i], &hashes[2 * i + 1], &hashes[i]);
    }
    *out = hashes[0];
}

void merkle_range_add_subtree(struct merkle_hasher *h, struct merkle_range *r, unsigned level, const struct merkle_hash *subtree) {
    uint64_t width = UINT64_C(1) << level;
    must(r->size % width == 0 && r->size <= UINT64_MAX - width);
    struct merkle_hash node = *subtree;
    /* Every set bit of the size above the level that a carry runs through is a left sibling to join. */
    for (uint64_t bit = width; (r->size & bit) != 0; bit <<= 1) {
        must(r->count > 0);
        merkle_node(h, &r->peak[--r->count], &node, &node);
    }
    r->peak[r->count++] = node;
    r->size += width;
}

void merkle_range_add(struct merkle_hasher *h, struct merkle_range *r, const struct merkle_hash *leaf) {
    merkle_range_add_subtree(h, r, 0, leaf);
}

void merkle_range_root(struct merkle_hasher *h, const struct merkle_range *r, struct merkle_hash *out) {
    must(r->count > 0);
    struct merkle_hash node = r->peak[r->count - 1];
    for (size_t i = r->count - 1; i > 0; i--) merkle_node(h, &r->peak[i - 1], &node, &node);
    *out = node;
}
