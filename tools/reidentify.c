/* deidfs-reidentify: tokens in a text become values, for whoever may know them and says why. The record of it is durable before the first byte
 * is written; when it cannot be written, nothing is. */
#include <errno.h>
#include <fcntl.h>

#include "conf/actor.h"
#include "conf/base/io.h"
#include "conf/conf.h"
#include "conf/keyring.h"
#include "redact/restore.h"
#include "tools/approve.h"
#include "tools/grant.h"
#include "tools/leakscan.h"
#include "tools/ledger.h"
#include "tools/tool.h"
#include "tools/vault_export.h"

enum { REIDENTIFY_TEMPLATE_LEN_MAX = 16 << 20 };
#define REIDENTIFY_INPUT_LEN_MAX ((size_t) 1 << 30)
#define REIDENTIFY_OUTPUT_LEN_MAX ((size_t) 4 << 30)

static struct {
    const char *config, *reason, *purpose, *key, *format, *max_tokens, *model, *template, *inference, *override, *export;
    bool json, strict, canonical;
} ask = { .purpose = "TREAT", .format = "auto" };

static const struct tool_option options[] = {
    { 'c', "config", "FILE", "configuration or instance name (required)", &ask.config },
    { 'r', "reason", "TEXT", "why; its token is recorded (required)", &ask.reason },
    { 'p', "purpose", "CODE", "purpose of use: TREAT, HPAYMT, HOPERAT, HRESCH, PUBHLTH, ETREAT, HLEGAL; default TREAT", &ask.purpose },
    { 'k', "key", "FILE", "re-identification key; default STATE/reidentify/reidentify.key", &ask.key },
    { 0, "vault-export", "FILE", "read an export (deidfs-setup vault export) instead of the vault, on a host without it", &ask.export },
    { 'f', "format", "NAME", "auto, text, markdown, json, jsonl, csv, xml, html: how values are escaped; default auto", &ask.format },
    { 0, "canonical", NULL, "write the best form of each value, also for an unmodified view", &ask.canonical },
    { 0, "max-tokens", "N", "restore nothing when there are more; default and most: the role's, else 10000", &ask.max_tokens },
    { 0, "model", "NAME", "recorded: the model that wrote the input", &ask.model },
    { 0, "prompt-template", "FILE", "recorded by its SHA-256: the prompt it was given", &ask.template },
    { 0, "inference", "INDEX", "recorded: where the model call stands in the mount's journal", &ask.inference },
    { 0, "override", "WORD", "recorded: none, accepted, edited, rejected, redaction-override or break-glass", &ask.override },
    { 0, "strict", NULL, "exit 1 when a token was left as it stands", &ask.strict },
    { 0, "json", NULL, "print the report on standard error as one JSON object", &ask.json },
};

static const struct tool reidentify = {
    .name = "deidfs-reidentify",
    .operands = "",
    .summary = "Reads text with tokens on standard input and writes it with their values, after recording that on behalf of whom and why.",
    .options = options,
    .option_count = array_count(options),
    .details = "commands:\n"
               "  approve   approve another user's request, or list those that wait\n"
               "  leakscan  search logs, traces and vector dumps for identifiers that the vault knows\n"
               "A token is restored when its check letter is right and the vault knows it; nothing is ever matched to the nearest.\n"
               "Example: deidfs-reidentify -c notes --reason 'call back patient' < answer.txt\n"
               "Exit status: 0 done, 1 --strict and a token was left, 64 usage, 65 too many tokens, 66 no key, 69 vault, journal or\n"
               "keeper failed, 74 I/O error, 77 permission, 78 configuration. See deidfs-reidentify(1).\n",
    .usage_exit = TOOL_USAGE,
};

/* HL7 v3 PurposeOfUse. */
static const char *const purposes[] = { "TREAT", "HPAYMT", "HOPERAT", "HRESCH", "PUBHLTH", "ETREAT", "HLEGAL" };

static const char *reidentify_purpose(void) {
    for (size_t i = 0; i < array_count(purposes); i++) {
        if (strcmp(purposes[i], ask.purpose) == 0) return purposes[i];
    }
    tool_usage_error(&reidentify, "--purpose %s is none of TREAT, HPAYMT, HOPERAT, HRESCH, PUBHLTH, ETREAT, HLEGAL", ask.purpose);
}

struct run {
    struct conf *conf;
    char folder[PATH_MAX + 64];
    struct buf input, output;
    struct restore_report report;
    const char *purpose;
    struct grant grant;
    struct grant_request request;
    uint8_t input_digest[32];
    struct event_infer infer;
    uint8_t template_digest[32];
    uint64_t inference;
};

