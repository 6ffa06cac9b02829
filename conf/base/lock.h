/* Locks, and the only place where their order is written down. A thread takes them from top to bottom, never upward:
 *
 *   0  fs/control    one change at a time  around all of it, nothing above it
 *      fs/ticket     promises of a view    short, no I/O
 *   1  fs/inode      node table            short, no I/O
 *   2  fs/{cache,catalog,census,clerk,folders,times,policy,scout,session,shelf}   short, no I/O; never two of them
 *   3  fs/worker     queue                 short, no I/O
 *   4  redact/vault  writer                around one store transaction
 *   5  audit/journal commit                around one group's buffers, not around fdatasync
 *   6  conf/keeper   request channel       around one request and its answer
 *   7  fs/scout      question channel      around one question and its answer
 *
 * No lock of 0..3 is held across a source read, redaction, fsync, a message to the keeper or a fuse reply.
 * Threads: that is the point. */
#pragma once

#include <pthread.h>

#include "conf/base/attr.h"

static inline void lock_take(pthread_mutex_t *m) {
    int r = pthread_mutex_lock(m);
    must(r == 0);
}

static inline void lock_give(pthread_mutex_t *m) {
    int r = pthread_mutex_unlock(m);
    must(r == 0);
}

static inline void lock_give_ptr(pthread_mutex_t **m) {
    if (*m) lock_give(*m);
}

/* Holds the lock to the end of the scope: lock_scoped(&cache->lock); */
#define lock_scoped_name_(line) lock_held_##line
#define lock_scoped_at_(m, line) _cleanup_(lock_give_ptr) _unused_ pthread_mutex_t *lock_scoped_name_(line) = (lock_take(m), (m))
#define lock_scoped_expand_(m, line) lock_scoped_at_(m, line)
#define lock_scoped(m) lock_scoped_expand_(m, __LINE__)
