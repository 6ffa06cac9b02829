/* vault_check: is the vault whole? Every index leads to a token, every form of every token is sealed under a key that is there; with the
 * secret, every value opens. Reads one moment of it; the mount may go on.
 * Threads: one call, one thread. */
#pragma once

#include "redact/vault.h"

struct vault_check_report {
    uint64_t tokens, values, forms, sealed, keys, views, subjects;
    uint64_t opened;    /* sealed surfaces that the secret opened */
    uint64_t foreign;   /* sealed to another key than the secret: one from before a rotation opens them. No damage */
    uint64_t destroyed; /* forms whose keys were shredded: no damage */
    uint64_t damaged;   /* records that break the above */
};
/* secret NULL: structure alone. 0 also for a damaged vault: the report tells. */
_must_use_ int vault_check(const struct vault_place *place, const struct key *secret, struct vault_check_report *out, struct problem *p);
