#include "redact/vault_copy.h"

#include <errno.h>

#include "conf/base/io.h"
#include "redact/vault_seal.h"
#include "redact/vault_store.h"

enum { COPY_HEAD_LEN = 7, COPY_TAIL_LEN = 1 + 8 + 32, COPY_BUFFER_LEN = 1 << 20, COPY_BATCH = 2048 };
enum { COPY_MAGIC_LEN = 8 };
enum copy_kind { COPY_BACKUP, COPY_EXPORT };
static const uint8_t copy_magics[][COPY_MAGIC_LEN] = {
    [COPY_BACKUP] = { 'D', 'F', 'V', 'L', 'T', 'B', 'K', '1' },
    [COPY_EXPORT] = { 'D', 'F', 'V', 'L', 'T', 'E', 'X', '1' },
};

/* What vault_reader reads. */
static bool vault_copy_has_table(enum copy_kind kind, enum vault_table table) {
    return kind == COPY_BACKUP || table == VAULT_TABLE_TOKEN || table == VAULT_TABLE_SEALED || table == VAULT_TABLE_KEY || table == VAULT_TABLE_VIEW;
}

/* ---- out --------------------------------------------------------------------------------------------------------------------------- */

struct copy_out {
    enum copy_kind kind;
    int fd;
    uint8_t table;
    struct buf pending;
    crypto_generichash_state digest;
    uint64_t records;
};

static int vault_copy_flush(struct copy_out *c) {
    int r = buf_error(&c->pending);
    if (r < 0) return r;
    crypto_generichash_update(&c->digest, c->pending.ptr, c->pending.len);
    r = io_write_full(c->fd, buf_bytes(&c->pending));
    buf_reset(&c->pending);
    return r;
}

static int vault_copy_put(void *context, struct bytes key, struct bytes value) {
    struct copy_out *c = context;
    ignore(buf_append_byte(&c->pending, (uint8_t) (c->table + 1))); /* sticky: vault_copy_flush checks, here and below */
    ignore(buf_append_be16(&c->pending, (uint16_t) key.len));
    ignore(buf_append_be32(&c->pending, (uint32_t) value.len));
    ignore(buf_append(&c->pending, key));
    ignore(buf_append(&c->pending, value));
    c->records++;
    return c->pending.len >= COPY_BUFFER_LEN ? vault_copy_flush(c) : buf_error(&c->pending);
}

static int vault_copy_write(struct copy_out *c, struct vault_store *store, struct vault_txn *t) {
    uint8_t digest[32];
    int r = buf_append(&c->pending, bytes_make(copy_magics[c->kind], COPY_MAGIC_LEN));
    for (int table = 0; table < VAULT_TABLE_COUNT && r == 0; table++) {
        c->table = (uint8_t) table;
        if (vault_copy_has_table(c->kind, (enum vault_table) table)) r = store->ops->walk(t, (enum vault_table) table, bytes_make(NULL, 0), vault_copy_put, c);
    }
    if (r == 0) r = buf_append_byte(&c->pending, 0);
    if (r == 0) r = buf_append_be64(&c->pending, c->records);
    if (r == 0) r = vault_copy_flush(c);
    if (r < 0) return r;
    crypto_generichash_final(&c->digest, digest, sizeof(digest));
    return io_write_full(c->fd, bytes_make(digest, sizeof(digest)));
}

static int vault_copy_write_all(enum copy_kind kind, const struct vault_place *place, int fd, uint64_t *out_records, struct problem *p) {
    struct vault_store *store = NULL;
    struct vault_txn *t = NULL;
    struct copy_out c = { .kind = kind, .fd = fd };
    int r = vault_store_open(place, &store, p);
    if (r < 0) return r;
    buf_init(&c.pending, 4 * VAULT_SURFACE_LEN_MAX + COPY_BUFFER_LEN);
    crypto_generichash_init(&c.digest, NULL, 0, 32);
    r = store->ops->begin(store, false, &t);
    if (r == 0) r = vault_copy_write(&c, store, t);
    if (t) store->ops->abort(t);
    if (r == 0 && fsync(fd) < 0 && errno != EINVAL && errno != EROFS) r = -errno; /* EINVAL: a pipe */
    buf_release(&c.pending);
    store->ops->close(store);
    if (r < 0) return problem_set(p, r, "the backup is not whole: %s", strerrordesc_np(-r));
    if (out_records) *out_records = c.records;
    return 0;
}

