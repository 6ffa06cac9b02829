#include "audit/recover.h"

#include <errno.h>

#include "audit/guard.h"
#include "audit/tile.h"
#include "audit/wal.h"
#include "conf/base/io.h"
#include "conf/base/log.h"

/* A checkpoint file, signed by S and E_i. The bytes stay in raw. */
static int recover_read(const struct recover_input *in, const struct epoch *e, const char *path, struct buf *raw, struct checkpoint *out) {
    int r = io_read_file_at(in->log_fd, path, raw);
    if (r < 0) return r;
    struct note n;
    if (note_parse(buf_bytes(raw), &n) < 0 || checkpoint_parse(n.text, out) < 0) return -EUCLEAN;
    if (strcmp(out->origin, in->origin) != 0 || out->size == 0) return -EUCLEAN;
    bool good = note_verify(&n, &e->stable, NULL) == NOTE_SIGNED && note_verify(&n, &e->current, NULL) == NOTE_SIGNED;
    return good ? 0 : -EKEYREJECTED;
}

/* The final of the current epoch is there: the crash came before E_i was forgotten. Publish it (again) and forget. */
static int recover_finish_epoch(const struct recover_input *in, struct recover *out) {
    char path[EPOCH_PATH_LEN];
    epoch_path(path, out->epoch.number, "final");
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, NOTE_LEN_MAX);
    struct checkpoint final;
    int r = recover_read(in, &out->epoch, path, &raw, &final);
    if (r == -ENOENT) return 0;
    if (r == 0 && final.size < out->head.size) r = -EUCLEAN;
    if (r == 0) r = epoch_prepare(&out->epoch, in->keeper, in->origin);
    struct note n;
    if (r == 0) r = note_parse(buf_bytes(&raw), &n);
    if (r == 0 && note_verify(&n, &out->epoch.next, NULL) != NOTE_SIGNED) r = -EKEYREJECTED;
    if (r == 0) r = io_replace_file_at(in->log_fd, "checkpoint", buf_bytes(&raw), TILE_FILE_MODE);
    if (r == 0 && in->guard_path) r = guard_write(in->guard_path, buf_bytes(&raw));
    if (r == 0) r = epoch_advance(&out->epoch, in->keeper);
    if (r == 0) out->head = final;
    return r;
}

static int recover_check_guard(const struct recover_input *in, const struct recover *rec, struct problem *p) {
    struct checkpoint copy;
    int r = in->guard_path ? guard_read(in->guard_path, &rec->epoch.stable, &copy) : GUARD_NONE;
    if (r == GUARD_NONE) {
        if (in->guard_path) log_warning("journal_guard_missing", "the second copy of the checkpoint is gone; it is made again");
        return 0;
    }
    if (r < 0) return problem_set(p, r, "journal: the second copy of the checkpoint is not one signed by this log's key; see deidfs-journal(1), GUARD");
    if (strcmp(copy.origin, in->origin) != 0) return 0; /* of the log before this one */
    if (copy.size > rec->head.size) {
        return problem_set(p, -EUCLEAN,
                           "journal: log has %llu records, its second checkpoint copy %llu: restored from a backup or cut. "
                           "Bring the newer log back, or set this one aside and run deidfs-setup to begin a new one that names it",
                           (unsigned long long) rec->head.size, (unsigned long long) copy.size);
    }
    struct merkle_hasher *h = NULL;
    r = merkle_hasher_new(&h);
    if (r < 0) return r;
    struct tile_reader reader = { .log_fd = in->log_fd, .size = rec->head.size, .hasher = h };
    struct proof_source source = { .subtree = tile_reader_subtree, .context = &reader, .hasher = h };
    struct merkle_hash root;
    r = proof_root(&source, copy.size, &root);
    if (r == 0 && !merkle_equal(&root, &copy.root)) r = -EUCLEAN;
    merkle_hasher_free(h);
    return r < 0 ? problem_set(p, r, "journal: the log does not contain the tree of its second checkpoint copy: it was changed; verify it") : 0;
}

int recover_head(const struct recover_input *in, struct recover *out, struct problem *p) {
    struct recover rec = { 0 };
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, NOTE_LEN_MAX);
    int r = epoch_load(in->keeper, in->origin, &rec.epoch);
    if (r < 0) return problem_set(p, r, "journal: the keeper does not give its public keys");
    r = recover_read(in, &rec.epoch, "checkpoint", &raw, &rec.head);
    if (r == -ENOENT) return problem_set(p, r, "journal: there is none yet; deidfs-setup makes it");
    if (r == -EKEYREJECTED) return problem_set(p, r, "journal: its checkpoint is not signed by this instance's keys (epoch %llu)", (unsigned long long) rec.epoch.number);
    if (r < 0) return problem_set(p, r, "journal: its checkpoint is not one of this log; run deidfs-journal verify");
    r = recover_finish_epoch(in, &rec);
    if (r < 0) return problem_set(p, r, "journal: the end of epoch %llu cannot be finished", (unsigned long long) rec.epoch.number);
    rec.end = rec.head.size;
    r = recover_check_guard(in, &rec, p);
    if (r < 0) return r;
    *out = rec;
    return 0;
}

/* Entries of a frame beyond the head: whole by their form, and is one an epoch's end? */
static int recover_take_frame(struct recover *r, const struct wal_frame *frame) {
    struct bytes rest = frame->payload, text;
    uint64_t index = frame->first_index;
    for (; tile_bundle_take(&rest, &text); index++) {
        if (index < r->head.size) continue;
        struct entry e;
        if (entry_read(text, &e) < 0) return -EUCLEAN;
        if (e.type != EVENT_KEY) continue;
        r->has_key = true;
        r->key_index = index;
    }
    if (index > r->end) r->end = index;
    return 0;
}

int recover_wal(const struct recover_input *in, struct recover *rec, struct problem *p) {
    _cleanup_(wal_reader_freep) struct wal_reader *reader = NULL;
    int r = wal_reader_new(in->wal_fd, in->origin, rec->head.size, &reader);
    struct wal_frame frame;
    while (r == 0) {
        r = wal_reader_next(reader, &frame);
        if (r == WAL_FRAME) r = recover_take_frame(rec, &frame);
    }
    struct wal_tail tail = { 0 };
    if (r == WAL_END) r = wal_reader_tail(reader, &tail);
    if (r < 0) return problem_set(p, r, "journal: the write-ahead log cannot be read (%s)", strerror(-r));
    if (tail.damaged && !in->accept_loss) {
        return problem_set(p, -EUCLEAN,
                           "journal: the write-ahead log is damaged after record %llu, with whole records behind the damage. Nothing was changed. "
                           "Keep a copy of wal/; then mount once with -o accept_loss to go on with a record that names the gap",
                           (unsigned long long) rec->end);
    }
    rec->torn_len = tail.torn_len;
    if (tail.damaged) rec->lost = tail.next_index > rec->end ? tail.next_index - rec->end : 1;
    r = wal_reader_set_aside(reader);
    return r < 0 ? problem_set(p, r, "journal: the torn end of the write-ahead log cannot be set aside (%s)", strerror(-r)) : 0;
}
