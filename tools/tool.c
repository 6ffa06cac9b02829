#include "tools/tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "conf/base/clock.h"
#include "conf/base/size.h"
#include "conf/base/text.h"
#include "conf/nearest.h"

enum { TOOL_OPTION_COUNT_MAX = 64, TOOL_HELP_COLUMN = 28, TOOL_BAR_LEN = 24 };
/* getopt_long's return values for options without a letter start above all letters. */
enum { TOOL_VALUE_BASE = 256 };

static const struct tool_option tool_common[] = {
    { 'h', "help", NULL, "print this help", NULL },
    { 'V', "version", NULL, "print the version", NULL },
};
enum { TOOL_COMMON_HELP, TOOL_COMMON_VERSION, TOOL_COMMON_COUNT };

static const struct tool_option *tool_option_at(const struct tool *t, size_t i) {
    return i < t->option_count ? &t->options[i] : &tool_common[i - t->option_count];
}

static void tool_help_option(const struct tool_option *o, FILE *to) {
    char letter[8] = "    ";
    if (o->letter) ignore(snprintf(letter, sizeof(letter), "-%c, ", o->letter)); /* fits */
    int len = fprintf(to, "  %s--%s%s%s", letter, o->name, o->argument ? " " : "", o->argument ? o->argument : "");
    if (len >= TOOL_HELP_COLUMN) (void) fprintf(to, "\n%*s", TOOL_HELP_COLUMN, "");
    else (void) fprintf(to, "%*s", TOOL_HELP_COLUMN - len, "");
    (void) fprintf(to, "%s\n", o->help);
}

void tool_help(const struct tool *t, FILE *to) {
    (void) fprintf(to, "usage: %s [options]%s%s\n%s\n\n", t->name, t->operands[0] ? " " : "", t->operands, t->summary);
    for (size_t i = 0; i < t->option_count + TOOL_COMMON_COUNT; i++) tool_help_option(tool_option_at(t, i), to);
    if (t->details) (void) fprintf(to, "\n%s", t->details);
}

_noreturn_ void tool_usage_error(const struct tool *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void) fprintf(stderr, "%s: ", t->name);
    (void) vfprintf(stderr, format, args);
    (void) fprintf(stderr, "\nTry: %s --help\n", t->name);
    va_end(args);
    exit(t->usage_exit);
}

int tool_fail(const struct tool *t, int exit_code, const struct problem *p) {
    (void) fprintf(stderr, "%s: %s\n", t->name, p->text);
    return exit_code;
}

int tool_exit_of(int error) {
    switch (-error) {
    case 0: return TOOL_OK;
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ELOOP: return TOOL_NO_INPUT;
    case EACCES:
    case EPERM: return TOOL_PERMISSION;
    case EPIPE: return TOOL_UNAVAILABLE;
    case EBADMSG:
    case E2BIG:
    case EINVAL: return TOOL_DATA;
    case ENOMEM: return TOOL_SOFTWARE;
    default: return TOOL_IO;
    }
}

uint64_t tool_number(const struct tool *t, const char *option, const char *text, uint64_t least, uint64_t most) {
    uint64_t v = 0;
    if (!text_parse_u64(bytes_from_string(text), &v) || v < least || v > most)
        tool_usage_error(t, "--%s %s: not a number from %llu to %llu", option, text, (unsigned long long) least, (unsigned long long) most);
    return v;
}

int tool_flush(void) {
    return fflush(stdout) != 0 || ferror(stdout) ? -EIO : 0;
}

static _noreturn_ void tool_refuse_unknown(const struct tool *t, const char *given) {
    const char *names[TOOL_OPTION_COUNT_MAX];
    size_t count = t->option_count + TOOL_COMMON_COUNT;
    for (size_t i = 0; i < count; i++) names[i] = tool_option_at(t, i)->name;
    char word[NEAREST_WORD_LEN_MAX + 1] = "";
    const char *name = strncmp(given, "--", 2) == 0 ? given + 2 : given;
    memcpy(word, name, size_min(strcspn(name, "="), NEAREST_WORD_LEN_MAX));
    const char *near = nearest_word(word, names, count);
    tool_usage_error(t, "%s: unknown option%s%s%s", given, near ? "; did you mean --" : "", near ? near : "", near ? "?" : "");
}

