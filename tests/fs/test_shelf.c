#include "fs/shelf.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/harness.h"

static const struct key key = { .raw = { 1 } }, other_key = { .raw = { 2 } };
static int dir_fd;
static size_t visited;
static uint64_t sum;

static void visit(void *context, const uint8_t payload[SHELF_PAYLOAD_LEN]) {
    (void) context;
    visited++;
    sum += bytes_load_be64(payload);
}

static struct shelf *open_shelf(const struct key *k) {
    struct shelf *s = NULL;
    REQUIRE(shelf_open(dir_fd, "x.shelf", k, &s) == 0);
    return s;
}

static void put(struct shelf *s, uint64_t from, uint64_t to) {
    for (uint64_t i = from; i < to; i++) {
        uint8_t payload[SHELF_PAYLOAD_LEN] = { 0 };
        bytes_store_be64(payload, i);
        shelf_append(s, payload);
    }
}

static size_t read_back(const struct key *k, size_t *out_skipped) {
    struct shelf *s = open_shelf(k);
    visited = 0, sum = 0;
    REQUIRE(shelf_read(s, visit, NULL, out_skipped) == 0);
    shelf_close(s);
    return visited;
}

static void begin(void) {
    dir_fd = open(harness_temp_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(dir_fd >= 0);
}

TEST(shelf, everything_put_is_there_after_closing) {
    begin();
    size_t skipped;
    struct shelf *s = open_shelf(&key);
    put(s, 0, 1000);
    shelf_close(s);
    s = open_shelf(&key);
    put(s, 1000, 1001);
    shelf_close(s);
    CHECK_INT(read_back(&key, &skipped), 1001);
    CHECK_INT(sum, 1001 * 1000 / 2);
    CHECK_INT(skipped, 0);
    (void) close(dir_fd);
}

TEST(shelf, a_changed_record_and_a_foreign_key_are_skipped) {
    begin();
    size_t skipped;
    struct shelf *s = open_shelf(&key);
    put(s, 0, 100);
    shelf_close(s);
    int fd = openat(dir_fd, "x.shelf", O_RDWR | O_CLOEXEC);
    REQUIRE(pwrite(fd, "\xff", 1, 50 * SHELF_RECORD_LEN + 3) == 1);
    CHECK_INT(read_back(&key, &skipped), 99);
    CHECK_INT(skipped, 1);
    CHECK_INT(read_back(&other_key, &skipped), 0);
    CHECK_INT(skipped, 100);
    (void) close(fd);
    (void) close(dir_fd);
}

TEST(shelf, a_torn_tail_is_written_over) {
    begin();
    size_t skipped;
    struct shelf *s = open_shelf(&key);
    put(s, 0, 10);
    shelf_close(s);
    int fd = openat(dir_fd, "x.shelf", O_RDWR | O_CLOEXEC);
    REQUIRE(ftruncate(fd, 10 * SHELF_RECORD_LEN - 7) == 0);
    (void) close(fd);
    s = open_shelf(&key);
    CHECK_INT(shelf_count(s), 9);
    put(s, 100, 101);
    shelf_close(s);
    CHECK_INT(read_back(&key, &skipped), 10);
    CHECK_INT(sum, 36 + 100);
    (void) close(dir_fd);
}

TEST(shelf, clearing_forgets_all_and_a_link_is_not_followed) {
    begin();
    size_t skipped;
    struct shelf *s = open_shelf(&key);
    put(s, 0, 10);
    shelf_flush(s);
    REQUIRE(shelf_clear(s) == 0);
    put(s, 5, 6);
    shelf_close(s);
    CHECK_INT(read_back(&key, &skipped), 1);
    REQUIRE(symlinkat("x.shelf", dir_fd, "y.shelf") == 0);
    CHECK_INT(shelf_open(dir_fd, "y.shelf", &key, &s), -ELOOP);
    (void) close(dir_fd);
}
