#include <errno.h>
#include <fcntl.h>

#include "audit/anchor.h"
#include "conf/base/io.h"
#include "tools/journal.h"

size_t journal_read_witnesses(const struct tool *t, const char *path, struct note_key out[ANCHOR_WITNESSES_MAX]) {
    _cleanup_(buf_release) struct buf raw;
    size_t count = 0;
    buf_init(&raw, NOTE_LEN_MAX);
    int r = io_read_file_at(AT_FDCWD, path, &raw);
    if (r < 0) tool_usage_error(t, "--witnesses: %s cannot be read (%s)", path, strerror(-r));
    if (anchor_read_witnesses(buf_bytes(&raw), out, &count) < 0 || count == 0) {
        tool_usage_error(t, "--witnesses: %s does not hold cosignature keys, one a line", path);
    }
    return count;
}

void journal_anchor_check(const struct tool *t, const struct journal_anchor *a) {
    if (a->config && a->copy) tool_usage_error(t, "--config or --copy, not both");
    if (a->config || a->copy || journal_lock_state(a->dir) == -ENOENT) return;
    tool_usage_error(t, "%s is a mount's journal: name its instance with --config, where the anchor is recorded; or say that it is a --copy", a->dir);
}

static int anchor_digest(struct bytes file, struct merkle_hash *out) {
    _cleanup_(merkle_hasher_freep) struct merkle_hasher *h = NULL;
    int r = merkle_hasher_new(&h);
    if (r == 0) merkle_sha256(h, &file, 1, out);
    return r;
}

int journal_anchor_record(const struct tool *t, const struct journal_anchor *a) {
    struct conf *c = NULL;
    struct problem p = { "" };
    struct merkle_hash digest;
    uint64_t index = 0;
    if (!a->config) return TOOL_OK;
    int r = anchor_digest(a->file, &digest);
    if (r < 0) return tool_fail(t, problem_set(&p, TOOL_INCOMPLETE, "no SHA-256"), &p);
    r = conf_load(a->config, &c, &p);
    const struct event_range range = { .kind = a->kind, .to = a->size, .count = 1, .digest = digest.raw };
    if (r == 0) r = journal_record_range(c, &(struct journal_range) { .type = EVENT_ANCHOR, .range = &range }, &index, &p);
    conf_free(c);
    if (r < 0) return tool_fail(t, TOOL_INCOMPLETE, &p);
    printf("recorded: record %llu\n", (unsigned long long) index);
    return TOOL_OK;
}

int journal_witness_request(int argc, char **argv) {
    const char *key = NULL, *old = NULL;
    const struct tool_option options[] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &key },
        { 0, "old", "N", "how many records the witness saw last (default 0)", &old },
    };
    const struct tool t = {
        .name = "deidfs-journal witness-request", .operands = "DIR", .summary = "Prints the request for a witness to sign the log's checkpoint.",
        .options = options, .option_count = array_count(options), .operand_least = 1, .operand_most = 1,
        .details = "Example: deidfs-journal witness-request --key log.vkey DIR > request\n"
                   "         curl --data-binary @request https://witness.example/add-checkpoint |\n"
                   "         deidfs-journal witness-add --key log.vkey --witnesses witnesses --request request DIR\n",
        .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    if (!key) tool_usage_error(&t, "--key is missing");
    struct note_key stable;
    journal_read_key(&t, "key", key, &stable);
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, ANCHOR_REQUEST_LEN_MAX);
    struct problem p = { "" };
    int r = anchor_request(argv[first], &stable, old ? tool_number(&t, "--old", old, 0, ENTRY_INTEGER_MAX) : 0, &out, &p);
    if (r < 0) return tool_fail(&t, r == -EBADMSG || r == -EINVAL ? TOOL_NEGATIVE : TOOL_INCOMPLETE, &p);
    if (fwrite(out.ptr, 1, out.len, stdout) != out.len || tool_flush() < 0) return TOOL_INCOMPLETE;
    return TOOL_OK;
}

int journal_witness_add(int argc, char **argv) {
    const char *key = NULL, *witnesses_file = NULL, *request_file = NULL;
    struct journal_anchor anchor = { .kind = "cosig" };
    const struct tool_option options[] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &key },
        { 'w', "witnesses", "FILE", "witnesses' public keys, one a line (required)", &witnesses_file },
        { 0, "request", "FILE", "the request as it was sent (required)", &request_file },
        { 'c', "config", "FILE", "configuration or instance name of the mount, where the anchor is recorded", &anchor.config },
        { 0, "copy", NULL, "DIR is a copy of a journal: there is nowhere to record the anchor", &anchor.copy },
    };
    const struct tool t = {
        .name = "deidfs-journal witness-add", .operands = "DIR", .summary = "Checks a witness's answer from standard input and stores it with the log.",
        .options = options, .option_count = array_count(options), .operand_least = 1, .operand_most = 1, .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    if (!key || !witnesses_file || !request_file) tool_usage_error(&t, "--key, --witnesses and --request are needed");
    anchor.dir = argv[first];
    journal_anchor_check(&t, &anchor);
    struct note_key stable, witnesses[ANCHOR_WITNESSES_MAX];
    journal_read_key(&t, "key", key, &stable);
    _cleanup_(buf_release) struct buf request, answer;
    buf_init(&request, ANCHOR_REQUEST_LEN_MAX);
    buf_init(&answer, NOTE_LEN_MAX);
    struct anchor_answer a = { .witnesses = witnesses, .witness_count = journal_read_witnesses(&t, witnesses_file, witnesses) };
    if (io_read_file_at(AT_FDCWD, request_file, &request) < 0) tool_usage_error(&t, "--request: %s cannot be read", request_file);
    if (io_read_all(STDIN_FILENO, &answer) < 0) tool_usage_error(&t, "standard input cannot be read");
    a.request = buf_bytes(&request);
    a.cosignatures = buf_bytes(&answer);
    struct problem p = { "" };
    anchor.file = a.cosignatures;
    int r = anchor_add(argv[first], &stable, &a, &anchor.size, &p);
    if (r < 0) return tool_fail(&t, r == -EBADMSG ? TOOL_NEGATIVE : TOOL_INCOMPLETE, &p);
    printf("anchored at %llu records\n", (unsigned long long) anchor.size);
    int code = journal_anchor_record(&t, &anchor);
    return tool_flush() < 0 ? TOOL_INCOMPLETE : code;
}
