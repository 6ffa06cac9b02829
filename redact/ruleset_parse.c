/* Rule files, line by line. The syntax is in redact/rules/README.md. */
#include <errno.h>

#include "conf/base/text.h"
#include "redact/ruleset_builder.h"

enum { RULE_TEXT_LEN_MAX = 64 * 1024, RULE_DEFINE_DEPTH_MAX = 8 };

struct bytes builder_trim(struct bytes b) {
    while (b.len > 0 && text_is_space(b.ptr[0])) b = bytes_make(b.ptr + 1, b.len - 1);
    while (b.len > 0 && text_is_space(b.ptr[b.len - 1])) b.len--;
    return b;
}

bool builder_next_part(struct bytes *list, struct bytes *out) {
    while (list->len > 0) {
        const uint8_t *comma = memchr(list->ptr, ',', list->len);
        struct bytes part = bytes_make(list->ptr, comma ? (size_t) (comma - list->ptr) : list->len), taken;
        ignore(bytes_take(list, part.len + (comma != NULL), &taken)); /* memchr saw it */
        part = builder_trim(part);
        if (part.len == 0) continue;
        *out = part;
        return true;
    }
    return false;
}

/* Takes the first word of the line; the rest is trimmed. */
static struct bytes parse_word(struct bytes *line) {
    struct bytes all = builder_trim(*line);
    size_t len = 0;
    while (len < all.len && !text_is_space(all.ptr[len])) len++;
    *line = builder_trim(bytes_make(all.ptr + len, all.len - len));
    return bytes_make(all.ptr, len);
}

static int parse_fail(struct ruleset_builder *b, const char *what) {
    return problem_set(b->problem, -EINVAL, "%s:%zu: %s", b->path, b->line, what);
}

static int parse_number(struct bytes word, uint64_t max, uint64_t *out) {
    uint64_t n;
    if (!text_parse_u64(word, &n) || n > max) return -EINVAL;
    *out = n;
    return 0;
}

/* Built-in defines; bytes >= 0x80 are letters of other scripts. */
static const struct {
    const char *name, *text;
} parse_defines[] = {
    { "L", "[A-Za-z\\x80-\\xff]" },
    { "U", "[A-Z\\x80-\\xff]" },
    { "A", "[0-9A-Za-z\\x80-\\xff]" },
    { "GAP", "[ \\t]{0,20}\\n?[ \\t]{0,40}" },
};

static bool parse_define_find(const struct ruleset_builder *b, struct bytes name, struct bytes *out) {
    for (const struct builder_define *d = b->defines; d; d = d->older) {
        if (!bytes_equal(d->name, name)) continue;
        *out = d->text;
        return true;
    }
    for (size_t i = 0; i < array_count(parse_defines); i++) {
        if (!bytes_equal(bytes_from_string(parse_defines[i].name), name)) continue;
        *out = bytes_from_string(parse_defines[i].text);
        return true;
    }
    return false;
}

/* Replaces {{NAME}}; a define's text is already expanded when it is stored. */
static int parse_expand(struct ruleset_builder *b, struct bytes text, struct buf *out) {
    for (size_t i = 0; i < text.len;) {
        struct bytes rest = bytes_make(text.ptr + i, text.len - i), value;
        const uint8_t *close = bytes_starts_with(rest, BYTES("{{")) ? memmem(rest.ptr, rest.len, "}}", 2) : NULL;
        if (!close) {
            ignore(buf_append_byte(out, rest.ptr[0]));
            i++;
            continue;
        }
        struct bytes name = bytes_make(rest.ptr + 2, (size_t) (close - rest.ptr) - 2);
        if (!parse_define_find(b, name, &value)) return parse_fail(b, "{{NAME}} was not defined before");
        ignore(buf_append(out, value));
        i += name.len + 4;
    }
    if (buf_error(out) < 0) return parse_fail(b, "the pattern is too long");
    return 0;
}

static int parse_keep(struct ruleset_builder *b, struct bytes text, struct bytes *out) {
    struct bytes copy = arena_copy(&b->ruleset->arena, text);
    if (text.len > 0 && !copy.ptr) return -ENOMEM;
    *out = copy;
    return 0;
}

