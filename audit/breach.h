/* The scope of a suspected breach, counted from a journal: how many individuals, whose accesses, which classes of identifier, since when; and the
 * dates by which it must be told. Fed with verified entries in order. What it counts:
 *   accesses     open records that the query matches; a close counts with its open, whenever it happens
 *   individuals  distinct patient tokens. A token changes monthly (conf/subject.h), so one patient in two months is counted twice: `most`. Within one
 *                month nobody is, if a patient has one id: the fullest month is `least`. Opens without a patient token are `unknown`, of anybody.
 *   entities     what the redaction found in the views and treated as the policy says. What it did not find no journal can tell.
 * An access of nobody's is never dropped silently: past BREACH_TOKENS_MAX or BREACH_OPENS_MAX nothing is said at all.
 * Threads: one. Ownership: breach_free().
 * Source: 45 CFR 164.402 (four factors), 164.404 (individuals, 60 days), 164.406 (media), 164.408 (Secretary), 164.410 (business associates). */
#pragma once

#include "audit/query.h"
#include "audit/report.h"

enum { BREACH_TOKENS_MAX = 4 << 20, BREACH_OPENS_MAX = 16 << 20, BREACH_MANY = 500, BREACH_DAYS = 60 };

/* Is it 500 individuals or more? Possibly: `most` says so and `least` does not, or some are unknown. */
enum breach_size { BREACH_FEW, BREACH_POSSIBLY_MANY, BREACH_IS_MANY };

struct breach_figures {
    uint64_t opens, unread, unclosed;     /* unread: closed with no byte served; unclosed: no close record in the log */
    uint64_t reads, bytes;                /* served, by the close records */
    uint64_t most, least, unknown;        /* individuals; unknown: opens without a patient token */
    uint64_t months;                      /* that have a patient token */
    uint64_t found[ENTITY_COUNT];
    uint64_t reidentifications, restored; /* reid records, and values that they restored */
    uint64_t first_us, last_us;           /* of the records in scope */
    uint64_t records, first, last;        /* opens and reids; indices of the first and last */
    uint8_t indices[32];                  /* SHA-256 of their indices in decimal, a line each */
    enum breach_size size;
    struct report_tallies users, programs, policies;
};

struct breach;

/* q: borrowed; its types are not looked at. one_patient: all its subject tokens are of one patient. */
_must_use_ int breach_new(const struct query *q, bool one_patient, struct breach **out_breach);
void breach_free(struct breach *b);
static inline void breach_freep(struct breach **b) {
    breach_free(*b);
    *b = NULL;
}
/* -ENOSPC past the bounds, -ENOMEM: nothing may be said about the scope then. */
_must_use_ int breach_add(struct breach *b, uint64_t index, const struct entry *e);
/* Once, after the last entry. */
_must_use_ int breach_end(struct breach *b, struct breach_figures *out);

/* Midnight UTC of the last day on which individuals may be told (164.404(b)), and the Secretary: at 500 or more the same day (164.408(b)), else 60 days
 * after the year of the discovery (164.408(c)). Possibly many is taken as many. */
uint64_t breach_due(uint64_t discovered_us);
uint64_t breach_due_secretary(uint64_t discovered_us, enum breach_size size);

/* The worksheet: facts filled in, judgement left to a human being. */
struct breach_page {
    const struct breach_figures *figures;
    const struct verify_report *verified;
    const struct query *query;
    const char *destination;   /* NULL: any */
    const char *subject;       /* what of the patient, encounter or file is known: "one patient (id on standard input)"; NULL: any */
    uint64_t discovered_us;
    struct bytes proof;        /* C2SP tlog-proof of the last record in scope, with the signed checkpoint; empty: nothing in scope */
    bool recorded;
};
_must_use_ int breach_write_text(const struct breach_page *p, struct buf *out);
_must_use_ int breach_write_json(const struct breach_page *p, struct buf *out);
/* "yes", "possibly", "no". A static string. */
const char *breach_size_name(enum breach_size size);
