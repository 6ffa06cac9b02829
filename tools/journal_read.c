#include <errno.h>
#include <fcntl.h>

#include "audit/export.h"
#include "audit/lookup.h"
#include "audit/prove.h"
#include "audit/report.h"
#include "conf/base/io.h"
#include "conf/base/text.h"
#include "tools/journal.h"

/* query, export, report: one pass over the log that verifies all of it, so that every hit is proved and none can be left out unseen. */

static const char verdict_details[] =
    "All of the log is verified in the same pass: what is printed counts with the verdict on standard error.\n"
    "Reading a mount's journal is itself recorded there, before anything is printed; without that record nothing is.\n"
    "Exit codes: 0 verified, 1 tampered or damaged, 2 incomplete, unreadable or not recorded, 3 wrong usage.\n";

static const char query_details[] =
    "By the index (deidfs-journal index), where there is one that the journal names: every record printed is proved against the signed\n"
    "checkpoint, and none is left out unseen; without one, or with --full-scan, all of the log is verified in the same pass.\n"
    "Reading a mount's journal is itself recorded there, before anything is printed; without that record nothing is.\n"
    "Exit codes: 0 verified, 1 tampered or damaged, 2 incomplete, unreadable or not recorded, 3 wrong usage.\n";

struct reading {
    struct tool_progress progress; /* first: journal_show_progress */
    struct journal_reading at;
    struct query query;
    const struct export_format *format;
    struct verify_report report;
    struct buf out;
    const char *statement; /* export: a file to be made; NULL none */
    uint64_t hits, omitted;
    int error;
};

static void reading_take(void *context, uint64_t index, const struct entry *e) {
    struct reading *r = context;
    if (r->error < 0 || !query_matches(&r->query, e)) return;
    struct export_context c = { .origin = r->at.stable.name, .index = index };
    buf_reset(&r->out);
    int result = r->format->record(&c, e, &r->out);
    if (result == EXPORT_OMITTED) r->omitted++;
    if (result < 0 || result == EXPORT_OMITTED) {
        r->error = result < 0 ? result : 0;
        return;
    }
    r->hits++;
    if (fwrite(r->out.ptr, 1, r->out.len, r->at.spool.file) != r->out.len) r->error = -EIO;
}

/* By the index: 0, or LOOKUP_UNUSABLE, then all of the log is to be read; else the exit code of a failure that was told. */
static int reading_by_index(const struct tool *t, struct reading *r, const char *folder, int *out_code) {
    struct lookup_options o = { .dir = r->at.dir, .finder_dir = folder, .stable = r->at.stable, .query = &r->query, .on_entry = reading_take, .context = r };
    struct lookup_report found;
    struct problem p = { "" };
    buf_init(&r->out, EXPORT_RECORD_LEN_MAX);
    int e = lookup_run(&o, &found, &p);
    buf_release(&r->out);
    if (e == LOOKUP_UNUSABLE) (void) fprintf(stderr, "%s: the whole log is read: %s\n", t->name, p.text);
    if (e == LOOKUP_UNUSABLE) return LOOKUP_UNUSABLE;
    if (e == 0 && r->error < 0) e = problem_set(&p, -EIO, "the output could not be written whole");
    if (e < 0) *out_code = tool_fail(t, e == -EBADMSG ? TOOL_NEGATIVE : TOOL_INCOMPLETE, &p);
    if (e < 0) return LOOKUP_DONE;
    *out_code = journal_reading_end(t, &r->at, found.size, r->hits, TOOL_OK);
    if (*out_code == TOOL_OK)
        (void) fprintf(stderr, "%s: proved: %llu of %llu records; the index covers %llu, %llu bundles were read and proved, the rest was not verified\n", t->name,
                       (unsigned long long) r->hits, (unsigned long long) found.size, (unsigned long long) found.covered, (unsigned long long) found.bundles);
    return LOOKUP_DONE;
}

