#include <errno.h>
#include <stdlib.h>

#include "audit/timestamp.h"
#include "audit/verify_state.h"
#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "conf/base/text.h"

/* An authority's clock and the host's may differ by this much without anybody having lied. */
#define VERIFY_STAMP_TOLERANCE_US (UINT64_C(5) * 1000000u)

/* Anchors are checked on the way: their sizes are read first, and when the stream reaches one its root must be the tree's. */

static int verify_compare_sizes(const void *a, const void *b) {
    uint64_t x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

int verify_anchors_load(struct verify *v) {
    _cleanup_(io_close_folder) DIR *dir = NULL;
    int r = io_open_folder_at(v->log_fd, "anchor", &dir);
    if (r < 0) return r == -ENOENT ? 0 : r;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        struct bytes name = bytes_from_string(e->d_name);
        uint64_t size = 0;
        if (!bytes_ends_with(name, BYTES(".note")) || !text_parse_u64(bytes_make(name.ptr, name.len - 5), &size) || size == 0) continue;
        if (v->anchor_count == VERIFY_ANCHORS_MAX) {
            verify_find(v, VERIFY_UNCHECKED, "anchors beyond the first %d", VERIFY_ANCHORS_MAX);
            break;
        }
        v->anchors[v->anchor_count++] = size;
    }
    if (v->anchor_count > 1) qsort(v->anchors, v->anchor_count, sizeof(v->anchors[0]), verify_compare_sizes);
    return 0;
}

static void verify_anchor_time(struct verify *v, uint64_t time_us) {
    uint64_t *at = &v->anchor_time_us[v->anchor_next];
    if (time_us > *at) *at = time_us;
}

/* Signatures of the pinned witnesses over the anchor's checkpoint; their number. */
static size_t verify_cosignatures(struct verify *v, struct bytes text, uint64_t size) {
    char path[VERIFY_PATH_LEN];
    int len = snprintf(path, sizeof(path), "anchor/%llu.cosig", (unsigned long long) size);
    must(len > 0 && (size_t) len < sizeof(path));
    size_t file_len = 0, good = 0;
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, NOTE_LEN_MAX);
    if (verify_read(v, path, v->hashes, &file_len) < 0) return 0;
    buf_append(&raw, text);
    buf_append_byte(&raw, '\n');
    struct note n;
    if (buf_append(&raw, bytes_make(v->hashes, file_len)) < 0 || note_parse(buf_bytes(&raw), &n) < 0) {
        verify_find(v, VERIFY_BAD, "%s is not made of cosignatures", path);
        return 0;
    }
    for (size_t i = 0; i < v->o->witness_count; i++) {
        uint64_t time_s = 0;
        int r = note_verify(&n, &v->o->witnesses[i], &time_s);
        if (r < 0) verify_find(v, VERIFY_BAD, "%s: the signature of %.100s is wrong", path, v->o->witnesses[i].name);
        good += r == NOTE_SIGNED;
        if (r == NOTE_SIGNED && size >= v->witnessed_size) v->witnessed_time_s = time_s;
        if (r == NOTE_SIGNED && time_s < UINT64_MAX / 1000000u) verify_anchor_time(v, time_s * 1000000u);
    }
    return good;
}

/* The timestamp beside the anchor's checkpoint, if there is one. */
static void verify_timestamp(struct verify *v, struct bytes text, uint64_t size) {
    char path[VERIFY_PATH_LEN];
    int len = snprintf(path, sizeof(path), "anchor/%llu.tsr", (unsigned long long) size);
    must(len > 0 && (size_t) len < sizeof(path));
    size_t file_len = 0;
    uint64_t time_us = 0;
    struct problem p = { "" };
    if (verify_read(v, path, v->hashes, &file_len) < 0) return;
    if (!v->o->tsa_file) {
        v->stamps_unchecked++;
        return;
    }
    if (timestamp_check(bytes_make(v->hashes, file_len), text, v->o->tsa_file, &time_us, &p) < 0) {
        verify_find(v, VERIFY_BAD, "%s: %.180s", path, p.text);
        return;
    }
    /* Records below were written before that time: one that claims a later time lies, or the host's clock did. Stamps are cut to seconds. */
    if (v->last.time_us > time_us + VERIFY_STAMP_TOLERANCE_US) {
        verify_find(v, VERIFY_BAD, "%s: record %llu claims a later time than the timestamp over it", path, (unsigned long long) (size - 1));
    }
    v->stamped_size = size;
    v->stamped_time_us = time_us;
    verify_anchor_time(v, time_us);
}

static int verify_anchor(struct verify *v, uint64_t size) {
    char path[VERIFY_PATH_LEN];
    int len = snprintf(path, sizeof(path), "anchor/%llu.note", (unsigned long long) size);
    must(len > 0 && (size_t) len < sizeof(path));
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, NOTE_LEN_MAX);
    size_t file_len = 0;
    int r = verify_read(v, path, v->hashes, &file_len);
    if (r < 0 && r != -E2BIG) return r;
    struct note n;
    struct verify_head head;
    struct merkle_hash root;
    verify_tree_root(v, &root);
    bool good = r == 0 && note_parse(bytes_make(v->hashes, file_len), &n) == 0 && verify_parse_head(&n, &head) == 0 &&
                note_verify(&n, &v->o->stable, NULL) == NOTE_SIGNED && strcmp(head.origin, v->head.origin) == 0 && head.size == size;
    if (!good) verify_find(v, VERIFY_BAD, "%s is not a checkpoint of this log at that size", path);
    if (good && !merkle_equal(&head.root, &root)) verify_find(v, VERIFY_BAD, "%s: the log's first %llu records are not those that were witnessed", path, (unsigned long long) size);
    if (!good) return 0;
    r = buf_append(&text, n.text);
    if (r < 0) return r;
    verify_timestamp(v, buf_bytes(&text), size);
    size_t witnesses = verify_cosignatures(v, buf_bytes(&text), size);
    if (v->o->witness_quorum > 0 && witnesses >= v->o->witness_quorum) v->witnessed_size = size;
    return 0;
}

