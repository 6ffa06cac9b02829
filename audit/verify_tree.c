#include <errno.h>

#include "audit/verify_state.h"
#include "conf/base/clock.h"
#include "conf/base/text.h"

static unsigned long long verify_ull(uint64_t v) {
    return (unsigned long long) v;
}

/* The tile that the log should hold at (level, n) is what we computed; compare. */
static int verify_tile(struct verify *v, unsigned level, uint64_t n, unsigned width) {
    char path[VERIFY_PATH_LEN];
    size_t len = 0;
    verify_path(path, (int) level, n, width);
    int r = verify_read(v, path, v->hashes, &len);
    if (r == -ENOENT && width < VERIFY_WIDTH) {
        /* A live log may have completed it since; verify_files() judges whether the full one may be there. */
        verify_path(path, (int) level, n, VERIFY_WIDTH);
        r = verify_read(v, path, v->hashes, &len);
        if (r == 0 && len == VERIFY_WIDTH * MERKLE_HASH_LEN) len = width * (size_t) MERKLE_HASH_LEN;
    }
    if (r == -ENOENT) {
        verify_find(v, VERIFY_BAD, "%s is missing", path);
        return 0;
    }
    if (r < 0 && r != -E2BIG) return r;
    if (r == -E2BIG || len != width * (size_t) MERKLE_HASH_LEN || memcmp(v->hashes, v->tile[level], len) != 0) {
        verify_find(v, VERIFY_BAD, "%s does not hold the hashes of the records below it", path);
    }
    return 0;
}

static int verify_complete_tiles(struct verify *v) {
    uint64_t size = v->taken;
    for (unsigned level = 0; level + 1 < VERIFY_LEVELS && size % (UINT64_C(1) << (8 * (level + 1))) == 0; level++) {
        uint64_t n = (size >> (8 * (level + 1))) - 1;
        int r = verify_tile(v, level, n, VERIFY_WIDTH);
        if (r < 0) return r;
        struct merkle_hash *parent = &v->tile[level + 1][n % VERIFY_WIDTH];
        merkle_fold(v->hasher, v->tile[level], VERIFY_WIDTH, parent);
        if (level == 0) merkle_range_add_subtree(v->hasher, &v->range, 8, parent);
    }
    return 0;
}

void verify_tree_root(const struct verify *v, struct merkle_hash *out) {
    struct merkle_range range = v->range;
    for (uint64_t i = range.size; i < v->taken; i++) merkle_range_add(v->hasher, &range, &v->tile[0][i % VERIFY_WIDTH]);
    merkle_range_root(v->hasher, &range, out);
}

static int verify_partial_tiles(struct verify *v) {
    int r = 0;
    for (unsigned level = 0; level < VERIFY_LEVELS && r == 0; level++) {
        unsigned width = (unsigned) (v->taken >> (8 * level) & 255);
        uint64_t n = level + 1 < VERIFY_LEVELS ? v->taken >> (8 * (level + 1)) : 0;
        if (width > 0) r = verify_tile(v, level, n, width);
    }
    return r;
}

/* epoch/<i>/final: this size, this root, signed by S, E_i and the announced E_{i+1}; nobody else. */
static int verify_final(struct verify *v, const struct note_key *next) {
    char path[VERIFY_PATH_LEN];
    int len = snprintf(path, sizeof(path), "epoch/%llu/final", verify_ull(v->epoch));
    must(len > 0 && (size_t) len < sizeof(path));
    size_t file_len = 0;
    int r = verify_read(v, path, v->hashes, &file_len);
    if (r == -ENOENT) {
        verify_find(v, VERIFY_BAD, "%s is missing: epoch %llu was never sealed", path, verify_ull(v->epoch));
        return 0;
    }
    if (r < 0) return r;
    struct note n;
    struct verify_head final;
    struct merkle_hash root;
    verify_tree_root(v, &root);
    if (note_parse(bytes_make(v->hashes, file_len), &n) < 0 || verify_parse_head(&n, &final) < 0) {
        verify_find(v, VERIFY_BAD, "%s is not a checkpoint", path);
        return 0;
    }
    bool same = strcmp(final.origin, v->head.origin) == 0 && final.size == v->taken && merkle_equal(&final.root, &root);
    if (!same) verify_find(v, VERIFY_BAD, "%s is not of the tree at %llu records", path, verify_ull(v->taken));
    if (n.count != 3) verify_find(v, VERIFY_BAD, "%s has %zu signatures, not three", path, n.count);
    if (note_verify(&n, &v->o->stable, NULL) != NOTE_SIGNED) verify_find(v, VERIFY_BAD, "%s is not signed by the pinned key", path);
    if (note_verify(&n, &v->epoch_key, NULL) != NOTE_SIGNED) verify_find(v, VERIFY_BAD, "%s is not signed by the key of its epoch", path);
    if (note_verify(&n, next, NULL) != NOTE_SIGNED) verify_find(v, VERIFY_BAD, "%s is not signed by the key announced for the next epoch", path);
    return 0;
}

