#include "fs/ticket.h"

#include <errno.h>

#include "conf/base/clock.h"
#include "conf/base/lock.h"

struct ticket {
    uint32_t tid;
    uint64_t expires_ns;
    struct inode *node; /* NULL: no ticket */
    struct view *view;
};

struct tickets {
    pthread_mutex_t lock; /* lock.h, 0; what it lets go is released after it */
    struct inodes *inodes;
    struct ticket slots[TICKET_COUNT];
};

int tickets_new(struct inodes *inodes, struct tickets **out_tickets) {
    struct tickets *t = calloc(1, sizeof(*t));
    if (!t) return -ENOMEM;
    must(pthread_mutex_init(&t->lock, NULL) == 0);
    t->inodes = inodes;
    *out_tickets = t;
    return 0;
}

static void ticket_release(struct tickets *t, struct ticket *k) {
    if (!k->node) return;
    inode_unref(t->inodes, k->node);
    view_unref(k->view);
    *k = (struct ticket) { 0 };
}

void tickets_free(struct tickets *t) {
    if (!t) return;
    for (size_t i = 0; i < TICKET_COUNT; i++) ticket_release(t, &t->slots[i]);
    (void) pthread_mutex_destroy(&t->lock);
    free(t);
}

static struct ticket *ticket_slot(struct tickets *t, uint32_t tid) {
    return &t->slots[tid % TICKET_COUNT]; /* thread ids are handed out in order: neighbours do not meet */
}

void tickets_put(struct tickets *t, uint32_t tid, struct inode *node, struct view *view) {
    struct ticket fresh = { .tid = tid, .expires_ns = clock_monotonic_ns() + TICKET_LIFE_MS * 1000000ull,
                            .node = inode_ref(t->inodes, node), .view = view_ref(view) };
    lock_take(&t->lock);
    struct ticket old = *ticket_slot(t, tid);
    *ticket_slot(t, tid) = fresh;
    lock_give(&t->lock);
    ticket_release(t, &old);
}

static bool ticket_holds(const struct ticket *k, uint32_t tid) {
    return k->node && k->tid == tid && k->expires_ns > clock_monotonic_ns();
}

struct inode *tickets_find(struct tickets *t, uint32_t tid, const struct inode *parent, const char *shown) {
    struct inode *found = NULL;
    lock_take(&t->lock);
    const struct ticket *k = ticket_slot(t, tid);
    if (ticket_holds(k, tid) && k->node->parent == parent && strcmp(k->node->shown, shown) == 0) found = inode_ref(t->inodes, k->node);
    lock_give(&t->lock);
    return found;
}

struct view *tickets_take(struct tickets *t, uint32_t tid, const struct inode *node) {
    struct ticket used = { 0 };
    struct view *view = NULL;
    lock_take(&t->lock);
    struct ticket *k = ticket_slot(t, tid);
    if (ticket_holds(k, tid) && k->node == node) {
        used = *k;
        *k = (struct ticket) { 0 };
        view = view_ref(used.view);
    }
    lock_give(&t->lock);
    ticket_release(t, &used);
    return view;
}

void tickets_sweep(struct tickets *t) {
    uint64_t now = clock_monotonic_ns();
    for (size_t i = 0; i < TICKET_COUNT; i++) {
        struct ticket old = { 0 };
        lock_take(&t->lock);
        if (t->slots[i].node && t->slots[i].expires_ns <= now) {
            old = t->slots[i];
            t->slots[i] = (struct ticket) { 0 };
        }
        lock_give(&t->lock);
        ticket_release(t, &old);
    }
}
