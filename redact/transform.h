/* transform: findings become edits, as the profile says: a code from the vault, a label, a year, three digits of a ZIP, nothing at all.
 * One call is one document and one vault transaction: every token that an edit shows is durable before the edits are returned.
 * When in doubt it refuses: an edit that cannot be made makes no view.
 *
 * Every finding is covered by an edit, a kept one too (its edit repeats the bytes), so that the engine's coverage check has no exceptions.
 * Findings of one person are one identity in the document (identity.h). Strings of the source that look like our tokens or labels get edits
 * of their own, so that nobody can plant one (tokens.md).
 *
 * Errors: a negative errno with *out_why set; the outputs are untouched. Memory: everything in *out lives in the arena or in text.
 * Threads: one document, one thread; the vault may be shared. */
#pragma once

#include "conf/base/arena.h"
#include "conf/base/buf.h"
#include "conf/profile.h"
#include "conf/refusal.h"
#include "redact/about.h"
#include "redact/finding.h"
#include "redact/vault.h"

/* What a document is transformed with. All borrowed. */
struct transform {
    const struct profile *profile;
    struct vault *vault;
    struct arena *arena;
    struct bytes record; /* normal form of the record number that the document's surroundings name (record.h); used where it names none itself */
    uint16_t year_now; /* the year ages are counted to; 0: today's */
};

struct edit {
    struct span span;
    struct bytes replacement; /* ASCII unless the bytes were kept */
};

/* Ascending and disjoint. forms tells, per coded edit, which of the token's surface forms stood there (vault.h). */
struct edits {
    struct edit *items;
    size_t count;
    uint32_t *forms;
    size_t form_count;
    struct about about;
};

/* Findings ascending and disjoint, spans of text (UTF-8), those below profile.score_min already left out. */
_must_use_ int transform_apply(const struct transform *t, struct bytes text, const struct finding *findings, size_t count, struct edits *out,
                               enum refusal *out_why);
/* Once the view is rendered, before its first byte is released: notes which surface form stood where, under the view's digest, so that
 * re-identifying the unmodified view gives back the original bytes. A view without tokens is not noted. */
_must_use_ int transform_seal_view(const struct transform *t, const struct edits *e, struct bytes view, enum refusal *out_why);
/* One path component: appends the name shown to out; tokens and labels stand without brackets (PATIENT_KTVHMQX, PHONE-1).
 * *out_changed tells whether it differs from name. */
_must_use_ int transform_name(const struct transform *t, struct bytes name, const struct finding *findings, size_t count, struct buf *out,
                              bool *out_changed, enum refusal *out_why);
