/* Names of people: the parser that rules use after labels and titles, names before credentials, and capitalised words that the lists know. */
#include "conf/base/text.h"
#include "redact/recognizer.h"

enum {
    NAME_PARTS_MAX = 6,
    NAME_LEAD_LEN_MAX = 24, /* blanks, quotes, brackets between a label and its name */
    NAME_SURE = 900,
    NAME_PAIR = 820,
    NAME_LIKELY = 760,
    NAME_BALANCE_PERSON = -6, /* of name and ordinary word, in powers of two: "Grace" is one, "Present" none */
    NAME_BALANCE_LOOSE = -10,
    NAME_BALANCE_ALONE = -7,
    NAME_BALANCE_NONE = -99,
};

/* Words that say what a thing is: a name made of nothing but these is none. */
#define NAME_CLINICAL                                                                                                             \
    (FLAG_BIT(FLAG_DRUG) | FLAG_BIT(FLAG_UNIT) | FLAG_BIT(FLAG_ANATOMY) | FLAG_BIT(FLAG_CLINICAL) | FLAG_BIT(FLAG_EPONYM_HEAD)     \
     | FLAG_BIT(FLAG_HEADER) | FLAG_BIT(FLAG_ROLE) | FLAG_BIT(FLAG_RELATION))
#define NAME_NOT_A_PART                                                                                                           \
    (FLAG_BIT(FLAG_STOP) | FLAG_BIT(FLAG_HEADER) | FLAG_BIT(FLAG_RELATION) | FLAG_BIT(FLAG_ROLE) | FLAG_BIT(FLAG_VERB_PERSON)      \
     | FLAG_BIT(FLAG_FACILITY_HEAD) | FLAG_BIT(FLAG_UNIT) | FLAG_BIT(FLAG_DRUG) | FLAG_BIT(FLAG_CLINICAL) | FLAG_BIT(FLAG_ANATOMY))
/* Without a label these are no names, whatever the lists say: "French Blake drain", "Tab PO". */
#define NAME_NEVER_ALONE                                                                                                          \
    (FLAG_BIT(FLAG_UNIT) | FLAG_BIT(FLAG_CLINICAL) | FLAG_BIT(FLAG_DRUG) | FLAG_BIT(FLAG_DEMONYM) | FLAG_BIT(FLAG_FACILITY_HEAD)    \
     | FLAG_BIT(FLAG_EPONYM_HEAD) | FLAG_BIT(FLAG_RELATION) | FLAG_BIT(FLAG_ROLE))
/* "home with Mom", "Dear Doctor" */
#define NAME_OF_A_ROLE (FLAG_BIT(FLAG_RELATION) | FLAG_BIT(FLAG_ROLE) | FLAG_BIT(FLAG_TITLE))
#define NAME_LISTED (FLAG_BIT(FLAG_SURNAME) | FLAG_BIT(FLAG_GIVEN) | FLAG_BIT(FLAG_NICKNAME))

enum part_kind {
    PART_NONE,     /* no part of a name */
    PART_ORDINARY, /* capitalised, and an ordinary word that no list has as a name */
    PART_WEAK,     /* capitalised, unknown */
    PART_LISTED,   /* a name in the lists, and a common word as well */
    PART_STRONG,   /* a name, and hardly anything else */
    PART_INITIAL,
    PART_PARTICLE, /* van, de la: only before a part */
    PART_SUFFIX,   /* Jr, III */
};

struct name_reader {
    bool lists_alone; /* no label says that a name is here */
    const struct scan *scan;
    const struct dictionary *d;
    enum rule_parse mode;
};

static bool name_is_suffix(struct bytes w) {
    static const char *const suffixes[] = { "jr", "sr", "ii", "iii", "iv" };
    for (size_t i = 0; i < array_count(suffixes); i++) {
        if (text_equals_lower(w, suffixes[i])) return true;
    }
    return false;
}

