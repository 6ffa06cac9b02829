#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>

#include "audit/retain.h"
#include "audit/verify_state.h"
#include "conf/base/text.h"

enum { VERIFY_DEPTH_MAX = 12, VERIFY_LIVE_TRIES = 25 };

/* Digits without sign or leading zero, at most max. */
static bool verify_small(struct bytes text, unsigned max, unsigned *out) {
    uint64_t v = 0;
    if (text.len > 3 || !text_parse_u64(text, &v) || v > max) return false;
    *out = (unsigned) v;
    return true;
}

static bool verify_next_part(struct bytes *path, struct bytes *out) {
    if (path->len == 0) return false;
    const uint8_t *slash = memchr(path->ptr, '/', path->len);
    size_t len = slash ? (size_t) (slash - path->ptr) : path->len;
    struct bytes dropped;
    return bytes_take(path, len, out) && (path->len == 0 || bytes_take(path, 1, &dropped));
}

/* "tile/…" to its place; exact: the path made again from the place must be the same. */
bool verify_place(const char *path, struct verify_place *out) {
    struct bytes rest = bytes_from_string(path), part;
    struct verify_place p = { .width = VERIFY_WIDTH };
    unsigned level = 0;
    if (!verify_next_part(&rest, &part) || !bytes_equal(part, BYTES("tile")) || !verify_next_part(&rest, &part)) return false;
    if (bytes_equal(part, BYTES("entries"))) p.level = VERIFY_ENTRIES;
    else if (verify_small(part, VERIFY_LEVELS - 1, &level)) p.level = (int) level;
    else return false;
    while (verify_next_part(&rest, &part)) {
        bool more = part.len == 4 && part.ptr[0] == 'x';
        struct bytes digits = bytes_make(part.ptr + (more ? 1 : 0), part.len < 3 ? 0 : 3);
        if (digits.len == 0 || p.n > UINT64_MAX / 1000 - 1) return false;
        for (size_t i = 0; i < 3; i++) {
            if (!text_is_digit(digits.ptr[i])) return false;
            p.n = p.n * 10 + (uint64_t) (digits.ptr[i] - '0');
        }
        if (more) continue;
        if (part.len == 5 && memcmp(part.ptr + 3, ".p", 2) == 0) {
            if (!verify_next_part(&rest, &part) || !verify_small(part, VERIFY_WIDTH - 1, &p.width) || p.width == 0) return false;
        }
        break;
    }
    char again[VERIFY_PATH_LEN];
    verify_path(again, p.level, p.n, p.width);
    *out = p;
    return rest.len == 0 && strcmp(again, path) == 0;
}

/* Full hashes at the level of a tile. */
static uint64_t verify_hashes_at(int level, uint64_t size) {
    return level == VERIFY_ENTRIES ? size : size >> (8 * (unsigned) level);
}

/* Whether a log of this size holds the file: the full tile or bundle, or a partial of at most its width. */
static bool verify_covers(uint64_t size, const struct verify_place *p) {
    uint64_t hashes = verify_hashes_at(p->level, size);
    return p->n < hashes / VERIFY_WIDTH || (p->n == hashes / VERIFY_WIDTH && p->width <= hashes % VERIFY_WIDTH);
}

/* The bytes of the first width entries of a bundle; 0 when it has fewer. */
static size_t verify_prefix_len(struct bytes bundle, unsigned width) {
    struct bytes rest = bundle, size, entry;
    for (unsigned i = 0; i < width; i++) {
        if (!bytes_take(&rest, 2, &size) || !bytes_take(&rest, (size_t) size.ptr[0] << 8 | size.ptr[1], &entry)) return 0;
    }
    return bundle.len - rest.len;
}

/* A partial from before must be the beginning of what has grown out of it (which verify_tree() has checked). */
static int verify_partial(struct verify *v, const struct verify_place *p, const char *path) {
    uint64_t hashes = verify_hashes_at(p->level, v->head.size);
    unsigned width = p->n < hashes / VERIFY_WIDTH ? VERIFY_WIDTH : (unsigned) (hashes % VERIFY_WIDTH);
    if (p->width == width) return 0;
    char grown[VERIFY_PATH_LEN];
    verify_path(grown, p->level, p->n, width);
    size_t grown_len = 0, len = 0;
    int r = verify_read(v, grown, v->file, &grown_len);
    if (r == -ENOENT && width < VERIFY_WIDTH) {
        verify_path(grown, p->level, p->n, VERIFY_WIDTH);
        r = verify_read(v, grown, v->file, &grown_len);
    }
    if (r == 0) r = verify_read(v, path, v->hashes, &len);
    if (r == -ENOENT) return 0; /* removed by a live writer; a missing tile is verify_tree()'s finding */
    if (r < 0 && r != -E2BIG) return r;
    size_t want = p->level == VERIFY_ENTRIES ? verify_prefix_len(bytes_make(v->file, grown_len), p->width) : p->width * (size_t) MERKLE_HASH_LEN;
    if (r == -E2BIG || len != want || want == 0 || want > grown_len || memcmp(v->file, v->hashes, len) != 0) {
        verify_find(v, VERIFY_BAD, "%s is not the beginning of the tile it grew into", path);
    }
    return 0;
}