/* A key record ends the epoch: the announced key takes over. */
static int verify_key(struct verify *v, uint64_t index, const struct entry *e) {
    struct note_key next;
    char name[NOTE_NAME_LEN_MAX + 32];
    int len = snprintf(name, sizeof(name), "%s/epoch/%llu", v->head.origin, verify_ull(v->epoch + 1));
    must(len > 0);
    bool good = entry_number(e, ENTRY_PREVIOUS) == v->epoch && entry_number(e, ENTRY_EPOCH) == v->epoch + 1;
    if (note_key_parse(entry_text(e, ENTRY_EPOCH_VKEY), &next) < 0 || strcmp(next.name, name) != 0) good = false;
    if (!good || !v->epoch_known) {
        verify_find(v, VERIFY_BAD, "record %llu does not announce the key that follows epoch %llu", verify_ull(index), verify_ull(v->epoch));
        v->epoch_known = false;
        return 0;
    }
    if (v->beats == 0) verify_find(v, VERIFY_BAD, "epoch %llu has no heartbeat", verify_ull(v->epoch));
    int r = verify_final(v, &next);
    v->epoch_before = v->epoch_key;
    v->epoch_key = next;
    v->epoch++;
    v->epoch_just_ended = true;
    v->beats = 0;
    return r;
}

static void verify_genesis(struct verify *v, uint64_t index, const struct entry *e) {
    struct note_key stable, first;
    if (index != 0) {
        verify_find(v, VERIFY_BAD, "record %llu is a second genesis", verify_ull(index));
        return;
    }
    bool good = bytes_equal(entry_text(e, ENTRY_ORIGIN), bytes_from_string(v->head.origin)) && entry_number(e, ENTRY_FORM) == 1;
    if (note_key_parse(entry_text(e, ENTRY_STABLE_VKEY), &stable) < 0 || memcmp(stable.public, v->o->stable.public, NOTE_PUBLIC_LEN) != 0) good = false;
    if (note_key_parse(entry_text(e, ENTRY_EPOCH_VKEY), &first) < 0) good = false;
    if (!good) {
        verify_find(v, VERIFY_BAD, "the genesis record does not name this log and its keys");
        return;
    }
    if (v->o->epoch && (strcmp(v->o->epoch->name, first.name) != 0 || memcmp(v->o->epoch->public, first.public, NOTE_PUBLIC_LEN) != 0)) {
        verify_find(v, VERIFY_BAD, "the genesis record announces another first epoch key than the pinned one");
        return;
    }
    v->epoch_key = v->epoch_first_key = first;
    v->epoch = v->report->epoch_first = entry_number(e, ENTRY_EPOCH);
    v->epoch_s = entry_number(e, ENTRY_EPOCH_S);
    v->epoch_known = true;
    if (entry_has(e, ENTRY_PREDECESSOR)) {
        verify_find(v, VERIFY_NOTICE, "this log follows another one, whose last root is named in the genesis record");
    }
}

/* Boot, BOOTTIME and REALTIME go on, or a clock record explains why not, with the true figures. */
static void verify_clock(struct verify *v, uint64_t index, const struct entry *e) {
    struct entry_stamp now = { .time_us = e->time_us, .mono_us = e->mono_us };
    memcpy(now.boot, e->field[ENTRY_BOOT].ptr, ENTRY_BOOT_LEN);
    bool jumps = v->begun && entry_clock_jumps(&v->last, &now);
    if (jumps && e->type != EVENT_CLOCK) verify_find(v, VERIFY_BAD, "record %llu: the clock stepped without a record of it", verify_ull(index));
    if (e->type == EVENT_CLOCK) {
        bool right = entry_number(e, ENTRY_NUMBER_A) == now.time_us - now.mono_us && entry_number(e, ENTRY_NUMBER_B) == v->last.time_us - v->last.mono_us;
        if ((!right && v->begun) || index == 0) verify_find(v, VERIFY_BAD, "record %llu: the clock record does not tell the step that happened", verify_ull(index));
        verify_find(v, VERIFY_NOTICE, "record %llu: the host's clock was set", verify_ull(index));
    }
    uint64_t quiet_us = 3 * v->epoch_s * 1000000u;
    if (v->begun && v->epoch_s > 0 && now.time_us > v->last.time_us + quiet_us && !v->stopped) {
        char at[CLOCK_TEXT_LEN + 1];
        clock_format(v->last.time_us, at);
        verify_find(v, VERIFY_NOTICE, "no heartbeat for %llu s after record %llu (%s), without a clean stop",
                    verify_ull((now.time_us - v->last.time_us) / 1000000u), verify_ull(index - 1), at);
    }
    v->last = now;
    v->begun = true;
}

