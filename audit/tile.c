#include "audit/tile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "conf/base/io.h"

struct tile_tree {
    int log_fd;
    uint64_t size;
    struct merkle_hasher *hasher;
    struct buf bundle;                                    /* entries of the last, partial bundle */
    struct merkle_hash hash[TILE_LEVELS][TILE_WIDTH];     /* the partial tile of each level */
};

void tile_path(char out[TILE_PATH_LEN], int level, uint64_t n, unsigned width) {
    char prefix[24], digits[32] = "";
    int len = level == TILE_ENTRIES ? snprintf(prefix, sizeof(prefix), "tile/entries/") : snprintf(prefix, sizeof(prefix), "tile/%d/", level);
    must(len > 0 && (size_t) len < sizeof(prefix));
    /* Groups from the right: the last has no x. */
    char groups[7][8];
    size_t count = 0;
    do {
        len = snprintf(groups[count], sizeof(groups[count]), "%s%03u", count > 0 ? "x" : "", (unsigned) (n % 1000) & 1023u);
        must(len > 0 && (size_t) len < sizeof(groups[count]));
        count++;
        n /= 1000;
    } while (n > 0 && count < array_count(groups));
    size_t at = 0;
    while (count > 0) {
        const char *group = groups[--count];
        size_t group_len = strlen(group);
        memcpy(digits + at, group, group_len);
        at += group_len;
        if (count > 0) digits[at++] = '/';
    }
    digits[at] = '\0';
    len = width < TILE_WIDTH ? snprintf(out, TILE_PATH_LEN, "%s%s.p/%u", prefix, digits, width) : snprintf(out, TILE_PATH_LEN, "%s%s", prefix, digits);
    must(len > 0 && len < TILE_PATH_LEN);
}

/* Entries covered by one hash at a level: 256^level. */
static uint64_t tile_span(unsigned level) {
    return UINT64_C(1) << (8 * level);
}

static unsigned tile_count(uint64_t size, unsigned level) {
    return (unsigned) (size >> (8 * level) & 255);
}

static int tile_make_parents(int log_fd, const char *path) {
    char parent[TILE_PATH_LEN];
    const char *slash = strrchr(path, '/');
    must(slash != NULL);
    size_t len = (size_t) (slash - path);
    memcpy(parent, path, len);
    parent[len] = '\0';
    return io_make_dirs_at(log_fd, parent, TILE_DIR_MODE);
}

/* The file may be there from before a crash or a full disk: then it must already hold these bytes, or it is replaced; nothing signed is
 * ever written again, because only sizes above the signed one are added. Durable by the syncfs before signing. */
static int tile_write(int log_fd, const char *path, struct bytes data) {
    _cleanup_(close_fd) int fd = openat(log_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, TILE_FILE_MODE);
    if (fd < 0 && errno == ENOENT) {
        int r = tile_make_parents(log_fd, path);
        if (r < 0) return r;
        fd = openat(log_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, TILE_FILE_MODE);
    }
    if (fd >= 0) {
        int r = io_write_full(fd, data);
        if (r < 0) ignore(unlinkat(log_fd, path, 0)); /* half a file would only be replaced later */
        return r;
    }
    if (errno != EEXIST) return -errno;
    _cleanup_(buf_release) struct buf there;
    buf_init(&there, data.len + 1);
    int r = io_read_file_at(log_fd, path, &there);
    if (r == 0 && bytes_equal(buf_bytes(&there), data)) return 0;
    if (r < 0 && r != -E2BIG) return r;
    return io_replace_file_at(log_fd, path, data, TILE_FILE_MODE);
}

static int tile_write_hashes(struct tile_tree *t, unsigned level, uint64_t n, unsigned width) {
    char path[TILE_PATH_LEN];
    tile_path(path, (int) level, n, width);
    return tile_write(t->log_fd, path, bytes_make(t->hash[level], width * sizeof(struct merkle_hash)));
}

