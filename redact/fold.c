#include "redact/fold.h"

#include <errno.h>

#include "conf/base/size.h"
#include "conf/base/text.h"
#include "redact/fold_alike.h"
#include "redact/fold_latin.h"

enum { FOLD_RUN_SCALARS_MAX = 64 }; /* letters in a row; what is longer is no word with a strange letter in it */

size_t fold_ascii_prefix(struct bytes text) {
    size_t i = 0;
    for (; i + 32 <= text.len; i += 32) {
        uint64_t w[4];
        memcpy(w, text.ptr + i, sizeof(w));
        if ((w[0] | w[1] | w[2] | w[3]) & 0x8080808080808080u) break;
    }
    while (i < text.len && text.ptr[i] < 0x80) i++;
    return i;
}

static size_t fold_pair(const char *table, uint32_t first, uint32_t c, uint8_t out[4]) {
    const char *pair = table + 2 * (size_t) (c - first);
    if (pair[0] == '.') return text_utf8_encode(c, out); /* a letter with no Latin base stays a letter */
    out[0] = (uint8_t) pair[0];
    if (pair[1] == '.') return 1;
    out[1] = (uint8_t) pair[1];
    return 2;
}

static size_t fold_byte(uint8_t byte, uint8_t out[4]) {
    out[0] = byte;
    return 1;
}

/* U+0080..U+00BF: Latin-1 controls and symbols. */
static size_t fold_latin1(uint32_t c, uint8_t out[4]) {
    switch (c) {
    case 0x85: return fold_byte('\n', out);
    case 0xA0: return fold_byte(' ', out);
    case 0xAD: return 0; /* soft hyphen */
    case 0xAA: return fold_byte('a', out);
    case 0xBA: return fold_byte('o', out);
    case 0xB2: return fold_byte('2', out);
    case 0xB3: return fold_byte('3', out);
    case 0xB9: return fold_byte('1', out);
    case 0xB4: return fold_byte('\'', out);
    case 0xB5: return fold_byte('u', out); /* micro sign: units */
    case 0xB7: return fold_byte('.', out);
    case 0xAB:
    case 0xBB: return fold_byte('"', out);
    default: return fold_byte('*', out);
    }
}

/* U+2000..U+2BFF: general punctuation, letter-like symbols, arrows, mathematics, technical, shapes. */
static size_t fold_symbol(uint32_t c, uint8_t out[4]) {
    if (c <= 0x200A || c == 0x202F || c == 0x205F) return fold_byte(' ', out);
    if (c <= 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F)) return 0; /* zero width, direction marks */
    if (c <= 0x2015 || c == 0x2212 || c == 0x2043) return fold_byte('-', out);
    if ((c >= 0x2018 && c <= 0x201B) || c == 0x2032 || c == 0x2039 || c == 0x203A) return fold_byte('\'', out);
    if ((c >= 0x201C && c <= 0x201F) || c == 0x2033) return fold_byte('"', out);
    if (c == 0x2024) return fold_byte('.', out);
    if (c == 0x2026) return fold_byte('.', out);
    if (c == 0x2028 || c == 0x2029) return fold_byte('\n', out);
    if (c == 0x2044 || c == 0x2215) return fold_byte('/', out);
    if (c == 0x2236) return fold_byte(':', out);
    if (c == 0x2070 || (c >= 0x2074 && c <= 0x2079)) return fold_byte((uint8_t) ('0' + (c - 0x2070)), out);
    if (c >= 0x2080 && c <= 0x2089) return fold_byte((uint8_t) ('0' + (c - 0x2080)), out);
    if (c == 0x212A) return fold_byte('K', out);
    if (c == 0x212B) return fold_byte('A', out);
    if (c >= 0x2460 && c <= 0x2468) return fold_byte((uint8_t) ('1' + (c - 0x2460)), out);
    return fold_byte('*', out);
}

/* First code points of the decimal digits of scripts in use (general category Nd). */
static const uint32_t fold_digit_zeros[] = {
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20,
    0x1040, 0x17E0, 0x1810, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
};

static bool fold_digit(uint32_t c, uint8_t out[4]) {
    for (size_t i = 0; i < array_count(fold_digit_zeros); i++) {
        if (c < fold_digit_zeros[i] || c > fold_digit_zeros[i] + 9) continue;
        out[0] = (uint8_t) ('0' + (c - fold_digit_zeros[i]));
        return true;
    }
    return false;
}

