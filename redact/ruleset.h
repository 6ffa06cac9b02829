/* ruleset: rule files (redact/rules/README.md) compiled: each rule's PCRE2 code, and tables that lead from a keyword, a number's shape, a touching
 * letter and digit, a character or a list's flag to the few rules worth trying there.
 * Threads: immutable after ruleset_seal(); share freely. Ownership: ruleset_free(). */
#pragma once

#include "conf/base/arena.h"
#include "conf/profile.h"
#include "redact/checkdigit.h"
#include "redact/finding.h"
#include "redact/gate.h"
#include "redact/scan.h"
#include "redact/sieve.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
    RULE_NAME_LEN_MAX = 47,
    RULE_SUBJECT_LEN = 512,  /* a match reaches at most this far past where the pattern begins */
    RULE_NEEDS_MAX = 4,
    RULE_GROUPS_MAX = 12,
    RULE_BACK_MAX = 12,
    RULE_CONTEXT_WORDS_MAX = 16,
    RULESET_RULES_MAX = 4096,
    RULESET_FILE_LEN_MAX = 4 << 20,
    RULESET_CONTEXTS_MAX = 64,
    RULE_SHAPE_LENS = 17,    /* digits of a group: 1..15, 16 and more, 0 no group */
    RULE_SHAPE_SIGNS = 8,
    RULE_CASES = 3,
};

enum rule_trigger { TRIGGER_NONE, TRIGGER_KEYWORD, TRIGGER_NUMBER, TRIGGER_MIXED, TRIGGER_CHAR, TRIGGER_FLAG };
/* How the trigger is written: rules that want capitals are not even looked at elsewhere. */
enum rule_case { CASE_LOWER, CASE_CAPITAL, CASE_UPPER };
enum rule_anchor { ANCHOR_DEFAULT, ANCHOR_AT, ANCHOR_AFTER, ANCHOR_BACK };
enum rule_parse { PARSE_NONE, PARSE_PERSON, PARSE_PERSON_LOOSE, PARSE_PERSON_SINGLE };
enum rule_when { WHEN_CAPITAL = 1, WHEN_UPPER = 2, WHEN_LINE_START = 4, WHEN_LINE_END = 8, WHEN_COLON = 16, WHEN_NOT_LOWER_DOC = 32,
                 WHEN_AFTER_COMMA = 64, WHEN_AFTER_BAR = 128 };
/* What the word after the trigger, on the same line, may be. */
enum rule_next_word { NEXT_CAPITAL = 1, NEXT_LOWER = 2, NEXT_NUMBER = 4 };
/* The sign after a group of digits, in a shape. */
enum rule_sign { SIGN_ANY, SIGN_HYPHEN, SIGN_SLASH, SIGN_PERIOD, SIGN_COLON, SIGN_COMMA, SIGN_SPACE, SIGN_TOUCH };

/* Context words within some tokens of the trigger. */
struct rule_need {
    uint64_t contexts; /* one bit a context */
    uint8_t before, after; /* words; 0: not looked at */
    bool avoid;
};

struct rule_group {
    uint8_t number; /* PCRE2's */
    enum entity entity;
};

/* A `yes` or `no` line. */
struct rule_example {
    struct bytes text;
    struct bytes *values;
    size_t value_count; /* 0: a `no` line */
    size_t line;
};

/* What trying a rule at a place needs comes first. */
struct rule {
    pcre2_code *code;         /* NULL: parse alone */
    struct sieve sieve;       /* where code certainly does not match */
    uint64_t begins[4];       /* bytes a match can begin with, one bit each; all bits where it may be empty */
    uint64_t next[4];         /* bytes that may follow the trigger; all bits where any may */
    bool is_jit;
    uint8_t next_word;        /* enum rule_next_word; 0: any */
    uint8_t back;
    uint8_t when;             /* enum rule_when */
    bool drops;               /* "entity drop" */
    uint8_t kind;             /* finding.kind */
    enum rule_anchor anchor;
    enum rule_parse parse;
    enum rule_trigger trigger;
    enum entity entity;
    enum finding_source source;
    uint16_t score;
    int16_t score_invalid;    /* when the validator says no; < 0: no finding */
    checkdigit_fn validate;
    size_t need_count;
    size_t group_count;
    struct rule_need needs[RULE_NEEDS_MAX];
    struct rule_group groups[RULE_GROUPS_MAX];
    char name[RULE_NAME_LEN_MAX + 1];
    const char *path;         /* of its file, for problems */
    size_t line;
    /* As written, for tests, --explain and the differential test. */
    struct bytes pattern;     /* defines expanded */
    struct bytes *keywords;
    size_t keyword_count;
    struct rule_example *examples;
    size_t example_count;
};

