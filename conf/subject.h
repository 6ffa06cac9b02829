/* Subject tokens: query by patient, encounter or file without PHI in the journal (journal.md).
 *   T = HMAC-SHA-256(K_m, "deidfs-subject-v1\0" || kind || "\0" || normalised id), first 15 bytes, base32, prefix "<kind><m>_"
 *   K_{m+1} = HKDF-SHA-256(K_m, info "deidfs-subject-next"), RFC 5869 without salt
 * m counts months from the month K_0 was made. The host keeps only K_m, the privacy officer K_0: whoever takes the host cannot link the past.
 * Threads: pure functions. */
#pragma once

#include "conf/base/bytes.h"
#include "conf/base/secret.h"

enum { SUBJECT_TOKEN_LEN_MAX = 39 }; /* without the NUL: kind, up to 10 digits, '_', 24 letters */
#define SUBJECT_KINDS "pefxctu"      /* patient, encounter, file, executable, container, ticket, an application's user */

void subject_key_next(const struct key *k, struct key *out);
/* out has room for SUBJECT_TOKEN_LEN_MAX + 1. id is normalised by the caller. */
void subject_token(const struct key *k, uint32_t month, char kind, struct bytes id, char *out);
/* Months since year 0 of a moment in UTC: the difference of two is what a key is stepped by. */
uint32_t subject_month_of(uint64_t realtime_us);
