/* Inclusion and consistency proofs of RFC 6962 (2.1.1, 2.1.2): made from subtree hashes, checked without any.
 * Threads: pure; the source's rule. */
#pragma once

#include "audit/merkle.h"

enum { PROOF_HASHES_MAX = 64 };

struct proof {
    size_t count;
    struct merkle_hash hash[PROOF_HASHES_MAX];
};

/* Gives the hash of a complete subtree: leaves [index << level, (index + 1) << level). */
struct proof_source {
    int (*subtree)(void *context, unsigned level, uint64_t index, struct merkle_hash *out);
    void *context;
    struct merkle_hasher *hasher;
};

/* The root of the first size leaves; size > 0. Errors are the source's. */
_must_use_ int proof_root(const struct proof_source *s, uint64_t size, struct merkle_hash *out);
_must_use_ int proof_make_inclusion(const struct proof_source *s, uint64_t index, uint64_t size, struct proof *out);
/* 0 < old_size <= size. */
_must_use_ int proof_make_consistency(const struct proof_source *s, uint64_t old_size, uint64_t size, struct proof *out);

struct proof_tree {
    uint64_t size;
    struct merkle_hash root;
};

/* 0, or -EBADMSG: it does not prove it. */
_must_use_ int proof_check_inclusion(struct merkle_hasher *h, const struct proof *p, const struct merkle_hash *leaf, uint64_t index,
                                     const struct proof_tree *tree);
_must_use_ int proof_check_consistency(struct merkle_hasher *h, const struct proof *p, const struct proof_tree *before,
                                       const struct proof_tree *after);
