/* One rule's pattern: refused where it could run away, then compiled. */
#include <errno.h>

#include "conf/base/text.h"
#include "redact/ruleset.h"

/* A letter or digit of ours. '_' is none of them. */
#define RULE_WORD_BYTE "[0-9A-Za-z\\x80-\\xff]"
#define RULE_EDGE "(?:(?<=" RULE_WORD_BYTE ")(?!" RULE_WORD_BYTE ")|(?<!" RULE_WORD_BYTE ")(?=" RULE_WORD_BYTE "))"
#define RULE_NO_EDGE "(?:(?<=" RULE_WORD_BYTE ")(?=" RULE_WORD_BYTE ")|(?<!" RULE_WORD_BYTE ")(?!" RULE_WORD_BYTE "))"

/* "{3,}" at p: repeats without an end? */
static bool rule_brace_is_open(struct bytes p, size_t at) {
    size_t i = at + 1;
    while (i < p.len && text_is_digit(p.ptr[i])) i++;
    return i > at + 1 && i + 1 < p.len && p.ptr[i] == ',' && p.ptr[i + 1] == '}';
}

static bool rule_escape_is_allowed(uint8_t c) {
    return memchr("wWXCRgkKBbdDsShHvVnrtfeAzZGQE", c, 29) == NULL || memchr("KBbdDsShHnrtfzZA", c, 16) != NULL;
}

/* Just past the class that begins at p[at] = '['. */
static size_t rule_class_end(struct bytes p, size_t at) {
    size_t i = at + 1;
    if (i < p.len && p.ptr[i] == '^') i++;
    if (i < p.len && p.ptr[i] == ']') i++;
    for (; i < p.len && p.ptr[i] != ']'; i++) {
        if (p.ptr[i] == '\\') i++;
        else if (p.ptr[i] == '[' && i + 1 < p.len && p.ptr[i + 1] == ':') {
            while (i + 1 < p.len && !(p.ptr[i] == ':' && p.ptr[i + 1] == ']')) i++;
            i++;
        }
    }
    return i + 1;
}

static const char *rule_group_problem(struct bytes p, size_t at) {
    struct bytes rest = bytes_make(p.ptr + at, p.len - at);
    if (bytes_starts_with(rest, BYTES("(*"))) return "verbs (*…) are not allowed";
    if (bytes_starts_with(rest, BYTES("(?C"))) return "callouts are not allowed";
    if (bytes_starts_with(rest, BYTES("(?R")) || bytes_starts_with(rest, BYTES("(?&")) || bytes_starts_with(rest, BYTES("(?P>")))
        return "recursion is not allowed";
    if (rest.len > 2 && rest.ptr[1] == '?' && (text_is_digit(rest.ptr[2]) || rest.ptr[2] == '+')) return "recursion is not allowed";
    return NULL;
}

bool rule_pattern_is_bounded(struct bytes p, const char **out_why) {
    const char *why = NULL;
    for (size_t i = 0; i < p.len && !why; i++) {
        uint8_t c = p.ptr[i];
        size_t after = i + 1;
        if (c == '\\') {
            if (++i < p.len && !rule_escape_is_allowed(p.ptr[i])) why = "this escape is not allowed: \\w \\W \\X \\C \\R \\g \\k \\G \\Q";
        } else if (c == '[') {
            i = rule_class_end(p, i) - 1;
        } else if (c == '(') {
            why = rule_group_problem(p, i);
        } else if (c == '*' || c == '+' || (c == '{' && rule_brace_is_open(p, i))) {
            if (c == '{') after = i + (size_t) ((const uint8_t *) memchr(p.ptr + i, '}', p.len - i) - (p.ptr + i)) + 1;
            if (after >= p.len || p.ptr[after] != '+') why = "a repetition without bound: write {0,40}, or *+ where nothing has to be given back";
            i = after;
        }
    }
    if (why) *out_why = why;
    return why == NULL;
}

