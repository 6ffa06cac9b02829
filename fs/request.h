/* Who asks, whether they may, and the record of it. The caller is blocked in its request, so its /proc entry is read now (journal.md).
 * Each request_record_* returns 0 once the record is durable; a negative errno means: no bytes.
 * Threads: any. */
#pragma once

#include <sys/socket.h>

#include "fs/call.h"

/* Checks [access], require_auid and shared_accounts (a session lifts the last two); records the denial and replies EACCES when it may not: false, the call is over. */
_must_use_ bool request_admit(struct call *c);
/* Takes what is about to be given, a view or (NULL) a listing, from the user's hour; records the denial and replies EDQUOT when it is over: false, the
 * call is over. */
_must_use_ bool request_within_quota(struct call *c, const struct view *view);
/* One open file, as its open and close records name it. */
struct request_handle {
    uint64_t number;       /* within this mount; never 0 */
    uint64_t opened_at;    /* index of the open record */
    uint64_t bytes, reads; /* served */
};
/* Fills number and opened_at. */
_must_use_ int request_record_open(struct call *c, const struct view *view, struct request_handle *out);
_must_use_ int request_record_list(struct call *c, uint64_t *out_index);
/* A view that was refused. */
_must_use_ int request_record_refuse(struct call *c, enum refusal why);
/* The control socket's peer is given names of the view. */
_must_use_ int request_record_peer(struct guard *g, const struct policy *p, const struct ucred *peer);
/* Written, durable with the next batch. */
_must_use_ int request_record_close(struct guard *g, const struct request_handle *h);
