#include "conf/base/text.h"

#include <errno.h>

#include "tests/harness.h"

TEST(text, every_scalar_survives_utf8) {
    for (uint32_t s = 0; s <= 0x110000; s++) {
        uint8_t raw[4];
        uint32_t back = 0;
        size_t len = text_utf8_encode(s, raw);
        bool valid = s <= 0x10FFFF && !(s >= 0xD800 && s <= 0xDFFF);
        if ((len != 0) != valid) CHECK(false);
        if (valid && (text_utf8_decode(bytes_make(raw, len), &back) != len || back != s)) CHECK(false);
    }
}

TEST(text, overlong_surrogate_and_cut_utf8_is_refused) {
    CHECK(!text_utf8_is_valid(BYTES("\xC0\x80")));
    CHECK(!text_utf8_is_valid(BYTES("\xE0\x80\x80")));
    CHECK(!text_utf8_is_valid(BYTES("\xED\xA0\x80")));
    CHECK(!text_utf8_is_valid(BYTES("\xF4\x90\x80\x80")));
    CHECK(!text_utf8_is_valid(BYTES("a\xE2\x82")));
    CHECK(text_utf8_is_valid(BYTES("Jos\xC3\xA9 \xE2\x82\xAC")));
}

TEST(text, base64_is_strict) {
    struct buf b;
    buf_init(&b, 100);
    CHECK_INT(text_base64_encode(BYTES("ab"), &b), 0);
    CHECK_BYTES(buf_bytes(&b), BYTES("YWI="));
    buf_reset(&b);
    CHECK_INT(text_base64_decode(BYTES("YWI="), &b), 0);
    CHECK_BYTES(buf_bytes(&b), BYTES("ab"));
    CHECK_INT(text_base64_decode(BYTES("YWI"), &b), -EBADMSG);
    CHECK_INT(text_base64_decode(BYTES("YW I="), &b), -EBADMSG);
    buf_release(&b);
}

TEST(text, base32_and_hex_of_the_rfc) {
    char out[32];
    text_base32_encode(BYTES("foobar"), out);
    CHECK_STRING(out, "mzxw6ytboi");
    text_hex_encode(BYTES("\x00\xff"), out);
    CHECK_STRING(out, "00ff");
    uint8_t raw[2];
    CHECK(text_hex_decode(BYTES("00fF"), raw, 2));
    CHECK(!text_hex_decode(BYTES("00f"), raw, 2));
    CHECK(!text_hex_decode(BYTES("00fg"), raw, 2));
}

TEST(text, hex_digits_are_a_number) {
    CHECK_INT(text_hex_number(BYTES("fE0")), 0xFE0);
    CHECK_INT(text_hex_number(BYTES("7fffFFF")), 0x7FFFFFF);
    CHECK_INT(text_hex_number(BYTES("")), -1);
    CHECK_INT(text_hex_number(BYTES("1g")), -1);
    CHECK_INT(text_hex_number(BYTES("12345678")), -1);
}

TEST(text, words_are_equal_whatever_their_case_and_no_prefix_is) {
    CHECK(text_equals_lower(BYTES("TxT"), "txt"));
    CHECK(text_equals_lower(BYTES(""), ""));
    CHECK(!text_equals_lower(BYTES("tx"), "txt"));
    CHECK(!text_equals_lower(BYTES("txts"), "txt"));
    CHECK(!text_equals_lower(BYTES("t\0t"), "txt"));
}

TEST(text, decimal_numbers_are_canonical) {
    uint64_t v = 3;
    CHECK(text_parse_u64(BYTES("18446744073709551615"), &v));
    CHECK_INT(v, -1);
    CHECK(!text_parse_u64(BYTES("18446744073709551616"), &v));
    CHECK(!text_parse_u64(BYTES("01"), &v));
    CHECK(!text_parse_u64(BYTES(""), &v));
    CHECK(!text_parse_u64(BYTES("-1"), &v));
}
