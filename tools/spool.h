/* struct spool: output that is held back until its record is written: an unnamed file in $TMPDIR (/var/tmp), which no other process can open and
 * which is gone when this one ends.
 * Threads: one. Ownership: spool_release(). */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "conf/base/problem.h"

struct spool {
    FILE *file;
};

_must_use_ int spool_open(struct spool *out, struct problem *p);
/* SHA-256 of what was written so far. -EIO: something written was lost. */
_must_use_ int spool_digest(struct spool *s, uint8_t out[32]);
/* Copies all of it. -EIO also when `to` took less. */
_must_use_ int spool_pour(struct spool *s, FILE *to);
void spool_release(struct spool *s);
