#include "fs/submit.h"

#include <errno.h>
#include <pwd.h>

#include "audit/submission.h"
#include "conf/base/log.h"
#include "fs/session.h"

static void submit_who(struct guard *g, const struct submit_peer *peer, struct actor *out) {
    struct actor who;
    int r = scout_ask(g->scout, peer->pid, true, &who);
    /* The connection's credentials are the kernel's word; /proc is believed only where it agrees with them. */
    if (r < 0 || who.process_uid != peer->uid) who = (struct actor) { .pid = peer->pid, .process_uid = peer->uid, .auid = ACTOR_AUID_UNSET };
    who.uid = peer->uid;
    who.gid = peer->gid;
    if (who.user[0] == '\0') ignore(actor_user_name(who.uid, who.user)); /* a uid without a name stays a number */
    *out = who;
}

static int submit_append(struct guard *g, const struct submit_peer *peer, struct event *ev, uint64_t *out_index) {
    struct actor who;
    struct session bound;
    submit_who(g, peer, &who);
    ev->who = &who;
    if (session_find(g->sessions, peer->pid, &bound)) {
        memcpy(who.bound, bound.user, sizeof(who.bound));
        ev->purpose = bound.purpose;
        ev->ticket = bound.ticket;
    }
    return journal_append_wait(g->journal, ev, out_index);
}

/* The walls made this process the state's owner (sandbox.c), or he started it. */
static uid_t submit_owner(void) {
    return geteuid();
}

/* The named user's uid by the machine's own list of users. */
static bool submit_find_user(const char *name, uid_t *out_uid, char *out_name) {
    char memory[4096];
    struct passwd pw, *found = NULL;
    if (getpwnam_r(name, &pw, memory, sizeof(memory), &found) != 0 || !found) return false;
    *out_uid = pw.pw_uid;
    return actor_user_name(pw.pw_uid, out_name);
}

static int submit_may_bind(const struct conf *c, uid_t peer, uid_t named, struct problem *p) {
    bool himself = peer == named && !conf_users_hold(&c->shared_accounts, peer);
    if (himself) return 0;
    bool binder = peer == 0 || peer == submit_owner() || conf_users_hold(&c->session_binders, peer);
    if (!binder) return problem_set(p, -EPERM, "this account may not name another user; list it in [access] session_binders");
    if (!conf_users_hold(&c->session_users, named)) return problem_set(p, -EPERM, "this user may not be named; list him in [access] session_users");
    if (conf_users_hold(&c->shared_accounts, named)) return problem_set(p, -EPERM, "a shared account is nobody: name a person");
    return 0;
}

static int submit_record_session(struct guard *g, const struct submit_peer *peer, const struct session *bound, bool stop, uint64_t *out_index) {
    struct actor who;
    submit_who(g, peer, &who);
    memcpy(who.bound, bound->user, sizeof(who.bound));
    struct event ev = { .type = EVENT_SESSION, .who = &who, .handle = bound->number, .purpose = bound->purpose, .ticket = bound->ticket, .stop = stop };
    return journal_append_wait(g->journal, &ev, out_index);
}

static int submit_bind(struct guard *g, struct submit_peer *peer, const struct submission *s, uint64_t *out_index, struct problem *p) {
    struct session bound = { .leader = peer->pid, .purpose = s->purpose };
    uint32_t leader = 0;
    uid_t named;
    struct policy *e = guard_policy(g);
    int r = submit_find_user(s->user, &named, bound.user) ? submit_may_bind(e->conf, peer->uid, named, p) : problem_set(p, -ENOENT, "no such user on this machine");
    policy_unref(e);
    if (r < 0) return r;
    if (peer->session != 0) return problem_set(p, -EEXIST, "this connection holds a session already");
    if (actor_kinship(peer->pid, &leader, &bound.start) < 0 || leader != peer->pid)
        return problem_set(p, -EINVAL, "only the leader of a kernel session can be bound (setsid(2)); use deidfs-session(1)");
    r = keeper_subject(g->keeper, 't', bytes_from_string(s->ticket), bound.ticket);
    if (r < 0) return problem_set(p, r, "the keeper gave no token for the ticket");
    r = session_add(g->sessions, &bound);
    if (r < 0) return problem_set(p, r, r == -EEXIST ? "this process is bound already" : "too many sessions");
    r = submit_record_session(g, peer, &bound, false, out_index);
    if (r < 0) ignore(session_remove(g->sessions, bound.number, NULL)); /* no record, no binding */
    if (r == 0) peer->session = bound.number;
    return r < 0 ? problem_set(p, r, "the session could not be recorded") : 0;
}

static int submit_record(struct guard *g, const struct submit_peer *peer, struct submission *s, uint64_t *out_index, struct problem *p) {
    struct event ev;
    struct policy *e = guard_policy(g);
    int r = submission_check(s, e->conf, p);
    if (r == 0) r = submission_event(s, g->keeper, &ev);
    if (r == 0 && s->type == EVENT_INFER) {
        ev.has_policy = true;
        memcpy(ev.policy_digest, engine_digest(e->engine), sizeof(ev.policy_digest));
    }
    policy_unref(e);
    if (r == -EPERM) return r;
    if (r == 0) r = submit_append(g, peer, &ev, out_index);
    return r < 0 ? problem_set(p, r, "the record could not be written") : 0;
}

void submit_line(struct guard *g, struct submit_peer *peer, struct bytes line, struct buf *answer) {
    static const char *const keys[EVENT_COUNT] = { [EVENT_INFER] = "recorders", [EVENT_QUERY] = "auditors", [EVENT_EXPORT] = "auditors" };
    struct submission s;
    struct problem p = { .text = "" };
    uint64_t index = 0;
    int r = submission_parse(line, &s, &p);
    struct policy *e = guard_policy(g);
    if (r == 0 && !submission_admits(s.type, e->conf, submit_owner(), peer->uid))
        r = problem_set(&p, -EPERM, "this user may not do that; list him in [records] %s", keys[s.type]);
    policy_unref(e);
    if (r == 0) r = s.type == EVENT_SESSION ? submit_bind(g, peer, &s, &index, &p) : submit_record(g, peer, &s, &index, &p);
    explicit_bzero(&s, sizeof(s)); /* it may hold what the caller chose */
    if (r == 0) {
        (void) buf_append_printf(answer, "{\"index\":%llu}\n", (unsigned long long) index);
        return;
    }
    log_notice("submission-refused", "uid=%u error=%d", (unsigned) peer->uid, -r);
    (void) buf_append_string(answer, "{\"error\":\"");
    for (const char *c = p.text; *c; c++) (void) buf_append_byte(answer, *c == '"' || *c == '\\' ? '\'' : (uint8_t) *c);
    (void) buf_append_string(answer, "\"}\n");
}

void submit_end(struct guard *g, struct submit_peer *peer) {
    struct session bound;
    uint64_t index;
    if (peer->session == 0) return;
    if (session_remove(g->sessions, peer->session, &bound)) {
        int r = submit_record_session(g, peer, &bound, true, &index);
        if (r < 0) log_error("record-failed", "event=session error=%d", -r);
    }
    peer->session = 0;
}
