#include "redact/mention.h"

#include <stdio.h>

#include "conf/base/size.h"
#include "conf/base/text.h"

enum { MENTION_WORD_MAX = 24, MENTION_SEPARATORS_MAX = 8, MENTION_GAP_MAX = 12, MENTION_SUFFIX_DIGITS_MAX = 6 };

/* What one or more bytes mean to a token, whatever dress they wear: "_", "\_", "&#95;", "%5F" are one underscore. */
enum mention_kind { ATOM_END, ATOM_LETTER, ATOM_DIGIT, ATOM_UNDER, ATOM_HYPHEN, ATOM_SPACE, ATOM_NEWLINE, ATOM_OPEN, ATOM_CLOSE, ATOM_MARK, ATOM_NOTHING, ATOM_OTHER };

struct mention_atom {
    enum mention_kind kind;
    uint8_t letter; /* upper case, or the digit */
    size_t len;
};

static struct mention_atom mention_atom_of_scalar(uint32_t c, size_t len) {
    struct mention_atom a = { .kind = ATOM_OTHER, .len = len };
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0; /* full-width forms */
    if (c < 0x80 && text_is_alpha((uint8_t) c)) {
        a.kind = ATOM_LETTER;
        a.letter = text_to_upper((uint8_t) c);
        return a;
    }
    if (c < 0x80 && text_is_digit((uint8_t) c)) {
        a.kind = ATOM_DIGIT;
        a.letter = (uint8_t) c;
        return a;
    }
    switch (c) {
    case '_': a.kind = ATOM_UNDER; break;
    case '-': case 0x2010: case 0x2011: case 0x2012: case 0x2013: case 0x2014: case 0x2212: a.kind = ATOM_HYPHEN; break;
    case ' ': case '\t': case 0xA0: case 0x2007: case 0x202F: case 0x3000: a.kind = ATOM_SPACE; break;
    case '\n': case '\r': case 0x2028: a.kind = ATOM_NEWLINE; break;
    case '[': case '{': case '<': case 0x3010: case 0x27E6: case 0x2045: a.kind = ATOM_OPEN; break;
    case ']': case '}': case '>': case 0x3011: case 0x27E7: case 0x2046: a.kind = ATOM_CLOSE; break;
    case ':': case '#': a.kind = ATOM_MARK; break;
    /* Markdown's marks and escapes, zero-width characters, soft hyphen, the marks of word pieces. */
    case '\\': case '*': case '`': case '~': case 0xAD: case 0x200B: case 0x200C: case 0x200D: case 0x2060: case 0xFEFF: case 0x2581: case 0x0120:
        a.kind = ATOM_NOTHING;
        break;
    default: break;
    }
    return a;
}

static int mention_hex(struct bytes t, size_t at, size_t digits) {
    return at > t.len || digits > t.len - at ? -1 : text_hex_number(bytes_make(t.ptr + at, digits));
}

/* "&#95;" "&#x5f;" "&lowbar;" "&lbrack;": the references that matter here. Length 0: none. */
static struct mention_atom mention_atom_of_reference(struct bytes t, size_t i) {
    static const struct {
        const char *name;
        uint32_t scalar;
    } names[] = { { "&lowbar;", '_' }, { "&lbrack;", '[' }, { "&rbrack;", ']' }, { "&lsqb;", '[' }, { "&rsqb;", ']' }, { "&nbsp;", ' ' },
                  { "&lt;", '<' },     { "&gt;", '>' },     { "&shy;", 0xAD },   { "&amp;", 0xAD } };
    struct bytes rest = bytes_make(t.ptr + i, t.len - i);
    for (size_t k = 0; k < array_count(names); k++) {
        struct bytes name = bytes_from_string(names[k].name);
        if (bytes_starts_with(rest, name)) return mention_atom_of_scalar(names[k].scalar, name.len);
    }
    struct mention_atom none = { .kind = ATOM_OTHER, .len = 1 };
    if (rest.len < 5 || rest.ptr[1] != '#') return none;
    bool hex = text_to_lower(rest.ptr[2]) == 'x';
    uint32_t n = 0;
    size_t at = hex ? 3 : 2, first = at;
    for (; at < rest.len && at < first + 5 && rest.ptr[at] != ';'; at++) {
        int digit = mention_hex(rest, at, 1);
        if (digit < 0 || (!hex && digit > 9)) return none;
        n = n * (hex ? 16 : 10) + (uint32_t) digit;
    }
    if (at == first || at >= rest.len || rest.ptr[at] != ';') return none;
    return mention_atom_of_scalar(n, at + 1);
}

