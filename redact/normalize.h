/* normalize: the form of a value that decides identity. Two surface forms with one normal form are one value and get one token:
 * case, spacing, punctuation, Unicode composition and number formats do not make another value (tokens.md).
 *
 *   names, places, organisations   words in lower case, one space between; "Street" = "St."
 *   PHONE, FAX                     digits without the country code of the United States; "x" and the extension's digits
 *   EMAIL, URL, IP                 lower case, without mailto:, tel:, trailing punctuation
 *   numbers (MRN, SSN …)           upper-case letters and digits; UID, DEVICE, OTHER_ID with their marks
 *
 * Source of folding: Unicode NFKC_Casefold by utf8proc. Bytes that are not UTF-8 stand for themselves.
 * Threads: pure. */
#pragma once

#include "conf/base/arena.h"
#include "conf/entity.h"

/* In the arena; never empty for a surface with a letter or digit. -ENOMEM, -E2BIG. */
_must_use_ int normalize_value(enum entity entity, struct bytes surface, struct arena *arena, struct bytes *out);
/* NFKC_Casefold alone: the ground for names. */
_must_use_ int normalize_fold(struct bytes surface, struct arena *arena, struct bytes *out);
