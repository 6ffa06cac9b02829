#include "conf/keeper.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "conf/base/confine.h"
#include "conf/base/lock.h"
#include "conf/base/msg.h"
#include "conf/keeper_serve.h"

struct keeper {
    pthread_mutex_t lock;
    int fd;
    pid_t pid;
    bool broken; /* a channel that failed once is not used again: an answer could belong to another request */
    struct buf request, answer;
};

/* Keeps the channel and the key files; whatever else the program had open is not the keeper's business. */
static void keeper_close_others(int fd, const struct keyring *keys) {
    int keep[4] = { fd, keys->subject_fd, keys->slots[0].fd, keys->slots[1].fd };
    unsigned from = 3;
    for (;;) {
        unsigned next = ~0u;
        for (size_t i = 0; i < array_count(keep); i++) {
            if (keep[i] >= (int) from && (unsigned) keep[i] < next) next = (unsigned) keep[i];
        }
        if (next != from) ignore(syscall(SYS_close_range, from, next == ~0u ? ~0u : next - 1, 0)); /* older kernels: files stay open, as before */
        if (next == ~0u) return;
        from = next + 1;
    }
}

/* Whoever reads a program's output through a pipe waits for its last writer: that must not be the keeper of a mount that went to the background. */
static void keeper_close_terminal(void) {
    _cleanup_(close_fd) int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++) {
        if (null_fd < 0 || dup2(null_fd, fd) < 0) ignore(close(fd)); /* nothing is read or printed here */
    }
}

static _noreturn_ void keeper_child(int fd, const char *state_dir) {
    struct keeper_state *state = secret_new(sizeof(*state));
    struct problem p = { .text = "the keeper got no locked memory; raise RLIMIT_MEMLOCK" };
    bool landlocked = false;
    int r = state ? keyring_load(state_dir, &state->keys, &p) : -ENOMEM;
    if (r == 0) {
        keeper_close_terminal();
        keeper_close_others(fd, &state->keys);
        ignore(signal(SIGINT, SIG_IGN)); /* Ctrl-C goes to the whole group; the keeper ends when its last client does */
        ignore(signal(SIGTERM, SIG_IGN));
        ignore(signal(SIGHUP, SIG_IGN));
        r = confine_process();
        if (r == 0) r = confine_capabilities(0);
        if (r == 0) r = confine_no_files(&landlocked);
        if (r < 0) ignore(problem_set(&p, r, "the keeper could not confine itself: %s", strerror(-r)));
    }
    struct buf hello;
    buf_init(&hello, sizeof(p.text) + 16);
    ignore(buf_append_be32(&hello, (uint32_t) -r)); /* sticky */
    if (r < 0) ignore(buf_append_string(&hello, p.text));
    if (msg_send(fd, 0, buf_bytes(&hello)) < 0 || r < 0) _exit(1);
    r = keeper_serve(fd, state);
    keyring_release(&state->keys);
    secret_free(state);
    _exit(r == 0 ? 0 : 1);
}

static void keeper_reap(pid_t pid) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
}

static int keeper_read_hello(struct keeper *k, struct problem *p) {
    uint32_t type = 0, status = 0;
    int r = msg_receive(k->fd, &type, &k->answer);
    struct bytes in = buf_bytes(&k->answer);
    if (r == 0 && !msg_take_u32(&in, &status)) r = -EBADMSG;
    if (r < 0) return problem_set(p, r, "the keeper process ended before it was ready: %s", strerror(-r));
    if (status != 0) return problem_set(p, -(int) status, "%.*s", (int) in.len, (const char *) in.ptr);
    return 0;
}

int keeper_start(const char *state_dir, struct keeper **out_keeper, struct problem *p) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return problem_set(p, -errno, "cannot make the keeper's channel: %s", strerror(errno));
    _cleanup_(close_fd) int ours = pair[0];
    _cleanup_(close_fd) int theirs = pair[1];
    struct keeper *k = calloc(1, sizeof(*k));
    if (!k) return problem_set(p, -ENOMEM, "out of memory");
    pid_t pid = fork();
    if (pid == 0) {
        close_fd(&ours);
        keeper_child(theirs, state_dir);
    }
    if (pid < 0) {
        int r = problem_set(p, -errno, "cannot start the keeper: %s", strerror(errno));
        free(k);
        return r;
    }
    close_fd(&theirs);
    *k = (struct keeper) { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = take_fd(ours), .pid = pid };
    buf_init(&k->request, MSG_PAYLOAD_LEN_MAX);
    buf_init(&k->answer, MSG_PAYLOAD_LEN_MAX);
    int r = keeper_read_hello(k, p);
    if (r < 0) {
        keeper_free(k);
        return r;
    }
    *out_keeper = k;
    return 0;
}

void keeper_free(struct keeper *k) {
    if (!k) return;
    close_fd(&k->fd);
    keeper_reap(k->pid);
    buf_release(&k->request);
    buf_release(&k->answer);
    free(k);
}

int keeper_pid(const struct keeper *k) {
    return k->pid;
}

int keeper_fd(const struct keeper *k) {
    return k->fd;
}

