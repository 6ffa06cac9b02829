/* gold_roster: what a registration desk would know of a labelled document's people: their whole names and numbers, from its labels. A document then
 * has to be searched for the short, turned and misspelt forms, which the roster does not hold.
 *   names       labels NAME of two words and more, each of two letters at least; where there are none, the longest one
 *   numbers     MRN, SSN, PHONE, FAX, ACCOUNT, HEALTH_PLAN, LICENSE, EMAIL
 * Threads: pure. */
#pragma once

#include "redact/roster.h"
#include "tools/gold.h"

/* NULL where the labels name nobody. -ENOMEM. */
_must_use_ int gold_roster_new(const struct gold_set *set, const struct gold *g, struct roster **out_roster);