int vault_copy_out(const struct vault_place *place, int fd, uint64_t *out_records, struct problem *p) {
    return vault_copy_write_all(COPY_BACKUP, place, fd, out_records, p);
}

int vault_copy_export(const struct vault_place *place, int fd, uint64_t *out_records, struct problem *p) {
    return vault_copy_write_all(COPY_EXPORT, place, fd, out_records, p);
}

/* ---- in ---------------------------------------------------------------------------------------------------------------------------- */

struct copy_in {
    enum copy_kind kind;
    int fd;
    uint64_t at, records;
    struct buf memory; /* of the batch */
    struct vault_pair pairs[COPY_BATCH];
    size_t count;
    int table;
};

/* One record at c->at: its table, or -1 at the mark of the end. */
static int vault_copy_read(struct copy_in *c, int *out_table, struct vault_pair *out) {
    uint8_t head[COPY_HEAD_LEN], *to = NULL;
    int r = io_pread_full(c->fd, head, 1, c->at);
    if (r < 0) return r == -ENODATA ? -EBADMSG : r;
    if (head[0] == 0) {
        *out_table = -1;
        return 0;
    }
    r = io_pread_full(c->fd, head, sizeof(head), c->at);
    size_t key_len = (size_t) head[1] << 8 | head[2], value_len = bytes_load_be32(head + 3);
    if (r < 0 || head[0] > VAULT_TABLE_COUNT || !vault_copy_has_table(c->kind, (enum vault_table) (head[0] - 1)) || key_len == 0 || key_len > VAULT_STORE_KEY_LEN_MAX || value_len > 2 * VAULT_SURFACE_LEN_MAX) return -EBADMSG;
    r = buf_extend(&c->memory, key_len + value_len, &to);
    if (r < 0) return r;
    r = io_pread_full(c->fd, to, key_len + value_len, c->at + sizeof(head));
    if (r < 0) return r == -ENODATA ? -EBADMSG : r;
    c->at += sizeof(head) + key_len + value_len;
    *out_table = head[0] - 1;
    out->key.len = key_len;
    out->value.len = value_len;
    return 0;
}

/* Everything before the digest, hashed. */
static int vault_copy_check(enum copy_kind kind, int fd, uint64_t len) {
    crypto_generichash_state state;
    uint8_t chunk[65536], digest[32], written[32];
    crypto_generichash_init(&state, NULL, 0, 32);
    if (len < COPY_MAGIC_LEN + COPY_TAIL_LEN) return -EBADMSG;
    uint64_t body = len - 32;
    for (uint64_t at = 0; at < body;) {
        size_t n = body - at < sizeof(chunk) ? (size_t) (body - at) : sizeof(chunk);
        int r = io_pread_full(fd, chunk, n, at);
        if (r < 0) return r;
        if (at == 0 && memcmp(chunk, copy_magics[kind], COPY_MAGIC_LEN) != 0) return -EBADMSG;
        crypto_generichash_update(&state, chunk, n);
        at += n;
    }
    crypto_generichash_final(&state, digest, sizeof(digest));
    int r = io_pread_full(fd, written, sizeof(written), body);
    if (r < 0) return r;
    return sodium_memcmp(digest, written, sizeof(digest)) == 0 ? 0 : -EBADMSG;
}

/* The pairs' lengths were noted while memory could still move; now their places are. */
static int vault_copy_put_batch(struct copy_in *c, struct vault_store *store, struct vault_txn *t) {
    size_t at = 0;
    for (size_t i = 0; i < c->count; i++) {
        c->pairs[i].key.ptr = c->memory.ptr + at;
        at += c->pairs[i].key.len;
        c->pairs[i].value.ptr = c->memory.ptr + at;
        at += c->pairs[i].value.len;
    }
    int r = c->count > 0 ? store->ops->put(t, (enum vault_table) c->table, c->pairs, c->count) : 0;
    c->records += c->count;
    c->count = 0;
    return r;
}