/* U+FB00..U+FFFF: ligatures, full-width forms, byte order mark, replacement character. */
static size_t fold_forms(uint32_t c, uint8_t out[4]) {
    static const char ligatures[7][4] = { "ff", "fi", "fl", "ffi", "ffl", "st", "st" };
    if (c <= 0xFB06) {
        size_t len = strlen(ligatures[c - 0xFB00]);
        memcpy(out, ligatures[c - 0xFB00], len);
        return len;
    }
    if (c >= 0xFF01 && c <= 0xFF5E) return fold_byte((uint8_t) (c - 0xFF01 + '!'), out);
    if (c == 0xFEFF || (c >= 0xFE00 && c <= 0xFE0F)) return 0; /* byte order mark, variation selectors */
    if (c == 0xFFA0) return 0;
    if (c == 0xFFFD) return fold_byte('*', out);
    return text_utf8_encode(c, out);
}

/* U+1D400..U+1D6A3: mathematical alphanumerics, 26 upper and 26 lower, again and again. */
static size_t fold_mathematical(uint32_t c, uint8_t out[4]) {
    uint32_t i = (c - 0x1D400) % 52;
    return fold_byte((uint8_t) (i < 26 ? 'A' + i : 'a' + (i - 26)), out);
}

static char fold_plain(const struct fold_alike *table, size_t count, uint32_t c) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table[middle].scalar == c) return table[middle].plain;
        if (table[middle].scalar < c) low = middle + 1;
        else high = middle;
    }
    return 0;
}

/* Letters in circles and squares, A to Z again and again; signs of two letters. 0: none of them. */
static size_t fold_enclosed(uint32_t c, uint8_t out[4]) {
    if (c >= 0x24B6 && c <= 0x24E9) return fold_byte((uint8_t) (c < 0x24D0 ? 'A' + (c - 0x24B6) : 'a' + (c - 0x24D0)), out);
    if ((c >= 0x1F130 && c <= 0x1F149) || (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189)) {
        return fold_byte((uint8_t) ('A' + (c - 0x1F130) % 32), out);
    }
    const char *sign = c == 0x2116 ? "No" : c == 0x2121 ? "TEL" : c == 0x213B ? "FAX" : "";
    size_t len = strlen(sign);
    memcpy(out, sign, len);
    return len;
}

/* Characters that take no room, beyond those of fold_symbol(). */
static bool fold_is_invisible(uint32_t c) {
    return c == 0x61C || c == 0x115F || c == 0x1160 || c == 0x17B4 || c == 0x17B5 || c == 0x180E || c == 0x3164 || (c >= 0x1AB0 && c <= 0x1AFF)
        || (c >= 0x1DC0 && c <= 0x1DFF) || (c >= 0xFE20 && c <= 0xFE2F);
}

/* Signs and letters in another dress; SIZE_MAX: none of them. */
static size_t fold_dress(uint32_t c, uint8_t out[4]) {
    if (fold_is_invisible(c)) return 0;
    char plain = c <= UINT16_MAX ? fold_plain(fold_dressed, array_count(fold_dressed), c) : 0;
    if (plain) return fold_byte((uint8_t) plain, out);
    size_t len = fold_enclosed(c, out);
    return len > 0 ? len : SIZE_MAX;
}

size_t fold_scalar(uint32_t c, uint8_t out[4]) {
    if (c < 0x80) return fold_byte((uint8_t) c, out);
    if (c < FOLD_LATIN_FIRST) return fold_latin1(c, out);
    if (c < FOLD_LATIN_END) return fold_pair(fold_latin, FOLD_LATIN_FIRST, c, out);
    size_t dressed = fold_dress(c, out);
    if (dressed != SIZE_MAX) return dressed;
    if (c >= 0x2B0 && c <= 0x36F) { /* modifier letters, combining marks */
        if (c >= 0x300) return 0;
        return fold_byte(c == 0x2B9 || (c >= 0x2BB && c <= 0x2BF) || c == 0x2C8 ? '\'' : '*', out);
    }
    if (fold_digit(c, out)) return 1;
    if (c == 0x60C) return fold_byte(',', out);
    if (c >= FOLD_VIETNAMESE_FIRST && c < FOLD_VIETNAMESE_END) return fold_pair(fold_vietnamese, FOLD_VIETNAMESE_FIRST, c, out);
    if (c >= 0x2000 && c < 0x2C00) return fold_symbol(c, out);
    if (c == 0x1680 || c == 0x3000) return fold_byte(' ', out);
    if (c >= 0x3001 && c <= 0x303F) return fold_byte(c == 0x3001 ? ',' : '*', out);
    if (c >= 0xFB00 && c <= 0xFFFF) return fold_forms(c, out);
    if (c >= 0x1D400 && c <= 0x1D6A3) return fold_mathematical(c, out);
    if (c >= 0x1F000) return c >= 0xE0000 ? 0 : fold_byte('*', out); /* pictographs; tags and private selectors vanish */
    return text_utf8_encode(c, out);
}

