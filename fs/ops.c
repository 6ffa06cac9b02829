#include "fs/ops.h"

#include <assert.h>
#include <errno.h>

#include "fs/ino.h"
#include "fs/own.h"

static_assert(offsetof(struct ops_session, guard) == 0, "fuse_req_userdata() is the session");

void ops_init(void *userdata, struct fuse_conn_info *conn) {
    struct ops_session *s = userdata;
    /* Wanted by filesystem.md: we tell the kernel what to forget, a new version is a new node; never NO_OPEN_SUPPORT, WRITEBACK_CACHE, splice. */
    conn->want &= ~(unsigned) (FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_WRITEBACK_CACHE | FUSE_CAP_NO_OPEN_SUPPORT | FUSE_CAP_NO_OPENDIR_SUPPORT |
                               FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE | FUSE_CAP_ATOMIC_O_TRUNC |
                               FUSE_CAP_POSIX_LOCKS | FUSE_CAP_FLOCK_LOCKS | FUSE_CAP_IOCTL_DIR | FUSE_CAP_HANDLE_KILLPRIV |
                               FUSE_CAP_READDIRPLUS_AUTO);
    conn->want |= conn->capable & (unsigned) (FUSE_CAP_EXPLICIT_INVAL_DATA | FUSE_CAP_ASYNC_READ | FUSE_CAP_READDIRPLUS);
    conn->max_background = 64;
    conn->max_readahead = 1 << 20;
    s->ready.tell(s->ready.context);
}

void ops_fill(const struct guard *g, const struct inode *node, struct stat *out) {
    const struct inode_facts *f = &node->facts;
    *out = (struct stat) {
        .st_ino = f->number, .st_uid = g->owner, .st_gid = g->group, .st_nlink = 1, .st_blksize = 4096,
        .st_size = (off_t) f->view_len, .st_blocks = (blkcnt_t) ((f->view_len + 511) / 512),
    };
    /* nlink 1 of a folder tells find(1) that it cannot count subfolders by it. */
    mode_t file_mode = g->presents_all ? 0444 : g->file_mode, dir_mode = g->presents_all ? 0555 : g->dir_mode;
    out->st_mode = f->kind == INODE_FOLDER ? (mode_t) (S_IFDIR | dir_mode) : (mode_t) (S_IFREG | file_mode);
    out->st_mtim = (struct timespec) { .tv_sec = (time_t) f->mtime_s, .tv_nsec = (long) f->mtime_ns };
    out->st_atim = out->st_ctim = out->st_mtim;
}

double ops_attr_ttl(const struct guard *g, const struct inode *node) {
    enum { EXACT_TTL_S = 3600 };
    switch (node->facts.kind) {
    case INODE_FOLDER:
        return g->attr_ttl_s;
    case INODE_PROVISIONAL:
        return 0;
    case INODE_EXACT:
        return EXACT_TTL_S; /* a changed file is another node, found when the entry's own time is up */
    }
    return 0;
}

int ops_attr(struct guard *g, struct inode *node, struct stat *out) {
    ops_fill(g, node, out);
    if (node->facts.kind != INODE_FOLDER) return 0;
    char path[WORK_PATH_LEN_MAX];
    struct stat st;
    int r = inode_path(node, NULL, path, sizeof(path));
    if (r == 0) r = source_stat(g->source, path, &st);
    if (r == -ENOENT || (r == 0 && !S_ISDIR(st.st_mode))) return -ESTALE;
    if (r < 0) return r;
    const struct source_version v = source_version_of(&st);
    times_shown(g->times, path, &v, 0, &out->st_mtim);
    out->st_atim = out->st_ctim = out->st_mtim;
    return 0;
}

struct inode_facts ops_facts_of(struct guard *g, const char *path, const struct outcome *o) {
    struct inode_facts f = { .kind = INODE_EXACT, .version = o->version, .generation = o->generation, .refusal = o->refusal, .racy = o->racy };
    struct timespec shown;
    times_shown(g->times, path, &o->version, o->view ? o->view->about.shift_days : 0, &shown);
    f.mtime_s = shown.tv_sec;
    f.mtime_ns = (uint32_t) shown.tv_nsec;
    f.number = ino_shown(&g->inode_key, o->version.dev, o->version.ino);
    if (o->view) {
        f.view_len = o->view->content.len;
        memcpy(f.digest, o->view->digest, sizeof(f.digest));
    }
    return f;
}

