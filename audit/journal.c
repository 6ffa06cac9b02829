#include "audit/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "audit/commit.h"
#include "audit/guard.h"
#include "audit/integrator.h"
#include "audit/recover.h"
#include "audit/tile.h"
#include "conf/base/io.h"
#include "conf/base/log.h"

enum { JOURNAL_EPOCH_S_DEFAULT = 60 };

struct journal {
    int log_fd, wal_fd, lock_fd;
    char origin[CHECKPOINT_ORIGIN_LEN_MAX + 1];
    char guard_path[PATH_MAX];
    struct commit *commit;
    struct integrator *integrator;
};

static void journal_free(struct journal *j) {
    if (!j) return;
    integrator_free(j->integrator);
    commit_free(j->commit);
    close_fd(&j->log_fd);
    close_fd(&j->wal_fd);
    close_fd(&j->lock_fd);
    free(j);
}

static void journal_freep(struct journal **j) {
    journal_free(*j);
    *j = NULL;
}

static int journal_open_dir(int dir_fd, const char *name, int *out_fd) {
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -errno;
    *out_fd = fd;
    return 0;
}

/* The folders and the lock. */
static int journal_new(const struct journal_options *o, struct journal **out_journal, struct problem *p) {
    _cleanup_(journal_freep) struct journal *j = calloc(1, sizeof(*j));
    if (!j) return -ENOMEM;
    j->log_fd = j->wal_fd = j->lock_fd = -1;
    size_t origin_len = strlen(o->origin), guard_len = o->checkpoint_copy ? strlen(o->checkpoint_copy) : 0;
    if (origin_len == 0 || origin_len >= sizeof(j->origin) || guard_len >= sizeof(j->guard_path)) return problem_set(p, -EINVAL, "journal: origin or checkpoint_copy is empty or too long");
    memcpy(j->origin, o->origin, origin_len + 1);
    if (guard_len > 0) memcpy(j->guard_path, o->checkpoint_copy, guard_len + 1);
    _cleanup_(close_fd) int dir_fd = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0) return problem_set(p, -errno, "journal: %s cannot be opened (%s)", o->dir, strerror(errno));
    int r = journal_open_dir(dir_fd, "log", &j->log_fd);
    if (r == 0) r = journal_open_dir(dir_fd, "wal", &j->wal_fd);
    if (r < 0) return problem_set(p, r, "journal: %s is not a journal (%s)", o->dir, strerror(-r));
    j->lock_fd = openat(dir_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (j->lock_fd < 0) return problem_set(p, -errno, "journal: the lock cannot be opened (%s)", strerror(errno));
    if (flock(j->lock_fd, LOCK_EX | LOCK_NB) < 0) return problem_set(p, -errno, "journal: another process writes to %s", o->dir);
    *out_journal = take_ptr(j);
    return 0;
}

static const char *journal_guard(const struct journal *j) {
    return j->guard_path[0] ? j->guard_path : NULL;
}

static int journal_write_vkey(int log_fd, const char *path, const struct note_key *k) {
    char vkey[NOTE_VKEY_LEN_MAX + 2];
    int r = note_key_format(k, vkey);
    if (r < 0) return r;
    size_t len = strlen(vkey);
    vkey[len] = '\n'; /* one byte of room was kept */
    vkey[len + 1] = '\0';
    return io_replace_file_at(log_fd, path, bytes_from_string(vkey), TILE_FILE_MODE);
}

static int journal_write_vkeys(int log_fd, const struct epoch *e) {
    char path[EPOCH_PATH_LEN], dir[EPOCH_PATH_LEN];
    epoch_path(path, e->number, "vkey");
    memcpy(dir, path, sizeof(dir));
    *strrchr(dir, '/') = '\0';
    int r = io_make_dirs_at(log_fd, "epoch", TILE_DIR_MODE);
    if (r == 0) r = io_make_dirs_at(log_fd, dir, TILE_DIR_MODE);
    if (r == 0) r = journal_write_vkey(log_fd, path, &e->current);
    if (r == 0) r = journal_write_vkey(log_fd, "log.vkey", &e->stable);
    return r;
}