static int parse_define(struct ruleset_builder *b, struct bytes line) {
    _cleanup_(buf_release) struct buf text;
    struct bytes name = parse_word(&line);
    buf_init(&text, RULE_TEXT_LEN_MAX);
    if (name.len == 0 || line.len == 0) return parse_fail(b, "define NAME TEXT");
    int r = parse_expand(b, line, &text);
    if (r < 0) return r;
    struct builder_define *d = arena_alloc(&b->ruleset->arena, 1, sizeof(*d));
    if (!d) return -ENOMEM;
    d->older = b->defines;
    r = parse_keep(b, name, &d->name);
    if (r == 0) r = parse_keep(b, buf_bytes(&text), &d->text);
    if (r == 0) b->defines = d;
    return r;
}

/* The context's number; one that is named before it is defined gets its place now. */
static int parse_context_find(struct ruleset_builder *b, struct bytes name, size_t *out) {
    size_t i = 0;
    while (i < b->context_count && !bytes_equal(b->contexts[i].name, name)) i++;
    if (i == RULESET_CONTEXTS_MAX) return parse_fail(b, "more than 64 contexts");
    if (i == b->context_count) {
        int r = parse_keep(b, name, &b->contexts[i].name);
        if (r < 0) return r;
        b->contexts[i].line = b->line;
        b->contexts[i].path = b->path;
        b->context_count++;
    }
    *out = i;
    return 0;
}

static int parse_context(struct ruleset_builder *b, struct bytes line) {
    struct bytes name = parse_word(&line);
    size_t i = 0;
    if (name.len == 0 || line.len == 0) return parse_fail(b, "context NAME words, separated, by commas");
    int r = parse_context_find(b, name, &i);
    if (r < 0) return r;
    if (b->contexts[i].words.len > 0) return parse_fail(b, "a context of this name is there already");
    b->contexts[i].line = b->line;
    b->contexts[i].path = b->path;
    return parse_keep(b, line, &b->contexts[i].words);
}

static int parse_column(struct ruleset_builder *b, struct bytes line) {
    enum entity entity;
    struct bytes name = parse_word(&line);
    if (!entity_from_name(name, &entity) || line.len < 2 || line.ptr[0] != '=') return parse_fail(b, "column ENTITY = header, words");
    struct builder_column *c = arena_alloc(&b->ruleset->arena, 1, sizeof(*c));
    if (!c) return -ENOMEM;
    *c = (struct builder_column) { .entity = entity, .line = b->line, .path = b->path, .next = b->columns };
    int r = parse_keep(b, bytes_make(line.ptr + 1, line.len - 1), &c->names);
    if (r == 0) b->columns = c;
    return r;
}

/* ---- a rule's keys ---- */

static int parse_entity(struct ruleset_builder *b, struct bytes v) {
    if (bytes_equal(v, BYTES("drop"))) return b->rule->drops = true, 0;
    if (entity_from_name(v, &b->rule->entity)) return 0;
    for (size_t i = 0; i < b->kind_count; i++) {
        if (!bytes_equal(v, bytes_from_string(b->kinds[i].name))) continue;
        b->rule->entity = ENTITY_OTHER_ID;
        b->rule->kind = (uint8_t) (i + 1);
        return 0;
    }
    return parse_fail(b, "no such entity (conf/entity.h, or entities = … of the site's own), nor drop");
}

static int parse_score(struct ruleset_builder *b, struct bytes v) {
    uint64_t n;
    if (parse_number(v, 1000, &n) < 0) return parse_fail(b, "score is 0..1000");
    b->rule->score = (uint16_t) n;
    return 0;
}

static int parse_source(struct ruleset_builder *b, struct bytes v) {
    static const char *const names[] = {
        [FINDING_LIST] = "list", [FINDING_TAGGER] = "tagger", [FINDING_FIELD] = "field",
        [FINDING_CHECKSUM] = "checksum", [FINDING_ROSTER] = "roster", [FINDING_LABEL] = "label",
    };
    for (size_t i = 0; i < array_count(names); i++) {
        if (!bytes_equal(v, bytes_from_string(names[i]))) continue;
        b->rule->source = (enum finding_source) i;
        return 0;
    }
    return parse_fail(b, "source is label, roster, checksum, field, tagger or list");
}

static int parse_trigger_add(struct ruleset_builder *b, struct builder_trigger t) {
    struct rule *rule = b->rule;
    if (rule->trigger != TRIGGER_NONE && rule->trigger != t.kind) return parse_fail(b, "a rule has one kind of trigger");
    struct builder_trigger *kept = arena_alloc(&b->ruleset->arena, 1, sizeof(*kept));
    if (!kept) return -ENOMEM;
    rule->trigger = t.kind;
    *kept = t;
    kept->rule = (uint16_t) (rule - b->ruleset->rules);
    kept->next = b->triggers;
    b->triggers = kept;
    return 0;
}

