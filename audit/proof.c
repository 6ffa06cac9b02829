#include "audit/proof.h"

#include <errno.h>

/* The largest power of two below n, n > 1. */
static uint64_t proof_split(uint64_t n) {
    return UINT64_C(1) << (63 - (unsigned) __builtin_clzll(n - 1));
}

/* MTH over [begin, end). Depth is at most 64: every step halves. */
static int proof_range(const struct proof_source *s, uint64_t begin, uint64_t end, struct merkle_hash *out) {
    uint64_t n = end - begin;
    if ((n & (n - 1)) == 0 && begin % n == 0) {
        unsigned level = (unsigned) __builtin_ctzll(n);
        return s->subtree(s->context, level, begin >> level, out);
    }
    uint64_t k = proof_split(n);
    struct merkle_hash left, right;
    int r = proof_range(s, begin, begin + k, &left);
    if (r == 0) r = proof_range(s, begin + k, end, &right);
    if (r < 0) return r;
    merkle_node(s->hasher, &left, &right, out);
    return 0;
}

int proof_root(const struct proof_source *s, uint64_t size, struct merkle_hash *out) {
    must(size > 0);
    return proof_range(s, 0, size, out);
}

static int proof_push(const struct proof_source *s, uint64_t begin, uint64_t end, struct proof *out) {
    if (out->count == PROOF_HASHES_MAX) return -EOVERFLOW;
    int r = proof_range(s, begin, end, &out->hash[out->count]);
    if (r == 0) out->count++;
    return r;
}

static void proof_reverse(struct proof *p) {
    for (size_t i = 0; i < p->count / 2; i++) {
        struct merkle_hash h = p->hash[i];
        p->hash[i] = p->hash[p->count - 1 - i];
        p->hash[p->count - 1 - i] = h;
    }
}

int proof_make_inclusion(const struct proof_source *s, uint64_t index, uint64_t size, struct proof *out) {
    must(index < size);
    struct proof p = { 0 };
    uint64_t begin = 0, end = size;
    while (end - begin > 1) {
        uint64_t middle = begin + proof_split(end - begin);
        bool left = index < middle;
        int r = left ? proof_push(s, middle, end, &p) : proof_push(s, begin, middle, &p);
        if (r < 0) return r;
        if (left) end = middle;
        else begin = middle;
    }
    proof_reverse(&p);
    *out = p;
    return 0;
}

int proof_make_consistency(const struct proof_source *s, uint64_t old_size, uint64_t size, struct proof *out) {
    must(old_size > 0 && old_size <= size);
    struct proof p = { 0 };
    uint64_t begin = 0, end = size;
    while (old_size != end) {
        uint64_t middle = begin + proof_split(end - begin);
        bool left = old_size <= middle;
        int r = left ? proof_push(s, middle, end, &p) : proof_push(s, begin, middle, &p);
        if (r < 0) return r;
        if (left) end = middle;
        else begin = middle;
    }
    /* The subtree at which it ends is known to the holder of the old root only when it is the whole old tree. */
    if (begin != 0) {
        int r = proof_push(s, begin, end, &p);
        if (r < 0) return r;
    }
    proof_reverse(&p);
    *out = p;
    return 0;
}

/* RFC 9162 section 2.1.3.2. */
int proof_check_inclusion(struct merkle_hasher *h, const struct proof *p, const struct merkle_hash *leaf, uint64_t index,
                          const struct proof_tree *tree) {
    if (index >= tree->size) return -EBADMSG;
    uint64_t fn = index, sn = tree->size - 1;
    struct merkle_hash r = *leaf;
    for (size_t i = 0; i < p->count; i++) {
        if (sn == 0) return -EBADMSG;
        if ((fn & 1) != 0 || fn == sn) {
            merkle_node(h, &p->hash[i], &r, &r);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            merkle_node(h, &r, &p->hash[i], &r);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && merkle_equal(&r, &tree->root) ? 0 : -EBADMSG;
}

/* RFC 9162 section 2.1.4.2. */
int proof_check_consistency(struct merkle_hasher *h, const struct proof *p, const struct proof_tree *before,
                            const struct proof_tree *after) {
    if (before->size == 0 || before->size > after->size) return -EBADMSG;
    if (before->size == after->size) return p->count == 0 && merkle_equal(&before->root, &after->root) ? 0 : -EBADMSG;
    if (p->count == 0) return -EBADMSG;
    bool whole = (before->size & (before->size - 1)) == 0;
    uint64_t fn = before->size - 1, sn = after->size - 1;
    while ((fn & 1) != 0) {
        fn >>= 1;
        sn >>= 1;
    }
    size_t i = whole ? 0 : 1;
    struct merkle_hash fr = whole ? before->root : p->hash[0], sr = fr;
    for (; i < p->count; i++) {
        if (sn == 0) return -EBADMSG;
        if ((fn & 1) != 0 || fn == sn) {
            merkle_node(h, &p->hash[i], &fr, &fr);
            merkle_node(h, &p->hash[i], &sr, &sr);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            merkle_node(h, &sr, &p->hash[i], &sr);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && merkle_equal(&fr, &before->root) && merkle_equal(&sr, &after->root) ? 0 : -EBADMSG;
}
