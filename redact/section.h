/* section: what of a note stands under which heading, for profiles that show only some sections or drop some (deidfs.conf(5), "Sections").
 * In doubt more is dropped: a dropped section ends only at a heading of a note's own or one that the profile names; a kept one ends at anything
 * that looks like a heading. Bytes between form feeds (a table's cells) are read each for itself; a cell without headings stays.
 * Threads: one scratch, one thread. Memory: the scratch's arena. */
#pragma once

#include "redact/extract.h"

/* The stretches of a run's text that the profile does not show, ascending and disjoint, without the white space at their ends. */
struct section_spans {
    struct span *items;
    size_t count;
};
/* -ENOMEM. */
_must_use_ int section_find(const struct profile *p, struct bytes text, struct arena *arena, struct section_spans *out);
/* Puts the stretches of all runs in the place of the findings within them; a finding that reaches over an edge widens the stretch. */
_must_use_ int section_apply(struct scratch *s, const struct extraction *x, struct findings *findings);
