/* Builder's life and the tables from triggers to rules. */
#include "redact/ruleset.h"

#include <errno.h>

#include "conf/base/size.h"
#include "redact/ruleset_builder.h"

enum { RULESET_ARENA_LEN_MAX = 256 << 20, RULE_PATTERN_LEN_MAX = 256 * 1024 };

size_t ruleset_builder_count(const struct ruleset_builder *b) {
    return b->ruleset->rule_count;
}

int ruleset_builder_new(struct ruleset_builder **out_builder) {
    struct ruleset_builder *b = calloc(1, sizeof(*b));
    struct ruleset *r = calloc(1, sizeof(*r));
    if (r) r->rules = calloc(RULESET_RULES_MAX, sizeof(*r->rules));
    if (!b || !r || !r->rules) {
        if (r) free(r->rules);
        free(r);
        free(b);
        return -ENOMEM;
    }
    arena_init(&r->arena, RULESET_ARENA_LEN_MAX);
    buf_init(&b->pattern, RULE_PATTERN_LEN_MAX);
    b->ruleset = r;
    *out_builder = b;
    return 0;
}

void ruleset_builder_free(struct ruleset_builder *b) {
    if (!b) return;
    /* A rule that was refused half-way may hold code, but is not counted yet. */
    if (b->rule) pcre2_code_free(b->rule->code);
    ruleset_free(b->ruleset);
    buf_release(&b->pattern);
    free(b);
}

void ruleset_free(struct ruleset *r) {
    if (!r) return;
    for (size_t i = 0; i < r->rule_count; i++) pcre2_code_free(r->rules[i].code);
    arena_release(&r->arena);
    free(r->rules);
    free(r);
}

/* A trigger led to a class, shape, byte: pairs (key, rule), sorted, become the lists. */
struct seal_pair {
    uint32_t key;
    uint16_t rule;
};

struct seal {
    struct ruleset_builder *builder;
    struct dictionary *dictionary;
    struct problem *problem;
    struct seal_pair *pairs;
    size_t count, capacity;
};

static void seal_release(struct seal *s) {
    free(s->pairs);
}

static int seal_fail(const struct seal *s, const char *path, size_t line, int error) {
    const char *what = error == -E2BIG ? "too many keywords for the dictionary's table" : "a keyword is 1 to 6 words of letters or digits";
    return problem_set(s->problem, error, "%s:%zu: %s", path, line, what);
}

static int seal_add(struct seal *s, uint32_t key, uint16_t rule) {
    if (s->count == s->capacity) {
        size_t capacity = s->capacity ? 2 * s->capacity : 1024;
        struct seal_pair *pairs = realloc(s->pairs, capacity * sizeof(*pairs));
        if (!pairs) return -ENOMEM;
        s->pairs = pairs;
        s->capacity = capacity;
    }
    s->pairs[s->count++] = (struct seal_pair) { .key = key, .rule = rule };
    return 0;
}

