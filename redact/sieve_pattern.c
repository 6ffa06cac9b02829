/* The part of PCRE2's syntax that rules use. Whatever is not known here makes the pattern "not understood": then PCRE2 alone decides. */
#include "redact/sieve_pattern.h"

#include <pthread.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "conf/base/size.h"
#include "conf/base/text.h"

enum {
    REPEAT_NO_END = UINT16_MAX,
};

struct pattern_reader {
    struct sieve_pattern *out;
    struct bytes text;
    size_t at;
    size_t depth;
    bool fold; /* (?i) */
    bool dot_all;
    bool failed;
};

static uint16_t read_either(struct pattern_reader *r);

static void set_add(struct sieve_set *s, unsigned first, unsigned last) {
    for (unsigned c = first; c <= last && c < 256; c++) s->bits[c >> 6] |= UINT64_C(1) << (c & 63);
}

static void set_complement(struct sieve_set *s) {
    for (size_t i = 0; i < 4; i++) s->bits[i] = ~s->bits[i];
}

static void set_join(struct sieve_set *s, const struct sieve_set *other) {
    for (size_t i = 0; i < 4; i++) s->bits[i] |= other->bits[i];
}

static void set_fold(struct sieve_set *s) {
    for (unsigned c = 'a'; c <= 'z'; c++) {
        unsigned upper = c - 'a' + 'A';
        bool has = (s->bits[1] >> (c & 63) & 1) || (s->bits[1] >> (upper & 63) & 1);
        if (has) s->bits[1] |= UINT64_C(1) << (c & 63) | UINT64_C(1) << (upper & 63);
    }
}

static void set_word(struct sieve_set *s) {
    set_add(s, '0', '9');
    set_add(s, 'A', 'Z');
    set_add(s, 'a', 'z');
    set_add(s, 0x80, 0xFF);
}

/* The library may have been built to end lines otherwise; then '.', '^' and '$' are not told apart here. */
static bool line_ends_by_newline_alone;
static void line_end_find(void) {
    uint32_t newline = 0;
    line_ends_by_newline_alone = pcre2_config(PCRE2_CONFIG_NEWLINE, &newline) >= 0 && newline == PCRE2_NEWLINE_LF;
}

static bool read_fail(struct pattern_reader *r) {
    r->failed = true;
    return false;
}

/* How often what is repeated may be written out. */
static size_t repeat_copies_max(const struct sieve_pattern *p, const struct sieve_node *n) {
    return p->copied_places_max / (p->nodes[n->a].size + 1);
}

/* How many places it will take, or more. */
static uint32_t node_size(const struct sieve_pattern *p, const struct sieve_node *n) {
    uint32_t copies_max = (uint32_t) repeat_copies_max(p, n), size = p->nodes[n->a].size + 1;
    if (n->kind == NODE_REPEAT) size *= n->max <= copies_max ? n->max : 1 + copies_max;
    if (n->kind == NODE_JOIN || n->kind == NODE_EITHER) size += p->nodes[n->b].size;
    return size < SIEVE_PLACES_MAX ? size : SIEVE_PLACES_MAX;
}

static uint16_t node_add(struct pattern_reader *r, struct sieve_node node) {
    if (r->out->node_count == SIEVE_NODES_MAX) return (uint16_t) read_fail(r);
    node.size = node_size(r->out, &node);
    r->out->nodes[r->out->node_count] = node;
    return (uint16_t) r->out->node_count++;
}

static uint16_t set_index(struct pattern_reader *r, const struct sieve_set *set) {
    struct sieve_pattern *p = r->out;
    for (size_t i = 0; i < p->set_count; i++) {
        if (memcmp(&p->sets[i], set, sizeof(*set)) == 0) return (uint16_t) i;
    }
    if (p->set_count == SIEVE_SETS_MAX) return (uint16_t) read_fail(r);
    p->sets[p->set_count] = *set;
    return (uint16_t) p->set_count++;
}

static uint16_t node_byte(struct pattern_reader *r, struct sieve_set *set) {
    if (r->fold) set_fold(set);
    return node_add(r, (struct sieve_node) { .kind = NODE_BYTE, .set = set_index(r, set) });
}

static uint16_t node_test(struct pattern_reader *r, enum sieve_place_kind test, const struct sieve_set *set, bool at_begin) {
    return node_add(r, (struct sieve_node) { .kind = NODE_TEST, .test = test, .set = set_index(r, set), .at_begin = at_begin });
}

