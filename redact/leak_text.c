#include "redact/leak_text.h"

#include <errno.h>
#include <utf8proc.h>

#include "conf/base/size.h"
#include "conf/base/text.h"

enum { LEAK_BACKSLASHES_MAX = 4, LEAK_FOLDED_MAX = 4 };
enum leak_class { LEAK_CLASS_SEPARATOR, LEAK_CLASS_PLAIN, LEAK_CLASS_NUMERIC, LEAK_CLASS_ESCAPE, LEAK_CLASS_BEYOND, LEAK_CLASS_LOWER, LEAK_CLASS_UPPER, LEAK_CLASS_DIGIT };

static const uint8_t leak_classes[256] = {
    [' '] = LEAK_CLASS_PLAIN,         ['-'] = LEAK_CLASS_PLAIN,         ['/'] = LEAK_CLASS_PLAIN,         ['.'] = LEAK_CLASS_NUMERIC, ['('] = LEAK_CLASS_NUMERIC,
    [')'] = LEAK_CLASS_NUMERIC,       ['+'] = LEAK_CLASS_NUMERIC,       ['\\'] = LEAK_CLASS_ESCAPE,       ['%'] = LEAK_CLASS_ESCAPE,  ['&'] = LEAK_CLASS_ESCAPE,
    ['='] = LEAK_CLASS_ESCAPE,        ['a' ... 'z'] = LEAK_CLASS_LOWER, ['A' ... 'Z'] = LEAK_CLASS_UPPER, ['0' ... '9'] = LEAK_CLASS_DIGIT,
    [0x80 ... 0xFF] = LEAK_CLASS_BEYOND,
};

/* ---- folding beyond ASCII ---------------------------------------------------------------------------------------------------------- */

static bool leak_is_word(utf8proc_int32_t c) {
    utf8proc_category_t k = utf8proc_category(c);
    return (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO) || k == UTF8PROC_CATEGORY_ND || k == UTF8PROC_CATEGORY_NL;
}

/* Letters without case and marks: "É" is "e". What has no letter, or would grow, is a separator: length 0. */
static size_t leak_fold(uint32_t scalar, size_t len_max, uint8_t out[16]) {
    utf8proc_int32_t folded[LEAK_FOLDED_MAX];
    const unsigned options = UTF8PROC_CASEFOLD | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;
    int boundary = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t) scalar, folded, LEAK_FOLDED_MAX, (utf8proc_option_t) options, &boundary);
    size_t len = 0;
    if (count < 0 || count > LEAK_FOLDED_MAX) return 0;
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        if (!leak_is_word(folded[i])) continue;
        len += text_utf8_encode((uint32_t) folded[i], out + len);
    }
    return len <= len_max ? len : 0;
}

static size_t leak_scalar_len(uint32_t scalar) {
    return scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4;
}

static void leak_fill_fold(struct leak_text *t) {
    for (uint32_t c = 0; c < LEAK_FOLD_COUNT; c++) {
        uint8_t out[16];
        size_t len = leak_fold(c, size_min(3, leak_scalar_len(c)), out);
        t->fold[c] = (uint32_t) len;
        for (size_t i = 0; i < len; i++) t->fold[c] |= (uint32_t) out[i] << (8 * (i + 1));
    }
}

/* ---- escapes ----------------------------------------------------------------------------------------------------------------------- */

static int leak_hex(struct bytes t, size_t at, size_t digits) {
    return at > t.len || digits > t.len - at ? -1 : text_hex_number(bytes_make(t.ptr + at, digits));
}

/* Backslashes in a row and what they escape: JSON within JSON within a log line doubles them each time. */
static size_t leak_backslash(struct bytes t, size_t i, uint32_t *out) {
    size_t at = i;
    while (at < t.len && t.ptr[at] == '\\' && at - i < LEAK_BACKSLASHES_MAX) at++;
    if (at == t.len) return 0;
    if (strchr("nrtbf", t.ptr[at]) && t.ptr[at]) {
        *out = ' ';
        return at + 1 - i;
    }
    int scalar = t.ptr[at] == 'u' ? leak_hex(t, at + 1, 4) : -1;
    if (scalar < 0) return 0;
    *out = (uint32_t) scalar;
    return at + 5 - i;
}

