#include "tools/vault.h"

#include <errno.h>
#include <fcntl.h>

#include "conf/base/io.h"
#include "conf/base/text.h"
#include "conf/conf.h"
#include "conf/keyring.h"
#include "redact/normalize.h"
#include "redact/vault_check.h"
#include "redact/vault_copy.h"
#include "redact/vault_reseal.h"
#include "tools/ledger.h"
#include "tools/tool.h"

enum { VAULT_SUBJECT_LEN_MAX = 1024 };

static struct {
    const char *config, *key, *reason;
    bool json;
} ask;

static const struct tool_option options[] = {
    { 'c', "config", "FILE", "configuration or instance name (required)", &ask.config },
    { 'k', "key", "FILE", "check: open every value with this re-identification key; reseal: the key that was rotated out", &ask.key },
    { 'r', "reason", "TEXT", "shred, rotate, reseal: why; its token is recorded (required there)", &ask.reason },
    { 0, "json", NULL, "print one JSON object", &ask.json },
};

static const struct tool vault_tool = {
    .name = "deidfs-setup vault",
    .operands = "COMMAND [FILE]",
    .summary = "Checks, saves and restores an instance's vault, rotates its key, and destroys what it holds of one patient.",
    .options = options,
    .option_count = array_count(options),
    .operand_least = 0,
    .operand_most = 2,
    .details = "COMMAND is one of\n"
               "check    every index leads to a token, every token to a sealed value; with --key every value is opened\n"
               "backup   one moment of the vault into a new file, sealed as it is; the mount may run\n"
               "restore  a backup into an empty vault, of either backend\n"
               "export   what deidfs-reidentify --vault-export reads on another host, without the indexes that lead from values to tokens\n"
               "shred    the data keys of the patient whose record number is read from standard input; recorded before it happens\n"
               "rotate   a new re-identification key; the mount seals to it from its next reload on, earlier values open with the earlier key\n"
               "reseal   what an earlier key (--key) sealed is sealed to the present one; the earlier key then opens nothing any more\n"
               "Exit status: 0 done, 1 check found damage, 64 usage, 65 not a whole backup, 66 cannot open, 69 keeper, vault or\n"
               "journal failed, 73 the file exists or the vault is not empty, 78 configuration.\n",
    .usage_exit = TOOL_USAGE,
};

static struct vault_place place_of(const struct conf *c) {
    return (struct vault_place) { .state_dir = c->state, .destination = c->destination, .database = c->database };
}

static void print_check(const struct vault_check_report *r) {
    const struct {
        const char *what;
        uint64_t count;
    } rows[] = { { "tokens", r->tokens }, { "values", r->values }, { "forms", r->forms }, { "sealed", r->sealed }, { "opened", r->opened },
                 { "foreign", r->foreign }, { "destroyed", r->destroyed }, { "views", r->views }, { "damaged", r->damaged } };
    if (ask.json) (void) printf("{");
    for (size_t i = 0; i < array_count(rows); i++) {
        if (ask.json) (void) printf("%s\"%s\":%lu", i ? "," : "", rows[i].what, (unsigned long) rows[i].count);
        else (void) printf("%-10s %lu\n", rows[i].what, (unsigned long) rows[i].count);
    }
    if (ask.json) (void) printf("}\n");
}

static int run_check(const struct conf *c, struct problem *p) {
    _cleanup_(key_wipe) struct key secret = { 0 };
    struct vault_check_report report = { 0 };
    const struct vault_place place = place_of(c);
    if (ask.key && keyring_load_reidentify_secret(ask.key, &secret, p) < 0) return tool_fail(&vault_tool, TOOL_NO_INPUT, p);
    if (vault_check(&place, ask.key ? &secret : NULL, &report, p) < 0) return tool_fail(&vault_tool, TOOL_UNAVAILABLE, p);
    print_check(&report);
    return report.damaged > 0 ? TOOL_NEGATIVE : TOOL_OK;
}

static void print_records(const char *what, uint64_t records) {
    if (ask.json) (void) printf("{\"%s\":%lu}\n", what, (unsigned long) records);
    else (void) printf("%lu records %s\n", (unsigned long) records, what);
}

typedef int copy_function(const struct vault_place *place, int fd, uint64_t *out_records, struct problem *p);

static int run_backup(const struct conf *c, const char *path, copy_function *copy, struct problem *p) {
    uint64_t records = 0;
    const struct vault_place place = place_of(c);
    _cleanup_(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        ignore(problem_set(p, -errno, "%s: %s", path, strerrordesc_np(errno)));
        return tool_fail(&vault_tool, TOOL_CANNOT_CREATE, p);
    }
    int r = copy(&place, fd, &records, p);
    if (r == 0) r = io_sync_parent_at(AT_FDCWD, path);
    if (r < 0) {
        ignore(unlink(path)); /* half a backup is none */
        return tool_fail(&vault_tool, TOOL_UNAVAILABLE, p);
    }
    print_records("saved", records);
    return TOOL_OK;
}

