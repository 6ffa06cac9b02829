/* struct shelf: a file of small records, each authenticated on its own, appended as they come: what the mount has learnt and may lose, but must
 * not be lied to about. No names, no text.
 *     0  64  payload, zero-padded      64  16  BLAKE2b-128 of payload under the shelf's key
 * A record that does not authenticate is skipped, a torn tail cut off: it is only computed again.
 * Threads: safe (lock.h, 2). Ownership: shelf_close(). */
#pragma once

#include "conf/base/secret.h"

enum { SHELF_PAYLOAD_LEN = 64, SHELF_MAC_LEN = 16, SHELF_RECORD_LEN = SHELF_PAYLOAD_LEN + SHELF_MAC_LEN };

struct shelf;

typedef void (*shelf_visit)(void *context, const uint8_t payload[SHELF_PAYLOAD_LEN]);

/* Opens or makes the file. */
_must_use_ int shelf_open(int dir_fd, const char *name, const struct key *key, struct shelf **out_shelf);
/* Visits every good record, oldest first; counts the bad ones. */
_must_use_ int shelf_read(struct shelf *s, shelf_visit visit, void *context, size_t *out_skipped);
/* Records now in the file. */
size_t shelf_count(const struct shelf *s);
/* Buffered; a failing disk only makes the shelf forget. */
void shelf_append(struct shelf *s, const uint8_t payload[SHELF_PAYLOAD_LEN]);
/* Writes what is buffered. No fsync: what a crash loses is computed again. */
void shelf_flush(struct shelf *s);
/* Forgets everything: the caller appends afresh what still holds. */
_must_use_ int shelf_clear(struct shelf *s);
void shelf_close(struct shelf *s);
