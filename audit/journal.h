/* The journal's writer: entries behind one write-ahead log with group commit, tiles, signed checkpoints (journal.md).
 * Threads: append from any thread. One writer process a journal (flock). Ownership: journal_close(). */
#pragma once

#include "audit/event.h"
#include "conf/base/problem.h"
#include "conf/keeper.h"

struct journal;

struct journal_options {
    const char *dir;             /* STATE/journal */
    const char *checkpoint_copy; /* second copy: rollback guard */
    const char *origin;
    uint32_t epoch_s;
    bool durability_strict;
    bool accept_loss;            /* start in spite of corruption in the middle, with a record that names the gap */
};

/* Makes the folders and writes genesis; -EEXIST when there is one. Called by deidfs-setup. */
_must_use_ int journal_create(const struct journal_options *o, struct keeper *k, struct problem *p);
/* Takes the lock, recovers, verifies its own head. -EUCLEAN: refuses to start on damage, the problem says what to do. */
_must_use_ int journal_open(const struct journal_options *o, struct keeper *k, struct journal **out_journal, struct problem *p);
/* Seals the epoch, signs, closes. Errors are reported, the handle is gone either way. */
int journal_close(struct journal *j);

/* Written before it returns, durable with the next batch: close, beat. -EIO once the journal has halted. */
_must_use_ int journal_append(struct journal *j, const struct event *ev, uint64_t *out_index);
/* Durable when it returns: open, list, deny, refuse, reid, mount, policy. No view without it. */
_must_use_ int journal_append_wait(struct journal *j, const struct event *ev, uint64_t *out_index);
/* A signed checkpoint over all durable entries, now. */
_must_use_ int journal_checkpoint(struct journal *j);

struct journal_status {
    uint64_t size;              /* entries durable */
    uint64_t checkpoint_size;
    uint64_t epoch;
    bool halted;
    bool low_space;             /* new opens are being denied */
};
void journal_status(struct journal *j, struct journal_status *out);