/* What the export holds, what proves it and what is missing: beside it, since its own form has no place for that. */
static int reading_state(const struct reading *r, const uint8_t digest[32], bool recorded) {
    _cleanup_(buf_release) struct buf out;
    char hex[65];
    buf_init(&out, 1 << 20);
    text_hex_encode(bytes_make(digest, 32), hex);
    (void) buf_append_printf(&out, "{\"format\":\"%s\",\"sha256\":\"%s\",\"records\":%llu,\"left_out\":%llu,\"recorded\":%s,\"verdict\":\"%s\",\"log\":{\"size\":%llu,\"pruned_below\":%llu,\"origin\":",
                             r->format->name, hex, (unsigned long long) r->hits, (unsigned long long) r->omitted, recorded ? "true" : "false",
                             journal_verdict_name(r->report.verdict), (unsigned long long) r->report.size, (unsigned long long) r->report.minimum);
    (void) tool_json_string(&out, bytes_from_string(r->report.origin)); /* sticky, as all below */
    (void) buf_append_string(&out, ",\"root\":\"");
    (void) text_base64_encode(bytes_make(r->report.root.raw, MERKLE_HASH_LEN), &out);
    (void) buf_append_printf(&out, "\"},\"from_us\":%llu,\"to_us\":%llu,\"findings\":[", (unsigned long long) r->query.from_us, (unsigned long long) r->query.to_us);
    for (size_t i = 0; i < r->report.finding_count; i++) {
        (void) buf_append_string(&out, i > 0 ? "," : "");
        (void) tool_json_string(&out, bytes_from_string(r->report.finding[i].text));
    }
    (void) buf_append_string(&out, "]}\n");
    int e = buf_error(&out);
    return e < 0 ? e : io_create_file_at(AT_FDCWD, r->statement, buf_bytes(&out), 0644);
}

static int reading_scan(const struct tool *t, struct reading *r) {
    struct problem p = { "" };
    struct verify_options o = { .dir = r->at.dir, .stable = r->at.stable, .on_entry = reading_take, .on_progress = journal_show_progress, .context = r };
    buf_init(&r->out, EXPORT_RECORD_LEN_MAX);
    (void) fputs(r->format->head, r->at.spool.file);
    tool_progress_begin(&r->progress, "reading records", 0);
    int e = verify_run(&o, &r->report, &p);
    tool_progress_end(&r->progress);
    buf_release(&r->out);
    if (e < 0) return tool_fail(t, TOOL_INCOMPLETE, &p);
    (void) fputs(r->format->tail, r->at.spool.file);
    if (r->error < 0) {
        ignore(problem_set(&p, -EIO, "the output could not be written whole")); /* the exit code says the same */
        return tool_fail(t, TOOL_INCOMPLETE, &p);
    }
    uint8_t digest[32];
    bool recorded = r->at.conf != NULL;
    if (r->statement && spool_digest(&r->at.spool, digest) < 0) return TOOL_INCOMPLETE;
    int code = journal_reading_end(t, &r->at, r->report.size, r->hits, (int) r->report.verdict);
    if (code == (int) r->report.verdict && r->statement && (e = reading_state(r, digest, recorded)) < 0) {
        ignore(problem_set(&p, e, "--statement: %s cannot be made (%s)", r->statement, strerror(-e))); /* the exit code says the same */
        return tool_fail(t, TOOL_INCOMPLETE, &p);
    }
    if (code != (int) r->report.verdict) return code;
    (void) fprintf(stderr, "%s: %s: %llu of %llu records", t->name, journal_verdict_name(r->report.verdict), (unsigned long long) r->hits, (unsigned long long) r->report.size);
    if (r->omitted > 0) (void) fprintf(stderr, "; %llu left out, which this form has no words for", (unsigned long long) r->omitted);
    (void) fprintf(stderr, "\n");
    return code;
}

static int reading_run(const struct tool *t, struct reading *r, const char *operand) {
    int code = journal_reading_begin(t, &r->at, operand);
    return code != TOOL_OK ? code : reading_scan(t, r);
}

/* What the record calls it. */
static const char *reading_kind(const struct journal_filter *f) {
    return f->patient ? "patient" : f->encounter ? "encounter" : f->path || f->file ? "file" : f->policy ? "ruleset" : f->container ? "container"
         : f->user || f->uid ? "user" : "records";
}

