/* struct evaluation: one run of deidfs-eval, and its report: tables, JSON, listings of errors, floors.
 * Threads: main thread. Ownership: evaluation_free() frees all it holds. */
#pragma once

#include "redact/redact.h"
#include "tools/score.h"

enum { EVALUATION_REFUSED = ENTITY_COUNT, EVALUATION_BELOW_FLOOR = 1 };

struct evaluation_file {
    const char *path;
    size_t end; /* the file's documents end here in the set; they begin where the one before ends */
    struct score score, other;
};

struct evaluation {
    struct engine *engine;
    struct gold_set set;
    struct gold_labels *predictions; /* one a document of the set */
    struct evaluation_file *files;
    size_t file_count;
    struct score total, other_total;
    const char *compare_path; /* NULL: none */
    const struct gold_set *compared;
    size_t errors_max;
    double seconds;
};

struct evaluation *evaluation_new(size_t file_count_max);
void evaluation_free(struct evaluation *r);
/* "PATIENT" … or "REFUSED". */
const char *evaluation_entity_name(uint16_t name);

/* Fills the scores of files and totals; other may be NULL. */
_must_use_ int evaluation_score(struct evaluation *r, const struct gold_set *other);
_must_use_ int evaluation_print_tables(const struct evaluation *r);
_must_use_ int evaluation_print_json(const struct evaluation *r);
/* Up to errors_max examples of each class, with the text around them. Labelled test text only. */
_must_use_ int evaluation_print_errors(const struct evaluation *r);
/* 0, or EVALUATION_BELOW_FLOOR with the first failing measure in p. Lines of the file: "recall_span 0.99", "recall_span NAME 0.98",
 * "precision 0.97", "documents_clean 0.97", "over_per_kb_max 2.0", "protect_max 0.001"; '#' begins a comment. */
_must_use_ int evaluation_check_floors(const struct evaluation *r, const char *path, struct problem *p);
