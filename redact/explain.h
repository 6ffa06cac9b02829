/* explain: why each finding of a document was made, and what became of the others that were made in the same place: which lost to a stronger one, which
 * were dropped as something that only looks like an identifier, which score below the profile's least. For deidfs-filter --explain; never in the mount.
 * Holds document text: it lives in the scratch until its next use.
 * Threads: one document, one thread. */
#pragma once

#include "redact/map.h"
#include "redact/redact.h"

enum explain_fate {
    EXPLAIN_WON,        /* decides its place's class */
    EXPLAIN_WEAKER,     /* another source is believed more (finding.h's order) */
    EXPLAIN_LOWER,      /* the same kind of source, a lower score */
    EXPLAIN_SHORTER,    /* equal in both, and shorter */
    EXPLAIN_DROPPED,    /* consumed: a protected phrase, an eponym before its head, a rule that drops */
    EXPLAIN_BELOW,      /* its place scores below the profile's min_score: stays readable */
};

struct explain_item {
    struct finding finding; /* span in explanation.text */
    enum explain_fate fate;
    uint8_t pass;           /* 1, or 2: found again by what the first pass was sure of, or by a roster */
    uint16_t by;            /* recognizer it lost to or that dropped it */
    struct span place;      /* of the finding that covers it; its own where none does */
};

/* What a run's recognizers found, as it was before it was resolved. */
struct explain_trace {
    struct findings candidates, seconds; /* of the first and second pass */
    struct findings drops;
    bool is_second;
};

struct explanation {
    struct bytes text;           /* decoded, UTF-8 */
    struct explain_item *items;  /* by place, winners first */
    size_t count, capacity;
    struct explain_trace trace;  /* of the run being read */
};

/* For redact.c, while a run is read: remembers findings from `first` on and all drops; trace.is_second tells the pass. -ENOMEM. */
_must_use_ int explain_note(struct explanation *x, struct arena *a, const struct findings *found, size_t first, const struct findings *drops);
/* The run is resolved: fates, with spans taken to the decoded text by the run's map. -ENOMEM. */
struct explain_run {
    const struct findings *resolved;
    const struct map *map;
    uint16_t score_min;
};
_must_use_ int explain_judge(struct explanation *x, struct arena *a, const struct explain_run *run);

/* Refusals as redact_find(). */
_must_use_ int redact_explain(const struct engine *e, struct scratch *s, const struct document *d, struct redaction *out, struct explanation *out_why);
/* By place, winners first. */
void explain_sort(struct explanation *x);
/* "label", "roster" …; static. */
const char *explain_source_name(enum finding_source source);
/* One word for machines ("weaker"), and half a sentence for people. Static. */
const char *explain_fate_name(enum explain_fate fate);
const char *explain_fate_words(enum explain_fate fate);
/* File and line of a rule; false for a recognizer that is no rule. */
_must_use_ bool explain_rule_place(const struct engine *e, uint16_t recognizer, const char **out_path, size_t *out_line);