static int vault_copy_load(struct copy_in *c, struct vault_store *store, struct vault_txn *t) {
    c->at = COPY_MAGIC_LEN;
    c->records = 0;
    for (;;) {
        uint64_t begin = c->at;
        size_t used = c->memory.len;
        struct vault_pair pair = { .key = { NULL, 0 } };
        int table = -1;
        int r = vault_copy_read(c, &table, &pair);
        if (r < 0) return r;
        bool full = c->count == COPY_BATCH || c->memory.len > COPY_BUFFER_LEN;
        if (table < 0 || table != c->table || full) {
            r = vault_copy_put_batch(c, store, t);
            if (r < 0 || table < 0) return r;
            if (used > 0) { /* the record that was just read opens the next batch */
                c->at = begin;
                buf_reset(&c->memory);
                c->table = table;
                continue;
            }
            c->table = table;
        }
        c->pairs[c->count++] = pair;
    }
}

/* All or nothing: one transaction. A full map is grown and the load begun again. */
static int vault_copy_load_all(struct copy_in *c, struct vault_store *store) {
    int r = -EAGAIN;
    for (int tries = 0; tries < 24 && r == -EAGAIN; tries++) {
        struct vault_txn *t = NULL;
        uint64_t tokens = 0;
        c->count = 0;
        buf_reset(&c->memory);
        r = store->ops->begin(store, true, &t);
        if (r < 0) return r;
        r = store->ops->count(t, VAULT_TABLE_TOKEN, &tokens);
        if (r == 0 && tokens > 0) r = -EEXIST;
        if (r == 0) r = vault_copy_load(c, store, t);
        if (r == 0) r = store->ops->commit(t);
        else store->ops->abort(t);
    }
    return r;
}

static int vault_copy_read_all(enum copy_kind kind, const struct vault_place *place, int fd, uint64_t *out_records, struct problem *p) {
    struct vault_store *store = NULL;
    off_t len = lseek(fd, 0, SEEK_END);
    if (len < 0) return problem_set(p, -errno, "a backup has to be a file");
    int r = vault_copy_check(kind, fd, (uint64_t) len);
    if (r < 0) return problem_set(p, r, "this is no whole %s of a vault; nothing was restored", kind == COPY_BACKUP ? "backup" : "export");
    r = vault_store_open(place, &store, p);
    if (r < 0) return r;
    struct copy_in *c = calloc(1, sizeof(*c));
    if (c) {
        *c = (struct copy_in) { .kind = kind, .fd = fd, .table = -2 };
        buf_init(&c->memory, 8 * VAULT_SURFACE_LEN_MAX + COPY_BUFFER_LEN);
        r = vault_copy_load_all(c, store);
        buf_release(&c->memory);
    }
    store->ops->close(store);
    if (r == 0 && c && out_records) *out_records = c->records;
    r = c ? r : -ENOMEM;
    free(c);
    if (r == -EEXIST) return problem_set(p, r, "the vault holds tokens already; restore into an empty one");
    return r < 0 ? problem_set(p, r, "nothing was restored: %s", strerrordesc_np(-r)) : 0;
}

int vault_copy_in(const struct vault_place *place, int fd, uint64_t *out_records, struct problem *p) {
    return vault_copy_read_all(COPY_BACKUP, place, fd, out_records, p);
}

int vault_copy_import(const struct vault_place *place, int fd, uint64_t *out_records, struct problem *p) {
    return vault_copy_read_all(COPY_EXPORT, place, fd, out_records, p);
}

int vault_copy_digest(int fd, uint8_t out[VAULT_COPY_DIGEST_LEN]) {
    off_t len = lseek(fd, 0, SEEK_END);
    if (len < 0) return -errno;
    if (len < COPY_MAGIC_LEN + COPY_TAIL_LEN) return -EBADMSG;
    return io_pread_full(fd, out, VAULT_COPY_DIGEST_LEN, (uint64_t) len - VAULT_COPY_DIGEST_LEN);
}
