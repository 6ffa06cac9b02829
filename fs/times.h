/* struct times: which modification time the mount shows. A date of a document is an identifier (164.514(b)(2)(i)(C)), yet an indexer must see
 * that a file changed. Default, year+generation: 1 January, noon UTC, of the source's year, plus one second for every change seen of that path:
 * always later than what was shown before.
 * Threads: safe. Ownership: times_free(). Bounded by TIMES_COUNT_MAX paths, least recently used out. */
#pragma once

#include "conf/conf.h"
#include "conf/base/secret.h"
#include "fs/shelf.h"
#include "fs/source.h"

enum { TIMES_COUNT_MAX = 1 << 20 };

struct times;

_must_use_ int times_new(enum times_mode mode, const struct key *key, size_t count_max, struct times **out_times);
void times_free(struct times *t);
/* Reads what an earlier mount showed and writes there from now on, so that times never go back across a remount. Owns the shelf on success. */
_must_use_ int times_attach_take(struct times *t, struct shelf *s);
void times_flush(struct times *t);
/* version is what path holds now; asking twice for the same version gives the same time. shift_days: of the patient's dates, 0 unknown; for mode
 * shift. */
void times_shown(struct times *t, const char *path, const struct source_version *version, int32_t shift_days, struct timespec *out);
/* Noon UTC of 1 January of the year of this moment (seconds since 1970, may be negative). Pure. */
int64_t times_year_begin(int64_t seconds);