/* <b>, </em>, <br/>, <wbr>: a short tag without attributes is decoration. "<PATIENT_…>" is none: it holds an underscore. */
static size_t mention_tag_len(struct bytes t, size_t i) {
    size_t at = i + 1, letters = 0;
    if (at < t.len && t.ptr[at] == '/') at++;
    while (at < t.len && text_is_alnum(t.ptr[at]) && letters < 7) {
        at++;
        letters++;
    }
    if (at < t.len && t.ptr[at] == '/') at++;
    return letters > 0 && letters < 7 && at < t.len && t.ptr[at] == '>' ? at + 1 - i : 0;
}

static struct mention_atom mention_atom(struct bytes t, size_t i) {
    if (i >= t.len) return (struct mention_atom) { .kind = ATOM_END };
    uint8_t c = t.ptr[i];
    struct mention_atom nothing = { .kind = ATOM_NOTHING };
    if (text_is_alnum(c)) return mention_atom_of_scalar(c, 1);
    if (c == '%' && mention_hex(t, i + 1, 2) >= 0) return mention_atom_of_scalar((uint32_t) mention_hex(t, i + 1, 2), 3);
    if (c == '\\' && i + 1 < t.len && t.ptr[i + 1] == 'u' && mention_hex(t, i + 2, 4) >= 0)
        return mention_atom_of_scalar((uint32_t) mention_hex(t, i + 2, 4), 6);
    if (c == '\\' && i + 1 < t.len && (t.ptr[i + 1] == 'n' || t.ptr[i + 1] == 'r')) return (struct mention_atom) { .kind = ATOM_NEWLINE, .len = 2 };
    if (c == '&') return mention_atom_of_reference(t, i);
    if (c == '<' && (nothing.len = mention_tag_len(t, i)) > 0) return nothing;
    /* " ##" joins word pieces. */
    size_t hash = c == ' ' ? i + 1 : i;
    if (hash + 1 < t.len && t.ptr[hash] == '#' && t.ptr[hash + 1] == '#') {
        nothing.len = hash + 2 - i;
        return nothing;
    }
    uint32_t scalar = c;
    size_t len = c < 0x80 ? 1 : text_utf8_decode(bytes_make(t.ptr + i, t.len - i), &scalar);
    return len == 0 ? (struct mention_atom) { .kind = ATOM_OTHER, .len = 1 } : mention_atom_of_scalar(scalar, len);
}

static size_t mention_skip_nothing(struct bytes t, size_t i) {
    for (struct mention_atom a = mention_atom(t, i); a.kind == ATOM_NOTHING; a = mention_atom(t, i)) i += a.len;
    return i;
}

/* ---- the word ---------------------------------------------------------------------------------------------------------------------- */

struct mention_word {
    char text[MENTION_WORD_MAX + 1];
    size_t len;
    size_t end;
    bool too_long;
};

static void mention_read_word(struct bytes t, size_t i, struct mention_word *out) {
    struct mention_word w = { .end = i };
    for (;;) {
        size_t at = mention_skip_nothing(t, i);
        struct mention_atom a = mention_atom(t, at);
        if (a.kind != ATOM_LETTER) break;
        if (w.len == MENTION_WORD_MAX) w.too_long = true;
        else w.text[w.len++] = (char) a.letter;
        i = at + a.len;
        w.end = i;
        if (w.too_long) break;
    }
    *out = w;
}

/* Between a word and its code: an underscore, or what became of it. False when there is nothing at all. */
static bool mention_skip_separator(struct bytes t, size_t *i, bool *out_has_underscore) {
    bool any = false, under = false;
    size_t at = *i;
    for (int n = 0; n < MENTION_SEPARATORS_MAX; n++) {
        struct mention_atom a = mention_atom(t, at);
        bool separates = a.kind == ATOM_UNDER || a.kind == ATOM_HYPHEN || a.kind == ATOM_SPACE || a.kind == ATOM_NEWLINE || a.kind == ATOM_MARK;
        if (!separates && a.kind != ATOM_NOTHING) break;
        any = any || separates;
        under = under || a.kind == ATOM_UNDER;
        at += a.len;
    }
    *i = at;
    *out_has_underscore = under;
    return any;
}

