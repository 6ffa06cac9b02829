#include "fs/worker.h"

#include <errno.h>
#include <time.h>

#include "conf/base/clock.h"
#include "conf/base/lock.h"
#include "conf/base/thread.h"
#include "fs/table.h"

/* One for names, one for the census; these two do nothing else. */
enum { WORKERS_OWN_THREADS = 2 };

struct flight {
    struct table_link link;
    struct flight *next; /* in the queue */
    struct work work;
    struct waiter *waiters;
    bool running;
};

struct workers {
    pthread_mutex_t lock; /* lock.h, 3 */
    pthread_cond_t wake, timer_wake;
    struct workers_options options;
    struct table flights;
    struct flight *first[WORK_KINDS], **last[WORK_KINDS]; /* by work_kind */
    size_t waiter_count, queue_len, running_count;
    uint64_t timer_next_ns; /* when the timer looks again */
    bool stopping, timer_started;
    unsigned thread_count;
    pthread_t *threads, timer;
};

static uint64_t worker_hash(const struct workers *ws, const struct work *w) {
    return table_hash(&ws->flights, (uint64_t) w->kind, bytes_from_string(w->path));
}

static struct flight *worker_find_flight(struct workers *ws, const struct work *w) _holds_(ws->lock) {
    for (struct table_link *l = table_first(&ws->flights, worker_hash(ws, w)); l; l = table_next(l)) {
        struct flight *f = table_entry(l, struct flight, link);
        if (f->work.kind == w->kind && strcmp(f->work.path, w->path) == 0) return f;
    }
    return NULL;
}

int workers_submit(struct workers *ws, const struct work *work, struct waiter *w) {
    lock_scoped(&ws->lock);
    if (ws->stopping) return -ESHUTDOWN;
    if (ws->waiter_count >= WORKERS_QUEUE_MAX) return -EAGAIN;
    struct flight *f = worker_find_flight(ws, work);
    if (!f) {
        f = calloc(1, sizeof(*f));
        if (!f) return -ENOMEM;
        f->work = *work;
        table_insert(&ws->flights, &f->link, worker_hash(ws, work));
        *ws->last[work->kind] = f;
        ws->last[work->kind] = &f->next;
        ws->queue_len++;
        /* Not signal: the thread that wakes may be the one for names alone. */
        must(pthread_cond_broadcast(&ws->wake) == 0);
    }
    w->late = f->running;
    w->flight = f;
    w->deadline_ns = clock_monotonic_ns() + ws->options.timeout_ns;
    w->next = f->waiters;
    f->waiters = w;
    ws->waiter_count++;
    if (w->interrupted || w->deadline_ns < ws->timer_next_ns) must(pthread_cond_signal(&ws->timer_wake) == 0);
    return 0;
}

void workers_interrupt(struct workers *ws, struct waiter *w) {
    lock_scoped(&ws->lock);
    w->interrupted = true;
    must(pthread_cond_signal(&ws->timer_wake) == 0);
}

bool workers_are_idle(struct workers *ws) {
    lock_scoped(&ws->lock);
    return ws->flights.count == 0;
}

size_t workers_queue_len(struct workers *ws) {
    lock_scoped(&ws->lock);
    return ws->queue_len + ws->running_count;
}

static void worker_answer(struct waiter *list, const struct outcome *o) {
    for (struct waiter *w = list, *next; w; w = next) {
        next = w->next;
        w->flight = NULL;
        struct outcome own = *o;
        own.reused = w->late;
        w->finish(w, &own);
    }
}

static void worker_fly(struct workers *ws, struct worker *me, struct flight *f) {
    struct outcome o = { 0 };
    ws->options.run(me, &f->work, &o);
    lock_take(&ws->lock);
    struct waiter *waiters = f->waiters;
    for (struct waiter *w = waiters; w; w = w->next) ws->waiter_count--;
    table_remove(&ws->flights, &f->link);
    ws->running_count--;
    lock_give(&ws->lock);
    worker_answer(waiters, &o);
    view_unref(o.view);
    names_unref(o.names);
    explicit_bzero(f, sizeof(*f)); /* paths hold identifiers */
    free(f);
}

/* Names first: they are short, and a folder waits for them. One thread does nothing else, so that large documents never block a lookup; another
 * walks the source, so that a census blocks neither. */
static struct flight *worker_take(struct workers *ws, enum work_kind role) _holds_(ws->lock) {
    enum work_kind kind = role == WORK_VIEW && ws->first[WORK_NAMES] ? WORK_NAMES : role;
    struct flight *f = ws->first[kind];
    if (!f) return NULL;
    ws->first[kind] = f->next;
    if (!ws->first[kind]) ws->last[kind] = &ws->first[kind];
    return f;
}

static struct flight *worker_next(struct workers *ws, enum work_kind role) {
    struct flight *f = NULL;
    lock_scoped(&ws->lock);
    while (!ws->stopping && !(f = worker_take(ws, role))) must(pthread_cond_wait(&ws->wake, &ws->lock) == 0);
    if (!f) return NULL;
    f->running = true;
    ws->queue_len--;
    ws->running_count++;
    return f;
}

static void worker_loop(struct workers *ws, enum work_kind role) {
    struct worker me = { .owner = ws->options.owner };
    for (struct flight *f; (f = worker_next(ws, role));) worker_fly(ws, &me, f);
    ws->options.end(&me);
}

