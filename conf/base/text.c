#include "conf/base/text.h"

#include <errno.h>
#include <sodium.h>

bool text_equals_lower(struct bytes text, const char *lower) {
    size_t i = 0;
    while (i < text.len && lower[i] && text_to_lower(text.ptr[i]) == (uint8_t) lower[i]) i++;
    return i == text.len && !lower[i];
}

static bool text_is_continuation(struct bytes in, size_t at) {
    return at < in.len && (in.ptr[at] & 0xC0) == 0x80;
}

size_t text_utf8_decode(struct bytes in, uint32_t *out_scalar) {
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (in.len == 0) return 0;
    uint8_t lead = in.ptr[0];
    if (lead < 0x80) {
        *out_scalar = lead;
        return 1;
    }
    size_t len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    uint32_t scalar = lead & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (!text_is_continuation(in, i)) return 0;
        scalar = scalar << 6 | (in.ptr[i] & 0x3Fu);
    }
    if (scalar < least[len] || scalar > 0x10FFFF || (scalar >= 0xD800 && scalar <= 0xDFFF)) return 0;
    *out_scalar = scalar;
    return len;
}

size_t text_utf8_encode(uint32_t scalar, uint8_t out[4]) {
    if (scalar > 0x10FFFF || (scalar >= 0xD800 && scalar <= 0xDFFF)) return 0;
    if (scalar < 0x80) {
        out[0] = (uint8_t) scalar;
        return 1;
    }
    size_t len = scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (uint8_t) (0x80 | (scalar & 0x3F));
        scalar >>= 6;
    }
    static const uint8_t lead[5] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    out[0] = (uint8_t) (lead[len] | scalar);
    return len;
}

bool text_utf8_is_valid(struct bytes in) {
    size_t at = 0;
    while (at < in.len) {
        if (in.ptr[at] < 0x80) {
            at++;
            continue;
        }
        uint32_t scalar = 0;
        size_t len = text_utf8_decode(bytes_make(in.ptr + at, in.len - at), &scalar);
        if (len == 0) return false;
        at += len;
    }
    return true;
}

void text_hex_encode(struct bytes in, char *out) {
    sodium_bin2hex(out, 2 * in.len + 1, in.ptr, in.len);
}

bool text_hex_decode(struct bytes in, uint8_t *out, size_t len) {
    size_t written = 0;
    if (in.len / 2 != len || in.len % 2 != 0) return false;
    return sodium_hex2bin(out, len, (const char *) in.ptr, in.len, NULL, &written, NULL) == 0 && written == len;
}

int text_hex_number(struct bytes digits) {
    int n = 0;
    if (digits.len == 0 || digits.len > 7) return -1;
    for (size_t i = 0; i < digits.len; i++) {
        uint8_t c = text_to_lower(digits.ptr[i]);
        if (!text_is_digit(c) && !(c >= 'a' && c <= 'f')) return -1;
        n = n * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return n;
}

int text_base64_encode(struct bytes in, struct buf *out) {
    size_t room = sodium_base64_ENCODED_LEN(in.len, sodium_base64_VARIANT_ORIGINAL);
    uint8_t *to = NULL;
    int r = buf_extend(out, room, &to);
    if (r < 0) return r;
    sodium_bin2base64((char *) to, room, in.ptr, in.len, sodium_base64_VARIANT_ORIGINAL);
    out->len--; /* the NUL */
    return 0;
}

int text_base64_decode(struct bytes in, struct buf *out) {
    if (in.len == 0) return 0;
    size_t before = out->len;
    uint8_t *to = NULL;
    int r = buf_extend(out, in.len / 4 * 3 + 3, &to);
    if (r < 0) return r;
    size_t written = 0;
    const char *end = NULL;
    int bad = sodium_base642bin(to, in.len / 4 * 3 + 3, (const char *) in.ptr, in.len, NULL, &written, &end,
                                sodium_base64_VARIANT_ORIGINAL);
    if (bad != 0 || end != (const char *) in.ptr + in.len) {
        out->len = before;
        return -EBADMSG;
    }
    out->len = before + written;
    return 0;
}

void text_base32_encode(struct bytes in, char *out) {
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < in.len; i++) {
        bits = bits << 8 | in.ptr[i];
        held += 8;
        while (held >= 5) {
            held -= 5;
            *out++ = alphabet[bits >> held & 31];
        }
    }
    if (held > 0) *out++ = alphabet[bits << (5 - held) & 31];
    *out = '\0';
}

int text_json_string(struct bytes in, struct buf *out) {
    ignore(buf_append_byte(out, '"')); /* the buffer's error is sticky: told at the end */
    while (in.len > 0) {
        uint32_t scalar = 0;
        size_t len = text_utf8_decode(in, &scalar);
        if (len == 0) ignore(buf_append_string(out, "\xEF\xBF\xBD"));
        else if (scalar == '"' || scalar == '\\') ignore(buf_append_printf(out, "\\%c", (char) scalar));
        else if (scalar == '\n') ignore(buf_append_string(out, "\\n"));
        else if (scalar == '\t') ignore(buf_append_string(out, "\\t"));
        else if (scalar == '\r') ignore(buf_append_string(out, "\\r"));
        else if (scalar < 0x20 || scalar == 0x7F) ignore(buf_append_printf(out, "\\u%04x", scalar));
        else ignore(buf_append(out, bytes_make(in.ptr, len)));
        len = len > 0 ? len : 1;
        in = bytes_make(in.ptr + len, in.len - len);
    }
    return buf_append_byte(out, '"');
}

bool text_parse_u64(struct bytes in, uint64_t *out) {
    if (in.len == 0 || (in.len > 1 && in.ptr[0] == '0')) return false;
    uint64_t v = 0;
    for (size_t i = 0; i < in.len; i++) {
        if (!text_is_digit(in.ptr[i])) return false;
        if (__builtin_mul_overflow(v, (uint64_t) 10, &v)) return false;
        if (__builtin_add_overflow(v, (uint64_t) (in.ptr[i] - '0'), &v)) return false;
    }
    *out = v;
    return true;
}
