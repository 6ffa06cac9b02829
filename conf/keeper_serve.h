/* The keeper's own side of its channel: requests and how it serves them. Included by keeper.c and tests only.
 * A request is a msg frame of one of these types; the answer has the same type and begins with a u32: 0 or a positive errno.
 *   INDEX          bytes scope, u32 count, count × { u32 entity, bytes value }      -> count × 32 bytes
 *   SUBJECT        u32 kind, bytes id                                              -> bytes token
 *   LOCAL_KEY      bytes purpose                                                   -> 32 bytes
 *   STABLE_PUBLIC                                                                  -> 32 bytes
 *   EPOCH_PUBLIC                                                                   -> u64 epoch, 32 bytes
 *   EPOCH_PREPARE                                                                  -> 32 bytes
 *   EPOCH_ADVANCE                                                                  ->
 *   SIGN           u32 with_next, bytes text                                       -> 64 + 64 + 64 bytes
 * A malformed request ends the keeper: it serves our own programs only.
 * Threads: one, in a process of its own. */
#pragma once

#include "conf/base/buf.h"
#include "conf/keyring.h"

enum keeper_request {
    KEEPER_INDEX = 1,
    KEEPER_SUBJECT,
    KEEPER_LOCAL_KEY,
    KEEPER_STABLE_PUBLIC,
    KEEPER_EPOCH_PUBLIC,
    KEEPER_EPOCH_PREPARE,
    KEEPER_EPOCH_ADVANCE,
    KEEPER_SIGN,
};

struct keeper_state {
    struct keyring keys;
    uint64_t signed_size; /* of the newest checkpoint signed in this life */
    char origin[256];     /* of the first; "" none yet */
};

/* Answers until the channel ends; 0 at its orderly end. */
int keeper_serve(int fd, struct keeper_state *state);
/* One request, for fuzzing: fills answer (with its leading status). -EBADMSG: malformed. */
_must_use_ int keeper_answer(struct keeper_state *state, uint32_t type, struct bytes request, struct buf *answer);
