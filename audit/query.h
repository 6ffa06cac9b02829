/* Which records are asked for. All given conditions must hold; a record that lacks the member does not match.
 * Threads: a value; matching is pure. */
#pragma once

#include "audit/entry.h"

enum { QUERY_TOKENS_MAX = 256, QUERY_TYPES_MAX = EVENT_COUNT };

struct query {
    uint32_t types;                      /* bit set of event types; 0: all */
    const char *user;                    /* passwd name */
    const char *uid;                     /* decimal */
    const char *exe;
    const char *file;                    /* token */
    const char *container;               /* token */
    const char *policy;                  /* digest in hex, or its beginning */
    const char *result;                  /* allow deny refuse ok */
    char (*subjects)[EVENT_TOKEN_LEN_MAX]; /* of a patient, encounter or file: one a month; any of them */
    size_t subject_count;                /* 0: not asked for */
    uint64_t from_us, to_us;             /* half open; to_us 0: no end */
};

bool query_matches(const struct query *q, const struct entry *e);
