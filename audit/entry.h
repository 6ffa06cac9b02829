/* An entry: one line of canonical JSON (RFC 8785) without its newline, the unit the journal keeps and hashes.
 * ASCII 0x20..0x7e without '"' and '\' in strings, so that no escape exists; keys sorted bytewise; integers 0..2^53-1; no white space.
 *   entry_encode()  event -> bytes, by the writer
 *   entry_read()    bytes -> fields, by whoever verifies: strict, bounded, in one pass; what entry_encode() cannot make is refused
 * Threads: pure. Source: journal.md, "Entry". */
#pragma once

#include "audit/event.h"

enum { ENTRY_LEN_MAX = 4096, ENTRY_BOOT_LEN = 12 };
#define ENTRY_INTEGER_MAX ((UINT64_C(1) << 53) - 1)
/* A step of REALTIME against BOOTTIME above this must be explained by a clock record. */
#define ENTRY_CLOCK_STEP_US UINT64_C(1000000)

/* Entities in the bytewise order of their lower-case names, in which counts are written; the enumeration is in another. */
extern const uint8_t entry_entity_order[ENTITY_COUNT];

/* When and in which boot. */
struct entry_stamp {
    uint64_t time_us;               /* CLOCK_REALTIME */
    uint64_t mono_us;               /* CLOCK_BOOTTIME */
    char boot[ENTRY_BOOT_LEN + 1];  /* first 12 hex digits of the kernel's boot id */
};

/* Both clocks now. boot is read from the kernel once by entry_stamp_boot(). */
void entry_stamp_boot(struct entry_stamp *out);
void entry_stamp_now(struct entry_stamp *s);

/* Writes at most ENTRY_LEN_MAX bytes; out_len says how many. Members that the type does not have are left out. -EINVAL: a member is missing that
 * the type demands, a string that no entry may hold, a number past 2^53-1; -E2BIG: longer than an entry may be. What it writes, entry_read()
 * reads. */
_must_use_ int entry_encode(const struct event *ev, const struct entry_stamp *s, uint8_t out[ENTRY_LEN_MAX], size_t *out_len);

/* Top-level members and those below them that somebody asks for. */
enum entry_field {
    ENTRY_ANCHOR, ENTRY_BOOT, ENTRY_CLAIM, ENTRY_CLOCK, ENTRY_COVERAGE, ENTRY_DIGESTS, ENTRY_EXPORT, ENTRY_HANDLE, ENTRY_INFER, ENTRY_KEY,
    ENTRY_LOG, ENTRY_MONO, ENTRY_COUNTERS, ENTRY_OBJECT, ENTRY_OP, ENTRY_OPEN, ENTRY_OUT, ENTRY_POLICY, ENTRY_PURPOSE, ENTRY_QUERY,
    ENTRY_RECOVER, ENTRY_REID, ENTRY_RESULT, ENTRY_RETAIN, ENTRY_STOP, ENTRY_TICKET, ENTRY_TIME, ENTRY_TYPE, ENTRY_VERSION, ENTRY_WHO,
    ENTRY_WHY, ENTRY_TOP_COUNT,
    /* obj */
    ENTRY_FORMAT = ENTRY_TOP_COUNT, ENTRY_ENCOUNTER, ENTRY_FILE, ENTRY_SUBJECT,
    /* out */
    ENTRY_BYTES, ENTRY_READS, ENTRY_RED, ENTRY_VIEW,
    /* who */
    ENTRY_AUID, ENTRY_CGROUP, ENTRY_EXE, ENTRY_GID, ENTRY_PID, ENTRY_PIDNS, ENTRY_PUID, ENTRY_SESSION, ENTRY_START, ENTRY_UID, ENTRY_USER,
    /* log, key */
    ENTRY_EPOCH_VKEY, ENTRY_EPOCH, ENTRY_EPOCH_S, ENTRY_FORM, ENTRY_ORIGIN, ENTRY_PREDECESSOR, ENTRY_PREVIOUS, ENTRY_STABLE_VKEY,
    /* any of the others */
    ENTRY_NUMBER_A, ENTRY_NUMBER_B, ENTRY_NUMBER_C, ENTRY_NUMBER_D, ENTRY_KIND, ENTRY_DIGEST_A, ENTRY_DIGEST_B, ENTRY_DIGEST_C,
    ENTRY_DIGEST_D, ENTRY_WORD_A, ENTRY_WORD_B, ENTRY_WORD_C, ENTRY_WORD_D, ENTRY_WORD_E, ENTRY_INPUTS,
    /* who, inf */
    ENTRY_BOUND, ENTRY_ENCOUNTERS, ENTRY_INFER_USER, ENTRY_FIELD_COUNT
};

/* Borrowed from the entry's bytes. Strings are without their quotes; objects with their braces. Test with entry_has() first. */
struct entry {
    enum event_type type;
    uint64_t time_us;
    uint64_t mono_us;
    struct bytes text;
    uint64_t present[2];                      /* bit set by field */
    struct bytes field[ENTRY_FIELD_COUNT];    /* meaningless unless present */
};

static inline bool entry_has(const struct entry *e, enum entry_field f) {
    return (e->present[f / 64] >> (f % 64) & 1) != 0;
}
/* The field's text, or empty. */
struct bytes entry_text(const struct entry *e, enum entry_field f);
/* The field's number, or 0. */
uint64_t entry_number(const struct entry *e, enum entry_field f);

/* Whether a type of event has a top-level member. */
bool entry_allows(enum event_type t, enum entry_field top);
/* -EBADMSG: not canonical, not of the schema, too long. */
_must_use_ int entry_read(struct bytes text, struct entry *out);

/* True where the step from one entry to the next needs a clock record: BOOTTIME going back, or REALTIME moving against it by more than
 * ENTRY_CLOCK_STEP_US; over a reboot, REALTIME going back. */
bool entry_clock_jumps(const struct entry_stamp *before, const struct entry_stamp *after);
