/* CRC-32C (Castagnoli): tells a torn or rotten WAL frame from a whole one. No security: the chain and the tree give that.
 * Threads: safe. Source: RFC 3720 appendix B.4; SSE 4.2 where the processor has it. */
#pragma once

#include "conf/base/bytes.h"

uint32_t crc32c(struct bytes data);
