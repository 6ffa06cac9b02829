/* vault_copy: backup and restore, also from one backend to another. A backup is one moment of the vault, with everything sealed as it was:
 * it opens with the re-identification key alone, and it is of use only beside the index.key it was made with.
 * An export holds of it what re-identification reads, and no index from values to tokens: for the host that has the secret key, apart from the mount's.
 *   "DFVLTBK1", or of an export "DFVLTEX1" · records: table + 1 u8, key length u16, value length u32, key, value (big endian) · 0 u8 · records u64 · BLAKE2b-256 of all before
 * Threads: one call, one thread; the mount may go on minting meanwhile. */
#pragma once

#include "redact/vault.h"

/* Writes to fd; out_records may be NULL. */
_must_use_ int vault_copy_out(const struct vault_place *place, int fd, uint64_t *out_records, struct problem *p);
/* Reads from fd, which is a file: it is read twice, first to check it. -EEXIST: the vault holds tokens already. -EBADMSG: no whole backup. */
_must_use_ int vault_copy_in(const struct vault_place *place, int fd, uint64_t *out_records, struct problem *p);
/* The same for an export: what vault_copy_in() would take for a backup, and the other way round, is -EBADMSG. */
_must_use_ int vault_copy_export(const struct vault_place *place, int fd, uint64_t *out_records, struct problem *p);
_must_use_ int vault_copy_import(const struct vault_place *place, int fd, uint64_t *out_records, struct problem *p);
/* What names an export or a backup: the digest at its end, unchecked. */
enum { VAULT_COPY_DIGEST_LEN = 32 };
_must_use_ int vault_copy_digest(int fd, uint8_t out[VAULT_COPY_DIGEST_LEN]);
