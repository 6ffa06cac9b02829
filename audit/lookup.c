#include "audit/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include "audit/finder.h"
#include "audit/proof.h"
#include "audit/verify_state.h"
#include "conf/base/io.h"
#include "conf/base/text.h"

struct lookup {
    const struct lookup_options *o;
    struct verify v;
    uint64_t bundle;      /* that leaf[] belongs to */
    uint64_t leaf_count;
    struct merkle_hash leaf[VERIFY_WIDTH];
    struct bytes entry[VERIFY_WIDTH]; /* in v.file */
    struct lookup_report report;
};

/* Below the bundle's own hashes the tile's file is not asked: what was read just now is what must lead to the root. */
static int lookup_subtree(void *context, unsigned level, uint64_t index, struct merkle_hash *out) {
    struct lookup *l = context;
    uint64_t first = index << level, count = UINT64_C(1) << level;
    if (level > 8 || first / VERIFY_WIDTH != l->bundle) return prove_subtree(&l->v, level, index, out);
    struct merkle_hash nodes[VERIFY_WIDTH];
    if (first % VERIFY_WIDTH + count > l->leaf_count) return -EBADMSG;
    memcpy(nodes, l->leaf + first % VERIFY_WIDTH, (size_t) count * sizeof(nodes[0]));
    merkle_fold(l->v.hasher, nodes, (size_t) count, out);
    return 0;
}

static int lookup_read_bundle(struct lookup *l, uint64_t n) {
    uint64_t left = l->v.head.size - n * VERIFY_WIDTH, width = left < VERIFY_WIDTH ? left : VERIFY_WIDTH;
    char path[VERIFY_PATH_LEN];
    size_t len = 0;
    verify_path(path, VERIFY_ENTRIES, n, (unsigned) width);
    int r = verify_read(&l->v, path, l->v.file, &len);
    if (r == -ENOENT && width < VERIFY_WIDTH) {
        verify_path(path, VERIFY_ENTRIES, n, VERIFY_WIDTH); /* the log grew past the checkpoint meanwhile */
        r = verify_read(&l->v, path, l->v.file, &len);
    }
    if (r < 0) return r;
    struct bytes rest = bytes_make(l->v.file, len), size;
    for (uint64_t i = 0; i < width; i++) {
        if (!bytes_take(&rest, 2, &size) || !bytes_take(&rest, (size_t) size.ptr[0] << 8 | size.ptr[1], &l->entry[i])) return -EBADMSG;
        merkle_leaf(l->v.hasher, l->entry[i], &l->leaf[i]);
    }
    l->bundle = n;
    l->leaf_count = width;
    return 0;
}

/* Reads bundle n and proves all of it: a path from its first record, over the hashes of all the others, to the signed root. */
static int lookup_prove_bundle(struct lookup *l, uint64_t n) {
    struct proof proof;
    int r = lookup_read_bundle(l, n);
    if (r == -ENOENT) return n * VERIFY_WIDTH < l->v.minimum ? -ENODATA : -EBADMSG;
    if (r < 0) return r;
    const struct proof_source source = { .subtree = lookup_subtree, .context = l, .hasher = l->v.hasher };
    const struct proof_tree tree = { .size = l->v.head.size, .root = l->v.head.root };
    r = proof_make_inclusion(&source, n * VERIFY_WIDTH, l->v.head.size, &proof);
    if (r == 0) r = proof_check_inclusion(l->v.hasher, &proof, &l->leaf[0], n * VERIFY_WIDTH, &tree);
    l->report.bundles += r == 0;
    return r == -ENOENT ? -EBADMSG : r;
}

static int lookup_take_bundle(struct lookup *l, uint64_t n) {
    int r = lookup_prove_bundle(l, n);
    for (uint64_t i = 0; r == 0 && i < l->leaf_count; i++) {
        struct entry e;
        r = entry_read(l->entry[i], &e);
        if (r < 0 || !query_matches(l->o->query, &e)) continue;
        l->report.hits++;
        l->o->on_entry(l->o->context, n * VERIFY_WIDTH + i, &e);
    }
    return r;
}

static int lookup_read_hint(const char *dir, uint64_t *out) {
    char path[PATH_MAX + 8];
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, 32);
    int len = snprintf(path, sizeof(path), "%s/record", dir);
    if (len < 0 || (size_t) len >= sizeof(path)) return -ENAMETOOLONG;
    int r = io_read_file_at(AT_FDCWD, path, &raw);
    if (r < 0) return r;
    struct bytes text = buf_bytes(&raw);
    if (text.len > 0 && text.ptr[text.len - 1] == '\n') text.len--;
    return text_parse_u64(text, out) ? 0 : -EBADMSG;
}

