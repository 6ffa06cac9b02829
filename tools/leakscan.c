#include "tools/leakscan.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/keyring.h"
#include "redact/leak_scan.h"
#include "tools/grant.h"
#include "tools/inflater.h"
#include "tools/ledger.h"
#include "tools/tool.h"

enum { LEAKSCAN_READ_LEN = 1 << 18, LEAKSCAN_HITS_DEFAULT = 10000, LEAKSCAN_NAME_HITS_MAX = 16, LEAKSCAN_NAME_LEN_MAX = 1 << 16 };

static struct {
    const char *config, *reason, *key, *max_hits;
    bool weak, json;
} ask;

static const struct tool_option options[] = {
    { 'c', "config", "FILE", "configuration or instance name (required)", &ask.config },
    { 'r', "reason", "TEXT", "why; its token is recorded (required)", &ask.reason },
    { 'k', "key", "FILE", "re-identification key; default STATE/reidentify/reidentify.key", &ask.key },
    { 0, "weak", NULL, "list, and count for the exit status, also values that stand in innocent text: cities, single names, short numbers", &ask.weak },
    { 0, "max-hits", "N", "list no more than that; all are counted; default 10000", &ask.max_hits },
    { 0, "json", NULL, "print a JSON object for each hit, and one with the counts at the end", &ask.json },
};

static const struct tool leakscan = {
    .name = "deidfs-reidentify leakscan",
    .operands = "FOLDER|FILE|-…",
    .summary = "Searches files for identifiers that the vault knows, and prints where they are, never what they are.",
    .options = options,
    .option_count = array_count(options),
    .operand_least = 1,
    .operand_most = 1000,
    .details = "Case, spacing, joints and escapes do not hide a value; gzip is read. Links and special files are passed over.\n"
               "Example: deidfs-reidentify leakscan -c notes -r 'weekly check' /var/log/rag\n"
               "Exit status: 0 none found, 1 found, 2 none found but something could not be read, 64 usage, 66 no key or no such file,\n"
               "69 vault, journal or keeper failed, 74 I/O error, 77 permission, 78 configuration.\n",
    .usage_exit = TOOL_USAGE,
};

struct leakscan_run {
    struct conf *conf;
    struct vault_reader *reader;
    struct keeper *keeper; /* the mount's: it holds the index key */
    struct leak_set *set;
    struct grant grant;
    struct leak_scan *scan;
    struct inflater *inflater;
    uint8_t *chunk;
    struct buf name; /* of the file at hand, as it is printed */
    struct leak_hit in_name[LEAKSCAN_NAME_HITS_MAX];
    size_t in_name_count;
    bool reads_name;
    struct tool_progress progress;
    uint64_t list_max, files, bytes, strong, weak, unreadable, passed_over;
};

/* ---- what is printed --------------------------------------------------------------------------------------------------------------- */

static void leakscan_print_json(const struct leakscan_run *run, const struct leak_hit *h, const char *token, const char *where) {
    _cleanup_(buf_release) struct buf name;
    buf_init(&name, 8 * LEAKSCAN_NAME_LEN_MAX);
    if (tool_json_string(&name, buf_bytes(&run->name)) < 0) return; /* longer than any path */
    (void) printf("{\"file\":%.*s,\"in\":\"%s\",\"line\":%lu,\"offset\":%lu,\"length\":%lu,\"entity\":\"%s\",\"token\":\"%s\",\"class\":\"%s\"}\n",
                  (int) name.len, (const char *) name.ptr, where, (unsigned long) h->line, (unsigned long) h->offset, (unsigned long) h->len,
                  entity_name(h->token.entity), token, h->weak ? "weak" : "strong");
}

static void leakscan_print(const struct leakscan_run *run, const struct leak_hit *h, const char *where) {
    char token[TOKEN_TEXT_LEN_MAX + 1];
    token_format(&h->token, token);
    if (ask.json) {
        leakscan_print_json(run, h, token, where);
        return;
    }
    (void) fwrite(run->name.ptr, 1, run->name.len, stdout);
    (void) printf(":%lu: %s, offset %lu, %lu bytes: %s%s\n", (unsigned long) h->line, where, (unsigned long) h->offset, (unsigned long) h->len, token,
                  h->weak ? " (weak)" : "");
}