static void *worker_main(void *context) {
    worker_loop(context, WORK_VIEW);
    return NULL;
}

static void *worker_names_main(void *context) {
    worker_loop(context, WORK_NAMES);
    return NULL;
}

static void *worker_census_main(void *context) {
    worker_loop(context, WORK_CENSUS);
    return NULL;
}

/* Takes the waiters out whose time is up (or who were interrupted, or all); returns the next deadline. */
static uint64_t worker_collect(struct workers *ws, uint64_t now, struct waiter **out_late, struct waiter **out_interrupted) _holds_(ws->lock) {
    uint64_t next = now + 1000000000u;
    for (size_t i = 0; i < ws->flights.slot_count; i++) {
        for (struct table_link *l = ws->flights.slots[i]; l; l = l->next) {
            struct flight *f = table_entry(l, struct flight, link);
            for (struct waiter **at = &f->waiters; *at;) {
                struct waiter *w = *at;
                if (!w->interrupted && w->deadline_ns > now) {
                    if (w->deadline_ns < next) next = w->deadline_ns;
                    at = &w->next;
                    continue;
                }
                *at = w->next;
                struct waiter **to = w->interrupted ? out_interrupted : out_late;
                w->next = *to;
                *to = w;
                ws->waiter_count--;
            }
        }
    }
    return next;
}

static void *worker_timer_main(void *context) {
    struct workers *ws = context;
    for (;;) {
        struct waiter *late = NULL, *interrupted = NULL;
        lock_take(&ws->lock);
        uint64_t next = worker_collect(ws, clock_monotonic_ns(), &late, &interrupted);
        if (!late && !interrupted && !ws->stopping) {
            ws->timer_next_ns = next;
            struct timespec until = { .tv_sec = (time_t) (next / 1000000000u), .tv_nsec = (long) (next % 1000000000u) };
            ignore(pthread_cond_timedwait(&ws->timer_wake, &ws->lock, &until)); /* woken or timed out: both look again */
        }
        bool stopping = ws->stopping && !late && !interrupted;
        lock_give(&ws->lock);
        worker_answer(interrupted, &(struct outcome) { .error = -EINTR });
        worker_answer(late, &(struct outcome) { .error = -ETIMEDOUT, .refusal = REFUSAL_TIMEOUT });
        if (stopping) return NULL;
    }
}

static int worker_start_threads(struct workers *ws) {
    int r = thread_start(&ws->timer, worker_timer_main, ws);
    ws->timer_started = r == 0;
    for (unsigned i = 0; r == 0 && i < ws->options.count + WORKERS_OWN_THREADS; i++) {
        r = thread_start(&ws->threads[i], i == 0 ? worker_names_main : i == 1 ? worker_census_main : worker_main, ws);
        if (r == 0) ws->thread_count++;
    }
    return r;
}

int workers_new(const struct workers_options *o, struct workers **out_workers) {
    struct workers *ws = calloc(1, sizeof(*ws));
    if (!ws) return -ENOMEM;
    ws->options = *o;
    for (int kind = 0; kind < WORK_KINDS; kind++) ws->last[kind] = &ws->first[kind];
    ws->threads = calloc((size_t) o->count + WORKERS_OWN_THREADS, sizeof(*ws->threads));
    if (!ws->threads || table_init(&ws->flights) < 0) {
        free(ws->threads);
        free(ws);
        return -ENOMEM;
    }
    pthread_condattr_t monotonic;
    must(pthread_condattr_init(&monotonic) == 0 && pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    must(pthread_mutex_init(&ws->lock, NULL) == 0 && pthread_cond_init(&ws->wake, &monotonic) == 0);
    must(pthread_cond_init(&ws->timer_wake, &monotonic) == 0);
    (void) pthread_condattr_destroy(&monotonic);
    int r = worker_start_threads(ws);
    if (r < 0) {
        workers_stop(ws);
        workers_free(ws);
        return r;
    }
    *out_workers = ws;
    return 0;
}

/* No thread is left: what is still queued is answered here. */
static void worker_drain(struct workers *ws, enum work_kind role) {
    for (struct flight *f; (f = worker_take(ws, role));) {
        worker_answer(f->waiters, &(struct outcome) { .error = -ESHUTDOWN });
        table_remove(&ws->flights, &f->link);
        explicit_bzero(f, sizeof(*f));
        free(f);
    }
}

void workers_stop(struct workers *ws) {
    lock_take(&ws->lock);
    bool again = ws->stopping;
    ws->stopping = true;
    must(pthread_cond_broadcast(&ws->wake) == 0 && pthread_cond_broadcast(&ws->timer_wake) == 0);
    lock_give(&ws->lock);
    if (again) return;
    for (unsigned i = 0; i < ws->thread_count; i++) must(pthread_join(ws->threads[i], NULL) == 0);
    if (ws->timer_started) must(pthread_join(ws->timer, NULL) == 0);
    worker_drain(ws, WORK_VIEW);
    worker_drain(ws, WORK_CENSUS);
}

void workers_free(struct workers *ws) {
    if (!ws) return;
    must(ws->flights.count == 0);
    table_release(&ws->flights);
    (void) pthread_cond_destroy(&ws->wake);
    (void) pthread_cond_destroy(&ws->timer_wake);
    (void) pthread_mutex_destroy(&ws->lock);
    free(ws->threads);
    free(ws);
}
