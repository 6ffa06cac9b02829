#include "fs/warm.h"

#include <dirent.h>
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "conf/base/lock.h"
#include "conf/base/log.h"
#include "conf/base/thread.h"
#include "fs/beside.h"
#include "fs/guard.h"

enum { WARM_DEPTH_MAX = 128 };

struct warm {
    struct guard *guard;
    pthread_t thread;
    pthread_mutex_t lock; /* start and stop alone */
    bool begun;           /* there is a thread to join */
    atomic_bool running, stop;
    atomic_ullong folders, files, known, built, refused;
};

/* One question to the workers, waited for. */
struct warm_question {
    struct waiter waiter; /* first */
    sem_t answered;
    bool built, refused;
};

static void warm_finish(struct waiter *waiter, const struct outcome *o) {
    struct warm_question *q = (struct warm_question *) waiter;
    q->built = o->view != NULL;
    q->refused = o->error == 0 && !o->view && o->refusal != REFUSAL_NONE;
    must(sem_post(&q->answered) == 0);
}

static void warm_ask(struct warm *w, enum work_kind kind, const char *path) {
    struct warm_question q = { .waiter = { .finish = warm_finish } };
    struct work work = { .kind = kind };
    memcpy(work.path, path, strlen(path) + 1);
    must(sem_init(&q.answered, 0, 0) == 0);
    if (workers_submit(w->guard->workers, &work, &q.waiter) == 0) {
        while (sem_wait(&q.answered) < 0) must(errno == EINTR);
        if (q.built) atomic_fetch_add(&w->built, 1);
        if (q.refused) atomic_fetch_add(&w->refused, 1);
    }
    (void) sem_destroy(&q.answered);
}

static void warm_file(struct warm *w, const char *path, const struct stat *st) {
    struct policy *p = guard_policy(w->guard);
    const struct source_version v = source_version_of(st);
    const struct catalog_key key = beside_key(w->guard, p, path, &v);
    struct catalog_record record;
    bool shown = paths_show(&p->conf->paths, path, false);
    policy_unref(p);
    if (!shown) return;
    atomic_fetch_add(&w->files, 1);
    if (catalog_get(w->guard->catalog, &key, &record) && record.state != CATALOG_PROBED) {
        atomic_fetch_add(&w->known, 1);
    } else {
        warm_ask(w, WORK_VIEW, path);
    }
}

static void warm_folder(struct warm *w, char path[WORK_PATH_LEN_MAX], unsigned depth) {
    int fd = -1;
    if (depth > WARM_DEPTH_MAX || source_open_folder(w->guard->source, path, &fd) < 0) return;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close_fd(&fd);
        return;
    }
    atomic_fetch_add(&w->folders, 1);
    warm_ask(w, WORK_NAMES, path);
    size_t len = strlen(path);
    for (struct dirent *d; !atomic_load(&w->stop) && (d = readdir(dir));) {
        size_t name_len = strlen(d->d_name);
        struct stat st;
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0 || len + name_len + 2 > WORK_PATH_LEN_MAX) continue;
        if (len > 0) path[len] = '/';
        memcpy(path + len + (len > 0), d->d_name, name_len + 1);
        if (source_stat(w->guard->source, path, &st) == 0) {
            if (S_ISDIR(st.st_mode)) {
                warm_folder(w, path, depth + 1);
            } else {
                warm_file(w, path, &st);
            }
        }
        path[len] = '\0';
    }
    (void) closedir(dir);
}

static void *warm_main(void *context) {
    struct warm *w = context;
    char path[WORK_PATH_LEN_MAX] = "";
    ignore(setpriority(PRIO_PROCESS, (id_t) syscall(SYS_gettid), 19)); /* courtesy: the walk itself is cheap */
    warm_folder(w, path, 0);
    log_notice("warmed", "files=%llu built=%llu refused=%llu", (unsigned long long) w->files, (unsigned long long) w->built,
               (unsigned long long) w->refused);
    atomic_store(&w->running, false);
    return NULL;
}

int warm_new(struct guard *g, struct warm **out_warm) {
    struct warm *w = calloc(1, sizeof(*w));
    if (!w) return -ENOMEM;
    must(pthread_mutex_init(&w->lock, NULL) == 0);
    w->guard = g;
    *out_warm = w;
    return 0;
}

static void warm_join(struct warm *w) _holds_(w->lock) {
    if (w->begun) must(pthread_join(w->thread, NULL) == 0);
    w->begun = false;
}

int warm_start(struct warm *w) {
    lock_scoped(&w->lock);
    if (atomic_load(&w->running)) return -EALREADY;
    warm_join(w);
    atomic_store(&w->folders, 0), atomic_store(&w->files, 0), atomic_store(&w->known, 0);
    atomic_store(&w->built, 0), atomic_store(&w->refused, 0), atomic_store(&w->running, true);
    int r = thread_start(&w->thread, warm_main, w);
    w->begun = r == 0;
    if (r < 0) atomic_store(&w->running, false);
    return r;
}

void warm_progress(struct warm *w, struct warm_progress *out) {
    *out = (struct warm_progress) { w->running, w->folders, w->files, w->known, w->built, w->refused };
}

void warm_free(struct warm *w) {
    if (!w) return;
    atomic_store(&w->stop, true);
    lock_take(&w->lock);
    warm_join(w);
    lock_give(&w->lock);
    (void) pthread_mutex_destroy(&w->lock);
    free(w);
}
