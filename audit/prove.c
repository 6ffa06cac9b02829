#include "audit/prove.h"

#include <errno.h>

#include "audit/proof.h"
#include "audit/verify_state.h"
#include "conf/base/text.h"

#define PROVE_HEADER "c2sp.org/tlog-proof@v1\n"

/* A complete subtree from the tile that holds its hashes. */
int prove_subtree(void *context, unsigned level, uint64_t index, struct merkle_hash *out) {
    struct verify *v = context;
    unsigned tile_level = level / 8, within = level % 8;
    uint64_t first = index << within, n = first / VERIFY_WIDTH, hashes = v->head.size >> (8 * tile_level);
    size_t count = (size_t) 1 << within, at = (size_t) (first % VERIFY_WIDTH), len = 0;
    char path[VERIFY_PATH_LEN];
    unsigned width = n < hashes / VERIFY_WIDTH ? VERIFY_WIDTH : (unsigned) (hashes % VERIFY_WIDTH);
    verify_path(path, (int) tile_level, n, width);
    int r = verify_read(v, path, v->hashes, &len);
    if (r == -ENOENT && width < VERIFY_WIDTH) {
        verify_path(path, (int) tile_level, n, VERIFY_WIDTH);
        r = verify_read(v, path, v->hashes, &len);
    }
    if (r < 0) return r;
    if ((at + count) * MERKLE_HASH_LEN > len) return -EBADMSG;
    struct merkle_hash nodes[VERIFY_WIDTH / 2];
    memcpy(nodes, v->hashes + at * MERKLE_HASH_LEN, count * MERKLE_HASH_LEN);
    merkle_fold(v->hasher, nodes, count, out);
    return 0;
}

static int prove_read_entry(struct verify *v, uint64_t index, struct bytes *out) {
    uint64_t n = index / VERIFY_WIDTH, left = v->head.size - n * VERIFY_WIDTH;
    char path[VERIFY_PATH_LEN];
    size_t len = 0;
    verify_path(path, VERIFY_ENTRIES, n, left < VERIFY_WIDTH ? (unsigned) left : VERIFY_WIDTH);
    int r = verify_read(v, path, v->file, &len);
    if (r == -ENOENT && left < VERIFY_WIDTH) {
        verify_path(path, VERIFY_ENTRIES, n, VERIFY_WIDTH);
        r = verify_read(v, path, v->file, &len);
    }
    if (r < 0) return r;
    struct bytes rest = bytes_make(v->file, len), size;
    for (uint64_t i = 0; i <= index % VERIFY_WIDTH; i++) {
        if (!bytes_take(&rest, 2, &size) || !bytes_take(&rest, (size_t) size.ptr[0] << 8 | size.ptr[1], out)) return -EBADMSG;
    }
    return 0;
}

static int prove_write(const struct proof *proof, uint64_t index, struct bytes checkpoint, struct buf *out) {
    buf_append_printf(out, PROVE_HEADER "index %llu\n", (unsigned long long) index);
    for (size_t i = 0; i < proof->count; i++) {
        text_base64_encode(bytes_make(proof->hash[i].raw, MERKLE_HASH_LEN), out);
        buf_append_byte(out, '\n');
    }
    buf_append_byte(out, '\n');
    return buf_append(out, checkpoint);
}

static int prove_run(struct verify *v, const struct prove_request *q, struct buf *out_proof, struct buf *out_entry, struct problem *p) {
    _cleanup_(buf_release) struct buf head;
    buf_init(&head, NOTE_LEN_MAX);
    int r = verify_load_head(v, &head);
    if (r < 0) return problem_set(p, r, "%s", v->report->finding_count > 0 ? v->report->finding[0].text : strerror(-r));
    if (q->index >= v->head.size) {
        return problem_set(p, -ENOENT, "there is no record %llu: the log has %llu", (unsigned long long) q->index, (unsigned long long) v->head.size);
    }
    struct proof_source source = { .subtree = prove_subtree, .context = v, .hasher = v->hasher };
    struct proof proof;
    struct bytes entry;
    r = proof_make_inclusion(&source, q->index, v->head.size, &proof);
    if (r == 0) r = prove_read_entry(v, q->index, &entry);
    if (r == 0) r = prove_write(&proof, q->index, buf_bytes(&head), out_proof);
    if (r == 0) r = buf_append(out_entry, entry);
    if (r < 0) return problem_set(p, r, "the log's files do not hold record %llu (%s)", (unsigned long long) q->index, strerror(-r));
    uint64_t index = 0;
    return prove_check(buf_bytes(out_proof), buf_bytes(out_entry), &q->stable, &index, p);
}