/* ---- the code ---------------------------------------------------------------------------------------------------------------------- */

struct mention_code {
    char text[TOKEN_CODE_LEN + 1];
    size_t end;       /* of the first seven letters */
    size_t end_all;   /* of all that were read */
    size_t gaps;      /* places with a space, hyphen or line break between two letters */
    size_t strangers; /* letters and digits that no code holds */
    size_t count;     /* letters read, up to TOKEN_CODE_LEN + 2 */
    bool upper;
};

/* A gap of white space and hyphens between two letters of a code; 0 when what follows is no letter. */
static size_t mention_gap_len(struct bytes t, size_t i) {
    size_t at = i;
    for (int n = 0; n < MENTION_GAP_MAX; n++) {
        struct mention_atom a = mention_atom(t, at);
        if (a.kind == ATOM_LETTER) return at - i;
        if (a.kind != ATOM_NOTHING && a.kind != ATOM_SPACE && a.kind != ATOM_HYPHEN && a.kind != ATOM_NEWLINE) return 0;
        at += a.len;
    }
    return 0;
}

static void mention_read_code(struct bytes t, size_t i, bool strict, struct mention_code *out) {
    struct mention_code c = { .end = i, .upper = true };
    while (c.count < TOKEN_CODE_LEN + 2) {
        size_t at = mention_skip_nothing(t, i);
        struct mention_atom a = mention_atom(t, at);
        if (a.kind != ATOM_LETTER && a.kind != ATOM_DIGIT) {
            size_t gap = strict || c.count == 0 || c.count >= TOKEN_CODE_LEN ? 0 : mention_gap_len(t, at);
            if (gap == 0) break;
            c.gaps++;
            i = at + gap;
            continue;
        }
        bool consonant = a.kind == ATOM_LETTER && !strchr("AEIOUY", a.letter);
        if (!consonant) c.strangers++;
        if (a.len == 1 && text_is_lower(t.ptr[at])) c.upper = c.upper && c.count >= TOKEN_CODE_LEN;
        if (c.count < TOKEN_CODE_LEN) {
            c.text[c.count] = (char) a.letter;
            c.end = at + a.len;
        }
        c.count++;
        i = at + a.len;
        c.end_all = i;
    }
    *out = c;
}

/* An "s" behind the seventh letter is a plural. */
static bool mention_is_plural(struct bytes t, const struct mention_code *c) {
    return c->count == TOKEN_CODE_LEN + 1 && c->end < t.len && text_to_lower(t.ptr[c->end]) == 's';
}

/* One gap is a wrapped line, six are spaced letters; anything between is words of a text. */
static bool mention_code_is_whole(struct bytes t, const struct mention_code *c) {
    bool gaps_fit = c->gaps <= 1 || c->gaps == TOKEN_CODE_LEN - 1;
    return gaps_fit && c->strangers == 0 && (c->count == TOKEN_CODE_LEN || mention_is_plural(t, c));
}

/* Looks like a code that somebody mistyped: reported, never repaired. */
static bool mention_code_is_near(const struct mention_code *c) {
    return c->gaps == 0 && c->upper && c->strangers <= 2 && c->count + 1 >= TOKEN_CODE_LEN && c->count <= TOKEN_CODE_LEN + 1;
}

/* ---- brackets ---------------------------------------------------------------------------------------------------------------------- */

struct mention_state {
    struct bytes text;
    size_t open_begin; /* of the bracket in front of the word, escapes included */
    size_t open_end;   /* 0: none */
    size_t word_begin;
};

/* The span takes the brackets when both are there. */
static struct span mention_span(const struct mention_state *s, size_t end, bool *out_bracketed) {
    struct span bare = { s->word_begin, end };
    *out_bracketed = false;
    if (s->open_end == 0) return bare;
    size_t at = end;
    for (int n = 0; n < MENTION_SEPARATORS_MAX; n++) {
        struct mention_atom a = mention_atom(s->text, at);
        at += a.len;
        if (a.kind == ATOM_NOTHING || a.kind == ATOM_SPACE) continue;
        if (a.kind != ATOM_CLOSE) return bare;
        *out_bracketed = true;
        return (struct span) { s->open_begin, at };
    }
    return bare;
}

/* ---- the forms --------------------------------------------------------------------------------------------------------------------- */