static int parse_keyword(struct ruleset_builder *b, struct bytes v) {
    struct bytes part;
    while (builder_next_part(&v, &part)) {
        struct builder_trigger t = { .kind = TRIGGER_KEYWORD };
        int r = parse_keep(b, part, &t.keyword);
        if (r == 0) r = parse_trigger_add(b, t);
        if (r < 0) return r;
    }
    return 0;
}

static int parse_sign(struct bytes *v, uint8_t *out) {
    static const char signs[] = { [SIGN_HYPHEN] = '-', [SIGN_SLASH] = '/', [SIGN_PERIOD] = '.', [SIGN_COLON] = ':', [SIGN_COMMA] = ',',
                                  [SIGN_SPACE] = '_', [SIGN_TOUCH] = 'a' };
    struct bytes set = bytes_make(v->ptr, 1), taken;
    size_t used = 1;
    if (v->ptr[0] == '[') {
        const uint8_t *close = memchr(v->ptr, ']', v->len);
        if (!close) return -EINVAL;
        set = bytes_make(v->ptr + 1, (size_t) (close - v->ptr) - 1);
        used = set.len + 2;
    }
    *out = 0;
    for (size_t i = 0; i < set.len; i++) {
        const char *at = memchr(signs + 1, set.ptr[i], sizeof(signs) - 1);
        if (!at) return -EINVAL;
        *out = (uint8_t) (*out | 1u << (at - signs));
    }
    ignore(bytes_take(v, used, &taken)); /* it is there */
    return 0;
}

/* d{3}, d{1,2} */
static int parse_digits(struct bytes *v, uint8_t *min, uint8_t *max) {
    struct bytes taken, low, high;
    uint64_t a, z;
    const uint8_t *close = memchr(v->ptr, '}', v->len);
    if (!close || !bytes_starts_with(*v, BYTES("d{"))) return -EINVAL;
    struct bytes range = bytes_make(v->ptr + 2, (size_t) (close - v->ptr) - 2);
    if (!builder_next_part(&range, &low)) return -EINVAL;
    if (!builder_next_part(&range, &high)) high = low;
    if (parse_number(low, 16, &a) < 0 || parse_number(high, 16, &z) < 0 || a == 0 || a > z) return -EINVAL;
    *min = (uint8_t) a;
    *max = (uint8_t) z;
    ignore(bytes_take(v, (size_t) (close - v->ptr) + 1, &taken)); /* memchr saw it */
    return 0;
}

static int parse_shape(struct bytes v, struct rule_shape *out) {
    struct rule_shape s = { .signs = { 0xFF, 0xFF } };
    for (int i = 0; i < 2 && v.len > 0; i++) {
        if (parse_digits(&v, &s.len_min[i], &s.len_max[i]) < 0) return -EINVAL;
        if (v.len > 0 && parse_sign(&v, &s.signs[i]) < 0) return -EINVAL;
    }
    if (v.len > 0) return -EINVAL;
    *out = s;
    return 0;
}

static int parse_number_trigger(struct ruleset_builder *b, struct bytes v) {
    while (v.len > 0) {
        struct builder_trigger t = { .kind = TRIGGER_NUMBER };
        if (parse_shape(parse_word(&v), &t.shape) < 0) return parse_fail(b, "number: d{3}-d{2}- or d{1,2}[-/.] or d{7}; '_' is a space, 'a' a letter");
        int r = parse_trigger_add(b, t);
        if (r < 0) return r;
    }
    return 0;
}

static int parse_mixed(struct ruleset_builder *b, struct bytes v) {
    while (v.len > 0) {
        struct bytes word = parse_word(&v);
        struct builder_trigger t = { .kind = TRIGGER_MIXED, .value = bytes_equal(word, BYTES("1a")) };
        if (!t.value && !bytes_equal(word, BYTES("a1"))) return parse_fail(b, "mixed is a1, 1a or both");
        int r = parse_trigger_add(b, t);
        if (r < 0) return r;
    }
    return 0;
}