static int seal_compare(const void *a, const void *b) {
    const struct seal_pair *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

/* Moves the pairs into lists: lists[key] for each key. Pairs that say the same twice count once. */
static int seal_lists(struct seal *s, struct rule_list *lists, size_t key_count) {
    struct ruleset *r = s->builder->ruleset;
    if (s->count == 0) return 0;
    qsort(s->pairs, s->count, sizeof(*s->pairs), seal_compare);
    uint16_t *all = arena_alloc(&r->arena, r->list_len + s->count, sizeof(*all));
    if (!all) return -ENOMEM;
    if (r->list_len > 0) memcpy(all, r->lists, r->list_len * sizeof(*all));
    for (size_t i = 0; i < s->count; i++) {
        if (i > 0 && seal_compare(&s->pairs[i - 1], &s->pairs[i]) == 0) continue;
        must(s->pairs[i].key < key_count);
        struct rule_list *list = &lists[s->pairs[i].key];
        if (list->count == 0) list->first = (uint32_t) r->list_len;
        list->count++;
        all[r->list_len++] = s->pairs[i].rule;
    }
    r->lists = all;
    s->count = 0;
    for (size_t key = 0; key < key_count; key++) {
        if (lists[key].count == 0) continue;
        int e = gate_add_list(&r->gate, &r->arena, all + lists[key].first, lists[key].count, &lists[key].gate);
        if (e < 0) return problem_set(s->problem, e, "too many rules lead from too many words");
    }
    return 0;
}

/* Into the lists of all cases that the rule wants its trigger in. A list's key is class * RULE_CASES + case. */
static int seal_add_class(struct seal *s, uint32_t class, uint16_t rule) {
    uint8_t when = s->builder->ruleset->rules[rule].when;
    unsigned first = when & WHEN_UPPER ? CASE_UPPER : when & (WHEN_CAPITAL | WHEN_NOT_LOWER_DOC) ? CASE_CAPITAL : CASE_LOWER;
    for (unsigned written = first; written < RULE_CASES; written++) {
        int r = seal_add(s, class * RULE_CASES + written, rule);
        if (r < 0) return r;
    }
    return 0;
}

static int seal_keywords(struct seal *s) {
    for (const struct builder_trigger *t = s->builder->triggers; t; t = t->next) {
        if (t->kind != TRIGGER_KEYWORD) continue;
        uint32_t class = 0;
        const struct rule *rule = &s->builder->ruleset->rules[t->rule];
        int r = dictionary_add_class(s->dictionary, t->keyword, &class);
        if (r < 0) return seal_fail(s, rule->path, rule->line, r);
        r = seal_add_class(s, class, t->rule);
        if (r < 0) return r;
    }
    return 0;
}

static int seal_contexts(struct seal *s, uint64_t *masks) {
    for (size_t i = 0; i < s->builder->context_count; i++) {
        const struct builder_context *c = &s->builder->contexts[i];
        struct bytes words = c->words, part;
        if (words.len == 0) return problem_set(s->problem, -EINVAL, "%s:%zu: this context is defined nowhere", c->path, c->line);
        while (builder_next_part(&words, &part)) {
            uint32_t class = 0;
            int r = dictionary_add_class(s->dictionary, part, &class);
            if (r < 0) return seal_fail(s, c->path, c->line, r);
            masks[class] |= UINT64_C(1) << i;
        }
    }
    return 0;
}

static int seal_flags(struct seal *s) {
    for (const struct builder_trigger *t = s->builder->triggers; t; t = t->next) {
        if (t->kind != TRIGGER_FLAG) continue;
        for (uint32_t class = 1; class < s->dictionary->class_count; class++) {
            if ((s->dictionary->classes[class] >> t->value & 1) == 0) continue;
            int r = seal_add_class(s, class, t->rule);
            if (r < 0) return r;
        }
    }
    return 0;
}

static int seal_classes(struct seal *s) {
    struct ruleset *r = s->builder->ruleset;
    /* Every keyword and context phrase may open a class; so may their beginnings. */
    uint64_t *masks = arena_alloc(&r->arena, DICTIONARY_CLASSES_MAX + 1, sizeof(*masks));
    if (!masks) return -ENOMEM;
    int e = seal_keywords(s);
    if (e == 0) e = seal_contexts(s, masks);
    if (e == 0) e = seal_flags(s);
    if (e < 0) return e;
    r->class_count = s->dictionary->class_count;
    r->class_contexts = masks;
    r->by_class = arena_alloc(&r->arena, r->class_count, sizeof(*r->by_class));
    if (!r->by_class) return -ENOMEM;
    return seal_lists(s, &r->by_class[0][0], (size_t) r->class_count * RULE_CASES);
}

static bool seal_shape_fits(const struct rule_shape *shape, unsigned i, unsigned len, unsigned sign) {
    if (shape->len_min[i] == 0) return true;
    return len >= shape->len_min[i] && len <= shape->len_max[i] && (shape->signs[i] >> sign & 1);
}

enum { SEAL_SHAPES = RULE_SHAPE_LENS * RULE_SHAPE_SIGNS * RULE_SHAPE_LENS * RULE_SHAPE_SIGNS };

static int seal_shape(struct seal *s, const struct builder_trigger *t) {
    for (unsigned key = 0; key < SEAL_SHAPES; key++) {
        unsigned sign2 = key % RULE_SHAPE_SIGNS, len2 = key / RULE_SHAPE_SIGNS % RULE_SHAPE_LENS;
        unsigned rest = key / RULE_SHAPE_SIGNS / RULE_SHAPE_LENS;
        if (!seal_shape_fits(&t->shape, 0, rest / RULE_SHAPE_SIGNS, rest % RULE_SHAPE_SIGNS)) continue;
        if (!seal_shape_fits(&t->shape, 1, len2, sign2)) continue;
        int r = seal_add(s, key, t->rule);
        if (r < 0) return r;
    }
    return 0;
}

static int seal_others(struct seal *s, enum rule_trigger kind) {
    for (const struct builder_trigger *t = s->builder->triggers; t; t = t->next) {
        if (t->kind != kind) continue;
        int r = kind == TRIGGER_NUMBER ? seal_shape(s, t) : seal_add(s, t->value, t->rule);
        if (r < 0) return r;
        if (kind == TRIGGER_CHAR) s->builder->ruleset->chars[t->value] = 1;
    }
    return 0;
}

static int seal_column(struct seal *s, const struct builder_column *c) {
    struct ruleset *r = s->builder->ruleset;
    struct bytes names = c->names, part;
    while (builder_next_part(&names, &part)) {
        uint64_t words[DICTIONARY_PHRASE_WORDS_MAX];
        int count = dictionary_split(part, words, DICTIONARY_PHRASE_WORDS_MAX);
        if (count < 0) return seal_fail(s, c->path, c->line, count);
        uint64_t hash = words[0];
        for (int i = 1; i < count; i++) hash = word_hash_join(hash, words[i]);
        if ((r->column_count & (r->column_count - 1)) == 0) { /* full at powers of two */
            struct ruleset_column *more = arena_alloc(&r->arena, r->column_count ? 2 * r->column_count : 1, sizeof(*more));
            if (!more) return -ENOMEM;
            if (r->column_count > 0) memcpy(more, r->columns, r->column_count * sizeof(*more));
            r->columns = more;
        }
        r->columns[r->column_count++] = (struct ruleset_column) { .hash = hash, .entity = c->entity };
    }
    return 0;
}

static int seal_column_compare(const void *a, const void *b) {
    const struct ruleset_column *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

bool ruleset_column_find(const struct ruleset *r, struct bytes header, enum entity *out) {
    uint64_t words[DICTIONARY_PHRASE_WORDS_MAX];
    int count = header.len <= RULESET_HEADER_LEN_MAX ? dictionary_split(header, words, DICTIONARY_PHRASE_WORDS_MAX) : 0;
    if (count <= 0) return false;
    uint64_t hash = words[0];
    for (int i = 1; i < count; i++) hash = word_hash_join(hash, words[i]);
    size_t low = 0, high = r->column_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->columns[middle].hash < hash) low = middle + 1;
        else high = middle;
    }
    if (low == r->column_count || r->columns[low].hash != hash) return false;
    *out = r->columns[low].entity;
    return true;
}

