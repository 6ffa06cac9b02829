#include "tests/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_bool armed;
static atomic_size_t calls_left;
static atomic_bool fired;
static const char *_Atomic last_name = "";

static void fault_off_in_child(void) {
    atomic_store(&armed, false);
}

__attribute__((constructor)) static void fault_watch_forks(void) {
    must(pthread_atfork(NULL, NULL, fault_off_in_child) == 0);
}

void fault_arm(size_t call_index) {
    atomic_store(&calls_left, call_index);
    atomic_store(&fired, false);
    atomic_store(&last_name, "");
    atomic_store(&armed, true);
}

bool fault_disarm(void) {
    atomic_store(&armed, false);
    return atomic_load(&fired);
}

const char *fault_last(void) {
    return atomic_load(&last_name);
}

/* Exactly one call fails, the one that takes the counter from 0. */
static bool fault_strikes(const char *name, int error) {
    if (!atomic_load(&armed)) return false;
    size_t left = atomic_load(&calls_left);
    do {
        if (left == SIZE_MAX) return false;
    } while (!atomic_compare_exchange_weak(&calls_left, &left, left - 1)); /* 0 - 1 is SIZE_MAX: spent */
    if (left != 0) return false;
    atomic_store(&fired, true);
    atomic_store(&last_name, name);
    errno = error;
    return true;
}

/* The table. Each line: result, name, failing value, errno, parameters, arguments. glibc's headers give the 64 names to files. */
#define FAULT_CALLS(CALL)                                                                                   \
    CALL(void *, malloc, NULL, ENOMEM, (size_t len), (len))                                                 \
    CALL(void *, calloc, NULL, ENOMEM, (size_t count, size_t len), (count, len))                            \
    CALL(void *, realloc, NULL, ENOMEM, (void *p, size_t len), (p, len))                                    \
    CALL(void *, aligned_alloc, NULL, ENOMEM, (size_t alignment, size_t len), (alignment, len))             \
    CALL(char *, strdup, NULL, ENOMEM, (const char *s), (s))                                                \
    CALL(ssize_t, write, -1, ENOSPC, (int fd, const void *p, size_t len), (fd, p, len))                     \
    CALL(ssize_t, pwrite64, -1, ENOSPC, (int fd, const void *p, size_t len, off_t at), (fd, p, len, at))    \
    CALL(ssize_t, read, -1, EIO, (int fd, void *p, size_t len), (fd, p, len))                               \
    CALL(ssize_t, pread64, -1, EIO, (int fd, void *p, size_t len, off_t at), (fd, p, len, at))              \
    CALL(int, fsync, -1, EIO, (int fd), (fd))                                                               \
    CALL(int, fdatasync, -1, EIO, (int fd), (fd))                                                           \
    CALL(int, syncfs, -1, EIO, (int fd), (fd))                                                              \
    CALL(int, renameat, -1, EIO, (int a, const char *from, int b, const char *to), (a, from, b, to))        \
    CALL(int, rename, -1, EIO, (const char *from, const char *to), (from, to))                              \
    CALL(int, mkdirat, -1, ENOSPC, (int dir_fd, const char *path, mode_t mode), (dir_fd, path, mode))       \
    CALL(int, ftruncate64, -1, ENOSPC, (int fd, off_t len), (fd, len))                                      \
    CALL(int, fallocate64, -1, ENOSPC, (int fd, int mode, off_t at, off_t len), (fd, mode, at, len))        \
    CALL(int, posix_fallocate64, ENOSPC, ENOSPC, (int fd, off_t at, off_t len), (fd, at, len))              \
    CALL(int, fchmod, -1, EIO, (int fd, mode_t mode), (fd, mode))                                           \
    CALL(int, fstat64, -1, EIO, (int fd, struct stat *st), (fd, st))                                        \
    CALL(void *, mmap64, MAP_FAILED, ENOMEM, (void *at, size_t len, int prot, int flags, int fd, off_t offset),     \
         (at, len, prot, flags, fd, offset))                                                                \
    CALL(int, socketpair, -1, EMFILE, (int domain, int type, int protocol, int *ends), (domain, type, protocol, ends))

#define FAULT_WRAP(result_, name_, failure_, error_, parameters_, arguments_)                               \
    result_ __real_##name_ parameters_;                                                                     \
    result_ __wrap_##name_ parameters_;                                                                     \
    result_ __wrap_##name_ parameters_ {                                                                    \
        if (fault_strikes(#name_, error_)) return failure_;                                                 \
        return __real_##name_ arguments_;                                                                   \
    }
FAULT_CALLS(FAULT_WRAP)

/* Opens have a variable argument. */
#define FAULT_WRAP_OPENAT(name_)                                                                            \
    int __real_##name_(int dir_fd, const char *path, int flags, ...);                                       \
    int __wrap_##name_(int dir_fd, const char *path, int flags, ...);                                       \
    int __wrap_##name_(int dir_fd, const char *path, int flags, ...) {                                      \
        if (fault_strikes(#name_, EMFILE)) return -1;                                                       \
        va_list args;                                                                                       \
        va_start(args, flags);                                                                              \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;                             \
        va_end(args);                                                                                       \
        return __real_##name_(dir_fd, path, flags, mode);                                                   \
    }
FAULT_WRAP_OPENAT(openat64)

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...) {
    if (fault_strikes("open64", EMFILE)) return -1;
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
    va_end(args);
    return __real_open64(path, flags, mode);
}

void fault_simulate(const char *name, fault_operation operation, fault_check check, void *context, bool tolerates_faults) {
    for (size_t i = 0; i < FAULT_RUNS_MAX; i++) {
        fault_arm(i);
        int result = operation(context);
        bool reached = fault_disarm();
        if (reached && result >= 0 && !tolerates_faults)
            harness_fail(__FILE__, __LINE__, "%s returned %d although call %zu, %s, failed", name, result, i, fault_last());
        if (!reached && result < 0) harness_fail(__FILE__, __LINE__, "%s returned %d without a fault, after %zu faults", name, result, i);
        if (check) check(context, result);
        if (!reached) return;
    }
    harness_fail(__FILE__, __LINE__, "%s still reaches new calls after %d faults", name, FAULT_RUNS_MAX);
}