/* How much more of a name than of an ordinary word it is, by the lists' weights (binary logarithms). */
static int name_balance(uint32_t payload) {
    uint32_t surname = dictionary_weight_surname(payload), given = dictionary_weight_given(payload);
    return (int) (surname > given ? surname : given) - (int) dictionary_weight_common(payload);
}

static enum part_kind name_part(const struct name_reader *n, uint32_t i) {
    const struct word *w = &n->scan->words[i];
    uint64_t flags = scan_flags(n->scan, n->d, i);
    if (!word_is_letters(w) || (w->shape & (WORD_TOUCHES_LEFT | WORD_TOUCHES_RIGHT)) || w->len > 32) return PART_NONE;
    bool listed = (flags & NAME_LISTED) != 0;
    if (!word_is_capital(w)) {
        if (flags & FLAG_BIT(FLAG_PARTICLE)) return PART_PARTICLE;
        if (!listed || (flags & NAME_NOT_A_PART)) return PART_NONE;
        return (flags & FLAG_BIT(FLAG_COMMON)) == 0 && name_balance(w->payload) > 0 ? PART_LISTED : PART_NONE;
    }
    if (w->len == 1) return PART_INITIAL;
    if (name_is_suffix(scan_word(n->scan, i))) return PART_SUFFIX;
    if (n->mode != PARSE_PERSON_LOOSE && (flags & NAME_OF_A_ROLE)) return PART_NONE;
    if (flags & FLAG_BIT(FLAG_STOP)) return listed && n->mode == PARSE_PERSON_LOOSE ? PART_WEAK : PART_NONE;
    if (!listed) {
        if (flags & (NAME_NOT_A_PART | FLAG_BIT(FLAG_MONTH) | FLAG_BIT(FLAG_WEEKDAY))) return PART_NONE;
        return (flags & FLAG_BIT(FLAG_COMMON)) ? PART_ORDINARY : PART_WEAK;
    }
    if (flags & (NAME_CLINICAL | FLAG_BIT(FLAG_COMMON) | FLAG_BIT(FLAG_MONTH) | FLAG_BIT(FLAG_WEEKDAY))) return PART_LISTED;
    return PART_STRONG;
}

/* Without a label: a part that is rather something else must follow one that is a name and nothing else. */
static bool name_part_stands(const struct name_reader *n, uint32_t i, enum part_kind kind, enum part_kind before) {
    if (!n->lists_alone) return true;
    if (scan_flags(n->scan, n->d, i) & (FLAG_BIT(FLAG_STATE) | FLAG_BIT(FLAG_STATE_CODE))) return false; /* "Elberta, AL" */
    if (kind != PART_LISTED || before == PART_STRONG) return true;
    return (scan_flags(n->scan, n->d, i) & NAME_NEVER_ALONE) == 0 && name_balance(n->scan->words[i].payload) >= NAME_BALANCE_ALONE;
}

static size_t name_gap_len(const struct scan *scan, uint32_t i) {
    return scan->words[i].begin - (scan->words[i - 1].begin + scan->words[i - 1].len);
}

static uint8_t name_byte_at(const struct scan *scan, size_t at) {
    return at < scan->text.len ? scan->text.ptr[at] : '\n';
}

/* "Park, S." and "DOE, X" at a column's end, and not "Dr. Smith, I think". */
static bool name_initial_ends(const struct scan *scan, uint32_t i) {
    size_t end = scan_span(scan, i).end;
    uint8_t c = name_byte_at(scan, end), next = name_byte_at(scan, end + 1);
    if (c == '.' || c == ';' || c == ')' || c == '\n' || c == '\r' || c == '\t' || c == '|') return true;
    return c == ' ' && (next == ' ' || next == '\n' || next == '(' || next == '|');
}

