#include "fs/scout.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "conf/base/clock.h"
#include "conf/base/lock.h"

enum { SCOUT_MARK_LEN = 64 };

/* What the guard itself can see of a thread: enough to notice another thread or another program. */
struct scout_mark {
    uint64_t start;
    char command[SCOUT_MARK_LEN];
};

struct scout_slot {
    uint32_t tid;
    uint64_t expires_ns;
    struct scout_mark mark;
    struct actor actor;
};

struct scout {
    pthread_mutex_t lock;    /* the slots; lock.h, 2 */
    pthread_mutex_t channel_lock; /* one question at a time; lock.h, 7 */
    int channel;
    struct scout_slot slots[SCOUT_SLOTS];
};

struct scout_answer {
    int32_t error;
    uint32_t tid;
    struct actor actor;
};

int scout_new(int channel, struct scout **out_scout) {
    struct scout *s = calloc(1, sizeof(*s));
    if (!s) return -ENOMEM;
    must(pthread_mutex_init(&s->lock, NULL) == 0 && pthread_mutex_init(&s->channel_lock, NULL) == 0);
    s->channel = channel;
    *out_scout = s;
    return 0;
}

void scout_free(struct scout *s) {
    if (!s) return;
    (void) pthread_mutex_destroy(&s->lock);
    (void) pthread_mutex_destroy(&s->channel_lock);
    free(s);
}

/* Field 2 is the command in parentheses, whatever it holds; field 22 the start time (proc(5)). */
static int scout_read_mark(uint32_t tid, struct scout_mark *out) {
    char path[64], text[1024];
    int len = snprintf(path, sizeof(path), "/proc/%u/stat", tid);
    must(len > 0 && (size_t) len < sizeof(path));
    _cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (n <= 0) return -ESRCH;
    text[n] = '\0';
    const char *open_at = strchr(text, '('), *close_at = strrchr(text, ')'), *at = close_at;
    if (!open_at || !close_at || close_at < open_at) return -ESRCH;
    for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
    if (!at) return -ESRCH;
    struct scout_mark mark = { .start = strtoull(at + 1, NULL, 10) };
    size_t command_len = (size_t) (close_at - open_at);
    memcpy(mark.command, open_at, command_len < SCOUT_MARK_LEN ? command_len : SCOUT_MARK_LEN - 1);
    *out = mark;
    return 0;
}

static bool scout_remembers(struct scout *s, uint32_t tid, const struct scout_mark *mark, struct actor *out) {
    lock_scoped(&s->lock);
    const struct scout_slot *slot = &s->slots[tid % SCOUT_SLOTS];
    if (slot->tid != tid || slot->expires_ns <= clock_monotonic_ns() || memcmp(&slot->mark, mark, sizeof(*mark)) != 0) return false;
    *out = slot->actor;
    return true;
}

static int scout_exchange(struct scout *s, uint32_t tid, struct scout_answer *out) {
    lock_scoped(&s->channel_lock);
    if (send(s->channel, &tid, sizeof(tid), MSG_NOSIGNAL) != (ssize_t) sizeof(tid)) return -EPIPE;
    for (;;) {
        ssize_t n = recv(s->channel, out, sizeof(*out), 0);
        if (n < 0 && errno == EINTR) continue;
        return n == (ssize_t) sizeof(*out) && out->tid == tid ? 0 : -EPIPE;
    }
}

int scout_ask(struct scout *s, uint32_t tid, bool fresh, struct actor *out) {
    struct scout_mark mark;
    struct scout_answer answer;
    if (tid == 0) return -ESRCH; /* not visible from our pid name space */
    int r = scout_read_mark(tid, &mark);
    if (r < 0) return r;
    if (!fresh && scout_remembers(s, tid, &mark, out)) return 0;
    r = scout_exchange(s, tid, &answer);
    if (r == 0) r = answer.error;
    if (r < 0) return r;
    lock_take(&s->lock);
    s->slots[tid % SCOUT_SLOTS] = (struct scout_slot) { tid, clock_monotonic_ns() + SCOUT_LIFE_MS * 1000000ull, mark, answer.actor };
    lock_give(&s->lock);
    *out = answer.actor;
    return 0;
}

int scout_answer(int channel) {
    uint32_t tid;
    ssize_t n = recv(channel, &tid, sizeof(tid), MSG_DONTWAIT);
    if (n == 0) return -EPIPE;
    if (n != (ssize_t) sizeof(tid)) return 0; /* nothing there, or nonsense: not answered */
    struct scout_answer answer = { .tid = tid };
    answer.error = actor_of_process(tid, &answer.actor);
    ignore(send(channel, &answer, sizeof(answer), MSG_NOSIGNAL)); /* a guard that is gone needs none */
    return 0;
}
