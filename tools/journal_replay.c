#include <errno.h>
#include <fts.h>
#include <sodium.h>
#include <sys/stat.h>

#include "conf/base/clock.h"
#include "conf/base/text.h"
#include "conf/subject.h"
#include "redact/sidecar.h"
#include "tools/journal.h"
#include "tools/replay.h"

/* replay: are the views that the records name still what the engine makes of the source? A record names its file by a token of its month, so the
 * source is walked and every file's tokens are computed until the records have found theirs. */

enum { REPLAYS_MAX = 1000000, REPLAY_MONTHS_MAX = 256 };

struct replay_record {
    uint64_t index, time_us;
    char token[EVENT_TOKEN_LEN_MAX];
    uint8_t policy[32], digest[32];
    enum replay_verdict verdict;
    enum replay_reason why;
    char *path; /* with --names */
};

struct replay_month {
    uint32_t month;
    bool present; /* the keeper has it; else key */
    struct key key;
};

struct replays {
    struct tool_progress progress; /* first: journal_show_progress */
    struct journal_reading at;
    const char *index_text, *since_text, *until_text, *sample_text, *subject_key;
    bool json, names;
    uint64_t index, since_us, until_us, sample, seen;
    struct replay_record *records;
    size_t count, room;
    struct replay_month months[REPLAY_MONTHS_MAX];
    size_t month_count;
    struct replay *replay;
    uint64_t verdicts[REPLAY_CANNOT + 1];
    int error;
};

/* ---- from the journal ---- */

static bool replays_want(const struct replays *r, uint64_t index, const struct entry *e) {
    if (e->type != EVENT_OPEN || !entry_has(e, ENTRY_FILE) || !entry_has(e, ENTRY_VIEW) || !entry_has(e, ENTRY_POLICY)) return false;
    if (r->index_text) return index == r->index;
    return e->time_us >= r->since_us && (r->until_us == 0 || e->time_us < r->until_us);
}

/* Every record has the same chance to be in the sample, and nobody knows beforehand which are. */
static struct replay_record *replays_place(struct replays *r) {
    r->seen++;
    if (r->sample > 0 && r->count == r->sample) {
        uint64_t at = randombytes_uniform((uint32_t) (r->seen < UINT32_MAX ? r->seen : UINT32_MAX));
        return at < r->sample ? &r->records[at] : NULL;
    }
    if (r->count == REPLAYS_MAX) r->error = -E2BIG;
    if (r->error < 0) return NULL;
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 1024;
        struct replay_record *more = reallocarray(r->records, room, sizeof(*more));
        if (!more) r->error = -ENOMEM;
        if (!more) return NULL;
        r->records = more;
        r->room = room;
    }
    return &r->records[r->count++];
}

static void replays_take(void *context, uint64_t index, const struct entry *e) {
    struct replays *r = context;
    if (r->error < 0 || !replays_want(r, index, e)) return;
    struct replay_record *to = replays_place(r);
    if (!to) return;
    struct bytes token = entry_text(e, ENTRY_FILE);
    *to = (struct replay_record) { .index = index, .time_us = e->time_us, .verdict = REPLAY_CANNOT, .why = REPLAY_GONE };
    bool good = token.len < sizeof(to->token) && text_hex_decode(entry_text(e, ENTRY_POLICY), to->policy, 32) && text_hex_decode(entry_text(e, ENTRY_VIEW), to->digest, 32);
    if (good) memcpy(to->token, token.ptr, token.len);
    else r->error = -EBADMSG; /* the verifier lets no such record through */
}

static int replays_collect(const struct tool *t, struct replays *r, struct verify_report *report) {
    struct problem p = { "" };
    const struct verify_options o = { .dir = r->at.dir, .stable = r->at.stable, .on_entry = replays_take, .on_progress = journal_show_progress, .context = r };
    tool_progress_begin(&r->progress, "verifying records", 0);
    int e = verify_run(&o, report, &p);
    tool_progress_end(&r->progress);
    if (e == 0 && r->error == -E2BIG) e = problem_set(&p, -E2BIG, "more than %d records: narrow it with --since and --until, or take a --sample", REPLAYS_MAX);
    else if (e == 0 && r->error < 0) e = problem_set(&p, r->error, "the records could not all be kept in mind (%s)", strerror(-r->error));
    if (e < 0) return tool_fail(t, TOOL_INCOMPLETE, &p);
    if (report->verdict == VERIFY_TAMPERED) {
        ignore(problem_set(&p, -EBADMSG, "the journal does not verify, so nothing is replayed: run deidfs-journal verify")); /* the exit code says the same */
        return tool_fail(t, TOOL_NEGATIVE, &p);
    }
    if (r->index_text && r->count == 0) tool_usage_error(t, "--index: record %s is not there, or is no open of a view", r->index_text);
    return TOOL_OK;
}

