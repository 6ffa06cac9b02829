#include "redact/surrogate.h"
#include "tests/harness.h"

static void check_moved(const char *in, int32_t days, const char *out) {
    struct arena arena;
    struct bytes moved = { NULL, 0 };
    arena_init(&arena, 1 << 20);
    if (surrogate_date_move(bytes_from_string(in), &(struct surrogate_move) { days, 2026, true }, &arena, &moved) != SURROGATE_MOVED) moved = BYTES("unreadable");
    if (!bytes_equal(moved, bytes_from_string(out))) harness_fail(__FILE__, __LINE__, "\"%s\" became \"%.*s\", expected \"%s\"", in, (int) moved.len, (const char *) moved.ptr, out);
    arena_release(&arena);
}

TEST(surrogate_date, dates_move_and_keep_their_spelling) {
    check_moved("2019-03-05", -10, "2019-02-23");
    check_moved("03/05/2019", -10, "02/23/2019");
    check_moved("3/5/19", -10, "2/23/19");
    check_moved("3/5/2019", -70, "12/25/2018");
    check_moved("25.12.2018", 7, "01.01.2019");
    check_moved("20190305", -10, "20190223");
    check_moved("03052019", -10, "02232019");
    check_moved("March 5, 2019", -4, "March 1, 2019");
    check_moved("March 5th, 2019", -4, "March 1st, 2019");
    check_moved("MAR 5 2019", -10, "FEB 23 2019");
    check_moved("5 mar 2019", -10, "23 feb 2019");
    check_moved("the 5th of March 2019", -4, "unreadable");
    check_moved("5th of March 2019", -4, "1st of March 2019");
    check_moved("2019-03-05T12:30:00Z", -10, "2019-02-23T12:30:00Z");
    check_moved("201903051230", -10, "201902231230");
    check_moved("20190305123000.000-0500", -10, "20190223123000.000-0500");
    check_moved("3/5/2019 9:05 pm", -10, "2/23/2019 9:05 pm");
    check_moved("March 5, 2019 at 12:30", -4, "March 1, 2019 at 12:30");
    check_moved("12:30 on 3/5/2019", -4, "unreadable");
    check_moved("2020-02-29", 366, "2021-03-01");
    check_moved("2000-03-01", -1, "2000-02-29");
    check_moved("1900-03-01", -1, "1900-02-28");
    check_moved("May 5, 2019", 31, "Jun 5, 2019");
}

TEST(surrogate_date, a_time_of_day_goes_where_it_is_not_kept) {
    static const char *const cases[][2] = { { "2019-03-05T12:30:00Z", "2019-02-23" }, { "201903051230", "20190223" }, { "3/5/2019 9:05 pm", "2/23/2019" },
                                            { "March 5, 2019 at 12:30", "February 23, 2019" }, { "2019-03-05", "2019-02-23" } };
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < array_count(cases); i++) {
        struct bytes moved = { NULL, 0 };
        CHECK_INT(surrogate_date_move(bytes_from_string(cases[i][0]), &(struct surrogate_move) { -10, 2026, false }, &arena, &moved), SURROGATE_MOVED);
        CHECK_BYTES(moved, bytes_from_string(cases[i][1]));
    }
    arena_release(&arena);
}

TEST(surrogate_date, what_is_not_understood_whole_is_not_moved) {
    static const char *const unreadable[] = { "March 2019", "March 5", "2019", "Monday, March 5, 2019", "3/5", "13/13/2019", "2019-02-30", "2/29/2019", "",
                                              "3/5/2019 - 3/6/2019", "yesterday", "99999999", "March March 5 2019", "3/5/019" };
    for (size_t i = 0; i < array_count(unreadable); i++) check_moved(unreadable[i], -10, "unreadable");
}

/* Order and intervals over eight centuries' worth of days: moving there and back is the identity. */
TEST(surrogate_date, moving_there_and_back_is_the_identity) {
    struct arena arena;
    struct bytes date = BYTES("1900-01-01"), moved, back;
    arena_init(&arena, 64 << 20);
    for (int i = 0; i < 1500; i++) {
        REQUIRE(surrogate_date_move(date, &(struct surrogate_move) { 73, 2026, true }, &arena, &moved) == SURROGATE_MOVED);
        REQUIRE(surrogate_date_move(moved, &(struct surrogate_move) { -73, 2026, true }, &arena, &back) == SURROGATE_MOVED);
        CHECK_BYTES(back, date);
        CHECK(bytes_compare(moved, date) > 0);
        date = moved;
    }
    arena_release(&arena);
}

TEST(surrogate_date, an_offset_is_never_nothing) {
    for (int i = 0; i < 10000; i++) {
        int32_t days = surrogate_date_offset();
        CHECK(days <= -1 && days >= -SURROGATE_OFFSET_DAYS_MAX);
    }
}
