/* Threads of our own: they take no signals, which are the main thread's.
 * Threads: safe. */
#pragma once

#include <pthread.h>

#include "conf/base/attr.h"

/* The thread begins with every signal blocked. 0 or a negative errno; *out is set on success. */
_must_use_ int thread_start(pthread_t *out, void *(*main)(void *context), void *context);
