#include <errno.h>
#include <fcntl.h>

#include "audit/export.h"
#include "audit/prove.h"
#include "audit/report.h"
#include "conf/base/io.h"
#include "tools/journal.h"

/* query, export, report: one pass over the log that verifies all of it, so that every hit is proved and none can be left out unseen. */

static const char verdict_details[] =
    "All of the log is verified in the same pass: what is printed counts with the verdict on standard error.\n"
    "Exit codes: 0 verified, 1 tampered or damaged, 2 incomplete or unreadable, 3 wrong usage.\n";

struct reading {
    struct tool_progress progress; /* first: journal_show_progress */
    struct query query;
    const struct export_format *format;
    struct verify_report report;
    struct buf out;
    const char *origin;
    uint64_t hits, omitted;
    int error;
};

static void reading_take(void *context, uint64_t index, const struct entry *e) {
    struct reading *r = context;
    if (r->error < 0 || !query_matches(&r->query, e)) return;
    struct export_context c = { .origin = r->origin, .index = index };
    buf_reset(&r->out);
    int result = r->format->record(&c, e, &r->out);
    if (result == EXPORT_OMITTED) r->omitted++;
    if (result < 0 || result == EXPORT_OMITTED) {
        r->error = result < 0 ? result : 0;
        return;
    }
    r->hits++;
    if (fwrite(r->out.ptr, 1, r->out.len, stdout) != r->out.len) r->error = -EIO;
}

static int reading_run(const struct tool *t, struct reading *r, const char *key, const char *dir) {
    if (!key) tool_usage_error(t, "--key is missing");
    struct verify_options o = { .dir = dir, .on_entry = reading_take, .on_progress = journal_show_progress, .context = r };
    struct problem p = { "" };
    journal_read_key(t, "key", key, &o.stable);
    r->origin = o.stable.name;
    buf_init(&r->out, EXPORT_RECORD_LEN_MAX);
    (void) fputs(r->format->head, stdout);
    tool_progress_begin(&r->progress, "reading records", 0);
    int e = verify_run(&o, &r->report, &p);
    tool_progress_end(&r->progress);
    buf_release(&r->out);
    if (e < 0) return tool_fail(t, TOOL_INCOMPLETE, &p);
    (void) fputs(r->format->tail, stdout);
    if (r->error < 0 || tool_flush() < 0) {
        ignore(problem_set(&p, -EIO, "the output could not be written whole")); /* the exit code says the same */
        return tool_fail(t, TOOL_INCOMPLETE, &p);
    }
    (void) fprintf(stderr, "%s: %s: %llu of %llu records", t->name, journal_verdict_name(r->report.verdict), (unsigned long long) r->hits, (unsigned long long) r->report.size);
    if (r->omitted > 0) (void) fprintf(stderr, "; %llu left out, which this form has no words for", (unsigned long long) r->omitted);
    (void) fprintf(stderr, "\n");
    return (int) r->report.verdict;
}

int journal_query(int argc, char **argv) {
    static struct reading r;
    static char tokens[QUERY_TOKENS_MAX][EVENT_TOKEN_LEN_MAX];
    struct journal_filter f = { 0 };
    const char *key = NULL;
    struct tool_option options[JOURNAL_FILTER_OPTIONS + 1] = { { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &key } };
    journal_filter_options(&f, options + 1);
    const struct tool t = {
        .name = "deidfs-journal query", .operands = "DIR", .summary = "Prints the records for which all given conditions hold, as JSON lines.", .options = options,
        .option_count = array_count(options), .operand_least = 1, .operand_most = 1, .details = verdict_details, .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    journal_filter_read(&t, &f, tokens, &r.query);
    r.format = export_format_find("jsonl");
    return reading_run(&t, &r, key, argv[first]);
}

int journal_export(int argc, char **argv) {
    static struct reading r;
    static char tokens[QUERY_TOKENS_MAX][EVENT_TOKEN_LEN_MAX];
    struct journal_filter f = { 0 };
    const char *key = NULL, *format = NULL;
    struct tool_option options[JOURNAL_FILTER_OPTIONS + 2] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &key },
        { 'f', "format", "NAME", "jsonl, fhir, dicom, ocsf, cef, csv or disclosures (required)", &format },
    };
    journal_filter_options(&f, options + 2);
    const struct tool t = {
        .name = "deidfs-journal export", .operands = "DIR", .summary = "Prints the records for which all given conditions hold in a form other systems read.",
        .options = options, .option_count = array_count(options), .operand_least = 1, .operand_most = 1, .details = verdict_details, .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    if (!format) tool_usage_error(&t, "--format is missing");
    r.format = export_format_find(format);
    if (!r.format) tool_usage_error(&t, "--format: there is no form \"%s\"", format);
    journal_filter_read(&t, &f, tokens, &r.query);
    return reading_run(&t, &r, key, argv[first]);
}

