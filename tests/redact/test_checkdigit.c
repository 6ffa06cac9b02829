#include "redact/checkdigit.h"
#include "tests/harness.h"

static bool holds(const char *name, const char *text) {
    checkdigit_fn fn = checkdigit_find(bytes_from_string(name));
    REQUIRE(fn != NULL);
    return fn(bytes_from_string(text));
}

#define YES(name, text) CHECK(holds(name, text))
#define NO(name, text) CHECK(!holds(name, text))

TEST(checkdigit, ssn_knows_the_ranges_never_issued) {
    YES("ssn", "123-45-6789");
    YES("ssn", "123456789");
    YES("ssn", "899 01 0001");
    YES("ssn", "078-05-1120"); /* the famous wallet number: a validator must not release it */
    NO("ssn", "000-12-3456");
    NO("ssn", "666-12-3456");
    NO("ssn", "900-12-3456");
    NO("ssn", "123-00-3456");
    NO("ssn", "123-45-0000");
    NO("ssn", "123-45-678");
    NO("ssn", "123-45-67890");
    NO("ssn", "123-4x-6789");
}

TEST(checkdigit, itin_needs_nine_and_a_known_group) {
    YES("itin", "912-70-1234");
    YES("itin", "999-99-0000");
    NO("itin", "912-93-1234");
    NO("itin", "912-66-1234");
    NO("itin", "812-70-1234");
}

TEST(checkdigit, npi_is_luhn_over_its_prefix) {
    YES("npi", "1234567893");
    YES("npi", "1245319599");
    NO("npi", "1234567890");
    NO("npi", "3234567893");
    NO("npi", "123456789");
}

TEST(checkdigit, every_single_digit_error_in_an_npi_is_seen) {
    const char good[] = "1234567893";
    for (size_t i = 0; i < 10; i++) {
        for (char d = '0'; d <= '9'; d++) {
            char bad[sizeof(good)];
            memcpy(bad, good, sizeof(good));
            bad[i] = d;
            CHECK(checkdigit_npi(bytes_make(bad, 10)) == (d == good[i]));
        }
    }
}

TEST(checkdigit, dea_checks_its_last_digit) {
    YES("dea", "AB1234563");
    YES("dea", "ab1234563");
    YES("dea", "F91234563");
    NO("dea", "AB1234564");
    NO("dea", "1B1234563");
    NO("dea", "AB123456");
    NO("dea", "AB12345631");
}

TEST(checkdigit, mbi_follows_the_position_classes) {
    YES("mbi", "1EG4-TE5-MK73");
    YES("mbi", "1EG4TE5MK73");
    YES("mbi", "8h95em9uy13");
    NO("mbi", "0EG4TE5MK73");
    NO("mbi", "1SG4TE5MK73");
    NO("mbi", "1EG4TE5MK7");
    NO("mbi", "1EGGTE5MK73");
}

TEST(checkdigit, vin_weights_and_alphabet) {
    YES("vin", "1M8GDM9AXKP042788");
    YES("vin", "11111111111111111");
    YES("vin", "1m8gdm9axkp042788");
    NO("vin", "1M8GDM9A1KP042788");
    NO("vin", "1M8GDM9AXKPO42788");
    NO("vin", "1M8GDM9AXKP04278");
}

TEST(checkdigit, luhn_and_card) {
    YES("luhn", "4111 1111 1111 1111");
    YES("card", "4111-1111-1111-1111");
    YES("card", "378282246310005");
    YES("card", "2720418695252980");
    NO("card", "2721418695252989");
    NO("card", "4111 1111 1111 1112");
    NO("card", "0000 0000 0000 0000");
    YES("luhn", "000000000000");
    NO("luhn", "4111x1111");
    NO("luhn", "18");
}

TEST(checkdigit, aba_and_iban) {
    YES("aba", "021000021");
    NO("aba", "021000022");
    NO("aba", "000000000");
    NO("aba", "991000021");
    YES("iban", "GB82 WEST 1234 5698 7654 32");
    YES("iban", "DE89370400440532013000");
    NO("iban", "GB82 WEST 1234 5698 7654 33");
    NO("iban", "1282 WEST 1234 5698 7654 32");
}

TEST(checkdigit, ip_text_forms) {
    YES("ipv4", "10.1.2.3");
    YES("ipv4", "255.255.255.0");
    NO("ipv4", "10.1.2");
    NO("ipv4", "10.1.2.3.4");
    NO("ipv4", "10.1.2.256");
    NO("ipv4", "10.01.2.3");
    NO("ipv4", "10.1.2.");
    YES("ipv6", "::1");
    YES("ipv6", "::");
    YES("ipv6", "2001:db8::ff00:42:8329");
    YES("ipv6", "1:2:3:4:5:6:7:8");
    YES("ipv6", "::ffff:10.1.2.3");
    NO("ipv6", "1:2:3:4:5:6:7");
    NO("ipv6", "1::2::3");
    NO("ipv6", "1:2:3:4:5:6:7:8:9");
    NO("ipv6", "12345::1");
    NO("ipv6", ":1");
    NO("ipv6", "1:");
    NO("ipv6", "10.1.2.3");
}

TEST(checkdigit, north_american_numbers) {
    YES("nanp", "(617) 555-0123");
    YES("nanp", "+1 617.555.0123");
    YES("nanp", "6175550123");
    NO("nanp", "117-555-0123");
    NO("nanp", "617-155-0123");
    NO("nanp", "911-555-0123");
    NO("nanp", "555-0123");
}

TEST(checkdigit, numeric_dates_exist_in_the_calendar) {
    YES("date", "3/4");
    YES("date", "03/14/2019");
    YES("date", "14/03/2019");
    YES("date", "2019-03-14");
    YES("date", "2.29.00");
    YES("date", "4-5-21");
    YES("date", "04/2016");
    YES("date", "2016-04");
    YES("date", "20190314");
    NO("date", "120/80");
    NO("date", "13/32");
    NO("date", "0/5");
    NO("date", "4/31");
    NO("date", "5/5/190");
    NO("date", "3/4-5");
    NO("date", "3/");
    NO("date", "17");
    NO("date", "1/2/3/4");
    NO("date", "20191314");
}

TEST(checkdigit, datestamps_of_messages) {
    YES("datestamp", "20210304");
    YES("datestamp", "202103041559");
    YES("datestamp", "20210304155901");
    NO("datestamp", "20211304");
    NO("datestamp", "202103042459");
    NO("datestamp", "20210304155");
    NO("datestamp", "12345678");
}

TEST(checkdigit, every_name_in_the_table_is_found_and_empty_text_is_false) {
    size_t count = 0;
    const char *previous = "";
    for (; checkdigit_name_at(count); count++) {
        const char *name = checkdigit_name_at(count);
        CHECK(strcmp(previous, name) < 0);
        CHECK(strlen(name) <= CHECKDIGIT_NAME_LEN_MAX);
        CHECK(!holds(name, ""));
        CHECK(!holds(name, "11111111111111111111111111111111111111111111111111111111111111111111111111111111111111"));
        previous = name;
    }
    CHECK_INT(count, 15);
    CHECK(checkdigit_find(BYTES("nothing")) == NULL);
}
