#include "fs/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "conf/base/clock.h"
#include "conf/base/lock.h"
#include "conf/base/log.h"
#include "conf/claim.h"
#include "conf/keyring.h"
#include "fs/census.h"
#include "fs/ino.h"
#include "fs/warm.h"

struct policy *guard_policy(struct guard *g) {
    lock_scoped(&g->policy_lock);
    return policy_ref(g->policy);
}

int guard_record(struct guard *g, enum event_type type) {
    struct actor self;
    uint64_t index;
    actor_of_self(&self);
    struct policy *e = guard_policy(g);
    const struct event_digests digests = { .conf = e->conf->digest, .rules = engine_digest(e->engine) };
    struct event ev = { .type = type, .who = &self, .has_policy = true, .claim = claim_name(claim_of(&e->conf->profile, NULL)) };
    if (type == EVENT_POLICY) ev.digests = &digests;
    memcpy(ev.policy_digest, engine_digest(e->engine), sizeof(ev.policy_digest));
    int r = journal_append_wait(g->journal, &ev, &index);
    policy_unref(e);
    return r;
}

/* What earlier mounts learnt. Without it everything is right, only slower: a fault is logged, not fatal. */
static void guard_open_shelves(struct guard *g) {
    static const char *const names[] = { "sizes.shelf", "times.shelf" };
    for (size_t i = 0; i < array_count(names); i++) {
        struct key key = { 0 };
        struct shelf *shelf = NULL;
        int r = keeper_local_key(g->keeper, i == 0 ? "shelf-sizes" : "shelf-times", &key);
        if (r == 0) r = shelf_open(g->state_fd, names[i], &key, &shelf);
        key_wipe(&key);
        if (r == 0) r = i == 0 ? catalog_attach_take(g->catalog, shelf) : times_attach_take(g->times, shelf);
        if (r < 0) {
            shelf_close(shelf);
            log_warning("shelf-unusable", "name=%s error=%d", names[i], -r);
        }
    }
    struct key key = { 0 };
    int r = keeper_local_key(g->keeper, "census", &key);
    if (r == 0) r = census_open(g->state_fd, &key, &g->census);
    key_wipe(&key);
    if (r < 0) log_warning("census-unusable", "error=%d", -r);
}

