#include "audit/crc32c.h"

#include <pthread.h>

static uint32_t crc32c_table[256];
static pthread_once_t crc32c_once = PTHREAD_ONCE_INIT;

static void crc32c_make_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++) c = (c & 1) != 0 ? c >> 1 ^ 0x82F63B78u : c >> 1;
        crc32c_table[i] = c;
    }
}

static uint32_t crc32c_portable(uint32_t c, struct bytes data) {
    must(pthread_once(&crc32c_once, crc32c_make_table) == 0);
    for (size_t i = 0; i < data.len; i++) c = crc32c_table[(c ^ data.ptr[i]) & 0xFF] ^ c >> 8;
    return c;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t c, struct bytes data) {
    size_t i = 0;
    for (; i + 8 <= data.len; i += 8) {
        uint64_t word;
        memcpy(&word, data.ptr + i, 8);
        c = (uint32_t) _mm_crc32_u64(c, word);
    }
    for (; i < data.len; i++) c = _mm_crc32_u8(c, data.ptr[i]);
    return c;
}

uint32_t crc32c(struct bytes data) {
    return ~(__builtin_cpu_supports("sse4.2") ? crc32c_sse42(~0u, data) : crc32c_portable(~0u, data));
}
#else
uint32_t crc32c(struct bytes data) {
    return ~crc32c_portable(~0u, data);
}
#endif