static int journal_append_genesis(struct commit *c, const struct journal_options *o, const struct epoch *e, const uint8_t *predecessor) {
    char stable[NOTE_VKEY_LEN_MAX], first[NOTE_VKEY_LEN_MAX];
    int r = note_key_format(&e->stable, stable);
    if (r == 0) r = note_key_format(&e->current, first);
    if (r < 0) return r;
    struct event_log log = {
        .origin = o->origin, .stable_vkey = stable, .epoch_vkey = first, .epoch = e->number, .predecessor = predecessor,
        .epoch_s = o->epoch_s > 0 ? o->epoch_s : JOURNAL_EPOCH_S_DEFAULT,
    };
    struct event genesis = { .type = EVENT_GENESIS, .log = &log };
    return commit_append(c, &genesis, true, NULL);
}

/* The first record and its checkpoint, by the same way as all others. */
static int journal_begin(struct journal *j, const struct journal_options *o, struct keeper *k, const struct epoch *e) {
    struct checkpoint before;
    int has_before = journal_guard(j) ? guard_read(journal_guard(j), &e->stable, &before) : GUARD_NONE;
    /* A copy signed by another key belongs to a log we know nothing about; it stays unnamed, and is replaced below. */
    const uint8_t *predecessor = has_before == 0 ? before.root.raw : NULL;
    int r = wal_remove_covered(j->wal_fd, 0, true); /* of a creation that was cut short */
    struct commit_options options = { .wal_fd = j->wal_fd, .origin = j->origin, .epoch = e->number, .strict = true };
    if (r == 0) r = commit_new(&options, &j->commit);
    if (r == 0) r = journal_append_genesis(j->commit, o, e, predecessor);
    struct integrator_options in = { .log_fd = j->log_fd, .wal_fd = j->wal_fd, .origin = j->origin, .guard_path = journal_guard(j), .keeper = k, .epoch = *e };
    memcpy(in.head.origin, j->origin, sizeof(in.head.origin));
    if (r == 0) r = integrator_new(&in, &j->integrator);
    if (r == 0) r = integrator_advance(j->integrator, 1);
    if (r == 0) r = journal_write_vkeys(j->log_fd, e);
    if (r == 0) r = integrator_sign(j->integrator, false);
    if (r == 0) r = wal_remove_covered(j->wal_fd, 1, true);
    return r;
}

int journal_create(const struct journal_options *o, struct keeper *k, struct problem *p) {
    if (mkdir(o->dir, 0750) < 0 && errno != EEXIST) return problem_set(p, -errno, "journal: %s cannot be made (%s)", o->dir, strerror(errno));
    {
        _cleanup_(close_fd) int dir_fd = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd < 0) return problem_set(p, -errno, "journal: %s cannot be opened (%s)", o->dir, strerror(errno));
        int r = io_make_dirs_at(dir_fd, "log", TILE_DIR_MODE);
        if (r == 0) r = io_make_dirs_at(dir_fd, "wal", 0700);
        if (r < 0) return problem_set(p, r, "journal: folders in %s cannot be made (%s)", o->dir, strerror(-r));
    }
    _cleanup_(journal_freep) struct journal *j = NULL;
    int r = journal_new(o, &j, p);
    if (r < 0) return r;
    if (faccessat(j->log_fd, "checkpoint", F_OK, AT_SYMLINK_NOFOLLOW) == 0) return problem_set(p, -EEXIST, "journal: %s holds one already", o->dir);
    struct epoch e;
    r = epoch_load(k, j->origin, &e);
    if (r == 0) r = journal_begin(j, o, k, &e);
    return r < 0 ? problem_set(p, r, "journal: cannot be begun in %s (%s)", o->dir, strerror(-r)) : 0;
}

/* The stamp of the last entry, for the clock's continuity; and whether the writer before us stopped cleanly. */
static int journal_read_last(const struct journal *j, uint64_t size, struct entry_stamp *out, bool *out_clean) {
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, ENTRY_LEN_MAX);
    int r = tile_read_entry(j->log_fd, size - 1, size, &raw);
    struct entry e;
    if (r == 0) r = entry_read(buf_bytes(&raw), &e);
    if (r < 0) return r;
    *out = (struct entry_stamp) { .time_us = e.time_us, .mono_us = e.mono_us };
    memcpy(out->boot, e.field[ENTRY_BOOT].ptr, ENTRY_BOOT_LEN);
    *out_clean = e.type == EVENT_KEY || e.type == EVENT_GENESIS;
    return 0;
}

