/* struct citations: which views inference records name as their input, so that those can be found which were read and never accounted for:
 * an orphan is an open record whose view no inference cites and that no session bound to a ticket (an index job, deidfs-session).
 * Fed with verified entries in two passes: first every entry to citation_add(), then citation_is_orphan() for each.
 * A view is known by the first 16 bytes of its SHA-256. Memory: 16 bytes a view twice over, at most CITATION_VIEWS_MAX views.
 * Threads: one. Ownership: citations_free(). */
#pragma once

#include "audit/entry.h"

enum { CITATION_VIEWS_MAX = 1 << 24 };

struct citations;

_must_use_ int citations_new(struct citations **out_citations);
void citations_free(struct citations *c);
/* -ENOSPC past CITATION_VIEWS_MAX, -ENOMEM: nothing may be said about orphans then. */
_must_use_ int citation_add(struct citations *c, const struct entry *e);
/* True when the record's view is an input of an inference that was added. */
bool citation_has(const struct citations *c, const struct entry *e);
bool citation_is_orphan(const struct citations *c, const struct entry *e);
size_t citation_count(const struct citations *c);
