#include "tools/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/journal.h"
#include "tools/daemon.h"

enum { RECORDER_WAIT_MS = 10000, RECORDER_STEP_MS = 50 };

struct recorder {
    const struct conf *conf;
    int fd; /* of the mount; -1: direct */
    struct keeper *keeper;
    struct journal *journal;
    struct actor who;
    uid_t owner; /* of the state */
    bool was_root;
};

/* What root writes here the mount must be able to write on: files of the journal belong to the state's owner. Effective ids alone, and back again. */
static int recorder_become_owner(struct recorder *r, struct problem *p) {
    struct stat st;
    if (stat(r->conf->state, &st) < 0) return problem_set(p, -errno, "state %s: %s", r->conf->state, strerror(errno));
    r->owner = st.st_uid;
    if (geteuid() == st.st_uid) return 0;
    if (geteuid() != 0) return problem_set(p, -EACCES, "no mount runs, and only root or the owner of %s can write the journal", r->conf->state);
    if (setegid(st.st_gid) < 0 || seteuid(st.st_uid) < 0) return problem_set(p, -errno, "cannot become the state's owner: %s", strerror(errno));
    r->was_root = true;
    return 0;
}

static void recorder_become_root(struct recorder *r) {
    if (r->was_root) must(seteuid(0) == 0 && setegid(getgid()) == 0);
    r->was_root = false;
}

/* -EAGAIN: another writer, perhaps a mount that is just starting. */
static int recorder_open_journal(struct recorder *r, struct problem *p) {
    const struct conf *c = r->conf;
    const struct journal_options options = { .dir = c->journal, .checkpoint_copy = c->checkpoint_copy, .origin = c->origin, .epoch_s = c->epoch_s,
                                             .durability_strict = true };
    int e = recorder_become_owner(r, p);
    if (e == 0) e = keeper_start(c->state, &r->keeper, p);
    if (e == 0) e = journal_open(&options, r->keeper, &r->journal, p);
    if (e == 0) return 0;
    keeper_free(r->keeper);
    r->keeper = NULL;
    recorder_become_root(r);
    return e;
}

static void recorder_pause(void) {
    struct timespec step = { .tv_nsec = RECORDER_STEP_MS * 1000000L };
    ignore(nanosleep(&step, NULL)); /* woken early: it only tries earlier */
}

int recorder_open(const struct conf *c, struct recorder **out_recorder, struct problem *p) {
    _cleanup_(free_ptr) struct recorder *r = calloc(1, sizeof(*r));
    if (!r) return problem_set(p, -ENOMEM, "out of memory");
    must(sodium_init() >= 0);
    *r = (struct recorder) { .conf = c, .fd = -1 };
    actor_of_self(&r->who);
    int e;
    for (int waited = 0;; waited += RECORDER_STEP_MS) {
        e = daemon_connect_records(c, &r->fd, p);
        if (e == -ECONNREFUSED) e = recorder_open_journal(r, p);
        if (e != -EAGAIN || waited >= RECORDER_WAIT_MS) break;
        recorder_pause();
    }
    if (e < 0) return e;
    *out_recorder = take_ptr(r);
    return 0;
}

static int recorder_append(struct recorder *r, struct bytes line, uint64_t *out_index, struct problem *p) {
    struct submission s;
    struct event ev;
    int e = submission_parse(line, &s, p);
    if (e == 0 && s.type == EVENT_SESSION) e = problem_set(p, -EPERM, "no mount runs: there is nothing to bind a session to");
    if (e == 0 && !submission_admits(s.type, r->conf, r->owner, r->who.uid)) e = problem_set(p, -EPERM, "this user may not do that; see [records]");
    if (e == 0) e = submission_check(&s, r->conf, p);
    if (e < 0) return e;
    e = submission_event(&s, r->keeper, &ev);
    ev.who = &r->who;
    if (e == 0) e = journal_append_wait(r->journal, &ev, out_index);
    return e < 0 ? problem_set(p, e, "the record could not be written (%s)", strerror(-e)) : 0;
}

int recorder_submit(struct recorder *r, struct bytes line, uint64_t *out_index, struct problem *p) {
    if (r->fd < 0) return recorder_append(r, line, out_index, p);
    _cleanup_(buf_release) struct buf answer;
    buf_init(&answer, SUBMISSION_LEN_MAX);
    int e = daemon_exchange(r->fd, line, &answer, p);
    return e < 0 ? e : daemon_read_answer(buf_bytes(&answer), out_index, p);
}

int recorder_close(struct recorder *r) {
    if (!r) return 0;
    int e = r->journal ? journal_close(r->journal) : 0;
    keeper_free(r->keeper);
    recorder_become_root(r);
    close_fd(&r->fd);
    free(r);
    return e;
}
