/* struct workers: threads that do the slow work (read, redact, scan a folder), so that no handler of a request ever does. One flight a key:
 * whoever asks for work that is under way joins it. A waiter leaves early when its caller was interrupted or its time is up; the flight goes on
 * and fills the cache.
 * Knows nothing of FUSE: a waiter is answered through its finish function, exactly once, from a worker or the timer thread, with no lock held.
 * Threads: safe (lock.h, 3). Ownership: workers_stop() answers everybody with -ESHUTDOWN, then workers_free(). */
#pragma once

#include "fs/catalog.h"
#include "fs/naming.h"

enum work_kind { WORK_VIEW, WORK_NAMES, WORK_CENSUS };
enum { WORK_KINDS = 3 };
enum { WORKERS_QUEUE_MAX = 65536, WORK_PATH_LEN_MAX = 4096 };

/* What to do: by path, so that it does not matter which node asked. WORK_CENSUS has a thread of its own and a word instead of a path. */
struct work {
    enum work_kind kind;
    char path[WORK_PATH_LEN_MAX]; /* of the file or folder, relative to the source */
};

/* What came of it; references belong to the flight, a waiter takes its own. error < 0: nothing else holds but refusal. */
struct outcome {
    int error;
    enum refusal refusal; /* a refused view is an outcome, not an error */
    struct source_version version;
    uint64_t generation;
    bool racy;
    bool reused;          /* the waiter joined while the work was under way: what it saw may be older than the question */
    struct view *view;    /* WORK_VIEW; WORK_CENSUS of "manifest" */
    struct names *names;  /* WORK_NAMES */
};

struct flight;
struct waiter {
    struct waiter *next;
    struct flight *flight;
    void (*finish)(struct waiter *w, const struct outcome *o);
    uint64_t deadline_ns; /* CLOCK_MONOTONIC; set by workers_submit */
    bool interrupted;
    bool late;
};

struct worker {
    struct scratch *scratch; /* of that generation; made and freed by run */
    uint64_t scratch_generation;
    void *owner;
};
typedef void (*worker_run)(struct worker *worker, const struct work *work, struct outcome *out);
typedef void (*worker_end)(struct worker *worker);

struct workers;
struct workers_options {
    unsigned count;
    uint64_t timeout_ns; /* how long a waiter waits */
    void *owner;
    worker_run run;
    worker_end end;      /* in the worker's thread, at its end */
};

_must_use_ int workers_new(const struct workers_options *o, struct workers **out_workers);
/* 0: finish will be called. -EAGAIN: the queue is full; -ESHUTDOWN: no more work is taken. */
_must_use_ int workers_submit(struct workers *ws, const struct work *work, struct waiter *w);
/* From any thread, the caller's lock held or not: the waiter is answered -EINTR soon, by another thread. */
void workers_interrupt(struct workers *ws, struct waiter *w);
/* Nothing queued or under way. */
bool workers_are_idle(struct workers *ws);
size_t workers_queue_len(struct workers *ws);
void workers_stop(struct workers *ws);
void workers_free(struct workers *ws);
