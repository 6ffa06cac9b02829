#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "fs/ino.h"
#include "fs/ops.h"
#include "fs/own.h"
#include "fs/probe.h"
#include "fs/request.h"

static int entry_file_facts(struct call *c, const char *path, struct inode_facts *f, int32_t *out_shift_days) {
    struct catalog_record record;
    int r = probe_file(c->guard, c->policy, path, &f->version, &record);
    if (r < 0) return r;
    if (probe_is_hidden(c->policy, &record)) return -ENOENT;
    if (record.state == CATALOG_PROBED) {
        f->kind = INODE_PROVISIONAL;
        return 0;
    }
    f->kind = INODE_EXACT;
    *out_shift_days = record.shift_days;
    f->refusal = record.refusal;
    f->view_len = record.view_len;
    memcpy(f->digest, record.digest, sizeof(f->digest));
    return 0;
}

int ops_entry(struct call *c, const struct inode_place *place, const struct stat *known, struct ops_found *out) {
    struct guard *g = c->guard;
    char path[WORK_PATH_LEN_MAX];
    struct stat st;
    int32_t shift_days = 0;
    int r = inode_path(place->parent, place->raw, path, sizeof(path));
    if (r == 0) r = known ? 0 : source_stat(g->source, path, &st);
    if (r < 0) return r;
    if (known) st = *known;
    struct inode_facts f = { .kind = INODE_FOLDER, .version = source_version_of(&st), .generation = c->policy->number };
    if (S_ISREG(st.st_mode)) {
        r = entry_file_facts(c, path, &f, &shift_days);
        if (r < 0) return r;
    }
    struct timespec mtime;
    times_shown(g->times, path, &f.version, shift_days, &mtime);
    f.mtime_s = mtime.tv_sec;
    f.mtime_ns = (uint32_t) mtime.tv_nsec;
    f.number = ino_shown(&g->inode_key, f.version.dev, f.version.ino);
    struct ops_found found = { 0 };
    r = inode_remember(g->inodes, place, &f, &found.node);
    if (r < 0) return r;
    ops_fill(g, found.node, &found.attr);
    found.attr.st_mtim = found.attr.st_atim = found.attr.st_ctim = mtime; /* a folder's node outlives its times */
    *out = found;
    return 0;
}

/* ---- LOOKUP */

static void lookup_reply(struct call *c, const struct ops_found *found) {
    struct inode *node = found->node;
    /* What the mount says of itself is said anew each time. */
    bool passing = node->facts.kind == INODE_PROVISIONAL || node->facts.own > OWN_FOLDER;
    struct fuse_entry_param e = {
        .ino = node->id, .attr = found->attr,
        .entry_timeout = passing ? 0 : c->guard->attr_ttl_s, .attr_timeout = ops_attr_ttl(c->guard, node),
    };
    inode_add_lookup(c->guard->inodes, node);
    if (fuse_reply_entry(c->req, &e) != 0) inode_forget(c->guard->inodes, node->id, 1); /* interrupted: the kernel never heard of it */
    inode_unref(c->guard->inodes, node);
    call_end(c);
}

static void lookup_raw(struct call *c, const char *raw) {
    const struct inode_place place = { c->node, c->name, raw };
    struct ops_found found;
    int r = ops_entry(c, &place, NULL, &found);
    if (r < 0) {
        call_fail(c, r);
        return;
    }
    lookup_reply(c, &found);
}

static void lookup_named(struct call *c, const struct outcome *o);

static void lookup_ask(struct call *c) {
    char path[WORK_PATH_LEN_MAX];
    if (call_path(c, NULL, path)) call_defer(c, WORK_NAMES, path, lookup_named);
}

static void lookup_named(struct call *c, const struct outcome *o) {
    if (o->error < 0) {
        call_fail(c, o->error);
        return;
    }
    const struct name_entry *e = names_find_shown(o->names, c->name);
    if (!e && o->reused) {
        lookup_ask(c); /* the scan began before the question: the file may be newer */
        return;
    }
    if (!e) {
        call_fail(c, ENOENT);
        return;
    }
    lookup_raw(c, e->raw);
}

/* A kept map: its names hold whatever its age; that a name is missing holds only while the folder is the same. */
static bool lookup_known(struct call *c, const char *folder) {
    struct guard *g = c->guard;
    _cleanup_(names_unrefp) struct names *names = folders_get(g->folders, folder);
    if (!names || names->generation != c->policy->number) return false;
    const struct name_entry *e = names_find_shown(names, c->name);
    struct stat st;
    if (!e) {
        if (names->racy || source_stat(g->source, folder, &st) < 0) return false;
        const struct source_version now = source_version_of(&st);
        if (!source_version_equal(&now, &names->version)) return false;
        call_fail(c, ENOENT);
        return true;
    }
    lookup_raw(c, e->raw);
    return true;
}

static void lookup_own(struct call *c) {
    struct ops_found found;
    int r = own_find(c, &found);
    if (r < 0) {
        call_fail(c, r);
        return;
    }
    lookup_reply(c, &found);
}

