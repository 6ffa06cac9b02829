#include "fs/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "conf/base/lock.h"
#include "conf/base/log.h"
#include "conf/base/thread.h"
#include "fs/clerk.h"
#include "fs/manifest.h"
#include "fs/request.h"
#include "fs/status.h"
#include "fs/warm.h"

#define CONTROL_NAME "control.sock"

struct control {
    struct guard *guard;
    int fd, stop_pipe[2];
    uid_t owner;
    struct clerk *clerk;
    unsigned thread_count;
    pthread_t threads[CONTROL_THREADS];
    atomic_uint tellers;         /* threads that tell changes: never all of them */
    pthread_mutex_t change_lock; /* lock.h, 0: one change at a time */
};

/* The name is bound below a descriptor of its folder: sun_path holds 108 bytes, a path may hold 4,096. */
static int control_bind(int folder_fd, const char *name, mode_t mode, const struct stat *owner, int *out_fd) {
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int len = snprintf(at.sun_path, sizeof(at.sun_path), "/proc/self/fd/%d/%s", folder_fd, name);
    if (len < 0 || (size_t) len >= sizeof(at.sun_path)) return -ENAMETOOLONG;
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    ignore(unlinkat(folder_fd, name, 0)); /* of an earlier life; bind says what else is wrong */
    if (bind(fd, (const struct sockaddr *) &at, sizeof(at)) < 0 || fchmodat(folder_fd, name, mode, 0) < 0 ||
        fchownat(folder_fd, name, owner->st_uid, owner->st_gid, AT_SYMLINK_NOFOLLOW) < 0 || listen(fd, 16) < 0)
        return -errno;
    *out_fd = take_fd(fd);
    return 0;
}

/* The folder of a path and its last part. */
static int control_open_folder(const char *path, int *out_fd, const char **out_name) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    must(slash != NULL); /* conf takes absolute paths alone */
    size_t len = slash == path ? 1 : (size_t) (slash - path);
    memcpy(folder, path, len);
    folder[len] = '\0';
    ignore(mkdir(folder, 0755)); /* /run/deidfs is empty after each start of the machine; open says what else is wrong */
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -errno;
    *out_fd = fd;
    *out_name = slash + 1;
    return 0;
}

int control_listen(const struct conf *c, struct control_sockets *out, struct problem *p) {
    struct stat st;
    struct control_sockets at = { -1, -1 };
    _cleanup_(close_fd) int state_fd = open(c->state, O_PATH | O_DIRECTORY | O_CLOEXEC), folder_fd = -1;
    if (state_fd < 0 || fstat(state_fd, &st) < 0) return problem_set(p, -errno, "the control socket in %s: %s", c->state, strerror(errno));
    int r = control_bind(state_fd, CONTROL_NAME, 0660, &st, &at.own);
    if (r < 0) return problem_set(p, r, "the control socket in %s: %s", c->state, strerror(-r));
    const char *name = NULL;
    if (c->records_socket[0]) r = control_open_folder(c->records_socket, &folder_fd, &name);
    if (r == 0 && name) r = control_bind(folder_fd, name, 0666, &st, &at.open);
    if (r < 0) {
        close_fd(&at.own);
        return problem_set(p, r, "[records] socket = %s: %s", c->records_socket, strerror(-r));
    }
    *out = at;
    return 0;
}

void control_unlink(const char *state_dir, const char *records_socket) {
    _cleanup_(close_fd) int state_fd = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (state_fd >= 0) ignore(unlinkat(state_fd, CONTROL_NAME, 0)); /* a leftover is replaced by the next mount */
    if (records_socket[0]) ignore(unlink(records_socket));         /* as above */
}

static void control_answer(struct buf *out, int r, const struct problem *p) {
    if (r < 0) {
        (void) buf_append_printf(out, "error: %s\n", p->text[0] ? p->text : strerror(-r));
    } else {
        (void) buf_append_string(out, "ok\n");
    }
}

