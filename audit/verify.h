/* The verifier: reads a journal's files, trusts nothing, and says what it checked and what not. It shares with the writer only event, entry,
 * merkle, proof and note. Streaming: memory does not grow with the log. A live journal is verified up to the checkpoint found at the start.
 * Threads: one. */
#pragma once

#include "audit/entry.h"
#include "audit/merkle.h"
#include "audit/note.h"
#include "conf/base/problem.h"

enum verify_verdict { VERIFY_OK = 0, VERIFY_TAMPERED = 1, VERIFY_INCOMPLETE = 2 };

enum verify_kind {
    VERIFY_BAD,       /* tampered or damaged: verdict 1 */
    VERIFY_MISSING,   /* stale, lost or torn: verdict 2 */
    VERIFY_NOTICE,    /* what an auditor should know */
    VERIFY_UNCHECKED, /* what was not checked, and what would check it */
};
enum { VERIFY_KINDS = 4, VERIFY_FINDINGS_MAX = 64 };

struct verify_finding {
    enum verify_kind kind;
    char text[240];
};

struct verify_options {
    const char *dir;             /* the journal, or its log/ */
    struct note_key stable;      /* S, pinned */
    const struct note_key *epoch; /* E of the first epoch, pinned; NULL: taken from genesis, and said so */
    struct bytes since;          /* a saved checkpoint (note) or receipt line; empty: none */
    uint64_t max_age_s;          /* of the newest record; 0: not checked */
    const struct note_key *witnesses; /* pinned; of anchors' cosignatures */
    size_t witness_count;
    size_t witness_quorum;       /* of these must have signed an anchor; 0: not checked */
    const char *tsa_file;        /* PEM certificates of timestamping authorities; NULL: timestamps are not checked */
    /* Every entry that is part of the tree, in order, before the verdict is known. NULL: nobody asks. */
    void (*on_entry)(void *context, uint64_t index, const struct entry *e);
    void (*on_progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};

struct verify_report {
    enum verify_verdict verdict;
    struct verify_finding finding[VERIFY_FINDINGS_MAX];
    size_t finding_count;
    uint64_t found[VERIFY_KINDS];   /* all of a kind, also those that did not fit */
    char origin[NOTE_NAME_LEN_MAX + 1];
    uint64_t size;
    uint64_t minimum;               /* records below were pruned: only their hashes are left */
    struct merkle_hash root;
    uint64_t epoch_first, epoch_last;
    uint64_t counts[EVENT_COUNT];
    uint64_t time_first_us, time_last_us;
    uint64_t wal_entries;           /* beyond the checkpoint: chained, not yet signed */
};

/* 0 with a verdict in the report, or a negative errno when the folder cannot be read at all (problem says why). */
_must_use_ int verify_run(const struct verify_options *o, struct verify_report *out, struct problem *p);
/* "receipt v1 <origin> <size> <base64 root>\n": to save, and to give to --since later. */
int verify_receipt(const struct verify_report *r, struct buf *out);
