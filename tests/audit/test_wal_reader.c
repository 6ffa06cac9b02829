#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "audit/wal.h"
#include "conf/base/io.h"
#include "tests/harness.h"

enum { FRAMES = 10, FRAME_LEN = 64 + 56 + 8 };
static const char segment[] = "00000000000000000000.wal";

static int folder(void) {
    int fd = open(harness_temp_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0);
    return fd;
}

/* FRAMES frames of one entry of 62 bytes; every second one is synced. */
static void write_frames(int dir) {
    struct wal *w = NULL;
    must(wal_new(dir, "o", 0, 0, &w) == 0);
    for (uint64_t i = 0; i < FRAMES; i++) {
        struct wal_batch b;
        uint8_t entry[62];
        memset(entry, (int) i, sizeof(entry));
        must(wal_batch_init(&b) == 0);
        b.first_index = i;
        wal_batch_add(&b, bytes_make(entry, sizeof(entry)));
        must(wal_write(w, &b) == 0);
        if (i % 2 == 1) must(wal_sync(w) == 0);
        wal_batch_release(&b);
    }
    wal_free(w);
}

static void flip(int dir, off_t at) {
    _cleanup_(close_fd) int fd = openat(dir, segment, O_RDWR | O_CLOEXEC);
    uint8_t byte;
    must(fd >= 0 && pread(fd, &byte, 1, at) == 1);
    byte ^= 0x10;
    must(pwrite(fd, &byte, 1, at) == 1);
}

static off_t frame_at(uint64_t i) {
    return WAL_SEGMENT_HEADER_LEN + (off_t) i * FRAME_LEN;
}

static uint64_t read_frames(int dir, uint64_t from, struct wal_tail *tail) {
    _cleanup_(wal_reader_freep) struct wal_reader *r = NULL;
    struct wal_frame frame;
    uint64_t end = 0;
    if (wal_reader_new(dir, "o", from, &r) < 0) return UINT64_MAX;
    int e;
    while ((e = wal_reader_next(r, &frame)) == WAL_FRAME) end = frame.first_index + frame.count;
    CHECK_INT(e, WAL_END);
    CHECK_INT(wal_reader_tail(r, tail), 0);
    return end;
}

TEST(wal_reader, whole_frames_are_read_and_nothing_is_torn) {
    _cleanup_(close_fd) int dir = folder();
    struct wal_tail tail;
    write_frames(dir);
    CHECK_INT(read_frames(dir, 0, &tail), FRAMES);
    CHECK_INT(tail.torn_len, 0);
    CHECK(!tail.damaged);
}

TEST(wal_reader, a_broken_last_frame_is_torn_and_an_earlier_one_is_damage) {
    for (uint64_t broken = 0; broken < FRAMES; broken++) {
        for (off_t at = 0; at < FRAME_LEN; at += 7) {
            _cleanup_(close_fd) int dir = folder();
            struct wal_tail tail;
            write_frames(dir);
            flip(dir, frame_at(broken) + at);
            uint64_t end = read_frames(dir, 0, &tail);
            must(unlinkat(dir, segment, 0) == 0);
            /* The padding is checked by the auditor's verifier, not needed by recovery. */
            if (at >= FRAME_LEN - 4 && end == FRAMES) continue;
            CHECK_INT(end, broken);
            CHECK(tail.torn_len > 0);
            /* The last two frames were synced together: before that, losing the first of them and keeping the second is what a power
             * failure does. */
            bool torn = broken >= FRAMES - 2;
            if (tail.damaged == torn) harness_fail(__FILE__, __LINE__, "frame %d byte %d: damaged=%d", (int) broken, (int) at, tail.damaged);
        }
    }
}

TEST(wal_reader, damage_below_the_checkpoint_alone_does_not_matter) {
    _cleanup_(close_fd) int dir = folder();
    struct wal_tail tail;
    write_frames(dir);
    flip(dir, frame_at(2) + 60);
    ignore(read_frames(dir, FRAMES, &tail));
    CHECK(!tail.damaged);
}

TEST(wal_reader, what_is_set_aside_is_not_found_again) {
    _cleanup_(close_fd) int dir = folder();
    struct wal_tail tail;
    write_frames(dir);
    flip(dir, frame_at(FRAMES - 1) + 60);
    _cleanup_(wal_reader_freep) struct wal_reader *r = NULL;
    struct wal_frame frame;
    REQUIRE(wal_reader_new(dir, "o", 0, &r) == 0);
    while (wal_reader_next(r, &frame) == WAL_FRAME) {}
    CHECK_INT(wal_reader_set_aside(r), 0);
    CHECK_INT(faccessat(dir, "00000000000000000009.torn", F_OK, 0), 0);
    CHECK_INT(read_frames(dir, 0, &tail), FRAMES - 1);
    CHECK_INT(tail.torn_len, 0);
    /* And appending goes on in a segment of its own. */
    struct wal *w = NULL;
    CHECK_INT(wal_new(dir, "o", 0, FRAMES - 1, &w), 0);
    wal_free(w);
}

TEST(wal_reader, a_segment_of_another_log_is_refused) {
    _cleanup_(close_fd) int dir = folder();
    struct wal_reader *r = NULL;
    write_frames(dir);
    CHECK_INT(wal_reader_new(dir, "another", 0, &r), -EUCLEAN);
    flip(dir, 9);
    CHECK_INT(wal_reader_new(dir, "o", 0, &r), -EUCLEAN);
}

TEST(wal_reader, a_segment_whose_making_was_cut_short_is_no_damage) {
    _cleanup_(close_fd) int dir = folder();
    struct wal_tail tail;
    CHECK_INT(io_create_file_at(dir, segment, BYTES("DFSWAL"), 0600), 0);
    ignore(read_frames(dir, 0, &tail));
    CHECK(!tail.damaged);
}