static void control_change(struct guard *g, struct bytes line, struct buf *out) {
    struct problem p = { .text = "" };
    int r = -EINVAL;
    if (bytes_equal(line, BYTES("reload"))) {
        r = guard_reload(g, &p);
    } else if (bytes_equal(line, BYTES("warm"))) {
        r = warm_start(g->warm);
        if (r == -EALREADY) r = problem_set(&p, r, "a walk is under way; status shows how far it is");
    } else if (bytes_equal(line, BYTES("revoke"))) {
        guard_revoke(g);
        r = 0;
    } else if (bytes_equal(line, BYTES("checkpoint"))) {
        r = journal_checkpoint(g->journal);
    } else {
        r = problem_set(&p, r, "unknown command; known: status status-json metrics changes reload warm revoke checkpoint");
    }
    control_answer(out, r, &p);
}

void control_command(struct guard *g, struct bytes line, bool privileged, struct buf *out) {
    static const struct {
        const char *word;
        enum status_form form;
    } questions[] = { { "status", STATUS_LINES }, { "status-json", STATUS_JSON }, { "metrics", STATUS_METRICS } };
    for (size_t i = 0; i < array_count(questions); i++) {
        if (!bytes_equal(line, bytes_from_string(questions[i].word))) continue;
        (void) buf_append_string(out, "ok\n");
        status_write(g, questions[i].form, out);
        return;
    }
    if (privileged) {
        control_change(g, line, out);
    } else {
        (void) buf_append_string(out, "error: only root and the owner of the state may do that\n");
    }
}

/* ---- changes */

/* One walk of the source, waited for; the flight is shared with whoever else asks. */
struct control_walk {
    struct waiter waiter; /* first */
    sem_t done;
    int error;
};

static void control_walked(struct waiter *waiter, const struct outcome *o) {
    struct control_walk *w = (struct control_walk *) waiter;
    w->error = o->error;
    must(sem_post(&w->done) == 0);
}

/* A large source takes longer than one document may: the wait is taken up again, the walk goes on meanwhile. */
static int control_walk(struct guard *g) {
    struct control_walk w = { .error = -ETIMEDOUT };
    const struct work work = { .kind = WORK_CENSUS, .path = "" };
    must(sem_init(&w.done, 0, 0) == 0);
    while (w.error == -ETIMEDOUT) {
        w.waiter = (struct waiter) { .finish = control_walked };
        w.error = workers_submit(g->workers, &work, &w.waiter);
        if (w.error < 0) break;
        while (sem_wait(&w.done) < 0) must(errno == EINTR);
    }
    (void) sem_destroy(&w.done);
    return w.error;
}

/* Where lines go, and until when: a client that reads a byte now and then must not hold up the end of the mount. */
struct control_teller {
    const struct guard *guard;
    int fd;
    uint64_t until_ns;
};

static int control_put(void *context, struct bytes data) {
    const struct control_teller *t = context;
    if (guard_is_stopping(t->guard) || clock_monotonic_ns() > t->until_ns) return -ETIMEDOUT;
    return io_write_full(t->fd, data);
}

/* Names of the view: for those who may read it. An answer that breaks off has no "cursor" line at its end. */
static int control_tell(struct control *c, int fd, const struct ucred *peer, struct bytes cursor) {
    struct guard *g = c->guard;
    struct control_teller teller = { .guard = g, .fd = fd };
    const struct manifest_sink sink = { .put = control_put, .context = &teller };
    struct policy *p = guard_policy(g);
    bool admitted = peer->uid == 0 || peer->uid == c->owner || policy_admits(p, peer->uid, peer->gid, (uint32_t) peer->pid);
    int r = admitted && !guard_is_revoked(g) ? 0 : -EACCES;
    if (r == 0) r = request_record_peer(g, p, peer);
    policy_unref(p);
    if (r == 0) r = control_walk(g);
    if (r == 0) r = io_write_full(fd, BYTES("ok\n"));
    teller.until_ns = clock_monotonic_ns() + CONTROL_TELL_S * 1000000000ull;
    return r == 0 ? manifest_changes(g, cursor, &sink) : r;
}

static void control_changes(struct control *c, int fd, const struct ucred *peer, struct bytes cursor) {
    const char *why = "error: too many ask at once; ask again\n";
    int r = 0;
    if (atomic_fetch_add(&c->tellers, 1) < CONTROL_THREADS - 1) {
        r = control_tell(c, fd, peer, cursor);
        why = r == -EACCES ? "error: [access] does not admit you, or access is revoked\n" : "error: the source could not be walked or recorded; see the log\n";
        if (r < 0) log_warning("changes-not-told", "error=%d", -r);
    } else {
        r = -EAGAIN;
    }
    atomic_fetch_sub(&c->tellers, 1);
    if (r < 0) ignore(io_write_full(fd, bytes_from_string(why))); /* who hangs up has his answer */
}

