/* deidfs-check: would this instance mount, does it guard anything, and what would it do to these documents? Changes nothing. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "conf/base/io.h"
#include "conf/conf.h"
#include "conf/exposure.h"
#include "conf/keyring.h"
#include "redact/site.h"
#include "redact/vault.h"
#include "tools/survey.h"
#include "tools/tool.h"

static struct {
    const char *config;
    bool json, dry_run, names;
} ask;

static const struct tool_option options[] = {
    { 'c', "config", "FILE", "configuration or instance name (required)", &ask.config },
    { 'n', "dry-run", NULL, "run the engine over every document below DIR; nothing is written", &ask.dry_run },
    { 0, "names", NULL, "print paths of slow and refused documents; they may hold identifiers", &ask.names },
    { 0, "json", NULL, "print one JSON object", &ask.json },
};

static const struct tool check = {
    .name = "deidfs-check",
    .operands = "[DIR]",
    .summary = "Validates the configuration, state, rules and exposures of an instance; with --dry-run also what it would do to documents.",
    .options = options,
    .option_count = array_count(options),
    .operand_most = 1,
    .details = "DIR is the folder for --dry-run; default the configured source.\n"
               "Exit status: 0 nothing wrong (notes are advice), 1 a fault was found, 64 usage, 66 DIR cannot be read, 74 I/O error,\n"
               "77 permission, 78 the configuration is refused. See deidfs-check(8).\n",
    .usage_exit = TOOL_USAGE,
};

enum level { LEVEL_OK, LEVEL_NOTE, LEVEL_FAULT, LEVEL_COUNT };
static const char *const level_names[LEVEL_COUNT] = { "ok", "note", "FAULT" };
static const char *const level_words[LEVEL_COUNT] = { "ok", "note", "fault" };

/* What was found so far: printed at once as text, gathered as JSON. */
struct report {
    size_t counts[LEVEL_COUNT];
    struct buf json;
};

_printf_(4, 5) static void report_say(struct report *to, enum level level, const char *area, const char *format, ...) {
    char text[2 * PATH_MAX];
    va_list args;
    va_start(args, format);
    ignore(vsnprintf(text, sizeof(text), format, args)); /* a cut sentence is still one */
    va_end(args);
    to->counts[level]++;
    if (!ask.json) {
        printf("%-5s  %-9s  %s\n", level_names[level], area, text);
        return;
    }
    ignore(buf_append_printf(&to->json, "%s{\"level\":\"%s\",\"area\":\"%s\",\"text\":", to->json.len > 0 ? "," : "", level_words[level], area));
    ignore(tool_json_string(&to->json, bytes_from_string(text))); /* the buffer's error is sticky and asked for at the end */
    ignore(buf_append_byte(&to->json, '}'));
}

/* What may be said about the views, and which actions keep more from being said. */
static void check_claim(struct report *to, const struct conf *c) {
    struct problem why = { 0 };
    enum claim supported = claim_of(&c->profile, &why);
    report_say(to, LEVEL_OK, "claim", "the views support %s; accepted is %s", claim_name(supported), claim_name(c->claim));
    if (supported > CLAIM_SAFE_HARBOR && claim_explain(&c->profile, supported, &why) == 0)
        ignore(claim_of(&c->profile, &why)); /* a parameter weakens it, no action */
    if (supported > CLAIM_SAFE_HARBOR) report_say(to, LEVEL_NOTE, "claim", "no more than %s because: %s", claim_name(supported), why.text);
    if (supported == CLAIM_LIMITED_DATA_SET)
        report_say(to, LEVEL_NOTE, "claim", "a limited data set needs a data use agreement with its recipient (45 CFR 164.514(e)(4))");
    if (supported == CLAIM_EXPERT_DETERMINATION)
        report_say(to, LEVEL_NOTE, "claim", "without a valid expert determination on file (45 CFR 164.514(b)(1)) these views are identifiable");
}

