#include "audit/wal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "tests/harness.h"

static int folder(void) {
    int fd = open(harness_temp_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0);
    return fd;
}

/* count entries of the given length from index on, as one frame. */
static int put(struct wal *w, uint64_t index, uint32_t count, size_t len) {
    struct wal_batch b;
    static uint8_t entry[4096];
    must(wal_batch_init(&b) == 0);
    b.first_index = index;
    memset(entry, (int) (index & 0xff), sizeof(entry));
    for (uint32_t i = 0; i < count; i++) wal_batch_add(&b, bytes_make(entry, len));
    int r = wal_write(w, &b);
    wal_batch_release(&b);
    return r;
}

TEST(wal, frames_are_drawn_as_in_the_header) {
    _cleanup_(close_fd) int dir = folder();
    _cleanup_(wal_freep) struct wal *w = NULL;
    REQUIRE(wal_new(dir, "o", 3, 7, &w) == 0);
    CHECK_INT(put(w, 7, 2, 3), 0);
    CHECK_INT(wal_sync(w), 0);
    _cleanup_(close_fd) int fd = openat(dir, "00000000000000000007.wal", O_RDONLY | O_CLOEXEC);
    uint8_t raw[256];
    REQUIRE(fd >= 0 && pread(fd, raw, sizeof(raw), 0) == sizeof(raw));
    CHECK(memcmp(raw, "DFSWAL\0\x01\0\0\0\0\0\0\0\x07", 16) == 0);
    CHECK_INT(bytes_load_be64(raw + 48), 3);
    CHECK_INT(bytes_load_be32(raw + 64), 0xDF5A11E5u);
    CHECK_INT(bytes_load_be32(raw + 68), 10);
    CHECK_INT(bytes_load_be64(raw + 72), 7);
    CHECK_INT(bytes_load_be32(raw + 80), 2);
    CHECK(memcmp(raw + 64 + 56, "\0\x03\x07\x07\x07\0\x03\x07\x07\x07", 10) == 0);
    CHECK_INT(bytes_load_be32(raw + 64 + 56 + 14), 0); /* 70 bytes are padded to 72; then zeros */
}

TEST(wal, a_full_segment_is_followed_by_one_that_begins_where_it_ends) {
    _cleanup_(close_fd) int dir = folder();
    _cleanup_(wal_freep) struct wal *w = NULL;
    REQUIRE(wal_new(dir, "o", 0, 0, &w) == 0);
    uint64_t frames = wal_segment_len(w) / (60 * 4098) + 2;
    for (uint64_t i = 0; i < frames; i++) CHECK_INT(put(w, i * 60, 60, 4096), 0);
    _cleanup_(wal_reader_freep) struct wal_reader *r = NULL;
    struct wal_frame frame;
    uint64_t seen = 0;
    REQUIRE(wal_reader_new(dir, "o", 0, &r) == 0);
    while (wal_reader_next(r, &frame) == WAL_FRAME) {
        CHECK_INT(frame.first_index, seen);
        seen += frame.count;
    }
    CHECK_INT(seen, frames * 60);
    CHECK_INT(wal_remove_covered(dir, seen, false), 0);
    CHECK_INT(faccessat(dir, "00000000000000000000.wal", F_OK, 0), -1);
    CHECK_INT(wal_remove_covered(dir, seen, true), 0);
}

TEST(wal, the_reserve_takes_a_last_frame_when_no_segment_can_follow) {
    _cleanup_(close_fd) int dir = folder();
    _cleanup_(wal_freep) struct wal *w = NULL;
    REQUIRE(wal_new(dir, "o", 0, 0, &w) == 0);
    uint64_t index = 0;
    uint64_t room = wal_segment_len(w) - WAL_TAIL_RESERVE - WAL_SEGMENT_HEADER_LEN;
    for (uint64_t used = 0; used + 245944 <= room; used += 245944) {
        CHECK_INT(put(w, index, 60, 4096), 0);
        index += 60;
    }
    struct wal_batch b;
    must(wal_batch_init(&b) == 0);
    b.first_index = index;
    wal_batch_add(&b, BYTES("halt"));
    CHECK_INT(wal_write_last(w, &b), 0);
    wal_batch_release(&b);
}
