#include "fs/inode.h"

#include <errno.h>

#include "tests/harness.h"

static struct inodes *make(void) {
    struct inodes *t = NULL;
    const struct inode_facts root = { .kind = INODE_FOLDER };
    REQUIRE(inodes_new(&root, &t) == 0);
    return t;
}

static struct inode *remember(struct inodes *t, struct inode *parent, const char *name, const struct inode_facts *f) {
    struct inode *n = NULL;
    const struct inode_place place = { parent, name, name };
    REQUIRE(inode_remember(t, &place, f, &n) == 0);
    return n;
}

static const struct inode_facts exact = { .kind = INODE_EXACT, .version = { .ino = 5, .len = 10 }, .generation = 1, .view_len = 12 };

TEST(inode, the_same_version_keeps_its_node_and_another_gets_a_new_one) {
    struct inodes *t = make();
    struct inode *root = inode_get(t, INODE_ROOT_ID);
    struct inode *a = remember(t, root, "a", &exact), *again = remember(t, root, "a", &exact);
    CHECK(a == again);
    struct inode_facts newer[5] = { exact, exact, exact, exact, exact };
    newer[0].version.ctime_ns = 1, newer[1].generation = 2, newer[2].view_len = 13, newer[3].digest[0] = 1, newer[4].racy = true;
    for (size_t i = 0; i < 5; i++) {
        struct inode *b = remember(t, root, "a", &newer[i]);
        CHECK(b != a && b->id > a->id);
        inode_unref(t, b);
    }
    inode_unref(t, again);
    inode_unref(t, a);
    inode_unref(t, root);
    CHECK_INT(inodes_count(t), 1);
    inodes_free(t);
}

TEST(inode, an_id_is_never_given_twice) {
    struct inodes *t = make();
    struct inode *root = inode_get(t, INODE_ROOT_ID);
    uint64_t last = INODE_ROOT_ID;
    for (int i = 0; i < 100; i++) {
        struct inode *n = remember(t, root, "a", &exact);
        CHECK(n->id > last);
        last = n->id;
        inode_unref(t, n);
    }
    CHECK(inode_get(t, last) == NULL);
    inode_unref(t, root);
    inodes_free(t);
}

TEST(inode, a_folder_keeps_its_node_while_its_times_change) {
    struct inodes *t = make();
    struct inode *root = inode_get(t, INODE_ROOT_ID);
    struct inode_facts f = { .kind = INODE_FOLDER, .version = { .dev = 1, .ino = 2 }, .generation = 1 };
    struct inode *a = remember(t, root, "d", &f);
    f.version.mtime_s = 99;
    f.generation = 2;
    struct inode *b = remember(t, root, "d", &f);
    CHECK(a == b);
    f.version.ino = 3;
    struct inode *c = remember(t, root, "d", &f);
    CHECK(c != a);
    inode_unref(t, a), inode_unref(t, b), inode_unref(t, c), inode_unref(t, root);
    inodes_free(t);
}

TEST(inode, lives_while_looked_up_and_takes_its_parents_along_when_it_goes) {
    struct inodes *t = make();
    struct inode *parent = inode_get(t, INODE_ROOT_ID);
    const struct inode_facts folder = { .kind = INODE_FOLDER, .version = { .ino = 1 } };
    for (int i = 0; i < 50; i++) {
        struct inode *child = remember(t, parent, "d", &folder);
        inode_unref(t, parent);
        parent = child;
    }
    uint64_t id = parent->id;
    inode_add_lookup(t, parent);
    inode_add_lookup(t, parent);
    inode_unref(t, parent);
    CHECK_INT(inodes_count(t), 51);
    inode_forget(t, id, 1);
    CHECK_INT(inodes_count(t), 51);
    inode_forget(t, id, 5); /* more than there were: a kernel's mistake must not wrap */
    CHECK_INT(inodes_count(t), 1);
    inode_forget(t, id, 1);
    inodes_free(t);
}

TEST(inode, a_path_is_the_raw_names_from_the_root_down) {
    struct inodes *t = make();
    struct inode *root = inode_get(t, INODE_ROOT_ID), *d = NULL;
    const struct inode_facts folder = { .kind = INODE_FOLDER, .version = { .ino = 1 } };
    const struct inode_place place = { root, "PATIENT_KTVHMQX-abcdef", "Jane Doe" };
    REQUIRE(inode_remember(t, &place, &folder, &d) == 0);
    char out[64];
    CHECK(inode_path(d, "n.txt", out, sizeof(out)) == 0);
    CHECK_STRING(out, "Jane Doe/n.txt");
    CHECK(inode_path(d, NULL, out, sizeof(out)) == 0);
    CHECK_STRING(out, "Jane Doe");
    CHECK(inode_path(root, NULL, out, sizeof(out)) == 0);
    CHECK_STRING(out, "");
    CHECK(inode_path(root, "x", out, sizeof(out)) == 0);
    CHECK_STRING(out, "x");
    char small[10];
    CHECK_INT(inode_path(d, "n.txt", small, sizeof(small)), -ENAMETOOLONG);
    char just[sizeof("Jane Doe/n.txt")];
    CHECK_INT(inode_path(d, "n.txt", just, sizeof(just)), 0);
    inode_unref(t, d);
    inode_unref(t, root);
    inodes_free(t);
}