static void check_folder(struct report *to, const char *area, const char *path) {
    struct stat st;
    if (stat(path, &st) < 0) report_say(to, LEVEL_FAULT, area, "%s: %s; make it with deidfs-setup", path, strerrordesc_np(errno));
    else if (!S_ISDIR(st.st_mode)) report_say(to, LEVEL_FAULT, area, "%s is no folder", path);
    else if (st.st_mode & 077) report_say(to, LEVEL_FAULT, area, "%s has mode %04o; chmod 0700 %s", path, st.st_mode & 07777u, path);
    else report_say(to, LEVEL_OK, area, "%s is private", path);
}

/* Starting the keeper loads every key and checks its form. */
static void check_keys(struct report *to, const struct conf *c) {
    struct problem p = { 0 };
    uint8_t seal_to[KEY_LEN];
    _cleanup_(keeper_freep) struct keeper *keeper = NULL;
    _cleanup_(vault_freep) struct vault *vault = NULL;
    int r = keeper_start(c->state, &keeper, &p);
    if (r == 0) r = keyring_load_reidentify_public(c->state, seal_to, &p);
    if (r < 0) {
        report_say(to, LEVEL_FAULT, "keys", "%s", p.text);
        return;
    }
    report_say(to, LEVEL_OK, "keys", "the keeper starts and has all its keys");
    const struct vault_place place = { .state_dir = c->state, .destination = c->destination, .database = c->database };
    r = vault_open(&place, keeper, seal_to, &vault, &p);
    if (r < 0) report_say(to, LEVEL_FAULT, "vault", "%s", p.text);
    else report_say(to, LEVEL_OK, "vault", "opens with this index key; %llu tokens so far", (unsigned long long) vault_generation(vault));
    char path[PATH_MAX + 64];
    struct stat st;
    ignore(snprintf(path, sizeof(path), "%s/reidentify/reidentify.key", c->state)); /* fits */
    if (lstat(path, &st) == 0) report_say(to, LEVEL_NOTE, "keys", "%s is still on this machine; move it to where re-identification happens", path);
    ignore(snprintf(path, sizeof(path), "%s/officer/subject-0.key", c->state)); /* fits */
    if (lstat(path, &st) == 0) report_say(to, LEVEL_NOTE, "keys", "%s is still on this machine; move it to the privacy officer", path);
}

static void check_journal_origin(struct report *to, const struct conf *c) {
    char path[PATH_MAX + 64];
    _cleanup_(buf_release) struct buf vkey;
    buf_init(&vkey, 4096);
    ignore(snprintf(path, sizeof(path), "%s/log/log.vkey", c->journal)); /* fits */
    int r = io_read_file_at(AT_FDCWD, path, &vkey);
    size_t len = strlen(c->origin);
    if (r < 0) {
        report_say(to, LEVEL_FAULT, "journal", "%s: %s; make it with deidfs-setup", path, strerrordesc_np(-r));
    } else if (!bytes_starts_with(buf_bytes(&vkey), bytes_from_string(c->origin)) || vkey.len <= len || vkey.ptr[len] != '+') {
        report_say(to, LEVEL_FAULT, "journal", "origin = %s is not the one this journal was made with (%s)", c->origin, path);
    } else {
        report_say(to, LEVEL_OK, "journal", "%s is there; verify it with: deidfs-journal verify --key %s %s", c->journal, path, c->journal);
    }
}

static void check_journal_room(struct report *to, const struct conf *c) {
    enum { ROOM_MIB = 1024 };
    struct statvfs fs;
    struct stat journal, copy;
    char folder[PATH_MAX];
    if (statvfs(c->journal, &fs) < 0 || stat(c->journal, &journal) < 0) return; /* said already */
    uint64_t room_mib = (uint64_t) fs.f_bavail * fs.f_frsize >> 20;
    if (room_mib < ROOM_MIB)
        report_say(to, LEVEL_NOTE, "journal", "%llu MiB of room left; a full disk denies every read", (unsigned long long) room_mib);
    memcpy(folder, c->checkpoint_copy, sizeof(folder));
    char *slash = strrchr(folder, '/');
    if (slash && slash != folder) *slash = '\0';
    if (stat(folder, &copy) == 0 && copy.st_dev == journal.st_dev)
        report_say(to, LEVEL_NOTE, "journal", "checkpoint_copy lies on the journal's file system; on another one it betrays a restored backup");
}