static bool mention_finish(const struct mention_state *s, const struct mention_code *c, bool underscored, struct mention *m) {
    bool whole = mention_code_is_whole(s->text, c), bracketed = false;
    memcpy(m->code, c->text, sizeof(m->code));
    m->code[TOKEN_CODE_LEN] = 0;
    m->span = mention_span(s, whole ? c->end : c->end_all, &bracketed);
    if (whole && token_check(m->code)) {
        m->class = MENTION_NORMALISED;
        return true;
    }
    m->class = MENTION_BAD_CHECK;
    if (whole) return underscored && (m->has_entity || bracketed);
    return underscored && mention_code_is_near(c) && (bracketed || c->strangers == 0);
}

/* [PHONE-1], [PATIENT]: our labels, and tokens that lost their code. */
static bool mention_try_label(const struct mention_state *s, size_t word_end, struct mention *m) {
    size_t at = word_end, digits = 0;
    struct mention_atom a = mention_atom(s->text, at);
    bool hyphen = a.kind == ATOM_HYPHEN;
    if (hyphen) at += a.len;
    for (a = mention_atom(s->text, at); hyphen && a.kind == ATOM_DIGIT && digits <= MENTION_SUFFIX_DIGITS_MAX; a = mention_atom(s->text, at)) {
        at += a.len;
        digits++;
    }
    if (hyphen && (digits == 0 || digits > MENTION_SUFFIX_DIGITS_MAX)) return false;
    bool bracketed = false;
    m->span = mention_span(s, at, &bracketed);
    m->class = hyphen ? MENTION_LABEL : MENTION_SUFFIX_LOST;
    return bracketed;
}

static bool mention_try_entity(const struct mention_state *s, enum entity e, size_t word_end, struct mention *out) {
    struct mention m = { .has_entity = true, .entity = e };
    struct mention_code c;
    size_t at = word_end;
    bool underscored = false;
    if (mention_skip_separator(s->text, &at, &underscored)) {
        mention_read_code(s->text, at, false, &c);
        if (!mention_code_is_whole(s->text, &c)) mention_read_code(s->text, at, true, &c);
        if (mention_finish(s, &c, underscored, &m)) {
            *out = m;
            return true;
        }
    }
    m.code[0] = 0;
    if (!mention_try_label(s, word_end, &m)) return false;
    *out = m;
    return true;
}

/* The entity that a word, or a word and the next one, name. The longer is tried first: PROVIDER_ID before PROVIDER. */
static bool mention_try_known(const struct mention_state *s, const struct mention_word *w, struct mention *out) {
    enum entity e;
    size_t at = w->end;
    bool underscored = false;
    struct mention_word second = { .len = 0 };
    if (mention_skip_separator(s->text, &at, &underscored)) mention_read_word(s->text, at, &second);
    if (second.len > 0 && second.len <= 4) {
        char both[2 * MENTION_WORD_MAX + 2];
        int n = snprintf(both, sizeof(both), "%s_%s", w->text, second.text);
        must(n > 0 && (size_t) n < sizeof(both));
        if (entity_from_name(bytes_make(both, (size_t) n), &e) && mention_try_entity(s, e, second.end, out)) return true;
    }
    return entity_from_name(bytes_make(w->text, w->len), &e) && mention_try_entity(s, e, w->end, out);
}

/* PATIENTKTVHMQX, HEALTH_PLANKTVHMQX: the underscore is lost. */
static bool mention_try_joined(const struct mention_state *s, const struct mention_word *w, struct mention *out) {
    struct mention m = { .class = MENTION_NORMALISED, .has_entity = true };
    if (w->len <= TOKEN_CODE_LEN || w->too_long) return false;
    size_t name_len = w->len - TOKEN_CODE_LEN;
    if (!entity_from_name(bytes_make(w->text, name_len), &m.entity)) return false;
    memcpy(m.code, w->text + name_len, TOKEN_CODE_LEN);
    if (!token_check(m.code) || mention_atom(s->text, w->end).kind == ATOM_DIGIT) return false;
    bool bracketed = false;
    m.span = mention_span(s, w->end, &bracketed);
    *out = m;
    return true;
}

static bool mention_try_joined_second(const struct mention_state *s, const struct mention_word *w, struct mention *out) {
    struct mention_word second, both;
    if (w->len > MENTION_WORD_MAX / 2 || mention_atom(s->text, w->end).kind != ATOM_UNDER) return false;
    mention_read_word(s->text, w->end + 1, &second);
    if (second.len <= TOKEN_CODE_LEN || w->len + 1 + second.len > MENTION_WORD_MAX) return false;
    both = *w;
    both.text[both.len++] = '_';
    memcpy(both.text + both.len, second.text, second.len);
    both.len += second.len;
    both.end = second.end;
    return mention_try_joined(s, &both, out);
}