static int tile_write_bundle(struct tile_tree *t, uint64_t n, unsigned width) {
    char path[TILE_PATH_LEN];
    tile_path(path, TILE_ENTRIES, n, width);
    return tile_write(t->log_fd, path, buf_bytes(&t->bundle));
}

/* The tiles of all levels that the new size completes. */
static int tile_complete(struct tile_tree *t) {
    int r = tile_write_bundle(t, t->size / TILE_WIDTH - 1, TILE_WIDTH);
    if (r < 0) return r;
    t->bundle.len = 0; /* entries are no secrets: no need to wipe them as buf_reset does */
    for (unsigned level = 0; level + 1 < TILE_LEVELS && t->size % tile_span(level + 1) == 0; level++) {
        uint64_t n = t->size / tile_span(level + 1) - 1;
        r = tile_write_hashes(t, level, n, TILE_WIDTH);
        if (r < 0) return r;
        struct merkle_hash *parent = &t->hash[level + 1][n & 255];
        merkle_fold(t->hasher, t->hash[level], TILE_WIDTH, parent);
    }
    return 0;
}

int tile_tree_add(struct tile_tree *t, struct bytes entry) {
    merkle_leaf(t->hasher, entry, &t->hash[0][t->size & 255]);
    buf_append_be16(&t->bundle, (uint16_t) entry.len);
    int r = buf_append(&t->bundle, entry);
    if (r < 0) return r;
    t->size++;
    return t->size % TILE_WIDTH == 0 ? tile_complete(t) : 0;
}

int tile_tree_write_partials(struct tile_tree *t) {
    int r = 0;
    if (tile_count(t->size, 0) > 0) r = tile_write_bundle(t, t->size / TILE_WIDTH, tile_count(t->size, 0));
    for (unsigned level = 0; level < TILE_LEVELS && r == 0; level++) {
        unsigned width = tile_count(t->size, level);
        if (width == 0) continue;
        uint64_t n = level + 1 < TILE_LEVELS ? t->size / tile_span(level + 1) : 0;
        r = tile_write_hashes(t, level, n, width);
    }
    return r;
}

/* The tree over count nodes of one level followed by an incomplete one (may be NULL). */
static void tile_join(struct merkle_hasher *h, const struct merkle_hash *nodes, size_t count, const struct merkle_hash *last,
                      struct merkle_hash *out) {
    size_t total = count + (last ? 1 : 0);
    if (total == 1) {
        *out = count == 1 ? nodes[0] : *last;
        return;
    }
    size_t k = (size_t) 1 << (63 - __builtin_clzll((unsigned long long) total - 1));
    struct merkle_hash left, right;
    tile_join(h, nodes, k, NULL, &left);
    tile_join(h, nodes + k, count - k, last, &right);
    merkle_node(h, &left, &right, out);
}

void tile_tree_root(const struct tile_tree *t, struct merkle_hash *out) {
    must(t->size > 0);
    struct merkle_hash below;
    bool has_below = false;
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        unsigned count = tile_count(t->size, level);
        if (count == 0) continue;
        tile_join(t->hasher, t->hash[level], count, has_below ? &below : NULL, &below);
        has_below = true;
    }
    *out = below;
}

uint64_t tile_tree_size(const struct tile_tree *t) {
    return t->size;
}

void tile_tree_free(struct tile_tree *t) {
    if (!t) return;
    merkle_hasher_free(t->hasher);
    buf_release(&t->bundle);
    free(t);
}

