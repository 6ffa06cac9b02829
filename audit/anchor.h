/* Anchors: what others attest about the log. A witness that keeps the last size it saw signs only a log that grew from it, so a fork or a cut
 * cannot hide from whoever asks the witness. No network here: a request is printed for curl, the answer is read back.
 *   log/anchor/<size>.note    the checkpoint that was witnessed
 *   log/anchor/<size>.tsr     an RFC 3161 response over its text (timestamp.h)
 *   log/anchor/<size>.cosig   "— <witness> <base64 key id, time, signature>\n" lines over that checkpoint
 * Threads: one. Source: c2sp.org/tlog-witness (add-checkpoint), c2sp.org/tlog-cosignature. */
#pragma once

#include "audit/note.h"
#include "conf/base/problem.h"

enum { ANCHOR_WITNESSES_MAX = 16, ANCHOR_REQUEST_LEN_MAX = NOTE_LEN_MAX + 8192 };

/* "old <N>\n" (base64 hash "\n")* "\n" checkpoint: that the log now grew from its first old_size records (0: the witness knows none). */
_must_use_ int anchor_request(const char *dir, const struct note_key *stable, uint64_t old_size, struct buf *out, struct problem *p);

struct anchor_answer {
    struct bytes request;             /* as it was sent */
    struct bytes cosignatures;        /* as the witness answered: signature lines */
    const struct note_key *witnesses; /* whose signatures are taken */
    size_t witness_count;
};
/* Checks the cosignatures against the checkpoint of the request and stores both. -EBADMSG: none of them is a known witness's, or one is wrong. */
_must_use_ int anchor_add(const char *dir, const struct note_key *stable, const struct anchor_answer *a, uint64_t *out_size, struct problem *p);
/* Stores a checked timestamp response beside its checkpoint. The caller has checked the response; the checkpoint is checked here. */
struct anchor_stamp {
    struct bytes checkpoint, response;
};
_must_use_ int anchor_add_timestamp(const char *dir, const struct note_key *stable, const struct anchor_stamp *s, uint64_t *out_size, struct problem *p);
/* Vkeys, one a line, '#' begins a comment; at most ANCHOR_WITNESSES_MAX. -EBADMSG: a line is no cosignature key. */
_must_use_ int anchor_read_witnesses(struct bytes text, struct note_key out[ANCHOR_WITNESSES_MAX], size_t *out_count);
