/* The control socket, STATE/control.sock (0660, the state's owner and group): one line with a command in, "ok" or "error: words" and a body out,
 * then the end. status, status-json and metrics for whoever may connect; changes (manifest.h) also by [access], with a record; reload, warm, revoke
 * and checkpoint for root and the state's owner (SO_PEERCRED).
 * Threads: a few of its own, so that one slow client holds up nobody; what changes something is done one at a time. Ownership: control_free(). */
#pragma once

#include "fs/guard.h"

enum { CONTROL_THREADS = 4, CONTROL_LINE_LEN_MAX = 64, CONTROL_ANSWER_LEN_MAX = 64 * 1024, CONTROL_PATIENCE_S = 5, CONTROL_TELL_S = 300 };

struct control;

/* Monitor, as root, before the walls. An old socket is replaced. */
_must_use_ int control_listen(const char *state_dir, int *out_fd, struct problem *p);
/* After a mount: the name is taken away. */
void control_unlink(const char *state_dir);
/* Guard. fd is borrowed. */
_must_use_ int control_new(struct guard *g, int fd, uid_t owner, struct control **out_control);
void control_free(struct control *c);
/* Carries out one command; the answer goes to out. privileged: may change something. */
void control_command(struct guard *g, struct bytes line, bool privileged, struct buf *out);