static bool read_more(const struct pattern_reader *r) {
    return r->at < r->text.len && !r->failed;
}

static uint8_t read_peek(const struct pattern_reader *r, size_t ahead) {
    return r->text.len - r->at > ahead ? r->text.ptr[r->at + ahead] : 0;
}

static bool read_take(struct pattern_reader *r, const char *what) {
    struct bytes rest = bytes_make(r->text.ptr + r->at, r->text.len - r->at);
    if (!bytes_starts_with(rest, bytes_from_string(what))) return false;
    r->at += strlen(what);
    return true;
}

/* \xHH, after the x. */
static bool read_hex(struct pattern_reader *r, uint8_t *out) {
    unsigned value = 0;
    for (size_t i = 0; i < 2; i++) {
        uint8_t c = text_to_lower(read_peek(r, 0));
        bool digit = text_is_digit(c);
        if (!digit && (c < 'a' || c > 'f')) return read_fail(r);
        value = value * 16 + (unsigned) (digit ? c - '0' : c - 'a' + 10);
        r->at++;
    }
    *out = (uint8_t) value;
    return true;
}

/* The byte that an escape stands for, after the backslash. Letters and digits that are not known here are refused: they may mean more than themselves. */
static bool read_escaped_byte(struct pattern_reader *r, uint8_t *out) {
    uint8_t c = read_peek(r, 0);
    if (!read_more(r)) return read_fail(r);
    r->at++;
    switch (c) {
    case 't': *out = '\t'; return true;
    case 'n': *out = '\n'; return true;
    case 'r': *out = '\r'; return true;
    case 'f': *out = '\f'; return true;
    case 'x': return read_hex(r, out);
    default:
        *out = c;
        return text_is_alnum(c) || c >= 0x80 ? read_fail(r) : true;
    }
}

/* \d \s \h and their contraries. */
static bool set_of_escape(uint8_t c, struct sieve_set *out) {
    struct sieve_set s = { { 0 } };
    switch (c) {
    case 'd':
    case 'D': set_add(&s, '0', '9'); break;
    case 's':
    case 'S':
        set_add(&s, '\t', '\r');
        set_add(&s, ' ', ' ');
        break;
    case 'h':
    case 'H':
        set_add(&s, '\t', '\t');
        set_add(&s, ' ', ' ');
        set_add(&s, 0xA0, 0xA0);
        break;
    default: return false;
    }
    if (text_is_upper(c)) set_complement(&s);
    *out = s;
    return true;
}

/* One byte or escape of a class; *out_range_may_follow where it is one byte. */
static bool read_class_item(struct pattern_reader *r, struct sieve_set *set, uint8_t *out, bool *out_is_byte) {
    uint8_t c = read_peek(r, 0);
    struct sieve_set more;
    *out_is_byte = true;
    if (c == '[') {
        uint8_t next = read_peek(r, 1);
        if (next == ':' || next == '.' || next == '=') return read_fail(r); /* POSIX classes: no rule has them */
    }
    r->at++;
    *out = c;
    if (c != '\\') return true;
    if (set_of_escape(read_peek(r, 0), &more)) {
        r->at++;
        set_join(set, &more);
        *out_is_byte = false;
        return true;
    }
    if (read_peek(r, 0) == 'b') {
        r->at++;
        *out = '\b';
        return true;
    }
    return read_escaped_byte(r, out);
}

/* After the '['. */
static bool read_class(struct pattern_reader *r, struct sieve_set *out) {
    struct sieve_set set = { { 0 } };
    bool inverted = read_take(r, "^");
    for (bool first = true; read_more(r) && (first || read_peek(r, 0) != ']'); first = false) {
        uint8_t low = 0, high = 0;
        bool is_byte = false, high_is_byte = false;
        if (!read_class_item(r, &set, &low, &is_byte)) return false;
        high = low;
        if (read_peek(r, 0) == '-' && read_peek(r, 1) != ']') {
            r->at++;
            if (!is_byte || !read_class_item(r, &set, &high, &high_is_byte) || !high_is_byte || high < low) return read_fail(r);
        }
        if (is_byte) set_add(&set, low, high);
    }
    if (!read_take(r, "]")) return read_fail(r);
    if (r->fold) set_fold(&set);
    if (inverted) set_complement(&set);
    *out = set;
    return true;
}

