#include <errno.h>

#include "audit/citation.h"
#include "audit/export.h"
#include "tools/journal.h"

/* orphans: views that were read, and that neither an inference record nor a ticket accounts for. Two passes: what is cited comes after what is read. */

struct orphans {
    struct tool_progress progress; /* first: journal_show_progress */
    struct journal_reading at;
    struct query query;
    struct citations *citations;
    struct buf out;
    uint64_t size;   /* of the log as the first pass verified it */
    uint64_t opens, found;
    int error;
};

static void orphans_collect(void *context, uint64_t index, const struct entry *e) {
    struct orphans *o = context;
    (void) index;
    if (o->error == 0) o->error = citation_add(o->citations, e);
}

static void orphans_print(void *context, uint64_t index, const struct entry *e) {
    struct orphans *o = context;
    if (o->error < 0 || index >= o->size || e->type != EVENT_OPEN || !query_matches(&o->query, e)) return;
    o->opens++;
    if (!citation_is_orphan(o->citations, e)) return;
    o->found++;
    struct export_context c = { .origin = o->at.stable.name, .index = index };
    buf_reset(&o->out);
    o->error = export_format_find("jsonl")->record(&c, e, &o->out);
    if (o->error == 0 && fwrite(o->out.ptr, 1, o->out.len, o->at.spool.file) != o->out.len) o->error = -EIO;
}

static int orphans_pass(struct orphans *o, void (*on_entry)(void *, uint64_t, const struct entry *), struct verify_report *report, struct problem *p) {
    struct verify_options v = { .dir = o->at.dir, .stable = o->at.stable, .on_entry = on_entry, .on_progress = journal_show_progress, .context = o };
    tool_progress_begin(&o->progress, "reading records", 0);
    int r = verify_run(&v, report, p);
    tool_progress_end(&o->progress);
    if (r == 0 && o->error < 0) r = problem_set(p, o->error, "the views could not all be kept in mind or written (%s)", strerror(-o->error));
    return r;
}

int journal_orphans(int argc, char **argv) {
    static struct orphans o;
    static char tokens[QUERY_TOKENS_MAX][EVENT_TOKEN_LEN_MAX];
    static struct verify_report report;
    struct journal_filter f = { 0 };
    struct tool_option options[JOURNAL_READING_OPTIONS + JOURNAL_FILTER_OPTIONS];
    journal_reading_options(&o.at, options);
    journal_filter_options(&f, options + JOURNAL_READING_OPTIONS);
    const struct tool t = {
        .name = "deidfs-journal orphans", .operands = "[DIR]", .summary = "Prints the opens of views that no inference cites and no ticket accounts for.",
        .options = options, .option_count = array_count(options), .operand_least = 0, .operand_most = 1,
        .details = "The conditions choose among the opens; all inferences of the log are considered. A session's ticket (deidfs-session)\n"
                   "accounts for what an index job reads. The log is verified in both passes.\n"
                   "Exit codes: 0 none, 1 orphans were printed or the log is tampered, 2 incomplete, unreadable or not recorded, 3 wrong usage.\n",
        .usage_exit = JOURNAL_USAGE,
    };
    struct problem p = { "" };
    int first = tool_options(&t, argc, argv);
    journal_filter_read(&t, &f, tokens, &o.query);
    journal_filter_about(&f, &o.query, o.at.about);
    int code = journal_reading_begin(&t, &o.at, argv[first]);
    if (code != TOOL_OK) return code;
    buf_init(&o.out, EXPORT_RECORD_LEN_MAX);
    int r = citations_new(&o.citations);
    if (r == 0) r = orphans_pass(&o, orphans_collect, &report, &p);
    o.size = report.size;
    enum verify_verdict verdict = report.verdict;
    if (r == 0) r = orphans_pass(&o, orphans_print, &report, &p);
    if (verdict == VERIFY_OK) verdict = report.verdict;
    size_t cited = r == 0 ? citation_count(o.citations) : 0;
    citations_free(o.citations);
    buf_release(&o.out);
    if (r < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    o.at.range.kind = "orphans";
    code = journal_reading_end(&t, &o.at, o.size, o.found, (int) verdict);
    if (code != (int) verdict) return code;
    (void) fprintf(stderr, "%s: %s: %llu orphans of %llu opens; %zu views are cited by inferences\n", t.name, journal_verdict_name(verdict),
                   (unsigned long long) o.found, (unsigned long long) o.opens, cited);
    return verdict == VERIFY_OK && o.found > 0 ? TOOL_NEGATIVE : (int) verdict;
}
