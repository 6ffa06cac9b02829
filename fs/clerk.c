#include "fs/clerk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "conf/base/clock.h"
#include "conf/base/lock.h"

enum { CLERK_ANSWER_LEN_MAX = 4096 };

/* One connection. */
struct clerk_peer {
    int fd;
    bool begun;        /* has sent a line */
    uint64_t heard_ns; /* CLOCK_MONOTONIC */
    struct submit_peer who;
    size_t len;
    char line[CLERK_LINE_LEN_MAX];
};

struct clerk {
    struct guard *guard;
    int open_fd;
    int wake_pipe[2]; /* a byte: somebody was handed over; the end: stop */
    pthread_t thread;
    pthread_mutex_t lock; /* lock.h, 2: handed_over */
    struct clerk_peer *handed_over[CLERK_PEERS_MAX];
    size_t handed_over_count;
    struct clerk_peer *peers[CLERK_PEERS_MAX]; /* the thread's */
    size_t peer_count;
};

/* Whoever does not take his answer is not waited for: false. */
static bool clerk_answer(struct clerk *c, struct clerk_peer *peer, struct bytes line) {
    _cleanup_(buf_release) struct buf answer;
    buf_init(&answer, CLERK_ANSWER_LEN_MAX);
    peer->begun = true;
    submit_line(c->guard, &peer->who, line, &answer);
    return buf_error(&answer) == 0 && send(peer->fd, answer.ptr, answer.len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t) answer.len;
}

/* False: the connection is over. */
static bool clerk_take_lines(struct clerk *c, struct clerk_peer *peer) {
    size_t begin = 0;
    for (char *end; (end = memchr(peer->line + begin, '\n', peer->len - begin)) != NULL; begin = (size_t) (end - peer->line) + 1) {
        if (!clerk_answer(c, peer, bytes_make(peer->line + begin, (size_t) (end - peer->line) - begin))) return false;
    }
    memmove(peer->line, peer->line + begin, peer->len - begin);
    peer->len -= begin;
    return peer->len < sizeof(peer->line);
}

static bool clerk_hear(struct clerk *c, struct clerk_peer *peer) {
    ssize_t n = recv(peer->fd, peer->line + peer->len, sizeof(peer->line) - peer->len, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (n <= 0) return false;
    peer->len += (size_t) n;
    peer->heard_ns = clock_monotonic_ns();
    return clerk_take_lines(c, peer);
}

static void clerk_end_peer(struct clerk *c, struct clerk_peer *peer) {
    submit_end(c->guard, &peer->who);
    close_fd(&peer->fd);
    explicit_bzero(peer, sizeof(*peer));
    free(peer);
}

static void clerk_drop(struct clerk *c, size_t i) {
    clerk_end_peer(c, c->peers[i]);
    c->peers[i] = c->peers[--c->peer_count];
}

static bool clerk_has_room(const struct clerk *c, uid_t uid) {
    size_t held = 0;
    for (size_t i = 0; i < c->peer_count; i++) held += c->peers[i]->who.uid == uid;
    return c->peer_count < CLERK_PEERS_MAX && (uid == 0 || held < CLERK_PEERS_A_USER_MAX);
}

static struct clerk_peer *clerk_new_peer(int fd, const struct ucred *peer) {
    struct clerk_peer *p = calloc(1, sizeof(*p));
    if (!p) return NULL;
    p->fd = fd;
    p->heard_ns = clock_monotonic_ns();
    p->who = (struct submit_peer) { .pid = (uint32_t) peer->pid, .uid = peer->uid, .gid = peer->gid };
    return p;
}

static void clerk_accept(struct clerk *c) {
    struct ucred peer = { .uid = (uid_t) -1 };
    socklen_t peer_len = sizeof(peer);
    _cleanup_(close_fd) int fd = accept4(c->open_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_len) < 0 || !clerk_has_room(c, peer.uid)) return;
    struct clerk_peer *p = clerk_new_peer(fd, &peer);
    if (!p) return;
    ignore(take_fd(fd)); /* the peer's now */
    c->peers[c->peer_count++] = p;
}