/* ---- the keys of the months ---- */

static uint32_t replay_month_of(const char *token) {
    uint64_t month = UINT32_MAX;
    bool good = text_parse_u64(bytes_make(token + 1, strcspn(token + 1, "_")), &month) && month < UINT32_MAX;
    return good ? (uint32_t) month : UINT32_MAX;
}

static bool replays_know_month(const struct replays *r, uint32_t month) {
    for (size_t i = 0; i < r->month_count; i++) {
        if (r->months[i].month == month) return true;
    }
    return false;
}

/* The officer's key makes those of its month and of all that follow. */
static int replays_load_months(const struct tool *t, struct replays *r) {
    char token[KEEPER_SUBJECT_TOKEN_LEN];
    int e = keeper_subject(replay_keeper(r->replay), 'f', BYTES("."), token);
    if (e < 0) return e;
    r->months[r->month_count++] = (struct replay_month) { .month = replay_month_of(token), .present = true };
    if (!r->subject_key) return 0;
    struct journal_subject_key given;
    _cleanup_(key_wipe) struct key next;
    journal_read_subject_key(t, r->subject_key, &given);
    for (uint32_t month = given.month - given.first; month < r->months[0].month && r->month_count < REPLAY_MONTHS_MAX; month++) {
        r->months[r->month_count++] = (struct replay_month) { .month = month, .key = given.key };
        subject_key_next(&given.key, &next);
        given.key = next;
    }
    key_wipe(&given.key);
    return 0;
}

/* What can be decided without the source; how many are left. */
static size_t replays_sift(struct replays *r) {
    size_t left = 0;
    for (size_t i = 0; i < r->count; i++) {
        struct replay_record *record = &r->records[i];
        if (memcmp(record->policy, replay_policy(r->replay), 32) != 0) record->why = REPLAY_POLICY;
        else if (!replays_know_month(r, replay_month_of(record->token))) record->why = REPLAY_MONTH;
        else left++;
    }
    return left;
}

/* ---- through the source ---- */

static int replay_compare_token(const void *a, const void *b) {
    const struct replay_record *x = a, *y = b;
    return strcmp(x->token, y->token);
}