static void check_exposures(struct report *to, const struct conf *c) {
    struct problem p = { 0 };
    _cleanup_(free_ptr) struct exposures *found = calloc(1, sizeof(*found));
    int r = found ? exposure_find(c, found, &p) : problem_set(&p, -ENOMEM, "out of memory");
    if (r < 0) {
        report_say(to, LEVEL_FAULT, "exposure", "%s", p.text);
        return;
    }
    for (size_t i = 0; i < found->count; i++) {
        char words[2 * PATH_MAX];
        exposure_describe(&found->items[i], words, sizeof(words));
        report_say(to, LEVEL_FAULT, "exposure", "%s", words);
    }
    if (!found->complete) report_say(to, LEVEL_NOTE, "exposure", "only modes for everybody were looked at; run as root to try each consumer");
    else if (found->count == 0) report_say(to, LEVEL_OK, "exposure", "%zu consumers tried; none reaches source, state or configuration", found->tried);
}

static void check_programs(struct report *to, const struct conf *c) {
    const char *path = c->programs.text;
    for (size_t i = 0; i < c->programs.count; i++, path += strlen(path) + 1) {
        struct stat st;
        if (stat(path, &st) < 0) report_say(to, LEVEL_FAULT, "access", "program %s: %s; nobody can read by it", path, strerrordesc_np(errno));
        else if (!S_ISREG(st.st_mode)) report_say(to, LEVEL_FAULT, "access", "program %s is no file", path);
        else if (st.st_uid != 0 || (st.st_mode & 022)) report_say(to, LEVEL_FAULT, "access", "program %s: others than root can write it; it is not admitted", path);
        else report_say(to, LEVEL_OK, "access", "program %s may read", path);
    }
}

static void check_access(struct report *to, const struct conf *c) {
    const struct paths *paths = &c->paths;
    if (c->user_count + c->group_count == 0) report_say(to, LEVEL_NOTE, "access", "no users and no groups: everybody who reaches the mount may read");
    else report_say(to, LEVEL_OK, "access", "%zu users and the members of %zu groups may read", c->user_count, c->group_count);
    check_programs(to, c);
    if (c->purposes != 0) report_say(to, LEVEL_OK, "access", "a purpose is asked for: readers start by deidfs-session(1)");
    if (c->hours.count > 0 && !hours_hold_now(&c->hours)) report_say(to, LEVEL_NOTE, "access", "outside hours now: every open would be denied");
    if (paths->include.count + paths->exclude.count > 0)
        report_say(to, LEVEL_OK, "access", "paths: %zu globs include, %zu exclude; the rest is not there", paths->include.count, paths->exclude.count);
    if (c->enforce == ENFORCE_KERNEL && (c->file_mode != 0444 || c->dir_mode != 0555))
        report_say(to, LEVEL_NOTE, "access", "enforce = kernel: what file_mode and dir_mode forbid is denied without a record; daemon records it");
}

/* Keys are locked in memory; documents and views are not. */
static void check_swap(struct report *to) {
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, 1 << 16);
    int fd = open("/proc/swaps", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || io_read_all(fd, &text) < 0) buf_reset(&text);
    close_fd(&fd);
    const uint8_t *first = text.len > 0 ? memchr(text.ptr, '\n', text.len) : NULL;
    if (first && first + 1 < text.ptr + text.len)
        report_say(to, LEVEL_NOTE, "memory", "swap is on: documents in the mount's memory may reach it; deidfs@.service forbids that (MemorySwapMax=0), else "
                                             "encrypt the swap");
}

