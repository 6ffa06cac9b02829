/* bench_journal [FOLDER]: the journal against the disk it lies on, in one run; ratios count, the machine decides the rest.
 *   disk      pwrite of 4 KiB + fdatasync, one after the other: what one record a sync would cost at best
 *   append    records a second and the waiter's p50 and p99 at 1, 4, 16, 32 threads, each record durable before the call returns
 *   verify    records a second of processor time, how much of that SHA-256 alone would take (the same leaves and nodes, hashed by the same calls
 *             in the same run: no verifier can be faster), and the greatest memory
 * FOLDER (default: the temporary folder) names the file system. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "audit/journal.h"
#include "audit/tile.h"
#include "audit/verify.h"
#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "conf/keyring.h"

enum { BENCH_SECONDS = 3, BENCH_SAMPLES_MAX = 1 << 20, BENCH_THREADS_MAX = 32 };
#define BENCH_ORIGIN "example.org/bench/notes/abcd2345"

struct appender {
    struct journal *journal;
    uint64_t end_ns;
    uint64_t *samples; /* nanoseconds a record waited */
    size_t count;
    pthread_t thread;
};

static int compare(const void *a, const void *b) {
    uint64_t x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

static void print_line(const char *name, uint64_t *samples, size_t count, double disk_rate) {
    qsort(samples, count, sizeof(*samples), compare);
    double rate = (double) count / BENCH_SECONDS;
    printf("%-22s %10.0f/s   p50 %7.0f us   p99 %7.0f us", name, rate, (double) samples[count / 2] / 1e3, (double) samples[count * 99 / 100] / 1e3);
    if (disk_rate > 0) printf("   %6.2f x disk", rate / disk_rate);
    printf("\n");
}

static double bench_disk(const char *folder, uint64_t *samples) {
    char path[2100];
    static uint8_t block[4096];
    must(snprintf(path, sizeof(path), "%s/disk", folder) > 0);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    must(fd >= 0 && fallocate(fd, 0, 0, 64 << 20) == 0);
    size_t count = 0;
    uint64_t end = clock_monotonic_ns() + (uint64_t) BENCH_SECONDS * 1000000000u;
    for (uint64_t now = clock_monotonic_ns(); now < end && count < BENCH_SAMPLES_MAX;) {
        must(io_pwrite_full(fd, bytes_make(block, sizeof(block)), (count % 16384) * sizeof(block)) == 0 && fdatasync(fd) == 0);
        uint64_t after = clock_monotonic_ns();
        samples[count++] = after - now;
        now = after;
    }
    close_fd(&fd);
    must(unlink(path) == 0);
    print_line("disk: fdatasync", samples, count, 0);
    return (double) count / BENCH_SECONDS;
}

static void *append(void *context) {
    struct appender *a = context;
    struct actor who = { .uid = 1001, .gid = 1001, .process_uid = 1001, .auid = 1001, .pid = 4711, .start = 86400, .user = "svc-indexer", .exe = "/usr/bin/python3.11" };
    struct event ev = { .type = EVENT_OPEN, .who = &who, .has_policy = true, .has_view = true, .object = { .file = "f1_aaaabbbbccccddddeeeeffff", .format = "text" } };
    uint64_t now = clock_monotonic_ns();
    while (now < a->end_ns && a->count < BENCH_SAMPLES_MAX / BENCH_THREADS_MAX) {
        must(journal_append_wait(a->journal, &ev, NULL) == 0);
        uint64_t after = clock_monotonic_ns();
        a->samples[a->count++] = after - now;
        now = after;
    }
    return NULL;
}

static void bench_append(struct journal *j, size_t threads, uint64_t *samples, double disk_rate) {
    static struct appender appenders[BENCH_THREADS_MAX];
    uint64_t end = clock_monotonic_ns() + (uint64_t) BENCH_SECONDS * 1000000000u;
    for (size_t i = 0; i < threads; i++) {
        appenders[i] = (struct appender) { .journal = j, .end_ns = end, .samples = samples + i * (BENCH_SAMPLES_MAX / BENCH_THREADS_MAX) };
        must(pthread_create(&appenders[i].thread, NULL, append, &appenders[i]) == 0);
    }
    size_t count = 0;
    for (size_t i = 0; i < threads; i++) {
        must(pthread_join(appenders[i].thread, NULL) == 0);
        memmove(samples + count, appenders[i].samples, appenders[i].count * sizeof(*samples));
        count += appenders[i].count;
    }
    char name[40];
    must(snprintf(name, sizeof(name), "append: %zu threads", threads) > 0);
    print_line(name, samples, count, disk_rate);
}

static double processor_s(void) {
    struct timespec t;
    must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

/* Processor seconds for all leaves and the nodes of level-0 tiles, without reading, parsing or comparing anything. */
static double bench_hashes(const char *dir, uint64_t size) {
    static struct merkle_hash leaves[TILE_WIDTH];
    struct merkle_hash root;
    struct merkle_hasher *h = NULL;
    char path[2200];
    double seconds = 0;
    must(snprintf(path, sizeof(path), "%s/log", dir) > 0 && merkle_hasher_new(&h) == 0);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0);
    struct buf raw;
    buf_init(&raw, TILE_BUNDLE_LEN_MAX);
    for (uint64_t n = 0; n < size / TILE_WIDTH; n++) {
        raw.len = 0;
        must(tile_read(fd, TILE_ENTRIES, n, size, &raw) == 0);
        struct bytes rest = buf_bytes(&raw), entry;
        double begin = processor_s();
        for (size_t i = 0; i < TILE_WIDTH && tile_bundle_take(&rest, &entry); i++) merkle_leaf(h, entry, &leaves[i]);
        merkle_fold(h, leaves, TILE_WIDTH, &root);
        seconds += processor_s() - begin;
    }
    buf_release(&raw);
    close_fd(&fd);
    merkle_hasher_free(h);
    return seconds;
}

static void bench_verify(const char *dir) {
    char path[2200];
    struct buf raw;
    buf_init(&raw, 1000);
    must(snprintf(path, sizeof(path), "%s/log/log.vkey", dir) > 0 && io_read_file_at(AT_FDCWD, path, &raw) == 0);
    struct verify_options o = { .dir = dir };
    must(note_key_parse(bytes_make(raw.ptr, raw.len - 1), &o.stable) == 0);
    buf_release(&raw);
    static struct verify_report report;
    struct problem p;
    double begin = processor_s();
    must(verify_run(&o, &report, &p) == 0 && report.verdict == VERIFY_OK);
    double seconds = processor_s() - begin, hashes = bench_hashes(dir, report.size);
    struct rusage usage;
    must(getrusage(RUSAGE_SELF, &usage) == 0);
    printf("verify: %llu records  %10.0f/s of one processor   this whole process at most %ld MiB\n", (unsigned long long) report.size, (double) report.size / seconds, usage.ru_maxrss / 1024);
    printf("verify: SHA-256 alone  %10.0f/s: %.0f %% of the verifier's time\n", (double) report.size / hashes, 100 * hashes / seconds);
}

int main(int argc, char **argv) {
    must(sodium_init() >= 0);
    char state[2000], dir[2100], guard[2100], command[2100];
    const char *base = argc > 1 ? argv[1] : getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    must(snprintf(state, sizeof(state), "%s/deidfs-bench-XXXXXX", base) > 0 && mkdtemp(state) != NULL);
    must(snprintf(dir, sizeof(dir), "%s/journal", state) > 0 && snprintf(guard, sizeof(guard), "%s/guard/last", state) > 0);
    uint64_t *samples = calloc(BENCH_SAMPLES_MAX, sizeof(*samples));
    must(samples != NULL);
    struct problem p = { "" };
    struct keeper *k = NULL;
    struct journal *j = NULL;
    struct journal_options o = { .dir = dir, .checkpoint_copy = guard, .origin = BENCH_ORIGIN, .epoch_s = 60, .durability_strict = true };
    must(keyring_create(state, &p) == 0 && keeper_start(state, &k, &p) == 0 && journal_create(&o, k, &p) == 0 && journal_open(&o, k, &j, &p) == 0);
    double disk_rate = bench_disk(state, samples);
    static const size_t threads[] = { 1, 4, 16, 32 };
    for (size_t i = 0; i < array_count(threads); i++) bench_append(j, threads[i], samples, disk_rate);
    must(journal_close(j) == 0);
    keeper_free(k);
    bench_verify(dir);
    free(samples);
    must(snprintf(command, sizeof(command), "rm -rf '%s'", state) > 0);
    return system(command) == 0 ? 0 : 1;
}
