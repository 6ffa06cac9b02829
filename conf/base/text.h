/* Text encodings: ASCII classes, UTF-8, hex, base64, base32. No locale anywhere.
 * Threads: pure. Sources: RFC 3629 (UTF-8), RFC 4648 (base64, base32). */
#pragma once

#include <stdbool.h>

#include "conf/base/buf.h"

static inline bool text_is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}
static inline bool text_is_upper(uint8_t c) {
    return c >= 'A' && c <= 'Z';
}
static inline bool text_is_lower(uint8_t c) {
    return c >= 'a' && c <= 'z';
}
static inline bool text_is_alpha(uint8_t c) {
    return text_is_upper((uint8_t) (c & 0xDF));
}
static inline bool text_is_alnum(uint8_t c) {
    return text_is_alpha(c) || text_is_digit(c);
}
static inline bool text_is_space(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
static inline uint8_t text_to_lower(uint8_t c) {
    return text_is_upper(c) ? (uint8_t) (c + 32) : c;
}
static inline uint8_t text_to_upper(uint8_t c) {
    return text_is_lower(c) ? (uint8_t) (c - 32) : c;
}
/* ASCII letters alike whatever their case; lower is a string of lower-case letters. */
bool text_equals_lower(struct bytes text, const char *lower);

/* Decodes one scalar value: returns its length 1..4, or 0 for overlong, surrogate, out of range or cut bytes. */
size_t text_utf8_decode(struct bytes in, uint32_t *out_scalar);
/* Returns the length 1..4, or 0 for a surrogate or out of range; out has room for 4. */
size_t text_utf8_encode(uint32_t scalar, uint8_t out[4]);
bool text_utf8_is_valid(struct bytes in);

/* Lower case; out has room for 2 * len + 1. */
void text_hex_encode(struct bytes in, char *out);
/* Exactly 2 * len lower- or upper-case digits; false on anything else. */
_must_use_ bool text_hex_decode(struct bytes in, uint8_t *out, size_t len);
/* The number that 1 to 7 digits, lower- or upper-case, write; -1 when one of them is none. */
int text_hex_number(struct bytes digits);
/* Standard alphabet with padding. */
int text_base64_encode(struct bytes in, struct buf *out);
/* Strict: padding required, no white space, no trailing bits. -EBADMSG otherwise. */
_must_use_ int text_base64_decode(struct bytes in, struct buf *out);
/* RFC 4648 alphabet in lower case, no padding; out has room for (8 * len + 4) / 5 + 1. */
void text_base32_encode(struct bytes in, char *out);

/* With quotes; what is not UTF-8 becomes U+FFFD. Returns the buffer's sticky error. */
int text_json_string(struct bytes in, struct buf *out);

/* Decimal without sign, leading zeros or overflow. */
_must_use_ bool text_parse_u64(struct bytes in, uint64_t *out);
