#include "audit/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "audit/verify_state.h"
#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "conf/base/text.h"

void verify_find(struct verify *v, enum verify_kind kind, const char *format, ...) {
    struct verify_report *r = v->report;
    r->found[kind]++;
    if (r->finding_count == VERIFY_FINDINGS_MAX) return;
    struct verify_finding *f = &r->finding[r->finding_count++];
    f->kind = kind;
    va_list args;
    va_start(args, format);
    ignore(vsnprintf(f->text, sizeof(f->text), format, args)); /* a cut finding is still one */
    va_end(args);
}

void verify_path(char out[VERIFY_PATH_LEN], int level, uint64_t n, unsigned width) {
    char groups[64] = "", suffix[16] = "", kind[16] = "entries";
    int len = snprintf(groups, sizeof(groups), "%03u", (unsigned) (n % 1000) & 1023u);
    for (n /= 1000; n > 0 && len > 0; n /= 1000) {
        char longer[64];
        len = snprintf(longer, sizeof(longer), "x%03u/%.50s", (unsigned) (n % 1000) & 1023u, groups);
        memcpy(groups, longer, sizeof(groups));
    }
    if (width < VERIFY_WIDTH) len = snprintf(suffix, sizeof(suffix), ".p/%u", width);
    if (level != VERIFY_ENTRIES) len = snprintf(kind, sizeof(kind), "%d", level);
    len = snprintf(out, VERIFY_PATH_LEN, "tile/%s/%s%s", kind, groups, suffix);
    must(len > 0 && len < VERIFY_PATH_LEN);
}

