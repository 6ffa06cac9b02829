/* Secrets: keys of 32 bytes in ordinary frames (wiped at the end of the scope), and longer-lived ones in guarded memory (sodium_malloc:
 * locked, guard pages, wiped on free; kept out of core files).
 * Threads: a value, or one owner. */
#pragma once

#include <sodium.h>
#include <stdint.h>

#include "conf/base/attr.h"

enum { KEY_LEN = 32 };

struct key {
    uint8_t raw[KEY_LEN];
};

/* For _cleanup_(key_wipe) struct key k = { 0 }; */
static inline void key_wipe(struct key *k) {
    sodium_memzero(k->raw, sizeof(k->raw));
}

/* Guarded memory; NULL when the kernel gives none (RLIMIT_MEMLOCK). Freed by secret_free, which wipes. */
_must_use_ void *secret_new(size_t len);
void secret_free(void *secret);

/* For _cleanup_(secret_freep) on any pointer from secret_new. */
static inline void secret_freep(void *p) {
    void **owner = p;
    secret_free(*owner);
    *owner = NULL;
}

/* BLAKE2b-256 of a label under a key: one purpose, one key, so that no two uses share one. */
void secret_derive(const struct key *master, const char *label, struct key *out);
