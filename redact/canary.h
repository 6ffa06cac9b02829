/* canary: fictitious patients, drawn from a seed of the instance and rendered as a document of the source would be; kept in memory alone. What is
 * known to be in them is looked for in their views: so the mount can say at any time that redaction works, under the policy in force, with
 * its vault and keeper. The same seed gives the same patients and tokens for the life of the instance.
 * Threads: one scratch, one thread; the vault may be shared. */
#pragma once

#include "redact/redact.h"

enum { CANARY_PATIENTS = 5, CANARY_SEED_LEN = 32 };

struct canary_report {
    uint32_t documents;
    uint32_t identifiers; /* that the policy does not keep, each looked for in its view */
    uint32_t leaked;      /* of these found: redaction does not work */
    uint32_t lost;        /* documents whose clinical words are gone, though no section is dropped */
    uint32_t refused;     /* documents that were refused: nothing leaks, nothing is served either */
    enum entity entity;   /* of the first that leaked */
    enum refusal refusal; /* of the first that was refused */
    uint8_t digest[32];   /* BLAKE2b of all views: of one policy and vault the same each time */
};
/* 0 also where something leaked: the report tells. -ENOMEM. v may be NULL where the profile needs none. */
_must_use_ int canary_run(const struct engine *e, struct scratch *s, struct vault *v, const uint8_t seed[CANARY_SEED_LEN], struct canary_report *out);
/* Does it say that redaction works? why: in words, for the admin; no value of anybody. */
_must_use_ bool canary_passed(const struct canary_report *r, struct problem *why);