void clerk_consume(struct clerk *c, int fd, const struct ucred *peer, struct bytes heard) {
    _cleanup_(close_fd) int owned = fd;
    must(heard.len <= CLERK_LINE_LEN_MAX);
    struct clerk_peer *p = clerk_new_peer(fd, peer);
    if (!p) return;
    memcpy(p->line, heard.ptr, heard.len);
    p->len = heard.len;
    lock_take(&c->lock);
    bool room = c->handed_over_count < CLERK_PEERS_MAX;
    if (room) c->handed_over[c->handed_over_count++] = p;
    lock_give(&c->lock);
    if (!room) {
        free(p);
        return;
    }
    ignore(take_fd(owned)); /* the peer's now */
    ignore(write(c->wake_pipe[1], "", 1)); /* a full pipe wakes as well */
}

static void clerk_take_over(struct clerk *c) {
    struct clerk_peer *taken[CLERK_PEERS_MAX];
    char bytes[CLERK_PEERS_MAX];
    ignore(read(c->wake_pipe[0], bytes, sizeof(bytes))); /* how many does not matter */
    lock_take(&c->lock);
    size_t count = c->handed_over_count;
    memcpy(taken, c->handed_over, count * sizeof(taken[0]));
    c->handed_over_count = 0;
    lock_give(&c->lock);
    for (size_t i = 0; i < count; i++) {
        if (clerk_has_room(c, taken[i]->who.uid) && clerk_take_lines(c, taken[i])) c->peers[c->peer_count++] = taken[i];
        else clerk_end_peer(c, taken[i]);
    }
}

static bool clerk_waits_too_long(const struct clerk_peer *p) {
    uint64_t patience_s = p->begun ? CLERK_IDLE_S : CLERK_PATIENCE_S;
    return p->who.session == 0 && clock_monotonic_ns() - p->heard_ns > patience_s * 1000000000u;
}

static void *clerk_main(void *context) {
    enum { OPEN, WAKE, FIRST_PEER, TICK_MS = 1000 };
    struct clerk *c = context;
    struct pollfd fds[FIRST_PEER + CLERK_PEERS_MAX];
    for (;;) {
        size_t count = c->peer_count;
        fds[OPEN] = (struct pollfd) { .fd = c->open_fd, .events = POLLIN };
        fds[WAKE] = (struct pollfd) { .fd = c->wake_pipe[0], .events = POLLIN };
        for (size_t i = 0; i < count; i++) fds[FIRST_PEER + i] = (struct pollfd) { .fd = c->peers[i]->fd, .events = POLLIN };
        int n = poll(fds, FIRST_PEER + count, count > 0 ? TICK_MS : -1);
        if (n < 0 && errno != EINTR) return NULL;
        if (n > 0 && (fds[WAKE].revents & POLLHUP)) return NULL;
        /* From the last, since dropping one moves the last into its place. */
        for (size_t i = count; i-- > 0;) {
            bool heard = n > 0 && fds[FIRST_PEER + i].revents;
            if (heard ? !clerk_hear(c, c->peers[i]) : clerk_waits_too_long(c->peers[i])) clerk_drop(c, i);
        }
        if (n > 0 && (fds[WAKE].revents & POLLIN)) clerk_take_over(c);
        if (n > 0 && (fds[OPEN].revents & POLLIN)) clerk_accept(c);
    }
}

int clerk_new(struct guard *g, int open_fd, struct clerk **out_clerk) {
    struct clerk *c = calloc(1, sizeof(*c));
    if (!c) return -ENOMEM;
    c->guard = g;
    c->open_fd = open_fd;
    if (pipe2(c->wake_pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
        free(c);
        return -errno;
    }
    must(pthread_mutex_init(&c->lock, NULL) == 0);
    sigset_t all, before;
    must(sigfillset(&all) == 0 && pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    int r = -pthread_create(&c->thread, NULL, clerk_main, c);
    must(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    if (r == 0) {
        *out_clerk = c;
        return 0;
    }
    close_fd(&c->wake_pipe[0]);
    close_fd(&c->wake_pipe[1]);
    (void) pthread_mutex_destroy(&c->lock);
    free(c);
    return r;
}

void clerk_free(struct clerk *c) {
    if (!c) return;
    close_fd(&c->wake_pipe[1]);
    must(pthread_join(c->thread, NULL) == 0);
    close_fd(&c->wake_pipe[0]);
    while (c->peer_count > 0) clerk_drop(c, c->peer_count - 1);
    for (size_t i = 0; i < c->handed_over_count; i++) clerk_end_peer(c, c->handed_over[i]);
    (void) pthread_mutex_destroy(&c->lock);
    free(c);
}
