#include <errno.h>

#include "audit/retain.h"
#include "audit/verify_state.h"
#include "conf/base/clock.h"
#include "conf/base/text.h"

/* A log whose oldest records were pruned (retain.h): verification starts at the minimum index, with the subtrees below it as the log holds them,
 * which the signed root then proves or not. */

static unsigned long long verify_ull(uint64_t v) {
    return (unsigned long long) v;
}

/* The hashes at this level that stand for records below the minimum index and are not yet part of a full tile. */
static int verify_pruned_level(struct verify *v, unsigned level) {
    unsigned count = (unsigned) (v->minimum >> (8 * level) & 255);
    if (count == 0) return 0;
    char path[VERIFY_PATH_LEN];
    size_t len = 0;
    uint64_t n = level + 1 < VERIFY_LEVELS ? v->minimum >> (8 * (level + 1)) : 0, hashes = v->head.size >> (8 * level);
    unsigned width = hashes / VERIFY_WIDTH > n ? VERIFY_WIDTH : (unsigned) (hashes % VERIFY_WIDTH);
    verify_path(path, (int) level, n, width);
    int r = verify_read(v, path, v->hashes, &len);
    if (r == -ENOENT && width < VERIFY_WIDTH) {
        verify_path(path, (int) level, n, VERIFY_WIDTH); /* a live log grew */
        r = verify_read(v, path, v->hashes, &len);
    }
    if (r < 0 && r != -ENOENT && r != -E2BIG) return r;
    if (r < 0 || len < count * (size_t) MERKLE_HASH_LEN) {
        verify_find(v, VERIFY_BAD, "%s does not hold the hashes of the pruned records", path);
        return -ENODATA;
    }
    memcpy(v->tile[level], v->hashes, count * sizeof(v->tile[level][0]));
    for (unsigned i = 0; i < count; i++) merkle_range_add_subtree(v->hasher, &v->range, 8 * level, &v->tile[level][i]);
    return 0;
}

static void verify_pruned_epoch(struct verify *v, const struct retain_mark *mark) {
    v->epoch_key = v->epoch_first_key = mark->epoch_key;
    v->epoch = v->report->epoch_first = mark->epoch;
    v->epoch_s = mark->epoch_s;
    v->epoch_known = true;
    v->beats = 1; /* the epoch may have had its heartbeat below the minimum index */
    if (!v->o->epoch) return;
    bool same = memcmp(v->o->epoch->public, mark->epoch_key.public, NOTE_PUBLIC_LEN) == 0;
    if (strcmp(v->o->epoch->name, mark->epoch_key.name) != 0) {
        verify_find(v, VERIFY_UNCHECKED, "the chain from the pinned epoch key on: its records were pruned. Pin the key of epoch %llu as it was before, or give --since",
                    verify_ull(mark->epoch));
    } else if (!same) {
        verify_find(v, VERIFY_BAD, "log/" RETAIN_MARK " names another key of epoch %llu than the pinned one", verify_ull(mark->epoch));
    }
}

int verify_pruned_load(struct verify *v) {
    struct retain_mark mark;
    size_t len = 0;
    int r = verify_read(v, RETAIN_MARK, v->hashes, &len);
    if (r == -ENOENT) return 0;
    if (r < 0 && r != -E2BIG) return r;
    struct bytes text = bytes_make(v->hashes, r == 0 ? len : 0);
    if (retain_mark_parse(text, v->head.origin, &mark) < 0 || mark.minimum > v->head.size) {
        verify_find(v, VERIFY_BAD, "log/" RETAIN_MARK " does not say what was pruned");
        return 0;
    }
    merkle_sha256(v->hasher, &text, 1, &v->pruned_digest);
    v->minimum = v->taken = v->report->minimum = mark.minimum;
    verify_pruned_epoch(v, &mark);
    r = 0;
    for (unsigned level = VERIFY_LEVELS; level > RETAIN_LEVELS && r == 0; level--) r = verify_pruned_level(v, level - 1);
    v->range.size = v->minimum;
    return r == -ENODATA ? 0 : r;
}

static bool verify_has_kind(const struct entry *e, const char *kind) {
    return bytes_equal(entry_text(e, ENTRY_KIND), bytes_from_string(kind));
}

void verify_retain(struct verify *v, uint64_t index, const struct entry *e) {
    char digest[2 * MERKLE_HASH_LEN + 1], at[CLOCK_TEXT_LEN + 1];
    uint64_t to = entry_number(e, ENTRY_NUMBER_C);
    clock_format(e->time_us, at);
    if (verify_has_kind(e, RETAIN_HOLD)) verify_find(v, VERIFY_NOTICE, "record %llu: a legal hold was set (%.19sZ)", verify_ull(index), at);
    if (verify_has_kind(e, RETAIN_RELEASE)) {
        verify_find(v, VERIFY_NOTICE, "record %llu: the legal hold of record %llu was released (%.19sZ)", verify_ull(index), verify_ull(entry_number(e, ENTRY_NUMBER_B)), at);
    }
    if (verify_has_kind(e, RETAIN_SUBJECTS)) verify_find(v, VERIFY_NOTICE, "record %llu: subject keys before month %llu were destroyed", verify_ull(index), verify_ull(to));
    if (!verify_has_kind(e, RETAIN_PRUNE)) return;
    if (to > v->minimum) {
        verify_find(v, VERIFY_NOTICE, "record %llu: pruning up to record %llu was announced (%.19sZ) and not carried out", verify_ull(index), verify_ull(to), at);
        return;
    }
    if (to != v->minimum) return;
    text_hex_encode(bytes_make(v->pruned_digest.raw, MERKLE_HASH_LEN), digest);
    v->pruned_recorded |= bytes_equal(entry_text(e, ENTRY_DIGEST_A), bytes_from_string(digest));
    verify_find(v, VERIFY_NOTICE, "record %llu: the records below %llu were pruned (%.19sZ)", verify_ull(index), verify_ull(to), at);
}

void verify_pruned_end(struct verify *v) {
    if (v->minimum == 0) return;
    size_t anchors = 0;
    while (anchors < v->anchor_count && v->anchors[anchors] < v->minimum) anchors++;
    if (!v->pruned_recorded) verify_find(v, VERIFY_BAD, "no record says that the records below %llu were pruned, or not as log/" RETAIN_MARK " says it", verify_ull(v->minimum));
    verify_find(v, VERIFY_UNCHECKED, "the pruned records below %llu: their hashes alone are in the tree", verify_ull(v->minimum));
    if (anchors > 0) verify_find(v, VERIFY_UNCHECKED, "%zu anchors over pruned records", anchors);
    if (v->since.size > 0 && v->since.size < v->minimum) {
        verify_find(v, VERIFY_UNCHECKED, "the saved checkpoint of %llu records: those below %llu were pruned", verify_ull(v->since.size), verify_ull(v->minimum));
    }
    if (v->pruned_left > 0) {
        verify_find(v, VERIFY_MISSING, "%llu files of pruned records are still there: pruning was interrupted; run deidfs-journal retain again", verify_ull(v->pruned_left));
    }
}
