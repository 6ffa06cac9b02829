/* The log's files as C2SP tlog-tiles: entry bundles and hash tiles of height 8.
 *   tile/entries/<N>[.p/<W>]   (u16 big-endian length || entry) x 256, or x W
 *   tile/<L>/<N>[.p/<W>]       256 or W hashes of 32 bytes; a hash at level L stands for 256^L entries
 * N in groups of three digits, all but the last prefixed x: 1234067 -> x001/x234/067.
 * struct tile_tree is the writer's own copy of the right edge: what it adds it writes.
 * Threads: one owner. Source: c2sp.org/tlog-tiles. */
#pragma once

#include "audit/proof.h"
#include "conf/base/buf.h"

enum {
    TILE_WIDTH = 256,
    TILE_LEVELS = 8, /* 2^64 entries */
    TILE_ENTRIES = -1, /* the level of entry bundles */
    TILE_PATH_LEN = 80,
    TILE_BUNDLE_LEN_MAX = TILE_WIDTH * (2 + 4096),
    TILE_FILE_MODE = 0640,
    TILE_DIR_MODE = 0750,
};

/* width 1..255 is a partial; 256 the full one. */
void tile_path(char out[TILE_PATH_LEN], int level, uint64_t n, unsigned width);

struct tile_tree;

/* At the given size, from the files of an existing log (or size 0). Recomputes the partial bundle's leaf hashes. -EUCLEAN: the files are not
 * a tree of that size; other errors are of reading. log_fd is borrowed. */
_must_use_ int tile_tree_load(int log_fd, uint64_t size, struct tile_tree **out_tree);
void tile_tree_free(struct tile_tree *t);
static inline void tile_tree_freep(struct tile_tree **t) {
    tile_tree_free(*t);
    *t = NULL;
}

uint64_t tile_tree_size(const struct tile_tree *t);
/* Writes full bundles and tiles as they fill. After an error the tree is to be loaded again. */
_must_use_ int tile_tree_add(struct tile_tree *t, struct bytes entry);
_must_use_ int tile_tree_write_partials(struct tile_tree *t);
/* size > 0. */
void tile_tree_root(const struct tile_tree *t, struct merkle_hash *out);

/* Reads back the entries [range->size, size) from the files just written, hashes them anew, compares with the level-0 tiles on disk and
 * folds them into range: the second code path. -EUCLEAN: the files do not say what was meant. */
_must_use_ int tile_read_back(int log_fd, struct merkle_hasher *h, struct merkle_range *range, uint64_t size);
/* Removes the partials of tiles that became full between the two sizes. */
void tile_remove_partials(int log_fd, uint64_t from_size, uint64_t to_size);

/* A whole file of the log: bundle or tile, full or the partial that a tree of this size has (a full one serves too). */
_must_use_ int tile_read(int log_fd, int level, uint64_t n, uint64_t tree_size, struct buf *out);
/* Takes the next entry off a bundle; false at its end or when it is cut. */
_must_use_ bool tile_bundle_take(struct bytes *bundle, struct bytes *out_entry);
/* One entry's bytes. -ENOENT past the size, -EUCLEAN when the bundle is not one. */
_must_use_ int tile_read_entry(int log_fd, uint64_t index, uint64_t tree_size, struct buf *out);

/* A proof_source over the files of a tree of this size: context is a struct tile_reader. */
struct tile_reader {
    int log_fd;
    uint64_t size;
    struct merkle_hasher *hasher;
};
int tile_reader_subtree(void *reader, unsigned level, uint64_t index, struct merkle_hash *out);
