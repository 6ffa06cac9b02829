/* struct catalog: what is known of versions of source files: whether their content can be shown, the exact length and digest of their view, or
 * why it is refused. Makes repeated ls -l, du and rsync free of redaction. Holds no names and no text.
 * The key is a keyed hash of (path, version, policy digest): another policy, another key.
 * Threads: safe. Ownership: catalog_free(). Bounded by CATALOG_COUNT_MAX records, least recently used out. */
#pragma once

#include "conf/base/secret.h"
#include "conf/refusal.h"
#include "fs/shelf.h"
#include "fs/source.h"
#include "fs/view.h"

enum { CATALOG_KEY_LEN = 16, CATALOG_COUNT_MAX = 1 << 20 };

struct catalog_key {
    uint8_t raw[CATALOG_KEY_LEN];
};

enum catalog_state {
    CATALOG_PROBED,  /* its head is of a format we show; length unknown */
    CATALOG_EXACT,   /* view_len and digest hold */
    CATALOG_REFUSED, /* refusal holds; no view */
};

struct catalog_record {
    enum catalog_state state;
    enum refusal refusal;
    uint64_t view_len;
    uint8_t digest[VIEW_DIGEST_LEN];
    int32_t shift_days; /* of the patient's dates; 0 none */
};

struct catalog;

_must_use_ int catalog_new(const struct key *key, size_t count_max, struct catalog **out_catalog);
void catalog_free(struct catalog *c);
/* Reads what an earlier mount learnt and writes there from now on; the catalog owns the shelf on success. */
_must_use_ int catalog_attach_take(struct catalog *c, struct shelf *s);
/* Writes what is buffered. */
void catalog_flush(struct catalog *c);

/* path decides too: folder names and the suffix are context for redaction, so two links of one inode may have two views. */
struct catalog_key catalog_key_of(const struct catalog *c, const char *path, const struct source_version *v, const uint8_t policy_digest[32]);
bool catalog_get(struct catalog *c, const struct catalog_key *key, struct catalog_record *out);
/* Best effort: what does not fit in memory is only computed again. */
void catalog_put(struct catalog *c, const struct catalog_key *key, const struct catalog_record *record);
/* A recomputed view differed: nothing is known any more. */
void catalog_drop(struct catalog *c, const struct catalog_key *key);
size_t catalog_count(struct catalog *c);
