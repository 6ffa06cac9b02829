/* One record's proof, self-contained: C2SP tlog-proof, which verifies offline against the log's public key.
 *   "c2sp.org/tlog-proof@v1\n" "index <N>\n" (base64 hash "\n")* "\n" checkpoint
 * Made from the log's files by the verifier's reading of them, and checked before it is handed out.
 * Threads: one. Source: c2sp.org/tlog-proof. */
#pragma once

#include "audit/note.h"
#include "conf/base/problem.h"

enum { PROVE_LEN_MAX = 16 * 1024 };

struct prove_request {
    const char *dir;          /* the journal, or its log/ */
    struct note_key stable;
    uint64_t index;
};

/* -ENOENT: no such record; -EBADMSG: the log's files do not prove it. */
_must_use_ int prove_make(const struct prove_request *q, struct buf *out_proof, struct buf *out_entry, struct problem *p);
/* Does the proof show that the log of this key holds the entry? 0 with its index, or -EBADMSG with the reason. */
_must_use_ int prove_check(struct bytes proof, struct bytes entry, const struct note_key *stable, uint64_t *out_index, struct problem *p);