static void check_device(struct report *to) {
    if (access("/dev/fuse", R_OK | W_OK) == 0) report_say(to, LEVEL_OK, "fuse", "/dev/fuse can be opened");
    else report_say(to, LEVEL_FAULT, "fuse", "/dev/fuse: %s; nothing can be mounted here (modprobe fuse)", strerrordesc_np(errno));
}

static void check_roster(struct report *to, const struct conf *c, const struct engine_report *found) {
    const struct roster_report *r = &found->roster;
    if (c->roster[0] == '\0') return;
    report_say(to, LEVEL_OK, "roster", "%zu patients with %zu values, %zu MiB of memory", r->person_count, r->value_count, (found->roster_len >> 20) + 1);
    if (r->columns_ignored > 0) report_say(to, LEVEL_NOTE, "roster", "%zu columns have headers that are not known and were left out", r->columns_ignored);
    if (r->rows_refused + r->values_refused == 0) return;
    report_say(to, LEVEL_NOTE, "roster", "%zu rows and %zu values cannot be used: those patients are found less well", r->rows_refused, r->values_refused);
    for (size_t i = 0; i < r->reason_count; i++)
        report_say(to, LEVEL_NOTE, "roster", "%s:%zu: %s", r->reasons[i].path, r->reasons[i].line, r->reasons[i].why);
}

/* Rules are compiled here; NULL with a fault reported when they cannot be. */
static struct engine *check_rules(struct report *to, const struct conf *c) {
    struct problem p = { 0 };
    struct engine *engine = NULL;
    _cleanup_(free_ptr) struct engine_report *found = calloc(1, sizeof(*found));
    int r = found ? site_engine_new(c, found, &engine, &p) : problem_set(&p, -ENOMEM, "out of memory");
    if (r < 0) {
        report_say(to, LEVEL_FAULT, "rules", "%s", p.text);
        return NULL;
    }
    report_say(to, LEVEL_OK, "rules", "%zu rules, lists and model compile; profile %s", found->rule_count, c->profile.name);
    if (c->rules[0]) report_say(to, LEVEL_OK, "rules", "%zu site rules from %s", found->site_rule_count, c->rules);
    if (c->lists[0]) report_say(to, LEVEL_OK, "lists", "%zu entries from the site's lists in %s", found->list_entry_count, c->lists);
    check_roster(to, c, found);
    return engine;
}

static void check_progress(void *context, uint64_t files_done, uint64_t bytes_done) {
    (void) files_done;
    tool_progress_step(context, bytes_done);
}

/* A path, when asked for; otherwise what tells documents apart without naming anybody. */
static void survey_print_file(const struct survey_file *f, size_t number) {
    if (ask.names) printf("    %s", f->path);
    else printf("    document %zu (--names shows its path)", number + 1);
    printf(", %llu bytes", (unsigned long long) f->len);
    if (f->refusal != REFUSAL_NONE) printf(": %s", refusal_name(f->refusal));
    else printf(": %.1f ms", (double) f->time_us / 1000);
    printf("\n");
}