static int parse_char(struct ruleset_builder *b, struct bytes v) {
    while (v.len > 0) {
        struct bytes word = parse_word(&v);
        if (word.len != 1 || !memchr("@(+#[*:|%", word.ptr[0], 9)) return parse_fail(b, "char is one of @ ( + # [ * : | %");
        int r = parse_trigger_add(b, (struct builder_trigger) { .kind = TRIGGER_CHAR, .value = word.ptr[0] });
        if (r < 0) return r;
    }
    return 0;
}

static int parse_flag(struct ruleset_builder *b, struct bytes v) {
    while (v.len > 0) {
        enum dictionary_flag flag;
        if (!dictionary_flag_from_name(parse_word(&v), &flag)) return parse_fail(b, "no such list flag (redact/lists/README.md)");
        int r = parse_trigger_add(b, (struct builder_trigger) { .kind = TRIGGER_FLAG, .value = (uint8_t) flag });
        if (r < 0) return r;
    }
    return 0;
}

static int parse_anchor(struct ruleset_builder *b, struct bytes v) {
    uint64_t n;
    struct bytes word = parse_word(&v);
    if (bytes_equal(word, BYTES("at"))) return b->rule->anchor = ANCHOR_AT, 0;
    if (bytes_equal(word, BYTES("after"))) return b->rule->anchor = ANCHOR_AFTER, 0;
    if (!bytes_equal(word, BYTES("back")) || parse_number(v, RULE_BACK_MAX, &n) < 0 || n == 0) return parse_fail(b, "anchor is at, after or back 1..12");
    b->rule->anchor = ANCHOR_BACK;
    b->rule->back = (uint8_t) n;
    return 0;
}

static int parse_pattern(struct ruleset_builder *b, struct bytes v) {
    return parse_expand(b, v, &b->pattern);
}

static int parse_parse(struct ruleset_builder *b, struct bytes v) {
    if (bytes_equal(v, BYTES("person"))) return b->rule->parse = PARSE_PERSON, 0;
    if (bytes_equal(v, BYTES("person-loose"))) return b->rule->parse = PARSE_PERSON_LOOSE, 0;
    if (bytes_equal(v, BYTES("person-single"))) return b->rule->parse = PARSE_PERSON_SINGLE, 0;
    return parse_fail(b, "parse is person, person-loose or person-single");
}

static int parse_validate(struct ruleset_builder *b, struct bytes v) {
    uint64_t n;
    b->rule->validate = checkdigit_find(parse_word(&v));
    b->rule->score_invalid = -1;
    if (!b->rule->validate) return parse_fail(b, "no such validator (redact/checkdigit.h)");
    if (v.len == 0) return 0;
    if (!bytes_equal(parse_word(&v), BYTES("else")) || parse_number(v, 1000, &n) < 0) return parse_fail(b, "validate NAME else 0..1000");
    b->rule->score_invalid = (int16_t) n;
    return 0;
}

static int parse_need(struct ruleset_builder *b, struct bytes v, bool avoid) {
    struct rule_need need = { .avoid = avoid };
    struct bytes where = parse_word(&v), count = parse_word(&v);
    uint64_t n;
    if (parse_number(count, RULE_CONTEXT_WORDS_MAX, &n) < 0) return parse_fail(b, "need before|after|near 1..16 contexts");
    if (bytes_equal(where, BYTES("before")) || bytes_equal(where, BYTES("near"))) need.before = (uint8_t) n;
    if (bytes_equal(where, BYTES("after")) || bytes_equal(where, BYTES("near"))) need.after = (uint8_t) n;
    if (need.before == 0 && need.after == 0) return parse_fail(b, "need before|after|near 1..16 contexts");
    while (v.len > 0) {
        size_t i = 0;
        int r = parse_context_find(b, parse_word(&v), &i);
        if (r < 0) return r;
        need.contexts |= UINT64_C(1) << i;
    }
    if (need.contexts == 0 || b->rule->need_count == RULE_NEEDS_MAX) return parse_fail(b, "no context named, or more than four need/avoid lines");
    b->rule->needs[b->rule->need_count++] = need;
    return 0;
}

static int parse_need_key(struct ruleset_builder *b, struct bytes v) {
    return parse_need(b, v, false);
}

static int parse_avoid_key(struct ruleset_builder *b, struct bytes v) {
    return parse_need(b, v, true);
}

