#include "audit/commit.h"

#include <errno.h>

#include "conf/base/clock.h"
#include "conf/base/lock.h"
#include "conf/base/log.h"

struct commit {
    pthread_mutex_t lock;
    pthread_cond_t moved;      /* written, durable, halted, or the leader's seat is free */
    struct wal *wal;           /* the leader's while there is one */
    struct wal_batch pending;  /* grows under the lock */
    struct wal_batch flying;   /* the leader's */
    uint64_t next_index;
    uint64_t written;          /* entries below are in the file */
    uint64_t durable;          /* entries below are on the disk */
    struct entry_stamp last;
    struct entry_stamp boot;   /* of this boot; only its name is used */
    struct commit_counts counts;
    uint64_t epoch;
    bool strict;
    bool leading;
    bool sync_wanted;          /* somebody who is pending or written waits for the disk */
    bool halted;
    bool low_space;
};

int commit_new(const struct commit_options *o, struct commit **out_commit) {
    _cleanup_(commit_freep) struct commit *c = calloc(1, sizeof(*c));
    if (!c) return -ENOMEM;
    int e = pthread_mutex_init(&c->lock, NULL);
    must(e == 0);
    e = pthread_cond_init(&c->moved, NULL);
    must(e == 0);
    c->next_index = c->written = c->durable = o->size;
    c->last = o->last;
    entry_stamp_boot(&c->boot);
    c->strict = o->strict;
    c->epoch = o->epoch;
    int r = wal_batch_init(&c->pending);
    if (r == 0) r = wal_batch_init(&c->flying);
    if (r == 0) r = wal_new(o->wal_fd, o->origin, o->epoch, o->size, &c->wal);
    if (r < 0) return r;
    c->pending.first_index = o->size;
    *out_commit = take_ptr(c);
    return 0;
}

void commit_free(struct commit *c) {
    if (!c) return;
    wal_free(c->wal);
    wal_batch_release(&c->pending);
    wal_batch_release(&c->flying);
    ignore(pthread_cond_destroy(&c->moved));
    ignore(pthread_mutex_destroy(&c->lock));
    free(c);
}

static void commit_wake(struct commit *c) _holds_(c->lock);
static void commit_wake(struct commit *c) {
    int e = pthread_cond_broadcast(&c->moved);
    must(e == 0);
}

static void commit_sleep(struct commit *c) _holds_(c->lock);
static void commit_sleep(struct commit *c) {
    int e = pthread_cond_wait(&c->moved, &c->lock);
    must(e == 0);
}

static int commit_encode(struct commit *c, const struct event *ev) _holds_(c->lock);
static int commit_encode(struct commit *c, const struct event *ev) {
    uint8_t raw[ENTRY_LEN_MAX];
    size_t len = 0;
    int r = entry_encode(ev, &c->last, raw, &len);
    if (r < 0) return r;
    wal_batch_add(&c->pending, bytes_make(raw, len));
    c->next_index++;
    return 0;
}

/* Stamps and, where the clock stepped, explains. */
static int commit_stamp(struct commit *c) _holds_(c->lock);
static int commit_stamp(struct commit *c) {
    struct entry_stamp before = c->last, now = c->boot;
    entry_stamp_now(&now);
    c->last = now;
    if (before.boot[0] == '\0' || !entry_clock_jumps(&before, &now)) return 0;
    struct event ev = { .type = EVENT_CLOCK, .number = { before.time_us - before.mono_us, now.time_us - now.mono_us } };
    return commit_encode(c, &ev);
}

static void commit_count(struct commit *c, enum event_type t) _holds_(c->lock);
static void commit_count(struct commit *c, enum event_type t) {
    c->counts.opens += t == EVENT_OPEN;
    c->counts.closes += t == EVENT_CLOSE;
    c->counts.denials += t == EVENT_DENY;
    c->counts.refusals += t == EVENT_REFUSE;
    if (t == EVENT_OPEN) c->counts.open_now++;
    if (t == EVENT_CLOSE && c->counts.open_now > 0) c->counts.open_now--;
}

/* The last words go into the reserve of the current segment; whether they arrive is not in our hands any more. */
static void commit_last_words(struct commit *c, const struct entry_stamp *stamp, uint64_t index) {
    struct event ev = { .type = EVENT_HALT, .refusal = REFUSAL_JOURNAL };
    uint8_t raw[ENTRY_LEN_MAX];
    size_t len = 0;
    c->flying.len = 0;
    c->flying.count = 0;
    c->flying.first_index = index;
    if (entry_encode(&ev, stamp, raw, &len) < 0) return;
    wal_batch_add(&c->flying, bytes_make(raw, len));
    if (wal_write_last(c->wal, &c->flying) == 0) ignore(wal_sync(c->wal)); /* halting already */
}