static int run_restore(const struct conf *c, const char *path, struct problem *p) {
    uint64_t records = 0;
    const struct vault_place place = place_of(c);
    _cleanup_(close_fd) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        ignore(problem_set(p, -errno, "%s: %s", path, strerrordesc_np(errno)));
        return tool_fail(&vault_tool, TOOL_NO_INPUT, p);
    }
    int r = vault_copy_in(&place, fd, &records, p);
    if (r < 0) return tool_fail(&vault_tool, r == -EBADMSG ? TOOL_DATA : r == -EEXIST ? TOOL_CANNOT_CREATE : TOOL_UNAVAILABLE, p);
    print_records("restored", records);
    return TOOL_OK;
}

/* The id stands on standard input, never among the arguments, where every process could read it. */
static int read_subject(struct arena *arena, struct bytes *out, struct problem *p) {
    _cleanup_(buf_release) struct buf in;
    buf_init(&in, VAULT_SUBJECT_LEN_MAX);
    int r = io_read_all(STDIN_FILENO, &in);
    if (r < 0) return problem_set(p, r, "standard input: %s", strerrordesc_np(-r));
    while (in.len > 0 && text_is_space(in.ptr[in.len - 1])) in.len--;
    if (in.len == 0) return problem_set(p, -EINVAL, "give the patient's record number on standard input");
    return normalize_value(ENTITY_MRN, buf_bytes(&in), arena, out);
}

/* What is done to the vault, as the journal names it. */
struct deed {
    const char *kind;       /* "shred", "rotate", "reseal" */
    struct bytes subject;   /* of a shred */
    const uint8_t *public_key; /* that values are sealed to from then on; NULL none */
};

/* The record stands before the deed: a crash between them shows one too many, never one too few. */
static int record_deed(const struct conf *c, const struct deed *d, struct problem *p) {
    uint8_t digest[crypto_hash_sha256_BYTES];
    if (d->public_key) crypto_hash_sha256(digest, d->public_key, KEY_LEN);
    struct event_range range = { .kind = d->kind, .count = 1, .digest = d->public_key ? digest : NULL };
    struct event ev = { .type = EVENT_QUERY, .range = &range };
    return ledger_append(c, &ev, ask.reason, d->subject, p);
}

static int shred_in(const struct conf *c, struct bytes subject, struct vault_shredded *out, struct problem *p) {
    uint8_t seal_to[KEY_LEN];
    _cleanup_(keeper_freep) struct keeper *keeper = NULL;
    _cleanup_(vault_freep) struct vault *vault = NULL;
    const struct vault_place place = place_of(c);
    int r = keyring_load_reidentify_public(c->state, seal_to, p);
    if (r == 0) r = keeper_start(c->state, &keeper, p);
    if (r == 0) r = vault_open(&place, keeper, seal_to, &vault, p);
    if (r < 0) return r;
    r = record_deed(c, &(struct deed) { .kind = "shred", .subject = subject }, p);
    if (r < 0) return r;
    r = vault_shred(vault, subject, out);
    return r < 0 ? problem_set(p, r, "the vault failed: %s", strerrordesc_np(-r)) : 0;
}

static int run_shred(const struct conf *c, struct problem *p) {
    struct arena arena;
    struct bytes subject;
    struct vault_shredded gone = { 0 };
    if (!ask.reason) tool_usage_error(&vault_tool, "--reason is missing: say why the patient's keys are destroyed");
    arena_init(&arena, 1 << 20);
    int r = read_subject(&arena, &subject, p);
    if (r == 0) r = shred_in(c, subject, &gone, p);
    arena_release(&arena);
    if (r < 0) return tool_fail(&vault_tool, r == -EINVAL ? TOOL_DATA : TOOL_UNAVAILABLE, p);
    if (ask.json) (void) printf("{\"keys\":%lu,\"tokens\":%lu}\n", (unsigned long) gone.keys, (unsigned long) gone.tokens);
    else (void) printf("%lu keys destroyed, %lu tokens open no more; backups and views cached elsewhere keep what they have\n",
                       (unsigned long) gone.keys, (unsigned long) gone.tokens);
    return TOOL_OK;
}

/* Recorded with the digest of the public half, so that an auditor can tell by which key a value of that time opens. The record follows the files:
 * a rotation that nobody recorded is repeated, one that was only recorded would be believed. */