/* Greek and Cyrillic. */
static bool fold_is_foreign(uint32_t c) {
    return c >= 0x370 && c <= 0x52F;
}

/* From a Greek or Cyrillic letter on to the word's end: is every such letter one that looks Latin? "Smith" with a Cyrillic i is Smith, "Иван" stays.
 * A whole word of look-alikes counts as Latin too: whoever types names so hides them. */
static bool fold_run_is_latin(struct bytes rest, size_t *out_len, bool *out_is_long) {
    size_t at = 0, scalars = 0;
    bool alike = true;
    while (at < rest.len && scalars < FOLD_RUN_SCALARS_MAX) {
        uint32_t c;
        size_t taken = text_utf8_decode(bytes_make(rest.ptr + at, size_min(4, rest.len - at)), &c);
        must(taken > 0);
        if (c < 0x80 && !text_is_alnum((uint8_t) c)) break;
        if (c >= 0x2000 && c < 0x2C00) break;
        if (fold_is_foreign(c) && !fold_plain(fold_alikes, array_count(fold_alikes), c)) alike = false;
        at += taken;
        scalars++;
    }
    *out_len = at;
    *out_is_long = scalars == FOLD_RUN_SCALARS_MAX;
    return alike && scalars < FOLD_RUN_SCALARS_MAX;
}

/* What is known of the word that is being folded. */
struct fold_word {
    size_t end; /* of the letters that were looked at */
    bool latin;
    bool is_long; /* it went on past them */
};

static size_t fold_letter(struct bytes text, size_t in, uint32_t c, struct fold_word *word, uint8_t out[4]) {
    if (!fold_is_foreign(c)) return fold_scalar(c, out);
    if (in >= word->end) {
        size_t len = 0;
        bool goes_on = word->is_long && in == word->end;
        word->latin = fold_run_is_latin(bytes_make(text.ptr + in, text.len - in), &len, &word->is_long) && !goes_on;
        word->end = in + len;
    }
    char plain = word->latin ? fold_plain(fold_alikes, array_count(fold_alikes), c) : 0;
    return plain ? fold_byte((uint8_t) plain, out) : fold_scalar(c, out);
}

int fold_text(struct arena *a, struct bytes text, struct bytes *out_folded, struct map *out_map) {
    size_t in = fold_ascii_prefix(text);
    if (in == text.len) {
        *out_folded = text;
        *out_map = (struct map) { 0 };
        return 0;
    }
    uint8_t *folded = arena_alloc_dirty(a, text.len, 1);
    if (!folded) return -ENOMEM;
    struct map map = { 0 };
    struct fold_word word = { 0 };
    size_t out = in;
    memcpy(folded, text.ptr, in);
    while (in < text.len) {
        uint32_t scalar;
        uint8_t bytes[4];
        size_t taken = text_utf8_decode(bytes_make(text.ptr + in, size_min(4, text.len - in)), &scalar);
        must(taken > 0);
        size_t given = fold_letter(text, in, scalar, &word, bytes);
        must(given <= taken);
        memcpy(folded + out, bytes, given);
        in += taken;
        out += given;
        if (given != taken) {
            int r = map_add(&map, a, out, in);
            if (r < 0) return r;
        }
        size_t plain = fold_ascii_prefix(bytes_make(text.ptr + in, text.len - in));
        memcpy(folded + out, text.ptr + in, plain);
        in += plain;
        out += plain;
    }
    *out_folded = bytes_make(folded, out);
    *out_map = map;
    return 0;
}
