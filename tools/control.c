/* deidfs-control: asks a running mount how it is, or to do something. The other end is fs/control.c. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "conf/base/io.h"
#include "conf/conf.h"
#include "conf/nearest.h"
#include "tools/tool.h"

static struct {
    const char *config;
    bool json, metrics;
} ask;

static const struct tool_option options[] = {
    { 'c', "config", "FILE", "configuration or instance name (required)", &ask.config },
    { 0, "json", NULL, "status: print one JSON object", &ask.json },
    { 0, "metrics", NULL, "status: print Prometheus text", &ask.metrics },
};

static const struct tool control = {
    .name = "deidfs-control",
    .operands = "status|reload|warm|revoke|checkpoint",
    .summary = "Asks a running mount how it is, or tells it to do something.",
    .options = options,
    .option_count = array_count(options),
    .operand_least = 1,
    .operand_most = 1,
    .details = "  status      numbers: opens, views, journal, queue; nothing of any document\n"
               "  reload      compile the rules again and put them in force, or keep the old and say why\n"
               "  warm        redact ahead whatever is not known yet; status shows how far it is\n"
               "  revoke      withdraw all access at once, open files too, until the next reload\n"
               "  checkpoint  sign the journal's present state now\n"
               "\n"
               "Exit status: 0 done, 1 the mount refused, 64 usage, 69 no mount answers, 74 I/O error, 77 permission,\n"
               "78 the configuration is refused. See deidfs-control(8).\n",
    .usage_exit = TOOL_USAGE,
};

enum { ANSWER_LEN_MAX = 1 << 20 };

/* As the mount binds it: below a descriptor of the folder, since sun_path is short. */
static int control_connect(const char *state_dir, int *out_fd, struct problem *p) {
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    _cleanup_(close_fd) int state_fd = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (state_fd < 0 || fd < 0) return problem_set(p, -errno, "state %s: %s", state_dir, strerror(errno));
    int len = snprintf(at.sun_path, sizeof(at.sun_path), "/proc/self/fd/%d/control.sock", state_fd);
    must(len > 0 && (size_t) len < sizeof(at.sun_path));
    if (connect(fd, (const struct sockaddr *) &at, sizeof(at)) < 0) {
        if (errno == EACCES) return problem_set(p, -EACCES, "this user may not speak to the mount; be root or of the state's group");
        return problem_set(p, -ECONNREFUSED, "no mount of this instance answers; is it mounted?");
    }
    *out_fd = take_fd(fd);
    return 0;
}

static int control_ask(const char *state_dir, const char *command, struct buf *answer, struct problem *p) {
    _cleanup_(close_fd) int fd = -1;
    char line[64];
    int r = control_connect(state_dir, &fd, p);
    if (r < 0) return r;
    int len = snprintf(line, sizeof(line), "%s\n", command);
    must(len > 0 && (size_t) len < sizeof(line));
    r = io_write_full(fd, bytes_make(line, (size_t) len));
    if (r == 0) r = io_read_all(fd, answer);
    if (r < 0) return problem_set(p, -EIO, "the mount hung up: %s", strerror(-r));
    if (answer->len == 0) return problem_set(p, -ECONNREFUSED, "the mount hung up without a word");
    return 0;
}

static const char *control_word(const char *given) {
    static const char *const known[] = { "status", "reload", "warm", "revoke", "checkpoint" };
    for (size_t i = 0; i < array_count(known); i++) {
        if (strcmp(given, known[i]) == 0) return known[i];
    }
    const char *near = nearest_word(given, known, array_count(known));
    tool_usage_error(&control, "unknown command \"%s\"%s%s%s", given, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

int main(int argc, char **argv) {
    struct problem p = { 0 };
    int first = tool_options(&control, argc, argv);
    if (!ask.config) tool_usage_error(&control, "--config is missing");
    const char *word = control_word(argv[first]);
    if ((ask.json || ask.metrics) && strcmp(word, "status") != 0) tool_usage_error(&control, "--json and --metrics are for status");
    if (ask.json && ask.metrics) tool_usage_error(&control, "--json or --metrics, not both");
    _cleanup_(conf_freep) struct conf *c = NULL;
    int r = conf_load(ask.config, &c, &p);
    if (r < 0) return tool_fail(&control, r == -EACCES ? TOOL_PERMISSION : TOOL_CONFIG, &p);
    _cleanup_(buf_release) struct buf answer;
    buf_init(&answer, ANSWER_LEN_MAX);
    r = control_ask(c->state, ask.json ? "status-json" : ask.metrics ? "metrics" : word, &answer, &p);
    if (r < 0) return tool_fail(&control, r == -EACCES ? TOOL_PERMISSION : r == -ECONNREFUSED ? TOOL_UNAVAILABLE : TOOL_IO, &p);
    struct bytes text = buf_bytes(&answer), ok;
    if (bytes_starts_with(text, BYTES("ok\n")) && bytes_take(&text, 3, &ok)) {
        (void) fwrite(text.ptr, 1, text.len, stdout);
        return tool_flush() < 0 ? TOOL_IO : TOOL_OK;
    }
    (void) fprintf(stderr, "deidfs-control: %.*s", (int) text.len, (const char *) text.ptr);
    return TOOL_NEGATIVE;
}
