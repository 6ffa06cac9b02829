/* fold: the text as recognizers see it, so that one rule meets every spelling. Letters of the Latin script lose their marks (José = Jose, NFC or NFD),
 * quotes, dashes and spaces become the ASCII ones, digits of any script ASCII digits, zero-width characters and soft hyphens vanish,
 * ligatures, full-width, mathematical and circled forms open up; every other symbol is '*'. Greek and Cyrillic letters that look Latin are read so
 * in words that have no other letters of theirs (fold_alike.h); letters of other scripts stay as they are (bytes >= 0x80).
 * The result is never longer than the input.
 * Threads: pure. Memory: the arena's. Source: Unicode blocks named in fold.c. */
#pragma once

#include "redact/map.h"

/* text is valid UTF-8. ASCII text is handed through, with an empty map. -ENOMEM past the arena's limit. */
_must_use_ int fold_text(struct arena *a, struct bytes text, struct bytes *out_folded, struct map *out_map);
/* One scalar by itself: writes at most 4 bytes and returns how many (0: left out). */
size_t fold_scalar(uint32_t scalar, uint8_t out[4]);
/* Index of the first byte >= 0x80, or len. */
size_t fold_ascii_prefix(struct bytes text);
