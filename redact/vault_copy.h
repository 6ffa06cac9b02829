/* vault_copy: backup and restore, also from one backend to another. A backup is one moment of the vault, with everything sealed as it was:
 * it opens with the re-identification key alone, and it is of use only beside the index.key it was made with.
 *   "DFVLTBK1" · records: table + 1 u8, key length u16, value length u32, key, value (big endian) · 0 u8 · records u64 · BLAKE2b-256 of all before
 * Threads: one call, one thread; the mount may go on minting meanwhile. */
#pragma once

#include "redact/vault.h"

/* Writes to fd; out_records may be NULL. */
_must_use_ int vault_copy_out(const struct vault_place *place, int fd, uint64_t *out_records, struct problem *p);
/* Reads from fd, which is a file: it is read twice, first to check it. -EEXIST: the vault holds tokens already. -EBADMSG: no whole backup. */
_must_use_ int vault_copy_in(const struct vault_place *place, int fd, uint64_t *out_records, struct problem *p);
