/* deidfs-filter: the mount's engine as a filter. One document from standard input to standard output, or many as JSON lines. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>

#include "conf/base/io.h"
#include "conf/conf.h"
#include "conf/keyring.h"
#include "conf/supply.h"
#include "redact/site.h"
#include "redact/vault.h"
#include "tools/explainer.h"
#include "tools/tool.h"

static const char *config;
static const char *name = "";
static const char *roster;
static const char *color = "auto";
static bool jsonl, explain, json;

static const struct tool_option options[] = {
    { 'c', "config", "FILE", "configuration or instance name (required)", &config },
    { 'j', "jsonl", NULL, "read {\"id\":…,\"text\":…} lines; write them redacted, with the spans found", &jsonl },
    { 'r', "roster", "FILE", "known patients (file or folder), instead of the configuration's", &roster },
    { 'e', "explain", NULL, "print the text with what was found and why, instead of redacting it; shows what it finds", &explain },
    { 0, "json", NULL, "with --explain: one JSON object for machines", &json },
    { 0, "color", "WHEN", "with --explain: always, never, or auto (a terminal; default)", &color },
    { 'n', "name", "FILE", "name the document would have: a hint for its format", &name },
};

static const struct tool filter = {
    .name = "deidfs-filter",
    .operands = "",
    .summary = "Redact a document from standard input to standard output, as the mount would show it.",
    .options = options,
    .option_count = array_count(options),
    .usage_exit = TOOL_USAGE,
    .details = "Exit status: 0 done, 1 a JSON line was refused (its line says why), 64 usage, 65 the document was refused, 69 keeper or vault\n"
               "failed, 78 configuration.\n",
};

/* What a run needs, in the order it is made; released backwards. */
struct session {
    struct conf *conf;
    struct keeper *keeper;
    struct vault *vault;
    struct engine *engine;
    struct scratch *scratch;
    struct redaction redaction;
};

static void session_release(struct session *s) {
    redaction_release(&s->redaction);
    scratch_free(s->scratch);
    engine_free(s->engine);
    vault_free(s->vault);
    keeper_free(s->keeper);
    conf_free(s->conf);
}

static int session_engine(struct session *s, struct problem *p) {
    int r = roster ? supply_roster_instead(s->conf, roster, p) : 0;
    if (r == 0) r = site_engine_new(s->conf, NULL, &s->engine, p);
    if (r < 0) return r;
    r = scratch_new(s->engine, &s->scratch);
    return r < 0 ? problem_set(p, r, "out of memory") : 0;
}

/* Returns an exit code. An explanation needs no key and no vault: nothing is minted. */
static int session_open(struct session *s, struct problem *p) {
    uint8_t seal_to[KEY_LEN];
    if (conf_load(config, &s->conf, p) < 0) return TOOL_CONFIG;
    redaction_init(&s->redaction, s->conf->document_len_max + (s->conf->document_len_max >> 1));
    if (explain) return session_engine(s, p) < 0 ? TOOL_CONFIG : TOOL_OK;
    if (keyring_load_reidentify_public(s->conf->state, seal_to, p) < 0) return TOOL_UNAVAILABLE;
    if (keeper_start(s->conf->state, &s->keeper, p) < 0) return TOOL_UNAVAILABLE;
    const struct vault_place place = { .state_dir = s->conf->state, .destination = s->conf->destination, .database = s->conf->database };
    if (vault_open(&place, s->keeper, seal_to, &s->vault, p) < 0) return TOOL_UNAVAILABLE;
    return session_engine(s, p) < 0 ? TOOL_CONFIG : TOOL_OK;
}

static bool refusal_is_ours(enum refusal r) {
    return r == REFUSAL_VAULT || r == REFUSAL_KEEPER || r == REFUSAL_MEMORY;
}

static int filter_read(const struct session *s, struct buf *content, struct problem *p) {
    buf_init(content, s->conf->document_len_max);
    int r = io_read_all(STDIN_FILENO, content);
    if (r == -E2BIG) {
        ignore(problem_set(p, r, "too-large: %s", refusal_help(REFUSAL_TOO_LARGE)));
        return TOOL_DATA;
    }
    if (r < 0) ignore(problem_set(p, r, "standard input: %s", strerror(-r)));
    return r < 0 ? TOOL_IO : TOOL_OK;
}

static int filter_refused(const struct session *s, int error, struct problem *p) {
    ignore(problem_set(p, error, "%s: %s", refusal_name(s->redaction.refusal), refusal_help(s->redaction.refusal)));
    return refusal_is_ours(s->redaction.refusal) ? TOOL_UNAVAILABLE : TOOL_DATA;
}

static bool explain_in_color(void) {
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    if (strcmp(color, "auto") != 0) return strcmp(color, "always") == 0;
    return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 && (!no_color || !no_color[0]);
}

static int filter_explain(struct session *s, struct problem *p) {
    _cleanup_(buf_release) struct buf content;
    struct explanation why;
    int code = filter_read(s, &content, p);
    if (code != TOOL_OK) return code;
    struct document d = { .content = buf_bytes(&content), .path = bytes_from_string(name) };
    int r = redact_explain(s->engine, s->scratch, &d, &s->redaction, &why);
    if (r < 0) return filter_refused(s, r, p);
    r = json ? explainer_print_json(s->engine, &why, &s->redaction) : explainer_print_text(s->engine, &why, explain_in_color());
    if (r < 0) ignore(problem_set(p, r, "standard output: %s", strerror(-r)));
    return r < 0 ? TOOL_IO : TOOL_OK;
}