static int run_rotate(const struct conf *c, struct problem *p) {
    uint8_t public_key[KEY_LEN];
    if (!ask.reason) tool_usage_error(&vault_tool, "--reason is missing: say why the key is rotated");
    int r = keyring_rotate_reidentify(c->state, public_key, p);
    if (r < 0) return tool_fail(&vault_tool, TOOL_UNAVAILABLE, p);
    r = record_deed(c, &(struct deed) { .kind = "rotate", .public_key = public_key }, p);
    if (r < 0) {
        ignore(problem_set(p, r, "the key is rotated, but that could not be recorded (%s); see to the journal and rotate again", strerrordesc_np(-r)));
        return tool_fail(&vault_tool, TOOL_UNAVAILABLE, p);
    }
    if (ask.json) (void) printf("{\"rotated\":1}\n");
    else (void) printf("The new key is %s/reidentify/reidentify.key; an earlier one that stood there is kept beside it.\nNext:\n"
                       "  deidfs-control --config %s reload           the mount seals to the new key from then on\n"
                       "  deidfs-setup vault reseal --config %s --key EARLIER --reason TEXT\n"
                       "                                              what the earlier key opens; then destroy it\n", c->state, c->path, c->path);
    return TOOL_OK;
}

static int run_reseal(const struct conf *c, struct problem *p) {
    uint8_t public_key[KEY_LEN];
    struct vault_resealed done = { 0 };
    _cleanup_(key_wipe) struct key from = { 0 };
    const struct vault_place place = place_of(c);
    if (!ask.reason) tool_usage_error(&vault_tool, "--reason is missing: say why values are sealed anew");
    if (!ask.key) tool_usage_error(&vault_tool, "--key is missing: the key that was rotated out, as in STATE/reidentify/reidentify-….key");
    if (keyring_load_reidentify_secret(ask.key, &from, p) < 0) return tool_fail(&vault_tool, TOOL_NO_INPUT, p);
    int r = keyring_load_reidentify_public(c->state, public_key, p);
    if (r == 0) r = record_deed(c, &(struct deed) { .kind = "reseal", .public_key = public_key }, p);
    if (r == 0) r = vault_reseal(&place, &from, public_key, &done, p);
    if (r < 0) return tool_fail(&vault_tool, TOOL_UNAVAILABLE, p);
    if (ask.json) (void) printf("{\"resealed\":%lu,\"left\":%lu}\n", (unsigned long) done.resealed, (unsigned long) done.left);
    else (void) printf("%lu data keys are sealed to the present key, %lu were sealed to it or to a third\n", (unsigned long) done.resealed,
                       (unsigned long) done.left);
    return TOOL_OK;
}

static int run_command(const char *command, const char *path, const struct conf *c, struct problem *p) {
    if (strcmp(command, "check") == 0) return run_check(c, p);
    if (strcmp(command, "backup") == 0) return run_backup(c, path, vault_copy_out, p);
    if (strcmp(command, "export") == 0) return run_backup(c, path, vault_copy_export, p);
    if (strcmp(command, "restore") == 0) return run_restore(c, path, p);
    if (strcmp(command, "shred") == 0) return run_shred(c, p);
    if (strcmp(command, "rotate") == 0) return run_rotate(c, p);
    if (strcmp(command, "reseal") == 0) return run_reseal(c, p);
    tool_usage_error(&vault_tool, "there is no command %s", command);
}

int vault_main(int argc, char **argv) {
    /* The command may stand before the options or behind them. */
    bool leads = argc > 1 && argv[1][0] != '-';
    int first = leads ? tool_options(&vault_tool, argc - 1, argv + 1) + 1 : tool_options(&vault_tool, argc, argv);
    const char *command = leads ? argv[1] : first < argc ? argv[first++] : NULL;
    if (!command) tool_usage_error(&vault_tool, "COMMAND is missing: check, backup, restore, export, shred, rotate or reseal");
    const char *path = first < argc ? argv[first++] : NULL;
    if (first < argc) tool_usage_error(&vault_tool, "one FILE at most");
    if (!ask.config) tool_usage_error(&vault_tool, "--config is missing");
    bool needs_file = strcmp(command, "backup") == 0 || strcmp(command, "restore") == 0 || strcmp(command, "export") == 0;
    if (needs_file != (path != NULL)) tool_usage_error(&vault_tool, needs_file ? "%s needs a FILE" : "%s takes no FILE", command);
    struct problem p = { 0 };
    _cleanup_(conf_freep) struct conf *c = NULL;
    if (conf_load(ask.config, &c, &p) < 0) return tool_fail(&vault_tool, TOOL_CONFIG, &p);
    int code = run_command(command, path, c, &p);
    if (tool_flush() < 0) return TOOL_IO;
    return code;
}
