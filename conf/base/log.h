/* The log: what an operator needs, and nothing a document or a user chose. One line an event:
 *   deidfs[PID]: <event> key=value …
 * to standard error (systemd reads the <N> prefix when JOURNAL_STREAM is set), or to syslog once a daemon has no standard error.
 * The event and the format are literals; arguments are numbers, our own constant strings and configured names. Never a path under the
 * source, never document text: struct bytes does not fit "%s", which stops most accidents at compile time.
 * Threads: safe; one write(2) a line. */
#pragma once

#include "conf/base/attr.h"

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* Lines above the level are dropped. Default: notice. Call before threads. */
void log_set_level(enum log_level level);
/* From here on to syslog(3), facility daemon. Call before threads. */
void log_to_syslog(const char *ident);
void log_write(enum log_level level, const char *event, const char *format, ...) _printf_(3, 4);

#define log_error(event, ...) log_write(LOG_LEVEL_ERROR, event, "" __VA_ARGS__)
#define log_warning(event, ...) log_write(LOG_LEVEL_WARNING, event, "" __VA_ARGS__)
#define log_notice(event, ...) log_write(LOG_LEVEL_NOTICE, event, "" __VA_ARGS__)
#define log_info(event, ...) log_write(LOG_LEVEL_INFO, event, "" __VA_ARGS__)
#define log_debug(event, ...) log_write(LOG_LEVEL_DEBUG, event, "" __VA_ARGS__)