/* Sends what stands in k->request, receives into k->answer, takes the status off. *out points into k->answer. */
static int keeper_ask(struct keeper *k, enum keeper_request type, struct bytes *out) _holds_(k->lock) {
    if (k->broken) return -EPIPE;
    int r = buf_error(&k->request);
    if (r < 0) return r; /* too large to send: nothing was sent, the channel is whole */
    uint32_t answered = 0, status = 0;
    r = msg_send(k->fd, (uint32_t) type, buf_bytes(&k->request));
    if (r == 0) r = msg_receive(k->fd, &answered, &k->answer);
    struct bytes in = buf_bytes(&k->answer);
    if (r == 0 && (answered != (uint32_t) type || !msg_take_u32(&in, &status) || status > 4095)) r = -EBADMSG;
    if (r < 0) {
        k->broken = true;
        return r;
    }
    *out = in;
    return -(int) status;
}

/* For requests whose answer has one fixed length. */
static int keeper_ask_fixed(struct keeper *k, enum keeper_request type, size_t len, void *out) _holds_(k->lock) {
    struct bytes in = { 0 };
    int r = keeper_ask(k, type, &in);
    if (r < 0) return r;
    if (in.len != len) return -EBADMSG;
    if (len > 0) memcpy(out, in.ptr, len);
    buf_reset(&k->answer); /* wipes */
    return 0;
}

int keeper_index(struct keeper *k, struct bytes scope, const struct keeper_value *values, size_t count, uint8_t (*out)[KEEPER_INDEX_LEN]) {
    if (count == 0) return 0;
    if (count > UINT32_MAX) return -E2BIG;
    lock_scoped(&k->lock);
    buf_reset(&k->request);
    ignore(msg_put_bytes(&k->request, scope)); /* sticky, here and below; keeper_ask() checks */
    ignore(buf_append_be32(&k->request, (uint32_t) count));
    for (size_t i = 0; i < count; i++) {
        ignore(buf_append_be32(&k->request, (uint32_t) values[i].entity));
        ignore(msg_put_bytes(&k->request, values[i].value));
    }
    int r = keeper_ask_fixed(k, KEEPER_INDEX, count * KEEPER_INDEX_LEN, out);
    buf_reset(&k->request); /* wipes the values */
    return r;
}

int keeper_subject(struct keeper *k, char kind, struct bytes id, char out[KEEPER_SUBJECT_TOKEN_LEN]) {
    lock_scoped(&k->lock);
    buf_reset(&k->request);
    ignore(buf_append_be32(&k->request, (uint32_t) (unsigned char) kind)); /* sticky */
    ignore(msg_put_bytes(&k->request, id));
    struct bytes in = { 0 }, token = { 0 };
    int r = keeper_ask(k, KEEPER_SUBJECT, &in);
    buf_reset(&k->request);
    if (r < 0) return r;
    if (!msg_take_bytes(&in, &token) || in.len != 0 || token.len >= KEEPER_SUBJECT_TOKEN_LEN) return -EBADMSG;
    memcpy(out, token.ptr, token.len);
    out[token.len] = '\0';
    return 0;
}

int keeper_local_key(struct keeper *k, const char *purpose, struct key *out) {
    lock_scoped(&k->lock);
    buf_reset(&k->request);
    ignore(msg_put_bytes(&k->request, bytes_from_string(purpose))); /* sticky */
    return keeper_ask_fixed(k, KEEPER_LOCAL_KEY, KEY_LEN, out->raw);
}

int keeper_stable_public(struct keeper *k, uint8_t out[KEEPER_PUBLIC_LEN]) {
    lock_scoped(&k->lock);
    buf_reset(&k->request);
    return keeper_ask_fixed(k, KEEPER_STABLE_PUBLIC, KEEPER_PUBLIC_LEN, out);
}

int keeper_epoch_public(struct keeper *k, uint64_t *out_epoch, uint8_t out[KEEPER_PUBLIC_LEN]) {
    uint8_t raw[8 + KEEPER_PUBLIC_LEN];
    lock_scoped(&k->lock);
    buf_reset(&k->request);
    int r = keeper_ask_fixed(k, KEEPER_EPOCH_PUBLIC, sizeof(raw), raw);
    if (r < 0) return r;
    *out_epoch = bytes_load_be64(raw);
    memcpy(out, raw + 8, KEEPER_PUBLIC_LEN);
    return 0;
}

int keeper_epoch_prepare(struct keeper *k, uint8_t out_next[KEEPER_PUBLIC_LEN]) {
    lock_scoped(&k->lock);
    buf_reset(&k->request);
    return keeper_ask_fixed(k, KEEPER_EPOCH_PREPARE, KEEPER_PUBLIC_LEN, out_next);
}

int keeper_epoch_advance(struct keeper *k) {
    lock_scoped(&k->lock);
    buf_reset(&k->request);
    return keeper_ask_fixed(k, KEEPER_EPOCH_ADVANCE, 0, NULL);
}

int keeper_sign(struct keeper *k, struct bytes checkpoint_text, bool with_next, struct keeper_signatures *out) {
    static_assert(sizeof(*out) == (size_t) 3 * KEEPER_SIGNATURE_LEN, "three signatures, as they come over the channel");
    lock_scoped(&k->lock);
    buf_reset(&k->request);
    ignore(buf_append_be32(&k->request, with_next ? 1 : 0)); /* sticky */
    ignore(msg_put_bytes(&k->request, checkpoint_text));
    return keeper_ask_fixed(k, KEEPER_SIGN, sizeof(*out), out);
}
