#include "redact/record.h"

#include "tests/harness.h"

static void check_record(const char *path, const char *record) {
    struct arena arena;
    struct bytes found;
    arena_init(&arena, 1 << 20);
    REQUIRE(record_of_path(bytes_from_string(path), &arena, &found) == 0);
    if (!bytes_equal(found, bytes_from_string(record)))
        harness_fail(__FILE__, __LINE__, "\"%s\": \"%.*s\", expected \"%s\"", path, (int) found.len, found.len ? (const char *) found.ptr : "", record);
    arena_release(&arena);
}

TEST(record, the_number_of_a_patients_folder_is_read) {
    check_record("patients/Smith_John_00482913/visit.txt", "00482913");
    check_record("00482913/visit.txt", "00482913");
    check_record("MRN00482913/visit.txt", "00482913");
    check_record("clinic 7/SMITH, John (MRN 00482913)/2026/labs/a.csv", "00482913");
    check_record("p/a123456/x", "A123456");
    check_record("99887766/inner_55443322/x", "55443322"); /* the lowest folder that has one */
}

TEST(record, dates_short_numbers_and_files_are_no_record) {
    check_record("00482913.txt", "");
    check_record("2026-07-30/visit.txt", "");
    check_record("20260730/visit.txt", "");
    check_record("07302026/visit.txt", "");
    check_record("202607/visit.txt", "");
    check_record("ward 12/room 1204/visit.txt", "");
    check_record("a/b/c", "");
    check_record("", "");
    check_record("///", "");
}

TEST(record, two_numbers_are_nobodys) {
    check_record("00482913_00482914/visit.txt", "");
    check_record("11111111/00482913 and 00482914/visit.txt", "");
    check_record("00482913 20260730/visit.txt", "00482913");
}
