/* A query by way of the finder: every record that it leads to is proved against a signed checkpoint, and nothing is left out unseen, or it is said
 * that the finder cannot be used and why; then the whole log must be read (verify.h).
 *   finder's directory --SHA-256--> a record of type query, kind "index", in the log     somebody who may read the journal made it from all of it
 *   its pages --SHA-256--> the directory
 *   bundles it names, and all bundles behind what it covers --leaf hashes, path--> the checkpoint --signature--> the pinned key
 * What is not proved by this: the rest of the log, epochs, clock and heartbeats; that is what verify is for.
 * Threads: one. */
#pragma once

#include "audit/query.h"
#include "audit/verify.h"

struct lookup_options {
    const char *dir;         /* the journal, or its log/ */
    const char *finder_dir;  /* NULL: idx/ beside log/ */
    struct note_key stable;
    const struct query *query;
    void (*on_entry)(void *context, uint64_t index, const struct entry *e); /* a proved record that matches, in order */
    void *context;
};

struct lookup_report {
    uint64_t size;       /* of the checkpoint's tree */
    uint64_t covered;    /* records that the finder covers; those behind were read */
    uint64_t bundles;    /* read and proved */
    uint64_t hits;
};

/* LOOKUP_UNUSABLE, before any record was given out: the problem says why; read the whole log. -EBADMSG: the log's files do not prove what they hold: tampered.
 * -ENODATA: records that may match were pruned. */
enum { LOOKUP_DONE = 0, LOOKUP_UNUSABLE = 1 };
_must_use_ int lookup_run(const struct lookup_options *o, struct lookup_report *out, struct problem *p);
