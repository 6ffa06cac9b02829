#include "fs/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "conf/base/io.h"
#include "conf/base/log.h"
#include "conf/exposure.h"
#include "fs/control.h"
#include "fs/mount.h"
#include "fs/scout.h"
#include "fs/serve.h"
#include "fs/watch.h"

struct monitor {
    struct mount_plan plan;
    bool accept_loss;
    int status_fd, signal_fd, channel, scout_channel, fuse_fd;
    int fanotify_fd, source_fd, watch_channel; /* -1: nothing is watched */
    struct control_sockets control;
    char state[PATH_MAX], records_socket[PATH_MAX];
    pid_t guard, keeper;
    bool mounted, ready, stopping, keeper_gone;
    int exit_code;
};

/* sd_notify(3) without its library: one datagram to NOTIFY_SOCKET, '@' for the abstract name space. */
static void monitor_notify(const char *text) {
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    size_t len = name ? strlen(name) : 0;
    if (len == 0 || len >= sizeof(to.sun_path)) return;
    memcpy(to.sun_path, name, len);
    if (to.sun_path[0] == '@') to.sun_path[0] = '\0';
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    ignore(sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *) &to,
                  (socklen_t) (offsetof(struct sockaddr_un, sun_path) + len))); /* nobody listens: nothing lost */
}

/* One line to whoever waits: "ok" or exit code and words. */
static void monitor_report(struct monitor *m, int exit_code, const char *text) {
    if (m->exit_code == 0) m->exit_code = exit_code; /* the first failure is the cause */
    if (exit_code != 0) log_error(m->ready ? "failed" : "not-mounted", "%s", text);
    if (m->status_fd < 0) return;
    struct serve_message report = { .kind = exit_code == 0 ? SERVE_READY : SERVE_FAILED, .exit_code = exit_code };
    size_t len = strnlen(text, sizeof(report.text) - 1);
    memcpy(report.text, text, len);
    ignore(io_write_full(m->status_fd, bytes_make(&report, sizeof(report)))); /* a launcher that was killed waits no more */
    close_fd(&m->status_fd);
}

/* At once, not when ready: keeper and guard inherit what is open here, and whoever waits for the end of our output must not wait for them.
 * What went wrong travels through the status pipe. */
static void monitor_leave_terminal(void) {
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd < 0) return;
    log_to_syslog("deidfs");
    for (int fd = 0; fd < 3; fd++) ignore(dup2(null_fd, fd)); /* what cannot be let go of stays: harmless */
    if (null_fd > 2) close_fd(&null_fd);
}

static void monitor_mount(struct monitor *m) {
    struct problem p;
    const struct serve_message go = { .kind = SERVE_MOUNTED };
    int r = mount_attach(&m->plan, m->fuse_fd, &p);
    close_fd(&m->fuse_fd); /* the guard's copy alone keeps the connection: it dies with it */
    if (r < 0) {
        monitor_report(m, serve_exit_code(r), p.text);
        ignore(kill(m->guard, SIGKILL)); /* it waits for the mount, has served nothing */
        return;
    }
    m->mounted = true;
    ignore(send(m->channel, &go, sizeof(go), MSG_NOSIGNAL)); /* a guard that died is seen by SIGCHLD */
}

static void monitor_on_message(struct monitor *m) {
    struct serve_message msg;
    ssize_t n = recv(m->channel, &msg, sizeof(msg), MSG_DONTWAIT);
    if (n == 0) close_fd(&m->channel);
    if (n != (ssize_t) sizeof(msg)) return;
    msg.text[sizeof(msg.text) - 1] = '\0';
    switch ((enum serve_kind) msg.kind) {
    case SERVE_PREPARED:
        monitor_mount(m);
        return;
    case SERVE_READY:
        m->ready = true;
        monitor_report(m, 0, "");
        monitor_notify("READY=1");
        log_notice("mounted", "instance=%s", m->plan.instance);
        return;
    case SERVE_FAILED:
        monitor_report(m, msg.exit_code ? msg.exit_code : EX_IOERR, msg.text);
        return;
    case SERVE_MOUNTED:
        return;
    }
}

static void monitor_stop(struct monitor *m) {
    if (!m->stopping) {
        monitor_notify("STOPPING=1");
        /* First the name, so that nobody new comes in; open descriptors are served until the guard stops. */
        if (m->mounted) mount_detach(&m->plan);
    }
    m->stopping = true;
    ignore(kill(m->guard, SIGTERM)); /* gone already: SIGCHLD is on its way */
}

