#include "conf/base/secret.h"

#include <string.h>

void *secret_new(size_t len) {
    void *p = sodium_malloc(len);
    if (p) sodium_memzero(p, len);
    return p;
}

void secret_free(void *secret) {
    sodium_free(secret);
}

void secret_derive(const struct key *master, const char *label, struct key *out) {
    int r = crypto_generichash(out->raw, sizeof(out->raw), (const unsigned char *) label, strlen(label), master->raw,
                               sizeof(master->raw));
    must(r == 0); /* fails only on lengths out of range, which are ours */
}
