#include "conf/base/buf.h"

#include <errno.h>

#include "tests/harness.h"

TEST(buf, grows_to_its_limit_and_no_further) {
    struct buf b;
    buf_init(&b, 100);
    for (int i = 0; i < 100; i++) CHECK_INT(buf_append_byte(&b, (uint8_t) i), 0);
    CHECK_INT(buf_append_byte(&b, 1), -E2BIG);
    CHECK_INT(b.len, 100);
    CHECK_INT(buf_append_string(&b, ""), -E2BIG);
    buf_reset(&b);
    CHECK_INT(buf_append_printf(&b, "%s-%d", "x", 7), 0);
    CHECK_BYTES(buf_bytes(&b), BYTES("x-7"));
    buf_release(&b);
}

TEST(buf, big_endian_numbers) {
    struct buf b;
    buf_init(&b, 100);
    CHECK_INT(buf_append_be16(&b, 0x0102), 0);
    CHECK_INT(buf_append_be32(&b, 0x03040506), 0);
    CHECK_INT(buf_append_be64(&b, 0x0708090a0b0c0d0eu), 0);
    CHECK_BYTES(buf_bytes(&b), BYTES("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e"));
    buf_release(&b);
}
