/* struct guard: everything the mount's process holds. Made once by guard_start(); the handlers (ops*.c) and the workers reach it from here.
 * It holds no secret key but the local ones (inode numbers, name suffixes, catalog and times, shelves, census), each in guarded memory that is never
 * swapped (secret.h); the vault's and the journal's keys are the keeper's.
 * Threads: the pointers are fixed after guard_start(); what they point to says its own rule; policy only through guard_policy(). */
#pragma once

#include <pthread.h>

#include "audit/journal.h"
#include "conf/actor.h"
#include "fs/cache.h"
#include "fs/policy.h"
#include "fs/folders.h"
#include "fs/inode.h"
#include "fs/quota.h"
#include "fs/ring.h"
#include "fs/scout.h"
#include "fs/selftest.h"
#include "fs/session.h"
#include "fs/ticket.h"
#include "fs/times.h"
#include "fs/worker.h"

/* What status and metrics show; atomics, relaxed. */
struct guard_counters {
    uint64_t opens, closes, lists, denials, refusals;
    uint64_t views_built, views_hit, bytes_read_source, bytes_built, bytes_served;
    uint64_t handles; /* numbers given out */
    uint64_t names_hidden, integrity_events, stale_opens;
    uint64_t watched; /* changes that fanotify told */
};

enum { GUARD_UID_SLOTS = 1024 };

struct census;

struct guard {
    struct source *source;
    struct inodes *inodes;
    struct catalog *catalog;
    struct cache *cache;
    struct folders *folders;
    struct times *times;
    struct tickets *tickets;
    struct workers *workers;
    struct warm *warm;
    struct scout *scout;
    struct sessions *sessions;
    struct quota *quota;
    struct keeper *keeper;
    struct vault *vault;
    struct journal *journal;
    struct key inode_key, name_key;
    /* Fixed for the mount's life, from the configuration at the start. */
    uid_t owner;
    gid_t group;
    mode_t file_mode, dir_mode;
    bool presents_all;     /* everything as 0444 and 0555: access.h decides */
    double attr_ttl_s;
    size_t nodes_max;
    pthread_mutex_t policy_lock; /* lock.h, 2 */
    struct policy *policy;
    struct guard_counters counters;
    uint32_t handles_held[GUARD_UID_SLOTS]; /* open files by uid modulo the slots; atomics. Two users who share a slot share its bound */
    pthread_mutex_t handles_lock; /* lock.h, 2 */
    struct ring handles;          /* every open file (ops_file.c), so that each gets its close record */
    uint64_t begun_ns; /* CLOCK_MONOTONIC */
    uint64_t begun_realtime_us;
    int state_fd;          /* of the state folder */
    struct census *census; /* NULL: it could not be opened; then there is no manifest */
    bool stopping;         /* atomic: long work gives up */
    struct selftest selftest;
    bool revoked;      /* atomic: all access is withdrawn until the next reload */
};

struct guard_options {
    const char *config;    /* as the user named it */
    struct keeper *keeper; /* borrowed */
    int scout_channel;     /* borrowed */
    bool accept_loss;      /* journal.h */
};

/* Everything up to, but not including, the mount itself: policy compiled, keys loaded, vault and journal open, self-test redaction passed.
 * No worker thread runs yet. */
_must_use_ int guard_new(const struct guard_options *o, struct guard **out_guard, struct problem *p);
/* The worker threads; after the walls are up. */
_must_use_ int guard_start_workers(struct guard *g, struct problem *p);
/* Answers what waits and ends the worker threads: before the session goes away, since their answers still touch it. Idempotent. */
void guard_stop_workers(struct guard *g);
/* Answers what waits, closes the journal with a signed checkpoint. Safe on a half-made guard. */
void guard_free(struct guard *g);

/* A reference to the policy in force. */
struct policy *guard_policy(struct guard *g);
/* Compiles the configuration again and swaps it in, or keeps the old and says why. Recorded either way. */
_must_use_ int guard_reload(struct guard *g, struct problem *p);

bool guard_is_stopping(const struct guard *g);

/* The names of a folder as they are now, with a reference; redacts new ones in the worker's scratch (guard_work.c). */
_must_use_ int guard_names(struct guard *g, struct worker *w, struct policy *p, const char *path, struct names **out_names);
/* Builds what the worker was asked for (guard_work.c). */
void guard_run(struct worker *w, const struct work *work, struct outcome *out);
void guard_end(struct worker *w);

/* Withdraws all access: opens and listings are denied, open files fail, ready views are wiped from memory. Until guard_reload(). */
void guard_revoke(struct guard *g);
bool guard_is_revoked(const struct guard *g);

/* A record about the mount itself, durable. */
_must_use_ int guard_record(struct guard *g, enum event_type type);

#define guard_count(g, counter, n) ((void) __atomic_add_fetch(&(g)->counters.counter, (uint64_t) (n), __ATOMIC_RELAXED))
