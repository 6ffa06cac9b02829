/* struct warm: a walk over the whole source that has every unknown version redacted, so that sizes are known and views ready before the first
 * reader comes. One file at a time, so that readers' requests go first; not an access, so no access record.
 * Threads: one of its own while it walks. Ownership: warm_free() stops the walk. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "conf/base/attr.h"

struct guard;
struct warm;

struct warm_progress {
    bool running;
    uint64_t folders, files, known, built, refused;
};

_must_use_ int warm_new(struct guard *g, struct warm **out_warm);
/* -EALREADY while a walk is under way. */
_must_use_ int warm_start(struct warm *w);
void warm_progress(struct warm *w, struct warm_progress *out);
void warm_free(struct warm *w);
