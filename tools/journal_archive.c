#include <errno.h>

#include "audit/archive.h"
#include "tools/journal.h"

int journal_archive(int argc, char **argv) {
    const char *key = NULL, *to = NULL;
    const struct tool_option options[] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &key },
        { 0, "to", "FOLDER", "where the zips go: 000.zip, 001.zip, ... (required)", &to },
    };
    const struct tool t = {
        .name = "deidfs-journal archive", .operands = "DIR", .summary = "Verifies the log and writes it as zips, one for 16,777,216 records.",
        .options = options, .option_count = array_count(options), .operand_least = 1, .operand_most = 1,
        .details = "A full zip is written once; the last one grows with the log and is written anew. Unpacked, they are a log that verifies.\n",
        .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    if (!key || !to) tool_usage_error(&t, "--key and --to are needed");
    struct tool_progress progress;
    struct verify_options v = { .dir = argv[first], .on_progress = journal_show_progress, .context = &progress };
    journal_read_key(&t, "key", key, &v.stable);
    struct verify_report report;
    struct problem p = { "" };
    tool_progress_begin(&progress, "verifying records", 0);
    int r = verify_run(&v, &report, &p);
    tool_progress_end(&progress);
    if (r < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    if (report.verdict == VERIFY_TAMPERED) {
        (void) problem_set(&p, -EBADMSG, "the journal is not sound: %.180s", report.finding[0].text);
        return tool_fail(&t, TOOL_NEGATIVE, &p);
    }
    struct archive_options o = { .dir = argv[first], .to = to, .stable = v.stable, .on_progress = journal_show_progress, .context = &progress };
    struct archive_result result;
    tool_progress_begin(&progress, "archiving records", 0);
    r = archive_write(&o, &result, &p);
    tool_progress_end(&progress);
    if (r < 0) return tool_fail(&t, r == -EBADMSG ? TOOL_NEGATIVE : TOOL_INCOMPLETE, &p);
    printf("%llu records archived: %llu zips written, %llu files in them\n", (unsigned long long) result.size, (unsigned long long) result.zips,
           (unsigned long long) result.files);
    return tool_flush() < 0 ? TOOL_INCOMPLETE : TOOL_OK;
}
