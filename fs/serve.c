#include "fs/serve.h"

#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>

#include "conf/base/log.h"
#include "conf/base/thread.h"
#include "fs/control.h"
#include "fs/ops.h"
#include "fs/prune.h"
#include "fs/sandbox.h"
#include "fs/watch.h"

enum { SERVE_THREADS_MAX = 16 };

static struct fuse_session *serve_session; /* for the signal handler alone */
static volatile sig_atomic_t serve_hangup;
static sem_t serve_wake; /* posted by the signal handler */

int serve_exit_code(int error) {
    switch (error < 0 ? -error : error) {
    case 0:
        return 0;
    case EPERM:
    case EACCES:
        return EX_NOPERM;
    case ENOENT:
    case ENOTDIR:
        return EX_NOINPUT;
    case EINVAL:
    case EBADMSG:
        return EX_CONFIG;
    case EPIPE:
    case EUCLEAN:
    case EBUSY:
    case EAGAIN:
        return EX_UNAVAILABLE;
    default:
        return EX_IOERR;
    }
}

static void serve_tell(int channel, enum serve_kind kind, int exit_code, const char *text) {
    struct serve_message m = { .kind = (uint32_t) kind, .exit_code = exit_code };
    size_t len = strnlen(text, sizeof(m.text) - 1);
    memcpy(m.text, text, len);
    ignore(send(channel, &m, sizeof(m), MSG_NOSIGNAL)); /* a monitor that is gone hears nothing; we stop by PDEATHSIG */
}

static int serve_wait_mounted(int channel) {
    struct serve_message m;
    ssize_t n;
    do {
        n = recv(channel, &m, sizeof(m), 0);
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t) sizeof(m) && m.kind == SERVE_MOUNTED ? 0 : -ECANCELED;
}

static void serve_on_signal(int number) {
    if (number == SIGHUP) {
        serve_hangup = 1;
        (void) sem_post(&serve_wake);
    } else if (serve_session) {
        fuse_session_exit(serve_session);
    }
}

static void serve_handle_signals(void) {
    struct sigaction act = { .sa_handler = serve_on_signal }; /* no SA_RESTART: the loop must wake up */
    must(sigaction(SIGTERM, &act, NULL) == 0 && sigaction(SIGINT, &act, NULL) == 0 && sigaction(SIGHUP, &act, NULL) == 0);
    act.sa_handler = SIG_IGN;
    must(sigaction(SIGPIPE, &act, NULL) == 0);
    sigset_t none;
    must(sigemptyset(&none) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0);
}

static void serve_quiet(enum fuse_log_level level, const char *format, va_list args) {
    (void) format; /* libfuse's lines may name paths */
    (void) args;
    if (level <= FUSE_LOG_ERR) log_error("libfuse", "level=%d", (int) level);
}

static int serve_loop(struct fuse_session *session) {
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    if (!config) return -ENOMEM;
    fuse_loop_cfg_set_clone_fd(config, 1);
    fuse_loop_cfg_set_max_threads(config, SERVE_THREADS_MAX);
    fuse_loop_cfg_set_idle_threads(config, SERVE_THREADS_MAX);
    int r = fuse_session_loop_mt(session, config);
    fuse_loop_cfg_destroy(config);
    return r < 0 ? r : 0; /* positive: the signal that ended it */
}

static void serve_ready(void *context) {
    const struct serve_options *o = context;
    serve_tell(o->channel, SERVE_READY, 0, "");
}

/* What has to be done now and then, or on SIGHUP, and must not hold up a request. */
struct serve_steward {
    struct guard *guard;
    pthread_t thread;
    atomic_bool stop;
};

static void *serve_steward_main(void *context) {
    struct serve_steward *s = context;
    while (!atomic_load(&s->stop)) {
        struct timespec until;
        must(clock_gettime(CLOCK_REALTIME, &until) == 0);
        until.tv_sec += 1;
        ignore(sem_timedwait(&serve_wake, &until)); /* woken, timed out or interrupted: look */
        if (serve_hangup) {
            struct problem p;
            serve_hangup = 0;
            int r = guard_reload(s->guard, &p);
            if (r < 0) log_error("reload-failed", "%s", p.text);
        }
        selftest_tick(s->guard);
        tickets_sweep(s->guard->tickets);
        catalog_flush(s->guard->catalog);
        times_flush(s->guard->times);
    }
    return NULL;
}

static int serve_steward_start(struct serve_steward *s, struct guard *g) {
    s->guard = g;
    must(sem_init(&serve_wake, 0, 0) == 0);
    return thread_start(&s->thread, serve_steward_main, s);
}

static void serve_steward_stop(struct serve_steward *s) {
    atomic_store(&s->stop, true);
    (void) sem_post(&serve_wake);
    must(pthread_join(s->thread, NULL) == 0);
}