int verify_anchors_step(struct verify *v) {
    int r = 0;
    while (r == 0 && v->anchor_next < v->anchor_count && v->anchors[v->anchor_next] <= v->taken) {
        if (v->anchors[v->anchor_next] == v->taken) r = verify_anchor(v, v->taken);
        v->anchor_next++;
    }
    return r;
}

static uint64_t verify_anchor_time_of(const struct verify *v, uint64_t size) {
    for (size_t i = 0; i < v->anchor_count; i++) {
        if (v->anchors[i] == size) return v->anchor_time_us[i];
    }
    return 0;
}

/* The file is the one that was there when the record was written, so the record is younger than the attested time. */
void verify_anchor_record(struct verify *v, uint64_t index, const struct entry *e) {
    char path[VERIFY_PATH_LEN], hex[2 * MERKLE_HASH_LEN + 1];
    struct bytes kind = entry_text(e, ENTRY_KIND);
    uint64_t size = entry_number(e, ENTRY_NUMBER_C);
    if (size > index || kind.len > 5) {
        verify_find(v, VERIFY_BAD, "record %llu names an anchor over records that were not there yet", (unsigned long long) index);
        return;
    }
    int len = snprintf(path, sizeof(path), "anchor/%llu.%.*s", (unsigned long long) size, (int) kind.len, (const char *) kind.ptr);
    must(len > 0 && (size_t) len < sizeof(path));
    size_t file_len = 0;
    if (verify_read(v, path, v->hashes, &file_len) < 0) {
        verify_find(v, VERIFY_MISSING, "log/%s is gone: record %llu names it", path, (unsigned long long) index);
        return;
    }
    struct bytes text = bytes_make(v->hashes, file_len);
    struct merkle_hash digest;
    merkle_sha256(v->hasher, &text, 1, &digest);
    text_hex_encode(bytes_make(digest.raw, MERKLE_HASH_LEN), hex);
    if (!bytes_equal(entry_text(e, ENTRY_DIGEST_A), bytes_from_string(hex))) {
        verify_find(v, VERIFY_NOTICE, "log/%s is not the one that record %llu names: it was replaced since", path, (unsigned long long) index);
        return;
    }
    uint64_t time_us = verify_anchor_time_of(v, size);
    if (time_us > v->not_before_us) v->not_before_us = time_us;
}

/* From the other side: what was written after a time that others attest cannot be older. */
void verify_anchor_bound(struct verify *v, uint64_t index, const struct entry *e) {
    if (v->not_before_told || e->time_us + VERIFY_STAMP_TOLERANCE_US >= v->not_before_us) return;
    char at[CLOCK_TEXT_LEN + 1];
    clock_format(v->not_before_us, at);
    verify_find(v, VERIFY_BAD, "record %llu claims an earlier time than an anchor (%.19sZ) that was there before it", (unsigned long long) index, at);
    v->not_before_told = true;
}

static void verify_timestamps_end(struct verify *v) {
    if (v->stamps_unchecked > 0) verify_find(v, VERIFY_UNCHECKED, "%zu timestamps: give --tsa with the authorities' certificates", v->stamps_unchecked);
    if (v->o->tsa_file && v->stamped_size == 0) verify_find(v, VERIFY_MISSING, "no timestamp of the given authorities was found");
    if (v->stamped_size == 0) return;
    char at[CLOCK_TEXT_LEN + 1];
    clock_format(v->stamped_time_us, at);
    verify_find(v, VERIFY_NOTICE, "the first %llu records existed at %.19sZ by a timestamping authority", (unsigned long long) v->stamped_size, at);
}

void verify_anchors_end(struct verify *v) {
    verify_timestamps_end(v);
    for (; v->anchor_next < v->anchor_count; v->anchor_next++) {
        verify_find(v, VERIFY_BAD, "a witness saw %llu records, the log has %llu: it was cut", (unsigned long long) v->anchors[v->anchor_next], (unsigned long long) v->head.size);
    }
    if (v->o->witness_quorum == 0) {
        if (v->anchor_count > 0 && v->stamped_size == 0) verify_find(v, VERIFY_UNCHECKED, "who witnessed the %zu anchors: give --witnesses and --quorum", v->anchor_count);
        return;
    }
    if (v->witnessed_size == 0) {
        verify_find(v, VERIFY_MISSING, "no anchor holds cosignatures of %zu of the given witnesses", v->o->witness_quorum);
        return;
    }
    char at[CLOCK_TEXT_LEN + 1];
    clock_format(v->witnessed_time_s * 1000000u, at);
    verify_find(v, VERIFY_NOTICE, "the first %llu records were witnessed by %zu or more, at %s by a witness's clock", (unsigned long long) v->witnessed_size,
                v->o->witness_quorum, at);
    if (v->witnessed_size < v->head.size) {
        verify_find(v, VERIFY_UNCHECKED, "by witnesses: the %llu records since", (unsigned long long) (v->head.size - v->witnessed_size));
    }
}