static void getattr_resume(struct call *c, const struct outcome *o) {
    if (o->error < 0) {
        call_fail(c, o->error == -ENOENT ? ESTALE : EIO);
        return;
    }
    char path[WORK_PATH_LEN_MAX];
    if (!call_path(c, NULL, path)) return;
    struct inode shown = *c->node;
    shown.facts = ops_facts_of(c->guard, path, o);
    struct stat attr;
    ops_fill(c->guard, &shown, &attr);
    /* No lifetime: the node is provisional, the next lookup brings the exact one. */
    fuse_reply_attr(c->req, &attr, 0);
    call_end(c);
}

static void getattr_provisional(struct call *c) {
    char path[WORK_PATH_LEN_MAX];
    struct stat st;
    struct ops_found now;
    if (!call_path(c, NULL, path)) return;
    int r = source_stat(c->guard->source, path, &st);
    if (r == 0 && !S_ISREG(st.st_mode)) r = -ENOENT;
    if (r == 0) {
        const struct inode_place place = { c->node->parent, c->node->shown, c->node->raw };
        r = ops_entry(c, &place, &st, &now); /* exact if the catalog knows it */
    }
    if (r < 0) {
        call_fail(c, r == -ENOENT ? ESTALE : r);
        return;
    }
    bool exact = now.node->facts.kind == INODE_EXACT;
    inode_unref(c->guard->inodes, now.node);
    if (exact) {
        fuse_reply_attr(c->req, &now.attr, 0);
        call_end(c);
        return;
    }
    call_defer(c, WORK_VIEW, path, getattr_resume);
}

void ops_getattr(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *fi) {
    (void) fi;
    struct call *c = call_new(req, id, NULL);
    if (!c) return;
    if (c->node->facts.own != OWN_NONE) {
        own_getattr(c);
        return;
    }
    if (c->node->facts.kind == INODE_PROVISIONAL) {
        getattr_provisional(c);
        return;
    }
    struct stat attr;
    int r = ops_attr(c->guard, c->node, &attr);
    if (r < 0) {
        call_fail(c, r);
        return;
    }
    fuse_reply_attr(req, &attr, ops_attr_ttl(c->guard, c->node));
    call_end(c);
}

void ops_statfs(fuse_req_t req, fuse_ino_t id) {
    (void) id;
    struct guard *g = *(struct guard **) fuse_req_userdata(req);
    struct statvfs st;
    int r = source_statvfs(g->source, &st);
    if (r < 0) {
        fuse_reply_err(req, -r);
        return;
    }
    /* The source's totals; nothing can be written here. */
    st.f_bavail = st.f_favail = 0;
    st.f_flag |= ST_RDONLY;
    st.f_namemax = LIMIT_FILE_NAME_LEN;
    fuse_reply_statfs(req, &st);
}

void ops_access(fuse_req_t req, fuse_ino_t id, int mask) {
    struct guard *g = *(struct guard **) fuse_req_userdata(req);
    struct inode *node = inode_get(g->inodes, id);
    mode_t mode = !node ? 0 : node->facts.kind == INODE_FOLDER ? g->dir_mode : g->file_mode;
    int error = !node ? ESTALE : (mask & W_OK) ? EROFS : (mask & X_OK) && !(mode & 0111) ? EACCES : 0;
    inode_unref(g->inodes, node);
    fuse_reply_err(req, error);
}

const struct fuse_lowlevel_ops *ops_table(void) {
    static struct fuse_lowlevel_ops table = {
        .init = ops_init,
        .lookup = ops_lookup,
        .forget = ops_forget,
        .forget_multi = ops_forget_multi,
        .getattr = ops_getattr,
        .statfs = ops_statfs,
        .access = ops_access,
        .opendir = ops_opendir,
        .readdir = ops_readdir,
        .readdirplus = ops_readdirplus,
        .releasedir = ops_releasedir,
        .open = ops_open,
        .read = ops_read,
        .release = ops_release,
        .getxattr = ops_getxattr,
    };
    ops_deny_fill(&table);
    return &table;
}
