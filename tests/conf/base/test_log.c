#include "conf/base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "tests/harness.h"

static char text[4096];

/* What one call writes to standard error. */
#define LOGGED(call)                                                                                        \
    ({                                                                                                      \
        int ends_[2], saved_ = dup(2);                                                                      \
        must(pipe2(ends_, O_CLOEXEC | O_NONBLOCK) == 0 && saved_ >= 0 && dup2(ends_[1], 2) == 2);           \
        call;                                                                                               \
        must(dup2(saved_, 2) == 2);                                                                         \
        ssize_t n_ = read(ends_[0], text, sizeof(text) - 1);                                                \
        text[n_ > 0 ? n_ : 0] = '\0';                                                                       \
        close_fd(&saved_);                                                                                  \
        close_fd(&ends_[0]);                                                                                \
        close_fd(&ends_[1]);                                                                                \
        (const char *) text;                                                                                \
    })

static const char *expected(const char *rest) {
    static char line[256];
    must(snprintf(line, sizeof(line), "%s[%d]: %s\n", "deidfs", (int) getpid(), rest) > 0);
    return line;
}

TEST(log, a_line_is_event_and_fields) {
    REQUIRE(unsetenv("JOURNAL_STREAM") == 0);
    CHECK_STRING(LOGGED(log_notice("mounted", "files=%d", 3)), expected("mounted files=3"));
    CHECK_STRING(LOGGED(log_error("stopped", "code=%d", 1)), expected("stopped code=1"));
}

TEST(log, lines_above_the_level_are_dropped) {
    CHECK_STRING(LOGGED(log_debug("detail", "n=%d", 1)), "");
    log_set_level(LOG_LEVEL_DEBUG);
    CHECK(strstr(LOGGED(log_debug("detail", "n=%d", 1)), "detail") != NULL);
    log_set_level(LOG_LEVEL_ERROR);
    CHECK_STRING(LOGGED(log_warning("less", "n=%d", 1)), "");
    log_set_level(LOG_LEVEL_NOTICE);
}

TEST(log, systemd_gets_the_priority) {
    REQUIRE(setenv("JOURNAL_STREAM", "8:1", 1) == 0);
    CHECK(strncmp(LOGGED(log_error("stopped", "code=%d", 1)), "<3>deidfs[", 10) == 0);
    REQUIRE(unsetenv("JOURNAL_STREAM") == 0);
}

TEST(log, a_long_line_is_cut_and_ends) {
    const char *line = LOGGED(log_notice("long", "%3000d", 1));
    CHECK(strlen(line) < 1280);
    CHECK(line[strlen(line) - 1] == '\n');
}