/* \b and \B in our sense of a word. */
static int rule_rewrite(struct bytes p, struct buf *out) {
    for (size_t i = 0; i < p.len; i++) {
        if (p.ptr[i] == '[') {
            size_t end = rule_class_end(p, i);
            if (end > p.len) end = p.len;
            ignore(buf_append(out, bytes_make(p.ptr + i, end - i)));
            i = end - 1;
        } else if (p.ptr[i] != '\\' || i + 1 == p.len) {
            ignore(buf_append_byte(out, p.ptr[i]));
        } else if (p.ptr[i + 1] == 'b' || p.ptr[i + 1] == 'B') {
            ignore(buf_append_string(out, p.ptr[i + 1] == 'b' ? RULE_EDGE : RULE_NO_EDGE));
            i++;
        } else {
            ignore(buf_append(out, bytes_make(p.ptr + i, 2)));
            i++;
        }
    }
    return buf_error(out); /* sticky */
}

static int rule_compile_with(struct bytes pattern, uint32_t options, pcre2_code **out_code, struct problem *p) {
    _cleanup_(buf_release) struct buf text;
    const char *why = NULL;
    buf_init(&text, 1 << 20);
    if (!rule_pattern_is_bounded(pattern, &why)) return problem_set(p, -EINVAL, "%s", why);
    int r = rule_rewrite(pattern, &text);
    if (r < 0) return problem_set(p, r, "the pattern is too long");
    int error = 0;
    PCRE2_SIZE at = 0;
    pcre2_code *code = pcre2_compile(text.ptr, text.len, options | PCRE2_MULTILINE | PCRE2_NEVER_UTF | PCRE2_DUPNAMES, &error, &at, NULL);
    if (!code) {
        PCRE2_UCHAR words[160];
        if (pcre2_get_error_message(error, words, sizeof(words)) < 0) words[0] = 0;
        return problem_set(p, -EINVAL, "%s", (const char *) words);
    }
    *out_code = code;
    return 0;
}

int rule_compile(struct bytes pattern, bool anchored, pcre2_code **out_code, struct problem *p) {
    /* Without NO_START_OPTIMIZE an anchored match still searches ahead for a required last character: quadratic on hostile text. */
    int r = rule_compile_with(pattern, PCRE2_NO_START_OPTIMIZE | (anchored ? PCRE2_ANCHORED : 0), out_code, p);
    /* Where the processor or a hardened kernel allows no code generation, the interpreter does the same work. */
    if (r == 0) ignore(pcre2_jit_compile(*out_code, PCRE2_JIT_COMPLETE));
    return r;
}

/* PCRE2 itself knows which bytes a match can begin with, but only for a pattern that it may search with. */
static int rule_find_begins(struct bytes pattern, uint64_t begins[4], struct problem *p) {
    pcre2_code *code = NULL;
    uint32_t type = 0, byte = 0;
    const uint8_t *bitmap = NULL;
    int r = rule_compile_with(pattern, 0, &code, p);
    if (r < 0) return r;
    ignore(pcre2_pattern_info(code, PCRE2_INFO_FIRSTCODETYPE, &type)); /* cannot fail on compiled code */
    ignore(pcre2_pattern_info(code, PCRE2_INFO_FIRSTCODEUNIT, &byte));
    ignore(pcre2_pattern_info(code, PCRE2_INFO_FIRSTBITMAP, &bitmap));
    for (unsigned i = 0; i < 4; i++) begins[i] = type == 0 && !bitmap ? UINT64_MAX : 0;
    if (type == 2) memset(begins, 0xFF, 4 * sizeof(begins[0])); /* at a line's beginning: any byte */
    for (unsigned c = 0; c < 256; c++) {
        bool is_first = type == 1 && (c == byte || text_to_lower((uint8_t) c) == text_to_lower((uint8_t) byte));
        if (is_first || (bitmap && (bitmap[c / 8] >> (c % 8) & 1))) begins[c >> 6] |= UINT64_C(1) << (c & 63);
    }
    pcre2_code_free(code);
    return 0;
}

int rule_prepare(struct rule *rule, struct bytes pattern, struct problem *p) {
    size_t jit_len = 0;
    int r = rule_find_begins(pattern, rule->begins, p);
    if (r == 0) r = rule_compile(pattern, true, &rule->code, p);
    if (r < 0) return r;
    rule->is_jit = pcre2_pattern_info(rule->code, PCRE2_INFO_JITSIZE, &jit_len) == 0 && jit_len > 0;
    return 0;
}
