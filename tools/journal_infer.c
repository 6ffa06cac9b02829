#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "conf/base/io.h"
#include "conf/base/text.h"
#include "tools/journal.h"
#include "tools/recorder.h"

/* infer: one model call from the command line, or many as lines of JSON on standard input. */

struct infer {
    const char *config, *service, *model, *version, *destination, *template, *template_file, *inputs, *output, *output_file, *encounters, *user, *override;
    bool lines;
};

static void infer_member(struct buf *out, const char *name, const char *value) {
    if (!value) return;
    (void) buf_append_printf(out, ",\"%s\":", name);
    (void) tool_json_string(out, bytes_from_string(value)); /* sticky */
}

/* "a,b" becomes an array of strings. */
static void infer_list(struct buf *out, const char *name, const char *list) {
    if (!list) return;
    (void) buf_append_printf(out, ",\"%s\":[", name);
    for (const char *at = list; *at;) {
        size_t len = strcspn(at, ",");
        if (at != list) (void) buf_append_byte(out, ',');
        (void) tool_json_string(out, bytes_make(at, len)); /* sticky */
        at += len + (at[len] == ',');
    }
    (void) buf_append_byte(out, ']');
}

/* The digest given, or of the file given. */
static const char *infer_digest(const struct tool *t, const char *option, const char *digest, const char *file, char hex[65]) {
    if (digest && file) tool_usage_error(t, "--%s or --%s-file, not both", option, option);
    if (!file) return digest;
    _cleanup_(buf_release) struct buf raw;
    uint8_t sum[32];
    buf_init(&raw, 256 << 20);
    int r = io_read_file_at(AT_FDCWD, file, &raw);
    if (r < 0) tool_usage_error(t, "--%s-file: %s cannot be read (%s)", option, file, strerror(-r));
    ignore(crypto_hash_sha256(sum, raw.ptr, raw.len)); /* cannot fail */
    text_hex_encode(bytes_make(sum, sizeof(sum)), hex);
    return hex;
}

static void infer_write(const struct tool *t, const struct infer *i, struct buf *out) {
    char template[65], output[65];
    (void) buf_append_string(out, "{\"do\":\"infer\"");
    infer_member(out, "service", i->service);
    infer_member(out, "model", i->model);
    infer_member(out, "version", i->version);
    infer_member(out, "destination", i->destination);
    infer_member(out, "template", infer_digest(t, "template", i->template, i->template_file, template));
    infer_list(out, "inputs", i->inputs);
    infer_member(out, "output", infer_digest(t, "output", i->output, i->output_file, output));
    infer_list(out, "encounters", i->encounters);
    infer_member(out, "user", i->user);
    infer_member(out, "override", i->override);
    (void) buf_append_string(out, "}\n");
}

static bool infer_is_own_fault(int error) {
    return error == -EPERM || error == -EBADMSG;
}

/* One answer a line, in the lines' order. 0, TOOL_NEGATIVE when some were refused, or a negative errno. */
static int infer_lines(struct recorder *recorder, struct problem *p) {
    char line[SUBMISSION_LEN_MAX + 2];
    int result = 0;
    while (fgets(line, sizeof(line), stdin)) {
        uint64_t index = 0;
        size_t len = strlen(line);
        bool whole = len > 0 && line[len - 1] == '\n';
        int r = !whole ? problem_set(p, -EBADMSG, "a line is cut, or longer than %d bytes", (int) SUBMISSION_LEN_MAX)
              : line[0] != '{' ? problem_set(p, -EBADMSG, "the line is not one JSON object")
              : recorder_submit(recorder, bytes_make(line, len), &index, p);
        if (r < 0 && (!infer_is_own_fault(r) || !whole)) return r;
        if (r < 0) result = TOOL_NEGATIVE;
        if (r == 0) printf("{\"index\":%llu}\n", (unsigned long long) index);
        else printf("{\"error\":\"%s\"}\n", p->text);
        if (fflush(stdout) != 0) return problem_set(p, -EIO, "standard output: %s", strerror(errno));
    }
    return ferror(stdin) ? problem_set(p, -EIO, "standard input: %s", strerror(errno)) : result;
}