/* The size of the checkpoint that is there now, if it is signed; else the snapshot's. */
static uint64_t verify_size_now(struct verify *v) {
    size_t len = 0;
    struct note n;
    struct verify_head now;
    if (verify_read(v, "checkpoint", v->hashes, &len) < 0) return v->head.size;
    if (note_parse(bytes_make(v->hashes, len), &n) < 0 || verify_parse_head(&n, &now) < 0) return v->head.size;
    if (note_verify(&n, &v->o->stable, NULL) != NOTE_SIGNED || strcmp(now.origin, v->head.origin) != 0) return v->head.size;
    return now.size > v->head.size ? now.size : v->head.size;
}

/* Files beyond the snapshot belong to a live log if its next checkpoint covers them, soon. */
static bool verify_is_live_growth(struct verify *v, const struct verify_place *p) {
    struct timespec pause = { .tv_nsec = 100000000 };
    uint64_t size = verify_size_now(v);
    int tries = v->live ? VERIFY_LIVE_TRIES : 0;
    while (!verify_covers(size, p) && tries-- > 0) {
        ignore(nanosleep(&pause, NULL)); /* earlier is as good */
        size = verify_size_now(v);
    }
    return verify_covers(size, p);
}

/* All records below the file are below the minimum index. */
static bool verify_is_pruned(const struct verify *v, const struct verify_place *p) {
    unsigned shift = 8 * ((p->level == VERIFY_ENTRIES ? 0 : (unsigned) p->level) + 1);
    return v->minimum > 0 && shift < 64 && p->n < v->minimum >> shift;
}

static int verify_tile_file(struct verify *v, const char *path) {
    struct verify_place p;
    if (!verify_place(path, &p)) {
        verify_find(v, VERIFY_BAD, "log/%s does not belong to the log", path);
        return 0;
    }
    if (verify_is_pruned(v, &p)) {
        v->pruned_left++;
        return 0;
    }
    if (verify_covers(v->head.size, &p)) return p.width < VERIFY_WIDTH ? verify_partial(v, &p, path) : 0;
    if (verify_is_live_growth(v, &p)) v->newer_files++;
    else verify_find(v, VERIFY_BAD, "log/%s lies beyond the checkpoint: nothing signs it", path);
    return 0;
}

/* epoch/<i>/final of a sealed epoch, epoch/<first>/vkey with the first key. */
static int verify_epoch_file(struct verify *v, const char *path) {
    struct bytes rest = bytes_from_string(path), part;
    uint64_t number = 0;
    bool good = verify_next_part(&rest, &part) && verify_next_part(&rest, &part) && text_parse_u64(part, &number);
    if (good && v->minimum > 0 && number < v->report->epoch_first) {
        v->pruned_left++;
        return 0;
    }
    bool sealed = good && number >= v->report->epoch_first && number < v->report->epoch_last;
    if (sealed && bytes_equal(rest, BYTES("final"))) return 0; /* read by verify_tree() */
    if (good && number == v->report->epoch_first && bytes_equal(rest, BYTES("vkey"))) {
        verify_vkey_file(v, path, &v->epoch_first_key);
        return 0;
    }
    struct verify_place newer = { .level = VERIFY_ENTRIES, .n = v->head.size / VERIFY_WIDTH, .width = (unsigned) (v->head.size % VERIFY_WIDTH) + 1 };
    if (good && bytes_equal(rest, BYTES("final")) && number >= v->report->epoch_last && verify_is_live_growth(v, &newer)) v->newer_files++;
    else verify_find(v, VERIFY_BAD, "log/%s does not belong to the log", path);
    return 0;
}