static int parse_when(struct ruleset_builder *b, struct bytes v) {
    static const struct {
        const char *name;
        uint8_t bit;
    } names[] = {
        { "capital", WHEN_CAPITAL }, { "upper", WHEN_UPPER }, { "line-start", WHEN_LINE_START },
        { "line-end", WHEN_LINE_END }, { "colon", WHEN_COLON }, { "not-lower-doc", WHEN_NOT_LOWER_DOC },
        { "after-comma", WHEN_AFTER_COMMA }, { "after-bar", WHEN_AFTER_BAR },
    };
    while (v.len > 0) {
        struct bytes word = parse_word(&v);
        size_t i = 0;
        while (i < array_count(names) && !bytes_equal(word, bytes_from_string(names[i].name))) i++;
        if (i == array_count(names)) return parse_fail(b, "when is capital, upper, line-start, line-end, colon, after-comma, after-bar or not-lower-doc");
        b->rule->when |= names[i].bit;
    }
    return 0;
}

static void parse_next_range(uint64_t set[4], unsigned first, unsigned last) {
    for (unsigned c = first; c <= last; c++) set[c >> 6] |= UINT64_C(1) << (c & 63);
}

/* Classes by a letter: 0 digit, a lower case, A upper case (both with other scripts), _ blank, ^ the line's end; else the byte itself. */
static int parse_next(struct ruleset_builder *b, struct bytes v) {
    uint64_t *set = b->rule->next;
    if (v.len == 0) return parse_fail(b, "next needs a set: 0 digit, a A letters, _ blank, ^ line end, or the bytes themselves");
    memset(set, 0, sizeof(b->rule->next));
    for (size_t i = 0; i < v.len; i++) {
        uint8_t c = v.ptr[i];
        if (c == '0') parse_next_range(set, '0', '9');
        else if (c == 'a' || c == 'A') parse_next_range(set, c, c + 25u);
        else if (c != '_' && c != '^') parse_next_range(set, c, c);
        if (c == 'a' || c == 'A') parse_next_range(set, 0x80, 0xFF);
        if (c == '_') parse_next_range(set, ' ', ' ');
        if (c == '_') parse_next_range(set, '\t', '\t');
        if (c == '^') parse_next_range(set, '\n', '\r');
    }
    return 0;
}

static int parse_next_word(struct ruleset_builder *b, struct bytes v) {
    while (v.len > 0) {
        struct bytes word = parse_word(&v);
        if (bytes_equal(word, BYTES("capital"))) b->rule->next_word |= NEXT_CAPITAL;
        else if (bytes_equal(word, BYTES("lower"))) b->rule->next_word |= NEXT_LOWER;
        else if (bytes_equal(word, BYTES("number"))) b->rule->next_word |= NEXT_NUMBER;
        else return parse_fail(b, "next-word is capital, lower or number");
    }
    return 0;
}

/* \n \t \\ in examples; in place. */
static size_t parse_unescape(uint8_t *p, size_t len) {
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = p[i];
        if (c == '\\' && i + 1 < len) {
            c = p[++i];
            if (c == 'n') c = '\n';
            if (c == 't') c = '\t';
            if (c == 'f') c = '\f';
        }
        p[out++] = c;
    }
    return out;
}

static int parse_example_text(struct ruleset_builder *b, struct bytes v, struct bytes *out) {
    uint8_t *copy = arena_alloc(&b->ruleset->arena, v.len + 1, 1);
    if (!copy) return -ENOMEM;
    if (v.len > 0) memcpy(copy, v.ptr, v.len);
    *out = bytes_make(copy, parse_unescape(copy, v.len));
    return 0;
}

/* "a ; b" */
static int parse_example_values(struct ruleset_builder *b, struct bytes v, struct rule_example *e) {
    e->values = arena_alloc(&b->ruleset->arena, RULE_GROUPS_MAX, sizeof(*e->values));
    if (!e->values) return -ENOMEM;
    while (v.len > 0 && e->value_count < RULE_GROUPS_MAX) {
        const uint8_t *semicolon = memmem(v.ptr, v.len, " ; ", 3);
        struct bytes part = bytes_make(v.ptr, semicolon ? (size_t) (semicolon - v.ptr) : v.len);
        int r = parse_example_text(b, builder_trim(part), &e->values[e->value_count++]);
        if (r < 0) return r;
        size_t used = part.len + (semicolon ? 3 : 0);
        v = bytes_make(v.ptr + used, v.len - used);
    }
    return e->value_count > 0 ? 0 : parse_fail(b, "yes TEXT => value ; value");
}

