/* struct recorder: how a program gets something into a mount's journal. While a mount runs it holds the journal, and the line goes to its control
 * socket; while none does, the journal is opened here, as the owner of the state, and closed again with a signed checkpoint.
 * What may be written and by whom is the same either way (audit/submission.h).
 * Threads: main thread. Ownership: recorder_close(). */
#pragma once

#include "audit/submission.h"

struct recorder;

/* -EACCES: neither the mount nor the journal is this user's to use. */
_must_use_ int recorder_open(const struct conf *c, struct recorder **out_recorder, struct problem *p);
/* One line with its newline. 0 with the index of a durable record, or a negative errno: there is none. -EBADMSG and -EPERM: the line's own fault,
 * others may follow. */
_must_use_ int recorder_submit(struct recorder *r, struct bytes line, uint64_t *out_index, struct problem *p);
/* What was acknowledged stays; 0, or why the last checkpoint could not be signed. */
int recorder_close(struct recorder *r);
