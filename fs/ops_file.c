#include <errno.h>
#include <fcntl.h>

#include "conf/base/clock.h"
#include "conf/base/lock.h"
#include "conf/subject.h"
#include "fs/beside.h"
#include "fs/ops.h"
#include "fs/own.h"
#include "fs/request.h"

/* One open file: the snapshot it serves, and what its close record will say. */
struct handle {
    struct ring ring; /* guard's handles */
    struct view *view;
    struct request_handle record; /* bytes and reads: atomics */
    uint32_t uid;
};

static uint32_t *handle_slot(struct guard *g, uint32_t uid) {
    return &g->handles_held[uid % GUARD_UID_SLOTS];
}

static void handle_keep(struct guard *g, struct handle *h) {
    lock_scoped(&g->handles_lock);
    ring_push(&g->handles, &h->ring);
}

static void handle_free(struct guard *g, struct handle *h) {
    lock_take(&g->handles_lock);
    ring_remove(&h->ring);
    lock_give(&g->handles_lock);
    __atomic_sub_fetch(handle_slot(g, h->uid), 1, __ATOMIC_RELAXED);
    view_unref(h->view);
    free(h);
}

/* Every open file holds its view in memory: one user must not hold them all. */
static bool open_within_quota(struct call *c) {
    if (__atomic_add_fetch(handle_slot(c->guard, c->uid), 1, __ATOMIC_RELAXED) <= c->policy->conf->open_files_max) return true;
    __atomic_sub_fetch(handle_slot(c->guard, c->uid), 1, __ATOMIC_RELAXED);
    int r = request_record_refuse(c, REFUSAL_LIMIT);
    call_fail(c, r < 0 ? EIO : EMFILE);
    return false;
}

/* The record is durable before the reply: no view without its record. */
static void open_serve(struct call *c, struct view *view) {
    if (!request_within_quota(c, view) || !open_within_quota(c)) return;
    struct handle *h = calloc(1, sizeof(*h));
    int r = h ? request_record_open(c, view, &h->record) : -ENOMEM;
    if (r < 0) {
        __atomic_sub_fetch(handle_slot(c->guard, c->uid), 1, __ATOMIC_RELAXED);
        free(h);
        call_fail(c, EIO);
        return;
    }
    h->view = view_ref(view);
    h->uid = c->uid;
    handle_keep(c->guard, h);
    c->fi.fh = (uint64_t) (uintptr_t) h;
    c->fi.keep_cache = 1; /* an exact node's bytes never change */
    c->fi.noflush = 1;
    if (fuse_reply_open(c->req, &c->fi) != 0) {
        /* Interrupted: there will be no RELEASE. */
        ignore(request_record_close(c->guard, &h->record)); /* logged there; the open record stands */
        handle_free(c->guard, h);
    }
    call_end(c);
}

void ops_open_refuse(struct call *c, enum refusal why) {
    bool hidden = why == REFUSAL_FORMAT && c->policy->conf->unknown_format == UNKNOWN_FORMAT_HIDE;
    int r = request_record_refuse(c, why);
    call_fail(c, r == 0 && hidden ? ENOENT : EIO);
}

void ops_open_replace(struct call *c, const struct inode_facts *f, struct view *view) {
    struct inode *node;
    const struct inode_place place = { c->node->parent, c->node->shown, c->node->raw };
    int r = inode_remember(c->guard->inodes, &place, f, &node);
    if (r < 0) {
        call_fail(c, EIO);
        return;
    }
    tickets_put(c->guard->tickets, c->tid, node, view);
    inode_unref(c->guard->inodes, node);
    guard_count(c->guard, stale_opens, 1);
    call_fail(c, ESTALE);
}

static bool open_is_same(const struct inode_facts *own, const struct inode_facts *f) {
    return own->kind == INODE_EXACT && own->generation == f->generation && own->view_len == f->view_len && own->refusal == f->refusal &&
           source_version_equal(&own->version, &f->version) && memcmp(own->digest, f->digest, sizeof(f->digest)) == 0;
}

static void open_resume(struct call *c, const struct outcome *o);

/* Is what the flight saw still so? It began before this question. */
static bool open_outcome_holds(struct call *c, const char *path, const struct outcome *o) {
    struct policy *now = guard_policy(c->guard);
    bool holds = now->number == o->generation;
    policy_unref(now);
    if (!holds || !o->reused) return holds;
    struct stat st;
    if (o->racy || source_stat(c->guard->source, path, &st) < 0) return false;
    const struct source_version v = source_version_of(&st);
    return source_version_equal(&v, &o->version);
}

