#include "audit/integrator.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <time.h>

#include "audit/guard.h"
#include "audit/tile.h"
#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "conf/base/lock.h"
#include "conf/base/log.h"

enum { INTEGRATOR_INTERVAL_MS = 1000, INTEGRATOR_EPOCH_ENTRIES = 1000000, INTEGRATOR_CLOSE_ROOM = 1024 };

struct integrator {
    struct integrator_options o;
    struct tile_tree *tree;
    struct merkle_hasher *hasher;
    struct merkle_range second;    /* the second computation of the tree, up to the head */
    struct wal_reader *reader;
    struct wal_frame frame;        /* partly taken */
    uint64_t frame_next;           /* index of the next entry in it */
    uint64_t epoch_begun_us;       /* BOOTTIME */
    uint64_t epoch_first;
    pthread_t thread;
    bool started;
    /* below: under the lock */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    uint64_t requested, served;    /* counts of checkpoints on demand */
    int served_result;
    bool stop;
    uint64_t size, epoch;          /* what integrator_status() tells */
};

void integrator_free(struct integrator *i) {
    if (!i) return;
    tile_tree_free(i->tree);
    merkle_hasher_free(i->hasher);
    wal_reader_free(i->reader);
    ignore(pthread_cond_destroy(&i->moved));
    ignore(pthread_mutex_destroy(&i->lock));
    free(i);
}

/* The tree and the reader at the head: at the start, and again after a full disk interrupted the work. */
static int integrator_reload(struct integrator *i) {
    tile_tree_free(take_ptr(i->tree));
    wal_reader_free(take_ptr(i->reader));
    i->frame = (struct wal_frame) { 0 };
    i->frame_next = 0;
    int r = tile_tree_load(i->o.log_fd, i->o.head.size, &i->tree);
    if (r < 0) return r;
    if (i->o.head.size == 0) return 0;
    struct merkle_hash root;
    tile_tree_root(i->tree, &root);
    return merkle_equal(&root, &i->o.head.root) ? 0 : -EUCLEAN;
}

/* The second computation starts from the subtrees that the head's size is made of. */
static int integrator_load_second(struct integrator *i) {
    struct tile_reader reader = { .log_fd = i->o.log_fd, .size = i->o.head.size, .hasher = i->hasher };
    uint64_t begin = 0;
    for (unsigned bit = 64; bit > 0; bit--) {
        uint64_t width = UINT64_C(1) << (bit - 1);
        if ((i->o.head.size & width) == 0) continue;
        struct merkle_hash subtree;
        int r = tile_reader_subtree(&reader, bit - 1, begin / width, &subtree);
        if (r < 0) return r;
        merkle_range_add_subtree(i->hasher, &i->second, bit - 1, &subtree);
        begin += width;
    }
    return 0;
}

int integrator_new(const struct integrator_options *o, struct integrator **out_integrator) {
    _cleanup_(integrator_freep) struct integrator *i = calloc(1, sizeof(*i));
    if (!i) return -ENOMEM;
    pthread_condattr_t monotonic;
    int e = pthread_mutex_init(&i->lock, NULL);
    if (e == 0) e = pthread_condattr_init(&monotonic);
    if (e == 0) e = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    if (e == 0) e = pthread_cond_init(&i->moved, &monotonic);
    must(e == 0);
    i->o = *o;
    i->size = o->head.size;
    i->epoch = o->epoch.number;
    i->epoch_begun_us = clock_boottime_us();
    i->epoch_first = o->head.size;
    int r = merkle_hasher_new(&i->hasher);
    if (r == 0) r = integrator_reload(i);
    if (r == 0) r = integrator_load_second(i);
    if (r < 0) return r;
    *out_integrator = take_ptr(i);
    return 0;
}