/* Does the gap before word i keep a name together? before is the kind of the part that precedes. */
static bool name_gap_joins(const struct name_reader *n, uint32_t i, enum part_kind before, enum part_kind next, bool *comma_used) {
    switch ((enum word_gap) n->scan->words[i].gap) {
    case GAP_SPACE: return name_gap_len(n->scan, i) == 1 || next == PART_STRONG;
    case GAP_HYPHEN:
    case GAP_APOSTROPHE: return true;
    case GAP_PERIOD:
    case GAP_PERIOD_SPACE:
        if (name_gap_len(n->scan, i) > 2) return false; /* the next column */
        return before == PART_INITIAL || before == PART_SUFFIX || (before == PART_WEAK && n->scan->words[i - 1].len <= 2);
    case GAP_COMMA:
        if (*comma_used || before == PART_INITIAL || name_gap_len(n->scan, i) > 2) return next == PART_SUFFIX && !*comma_used;
        if (next == PART_SUFFIX) return true;
        *comma_used = true;
        if (next == PART_INITIAL) return name_initial_ends(n->scan, i);
        return next == PART_STRONG || next == PART_LISTED || next == PART_WEAK;
    case GAP_LINE: return before >= PART_LISTED && next == PART_STRONG;
    case GAP_NONE:
    case GAP_SLASH:
    case GAP_UNDERSCORE:
    case GAP_COLON:
    case GAP_OTHER:
    case GAP_OTHER_LINE:
    case GAP_BREAK: return false;
    }
    return false;
}

/* "Age: 76" after a name is the next label, whatever the lists say of "Age". */
static bool name_is_label(const struct name_reader *n, uint32_t i) {
    size_t end = scan_span(n->scan, i).end;
    uint8_t c = name_byte_at(n->scan, end);
    if (c == ':' || c == '#' || c == '=') return true;
    return c == ' ' && (name_byte_at(n->scan, end + 1) == ':' || name_byte_at(n->scan, end + 1) == '#');
}

static bool name_is_credential(const struct name_reader *n, uint32_t i) {
    const struct scan *scan = n->scan;
    if ((scan_flags(scan, n->d, i) & FLAG_BIT(FLAG_CREDENTIAL)) && (scan->words[i].shape & WORD_UPPER)) return true;
    for (uint32_t k = scan->words[i].phrase; k; k = scan->phrases[k - 1].shorter) { /* M.D. */
        if (dictionary_flags(n->d, scan->phrases[k - 1].payload) & FLAG_BIT(FLAG_CREDENTIAL)) return true;
    }
    return false;
}

/* "His sister is Epstein-Barr virus positive": what a list protects is no name, unless a label says so. */
static bool name_is_protected(const struct name_reader *n, uint32_t i) {
    if (n->mode == PARSE_PERSON_LOOSE) return false;
    for (uint32_t k = n->scan->words[i].phrase; k; k = n->scan->phrases[k - 1].shorter) {
        if (dictionary_flags(n->d, n->scan->phrases[k - 1].payload) & FLAG_BIT(FLAG_PROTECT)) return true;
    }
    return false;
}

struct name_read {
    uint32_t first, last; /* words; last inclusive */
    uint32_t weak, listed, strong, initials, ordinary;
    int balance;       /* the best part's */
    int balance_least; /* the worst part's */
    bool comma;
    bool any_lower;   /* a part in lower case */
    bool clinical;    /* the last part is an abbreviation or another term */
    bool short_upper; /* one unknown word of at most four capitals, where not all is in capitals */
};

static void name_count(struct name_read *r, enum part_kind kind, const struct word *w) {
    r->weak += kind == PART_WEAK;
    r->listed += kind == PART_LISTED;
    r->strong += kind == PART_STRONG;
    r->initials += kind == PART_INITIAL;
    r->ordinary += kind == PART_ORDINARY;
    r->any_lower |= !word_is_capital(w) && kind != PART_PARTICLE;
}

static void name_weigh(struct name_read *r, enum part_kind kind, uint32_t payload) {
    int balance = name_balance(payload);
    if (kind != PART_LISTED && kind != PART_STRONG) return;
    if (balance > r->balance) r->balance = balance;
    if (balance < r->balance_least) r->balance_least = balance;
}

