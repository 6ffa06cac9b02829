#include "fs/prune.h"

#include <errno.h>

#include "tests/harness.h"

/* A kernel that forgets what it is told to, but for one name that somebody has open. */
struct forgetful {
    struct inodes *inodes;
    uint64_t ids[4096];
    unsigned told;
};

static int forget(void *context, uint64_t parent, const char *name, size_t name_len) {
    struct forgetful *f = context;
    unsigned number = (unsigned) strtoul(name, NULL, 10);
    CHECK(parent == INODE_ROOT_ID && name_len == strlen(name) && number < 4096);
    __atomic_add_fetch(&f->told, 1, __ATOMIC_RELAXED);
    if (number == 7) return -EBUSY;
    inode_forget(f->inodes, f->ids[number], 1);
    return 0;
}

static void fill(struct forgetful *f, unsigned from, unsigned to) {
    const struct inode_facts facts = { .kind = INODE_EXACT };
    struct inode *root = inode_get(f->inodes, INODE_ROOT_ID), *n = NULL;
    for (unsigned i = from; i < to; i++) {
        char name[16];
        (void) snprintf(name, sizeof(name), "%u", i);
        const struct inode_place place = { root, name, name };
        REQUIRE(inode_remember(f->inodes, &place, &facts, &n) == 0);
        inode_add_lookup(f->inodes, n);
        f->ids[i] = n->id;
        inode_unref(f->inodes, n);
    }
    inode_unref(f->inodes, root);
}

TEST(prune, the_oldest_names_go_until_the_bound_holds_and_the_newest_stay) {
    static struct forgetful f;
    static struct guard g;
    const struct inode_facts root = { .kind = INODE_FOLDER };
    struct prune *p = NULL;
    REQUIRE(inodes_new(&root, &f.inodes) == 0);
    g.inodes = f.inodes;
    fill(&f, 0, 3000);
    REQUIRE(prune_new(&g, 1000, forget, &f, &p) == 0);
    for (int i = 0; i < 60000 && inodes_count(f.inodes) > 900; i++) (void) usleep(1000);
    CHECK(inodes_count(f.inodes) <= 900 && inodes_count(f.inodes) > 700);
    struct inode *newest = inode_get(f.inodes, f.ids[2999]), *oldest = inode_get(f.inodes, f.ids[0]), *held = inode_get(f.inodes, f.ids[7]);
    CHECK(newest != NULL && oldest == NULL && held != NULL);
    inode_unref(f.inodes, newest), inode_unref(f.inodes, held);
    while (!prune_stop(p)) (void) usleep(1000);
    prune_free(p);
    inodes_free(f.inodes);
}

TEST(prune, what_is_held_is_never_offered) {
    static struct forgetful f;
    const struct inode_facts root = { .kind = INODE_FOLDER };
    struct inode_name names[8];
    REQUIRE(inodes_new(&root, &f.inodes) == 0);
    fill(&f, 0, 3);
    struct inode *held = inode_get(f.inodes, f.ids[1]);
    CHECK_INT(inodes_oldest(f.inodes, names, 8), 2);
    CHECK_STRING(names[0].name, "0");
    CHECK_STRING(names[1].name, "2");
    inode_unref(f.inodes, held);
    CHECK_INT(inodes_oldest(f.inodes, names, 1), 1);
    inodes_free(f.inodes);
}
