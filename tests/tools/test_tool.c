#include "tools/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include "conf/base/io.h"
#include "tests/harness.h"

static bool flag;
static const char *config;
static const struct tool_option options[] = {
    { 'c', "config", "FILE", "configuration", &config },
    { 0, "json", NULL, "print JSON", &flag },
    { 0, "a-very-long-option-name", "NUMBER", "its help stands on the next line", &config },
};
static const struct tool tool = {
    .name = "deidfs-test try", .operands = "DIR [FILE]", .summary = "Tests the tools.", .options = options,
    .option_count = array_count(options), .operand_least = 1, .operand_most = 2, .details = "Exit: 0 ok.\n", .usage_exit = 3,
};

struct outcome {
    int exit; /* -1: tool_options() returned */
    int first;
    char text[8192];
};

/* In a child with both outputs in a pipe, since tool_options() may exit. The child exits 100 + index when it returns. */
static struct outcome run(char **argv) {
    struct outcome o = { .exit = -1 };
    int argc = 0, ends[2];
    while (argv[argc]) argc++;
    must(pipe2(ends, O_CLOEXEC) == 0);
    pid_t pid = fork();
    must(pid >= 0);
    if (pid == 0) {
        must(dup2(ends[1], 1) == 1 && dup2(ends[1], 2) == 2);
        int first = tool_options(&tool, argc, argv);
        printf("%s %d", config ? config : "-", flag);
        exit(100 + first + tool_flush());
    }
    close_fd(&ends[1]);
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, sizeof(o.text) - 1);
    must(io_read_all(ends[0], &text) == 0);
    close_fd(&ends[0]);
    if (text.len > 0) memcpy(o.text, text.ptr, text.len);
    int status = 0;
    must(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    o.exit = WEXITSTATUS(status);
    if (o.exit >= 100) {
        o.first = o.exit - 100;
        o.exit = -1;
    }
    return o;
}

#define RUN(...) run((char *[]) { (char[]) { "deidfs-test" }, __VA_ARGS__, NULL })
#define ARG(text) ((char[]) { text })

TEST(tool, options_reach_their_variables_and_operands_are_left) {
    struct outcome o = RUN(ARG("--json"), ARG("-c"), ARG("a.conf"), ARG("dir"), ARG("--file"));
    CHECK_INT(o.exit, -1);
    CHECK_INT(o.first, 4);
    CHECK_STRING(o.text, "a.conf 1");
}

TEST(tool, two_dashes_end_the_options) {
    struct outcome o = RUN(ARG("--"), ARG("--json"));
    CHECK_INT(o.first, 2);
    CHECK_STRING(o.text, "- 0");
}

TEST(tool, help_names_every_option_and_exits_0) {
    struct outcome o = RUN(ARG("--help"));
    CHECK_INT(o.exit, 0);
    CHECK(strstr(o.text, "usage: deidfs-test try [options] DIR [FILE]\nTests the tools.\n") == o.text);
    CHECK(strstr(o.text, "  -c, --config FILE           configuration\n") == NULL); /* the column is 28 wide */
    CHECK(strstr(o.text, "  -c, --config FILE         configuration\n") != NULL);
    CHECK(strstr(o.text, "--a-very-long-option-name NUMBER\n                            its help") != NULL);
    CHECK(strstr(o.text, "  -V, --version ") != NULL);
    CHECK(strstr(o.text, "\nExit: 0 ok.\n") != NULL);
}

TEST(tool, version_names_the_program_without_its_subcommand) {
    struct outcome o = RUN(ARG("-V"));
    CHECK_INT(o.exit, 0);
    CHECK_STRING(o.text, "deidfs-test " DEIDFS_VERSION "\n");
}

TEST(tool, unknown_option_names_the_nearest) {
    struct outcome o = RUN(ARG("--confg=x"), ARG("dir"));
    CHECK_INT(o.exit, 3);
    CHECK(strstr(o.text, "deidfs-test try: --confg=x: unknown option; did you mean --config?\nTry: deidfs-test try --help\n") == o.text);
    o = RUN(ARG("-q"), ARG("dir"));
    CHECK_INT(o.exit, 3);
    CHECK(strstr(o.text, "-q: unknown option\n") != NULL);
}

