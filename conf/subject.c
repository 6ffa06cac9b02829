#include "conf/subject.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "conf/base/text.h"

void subject_key_next(const struct key *k, struct key *out) {
    static const unsigned char salt[crypto_auth_hmacsha256_BYTES] = { 0 };
    static const char info[] = "deidfs-subject-next";
    _cleanup_(key_wipe) struct key extracted = { 0 };
    static_assert(sizeof(extracted.raw) == crypto_auth_hmacsha256_BYTES, "one block of HKDF-SHA-256 is a key");
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, salt, sizeof(salt));
    crypto_auth_hmacsha256_update(&state, k->raw, sizeof(k->raw));
    crypto_auth_hmacsha256_final(&state, extracted.raw);
    crypto_auth_hmacsha256_init(&state, extracted.raw, sizeof(extracted.raw));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *) info, sizeof(info) - 1);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *) "\x01", 1);
    crypto_auth_hmacsha256_final(&state, out->raw);
    sodium_memzero(&state, sizeof(state));
}

void subject_token(const struct key *k, uint32_t month, char kind, struct bytes id, char *out) {
    static const char domain[] = "deidfs-subject-v1"; /* hashed with its NUL */
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    const unsigned char kind_part[2] = { (unsigned char) kind, 0 };
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, k->raw, sizeof(k->raw));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *) domain, sizeof(domain));
    crypto_auth_hmacsha256_update(&state, kind_part, sizeof(kind_part));
    crypto_auth_hmacsha256_update(&state, id.ptr, id.len);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(&state, sizeof(state));
    int len = snprintf(out, SUBJECT_TOKEN_LEN_MAX + 1, "%c%u_", kind, month);
    must(len > 0 && len + 24 <= SUBJECT_TOKEN_LEN_MAX);
    text_base32_encode(bytes_make(mac, 15), out + len);
}

uint32_t subject_month_of(uint64_t realtime_us) {
    time_t seconds = (time_t) (realtime_us / 1000000u);
    struct tm tm = { 0 };
    must(gmtime_r(&seconds, &tm) != NULL);
    return (uint32_t) (tm.tm_year + 1900) * 12u + (uint32_t) tm.tm_mon;
}
