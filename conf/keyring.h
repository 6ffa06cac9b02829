/* The keys of one instance, as files below STATE/keys (0700, files 0600, root or the service user), each 32 raw bytes in hex with a newline:
 *   journal.key   Ed25519 seed S, the log's stable identity
 *   epoch.a/.b    Ed25519 seed slots of the current and the next epoch: preallocated, overwritten in place (journal.md)
 *   index.key     blind index of the vault
 *   subject.key   monthly subject-token key K_m, with its month number
 *   local.key     inode numbers, name suffixes, size index: nothing that could reveal a value
 * and STATE/reidentify/reidentify.key (X25519 secret; move it to where re-identification happens) with STATE/public/reidentify.pub.
 * The mount never reads reidentify.key. Threads: a value. */
#pragma once

#include "conf/base/problem.h"
#include "conf/base/secret.h"

/* Makes every key that is not there yet; never overwrites one. */
_must_use_ int keyring_create(const char *state_dir, struct problem *p);
/* The public half for sealing values; also the one the mount reads. */
_must_use_ int keyring_load_reidentify_public(const char *state_dir, uint8_t out[KEY_LEN], struct problem *p);
/* For deidfs-reidentify alone: path names the key file (default STATE/reidentify/reidentify.key). */
_must_use_ int keyring_load_reidentify_secret(const char *path, struct key *out, struct problem *p);
