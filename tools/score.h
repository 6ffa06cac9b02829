/* struct score: what a system's predictions are worth on labelled documents. The measures are those of the reference scorer of the evaluation
 * sets, to the last digit:
 *   recall (span)   required spans whose alphanumeric bytes are all covered      recall (any)  required spans touched at all
 *   leaked bytes    alphanumeric bytes of required spans left uncovered          documents with a leak
 *   precision       predictions that touch a required or an optional span
 *   over-redaction  alphanumeric bytes covered outside both, per 1,000 such bytes; protected zones hit
 * A byte is alphanumeric when it is an ASCII letter or digit, or 0x80 and above.
 * Threads: values of one thread. */
#pragma once

#include "tools/gold.h"

struct score_class {
    uint64_t count, full, touched, typed; /* typed: covered by a prediction of a fitting entity */
    uint64_t bytes, bytes_leaked;
};
struct score_kind {
    uint64_t count, hit;
};
struct score {
    uint64_t documents, documents_leaked, documents_refused;
    uint64_t predictions_right, predictions_wrong;
    uint64_t rest_bytes, over_bytes; /* alphanumeric bytes outside labels; those covered */
    struct score_class all, classes[GOLD_NAME_COUNT_MAX];
    struct score_kind protect, kinds[GOLD_NAME_COUNT_MAX];
};

/* What one document's scoring found, for listings of errors. */
enum score_error { SCORE_LEAK, SCORE_OVER, SCORE_PROTECT };
typedef void (*score_listener)(void *context, enum score_error error, const struct gold *g, struct span span, uint16_t name);

/* One document and what a system says of it. All borrowed. */
struct score_document {
    const struct gold_set *set;
    const struct gold *gold;
    const struct gold_labels *predictions;
    const char (*names)[GOLD_NAME_LEN_MAX + 1]; /* the system's; predictions index it */
};
/* The listener may be NULL. -ENOMEM. */
_must_use_ int score_add(struct score *s, const struct score_document *d, score_listener listener, void *context);
/* The classes' mapping: does a prediction called `entity` fit the label `name`? Names of the sets and of conf/entity.h. */
bool score_type_fits(const char *name, const char *entity);
/* Wilson's interval at 95 % for hits of count; 0..1 when count is 0. */
void score_interval(uint64_t hits, uint64_t count, double *out_low, double *out_high);
void score_merge(struct score *to, const struct score *from);
