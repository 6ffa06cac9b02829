/* Plain text: encodings, both ways. Sources: RFC 3629, RFC 2781, Unicode's bestfit of Windows code page 1252. */
#include <errno.h>

#include "conf/base/size.h"
#include "conf/base/text.h"
#include "redact/extract.h"

enum { EXTRACT_HEAD_LEN = 64 * 1024 };

static const uint16_t extract_cp1252[32] = {
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
    0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
};

static bool extract_utf16(struct bytes head, enum encoding *out) {
    size_t zeros[2] = { 0, 0 }, n = size_min(head.len & ~(size_t) 1, 4096);
    if (head.len >= 2 && head.ptr[0] == 0xFF && head.ptr[1] == 0xFE) return *out = ENCODING_UTF16LE, true;
    if (head.len >= 2 && head.ptr[0] == 0xFE && head.ptr[1] == 0xFF) return *out = ENCODING_UTF16BE, true;
    if (n == 0 || !memchr(head.ptr, 0, n)) return false;
    for (size_t i = 0; i < n; i++) zeros[i & 1] += head.ptr[i] == 0;
    /* Western text without a mark: nearly every other byte is zero, and hardly any of the rest. */
    if (n < 8) return false;
    if (zeros[1] * 10 > n * 4 && zeros[0] * 50 < n) return *out = ENCODING_UTF16LE, true;
    if (zeros[0] * 10 > n * 4 && zeros[1] * 50 < n) return *out = ENCODING_UTF16BE, true;
    return false;
}

bool extract_is_text(struct bytes head) {
    enum encoding encoding;
    size_t controls = 0, n = size_min(head.len, EXTRACT_HEAD_LEN);
    if (extract_utf16(head, &encoding)) return true;
    if (n > 0 && memchr(head.ptr, 0, n)) return false;
    for (size_t i = 0; i < n; i++) {
        uint64_t eight;
        /* Eight bytes without any below a blank: nothing to look at. */
        while (n - i >= 8 && (memcpy(&eight, head.ptr + i, 8), ((eight - 0x2020202020202020u) & ~eight & 0x8080808080808080u) == 0)) i += 8;
        if (i == n) break;
        uint8_t c = head.ptr[i];
        controls += c < 0x20 && (c < '\t' || c > '\r') && c != 0x1A && c != 0x1B;
    }
    return controls * 200 <= n;
}

static int extract_memory(struct scratch *s) {
    return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
}

static int extract_malformed(struct scratch *s) {
    return scratch_refuse(s, REFUSAL_MALFORMED, -EILSEQ);
}

/* One scalar of mostly-UTF-8: what is not valid is a CP1252 byte. Returns the bytes taken. */
static size_t extract_mixed_scalar(struct bytes in, uint32_t *out) {
    size_t taken = text_utf8_decode(bytes_make(in.ptr, size_min(in.len, 4)), out);
    if (taken > 0) return taken;
    uint8_t c = in.ptr[0];
    *out = c >= 0x80 && c < 0xA0 ? extract_cp1252[c - 0x80] : c;
    return 1;
}

static size_t extract_utf16_scalar(struct bytes in, bool big, uint32_t *out) {
    uint32_t a = big ? (uint32_t) (in.ptr[0] << 8 | in.ptr[1]) : (uint32_t) (in.ptr[1] << 8 | in.ptr[0]);
    *out = a;
    if (a < 0xD800 || a > 0xDFFF) return 2;
    *out = 0xFFFD;
    if (a > 0xDBFF || in.len < 4) return 2;
    uint32_t b = big ? (uint32_t) (in.ptr[2] << 8 | in.ptr[3]) : (uint32_t) (in.ptr[3] << 8 | in.ptr[2]);
    if (b < 0xDC00 || b > 0xDFFF) return 2;
    *out = 0x10000 + ((a - 0xD800) << 10) + (b - 0xDC00);
    return 4;
}