/* Everything whole becomes part of the signed tree before anything new is taken. */
static int journal_catch_up(struct journal *j, struct recover *rec, const struct integrator_options *in) {
    int r = integrator_new(in, &j->integrator);
    if (r == 0 && rec->has_key) {
        r = integrator_advance(j->integrator, rec->key_index + 1);
        if (r == 0) r = integrator_finish_epoch(j->integrator);
    }
    if (r == 0) r = integrator_advance(j->integrator, rec->end);
    if (r == 0) r = integrator_sign(j->integrator, false);
    if (r == 0) r = wal_remove_covered(j->wal_fd, rec->end, true);
    return r;
}

static int journal_take_over(struct journal *j, const struct recover *rec, bool strict) {
    struct commit_options options = { .wal_fd = j->wal_fd, .origin = j->origin, .size = rec->end, .strict = strict };
    uint64_t size = 0;
    bool clean = false;
    integrator_status(j->integrator, &size, &options.epoch);
    int r = journal_read_last(j, rec->end, &options.last, &clean);
    if (r == 0) r = commit_new(&options, &j->commit);
    if (r < 0) return r;
    integrator_attach(j->integrator, j->commit);
    if (!clean || rec->torn_len > 0 || rec->lost > 0) {
        struct event ev = { .type = EVENT_RECOVER, .number = { rec->head.size, rec->end, rec->torn_len, rec->lost } };
        r = commit_append(j->commit, &ev, true, NULL);
        log_notice("journal_recovered", "records=%llu replayed=%llu torn_bytes=%llu lost=%llu", (unsigned long long) rec->end,
                   (unsigned long long) (rec->end - rec->head.size), (unsigned long long) rec->torn_len, (unsigned long long) rec->lost);
    }
    return r < 0 ? r : integrator_start(j->integrator);
}

int journal_open(const struct journal_options *o, struct keeper *k, struct journal **out_journal, struct problem *p) {
    _cleanup_(journal_freep) struct journal *j = NULL;
    int r = journal_new(o, &j, p);
    if (r < 0) return r;
    struct recover_input in = {
        .log_fd = j->log_fd, .wal_fd = j->wal_fd, .origin = j->origin, .guard_path = journal_guard(j), .keeper = k, .accept_loss = o->accept_loss,
    };
    struct recover rec;
    r = recover_head(&in, &rec, p);
    if (r == 0) r = recover_wal(&in, &rec, p);
    if (r < 0) return r;
    struct integrator_options options = {
        .log_fd = j->log_fd, .wal_fd = j->wal_fd, .origin = j->origin, .guard_path = journal_guard(j), .keeper = k,
        .head = rec.head, .epoch = rec.epoch, .epoch_s = o->epoch_s > 0 ? o->epoch_s : JOURNAL_EPOCH_S_DEFAULT,
    };
    r = journal_catch_up(j, &rec, &options);
    if (r == -EUCLEAN) return problem_set(p, r, "journal: its files are not the tree its checkpoint signs; nothing was changed. Run deidfs-journal verify");
    if (r == 0) r = journal_take_over(j, &rec, o->durability_strict);
    if (r < 0) return problem_set(p, r, "journal: %s cannot be continued (%s)", o->dir, strerror(-r));
    *out_journal = take_ptr(j);
    return 0;
}

int journal_close(struct journal *j) {
    if (!j) return 0;
    int r = integrator_stop(j->integrator);
    uint64_t size = 0, epoch = 0;
    integrator_status(j->integrator, &size, &epoch);
    /* Only what is signed may leave the WAL: after a clean stop that is everything. */
    if (r == 0 && size == commit_durable(j->commit)) r = wal_remove_covered(j->wal_fd, size, true);
    journal_free(j);
    return r;
}

int journal_append(struct journal *j, const struct event *ev, uint64_t *out_index) {
    return commit_append(j->commit, ev, false, out_index);
}

int journal_append_wait(struct journal *j, const struct event *ev, uint64_t *out_index) {
    return commit_append(j->commit, ev, true, out_index);
}

int journal_checkpoint(struct journal *j) {
    return integrator_request(j->integrator);
}

void journal_status(struct journal *j, struct journal_status *out) {
    struct journal_status s = { .size = commit_durable(j->commit), .halted = commit_is_halted(j->commit), .low_space = commit_is_low_space(j->commit) };
    integrator_status(j->integrator, &s.checkpoint_size, &s.epoch);
    *out = s;
}
