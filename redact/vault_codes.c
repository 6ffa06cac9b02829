#include "redact/vault_codes.h"

#include <errno.h>

int vault_codes_init(struct vault_codes *c) {
    /* 8 MB of which the kernel gives only the pages that are touched. */
    uint64_t *bits = calloc(TOKEN_RANK_COUNT / 64 + 1, sizeof(*bits));
    if (!bits) return -ENOMEM;
    *c = (struct vault_codes) { .bits = bits };
    return 0;
}

void vault_codes_release(struct vault_codes *c) {
    free(c->bits);
    *c = (struct vault_codes) { .bits = NULL };
}

static bool vault_codes_has(const struct vault_codes *c, const char code[TOKEN_CODE_LEN]) {
    int32_t rank = token_rank(code);
    return rank >= 0 && (c->bits[rank / 64] >> (rank % 64) & 1) != 0;
}

void vault_codes_add(struct vault_codes *c, const char code[TOKEN_CODE_LEN]) {
    int32_t rank = token_rank(code);
    must(rank >= 0);
    if (!vault_codes_has(c, code)) c->count++;
    c->bits[rank / 64] |= UINT64_C(1) << (rank % 64);
}

bool vault_codes_is_near(const struct vault_codes *c, const char code[TOKEN_CODE_LEN]) {
    char near[TOKEN_NEIGHBOUR_COUNT_MAX][TOKEN_CODE_LEN];
    if (vault_codes_has(c, code)) return true;
    size_t count = token_neighbours(code, near);
    for (size_t i = 0; i < count; i++) {
        if (vault_codes_has(c, near[i])) return true;
    }
    return false;
}