/* The rest of the current frame, up to end. */
static int integrator_take_frame(struct integrator *i, uint64_t end) {
    uint64_t frame_end = i->frame.first_index + i->frame.count;
    while (i->frame_next < frame_end && i->frame_next < end) {
        struct bytes rest = i->frame.payload, entry;
        if (!tile_bundle_take(&rest, &entry)) return -EUCLEAN;
        i->frame.payload = rest;
        /* Entries below the tree's size are in it already: a checkpoint may lie within a frame. */
        int r = i->frame_next >= tile_tree_size(i->tree) ? tile_tree_add(i->tree, entry) : 0;
        if (r < 0) return r;
        i->frame_next++;
    }
    return 0;
}

int integrator_advance(struct integrator *i, uint64_t end) {
    if (!i->tree || (!i->reader && tile_tree_size(i->tree) < end)) {
        int r = integrator_reload(i);
        if (r == 0) r = wal_reader_new(i->o.wal_fd, i->o.origin, i->o.head.size, &i->reader);
        if (r < 0) return r;
    }
    while (tile_tree_size(i->tree) < end) {
        if (i->frame_next == i->frame.first_index + i->frame.count) {
            int r = wal_reader_next(i->reader, &i->frame);
            if (r == WAL_END) return -EUCLEAN; /* it was said to be durable */
            if (r < 0) return r;
            i->frame_next = i->frame.first_index;
        }
        int r = integrator_take_frame(i, end);
        if (r < 0) return r;
    }
    return 0;
}

/* What both computations agree on, durable on disk; -EUCLEAN otherwise. */
static int integrator_check(struct integrator *i, struct checkpoint *out) {
    struct checkpoint c = { .size = tile_tree_size(i->tree) };
    memcpy(c.origin, i->o.head.origin, sizeof(c.origin));
    tile_tree_root(i->tree, &c.root);
    struct merkle_range second = i->second;
    int r = tile_read_back(i->o.log_fd, i->hasher, &second, c.size);
    if (r < 0) return r;
    struct merkle_hash root;
    merkle_range_root(i->hasher, &second, &root);
    if (!merkle_equal(&root, &c.root)) return -EUCLEAN;
    if (syncfs(i->o.log_fd) < 0) return errno == ENOSPC ? -EIO : -errno;
    i->second = second;
    *out = c;
    return 0;
}

/* The copy must not be ahead of what is about to be signed: somebody else continued this log. */
static int integrator_check_guard(struct integrator *i, const struct checkpoint *c) {
    if (!i->o.guard_path) return 0;
    struct checkpoint copy;
    int r = guard_read(i->o.guard_path, &i->o.epoch.stable, &copy);
    if (r == GUARD_NONE) return 0;
    if (r < 0) return r;
    return strcmp(copy.origin, c->origin) != 0 || copy.size <= c->size ? 0 : -EUCLEAN;
}

/* The first and the last file of an epoch carry the key and the end of it. */
static int integrator_publish_epoch(struct integrator *i, struct bytes note) {
    char path[EPOCH_PATH_LEN];
    epoch_path(path, i->o.epoch.number, "final");
    int r = io_make_dirs_at(i->o.log_fd, "epoch", TILE_DIR_MODE);
    if (r < 0) return r;
    char dir[EPOCH_PATH_LEN];
    memcpy(dir, path, sizeof(dir));
    *strrchr(dir, '/') = '\0';
    r = io_make_dirs_at(i->o.log_fd, dir, TILE_DIR_MODE);
    /* Ed25519 is deterministic: after a crash the same bytes are written again. */
    return r < 0 ? r : io_replace_file_at(i->o.log_fd, path, note, TILE_FILE_MODE);
}

