/* The RFC 6962 tree: leaf = SHA-256(0x00 || entry), node = SHA-256(0x01 || left || right). Subtrees are named (level, index): the complete
 * subtree over leaves [index << level, (index + 1) << level).
 * Threads: a hasher belongs to one thread. Source: RFC 6962 section 2.1; OpenSSL EVP with one fetched digest and one reused context. */
#pragma once

#include "conf/base/bytes.h"

enum { MERKLE_HASH_LEN = 32, MERKLE_LEVEL_MAX = 63 };

struct merkle_hash {
    uint8_t raw[MERKLE_HASH_LEN];
};

struct merkle_hasher;

/* -ENOMEM, or -EIO when OpenSSL has no SHA-256. */
_must_use_ int merkle_hasher_new(struct merkle_hasher **out_hasher);
void merkle_hasher_free(struct merkle_hasher *h);
static inline void merkle_hasher_freep(struct merkle_hasher **h) {
    merkle_hasher_free(*h);
    *h = NULL;
}

void merkle_leaf(struct merkle_hasher *h, struct bytes entry, struct merkle_hash *out);
/* out may be one of the two. */
void merkle_node(struct merkle_hasher *h, const struct merkle_hash *left, const struct merkle_hash *right, struct merkle_hash *out);
/* Plain SHA-256 of the parts in order: the WAL's chain. */
void merkle_sha256(struct merkle_hasher *h, const struct bytes *parts, size_t count, struct merkle_hash *out);
/* The complete subtree over 2^k hashes, k = log2(count); overwrites them. */
void merkle_fold(struct merkle_hasher *h, struct merkle_hash *hashes, size_t count, struct merkle_hash *out);

static inline bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b) {
    return memcmp(a->raw, b->raw, MERKLE_HASH_LEN) == 0;
}

/* A growing tree in O(log n): the complete subtrees of its size, largest first. */
struct merkle_range {
    uint64_t size;
    size_t count;
    struct merkle_hash peak[64];
};

void merkle_range_add(struct merkle_hasher *h, struct merkle_range *r, const struct merkle_hash *leaf);
/* Adds a complete subtree of 2^level leaves; the size must be a multiple of that. */
void merkle_range_add_subtree(struct merkle_hasher *h, struct merkle_range *r, unsigned level, const struct merkle_hash *subtree);
/* The root; size must not be 0. */
void merkle_range_root(struct merkle_hasher *h, const struct merkle_range *r, struct merkle_hash *out);