static int parse_example(struct ruleset_builder *b, struct bytes text, struct bytes values) {
    struct rule *rule = b->rule;
    struct rule_example e = { .line = b->line };
    int r = parse_example_text(b, text, &e.text);
    if (r == 0 && values.len > 0) r = parse_example_values(b, values, &e);
    if (r < 0) return r;
    if ((rule->example_count & (rule->example_count - 1)) == 0) { /* full at powers of two */
        struct rule_example *more = arena_alloc(&b->ruleset->arena, rule->example_count ? 2 * rule->example_count : 1, sizeof(*more));
        if (!more) return -ENOMEM;
        if (rule->example_count > 0) memcpy(more, rule->examples, rule->example_count * sizeof(*more));
        rule->examples = more;
    }
    rule->examples[rule->example_count++] = e;
    return 0;
}

static int parse_yes(struct ruleset_builder *b, struct bytes v) {
    const uint8_t *arrow = memmem(v.ptr, v.len, " => ", 4);
    if (!arrow) return parse_fail(b, "yes TEXT => value ; value");
    size_t len = (size_t) (arrow - v.ptr);
    return parse_example(b, bytes_make(v.ptr, len), bytes_make(v.ptr + len + 4, v.len - len - 4));
}

static int parse_no(struct ruleset_builder *b, struct bytes v) {
    return parse_example(b, v, bytes_make(NULL, 0));
}

static const struct {
    const char *name;
    int (*parse)(struct ruleset_builder *b, struct bytes value);
} parse_keys[] = {
    { "entity", parse_entity },     { "score", parse_score },   { "source", parse_source }, { "keyword", parse_keyword },
    { "number", parse_number_trigger }, { "mixed", parse_mixed }, { "char", parse_char },   { "flag", parse_flag },
    { "anchor", parse_anchor },     { "pattern", parse_pattern }, { "parse", parse_parse }, { "validate", parse_validate },
    { "need", parse_need_key },     { "avoid", parse_avoid_key }, { "when", parse_when },   { "yes", parse_yes },
    { "no", parse_no },             { "next", parse_next },         { "next-word", parse_next_word },
};

/* ---- rules as a whole ---- */

static int parse_groups(struct ruleset_builder *b) {
    struct rule *rule = b->rule;
    uint32_t count = 0, entry_len = 0;
    PCRE2_SPTR names = NULL;
    ignore(pcre2_pattern_info(rule->code, PCRE2_INFO_NAMECOUNT, &count)); /* cannot fail on compiled code */
    ignore(pcre2_pattern_info(rule->code, PCRE2_INFO_NAMEENTRYSIZE, &entry_len));
    ignore(pcre2_pattern_info(rule->code, PCRE2_INFO_NAMETABLE, &names));
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = names + (size_t) i * entry_len;
        struct bytes name = bytes_from_string((const char *) entry + 2);
        struct rule_group group = { .number = entry[1], .entity = rule->entity };
        while (name.len > 0 && text_is_digit(name.ptr[name.len - 1])) name.len--;
        while (name.len > 0 && name.ptr[name.len - 1] == '_') name.len--;
        if (!bytes_equal(name, BYTES("SPAN")) && !entity_from_name(name, &group.entity)) return parse_fail(b, "a group is named SPAN or as an entity");
        if (rule->group_count == RULE_GROUPS_MAX || entry[0] != 0) return parse_fail(b, "too many groups in one rule");
        rule->groups[rule->group_count++] = group;
    }
    return 0;
}

/* The rule that was being read is whole: check and compile it. */
static int parse_close(struct ruleset_builder *b) {
    struct rule *rule = b->rule;
    struct problem why = { 0 };
    if (!rule) return 0;
    b->line = rule->line;
    if (rule->trigger == TRIGGER_NONE) return parse_fail(b, "the rule has no trigger: keyword, number, mixed, char or flag");
    /* A keyword's pattern reads on after the label unless the rule says otherwise. */
    if (rule->anchor == ANCHOR_DEFAULT) rule->anchor = rule->trigger == TRIGGER_KEYWORD ? ANCHOR_AFTER : ANCHOR_AT;
    if (rule->anchor == ANCHOR_AFTER && rule->trigger == TRIGGER_NUMBER) return parse_fail(b, "a number's pattern begins at it");
    if (b->pattern.len == 0 && rule->parse == PARSE_NONE) return parse_fail(b, "the rule has neither pattern nor parse");
    if (rule->validate && rule->score_invalid < 0 && rule->source != FINDING_CHECKSUM && rule->source != FINDING_LIST)
        return parse_fail(b, "a validator never releases a labelled value: validate NAME else N");
    if (b->pattern.len > 0) {
        int r = rule_prepare(rule, buf_bytes(&b->pattern), &why);
        if (r < 0) return parse_fail(b, why.text);
        r = parse_keep(b, buf_bytes(&b->pattern), &rule->pattern);
        if (r == 0) r = sieve_make(&b->ruleset->arena, rule->pattern, &rule->sieve);
        if (r == 0) r = parse_groups(b);
        if (r < 0) return r;
    }
    b->ruleset->rule_count++;
    b->rule = NULL;
    buf_reset(&b->pattern);
    return 0;
}