int integrator_sign(struct integrator *i, bool final) {
    uint64_t before = i->o.head.size;
    if (tile_tree_size(i->tree) == before && !final) return 0;
    struct checkpoint c;
    int r = tile_tree_write_partials(i->tree);
    if (r == 0) r = integrator_check(i, &c);
    if (r == 0) r = integrator_check_guard(i, &c);
    _cleanup_(buf_release) struct buf note;
    buf_init(&note, NOTE_LEN_MAX);
    if (r == 0) r = epoch_sign(&i->o.epoch, i->o.keeper, &c, final, &note);
    if (r == 0 && final) r = integrator_publish_epoch(i, buf_bytes(&note));
    if (r == 0) r = io_replace_file_at(i->o.log_fd, "checkpoint", buf_bytes(&note), TILE_FILE_MODE);
    if (r == 0 && i->o.guard_path) r = guard_write(i->o.guard_path, buf_bytes(&note));
    if (r == 0 && final) r = epoch_advance(&i->o.epoch, i->o.keeper);
    if (r < 0) return r;
    i->o.head = c;
    tile_remove_partials(i->o.log_fd, before, c.size);
    lock_scoped(&i->lock);
    i->size = c.size;
    i->epoch = i->o.epoch.number;
    return 0;
}

int integrator_finish_epoch(struct integrator *i) {
    /* The keeper gives the same E_{i+1} again until it is told to advance; the auditor compares it with the key record. */
    int r = epoch_prepare(&i->o.epoch, i->o.keeper, i->o.origin);
    if (r == 0) r = integrator_sign(i, true);
    i->epoch_first = i->o.head.size;
    return r;
}

void integrator_attach(struct integrator *i, struct commit *c) {
    i->o.commit = c;
}

/* Low: less than two segments free besides what the admitted opens need for their close. */
static void integrator_watch_space(struct integrator *i, bool failed) {
    struct statvfs v;
    if (fstatvfs(i->o.log_fd, &v) < 0) return;
    struct commit_counts counts;
    commit_peek_counts(i->o.commit, &counts);
    uint64_t need = 2 * commit_segment_len(i->o.commit) + counts.open_now * INTEGRATOR_CLOSE_ROOM;
    bool low = failed || (uint64_t) v.f_bavail * v.f_frsize < need;
    if (low == commit_is_low_space(i->o.commit)) return;
    commit_set_low_space(i->o.commit, low);
    if (low) log_warning("journal_low_space", "free=%llu; new opens are denied until there is room", (unsigned long long) v.f_bavail * v.f_frsize);
    else log_notice("journal_space_again", "new opens are admitted again");
}

/* A full disk is waited out (the records are safe in the WAL); anything else ends the journal: what cannot be trusted is not continued. */
static int integrator_judge(struct integrator *i, int r) {
    bool full = r == -ENOSPC || r == -EDQUOT;
    if (r < 0 && full) {
        tile_tree_free(take_ptr(i->tree));
        wal_reader_free(take_ptr(i->reader));
    } else if (r < 0) {
        commit_halt(i->o.commit, "checkpoint", r);
    }
    integrator_watch_space(i, full);
    return r;
}

static int integrator_tick(struct integrator *i) {
    uint64_t durable = 0;
    int r = commit_flush(i->o.commit, &durable);
    if (r == 0) r = integrator_advance(i, durable);
    if (r == 0) r = integrator_sign(i, false);
    if (r == 0) r = wal_remove_covered(i->o.wal_fd, i->o.head.size, false);
    return integrator_judge(i, r);
}

static bool integrator_is_stopping(struct integrator *i) {
    lock_scoped(&i->lock);
    return i->stop;
}