/* A role's ceiling can be lowered, never raised; root without roles decides for himself. */
static size_t reidentify_ceiling(const struct run *run) {
    size_t most = grant_tokens_max(&run->grant);
    if (!ask.max_tokens) return most;
    size_t asked = tool_number(&reidentify, "max-tokens", ask.max_tokens, 1, UINT32_MAX);
    return run->grant.role && asked > most ? most : asked;
}

static int reidentify_restore(struct run *run, struct problem *p) {
    _cleanup_(key_wipe) struct key secret = { 0 };
    _cleanup_(vault_reader_freep) struct vault_reader *reader = NULL;
    char path[PATH_MAX + 128];
    int n = snprintf(path, sizeof(path), "%s/reidentify.key", run->folder);
    must(n > 0 && (size_t) n < sizeof(path));
    int r = keyring_load_reidentify_secret(ask.key ? ask.key : path, &secret, p);
    if (r < 0) return tool_fail(&reidentify, r == -EACCES || r == -EPERM ? TOOL_PERMISSION : TOOL_NO_INPUT, p);
    struct vault_place place = { .state_dir = run->conf->state, .destination = run->conf->destination, .database = run->conf->database };
    char export[PATH_MAX];
    if (ask.export) {
        r = vault_export_open(run->conf->state, ask.export, export, p);
        if (r < 0) return tool_fail(&reidentify, r == -EBADMSG ? TOOL_DATA : r == -ENOENT ? TOOL_NO_INPUT : TOOL_UNAVAILABLE, p);
        place.state_dir = export;
        place.database = NULL;
    }
    r = vault_reader_open(&place, &secret, &reader, p);
    if (r == 0) r = vault_reader_add_older(reader, ask.key ? ask.key : path, p);
    if (r < 0) return tool_fail(&reidentify, r == -EACCES ? TOOL_PERMISSION : TOOL_UNAVAILABLE, p);
    r = grant_prepare(&run->grant, reader, p);
    if (r < 0) return tool_fail(&reidentify, TOOL_UNAVAILABLE, p);
    struct restore_options o = { .mode = ask.canonical ? RESTORE_CANONICAL : RESTORE_SURFACE, .token_count_max = reidentify_ceiling(run),
                                 .may = grant_may, .context = &run->grant };
    if (!restore_format_from_name(ask.format, &o.format)) tool_usage_error(&reidentify, "--format %s is unknown", ask.format);
    r = restore_text(reader, buf_bytes(&run->input), &o, &run->output, &run->report);
    if (r == -E2BIG) {
        ignore(problem_set(p, r, "more than %zu tokens: nothing was restored; split the input, or raise --max-tokens where the role allows it", o.token_count_max));
        return tool_fail(&reidentify, TOOL_DATA, p);
    }
    if (r == -EKEYREJECTED) ignore(problem_set(p, r, "the key is not the one that the vault's values are sealed to; give --key"));
    else if (r < 0) ignore(problem_set(p, r, "the vault cannot be read: %s", strerrordesc_np(-r)));
    return r < 0 ? tool_fail(&reidentify, TOOL_UNAVAILABLE, p) : TOOL_OK;
}

/* The output holds PHI: its digest is keyed, so that nobody can confirm a guess by it. */
static int reidentify_event(struct run *run, struct keeper *keeper, const struct actor *who, char *ticket, struct event *out) {
    struct event ev = { .type = EVENT_REID, .who = who, .purpose = run->purpose, .restored = restore_report_restored(&run->report),
                        .left = restore_report_left(&run->report), .ticket = ticket, .inference = run->inference, .infer = &run->infer };
    _cleanup_(key_wipe) struct key key = { 0 };
    int r = keeper_local_key(keeper, "reidentify-output", &key);
    if (r == 0) r = keeper_subject(keeper, 'x', bytes_from_string(ask.reason), ticket);
    if (r < 0) return r;
    memcpy(ev.input_digest, run->input_digest, sizeof(ev.input_digest));
    crypto_generichash(ev.output_digest, sizeof(ev.output_digest), run->output.ptr, run->output.len, key.raw, sizeof(key.raw));
    *out = ev;
    return 0;
}