/* Decodes into the arena; a character is never longer than three times its source. */
static int extract_transcode(struct scratch *s, struct bytes content, struct extraction *x) {
    size_t capacity = 0, out = 0;
    if (!size_mul(content.len, x->encoding == ENCODING_MIXED ? 3 : 2, &capacity) || !size_add(capacity, 4, &capacity)) return extract_memory(s);
    uint8_t *text = arena_alloc_dirty(&s->arena, capacity, 1);
    if (!text) return extract_memory(s);
    for (size_t in = 0; in < content.len;) {
        struct bytes rest = bytes_make(content.ptr + in, content.len - in);
        uint32_t scalar;
        size_t taken = x->encoding == ENCODING_MIXED ? extract_mixed_scalar(rest, &scalar)
                                                     : extract_utf16_scalar(rest, x->encoding == ENCODING_UTF16BE, &scalar);
        size_t given = text_utf8_encode(scalar, text + out);
        in += taken;
        out += given;
        if (given != taken && map_add(&x->map, &s->arena, out, in) < 0) return extract_memory(s);
    }
    x->text = bytes_make(text, out);
    return 0;
}

int extract_decode(struct scratch *s, struct bytes content, struct extraction *out) {
    struct extraction x = { 0 };
    int r = 0;
    if (!extract_is_text(content)) return scratch_refuse(s, REFUSAL_FORMAT, -ENOTSUP);
    if (extract_utf16(content, &x.encoding)) {
        if (content.len % 2 != 0) return extract_malformed(s);
        r = extract_transcode(s, content, &x);
    } else if (fold_ascii_prefix(content) == content.len || text_utf8_is_valid(content)) {
        x.encoding = ENCODING_UTF8;
        x.text = content;
    } else {
        x.encoding = ENCODING_MIXED;
        r = extract_transcode(s, content, &x);
    }
    if (r < 0) return r;
    *out = x;
    return 0;
}

int extract_text(struct scratch *s, struct bytes content, struct extraction *out) {
    struct extraction x;
    int r = extract_decode(s, content, &x);
    if (r < 0) return r;
    x.runs = arena_alloc(&s->arena, 1, sizeof(*x.runs));
    if (!x.runs || fold_text(&s->arena, x.text, &x.runs[0].text, &x.runs[0].map) < 0) return extract_memory(s);
    x.run_count = 1;
    *out = x;
    return 0;
}

static int extract_put_scalar(const struct extraction *x, uint32_t scalar, struct buf *out) {
    uint8_t bytes[4];
    size_t len = 0;
    if (x->encoding == ENCODING_UTF8 || x->encoding == ENCODING_MIXED) {
        /* In text that mixes encodings a replacement is UTF-8: reading it back decodes it as such. */
        len = text_utf8_encode(scalar, bytes);
    } else {
        uint32_t units[2] = { scalar, 0 };
        size_t count = 1;
        if (scalar >= 0x10000) {
            units[0] = 0xD800 + ((scalar - 0x10000) >> 10);
            units[1] = 0xDC00 + ((scalar - 0x10000) & 0x3FF);
            count = 2;
        }
        bool big = x->encoding == ENCODING_UTF16BE;
        for (size_t i = 0; i < count; i++, len += 2) {
            bytes[len] = (uint8_t) (big ? units[i] >> 8 : units[i]);
            bytes[len + 1] = (uint8_t) (big ? units[i] : units[i] >> 8);
        }
    }
    return buf_append(out, bytes_make(bytes, len));
}

int extract_put(const struct extraction *x, struct bytes replacement, struct buf *out) {
    for (size_t i = 0; i < replacement.len;) {
        uint32_t scalar;
        size_t taken = text_utf8_decode(bytes_make(replacement.ptr + i, size_min(4, replacement.len - i)), &scalar);
        must(taken > 0);
        /* Nothing that would open a new cell or row. */
        if (x->delimiter && (scalar == x->delimiter || scalar == '"' || scalar == '\n' || scalar == '\r')) scalar = ' ';
        ignore(extract_put_scalar(x, scalar, out)); /* sticky */
        i += taken;
    }
    return out->error;
}
