#include "fs/ticket.h"

#include "tests/harness.h"

static struct inodes *inodes;
static struct inode *node, *root;
static struct view *view;

static struct tickets *make(void) {
    const struct inode_facts folder = { .kind = INODE_FOLDER }, file = { .kind = INODE_EXACT, .view_len = 1 };
    const uint32_t counts[ENTITY_COUNT] = { 0 };
    struct buf b;
    struct tickets *t = NULL;
    REQUIRE(inodes_new(&folder, &inodes) == 0);
    root = inode_get(inodes, INODE_ROOT_ID);
    const struct inode_place place = { root, "a", "a" };
    REQUIRE(inode_remember(inodes, &place, &file, &node) == 0);
    buf_init(&b, 8);
    (void) buf_append_string(&b, "x");
    REQUIRE(view_new_take(&b, counts, "text", &view) == 0);
    REQUIRE(tickets_new(inodes, &t) == 0);
    return t;
}

static void end(struct tickets *t) {
    tickets_free(t);
    view_unref(view);
    inode_unref(inodes, node);
    inode_unref(inodes, root);
    CHECK_INT(inodes_count(inodes), 1); /* nothing held back */
    inodes_free(inodes);
}

TEST(ticket, serves_its_thread_once_and_nobody_else) {
    struct tickets *t = make();
    tickets_put(t, 100, node, view);
    CHECK(tickets_find(t, 101, root, "a") == NULL);
    CHECK(tickets_find(t, 100, root, "b") == NULL);
    CHECK(tickets_take(t, 101, node) == NULL);
    for (int i = 0; i < 2; i++) { /* the kernel looks up twice */
        struct inode *found = tickets_find(t, 100, root, "a");
        CHECK(found == node);
        inode_unref(inodes, found);
    }
    struct view *got = tickets_take(t, 100, node);
    CHECK(got == view);
    view_unref(got);
    CHECK(tickets_take(t, 100, node) == NULL);
    end(t);
}

TEST(ticket, a_later_thread_on_the_same_slot_takes_the_place) {
    struct tickets *t = make();
    tickets_put(t, 5, node, view);
    tickets_put(t, 5 + TICKET_COUNT, node, view);
    CHECK(tickets_take(t, 5, node) == NULL);
    struct view *got = tickets_take(t, 5 + TICKET_COUNT, node);
    CHECK(got == view);
    view_unref(got);
    end(t);
}

TEST(ticket, what_nobody_came_back_for_is_swept) {
    struct tickets *t = make();
    tickets_put(t, 5, node, view);
    tickets_sweep(t);
    struct inode *found = tickets_find(t, 5, root, "a");
    CHECK(found == node); /* its time is not up */
    inode_unref(inodes, found);
    (void) usleep((TICKET_LIFE_MS + 50) * 1000);
    CHECK(tickets_find(t, 5, root, "a") == NULL);
    tickets_sweep(t);
    CHECK_INT(view->refs, 1);
    end(t);
}
