#include "audit/retain.h"

#include <errno.h>
#include <fcntl.h>

#include "audit/verify_state.h"
#include "conf/base/io.h"
#include "conf/base/text.h"

int retain_mark_format(const struct retain_mark *m, struct buf *out) {
    char vkey[NOTE_VKEY_LEN_MAX];
    int r = note_key_format(&m->epoch_key, vkey);
    if (r < 0) return r;
    return buf_append_printf(out, "%llu\n%llu\n%s\n", (unsigned long long) m->minimum, (unsigned long long) m->epoch_s, vkey);
}

static bool retain_line(struct bytes *in, struct bytes *out) {
    const uint8_t *at = in->len > 0 ? memchr(in->ptr, '\n', in->len) : NULL;
    struct bytes newline;
    return at && bytes_take(in, (size_t) (at - in->ptr), out) && bytes_take(in, 1, &newline);
}

/* "<origin>/epoch/<number>" */
static bool retain_epoch_number(const char *name, const char *origin, uint64_t *out) {
    size_t len = strlen(origin);
    if (strncmp(name, origin, len) != 0 || strncmp(name + len, "/epoch/", 7) != 0) return false;
    return text_parse_u64(bytes_from_string(name + len + 7), out);
}

int retain_mark_parse(struct bytes text, const char *origin, struct retain_mark *out) {
    struct bytes minimum, seconds, vkey;
    struct retain_mark m = { 0 };
    if (!retain_line(&text, &minimum) || !retain_line(&text, &seconds) || !retain_line(&text, &vkey) || text.len > 0) return -EBADMSG;
    if (!text_parse_u64(minimum, &m.minimum) || m.minimum == 0 || m.minimum % RETAIN_STEP != 0) return -EBADMSG;
    if (!text_parse_u64(seconds, &m.epoch_s) || m.epoch_s > UINT32_MAX) return -EBADMSG;
    if (note_key_parse(vkey, &m.epoch_key) < 0 || !retain_epoch_number(m.epoch_key.name, origin, &m.epoch)) return -EBADMSG;
    *out = m;
    return 0;
}

int retain_digest(const struct retain_mark *m, struct merkle_hash *out) {
    _cleanup_(buf_release) struct buf text;
    _cleanup_(merkle_hasher_freep) struct merkle_hasher *h = NULL;
    buf_init(&text, RETAIN_MARK_LEN_MAX);
    int r = retain_mark_format(m, &text);
    if (r == 0) r = merkle_hasher_new(&h);
    if (r < 0) return r;
    struct bytes part = buf_bytes(&text);
    merkle_sha256(h, &part, 1, out);
    return 0;
}

/* What a pass over the records gathers. */
struct retain_pass {
    const struct retain_options *o;
    struct retain_plan plan;
    struct retain_mark here;     /* as the mark would be at the next record */
    uint64_t newest_us;          /* of all records so far: clocks are set back too */
    bool begun, too_many;
    struct merkle_hash digest;   /* of the record that is looked for */
    uint64_t wanted;             /* its minimum index; 0: none is looked for */
    bool found;
};

static void retain_take_hold(struct retain_pass *x, uint64_t index, const struct entry *e) {
    struct retain_plan *p = &x->plan;
    struct bytes kind = entry_text(e, ENTRY_KIND);
    char digest[2 * MERKLE_HASH_LEN + 1];
    if (bytes_equal(kind, BYTES(RETAIN_HOLD))) {
        if (p->hold_count == RETAIN_HOLDS_MAX) x->too_many = true;
        else p->hold[p->hold_count++] = index;
    }
    for (size_t i = 0; bytes_equal(kind, BYTES(RETAIN_RELEASE)) && i < p->hold_count; i++) {
        if (p->hold[i] != entry_number(e, ENTRY_NUMBER_B)) continue;
        memmove(&p->hold[i], &p->hold[i + 1], (p->hold_count - i - 1) * sizeof(p->hold[0]));
        p->hold_count--;
        break;
    }
    if (x->wanted == 0 || !bytes_equal(kind, BYTES(RETAIN_PRUNE)) || entry_number(e, ENTRY_NUMBER_C) != x->wanted) return;
    text_hex_encode(bytes_make(x->digest.raw, MERKLE_HASH_LEN), digest);
    x->found |= bytes_equal(entry_text(e, ENTRY_DIGEST_A), bytes_from_string(digest));
}