static int parse_open(struct ruleset_builder *b, struct bytes name) {
    struct ruleset *set = b->ruleset;
    if (name.len == 0 || name.len > RULE_NAME_LEN_MAX) return parse_fail(b, "rule NAME, at most 47 bytes");
    if (set->rule_count == RULESET_RULES_MAX) return parse_fail(b, "more than 4096 rules");
    for (size_t i = 0; i < set->rule_count; i++) {
        if (bytes_equal(name, bytes_from_string(set->rules[i].name))) return parse_fail(b, "a rule of this name is there already");
    }
    struct rule *rule = &set->rules[set->rule_count];
    *rule = (struct rule) { .path = b->path, .line = b->line, .source = FINDING_LIST, .score = 500, .entity = ENTITY_OTHER_ID };
    memset(rule->next, 0xFF, sizeof(rule->next));
    memset(rule->begins, 0xFF, sizeof(rule->begins));
    memcpy(rule->name, name.ptr, name.len);
    b->rule = rule;
    return 0;
}

static int parse_key(struct ruleset_builder *b, struct bytes line) {
    struct bytes key = parse_word(&line);
    if (!b->rule) return parse_fail(b, "this line belongs to no rule");
    for (size_t i = 0; i < array_count(parse_keys); i++) {
        if (!bytes_equal(key, bytes_from_string(parse_keys[i].name))) continue;
        return parse_keys[i].parse(b, line);
    }
    return parse_fail(b, "unknown key");
}

static int parse_line(struct ruleset_builder *b, struct bytes line) {
    struct bytes rest = line;
    if (builder_trim(line).len == 0 || line.ptr[0] == '#' || builder_trim(line).ptr[0] == '#') return 0;
    if (text_is_space(line.ptr[0])) return parse_key(b, line);
    size_t number = b->line;
    int r = parse_close(b);
    if (r < 0) return r;
    b->line = number;
    struct bytes word = parse_word(&rest);
    if (bytes_equal(word, BYTES("rule"))) return parse_open(b, rest);
    if (bytes_equal(word, BYTES("define"))) return parse_define(b, rest);
    if (bytes_equal(word, BYTES("context"))) return parse_context(b, rest);
    if (bytes_equal(word, BYTES("column"))) return parse_column(b, rest);
    return parse_fail(b, "a line begins with rule, define, context or column; a rule's own lines are indented");
}

void ruleset_know_kinds(struct ruleset_builder *b, const struct profile_kind *kinds, size_t count) {
    b->kinds = kinds;
    b->kind_count = count;
}

int ruleset_add(struct ruleset_builder *b, struct bytes text, const char *path, struct problem *p) {
    struct bytes kept;
    b->problem = p;
    b->path = path;
    b->line = 0;
    if (text.len > RULESET_FILE_LEN_MAX) return parse_fail(b, "the file is longer than 4 MB");
    if (memchr(text.ptr ? (const char *) text.ptr : "", 0, text.len)) return parse_fail(b, "a NUL byte");
    int r = parse_keep(b, bytes_make(path, strlen(path) + 1), &kept);
    if (r < 0) return r;
    b->path = (const char *) kept.ptr;
    for (b->line = 1; text.len > 0; b->line++) {
        size_t number = b->line;
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        struct bytes line = bytes_make(text.ptr, end ? (size_t) (end - text.ptr) : text.len), taken;
        ignore(bytes_take(&text, line.len + (end != NULL), &taken)); /* memchr saw it */
        r = parse_line(b, line);
        if (r < 0) return r;
        b->line = number;
    }
    return parse_close(b);
}
