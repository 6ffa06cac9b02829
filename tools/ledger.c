#include "tools/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "conf/actor.h"
#include "conf/keyring.h"
#include "tools/tool.h"

enum { LEDGER_WAIT_MS = 10000, LEDGER_STEP_MS = 50, LEDGER_REJECTED_MAX = 10, LEDGER_PATH_MAX = PATH_MAX + 64 };

struct ledger_paths {
    char journal[LEDGER_PATH_MAX];
    char copy[LEDGER_PATH_MAX];
    char origin[CONF_ORIGIN_LEN_MAX + 32];
};

static void ledger_print(char *out, size_t len, const char *folder, const char *name) {
    int n = snprintf(out, len, "%s/%s", folder, name);
    must(n > 0 && (size_t) n < len); /* PATH_MAX and a short name */
}

void ledger_journal_path(const char *folder, char *out) {
    int n = snprintf(out, PATH_MAX, "%s/journal", folder);
    if (n < 0 || n >= PATH_MAX) out[0] = '\0';
}

/* <domain>/<host>/<mount>-reidentify/<random>: the random part is the mount's own, so that a re-created instance is another log here too. */
static int ledger_paths_of(const struct conf *c, const char *folder, struct ledger_paths *out, struct problem *p) {
    const char *last = strrchr(c->origin, '/');
    if (!last || strlen(folder) >= PATH_MAX) return problem_set(p, -EINVAL, "the configuration's origin has no parts");
    ledger_print(out->journal, sizeof(out->journal), folder, "journal");
    ledger_print(out->copy, sizeof(out->copy), folder, "last-checkpoint");
    size_t head = (size_t) (last - c->origin);
    memcpy(out->origin, c->origin, head);
    int n = snprintf(out->origin + head, sizeof(out->origin) - head, "-reidentify%s", last);
    if (n < 0 || head + (size_t) n > CONF_ORIGIN_LEN_MAX) return problem_set(p, -EINVAL, "the configuration's origin is too long");
    return 0;
}

static struct journal_options ledger_options(const struct conf *c, const struct ledger_paths *paths) {
    return (struct journal_options) { .dir = paths->journal, .checkpoint_copy = paths->copy, .origin = paths->origin, .epoch_s = c->epoch_s,
                                      .durability_strict = true };
}

int ledger_create(const struct conf *c, struct problem *p) {
    char folder[LEDGER_PATH_MAX];
    struct ledger_paths paths;
    _cleanup_(keeper_freep) struct keeper *keeper = NULL;
    ledger_print(folder, sizeof(folder), c->state, "reidentify");
    int r = ledger_paths_of(c, folder, &paths, p);
    if (r == 0) r = keyring_create(folder, p);
    if (r == 0) r = keeper_start(folder, &keeper, p);
    if (r < 0) return r;
    struct journal_options o = ledger_options(c, &paths);
    return journal_create(&o, keeper, p);
}

static void ledger_pause(void) {
    struct timespec step = { .tv_nsec = LEDGER_STEP_MS * 1000000L };
    ignore(nanosleep(&step, NULL)); /* woken early: it only tries earlier */
}

static int ledger_try(const struct journal_options *o, const char *folder, struct ledger *out, struct problem *p) {
    struct ledger l = { 0 };
    int r = keeper_start(folder, &l.keeper, p);
    if (r < 0) return r;
    r = journal_open(o, l.keeper, &l.journal, p);
    if (r < 0) keeper_free(l.keeper);
    else *out = l;
    return r;
}

/* A keeper reads the epoch's key when it starts. The writer that is waited for replaces that key before it leaves: so each attempt has a keeper
 * of its own, and one that came too early tries again. */
int ledger_open(const struct conf *c, const char *folder, struct ledger *out, struct problem *p) {
    struct ledger_paths paths;
    int r = ledger_paths_of(c, folder, &paths, p);
    if (r < 0) return r;
    struct journal_options o = ledger_options(c, &paths);
    int rejected = 0;
    for (int waited = 0; waited <= LEDGER_WAIT_MS; waited += LEDGER_STEP_MS) {
        r = ledger_try(&o, folder, out, p);
        if (r != -EAGAIN && (r != -EKEYREJECTED || ++rejected == LEDGER_REJECTED_MAX)) break;
        ledger_pause();
    }
    return r;
}

int ledger_close(struct ledger *l) {
    int r = l->journal ? journal_close(l->journal) : 0;
    keeper_free(l->keeper);
    *l = (struct ledger) { 0 };
    return r;
}

int ledger_append(const struct conf *c, struct event *ev, const char *reason, struct bytes subject, struct problem *p) {
    char folder[LEDGER_PATH_MAX], ticket[KEEPER_SUBJECT_TOKEN_LEN];
    struct ledger ledger = { 0 };
    struct actor who;
    uint64_t index = 0;
    ledger_print(folder, sizeof(folder), c->state, "reidentify");
    int r = ledger_open(c, folder, &ledger, p);
    if (r < 0) return r;
    actor_of_self(&who);
    ev->who = &who;
    ev->ticket = ticket;
    r = keeper_subject(ledger.keeper, 'x', bytes_from_string(reason), ticket);
    if (r == 0 && subject.len > 0) r = keeper_subject(ledger.keeper, 'p', subject, ev->object.subject);
    if (r == 0) r = journal_append_wait(ledger.journal, ev, &index);
    ignore(ledger_close(&ledger)); /* the record is durable or r says otherwise; the next run signs a late checkpoint */
    ev->who = NULL;
    ev->ticket = NULL;
    return r < 0 ? problem_set(p, r, "the record could not be written to %s/journal: %s; nothing was done", folder, strerrordesc_np(-r)) : 0;
}

void ledger_check_reason(const struct tool *t, const char *reason) {
    if (!reason) tool_usage_error(t, "--reason is missing: say why this is needed");
    size_t len = strlen(reason);
    if (len < LEDGER_REASON_LEN_MIN || len > LEDGER_REASON_LEN_MAX)
        tool_usage_error(t, "--reason has to be %d to %d bytes long", LEDGER_REASON_LEN_MIN, LEDGER_REASON_LEN_MAX);
}