static _noreturn_ void tool_exit_with(const struct tool *t, size_t common) {
    if (common == TOOL_COMMON_HELP) tool_help(t, stdout);
    else (void) printf("%.*s %s\n", (int) strcspn(t->name, " "), t->name, DEIDFS_VERSION);
    exit(tool_flush() < 0 ? TOOL_IO : TOOL_OK);
}

static void tool_take(const struct tool *t, size_t i, bool *seen) {
    if (i >= t->option_count) tool_exit_with(t, i - t->option_count);
    const struct tool_option *o = &t->options[i];
    if (seen[i]) tool_usage_error(t, "--%s is given twice", o->name);
    seen[i] = true;
    if (o->argument) *(const char **) o->to = optarg;
    else *(bool *) o->to = true;
}

static size_t tool_index_of(const struct tool *t, int value) {
    if (value >= TOOL_VALUE_BASE) return (size_t) (value - TOOL_VALUE_BASE);
    size_t i = 0;
    while (tool_option_at(t, i)->letter != value) i++;
    return i;
}

int tool_options(const struct tool *t, int argc, char **argv) {
    size_t count = t->option_count + TOOL_COMMON_COUNT;
    must(count < TOOL_OPTION_COUNT_MAX);
    struct option longs[TOOL_OPTION_COUNT_MAX + 1] = { 0 };
    char letters[2 * TOOL_OPTION_COUNT_MAX + 3] = "+:"; /* stop at the first operand; tell a missing argument from an unknown option */
    bool seen[TOOL_OPTION_COUNT_MAX] = { 0 };
    for (size_t i = 0; i < count; i++) {
        const struct tool_option *o = tool_option_at(t, i);
        int value = o->letter ? o->letter : TOOL_VALUE_BASE + (int) i;
        longs[i] = (struct option) { o->name, o->argument ? required_argument : no_argument, NULL, value };
        if (o->letter) (void) snprintf(letters + strlen(letters), 3, "%c%s", o->letter, o->argument ? ":" : "");
    }
    opterr = 0;
    optind = 0; /* glibc: a fresh start, also for a subcommand */
    for (int value; (value = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        if (value == '?') tool_refuse_unknown(t, argv[optind > 1 ? optind - 1 : 1]);
        if (value == ':') tool_usage_error(t, "%s needs an argument", argv[optind - 1]);
        tool_take(t, tool_index_of(t, value), seen);
    }
    int operands = argc - optind;
    if (operands < t->operand_least) tool_usage_error(t, "too few arguments; expected %s", t->operands);
    if (operands > t->operand_most) tool_usage_error(t, "unexpected argument: %s", argv[optind + t->operand_most]);
    return optind;
}

int tool_json_string(struct buf *out, struct bytes data) {
    return text_json_string(data, out);
}

void tool_progress_begin(struct tool_progress *p, const char *what, uint64_t total) {
    const char *term = getenv("TERM");
    *p = (struct tool_progress) { .what = what, .total = total, .begun_ns = clock_monotonic_ns() };
    p->visible = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

static void tool_progress_show(const struct tool_progress *p, uint64_t now_ns) {
    uint64_t elapsed_s = (now_ns - p->begun_ns) / 1000000000u;
    if (p->total == 0) {
        (void) fprintf(stderr, "\r\033[K%s  %llu  %llus", p->what, (unsigned long long) p->done, (unsigned long long) elapsed_s);
        return;
    }
    static const char full[] = "########################", empty[] = "------------------------";
    double share = p->done >= p->total ? 1.0 : (double) p->done / (double) p->total;
    int bar = (int) (share * TOOL_BAR_LEN);
    double left_s = share > 0.0 ? (double) (now_ns - p->begun_ns) / 1e9 * (1.0 - share) / share : 0.0;
    (void) fprintf(stderr, "\r\033[K%s  [%.*s%.*s] %3d %%  %llu/%llu  %llus, %.0fs left", p->what, bar, full, TOOL_BAR_LEN - bar, empty,
                   (int) (share * 100), (unsigned long long) p->done, (unsigned long long) p->total, (unsigned long long) elapsed_s, left_s);
}

void tool_progress_step(struct tool_progress *p, uint64_t done) {
    enum { INTERVAL_NS = 100000000 };
    p->done = done;
    if (!p->visible) return;
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns - p->shown_ns < INTERVAL_NS) return;
    p->shown_ns = now_ns;
    tool_progress_show(p, now_ns);
}

void tool_progress_end(struct tool_progress *p) {
    if (p->visible && p->shown_ns != 0) (void) fprintf(stderr, "\r\033[K");
    p->visible = false;
}
