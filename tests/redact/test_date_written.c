#include "redact/date_written.h"

#include "tests/harness.h"

static bool is(const char *text, unsigned year, unsigned month, unsigned day) {
    struct date_written d;
    return date_written_read(bytes_from_string(text), 0, &d) && date_written_is(&d, year, month, day);
}

TEST(date_written, every_usual_form_of_one_day_is_it) {
    static const char *const forms[] = { "03/05/1947", "3/5/47", "3-5-1947", "3.5.47", "1947-03-05", "1947/3/5", "19470305", "03051947", "030547", "March 5, 1947",
                                         "MARCH 5 1947", "Mar. 5th, 1947", "5 March 1947", "05-MAR-47", "5th of March, 1947", "March\n5, 1947", "5-Mar-1947" };
    for (size_t i = 0; i < array_count(forms); i++) {
        if (!is(forms[i], 1947, 3, 5)) harness_fail(__FILE__, __LINE__, "%s", forms[i]);
        if (is(forms[i], 1947, 3, 6) || is(forms[i], 1948, 3, 5)) harness_fail(__FILE__, __LINE__, "%s is another day", forms[i]);
    }
    CHECK(is("05/03/1947", 1947, 3, 5)); /* day first */
}

TEST(date_written, what_is_no_date_is_none) {
    static const char *const none[] = { "", "3/5", "March 1947", "3/5/194", "03/05/19471", "Marching 5 1947", "120/80 98", "123456789", "3 | 5 | 1947", "May", "5th" };
    for (size_t i = 0; i < array_count(none); i++) {
        struct date_written d;
        if (date_written_read(bytes_from_string(none[i]), 0, &d) && date_written_is(&d, 1947, 3, 5)) harness_fail(__FILE__, __LINE__, "%s", none[i]);
    }
}

TEST(date_written, it_ends_where_its_last_part_does) {
    struct date_written d;
    REQUIRE(date_written_read(BYTES("born March 5th, 1947, in"), 5, &d));
    CHECK_INT(d.end, 20);
    REQUIRE(date_written_read(BYTES("5 March 47 of"), 0, &d));
    CHECK_INT(d.end, 10);
}
