/* grant: may who runs this program do what was asked? Roles (conf/role.h) say who, what and how much; a rate is counted in
 * STATE/reidentify/rates, requests that wait for a second person lie in STATE/reidentify/requests. Whatever cannot be read, counted or written
 * refuses.
 *
 * Who runs it: the login id of the process, which sudo and su keep; where the kernel has none, the user that sudo names; else the user itself.
 *
 *   rates/<role>.<uid>     0 8 begin of the stretch, seconds · 8 8 tokens restored in it; big endian, locked while it is counted
 *   requests/<id>          one line: "v1 <asker> <role> <purpose> <SHA-256 of the input> <asked at> <approver or -> <approved at>"
 * Threads: main thread. Ownership: grant_release(). */
#pragma once

#include "conf/actor.h"
#include "conf/role.h"
#include "redact/restore.h"

enum { GRANT_ID_LEN = 16, GRANT_PATIENTS_MAX = 1 << 20 };

struct grant {
    const struct conf *conf;
    struct roles *roles;     /* NULL: there is no file, and root asks */
    const struct role *role; /* in roles, or NULL */
    uid_t user;
    struct vault_reader *reader;      /* borrowed, from grant_prepare() on */
    uint8_t (*patients)[VAULT_SUBJECT_INDEX_LEN]; /* sorted; NULL: all */
    size_t patient_count;
};

uid_t grant_user(const struct actor *who);
/* purpose NULL: a search for leaks. -EPERM with a problem: no role. -EBADMSG, …: the roles cannot be read. */
_must_use_ int grant_find(const struct conf *c, const char *purpose, struct grant *out, struct problem *p);
void grant_release(struct grant *g);
/* The ceiling of tokens in this request. */
size_t grant_tokens_max(const struct grant *g);
/* For restore_options: role and patients of each token. reader is borrowed until grant_release(). */
_must_use_ int grant_prepare(struct grant *g, struct vault_reader *reader, struct problem *p);
/* restore_options.may */
_must_use_ int grant_may(void *context, const char code[TOKEN_CODE_LEN], const struct vault_issue *issue);
/* Counts tokens that are about to be released. -EDQUOT with a problem: the stretch is used up. */
_must_use_ int grant_count(const struct grant *g, uint64_t tokens, struct problem *p);

struct grant_request {
    char id[GRANT_ID_LEN + 1];
    uid_t asker;
    char role[ROLE_NAME_LEN_MAX + 1];
    char purpose[16];
    uint8_t input_digest[32];
    uint64_t asked_s;
    bool is_approved;
    uid_t approver;
    uint64_t approved_s;
};
enum { GRANT_APPROVED = 0, GRANT_WAITS = 1, GRANT_ASKED = 2 };
/* Whether this very input may be restored now. GRANT_ASKED: a new request was filed; GRANT_WAITS: it waits still. Without approvers: GRANT_APPROVED. */
_must_use_ int grant_ask(const struct grant *g, const char *purpose, const uint8_t input_digest[32], struct grant_request *out, struct problem *p);
/* An approval is good for one release: it is gone, durably, before the first byte. */
_must_use_ int grant_consume(const struct grant *g, const struct grant_request *r, struct problem *p);
/* -ENOENT, -EBADMSG, -ETIME: it has waited too long. */
_must_use_ int grant_read_request(const struct grant *g, const char *id, struct grant_request *out, struct problem *p);
/* By g->user, for a role that names him an approver and a request that is not his own; else -EPERM. allows says so without writing. */
_must_use_ int grant_allows_approval(const struct grant *g, const struct grant_request *r, struct problem *p);
_must_use_ int grant_approve(const struct grant *g, struct grant_request *r, struct problem *p);
/* Roles alone, for an approver; -ENOENT: there is no file. */
_must_use_ int grant_load(const struct conf *c, struct grant *out, struct problem *p);
