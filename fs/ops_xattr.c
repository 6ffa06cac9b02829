/* user.deidfs.*: by name only, never listed. Everything else is EOPNOTSUPP, not ENODATA: ls -l then stops asking. */
#include <errno.h>

#include "conf/base/text.h"
#include "conf/claim.h"
#include "fs/beside.h"
#include "fs/ops.h"

enum ops_xattr {
    XATTR_STATUS,
    XATTR_CLAIM,
    XATTR_POLICY,
    XATTR_VIEW_SHA256,
    XATTR_ENTITIES,
    XATTR_FORMAT,
    XATTR_GENERATION,
    XATTR_PATIENT,
    XATTR_ENCOUNTER,
    XATTR_COUNT,
};

static const char *const xattr_names[XATTR_COUNT] = {
    [XATTR_STATUS] = "user.deidfs.status",           [XATTR_CLAIM] = "user.deidfs.claim",
    [XATTR_POLICY] = "user.deidfs.policy",           [XATTR_VIEW_SHA256] = "user.deidfs.view_sha256",
    [XATTR_ENTITIES] = "user.deidfs.entities",       [XATTR_FORMAT] = "user.deidfs.format",
    [XATTR_GENERATION] = "user.deidfs.generation",   [XATTR_PATIENT] = "user.deidfs.patient",
    [XATTR_ENCOUNTER] = "user.deidfs.encounter",
};

static void xattr_put_hex(struct buf *out, const uint8_t digest[32]) {
    char text[2 * 32 + 1];
    text_hex_encode(bytes_make(digest, 32), text);
    (void) buf_append_string(out, text);
}

/* "MRN=1 PATIENT=4": entities in their own order, those that occur. */
static void xattr_put_counts(struct buf *out, const uint32_t counts[ENTITY_COUNT]) {
    for (int i = 0; i < ENTITY_COUNT; i++) {
        if (counts[i] > 0) (void) buf_append_printf(out, "%s%s=%u", out->len ? " " : "", entity_name((enum entity) i), counts[i]);
    }
}

static void xattr_reply(struct call *c, const struct buf *value) {
    int error = buf_error(value) < 0 ? ENOMEM : c->size > 0 && c->size < value->len ? ERANGE : 0;
    if (error) {
        fuse_reply_err(c->req, error);
    } else if (c->size == 0) {
        fuse_reply_xattr(c->req, value->len);
    } else {
        fuse_reply_buf(c->req, (const char *) value->ptr, value->len);
    }
    call_end(c);
}

/* A file's values come from its outcome; a folder and the mount's own files have only the mount's. */
static bool xattr_value(struct call *c, const struct outcome *o, struct buf *out) {
    const struct view *v = o ? o->view : NULL;
    switch ((enum ops_xattr) c->xattr) {
    case XATTR_STATUS:
        return buf_append_printf(out, "%s%s", !o || v ? "ok" : "refused:", !o || v ? "" : refusal_name(o->refusal)) == 0;
    case XATTR_CLAIM:
        return buf_append_string(out, claim_name(claim_of(&c->policy->conf->profile, NULL))) == 0;
    case XATTR_POLICY:
        xattr_put_hex(out, engine_digest(c->policy->engine));
        return true;
    case XATTR_GENERATION:
        return buf_append_printf(out, "%llu", (unsigned long long) c->policy->number) == 0;
    case XATTR_VIEW_SHA256:
        if (v) xattr_put_hex(out, v->digest);
        return v != NULL;
    case XATTR_ENTITIES:
        if (v) xattr_put_counts(out, v->counts);
        return v != NULL;
    case XATTR_FORMAT:
        return v && v->format && buf_append_string(out, v->format) == 0;
    case XATTR_PATIENT:
        return v && v->about.patient[0] && buf_append_string(out, v->about.patient) == 0;
    case XATTR_ENCOUNTER:
        return v && v->about.encounter[0] && buf_append_string(out, v->about.encounter) == 0;
    case XATTR_COUNT:
        return false;
    }
    return false;
}

static void xattr_answer(struct call *c, const struct outcome *o) {
    _cleanup_(buf_release) struct buf value;
    buf_init(&value, 64 * 1024);
    if (!xattr_value(c, o, &value)) {
        call_fail(c, ENODATA);
        return;
    }
    xattr_reply(c, &value);
}

static void xattr_resume(struct call *c, const struct outcome *o) {
    if (o->error < 0) {
        call_fail(c, o->error == -ENOENT ? ESTALE : EIO);
        return;
    }
    xattr_answer(c, o);
}

static void xattr_file(struct call *c) {
    char path[WORK_PATH_LEN_MAX];
    struct stat st;
    if (!call_path(c, NULL, path)) return;
    if (source_stat(c->guard->source, path, &st) < 0) {
        call_fail(c, ESTALE);
        return;
    }
    const struct source_version v = source_version_of(&st);
    const struct catalog_key key = beside_key(c->guard, c->policy, path, &v);
    struct catalog_record record;
    struct outcome o = { .version = v, .generation = c->policy->number };
    _cleanup_(view_unrefp) struct view *view = cache_get(c->guard->cache, &key);
    bool refused = !view && catalog_get(c->guard->catalog, &key, &record) && record.state == CATALOG_REFUSED;
    o.view = view;
    if (refused) o.refusal = record.refusal;
    if (view || refused) {
        xattr_answer(c, &o);
    } else {
        call_defer(c, WORK_VIEW, path, xattr_resume);
    }
}

void ops_getxattr(fuse_req_t req, fuse_ino_t id, const char *name, size_t size) {
    int which = 0;
    while (which < XATTR_COUNT && strcmp(xattr_names[which], name) != 0) which++;
    if (which == XATTR_COUNT) {
        fuse_reply_err(req, strncmp(name, "user.deidfs.", 12) == 0 ? ENODATA : EOPNOTSUPP);
        return;
    }
    struct call *c = call_new(req, id, NULL);
    if (!c) return;
    c->size = size;
    c->xattr = which;
    if (c->node->facts.kind == INODE_FOLDER || c->node->facts.own != OWN_NONE) {
        xattr_answer(c, NULL);
    } else {
        xattr_file(c);
    }
}
