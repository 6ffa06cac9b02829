#include "audit/merkle.h"

#include "conf/base/text.h"
#include "tests/harness.h"

/* The eight leaves and the roots of RFC 6962's reference tests (certificate-transparency, merkle_tree_test). */
static const char *const leaves[8] = { "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f" };
static const char *const roots[8] = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static struct merkle_hash leaf_of(struct merkle_hasher *h, size_t i) {
    uint8_t raw[64] = { 0 };
    struct merkle_hash out;
    size_t len = strlen(leaves[i]) / 2;
    must(len == 0 || text_hex_decode(bytes_from_string(leaves[i]), raw, len));
    merkle_leaf(h, bytes_make(raw, len), &out);
    return out;
}

TEST(merkle, roots_are_those_of_the_reference) {
    _cleanup_(merkle_hasher_freep) struct merkle_hasher *h = NULL;
    REQUIRE(merkle_hasher_new(&h) == 0);
    struct merkle_range range = { 0 };
    for (size_t i = 0; i < array_count(leaves); i++) {
        struct merkle_hash leaf = leaf_of(h, i), root;
        merkle_range_add(h, &range, &leaf);
        merkle_range_root(h, &range, &root);
        char hex[65];
        text_hex_encode(bytes_make(root.raw, sizeof(root.raw)), hex);
        CHECK_STRING(hex, roots[i]);
    }
}

TEST(merkle, subtrees_and_leaves_give_the_same_tree) {
    _cleanup_(merkle_hasher_freep) struct merkle_hasher *h = NULL;
    REQUIRE(merkle_hasher_new(&h) == 0);
    struct merkle_hash four[4], subtree, root;
    for (size_t i = 0; i < 4; i++) four[i] = leaf_of(h, i);
    merkle_fold(h, four, 4, &subtree);
    struct merkle_range range = { 0 };
    merkle_range_add_subtree(h, &range, 2, &subtree);
    struct merkle_hash leaf = leaf_of(h, 4);
    merkle_range_add(h, &range, &leaf);
    merkle_range_root(h, &range, &root);
    char hex[65];
    text_hex_encode(bytes_make(root.raw, sizeof(root.raw)), hex);
    CHECK_STRING(hex, roots[4]);
    CHECK_INT(range.size, 5);
}
