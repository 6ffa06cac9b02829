/* deidfs-control: asks a running mount how it is, or to do something. The other end is fs/control.c. */
#include <errno.h>
#include <string.h>

#include "conf/base/io.h"
#include "conf/conf.h"
#include "conf/nearest.h"
#include "tools/daemon.h"
#include "tools/tool.h"

static struct {
    const char *config, *since;
    bool json, metrics;
} ask;

static const struct tool_option options[] = {
    { 'c', "config", "FILE", "configuration or instance name (required)", &ask.config },
    { 0, "json", NULL, "status: print one JSON object; changes: one a line", &ask.json },
    { 's', "since", "CURSOR", "changes: since that cursor; default everything", &ask.since },
    { 0, "metrics", NULL, "status: print Prometheus text", &ask.metrics },
};

enum { OPERANDS_MAX = 16 }; /* the command, and options behind it */

static const struct tool control = {
    .name = "deidfs-control",
    .operands = "status|changes|reload|warm|revoke|checkpoint",
    .summary = "Asks a running mount how it is, or tells it to do something.",
    .options = options,
    .option_count = array_count(options),
    .operand_least = 1,
    .operand_most = OPERANDS_MAX,
    .details = "  status      numbers: opens, views, journal, queue; nothing of any document\n"
               "  changes     paths of the view added, changed or removed since a cursor, and the next cursor\n"
               "  reload      compile the rules again and put them in force, or keep the old and say why\n"
               "  warm        redact ahead whatever is not known yet; status shows how far it is\n"
               "  revoke      withdraw all access at once, open files too, until the next reload\n"
               "  checkpoint  sign the journal's present state now\n"
               "\n"
               "Exit status: 0 done, 1 the mount refused, 2 changes: the cursor is too old, everything was listed, 64 usage, 69 no mount answers, 74 I/O error, 77 permission,\n"
               "78 the configuration is refused. See deidfs-control(8).\n",
    .usage_exit = TOOL_USAGE,
};

enum { ANSWER_LEN_MAX = 1 << 20 };

static int control_send(const struct conf *c, const char *command, int *out_fd, struct problem *p) {
    _cleanup_(close_fd) int fd = -1;
    char line[64];
    int r = daemon_connect(c, &fd, p);
    if (r < 0) return r;
    int len = snprintf(line, sizeof(line), "%s\n", command);
    must(len > 0 && (size_t) len < sizeof(line));
    r = io_write_full(fd, bytes_make(line, (size_t) len));
    if (r < 0) return problem_set(p, -EIO, "the mount hung up: %s", strerror(-r));
    *out_fd = take_fd(fd);
    return 0;
}

static int control_ask(const struct conf *c, const char *command, struct buf *answer, struct problem *p) {
    _cleanup_(close_fd) int fd = -1;
    int r = control_send(c, command, &fd, p);
    if (r < 0) return r;
    r = io_read_all(fd, answer);
    if (r < 0) return problem_set(p, -EIO, "the mount hung up: %s", strerror(-r));
    if (answer->len == 0) return problem_set(p, -ECONNREFUSED, "the mount hung up without a word");
    return 0;
}

/* "added ward/a.txt" as it is, or as {"change":"added","path":"ward/a.txt"}. */
static void control_print_change(struct bytes line) {
    const uint8_t *blank = line.len > 0 ? memchr(line.ptr, ' ', line.len) : NULL;
    size_t word_len = blank ? (size_t) (blank - line.ptr) : line.len;
    struct bytes word = bytes_make(line.ptr, word_len), rest = blank ? bytes_make(blank + 1, line.len - word_len - 1) : bytes_make(NULL, 0);
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, ANSWER_LEN_MAX);
    if (!ask.json) {
        printf("%.*s\n", (int) line.len, (const char *) line.ptr);
        return;
    }
    bool is_cursor = bytes_equal(word, BYTES("cursor"));
    ignore(buf_append_string(&out, is_cursor ? "{\"cursor\":" : "{\"change\":")); /* errors are sticky: printed is what there is */
    ignore(tool_json_string(&out, is_cursor ? rest : word));
    if (!is_cursor && rest.len > 0) ignore(buf_append_string(&out, ",\"path\":"));
    if (!is_cursor && rest.len > 0) ignore(tool_json_string(&out, rest));
    ignore(buf_append_string(&out, "}\n"));
    (void) fwrite(out.ptr, 1, out.len, stdout);
}

