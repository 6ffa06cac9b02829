#include "redact/word.h"

#include "conf/base/size.h"
#include "conf/base/text.h"

#define WORD_EACH(byte) ((uint64_t) (byte) * 0x0101010101010101u)

/* Per byte of eight at once: the top bit says whether the byte is in the class. */
static inline uint64_t word_upper_bits(uint64_t v) {
    uint64_t low = v & WORD_EACH(0x7F);
    uint64_t above_z = low + WORD_EACH(0x7F - 'Z');
    uint64_t from_a = low + WORD_EACH(0x80 - 'A');
    return ~v & (from_a ^ above_z) & WORD_EACH(0x80);
}

static inline uint64_t word_load(const uint8_t *p, size_t len, size_t readable) {
    uint64_t v = 0;
    if (len >= 8) {
        memcpy(&v, p, 8);
        return v;
    }
    if (readable >= 8) {
        memcpy(&v, p, 8);
        return v & ((UINT64_C(1) << (8 * len)) - 1);
    }
    memcpy(&v, p, len);
    return v;
}

uint64_t word_hash(const uint8_t *p, size_t len, size_t readable, uint8_t *out_shape) {
    uint64_t h = len * 0xA0761D6478BD642Fu, high = 0, not_upper = 0;
    size_t at = 0;
    do {
        size_t n = size_min(8, len - at);
        uint64_t v = word_load(p + at, n, readable - at);
        uint64_t up = word_upper_bits(v);
        high |= v & WORD_EACH(0x80);
        not_upper |= up ^ (WORD_EACH(0x80) >> (64 - 8 * n));
        v |= up >> 2; /* 0x80 >> 2 = 0x20: lower case */
        h = (h ^ v) * 0x9FB21C651E98DF25u;
        h ^= h >> 29;
        at += n;
    } while (at < len);
    h *= 0xE7037ED1A0B428DBu;
    h ^= h >> 32;
    uint8_t shape = 0;
    if (text_is_digit(p[0])) shape |= WORD_DIGITS;
    if (high) shape |= WORD_HIGH;
    if (text_is_upper(p[0]) || p[0] >= 0x80) shape |= WORD_CAPITAL;
    if (not_upper == 0) shape |= WORD_UPPER;
    *out_shape = shape;
    return h | 1;
}

static enum word_gap word_gap_of_byte(uint8_t c) {
    switch (c) {
    case ' ':
    case '\t': return GAP_SPACE;
    case '-': return GAP_HYPHEN;
    case '\'':
    case '`': return GAP_APOSTROPHE;
    case '.': return GAP_PERIOD;
    case ',': return GAP_COMMA;
    case '/': return GAP_SLASH;
    case '_': return GAP_UNDERSCORE;
    case ':': return GAP_COLON;
    case '\n': return GAP_LINE;
    case '\f': return GAP_BREAK;
    default: return GAP_OTHER;
    }
}

/* Longer gaps: the classes of what is in them decide. A gap over 4 KB is a break, whatever is in it. */
static enum word_gap word_gap_of_many(struct bytes t) {
    size_t lines = 0, others = 0;
    enum word_gap sign = GAP_SPACE;
    if (t.len > 4096) return GAP_BREAK;
    for (size_t i = 0; i < t.len; i++) {
        enum word_gap g = word_gap_of_byte(t.ptr[i]);
        if (g == GAP_BREAK) return GAP_BREAK;
        if (g == GAP_LINE) lines++;
        else if (g != GAP_SPACE && t.ptr[i] != '\r') {
            others++;
            sign = i == 0 || g == GAP_COLON || g == GAP_COMMA ? g : GAP_OTHER;
        }
    }
    if (lines > 1) return GAP_BREAK;
    if (lines == 1) return others > 0 ? GAP_OTHER_LINE : GAP_LINE;
    if (others == 0) return GAP_SPACE;
    if (others > 1) return GAP_OTHER;
    if (sign == GAP_PERIOD) return GAP_PERIOD_SPACE;
    if (sign == GAP_COMMA || sign == GAP_COLON) return sign;
    return GAP_OTHER; /* a dash or apostrophe with blanks joins nothing */
}

enum word_gap word_gap_of(struct bytes text) {
    if (text.len == 0) return GAP_NONE;
    if (text.len == 1) return word_gap_of_byte(text.ptr[0]);
    return word_gap_of_many(text);
}
