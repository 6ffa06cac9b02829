#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <stdio.h>
#include <sys/stat.h>

#include "conf/base/lock.h"
#include "conf/base/log.h"
#include "redact/vault_store.h"

/* The map is address space, not disk: it grows by doubling when it is full. Readers bound the processes times threads that read at once. */
enum { VAULT_LMDB_READERS_MAX = 1024 };
#define VAULT_LMDB_MAP_LEN ((size_t) 1 << 30)
#define VAULT_LMDB_MAP_LEN_MAX ((size_t) 1 << 42)

static const char *const vault_lmdb_tables[VAULT_TABLE_COUNT] = { "meta", "value", "form", "token", "sealed", "key", "subject", "view", "standin",
                                                                  "owner" };

struct vault_lmdb {
    struct vault_store store;
    MDB_env *env;
    MDB_dbi table[VAULT_TABLE_COUNT];
    pthread_rwlock_t map; /* held shared by transactions, exclusive while the map moves */
};

struct vault_txn {
    struct vault_lmdb *v;
    MDB_txn *txn;
    bool full; /* a put found no room in the map: it is grown when the transaction ends */
};

static int vault_lmdb_error(int r) {
    if (r == 0) return 0;
    if (r > 0) return -r; /* errno values */
    if (r == MDB_MAP_FULL || r == MDB_MAP_RESIZED) return -EAGAIN;
    if (r == MDB_READERS_FULL) return -EBUSY;
    return -EIO;
}

/* To what another process made of the map (grow false), or twice its size. No transaction of this process is open meanwhile. */
static int vault_lmdb_remap(struct vault_lmdb *v, bool grow, size_t seen_len) {
    int r = pthread_rwlock_wrlock(&v->map);
    must(r == 0);
    MDB_envinfo info;
    r = mdb_env_info(v->env, &info);
    size_t want = 0;
    if (r == 0 && grow && info.me_mapsize == seen_len) want = info.me_mapsize * 2;
    if (want > VAULT_LMDB_MAP_LEN_MAX) r = ENOSPC;
    /* Another thread may have grown it already: then there is nothing to do. */
    if (r == 0 && (want > 0 || !grow)) r = mdb_env_set_mapsize(v->env, want);
    pthread_rwlock_unlock(&v->map);
    return r == 0 ? 0 : r > 0 ? -r : -EIO;
}

static int vault_lmdb_begin(struct vault_store *s, bool write, struct vault_txn **out_txn) {
    struct vault_lmdb *v = (struct vault_lmdb *) s;
    struct vault_txn *t = calloc(1, sizeof(*t));
    if (!t) return -ENOMEM;
    *t = (struct vault_txn) { .v = v };
    for (int attempt = 0;; attempt++) {
        int r = pthread_rwlock_rdlock(&v->map);
        must(r == 0);
        r = mdb_txn_begin(v->env, NULL, write ? 0 : MDB_RDONLY, &t->txn);
        if (r == 0) break;
        pthread_rwlock_unlock(&v->map);
        int fixed = r == MDB_MAP_RESIZED && attempt < 8 ? vault_lmdb_remap(v, false, 0) : -1;
        if (fixed == 0) continue;
        free(t);
        return r == MDB_MAP_RESIZED ? -EIO : vault_lmdb_error(r);
    }
    *out_txn = t;
    return 0;
}

static void vault_lmdb_end(struct vault_txn *t) {
    pthread_rwlock_unlock(&t->v->map);
    free(t);
}

/* Ends the transaction, then makes a full map larger, so that the caller's next try has room. */
static int vault_lmdb_grow_after(struct vault_txn *t) {
    struct vault_lmdb *v = t->v;
    MDB_envinfo info = { 0 };
    ignore(mdb_env_info(v->env, &info)); /* cannot fail on an open environment; 0 grows nothing */
    vault_lmdb_end(t);
    return vault_lmdb_remap(v, true, info.me_mapsize);
}

static void vault_lmdb_abort(struct vault_txn *t) {
    mdb_txn_abort(t->txn);
    if (!t->full) vault_lmdb_end(t);
    else if (vault_lmdb_grow_after(t) < 0) log_error("vault-full", "the vault's map cannot grow");
}

static int vault_lmdb_commit(struct vault_txn *t) {
    int r = mdb_txn_commit(t->txn);
    if (r == MDB_MAP_FULL) {
        r = vault_lmdb_grow_after(t);
        return r < 0 ? r : -EAGAIN;
    }
    vault_lmdb_end(t);
    return vault_lmdb_error(r);
}

/* LMDB's structure is not const, its use of a key is. */
static MDB_val vault_lmdb_val(struct bytes b) {
    return (MDB_val) { .mv_size = b.len, .mv_data = (void *) (uintptr_t) b.ptr };
}

static int vault_lmdb_get(struct vault_txn *t, enum vault_table table, struct vault_pair *pairs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        MDB_val key = vault_lmdb_val(pairs[i].key), value;
        int r = mdb_get(t->txn, t->v->table[table], &key, &value);
        if (r != 0 && r != MDB_NOTFOUND) return vault_lmdb_error(r);
        pairs[i].value = r == 0 ? bytes_make(value.mv_data, value.mv_size) : bytes_make(NULL, 0);
    }
    return 0;
}

static int vault_lmdb_put(struct vault_txn *t, enum vault_table table, const struct vault_pair *pairs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        MDB_val key = vault_lmdb_val(pairs[i].key), value = vault_lmdb_val(pairs[i].value);
        int r = mdb_put(t->txn, t->v->table[table], &key, &value, 0);
        if (r == MDB_MAP_FULL) t->full = true;
        if (r != 0) return vault_lmdb_error(r);
    }
    return 0;
}

