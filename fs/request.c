#include "fs/request.h"

#include <assert.h>
#include <errno.h>

#include "conf/base/clock.h"
#include "conf/base/log.h"
#include "fs/access.h"

static void request_actor(const struct call *c, struct actor *out) {
    if (scout_ask(c->guard->scout, c->tid, false, out) < 0) *out = (struct actor) { .pid = c->tid, .process_uid = c->uid, .auid = ACTOR_AUID_UNSET };
    /* The header's ids are what the kernel decided by: the caller's fsuid. That they differ from the process's is itself worth recording. */
    out->uid = c->uid;
    out->gid = c->gid;
}

static int request_object(struct call *c, struct inode *node, struct event *ev) {
    char path[WORK_PATH_LEN_MAX];
    uint64_t day = clock_realtime_us() / 86400000000u;
    if (inode_get_token(c->guard->inodes, node, day, ev->object.file, sizeof(ev->object.file))) return 0;
    int r = inode_path(node, NULL, path, sizeof(path));
    if (r < 0) return r;
    char token[KEEPER_SUBJECT_TOKEN_LEN];
    r = keeper_subject(c->guard->keeper, 'f', bytes_from_string(path[0] ? path : "."), token);
    if (r < 0) return r;
    static_assert(sizeof(ev->object.file) >= sizeof(token), "a subject token fits");
    memcpy(ev->object.file, token, sizeof(token));
    inode_put_token(c->guard->inodes, node, day, token);
    return 0;
}

static int request_record(struct call *c, struct inode *node, struct event *ev, uint64_t *out_index) {
    struct actor who;
    struct session bound;
    uint64_t index = 0;
    request_actor(c, &who);
    ev->who = &who;
    if (session_find(c->guard->sessions, c->tid, &bound)) {
        memcpy(who.bound, bound.user, sizeof(who.bound));
        ev->purpose = bound.purpose;
        ev->ticket = bound.ticket;
    }
    ev->has_policy = true;
    memcpy(ev->policy_digest, engine_digest(c->policy->engine), sizeof(ev->policy_digest));
    int r = request_object(c, node, ev);
    if (r == 0) r = journal_append_wait(c->guard->journal, ev, &index);
    if (r < 0) {
        log_error("record-failed", "event=%s error=%d", event_name(ev->type), -r);
        return r;
    }
    if (out_index) *out_index = index;
    return 0;
}

/* Whoever cannot be told from others by his uid and login id must be named by a session. */
static bool request_is_named(struct call *c) {
    const struct conf *conf = c->policy->conf;
    struct session bound;
    struct actor who;
    if (!conf->require_auid && conf->shared_accounts.count == 0) return true;
    request_actor(c, &who);
    bool nobody = conf->require_auid && who.auid == ACTOR_AUID_UNSET;
    bool shared = conf_users_hold(&conf->shared_accounts, who.uid) || conf_users_hold(&conf->shared_accounts, who.process_uid);
    return (!nobody && !shared) || session_find(c->guard->sessions, c->tid, &bound);
}

static bool request_deny(struct call *c, enum refusal why, int error) {
    struct event ev = { .type = EVENT_DENY, .refusal = why };
    guard_count(c->guard, denials, 1);
    int r = request_record(c, c->node, &ev, NULL);
    call_fail(c, r < 0 ? EIO : error);
    return false;
}

bool request_admit(struct call *c) {
    bool admitted = !guard_is_revoked(c->guard) && policy_admits(c->policy, c->uid, c->gid, c->tid) && request_is_named(c);
    if (admitted && access_admits(c, c->node->facts.kind == INODE_FOLDER)) return true;
    return request_deny(c, REFUSAL_POLICY, EACCES);
}

bool request_within_quota(struct call *c, const struct view *view) {
    const struct quota_claim claim = {
        .hour = clock_realtime_us() / 3600000000u, .uid = c->uid, .opens = view != NULL, .folders = view == NULL, .bytes = view ? view->content.len : 0,
    };
    return quota_take(c->guard->quota, c->policy->conf, &claim) || request_deny(c, REFUSAL_LIMIT, EDQUOT);
}

int request_record_open(struct call *c, const struct view *view, struct request_handle *out) {
    struct request_handle h = { .number = __atomic_add_fetch(&c->guard->counters.handles, 1, __ATOMIC_RELAXED) };
    struct event ev = { .type = EVENT_OPEN, .has_view = true, .counts = view->counts, .handle = h.number };
    ev.object.format = view->format;
    memcpy(ev.view_digest, view->digest, sizeof(ev.view_digest));
    static_assert(sizeof(ev.object.subject) >= sizeof(view->about.patient_token), "a subject token fits");
    memcpy(ev.object.subject, view->about.patient_token, sizeof(view->about.patient_token));
    memcpy(ev.object.encounter, view->about.encounter_token, sizeof(view->about.encounter_token));
    int r = request_record(c, c->node, &ev, &h.opened_at);
    if (r < 0) return r;
    guard_count(c->guard, opens, 1);
    *out = h;
    return 0;
}

int request_record_list(struct call *c, uint64_t *out_index) {
    struct event ev = { .type = EVENT_LIST };
    int r = request_record(c, c->node, &ev, out_index);
    if (r == 0) guard_count(c->guard, lists, 1);
    return r;
}

int request_record_refuse(struct call *c, enum refusal why) {
    struct event ev = { .type = EVENT_REFUSE, .refusal = why };
    guard_count(c->guard, refusals, 1);
    return request_record(c, c->node, &ev, NULL);
}

int request_record_peer(struct guard *g, const struct policy *p, const struct ucred *peer) {
    struct actor who;
    struct event ev = { .type = EVENT_LIST, .who = &who, .has_policy = true };
    uint64_t index;
    uint32_t pid = (uint32_t) peer->pid;
    if (scout_ask(g->scout, pid, false, &who) < 0) who = (struct actor) { .pid = pid, .process_uid = peer->uid, .auid = ACTOR_AUID_UNSET };
    who.uid = peer->uid;
    who.gid = peer->gid;
    memcpy(ev.policy_digest, engine_digest(p->engine), sizeof(ev.policy_digest));
    int r = keeper_subject(g->keeper, 'f', BYTES(".deidfs/manifest"), ev.object.file);
    if (r == 0) r = journal_append_wait(g->journal, &ev, &index);
    if (r == 0) guard_count(g, lists, 1);
    return r;
}

int request_record_close(struct guard *g, const struct request_handle *h) {
    struct event ev = { .type = EVENT_CLOSE, .handle = h->number, .opened_at = h->opened_at, .bytes_served = h->bytes, .reads = h->reads };
    uint64_t index;
    int r = journal_append(g->journal, &ev, &index);
    if (r < 0) log_error("record-failed", "event=close error=%d", -r);
    if (r == 0) guard_count(g, closes, 1);
    return r;
}