/* Reads parts from word first on. False where not one stands there. */
static bool name_read(const struct name_reader *n, uint32_t first, struct name_read *out) {
    struct name_read r = { .first = first, .last = first, .balance = NAME_BALANCE_NONE, .balance_least = -NAME_BALANCE_NONE };
    enum part_kind before = PART_NONE;
    uint32_t parts = 0;
    bool any = false;
    for (uint32_t i = first; i < n->scan->word_count && parts < NAME_PARTS_MAX; i++) {
        enum part_kind kind = name_part(n, i);
        bool comma = r.comma;
        if (name_is_protected(n, i)) break;
        if (kind == PART_NONE || (kind == PART_ORDINARY && (n->mode != PARSE_PERSON_LOOSE || i > first + 1))) break;
        if (!name_part_stands(n, i, kind, before)) break;
        if (i > first && (name_is_label(n, i) || !name_gap_joins(n, i, before, kind, &comma))) break;
        /* In capitals "SMITH WAS" ends with the name; "Quynh Do" does not. */
        if (i > first && n->scan->words[i].gap == GAP_SPACE && n->scan->words[i].len > 1 && (n->scan->words[i - 1].shape & WORD_UPPER) && n->scan->words[i - 1].len > 1
            && (scan_flags(n->scan, n->d, i) & FLAG_BIT(FLAG_STOP)))
            break;
        if (i > first && n->mode == PARSE_PERSON_SINGLE && n->scan->words[i].gap != GAP_HYPHEN && n->scan->words[i].gap != GAP_APOSTROPHE) break;
        if (i > first && n->scan->words[i].gap == GAP_COMMA && name_is_credential(n, i) && kind != PART_STRONG) break;
        if (i > first && n->scan->words[i].gap == GAP_SPACE && name_is_credential(n, i) && n->scan->words[i].len >= 2) break;
        /* The possessive is no part: Smith's. */
        if (i > first && n->scan->words[i].gap == GAP_APOSTROPHE && n->scan->words[i].len == 1) break;
        name_count(&r, kind, &n->scan->words[i]);
        name_weigh(&r, kind, n->scan->words[i].payload);
        before = kind;
        parts += kind != PART_PARTICLE;
        if (kind == PART_PARTICLE) continue; /* counts once something follows */
        r.comma = comma;
        r.last = i;
        any = true;
    }
    if (!any || (r.weak + r.listed + r.strong + r.ordinary == 0)) return false;
    const struct word *only = &n->scan->words[r.last];
    r.clinical = (scan_flags(n->scan, n->d, r.last) & NAME_CLINICAL) != 0;
    bool upper_line = r.last + 1 < n->scan->word_count && (n->scan->words[r.last + 1].shape & WORD_UPPER) && n->scan->words[r.last + 1].len > 1;
    r.short_upper = r.first == r.last && (only->shape & WORD_UPPER) && only->len <= 4 && !upper_line;
    *out = r;
    return true;
}

/* Skips what may stand between a label and its name. */
static bool name_lead(const struct name_reader *n, size_t at, uint32_t *out_word) {
    struct bytes text = n->scan->text;
    size_t lines = 0, i = at;
    while (i < text.len && i - at < NAME_LEAD_LEN_MAX && !text_is_alnum(text.ptr[i]) && text.ptr[i] < 0x80) {
        if (text.ptr[i] == '\n' && ++lines > 1) return false;
        if (!strchr(" \t\r\n:#=-.\"'(*[_", text.ptr[i])) return false;
        i++;
    }
    uint32_t word = scan_word_at(n->scan, i);
    if (word >= n->scan->word_count || scan_span(n->scan, word).begin != i) return false;
    /* "Patient: Mr. John Smith" */
    while (word + 1 < n->scan->word_count && (scan_flags(n->scan, n->d, word) & FLAG_BIT(FLAG_TITLE)) && word_is_capital(&n->scan->words[word])) {
        uint8_t gap = n->scan->words[word + 1].gap;
        if (gap != GAP_PERIOD_SPACE && gap != GAP_PERIOD && gap != GAP_SPACE) break;
        word++;
    }
    *out_word = word;
    return true;
}