static void leakscan_count(struct leakscan_run *run, const struct leak_hit *h, const char *where) {
    *(h->weak ? &run->weak : &run->strong) += 1;
    if (h->weak && !ask.weak) return;
    if (run->strong + (ask.weak ? run->weak : 0) <= run->list_max) leakscan_print(run, h, where);
}

static int leakscan_take(void *context, const struct leak_hit *h) {
    struct leakscan_run *run = context;
    if (!run->reads_name) leakscan_count(run, h, "text");
    else if (run->in_name_count < LEAKSCAN_NAME_HITS_MAX) run->in_name[run->in_name_count++] = *h;
    return 0;
}

/* Names of files hold identifiers, too: they are reported, and printed with the token in the value's place; control characters are not printed. */
static int leakscan_name(struct leakscan_run *run, const char *path) {
    struct bytes raw = bytes_from_string(path);
    buf_reset(&run->name);
    run->in_name_count = 0;
    run->reads_name = true;
    int r = leak_scan_feed(run->scan, raw), ended = leak_scan_end(run->scan);
    run->reads_name = false;
    size_t hit = 0;
    for (size_t i = 0; i < raw.len && r == 0 && ended == 0;) {
        if (hit < run->in_name_count && i == run->in_name[hit].offset) {
            char token[TOKEN_TEXT_LEN_MAX + 1];
            token_format(&run->in_name[hit].token, token);
            r = buf_append_string(&run->name, token);
            i += (size_t) run->in_name[hit++].len;
        } else {
            r = buf_append_byte(&run->name, raw.ptr[i] < 0x20 || raw.ptr[i] == 0x7F ? '?' : raw.ptr[i]);
            i++;
        }
    }
    for (size_t i = 0; i < run->in_name_count && r == 0; i++) leakscan_count(run, &run->in_name[i], "name");
    return r < 0 ? r : ended;
}

/* ---- files ------------------------------------------------------------------------------------------------------------------------- */

static int leakscan_feed(void *context, struct bytes data) {
    struct leakscan_run *run = context;
    return leak_scan_feed(run->scan, data);
}

/* Failures of the vault end the run; what cannot be read is counted, and what was read of it counts. */
static int leakscan_read(struct leakscan_run *run, int fd) {
    bool first = true, packed = false;
    int r = 0;
    inflater_reset(run->inflater);
    for (;;) {
        ssize_t n = read(fd, run->chunk, LEAKSCAN_READ_LEN);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) run->unreadable++;
        if (n <= 0) break;
        struct bytes data = bytes_make(run->chunk, (size_t) n);
        if (first) packed = inflater_is_packed(data);
        first = false;
        r = packed ? inflater_feed(run->inflater, data, leakscan_feed, run) : leak_scan_feed(run->scan, data);
        run->bytes += (uint64_t) n;
        tool_progress_step(&run->progress, run->bytes);
        if (r != 0) break;
    }
    if (r == -EBADMSG || r == -EFBIG || (r == 0 && packed && !inflater_is_whole(run->inflater))) {
        run->unreadable++;
        r = 0;
    }
    int ended = leak_scan_end(run->scan);
    run->files++;
    return r < 0 ? r : ended;
}

static int leakscan_file(struct leakscan_run *run, const char *path) {
    _cleanup_(close_fd) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    int r = leakscan_name(run, path);
    if (r < 0) return r;
    if (fd < 0 || fstat(fd, &st) < 0) {
        run->unreadable++;
        return 0;
    }
    if (!S_ISREG(st.st_mode)) {
        run->passed_over++;
        return 0;
    }
    ignore(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL)); /* advice only */
    return leakscan_read(run, fd);
}

static int leakscan_entry(struct leakscan_run *run, const FTSENT *at) {
    switch (at->fts_info) {
    case FTS_F: return leakscan_file(run, at->fts_path);
    case FTS_SL:
    case FTS_SLNONE:
    case FTS_DEFAULT: run->passed_over++; return leakscan_name(run, at->fts_path);
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS: run->unreadable++; return 0;
    default: return 0;
    }
}

