/* vault_codes: the codes that are issued, one bit each, so that minting keeps a distance: no code that two wrong letters make of another one
 * is issued while the vault is small enough to avoid it. Only vault*.c includes this.
 * Threads: one owner, the group's leader. */
#pragma once

#include "redact/token.h"

/* Beyond so many tokens the space is too crowded to keep the distance; the check letter and the entity's word still stand. */
enum { VAULT_CODES_COUNT_MAX = 100000 };

struct vault_codes {
    uint64_t *bits; /* NULL: not in use */
    uint64_t count;
};

_must_use_ int vault_codes_init(struct vault_codes *c);
void vault_codes_release(struct vault_codes *c);
void vault_codes_add(struct vault_codes *c, const char code[TOKEN_CODE_LEN]);
/* Issued, or a neighbour of an issued one. */
bool vault_codes_is_near(const struct vault_codes *c, const char code[TOKEN_CODE_LEN]);
