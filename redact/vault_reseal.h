/* vault_reseal: after a rotation of the re-identification key, what an earlier key sealed is sealed to the present one; the earlier key then opens
 * nothing in the vault any more (backups keep what they had). Data keys alone are touched: tokens, values and forms stay as they are.
 * Threads: one call, one thread; the mount may go on minting meanwhile. */
#pragma once

#include "redact/vault.h"

struct vault_resealed {
    uint64_t resealed;
    uint64_t left; /* sealed to another key, the present one or a third: left as they are */
};
/* All or nothing of a part of the key space at a time: after a fault the call is made again. */
_must_use_ int vault_reseal(const struct vault_place *place, const struct key *from, const uint8_t to[KEY_LEN], struct vault_resealed *out,
                            struct problem *p);