static void monitor_on_guard_end(struct monitor *m, int status) {
    m->guard = 0;
    if (WIFSIGNALED(status)) {
        log_error("guard-died", "signal=%d", WTERMSIG(status));
        if (m->exit_code == 0) m->exit_code = EX_SOFTWARE;
        if (!m->ready) monitor_report(m, EX_SOFTWARE, "the mount's process died before it was ready; see the log");
    } else if (WEXITSTATUS(status) != 0 && m->exit_code == 0) {
        monitor_report(m, WEXITSTATUS(status), "the mount's process ended with an error; see the log");
    }
}

static void monitor_reap(struct monitor *m) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == m->guard) {
            monitor_on_guard_end(m, status);
        } else if (pid == m->keeper) {
            m->keeper = 0;
            m->keeper_gone = true; /* the guard may be on its way out too: monitor_tick() looks again */
        }
    }
}

/* Nothing happened for a moment. */
static void monitor_tick(struct monitor *m) {
    if (m->keeper_gone && m->guard && !m->stopping) {
        /* Without the keeper no token can be minted and nothing signed: no view may be served. */
        log_error("keeper-died", "stopping");
        m->exit_code = EX_UNAVAILABLE;
        monitor_stop(m);
    } else if (m->stopping && m->guard) {
        /* libfuse can miss a signal between its test and its wait: say it again. */
        ignore(kill(m->guard, SIGTERM)); /* gone already: SIGCHLD is on its way */
    }
}

static void monitor_on_signal(struct monitor *m) {
    struct signalfd_siginfo info;
    if (read(m->signal_fd, &info, sizeof(info)) != (ssize_t) sizeof(info)) return;
    if (info.ssi_signo == SIGCHLD) {
        monitor_reap(m);
    } else if (info.ssi_signo == SIGHUP) {
        if (m->guard) ignore(kill(m->guard, SIGHUP)); /* gone already: SIGCHLD is on its way */
    } else {
        monitor_stop(m);
    }
}

static int monitor_watch(struct monitor *m) {
    enum { AGAIN_MS = 1000 };
    while (m->guard) {
        struct pollfd fds[] = { { .fd = m->signal_fd, .events = POLLIN }, { .fd = m->channel, .events = POLLIN }, { .fd = m->scout_channel, .events = POLLIN },
                                { .fd = m->fanotify_fd, .events = POLLIN } };
        int n = poll(fds, array_count(fds), m->stopping || m->keeper_gone ? AGAIN_MS : -1);
        if (n < 0 && errno != EINTR) return EX_OSERR;
        if (n == 0) monitor_tick(m);
        if (n > 0 && (fds[1].revents & (POLLIN | POLLHUP))) monitor_on_message(m);
        if (n > 0 && fds[3].revents) watch_pass_on(m->fanotify_fd, m->source_fd, (uint32_t) m->guard, m->watch_channel);
        if (n > 0 && fds[2].revents && scout_answer(m->scout_channel) < 0) close_fd(&m->scout_channel);
        if (n > 0 && (fds[0].revents & POLLIN)) monitor_on_signal(m);
    }
    if (m->channel >= 0) monitor_on_message(m); /* its last words */
    if (m->mounted) mount_detach(&m->plan);
    control_unlink(m->state, m->records_socket);
    if (m->keeper) ignore(waitpid(m->keeper, NULL, 0)); /* it ends with its last client */
    log_notice("unmounted", "exit=%d", m->exit_code);
    return m->exit_code;
}

/* Without it everything is right, only later: attr_ttl decides. */
static void monitor_watch_source(struct monitor *m, const struct conf *c, int *out_guard_end) {
    int pair[2], r;
    if (c->watch != WATCH_FANOTIFY) return;
    r = watch_listen(c->source, &m->fanotify_fd);
    if (r == 0 && (m->source_fd = open(c->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) r = -errno;
    if (r == 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) r = -errno;
    if (r < 0) {
        close_fd(&m->fanotify_fd);
        close_fd(&m->source_fd);
        log_warning("watch-unavailable", "fanotify: %s; changes are seen by stat(2) after attr_ttl, by open(2) at once", strerror(-r));
        return;
    }
    m->watch_channel = pair[0];
    *out_guard_end = pair[1];
}

static int monitor_fork_guard(struct monitor *m, const struct conf *c, struct keeper *keeper, struct problem *p) {
    int pair[2], scout[2], watched = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return problem_set(p, -errno, "socketpair: %s", strerror(errno));
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, scout) < 0) return problem_set(p, -errno, "socketpair: %s", strerror(errno));
    monitor_watch_source(m, c, &watched);
    m->guard = fork();
    if (m->guard < 0) return problem_set(p, -errno, "fork: %s", strerror(errno));
    if (m->guard == 0) {
        close_fd(&pair[0]);
        close_fd(&scout[0]);
        close_fd(&m->fanotify_fd);
        close_fd(&m->source_fd);
        close_fd(&m->watch_channel);
        close_fd(&m->signal_fd);
        const struct serve_options options = {
            .conf = c, .keeper = keeper, .fuse_fd = m->fuse_fd, .channel = pair[1], .scout_channel = scout[1], .watch_channel = watched, .control = m->control, .accept_loss = m->accept_loss,
        };
        close_fd(&m->status_fd);
        int code = serve_run(&options);
        _exit(code); /* the monitor's atexit handlers are not ours */
    }
    close_fd(&pair[1]);
    close_fd(&scout[1]);
    close_fd(&watched);
    close_fd(&m->control.own);
    close_fd(&m->control.open);
    m->channel = pair[0];
    m->scout_channel = scout[0];
    return 0;
}

