#include "conf/base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <syslog.h>

static enum log_level log_level_max = LOG_LEVEL_NOTICE;
static bool log_uses_syslog = false;

void log_set_level(enum log_level level) {
    log_level_max = level;
}

void log_to_syslog(const char *ident) {
    openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
    log_uses_syslog = true;
}

void log_write(enum log_level level, const char *event, const char *format, ...) {
    if (level > log_level_max) return;
    char text[1024];
    va_list args;
    va_start(args, format);
    ignore(vsnprintf(text, sizeof(text), format, args)); /* a cut line is still a line */
    va_end(args);
    if (log_uses_syslog) {
        syslog((int) level, "%s %s", event, text);
        return;
    }
    char line[1280];
    char priority[8] = "";
    if (getenv("JOURNAL_STREAM")) ignore(snprintf(priority, sizeof(priority), "<%d>", (int) ((unsigned) level % 10u))); /* sd-daemon(3) */
    int len = snprintf(line, sizeof(line), "%sdeidfs[%d]: %s%s%s\n", priority, (int) getpid(), event, text[0] ? " " : "", text);
    if (len <= 0) return;
    size_t n = (size_t) len < sizeof(line) ? (size_t) len : sizeof(line) - 1;
    ignore(write(STDERR_FILENO, line, n)); /* nowhere to report a log that cannot be written */
}
