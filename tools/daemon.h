/* The control socket of a running mount, from outside (the other end is fs/control.c).
 * Threads: main thread. */
#pragma once

#include "conf/base/buf.h"
#include "conf/base/problem.h"
#include "conf/conf.h"

/* STATE/control.sock, which takes commands and records. -ECONNREFUSED: no mount answers; -EACCES: this user may not. */
_must_use_ int daemon_connect(const struct conf *c, int *out_fd, struct problem *p);
/* The same, or where this user may not reach it, [records] socket, which takes records alone. */
_must_use_ int daemon_connect_records(const struct conf *c, int *out_fd, struct problem *p);
/* Sends a line of JSON (with its newline) and reads the one line of answer. -EIO: the mount hung up. */
_must_use_ int daemon_exchange(int fd, struct bytes line, struct buf *answer, struct problem *p);
/* "{"index":N}": 0 with N; else -EPERM with the answer's words. */
_must_use_ int daemon_read_answer(struct bytes answer, uint64_t *out_index, struct problem *p);
