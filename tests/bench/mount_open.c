/* mount_open MODE THREADS FOLDER [ROUNDS]: what a reader does, timed; prints microseconds an operation, one line.
 *   open   open + read to the end + close of every file
 *   stat   fstatat of every file
 * The files are listed first (not timed) and dealt out to the threads. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char **paths;
static size_t path_count, rounds = 1, thread_count = 1;
static bool stat_only;
static atomic_size_t failed;
static atomic_ullong bytes;

static int collect(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void) st;
    (void) ftw;
    if (kind != FTW_F) return 0;
    paths = reallocarray(paths, path_count + 1, sizeof(*paths));
    paths[path_count++] = strdup(path);
    return 0;
}

static void visit(const char *path) {
    static _Thread_local char buffer[1 << 17];
    struct stat st;
    if (stat_only) {
        if (stat(path, &st) < 0) atomic_fetch_add(&failed, 1);
        return;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        atomic_fetch_add(&failed, 1);
        return;
    }
    for (ssize_t n; (n = read(fd, buffer, sizeof(buffer))) > 0;) atomic_fetch_add_explicit(&bytes, (unsigned long long) n, memory_order_relaxed);
    (void) close(fd);
}

static void *reader(void *number) {
    for (size_t r = 0; r < rounds; r++) {
        for (size_t i = (size_t) number; i < path_count; i += thread_count) visit(paths[i]);
    }
    return NULL;
}

static double now(void) {
    struct timespec t;
    (void) clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

int main(int argc, char *argv[]) {
    if (argc < 4) {
        (void) fprintf(stderr, "usage: mount_open open|stat THREADS FOLDER [ROUNDS]\n");
        return 64;
    }
    stat_only = strcmp(argv[1], "stat") == 0;
    thread_count = strtoul(argv[2], NULL, 10);
    if (argc > 4) rounds = strtoul(argv[4], NULL, 10);
    if (thread_count < 1 || thread_count > 256 || nftw(argv[3], collect, 32, FTW_PHYS) != 0 || path_count == 0) {
        (void) fprintf(stderr, "mount_open: nothing to read in %s: %s\n", argv[3], strerror(errno));
        return 66;
    }
    pthread_t threads[256];
    double begin = now();
    for (size_t i = 0; i < thread_count; i++) {
        if (pthread_create(&threads[i], NULL, reader, (void *) i) != 0) return 71; /* NOLINT: a number in a pointer */
    }
    for (size_t i = 0; i < thread_count; i++) (void) pthread_join(threads[i], NULL);
    double seconds = now() - begin;
    size_t count = path_count * rounds;
    printf("%.3f %.0f %llu %zu\n", seconds * 1e6 / (double) count, (double) count / seconds, (unsigned long long) bytes, (size_t) failed);
    return failed ? 1 : 0;
}
