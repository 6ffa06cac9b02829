#include "conf/hours.h"

#include "tests/harness.h"

static bool hold(const char *text, int day, int hour, int minute) {
    struct hours h;
    REQUIRE(hours_parse(text, &h));
    const struct tm at = { .tm_wday = day, .tm_hour = hour, .tm_min = minute };
    return hours_hold(&h, &at);
}

TEST(hours, a_span_holds_from_its_begin_to_before_its_end_on_its_days) {
    CHECK(hold("Mon-Fri 07:00-19:00", 1, 7, 0) && hold("Mon-Fri 07:00-19:00", 5, 18, 59));
    CHECK(!hold("Mon-Fri 07:00-19:00", 1, 6, 59) && !hold("Mon-Fri 07:00-19:00", 5, 19, 0) && !hold("Mon-Fri 07:00-19:00", 6, 12, 0));
    CHECK(hold("Sat 08:00-12:00, Sun 00:00-24:00", 0, 23, 59) && hold("Sat 08:00-12:00,Sun 00:00-24:00", 6, 8, 0));
    CHECK(hold("", 3, 3, 3));
}

TEST(hours, days_run_over_the_weeks_end) {
    CHECK(hold("Sat-Mon 08:00-12:00", 6, 9, 0) && hold("Sat-Mon 08:00-12:00", 0, 9, 0) && hold("Sat-Mon 08:00-12:00", 1, 9, 0));
    CHECK(!hold("Sat-Mon 08:00-12:00", 2, 9, 0) && !hold("Sat-Mon 08:00-12:00", 5, 9, 0));
}

TEST(hours, a_span_past_midnight_belongs_to_the_day_it_begins_on) {
    CHECK(hold("Fri 22:00-06:00", 5, 22, 0) && hold("Fri 22:00-06:00", 6, 5, 59));
    CHECK(!hold("Fri 22:00-06:00", 5, 5, 59) && !hold("Fri 22:00-06:00", 6, 6, 0) && !hold("Fri 22:00-06:00", 6, 22, 0));
    CHECK(hold("Sat 22:00-06:00", 0, 1, 0));
}

TEST(hours, what_is_not_of_the_form_is_refused) {
    static const char *const bad[] = { "Mon", "Mon ", "mon 07:00-08:00", "Mon 7:00-8:00", "Mon 07:00", "Mon 07:00-", "Mon 07:00-07:00", "Mon 24:00-07:00",
                                       "Mon 07:60-08:00", "Mon 25:00-08:00", "Mon 07:00-08:00,", "Mon 07:00-08:00 Tue 07:00-08:00", "Mon- 07:00-08:00",
                                       ", Mon 07:00-08:00", "Mon  07:00-08:00", "Mon 24:01-08:00" };
    struct hours h;
    for (size_t i = 0; i < array_count(bad); i++) {
        if (hours_parse(bad[i], &h)) harness_fail(__FILE__, __LINE__, "taken: %s", bad[i]);
    }
    CHECK(!hours_parse("Mon 01:00-02:00,Mon 01:00-02:00,Mon 01:00-02:00,Mon 01:00-02:00,Mon 01:00-02:00,Mon 01:00-02:00,Mon 01:00-02:00,Mon 01:00-02:00,"
                       "Mon 01:00-02:00", &h));
}

TEST(hours, now_is_within_every_hour_of_the_week_and_not_within_none_of_today) {
    struct hours h;
    REQUIRE(hours_parse("Sun-Sat 00:00-24:00", &h));
    CHECK(hours_hold_now(&h));
    h.spans[0].days = 0;
    CHECK(!hours_hold_now(&h));
}