static void survey_print(const struct survey *s) {
    double seconds = (double) s->time_us / 1e6;
    printf("\n%llu documents, %llu bytes: %llu shown, %llu refused, %llu hidden, %llu excluded; %llu links, %llu special and %llu unreadable files never shown\n",
           (unsigned long long) s->file_count, (unsigned long long) s->byte_count, (unsigned long long) s->shown_count,
           (unsigned long long) s->refused_count, (unsigned long long) s->hidden_count, (unsigned long long) s->excluded_count,
           (unsigned long long) s->link_count,
           (unsigned long long) s->special_count, (unsigned long long) s->unreadable_count);
    if (seconds > 0) printf("%.2f s in the engine, %.1f MB/s on one thread\n", seconds, (double) s->byte_count / 1e6 / seconds);
    for (size_t i = 0; i < s->format_count; i++) printf("  %-14s %10llu\n", s->formats[i].name, (unsigned long long) s->formats[i].count);
    printf("Findings:\n");
    for (unsigned i = 0; i < ENTITY_COUNT; i++) {
        if (s->entities[i] > 0) printf("  %-14s %10llu\n", entity_name((enum entity) i), (unsigned long long) s->entities[i]);
    }
    if (s->slowest_count > 0) printf("Slowest:\n");
    for (size_t i = 0; i < s->slowest_count; i++) survey_print_file(&s->slowest[i], i);
    if (s->refused_kept > 0) printf("Refused or hidden:\n");
    for (unsigned i = 1; i < REFUSAL_COUNT; i++) {
        if (s->refusals[i] > 0) printf("  %llu %s: %s\n", (unsigned long long) s->refusals[i], refusal_name((enum refusal) i), refusal_help((enum refusal) i));
    }
    for (size_t i = 0; ask.names && i < s->refused_kept; i++) survey_print_file(&s->refused[i], i);
}

static void survey_json_files(struct buf *out, const char *name, const struct survey_file *files, size_t count) {
    ignore(buf_append_printf(out, ",\"%s\":[", name));
    for (size_t i = 0; i < count; i++) {
        ignore(buf_append_printf(out, "%s{\"bytes\":%llu", i ? "," : "", (unsigned long long) files[i].len));
        if (files[i].refusal != REFUSAL_NONE) ignore(buf_append_printf(out, ",\"refusal\":\"%s\"", refusal_name(files[i].refusal)));
        else ignore(buf_append_printf(out, ",\"us\":%llu", (unsigned long long) files[i].time_us));
        if (ask.names) {
            ignore(buf_append_string(out, ",\"path\":"));
            ignore(tool_json_string(out, bytes_from_string(files[i].path)));
        }
        ignore(buf_append_byte(out, '}'));
    }
    ignore(buf_append_byte(out, ']'));
}

/* Errors of the buffer are sticky: asked for once, before it is printed. */
static void survey_json(const struct survey *s, struct buf *out) {
    ignore(buf_append_printf(out, ",\"survey\":{\"files\":%llu,\"bytes\":%llu,\"shown\":%llu,\"refused\":%llu,\"hidden\":%llu,\"excluded\":%llu,\"links\":%llu,"
                                  "\"special\":%llu,\"unreadable\":%llu,\"engine_us\":%llu,\"formats\":{",
                             (unsigned long long) s->file_count, (unsigned long long) s->byte_count, (unsigned long long) s->shown_count,
                             (unsigned long long) s->refused_count, (unsigned long long) s->hidden_count, (unsigned long long) s->excluded_count,
                             (unsigned long long) s->link_count,
                             (unsigned long long) s->special_count, (unsigned long long) s->unreadable_count, (unsigned long long) s->time_us));
    for (size_t i = 0; i < s->format_count; i++)
        ignore(buf_append_printf(out, "%s\"%s\":%llu", i ? "," : "", s->formats[i].name, (unsigned long long) s->formats[i].count));
    ignore(buf_append_string(out, "},\"entities\":{"));
    const char *comma = "";
    for (unsigned i = 0; i < ENTITY_COUNT; i++) {
        if (s->entities[i] == 0) continue;
        ignore(buf_append_printf(out, "%s\"%s\":%llu", comma, entity_name((enum entity) i), (unsigned long long) s->entities[i]));
        comma = ",";
    }
    ignore(buf_append_string(out, "},\"refusals\":{"));
    comma = "";
    for (unsigned i = 1; i < REFUSAL_COUNT; i++) {
        if (s->refusals[i] == 0) continue;
        ignore(buf_append_printf(out, "%s\"%s\":%llu", comma, refusal_name((enum refusal) i), (unsigned long long) s->refusals[i]));
        comma = ",";
    }
    ignore(buf_append_byte(out, '}'));
    survey_json_files(out, "slowest", s->slowest, s->slowest_count);
    survey_json_files(out, "refused_files", s->refused, s->refused_kept);
    ignore(buf_append_byte(out, '}'));
}

