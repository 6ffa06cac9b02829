#include "conf/base/clock.h"
#include "tests/harness.h"

TEST(clock, formats_and_parses_back) {
    static const uint64_t times[] = { 0, 951782400000000u, 1795298645123456u, 253402300799999999u };
    for (size_t i = 0; i < array_count(times); i++) {
        char text[CLOCK_TEXT_LEN + 1];
        uint64_t back = 1;
        clock_format(times[i], text);
        CHECK(clock_parse(bytes_from_string(text), &back));
        CHECK_INT(back, times[i]);
    }
    char text[CLOCK_TEXT_LEN + 1];
    clock_format(951782400000000u, text);
    CHECK_STRING(text, "2000-02-29T00:00:00.000000Z");
}

TEST(clock, refuses_days_that_do_not_exist_and_other_forms) {
    uint64_t t = 5;
    CHECK(!clock_parse(BYTES("2001-02-29T00:00:00.000000Z"), &t));
    CHECK(!clock_parse(BYTES("2001-13-01T00:00:00.000000Z"), &t));
    CHECK(!clock_parse(BYTES("2001-01-01 00:00:00.000000Z"), &t));
    CHECK(!clock_parse(BYTES("2001-01-01T00:00:00.00000Z"), &t));
    CHECK(!clock_parse(BYTES("2001-01-01T24:00:00.000000Z"), &t));
    CHECK_INT(t, 5);
}