int tile_read(int log_fd, int level, uint64_t n, uint64_t tree_size, struct buf *out) {
    unsigned hash_level = level == TILE_ENTRIES ? 0 : (unsigned) level;
    uint64_t hashes = tree_size >> (8 * hash_level);
    if (hashes / TILE_WIDTH < n || (hashes / TILE_WIDTH == n && hashes % TILE_WIDTH == 0)) return -ENOENT;
    unsigned width = hashes / TILE_WIDTH > n ? TILE_WIDTH : (unsigned) (hashes % TILE_WIDTH);
    char path[TILE_PATH_LEN];
    tile_path(path, level, n, width);
    int r = io_read_file_at(log_fd, path, out);
    if (r != -ENOENT || width == TILE_WIDTH) return r;
    tile_path(path, level, n, TILE_WIDTH);
    return io_read_file_at(log_fd, path, out);
}

bool tile_bundle_take(struct bytes *bundle, struct bytes *out_entry) {
    if (bundle->len < 2) return false;
    size_t len = (size_t) bundle->ptr[0] << 8 | bundle->ptr[1];
    if (bundle->len - 2 < len) return false;
    *out_entry = bytes_make(bundle->ptr + 2, len);
    *bundle = bytes_make(bundle->ptr + 2 + len, bundle->len - 2 - len);
    return true;
}

static int tile_load_level(struct tile_tree *t, unsigned level) {
    unsigned width = tile_count(t->size, level);
    if (width == 0) return 0;
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, sizeof(t->hash[level]));
    int r = tile_read(t->log_fd, (int) level, level + 1 < TILE_LEVELS ? t->size / tile_span(level + 1) : 0, t->size, &raw);
    if (r == -E2BIG || (r == 0 && raw.len < width * sizeof(struct merkle_hash))) return -EUCLEAN;
    if (r < 0) return r;
    memcpy(t->hash[level], raw.ptr, width * sizeof(struct merkle_hash));
    return 0;
}

static int tile_load_bundle(struct tile_tree *t) {
    unsigned width = tile_count(t->size, 0);
    if (width == 0) return 0;
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, TILE_BUNDLE_LEN_MAX);
    int r = tile_read(t->log_fd, TILE_ENTRIES, t->size / TILE_WIDTH, t->size, &raw);
    if (r < 0) return r == -E2BIG ? -EUCLEAN : r;
    struct bytes rest = buf_bytes(&raw), entry;
    for (unsigned i = 0; i < width; i++) {
        struct merkle_hash leaf;
        if (!tile_bundle_take(&rest, &entry)) return -EUCLEAN;
        merkle_leaf(t->hasher, entry, &leaf);
        if (!merkle_equal(&leaf, &t->hash[0][i])) return -EUCLEAN;
    }
    return buf_append(&t->bundle, bytes_make(raw.ptr, raw.len - rest.len));
}

int tile_tree_load(int log_fd, uint64_t size, struct tile_tree **out_tree) {
    _cleanup_(tile_tree_freep) struct tile_tree *t = calloc(1, sizeof(*t));
    if (!t) return -ENOMEM;
    t->log_fd = log_fd;
    t->size = size;
    buf_init(&t->bundle, TILE_BUNDLE_LEN_MAX);
    int r = merkle_hasher_new(&t->hasher);
    for (unsigned level = 0; level < TILE_LEVELS && r == 0; level++) r = tile_load_level(t, level);
    if (r == 0) r = tile_load_bundle(t);
    if (r < 0) return r;
    *out_tree = take_ptr(t);
    return 0;
}