/* anchor/<size>.note as read by verify_anchors_load(), and the cosignatures beside it. */
static void verify_anchor_file(struct verify *v, const char *path) {
    struct bytes name = bytes_make(path + 7, strlen(path + 7));
    size_t suffix = bytes_ends_with(name, BYTES(".note")) ? 5 : bytes_ends_with(name, BYTES(".cosig")) ? 6 : bytes_ends_with(name, BYTES(".tsr")) ? 4 : 0;
    uint64_t size = 0;
    bool known = false;
    if (suffix > 0 && text_parse_u64(bytes_make(name.ptr, name.len - suffix), &size)) {
        for (size_t i = 0; i < v->anchor_count; i++) known |= v->anchors[i] == size;
    }
    if (!known) verify_find(v, VERIFY_BAD, "log/%s does not belong to the log", path);
}

/* "checkpoint.new", "epoch/<i>/final.new" and the like: what a writer is about to rename. With a live one it is gone in a moment; a dead one left
 * it, and the next start takes it away. */
static bool verify_is_being_published(struct verify *v, const char *path) {
    struct bytes name = bytes_from_string(path);
    bool known = bytes_equal(name, BYTES("checkpoint.new")) || bytes_equal(name, BYTES(RETAIN_MARK ".new")) || (bytes_starts_with(name, BYTES("epoch/")) && bytes_ends_with(name, BYTES("/final.new")));
    if (!known) return false;
    struct timespec pause = { .tv_nsec = 100000000 };
    int tries = v->live ? VERIFY_LIVE_TRIES : 0;
    while (faccessat(v->log_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 && tries-- > 0) ignore(nanosleep(&pause, NULL)); /* earlier is as good */
    if (tries < 0) verify_find(v, VERIFY_MISSING, "log/%s was left by a writer that was stopped while publishing it; start it once, then verify again", path);
    return true;
}

static int verify_file(void *context, const char *path) {
    struct verify *v = context;
    if (verify_is_being_published(v, path)) return 0;
    if (strncmp(path, "tile/", 5) == 0) return verify_tile_file(v, path);
    if (strncmp(path, "epoch/", 6) == 0) return verify_epoch_file(v, path);
    if (strncmp(path, "anchor/", 7) == 0) {
        verify_anchor_file(v, path);
        return 0;
    }
    if (strcmp(path, "checkpoint") == 0 || (v->minimum > 0 && strcmp(path, RETAIN_MARK) == 0)) return 0;
    if (strcmp(path, "log.vkey") == 0) {
        verify_vkey_file(v, path, &v->o->stable);
        return 0;
    }
    verify_find(v, VERIFY_BAD, "log/%s does not belong to the log", path);
    return 0;
}

static int verify_walk_folder(const struct verify_walk *w, int dir_fd, const char *prefix, unsigned depth);

static int verify_visit(const struct verify_walk *w, int dir_fd, const char *prefix, unsigned depth, const char *name) {
    char path[VERIFY_PATH_LEN + NAME_MAX + 2];
    int len = snprintf(path, sizeof(path), "%s%s%s", prefix, prefix[0] ? "/" : "", name);
    struct stat st;
    if (len < 0 || len >= VERIFY_PATH_LEN || depth > VERIFY_DEPTH_MAX) {
        verify_find(w->v, VERIFY_BAD, "log/%.60s… does not belong to the log", prefix);
        return 0;
    }
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? 0 : -errno;
    if (S_ISREG(st.st_mode)) return w->visit(w->context, path);
    if (!S_ISDIR(st.st_mode)) {
        verify_find(w->v, VERIFY_BAD, "log/%s is neither a file nor a folder", path);
        return 0;
    }
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? 0 : -errno;
    return verify_walk_folder(w, fd, path, depth + 1);
}

/* Takes dir_fd. Memory is one open folder a level. */
static int verify_walk_folder(const struct verify_walk *w, int dir_fd, const char *prefix, unsigned depth) {
    DIR *dir = fdopendir(dir_fd);
    if (!dir) {
        int e = -errno;
        close_fd(&dir_fd);
        return e;
    }
    int r = 0;
    for (struct dirent *e = readdir(dir); e && r == 0; e = readdir(dir)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        r = verify_visit(w, dirfd(dir), prefix, depth, e->d_name);
    }
    ignore(closedir(dir)); /* only read */
    return r;
}

int verify_walk_log(const struct verify_walk *w) {
    int fd = openat(w->v->log_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -errno;
    return verify_walk_folder(w, fd, "", 0);
}

int verify_files(struct verify *v) {
    return verify_walk_log(&(struct verify_walk) { .v = v, .visit = verify_file, .context = v });
}
