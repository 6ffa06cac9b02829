#include "fs/own.h"

#include <dirent.h>
#include <errno.h>

#include "conf/base/clock.h"
#include "fs/ino.h"
#include "fs/manifest.h"
#include "fs/status.h"

static const struct name_entry own_names[OWN_COUNT] = {
    [OWN_FOLDER] = { .shown = ".deidfs", .raw = ".deidfs", .type = DT_DIR },
    [OWN_STATUS] = { .shown = "status", .raw = "status", .type = DT_REG },
    [OWN_MANIFEST] = { .shown = "manifest", .raw = "manifest", .type = DT_REG },
};

const struct name_entry *own_name(enum own own) {
    return &own_names[own];
}

void own_stat(enum own own, struct stat *out) {
    /* No file system has device 0: the numbers shown meet with nothing of the source. */
    *out = (struct stat) { .st_mode = own == OWN_FOLDER ? S_IFDIR : S_IFREG, .st_ino = (ino_t) own };
}

bool own_is_listed(const struct policy *p) {
    return p->conf->own_folder == OWN_FOLDER_LISTED;
}

bool own_claims(const struct inode *folder, const char *name) {
    return folder->facts.own == OWN_FOLDER || (!folder->parent && strcmp(name, own_names[OWN_FOLDER].shown) == 0);
}

static enum own own_which(const struct call *c) {
    if (c->node->facts.own != OWN_FOLDER) return c->policy->conf->own_folder == OWN_FOLDER_NONE ? OWN_NONE : OWN_FOLDER;
    for (int own = OWN_STATUS; own < OWN_COUNT; own++) {
        if (strcmp(c->name, own_names[own].shown) == 0) return (enum own) own;
    }
    return OWN_NONE;
}

static struct inode_facts own_facts(const struct guard *g, enum own own) {
    struct inode_facts f = { .kind = own == OWN_FOLDER ? INODE_FOLDER : INODE_PROVISIONAL, .own = own, .version = { .ino = (uint64_t) own } };
    f.number = ino_shown(&g->inode_key, 0, (uint64_t) own);
    f.mtime_s = (int64_t) (g->begun_realtime_us / 1000000u);
    return f;
}

int own_find(struct call *c, struct ops_found *out) {
    enum own own = own_which(c);
    struct ops_found found;
    if (own == OWN_NONE) return -ENOENT;
    const struct inode_facts f = own_facts(c->guard, own);
    const struct inode_place place = { c->node, own_names[own].shown, own_names[own].raw };
    int r = inode_remember(c->guard->inodes, &place, &f, &found.node);
    if (r < 0) return r;
    ops_fill(c->guard, found.node, &found.attr);
    *out = found;
    return 0;
}

/* The text as it is now, as a view. */
static int own_view_of_status(struct call *c, struct view **out) {
    static const uint32_t none[ENTITY_COUNT];
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, 1 << 16);
    status_write(c->guard, STATUS_LINES, &text);
    return view_new_take(&text, none, "status", out);
}

static void own_answer_attr(struct call *c, const struct view *v) {
    struct stat attr;
    ops_fill(c->guard, c->node, &attr);
    attr.st_size = (off_t) v->content.len;
    attr.st_blocks = (blkcnt_t) ((v->content.len + 511) / 512);
    fuse_reply_attr(c->req, &attr, 0);
    call_end(c);
}

static void own_answer_open(struct call *c, struct view *v) {
    struct inode_facts f = own_facts(c->guard, c->node->facts.own);
    f.kind = INODE_EXACT;
    f.mtime_s = (int64_t) (clock_realtime_us() / 1000000u);
    f.view_len = v->content.len;
    memcpy(f.digest, v->digest, sizeof(f.digest));
    ops_open_replace(c, &f, v);
}

static void own_answer(struct call *c, struct view *v) {
    if (c->opens) own_answer_open(c, v);
    else own_answer_attr(c, v);
}

static void own_resume(struct call *c, const struct outcome *o) {
    if (o->view) own_answer(c, o->view);
    else if (c->opens) ops_open_refuse(c, o->refusal != REFUSAL_NONE ? o->refusal : REFUSAL_SOURCE);
    else call_fail(c, EIO);
}

static void own_make(struct call *c) {
    struct view *v = NULL;
    if (c->node->facts.own == OWN_MANIFEST) {
        call_defer(c, WORK_CENSUS, "manifest", own_resume);
        return;
    }
    if (own_view_of_status(c, &v) < 0) {
        call_fail(c, EIO);
        return;
    }
    own_answer(c, v);
    view_unref(v);
}

void own_getattr(struct call *c) {
    struct stat attr;
    if (c->node->facts.kind == INODE_PROVISIONAL) {
        own_make(c);
        return;
    }
    ops_fill(c->guard, c->node, &attr);
    fuse_reply_attr(c->req, &attr, ops_attr_ttl(c->guard, c->node));
    call_end(c);
}

void own_open(struct call *c) {
    c->opens = true;
    own_make(c);
}
