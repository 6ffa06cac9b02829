/* Attributes and the three words every other file uses: must(), ignore(), take_ptr().
 * Threads: macros only. */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _must_use_ __attribute__((warn_unused_result))
#define _unused_ __attribute__((unused))
#define _noreturn_ __attribute__((noreturn))
#define _hot_ __attribute__((hot))
#define _printf_(fmt, first) __attribute__((format(printf, fmt, first)))
/* Runs fn(&variable) when the variable's scope ends. */
#define _cleanup_(fn) __attribute__((cleanup(fn)))
/* Documents, in a signature, the lock the caller holds; checked by reading, not by the compiler (clang 14 cannot on members). */
#define _holds_(lock)

/* Our own mistakes stop the program, in release builds too. No argument is ever printed: it could be document text. */
#define must(condition)                                                                                     \
    do {                                                                                                    \
        if (__builtin_expect(!(condition), 0)) must_failed(__FILE__, __LINE__, #condition);                 \
    } while (0)

static inline _noreturn_ void must_failed(const char *file, int line, const char *condition) {
    (void) fprintf(stderr, "deidfs: broken assumption at %s:%d: %s\n", file, line, condition);
    abort();
}

/* Drops a result by name; the comment beside it says why that is right. */
#define ignore(expression)                                                                                  \
    do {                                                                                                    \
        __typeof__(expression) ignored_ = (expression);                                                     \
        (void) ignored_;                                                                                    \
    } while (0)

/* Hands ownership over: the variable is empty afterwards, its _cleanup_ does nothing. */
#define take_ptr(ptr)                                                                                       \
    ({                                                                                                      \
        __typeof__(ptr) taken_ = (ptr);                                                                     \
        (ptr) = NULL;                                                                                       \
        taken_;                                                                                             \
    })
#define take_fd(fd)                                                                                         \
    ({                                                                                                      \
        int taken_ = (fd);                                                                                  \
        (fd) = -1;                                                                                          \
        taken_;                                                                                             \
    })

/* For _cleanup_(close_fd) int fd = -1; */
static inline void close_fd(int *fd) {
    if (*fd >= 0) (void) close(*fd);
    *fd = -1;
}

/* For _cleanup_(free_ptr) on any pointer from malloc. Not for document text or keys: those are wiped, see arena.h, secret.h. */
static inline void free_ptr(void *p) {
    void **owner = p;
    free(*owner);
    *owner = NULL;
}

#define array_count(a) (sizeof(a) / sizeof((a)[0]))