static uint16_t read_escape(struct pattern_reader *r) {
    struct sieve_set set = { { 0 } };
    uint8_t c = read_peek(r, 0);
    switch (c) {
    case 'b':
    case 'B':
        r->at++;
        set_word(&set);
        return node_test(r, c == 'b' ? PLACE_EDGE : PLACE_NO_EDGE, &set, false);
    case 'K': /* moves the reported beginning alone */
        r->at++;
        return 0;
    case 'A':
        r->at++;
        return node_test(r, PLACE_BEHIND, &set, true);
    case 'z':
    case 'Z': /* the text's end is not known here */
        r->at++;
        set_add(&set, '\n', '\n');
        return c == 'z' || line_ends_by_newline_alone ? node_test(r, PLACE_AHEAD, &set, false) : 0;
    default: break;
    }
    if (c >= '1' && c <= '9') return node_add(r, (struct sieve_node) { .kind = NODE_ANYTHING }); /* a back reference */
    if (set_of_escape(c, &set)) {
        r->at++;
        return node_add(r, (struct sieve_node) { .kind = NODE_BYTE, .set = set_index(r, &set) });
    }
    if (!read_escaped_byte(r, &c)) return 0;
    set_add(&set, c, c);
    return node_byte(r, &set);
}

/* ---- look-arounds ---- */

struct look_around {
    bool ahead, wanted;
    struct sieve_set set; /* what its alternatives of one byte are */
    bool at_begin;
};

/* False where an alternative of the body tests more than one byte. */
static bool look_gather(const struct pattern_reader *r, uint16_t node, struct look_around *look) {
    bool all = true;
    for (;; node = r->out->nodes[node].a) {
        const struct sieve_node *n = &r->out->nodes[node];
        const struct sieve_node *one = n->kind == NODE_EITHER ? &r->out->nodes[n->b] : n;
        bool tests = one->kind == NODE_TEST && one->test == (look->ahead ? PLACE_AHEAD : PLACE_BEHIND);
        if (one->kind == NODE_BYTE || tests) set_join(&look->set, &r->out->sets[one->set]);
        else all = false;
        look->at_begin |= tests && one->at_begin;
        if (n->kind != NODE_EITHER) return all;
    }
}

/* A body of single bytes becomes a test of the neighbour; a longer one is gone into where it is wanted and ahead, and forgotten otherwise. */
static uint16_t look_node(struct pattern_reader *r, uint16_t body, struct look_around look) {
    enum sieve_place_kind test = look.ahead ? PLACE_AHEAD : PLACE_BEHIND;
    bool all = look_gather(r, body, &look);
    if (!look.wanted) {
        set_complement(&look.set);
        return node_test(r, test, &look.set, !look.at_begin);
    }
    if (all) return node_test(r, test, &look.set, look.at_begin);
    return look.ahead ? node_add(r, (struct sieve_node) { .kind = NODE_LOOK_AHEAD, .a = body }) : 0;
}

/* ---- groups, repetitions, sequences ---- */

/* "i", "-i", "s-i:" …: after "(?". True where a ':' follows: a group of its own. */
static bool read_flags(struct pattern_reader *r, bool *out_is_group) {
    bool on = true;
    for (; read_more(r); r->at++) {
        uint8_t c = read_peek(r, 0);
        *out_is_group = c == ':';
        if (c == ':' || c == ')') {
            r->at++;
            return true;
        }
        if (c == '-') on = false;
        else if (c == 'i') r->fold = on;
        else if (c == 's') r->dot_all = on;
        else return read_fail(r);
    }
    return read_fail(r);
}

static uint16_t read_group_body(struct pattern_reader *r) {
    bool fold = r->fold, dot_all = r->dot_all;
    uint16_t body = 0;
    if (++r->depth > SIEVE_DEPTH_MAX) return (uint16_t) read_fail(r);
    body = read_either(r);
    r->depth--;
    if (!read_take(r, ")")) read_fail(r);
    r->fold = fold;
    r->dot_all = dot_all;
    return body;
}

/* "(?<name>": past it. */
static bool read_name(struct pattern_reader *r) {
    while (read_more(r) && (text_is_alnum(read_peek(r, 0)) || read_peek(r, 0) == '_')) r->at++;
    return read_take(r, ">") || read_fail(r);
}