static struct fuse_session *serve_make_session(struct ops_session *userdata, int fuse_fd, struct problem *p) {
    char device[32], program[] = "deidfs";
    char *argv[] = { program, NULL };
    struct fuse_args args = FUSE_ARGS_INIT(1, argv);
    fuse_set_log_func(serve_quiet);
    struct fuse_session *session = fuse_session_new(&args, ops_table(), sizeof(struct fuse_lowlevel_ops), userdata);
    fuse_opt_free_args(&args);
    int len = snprintf(device, sizeof(device), "/dev/fd/%d", fuse_fd);
    must(len > 0 && (size_t) len < sizeof(device));
    if (session && fuse_session_mount(session, device) == 0) return session;
    if (session) fuse_session_destroy(session);
    ignore(problem_set(p, -EIO, "libfuse refused the session"));
    return NULL;
}

static int serve_forget(void *context, uint64_t parent, const char *name, size_t name_len) {
    return fuse_lowlevel_notify_inval_entry(context, parent, name, name_len);
}

static int serve_tell_changed(void *context, uint64_t node, const char *name) {
    if (!name) return fuse_lowlevel_notify_inval_inode(context, node, -1, 0); /* attributes alone */
    return fuse_lowlevel_notify_inval_entry(context, node, name, strlen(name));
}

/* What tells the kernel to forget. */
struct serve_tellers {
    struct prune *prune;
    struct watch *watch;
};

static int serve_start_tellers(struct guard *g, const struct serve_options *o, struct fuse_session *session, struct serve_tellers *out) {
    int r = prune_new(g, g->nodes_max, serve_forget, session, &out->prune);
    if (r == 0 && o->watch_channel >= 0) r = watch_new(g, o->watch_channel, serve_tell_changed, session, &out->watch);
    return r;
}

/* They may wait in the kernel for a folder whose lock a LOOKUP holds that nobody reads any more: those are answered until both are out. */
static void serve_end_tellers(struct fuse_session *session, struct serve_tellers *t) {
    enum { LOOK_MS = 20 };
    struct fuse_buf buf = { .mem = NULL };
    struct pollfd fd = { .fd = fuse_session_fd(session), .events = POLLIN };
    fuse_session_reset(session); /* else nothing is received */
    for (bool pruned = false, watched = false; !pruned || !watched;) {
        pruned = prune_stop(t->prune);
        watched = watch_stop(t->watch);
        if ((pruned && watched) || poll(&fd, 1, LOOK_MS) <= 0) continue;
        if (fd.revents != POLLIN) (void) usleep(LOOK_MS * 1000); /* unmounted: nothing more comes, and the waiting thread is let go */
        else if (fuse_session_receive_buf(session, &buf) > 0) fuse_session_process_buf(session, &buf);
    }
    free(buf.mem);
    prune_free(t->prune);
    watch_free(t->watch);
}

static int serve_session_run(struct guard *g, const struct serve_options *o, struct problem *p) {
    struct serve_options ready = *o;
    struct ops_session userdata = { .guard = g, .ready = { .tell = serve_ready, .context = &ready } };
    struct fuse_session *session = serve_make_session(&userdata, o->fuse_fd, p);
    if (!session) return -EIO;
    serve_session = session;
    serve_handle_signals();
    serve_tell(o->channel, SERVE_PREPARED, 0, "");
    int r = serve_wait_mounted(o->channel);
    if (r == 0) r = guard_record(g, EVENT_MOUNT);
    if (r == 0) r = guard_record(g, EVENT_POLICY);
    if (r < 0) ignore(problem_set(p, r, "the mount could not be recorded; nothing is served")); /* r goes on */
    struct serve_tellers tellers = { NULL, NULL };
    if (r == 0) r = serve_start_tellers(g, o, session, &tellers);
    if (r == 0) r = serve_loop(session);
    serve_session = NULL;
    guard_stop_workers(g);
    serve_end_tellers(session, &tellers);
    ops_close_all(g);
    if (r == 0) r = guard_record(g, EVENT_UMOUNT);
    fuse_session_destroy(session);
    return r;
}

static int serve_guard(const struct serve_options *o, struct problem *p) {
    struct sandbox_report walls;
    struct guard *g = NULL;
    int r = sandbox_enter(o->conf, &walls, p);
    if (r < 0) return r;
    log_info("walls", "landlock=%d abi=%d", walls.landlock, walls.landlock_abi);
    const struct guard_options options = { .config = o->conf->path, .keeper = o->keeper, .scout_channel = o->scout_channel, .accept_loss = o->accept_loss };
    r = guard_new(&options, &g, p);
    if (r < 0) return r;
    struct serve_steward steward = { 0 };
    struct control *control = NULL;
    r = guard_start_workers(g, p);
    if (r == 0) r = serve_steward_start(&steward, g);
    if (r == 0) {
        r = o->control.own >= 0 ? control_new(g, &o->control, geteuid(), &control) : 0;
        if (r == 0) r = serve_session_run(g, o, p);
        control_free(control);
        serve_steward_stop(&steward);
    }
    guard_free(g);
    return r;
}

int serve_run(const struct serve_options *o) {
    struct problem p = { .text = "the mount ended with an error" };
    /* A monitor that was killed cannot unmount for us: stop cleanly all the same. */
    ignore(prctl(PR_SET_PDEATHSIG, SIGTERM));
    int r = serve_guard(o, &p);
    keeper_free(o->keeper);
    if (r == 0) return 0;
    int code = serve_exit_code(r);
    serve_tell(o->channel, SERVE_FAILED, code, p.text);
    return code;
}