static int reidentify_record(struct run *run, struct problem *p) {
    struct ledger ledger = { 0 };
    struct actor who;
    struct event ev;
    char ticket[KEEPER_SUBJECT_TOKEN_LEN];
    uint64_t index = 0;
    int r = ledger_open(run->conf, run->folder, &ledger, p);
    if (r < 0) return tool_fail(&reidentify, r == -EACCES || r == -EPERM ? TOOL_PERMISSION : TOOL_UNAVAILABLE, p);
    actor_of_self(&who);
    r = reidentify_event(run, ledger.keeper, &who, ticket, &ev);
    if (r == 0) r = journal_append_wait(ledger.journal, &ev, &index);
    int closed = ledger_close(&ledger);
    if (r < 0) {
        ignore(problem_set(p, r, "the record could not be written to %s/journal: %s; nothing was restored", run->folder, strerrordesc_np(-r)));
        return tool_fail(&reidentify, TOOL_UNAVAILABLE, p);
    }
    /* The record is durable; only its checkpoint is late, and the next run signs it. */
    if (closed < 0) (void) fprintf(stderr, "%s: warning: the journal's checkpoint could not be signed: %s\n", reidentify.name, strerrordesc_np(-closed));
    return TOOL_OK;
}

static void reidentify_print_json(const struct restore_report *r) {
    (void) fprintf(stderr, "{\"restored\":%lu,\"left\":%lu,\"view\":%s,\"classes\":{", (unsigned long) restore_report_restored(r),
                   (unsigned long) restore_report_left(r), r->is_view ? "true" : "false");
    for (int c = 0; c < RESTORE_CLASS_COUNT; c++) {
        (void) fprintf(stderr, "%s\"%s\":%lu", c ? "," : "", restore_class_name((enum restore_class) c), (unsigned long) r->counts[c]);
    }
    (void) fprintf(stderr, "}}\n");
}

static void reidentify_print_report(const struct restore_report *r) {
    static const char *const words[RESTORE_CLASS_COUNT] = {
        [RESTORE_BAD_CHECK] = "with a wrong letter", [RESTORE_NEVER_ISSUED] = "that the vault never issued (invented)",
        [RESTORE_NOT_SERVED] = "of another destination: an incident, find out how they came here", [RESTORE_SUFFIX_LOST] = "that lost their code",
        [RESTORE_DESTROYED] = "of patients whose key was destroyed", [RESTORE_DENIED] = "that this user's role may not know",
    };
    if (ask.json) {
        reidentify_print_json(r);
        return;
    }
    (void) fprintf(stderr, "%s: %lu restored, %lu left\n", reidentify.name, (unsigned long) restore_report_restored(r),
                   (unsigned long) restore_report_left(r));
    for (int c = 0; c < RESTORE_CLASS_COUNT; c++) {
        if (words[c] && r->counts[c] > 0) (void) fprintf(stderr, "  left: %lu %s\n", (unsigned long) r->counts[c], words[c]);
    }
}

/* ---- who may ----------------------------------------------------------------------------------------------------------------------- */

/* What was refused is recorded as well; when even that fails, the refusal stands all the same. */
static int reidentify_deny(struct run *run, int error, struct problem *p) {
    struct problem why = { 0 };
    struct event ev = { .type = EVENT_DENY, .purpose = run->purpose, .refusal = REFUSAL_POLICY };
    bool denied = error == -EPERM || error == -EDQUOT;
    if (denied && ledger_append(run->conf, &ev, ask.reason, bytes_make(NULL, 0), &why) < 0)
        (void) fprintf(stderr, "%s: warning: the refusal could not be recorded: %s\n", reidentify.name, why.text);
    return tool_fail(&reidentify, denied ? TOOL_PERMISSION : error == -EBADMSG || error == -E2BIG ? TOOL_CONFIG : TOOL_UNAVAILABLE, p);
}

/* The two-person rule: this very input, for this purpose, approved by another user. */
static int reidentify_approval(struct run *run, struct problem *p) {
    struct event_range range = { .kind = "approval-asked", .count = 1, .digest = run->input_digest };
    struct event ev = { .type = EVENT_QUERY, .purpose = run->purpose, .range = &range };
    int r = grant_ask(&run->grant, run->purpose, run->input_digest, &run->request, p);
    if (r == GRANT_APPROVED) return TOOL_OK;
    if (r == GRANT_ASKED) r = ledger_append(run->conf, &ev, ask.reason, bytes_make(NULL, 0), p);
    if (r < 0) return tool_fail(&reidentify, TOOL_UNAVAILABLE, p);
    ignore(problem_set(p, -EPERM, "request %s waits for approval; an approver runs \"deidfs-reidentify approve -c %s --reason TEXT %s\", then run this again",
                       run->request.id, ask.config, run->request.id));
    return tool_fail(&reidentify, TOOL_PERMISSION, p);
}