/* What rules hold for tests and reports: their keywords, in the order of the file. */
static int seal_keyword_texts(struct seal *s) {
    struct ruleset *r = s->builder->ruleset;
    for (const struct builder_trigger *t = s->builder->triggers; t; t = t->next) r->rules[t->rule].keyword_count += t->kind == TRIGGER_KEYWORD;
    for (size_t i = 0; i < r->rule_count; i++) {
        struct rule *rule = &r->rules[i];
        if (rule->keyword_count == 0) continue;
        rule->keywords = arena_alloc(&r->arena, rule->keyword_count, sizeof(*rule->keywords));
        if (!rule->keywords) return -ENOMEM;
        rule->keyword_count = 0;
    }
    for (const struct builder_trigger *t = s->builder->triggers; t; t = t->next) {
        struct rule *rule = &r->rules[t->rule];
        if (t->kind == TRIGGER_KEYWORD) rule->keywords[rule->keyword_count++] = t->keyword;
    }
    return 0;
}

int ruleset_seal(struct ruleset_builder *b, struct dictionary *d, struct ruleset **out_ruleset, struct problem *p) {
    _cleanup_(seal_release) struct seal s = { .builder = b, .dictionary = d, .problem = p };
    struct ruleset *r = b->ruleset;
    int e = gate_make(&r->gate, &r->arena, r->rules, r->rule_count);
    if (e == 0) e = seal_classes(&s);
    if (e == 0) e = seal_others(&s, TRIGGER_NUMBER);
    if (e == 0) e = seal_lists(&s, &r->by_shape[0][0][0][0], SEAL_SHAPES);
    if (e == 0) e = seal_others(&s, TRIGGER_MIXED);
    if (e == 0) e = seal_lists(&s, r->by_mixed, array_count(r->by_mixed));
    if (e == 0) e = seal_others(&s, TRIGGER_CHAR);
    if (e == 0) e = seal_lists(&s, r->by_char, array_count(r->by_char));
    for (const struct builder_column *c = b->columns; c && e == 0; c = c->next) e = seal_column(&s, c);
    if (e == 0) e = seal_keyword_texts(&s);
    if (e < 0) return e;
    if (r->column_count > 0) qsort(r->columns, r->column_count, sizeof(*r->columns), seal_column_compare);
    b->ruleset = NULL;
    *out_ruleset = r;
    return 0;
}