static void retain_entry(void *context, uint64_t index, const struct entry *e) {
    struct retain_pass *x = context;
    uint64_t cut_us = x->o->now_us > x->o->keep_us ? x->o->now_us - x->o->keep_us : 0;
    if (!x->begun) x->plan.oldest_us = e->time_us;
    if (e->type == EVENT_GENESIS) {
        x->here.epoch = entry_number(e, ENTRY_EPOCH);
        x->here.epoch_s = entry_number(e, ENTRY_EPOCH_S);
        ignore(note_key_parse(entry_text(e, ENTRY_EPOCH_VKEY), &x->here.epoch_key)); /* the verification that calls us judges it */
    }
    if (x->begun && index % RETAIN_STEP == 0 && x->newest_us < cut_us) {
        x->plan.next = x->here;
        x->plan.next.minimum = index;
    }
    x->begun = true;
    if (e->time_us > x->newest_us) x->newest_us = e->time_us;
    if (e->type == EVENT_RETAIN) retain_take_hold(x, index, e);
    if (e->type != EVENT_KEY) return;
    x->here.epoch = entry_number(e, ENTRY_EPOCH);
    ignore(note_key_parse(entry_text(e, ENTRY_EPOCH_VKEY), &x->here.epoch_key)); /* as above */
}

static int retain_open_log(const char *dir, int *out_fd, struct problem *p) {
    _cleanup_(close_fd) int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = dir_fd >= 0 ? openat(dir_fd, "log", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (fd < 0) return problem_set(p, -errno, "%s is not a journal (%s)", dir, strerror(errno));
    *out_fd = fd;
    return 0;
}

/* Where a pruned log begins; zero in one that is whole. */
static int retain_read_mark(const struct retain_options *o, struct retain_mark *out, struct problem *p) {
    _cleanup_(buf_release) struct buf raw;
    _cleanup_(close_fd) int log_fd = -1;
    buf_init(&raw, RETAIN_MARK_LEN_MAX);
    int r = retain_open_log(o->dir, &log_fd, p);
    if (r < 0) return r;
    r = io_read_file_at(log_fd, RETAIN_MARK, &raw);
    *out = (struct retain_mark) { 0 };
    if (r == -ENOENT) return 0;
    if (r == 0) r = retain_mark_parse(buf_bytes(&raw), o->stable.name, out);
    return r < 0 ? problem_set(p, r, "log/" RETAIN_MARK " cannot be read (%s)", strerror(-r)) : 0;
}

static int retain_pass_run(struct retain_pass *x, struct problem *p) {
    struct verify_report *report = calloc(1, sizeof(*report));
    if (!report) return problem_set(p, -ENOMEM, "not enough memory");
    struct verify_options v = {
        .dir = x->o->dir, .stable = x->o->stable, .on_entry = retain_entry, .context = x,
    };
    int r = retain_read_mark(x->o, &x->here, p);
    x->plan.next = x->here;
    x->plan.minimum = x->here.minimum;
    if (r == 0) r = verify_run(&v, report, p);
    if (r == 0 && report->verdict == VERIFY_TAMPERED) {
        r = problem_set(p, -EBADMSG, "the journal is not sound (%.120s); nothing of it may be removed. Run deidfs-journal verify", report->finding[0].text);
    }
    if (r == 0 && x->too_many) r = problem_set(p, -E2BIG, "more than %d legal holds are in force", RETAIN_HOLDS_MAX);
    x->plan.size = report->size;
    free(report);
    return r;
}

int retain_make_plan(const struct retain_options *o, struct retain_plan *out, struct problem *p) {
    struct retain_pass x = { .o = o };
    int r = retain_pass_run(&x, p);
    if (r < 0) return r;
    *out = x.plan;
    return 0;
}

static void retain_remove(int log_fd, const char *path, uint64_t *files) {
    *files += unlinkat(log_fd, path, 0) == 0; /* what stays is said by the next verification */
}

/* Everything in a folder, and the folder. */
static void retain_remove_folder(int log_fd, const char *path, uint64_t *files) {
    _cleanup_(io_close_folder) DIR *dir = NULL;
    if (io_open_folder_at(log_fd, path, &dir) < 0) return;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        if (e->d_name[0] != '.') retain_remove(dirfd(dir), e->d_name, files);
    }
    ignore(unlinkat(log_fd, path, AT_REMOVEDIR)); /* as above */
}

