#include "fs/ino.h"

/* Four Feistel rounds over two halves of 32 bits, round function siphash: a permutation whatever the function is (Luby and Rackoff, 1988). */
static uint64_t ino_permute(const uint8_t key[16], uint64_t dev, uint64_t ino) {
    uint32_t left = (uint32_t) (ino >> 32), right = (uint32_t) ino;
    for (uint64_t round = 0; round < 4; round++) {
        uint64_t in[3] = { dev, round, right }, out;
        must(crypto_shorthash((unsigned char *) &out, (const unsigned char *) in, sizeof(in), key) == 0);
        uint32_t next = left ^ (uint32_t) out;
        left = right;
        right = next;
    }
    return (uint64_t) left << 32 | right;
}

uint64_t ino_shown(const struct key *key, uint64_t dev, uint64_t ino) {
    uint64_t n = ino_permute(key->raw, dev, ino);
    /* 0 means "no file" to some programs: walk the cycle, which keeps it a permutation of the rest. */
    while (n == 0) n = ino_permute(key->raw, dev, n);
    return n;
}
