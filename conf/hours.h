/* struct hours: at which times of the week something is allowed: "Mon-Fri 07:00-19:00, Sat 08:00-12:00", in the machine's local time. A span that
 * ends before it begins runs past midnight and belongs to the day it begins on. No span at all: always.
 * Threads: a value; pure functions. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "conf/base/attr.h"

enum { HOURS_SPANS_MAX = 8 };

struct hours {
    struct {
        uint8_t days;                   /* bit 0: Sunday */
        uint16_t begin_minute, end_minute; /* of the day; end is not within, 1440 is midnight */
    } spans[HOURS_SPANS_MAX];
    uint32_t count;
};

_must_use_ bool hours_parse(const char *text, struct hours *out);
bool hours_hold(const struct hours *h, const struct tm *local);
/* Now, here. A clock that cannot be read: false. */
bool hours_hold_now(const struct hours *h);