/* The files of a level that end at or below the minimum index. */
static void retain_remove_level(int log_fd, int level, uint64_t minimum, uint64_t *files) {
    unsigned shift = 8 * ((level == VERIFY_ENTRIES ? 0 : (unsigned) level) + 1);
    char path[VERIFY_PATH_LEN];
    for (uint64_t n = 0; shift < 64 && n < minimum >> shift; n++) {
        verify_path(path, level, n, VERIFY_WIDTH);
        retain_remove(log_fd, path, files);
        verify_path(path, level, n, 1);
        *strrchr(path, '/') = '\0';
        retain_remove_folder(log_fd, path, files);
        if (n % 1000 != 999) continue;
        *strrchr(path, '/') = '\0';
        ignore(unlinkat(log_fd, path, AT_REMOVEDIR)); /* an empty folder is no part of the log */
    }
}

static void retain_remove_epochs(int log_fd, uint64_t first_kept, uint64_t *files) {
    _cleanup_(io_close_folder) DIR *dir = NULL;
    if (io_open_folder_at(log_fd, "epoch", &dir) < 0) return;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        uint64_t number = 0;
        if (text_parse_u64(bytes_from_string(e->d_name), &number) && number < first_kept) retain_remove_folder(dirfd(dir), e->d_name, files);
    }
}

/* The signed log holds the record, and no hold. */
static int retain_is_recorded(const struct retain_options *o, const struct retain_plan *plan, struct problem *p) {
    struct retain_pass x = { .o = o, .wanted = plan->next.minimum };
    int r = retain_digest(&plan->next, &x.digest);
    if (r < 0) return problem_set(p, r, "the record's digest cannot be made (%s)", strerror(-r));
    r = retain_pass_run(&x, p);
    if (r < 0) return r;
    if (x.plan.hold_count > 0) return problem_set(p, -EPERM, "record %llu is a legal hold; nothing was removed", (unsigned long long) x.plan.hold[0]);
    if (!x.found && plan->next.minimum > x.plan.minimum) return problem_set(p, -ENOENT, "no signed record announces this pruning; nothing was removed");
    return 0;
}

int retain_prune(const struct retain_options *o, const struct retain_plan *plan, uint64_t *out_files, struct problem *p) {
    _cleanup_(close_fd) int log_fd = -1;
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, RETAIN_MARK_LEN_MAX);
    if (plan->next.minimum == 0) return problem_set(p, -ENOENT, "nothing is to be removed");
    int r = retain_is_recorded(o, plan, p);
    if (r == 0) r = retain_open_log(o->dir, &log_fd, p);
    if (r < 0) return r;
    r = retain_mark_format(&plan->next, &text);
    if (r == 0) r = io_replace_file_at(log_fd, RETAIN_MARK, buf_bytes(&text), 0640);
    if (r < 0) return problem_set(p, r, "log/" RETAIN_MARK " cannot be written (%s); nothing was removed", strerror(-r));
    uint64_t files = 0;
    for (int level = VERIFY_ENTRIES; level < VERIFY_LEVELS; level++) retain_remove_level(log_fd, level, plan->next.minimum, &files);
    retain_remove_epochs(log_fd, plan->next.epoch, &files);
    *out_files = files;
    return 0;
}
