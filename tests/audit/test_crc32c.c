#include "audit/crc32c.h"

#include "tests/harness.h"

TEST(crc32c, is_that_of_the_reference) {
    uint8_t zeros[32] = { 0 }, rising[32];
    for (size_t i = 0; i < sizeof(rising); i++) rising[i] = (uint8_t) i;
    CHECK_INT(crc32c(BYTES("123456789")), 0xE3069283u); /* the check value of CRC-32/ISCSI */
    CHECK_INT(crc32c(bytes_make(zeros, sizeof(zeros))), 0x8A9136AAu); /* RFC 3720 B.4 */
    CHECK_INT(crc32c(bytes_make(rising, sizeof(rising))), 0x46DD794Eu);
    CHECK_INT(crc32c(BYTES("")), 0);
}