int journal_report(int argc, char **argv) {
    const char *key = NULL, *epoch_key = NULL;
    bool html = false;
    const struct tool_option options[] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &key },
        { 'e', "epoch-key", "VKEY|FILE", "the first epoch's public key, as given at setup", &epoch_key },
        { 0, "html", NULL, "one self-contained page (required; the only form so far)", &html },
    };
    const struct tool t = {
        .name = "deidfs-journal report", .operands = "DIR", .summary = "Writes one page that an auditor reads, to standard output.", .options = options,
        .option_count = array_count(options), .operand_least = 1, .operand_most = 1, .details = verdict_details, .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    if (!key) tool_usage_error(&t, "--key is missing");
    if (!html) tool_usage_error(&t, "--html is missing");
    _cleanup_(report_freep) struct report *page = NULL;
    struct problem p = { "" };
    if (report_new(&page) < 0) tool_usage_error(&t, "not enough memory");
    struct verify_options o = { .dir = argv[first], .on_entry = report_add, .context = page };
    struct note_key epoch;
    static struct verify_report verified;
    journal_read_key(&t, "key", key, &o.stable);
    if (epoch_key) journal_read_key(&t, "epoch-key", epoch_key, &epoch);
    if (epoch_key) o.epoch = &epoch;
    int r = verify_run(&o, &verified, &p);
    if (r < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, 16 << 20);
    r = report_write(page, &verified, &out);
    if (r == 0 && fwrite(out.ptr, 1, out.len, stdout) != out.len) r = -EIO;
    if (r == 0) r = tool_flush();
    return r < 0 ? TOOL_INCOMPLETE : (int) verified.verdict;
}

int journal_prove(int argc, char **argv) {
    const char *key = NULL, *index = NULL, *entry_file = NULL;
    const struct tool_option options[] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &key },
        { 'i', "index", "N", "the record's index (required)", &index },
        { 0, "entry", "FILE", "write the record's bytes to this new file", &entry_file },
    };
    const struct tool t = {
        .name = "deidfs-journal prove", .operands = "DIR", .summary = "Prints a record's self-contained proof (C2SP tlog-proof).", .options = options,
        .option_count = array_count(options), .operand_least = 1, .operand_most = 1,
        .details = "The proof verifies offline with the public key: deidfs-journal check-proof, or any C2SP tlog-proof verifier.\n", .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    if (!key || !index) tool_usage_error(&t, "--key and --index are needed");
    struct prove_request q = { .dir = argv[first], .index = tool_number(&t, "--index", index, 0, ENTRY_INTEGER_MAX) };
    journal_read_key(&t, "key", key, &q.stable);
    _cleanup_(buf_release) struct buf proof, entry;
    buf_init(&proof, NOTE_LEN_MAX + PROVE_LEN_MAX);
    buf_init(&entry, ENTRY_LEN_MAX);
    struct problem p = { "" };
    int r = prove_make(&q, &proof, &entry, &p);
    if (r == -EBADMSG) return tool_fail(&t, TOOL_NEGATIVE, &p);
    if (r < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    if (entry_file) r = io_create_file_at(AT_FDCWD, entry_file, buf_bytes(&entry), 0644);
    if (r < 0) ignore(problem_set(&p, r, "%s cannot be made (%s)", entry_file, strerror(-r))); /* the exit code says the same */
    if (r < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    if (fwrite(proof.ptr, 1, proof.len, stdout) != proof.len || tool_flush() < 0) return TOOL_INCOMPLETE;
    return TOOL_OK;
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