/* %C3%A9, =C3=A9: the bytes of one character. */
static size_t leak_hex_bytes(struct bytes t, size_t i, uint32_t *out) {
    uint8_t mark = t.ptr[i], bytes[4] = { 0 };
    size_t n = 0;
    for (size_t at = i; n < sizeof(bytes) && at < t.len && t.ptr[at] == mark; at += 3) {
        int byte = leak_hex(t, at + 1, 2);
        if (byte < 0) break;
        bytes[n++] = (uint8_t) byte;
    }
    if (n == 0) return 0;
    size_t used = bytes[0] < 0x80 ? 1 : text_utf8_decode(bytes_make(bytes, n), out);
    if (used <= 1) *out = bytes[0] < 0x80 ? bytes[0] : ' ';
    return 3 * (used == 0 ? 1 : used);
}

/* "=\n" joins the lines of quoted-printable; "a=12" is no escape, for those write capitals and leave control characters alone. */
static size_t leak_equals(struct bytes t, size_t i, uint32_t *out) {
    bool breaks = i + 1 < t.len && (t.ptr[i + 1] == '\n' || (t.ptr[i + 1] == '\r' && i + 2 < t.len && t.ptr[i + 2] == '\n'));
    if (breaks) {
        *out = 0xAD;
        return t.ptr[i + 1] == '\n' ? 2 : 3;
    }
    bool shaped = i + 2 < t.len && strchr("234567CDEF", t.ptr[i + 1]) && t.ptr[i + 1] && !text_is_lower(t.ptr[i + 2]);
    return shaped ? leak_hex_bytes(t, i, out) : 0;
}