static int vault_lmdb_remove(struct vault_txn *t, enum vault_table table, const struct bytes *keys, size_t count) {
    for (size_t i = 0; i < count; i++) {
        MDB_val key = vault_lmdb_val(keys[i]);
        int r = mdb_del(t->txn, t->v->table[table], &key, NULL);
        if (r != 0 && r != MDB_NOTFOUND) return vault_lmdb_error(r);
    }
    return 0;
}

static int vault_lmdb_walk(struct vault_txn *t, enum vault_table table, struct bytes prefix,
                           int (*each)(void *context, struct bytes key, struct bytes value), void *context) {
    MDB_cursor *cursor = NULL;
    int r = mdb_cursor_open(t->txn, t->v->table[table], &cursor);
    if (r != 0) return vault_lmdb_error(r);
    MDB_val key = vault_lmdb_val(prefix), value;
    int result = 0;
    for (r = mdb_cursor_get(cursor, &key, &value, prefix.len ? MDB_SET_RANGE : MDB_FIRST); r == 0;
         r = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        struct bytes found = bytes_make(key.mv_data, key.mv_size);
        if (!bytes_starts_with(found, prefix)) break;
        result = each(context, found, bytes_make(value.mv_data, value.mv_size));
        if (result != 0) break;
    }
    mdb_cursor_close(cursor);
    if (result != 0) return result;
    return r == MDB_NOTFOUND ? 0 : vault_lmdb_error(r);
}

static int vault_lmdb_count(struct vault_txn *t, enum vault_table table, uint64_t *out_count) {
    MDB_stat stat;
    int r = mdb_stat(t->txn, t->v->table[table], &stat);
    if (r != 0) return vault_lmdb_error(r);
    *out_count = stat.ms_entries;
    return 0;
}

static void vault_lmdb_close(struct vault_store *s) {
    struct vault_lmdb *v = (struct vault_lmdb *) s;
    mdb_env_close(v->env);
    pthread_rwlock_destroy(&v->map);
    free(v);
}

static const struct vault_store_ops vault_lmdb_ops = {
    .begin = vault_lmdb_begin, .get = vault_lmdb_get, .put = vault_lmdb_put, .remove = vault_lmdb_remove, .walk = vault_lmdb_walk,
    .count = vault_lmdb_count, .commit = vault_lmdb_commit, .abort = vault_lmdb_abort, .close = vault_lmdb_close,
};

static int vault_lmdb_open_tables(struct vault_lmdb *v) {
    MDB_txn *txn = NULL;
    int r = mdb_txn_begin(v->env, NULL, 0, &txn);
    if (r != 0) return r;
    for (int i = 0; i < VAULT_TABLE_COUNT && r == 0; i++) r = mdb_dbi_open(txn, vault_lmdb_tables[i], MDB_CREATE, &v->table[i]);
    if (r == 0) return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return r;
}

static int vault_lmdb_open_env(struct vault_lmdb *v, const char *dir) {
    int r = mdb_env_create(&v->env);
    if (r == 0) r = mdb_env_set_maxdbs(v->env, VAULT_TABLE_COUNT);
    if (r == 0) r = mdb_env_set_maxreaders(v->env, VAULT_LMDB_READERS_MAX);
    if (r == 0) r = mdb_env_set_mapsize(v->env, VAULT_LMDB_MAP_LEN);
    /* NOTLS: a reader belongs to its transaction, so that threads come and go. No read-ahead: the reads are random. */
    if (r == 0) r = mdb_env_open(v->env, dir, MDB_NOTLS | MDB_NORDAHEAD, 0600);
    /* Readers of processes that were killed would keep old pages alive. */
    if (r == 0) r = mdb_reader_check(v->env, NULL);
    if (r == 0) r = vault_lmdb_open_tables(v);
    return r;
}

/* Readers come without pause on a busy mount; whoever wants to move the map must not wait for ever. */
static int vault_lmdb_init_lock(pthread_rwlock_t *lock) {
    pthread_rwlockattr_t attr;
    int r = pthread_rwlockattr_init(&attr);
    if (r == 0) r = pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    if (r == 0) r = pthread_rwlock_init(lock, &attr);
    return r;
}

int vault_lmdb_open(const char *state_dir, struct vault_store **out_store, struct problem *p) {
    char dir[PATH_MAX];
    int n = snprintf(dir, sizeof(dir), "%s/vault", state_dir);
    if (n < 0 || (size_t) n >= sizeof(dir)) return problem_set(p, -ENAMETOOLONG, "the state folder's path is too long");
    if (mkdir(dir, 0700) < 0 && errno != EEXIST) return problem_set(p, -errno, "cannot make the vault's folder %s: %s", dir, strerror(errno));
    struct vault_lmdb *v = calloc(1, sizeof(*v));
    if (!v) return -ENOMEM;
    v->store.ops = &vault_lmdb_ops;
    int r = vault_lmdb_init_lock(&v->map);
    must(r == 0);
    r = vault_lmdb_open_env(v, dir);
    if (r != 0) {
        if (v->env) mdb_env_close(v->env);
        pthread_rwlock_destroy(&v->map);
        free(v);
        int error = r == MDB_INVALID || r == MDB_VERSION_MISMATCH || r == MDB_CORRUPTED ? -EUCLEAN : vault_lmdb_error(r);
        return problem_set(p, error, "cannot open the vault %s: %s", dir, mdb_strerror(r));
    }
    *out_store = &v->store;
    return 0;
}