/* One word alone must be at least as much a name as an ordinary word; what no list knows is a name where a label says so. */
static bool name_suffices(enum rule_parse mode, const struct name_read *r) {
    if (mode != PARSE_PERSON_LOOSE && r->short_upper && (r->strong == 0 || r->clinical)) return false; /* "brought in by EMS" */
    if (r->strong > 0) return true;
    if (r->weak > 0) return mode == PARSE_PERSON_LOOSE || !r->any_lower;
    if (r->listed > 0) return r->balance >= (mode == PARSE_PERSON_LOOSE ? NAME_BALANCE_LOOSE : NAME_BALANCE_PERSON);
    return mode == PARSE_PERSON_LOOSE && r->initials > 0;
}

static bool name_is_interjection(struct bytes w) {
    static const char *const said[] = { "yeah", "yes", "yep", "okay", "ok", "well", "so", "right", "sure", "alright", "oh", "um", "uh", "hmm", "hi", "hello", "thanks", "great", "absolutely",
                                        "exactly", "correct", "sorry", "wow", "gotcha", "perfect", "awesome", "nope", "nah", "mhm", "wonderful", "excellent" };
    for (size_t i = 0; i < array_count(said); i++) {
        if (text_equals_lower(w, said[i])) return true;
    }
    return false;
}

/* "Doctor: Can you bend it?", "Patient: So, um": a turn of a conversation. A name there is followed by no ordinary word but a verb. */
static bool name_is_turn(const struct name_reader *n, const struct name_read *r) {
    const struct scan *scan = n->scan;
    size_t at = scan_span(scan, r->first).begin;
    while (at > 0 && scan->text.ptr[at - 1] == ' ') at--;
    if (at == 0 || scan->text.ptr[at - 1] != ':' || r->first != r->last || r->last + 1 >= scan->word_count) return false;
    const struct word *next = &scan->words[r->last + 1];
    uint64_t flags = scan_flags(scan, n->d, r->first), after = scan_flags(scan, n->d, r->last + 1);
    if (name_is_interjection(scan_word(scan, r->first))) return true;
    if ((flags & (FLAG_BIT(FLAG_STOP) | FLAG_BIT(FLAG_COMMON))) == 0 || !word_is_letters(next)) return false;
    if (next->gap == GAP_COMMA) return (flags & FLAG_BIT(FLAG_STOP)) && !word_is_capital(next);
    if (next->gap != GAP_SPACE || word_is_capital(next) || (after & FLAG_BIT(FLAG_VERB_PERSON))) return false;
    return (flags & FLAG_BIT(FLAG_STOP)) || name_balance(scan->words[r->first].payload) < 0;
}

static struct span name_span(const struct scan *scan, const struct name_read *r) {
    struct span s = { .begin = scan_span(scan, r->first).begin, .end = scan_span(scan, r->last).end };
    /* The period of an initial at the end belongs to it: "Smith, John A." */
    if (scan->words[r->last].len == 1 && name_byte_at(scan, s.end) == '.') s.end++;
    return s;
}

bool recognizer_name_parse(const struct scan *scan, const struct dictionary *d, size_t at, enum rule_parse mode, struct span *out) {
    struct name_reader n = { .scan = scan, .d = d, .mode = mode };
    struct name_read r;
    uint32_t word;
    if (!name_lead(&n, at, &word) || !name_read(&n, word, &r) || !name_suffices(mode, &r) || name_is_turn(&n, &r)) return false;
    *out = name_span(scan, &r);
    return true;
}

/* ---- names without a label ---- */

static int name_report(struct scratch *s, struct span span, enum entity entity, uint16_t score, enum finding_source source, enum recognizer who) {
    struct finding f = { .span = span, .entity = entity, .score = score, .source = source, .recognizer = (uint16_t) who };
    return scratch_add(s, f, false);
}