static int infer_one(const struct tool *t, const struct infer *i, struct recorder *recorder, struct problem *p) {
    _cleanup_(buf_release) struct buf line;
    uint64_t index = 0;
    buf_init(&line, SUBMISSION_LEN_MAX);
    infer_write(t, i, &line);
    int r = buf_error(&line) < 0 ? problem_set(p, -EBADMSG, "the record is longer than %d bytes", (int) SUBMISSION_LEN_MAX) : recorder_submit(recorder, buf_bytes(&line), &index, p);
    if (r == 0) printf("%llu\n", (unsigned long long) index);
    return r;
}

static int infer_exit(const struct tool *t, int r, const struct problem *p) {
    if (r >= 0) return r;
    return tool_fail(t, infer_is_own_fault(r) ? TOOL_NEGATIVE : TOOL_INCOMPLETE, p);
}

int journal_infer(int argc, char **argv) {
    struct infer i = { 0 };
    const struct tool_option options[] = {
        { 'c', "config", "FILE", "configuration or instance name (required)", &i.config },
        { 0, "service", "WORD", "what made the call: one of [records] services", &i.service },
        { 0, "model", "WORD", "one of [records] models", &i.model },
        { 0, "model-version", "WORD", "the model's version, as listed behind its '@'", &i.version },
        { 0, "destination", "WORD", "where the views went (default: the instance's destination)", &i.destination },
        { 0, "template", "SHA256", "of the prompt's template", &i.template },
        { 0, "template-file", "FILE", "or the template itself, which is hashed here", &i.template_file },
        { 0, "inputs", "SHA256,…", "of the views that were given to the model (user.deidfs.view_sha256)", &i.inputs },
        { 0, "output", "SHA256", "of the model's answer, before any re-identification", &i.output },
        { 0, "output-file", "FILE", "or the answer itself, which is hashed here", &i.output_file },
        { 0, "encounters", "TOKEN,…", "encounter tokens", &i.encounters },
        { 0, "user", "NAME", "the application's user; only a token of it is recorded", &i.user },
        { 0, "override", "WORD", "none, accepted, edited, rejected, redaction-override or break-glass", &i.override },
        { 0, "json-lines", NULL, "read submissions from standard input, one JSON object a line", &i.lines },
    };
    const struct tool t = {
        .name = "deidfs-journal infer", .operands = "", .summary = "Records a call of a model: who, which model, which views, what came of it.",
        .options = options, .option_count = array_count(options),
        .details = "Prints the index of each record once it is on the disk. No free text reaches the journal: words are listed in [records],\n"
                   "the rest are digests and tokens. See deidfs-journal(1), RECORDS.\n"
                   "Exit codes: 0 recorded, 1 refused, 2 not recorded, 3 wrong usage.\n",
        .usage_exit = JOURNAL_USAGE,
    };
    ignore(tool_options(&t, argc, argv)); /* no operands */
    if (!i.config) tool_usage_error(&t, "--config is missing");
    if (!i.lines && (!i.service || !i.model || (!i.output && !i.output_file))) tool_usage_error(&t, "--service, --model and --output are needed; or --json-lines");
    struct problem p = { "" };
    _cleanup_(conf_freep) struct conf *c = NULL;
    struct recorder *recorder = NULL;
    int r = conf_load(i.config, &c, &p);
    if (r == 0) r = recorder_open(c, &recorder, &p);
    if (r < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    int code = infer_exit(&t, i.lines ? infer_lines(recorder, &p) : infer_one(&t, &i, recorder, &p), &p);
    r = recorder_close(recorder);
    if (r < 0) ignore(problem_set(&p, r, "the journal could not be closed (%s)", strerror(-r))); /* the exit code says the same */
    if (r < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    return tool_flush() < 0 ? TOOL_INCOMPLETE : code;
}
