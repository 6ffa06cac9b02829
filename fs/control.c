#include "fs/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "conf/base/io.h"
#include "conf/base/log.h"
#include "fs/status.h"
#include "fs/warm.h"

#define CONTROL_NAME "control.sock"

struct control {
    struct guard *guard;
    int fd, stop_pipe[2];
    uid_t owner;
    pthread_t thread;
};

/* The name is bound below a descriptor of its folder: sun_path holds 108 bytes, a state's path may hold 4,096. */
static void control_address(int state_fd, struct sockaddr_un *out) {
    *out = (struct sockaddr_un) { .sun_family = AF_UNIX };
    int len = snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/" CONTROL_NAME, state_fd);
    must(len > 0 && (size_t) len < sizeof(out->sun_path));
}

int control_listen(const char *state_dir, int *out_fd, struct problem *p) {
    struct sockaddr_un at;
    struct stat st;
    _cleanup_(close_fd) int state_fd = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (state_fd < 0 || fd < 0 || fstat(state_fd, &st) < 0) return problem_set(p, -errno, "the control socket in %s: %s", state_dir, strerror(errno));
    control_address(state_fd, &at);
    ignore(unlinkat(state_fd, CONTROL_NAME, 0)); /* of an earlier life; bind says what else is wrong */
    if (bind(fd, (const struct sockaddr *) &at, sizeof(at)) < 0 || fchmodat(state_fd, CONTROL_NAME, 0660, 0) < 0 ||
        fchownat(state_fd, CONTROL_NAME, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0 || listen(fd, 16) < 0)
        return problem_set(p, -errno, "the control socket in %s: %s", state_dir, strerror(errno));
    *out_fd = take_fd(fd);
    return 0;
}

void control_unlink(const char *state_dir) {
    _cleanup_(close_fd) int state_fd = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (state_fd >= 0) ignore(unlinkat(state_fd, CONTROL_NAME, 0)); /* a leftover is replaced by the next mount */
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
        r = problem_set(&p, r, "unknown command; known: status status-json metrics reload warm revoke checkpoint");
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

/* A line of at most CONTROL_LINE_LEN_MAX bytes; false: nothing sensible came in time. */
static bool control_read_line(int fd, char text[CONTROL_LINE_LEN_MAX], size_t *out_len) {
    size_t len = 0;
    while (len < CONTROL_LINE_LEN_MAX) {
        ssize_t n = recv(fd, text + len, CONTROL_LINE_LEN_MAX - len, 0);
        if (n <= 0) return false;
        char *end = memchr(text + len, '\n', (size_t) n);
        len += (size_t) n;
        if (end) {
            *out_len = (size_t) (end - text);
            return true;
        }
    }
    return false;
}

static void control_serve(struct control *c, int fd) {
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
    control_command(c->guard, bytes_make(line, len), peer.uid == 0 || peer.uid == c->owner, &answer);
    if (buf_error(&answer) == 0) ignore(io_write_full(fd, buf_bytes(&answer))); /* who hangs up has his answer */
}

static void *control_main(void *context) {
    struct control *c = context;
    for (;;) {
        struct pollfd fds[] = { { .fd = c->fd, .events = POLLIN }, { .fd = c->stop_pipe[0], .events = POLLIN } };
        if (poll(fds, array_count(fds), -1) < 0 && errno != EINTR) return NULL;
        if (fds[1].revents) return NULL;
        if (!(fds[0].revents & POLLIN)) continue;
        _cleanup_(close_fd) int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) control_serve(c, fd);
    }
}

int control_new(struct guard *g, int fd, uid_t owner, struct control **out_control) {
    struct control *c = calloc(1, sizeof(*c));
    if (!c) return -ENOMEM;
    *c = (struct control) { .guard = g, .fd = fd, .owner = owner };
    if (pipe2(c->stop_pipe, O_CLOEXEC) < 0) {
        free(c);
        return -errno;
    }
    sigset_t all, before;
    must(sigfillset(&all) == 0 && pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    int r = -pthread_create(&c->thread, NULL, control_main, c);
    must(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    if (r < 0) {
        close_fd(&c->stop_pipe[0]);
        close_fd(&c->stop_pipe[1]);
        free(c);
        return r;
    }
    *out_control = c;
    return 0;
}

void control_free(struct control *c) {
    if (!c) return;
    close_fd(&c->stop_pipe[1]);
    must(pthread_join(c->thread, NULL) == 0);
    close_fd(&c->stop_pipe[0]);
    free(c);
}
