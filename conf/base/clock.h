/* The two clocks of the journal, in microseconds, and their text form.
 * Threads: safe. Source: clock_gettime(2); nanoseconds since boot would pass 2^53 after 104 days. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "conf/base/bytes.h"

enum { CLOCK_TEXT_LEN = 27 }; /* YYYY-MM-DDThh:mm:ss.uuuuuuZ */

uint64_t clock_realtime_us(void);
/* Counts suspended time too; starts at 0 at boot. */
uint64_t clock_boottime_us(void);
uint64_t clock_monotonic_ns(void);

/* Years 1970..9999; CLOCK_TEXT_LEN characters and a NUL. */
void clock_format(uint64_t realtime_us, char out[CLOCK_TEXT_LEN + 1]);
/* Exactly the form above; false on anything else. */
_must_use_ bool clock_parse(struct bytes text, uint64_t *out_realtime_us);
