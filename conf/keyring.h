/* The keys of one instance, as files below STATE/keys (0700; files 0600):
 *   journal.key       Ed25519 seed S, the log's stable identity              hex, newline
 *   index.key         blind index of the vault                               hex, newline
 *   local.key         inode numbers, name suffixes, size index               hex, newline
 *   subject.key       "<first month> <current month> <K_m in hex>\n"         overwritten in place each month
 *   epoch.a epoch.b   slots of the current and the next epoch's Ed25519 seed, 4096 bytes each, overwritten in place:
 *       0  4  magic "DFE1"    4  4  1 live, 0 wiped    8  8  epoch    16  32  seed    48  16  BLAKE2b-128 of bytes 0..47    64  …  zero
 * and, apart from them, what the mount never reads and what should be moved to where it is used:
 *   STATE/reidentify/reidentify.key   X25519 secret that opens the vault's values     its public half: STATE/public/reidentify.pub
 *   STATE/officer/subject-0.key       K_0 of the subject tokens, for queries over past months
 * Erasing in place is honest only on disks that write in place; SSDs, copy-on-write and backups may keep old bytes (journal.md).
 * Threads: a value, or one owner. */
#pragma once

#include <stdbool.h>

#include "conf/base/problem.h"
#include "conf/base/secret.h"

/* Makes every key that is not there yet; never overwrites one. state_dir exists. */
_must_use_ int keyring_create(const char *state_dir, struct problem *p);
/* What hosts with one vault have in common: copies another host's index.key, or the public half of the key that opens the values, before
 * keyring_create() would make its own. -EKEYREJECTED: no such key in the file; -EEXIST: this host has another one already. */
enum keyring_shared { KEYRING_INDEX, KEYRING_REIDENTIFY_PUBLIC };
_must_use_ int keyring_import(const char *state_dir, enum keyring_shared which, const char *path, struct problem *p);
/* The public half for sealing values: the one the mount reads. */
_must_use_ int keyring_load_reidentify_public(const char *state_dir, uint8_t out[KEY_LEN], struct problem *p);
/* For deidfs-reidentify alone: path names the key file (usually STATE/reidentify/reidentify.key). */
_must_use_ int keyring_load_reidentify_secret(const char *path, struct key *out, struct problem *p);

/* A new re-identification pair: the public half takes the place of public/reidentify.pub, from where a running mount takes it on reload; the new
 * secret that of reidentify/reidentify.key. A secret that stood there is kept as reidentify-<8 hex of its public half>.key. Durable; a crash in
 * between leaves every value readable with one of these files. out_public may be NULL. */
_must_use_ int keyring_rotate_reidentify(const char *state_dir, uint8_t out_public[KEY_LEN], struct problem *p);
/* The secrets that were rotated out and lie beside path, at most max. For deidfs-reidentify and deidfs-setup. */
_must_use_ int keyring_load_reidentify_older(const char *path, struct key *out, size_t max, size_t *out_count, struct problem *p);

/* For the keeper alone. */
enum { KEYRING_SLOT_COUNT = 2, KEYRING_SLOT_LEN = 4096 };
struct keyring_slot {
    int fd;        /* open for reading and writing: the keeper opens no path later */
    bool live;
    uint64_t epoch;
    struct key seed;
};
struct keyring {
    struct key journal, index, local;
    struct key subject; /* K of subject_month */
    uint32_t subject_first_month, subject_month;
    int subject_fd;
    struct keyring_slot slots[KEYRING_SLOT_COUNT];
};
/* -EKEYREJECTED with a problem when a key is missing, damaged or readable by others. */
_must_use_ int keyring_load(const char *state_dir, struct keyring *out, struct problem *p);
void keyring_release(struct keyring *k);
/* Durable and in place; live = false wipes. */
_must_use_ int keyring_slot_write(struct keyring_slot *slot, bool live, uint64_t epoch, const struct key *seed);
/* Steps the subject key to the month (never back), durable. */
_must_use_ int keyring_subject_step(struct keyring *k, uint32_t month);
