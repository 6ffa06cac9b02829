/* struct event: one thing that happened, before it becomes an entry's bytes (entry.h). Only numbers, digests, tokens and enumerations:
 * nothing a user or a document chose (journal.md). Strings are static or borrowed until journal_append() returns.
 * How an actor becomes the entry's "who": uid, gid, pid, start, pidns, ses as they are; auid null when unset; "puid" only where the
 * process's uid is not the request's; exe the listed path or else its token; cg the token; user the passwd name; bound whom a session named.
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
    EVENT_SESSION,
};
enum { EVENT_COUNT = 22, EVENT_TOKEN_LEN_MAX = 40 };

/* What was touched, as subject tokens; "" absent. */
struct event_object {
    char file[EVENT_TOKEN_LEN_MAX];
    char subject[EVENT_TOKEN_LEN_MAX];
    char encounter[EVENT_TOKEN_LEN_MAX];
    const char *format; /* "text", "csv"; NULL absent */
};

/* genesis: what an auditor pins, and the log this one follows (its last root), if any. key: the next epoch and its vkey. */
struct event_log {
    const char *origin;       /* genesis */
    const char *stable_vkey;  /* genesis */
    const char *epoch_vkey;   /* genesis: of the first epoch; key: of the next */
    uint64_t epoch;           /* genesis: the first epoch; key: the next */
    uint32_t epoch_s;         /* genesis: seconds an epoch lasts */
    const uint8_t *predecessor; /* 32 bytes or NULL */
};

/* policy: digests of what decided; NULL absent. */
struct event_digests {
    const uint8_t *conf, *rules, *model, *coverage;
};

/* infer: one model call. Names are of configured services and models; digests are SHA-256; zero-length lists are absent. */
struct event_infer {
    const char *service, *model, *version, *destination;
    const char *override;              /* none accepted edited rejected redaction-override break-glass */
    const uint8_t *template_digest;    /* 32 bytes or NULL */
    const uint8_t *output_digest;      /* 32 bytes or NULL */
    const uint8_t (*inputs)[32];       /* view digests */
    size_t input_count;                /* at most EVENT_INPUTS_MAX */
    const char (*encounters)[EVENT_TOKEN_LEN_MAX]; /* subject tokens */
    size_t encounter_count;            /* at most EVENT_ENCOUNTERS_MAX */
    const char *user;                  /* of the application, as a token; NULL absent */
};
enum { EVENT_INPUTS_MAX = 16, EVENT_ENCOUNTERS_MAX = 16 };

/* query, export, anchor, retain: an operation on a range of the journal itself. */
struct event_range {
    const char *kind;                  /* a static word: "patient", "fhir", "tsr", "prune" … */
    uint64_t from, to;                 /* indices, half open; anchor: to = size; retain: to = new minimum index */
    uint64_t count;                    /* hits, events */
    const uint8_t *digest;             /* of the export or the anchor's file; NULL absent */
};

struct event {
    enum event_type type;
    const struct actor *who;           /* NULL: the product itself */
    struct event_object object;
    enum refusal refusal;              /* refuse, deny, halt */
    uint8_t policy_digest[32];         /* engine_digest(): mount, policy, open, list, deny, refuse */
    bool has_policy;
    const char *claim;                 /* mount, policy: the claim engine's word; NULL absent */
    /* open, close, reid */
    uint64_t handle;                   /* open, close: the handle's number; session: the session's; 0 absent */
    uint64_t opened_at;                /* close: index of its open */
    uint64_t bytes_served;
    uint64_t reads;
    uint8_t view_digest[32];           /* SHA-256 of the view: open */
    bool has_view;
    const uint32_t *counts;            /* [ENTITY_COUNT]: open */
    /* reid, session, and whatever happens within a bound session */
    const char *purpose;               /* one of the closed list of purposes */
    const char *ticket;                /* a token; NULL absent */
    uint64_t restored, left;
    uint64_t inference;                /* reid: index of the model call's record in the mount's journal; 0 absent */
    uint8_t input_digest[32], output_digest[32]; /* of de-identified input, and keyed digest of the output: never plain SHA-256 of PHI */
    /* numbers by type. beat: opens, closes, denials, refusals since the last; recover: checkpoint size, recovered size, torn bytes, lost
     * entries; clock: REALTIME minus BOOTTIME in microseconds before and after; coverage: gaps of class B, D, W */
    uint64_t number[4];
    bool stop;                         /* beat: the last before a clean stop; session: its end */
    const struct event_log *log;       /* genesis, key */
    const struct event_digests *digests;
    const struct event_infer *infer;   /* infer; reid: the model, template and override that led to it, NULL absent */
    const struct event_range *range;   /* query, export, anchor, retain */
};

/* "open". A static string. */
const char *event_name(enum event_type t);
/* Has the form of a subject token (conf/subject.h): a lower-case letter, a number, '_', 24 letters of base32. */
bool event_is_token(struct bytes text);
_must_use_ bool event_from_name(struct bytes name, enum event_type *out);
/* The closed list of what became of a redaction or an answer; the list's own string, or NULL. */
#define EVENT_OVERRIDE_WORDS "none, accepted, edited, rejected, redaction-override, break-glass"
const char *event_override_find(const char *word);
