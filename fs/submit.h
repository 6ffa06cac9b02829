/* What comes over the control socket as a line of JSON (audit/submission.h): checked against the peer's rights and the configuration, then recorded.
 * The answer is one line: {"index":N} of the durable record, or {"error":"words"}. A refused submission is not recorded; it is counted and logged.
 * Threads: the control socket's. */
#pragma once

#include "fs/guard.h"

/* Who is at the other end: SO_PEERCRED of the connection. */
struct submit_peer {
    uint32_t pid;
    uid_t uid;
    gid_t gid;
    uint64_t session; /* that this connection holds; 0 none */
};

void submit_line(struct guard *g, struct submit_peer *peer, struct bytes line, struct buf *answer);
/* The connection is over: so is its session, on record. */
void submit_end(struct guard *g, struct submit_peer *peer);
