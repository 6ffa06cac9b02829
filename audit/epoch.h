/* Epochs: the forward security of the log (journal.md). The stable key S signs under "<origin>", epoch i's key E_i under
 * "<origin>/epoch/<i>"; an epoch's final checkpoint is signed by S, E_i and E_{i+1}, then the keeper forgets E_i.
 * Threads: one owner; the keeper is safe. */
#pragma once

#include "audit/checkpoint.h"
#include "audit/note.h"
#include "conf/keeper.h"

struct epoch {
    uint64_t number;
    struct note_key stable;
    struct note_key current;
    struct note_key next; /* only after epoch_prepare() */
    bool has_next;
};

/* The current epoch as the keeper has it. */
_must_use_ int epoch_load(struct keeper *k, const char *origin, struct epoch *out);
/* Makes E_{i+1}, durable in the spare slot; may be repeated. */
_must_use_ int epoch_prepare(struct epoch *e, struct keeper *k, const char *origin);
/* A signed note of the checkpoint, its signatures checked before anybody sees it; final also under E_{i+1}.
 * -EKEYREJECTED: the keeper's signature does not verify. */
_must_use_ int epoch_sign(const struct epoch *e, struct keeper *k, const struct checkpoint *c, bool final, struct buf *out_note);
/* Forgets E_i for ever; E_{i+1} is current. */
_must_use_ int epoch_advance(struct epoch *e, struct keeper *k);
/* "epoch/<i>/<file>" within the log. */
enum { EPOCH_PATH_LEN = 48 };
void epoch_path(char out[EPOCH_PATH_LEN], uint64_t number, const char *file);
