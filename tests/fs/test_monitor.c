#include "fs/monitor.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "fs/serve.h"
#include "tests/harness.h"

/* In a child: the monitor blocks signals for good. What it would tell the launcher comes back. */
static int run(const struct options *o, struct serve_message *report) {
    int pair[2], status = 0;
    REQUIRE(pipe2(pair, O_CLOEXEC) == 0);
    pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) _exit(monitor_run(o, pair[1]));
    (void) close(pair[1]);
    REQUIRE(read(pair[0], report, sizeof(*report)) == (ssize_t) sizeof(*report));
    (void) close(pair[0]);
    REQUIRE(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

TEST(monitor, a_start_that_fails_tells_code_and_words_to_whoever_waits) {
    struct serve_message report = { 0 };
    struct options o = { .config = "/nonexistent/x.conf", .mountpoint = "/mnt" };
    CHECK_INT(run(&o, &report), EX_CONFIG);
    CHECK(report.kind == SERVE_FAILED && report.exit_code == EX_CONFIG && strstr(report.text, "/nonexistent/x.conf"));
}
