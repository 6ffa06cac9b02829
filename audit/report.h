/* What an auditor reads: accesses over time, users and how many patients each, denials, re-identifications, anomalies, redactions, policy
 * changes; as one self-contained page (no script, nothing fetched, prints well). Fed with verified entries in order.
 * Memory is bounded: REPORT_USERS_MAX users, REPORT_PAIRS_MAX distinct (user, patient) pairs; past that the page says that its figures are lower bounds.
 * Threads: one. Ownership: report_free(). */
#pragma once

#include "audit/verify.h"

enum { REPORT_USERS_MAX = 512, REPORT_PROGRAMS_MAX = 512, REPORT_PAIRS_MAX = 4 << 20, REPORT_NOTES_MAX = 128, REPORT_BUCKETS = 120, REPORT_NAME_LEN = 130, REPORT_TALLIES_MAX = 64, REPORT_TALLY_LEN = 320 };

/* Distinct patients one user opens within an hour, above which it is an anomaly; and how many times the median user's volume is. */
enum { REPORT_PATIENTS_AN_HOUR = 50, REPORT_VOLUME_FACTOR = 10, REPORT_DAY_BEGIN = 6, REPORT_DAY_END = 20 };

struct report_user {
    char name[REPORT_NAME_LEN];
    uint64_t opens, denials, reidentified, off_hours, patients, patients_hour_max;
    uint64_t first_us, last_us, first_index;
    uint64_t hour, patients_hour; /* of the hour under way */
    uint32_t by_hour[24];
};

struct report_note {
    uint64_t index, time_us;
    char text[160];
};

/* How often something was seen. */
struct report_tally {
    char name[REPORT_TALLY_LEN];
    uint64_t count;
};
struct report_tallies {
    struct report_tally items[REPORT_TALLIES_MAX];
    size_t count;
    uint64_t others; /* of kinds that did not fit */
};

struct report;

_must_use_ int report_new(struct report **out_report);
void report_free(struct report *r);
static inline void report_freep(struct report **r) {
    report_free(*r);
    *r = NULL;
}
/* For struct verify_options.on_entry. */
void report_add(void *report, uint64_t index, const struct entry *e);
_must_use_ int report_write(const struct report *r, const struct verify_report *v, struct buf *out);

/* For report_html.c. */
struct report_view {
    const struct report_user *users;
    size_t user_count;
    const struct report_note *notes; /* policy changes, starts, recoveries, clock steps, halts, first-seen users and programs */
    size_t note_count;
    uint64_t notes_left_out;
    const uint64_t *opens, *denials; /* REPORT_BUCKETS each */
    uint64_t bucket_begin_us, bucket_us;
    const uint64_t *redactions;      /* by entity */
    const uint64_t *refusals;        /* by enum refusal: denials and refusals */
    uint64_t reidentified, restored, inferences;
    const struct report_tallies *calls;    /* inferences by service, model, destination and override */
    const struct report_tallies *sessions; /* bindings by user, account and purpose */
    const struct report_tallies *readings; /* of the journal itself, by user and kind */
    bool lower_bounds;
};
void report_view(const struct report *r, struct report_view *out);

/* For breach.c. One more of this name; what is longer than REPORT_TALLY_LEN - 1 is not counted. */
void report_tally(struct report_tallies *t, const struct buf *name);
/* "alice (as svc-indexer)" of a bound session, else the account; "" nobody. Borrowed from out. */
struct bytes report_actor(const struct entry *e, char out[REPORT_NAME_LEN]);
/* Adds an open's counts, {"date":19,"mrn":3}, already checked by entry_read(). */
void report_counts(struct bytes red, uint64_t by_entity[ENTITY_COUNT]);