/* A line of at most CONTROL_LINE_LEN_MAX bytes, or the beginning of JSON; false: nothing sensible came in time. */
static bool control_read_line(int fd, char text[CONTROL_LINE_LEN_MAX], size_t *out_len) {
    size_t len = 0;
    while (len < CONTROL_LINE_LEN_MAX) {
        ssize_t n = recv(fd, text + len, CONTROL_LINE_LEN_MAX - len, 0);
        if (n <= 0) return false;
        char *end = memchr(text + len, '\n', (size_t) n);
        len += (size_t) n;
        if (end || text[0] == '{') {
            *out_len = text[0] == '{' ? len : (size_t) (end - text);
            return true;
        }
    }
    return false;
}

/* fd: closed by the caller unless taken. */
static void control_serve(struct control *c, int *fd_taken) {
    int fd = *fd_taken;
    const struct timeval patience = { .tv_sec = CONTROL_PATIENCE_S };
    struct ucred peer = { .uid = (uid_t) -1 };
    socklen_t peer_len = sizeof(peer);
    char line[CONTROL_LINE_LEN_MAX];
    size_t len = 0;
    _cleanup_(buf_release) struct buf answer;
    buf_init(&answer, CONTROL_ANSWER_LEN_MAX);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0) return;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0) return;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_len) < 0) return;
    if (!control_read_line(fd, line, &len)) return;
    if (line[0] == '{') {
        clerk_consume(c->clerk, take_fd(*fd_taken), &peer, bytes_make(line, len));
        return;
    }
    struct bytes command = bytes_make(line, len), word;
    if (bytes_starts_with(command, BYTES("changes")) && bytes_take(&command, 7, &word) && (command.len == 0 || command.ptr[0] == ' ')) {
        control_changes(c, fd, &peer, command.len == 0 ? command : bytes_make(command.ptr + 1, command.len - 1));
        return;
    }
    lock_take(&c->change_lock);
    control_command(c->guard, bytes_make(line, len), peer.uid == 0 || peer.uid == c->owner, &answer);
    lock_give(&c->change_lock);
    if (buf_error(&answer) == 0) ignore(io_write_full(fd, buf_bytes(&answer))); /* who hangs up has his answer */
}

static void *control_main(void *context) {
    struct control *c = context;
    for (;;) {
        struct pollfd fds[] = { { .fd = c->fd, .events = POLLIN }, { .fd = c->stop_pipe[0], .events = POLLIN } };
        if (poll(fds, array_count(fds), -1) < 0 && errno != EINTR) return NULL;
        if (fds[1].revents) return NULL;
        if (!(fds[0].revents & POLLIN)) continue;
        _cleanup_(close_fd) int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC); /* non-blocking: another thread may have been faster */
        if (fd >= 0) control_serve(c, &fd);
    }
}

static int control_start_threads(struct control *c) {
    int r = 0;
    for (unsigned i = 0; r == 0 && i < CONTROL_THREADS; i++) {
        r = thread_start(&c->threads[i], control_main, c);
        if (r == 0) c->thread_count++;
    }
    return r;
}

int control_new(struct guard *g, const struct control_sockets *at, uid_t owner, struct control **out_control) {
    struct control *c = calloc(1, sizeof(*c));
    if (!c) return -ENOMEM;
    c->guard = g;
    c->fd = at->own;
    c->owner = owner;
    if (pipe2(c->stop_pipe, O_CLOEXEC) < 0) {
        free(c);
        return -errno;
    }
    must(pthread_mutex_init(&c->change_lock, NULL) == 0);
    int r = clerk_new(g, at->open, &c->clerk);
    if (r == 0) r = control_start_threads(c);
    if (r < 0) {
        control_free(c);
        return r;
    }
    *out_control = c;
    return 0;
}

void control_free(struct control *c) {
    if (!c) return;
    close_fd(&c->stop_pipe[1]);
    for (unsigned i = 0; i < c->thread_count; i++) must(pthread_join(c->threads[i], NULL) == 0);
    close_fd(&c->stop_pipe[0]);
    clerk_free(c->clerk);
    (void) pthread_mutex_destroy(&c->change_lock);
    free(c);
}