void ops_lookup(fuse_req_t req, fuse_ino_t parent, const char *name) {
    struct call *c = call_new(req, parent, name);
    if (!c) return;
    struct guard *g = c->guard;
    char folder[WORK_PATH_LEN_MAX];
    if (c->node->facts.kind != INODE_FOLDER) {
        call_fail(c, ENOTDIR);
        return;
    }
    struct ops_found promised = { .node = tickets_find(g->tickets, c->tid, c->node, c->name) };
    if (promised.node) {
        ops_fill(g, promised.node, &promised.attr);
        lookup_reply(c, &promised);
        return;
    }
    if (own_claims(c->node, c->name)) {
        lookup_own(c);
        return;
    }
    if (!call_path(c, NULL, folder)) return;
    if (!lookup_known(c, folder)) lookup_ask(c);
}

void ops_forget(fuse_req_t req, fuse_ino_t id, uint64_t count) {
    struct guard *g = *(struct guard **) fuse_req_userdata(req);
    inode_forget(g->inodes, id, count);
    fuse_reply_none(req);
}

void ops_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets) {
    struct guard *g = *(struct guard **) fuse_req_userdata(req);
    for (size_t i = 0; i < count; i++) inode_forget(g->inodes, forgets[i].ino, forgets[i].nlookup);
    fuse_reply_none(req);
}

/* ---- folders: OPENDIR takes a snapshot, READDIR pages through it */

struct listing_entry {
    const struct name_entry *name; /* in names */
    struct stat st;                /* of the source, when the snapshot was taken */
};

struct listing {
    struct names *names;
    struct listing_entry *entries;
    size_t count;
    uint64_t opened_at; /* the list record */
};

static void listing_free(struct listing *l) {
    if (!l) return;
    names_unref(l->names);
    free(l->entries);
    free(l);
}

/* Leaves out what LOOKUP would not find: gone, replaced by a special, hidden content. */
static bool listing_take(struct call *c, int dir_fd, const struct name_entry *name, struct listing_entry *out) {
    char path[WORK_PATH_LEN_MAX];
    struct catalog_record record;
    if (fstatat(dir_fd, name->raw, &out->st, AT_SYMLINK_NOFOLLOW) < 0) return false;
    out->name = name;
    if (S_ISDIR(out->st.st_mode)) return true;
    if (!S_ISREG(out->st.st_mode)) return false;
    if (inode_path(c->node, name->raw, path, sizeof(path)) < 0) return false;
    const struct source_version v = source_version_of(&out->st);
    return probe_file(c->guard, c->policy, path, &v, &record) == 0 && !probe_is_hidden(c->policy, &record);
}

static void listing_add_own(struct listing *l, enum own own) {
    struct listing_entry *e = &l->entries[l->count++];
    e->name = own_name(own);
    own_stat(own, &e->st);
}

static int listing_new_own(struct listing **out) {
    struct listing *l = calloc(1, sizeof(*l));
    if (!l) return -ENOMEM;
    l->entries = calloc(OWN_COUNT, sizeof(*l->entries));
    if (!l->entries) {
        free(l);
        return -ENOMEM;
    }
    listing_add_own(l, OWN_MANIFEST);
    listing_add_own(l, OWN_STATUS);
    *out = l;
    return 0;
}

/* names NULL: of our own folder. */
static int listing_new(struct call *c, struct names *names, struct listing **out) {
    if (!names) return listing_new_own(out);
    char folder[WORK_PATH_LEN_MAX];
    _cleanup_(close_fd) int fd = -1;
    int r = inode_path(c->node, NULL, folder, sizeof(folder));
    if (r == 0) r = source_open_folder(c->guard->source, folder, &fd);
    if (r < 0) return r;
    struct listing *l = calloc(1, sizeof(*l));
    if (!l) return -ENOMEM;
    l->names = names_ref(names);
    l->entries = calloc(names->count + 2, sizeof(*l->entries));
    if (!l->entries) {
        listing_free(l);
        return -ENOMEM;
    }
    if (!c->node->parent && own_is_listed(c->policy)) listing_add_own(l, OWN_FOLDER);
    for (size_t i = 0; i < names->count; i++) {
        if (listing_take(c, fd, &names->entries[i], &l->entries[l->count])) l->count++;
    }
    *out = l;
    return 0;
}

static void opendir_reply(struct call *c, struct names *names) {
    struct listing *l = NULL;
    int r = listing_new(c, names, &l);
    if (r == 0) r = request_record_list(c, &l->opened_at);
    if (r < 0) {
        listing_free(l);
        call_fail(c, r == -ENOENT ? ESTALE : r == -EACCES ? EACCES : EIO);
        return;
    }
    c->fi.fh = (uint64_t) (uintptr_t) l;
    if (fuse_reply_open(c->req, &c->fi) != 0) listing_free(l);
    call_end(c);
}

