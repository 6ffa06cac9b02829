/* What ruleset_parse.c reads and ruleset.c seals. Everything lives in the coming ruleset's arena.
 * Threads: one. */
#pragma once

#include "redact/ruleset.h"

/* Up to two groups of digits with the signs after them; a length is 1..16, 16 standing for more; min 0: no such group. */
struct rule_shape {
    uint8_t len_min[2], len_max[2];
    uint8_t signs[2]; /* 1 << enum rule_sign */
};

struct builder_define {
    struct bytes name, text;
    struct builder_define *older;
};

struct builder_context {
    struct bytes name;
    struct bytes words; /* as written, comma separated */
    size_t line;
    const char *path;
};

/* Where rules begin: what a rule's trigger lines said. */
struct builder_trigger {
    uint16_t rule;
    enum rule_trigger kind;
    struct bytes keyword;      /* KEYWORD */
    struct rule_shape shape;   /* NUMBER */
    uint8_t value;             /* CHAR: the byte; MIXED: 0 letter first, 1 digit first; FLAG: enum dictionary_flag */
    struct builder_trigger *next;
};

struct builder_column {
    enum entity entity;
    struct bytes names;
    size_t line;
    const char *path;
    struct builder_column *next;
};

struct ruleset_builder {
    struct ruleset *ruleset;
    struct builder_define *defines;
    struct builder_context contexts[RULESET_CONTEXTS_MAX];
    size_t context_count;
    const struct profile_kind *kinds;
    size_t kind_count;
    struct builder_trigger *triggers; /* newest first */
    struct builder_column *columns;
    /* The file and line being read, the rule being filled. */
    const char *path;
    size_t line;
    struct rule *rule;
    struct buf pattern; /* of the rule being filled, defines expanded */
    struct problem *problem;
};

/* Next part of a comma-separated list, trimmed; false at the end. Empty parts are skipped. */
bool builder_next_part(struct bytes *list, struct bytes *out);
struct bytes builder_trim(struct bytes b);
