/* struct event: one thing that happened, before it becomes an entry's bytes (entry.h). Only numbers, digests, tokens and enumerations:
 * nothing a user or a document chose (journal.md). Strings are static or borrowed until journal_append() returns.
 * Threads: a value. */
#pragma once

#include "conf/actor.h"
#include "conf/base/bytes.h"
#include "conf/entity.h"
#include "conf/refusal.h"

enum event_type {
    EVENT_GENESIS,
    EVENT_MOUNT,
    EVENT_UMOUNT,
    EVENT_POLICY,
    EVENT_OPEN,
    EVENT_CLOSE,
    EVENT_LIST,
    EVENT_DENY,
    EVENT_REFUSE,
    EVENT_REID,
    EVENT_INFER,
    EVENT_KEY,
    EVENT_BEAT,
    EVENT_RECOVER,
    EVENT_CLOCK,
    EVENT_ANCHOR,
    EVENT_RETAIN,
    EVENT_EXPORT,
    EVENT_QUERY,
    EVENT_COVERAGE,
    EVENT_HALT,
};
enum { EVENT_COUNT = 21, EVENT_TOKEN_LEN_MAX = 40 };

/* What was touched, as subject tokens; "" absent. */
struct event_object {
    char file[EVENT_TOKEN_LEN_MAX];
    char subject[EVENT_TOKEN_LEN_MAX];
    char encounter[EVENT_TOKEN_LEN_MAX];
    const char *format; /* "text", "csv"; NULL absent */
};

struct event {
    enum event_type type;
    const struct actor *who;           /* NULL: the product itself */
    struct event_object object;
    enum refusal refusal;              /* refuse, deny */
    uint8_t policy_digest[32];         /* engine_digest(): mount, policy, open, list, deny, refuse */
    bool has_policy;
    /* open, close, reid */
    uint64_t opened_at;                /* close: index of its open */
    uint64_t bytes_served;
    uint64_t reads;
    uint8_t view_digest[32];           /* SHA-256 of the view: open */
    bool has_view;
    const uint32_t *counts;            /* [ENTITY_COUNT]: open */
    /* reid */
    const char *purpose;               /* one of the closed list of purposes */
    uint64_t restored, left;
    uint8_t input_digest[32], output_digest[32]; /* of de-identified input, and keyed digest of the output: never plain SHA-256 of PHI */
    /* free number fields by type: beat, recover, clock, halt, key */
    uint64_t number[4];
};

const char *event_name(enum event_type t);
