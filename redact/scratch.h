/* scratch: everything one thread needs while it works on one document; wiped between documents.
 * Threads: one. Ownership: scratch_free(). */
#pragma once

#include "redact/redact.h"
#include "redact/ruleset.h"
#include "redact/tagger.h"

struct scratch {
    const struct engine *engine;
    struct arena arena;
    struct scan scan;
    struct tagger_scratch *tagger;
    pcre2_match_data *match_data;
    pcre2_match_context *match_context;
    pcre2_jit_stack *jit_stack;
    size_t *last_ends;          /* by rule: where its last match in this run ended */
    struct findings findings;   /* of the document, in bytes of the run's folded text while a run is being read */
    struct findings drops;
    uint64_t deadline_ns;       /* of the thread's CPU time; 0: none */
    uint32_t confirmations;     /* since the clock was last looked at */
    struct explanation *explanation; /* redact_explain() alone; NULL: nobody asks */
    enum refusal why;           /* set with every negative return below redact_document() */
};

/* Empties and wipes for the next document; starts its time. */
void scratch_begin(struct scratch *s);
/* For a new run of text: rules begin anew. */
void scratch_begin_run(struct scratch *s);
/* Notes the reason and returns the error, so that `return scratch_refuse(s, REFUSAL_LIMIT, -E2BIG);` reads well. */
int scratch_refuse(struct scratch *s, enum refusal why, int error);
/* Every so many confirmations: is there time left? -ETIMEDOUT. */
_must_use_ int scratch_tick(struct scratch *s);
/* The same at once: between chunks. */
_must_use_ int scratch_tick_now(struct scratch *s);
/* Adds to findings or, for a rule that drops, to drops. */
_must_use_ int scratch_add(struct scratch *s, struct finding f, bool drops);
