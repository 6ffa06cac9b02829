#include "audit/proof.h"

#include <errno.h>

#include "tests/harness.h"

enum { LEAVES = 70 };
static struct merkle_hash leaf[LEAVES];
static struct merkle_hasher *hasher;

static int subtree(void *context, unsigned level, uint64_t index, struct merkle_hash *out) {
    (void) context;
    struct merkle_hash copy[64];
    memcpy(copy, &leaf[index << level], sizeof(copy[0]) << level);
    merkle_fold(hasher, copy, (size_t) 1 << level, out);
    return 0;
}

static const struct proof_source *source(void) {
    static struct proof_source s = { .subtree = subtree };
    if (!hasher) must(merkle_hasher_new(&hasher) == 0);
    for (size_t i = 0; i < LEAVES; i++) merkle_leaf(hasher, bytes_make(&i, sizeof(i)), &leaf[i]);
    s.hasher = hasher;
    return &s;
}

static struct proof_tree tree_of(const struct proof_source *s, uint64_t size) {
    struct proof_tree t = { .size = size };
    struct merkle_range range = { 0 };
    for (uint64_t i = 0; i < size; i++) merkle_range_add(s->hasher, &range, &leaf[i]);
    merkle_range_root(s->hasher, &range, &t.root);
    struct merkle_hash again;
    CHECK_INT(proof_root(s, size, &again), 0);
    CHECK(merkle_equal(&again, &t.root));
    return t;
}

TEST(proof, every_leaf_of_every_tree_is_proved_and_no_other) {
    const struct proof_source *s = source();
    for (uint64_t size = 1; size <= LEAVES; size++) {
        struct proof_tree t = tree_of(s, size);
        for (uint64_t i = 0; i < size; i++) {
            struct proof p;
            REQUIRE(proof_make_inclusion(s, i, size, &p) == 0);
            CHECK_INT(proof_check_inclusion(hasher, &p, &leaf[i], i, &t), 0);
            CHECK_INT(proof_check_inclusion(hasher, &p, &leaf[(i + 1) % LEAVES], i, &t), -EBADMSG);
            CHECK_INT(proof_check_inclusion(hasher, &p, &leaf[i], i + size, &t), -EBADMSG);
            if (size > 1) CHECK_INT(proof_check_inclusion(hasher, &p, &leaf[i], (i + 1) % size, &t), -EBADMSG);
            if (p.count > 0) {
                p.hash[p.count - 1].raw[31] ^= 1;
                CHECK_INT(proof_check_inclusion(hasher, &p, &leaf[i], i, &t), -EBADMSG);
                p.hash[p.count - 1].raw[31] ^= 1;
                p.count--;
                CHECK_INT(proof_check_inclusion(hasher, &p, &leaf[i], i, &t), -EBADMSG);
            }
        }
    }
}

TEST(proof, every_tree_is_proved_to_grow_from_every_smaller_one) {
    const struct proof_source *s = source();
    for (uint64_t size = 1; size <= LEAVES; size++) {
        struct proof_tree after = tree_of(s, size);
        for (uint64_t old = 1; old <= size; old++) {
            struct proof_tree before = tree_of(s, old), wrong = before;
            struct proof p;
            REQUIRE(proof_make_consistency(s, old, size, &p) == 0);
            CHECK_INT(proof_check_consistency(hasher, &p, &before, &after), 0);
            wrong.root.raw[0] ^= 1;
            CHECK_INT(proof_check_consistency(hasher, &p, &wrong, &after), -EBADMSG);
            CHECK_INT(proof_check_consistency(hasher, &p, &before, &wrong), -EBADMSG);
            if (old == size) continue;
            CHECK_INT(proof_check_consistency(hasher, &p, &after, &before), -EBADMSG);
            p.hash[p.count++] = leaf[0];
            CHECK_INT(proof_check_consistency(hasher, &p, &before, &after), -EBADMSG);
        }
    }
    merkle_hasher_free(hasher);
    hasher = NULL;
}
