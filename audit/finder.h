/* The finder: an index beside the log (idx/) that tells in which bundles of 256 records a user, patient, file … can be found. It is untrusted and can be
 * made again at any time: what it leads to is proved record by record (lookup.h), and that it leaves nothing out is believed only while its
 * directory has the SHA-256 that a record of the journal itself names (type query, kind "index"); its pages are checked against the directory.
 * Records behind the last that it covers are read one by one.
 *
 *   idx/directory   "DFSIDX1\0" | u64 records covered | u32 segments | u32 pages | segments × 16 | pages × 40      big endian
 *     a segment (65,536 records)      u32 first page | u32 pages | u32 least month | u32 greatest month of its subject tokens
 *     a page                          u64 its first key | SHA-256[32] of its 4,096 bytes
 *   idx/pages       pages of 4,096 bytes: 455 items of 9 bytes, sorted, and a zero; the last page of a segment repeats its last item
 *     an item                         u64 key | u8 bundle within the segment
 *   idx/record      decimal index of the journal's record about this directory, and a newline: a hint
 * A key is SipHash-2-4 with a key of zeros over the field's number and its text: two that collide cost a bundle read in vain, never a miss.
 *
 * Threads: one. Ownership: finder_free(), finder_builder_free(). */
#pragma once

#include "audit/entry.h"
#include "audit/merkle.h"
#include "audit/query.h"
#include "conf/base/buf.h"
#include "conf/base/problem.h"

enum {
    FINDER_PAGE_LEN = 4096, FINDER_ITEM_LEN = 9, FINDER_ITEMS_A_PAGE = 455, FINDER_BUNDLES_A_SEGMENT = 256, FINDER_WIDTH = 256,
    FINDER_DIRECTORY_LEN_MAX = 256 << 20,
};

struct finder_builder;

/* pages_fd: an empty file, borrowed. */
_must_use_ int finder_builder_new(int pages_fd, struct finder_builder **out_builder);
void finder_builder_free(struct finder_builder *b);
/* Every record in order. Errors are sticky: finder_build_end() tells. */
void finder_build_add(struct finder_builder *b, uint64_t index, const struct entry *e);
/* Writes the last segment; the directory's bytes go to out. */
_must_use_ int finder_build_end(struct finder_builder *b, uint64_t size, struct buf *out_directory);

struct finder;

/* Reads dir/directory and checks its form. -ENOENT: there is none; -EBADMSG: not one. */
_must_use_ int finder_open(const char *dir, struct finder **out_finder, struct problem *p);
void finder_free(struct finder *f);
uint64_t finder_size(const struct finder *f);
void finder_digest(const struct finder *f, struct merkle_hash *out);
/* True when the query names something that the finder knows. */
bool finder_can_answer(const struct query *q);
/* Sets the bit of every bundle below finder_size() that may hold a match: bits has room for that many. -EBADMSG: a page is not the directory's. */
_must_use_ int finder_mark(struct finder *f, const struct query *q, uint8_t *bits, size_t bits_len);
