/* What the mount can say of itself: numbers and our own words, no name and no text of a document. In three forms: lines, one JSON object, and
 * Prometheus text.
 * Threads: any; a moment's reading. */
#pragma once

#include "fs/guard.h"

enum status_form { STATUS_LINES, STATUS_JSON, STATUS_METRICS };

/* Appends to out (sticky error). */
void status_write(struct guard *g, enum status_form form, struct buf *out);
