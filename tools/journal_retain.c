#include "audit/retain.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "audit/checkpoint.h"
#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "conf/base/text.h"
#include "conf/subject.h"
#include "tools/journal.h"

/* Six years of 45 CFR 164.316(b)(2)(i), in months. */
enum { RETAIN_MONTHS_OF_LAW = 72, RETAIN_WAIT_S = 60 };
#define RETAIN_MONTH_US (UINT64_C(31) * 86400 * 1000000) /* never too short */

struct retain_arguments {
    const char *key, *config;
    bool prune, json;
};

static void retain_print_text(const struct conf *c, const struct retain_options *o, const struct retain_plan *plan) {
    char oldest[CLOCK_TEXT_LEN + 1], cut[CLOCK_TEXT_LEN + 1];
    clock_format(plan->oldest_us, oldest);
    clock_format(o->now_us > o->keep_us ? o->now_us - o->keep_us : 0, cut);
    printf("records      %llu to %llu, the oldest of %.10s\n", (unsigned long long) plan->minimum, (unsigned long long) plan->size - 1, oldest);
    printf("retention    %u months: what is older than %.10s may go, in steps of %llu records\n", (unsigned) c->retention_months, cut, (unsigned long long) RETAIN_STEP);
    for (size_t i = 0; i < plan->hold_count; i++) printf("legal hold   record %llu; release it with: hold --release %llu\n", (unsigned long long) plan->hold[i], (unsigned long long) plan->hold[i]);
    if (plan->next.minimum > plan->minimum) printf("may go       records %llu to %llu\n", (unsigned long long) plan->minimum, (unsigned long long) plan->next.minimum - 1);
    else printf("may go       nothing\n");
}

static void retain_print_json(const struct conf *c, const struct retain_plan *plan, uint64_t files) {
    char oldest[CLOCK_TEXT_LEN + 1];
    clock_format(plan->oldest_us, oldest);
    printf("{\"minimum\":%llu,\"size\":%llu,\"oldest\":\"%s\",\"retention_months\":%u,\"next\":%llu,\"holds\":[", (unsigned long long) plan->minimum,
           (unsigned long long) plan->size, oldest, (unsigned) c->retention_months, (unsigned long long) plan->next.minimum);
    for (size_t i = 0; i < plan->hold_count; i++) printf("%s%llu", i > 0 ? "," : "", (unsigned long long) plan->hold[i]);
    printf("],\"files_removed\":%llu}\n", (unsigned long long) files);
}

/* How many records the log's checkpoint covers; 0 when it cannot be read. */
static uint64_t retain_signed_size(const char *dir) {
    _cleanup_(buf_release) struct buf path, raw;
    struct note n;
    struct checkpoint c;
    buf_init(&path, 8192);
    buf_init(&raw, NOTE_LEN_MAX);
    if (buf_append_printf(&path, "%s/log/checkpoint", dir) < 0 || buf_append_byte(&path, '\0') < 0) return 0;
    if (io_read_file_at(AT_FDCWD, (const char *) path.ptr, &raw) < 0 || note_parse(buf_bytes(&raw), &n) < 0 || checkpoint_parse(n.text, &c) < 0) return 0;
    return c.size;
}

/* A mount signs every second; without one the record was signed when it was written. */
static int retain_await(const char *dir, uint64_t index, struct problem *p) {
    struct timespec pause = { .tv_nsec = 100000000 };
    for (int i = 0; i < RETAIN_WAIT_S * 10; i++) {
        if (retain_signed_size(dir) > index) return 0;
        ignore(nanosleep(&pause, NULL)); /* earlier is as good */
    }
    return problem_set(p, -ETIMEDOUT, "record %llu was written and not signed within %d s. See whether the mount has halted, then run this again", (unsigned long long) index, RETAIN_WAIT_S);
}

static int retain_carry_out(const struct conf *c, const struct retain_options *o, const struct retain_plan *plan, uint64_t *out_files, struct problem *p) {
    if (plan->hold_count > 0) return problem_set(p, -EPERM, "record %llu is a legal hold: nothing is removed", (unsigned long long) plan->hold[0]);
    if (plan->next.minimum == 0) return 0;
    if (plan->next.minimum > plan->minimum) {
        struct merkle_hash digest;
        uint64_t index = 0;
        int r = retain_digest(&plan->next, &digest);
        if (r < 0) return problem_set(p, r, "no digest (%s)", strerror(-r));
        const struct event_range range = { .kind = RETAIN_PRUNE, .from = plan->minimum, .to = plan->next.minimum,
                                           .count = plan->next.minimum - plan->minimum, .digest = digest.raw };
        r = journal_record_range(c, &(struct journal_range) { .type = EVENT_RETAIN, .range = &range }, &index, p);
        if (r == 0) r = retain_await(o->dir, index, p);
        if (r < 0) return r;
    }
    return retain_prune(o, plan, out_files, p);
}