/* each NULL: only their bytes are added up. */
static int leakscan_walk(struct leakscan_run *run, char *path, uint64_t *sum) {
    char *paths[] = { path, NULL };
    FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    int r = fts ? 0 : -errno;
    for (const FTSENT *at; r == 0 && (at = fts_read(fts));) {
        if (!sum) r = leakscan_entry(run, at);
        else if (at->fts_info == FTS_F) *sum += (uint64_t) at->fts_statp->st_size;
    }
    if (fts) ignore(fts_close(fts)); /* it was only read */
    return r;
}

static int leakscan_all(struct leakscan_run *run, char **paths, int count) {
    uint64_t total = 0;
    int r = 0;
    for (int i = 0; i < count && r == 0; i++) r = strcmp(paths[i], "-") == 0 ? 0 : leakscan_walk(run, paths[i], &total);
    tool_progress_begin(&run->progress, "searching", total);
    for (int i = 0; i < count && r == 0; i++) {
        if (strcmp(paths[i], "-") != 0) {
            r = leakscan_walk(run, paths[i], NULL);
            continue;
        }
        buf_reset(&run->name);
        r = buf_append_string(&run->name, "-");
        if (r == 0) r = leakscan_read(run, STDIN_FILENO);
    }
    tool_progress_end(&run->progress);
    return r;
}

/* ---- the run ----------------------------------------------------------------------------------------------------------------------- */

/* First what opens values, then what records it; nothing of a file is read before the record stands. */
static int leakscan_open(struct leakscan_run *run, struct problem *p) {
    _cleanup_(key_wipe) struct key secret = { 0 };
    char path[PATH_MAX + 64];
    int n = snprintf(path, sizeof(path), "%s/reidentify/reidentify.key", run->conf->state);
    must(n > 0 && (size_t) n < sizeof(path));
    int r = keyring_load_reidentify_secret(ask.key ? ask.key : path, &secret, p);
    if (r < 0) return tool_fail(&leakscan, r == -EACCES || r == -EPERM ? TOOL_PERMISSION : TOOL_NO_INPUT, p);
    const struct vault_place place = { .state_dir = run->conf->state, .destination = run->conf->destination, .database = run->conf->database };
    r = keeper_start(run->conf->state, &run->keeper, p);
    if (r == 0) r = vault_reader_open(&place, &secret, &run->reader, p);
    if (r == 0) r = vault_reader_add_older(run->reader, ask.key ? ask.key : path, p);
    if (r == 0) r = leak_set_new(run->reader, run->keeper, &run->set, p);
    if (r == 0) r = leak_scan_new(run->set, leakscan_take, run, &run->scan);
    if (r == 0) r = inflater_new(&run->inflater);
    run->chunk = malloc(LEAKSCAN_READ_LEN);
    if (r == 0 && run->chunk) return TOOL_OK;
    if (p->text[0] == '\0') ignore(problem_set(p, -ENOMEM, "out of memory"));
    return tool_fail(&leakscan, r == -EACCES ? TOOL_PERMISSION : TOOL_UNAVAILABLE, p);
}

static int leakscan_record(const struct leakscan_run *run, const char *kind, struct problem *p) {
    struct event_range range = { .kind = kind, .to = run->files, .count = run->strong + run->weak };
    struct event ev = { .type = EVENT_QUERY, .range = &range };
    int r = ledger_append(run->conf, &ev, ask.reason, bytes_make(NULL, 0), p);
    return r < 0 ? tool_fail(&leakscan, TOOL_UNAVAILABLE, p) : TOOL_OK;
}