/* After the '('. */
static uint16_t read_group(struct pattern_reader *r) {
    static const struct {
        const char *sign;
        bool ahead, wanted;
    } looks[] = { { "?=", true, true }, { "?!", true, false }, { "?<=", false, true }, { "?<!", false, false } };
    for (size_t i = 0; i < array_count(looks); i++) {
        if (!read_take(r, looks[i].sign)) continue;
        uint16_t body = read_group_body(r);
        return r->failed ? 0 : look_node(r, body, (struct look_around) { .ahead = looks[i].ahead, .wanted = looks[i].wanted });
    }
    if (read_peek(r, 0) == '*') return (uint16_t) read_fail(r);
    if (read_peek(r, 0) != '?' || read_take(r, "?:") || read_take(r, "?>")) return read_group_body(r);
    if (read_take(r, "?<")) return read_name(r) ? read_group_body(r) : 0;
    bool fold = r->fold, dot_all = r->dot_all, is_group = false;
    r->at++;
    if (!read_flags(r, &is_group)) return 0;
    if (!is_group) return 0; /* holds to the end of the group around it, which restores them */
    uint16_t body = read_group_body(r);
    r->fold = fold;
    r->dot_all = dot_all;
    return body;
}

static uint16_t read_atom(struct pattern_reader *r) {
    struct sieve_set set = { { 0 } };
    uint8_t c = read_peek(r, 0);
    r->at++;
    switch (c) {
    case '\\': return read_escape(r);
    case '(': return read_group(r);
    case '[': return read_class(r, &set) ? node_add(r, (struct sieve_node) { .kind = NODE_BYTE, .set = set_index(r, &set) }) : 0;
    case '.':
        if (!r->dot_all && line_ends_by_newline_alone) set_add(&set, '\n', '\n');
        set_complement(&set);
        return node_byte(r, &set);
    case '^':
        set_add(&set, '\n', '\n');
        return line_ends_by_newline_alone ? node_test(r, PLACE_BEHIND, &set, true) : 0;
    case '$':
        set_add(&set, '\n', '\n');
        return line_ends_by_newline_alone ? node_test(r, PLACE_AHEAD, &set, false) : 0;
    default:
        set_add(&set, c, c);
        return node_byte(r, &set);
    }
}

static bool read_number(struct pattern_reader *r, uint16_t *out) {
    uint32_t value = 0;
    if (!text_is_digit(read_peek(r, 0))) return false;
    for (; text_is_digit(read_peek(r, 0)) && value < 100000; r->at++) value = value * 10 + (uint32_t) (read_peek(r, 0) - '0');
    *out = (uint16_t) (value < REPEAT_NO_END ? value : REPEAT_NO_END - 1);
    return true;
}

/* A quantifier, if one stands here. */
static bool read_quantifier(struct pattern_reader *r, uint16_t *min, uint16_t *max) {
    if (read_take(r, "?")) *min = 0, *max = 1;
    else if (read_take(r, "*")) *min = 0, *max = REPEAT_NO_END;
    else if (read_take(r, "+")) *min = 1, *max = REPEAT_NO_END;
    else if (read_take(r, "{")) {
        if (!read_number(r, min)) return read_fail(r); /* a brace that means itself, or a form of newer versions */
        *max = *min;
        if (read_take(r, ",") && !read_number(r, max)) *max = REPEAT_NO_END;
        if (!read_take(r, "}") || *max < *min) return read_fail(r);
    } else return false;
    ignore(read_take(r, "+") || read_take(r, "?")); /* possessive and lazy take the same texts, or fewer */
    return true;
}

static uint16_t read_sequence(struct pattern_reader *r) {
    uint16_t all = 0, min = 0, max = 0;
    while (read_more(r) && read_peek(r, 0) != '|' && read_peek(r, 0) != ')') {
        uint16_t atom = read_atom(r);
        enum sieve_node_kind kind = r->out->nodes[atom].kind;
        bool tests = kind == NODE_TEST || kind == NODE_LOOK_AHEAD; /* repeated, it may be left out */
        while (!r->failed && read_quantifier(r, &min, &max)) {
            atom = tests ? 0 : node_add(r, (struct sieve_node) { .kind = NODE_REPEAT, .a = atom, .min = min, .max = max });
        }
        if (atom == 0) continue;
        all = all == 0 ? atom : node_add(r, (struct sieve_node) { .kind = NODE_JOIN, .a = all, .b = atom });
    }
    return all;
}

