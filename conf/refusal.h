/* Why a view was refused or a file hidden: the only words about it that leave the process (journal, user.deidfs.status, log, stderr).
 * No PHI: an enumeration. Threads: constant table. */
#pragma once

enum refusal {
    REFUSAL_NONE = 0,
    REFUSAL_FORMAT = 1,      /* content nobody here reads: hidden */
    REFUSAL_TOO_LARGE = 2,   /* past max_document */
    REFUSAL_TIMEOUT = 3,     /* redact_timeout, or the budget of CPU time */
    REFUSAL_LIMIT = 4,       /* the engine's match, depth, heap, stack or candidate limit */
    REFUSAL_MEMORY = 5,
    REFUSAL_COVERAGE = 6,    /* a finding's byte was not covered by an edit */
    REFUSAL_VAULT = 7,       /* no token without its value */
    REFUSAL_KEEPER = 8,
    REFUSAL_SOURCE = 9,      /* reading the source failed */
    REFUSAL_CHANGED = 10,    /* the source changed under three readings */
    REFUSAL_JOURNAL = 11,    /* no view without its record */
    REFUSAL_POLICY = 12,     /* this actor may not */
    REFUSAL_ROSTER = 13,     /* require_roster, and none covers the document */
    REFUSAL_MALFORMED = 14,  /* the format is ours, the bytes break it */
};
enum { REFUSAL_COUNT = 15 };

/* "too-large". A static string of lower-case letters and '-'. */
const char *refusal_name(enum refusal r);
/* One sentence for the admin: what happened and what to do. A static string. */
const char *refusal_help(enum refusal r);
