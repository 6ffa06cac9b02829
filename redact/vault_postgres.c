/* The shared backend: several mounts on several hosts that must give the same tokens. One table a kind, keys and values as bytea:
 *   deidfs_<table> (k bytea primary key, v bytea not null)
 * Writers take one advisory lock for their transaction, so that there is one writer at a time as with LMDB, and what it reads is what the writer
 * before it committed. synchronous_commit is on for every session: a commit that returned is on the server's disk.
 * A lost connection is -EIO for whoever is at work, and a new one for whoever comes next. */
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>

#include "conf/base/buf.h"
#include "conf/base/lock.h"
#include "conf/base/log.h"
#include "redact/vault_store.h"

/* Idle connections that are kept; more are made when more threads come, and closed after use. */
enum { VAULT_PG_IDLE_MAX = 8, VAULT_PG_TRIES = 2, VAULT_PG_BYTEA_OID = 17, VAULT_PG_WALK_ROWS = 1000 };
#define VAULT_PG_ARRAY_LEN_MAX ((size_t) 512 << 20)
/* "deidfs" as a number: the key of the writers' lock. */
#define VAULT_PG_LOCK "SELECT pg_advisory_xact_lock(110386840822899)"

static const char *const vault_pg_tables[VAULT_TABLE_COUNT] = {
    "deidfs_meta", "deidfs_value", "deidfs_form", "deidfs_token", "deidfs_sealed", "deidfs_key", "deidfs_subject", "deidfs_view",
    "deidfs_standin", "deidfs_owner",
};

struct vault_pg {
    struct vault_store store;
    char *conninfo;
    pthread_mutex_t lock; /* leaf: around the list alone */
    PGconn *idle[VAULT_PG_IDLE_MAX];
    size_t idle_count;
};

/* Results are kept until the transaction ends: values are borrowed from them. */
struct vault_txn {
    struct vault_pg *v;
    PGconn *conn;
    PGresult **results;
    size_t result_count;
    size_t result_room;
    bool broken;
};

/* SQLSTATE, never the server's text: that could quote values. */
static int vault_pg_error(const PGresult *r) {
    const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
    if (!state) return -EIO;
    log_error("vault-postgres", "sqlstate=%s", state);
    if (strcmp(state, "53100") == 0) return -ENOSPC;
    if (strcmp(state, "53200") == 0) return -ENOMEM;
    if (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0) return -EAGAIN;
    if (strcmp(state, "42501") == 0) return -EACCES;
    return -EIO;
}

static bool vault_pg_succeeded(const PGresult *r) {
    ExecStatusType s = PQresultStatus(r);
    return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK;
}

static int vault_pg_run(PGconn *conn, const char *sql) {
    PGresult *r = PQexec(conn, sql);
    int error = vault_pg_succeeded(r) ? 0 : vault_pg_error(r);
    PQclear(r);
    return error;
}

/* ---- connections ------------------------------------------------------------------------------------------------------------------- */

static void vault_pg_ignore_notice(void *context, const PGresult *r) {
    (void) context;
    (void) r; /* "relation exists, skipping" */
}

static int vault_pg_connect(const struct vault_pg *v, PGconn **out, struct problem *p) {
    PGconn *conn = PQconnectdb(v->conninfo);
    if (PQstatus(conn) != CONNECTION_OK) {
        int error = problem_set(p, -EIO, "cannot reach the vault's database: %.300s", PQerrorMessage(conn));
        PQfinish(conn);
        return error;
    }
    ignore(PQsetNoticeReceiver(conn, vault_pg_ignore_notice, NULL)); /* the receiver before it */
    int r = vault_pg_run(conn, "SET synchronous_commit = on");
    if (r < 0) {
        PQfinish(conn);
        return problem_set(p, r, "the vault's database does not take settings");
    }
    *out = conn;
    return 0;
}

static PGconn *vault_pg_take_idle(struct vault_pg *v) {
    lock_scoped(&v->lock);
    return v->idle_count > 0 ? v->idle[--v->idle_count] : NULL;
}

static void vault_pg_give_back(struct vault_pg *v, PGconn *conn, bool broken) {
    if (!broken && PQstatus(conn) == CONNECTION_OK && PQtransactionStatus(conn) == PQTRANS_IDLE) {
        lock_scoped(&v->lock);
        if (v->idle_count < VAULT_PG_IDLE_MAX) {
            v->idle[v->idle_count++] = conn;
            return;
        }
    }
    PQfinish(conn);
}