static void open_resume(struct call *c, const struct outcome *o) {
    char path[WORK_PATH_LEN_MAX];
    if (o->error == -ENOENT) {
        call_fail(c, ESTALE); /* asked again, the name is not found */
        return;
    }
    if (o->error < 0) {
        ops_open_refuse(c, o->refusal != REFUSAL_NONE ? o->refusal : REFUSAL_SOURCE);
        return;
    }
    if (!call_path(c, NULL, path)) return;
    if (!open_outcome_holds(c, path, o)) {
        call_defer(c, WORK_VIEW, path, open_resume);
        return;
    }
    if (!o->view) {
        ops_open_refuse(c, o->refusal);
        return;
    }
    const struct inode_facts f = ops_facts_of(c->guard, path, o);
    if (open_is_same(&c->node->facts, &f)) {
        open_serve(c, o->view);
    } else {
        ops_open_replace(c, &f, o->view);
    }
}

/* No worker needed when the version is known and its view is at hand. */
static bool open_from_cache(struct call *c, const char *path, const struct source_version *now) {
    struct guard *g = c->guard;
    const struct catalog_key key = beside_key(g, c->policy, path, now);
    struct catalog_record record;
    if (!catalog_get(g->catalog, &key, &record)) return false;
    if (record.state == CATALOG_REFUSED) {
        ops_open_refuse(c, record.refusal);
        return true;
    }
    _cleanup_(view_unrefp) struct view *view = record.state == CATALOG_EXACT ? cache_get(g->cache, &key) : NULL;
    if (!view || !view_is_of_month(view, subject_month_of(clock_realtime_us()))) return false;
    guard_count(g, views_hit, 1);
    const struct outcome o = { .version = *now, .generation = c->policy->number, .view = view };
    const struct inode_facts f = ops_facts_of(g, path, &o);
    if (open_is_same(&c->node->facts, &f)) {
        open_serve(c, view);
    } else {
        ops_open_replace(c, &f, view);
    }
    return true;
}

static void open_ask(struct call *c) {
    char path[WORK_PATH_LEN_MAX];
    struct stat st;
    if (!call_path(c, NULL, path)) return;
    int r = source_stat(c->guard->source, path, &st);
    if (r == -ENOENT || (r == 0 && !S_ISREG(st.st_mode))) {
        call_fail(c, ESTALE);
        return;
    }
    if (r < 0) {
        ops_open_refuse(c, REFUSAL_SOURCE);
        return;
    }
    const struct source_version now = source_version_of(&st);
    if (!open_from_cache(c, path, &now)) call_defer(c, WORK_VIEW, path, open_resume);
}

void ops_open(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *fi) {
    if ((fi->flags & O_ACCMODE) != O_RDONLY || (fi->flags & (O_TRUNC | O_APPEND))) {
        fuse_reply_err(req, EROFS);
        return;
    }
    struct call *c = call_new(req, id, NULL);
    if (!c) return;
    c->fi = *fi;
    if (!request_admit(c)) return;
    _cleanup_(view_unrefp) struct view *promised = tickets_take(c->guard->tickets, c->tid, c->node);
    if (promised) {
        open_serve(c, promised);
    } else if (c->node->facts.own != OWN_NONE) {
        own_open(c);
    } else {
        open_ask(c);
    }
}

void ops_read(fuse_req_t req, fuse_ino_t id, size_t size, off_t off, struct fuse_file_info *fi) {
    (void) id;
    struct handle *h = (struct handle *) (uintptr_t) fi->fh;
    if (guard_is_revoked(*(struct guard **) fuse_req_userdata(req))) {
        fuse_reply_err(req, EIO);
        return;
    }
    struct bytes slice = off < 0 ? bytes_make(NULL, 0) : view_read(h->view, (uint64_t) off, size);
    __atomic_add_fetch(&h->record.reads, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&h->record.bytes, slice.len, __ATOMIC_RELAXED);
    fuse_reply_buf(req, (const char *) slice.ptr, slice.len);
}

static void handle_close(struct guard *g, struct handle *h) {
    guard_count(g, bytes_served, h->record.bytes);
    ignore(request_record_close(g, &h->record)); /* logged there; nobody waits for a release's answer */
    handle_free(g, h);
}

void ops_close_all(struct guard *g) {
    while (!ring_is_empty(&g->handles)) handle_close(g, ring_entry(g->handles.next, struct handle, ring));
}

void ops_release(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *fi) {
    (void) id;
    struct guard *g = *(struct guard **) fuse_req_userdata(req);
    struct handle *h = (struct handle *) (uintptr_t) fi->fh;
    handle_close(g, h);
    fuse_reply_err(req, 0);
}
