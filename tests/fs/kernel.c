#include "tests/fs/kernel.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "fs/ops.h"
#include "tests/harness.h"

enum { KERNEL_MESSAGE_MAX = 1 << 17 };

struct kernel {
    struct ops_session session;
    struct fuse_session *fuse;
    int pair[2]; /* 0 ours, 1 the session's */
    pthread_t thread;
    uint64_t unique;
    uint32_t tid, uid;
    uint8_t message[KERNEL_MESSAGE_MAX];
};

static ssize_t kernel_writev(int fd, struct iovec *iov, int count, void *userdata) {
    (void) userdata;
    return writev(fd, iov, count);
}

static ssize_t kernel_receive(int fd, void *to, size_t len, void *userdata) {
    (void) userdata;
    ssize_t n = recv(fd, to, len, 0);
    if (n != 0) return n;
    errno = ENODEV; /* unmounted */
    return -1;
}

static void *kernel_main(void *context) {
    struct kernel *k = context;
    (void) fuse_session_loop(k->fuse);
    return NULL;
}

static void kernel_told(void *context) {
    (void) context;
}

static void kernel_init(struct kernel *k) {
    const struct fuse_init_in in = { .major = FUSE_KERNEL_VERSION, .minor = 38, .max_readahead = 1 << 17, .flags = FUSE_ASYNC_READ | FUSE_DO_READDIRPLUS |
                                     FUSE_READDIRPLUS_AUTO | FUSE_EXPLICIT_INVAL_DATA | FUSE_MAX_PAGES };
    struct fuse_init_out out;
    long n = kernel_ask(k, FUSE_INIT, 0, bytes_make(&in, sizeof(in)), &out, sizeof(out));
    REQUIRE(n > 0 && out.major == FUSE_KERNEL_VERSION);
}

struct kernel *kernel_start(struct guard *g) {
    static const struct fuse_custom_io io = { .writev = kernel_writev, .read = kernel_receive };
    struct kernel *k = calloc(1, sizeof(*k));
    char name[] = "kernel";
    char *argv[] = { name, NULL };
    struct fuse_args args = FUSE_ARGS_INIT(1, argv);
    const int room = 4 << 20;
    REQUIRE(k != NULL);
    k->session = (struct ops_session) { .guard = g, .ready = { .tell = kernel_told } };
    k->tid = (uint32_t) getpid();
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, k->pair) == 0);
    for (int i = 0; i < 2; i++) (void) setsockopt(k->pair[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    k->fuse = fuse_session_new(&args, ops_table(), sizeof(struct fuse_lowlevel_ops), &k->session);
    fuse_opt_free_args(&args);
    REQUIRE(k->fuse != NULL && fuse_session_custom_io(k->fuse, &io, k->pair[1]) == 0);
    REQUIRE(pthread_create(&k->thread, NULL, kernel_main, k) == 0);
    kernel_init(k);
    return k;
}

void kernel_stop(struct kernel *k) {
    close_fd(&k->pair[0]);
    (void) pthread_join(k->thread, NULL);
    guard_stop_workers(k->session.guard);
    ops_close_all(k->session.guard);
    fuse_session_destroy(k->fuse); /* closes its end */
    free(k);
}

void kernel_as(struct kernel *k, uint32_t tid, uint32_t uid) {
    k->tid = tid;
    k->uid = uid;
}

void kernel_tell(struct kernel *k, uint32_t opcode, uint64_t node, struct bytes in) {
    const struct fuse_in_header h = { .len = (uint32_t) (sizeof(h) + in.len), .opcode = opcode, .unique = k->unique += 2, .nodeid = node, .uid = k->uid,
                                      .gid = k->uid, .pid = k->tid };
    memcpy(k->message, &h, sizeof(h));
    if (in.len > 0) memcpy(k->message + sizeof(h), in.ptr, in.len);
    REQUIRE(send(k->pair[0], k->message, h.len, MSG_NOSIGNAL) == (ssize_t) h.len);
}

long kernel_ask(struct kernel *k, uint32_t opcode, uint64_t node, struct bytes in, void *out, size_t out_len) {
    struct fuse_out_header h;
    kernel_tell(k, opcode, node, in);
    ssize_t n = recv(k->pair[0], k->message, sizeof(k->message), 0);
    REQUIRE(n >= (ssize_t) sizeof(h));
    memcpy(&h, k->message, sizeof(h));
    REQUIRE(h.unique == k->unique && h.len == (uint32_t) n);
    if (h.error != 0) return h.error;
    size_t len = (size_t) n - sizeof(h);
    if (out) memcpy(out, k->message + sizeof(h), len < out_len ? len : out_len);
    return (long) len;
}

void kernel_settle(struct kernel *k, size_t nodes) {
    struct guard *g = k->session.guard;
    for (int i = 0; i < 2000 && (inodes_count(g->inodes) != nodes || g->policy->refs != 1 || !workers_are_idle(g->workers)); i++) (void) usleep(1000);
}

long kernel_lookup(struct kernel *k, uint64_t parent, const char *name, struct fuse_entry_out *out) {
    long n = kernel_ask(k, FUSE_LOOKUP, parent, bytes_make(name, strlen(name) + 1), out, sizeof(*out));
    return n < 0 ? n : 0;
}

long kernel_open(struct kernel *k, uint64_t node, uint32_t flags, uint64_t *out_fh) {
    const struct fuse_open_in in = { .flags = flags };
    struct fuse_open_out out;
    long n = kernel_ask(k, FUSE_OPEN, node, bytes_make(&in, sizeof(in)), &out, sizeof(out));
    if (n < 0) return n;
    *out_fh = out.fh;
    return (long) out.open_flags;
}

long kernel_getattr(struct kernel *k, uint64_t node, struct fuse_attr_out *out) {
    const struct fuse_getattr_in in = { 0 };
    long n = kernel_ask(k, FUSE_GETATTR, node, bytes_make(&in, sizeof(in)), out, sizeof(*out));
    return n < 0 ? n : 0;
}

long kernel_read(struct kernel *k, uint64_t node, uint64_t fh, uint64_t offset, struct bytes into) {
    const struct fuse_read_in in = { .fh = fh, .offset = offset, .size = (uint32_t) into.len };
    union {
        const uint8_t *from;
        void *to;
    } at = { .from = into.ptr };
    return kernel_ask(k, FUSE_READ, node, bytes_make(&in, sizeof(in)), at.to, into.len);
}

void kernel_forget(struct kernel *k, uint64_t node, uint64_t count) {
    const struct fuse_forget_in in = { .nlookup = count };
    kernel_tell(k, FUSE_FORGET, node, bytes_make(&in, sizeof(in)));
}

long kernel_interrupt_last(struct kernel *k) {
    const struct fuse_interrupt_in in = { .unique = k->unique };
    struct fuse_out_header h;
    uint64_t asked = k->unique;
    kernel_tell(k, FUSE_INTERRUPT, 0, bytes_make(&in, sizeof(in)));
    ssize_t n = recv(k->pair[0], k->message, sizeof(k->message), 0);
    REQUIRE(n >= (ssize_t) sizeof(h));
    memcpy(&h, k->message, sizeof(h));
    REQUIRE(h.unique == asked);
    return h.error;
}