TEST(tool, missing_argument_repeated_option_and_wrong_operands_are_usage_errors) {
    struct outcome o = RUN(ARG("dir"), ARG("file"), ARG("more"));
    CHECK_INT(o.exit, 3);
    CHECK(strstr(o.text, "unexpected argument: more") != NULL);
    o = RUN(ARG("--json"));
    CHECK_INT(o.exit, 3);
    CHECK(strstr(o.text, "too few arguments; expected DIR [FILE]") != NULL);
    o = RUN(ARG("--config"));
    CHECK_INT(o.exit, 3);
    CHECK(strstr(o.text, "--config needs an argument") != NULL);
    o = RUN(ARG("-c"), ARG("a"), ARG("--config=b"), ARG("dir"));
    CHECK_INT(o.exit, 3);
    CHECK(strstr(o.text, "--config is given twice") != NULL);
    o = RUN(ARG("--json=yes"), ARG("dir"));
    CHECK_INT(o.exit, 3);
}

static const char *json_of(struct bytes data) {
    static char text[256];
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, sizeof(text) - 1);
    CHECK_INT(tool_json_string(&out, data), 0);
    memcpy(text, out.ptr, out.len);
    text[out.len] = '\0';
    return text;
}

TEST(tool, json_strings_escape_what_json_demands) {
    CHECK_STRING(json_of(BYTES("")), "\"\"");
    CHECK_STRING(json_of(BYTES("a\"b\\c\n\t\r\x01\x7f\0d")), "\"a\\\"b\\\\c\\n\\t\\r\\u0001\\u007f\\u0000d\"");
    CHECK_STRING(json_of(BYTES("Größe")), "\"Größe\"");
}

TEST(tool, json_strings_replace_bytes_that_are_not_utf8) {
    CHECK_STRING(json_of(BYTES("a\xff\xc3")), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(tool, errors_have_the_exit_codes_of_sysexits) {
    CHECK_INT(tool_exit_of(0), 0);
    CHECK_INT(tool_exit_of(-ENOENT), 66);
    CHECK_INT(tool_exit_of(-EACCES), 77);
    CHECK_INT(tool_exit_of(-EBADMSG), 65);
    CHECK_INT(tool_exit_of(-EPIPE), 69);
    CHECK_INT(tool_exit_of(-ENOSPC), 74);
}

TEST(tool, progress_prints_nothing_when_standard_error_is_no_terminal) {
    int ends[2];
    must(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    int saved = dup(2);
    must(saved >= 0 && dup2(ends[1], 2) == 2);
    struct tool_progress p;
    tool_progress_begin(&p, "reading", 10);
    tool_progress_step(&p, 5);
    tool_progress_end(&p);
    must(dup2(saved, 2) == 2);
    char byte;
    CHECK(read(ends[0], &byte, 1) < 0);
    CHECK_INT(p.done, 5);
    close_fd(&saved);
    close_fd(&ends[0]);
    close_fd(&ends[1]);
}

/* A pseudo-terminal as standard error: the bar is drawn, and erased at the end. */
TEST(tool, progress_draws_a_bar_on_a_terminal_and_erases_it) {
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0) SKIP("no pseudo-terminals here");
    char name[128];
    must(ptsname_r(terminal, name, sizeof(name)) == 0);
    int end = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC), saved = dup(2);
    must(end >= 0 && saved >= 0 && setenv("TERM", "xterm", 1) == 0 && dup2(end, 2) == 2);
    struct tool_progress p;
    tool_progress_begin(&p, "reading", 10);
    tool_progress_step(&p, 5);
    tool_progress_step(&p, 6); /* too soon: not drawn */
    tool_progress_end(&p);
    must(dup2(saved, 2) == 2);
    /* A terminal hands on what was written when it likes, in pieces. */
    char text[1024] = "";
    size_t n = 0;
    struct pollfd ready = { .fd = terminal, .events = POLLIN };
    while (n < sizeof(text) - 1 && (n < 3 || strcmp(text + n - 3, "\033[K") != 0) && poll(&ready, 1, 60000) == 1) {
        ssize_t got = read(terminal, text + n, sizeof(text) - 1 - n);
        REQUIRE(got > 0);
        n += (size_t) got;
        text[n] = '\0';
    }
    CHECK(strstr(text, "reading  [############------------]  50 %  5/10") != NULL);
    CHECK(strstr(text, " 60 %") == NULL);
    CHECK(n >= 3 && strcmp(text + n - 3, "\033[K") == 0);
    close_fd(&end);
    close_fd(&saved);
    close_fd(&terminal);
}