int verify_read(const struct verify *v, const char *path, uint8_t *to, size_t *out_len) {
    _cleanup_(close_fd) int fd = openat(v->log_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return errno == ENOTDIR ? -ENOENT : -errno;
    size_t len = 0;
    while (len <= VERIFY_FILE_LEN_MAX) {
        ssize_t n = read(fd, to + len, VERIFY_FILE_LEN_MAX + 1 - len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -errno;
        if (n == 0) break;
        len += (size_t) n;
    }
    if (len > VERIFY_FILE_LEN_MAX) return -E2BIG;
    *out_len = len;
    return 0;
}

static bool verify_line(struct bytes *in, struct bytes *out) {
    const uint8_t *at = in->len > 0 ? memchr(in->ptr, '\n', in->len) : NULL;
    struct bytes newline;
    return at && bytes_take(in, (size_t) (at - in->ptr), out) && bytes_take(in, 1, &newline);
}

static int verify_set_head(struct bytes origin, struct bytes size, struct bytes root, struct verify_head *out) {
    struct verify_head h = { 0 };
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, 128);
    if (origin.len == 0 || origin.len > NOTE_NAME_LEN_MAX || memchr(origin.ptr, 0, origin.len)) return -EBADMSG;
    if (!text_parse_u64(size, &h.size) || h.size == 0 || root.len != 44) return -EBADMSG;
    if (text_base64_decode(root, &raw) < 0 || raw.len != MERKLE_HASH_LEN) return -EBADMSG;
    memcpy(h.origin, origin.ptr, origin.len);
    memcpy(h.root.raw, raw.ptr, MERKLE_HASH_LEN);
    *out = h;
    return 0;
}

int verify_parse_head(const struct note *n, struct verify_head *out) {
    struct bytes rest = n->text, origin, size, root;
    if (!verify_line(&rest, &origin) || !verify_line(&rest, &size) || !verify_line(&rest, &root) || rest.len > 0) return -EBADMSG;
    return verify_set_head(origin, size, root, out);
}

void verify_vkey_file(struct verify *v, const char *path, const struct note_key *k) {
    char vkey[NOTE_VKEY_LEN_MAX];
    size_t len = 0;
    int r = verify_read(v, path, v->hashes, &len);
    if (r == 0) r = note_key_format(k, vkey);
    size_t want = r == 0 ? strlen(vkey) : 0;
    bool same = r == 0 && len == want + 1 && memcmp(v->hashes, vkey, want) == 0 && v->hashes[want] == '\n';
    if (!same) verify_find(v, VERIFY_BAD, "log/%s is not the key of this log", path);
}

/* The snapshot: everything is measured against it, whatever a live writer does meanwhile. */
int verify_load_head(struct verify *v, struct buf *raw) {
    int r = io_read_file_at(v->log_fd, "checkpoint", raw);
    if (r == -ENOENT || r == -E2BIG) {
        verify_find(v, VERIFY_BAD, "log/checkpoint is %s", r == -ENOENT ? "missing" : "longer than any checkpoint");
        return -EBADMSG;
    }
    if (r < 0) return r;
    struct note n;
    if (note_parse(buf_bytes(raw), &n) < 0 || verify_parse_head(&n, &v->head) < 0) {
        verify_find(v, VERIFY_BAD, "log/checkpoint is not a checkpoint");
        return -EBADMSG;
    }
    if (note_verify(&n, &v->o->stable, NULL) != NOTE_SIGNED) {
        verify_find(v, VERIFY_BAD, "log/checkpoint is not signed by the pinned key %s", v->o->stable.name);
        return -EBADMSG;
    }
    if (strcmp(v->head.origin, v->o->stable.name) != 0) verify_find(v, VERIFY_BAD, "log/checkpoint is of another log: %.150s", v->head.origin);
    return 0;
}

/* Signed by S and the last epoch's key; at the very end of an epoch by the three that sealed it. */
static void verify_head_keys(struct verify *v, struct bytes raw) {
    struct note n;
    int r = note_parse(raw, &n);
    must(r == 0); /* it was parsed before */
    if (!v->epoch_known) {
        verify_find(v, VERIFY_BAD, "the key of the last epoch is not known, so the checkpoint's second signature cannot be right");
        return;
    }
    if (note_verify(&n, &v->epoch_key, NULL) != NOTE_SIGNED) {
        verify_find(v, VERIFY_BAD, "log/checkpoint is not signed by the key of epoch %llu", (unsigned long long) v->epoch);
    }
    bool final = v->epoch_just_ended;
    if (final && note_verify(&n, &v->epoch_before, NULL) != NOTE_SIGNED) {
        verify_find(v, VERIFY_BAD, "log/checkpoint ends an epoch without the signature of its key");
    }
    if (n.count != (final ? 3u : 2u)) verify_find(v, VERIFY_BAD, "log/checkpoint has %zu signatures", n.count);
}

static void verify_root(struct verify *v) {
    struct merkle_hash root;
    if (v->taken != v->head.size) return; /* said by verify_tree() */
    verify_tree_root(v, &root);
    if (!merkle_equal(&root, &v->head.root)) verify_find(v, VERIFY_BAD, "the records are not those that the checkpoint signs: the tree's root differs");
}

/* A note signed by S, or a receipt line that its holder vouches for. */
static int verify_load_since(struct verify *v) {
    struct bytes given = v->o->since;
    if (given.len == 0) return 0;
    if (bytes_starts_with(given, BYTES("receipt v1 "))) {
        struct bytes rest = bytes_make(given.ptr + 11, given.len - 11), part[3];
        for (size_t i = 0; i < 3; i++) {
            const uint8_t *at = memchr(rest.ptr, i < 2 ? ' ' : '\n', rest.len);
            struct bytes dropped;
            if (!at || !bytes_take(&rest, (size_t) (at - rest.ptr), &part[i]) || !bytes_take(&rest, 1, &dropped)) return -EINVAL;
        }
        return rest.len > 0 || verify_set_head(part[0], part[1], part[2], &v->since) < 0 ? -EINVAL : 0;
    }
    struct note n;
    if (note_parse(given, &n) < 0 || verify_parse_head(&n, &v->since) < 0) return -EINVAL;
    if (note_verify(&n, &v->o->stable, NULL) != NOTE_SIGNED) return -EKEYREJECTED;
    return 0;
}

static void verify_check_since(struct verify *v) {
    if (v->since.size == 0) {
        verify_find(v, VERIFY_UNCHECKED, "whether records were cut off the end or rewritten by a thief of all keys: give --since with a checkpoint saved earlier");
        return;
    }
    if (strcmp(v->since.origin, v->head.origin) != 0) verify_find(v, VERIFY_BAD, "the saved checkpoint is of another log");
    if (v->since.size > v->head.size) {
        verify_find(v, VERIFY_BAD, "the log has %llu records, the saved checkpoint %llu: it was cut", (unsigned long long) v->head.size, (unsigned long long) v->since.size);
    }
}

static void verify_freshness(struct verify *v) {
    if (v->o->max_age_s == 0) {
        verify_find(v, VERIFY_UNCHECKED, "whether the log's end is recent: give --max-age");
        return;
    }
    uint64_t now = clock_realtime_us(), last = v->report->time_last_us;
    uint64_t age_s = now > last ? (now - last) / 1000000u : 0;
    if (age_s > v->o->max_age_s) verify_find(v, VERIFY_MISSING, "the newest record is %llu s old, %llu are allowed", (unsigned long long) age_s, (unsigned long long) v->o->max_age_s);
}

static void verify_say_unchecked(struct verify *v) {
    if (!v->o->epoch) verify_find(v, VERIFY_UNCHECKED, "whether the first epoch's key is the one given at setup: give --epoch-key (epoch/%llu/vkey as it was then)", (unsigned long long) v->report->epoch_first);
    if (v->newer_files > 0) verify_find(v, VERIFY_UNCHECKED, "%llu files written after the checkpoint this verification began with", (unsigned long long) v->newer_files);
    if (v->witnessed_size == 0 && v->stamped_size == 0) verify_find(v, VERIFY_UNCHECKED, "whether the host's clock was right: records carry its claim, and no witness was asked for");
}

static bool verify_is_locked(int dir_fd) {
    _cleanup_(close_fd) int fd = dir_fd >= 0 ? openat(dir_fd, "lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (fd < 0) return dir_fd < 0 || errno != ENOENT; /* unknown: allow for growth */
    return flock(fd, LOCK_SH | LOCK_NB) < 0;
}

/* DIR/log, or DIR itself when it is a log's copy. */
int verify_open(struct verify *v, struct problem *p) {
    v->dir_fd = open(v->o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (v->dir_fd < 0) return problem_set(p, -errno, "%s cannot be opened (%s)", v->o->dir, strerror(errno));
    v->log_fd = openat(v->dir_fd, "log", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (v->log_fd < 0 && errno != ENOENT) return problem_set(p, -errno, "%s/log cannot be opened (%s)", v->o->dir, strerror(errno));
    if (v->log_fd < 0) v->log_fd = take_fd(v->dir_fd);
    if (faccessat(v->log_fd, "tile", F_OK, 0) < 0 && faccessat(v->log_fd, "checkpoint", F_OK, 0) < 0) return problem_set(p, -ENOENT, "%s holds no journal", v->o->dir);
    v->live = verify_is_locked(v->dir_fd);
    v->file = malloc(VERIFY_FILE_LEN_MAX + 1);
    v->hashes = malloc(VERIFY_FILE_LEN_MAX + 1);
    if (!v->file || !v->hashes) return problem_set(p, -ENOMEM, "not enough memory");
    return merkle_hasher_new(&v->hasher);
}

void verify_release(struct verify *v) {
    close_fd(&v->dir_fd);
    close_fd(&v->log_fd);
    merkle_hasher_free(v->hasher);
    free(v->file);
    free(v->hashes);
}

static int verify_all(struct verify *v, struct problem *p) {
    _cleanup_(buf_release) struct buf head;
    buf_init(&head, NOTE_LEN_MAX);
    int r = verify_load_since(v);
    if (r < 0) return problem_set(p, r, r == -EKEYREJECTED ? "the saved checkpoint is not signed by the pinned key" : "the saved checkpoint is neither a checkpoint nor a receipt");
    r = verify_load_head(v, &head);
    if (r == -EBADMSG) return 0;
    if (r == 0) r = verify_pruned_load(v);
    if (r == 0) r = verify_anchors_load(v);
    if (r == 0) r = verify_tree(v);
    v->report->epoch_last = v->epoch;
    if (r == 0) {
        verify_root(v);
        verify_head_keys(v, buf_bytes(&head));
        r = verify_files(v);
    }
    if (r == 0) r = verify_wal(v);
    if (r < 0) return problem_set(p, r, "%s cannot be read (%s)", v->o->dir, strerror(-r));
    verify_check_since(v);
    verify_freshness(v);
    verify_anchors_end(v);
    verify_pruned_end(v);
    verify_say_unchecked(v);
    return 0;
}

int verify_run(const struct verify_options *o, struct verify_report *out, struct problem *p) {
    struct verify *v = calloc(1, sizeof(*v));
    if (!v) return problem_set(p, -ENOMEM, "not enough memory");
    *out = (struct verify_report) { 0 };
    v->o = o;
    v->report = out;
    v->dir_fd = v->log_fd = -1;
    int r = verify_open(v, p);
    if (r == 0) r = verify_all(v, p);
    memcpy(out->origin, v->head.origin, sizeof(out->origin));
    out->size = v->head.size;
    out->root = v->head.root;
    out->verdict = out->found[VERIFY_BAD] > 0 ? VERIFY_TAMPERED : out->found[VERIFY_MISSING] > 0 ? VERIFY_INCOMPLETE : VERIFY_OK;
    verify_release(v);
    free(v);
    return r;
}

int verify_receipt(const struct verify_report *r, struct buf *out) {
    buf_append_printf(out, "receipt v1 %s %llu ", r->origin, (unsigned long long) r->size);
    text_base64_encode(bytes_make(r->root.raw, MERKLE_HASH_LEN), out);
    return buf_append_byte(out, '\n');
}
