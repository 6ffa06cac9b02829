/* Recovery: what a start finds. The WAL is replayed from the checkpoint's size; what a crash tore off is kept aside; what was damaged later
 * is refused. Idempotent: a crash during recovery changes nothing about its result.
 * Threads: before the journal has any. */
#pragma once

#include "audit/epoch.h"
#include "audit/entry.h"
#include "conf/base/problem.h"

struct recover_input {
    int log_fd, wal_fd;
    const char *origin;
    const char *guard_path; /* NULL: none */
    struct keeper *keeper;
    bool accept_loss;
};

struct recover {
    struct epoch epoch;
    struct checkpoint head;  /* signed by S and the current epoch's key, or by S, E_i and now current E_{i+1} */
    uint64_t end;            /* entries that are whole: head.size or more */
    uint64_t torn_len;
    uint64_t lost;           /* entries known to be lost; only with accept_loss */
    bool has_key;            /* an epoch's last entry without its final checkpoint */
    uint64_t key_index;
};

/* The signed head, an epoch's end that a crash interrupted, the rollback guard. -EUCLEAN, -ENOENT with what to do in the problem. */
_must_use_ int recover_head(const struct recover_input *in, struct recover *out, struct problem *p);
/* The WAL beyond the head. */
_must_use_ int recover_wal(const struct recover_input *in, struct recover *r, struct problem *p);