/* ---- transactions ------------------------------------------------------------------------------------------------------------------ */

static int vault_pg_begin_on(PGconn *conn, bool write) {
    if (!write) return vault_pg_run(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    int r = vault_pg_run(conn, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    return r < 0 ? r : vault_pg_run(conn, VAULT_PG_LOCK);
}

static int vault_pg_begin(struct vault_store *s, bool write, struct vault_txn **out_txn) {
    struct vault_pg *v = (struct vault_pg *) s;
    struct vault_txn *t = calloc(1, sizeof(*t));
    if (!t) return -ENOMEM;
    t->v = v;
    int r = -EIO;
    /* A connection that lay idle while the server restarted fails once; the second is fresh. */
    for (int i = 0; i < VAULT_PG_TRIES && r < 0; i++) {
        t->conn = i == 0 ? vault_pg_take_idle(v) : NULL;
        if (!t->conn) r = vault_pg_connect(v, &t->conn, NULL);
        if (!t->conn) continue;
        r = vault_pg_begin_on(t->conn, write);
        if (r < 0) PQfinish(t->conn);
    }
    if (r < 0) {
        free(t);
        return r;
    }
    *out_txn = t;
    return 0;
}

static void vault_pg_end(struct vault_txn *t) {
    for (size_t i = 0; i < t->result_count; i++) PQclear(t->results[i]);
    free(t->results);
    vault_pg_give_back(t->v, t->conn, t->broken);
    free(t);
}

static void vault_pg_abort(struct vault_txn *t) {
    if (vault_pg_run(t->conn, "ROLLBACK") < 0) t->broken = true;
    vault_pg_end(t);
}

/* A commit whose answer was lost may have happened: it is an error all the same, and its tokens are found again by the next try. */
static int vault_pg_commit(struct vault_txn *t) {
    int r = vault_pg_run(t->conn, "COMMIT");
    if (r < 0) t->broken = true;
    vault_pg_end(t);
    return r;
}

static int vault_pg_keep(struct vault_txn *t, PGresult *r) {
    if (t->result_count == t->result_room) {
        size_t room = t->result_room * 2 + 16;
        PGresult **more = realloc(t->results, room * sizeof(PGresult *)); /* pointers, no document text */
        if (!more) {
            PQclear(r);
            return -ENOMEM;
        }
        t->results = more;
        t->result_room = room;
    }
    t->results[t->result_count++] = r;
    return 0;
}

/* ---- arrays ------------------------------------------------------------------------------------------------------------------------ */

/* bytea[] in binary: dimensions 1, no nulls, element type, count, lower bound 1; then length and bytes of each. */
static void vault_pg_array_begin(struct buf *b, size_t count) {
    buf_init(b, VAULT_PG_ARRAY_LEN_MAX);
    ignore(buf_append_be32(b, count > 0 ? 1 : 0)); /* sticky: vault_pg_exec checks, here and below */
    ignore(buf_append_be32(b, 0));
    ignore(buf_append_be32(b, VAULT_PG_BYTEA_OID));
    if (count == 0) return;
    ignore(buf_append_be32(b, (uint32_t) count));
    ignore(buf_append_be32(b, 1));
}

static void vault_pg_array_put(struct buf *b, struct bytes element) {
    ignore(buf_append_be32(b, (uint32_t) element.len)); /* sticky: as above */
    ignore(buf_append(b, element));
}

/* Runs a statement with one or two arrays; the answer comes in binary. */
static int vault_pg_exec(struct vault_txn *t, const char *sql, const struct buf *arrays, int count, PGresult **out) {
    const char *values[2];
    int lens[2], formats[2];
    for (int i = 0; i < count; i++) {
        if (buf_error(&arrays[i]) < 0) return buf_error(&arrays[i]);
        values[i] = (const char *) arrays[i].ptr;
        lens[i] = (int) arrays[i].len;
        formats[i] = 1;
    }
    PGresult *r = PQexecParams(t->conn, sql, count, NULL, values, lens, formats, 1);
    if (!vault_pg_succeeded(r)) {
        int error = vault_pg_error(r);
        t->broken = t->broken || PQstatus(t->conn) != CONNECTION_OK;
        PQclear(r);
        return error;
    }
    *out = r;
    return 0;
}

static int vault_pg_get(struct vault_txn *t, enum vault_table table, struct vault_pair *pairs, size_t count) {
    char sql[192];
    PGresult *result = NULL;
    if (count == 0) return 0;
    _cleanup_(buf_release) struct buf keys;
    vault_pg_array_begin(&keys, count);
    int n = snprintf(sql, sizeof(sql), "SELECT u.i::int8, t.v FROM unnest($1::bytea[]) WITH ORDINALITY AS u(k, i) JOIN %s t ON t.k = u.k",
                     vault_pg_tables[table]);
    must(n > 0 && (size_t) n < sizeof(sql));
    for (size_t i = 0; i < count; i++) vault_pg_array_put(&keys, pairs[i].key);
    int r = vault_pg_exec(t, sql, &keys, 1, &result);
    if (r < 0) return r;
    for (size_t i = 0; i < count; i++) pairs[i].value = bytes_make(NULL, 0);
    for (int row = 0; row < PQntuples(result); row++) {
        uint64_t i = bytes_load_be64((const uint8_t *) PQgetvalue(result, row, 0));
        if (i < 1 || i > count) r = -EUCLEAN;
        else pairs[i - 1].value = bytes_make(PQgetvalue(result, row, 1), (size_t) PQgetlength(result, row, 1));
    }
    int kept = vault_pg_keep(t, result);
    return r < 0 ? r : kept;
}

static int vault_pg_put(struct vault_txn *t, enum vault_table table, const struct vault_pair *pairs, size_t count) {
    char sql[192];
    PGresult *result = NULL;
    struct buf arrays[2];
    if (count == 0) return 0;
    int n = snprintf(sql, sizeof(sql), "INSERT INTO %s SELECT * FROM unnest($1::bytea[], $2::bytea[]) ON CONFLICT (k) DO UPDATE SET v = excluded.v",
                     vault_pg_tables[table]);
    must(n > 0 && (size_t) n < sizeof(sql));
    vault_pg_array_begin(&arrays[0], count);
    vault_pg_array_begin(&arrays[1], count);
    for (size_t i = 0; i < count; i++) {
        vault_pg_array_put(&arrays[0], pairs[i].key);
        vault_pg_array_put(&arrays[1], pairs[i].value);
    }
    int r = vault_pg_exec(t, sql, arrays, 2, &result);
    buf_release(&arrays[0]);
    buf_release(&arrays[1]);
    if (r == 0) PQclear(result);
    return r;
}

static int vault_pg_remove(struct vault_txn *t, enum vault_table table, const struct bytes *keys, size_t count) {
    char sql[96];
    PGresult *result = NULL;
    if (count == 0) return 0;
    _cleanup_(buf_release) struct buf array;
    vault_pg_array_begin(&array, count);
    int n = snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE k = ANY($1::bytea[])", vault_pg_tables[table]);
    must(n > 0 && (size_t) n < sizeof(sql));
    for (size_t i = 0; i < count; i++) vault_pg_array_put(&array, keys[i]);
    int r = vault_pg_exec(t, sql, &array, 1, &result);
    if (r == 0) PQclear(result);
    return r;
}

/* ---- walking ----------------------------------------------------------------------------------------------------------------------- */

/* Pages by key, not a cursor: each() may use the transaction itself. *last is where the next page begins. */
static int vault_pg_walk_page(struct vault_txn *t, enum vault_table table, struct bytes after, bool inclusive, PGresult **out) {
    char sql[160];
    _cleanup_(buf_release) struct buf from;
    buf_init(&from, VAULT_STORE_KEY_LEN_MAX + 1);
    ignore(buf_append(&from, after)); /* sticky: vault_pg_exec checks */
    if (!from.ptr) ignore(buf_append_byte(&from, 0));
    if (after.len == 0) from.len = 0;
    int n = snprintf(sql, sizeof(sql), "SELECT k, v FROM %s WHERE k %s $1::bytea ORDER BY k LIMIT %d", vault_pg_tables[table], inclusive ? ">=" : ">",
                     VAULT_PG_WALK_ROWS);
    must(n > 0 && (size_t) n < sizeof(sql));
    return vault_pg_exec(t, sql, &from, 1, out);
}

static int vault_pg_walk(struct vault_txn *t, enum vault_table table, struct bytes prefix,
                         int (*each)(void *context, struct bytes key, struct bytes value), void *context) {
    uint8_t last[VAULT_STORE_KEY_LEN_MAX];
    struct bytes from = prefix;
    bool inclusive = true;
    for (;;) {
        PGresult *page = NULL;
        int r = vault_pg_walk_page(t, table, from, inclusive, &page);
        int rows = r == 0 ? PQntuples(page) : 0;
        bool more = rows == VAULT_PG_WALK_ROWS;
        for (int row = 0; row < rows && r == 0; row++) {
            struct bytes key = bytes_make(PQgetvalue(page, row, 0), (size_t) PQgetlength(page, row, 0));
            if (key.len > sizeof(last)) r = -EUCLEAN;
            else if (!bytes_starts_with(key, prefix)) more = false;
            else r = each(context, key, bytes_make(PQgetvalue(page, row, 1), (size_t) PQgetlength(page, row, 1)));
            if (r != 0 || !bytes_starts_with(key, prefix)) break;
            memcpy(last, key.ptr, key.len);
            from = bytes_make(last, key.len);
            inclusive = false;
        }
        PQclear(page);
        if (r != 0 || !more) return r;
    }
}

static int vault_pg_count(struct vault_txn *t, enum vault_table table, uint64_t *out_count) {
    char sql[96];
    PGresult *result = NULL;
    int n = snprintf(sql, sizeof(sql), "SELECT count(*)::int8 FROM %s", vault_pg_tables[table]);
    must(n > 0 && (size_t) n < sizeof(sql));
    int r = vault_pg_exec(t, sql, NULL, 0, &result);
    if (r < 0) return r;
    *out_count = bytes_load_be64((const uint8_t *) PQgetvalue(result, 0, 0));
    PQclear(result);
    return 0;
}

/* ---- open -------------------------------------------------------------------------------------------------------------------------- */

static void vault_pg_close(struct vault_store *s) {
    struct vault_pg *v = (struct vault_pg *) s;
    for (size_t i = 0; i < v->idle_count; i++) PQfinish(v->idle[i]);
    pthread_mutex_destroy(&v->lock);
    free(v->conninfo);
    free(v);
}

static const struct vault_store_ops vault_pg_ops = {
    .begin = vault_pg_begin, .get = vault_pg_get, .put = vault_pg_put, .remove = vault_pg_remove, .walk = vault_pg_walk, .count = vault_pg_count,
    .commit = vault_pg_commit, .abort = vault_pg_abort, .close = vault_pg_close,
};

/* Two hosts that begin at once would both create: the lock makes it one after the other. */
static int vault_pg_make_tables(PGconn *conn) {
    int r = vault_pg_run(conn, "BEGIN");
    if (r == 0) r = vault_pg_run(conn, VAULT_PG_LOCK);
    for (int i = 0; i < VAULT_TABLE_COUNT && r == 0; i++) {
        char sql[128];
        int n = snprintf(sql, sizeof(sql), "CREATE TABLE IF NOT EXISTS %s (k bytea PRIMARY KEY, v bytea NOT NULL)", vault_pg_tables[i]);
        must(n > 0 && (size_t) n < sizeof(sql));
        r = vault_pg_run(conn, sql);
    }
    if (r == 0) return vault_pg_run(conn, "COMMIT");
    ignore(vault_pg_run(conn, "ROLLBACK")); /* the error stands already */
    return r;
}

int vault_postgres_open(const char *conninfo, struct vault_store **out_store, struct problem *p) {
    struct vault_pg *v = calloc(1, sizeof(*v));
    if (!v) return -ENOMEM;
    v->store.ops = &vault_pg_ops;
    int r = pthread_mutex_init(&v->lock, NULL);
    must(r == 0);
    v->conninfo = strdup(conninfo);
    PGconn *conn = NULL;
    r = v->conninfo ? vault_pg_connect(v, &conn, p) : -ENOMEM;
    if (r == 0) {
        r = vault_pg_make_tables(conn);
        if (r < 0) r = problem_set(p, r, "cannot make the vault's tables: %.300s", PQerrorMessage(conn));
        vault_pg_give_back(v, conn, r < 0);
    }
    if (r < 0) {
        vault_pg_close(&v->store);
        return r;
    }
    *out_store = &v->store;
    return 0;
}