/* Line by line, since there may be a million. The last line is the cursor: without it the answer broke off and does not count. */
static int control_print_changes(FILE *from) {
    _cleanup_(free_ptr) char *line = NULL;
    size_t capacity = 0;
    bool ended = false, anew = false;
    ssize_t n = getline(&line, &capacity, from);
    if (n <= 0) return TOOL_UNAVAILABLE;
    if (strcmp(line, "ok\n") != 0) {
        (void) fprintf(stderr, "deidfs-control: %s", line);
        return TOOL_NEGATIVE;
    }
    while ((n = getline(&line, &capacity, from)) > 0) {
        if (line[n - 1] != '\n') break;
        struct bytes text = bytes_make(line, (size_t) n - 1);
        anew = anew || bytes_equal(text, BYTES("start-over"));
        ended = bytes_starts_with(text, BYTES("cursor "));
        control_print_change(text);
    }
    if (tool_flush() < 0 || !ended) return TOOL_IO;
    return anew ? TOOL_INCOMPLETE : TOOL_OK;
}

static int control_changes(const struct conf *c, struct problem *p) {
    char command[64];
    int fd = -1, len = snprintf(command, sizeof(command), ask.since ? "changes %s" : "changes", ask.since);
    if (len < 0 || (size_t) len + 2 > sizeof(command)) tool_usage_error(&control, "--since: that is no cursor; a cursor is what changes printed last");
    int r = control_send(c, command, &fd, p);
    if (r < 0) return r;
    FILE *from = fdopen(fd, "r");
    if (!from) {
        close_fd(&fd);
        return problem_set(p, -ENOMEM, "out of memory");
    }
    r = control_print_changes(from);
    (void) fclose(from);
    if (r == TOOL_IO) (void) fprintf(stderr, "deidfs-control: the answer broke off; ask again with the same cursor\n");
    if (r == TOOL_UNAVAILABLE) (void) fprintf(stderr, "deidfs-control: the mount hung up without a word\n");
    return r;
}

static const char *control_word(const char *given) {
    static const char *const known[] = { "status", "changes", "reload", "warm", "revoke", "checkpoint" };
    for (size_t i = 0; i < array_count(known); i++) {
        if (strcmp(given, known[i]) == 0) return known[i];
    }
    const char *near = nearest_word(given, known, array_count(known));
    tool_usage_error(&control, "unknown command \"%s\"%s%s%s", given, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int control_fail(int r, const struct problem *p) {
    return tool_fail(&control, r == -EACCES ? TOOL_PERMISSION : r == -ECONNREFUSED ? TOOL_UNAVAILABLE : TOOL_IO, p);
}

static int control_run(const struct conf *c, const char *command) {
    struct problem p = { 0 };
    _cleanup_(buf_release) struct buf answer;
    buf_init(&answer, ANSWER_LEN_MAX);
    int r = control_ask(c, command, &answer, &p);
    if (r < 0) return control_fail(r, &p);
    struct bytes text = buf_bytes(&answer), ok;
    if (bytes_starts_with(text, BYTES("ok\n")) && bytes_take(&text, 3, &ok)) {
        (void) fwrite(text.ptr, 1, text.len, stdout);
        return tool_flush() < 0 ? TOOL_IO : TOOL_OK;
    }
    (void) fprintf(stderr, "deidfs-control: %.*s", (int) text.len, (const char *) text.ptr);
    return TOOL_NEGATIVE;
}

int main(int argc, char **argv) {
    struct problem p = { 0 };
    struct tool behind = control; /* options may stand behind the command, too: changes --since CURSOR */
    behind.operand_least = behind.operand_most = 0;
    int first = tool_options(&control, argc, argv);
    ignore(tool_options(&behind, argc - first, argv + first)); /* no operands */
    if (!ask.config) tool_usage_error(&control, "--config is missing");
    const char *word = control_word(argv[first]);
    bool changes = strcmp(word, "changes") == 0, status = strcmp(word, "status") == 0;
    if (ask.json && !status && !changes) tool_usage_error(&control, "--json is for status and changes");
    if (ask.metrics && !status) tool_usage_error(&control, "--metrics is for status");
    if (ask.since && !changes) tool_usage_error(&control, "--since is for changes");
    if (ask.json && ask.metrics) tool_usage_error(&control, "--json or --metrics, not both");
    _cleanup_(conf_freep) struct conf *c = NULL;
    int r = conf_load(ask.config, &c, &p);
    if (r < 0) return tool_fail(&control, r == -EACCES ? TOOL_PERMISSION : TOOL_CONFIG, &p);
    if (!changes) return control_run(c, ask.json ? "status-json" : ask.metrics ? "metrics" : word);
    r = control_changes(c, &p);
    return r < 0 ? control_fail(r, &p) : r;
}
