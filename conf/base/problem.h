/* struct problem: why an operation was refused, in words for the person at the terminal, and what to do next.
 * Never holds document text, paths from under the source or values of identifiers. 512 bytes with the NUL; longer text is cut.
 * Threads: a value. */
#pragma once

#include "conf/base/attr.h"

struct problem {
    char text[512];
};

/* Fills the text (p may be NULL: nobody asked) and returns error unchanged, so that `return problem_set(p, -EINVAL, …);` reads well. */
int problem_set(struct problem *p, int error, const char *format, ...) _printf_(3, 4);
