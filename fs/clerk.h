/* struct clerk: takes what others want recorded, as lines of JSON over the control socket (which hands such a connection over) and over the
 * socket that [records] socket names, where everybody may connect. Each line gets one line of answer (fs/submit.h).
 * A connection stays for CLERK_IDLE_S without a line; one that holds a session stays until its other end closes it, which ends the session.
 * Who does not take his answers, or sends a line that is too long, is dropped.
 * Threads: one of its own; clerk_take() from any (lock.h, 2). Ownership: clerk_free(). */
#pragma once

#include <sys/socket.h>

#include "fs/submit.h"

enum {
    CLERK_LINE_LEN_MAX = 8192,
    CLERK_PATIENCE_S = 5,       /* for the first line */
    CLERK_IDLE_S = 60,          /* between lines */
    CLERK_PEERS_MAX = 128,
    CLERK_PEERS_A_USER_MAX = 32, /* root is not bounded so */
};

struct clerk;

/* open_fd: a listening socket, borrowed; -1 none. */
_must_use_ int clerk_new(struct guard *g, int open_fd, struct clerk **out_clerk);
/* Ends every session. */
void clerk_free(struct clerk *c);
/* A connection of which `heard` was read already: at most CLERK_LINE_LEN_MAX bytes. fd is the clerk's from here on, whatever happens. */
void clerk_consume(struct clerk *c, int fd, const struct ucred *peer, struct bytes heard);
