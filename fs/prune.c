#include "fs/prune.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#include "conf/base/thread.h"

enum { PRUNE_BATCH = 64, PRUNE_EVERY_MS = 100 };

struct prune {
    struct guard *guard;
    size_t nodes_max;
    prune_tell tell;
    void *context;
    pthread_t thread;
    atomic_bool stop, ended;
    struct inode_name batch[PRUNE_BATCH];
};

/* Down to seven eighths, so that the next names do not begin it anew. Names that cannot go (in use) are passed over until all have been tried once. */
static void prune_down(struct prune *p) {
    size_t aim = p->nodes_max - p->nodes_max / 8, tried = 0, all = inodes_count(p->guard->inodes);
    while (!atomic_load(&p->stop) && inodes_count(p->guard->inodes) > aim && tried < all) {
        size_t n = inodes_oldest(p->guard->inodes, p->batch, PRUNE_BATCH);
        if (n == 0) return;
        for (size_t i = 0; i < n && !atomic_load(&p->stop); i++) {
            ignore(p->tell(p->context, p->batch[i].parent, p->batch[i].name, strlen(p->batch[i].name))); /* gone already: as good */
        }
        tried += n;
    }
}

static void *prune_main(void *context) {
    struct prune *p = context;
    const struct timespec pause = { .tv_nsec = PRUNE_EVERY_MS * 1000000L };
    while (!atomic_load(&p->stop)) {
        if (inodes_count(p->guard->inodes) > p->nodes_max) prune_down(p);
        ignore(nanosleep(&pause, NULL)); /* signals are blocked here; early is as good */
    }
    atomic_store(&p->ended, true);
    return NULL;
}

int prune_new(struct guard *g, size_t nodes_max, prune_tell tell, void *context, struct prune **out_prune) {
    struct prune *p = calloc(1, sizeof(*p));
    if (!p) return -ENOMEM;
    p->guard = g;
    p->nodes_max = nodes_max;
    p->tell = tell;
    p->context = context;
    int r = thread_start(&p->thread, prune_main, p);
    if (r < 0) {
        free(p);
        return r;
    }
    *out_prune = p;
    return 0;
}

bool prune_stop(struct prune *p) {
    if (!p) return true;
    atomic_store(&p->stop, true);
    return atomic_load(&p->ended);
}

void prune_free(struct prune *p) {
    if (!p) return;
    must(atomic_load(&p->ended) && pthread_join(p->thread, NULL) == 0);
    explicit_bzero(p->batch, sizeof(p->batch));
    free(p);
}