/* beat, then key as the epoch's last entry, then the final checkpoint. */
static int integrator_roll(struct integrator *i, bool stop) {
    struct commit_counts n;
    commit_take_counts(i->o.commit, &n);
    struct event beat = { .type = EVENT_BEAT, .number = { n.opens, n.closes, n.denials, n.refusals }, .stop = stop };
    int r = commit_append(i->o.commit, &beat, false, NULL);
    if (r == 0) r = epoch_prepare(&i->o.epoch, i->o.keeper, i->o.origin);
    char vkey[NOTE_VKEY_LEN_MAX];
    if (r == 0) r = note_key_format(&i->o.epoch.next, vkey);
    struct event_log next = { .epoch = i->o.epoch.number + 1, .epoch_vkey = vkey };
    struct event key = { .type = EVENT_KEY, .log = &next };
    uint64_t index = 0;
    if (r == 0) r = commit_append(i->o.commit, &key, true, &index);
    uint64_t durable = 0;
    if (r == 0) r = commit_flush(i->o.commit, &durable); /* with durability = crash the append did not wait for the disk */
    while (r == 0) {
        r = integrator_advance(i, index + 1);
        if (r == 0) r = integrator_sign(i, true);
        if (integrator_judge(i, r) == 0) break;
        /* The key record is written: nothing else may be signed before its final. A full disk is waited for, unless we are to stop. */
        if ((r != -ENOSPC && r != -EDQUOT) || stop || integrator_is_stopping(i)) return r;
        struct timespec second = { .tv_sec = 1 };
        ignore(nanosleep(&second, NULL)); /* early is as good */
        r = 0;
    }
    if (r < 0) return integrator_judge(i, r);
    commit_set_epoch(i->o.commit, i->o.epoch.number);
    i->epoch_begun_us = clock_boottime_us();
    i->epoch_first = i->o.head.size;
    return wal_remove_covered(i->o.wal_fd, i->o.head.size, false);
}

/* Sleeps until there is something to do; true when asked to stop. */
static bool integrator_sleep(struct integrator *i, uint64_t *out_requested) {
    struct timespec until;
    int e = clock_gettime(CLOCK_MONOTONIC, &until);
    must(e == 0);
    uint64_t ns = (uint64_t) until.tv_nsec + INTEGRATOR_INTERVAL_MS * UINT64_C(1000000);
    until.tv_sec += (time_t) (ns / 1000000000u);
    until.tv_nsec = (long) (ns % 1000000000u);
    lock_scoped(&i->lock);
    e = 0;
    while (!i->stop && i->requested == i->served && e != ETIMEDOUT) e = pthread_cond_timedwait(&i->moved, &i->lock, &until);
    *out_requested = i->requested;
    return i->stop;
}

static void integrator_answer(struct integrator *i, uint64_t requested, int result) {
    lock_scoped(&i->lock);
    i->served = requested;
    i->served_result = result;
    int e = pthread_cond_broadcast(&i->moved);
    must(e == 0);
}

static bool integrator_epoch_is_over(const struct integrator *i) {
    return clock_boottime_us() - i->epoch_begun_us >= (uint64_t) i->o.epoch_s * 1000000u || i->o.head.size - i->epoch_first >= INTEGRATOR_EPOCH_ENTRIES;
}

static void *integrator_run(void *context) {
    struct integrator *i = context;
    uint64_t requested = 0;
    bool stop = false;
    while (!stop) {
        stop = integrator_sleep(i, &requested);
        int r = commit_is_halted(i->o.commit) ? -EIO : integrator_tick(i);
        if (r == 0 && (stop || integrator_epoch_is_over(i))) r = integrator_roll(i, stop);
        integrator_answer(i, requested, r);
    }
    return NULL;
}

int integrator_start(struct integrator *i) {
    int e = pthread_create(&i->thread, NULL, integrator_run, i);
    if (e != 0) return -e;
    i->started = true;
    return 0;
}

int integrator_request(struct integrator *i) {
    lock_scoped(&i->lock);
    uint64_t mine = ++i->requested;
    int e = pthread_cond_broadcast(&i->moved);
    must(e == 0);
    while (i->served < mine) {
        if (i->stop) return -ECANCELED;
        e = pthread_cond_wait(&i->moved, &i->lock);
        must(e == 0);
    }
    return i->served_result;
}

int integrator_stop(struct integrator *i) {
    if (!i->started) return 0;
    lock_take(&i->lock);
    i->stop = true;
    int e = pthread_cond_broadcast(&i->moved);
    must(e == 0);
    lock_give(&i->lock);
    e = pthread_join(i->thread, NULL);
    must(e == 0);
    i->started = false;
    return i->served_result;
}

void integrator_status(struct integrator *i, uint64_t *out_size, uint64_t *out_epoch) {
    lock_scoped(&i->lock);
    *out_size = i->size;
    *out_epoch = i->epoch;
}
