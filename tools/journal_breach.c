#include <errno.h>

#include "audit/breach.h"
#include "audit/citation.h"
#include "audit/prove.h"
#include "conf/base/clock.h"
#include "tools/journal.h"

/* breach: how far a suspected breach reaches. One pass that verifies and counts; two where a destination is given: what was sent there comes after what
 * was read. */

struct breach_reading {
    struct tool_progress progress; /* first: journal_show_progress */
    struct journal_reading at;
    struct query query;
    const char *destination;
    struct citations *citations; /* views that inferences to the destination name; NULL: no destination is asked for */
    struct breach *breach;
    struct breach_figures figures;
    struct verify_report report;
    uint64_t size_max; /* of the log as the first pass verified it */
    int error;
};

static void breach_collect(void *context, uint64_t index, const struct entry *e) {
    struct breach_reading *b = context;
    (void) index;
    bool sent = e->type == EVENT_INFER && bytes_equal(entry_text(e, ENTRY_WORD_A), bytes_from_string(b->destination));
    if (sent && b->error == 0) b->error = citation_add(b->citations, e);
}

static void breach_take(void *context, uint64_t index, const struct entry *e) {
    struct breach_reading *b = context;
    if (b->error < 0 || index >= b->size_max) return;
    if (b->citations && e->type != EVENT_CLOSE && !citation_has(b->citations, e)) return;
    b->error = breach_add(b->breach, index, e);
}

static int breach_pass(struct breach_reading *b, void (*on_entry)(void *, uint64_t, const struct entry *), struct problem *p) {
    struct verify_options v = { .dir = b->at.dir, .stable = b->at.stable, .on_entry = on_entry, .on_progress = journal_show_progress, .context = b };
    tool_progress_begin(&b->progress, "reading records", 0);
    int r = verify_run(&v, &b->report, p);
    tool_progress_end(&b->progress);
    if (r == 0 && b->error < 0) r = problem_set(p, b->error, "the accesses could not all be kept in mind (%s): narrow the scope", strerror(-b->error));
    return r;
}

/* The worse of both passes' verdicts is the report's. */
static int breach_count(struct breach_reading *b, bool one_patient, struct problem *p) {
    enum verify_verdict before = VERIFY_OK;
    b->size_max = UINT64_MAX;
    int r = breach_new(&b->query, one_patient, &b->breach);
    if (r == 0 && b->destination) r = citations_new(&b->citations);
    if (r < 0) return problem_set(p, r, "not enough memory");
    if (b->destination) {
        r = breach_pass(b, breach_collect, p);
        before = b->report.verdict;
        b->size_max = b->report.size;
    }
    if (r == 0) r = breach_pass(b, breach_take, p);
    if (before != VERIFY_OK && b->report.verdict == VERIFY_OK) b->report.verdict = before;
    return r < 0 ? r : breach_end(b->breach, &b->figures);
}

/* The page, to the spool. */
static int breach_print(struct breach_reading *b, struct breach_page *page, bool json, struct problem *p) {
    _cleanup_(buf_release) struct buf out, proof, entry;
    buf_init(&out, 1 << 20);
    buf_init(&proof, NOTE_LEN_MAX + PROVE_LEN_MAX);
    buf_init(&entry, ENTRY_LEN_MAX);
    const struct prove_request q = { .dir = b->at.dir, .stable = b->at.stable, .index = b->figures.last };
    /* A log that is not sound proves nothing; the page says so. */
    int r = b->figures.records > 0 && b->report.verdict == VERIFY_OK ? prove_make(&q, &proof, &entry, p) : 0;
    if (r < 0) return r;
    page->proof = buf_bytes(&proof);
    r = json ? breach_write_json(page, &out) : breach_write_text(page, &out);
    if (r == 0 && fwrite(out.ptr, 1, out.len, b->at.spool.file) != out.len) r = -EIO;
    return r < 0 ? problem_set(p, r, "the page could not be written whole (%s)", strerror(-r)) : 0;
}

