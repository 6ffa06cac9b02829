/* Retention: how long records are kept, what forbids their removal, and how the oldest go without touching the tree. The tree is never rotated:
 * bundles and tiles that end at or below the minimum index are deleted, and the hashes above them go on proving the rest (C2SP tlog-tiles, Pruning).
 *   log/pruned    what is left begins here; replaced by rename before anything is deleted
 *                     "<minimum index>\n<seconds of an epoch>\n<vkey of the epoch under way there>\n"
 *   records       retain{kind "prune", from, to = minimum index, sha256 of log/pruned}, {"hold"}, {"release", from = the hold's index},
 *                 {"subjects", to = first month that keeps its subject key}
 * The minimum index is a multiple of 65,536, so that what is pruned is whole subtrees of tile level 2. A prune record must be durable and signed
 * before retain_prune(). A legal hold blocks pruning until it is released; both are records, so who released it when is on record too.
 * Threads: one. Sources: c2sp.org/tlog-tiles; 45 CFR 164.316(b)(2)(i) (six years). */
#pragma once

#include "audit/entry.h"
#include "audit/merkle.h"
#include "audit/note.h"
#include "conf/base/problem.h"

#define RETAIN_MARK "pruned"
#define RETAIN_PRUNE "prune"
#define RETAIN_HOLD "hold"
#define RETAIN_RELEASE "release"
#define RETAIN_SUBJECTS "subjects"
#define RETAIN_STEP UINT64_C(65536)

enum { RETAIN_LEVELS = 2 /* tile levels below this are pruned */, RETAIN_HOLDS_MAX = 256, RETAIN_MARK_LEN_MAX = NOTE_VKEY_LEN_MAX + 64 };

struct retain_mark {
    uint64_t minimum, epoch, epoch_s;
    struct note_key epoch_key;
};

int retain_mark_format(const struct retain_mark *m, struct buf *out);
/* -EBADMSG: not exactly that form, or not of this log. */
_must_use_ int retain_mark_parse(struct bytes text, const char *origin, struct retain_mark *out);

struct retain_options {
    const char *dir;             /* the journal's folder */
    struct note_key stable;
    uint64_t keep_us;            /* records younger than this stay */
    uint64_t now_us;             /* CLOCK_REALTIME */
};

struct retain_plan {
    uint64_t size;               /* of the log as it was verified */
    uint64_t minimum;            /* now */
    uint64_t oldest_us;          /* time of the oldest record that is left */
    struct retain_mark next;     /* what may be pruned: next.minimum == minimum when nothing */
    uint64_t hold[RETAIN_HOLDS_MAX]; /* indices of the holds that are in force */
    size_t hold_count;
};

/* Verifies the whole log and says what could go. -EBADMSG: it is not sound, and nothing of it may be removed. -E2BIG: too many holds. */
_must_use_ int retain_make_plan(const struct retain_options *o, struct retain_plan *out, struct problem *p);
/* The digest that the prune record must carry. */
_must_use_ int retain_digest(const struct retain_mark *m, struct merkle_hash *out);
/* After the record: looks for it, and for holds set since the plan, in the signed log; then writes log/pruned and deletes what lies below it.
 * May be repeated after an interruption with the plan of then or one of later. -EPERM: a hold is in force. -ENOENT: no such record is signed yet. */
_must_use_ int retain_prune(const struct retain_options *o, const struct retain_plan *plan, uint64_t *out_files, struct problem *p);
