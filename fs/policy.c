#include "fs/policy.h"

#include <errno.h>
#include <fcntl.h>

#include "redact/site.h"

int policy_new(const char *config, uint64_t number, struct policy **out_policy, struct problem *p) {
    _cleanup_(policy_unrefp) struct policy *e = calloc(1, sizeof(*e));
    if (!e) return problem_set(p, -ENOMEM, "out of memory");
    e->refs = 1;
    e->number = number;
    int r = conf_load(config, &e->conf, p);
    if (r < 0) return r;
    r = site_engine_new(e->conf, NULL, &e->engine, p);
    if (r < 0) return r;
    *out_policy = take_ptr(e);
    return 0;
}

struct policy *policy_ref(struct policy *e) {
    __atomic_add_fetch(&e->refs, 1, __ATOMIC_RELAXED);
    return e;
}

void policy_unref(struct policy *e) {
    if (!e || __atomic_sub_fetch(&e->refs, 1, __ATOMIC_ACQ_REL) > 0) return;
    engine_free(e->engine);
    conf_free(e->conf);
    free(e);
}

static bool policy_lists_group(const gid_t *groups, size_t count, gid_t gid) {
    for (size_t i = 0; i < count; i++) {
        if (groups[i] == gid) return true;
    }
    return false;
}

/* The caller is blocked in its request: its groups cannot change meanwhile. Unreadable means none. */
static bool policy_lists_supplementary(const gid_t *groups, size_t count, uint32_t tid) {
    char path[64], text[8192];
    int len = snprintf(path, sizeof(path), "/proc/%u/status", tid);
    must(len > 0 && (size_t) len < sizeof(path));
    _cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (n <= 0) return false;
    text[n] = '\0';
    char *at = strstr(text, "\nGroups:"), *end = at ? strchr(at + 1, '\n') : NULL;
    if (!end) return false; /* cut: a list longer than we read proves nothing */
    for (at += 8; at < end;) {
        char *next;
        unsigned long gid = strtoul(at, &next, 10);
        if (next == at || next > end) break;
        if (policy_lists_group(groups, count, (gid_t) gid)) return true;
        at = next;
    }
    return false;
}

bool policy_has_group(gid_t wanted, uint32_t gid, uint32_t tid) {
    return gid == wanted || (tid > 0 && policy_lists_supplementary(&wanted, 1, tid));
}

bool policy_admits(const struct policy *e, uint32_t uid, uint32_t gid, uint32_t tid) {
    const struct conf *c = e->conf;
    if (uid == UINT32_MAX) return false; /* an idmapped mount without a mapping for the caller */
    if (c->user_count == 0 && c->group_count == 0) return true;
    for (size_t i = 0; i < c->user_count; i++) {
        if (c->users[i] == uid) return true;
    }
    return policy_lists_group(c->groups, c->group_count, gid) || (c->group_count > 0 && tid > 0 && policy_lists_supplementary(c->groups, c->group_count, tid));
}