static uint64_t breach_read_discovered(const struct tool *t, const char *text) {
    uint64_t now = clock_realtime_us(), at = text ? journal_read_time(t, "--discovered", text) : now;
    if (at > now) tool_usage_error(t, "--discovered: %s is yet to come", text);
    return at;
}

/* In words, without the id. */
static const char *breach_subject(const struct journal_filter *f) {
    return f->patient ? "one patient (id on standard input)" : f->encounter ? "one encounter (id on standard input)" : f->path ? "one file (path on standard input)" : f->token;
}

int journal_breach(int argc, char **argv) {
    static struct breach_reading b;
    static char tokens[QUERY_TOKENS_MAX][EVENT_TOKEN_LEN_MAX];
    struct journal_filter f = { 0 };
    const char *discovered = NULL;
    bool json = false;
    struct tool_option options[JOURNAL_READING_OPTIONS + JOURNAL_FILTER_OPTIONS + 3];
    journal_reading_options(&b.at, options);
    journal_filter_options(&f, options + JOURNAL_READING_OPTIONS);
    options[array_count(options) - 3] = (struct tool_option) { 0, "destination", "WORD", "views that inferences sent to this destination", &b.destination };
    options[array_count(options) - 2] = (struct tool_option) { 0, "discovered", "DATE", "the day of the discovery, when the clock starts (default: today)", &discovered };
    options[array_count(options) - 1] = (struct tool_option) { 0, "json", NULL, "print one JSON object", &json };
    const struct tool t = {
        .name = "deidfs-journal breach", .operands = "[DIR]", .summary = "Scopes a suspected breach: individuals, identifiers, dates, and the four-factor worksheet.",
        .options = options, .option_count = array_count(options), .operand_least = 0, .operand_most = 1,
        .details = "The conditions choose among the opens and re-identifications; a close counts with its open. The worksheet is Markdown; 45 CFR 164.400-414.\n"
                   "All of the log is verified in the same pass, and this reading is recorded before anything is printed.\n"
                   "Exit codes: 0 verified, 1 tampered or damaged, 2 incomplete, unreadable or not recorded, 3 wrong usage.\n",
        .usage_exit = JOURNAL_USAGE,
    };
    struct problem p = { "" };
    int first = tool_options(&t, argc, argv);
    if (f.type) tool_usage_error(&t, "--type: a breach is of opens and re-identifications; leave it away");
    journal_filter_read(&t, &f, tokens, &b.query);
    journal_filter_about(&f, &b.query, b.at.about);
    struct breach_page page = { .figures = &b.figures, .verified = &b.report, .query = &b.query, .destination = b.destination, .subject = breach_subject(&f),
                                .discovered_us = breach_read_discovered(&t, discovered) };
    int code = journal_reading_begin(&t, &b.at, argv[first]);
    if (code != TOOL_OK) return code;
    page.recorded = b.at.conf != NULL;
    int r = breach_count(&b, f.patient, &p);
    if (r == 0) r = breach_print(&b, &page, json, &p);
    breach_free(b.breach);
    citations_free(b.citations);
    if (r < 0) return tool_fail(&t, r == -EBADMSG ? TOOL_NEGATIVE : TOOL_INCOMPLETE, &p);
    b.at.range.kind = "breach";
    code = journal_reading_end(&t, &b.at, b.report.size, b.figures.records, (int) b.report.verdict);
    if (code != (int) b.report.verdict) return code;
    (void) fprintf(stderr, "%s: %s: %llu opens; individuals %llu to %llu, opens of unknown %llu; 500 or more: %s\n", t.name, journal_verdict_name(b.report.verdict),
                   (unsigned long long) b.figures.opens, (unsigned long long) b.figures.least, (unsigned long long) b.figures.most, (unsigned long long) b.figures.unknown,
                   breach_size_name(b.figures.size));
    return code;
}