static size_t leak_reference(struct bytes t, size_t i, uint32_t *out) {
    static const struct {
        const char *name;
        uint32_t scalar;
    } names[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' }, { "&nbsp;", ' ' } };
    struct bytes rest = bytes_make(t.ptr + i, t.len - i);
    for (size_t k = 0; k < array_count(names); k++) {
        if (!bytes_starts_with(rest, bytes_from_string(names[k].name))) continue;
        *out = names[k].scalar;
        return strlen(names[k].name);
    }
    if (rest.len < 4 || rest.ptr[1] != '#') return 0;
    bool hex = text_to_lower(rest.ptr[2]) == 'x';
    size_t first = hex ? 3 : 2, at = first;
    uint32_t n = 0;
    for (; at < rest.len && at < first + 6 && rest.ptr[at] != ';'; at++) {
        int digit = leak_hex(rest, at, 1);
        if (digit < 0 || (!hex && digit > 9)) return 0;
        n = n * (hex ? 16 : 10) + (uint32_t) digit;
    }
    if (at == first || at >= rest.len || rest.ptr[at] != ';') return 0;
    *out = n;
    return at + 1;
}

/* The length of the escape at i and the character it stands for; 0: none. */
static size_t leak_escape(struct bytes t, size_t i, uint32_t *out) {
    switch (t.ptr[i]) {
    case '\\': return leak_backslash(t, i, out);
    case '%': return leak_hex_bytes(t, i, out);
    case '=': return leak_equals(t, i, out);
    default: return leak_reference(t, i, out);
    }
}

/* ---- reading ----------------------------------------------------------------------------------------------------------------------- */

/* Where the reading is: what kind the letter before was (LEAK_CLASS_SEPARATOR: none), and what has stood since. */
struct leak_state {
    struct leak_text *to;
    uint8_t before;
    bool escaped;
    enum leak_gap widest; /* that the separators so far need */
    size_t gap_len;
};

static inline void leak_separate(struct leak_state *s, enum leak_gap needs, size_t len) {
    struct leak_text *t = s->to;
    if (s->before != LEAK_CLASS_SEPARATOR && t->count > 0) t->marks[t->count - 1] |= LEAK_END;
    s->before = LEAK_CLASS_SEPARATOR;
    s->gap_len += len;
    if (needs > s->widest) s->widest = needs;
}

static inline enum leak_gap leak_gap_wide(const struct leak_state *s) {
    if (s->gap_len > LEAK_GAP_LEN_MAX) return LEAK_GAP_FAR;
    if (s->widest == LEAK_GAP_ONE && s->gap_len > 1) return s->gap_len <= 3 ? LEAK_GAP_FEW : LEAK_GAP_TEXT;
    return s->widest == LEAK_GAP_FEW && s->gap_len > 3 ? LEAK_GAP_TEXT : s->widest;
}

/* How the new letter stands to the one before it. */
static inline uint8_t leak_join(struct leak_state *s, uint8_t kind) {
    struct leak_text *t = s->to;
    if (s->before == LEAK_CLASS_SEPARATOR) return (uint8_t) (LEAK_START | leak_gap_wide(s) << 4);
    if (kind == s->before) return 0;
    bool hump = kind == LEAK_CLASS_UPPER && s->before == LEAK_CLASS_LOWER, digits = kind == LEAK_CLASS_DIGIT;
    if (hump || digits) t->marks[t->count - 1] |= LEAK_END;
    return hump || digits || s->before == LEAK_CLASS_DIGIT ? LEAK_START : 0;
}

static inline void leak_put(struct leak_state *s, uint8_t letter, uint8_t mark, size_t begin) {
    struct leak_text *t = s->to;
    if (mark & LEAK_START) t->starts[t->start_count++] = (uint32_t) t->count;
    t->letters[t->count] = letter;
    t->marks[t->count] = s->escaped ? mark | LEAK_ESCAPED : mark;
    t->begins[t->count] = (uint32_t) begin;
    t->count++;
}

static inline void leak_put_letter(struct leak_state *s, uint8_t letter, uint8_t kind, uint8_t wide, size_t begin) {
    leak_put(s, letter, leak_join(s, kind) | wide, begin);
    s->before = kind;
    s->gap_len = 0;
    s->widest = LEAK_GAP_NONE;
    s->escaped = false;
}

/* A character beyond ASCII, or one that was escaped. */
static void leak_put_scalar(struct leak_state *s, uint32_t scalar, size_t begin) {
    uint8_t out[16], kind = scalar < 0x80 ? leak_classes[scalar] : LEAK_CLASS_LOWER;
    if (scalar == 0xAD || (scalar >= 0x200B && scalar <= 0x200D) || scalar == 0x2060 || scalar == 0xFEFF) return; /* nothing is seen of these */
    if (scalar < 0x80 && kind >= LEAK_CLASS_LOWER) {
        leak_put_letter(s, text_to_lower((uint8_t) scalar), kind, LEAK_WIDE, begin);
        return;
    }
    size_t len = 0;
    if (scalar < LEAK_FOLD_COUNT) {
        len = s->to->fold[scalar] & 0xFF;
        for (size_t i = 0; i < len; i++) out[i] = (uint8_t) (s->to->fold[scalar] >> (8 * (i + 1)));
    } else {
        len = leak_fold(scalar, leak_scalar_len(scalar), out);
    }
    if (len == 0) {
        bool mark = scalar >= 0x300 && utf8proc_category((utf8proc_int32_t) scalar) == UTF8PROC_CATEGORY_MN;
        /* An accent of its own belongs to the letter before it. */
        if (!mark) leak_separate(s, scalar < 0x80 && kind != LEAK_CLASS_PLAIN ? (kind == LEAK_CLASS_NUMERIC ? LEAK_GAP_FEW : LEAK_GAP_TEXT) : LEAK_GAP_ONE, 1);
        return;
    }
    leak_put_letter(s, out[0], kind, LEAK_WIDE, begin);
    for (size_t i = 1; i < len; i++) leak_put(s, out[i], LEAK_WIDE, begin);
}

static size_t leak_read_beyond(struct leak_state *s, struct bytes raw, size_t i) {
    uint32_t scalar = 0;
    size_t len = text_utf8_decode(bytes_make(raw.ptr + i, raw.len - i), &scalar);
    if (len == 0) {
        leak_separate(s, LEAK_GAP_TEXT, 1);
        return 1;
    }
    leak_put_scalar(s, scalar, i);
    return len;
}

static size_t leak_read_escape(struct leak_state *s, struct bytes raw, size_t i, bool decode) {
    uint32_t scalar = 0;
    size_t len = leak_escape(raw, i, &scalar);
    s->to->has_escapes = s->to->has_escapes || len > 0;
    if (!decode || len == 0) {
        leak_separate(s, LEAK_GAP_TEXT, 1);
        return 1;
    }
    s->escaped = true;
    leak_put_scalar(s, scalar, i);
    s->escaped = s->before == LEAK_CLASS_SEPARATOR || scalar == 0xAD;
    return len;
}

/* The letters of one kind from i on. Most of a text passes here. */
static size_t leak_read_run(struct leak_state *s, struct bytes raw, size_t i, uint8_t kind) {
    struct leak_text *t = s->to;
    const uint8_t fold = kind == LEAK_CLASS_DIGIT ? 0 : 0x20;
    leak_put_letter(s, raw.ptr[i] | fold, kind, 0, i);
    uint8_t *restrict letters = t->letters, *restrict marks = t->marks;
    uint32_t *restrict begins = t->begins;
    size_t n = t->count;
    for (i++; i < raw.len && leak_classes[raw.ptr[i]] == kind; i++) {
        letters[n] = raw.ptr[i] | fold;
        marks[n] = 0;
        begins[n] = (uint32_t) i;
        n++;
    }
    t->count = n;
    return i;
}

void leak_text_read(struct leak_text *t, struct bytes raw, bool decode, bool whole) {
    static const uint8_t needs[] = { [LEAK_CLASS_SEPARATOR] = LEAK_GAP_TEXT, [LEAK_CLASS_PLAIN] = LEAK_GAP_ONE, [LEAK_CLASS_NUMERIC] = LEAK_GAP_FEW };
    must(raw.len <= t->capacity);
    struct leak_state s = { .to = t, .before = LEAK_CLASS_SEPARATOR, .widest = LEAK_GAP_TEXT };
    t->count = t->start_count = 0;
    if (!decode) t->has_escapes = false;
    for (size_t i = 0; i < raw.len;) {
        uint8_t kind = leak_classes[raw.ptr[i]];
        if (kind >= LEAK_CLASS_LOWER) {
            i = leak_read_run(&s, raw, i, kind);
        } else if (kind <= LEAK_CLASS_NUMERIC) {
            leak_separate(&s, (enum leak_gap) needs[kind], 1);
            i++;
        } else {
            i += kind == LEAK_CLASS_BEYOND ? leak_read_beyond(&s, raw, i) : leak_read_escape(&s, raw, i, decode);
        }
    }
    if (whole) leak_separate(&s, LEAK_GAP_TEXT, 1);
    memset(t->letters + t->count, 0, 8);
}

size_t leak_text_end(const struct leak_text *t, struct bytes raw, bool decode, size_t letter) {
    size_t begin = t->begins[letter], len = 1;
    uint32_t scalar = 0;
    if (!(t->marks[letter] & LEAK_WIDE)) return begin + 1;
    if (leak_classes[raw.ptr[begin]] == LEAK_CLASS_BEYOND) len = text_utf8_decode(bytes_make(raw.ptr + begin, raw.len - begin), &scalar);
    else if (decode) len = leak_escape(raw, begin, &scalar);
    return begin + len;
}

int leak_text_decode(struct bytes raw, struct buf *out) {
    for (size_t i = 0; i < raw.len;) {
        uint32_t scalar = 0;
        uint8_t bytes[4];
        size_t len = leak_classes[raw.ptr[i]] == LEAK_CLASS_ESCAPE ? leak_escape(raw, i, &scalar) : 0;
        if (len == 0) ignore(buf_append_byte(out, raw.ptr[i++])); /* sticky: returned below */
        else ignore(buf_append(out, bytes_make(bytes, text_utf8_encode(scalar, bytes))));
        i += len;
    }
    return buf_error(out);
}

/* ---- memory ------------------------------------------------------------------------------------------------------------------------ */

int leak_text_init(struct leak_text *t, size_t capacity) {
    memset(t, 0, sizeof(*t));
    must(capacity <= UINT32_MAX);
    t->capacity = capacity;
    t->letters = calloc(capacity + 8, 1);
    t->marks = calloc(capacity + 1, 1);
    t->begins = calloc(capacity + 1, sizeof(*t->begins));
    t->starts = calloc(capacity + 1, sizeof(*t->starts));
    if (!t->letters || !t->marks || !t->begins || !t->starts) {
        leak_text_release(t);
        return -ENOMEM;
    }
    leak_fill_fold(t);
    return 0;
}

void leak_text_release(struct leak_text *t) {
    if (t->letters) explicit_bzero(t->letters, t->capacity);
    free(t->letters);
    free(t->marks);
    free(t->begins);
    free(t->starts);
    memset(t, 0, sizeof(*t));
}