static int verify_entry(struct verify *v, uint64_t index, struct bytes text) {
    struct merkle_hash leaf;
    merkle_leaf(v->hasher, text, &leaf);
    v->tile[0][index % VERIFY_WIDTH] = leaf;
    v->taken++;
    v->epoch_just_ended = false;
    struct entry e;
    if (entry_read(text, &e) < 0) {
        verify_find(v, VERIFY_BAD, "record %llu is not a canonical entry", verify_ull(index));
    } else {
        verify_clock(v, index, &e);
        v->report->counts[e.type]++;
        if (index == v->minimum) v->report->time_first_us = e.time_us;
        v->report->time_last_us = e.time_us;
        if ((index == 0) != (e.type == EVENT_GENESIS)) verify_find(v, VERIFY_BAD, "record %llu: genesis is not the first record, and only it", verify_ull(index));
        if (e.type == EVENT_GENESIS) verify_genesis(v, index, &e);
        if (e.type == EVENT_CLOSE && entry_number(&e, ENTRY_OPEN) >= index) verify_find(v, VERIFY_BAD, "record %llu closes what was not open", verify_ull(index));
        if (e.type == EVENT_BEAT) v->beats++;
        if (e.type == EVENT_RETAIN) verify_retain(v, index, &e);
        if (e.type == EVENT_ANCHOR) verify_anchor_record(v, index, &e);
        if (v->not_before_us > 0) verify_anchor_bound(v, index, &e);
        if (e.type == EVENT_HALT) verify_find(v, VERIFY_NOTICE, "record %llu: the journal halted; reads were refused from there on", verify_ull(index));
        if (e.type == EVENT_RECOVER) {
            uint64_t lost = entry_number(&e, ENTRY_NUMBER_B);
            verify_find(v, lost > 0 ? VERIFY_MISSING : VERIFY_NOTICE, "record %llu: recovered after a stop that was not clean, %llu bytes torn, %llu records lost",
                        verify_ull(index), verify_ull(entry_number(&e, ENTRY_NUMBER_D)), verify_ull(lost));
        }
        if (v->o->on_entry) v->o->on_entry(v->o->context, index, &e);
        /* A stop is clean when nothing but the key record follows its last beat. */
        if (e.type != EVENT_KEY) v->stopped = e.type == EVENT_BEAT && entry_has(&e, ENTRY_STOP);
        if (e.type == EVENT_KEY) return verify_key(v, index, &e);
    }
    return 0;
}

static void verify_since(struct verify *v) {
    if (v->since.size == 0 || v->taken != v->since.size) return;
    struct merkle_hash root;
    verify_tree_root(v, &root);
    if (!merkle_equal(&root, &v->since.root)) {
        verify_find(v, VERIFY_BAD, "the first %llu records are not those of the saved checkpoint: history was changed", verify_ull(v->since.size));
    }
}

/* Exactly width entries, and not a byte more. */
static int verify_bundle(struct verify *v, uint64_t n, unsigned width) {
    char path[VERIFY_PATH_LEN];
    size_t len = 0;
    bool whole = true;
    verify_path(path, VERIFY_ENTRIES, n, width);
    int r = verify_read(v, path, v->file, &len);
    if (r == -ENOENT && width < VERIFY_WIDTH) {
        verify_path(path, VERIFY_ENTRIES, n, VERIFY_WIDTH);
        r = verify_read(v, path, v->file, &len);
        whole = false; /* the part of a full bundle that the snapshot covers */
    }
    if (r == -ENOENT) verify_find(v, VERIFY_BAD, "%s is missing: records %llu to %llu", path, verify_ull(n * VERIFY_WIDTH), verify_ull(n * VERIFY_WIDTH + width - 1));
    if (r == -E2BIG) verify_find(v, VERIFY_BAD, "%s is longer than any bundle", path);
    if (r < 0) return r;
    struct bytes rest = bytes_make(v->file, len), size, entry;
    for (unsigned i = 0; i < width; i++) {
        if (!bytes_take(&rest, 2, &size) || !bytes_take(&rest, (size_t) size.ptr[0] << 8 | size.ptr[1], &entry)) {
            verify_find(v, VERIFY_BAD, "%s ends before its record %u", path, i);
            return -ENODATA;
        }
        r = verify_entry(v, n * VERIFY_WIDTH + i, entry);
        if (r < 0) return r;
        verify_since(v);
        r = verify_anchors_step(v);
        if (r < 0) return r;
    }
    if (whole && rest.len > 0) verify_find(v, VERIFY_BAD, "%s holds more than its %u records", path, width);
    return 0;
}

int verify_tree(struct verify *v) {
    verify_since(v);
    for (uint64_t n = v->minimum / VERIFY_WIDTH; v->taken < v->head.size; n++) {
        uint64_t left = v->head.size - v->taken;
        unsigned width = left < VERIFY_WIDTH ? (unsigned) left : VERIFY_WIDTH;
        int r = verify_bundle(v, n, width);
        if (r == -ENOENT || r == -E2BIG || r == -ENODATA) return 0; /* said; nothing above it can be computed */
        if (r == 0 && width == VERIFY_WIDTH) r = verify_complete_tiles(v);
        if (r < 0) return r;
        if (v->o->on_progress && n % 64 == 0) v->o->on_progress(v->o->context, v->taken, v->head.size);
    }
    return verify_partial_tiles(v);
}
