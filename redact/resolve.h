/* resolve: overlapping findings become disjoint ones. What a drop covers with a higher score vanishes first; then overlapping findings become one
 * whose span is their union (half an identifier must not stay readable) and whose entity is the best source's; then neighbours of one entity
 * that only a blank, comma, hyphen or initial's period separates become one ("LAST, FIRST M.").
 * Threads: pure. */
#pragma once

#include "redact/finding.h"

/* In place; afterwards ascending and disjoint. text is what the spans are in. */
void resolve_findings(struct bytes text, struct findings *findings, struct findings *drops);
/* Does finding a decide the entity over b? */
bool resolve_outranks(const struct finding *a, const struct finding *b);