static int filter_document(struct session *s, struct problem *p) {
    _cleanup_(buf_release) struct buf content;
    int code = filter_read(s, &content, p);
    if (code != TOOL_OK) return code;
    struct document d = { .content = buf_bytes(&content), .path = bytes_from_string(name) };
    int r = redact_document(s->engine, s->scratch, s->vault, &d, &s->redaction);
    if (r < 0) return filter_refused(s, r, p);
    r = io_write_full(STDOUT_FILENO, buf_bytes(&s->redaction.view));
    if (r < 0) ignore(problem_set(p, r, "standard output: %s", strerror(-r)));
    return r < 0 ? TOOL_IO : TOOL_OK;
}

/* ---- JSON lines ---- */

static void jsonl_spans(const struct session *s, struct buf *out) {
    ignore(buf_append_string(out, ",\"spans\":[")); /* sticky, here and below */
    for (size_t i = 0; i < s->redaction.finding_count; i++) {
        const struct finding *f = &s->redaction.findings[i];
        ignore(buf_append_printf(out, "%s{\"start\":%zu,\"end\":%zu,\"type\":\"%s\",\"score\":%u.%03u,\"recognizer\":", i > 0 ? "," : "", f->span.begin,
                                 f->span.end, entity_name(f->entity), f->score / 1000u, f->score % 1000u));
        ignore(tool_json_string(out, bytes_from_string(engine_recognizer_name(s->engine, f->recognizer))));
        ignore(buf_append_string(out, "}"));
    }
    ignore(buf_append_string(out, "]}\n"));
}

static int jsonl_write(struct session *s, const json_t *line, struct buf *out) {
    char *id = json_dumps(json_object_get(line, "id"), JSON_ENCODE_ANY | JSON_COMPACT);
    buf_reset(out);
    ignore(buf_append_string(out, "{\"id\":"));
    ignore(buf_append_string(out, id ? id : "null"));
    free(id);
    if (s->redaction.refusal != REFUSAL_NONE) {
        ignore(buf_append_printf(out, ",\"text\":null,\"error\":\"%s\"", refusal_name(s->redaction.refusal)));
    } else {
        ignore(buf_append_string(out, ",\"text\":"));
        ignore(tool_json_string(out, buf_bytes(&s->redaction.view)));
    }
    jsonl_spans(s, out);
    int r = buf_error(out);
    if (r < 0) return r;
    return fwrite(out->ptr, 1, out->len, stdout) == out->len ? 0 : -EIO;
}

/* *out_refused: the line was answered, but not with a view. */
static int jsonl_line(struct session *s, struct bytes text, struct buf *out, bool *out_refused) {
    json_error_t why;
    json_t *line = json_loadb((const char *) text.ptr, text.len, JSON_ALLOW_NUL, &why);
    const json_t *content = json_object_get(line, "text"), *named = json_object_get(line, "name");
    if (!json_is_string(content)) {
        json_decref(line);
        return -EBADMSG;
    }
    struct document d = { .content = bytes_make(json_string_value(content), json_string_length(content)), .path = bytes_from_string(name) };
    if (json_is_string(named)) d.path = bytes_from_string(json_string_value(named));
    int r = redact_document(s->engine, s->scratch, s->vault, &d, &s->redaction);
    *out_refused = r < 0;
    /* A lost key or vault ends the run; a document that cannot be shown ends itself. */
    if (r == 0 || !refusal_is_ours(s->redaction.refusal)) r = jsonl_write(s, line, out);
    json_decref(line);
    return r;
}

static int filter_lines(struct session *s, struct problem *p) {
    _cleanup_(buf_release) struct buf out;
    char *line = NULL;
    size_t capacity = 0, number = 0;
    ssize_t len = 0;
    int r = 0;
    bool any_refused = false;
    buf_init(&out, 8 * s->conf->document_len_max);
    while (r == 0 && (len = getline(&line, &capacity, stdin)) > 0) {
        bool refused = false;
        number++;
        if (len == 1) continue;
        r = jsonl_line(s, bytes_make(line, (size_t) len), &out, &refused);
        any_refused |= refused;
    }
    if (line) sodium_memzero(line, capacity);
    free(line);
    if (r == -EBADMSG) {
        ignore(problem_set(p, r, "line %zu is no JSON object with a string \"text\"", number));
        return TOOL_DATA;
    }
    if (r < 0 && s->redaction.refusal != REFUSAL_NONE) {
        ignore(problem_set(p, r, "line %zu: %s: %s", number, refusal_name(s->redaction.refusal), refusal_help(s->redaction.refusal)));
        return TOOL_UNAVAILABLE;
    }
    if (r < 0 || ferror(stdin)) {
        ignore(problem_set(p, r < 0 ? r : -EIO, "reading or writing failed at line %zu", number));
        return TOOL_IO;
    }
    return any_refused ? TOOL_NEGATIVE : TOOL_OK;
}

int main(int argc, char **argv) {
    struct problem p = { 0 };
    ignore(tool_options(&filter, argc, argv)); /* no operands */
    if (!config) tool_usage_error(&filter, "--config is missing");
    if (json && !explain) tool_usage_error(&filter, "--json is for --explain; did you mean --jsonl?");
    if (explain && jsonl) tool_usage_error(&filter, "--explain takes one document, not lines");
    if (strcmp(color, "auto") != 0 && strcmp(color, "always") != 0 && strcmp(color, "never") != 0)
        tool_usage_error(&filter, "--color is always, auto or never");
    if (sodium_init() < 0) return TOOL_SOFTWARE;

    _cleanup_(session_release) struct session s = { 0 };
    int code = session_open(&s, &p);
    if (code == TOOL_OK) code = explain ? filter_explain(&s, &p) : jsonl ? filter_lines(&s, &p) : filter_document(&s, &p);
    if (code != TOOL_OK && code != TOOL_NEGATIVE) return tool_fail(&filter, code, &p);
    return tool_flush() < 0 ? TOOL_IO : code;
}
