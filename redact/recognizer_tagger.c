/* The tagger among the recognizers: it sees the same window as the others and adds what they have no rule for. */
#include <errno.h>

#include "redact/recognizer.h"

int recognizer_tagger_run(struct scratch *s) {
    const struct tagger_options options = { .recognizer = RECOGNIZER_TAGGER };
    const struct finding *findings = NULL;
    size_t count = 0;
    int r = tagger_run(s->tagger, &s->scan, &options, &findings, &count);
    if (r < 0) return scratch_refuse(s, REFUSAL_MEMORY, r);
    for (size_t i = 0; i < count; i++) {
        r = scratch_add(s, findings[i], false);
        if (r < 0) return r;
    }
    return 0;
}
