#include "conf/base/problem.h"

#include <stdarg.h>

int problem_set(struct problem *p, int error, const char *format, ...) {
    if (!p) return error;
    va_list args;
    va_start(args, format);
    ignore(vsnprintf(p->text, sizeof(p->text), format, args)); /* a cut message is still a message */
    va_end(args);
    return error;
}