static int tile_read_back_bundle(int log_fd, struct merkle_hasher *h, struct merkle_range *range, uint64_t size) {
    _cleanup_(buf_release) struct buf bundle, hashes;
    buf_init(&bundle, TILE_BUNDLE_LEN_MAX);
    buf_init(&hashes, TILE_WIDTH * MERKLE_HASH_LEN);
    uint64_t n = range->size / TILE_WIDTH;
    int r = tile_read(log_fd, TILE_ENTRIES, n, size, &bundle);
    if (r == 0) r = tile_read(log_fd, 0, n, size, &hashes);
    if (r < 0) return r == -E2BIG || r == -ENOENT ? -EUCLEAN : r;
    struct bytes rest = buf_bytes(&bundle), entry;
    uint64_t index = n * TILE_WIDTH;
    for (; tile_bundle_take(&rest, &entry); index++) {
        if (index < range->size) continue;
        struct merkle_hash leaf;
        merkle_leaf(h, entry, &leaf);
        size_t at = (size_t) (index % TILE_WIDTH) * MERKLE_HASH_LEN;
        if (index >= size || at + MERKLE_HASH_LEN > hashes.len || memcmp(hashes.ptr + at, leaf.raw, MERKLE_HASH_LEN) != 0) return -EUCLEAN;
        merkle_range_add(h, range, &leaf);
    }
    uint64_t end = (n + 1) * TILE_WIDTH < size ? (n + 1) * TILE_WIDTH : size;
    return rest.len == 0 && index == end ? 0 : -EUCLEAN;
}

int tile_read_back(int log_fd, struct merkle_hasher *h, struct merkle_range *range, uint64_t size) {
    int r = 0;
    while (r == 0 && range->size < size) r = tile_read_back_bundle(log_fd, h, range, size);
    return r;
}

static void tile_remove_partial(int log_fd, int level, uint64_t n) {
    char path[TILE_PATH_LEN];
    tile_path(path, level, n, 1);
    path[strlen(path) - 2] = '\0'; /* "….p" */
    _cleanup_(io_close_folder) DIR *dir = NULL;
    if (io_open_folder_at(log_fd, path, &dir) < 0) return;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        if (e->d_name[0] != '.') ignore(unlinkat(dirfd(dir), e->d_name, 0)); /* a partial left behind is still a true prefix */
    }
    ignore(unlinkat(log_fd, path, AT_REMOVEDIR));
}

void tile_remove_partials(int log_fd, uint64_t from_size, uint64_t to_size) {
    for (int level = TILE_ENTRIES; level + 1 < TILE_LEVELS; level++) {
        unsigned shift = 8 * (unsigned) ((level == TILE_ENTRIES ? 0 : level) + 1);
        for (uint64_t n = from_size >> shift; n < to_size >> shift; n++) tile_remove_partial(log_fd, level, n);
    }
}

int tile_read_entry(int log_fd, uint64_t index, uint64_t tree_size, struct buf *out) {
    if (index >= tree_size) return -ENOENT;
    _cleanup_(buf_release) struct buf bundle;
    buf_init(&bundle, TILE_BUNDLE_LEN_MAX);
    int r = tile_read(log_fd, TILE_ENTRIES, index / TILE_WIDTH, tree_size, &bundle);
    if (r < 0) return r == -E2BIG ? -EUCLEAN : r;
    struct bytes rest = buf_bytes(&bundle), entry = { 0 };
    for (uint64_t i = 0; i <= index % TILE_WIDTH; i++) {
        if (!tile_bundle_take(&rest, &entry)) return -EUCLEAN;
    }
    return buf_append(out, entry);
}

int tile_reader_subtree(void *reader, unsigned level, uint64_t index, struct merkle_hash *out) {
    struct tile_reader *t = reader;
    unsigned tile_level = level / 8, within = level % 8;
    uint64_t first = index << within; /* among the hashes of tile_level */
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, TILE_WIDTH * MERKLE_HASH_LEN);
    int r = tile_read(t->log_fd, (int) tile_level, first / TILE_WIDTH, t->size, &raw);
    if (r < 0) return r == -E2BIG ? -EUCLEAN : r;
    size_t count = (size_t) 1 << within, at = (size_t) (first % TILE_WIDTH);
    struct merkle_hash hashes[TILE_WIDTH / 2];
    must(count <= array_count(hashes));
    if ((at + count) * MERKLE_HASH_LEN > raw.len) return -EUCLEAN;
    memcpy(hashes, raw.ptr + at * MERKLE_HASH_LEN, count * MERKLE_HASH_LEN);
    merkle_fold(t->hasher, hashes, count, out);
    return 0;
}
