#include "redact/word.h"

#include "conf/base/size.h"
#include "conf/base/text.h"

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
    uint64_t h = word_hash_begin(len), high = 0, not_upper = 0;
    size_t at = 0;
    do {
        size_t n = size_min(8, len - at);
        uint64_t v = word_load(p + at, n, readable - at);
        uint64_t up = word_upper_bits(v);
        high |= v & WORD_EACH(0x80);
        not_upper |= up ^ (WORD_EACH(0x80) >> (64 - 8 * n));
        h = word_hash_eight(h, v, up);
        at += n;
    } while (at < len);
    uint8_t shape = 0;
    if (text_is_digit(p[0])) shape |= WORD_DIGITS;
    if (high) shape |= WORD_HIGH;
    if (text_is_upper(p[0]) || p[0] >= 0x80) shape |= WORD_CAPITAL;
    if (not_upper == 0) shape |= WORD_UPPER;
    *out_shape = shape;
    return word_hash_end(h);
}

#define OF(gap) ((gap) ^ GAP_OTHER)
const uint8_t word_gaps[256] = {
    [' '] = OF(GAP_SPACE),  ['\t'] = OF(GAP_SPACE), ['-'] = OF(GAP_HYPHEN), ['\''] = OF(GAP_APOSTROPHE), ['`'] = OF(GAP_APOSTROPHE), ['.'] = OF(GAP_PERIOD),
    [','] = OF(GAP_COMMA),  ['/'] = OF(GAP_SLASH),  ['_'] = OF(GAP_UNDERSCORE), [':'] = OF(GAP_COLON), ['\n'] = OF(GAP_LINE), ['\f'] = OF(GAP_BREAK),
};
#undef OF

/* Longer gaps: the classes of what is in them decide. A gap over 4 KB is a break, whatever is in it. */
enum word_gap word_gap_of_many(struct bytes t) {
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