static int retain_run(const struct tool *t, const struct retain_arguments *a, const struct conf *c) {
    struct retain_options o = { .dir = c->journal, .keep_us = c->retention_months * RETAIN_MONTH_US, .now_us = clock_realtime_us() };
    static struct retain_plan plan;
    struct problem p = { "" };
    uint64_t files = 0;
    journal_read_key(t, "key", a->key, &o.stable);
    int r = retain_make_plan(&o, &plan, &p);
    if (r < 0) return tool_fail(t, r == -EBADMSG ? TOOL_NEGATIVE : TOOL_INCOMPLETE, &p);
    if (c->retention_months < RETAIN_MONTHS_OF_LAW) {
        (void) fprintf(stderr, "%s: [journal] retention = %u is less than the six years of 45 CFR 164.316(b)(2)(i)\n", t->name, (unsigned) c->retention_months);
    }
    if (!a->json) retain_print_text(c, &o, &plan);
    if (a->prune) r = retain_carry_out(c, &o, &plan, &files, &p);
    if (a->json) retain_print_json(c, &plan, files);
    if (r < 0) return tool_fail(t, r == -EPERM ? TOOL_NEGATIVE : TOOL_INCOMPLETE, &p);
    if (a->prune && !a->json) printf("removed      %llu files\n", (unsigned long long) files);
    if (!a->prune && !a->json && plan.next.minimum > plan.minimum) printf("Nothing was removed: archive first, then run this with --prune.\n");
    return tool_flush() < 0 ? TOOL_INCOMPLETE : TOOL_OK;
}

int journal_retain(int argc, char **argv) {
    struct retain_arguments a = { 0 };
    const struct tool_option options[] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &a.key },
        { 'c', "config", "FILE", "configuration or instance name; [journal] retention counts (required)", &a.config },
        { 0, "prune", NULL, "record it and remove what may go", &a.prune },
        { 0, "json", NULL, "print one JSON object", &a.json },
    };
    const struct tool t = {
        .name = "deidfs-journal retain", .operands = "", .summary = "Says which records are older than the retention period, and removes them with --prune.",
        .options = options, .option_count = array_count(options),
        .details = "The journal is verified first; one that is not sound is not touched. A legal hold forbids every removal.\n"
                   "Exit codes: 0 done, 1 not sound or on hold, 2 not done, 3 wrong usage.\n",
        .usage_exit = JOURNAL_USAGE,
    };
    struct conf *c = NULL;
    struct problem p = { "" };
    (void) tool_options(&t, argc, argv);
    if (!a.key || !a.config) tool_usage_error(&t, "--key and --config are needed");
    if (conf_load(a.config, &c, &p) < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    int code = retain_run(&t, &a, c);
    conf_free(c);
    return code;
}

/* Only a hold that is in force can be released. */
static int hold_check(const struct tool *t, const char *key, const struct conf *c, uint64_t index) {
    struct retain_options o = { .dir = c->journal, .keep_us = UINT64_MAX, .now_us = clock_realtime_us() };
    static struct retain_plan plan;
    struct problem p = { "" };
    journal_read_key(t, "key", key, &o.stable);
    if (retain_make_plan(&o, &plan, &p) < 0) return tool_fail(t, TOOL_INCOMPLETE, &p);
    for (size_t i = 0; i < plan.hold_count; i++) {
        if (plan.hold[i] == index) return TOOL_OK;
    }
    ignore(problem_set(&p, -ENOENT, "record %llu is not a hold that is in force", (unsigned long long) index)); /* told below */
    return tool_fail(t, TOOL_NEGATIVE, &p);
}

static int hold_record(const struct tool *t, const struct conf *c, const struct event_range *range, const char *words) {
    struct problem p = { "" };
    uint64_t index = 0;
    int r = journal_record_range(c, &(struct journal_range) { .type = EVENT_RETAIN, .range = range }, &index, &p);
    if (r == 0) r = retain_await(c->journal, index, &p);
    if (r < 0) return tool_fail(t, TOOL_INCOMPLETE, &p);
    printf("%s: record %llu\n", words, (unsigned long long) index);
    return tool_flush() < 0 ? TOOL_INCOMPLETE : TOOL_OK;
}