/* Backward from a credential: "…, Joshua Kling, RN". */
static int name_before_credential(struct scratch *s, const struct name_reader *n, uint32_t credential) {
    const struct scan *scan = n->scan;
    uint8_t gap = scan->words[credential].gap;
    uint32_t first = credential;
    bool comma_used = false, any = false;
    if (credential == 0 || (gap != GAP_COMMA && gap != GAP_SPACE && gap != GAP_PERIOD_SPACE)) return 0;
    enum part_kind after = PART_STRONG;
    for (uint32_t i = credential; i-- > 0 && credential - i <= NAME_PARTS_MAX;) {
        enum part_kind kind = name_part(n, i);
        bool comma = comma_used;
        if (kind <= PART_ORDINARY || (!word_is_capital(&scan->words[i]) && kind != PART_PARTICLE)) break;
        if (i + 1 < credential && !name_gap_joins(n, i + 1, kind, after, &comma)) break;
        /* "Dr. Smith, John Jones, MD": one comma, and only between names. */
        if (comma && !comma_used && (kind < PART_LISTED || after < PART_LISTED)) break;
        comma_used = comma;
        after = kind;
        if (kind == PART_PARTICLE || kind == PART_SUFFIX) continue;
        first = i;
        any |= kind != PART_INITIAL;
    }
    if (!any) return 0;
    struct span span = { .begin = scan_span(scan, first).begin, .end = scan_span(scan, credential - 1).end };
    return name_report(s, span, ENTITY_PROVIDER, NAME_SURE, FINDING_LABEL, RECOGNIZER_CREDENTIAL);
}

/* 0: not a name by lists alone. */
static uint16_t name_score(const struct name_reader *n, const struct name_read *r) {
    /* Two names joined by a hyphen alone are an instrument or a procedure as likely: Carter-Thomason, Jackson-Pratt. */
    bool pair = r->last == r->first + 1 && n->scan->words[r->last].gap == GAP_HYPHEN;
    uint64_t first = scan_flags(n->scan, n->d, r->first);
    if (r->any_lower || pair) return 0;
    if (r->strong >= 2) return NAME_PAIR;
    if ((first & (FLAG_BIT(FLAG_GIVEN) | FLAG_BIT(FLAG_NICKNAME))) == 0 && !r->comma) return 0;
    if (r->strong == 0) return r->listed >= 2 && r->balance_least >= 0 ? NAME_LIKELY : 0; /* "Joy Fisher", not "Mark Price" */
    return r->listed + r->initials > 0 ? NAME_LIKELY : 0;
}

static bool name_line_is_upper(const struct scan *scan, uint32_t i) {
    return (scan->words[i].shape & WORD_UPPER) && scan->words[i].len > 1;
}

static int name_from_lists(struct scratch *s, const struct name_reader *n, uint32_t i, uint32_t *out_next) {
    struct name_read r;
    *out_next = i + 1;
    if (!name_read(n, i, &r)) return 0;
    uint16_t score = name_score(n, &r);
    if (score == 0) return 0;
    /* In a line of capitals every word is capitalised: only what is hardly anything else counts. */
    if (name_line_is_upper(n->scan, i) && r.strong < 2) return 0;
    *out_next = r.last + 1;
    return name_report(s, name_span(n->scan, &r), ENTITY_PERSON, score, FINDING_LIST, RECOGNIZER_NAME_LIST);
}

int recognizer_name_run(struct scratch *s) {
    const struct scan *scan = &s->scan;
    struct name_reader n = { .scan = scan, .d = s->engine->dictionary, .mode = PARSE_PERSON, .lists_alone = true };
    uint32_t next = scan->core_first;
    for (uint32_t i = scan->core_first; i < scan->core_end; i++) {
        const struct word *w = &scan->words[i];
        int r = 0;
        if (!word_is_capital(w) || (w->payload == 0 && w->phrase == 0)) continue;
        if (name_is_credential(&n, i)) r = name_before_credential(s, &n, i);
        if (r == 0 && i >= next && (scan_flags(scan, n.d, i) & NAME_LISTED)) r = name_from_lists(s, &n, i, &next);
        if (r < 0) return r;
    }
    return 0;
}