int journal_query(int argc, char **argv) {
    static struct reading r;
    static char tokens[QUERY_TOKENS_MAX][EVENT_TOKEN_LEN_MAX];
    struct journal_filter f = { 0 };
    struct tool_option options[JOURNAL_READING_OPTIONS + JOURNAL_FILTER_OPTIONS + 2];
    const char *folder = NULL;
    bool full_scan = false;
    journal_reading_options(&r.at, options);
    journal_filter_options(&f, options + JOURNAL_READING_OPTIONS);
    options[array_count(options) - 2] = (struct tool_option) { 0, "full-scan", NULL, "read and verify all of the log, whatever the index says", &full_scan };
    options[array_count(options) - 1] = (struct tool_option) { 0, "index", "FOLDER", "the index (default: idx in the journal's folder)", &folder };
    const struct tool t = {
        .name = "deidfs-journal query", .operands = "[DIR]", .summary = "Prints the records for which all given conditions hold, as JSON lines.", .options = options,
        .option_count = array_count(options), .operand_least = 0, .operand_most = 1, .details = query_details, .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    journal_filter_read(&t, &f, tokens, &r.query);
    journal_filter_about(&f, &r.query, r.at.about);
    r.format = export_format_find("jsonl");
    r.at.range.kind = reading_kind(&f);
    if (full_scan && folder) tool_usage_error(&t, "--full-scan or --index, not both");
    int code = journal_reading_begin(&t, &r.at, argv[first]);
    if (code != TOOL_OK) return code;
    if (!full_scan && reading_by_index(&t, &r, folder, &code) == LOOKUP_DONE) return code;
    return reading_scan(&t, &r);
}

int journal_show(int argc, char **argv) {
    static struct reading r;
    struct tool_option options[JOURNAL_READING_OPTIONS];
    journal_reading_options(&r.at, options);
    const struct tool t = {
        .name = "deidfs-journal show", .operands = "[DIR]", .summary = "Prints every record as a line of JSON, then says whether all verified.",
        .options = options, .option_count = array_count(options), .operand_least = 0, .operand_most = 1, .details = verdict_details, .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    r.format = export_format_find("jsonl");
    r.at.range.kind = "show";
    return reading_run(&t, &r, argv[first]);
}

int journal_export(int argc, char **argv) {
    static struct reading r;
    static char tokens[QUERY_TOKENS_MAX][EVENT_TOKEN_LEN_MAX];
    struct journal_filter f = { 0 };
    const char *format = NULL;
    struct tool_option options[JOURNAL_READING_OPTIONS + JOURNAL_FILTER_OPTIONS + 2];
    journal_reading_options(&r.at, options);
    journal_filter_options(&f, options + JOURNAL_READING_OPTIONS);
    options[array_count(options) - 2] = (struct tool_option) { 0, "statement", "FILE", "a new file that states range, proof and gaps of the export", &r.statement };
    options[array_count(options) - 1] = (struct tool_option) { 'f', "format", "NAME", "jsonl, fhir, dicom, ocsf, cef, csv or disclosures (required)", &format };
    const struct tool t = {
        .name = "deidfs-journal export", .operands = "[DIR]", .summary = "Prints the records for which all given conditions hold in a form other systems read.",
        .options = options, .option_count = array_count(options), .operand_least = 0, .operand_most = 1, .details = verdict_details, .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    if (!format) tool_usage_error(&t, "--format is missing");
    r.format = export_format_find(format);
    if (!r.format) tool_usage_error(&t, "--format: there is no form \"%s\"", format);
    journal_filter_read(&t, &f, tokens, &r.query);
    journal_filter_about(&f, &r.query, r.at.about);
    r.at.export = true;
    r.at.range.kind = r.format->name;
    return reading_run(&t, &r, argv[first]);
}

int journal_report(int argc, char **argv) {
    static struct journal_reading at;
    const char *epoch_key = NULL;
    bool html = false;
    struct tool_option options[JOURNAL_READING_OPTIONS + 2];
    journal_reading_options(&at, options);
    options[JOURNAL_READING_OPTIONS] = (struct tool_option) { 'e', "epoch-key", "VKEY|FILE", "the first epoch's public key, as given at setup", &epoch_key };
    options[JOURNAL_READING_OPTIONS + 1] = (struct tool_option) { 0, "html", NULL, "one self-contained page (required; the only form so far)", &html };
    const struct tool t = {
        .name = "deidfs-journal report", .operands = "[DIR]", .summary = "Writes one page that an auditor reads, to standard output.", .options = options,
        .option_count = array_count(options), .operand_least = 0, .operand_most = 1, .details = verdict_details, .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    if (!html) tool_usage_error(&t, "--html is missing");
    int code = journal_reading_begin(&t, &at, argv[first]);
    if (code != TOOL_OK) return code;
    _cleanup_(report_freep) struct report *page = NULL;
    struct problem p = { "" };
    if (report_new(&page) < 0) tool_usage_error(&t, "not enough memory");
    struct verify_options o = { .dir = at.dir, .stable = at.stable, .on_entry = report_add, .context = page };
    struct note_key epoch;
    static struct verify_report verified;
    if (epoch_key) journal_read_key(&t, "epoch-key", epoch_key, &epoch);
    if (epoch_key) o.epoch = &epoch;
    int r = verify_run(&o, &verified, &p);
    if (r < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, 16 << 20);
    r = report_write(page, &verified, &out);
    if (r == 0 && fwrite(out.ptr, 1, out.len, at.spool.file) != out.len) r = -EIO;
    if (r < 0) return TOOL_INCOMPLETE;
    at.range.kind = "report";
    return journal_reading_end(&t, &at, verified.size, verified.size, (int) verified.verdict);
}

int journal_prove(int argc, char **argv) {
    static struct journal_reading at;
    const char *index = NULL, *entry_file = NULL;
    struct tool_option options[JOURNAL_READING_OPTIONS + 2];
    journal_reading_options(&at, options);
    options[JOURNAL_READING_OPTIONS] = (struct tool_option) { 'i', "index", "N", "the record's index (required)", &index };
    options[JOURNAL_READING_OPTIONS + 1] = (struct tool_option) { 0, "entry", "FILE", "write the record's bytes to this new file", &entry_file };
    const struct tool t = {
        .name = "deidfs-journal prove", .operands = "[DIR]", .summary = "Prints a record's self-contained proof (C2SP tlog-proof).", .options = options,
        .option_count = array_count(options), .operand_least = 0, .operand_most = 1,
        .details = "The proof verifies offline with the public key: deidfs-journal check-proof, or any C2SP tlog-proof verifier.\n", .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    if (!index) tool_usage_error(&t, "--index is needed");
    int code = journal_reading_begin(&t, &at, argv[first]);
    if (code != TOOL_OK) return code;
    struct prove_request q = { .dir = at.dir, .stable = at.stable, .index = tool_number(&t, "--index", index, 0, ENTRY_INTEGER_MAX - 1) };
    _cleanup_(buf_release) struct buf proof, entry;
    buf_init(&proof, NOTE_LEN_MAX + PROVE_LEN_MAX);
    buf_init(&entry, ENTRY_LEN_MAX);
    struct problem p = { "" };
    int r = prove_make(&q, &proof, &entry, &p);
    if (r == -EBADMSG) return tool_fail(&t, TOOL_NEGATIVE, &p);
    if (r < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    at.range = (struct event_range) { .kind = "prove", .from = q.index, .to = q.index + 1 };
    if (fwrite(proof.ptr, 1, proof.len, at.spool.file) != proof.len) return TOOL_INCOMPLETE;
    code = journal_reading_end(&t, &at, 0, 1, TOOL_OK);
    if (code != TOOL_OK) return code;
    if (entry_file) r = io_create_file_at(AT_FDCWD, entry_file, buf_bytes(&entry), 0644);
    if (r < 0) ignore(problem_set(&p, r, "%s cannot be made (%s)", entry_file, strerror(-r))); /* the exit code says the same */
    return r < 0 ? tool_fail(&t, TOOL_INCOMPLETE, &p) : TOOL_OK;
}

int journal_check_proof(int argc, char **argv) {
    const char *key = NULL, *proof_file = NULL;
    const struct tool_option options[] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &key },
        { 'p', "proof", "FILE", "the proof (required)", &proof_file },
    };
    const struct tool t = {
        .name = "deidfs-journal check-proof", .operands = "ENTRY", .summary = "Tells whether a proof shows that the log holds the record in the file ENTRY.",
        .options = options, .option_count = array_count(options), .operand_least = 1, .operand_most = 1,
        .details = "Exit codes: 0 it does, 1 it does not, 3 wrong usage.\n", .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    if (!key || !proof_file) tool_usage_error(&t, "--key and --proof are needed");
    struct note_key stable;
    journal_read_key(&t, "key", key, &stable);
    _cleanup_(buf_release) struct buf proof, entry;
    buf_init(&proof, NOTE_LEN_MAX + PROVE_LEN_MAX);
    buf_init(&entry, ENTRY_LEN_MAX + 1);
    if (io_read_file_at(AT_FDCWD, proof_file, &proof) < 0) tool_usage_error(&t, "%s cannot be read", proof_file);
    if (io_read_file_at(AT_FDCWD, argv[first], &entry) < 0) tool_usage_error(&t, "%s cannot be read", argv[first]);
    struct problem p = { "" };
    uint64_t index = 0;
    int r = prove_check(buf_bytes(&proof), buf_bytes(&entry), &stable, &index, &p);
    if (r < 0) return tool_fail(&t, TOOL_NEGATIVE, &p);
    printf("ok: %s holds this record at index %llu\n", stable.name, (unsigned long long) index);
    return tool_flush() < 0 ? TOOL_INCOMPLETE : TOOL_OK;
}