static int replay_compare_index(const void *a, const void *b) {
    const struct replay_record *x = a, *y = b;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* The first record with this token, or past the last. */
static size_t replays_find(const struct replays *r, const char *token) {
    size_t low = 0, high = r->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(r->records[middle].token, token) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

static int replays_judge(struct replays *r, struct replay_document *d, const char *token) {
    for (size_t i = replays_find(r, token); i < r->count && strcmp(r->records[i].token, token) == 0; i++) {
        struct replay_record *record = &r->records[i];
        const struct replay_view view = { .time_us = record->time_us, .policy = record->policy, .digest = record->digest };
        int e = replay_judge(r->replay, d, &view, &record->verdict, &record->why);
        if (e == 0 && r->names && !(record->path = strdup(d->path))) e = -ENOMEM;
        if (e < 0) return e;
        tool_progress_step(&r->progress, ++r->progress.done);
    }
    return 0;
}

static int replays_file(struct replays *r, const char *path) {
    struct replay_document d = { .path = path };
    char token[SUBJECT_TOKEN_LEN_MAX + 1];
    int e = 0;
    if (!paths_show(&r->at.conf->paths, path, false)) return 0;
    for (size_t i = 0; e == 0 && i < r->month_count; i++) {
        const struct replay_month *m = &r->months[i];
        if (m->present) e = keeper_subject(replay_keeper(r->replay), 'f', bytes_from_string(path), token);
        else subject_token(&m->key, m->month, 'f', bytes_from_string(path), token);
        if (e == 0) e = replays_judge(r, &d, token);
    }
    return e;
}

static int replays_walk(struct replays *r, size_t left) {
    const char *source = r->at.conf->source;
    _cleanup_(free_ptr) char *copy = strdup(source);
    char *paths[] = { copy, NULL };
    FTS *fts = copy ? fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR | (r->at.conf->cross_devices ? 0 : FTS_XDEV), NULL) : NULL;
    if (!fts) return copy ? -errno : -ENOMEM;
    int e = 0;
    size_t root_len = strlen(source);
    qsort(r->records, r->count, sizeof(*r->records), replay_compare_token);
    tool_progress_begin(&r->progress, "replaying views", left);
    for (const FTSENT *at; e == 0 && (at = fts_read(fts));) {
        if (at->fts_info == FTS_F && !sidecar_is_name(at->fts_name)) e = replays_file(r, at->fts_path + root_len + (at->fts_path[root_len] == '/'));
    }
    tool_progress_end(&r->progress);
    ignore(fts_close(fts)); /* it was only read */
    qsort(r->records, r->count, sizeof(*r->records), replay_compare_index);
    return e;
}

/* Keys and vault are let go again before the reading is recorded. */
static int replays_run(const struct tool *t, struct replays *r) {
    struct problem p = { "" };
    int code = replay_new(r->at.conf, &r->replay, &p);
    if (code != TOOL_OK) return tool_fail(t, code, &p);
    int e = replays_load_months(t, r);
    size_t left = e == 0 ? replays_sift(r) : 0;
    if (e == 0 && left > 0) e = replays_walk(r, left);
    replay_free(r->replay);
    sodium_memzero(r->months, sizeof(r->months));
    if (e == 0) return TOOL_OK;
    ignore(problem_set(&p, e, "the replay was broken off: key, vault or memory failed (%s)", strerror(-e))); /* the exit code says the same */
    return tool_fail(t, TOOL_UNAVAILABLE, &p);
}

/* ---- the answer ---- */

static void replays_print_record(const struct replays *r, const struct replay_record *record, struct buf *out) {
    const char *verdict = replay_verdict_name(record->verdict), *why = replay_reason_name(record->why);
    char time[CLOCK_TEXT_LEN + 1];
    clock_format(record->time_us, time);
    if (r->json) ignore(buf_append_printf(out, "{\"index\":%llu,\"time\":\"%s\",\"file\":\"%s\",\"verdict\":\"%s\"", (unsigned long long) record->index, time, record->token, verdict));
    else ignore(buf_append_printf(out, "%llu %s %s", (unsigned long long) record->index, time, verdict));
    if (record->why != REPLAY_NO_REASON) ignore(buf_append_printf(out, r->json ? ",\"reason\":\"%s\"" : " %s", why));
    if (record->path) ignore(buf_append_string(out, r->json ? ",\"path\":" : " "));
    if (record->path) ignore(tool_json_string(out, bytes_from_string(record->path)));
    ignore(buf_append_string(out, r->json ? "}" : "\n")); /* sticky, as all above */
}

static int replays_print(struct replays *r, const struct verify_report *report) {
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, 64 << 10);
    FILE *to = r->at.spool.file;
    if (r->json) (void) fputs("{\"records\":[", to); /* the spool remembers what was lost */
    for (size_t i = 0; i < r->count; i++) {
        buf_reset(&out);
        if (r->json && i > 0) ignore(buf_append_string(&out, ","));
        replays_print_record(r, &r->records[i], &out);
        if (buf_error(&out) < 0 || fwrite(out.ptr, 1, out.len, to) != out.len) return -EIO;
        r->verdicts[r->records[i].verdict]++;
    }
    if (!r->json) return 0;
    (void) fprintf(to, "],\"same\":%llu,\"differs\":%llu,\"cannot\":%llu,\"journal\":\"%s\",\"size\":%llu}\n", (unsigned long long) r->verdicts[REPLAY_SAME],
                   (unsigned long long) r->verdicts[REPLAY_DIFFERS], (unsigned long long) r->verdicts[REPLAY_CANNOT], journal_verdict_name(report->verdict),
                   (unsigned long long) report->size);
    return 0;
}