/* The journal itself says that a finder with this directory covers so many records. */
static bool lookup_is_recorded(const struct entry *e, const struct finder *f) {
    struct merkle_hash digest;
    uint8_t recorded[32];
    finder_digest(f, &digest);
    return e->type == EVENT_QUERY && bytes_equal(entry_text(e, ENTRY_KIND), BYTES("index")) && entry_number(e, ENTRY_NUMBER_B) == 0 &&
           entry_number(e, ENTRY_NUMBER_C) == finder_size(f) && text_hex_decode(entry_text(e, ENTRY_DIGEST_A), recorded, 32) &&
           memcmp(recorded, digest.raw, 32) == 0;
}

static int lookup_trust(struct lookup *l, const struct finder *f, const char *dir, struct problem *p) {
    uint64_t index = 0;
    struct entry e;
    if (lookup_read_hint(dir, &index) < 0) return problem_set(p, -EBADMSG, "the index in %s names no record of the journal", dir);
    if (index >= l->v.head.size) return problem_set(p, -EBADMSG, "the record about the index in %s is not below the signed checkpoint yet", dir);
    int r = lookup_prove_bundle(l, index / VERIFY_WIDTH);
    if (r == 0) r = entry_read(l->entry[index % VERIFY_WIDTH], &e);
    if (r < 0 || !lookup_is_recorded(&e, f) || finder_size(f) > index) return problem_set(p, -EBADMSG, "the index in %s is not the one that the journal names", dir);
    return 0;
}

static int lookup_walk(struct lookup *l, const uint8_t *bits, uint64_t covered) {
    uint64_t bundles = (l->v.head.size + VERIFY_WIDTH - 1) / VERIFY_WIDTH;
    for (uint64_t n = 0; n < bundles; n++) {
        bool beyond = (n + 1) * VERIFY_WIDTH > covered; /* at least one of its records is not covered */
        if (!beyond && (bits[n / 8] >> n % 8 & 1) == 0) continue;
        int r = lookup_take_bundle(l, n);
        if (r < 0) return r;
    }
    return 0;
}

static int lookup_with(struct lookup *l, struct finder *f, const char *dir, struct problem *p) {
    int r = lookup_trust(l, f, dir, p);
    if (r < 0) return LOOKUP_UNUSABLE;
    l->report = (struct lookup_report) { .size = l->v.head.size, .covered = finder_size(f) };
    size_t bits_len = (size_t) (l->v.head.size / VERIFY_WIDTH / 8 + 1);
    _cleanup_(free_ptr) uint8_t *bits = calloc(bits_len, 1);
    if (!bits) return problem_set(p, -ENOMEM, "out of memory");
    r = finder_mark(f, l->o->query, bits, bits_len);
    if (r < 0) {
        ignore(problem_set(p, r, "the index in %s is damaged", dir)); /* positive: the caller reads all of the log */
        return LOOKUP_UNUSABLE;
    }
    r = lookup_walk(l, bits, finder_size(f));
    if (r == -ENODATA) return problem_set(p, r, "records that may match were pruned");
    return r < 0 ? problem_set(p, r, "the log's files do not prove the records of bundle %llu", (unsigned long long) l->bundle) : LOOKUP_DONE;
}

static int lookup_find(struct lookup *l, struct problem *p) {
    char dir[PATH_MAX];
    struct finder *f = NULL;
    if (!finder_can_answer(l->o->query)) {
        ignore(problem_set(p, -EINVAL, "the index knows none of these conditions")); /* as above */
        return LOOKUP_UNUSABLE;
    }
    int len = l->o->finder_dir ? snprintf(dir, sizeof(dir), "%s", l->o->finder_dir) : snprintf(dir, sizeof(dir), "%s/%s", l->o->dir, l->v.dir_fd >= 0 ? "idx" : "../idx");
    if (len < 0 || (size_t) len >= sizeof(dir)) return problem_set(p, -ENAMETOOLONG, "the index's path is too long");
    if (finder_open(dir, &f, p) < 0) return LOOKUP_UNUSABLE;
    int r = lookup_with(l, f, dir, p);
    finder_free(f);
    return r;
}

int lookup_run(const struct lookup_options *o, struct lookup_report *out, struct problem *p) {
    const struct verify_options options = { .dir = o->dir, .stable = o->stable };
    _cleanup_(buf_release) struct buf head;
    struct verify_report *report = calloc(1, sizeof(*report));
    struct lookup *l = calloc(1, sizeof(*l));
    buf_init(&head, NOTE_LEN_MAX);
    int r = report && l ? 0 : problem_set(p, -ENOMEM, "out of memory");
    if (r == 0) {
        l->o = o;
        l->bundle = UINT64_MAX;
        l->v = (struct verify) { .o = &options, .report = report, .dir_fd = -1, .log_fd = -1 };
        r = verify_open(&l->v, p);
        if (r == 0) r = verify_load_head(&l->v, &head);
        if (r == -EBADMSG) r = problem_set(p, r, "%s", report->finding_count > 0 ? report->finding[0].text : "the checkpoint is none");
        if (r == 0) r = verify_pruned_load(&l->v);
        if (r == 0) r = lookup_find(l, p);
        if (r == LOOKUP_DONE) *out = l->report;
        verify_release(&l->v);
    }
    free(l);
    free(report);
    return r;
}
