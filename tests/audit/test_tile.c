#include "audit/tile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "tests/harness.h"

TEST(tile, paths_are_those_of_tlog_tiles) {
    static const struct {
        int level;
        uint64_t n;
        unsigned width;
        const char *path;
    } cases[] = {
        { 0, 0, 256, "tile/0/000" },
        { 0, 273, 112, "tile/0/273.p/112" },
        { 1, 0, 1, "tile/1/000.p/1" },
        { TILE_ENTRIES, 1234067, 256, "tile/entries/x001/x234/067" },
        { TILE_ENTRIES, 1000, 255, "tile/entries/x001/000.p/255" },
        { 7, 0, 256, "tile/7/000" },
        { 0, UINT64_C(72057594037927935), 256, "tile/0/x072/x057/x594/x037/x927/935" },
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        char path[TILE_PATH_LEN];
        tile_path(path, cases[i].level, cases[i].n, cases[i].width);
        CHECK_STRING(path, cases[i].path);
    }
}

static int folder(void) {
    int fd = open(harness_temp_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0);
    return fd;
}

static int add(struct tile_tree *t, uint64_t begin, uint64_t end) {
    int r = 0;
    for (uint64_t i = begin; i < end && r == 0; i++) r = tile_tree_add(t, bytes_make(&i, sizeof(i)));
    return r;
}

static void root_of(struct merkle_hasher *h, uint64_t size, struct merkle_hash *out) {
    struct merkle_range range = { 0 };
    for (uint64_t i = 0; i < size; i++) {
        struct merkle_hash leaf;
        merkle_leaf(h, bytes_make(&i, sizeof(i)), &leaf);
        merkle_range_add(h, &range, &leaf);
    }
    merkle_range_root(h, &range, out);
}

TEST(tile, at_every_edge_the_tree_is_right_on_disk_and_loaded_again) {
    static const uint64_t sizes[] = { 1, 2, 255, 256, 257, 511, 512, 513, 65535, 65536, 65537 };
    _cleanup_(close_fd) int fd = folder();
    _cleanup_(merkle_hasher_freep) struct merkle_hasher *h = NULL;
    REQUIRE(merkle_hasher_new(&h) == 0);
    struct merkle_range second = { 0 };
    uint64_t before = 0;
    for (size_t i = 0; i < array_count(sizes); i++) {
        _cleanup_(tile_tree_freep) struct tile_tree *t = NULL;
        REQUIRE(tile_tree_load(fd, before, &t) == 0);
        CHECK_INT(add(t, before, sizes[i]), 0);
        CHECK_INT(tile_tree_write_partials(t), 0);
        struct merkle_hash root, want, again;
        tile_tree_root(t, &root);
        root_of(h, sizes[i], &want);
        CHECK(merkle_equal(&root, &want));
        CHECK_INT(tile_read_back(fd, h, &second, sizes[i]), 0);
        merkle_range_root(h, &second, &again);
        CHECK(merkle_equal(&again, &want));
        struct tile_reader reader = { .log_fd = fd, .size = sizes[i], .hasher = h };
        struct proof_source source = { .subtree = tile_reader_subtree, .context = &reader, .hasher = h };
        CHECK_INT(proof_root(&source, sizes[i], &again), 0);
        CHECK(merkle_equal(&again, &want));
        tile_remove_partials(fd, before, sizes[i]);
        before = sizes[i];
    }
    /* Level 1 is full at 65,536 and no partial of width 0 exists. */
    CHECK_INT(faccessat(fd, "tile/1/000", F_OK, 0), 0);
    CHECK_INT(faccessat(fd, "tile/2/000.p/1", F_OK, 0), 0);
    CHECK_INT(faccessat(fd, "tile/0/000.p", F_OK, 0), -1);
    CHECK_INT(faccessat(fd, "tile/0/256.p/1", F_OK, 0), 0);
}

TEST(tile, a_bundle_that_differs_from_its_hashes_is_not_loaded_or_read_back) {
    _cleanup_(close_fd) int fd = folder();
    _cleanup_(merkle_hasher_freep) struct merkle_hasher *h = NULL;
    REQUIRE(merkle_hasher_new(&h) == 0);
    {
        _cleanup_(tile_tree_freep) struct tile_tree *t = NULL;
        REQUIRE(tile_tree_load(fd, 0, &t) == 0);
        CHECK_INT(add(t, 0, 3), 0);
        CHECK_INT(tile_tree_write_partials(t), 0);
    }
    int bundle = openat(fd, "tile/entries/000.p/3", O_WRONLY | O_CLOEXEC);
    must(bundle >= 0 && pwrite(bundle, "\xff", 1, 5) == 1 && close(bundle) == 0);
    struct tile_tree *t = NULL;
    struct merkle_range range = { 0 };
    CHECK_INT(tile_tree_load(fd, 3, &t), -EUCLEAN);
    CHECK_INT(tile_read_back(fd, h, &range, 3), -EUCLEAN);
}

TEST(tile, an_entry_is_read_by_its_index) {
    _cleanup_(close_fd) int fd = folder();
    _cleanup_(tile_tree_freep) struct tile_tree *t = NULL;
    REQUIRE(tile_tree_load(fd, 0, &t) == 0);
    CHECK_INT(add(t, 0, 300), 0);
    CHECK_INT(tile_tree_write_partials(t), 0);
    for (uint64_t i = 0; i < 300; i += 37) {
        struct buf out;
        buf_init(&out, 100);
        CHECK_INT(tile_read_entry(fd, i, 300, &out), 0);
        CHECK_BYTES(buf_bytes(&out), bytes_make(&i, sizeof(i)));
        buf_release(&out);
    }
    struct buf out;
    buf_init(&out, 100);
    CHECK_INT(tile_read_entry(fd, 300, 300, &out), -ENOENT);
    buf_release(&out);
}

TEST(tile, leftovers_of_an_interrupted_write_are_replaced) {
    _cleanup_(close_fd) int fd = folder();
    _cleanup_(tile_tree_freep) struct tile_tree *t = NULL;
    CHECK_INT(io_make_dirs_at(fd, "tile/entries", 0700), 0);
    CHECK_INT(io_create_file_at(fd, "tile/entries/000", BYTES("half"), 0600), 0);
    REQUIRE(tile_tree_load(fd, 0, &t) == 0);
    CHECK_INT(add(t, 0, 256), 0);
    struct stat st;
    CHECK_INT(fstatat(fd, "tile/entries/000", &st, 0), 0);
    CHECK_INT(st.st_size, 256 * 10);
}
