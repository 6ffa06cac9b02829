/* struct date_written: a whole date as a document writes it: 03/05/1947, 3-5-47, 1947-03-05, 19470305, 5 March 1947, "March 5th, 1947", "the 5th of
 * March 1947". Which number is the day often only the date it is compared with can tell.
 * Threads: pure. */
#pragma once

#include "conf/base/bytes.h"

struct date_written {
    uint16_t value[3];
    uint8_t digits[3]; /* how many digits it has; 0: a month by name */
    size_t end;        /* in the text */
};

/* A date that begins exactly at the place; false where none does. */
_must_use_ bool date_written_read(struct bytes text, size_t begin, struct date_written *out);
/* Can it mean this day, in any order of its parts? */
bool date_written_is(const struct date_written *d, unsigned year, unsigned month, unsigned day);
