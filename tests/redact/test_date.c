#include "redact/date.h"

#include "tests/harness.h"

static void check_year(const char *surface, int year) {
    struct date_years y;
    date_read_years(bytes_from_string(surface), 2026, &y);
    int got = y.count == 0 ? 0 : y.count == 1 ? y.year[0] : -1;
    if (got != year) harness_fail(__FILE__, __LINE__, "\"%s\" gave %d, expected %d", surface, got, year);
}

TEST(date, the_year_is_found_in_many_spellings) {
    check_year("2019-03-05", 2019);
    check_year("03/05/2019", 2019);
    check_year("3/5/19", 2019);
    check_year("5.3.19", 2019);
    check_year("March 5th, 2019", 2019);
    check_year("5 Mar 2019", 2019);
    check_year("Mar 5 '19", 2019);
    check_year("Mar 5, 19", 2019);
    check_year("20190305", 2019);
    check_year("201903051230", 2019);
    check_year("20190305123045.1234-0500", 2019);
    check_year("03052019", 2019);
    check_year("201903", 2019);
    check_year("2019-03-05T12:30:00Z", 2019);
    check_year("March 2019", 2019);
    check_year("12/31/99", 1999);
    check_year("3/5/27", 2027);
    check_year("3/5/28", 1928);
    check_year("March fifth nineteen eighty-four", 1984);
    check_year("two thousand and twelve", 2012);
    check_year("2019", 2019);
}

TEST(date, a_date_without_a_year_has_none) {
    check_year("March 5", 0);
    check_year("March 5th", 0);
    check_year("3/5", 0);
    check_year("Monday", 0);
    check_year("12:30", 0);
    check_year("twenty third of May", 0);
    check_year("", 0);
    check_year("Mar 12:19", 0);
}

TEST(date, a_range_has_both_years) {
    struct date_years y;
    date_read_years(BYTES("12/30/2018 - 01/02/2019"), 2026, &y);
    REQUIRE(y.count == 2);
    CHECK_INT(y.year[0], 2018);
    CHECK_INT(y.year[1], 2019);
}

TEST(date, two_digits_that_fit_two_centuries_are_told) {
    struct date_years y;
    date_read_years(BYTES("3/5/20"), 2026, &y);
    CHECK(y.century_guessed);
    date_read_years(BYTES("3/5/1920"), 2026, &y);
    CHECK(!y.century_guessed);
}

TEST(date, spelt_numbers_are_read) {
    CHECK_INT(date_spelt_number(BYTES("ninety-two")), 92);
    CHECK_INT(date_spelt_number(BYTES("a hundred and four")), 104);
    CHECK_INT(date_spelt_number(BYTES("Forty Seven")), 47);
    CHECK_INT(date_spelt_number(BYTES("old")), -1);
}

TEST(date, a_clock_time_is_found_within_a_date) {
    static const struct {
        const char *surface, *time;
    } cases[] = { { "2019-03-05T12:30:00Z", "12:30:00" }, { "2019-03-05 9:05", "9:05" }, { "3/5/2019 9:05 pm", "9:05 pm" }, { "9:05PM 3/5/2019", "9:05PM" },
                  { "3/5/2019 9:05 p.m.", "9:05 p.m." }, { "12:30:00.125+01:00", "12:30:00.125" }, { "3/5/2019 9:05 pending", "9:05" },
                  { "2019-03-05", NULL }, { "12:3", NULL }, { "123:45", NULL }, { "12:345", NULL }, { "", NULL }, { "1:", NULL } };
    for (size_t i = 0; i < array_count(cases); i++) {
        struct bytes surface = bytes_from_string(cases[i].surface);
        struct span time = { 0, 0 };
        CHECK(date_find_time(surface, &time) == (cases[i].time != NULL));
        if (cases[i].time) CHECK_BYTES(bytes_slice(surface, time), bytes_from_string(cases[i].time));
    }
}
