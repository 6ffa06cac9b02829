/* The control socket, STATE/control.sock (0660, the state's owner and group): one line with a command in, "ok" or "error: words" and a body out,
 * then the end. status, status-json and metrics for whoever may connect; changes (manifest.h) also by [access], with a record; reload, warm, revoke
 * and checkpoint for root and the state's owner (SO_PEERCRED). A connection that begins with '{' is the clerk's (clerk.h).
 * Threads: a few of its own, so that one slow client holds up nobody; what changes something is done one at a time. Ownership: control_free(). */
#pragma once

#include "fs/guard.h"

enum { CONTROL_THREADS = 4, CONTROL_LINE_LEN_MAX = 64, CONTROL_ANSWER_LEN_MAX = 64 * 1024, CONTROL_PATIENCE_S = 5, CONTROL_TELL_S = 300 };

struct control;

/* Where connections are taken: -1 none. */
struct control_sockets {
    int own;  /* STATE/control.sock */
    int open; /* [records] socket: everybody may connect, the clerk listens */
};

/* Monitor, as root, before the walls. Old sockets are replaced. */
_must_use_ int control_listen(const struct conf *c, struct control_sockets *out, struct problem *p);
/* After a mount: the names are taken away. */
void control_unlink(const char *state_dir, const char *records_socket);
/* Guard. The sockets are borrowed. */
_must_use_ int control_new(struct guard *g, const struct control_sockets *at, uid_t owner, struct control **out_control);
void control_free(struct control *c);
/* Carries out one command; the answer goes to out. privileged: may change something. */
void control_command(struct guard *g, struct bytes line, bool privileged, struct buf *out);