static uint16_t read_either(struct pattern_reader *r) {
    uint16_t all = read_sequence(r);
    while (!r->failed && read_take(r, "|")) {
        uint16_t other = read_sequence(r);
        all = node_add(r, (struct sieve_node) { .kind = NODE_EITHER, .a = all, .b = other });
    }
    return all;
}

/* ---- from the tree to places: from behind, each knows where it goes on ---- */

struct place_maker {
    struct sieve_pattern *out;
    uint16_t accept;
    enum sieve_look_ahead how;
    bool full;
};

static uint16_t place_add(struct place_maker *m, struct sieve_place place) {
    if (m->out->place_count == SIEVE_PLACES_MAX) {
        m->full = true;
        return m->accept;
    }
    m->out->places[m->out->place_count] = place;
    return (uint16_t) m->out->place_count++;
}

static uint16_t place_node(struct place_maker *m, uint16_t node, uint16_t next);

static uint16_t place_repeat(struct place_maker *m, const struct sieve_node *n, uint16_t next) {
    size_t copies_max = repeat_copies_max(m->out, n);
    bool open = n->max > copies_max;
    uint16_t at = next;
    if (open) {
        at = place_add(m, (struct sieve_place) { .kind = PLACE_FORK, .to = next, .or_to = next });
        uint16_t again = place_node(m, n->a, at);
        if (!m->full) m->out->places[at].to = again;
    }
    for (size_t i = n->min; i < n->max && !open && !m->full; i++) {
        at = place_add(m, (struct sieve_place) { .kind = PLACE_FORK, .to = place_node(m, n->a, at), .or_to = next });
    }
    for (size_t i = 0; i < n->min && i < copies_max && !m->full; i++) at = place_node(m, n->a, at);
    return at;
}

/* Sequences and alternatives lean to the left: both are walked, and what is recursive is as deep as the pattern's groups. */
static uint16_t place_node(struct place_maker *m, uint16_t node, uint16_t next) {
    const struct sieve_node *n = &m->out->nodes[node];
    uint16_t others = UINT16_MAX;
    for (; !m->full && n->kind == NODE_JOIN; n = &m->out->nodes[n->a]) next = place_node(m, n->b, next);
    for (; !m->full && n->kind == NODE_EITHER; n = &m->out->nodes[n->a]) {
        uint16_t one = place_node(m, n->b, next);
        others = others == UINT16_MAX ? one : place_add(m, (struct sieve_place) { .kind = PLACE_FORK, .to = one, .or_to = others });
    }
    uint16_t at = next;
    if (m->full) return next;
    switch (n->kind) {
    case NODE_EMPTY: break;
    case NODE_BYTE: at = place_add(m, (struct sieve_place) { .kind = PLACE_BYTE, .set = n->set, .to = next }); break;
    case NODE_TEST: at = place_add(m, (struct sieve_place) { .kind = n->test, .set = n->set, .at_begin = n->at_begin, .to = next }); break;
    case NODE_REPEAT: at = place_repeat(m, n, next); break;
    case NODE_LOOK_AHEAD:
        m->out->look_ahead_inside |= next != m->accept;
        if (m->how == LOOK_AHEAD_ENDS) at = place_node(m, n->a, m->accept);
        break;
    case NODE_ANYTHING: at = m->accept; break;
    case NODE_JOIN:
    case NODE_EITHER: at = place_node(m, (uint16_t) (n - m->out->nodes), next); break;
    }
    return others == UINT16_MAX ? at : place_add(m, (struct sieve_place) { .kind = PLACE_FORK, .to = at, .or_to = others });
}

bool sieve_pattern_read(struct sieve_pattern *out, struct bytes pattern, struct sieve_reading how) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    ignore(pthread_once(&once, line_end_find)); /* cannot fail */
    struct pattern_reader r = { .out = out, .text = pattern };
    out->copied_places_max = how.copied_places_max;
    out->node_count = 1; /* node 0 is empty */
    out->nodes[0] = (struct sieve_node) { .kind = NODE_EMPTY };
    out->place_count = out->set_count = 0;
    out->look_ahead_inside = false;
    uint16_t tree = read_either(&r);
    if (r.failed || r.at < pattern.len) return false;
    struct place_maker m = { .out = out, .how = how.look_ahead };
    m.accept = place_add(&m, (struct sieve_place) { .kind = PLACE_ACCEPT });
    out->first = place_node(&m, tree, m.accept);
    return !m.full;
}