static void opendir_named(struct call *c, const struct outcome *o) {
    char path[WORK_PATH_LEN_MAX];
    if (o->error < 0) {
        call_fail(c, o->error == -ENOENT ? ESTALE : EIO);
    } else if (o->reused) {
        if (call_path(c, NULL, path)) call_defer(c, WORK_NAMES, path, opendir_named);
    } else {
        opendir_reply(c, o->names);
    }
}

void ops_opendir(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *fi) {
    struct call *c = call_new(req, id, NULL);
    char path[WORK_PATH_LEN_MAX];
    struct stat st;
    if (!c) return;
    c->fi = *fi;
    if (!request_admit(c) || !request_within_quota(c, NULL) || !call_path(c, NULL, path)) return;
    if (c->node->facts.own != OWN_NONE) {
        opendir_reply(c, NULL);
        return;
    }
    _cleanup_(names_unrefp) struct names *names = folders_get(c->guard->folders, path);
    bool known = names && names->generation == c->policy->number && !names->racy && source_stat(c->guard->source, path, &st) == 0;
    if (known) {
        const struct source_version now = source_version_of(&st);
        known = source_version_equal(&now, &names->version);
    }
    if (known) {
        opendir_reply(c, names);
    } else {
        call_defer(c, WORK_NAMES, path, opendir_named);
    }
}

void ops_releasedir(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *fi) {
    (void) id;
    listing_free((struct listing *) (uintptr_t) fi->fh);
    fuse_reply_err(req, 0);
}

/* Entry number `at`: 0 ".", 1 "..", then the snapshot. */
static const char *readdir_name(const struct call *c, const struct listing *l, size_t at, struct stat *st) {
    *st = (struct stat) { .st_mode = S_IFDIR };
    if (at < 2) {
        const struct inode *node = at == 0 || !c->node->parent ? c->node : c->node->parent;
        st->st_ino = node->facts.number;
        return at == 0 ? "." : "..";
    }
    const struct listing_entry *e = &l->entries[at - 2];
    st->st_mode = e->st.st_mode & S_IFMT;
    st->st_ino = ino_shown(&c->guard->inode_key, e->st.st_dev, e->st.st_ino);
    return e->name->shown;
}

/* Attributes only where they are exact; the others carry node id 0, "none given": else one find would redact the whole tree. */
static struct inode *readdir_node(struct call *c, const struct listing *l, size_t at, struct fuse_entry_param *e) {
    if (at < 2) return NULL;
    const struct listing_entry *entry = &l->entries[at - 2];
    const struct inode_place place = { c->node, entry->name->shown, entry->name->raw };
    struct ops_found found;
    if (entry->st.st_dev == 0) return NULL; /* our own: asked for when wanted */
    if (ops_entry(c, &place, &entry->st, &found) < 0) return NULL;
    struct inode *node = found.node;
    if (node->facts.kind == INODE_PROVISIONAL) {
        inode_unref(c->guard->inodes, node);
        return NULL;
    }
    e->ino = node->id;
    e->attr = found.attr;
    e->entry_timeout = c->guard->attr_ttl_s;
    e->attr_timeout = ops_attr_ttl(c->guard, node);
    return node;
}

struct readdir_page {
    char *ptr;
    size_t len, size;
    bool plus;
};

/* false: the page is full. */
static bool readdir_add(struct call *c, const struct listing *l, size_t at, struct readdir_page *page) {
    struct fuse_entry_param e = { 0 };
    const char *name = readdir_name(c, l, at, &e.attr);
    struct inode *node = page->plus ? readdir_node(c, l, at, &e) : NULL;
    char *to = page->ptr + page->len;
    size_t room = page->size - page->len;
    size_t used = page->plus ? fuse_add_direntry_plus(c->req, to, room, name, &e, (off_t) at + 1)
                             : fuse_add_direntry(c->req, to, room, name, &e.attr, (off_t) at + 1);
    bool fits = used <= room;
    if (fits) page->len += used;
    if (node && fits) inode_add_lookup(c->guard->inodes, node);
    inode_unref(c->guard->inodes, node);
    return fits;
}

static void readdir_reply(fuse_req_t req, fuse_ino_t id, size_t size, off_t off, const struct fuse_file_info *fi, bool plus) {
    const struct listing *l = (const struct listing *) (uintptr_t) fi->fh;
    struct call *c = call_new(req, id, NULL);
    if (!c) return;
    struct readdir_page page = { .ptr = malloc(size), .size = size, .plus = plus };
    if (!page.ptr) {
        call_fail(c, ENOMEM);
        return;
    }
    size_t at = off < 0 ? 0 : (size_t) off;
    while (at < l->count + 2 && readdir_add(c, l, at, &page)) at++;
    fuse_reply_buf(req, page.ptr, page.len);
    free(page.ptr);
    call_end(c);
}

void ops_readdir(fuse_req_t req, fuse_ino_t id, size_t size, off_t off, struct fuse_file_info *fi) {
    readdir_reply(req, id, size, off, fi, false);
}

void ops_readdirplus(fuse_req_t req, fuse_ino_t id, size_t size, off_t off, struct fuse_file_info *fi) {
    readdir_reply(req, id, size, off, fi, true);
}
