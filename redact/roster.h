/* struct roster: patients that the site knows, with their names, numbers, dates of birth, addresses and telephones, so that documents are searched
 * for them by value. From a CSV export, FHIR Patient resources (one, a Bundle, NDJSON) or HL7 v2 messages (PID, NK1, IN1); content decides which.
 * Two uses: a person who is known to be the document's (patient.h) is searched in every form; all persons of a roster are searched in every document
 * through one index over the hashes of the words that the scan made anyway (recognizer_roster.c).
 *
 * Reading is strict and bounded: at most ROSTER_LEN_MAX bytes, ROSTER_PERSONS_MAX persons, ROSTER_VALUE_LEN_MAX bytes a value. What is no export at all
 * is refused whole; a row or value that cannot be used is left out, counted and reported by line and reason. Reports hold no value of any row.
 *
 * Memory: some 600 bytes a person in all (values 150, index the rest); wiped when freed. Rosters are PHI: they stay in this process.
 * Threads: immutable after roster_seal(); share freely. Ownership: roster_free(). */
#pragma once

#include "conf/base/buf.h"
#include "conf/base/problem.h"
#include "conf/entity.h"

enum {
    ROSTER_PERSONS_MAX = 1000000,
    ROSTER_VALUE_LEN_MAX = 255,
    ROSTER_NUMBER_LEN_MAX = 24,  /* letters and digits of a normal form */
    ROSTER_NUMBER_LEN_MIN = 6,   /* shorter ones are searched only in their patient's documents */
    ROSTER_REASONS_MAX = 64,     /* kept for the report; all are counted */
};
#define ROSTER_LEN_MAX ((size_t) 1 << 30)

/* What a value is. */
enum roster_field {
    ROSTER_GIVEN,    /* first, middle and preferred names */
    ROSTER_FAMILY,   /* surname, former surnames */
    ROSTER_NAME,     /* whole, as written: "Last, First M." or "First M. Last" */
    ROSTER_RELATIVE, /* name of a relative, contact or guarantor */
    ROSTER_BIRTH_DATE, /* as YYYYMMDD */
    ROSTER_MRN, ROSTER_SSN, ROSTER_ACCOUNT, ROSTER_HEALTH_PLAN, ROSTER_LICENSE, ROSTER_OTHER_ID,
    ROSTER_PHONE, ROSTER_FAX, ROSTER_EMAIL,
    ROSTER_STREET, ROSTER_CITY, ROSTER_COUNTY, ROSTER_ZIP, ROSTER_EMPLOYER,
    ROSTER_FOLDER,   /* below the source: documents in it are this patient's */
    ROSTER_FIELD_COUNT,
};

struct roster_fact {
    uint32_t offset; /* in the values */
    uint8_t len;
    uint8_t field;   /* enum roster_field */
};

/* What became of the files. */
struct roster_reason {
    char path[64]; /* the file's last component */
    size_t line;
    const char *why; /* static */
};
struct roster_report {
    size_t person_count, value_count;
    size_t rows_refused, values_refused;
    size_t columns_ignored; /* CSV columns whose header nobody here knows */
    struct roster_reason reasons[ROSTER_REASONS_MAX];
    size_t reason_count;
};

struct roster;

_must_use_ int roster_new(struct roster **out_roster);
void roster_free(struct roster *r);
static inline void roster_freep(struct roster **r) {
    roster_free(*r);
    *r = NULL;
}
/* Adds a file's persons. path for problems, report may be NULL. -EBADMSG: no export that anybody here reads, or broken; -E2BIG: past a limit;
 * the roster can then only be freed. */
_must_use_ int roster_add(struct roster *r, struct bytes text, const char *path, struct roster_report *report, struct problem *p);
/* Builds the index; nothing can be added afterwards. */
_must_use_ int roster_seal(struct roster *r, struct problem *p);

size_t roster_person_count(const struct roster *r);
/* Bytes of memory it holds. */
size_t roster_len(const struct roster *r);
/* The person's facts: *out_count of them. */
const struct roster_fact *roster_facts(const struct roster *r, uint32_t person, size_t *out_count);
struct bytes roster_value(const struct roster *r, const struct roster_fact *f);
/* The entity of a field's values; ROSTER_FOLDER has none and may not be asked for. */
enum entity roster_entity(enum roster_field field);
/* The persons whose folder holds the path, at most max. */
size_t roster_of_folder(const struct roster *r, struct bytes path, uint32_t *out_persons, size_t max);

/* ---- the index: 64-bit hashes of parts, pairs of parts, numbers, folders ---- */

enum roster_kind { ROSTER_KIND_PART, ROSTER_KIND_PAIR, ROSTER_KIND_NUMBER, ROSTER_KIND_FOLDER };

struct roster_entry {
    uint64_t hash;   /* with its kind mixed in; 0: free */
    uint32_t person; /* the first who has it */
    uint8_t entity;  /* enum entity */
    bool shared;     /* others have it, too */
    bool is_part;    /* of ROSTER_KIND_PART */
    uint8_t unused;
};

static inline uint64_t roster_key(enum roster_kind kind, uint64_t hash) {
    return (hash ^ (uint64_t) kind << 60) * 0x9E3779B97F4A7C15u | 1;
}
/* The same in either order: "John Smith", "SMITH, JOHN". */
static inline uint64_t roster_pair(uint64_t a, uint64_t b) {
    return (a + b) ^ (a * b);
}
/* NULL where nobody has it. */
const struct roster_entry *roster_find(const struct roster *r, enum roster_kind kind, uint64_t hash);

/* ---- for the readers of formats ---- */

/* Where a reader is, for reports. */
struct roster_reader {
    struct roster *roster;
    struct roster_report *report; /* may be NULL */
    const char *path;
    struct problem *problem;
    size_t line;
    bool open; /* a person has been begun */
    size_t facts_before;
};
/* A new person; the one before ends. -E2BIG past the limit. */
_must_use_ int roster_begin_person(struct roster_reader *r);
/* Checks and keeps a value of the person; an unusable one is counted and reported, and 0 returned. Values are trimmed; empty ones are nothing. */
_must_use_ int roster_put(struct roster_reader *r, enum roster_field field, struct bytes value);
/* The person ends; without a single usable value the row is refused, counted and reported. */
_must_use_ int roster_end_person(struct roster_reader *r);
/* "PATH:LINE: why" in the problem; returns -EBADMSG. */
_must_use_ int roster_refuse(const struct roster_reader *r, const char *why);
_must_use_ int roster_read_csv(struct roster_reader *r, struct bytes text);
_must_use_ int roster_read_fhir(struct roster_reader *r, struct bytes text);
_must_use_ int roster_read_hl7(struct roster_reader *r, struct bytes text);

/* Upper-case letters and digits alone, without leading zeros, and without a telephone's leading 1: at most ROSTER_NUMBER_LEN_MAX bytes; returns
 * the length, 0 where it is too long or has no digit. */
size_t roster_normal_number(struct bytes text, uint8_t out[ROSTER_NUMBER_LEN_MAX]);
