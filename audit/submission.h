/* A submission: what somebody outside the mount asks to have recorded, as one line of JSON (RFC 8259). The same lines travel over the mount's
 * control socket and are read by deidfs-journal where no mount runs.
 *   {"do":"infer","service":W,"model":W,"version":W,"destination":W,"template":H,"inputs":[H,…],"output":H,"encounters":[T,…],"user":U,"override":O}
 *   {"do":"query","kind":K,"from":N,"to":N,"count":N,"sha256":H,"about":T}      reading the journal; export: the same
 *   {"do":"anchor",…}, {"do":"retain",…}                                        the same members: what witnesses attest, what is pruned or held
 *   {"do":"session","user":NAME,"purpose":P,"ticket":TEXT}                      binds the connection's process (fs/session.h)
 * W is a word of the configuration's closed lists, H a SHA-256 in hex, T a subject token, K and O of closed lists here, P of conf/purpose.h.
 * U and TEXT are chosen by the caller: only their tokens reach a record. So no identifier can enter by any member.
 * Who may submit what: submission_admits().
 * Threads: values. */
#pragma once

#include "audit/event.h"
#include "conf/base/buf.h"
#include "conf/base/problem.h"
#include "conf/conf.h"
#include "conf/keeper.h"

enum { SUBMISSION_LEN_MAX = 8192, SUBMISSION_WORD_LEN_MAX = CONF_WORD_LEN_MAX, SUBMISSION_TEXT_LEN_MAX = 255 };

struct submission {
    enum event_type type; /* infer, query, export, session, anchor, retain */
    /* infer; "" absent */
    char service[SUBMISSION_WORD_LEN_MAX + 1], model[SUBMISSION_WORD_LEN_MAX + 1], version[SUBMISSION_WORD_LEN_MAX + 1];
    char destination[SUBMISSION_WORD_LEN_MAX + 1];
    const char *override;
    uint8_t template_digest[32], output_digest[32], inputs[EVENT_INPUTS_MAX][32];
    bool has_template, has_output;
    char encounters[EVENT_ENCOUNTERS_MAX][EVENT_TOKEN_LEN_MAX];
    size_t input_count, encounter_count;
    char user[SUBMISSION_TEXT_LEN_MAX + 1]; /* infer: the application's; session: passwd name */
    /* query, export, anchor, retain */
    struct event_range range;
    uint8_t digest[32];
    char about[EVENT_TOKEN_LEN_MAX]; /* the patient, encounter or file that was asked about */
    /* session */
    const char *purpose;
    char ticket[SUBMISSION_TEXT_LEN_MAX + 1];
    /* what submission_event() makes */
    struct event_infer infer;
    char user_token[KEEPER_SUBJECT_TOKEN_LEN];
};

/* -EBADMSG: not such a line; the problem names the member, never its value. */
_must_use_ int submission_parse(struct bytes line, struct submission *out, struct problem *p);
/* Names of services, models and destinations against the configuration: -EPERM with the key that would list them. An absent destination becomes
 * the instance's own. */
_must_use_ int submission_check(struct submission *s, const struct conf *c, struct problem *p);
/* May this user have such a record written? Root and the owner of the state: any. Else infer by [records] recorders; query and export by
 * [records] auditors, and so anchor; session by who names himself, or [access] session_binders who name one of session_users (fs/submit.c decides that). */
bool submission_admits(enum event_type type, const struct conf *c, uid_t owner, uid_t peer);
/* infer, query, export: the event, which borrows from s. Tokens are made by the keeper; its error otherwise. */
_must_use_ int submission_event(struct submission *s, struct keeper *k, struct event *out);
/* The line for a reading of the journal, with its newline: what deidfs-journal sends. */
int submission_write_range(const struct event_range *range, enum event_type type, const char *about, struct buf *out);
/* The list's own string, or NULL. */
const char *submission_kind_find(const char *kind, enum event_type type);
