#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <sys/stat.h>

#include "audit/finder.h"
#include "conf/base/io.h"
#include "tools/journal.h"

/* index: makes the finder anew from a log that verifies, and has its digest recorded in the journal, by which query knows it again. */

struct indexing {
    struct tool_progress progress; /* first: journal_show_progress */
    const char *key, *config, *folder;
    struct conf *conf;
    struct finder_builder *builder;
    struct verify_report report;
};

static void indexing_take(void *context, uint64_t index, const struct entry *e) {
    struct indexing *i = context;
    finder_build_add(i->builder, index, e);
}

static int indexing_verify(const struct tool *t, struct indexing *i, struct problem *p) {
    struct verify_options o = { .dir = i->conf->journal, .on_entry = indexing_take, .on_progress = journal_show_progress, .context = i };
    journal_read_key(t, "key", i->key, &o.stable);
    tool_progress_begin(&i->progress, "indexing records", 0);
    int r = verify_run(&o, &i->report, p);
    tool_progress_end(&i->progress);
    if (r == 0 && i->report.verdict != VERIFY_OK)
        r = problem_set(p, i->report.verdict == VERIFY_TAMPERED ? -EBADMSG : -ENODATA, "the log is %s (deidfs-journal verify says why): no index is made of it", journal_verdict_name(i->report.verdict));
    return r;
}

/* Pages and directory, each under its own name only when whole. A crash between the two leaves what query refuses, and reads the whole log instead. */
static int indexing_write(const struct tool *t, struct indexing *i, int dir_fd, uint8_t digest[32], struct problem *p) {
    _cleanup_(buf_release) struct buf directory;
    buf_init(&directory, FINDER_DIRECTORY_LEN_MAX);
    _cleanup_(close_fd) int pages_fd = openat(dir_fd, "pages.new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (pages_fd < 0) return problem_set(p, -errno, "%s cannot be written (%s)", i->folder, strerror(errno));
    int r = finder_builder_new(pages_fd, &i->builder);
    if (r == 0) r = indexing_verify(t, i, p);
    if (r < 0) return r;
    r = finder_build_end(i->builder, i->report.size, &directory);
    if (r == 0 && fsync(pages_fd) < 0) r = -errno;
    if (r == 0 && renameat(dir_fd, "pages.new", dir_fd, "pages") < 0) r = -errno;
    if (r == 0) r = io_replace_file_at(dir_fd, "directory", buf_bytes(&directory), 0644);
    ignore(crypto_hash_sha256(digest, directory.ptr, directory.len)); /* cannot fail */
    return r < 0 ? problem_set(p, r, "%s cannot be written (%s)", i->folder, strerror(-r)) : 0;
}

static int indexing_record(struct indexing *i, int dir_fd, const uint8_t digest[32], uint64_t *out_index, struct problem *p) {
    const struct event_range range = { .kind = "index", .to = i->report.size, .count = i->report.size, .digest = digest };
    const struct journal_range recorded = { .range = &range, .type = EVENT_QUERY };
    char hint[32];
    int r = journal_record_range(i->conf, &recorded, out_index, p);
    if (r < 0) return r;
    int len = snprintf(hint, sizeof(hint), "%llu\n", (unsigned long long) *out_index);
    must(len > 0 && (size_t) len < sizeof(hint));
    r = io_replace_file_at(dir_fd, "record", bytes_make(hint, (size_t) len), 0644);
    return r < 0 ? problem_set(p, r, "%s cannot be written (%s)", i->folder, strerror(-r)) : 0;
}

int journal_index(int argc, char **argv) {
    static struct indexing i;
    const struct tool_option options[] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &i.key },
        { 'c', "config", "FILE", "configuration or instance name (required)", &i.config },
        { 0, "index", "FOLDER", "where the index goes (default: idx in the journal's folder)", &i.folder },
    };
    const struct tool t = {
        .name = "deidfs-journal index", .operands = "", .summary = "Makes the index that query uses, from a log that verifies.", .options = options,
        .option_count = array_count(options),
        .details = "The index is not trusted: its digest is recorded in the journal, and every record it leads to is proved. Make it again now and\n"
                   "then (cron): records behind it are read one by one. Exit codes: 0 made, 1 the log is tampered, 2 not made, 3 wrong usage.\n",
        .usage_exit = JOURNAL_USAGE,
    };
    struct problem p = { "" };
    char folder[PATH_MAX + 8];
    uint8_t digest[32];
    uint64_t index = 0;
    ignore(tool_options(&t, argc, argv)); /* no operands */
    if (!i.key || !i.config) tool_usage_error(&t, "--key and --config are needed");
    int r = conf_load(i.config, &i.conf, &p);
    if (r < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    if (!i.folder) must(snprintf(folder, sizeof(folder), "%s/idx", i.conf->journal) > 0);
    if (!i.folder) i.folder = folder;
    ignore(mkdir(i.folder, 0755)); /* there already, or open says what is wrong */
    _cleanup_(close_fd) int dir_fd = open(i.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    r = dir_fd < 0 ? problem_set(&p, -errno, "%s: %s", i.folder, strerror(errno)) : indexing_write(&t, &i, dir_fd, digest, &p);
    finder_builder_free(i.builder);
    if (r == 0) r = indexing_record(&i, dir_fd, digest, &index, &p);
    conf_free(i.conf);
    if (r < 0) return tool_fail(&t, r == -EBADMSG ? TOOL_NEGATIVE : TOOL_INCOMPLETE, &p);
    printf("%llu records indexed; record %llu of the journal names the index\n", (unsigned long long) i.report.size, (unsigned long long) index);
    return tool_flush() < 0 ? TOOL_INCOMPLETE : TOOL_OK;
}
