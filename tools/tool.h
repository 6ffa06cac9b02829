/* What every program of tools/ shares: options with --help and --version, exit codes, problems in words, a progress bar, JSON strings.
 *
 *     static bool json; static const char *config;
 *     static const struct tool_option options[] = {
 *         { 'c', "config", "FILE", "configuration or instance name (required)", &config },
 *         { 0, "json", NULL, "print one JSON object", &json },
 *     };
 *     static const struct tool filter = { .name = "deidfs-filter", .operands = "", .summary = "…", .options = options,
 *                                         .option_count = array_count(options), .usage_exit = TOOL_USAGE };
 *     int first = tool_options(&filter, argc, argv);       exits by itself for --help, --version and wrong usage
 *     if (!config) tool_usage_error(&filter, "--config is missing");
 *     if (r < 0) return tool_fail(&filter, tool_exit_of(r), &problem);
 *
 * A program with subcommands has one struct tool each ("deidfs-journal verify") and calls tool_options() with argv moved on by one.
 * Threads: main thread, before others begin; tool_progress and tool_json belong to one thread each. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "conf/base/buf.h"
#include "conf/base/problem.h"

/* Exit codes, after sysexits(3) where it has one. TOOL_NEGATIVE is the answer "no" of a program that exists to ask. */
enum tool_exit {
    TOOL_OK = 0,
    TOOL_NEGATIVE = 1,
    TOOL_INCOMPLETE = 2,
    TOOL_USAGE = 64,
    TOOL_DATA = 65,        /* bad input */
    TOOL_NO_INPUT = 66,    /* cannot open input */
    TOOL_UNAVAILABLE = 69, /* keeper, vault or journal failed */
    TOOL_SOFTWARE = 70,    /* out of memory and the like */
    TOOL_CANNOT_CREATE = 73,
    TOOL_IO = 74,
    TOOL_PERMISSION = 77,
    TOOL_CONFIG = 78,
};

struct tool_option {
    char letter;          /* 0: long form only */
    const char *name;     /* without the dashes */
    const char *argument; /* "FILE"; NULL: a flag */
    const char *help;     /* one line, lower case, no full stop */
    void *to;             /* bool * of a flag, else const char **; keeps what it held (the default) when the option is not given */
};

struct tool {
    const char *name;
    const char *operands; /* "[FILE…]"; "" none */
    const char *summary;  /* one sentence */
    const struct tool_option *options; /* --help and --version are added */
    size_t option_count;
    int operand_least, operand_most;
    const char *details;  /* below the options: what the exit codes mean, an example; may be NULL. Lines end in '\n' */
    int usage_exit;       /* TOOL_USAGE; 3 for deidfs-journal */
};

/* Reads options up to the first operand or "--" and returns its index in argv. Prints --help or --version on standard output and exits 0; prints
 * what is wrong, with the nearest option, and exits with usage_exit. An option given twice is wrong usage, as are too few or many operands. */
int tool_options(const struct tool *t, int argc, char **argv);
/* The help text as --help prints it. */
void tool_help(const struct tool *t, FILE *to);
/* "NAME: <words>" and a pointer to --help on standard error; exits with usage_exit. */
_noreturn_ void tool_usage_error(const struct tool *t, const char *format, ...) _printf_(2, 3);
/* "NAME: <problem>" on standard error; returns exit_code for `return tool_fail(…)`. */
int tool_fail(const struct tool *t, int exit_code, const struct problem *p);
/* The exit code for a negative errno of opening or reading input, when nothing more is known. */
int tool_exit_of(int error);
/* A decimal number within bounds, else tool_usage_error() naming the option. */
uint64_t tool_number(const struct tool *t, const char *option, const char *text, uint64_t least, uint64_t most);
/* fflush and error check of standard output: 0, or -EIO once anything written to it was lost. For the last line of main. */
_must_use_ int tool_flush(void);

/* Appends data as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. Returns the buffer's sticky error. */
int tool_json_string(struct buf *out, struct bytes data);

/* A progress bar on standard error, when that is a terminal and not "dumb"; otherwise nothing is printed at all. Ten times a second at most. */
struct tool_progress {
    const char *what;
    uint64_t total; /* 0: unknown, then only the count is shown */
    uint64_t done;
    uint64_t begun_ns;
    uint64_t shown_ns;
    bool visible;
};
void tool_progress_begin(struct tool_progress *p, const char *what, uint64_t total);
void tool_progress_step(struct tool_progress *p, uint64_t done);
/* Erases the line, so that what is printed next begins on a clean one. */
void tool_progress_end(struct tool_progress *p);
