#include "audit/wal_file.h"

#include <fcntl.h>

#include "conf/base/io.h"
#include "tests/harness.h"

TEST(wal_file, segments_are_listed_in_order_and_nothing_else) {
    _cleanup_(close_fd) int dir = open(harness_temp_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(dir >= 0);
    static const uint64_t firsts[] = { 300, 0, UINT64_MAX, 7 };
    for (size_t i = 0; i < array_count(firsts); i++) {
        char name[WAL_NAME_LEN];
        wal_file_name(name, firsts[i]);
        CHECK_INT(io_create_file_at(dir, name, BYTES(""), 0600), 0);
    }
    static const char *const others[] = { "00000000000000000007.torn", "7.wal", "99999999999999999999.wal", "0000000000000000000x.wal", "note" };
    for (size_t i = 0; i < array_count(others); i++) CHECK_INT(io_create_file_at(dir, others[i], BYTES(""), 0600), 0);
    uint64_t *list = NULL;
    size_t count = 0;
    CHECK_INT(wal_file_list(dir, &list, &count), 0);
    REQUIRE(count == 4);
    CHECK(list[0] == 0 && list[1] == 7 && list[2] == 300 && list[3] == UINT64_MAX);
    free(list);
}
