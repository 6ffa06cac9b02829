#include "fs/session.h"

#include <errno.h>

#include "conf/base/lock.h"

struct sessions {
    pthread_mutex_t lock; /* lock.h, 2 */
    struct session items[SESSIONS_MAX];
    size_t count; /* also read without the lock */
    uint64_t numbers;
};

int sessions_new(struct sessions **out_sessions) {
    struct sessions *s = calloc(1, sizeof(*s));
    if (!s) return -ENOMEM;
    must(pthread_mutex_init(&s->lock, NULL) == 0);
    *out_sessions = s;
    return 0;
}

void sessions_free(struct sessions *s) {
    if (!s) return;
    (void) pthread_mutex_destroy(&s->lock);
    free(s);
}

size_t session_count(struct sessions *s) {
    return __atomic_load_n(&s->count, __ATOMIC_ACQUIRE);
}

static const struct session *session_at(const struct sessions *s, uint32_t leader, uint64_t start) _holds_(s->lock);
static const struct session *session_at(const struct sessions *s, uint32_t leader, uint64_t start) {
    for (size_t i = 0; i < s->count; i++) {
        if (s->items[i].leader == leader && s->items[i].start == start) return &s->items[i];
    }
    return NULL;
}

int session_add(struct sessions *s, struct session *bound) {
    lock_scoped(&s->lock);
    if (session_at(s, bound->leader, bound->start)) return -EEXIST;
    if (s->count == SESSIONS_MAX) return -EMFILE;
    bound->number = ++s->numbers;
    s->items[s->count] = *bound;
    __atomic_store_n(&s->count, s->count + 1, __ATOMIC_RELEASE);
    return 0;
}

bool session_remove(struct sessions *s, uint64_t number, struct session *out) {
    lock_scoped(&s->lock);
    for (size_t i = 0; i < s->count; i++) {
        if (s->items[i].number != number) continue;
        if (out) *out = s->items[i];
        s->items[i] = s->items[s->count - 1];
        __atomic_store_n(&s->count, s->count - 1, __ATOMIC_RELEASE);
        return true;
    }
    return false;
}

bool session_find(struct sessions *s, uint32_t tid, struct session *out) {
    uint32_t leader, leader_of_leader;
    uint64_t start;
    if (session_count(s) == 0 || tid == 0) return false;
    if (actor_kinship(tid, &leader, &start) < 0 || leader == 0) return false;
    /* The leader's own start time tells it from another process that got its id later. */
    if (leader != tid && actor_kinship(leader, &leader_of_leader, &start) < 0) return false;
    lock_scoped(&s->lock);
    const struct session *bound = session_at(s, leader, start);
    if (bound) *out = *bound;
    return bound != NULL;
}