/* Rate and approval are used up before the record and the first byte: whatever fails later, nothing is restored twice for one of them. */
static int reidentify_spend(struct run *run, struct problem *p) {
    int r = grant_count(&run->grant, restore_report_restored(&run->report), p);
    if (r == -EDQUOT) return reidentify_deny(run, r, p);
    if (r == 0) r = grant_consume(&run->grant, &run->request, p);
    return r < 0 ? tool_fail(&reidentify, TOOL_UNAVAILABLE, p) : TOOL_OK;
}

/* ---- what led to it ---------------------------------------------------------------------------------------------------------------- */

/* Records hold words, never text: a model's name is one. */
static bool reidentify_is_word(const char *text) {
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@+-");
    return len > 0 && len <= CONF_WORD_LEN_MAX && text[len] == '\0';
}

static int reidentify_origin(struct run *run, struct problem *p) {
    if (ask.model && !reidentify_is_word(ask.model)) tool_usage_error(&reidentify, "--model: letters, digits and ._:/@+- alone, at most %d", CONF_WORD_LEN_MAX);
    run->infer.model = ask.model;
    run->infer.override = ask.override ? event_override_find(ask.override) : NULL;
    if (ask.override && !run->infer.override) tool_usage_error(&reidentify, "--override %s is none of %s", ask.override, EVENT_OVERRIDE_WORDS);
    if (ask.inference) run->inference = tool_number(&reidentify, "inference", ask.inference, 1, (UINT64_C(1) << 53) - 1);
    if (!ask.template) return TOOL_OK;
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, REIDENTIFY_TEMPLATE_LEN_MAX);
    int r = io_read_file_at(AT_FDCWD, ask.template, &text);
    if (r < 0) {
        ignore(problem_set(p, r, "%s: %s", ask.template, strerrordesc_np(-r)));
        return tool_fail(&reidentify, TOOL_NO_INPUT, p);
    }
    crypto_hash_sha256(run->template_digest, text.ptr, text.len);
    run->infer.template_digest = run->template_digest;
    return TOOL_OK;
}

static int reidentify_fail_io(int error, const char *stream, struct problem *p) {
    ignore(problem_set(p, error, "%s: %s", stream, strerrordesc_np(-error)));
    return tool_fail(&reidentify, error == -E2BIG ? TOOL_DATA : TOOL_IO, p);
}

static int reidentify_run(struct run *run, struct problem *p) {
    int r = conf_load(ask.config, &run->conf, p);
    if (r < 0) return tool_fail(&reidentify, r == -EACCES ? TOOL_PERMISSION : TOOL_CONFIG, p);
    int n = snprintf(run->folder, sizeof(run->folder), "%s/reidentify", run->conf->state);
    must(n > 0 && (size_t) n < sizeof(run->folder));
    r = grant_find(run->conf, run->purpose, &run->grant, p);
    if (r < 0) return reidentify_deny(run, r, p);
    r = io_read_all(STDIN_FILENO, &run->input);
    if (r < 0) return reidentify_fail_io(r, "standard input", p);
    crypto_hash_sha256(run->input_digest, run->input.ptr, run->input.len);
    int code = reidentify_approval(run, p);
    if (code == TOOL_OK) code = reidentify_restore(run, p);
    if (code == TOOL_OK) code = reidentify_spend(run, p);
    if (code == TOOL_OK) code = reidentify_record(run, p);
    if (code != TOOL_OK) return code;
    r = io_write_full(STDOUT_FILENO, buf_bytes(&run->output));
    if (r < 0) return reidentify_fail_io(r, "standard output", p);
    reidentify_print_report(&run->report);
    return ask.strict && restore_report_left(&run->report) > 0 ? TOOL_NEGATIVE : TOOL_OK;
}

int main(int argc, char **argv) {
    must(sodium_init() >= 0);
    if (argc > 1 && strcmp(argv[1], "approve") == 0) return approve_main(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "leakscan") == 0) return leakscan_main(argc - 1, argv + 1);
    (void) tool_options(&reidentify, argc, argv);
    if (!ask.config) tool_usage_error(&reidentify, "--config is missing");
    ledger_check_reason(&reidentify, ask.reason);
    struct problem p = { 0 };
    struct run run = { .purpose = reidentify_purpose() };
    buf_init(&run.input, REIDENTIFY_INPUT_LEN_MAX);
    buf_init(&run.output, REIDENTIFY_OUTPUT_LEN_MAX);
    int code = reidentify_origin(&run, &p);
    if (code == TOOL_OK) code = reidentify_run(&run, &p);
    grant_release(&run.grant);
    buf_release(&run.input);
    buf_release(&run.output);
    conf_free(run.conf);
    return code;
}