/* [PACIENTE_KTVHMQX]: the word was translated. Only with its underscore, its code in one piece and the check letter right. */
static bool mention_try_translated(const struct mention_state *s, size_t word_end, struct mention *out) {
    size_t at = word_end;
    bool underscored = false;
    if (!mention_skip_separator(s->text, &at, &underscored) || !underscored) return false;
    struct mention m = { .has_entity = false };
    struct mention_code c;
    mention_read_code(s->text, at, true, &c);
    if (!mention_finish(s, &c, underscored, &m)) return false;
    if (m.class == MENTION_BAD_CHECK && !c.upper) return false;
    *out = m;
    return true;
}

static bool mention_could_be_entity(const struct mention_word *w) {
    /* The first letters of all entity names, and "joined" ones: a cheap sieve before the table. */
    return w->len >= 2 && !w->too_long && strchr("PESCZGFDAHUMLVOIB", w->text[0]);
}

/* The end of a word in any script: letters, and bytes of UTF-8. */
static size_t mention_word_end(struct bytes t, size_t i) {
    while (i < t.len && (text_is_alpha(t.ptr[i]) || t.ptr[i] >= 0x80)) i++;
    return i;
}

/* The canonical form goes before all readings: whatever stands around it, a view's own token is found as it was written. */
static bool mention_try_canonical(const struct mention_state *s, struct mention *out) {
    struct bytes t = s->text;
    if (s->word_begin == 0 || t.ptr[s->word_begin - 1] != '[') return false;
    size_t end = s->word_begin;
    while (end < t.len && end - s->word_begin < TOKEN_TEXT_LEN_MAX && t.ptr[end] != ']') end++;
    struct mention m = { .class = MENTION_EXACT, .has_entity = true, .span = { s->word_begin - 1, end + 1 } };
    struct token token;
    if (end >= t.len || !token_parse(bytes_slice(t, m.span), &token)) return false;
    m.entity = token.entity;
    memcpy(m.code, token.code, sizeof(m.code));
    *out = m;
    return true;
}

static bool mention_try_word(const struct mention_state *s, const struct mention_word *w, struct mention *out) {
    return mention_try_known(s, w, out) || mention_try_joined(s, w, out) || mention_try_joined_second(s, w, out);
}

static bool mention_try(const struct mention_state *s, size_t *out_word_end, struct mention *out) {
    struct mention_word w = { .len = 0 };
    size_t end = mention_word_end(s->text, s->word_begin);
    *out_word_end = end;
    if (mention_try_canonical(s, out)) return true;
    mention_read_word(s->text, s->word_begin, &w);
    if (mention_could_be_entity(&w) && mention_try_word(s, &w, out)) return true;
    struct mention_atom after = mention_atom(s->text, end);
    bool may_separate = after.kind == ATOM_UNDER || (after.kind == ATOM_NOTHING && end < s->text.len && s->text.ptr[end] == '\\');
    return may_separate && mention_try_translated(s, end, out);
}

/* ---- the sieve: most of a text is plain words, told apart here without reading atoms ----------------------------------------------- */

/* Bytes that can dress, escape or join a token; whatever stands beside one of them is read slowly. */
static const bool mention_special[256] = {
    ['\\'] = true, ['*'] = true, ['`'] = true, ['~'] = true, ['&'] = true, ['%'] = true, ['<'] = true, ['#'] = true, ['_'] = true,
    ['['] = true,  ['{'] = true, [0x80 ... 0xFF] = true,
};

/* The first words of the entities' names. */
static const char *const mention_first_words[] = {
    "ACCESSION", "ACCOUNT", "AGE", "BIOMETRIC", "BIRTH", "CITY", "COUNTY", "DATE", "DEVICE", "EMAIL", "EMPLOYER", "ENCOUNTER", "FACILITY", "FAX",
    "GEOCODE", "HEALTH", "HOLIDAY", "IP", "LICENSE", "MRN", "ORDER", "OTHER", "PATIENT", "PERSON", "PHONE", "PHOTO", "PROVIDER", "SPECIMEN", "SSN",
    "STATE", "STREET", "UID", "URL", "VEHICLE", "ZIP",
};