static void leakscan_report(const struct leakscan_run *run) {
    struct leak_set_counts known;
    leak_set_counts(run->set, &known);
    if (ask.json) {
        (void) printf("{\"files\":%lu,\"bytes\":%lu,\"strong\":%lu,\"weak\":%lu,\"unreadable\":%lu,\"passed_over\":%lu,\"searched_for\":%lu,\"skipped\":%lu}\n",
                      (unsigned long) run->files, (unsigned long) run->bytes, (unsigned long) run->strong, (unsigned long) run->weak,
                      (unsigned long) run->unreadable, (unsigned long) run->passed_over, (unsigned long) known.searched, (unsigned long) known.skipped);
        return;
    }
    (void) fprintf(stderr, "%s: %lu files, %lu bytes: %lu identifiers found, %lu weak ones; %lu files not readable, %lu links and special files passed over\n",
                   leakscan.name, (unsigned long) run->files, (unsigned long) run->bytes, (unsigned long) run->strong, (unsigned long) run->weak,
                   (unsigned long) run->unreadable, (unsigned long) run->passed_over);
}

/* What was refused is recorded as well; when even that fails, the refusal stands all the same. */
static int leakscan_deny(const struct leakscan_run *run, int error, struct problem *p) {
    struct problem why = { 0 };
    struct event ev = { .type = EVENT_DENY, .refusal = REFUSAL_POLICY };
    if (error == -EPERM && ledger_append(run->conf, &ev, ask.reason, bytes_make(NULL, 0), &why) < 0)
        (void) fprintf(stderr, "%s: warning: the refusal could not be recorded: %s\n", leakscan.name, why.text);
    return tool_fail(&leakscan, error == -EPERM ? TOOL_PERMISSION : TOOL_CONFIG, p);
}

static int leakscan_run(struct leakscan_run *run, char **paths, int count, struct problem *p) {
    int r = conf_load(ask.config, &run->conf, p);
    if (r < 0) return tool_fail(&leakscan, r == -EACCES ? TOOL_PERMISSION : TOOL_CONFIG, p);
    r = grant_find(run->conf, NULL, &run->grant, p);
    if (r < 0) return leakscan_deny(run, r, p);
    int code = leakscan_record(run, "leakscan", p);
    if (code == TOOL_OK) code = leakscan_open(run, p);
    if (code != TOOL_OK) return code;
    r = leakscan_all(run, paths, count);
    code = leakscan_record(run, "leakscan-done", p);
    if (tool_flush() < 0) return TOOL_IO;
    if (r < 0) {
        ignore(problem_set(p, r, "the search ended early: %s", strerrordesc_np(-r)));
        return tool_fail(&leakscan, r == -ENOENT ? TOOL_NO_INPUT : TOOL_UNAVAILABLE, p);
    }
    leakscan_report(run);
    if (code != TOOL_OK || tool_flush() < 0) return code != TOOL_OK ? code : TOOL_IO;
    if (run->strong > 0 || (ask.weak && run->weak > 0)) return TOOL_NEGATIVE;
    return run->unreadable > 0 ? TOOL_INCOMPLETE : TOOL_OK;
}

int leakscan_main(int argc, char **argv) {
    int first = tool_options(&leakscan, argc, argv);
    if (!ask.config) tool_usage_error(&leakscan, "--config is missing");
    ledger_check_reason(&leakscan, ask.reason);
    struct problem p = { 0 };
    struct leakscan_run run = { .list_max = LEAKSCAN_HITS_DEFAULT };
    if (ask.max_hits) run.list_max = tool_number(&leakscan, "max-hits", ask.max_hits, 0, UINT32_MAX);
    for (int i = first; i < argc; i++) {
        struct stat st;
        if (strcmp(argv[i], "-") == 0 || lstat(argv[i], &st) == 0) continue;
        ignore(problem_set(&p, -errno, "%s: %s", argv[i], strerrordesc_np(errno)));
        return tool_fail(&leakscan, TOOL_NO_INPUT, &p);
    }
    buf_init(&run.name, LEAKSCAN_NAME_LEN_MAX);
    int code = leakscan_run(&run, argv + first, argc - first, &p);
    buf_release(&run.name);
    leak_scan_free(run.scan);
    leak_set_free(run.set);
    vault_reader_free(run.reader);
    keeper_free(run.keeper);
    inflater_free(run.inflater);
    free(run.chunk);
    grant_release(&run.grant);
    conf_free(run.conf);
    return code;
}
