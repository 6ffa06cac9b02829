#include "fs/call.h"

#include <errno.h>

static void call_interrupted(fuse_req_t req, void *data) {
    (void) req;
    struct call *c = data;
    /* Within this callback libfuse holds the request's lock: the answer comes from the timer thread. */
    workers_interrupt(c->guard->workers, &c->waiter);
}

static void call_finish(struct waiter *w, const struct outcome *o) {
    struct call *c = (struct call *) w;
    /* Waits for a callback that is running; none comes after. */
    fuse_req_interrupt_func(c->req, NULL, NULL);
    if (o->error == -EINTR || o->error == -ESHUTDOWN) {
        call_fail(c, o->error == -EINTR ? EINTR : ENOTCONN);
        return;
    }
    c->resume(c, o);
}

struct call *call_new(fuse_req_t req, fuse_ino_t id, const char *name) {
    struct guard *g = *(struct guard **) fuse_req_userdata(req); /* first member of struct ops_session */
    size_t name_len = name ? strlen(name) : 0;
    if (name_len > LIMIT_FILE_NAME_LEN) {
        fuse_reply_err(req, ENAMETOOLONG);
        return NULL;
    }
    struct inode *node = inode_get(g->inodes, id);
    struct call *c = node ? calloc(1, sizeof(*c)) : NULL;
    if (!c) {
        fuse_reply_err(req, node ? ENOMEM : ESTALE);
        inode_unref(g->inodes, node);
        return NULL;
    }
    const struct fuse_ctx *ctx = fuse_req_ctx(req);
    c->guard = g;
    c->req = req;
    c->node = node;
    c->policy = guard_policy(g);
    c->tid = (uint32_t) ctx->pid;
    c->uid = ctx->uid;
    c->gid = ctx->gid;
    if (name_len > 0) memcpy(c->name, name, name_len + 1);
    c->waiter.finish = call_finish;
    return c;
}

void call_end(struct call *c) {
    inode_unref(c->guard->inodes, c->node);
    policy_unref(c->policy);
    free(c);
}

void call_fail(struct call *c, int error) {
    fuse_reply_err(c->req, error < 0 ? -error : error);
    call_end(c);
}

bool call_path(struct call *c, const char *raw, char out[WORK_PATH_LEN_MAX]) {
    int r = inode_path(c->node, raw, out, WORK_PATH_LEN_MAX);
    /* A node from before a reload, or the kernel's memory of one: asked again, the name is not there. */
    bool is_folder = raw || c->node->facts.kind == INODE_FOLDER;
    if (r == 0 && c->node->facts.own == OWN_NONE && !paths_show(&c->policy->conf->paths, out, is_folder)) r = -ESTALE;
    if (r < 0) call_fail(c, r);
    return r == 0;
}

void call_defer(struct call *c, enum work_kind kind, const char *path, void (*resume)(struct call *c, const struct outcome *o)) {
    if (++c->deferrals > CALL_DEFERRALS_MAX) {
        call_fail(c, EIO);
        return;
    }
    struct work work = { .kind = kind };
    size_t len = strlen(path);
    must(len < sizeof(work.path));
    memcpy(work.path, path, len + 1);
    c->resume = resume;
    c->waiter.interrupted = false;
    /* Before the call is handed over: afterwards the request may be answered and gone at any moment. */
    fuse_req_interrupt_func(c->req, call_interrupted, c);
    int r = workers_submit(c->guard->workers, &work, &c->waiter);
    if (r < 0) {
        fuse_req_interrupt_func(c->req, NULL, NULL);
        call_fail(c, r == -ESHUTDOWN ? ENOTCONN : EIO);
    }
}
