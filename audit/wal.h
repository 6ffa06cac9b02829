/* The write-ahead log: segments of frames, one frame a group commit (journal.md). All integers big endian.
 *   segment header, 64 bytes
 *      0  8  "DFSWAL\0\x01"     8  8  first index     16  32  SHA-256(origin)     48  8  epoch     56  4  flags = 0     60  4  crc32c of 0..59
 *   frame
 *      0  4  0xDF5A11E5     4  4  payload length     8  8  first index     16  4  count     20  4  unsynced
 *     24 32  chain = SHA-256(previous chain || bytes 0..23 || payload); a segment's first chain is SHA-256(its header)
 *     56  …  payload: (u16 length || entry) x count     …  4  crc32c of all before     …  zeros to a multiple of 8
 * unsynced: how many bytes before this frame had been written but not yet synced when it was written (records that may wait for the next
 * batch: close, beat). After a power failure the disk may hold this frame and not those: that is a torn tail, not damage.
 * Threads: writer and readers each belong to one thread; a reader stays below what the writer has made durable. */
#pragma once

#include "audit/merkle.h"
#include "conf/base/buf.h"

enum {
    WAL_SEGMENT_HEADER_LEN = 64,
    WAL_FRAME_HEADER_LEN = 56,
    WAL_PAYLOAD_LEN_MAX = 256 * 1024,
    WAL_FRAME_LEN_MAX = WAL_FRAME_HEADER_LEN + WAL_PAYLOAD_LEN_MAX + 12,
    WAL_SEGMENT_LEN_MIN = 1 << 20,
    WAL_SEGMENT_LEN_MAX = 64 << 20,
    WAL_TAIL_RESERVE = 16 * 1024, /* of each segment, for the last words (halt) on a full disk */
};

/* Entries that will be one frame. */
struct wal_batch {
    uint8_t *raw; /* WAL_FRAME_LEN_MAX bytes; the payload begins at WAL_FRAME_HEADER_LEN */
    size_t len;   /* of the payload */
    uint32_t count;
    uint64_t first_index;
};

_must_use_ int wal_batch_init(struct wal_batch *b);
void wal_batch_release(struct wal_batch *b);
/* Room for one more entry of the greatest length? */
bool wal_batch_has_room(const struct wal_batch *b);
void wal_batch_add(struct wal_batch *b, struct bytes entry);

struct wal;

/* Begins a new segment at first_index in the folder. segment_len 0: by the file system's free space. dir_fd is borrowed.
 * -ENOSPC: no room for a segment. */
_must_use_ int wal_new(int dir_fd, const char *origin, uint64_t epoch, uint64_t first_index, struct wal **out_wal);
void wal_free(struct wal *w);
static inline void wal_freep(struct wal **w) {
    wal_free(*w);
    *w = NULL;
}
/* Writes the frame; a full segment is synced and followed by a new one. -ENOSPC: no room for that; nothing was written. */
_must_use_ int wal_write(struct wal *w, struct wal_batch *b);
/* The same into the reserve of the current segment: for the last record before a halt. */
_must_use_ int wal_write_last(struct wal *w, struct wal_batch *b);
/* fdatasync. An error is final: the pages may be gone, a second fsync would lie. */
_must_use_ int wal_sync(struct wal *w);
/* Segment headers written from now on carry this epoch. */
void wal_set_epoch(struct wal *w, uint64_t epoch);
uint64_t wal_segment_len(const struct wal *w);

/* Deletes segments that hold only entries below size and are not the newest; with all, the newest too. */
_must_use_ int wal_remove_covered(int dir_fd, uint64_t size, bool all);

struct wal_frame {
    struct bytes payload; /* borrowed until the next call */
    uint64_t first_index;
    uint32_t count;
};

struct wal_reader;
enum { WAL_FRAME = 0, WAL_END = 1 };

/* Starts at the segment that holds from_index; frames may begin before it. -EUCLEAN: segments of another log. */
_must_use_ int wal_reader_new(int dir_fd, const char *origin, uint64_t from_index, struct wal_reader **out_reader);
void wal_reader_free(struct wal_reader *r);
static inline void wal_reader_freep(struct wal_reader **r) {
    wal_reader_free(*r);
    *r = NULL;
}
/* WAL_FRAME, or WAL_END at the first place that is no valid frame. */
_must_use_ int wal_reader_next(struct wal_reader *r, struct wal_frame *out);

/* What lies after the last valid frame: call after WAL_END. */
struct wal_tail {
    uint64_t torn_len;   /* bytes that are not zero, up to the last such byte */
    bool damaged;        /* valid frames follow: not torn by a crash, but damaged later */
    uint64_t next_index; /* of the first valid frame after the damage */
};
_must_use_ int wal_reader_tail(struct wal_reader *r, struct wal_tail *out);
/* Renames what follows the last valid frame out of the way: the torn segment's copy to "<index>.torn", later segments to "….lost". */
_must_use_ int wal_reader_set_aside(struct wal_reader *r);