int prove_make(const struct prove_request *q, struct buf *out_proof, struct buf *out_entry, struct problem *p) {
    struct verify_options o = { .dir = q->dir, .stable = q->stable };
    struct verify_report *report = calloc(1, sizeof(*report));
    struct verify *v = calloc(1, sizeof(*v));
    int r = report && v ? 0 : problem_set(p, -ENOMEM, "not enough memory");
    if (r == 0) {
        *v = (struct verify) { .o = &o, .report = report, .dir_fd = -1, .log_fd = -1 };
        r = verify_open(v, p);
        if (r == 0) r = prove_run(v, q, out_proof, out_entry, p);
        verify_release(v);
    }
    free(v);
    free(report);
    return r;
}

static bool prove_line(struct bytes *in, struct bytes *out) {
    const uint8_t *at = in->len > 0 ? memchr(in->ptr, '\n', in->len) : NULL;
    struct bytes newline;
    return at && bytes_take(in, (size_t) (at - in->ptr), out) && bytes_take(in, 1, &newline);
}

/* Header, index and hashes; what is left is the checkpoint. */
static bool prove_parse(struct bytes *rest, struct proof *out, uint64_t *out_index) {
    struct bytes line;
    if (!bytes_starts_with(*rest, BYTES(PROVE_HEADER)) || !prove_line(rest, &line) || !prove_line(rest, &line)) return false;
    if (bytes_starts_with(line, BYTES("extra ")) && !prove_line(rest, &line)) return false;
    if (!bytes_starts_with(line, BYTES("index ")) || !text_parse_u64(bytes_make(line.ptr + 6, line.len - 6), out_index)) return false;
    while (prove_line(rest, &line) && line.len > 0) {
        _cleanup_(buf_release) struct buf raw;
        buf_init(&raw, 64);
        if (out->count == PROOF_HASHES_MAX || line.len != 44 || text_base64_decode(line, &raw) < 0 || raw.len != MERKLE_HASH_LEN) return false;
        memcpy(out->hash[out->count++].raw, raw.ptr, MERKLE_HASH_LEN);
    }
    return line.len == 0;
}

int prove_check(struct bytes proof, struct bytes entry, const struct note_key *stable, uint64_t *out_index, struct problem *p) {
    struct proof hashes = { 0 };
    struct note n;
    struct verify_head head;
    uint64_t index = 0;
    if (!prove_parse(&proof, &hashes, &index)) return problem_set(p, -EBADMSG, "this is not a proof of form c2sp.org/tlog-proof@v1");
    if (note_parse(proof, &n) < 0 || verify_parse_head(&n, &head) < 0) return problem_set(p, -EBADMSG, "the proof holds no checkpoint");
    if (note_verify(&n, stable, NULL) != NOTE_SIGNED || strcmp(head.origin, stable->name) != 0) {
        return problem_set(p, -EBADMSG, "the proof's checkpoint is not signed by the given key");
    }
    struct merkle_hasher *h = NULL;
    int r = merkle_hasher_new(&h);
    if (r < 0) return problem_set(p, r, "no SHA-256 (%s)", strerror(-r));
    struct merkle_hash leaf;
    struct proof_tree tree = { .size = head.size, .root = head.root };
    merkle_leaf(h, entry, &leaf);
    r = proof_check_inclusion(h, &hashes, &leaf, index, &tree);
    merkle_hasher_free(h);
    if (r < 0) return problem_set(p, r, "the proof does not show that the log holds this record");
    *out_index = index;
    return 0;
}
