/* Roles of re-identification: who may turn which tokens back, for which destination and patients, how many, and whether a second person has to
 * agree. STATE/reidentify/roles.conf, read strictly (settings.h); one section a role:
 *
 *     [role ward-7]
 *     users        = alice, bob            who has the role
 *     destinations = rag, default          default: none; "all"
 *     purposes     = TREAT, ETREAT         default: none; "all"
 *     entities     = patient, mrn, phone   default: none; "all"; "person" stands for every role of a person
 *     patients     = /etc/deidfs/ward-7    record numbers, one a line: tokens minted from their documents alone; default: all
 *     max_tokens   = 500                   tokens in one request
 *     rate         = 2000/1h               tokens restored in a stretch of time; default: no limit
 *     approvers    = carol, dave           one of them, not who asks, has to approve each request; default: nobody has to
 *     approval     = 1h                    how long a request waits, and how long its approval is good
 *     leakscan     = yes | no              may search for leaks; default no
 *
 * Without the file root alone may, within the program's own ceiling. With it, who is in no role may not, not even root.
 * Threads: immutable once loaded. Ownership: roles_free(). */
#pragma once

#include "conf/conf.h"

enum { ROLE_NAME_LEN_MAX = 32, ROLE_COUNT_MAX = 64, ROLE_TOKENS_DEFAULT = 10000, ROLE_DESTINATIONS_LEN_MAX = 197 };

struct role {
    char name[ROLE_NAME_LEN_MAX + 1];
    struct conf_users users, approvers;
    char destinations[ROLE_DESTINATIONS_LEN_MAX + 1]; /* as written */
    uint64_t purposes, entities;                      /* a bit for each, by purpose_at() and enum entity */
    char patients[PATH_MAX];                          /* "": all */
    uint32_t tokens_max;
    uint64_t rate_tokens;                             /* 0: no limit */
    uint32_t rate_s;
    uint32_t approval_s;
    bool may_scan;
};

struct roles {
    struct role *items;
    size_t count;
    uint8_t digest[32]; /* SHA-256 of the file */
};

/* -ENOENT: there is no such file. */
_must_use_ int roles_load(const char *path, struct roles **out_roles, struct problem *p);
/* From memory; path appears in problems only. */
_must_use_ int roles_parse(struct bytes text, const char *path, struct roles **out_roles, struct problem *p);
void roles_free(struct roles *r);
static inline void roles_freep(struct roles **r) {
    roles_free(*r);
    *r = NULL;
}

/* The first role that the user has for this destination and purpose; purpose NULL: the first that may search for leaks. NULL: none. */
const struct role *roles_find(const struct roles *r, uid_t user, const char *destination, const char *purpose);
bool role_has_entity(const struct role *r, enum entity e);
/* Whether the user may approve what another asks for in this role. */
bool role_approves(const struct role *r, uid_t approver, uid_t asker);
