/* surrogate: realistic stand-ins. Dates move by their patient's offset, so that order and intervals stay; other values become something of the
 * same kind and shape from the CSPRNG. What stands for what is kept in the vault (vault_stand_in()), so that it stays the same; nothing here is
 * derived from a value. Views with surrogates claim expert determination at most (conf/claim.h).
 * Threads: pure but for the CSPRNG. Sources of names: US Census 2010 surnames, SSA given names (public domain), the most frequent ones. */
#pragma once

#include "conf/base/arena.h"
#include "conf/entity.h"

enum { SURROGATE_LEN_MAX = 120, SURROGATE_OFFSET_DAYS_MAX = 364 };

/* surrogate_id.c: a fresh stand-in for a value; for persons "Given Family". Returns its length; out has room for SURROGATE_LEN_MAX. */
size_t surrogate_draw(enum entity entity, struct bytes surface, char *out);
/* surrogate_name.c: a person's stand-in in the dress of a surface: "SMITH, JOHN" and "Smith" and "john". normal is the identity's normal form. */
_must_use_ int surrogate_name_dress(struct bytes stand_in, struct bytes surface, struct bytes normal, struct arena *arena, struct bytes *out);
/* surrogate_date.c: days to move by, 1..SURROGATE_OFFSET_DAYS_MAX into the past; never 0. */
int32_t surrogate_date_offset(void);
/* Moves a date and writes it as it was spelt. SURROGATE_UNREADABLE: not a whole date with day, month and year, or in a spelling that is not
 * understood in every part; the caller labels it. A time of day behind the date stays or goes. */
struct surrogate_move {
    int32_t days;
    uint16_t year_now; /* decides the century of two digits */
    bool keeps_time;
};
enum { SURROGATE_MOVED = 0, SURROGATE_UNREADABLE = 1 };
_must_use_ int surrogate_date_move(struct bytes surface, const struct surrogate_move *by, struct arena *arena, struct bytes *out);