int journal_hold(int argc, char **argv) {
    const char *key = NULL, *config = NULL, *release = NULL;
    bool set = false;
    const struct tool_option options[] = {
        { 'c', "config", "FILE", "configuration or instance name (required)", &config },
        { 0, "set", NULL, "set a hold: no record is removed until it is released", &set },
        { 0, "release", "N", "release the hold that record N set; needs --key", &release },
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup", &key },
    };
    const struct tool t = {
        .name = "deidfs-journal hold", .operands = "", .summary = "Sets or releases a legal hold. Either is a record; retain lists what is in force.",
        .options = options, .option_count = array_count(options), .usage_exit = JOURNAL_USAGE,
    };
    struct conf *c = NULL;
    struct problem p = { "" };
    (void) tool_options(&t, argc, argv);
    if (!config || set == (release != NULL) || (release && !key)) tool_usage_error(&t, "--config is needed, and --set, or --release with --key");
    uint64_t held = release ? tool_number(&t, "--release", release, 0, ENTRY_INTEGER_MAX - 1) : 0;
    if (conf_load(config, &c, &p) < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    const struct event_range range = { .kind = set ? RETAIN_HOLD : RETAIN_RELEASE, .from = held, .to = release ? held + 1 : 0 };
    int code = release ? hold_check(&t, key, c, held) : TOOL_OK;
    if (code == TOOL_OK) code = hold_record(&t, c, &range, set ? "held" : "released");
    conf_free(c);
    return code;
}

/* "2026-03" as months since year 0. */
static uint32_t forget_month(const struct tool *t, const char *text) {
    char whole[CLOCK_TEXT_LEN + 1] = "0000-00-01T00:00:00.000000Z";
    uint64_t us = 0;
    if (strlen(text) == 7) memcpy(whole, text, 7);
    if (strlen(text) != 7 || !clock_parse(bytes_make(whole, CLOCK_TEXT_LEN), &us)) tool_usage_error(t, "--before: %s is no month (2026-03)", text);
    return subject_month_of(us);
}

/* In place, as the key lies on the disk: a new file would leave the old bytes somewhere. What SSDs and backups keep, nobody reaches from here. */
static int forget_overwrite(const char *path, const struct journal_subject_key *k, struct problem *p) {
    char hex[2 * KEY_LEN + 1], line[160];
    text_hex_encode(bytes_make(k->key.raw, KEY_LEN), hex);
    int len = snprintf(line, sizeof(line), "%u %u %s\n", (unsigned) k->first, (unsigned) k->month, hex);
    must(len > 0 && (size_t) len < sizeof(line));
    _cleanup_(close_fd) int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    int r = fd < 0 ? -errno : io_pwrite_full(fd, bytes_make(line, (size_t) len), 0);
    if (r == 0 && ftruncate(fd, len) < 0) r = -errno;
    if (r == 0 && fsync(fd) < 0) r = -errno;
    explicit_bzero(hex, sizeof(hex));
    explicit_bzero(line, sizeof(line));
    return r < 0 ? problem_set(p, r, "%s cannot be overwritten (%s): the old keys are still there", path, strerror(-r)) : 0;
}

static int forget_run(const struct tool *t, const struct conf *c, const char *path, uint32_t before) {
    struct journal_subject_key k;
    struct problem p = { "" };
    uint64_t index = 0;
    journal_read_subject_key(t, path, &k);
    uint32_t today = subject_month_of(clock_realtime_us());
    if (before <= k.month) tool_usage_error(t, "--before: this key links no month before that already");
    if (before > today) tool_usage_error(t, "--before: months to come have no records yet");
    const struct event_range range = { .kind = RETAIN_SUBJECTS, .from = k.month - k.first, .to = before - k.first, .count = before - k.month };
    int r = journal_record_range(c, &(struct journal_range) { .type = EVENT_RETAIN, .range = &range }, &index, &p);
    for (; r == 0 && k.month < before; k.month++) {
        _cleanup_(key_wipe) struct key from = k.key;
        subject_key_next(&from, &k.key);
    }
    if (r == 0) r = forget_overwrite(path, &k, &p);
    key_wipe(&k.key);
    if (r < 0) return tool_fail(t, TOOL_INCOMPLETE, &p);
    printf("forgotten: record %llu\n", (unsigned long long) index);
    return tool_flush() < 0 ? TOOL_INCOMPLETE : TOOL_OK;
}

int journal_forget(int argc, char **argv) {
    const char *config = NULL, *path = NULL, *before = NULL;
    const struct tool_option options[] = {
        { 'c', "config", "FILE", "configuration or instance name (required)", &config },
        { 0, "subject-key", "FILE", "the privacy officer's key, which is overwritten (required)", &path },
        { 0, "before", "MONTH", "the first month that can still be linked: 2026-03 (required)", &before },
    };
    const struct tool t = {
        .name = "deidfs-journal forget", .operands = "", .summary = "Destroys the subject keys of past months: records stay, nobody can tell whose they were.",
        .options = options, .option_count = array_count(options),
        .details = "The key is stepped forward and overwritten in place. Other copies of it must be destroyed where they are.\n", .usage_exit = JOURNAL_USAGE,
    };
    struct conf *c = NULL;
    struct problem p = { "" };
    (void) tool_options(&t, argc, argv);
    if (!config || !path || !before) tool_usage_error(&t, "--config, --subject-key and --before are needed");
    uint32_t month = forget_month(&t, before);
    if (conf_load(config, &c, &p) < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    int code = forget_run(&t, c, path, month);
    conf_free(c);
    return code;
}
