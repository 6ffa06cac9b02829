#include "conf/base/thread.h"

#include <signal.h>

int thread_start(pthread_t *out, void *(*main)(void *context), void *context) {
    sigset_t all, before;
    must(sigfillset(&all) == 0 && pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    int r = -pthread_create(out, NULL, main, context);
    must(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return r;
}
