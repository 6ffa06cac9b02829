/* ledger: the journal of re-identification, apart from the mount's. A journal has one writer, and re-identification may happen while the mount
 * runs, while it does not, or on another host altogether: so it has its own log with its own keys, in the folder that holds the secret:
 *   STATE/reidentify/reidentify.key   opens the vault's values
 *   STATE/reidentify/keys/            of this log
 *   STATE/reidentify/journal/         the log; verified like any other (deidfs-journal verify)
 *   STATE/reidentify/last-checkpoint  second copy
 * Its origin is the mount's with "-reidentify" behind the instance. Threads: main thread. */
#pragma once

#include "audit/journal.h"
#include "conf/conf.h"

/* Makes keys and log; nothing is overwritten (-EEXIST). keyring_create(c->state) has run. */
_must_use_ int ledger_create(const struct conf *c, struct problem *p);

struct ledger {
    struct keeper *keeper;
    struct journal *journal;
};
/* folder: STATE/reidentify, or where it was moved. Waits up to ten seconds for another writer. */
_must_use_ int ledger_open(const struct conf *c, const char *folder, struct ledger *out, struct problem *p);
/* 0, or why the last checkpoint could not be signed; what was appended durably stays so. */
int ledger_close(struct ledger *l);
/* "<folder>/journal", for messages. out has PATH_MAX bytes. */
void ledger_journal_path(const char *folder, char *out);

/* One record by who runs this program, durable on return, in STATE/reidentify's log: ev without actor and ticket, which is the reason's token;
 * subject: the patient it is about (normalised id), or empty. The problem says that nothing was done. */
_must_use_ int ledger_append(const struct conf *c, struct event *ev, const char *reason, struct bytes subject, struct problem *p);

enum { LEDGER_REASON_LEN_MIN = 3, LEDGER_REASON_LEN_MAX = 1000 };
struct tool;
/* Wrong usage unless the reason is there and has a sensible length. */
void ledger_check_reason(const struct tool *t, const char *reason);