static int replays_answer(const struct tool *t, struct replays *r, const struct verify_report *report) {
    struct problem p = { "" };
    if (replays_print(r, report) < 0) {
        ignore(problem_set(&p, -EIO, "the output could not be written whole")); /* the exit code says the same */
        return tool_fail(t, TOOL_INCOMPLETE, &p);
    }
    bool whole = r->verdicts[REPLAY_CANNOT] == 0 && report->verdict == VERIFY_OK;
    int verdict = r->verdicts[REPLAY_DIFFERS] > 0 ? TOOL_NEGATIVE : whole ? TOOL_OK : TOOL_INCOMPLETE;
    r->at.range.kind = "replay";
    if (r->index_text) r->at.range.from = r->index;
    if (r->index_text) r->at.range.to = r->index + 1;
    int code = journal_reading_end(t, &r->at, report->size, r->count, verdict);
    if (code == verdict)
        (void) fprintf(stderr, "%s: %s: of %zu views %llu same, %llu differ, %llu could not be replayed\n", t->name, journal_verdict_name(report->verdict), r->count,
                       (unsigned long long) r->verdicts[REPLAY_SAME], (unsigned long long) r->verdicts[REPLAY_DIFFERS], (unsigned long long) r->verdicts[REPLAY_CANNOT]);
    return code;
}

static const char replay_details[] =
    "A record is same, differs, or cannot be replayed: its policy is not today's (policy), no file has its token (gone), file or sidecar is newer\n"
    "than the record (changed), its month's key is missing (month), the document is refused now (refused).\n"
    "The journal is verified first. This reading is recorded there before anything is printed. Paths are printed with --names alone.\n"
    "Exit codes: 0 all same, 1 a view differs or the log is tampered, 2 some could not be replayed, or the journal is incomplete or unreadable,\n"
    "3 wrong usage, 66 no source, 69 keys or vault failed, 78 rules, lists or roster.\n";

static void replays_read_arguments(const struct tool *t, struct replays *r) {
    if (!r->at.config) tool_usage_error(t, "--config is missing: documents are rendered with an instance's rules and vault");
    if (r->index_text && (r->since_text || r->until_text || r->sample_text)) tool_usage_error(t, "--index names one record: no --since, --until or --sample");
    if (r->index_text) r->index = tool_number(t, "--index", r->index_text, 0, ENTRY_INTEGER_MAX - 1);
    if (r->since_text) r->since_us = journal_read_time(t, "--since", r->since_text);
    if (r->until_text) r->until_us = journal_read_time(t, "--until", r->until_text);
    if (r->sample_text) r->sample = tool_number(t, "--sample", r->sample_text, 1, REPLAYS_MAX);
}

int journal_replay(int argc, char **argv) {
    static struct replays r;
    static struct verify_report report;
    const struct tool_option options[] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &r.at.key },
        { 'c', "config", "FILE", "configuration or instance name of the mount (required)", &r.at.config },
        { 'i', "index", "N", "this record alone, an open", &r.index_text },
        { 0, "since", "TIME", "opens from this time on (2026-11-22 or 2026-11-22T10:00:00Z)", &r.since_text },
        { 0, "until", "TIME", "opens before this time", &r.until_text },
        { 0, "sample", "N", "at most N of them, chosen at random", &r.sample_text },
        { 0, "subject-key", "FILE", "the privacy officer's key, for records of past months", &r.subject_key },
        { 0, "names", NULL, "print the files' paths below the source too", &r.names },
        { 0, "json", NULL, "print one JSON object", &r.json },
    };
    const struct tool t = {
        .name = "deidfs-journal replay", .operands = "", .summary = "Renders the source of records again and compares the view with the one that was shown.",
        .options = options, .option_count = array_count(options), .details = replay_details, .usage_exit = JOURNAL_USAGE,
    };
    ignore(tool_options(&t, argc, argv)); /* no operands */
    replays_read_arguments(&t, &r);
    if (sodium_init() < 0) return TOOL_SOFTWARE;
    int code = journal_reading_begin(&t, &r.at, NULL);
    if (code == TOOL_OK) code = replays_collect(&t, &r, &report);
    if (code == TOOL_OK) code = replays_run(&t, &r);
    if (code == TOOL_OK) code = replays_answer(&t, &r, &report);
    for (size_t i = 0; i < r.count; i++) free(r.records[i].path);
    free(r.records);
    return code;
}
