/* vault_store: what a vault needs of a database: tables of byte strings, read transactions that see one moment, one writer at a time, durable
 * commits. Two backends, one test suite: LMDB (vault_lmdb.c) and PostgreSQL (vault_postgres.c). Only vault*.c includes this.
 *
 * Keys and values are borrowed from the transaction until it ends. Errors are negative errnos: -ENOSPC, -EIO, -ENOMEM, -EAGAIN (the map or
 * the connection was renewed: begin again).
 * Threads: begin from any thread; a transaction belongs to one. */
#pragma once

#include "conf/base/bytes.h"
#include "conf/base/problem.h"

enum vault_table {
    VAULT_TABLE_META,    /* word -> value */
    VAULT_TABLE_VALUE,   /* blind index of (destination, entity space, normal form) -> code */
    VAULT_TABLE_FORM,    /* blind index of (…, surface) -> code, form */
    VAULT_TABLE_TOKEN,   /* code -> record */
    VAULT_TABLE_SEALED,  /* code, form, key id -> sealed surface */
    VAULT_TABLE_KEY,     /* key id -> sealed data key, subject */
    VAULT_TABLE_SUBJECT, /* blind index of the subject, code, form -> under which key, and the indexes that lead there */
    VAULT_TABLE_VIEW,    /* digest of a view -> forms of its tokens */
    VAULT_TABLE_STANDIN, /* blind index of (destination, entity space, normal form) -> its surrogate or offset, under the keeper's local key */
    VAULT_TABLE_OWNER,   /* code -> blind index of the owner whose it is alone, and of the name that leads there too, or zeros */
};
enum { VAULT_TABLE_COUNT = 10, VAULT_STORE_KEY_LEN_MAX = 64 };

struct vault_store;
struct vault_txn;

/* value.ptr NULL: absent. */
struct vault_pair {
    struct bytes key;
    struct bytes value;
};

struct vault_store_ops {
    _must_use_ int (*begin)(struct vault_store *s, bool write, struct vault_txn **out_txn);
    /* Fills the values of all pairs. */
    _must_use_ int (*get)(struct vault_txn *t, enum vault_table table, struct vault_pair *pairs, size_t count);
    _must_use_ int (*put)(struct vault_txn *t, enum vault_table table, const struct vault_pair *pairs, size_t count);
    /* Absent keys are no error. */
    _must_use_ int (*remove)(struct vault_txn *t, enum vault_table table, const struct bytes *keys, size_t count);
    /* In the order of keys, those that begin with prefix; a callback's non-zero result ends the walk and is returned. */
    _must_use_ int (*walk)(struct vault_txn *t, enum vault_table table, struct bytes prefix,
                           int (*each)(void *context, struct bytes key, struct bytes value), void *context);
    _must_use_ int (*count)(struct vault_txn *t, enum vault_table table, uint64_t *out_count);
    /* Durable on 0. The transaction is gone either way. */
    _must_use_ int (*commit)(struct vault_txn *t);
    void (*abort)(struct vault_txn *t);
    void (*close)(struct vault_store *s);
};

struct vault_store {
    const struct vault_store_ops *ops;
};

/* STATE/vault; made if need be (0700). */
_must_use_ int vault_lmdb_open(const char *state_dir, struct vault_store **out_store, struct problem *p);
/* conninfo as libpq takes it, URL or words; the tables are made if need be, in the first schema of the search path. */
_must_use_ int vault_postgres_open(const char *conninfo, struct vault_store **out_store, struct problem *p);
struct vault_place;
/* The backend that the place names. */
_must_use_ int vault_store_open(const struct vault_place *place, struct vault_store **out_store, struct problem *p);