static bool mention_is_first_word(const uint8_t *word, size_t len) {
    /* Bit n of a letter: one of the words begins with it and has n letters. */
    static const uint16_t lens[26] = {
        ['A' - 'A'] = 1 << 3 | 1 << 7 | 1 << 9,
        ['B' - 'A'] = 1 << 5 | 1 << 9,
        ['C' - 'A'] = 1 << 4 | 1 << 6,
        ['D' - 'A'] = 1 << 4 | 1 << 6,
        ['E' - 'A'] = 1 << 5 | 1 << 8 | 1 << 9,
        ['F' - 'A'] = 1 << 3 | 1 << 8,
        ['G' - 'A'] = 1 << 7,
        ['H' - 'A'] = 1 << 6 | 1 << 7,
        ['I' - 'A'] = 1 << 2,
        ['L' - 'A'] = 1 << 7,
        ['M' - 'A'] = 1 << 3,
        ['O' - 'A'] = 1 << 5,
        ['P' - 'A'] = 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8,
        ['S' - 'A'] = 1 << 3 | 1 << 5 | 1 << 6 | 1 << 8,
        ['U' - 'A'] = 1 << 3,
        ['V' - 'A'] = 1 << 7,
        ['Z' - 'A'] = 1 << 3,
    };
    uint8_t first = text_to_upper(word[0]);
    if (len > 9 || !(lens[first - 'A'] >> len & 1)) return false;
    for (size_t i = 0; i < array_count(mention_first_words); i++) {
        const char *known = mention_first_words[i];
        if ((uint8_t) known[0] == first && strlen(known) == len && strncasecmp(known, (const char *) word, len) == 0) return true;
    }
    return false;
}

/* Could the word end in a code, its underscore lost? */
static bool mention_ends_in_consonants(const uint8_t *word, size_t len) {
    if (len < TOKEN_CODE_LEN + 2) return false;
    const uint32_t vowels = 1u << ('A' - 'A') | 1u << ('E' - 'A') | 1u << ('I' - 'A') | 1u << ('O' - 'A') | 1u << ('U' - 'A') | 1u << ('Y' - 'A');
    for (size_t i = len - 1; i >= len - TOKEN_CODE_LEN; i--) {
        if (vowels >> (text_to_upper(word[i]) - 'A') & 1) return false;
    }
    return true;
}

/* Passes over plain text from *i to a place where something could begin. *out_clean: a bracket before it no longer counts. */
static size_t mention_pass(struct bytes t, size_t i, bool *out_clean) {
    while (i < t.len && !mention_special[t.ptr[i]]) {
        if (!text_is_alpha(t.ptr[i])) {
            *out_clean = *out_clean || !(t.ptr[i] == ' ' || t.ptr[i] == '\t');
            i++;
            continue;
        }
        size_t end = i;
        while (end < t.len && text_is_alpha(t.ptr[end])) end++;
        if (end < t.len && mention_special[t.ptr[end]]) break;
        if (mention_is_first_word(t.ptr + i, end - i) || mention_ends_in_consonants(t.ptr + i, end - i)) break;
        *out_clean = true;
        i = end;
    }
    return i;
}

bool mention_next(struct bytes text, size_t *at, struct mention *out) {
    struct mention_state s = { .text = text };
    size_t i = *at;
    while (i < text.len) {
        bool clean = false;
        i = mention_pass(text, i, &clean);
        if (clean) s.open_end = 0;
        if (i == text.len) break;
        struct mention_atom a = mention_atom(text, i);
        if (a.kind == ATOM_OPEN) {
            s.open_begin = i;
            s.open_end = i + a.len;
            while (s.open_begin > *at && text.ptr[s.open_begin - 1] == '\\') s.open_begin--;
        } else if (a.kind == ATOM_LETTER || (a.kind == ATOM_OTHER && text.ptr[i] >= 0x80)) {
            s.word_begin = i;
            size_t word_end = i;
            if (mention_try(&s, &word_end, out)) {
                *at = out->span.end;
                return true;
            }
            s.open_end = 0;
            i = size_max(word_end, i + a.len);
            continue;
        } else if (a.kind != ATOM_NOTHING && a.kind != ATOM_SPACE) {
            s.open_end = 0;
        }
        i += a.len;
    }
    *at = text.len;
    return false;
}
