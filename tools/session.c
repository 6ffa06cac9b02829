/* deidfs-session: runs a command whose reading of a mount is recorded under a named user, a purpose and a ticket (fs/session.h is the other end).
 *
 *   caller ── fork ──► leader: setsid, connects, is bound ── fork ──► COMMAND, and whatever it starts
 *
 * The binding holds while the leader lives and its connection is open; the leader waits for COMMAND and does nothing else. The caller passes signals on,
 * since a new kernel session has no terminal of its own. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/purpose.h"
#include "tools/daemon.h"
#include "tools/tool.h"

enum { SESSION_CANNOT_RUN = 126, SESSION_NOT_FOUND = 127, SESSION_LINE_LEN_MAX = 4096 };

static struct {
    const char *config, *user, *purpose, *ticket;
} ask;

static const struct tool_option options[] = {
    { 'c', "config", "FILE", "configuration or instance name of the mount (required)", &ask.config },
    { 'u', "user", "NAME", "the person who answers for what COMMAND reads (required)", &ask.user },
    { 'p', "purpose", "CODE", "purpose of use: " PURPOSE_WORDS " (required)", &ask.purpose },
    { 't', "ticket", "TEXT", "the order or change it is done under; only a token of it is recorded (required)", &ask.ticket },
};

static const struct tool session = {
    .name = "deidfs-session",
    .operands = "-- COMMAND [ARGUMENT…]",
    .summary = "Runs a command that reads a mount in the name of a person, for a purpose, under a ticket.",
    .options = options,
    .option_count = array_count(options),
    .operand_least = 1,
    .operand_most = INT_MAX,
    .details = "Exit status: COMMAND's; 128 and the signal's number when one ended it; 126 COMMAND cannot be run, 127 there is none;\n"
               "64 usage, 69 no mount answers, 77 the mount refused, 78 the configuration is refused. See deidfs-session(1).\n",
    .usage_exit = TOOL_USAGE,
};

static volatile sig_atomic_t session_leader; /* for the signal handler */
static const int session_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };

/* The leader ignores it, COMMAND and its children in the same process group do not. */
static void session_pass_on(int number) {
    int saved = errno;
    if (session_leader > 0) ignore(kill(-(pid_t) session_leader, number)); /* gone: waitpid says so */
    errno = saved;
}

static void session_handle_signals(void (*handler)(int)) {
    struct sigaction act = { .sa_handler = handler, .sa_flags = SA_RESTART };
    for (size_t i = 0; i < array_count(session_signals); i++) must(sigaction(session_signals[i], &act, NULL) == 0);
}

static int session_wait(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) must(errno == EINTR);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int session_bind(const struct conf *c, int *out_fd, struct problem *p) {
    _cleanup_(close_fd) int fd = -1;
    _cleanup_(buf_release) struct buf line, answer;
    uint64_t index = 0;
    buf_init(&line, SESSION_LINE_LEN_MAX);
    buf_init(&answer, SESSION_LINE_LEN_MAX);
    (void) buf_append_string(&line, "{\"do\":\"session\",\"user\":");
    (void) tool_json_string(&line, bytes_from_string(ask.user));
    (void) buf_append_printf(&line, ",\"purpose\":\"%s\",\"ticket\":", ask.purpose);
    (void) tool_json_string(&line, bytes_from_string(ask.ticket));
    int r = buf_append_string(&line, "}\n");
    if (r < 0) return problem_set(p, -EPERM, "user and ticket are too long");
    r = daemon_connect_records(c, &fd, p);
    if (r == 0) r = daemon_exchange(fd, buf_bytes(&line), &answer, p);
    if (r == 0) r = daemon_read_answer(buf_bytes(&answer), &index, p);
    if (r == 0) *out_fd = take_fd(fd);
    return r;
}

_noreturn_ static void session_exec(char **argv) {
    session_handle_signals(SIG_DFL);
    ignore(execvp(argv[0], argv)); /* it returns only on failure */
    (void) fprintf(stderr, "deidfs-session: %s: %s\n", argv[0], strerror(errno));
    _exit(errno == ENOENT ? SESSION_NOT_FOUND : SESSION_CANNOT_RUN);
}

static int session_lead(const struct conf *c, char **argv) {
    struct problem p = { "" };
    _cleanup_(close_fd) int fd = -1;
    session_handle_signals(SIG_IGN);
    if (setsid() < 0) {
        ignore(problem_set(&p, -errno, "setsid: %s", strerror(errno))); /* the exit code says the same */
        return tool_fail(&session, TOOL_SOFTWARE, &p);
    }
    int r = session_bind(c, &fd, &p);
    if (r < 0) return tool_fail(&session, r == -EPERM || r == -EACCES ? TOOL_PERMISSION : TOOL_UNAVAILABLE, &p);
    pid_t child = fork();
    if (child == 0) session_exec(argv);
    if (child < 0) ignore(problem_set(&p, -errno, "fork: %s", strerror(errno))); /* as above */
    return child < 0 ? tool_fail(&session, TOOL_SOFTWARE, &p) : session_wait(child);
}

int main(int argc, char **argv) {
    struct problem p = { "" };
    int first = tool_options(&session, argc, argv);
    if (!ask.config) tool_usage_error(&session, "--config is missing");
    if (!ask.user || !ask.purpose || !ask.ticket) tool_usage_error(&session, "--user, --purpose and --ticket are needed");
    if (!purpose_find(ask.purpose)) tool_usage_error(&session, "--purpose %s is none of " PURPOSE_WORDS, ask.purpose);
    _cleanup_(conf_freep) struct conf *c = NULL;
    int r = conf_load(ask.config, &c, &p);
    if (r < 0) return tool_fail(&session, r == -EACCES ? TOOL_PERMISSION : TOOL_CONFIG, &p);
    sigset_t held, before;
    must(sigfillset(&held) == 0 && sigprocmask(SIG_SETMASK, &held, &before) == 0); /* none is lost between fork and handler */
    pid_t leader = fork();
    if (leader < 0) ignore(problem_set(&p, -errno, "fork: %s", strerror(errno))); /* as above */
    if (leader < 0) return tool_fail(&session, TOOL_SOFTWARE, &p);
    if (leader == 0) {
        session_handle_signals(SIG_IGN);
        must(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
        return session_lead(c, argv + first);
    }
    session_leader = leader;
    session_handle_signals(session_pass_on);
    must(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
    return session_wait(leader);
}
