#include <errno.h>
#include <fcntl.h>

#include "audit/anchor.h"
#include "audit/timestamp.h"
#include "conf/base/io.h"
#include "tools/journal.h"

/* The text before a note's signatures; wrong usage when it is no note. */
static struct bytes timestamp_text(const struct tool *t, struct bytes raw) {
    struct note n;
    if (note_parse(raw, &n) < 0) tool_usage_error(t, "--note: this is not a checkpoint");
    return n.text;
}

int journal_timestamp_request(int argc, char **argv) {
    const char *key = NULL, *note_file = NULL;
    const struct tool_option options[] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &key },
        { 0, "note", "FILE", "write the checkpoint to this new file (required)", &note_file },
    };
    const struct tool t = {
        .name = "deidfs-journal timestamp-request", .operands = "DIR", .summary = "Prints an RFC 3161 request over the log's checkpoint.",
        .options = options, .option_count = array_count(options), .operand_least = 1, .operand_most = 1, .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    if (!key || !note_file) tool_usage_error(&t, "--key and --note are needed");
    struct note_key stable;
    journal_read_key(&t, "key", key, &stable);
    _cleanup_(buf_release) struct buf whole, request;
    buf_init(&whole, ANCHOR_REQUEST_LEN_MAX);
    buf_init(&request, TIMESTAMP_LEN_MAX);
    struct problem p = { "" };
    /* The checkpoint as a witness would get it: checked, and behind "old 0" and a blank line. */
    int r = anchor_request(argv[first], &stable, 0, &whole, &p);
    if (r < 0) return tool_fail(&t, r == -EBADMSG ? TOOL_NEGATIVE : TOOL_INCOMPLETE, &p);
    struct bytes note = bytes_make(whole.ptr + 7, whole.len - 7);
    r = timestamp_request(timestamp_text(&t, note), &request, &p);
    if (r < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    r = io_create_file_at(AT_FDCWD, note_file, note, 0644);
    if (r < 0) return tool_fail(&t, problem_set(&p, TOOL_INCOMPLETE, "%s cannot be made (%s)", note_file, strerror(-r)), &p);
    if (fwrite(request.ptr, 1, request.len, stdout) != request.len || tool_flush() < 0) return TOOL_INCOMPLETE;
    return TOOL_OK;
}

int journal_timestamp_add(int argc, char **argv) {
    const char *key = NULL, *note_file = NULL, *tsa = NULL;
    struct journal_anchor anchor = { .kind = "tsr" };
    const struct tool_option options[] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &key },
        { 't', "tsa", "FILE", "PEM certificates of the authority (required)", &tsa },
        { 0, "note", "FILE", "the checkpoint that was stamped (required)", &note_file },
        { 'c', "config", "FILE", "configuration or instance name of the mount, where the anchor is recorded", &anchor.config },
        { 0, "copy", NULL, "DIR is a copy of a journal: there is nowhere to record the anchor", &anchor.copy },
    };
    const struct tool t = {
        .name = "deidfs-journal timestamp-add", .operands = "DIR", .summary = "Checks an RFC 3161 answer from standard input and stores it with the log.",
        .options = options, .option_count = array_count(options), .operand_least = 1, .operand_most = 1, .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    if (!key || !note_file || !tsa) tool_usage_error(&t, "--key, --tsa and --note are needed");
    anchor.dir = argv[first];
    journal_anchor_check(&t, &anchor);
    struct note_key stable;
    journal_read_key(&t, "key", key, &stable);
    _cleanup_(buf_release) struct buf note, response;
    buf_init(&note, NOTE_LEN_MAX);
    buf_init(&response, TIMESTAMP_LEN_MAX);
    if (io_read_file_at(AT_FDCWD, note_file, &note) < 0) tool_usage_error(&t, "--note: %s cannot be read", note_file);
    if (io_read_all(STDIN_FILENO, &response) < 0) tool_usage_error(&t, "standard input cannot be read");
    struct problem p = { "" };
    uint64_t time_us = 0;
    int r = timestamp_check(buf_bytes(&response), timestamp_text(&t, buf_bytes(&note)), tsa, &time_us, &p);
    if (r == 0) r = anchor_add_timestamp(argv[first], &stable, &(struct anchor_stamp) { buf_bytes(&note), buf_bytes(&response) }, &anchor.size, &p);
    if (r < 0) return tool_fail(&t, r == -EBADMSG ? TOOL_NEGATIVE : TOOL_INCOMPLETE, &p);
    printf("anchored in time at %llu records\n", (unsigned long long) anchor.size);
    anchor.file = buf_bytes(&response);
    int code = journal_anchor_record(&t, &anchor);
    return tool_flush() < 0 ? TOOL_INCOMPLETE : code;
}