static int guard_open_source(struct guard *g, const struct conf *c, struct problem *p) {
    struct key catalog_key;
    int r = source_open(c->source, c->cross_devices, &g->source, p);
    if (r < 0) return r;
    r = keeper_local_key(g->keeper, "inode", &g->inode_key);
    if (r == 0) r = keeper_local_key(g->keeper, "name", &g->name_key);
    if (r == 0) r = keeper_local_key(g->keeper, "catalog", &catalog_key);
    if (r < 0) return problem_set(p, r, "the keeper gave no local keys");
    r = catalog_new(&catalog_key, CATALOG_COUNT_MAX, &g->catalog);
    if (r == 0) r = times_new(c->times, &catalog_key, TIMES_COUNT_MAX, &g->times);
    key_wipe(&catalog_key);
    if (r == 0) r = cache_new(c->cache_len_max, &g->cache);
    if (r == 0) r = folders_new(FOLDERS_NAMES_MAX, &g->folders);
    struct stat st;
    if (r == 0) r = source_stat(g->source, "", &st);
    if (r < 0) return problem_set(p, r, "the source cannot be read: %s", strerror(-r));
    const struct inode_facts root = { .kind = INODE_FOLDER, .version = source_version_of(&st), .number = ino_shown(&g->inode_key, st.st_dev, st.st_ino) };
    g->state_fd = open(c->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    guard_open_shelves(g);
    r = inodes_new(&root, &g->inodes);
    if (r == 0) r = tickets_new(g->inodes, &g->tickets);
    return r < 0 ? problem_set(p, r, "out of memory") : 0;
}

static int guard_open_state(struct guard *g, const struct conf *c, bool accept_loss, struct problem *p) {
    uint8_t seal_to[KEY_LEN];
    int r = keyring_load_reidentify_public(c->state, seal_to, p);
    const struct vault_place place = { .state_dir = c->state, .destination = c->destination, .database = c->database };
    if (r == 0) r = vault_open(&place, g->keeper, seal_to, &g->vault, p);
    if (r < 0) return r;
    const struct journal_options options = {
        .dir = c->journal, .checkpoint_copy = c->checkpoint_copy, .origin = c->origin, .epoch_s = c->epoch_s,
        .durability_strict = c->durability_strict, .accept_loss = accept_loss,
    };
    return journal_open(&options, g->keeper, &g->journal, p);
}

int guard_new(const struct guard_options *o, struct guard **out_guard, struct problem *p) {
    struct guard *g = secret_new(sizeof(*g)); /* holds keys */
    if (!g) return problem_set(p, -ENOMEM, "out of memory");
    must(pthread_mutex_init(&g->policy_lock, NULL) == 0);
    g->keeper = o->keeper;
    must(pthread_mutex_init(&g->handles_lock, NULL) == 0);
    ring_init(&g->handles);
    g->begun_ns = clock_monotonic_ns();
    g->begun_realtime_us = clock_realtime_us();
    g->state_fd = -1;
    int r = scout_new(o->scout_channel, &g->scout);
    if (r == 0) r = sessions_new(&g->sessions);
    if (r == 0) r = quota_new(&g->quota);
    if (r < 0) ignore(problem_set(p, r, "out of memory")); /* r goes on */
    if (r == 0) r = policy_new(o->config, 1, &g->policy, p);
    const struct conf *c = r == 0 ? g->policy->conf : NULL;
    if (r == 0) r = guard_open_source(g, c, p);
    if (r == 0) r = guard_open_state(g, c, o->accept_loss, p);
    selftest_init(&g->selftest);
    if (r == 0) r = selftest_try(g, g->policy, p); /* before the first reader */
    if (r < 0) {
        guard_free(g);
        return r;
    }
    g->owner = c->owner;
    g->group = c->group;
    g->file_mode = c->file_mode & 0444;
    g->dir_mode = c->dir_mode & 0555;
    g->presents_all = c->enforce == ENFORCE_DAEMON;
    g->nodes_max = c->nodes_max;
    g->attr_ttl_s = c->attr_ttl_ms / 1000.0;
    *out_guard = g;
    return 0;
}

int guard_start_workers(struct guard *g, struct problem *p) {
    const struct conf *c = g->policy->conf;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const struct workers_options options = {
        .count = c->workers > 0 ? c->workers : processors > 0 ? (unsigned) processors : 1,
        .timeout_ns = c->redact_timeout_s * 1000000000ull, .owner = g, .run = guard_run, .end = guard_end,
    };
    int r = workers_new(&options, &g->workers);
    if (r == 0) r = warm_new(g, &g->warm);
    return r < 0 ? problem_set(p, r, "the worker threads could not be started: %s", strerror(-r)) : 0;
}

void guard_stop_workers(struct guard *g) {
    __atomic_store_n(&g->stopping, true, __ATOMIC_RELEASE);
    if (g->workers) workers_stop(g->workers);
}

bool guard_is_stopping(const struct guard *g) {
    return __atomic_load_n(&g->stopping, __ATOMIC_ACQUIRE);
}

void guard_free(struct guard *g) {
    if (!g) return;
    guard_stop_workers(g); /* first: a walk that waits is answered */
    warm_free(g->warm);
    workers_free(g->workers);
    tickets_free(g->tickets);
    folders_free(g->folders);
    cache_free(g->cache);
    times_free(g->times);
    catalog_free(g->catalog);
    census_free(g->census);
    close_fd(&g->state_fd);
    inodes_free(g->inodes);
    if (g->journal) {
        int r = journal_close(g->journal);
        if (r < 0) log_error("journal-close-failed", "error=%d", -r);
    }
    vault_free(g->vault);
    source_free(g->source);
    policy_unref(g->policy);
    sessions_free(g->sessions);
    scout_free(g->scout);
    quota_free(g->quota);
    key_wipe(&g->inode_key);
    key_wipe(&g->name_key);
    (void) pthread_mutex_destroy(&g->handles_lock);
    (void) pthread_mutex_destroy(&g->policy_lock);
    secret_free(g);
}

void guard_revoke(struct guard *g) {
    __atomic_store_n(&g->revoked, true, __ATOMIC_RELEASE);
    cache_clear(g->cache);
    log_warning("revoked", "until the next reload");
}

bool guard_is_revoked(const struct guard *g) {
    return __atomic_load_n(&g->revoked, __ATOMIC_ACQUIRE);
}

int guard_reload(struct guard *g, struct problem *p) {
    struct policy *before = guard_policy(g), *next = NULL;
    int r = policy_new(before->conf->path, before->number + 1, &next, p);
    if (r == 0 && strcmp(next->conf->source, before->conf->source) != 0) r = problem_set(p, -EINVAL, "source changed: unmount and mount again for that");
    if (r == 0 && strcmp(next->conf->destination, before->conf->destination) != 0)
        r = problem_set(p, -EINVAL, "destination changed: unmount and mount again for that");
    if (r == 0) r = selftest_try(g, next, p);
    uint8_t seal_to[KEY_LEN];
    if (r == 0) r = keyring_load_reidentify_public(next->conf->state, seal_to, p); /* it may have been rotated */
    policy_unref(before);
    if (r < 0) {
        policy_unref(next);
        log_error("reload-refused", "the policy in force stays");
        return r;
    }
    lock_take(&g->policy_lock);
    before = g->policy;
    g->policy = next;
    lock_give(&g->policy_lock);
    policy_unref(before);
    vault_seal_to(g->vault, seal_to);
    cache_clear(g->cache);
    folders_clear(g->folders);
    __atomic_store_n(&g->revoked, false, __ATOMIC_RELEASE);
    r = guard_record(g, EVENT_POLICY);
    if (r < 0) return problem_set(p, r, "the new policy is in force, but its record could not be written");
    log_notice("reloaded", "generation=%llu", (unsigned long long) next->number);
    return 0;
}