static int check_dry_run(const struct conf *c, const struct engine *engine, const char *folder, struct survey *s) {
    struct tool_progress progress;
    uint64_t files = 0, bytes = 0;
    struct problem p = { 0 };
    int r = survey_measure(folder, c->cross_devices, &files, &bytes);
    if (r == 0) {
        tool_progress_begin(&progress, "dry run", bytes);
        r = survey_run(c, engine, folder, &(struct survey_watch) { check_progress, &progress }, s);
        tool_progress_end(&progress);
    }
    if (r == 0) return TOOL_OK;
    ignore(problem_set(&p, r, "%s: %s", folder, strerrordesc_np(-r)));
    return tool_fail(&check, tool_exit_of(r), &p);
}

static int check_finish(const struct report *to, const struct survey *s) {
    struct problem p = { 0 };
    if (!ask.json && s) survey_print(s);
    if (!ask.json) printf("\n%zu faults, %zu notes\n", to->counts[LEVEL_FAULT], to->counts[LEVEL_NOTE]);
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, (size_t) 64 << 20);
    ignore(buf_append_printf(&out, "{\"faults\":%zu,\"notes\":%zu,\"checks\":[", to->counts[LEVEL_FAULT], to->counts[LEVEL_NOTE]));
    ignore(buf_append(&out, buf_bytes(&to->json)));
    ignore(buf_append_byte(&out, ']'));
    if (s) survey_json(s, &out);
    ignore(buf_append_string(&out, "}\n")); /* sticky: asked for in the next line */
    int r = buf_error(&to->json) < 0 ? buf_error(&to->json) : buf_error(&out);
    if (r < 0) ignore(problem_set(&p, r, "out of memory")); /* r goes on */
    if (r < 0) return tool_fail(&check, TOOL_SOFTWARE, &p);
    if (ask.json) (void) fwrite(out.ptr, 1, out.len, stdout);
    if (tool_flush() < 0) return TOOL_IO;
    return to->counts[LEVEL_FAULT] > 0 ? TOOL_NEGATIVE : TOOL_OK;
}

int main(int argc, char **argv) {
    must(sodium_init() >= 0);
    int first = tool_options(&check, argc, argv);
    if (!ask.config) tool_usage_error(&check, "--config is missing");
    if (first < argc && !ask.dry_run) tool_usage_error(&check, "DIR is for --dry-run");
    struct problem p = { 0 };
    _cleanup_(conf_freep) struct conf *c = NULL;
    int r = conf_load(ask.config, &c, &p);
    if (r < 0) return tool_fail(&check, r == -EACCES ? TOOL_PERMISSION : TOOL_CONFIG, &p);
    struct report report = { 0 };
    buf_init(&report.json, (size_t) 1 << 20);
    report_say(&report, LEVEL_OK, "config", "%s: instance %s, profile %s", c->path, c->instance, c->profile.name);
    check_claim(&report, c);
    check_access(&report, c);
    check_exposures(&report, c); /* forks: before the keeper's channel and the engine's memory */
    check_folder(&report, "state", c->state);
    check_keys(&report, c);
    check_journal_origin(&report, c);
    check_journal_room(&report, c);
    check_device(&report);
    check_swap(&report);
    _cleanup_(engine_freep) struct engine *engine = check_rules(&report, c);
    struct survey survey = { 0 };
    bool surveyed = ask.dry_run && engine;
    int code = surveyed ? check_dry_run(c, engine, first < argc ? argv[first] : c->source, &survey) : TOOL_OK;
    if (code == TOOL_OK) code = check_finish(&report, surveyed ? &survey : NULL);
    survey_release(&survey);
    buf_release(&report.json);
    return code;
}