static int commit_write(struct commit *c, bool sync) {
    int r = c->flying.count > 0 ? wal_write(c->wal, &c->flying) : 0;
    if (r == 0 && sync) r = wal_sync(c->wal);
    return r;
}

/* Takes the seat, writes what is pending, and what was written before and not yet synced is synced with it. */
static void commit_lead(struct commit *c) _holds_(c->lock);
static void commit_lead(struct commit *c) {
    struct wal_batch batch = c->pending;
    c->pending = c->flying;
    c->pending.len = 0;
    c->pending.count = 0;
    c->pending.first_index = c->next_index;
    c->flying = batch;
    bool sync = c->sync_wanted;
    uint64_t end = c->next_index;
    struct entry_stamp stamp = c->last;
    c->sync_wanted = false;
    c->leading = true;
    wal_set_epoch(c->wal, c->epoch);
    lock_give(&c->lock);

    int r = commit_write(c, sync);
    if (r < 0) {
        log_error("journal_halted", "error=%d (%s); reads are refused until the disk is repaired and the mount restarted", -r, strerror(-r));
        if (r == -ENOSPC) commit_last_words(c, &stamp, c->flying.first_index);
    }

    lock_take(&c->lock);
    c->leading = false;
    if (r < 0) c->halted = true;
    if (r == 0) c->written = end;
    if (r == 0 && sync) c->durable = end;
    commit_wake(c);
}

/* Until the entries below end are written (durable with sync), leading whenever the seat is free. */
static int commit_await(struct commit *c, uint64_t end, bool sync) _holds_(c->lock);
static int commit_await(struct commit *c, uint64_t end, bool sync) {
    for (;;) {
        if ((sync ? c->durable : c->written) >= end) return 0;
        if (c->halted) return -EIO;
        if (sync) c->sync_wanted = true;
        if (c->leading) commit_sleep(c);
        else commit_lead(c);
    }
}

int commit_append(struct commit *c, const struct event *ev, bool wait, uint64_t *out_index) {
    lock_scoped(&c->lock);
    if (c->low_space && (ev->type == EVENT_OPEN || ev->type == EVENT_LIST)) return -ENOSPC;
    /* Two entries: a clock record may come first. */
    while (!c->halted && (!wal_batch_has_room(&c->pending) || c->pending.len + 2 * (2 + ENTRY_LEN_MAX) > WAL_PAYLOAD_LEN_MAX)) {
        if (c->leading) commit_sleep(c);
        else commit_lead(c);
    }
    if (c->halted) return -EIO;
    int r = commit_stamp(c);
    uint64_t index = c->next_index;
    if (r == 0) r = commit_encode(c, ev);
    if (r < 0) return r;
    commit_count(c, ev->type);
    r = commit_await(c, index + 1, wait && c->strict);
    if (r < 0) return r;
    if (out_index) *out_index = index;
    return 0;
}

int commit_flush(struct commit *c, uint64_t *out_durable) {
    lock_scoped(&c->lock);
    int r = commit_await(c, c->next_index, true);
    *out_durable = c->durable;
    return r;
}

uint64_t commit_durable(struct commit *c) {
    lock_scoped(&c->lock);
    return c->durable;
}

void commit_halt(struct commit *c, const char *reason, int error) {
    lock_scoped(&c->lock);
    while (c->leading) commit_sleep(c);
    if (c->halted) return;
    log_error("journal_halted", "reason=%s error=%d (%s); reads are refused until the mount is restarted", reason, -error, strerror(-error));
    c->halted = true;
    if (c->pending.count == 0) commit_last_words(c, &c->last, c->next_index);
    commit_wake(c);
}

bool commit_is_halted(struct commit *c) {
    lock_scoped(&c->lock);
    return c->halted;
}

void commit_set_low_space(struct commit *c, bool low) {
    lock_scoped(&c->lock);
    c->low_space = low;
}

bool commit_is_low_space(struct commit *c) {
    lock_scoped(&c->lock);
    return c->low_space;
}

void commit_set_epoch(struct commit *c, uint64_t epoch) {
    lock_scoped(&c->lock);
    c->epoch = epoch;
}

uint64_t commit_segment_len(struct commit *c) {
    lock_scoped(&c->lock);
    while (c->leading) commit_sleep(c);
    return wal_segment_len(c->wal);
}

void commit_take_counts(struct commit *c, struct commit_counts *out) {
    lock_scoped(&c->lock);
    *out = c->counts;
    c->counts = (struct commit_counts) { .open_now = c->counts.open_now };
}

void commit_peek_counts(struct commit *c, struct commit_counts *out) {
    lock_scoped(&c->lock);
    *out = c->counts;
}