/* A consumer who can read the source itself needs no view of it. */
static int monitor_check_exposures(const struct options *o, const struct conf *c, struct problem *p) {
    struct exposures *found = calloc(1, sizeof(*found));
    if (!found) return problem_set(p, -ENOMEM, "out of memory");
    char text[400];
    int r = exposure_find(c, found, p);
    if (r == 0 && found->count > 0) {
        bool refuse = o->allow_other || c->user_count > 0 || c->group_count > 0 || found->items[0].kind == EXPOSURE_NESTED;
        exposure_describe(&found->items[0], text, sizeof(text));
        if (refuse) {
            r = problem_set(p, -EACCES, "%s (deidfs-check lists all)", text);
        } else {
            log_warning("exposed", "%s", text); /* only the mounting user reads: root, who reads everything */
        }
    }
    free(found);
    return r;
}

static int monitor_start(struct monitor *m, const struct options *o, struct problem *p) {
    struct conf *c = NULL;
    struct keeper *keeper = NULL;
    int r = conf_load(o->config, &c, p);
    if (r < 0) return r == -ENOENT ? -EINVAL : r; /* a missing configuration is a configuration error */
    if (o->fsname[0] && strcmp(o->fsname, c->instance) != 0)
        r = problem_set(p, -EINVAL, "fsname=%.64s is not the instance's name %s; leave it out", o->fsname, c->instance);
    if (r == 0) r = mount_prepare(c, o->mountpoint, &m->plan, p);
    if (r == 0) r = monitor_check_exposures(o, c, p);
    if (r == 0 && (m->fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC)) < 0)
        r = problem_set(p, -errno, "/dev/fuse: %s; is the fuse module loaded?", strerror(errno));
    if (r == 0) r = control_listen(c, &m->control, p);
    if (r == 0) r = keeper_start(c->state, &keeper, p);
    if (r == 0) {
        m->plan.allow_other = o->allow_other;
        m->accept_loss = o->accept_loss;
        memcpy(m->state, c->state, sizeof(m->state));
        memcpy(m->records_socket, c->records_socket, sizeof(m->records_socket));
        m->keeper = (pid_t) keeper_pid(keeper);
        r = monitor_fork_guard(m, c, keeper, p);
        /* The guard's copy of the channel alone keeps the keeper alive. The rest of struct keeper is a few bytes for our own life. */
        ignore(close(keeper_fd(keeper)));
    }
    m->plan.instance = strdup(m->plan.instance ? m->plan.instance : "");
    conf_free(c);
    return r;
}

int monitor_run(const struct options *o, int status_fd) {
    struct monitor m = { .status_fd = status_fd, .signal_fd = -1, .channel = -1, .scout_channel = -1, .fuse_fd = -1, .fanotify_fd = -1, .source_fd = -1, .watch_channel = -1, .control = { -1, -1 } };
    struct problem p = { .text = "" };
    sigset_t set;
    must(sigemptyset(&set) == 0 && sigaddset(&set, SIGTERM) == 0 && sigaddset(&set, SIGINT) == 0);
    must(sigaddset(&set, SIGHUP) == 0 && sigaddset(&set, SIGCHLD) == 0 && sigprocmask(SIG_SETMASK, &set, NULL) == 0);
    m.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (status_fd >= 0) monitor_leave_terminal();
    ignore(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)); /* hardening only: nothing secret is here */
    int r = m.signal_fd < 0 ? problem_set(&p, -errno, "signalfd: %s", strerror(errno)) : monitor_start(&m, o, &p);
    if (r < 0) {
        monitor_report(&m, serve_exit_code(r), p.text);
        return m.exit_code;
    }
    return monitor_watch(&m);
}