/* Rule numbers that a trigger leads to: ascending, in ruleset.lists[first .. first + count). */
struct rule_list {
    uint32_t first;
    uint16_t count;
    uint16_t gate; /* the same list in the gate; 0: empty */
};

enum { RULESET_HEADER_LEN_MAX = 128 }; /* bytes of a column's header; a longer one is unknown */

/* A header word of tables ("patient last name"): what stands in the column. */
struct ruleset_column {
    uint64_t hash; /* of the phrase */
    enum entity entity;
};

struct ruleset {
    struct arena arena;
    struct rule *rules;
    size_t rule_count;
    uint16_t *lists;
    size_t list_len;
    struct gate gate;
    struct rule_list (*by_class)[RULE_CASES]; /* of the dictionary: keyword and flag triggers, by the word's case; class_count long */
    uint64_t *class_contexts;      /* contexts a word of the class belongs to */
    uint32_t class_count;
    struct rule_list by_shape[RULE_SHAPE_LENS][RULE_SHAPE_SIGNS][RULE_SHAPE_LENS][RULE_SHAPE_SIGNS];
    struct rule_list by_mixed[2];  /* letter first, digit first */
    struct rule_list by_char[128];
    uint8_t chars[256];            /* trigger characters, for scan_run() */
    struct ruleset_column *columns; /* by hash */
    size_t column_count;
};

/* Several files one after another, then ruleset_seal(). Problems name file and line. */
struct ruleset_builder;
_must_use_ int ruleset_builder_new(struct ruleset_builder **out_builder);
void ruleset_builder_free(struct ruleset_builder *b);
static inline void ruleset_builder_freep(struct ruleset_builder **b) {
    ruleset_builder_free(*b);
    *b = NULL;
}
/* Classes of the site's own, which rules added from now on may find; borrowed until ruleset_seal(). */
void ruleset_know_kinds(struct ruleset_builder *b, const struct profile_kind *kinds, size_t count);
/* text and path are copied. */
_must_use_ int ruleset_add(struct ruleset_builder *b, struct bytes text, const char *path, struct problem *p);
/* Rules so far. */
size_t ruleset_builder_count(const struct ruleset_builder *b);
/* Puts the keywords and contexts into the dictionary and makes the tables. The builder is empty afterwards. */
_must_use_ int ruleset_seal(struct ruleset_builder *b, struct dictionary *d, struct ruleset **out_ruleset, struct problem *p);
void ruleset_free(struct ruleset *r);
static inline void ruleset_freep(struct ruleset **r) {
    ruleset_free(*r);
    *r = NULL;
}

/* What a table's column holds, by its header; false where no rule file knows it. */
_must_use_ bool ruleset_column_find(const struct ruleset *r, struct bytes header, enum entity *out);

/* Is every repetition bounded or possessive, and nothing used that a rule may not use? For problems: *out_why, a static string. */
_must_use_ bool rule_pattern_is_bounded(struct bytes pattern, const char **out_why);
/* Compiled as rules are, anchored or (for the differential test) not. */
_must_use_ int rule_compile(struct bytes pattern, bool anchored, pcre2_code **out_code, struct problem *p);
/* Fills code, is_jit and begins. */
_must_use_ int rule_prepare(struct rule *rule, struct bytes pattern, struct problem *p);
static inline bool rule_begins_with(const struct rule *rule, uint8_t byte) {
    return rule->begins[byte >> 6] >> (byte & 63) & 1;
}
