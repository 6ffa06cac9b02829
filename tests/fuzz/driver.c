/* Runs a fuzz target over its seeds where libFuzzer is not linked in, so that every ordinary test run replays them: each seed whole, cut short
 * at up to DRIVER_CUTS places, and with up to DRIVER_FLIPS single bits flipped (the same ones each time).
 *     fuzz_conf SEED_FOLDER|FILE…
 * Fails when there is not a single seed: a target without seeds proves nothing. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "conf/base/size.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { DRIVER_CUTS = 64, DRIVER_FLIPS = 64, DRIVER_SEED_LEN_MAX = 16 << 20 };

/* A copy of exactly len bytes, so that the sanitizers see a read past the end. */
static void driver_run_one(const uint8_t *data, size_t len, size_t flip_at, uint8_t flip) {
    uint8_t *copy = malloc(len > 0 ? len : 1);
    must(copy != NULL);
    if (len > 0) memcpy(copy, data, len);
    if (flip != 0) copy[flip_at] ^= flip;
    must(LLVMFuzzerTestOneInput(copy, len) == 0);
    free(copy);
}

static void driver_run_seed(struct bytes seed) {
    driver_run_one(seed.ptr, seed.len, 0, 0);
    size_t cuts = size_min(seed.len, DRIVER_CUTS);
    for (size_t i = 0; i < cuts; i++) driver_run_one(seed.ptr, seed.len * i / cuts, 0, 0);
    size_t flips = size_min(seed.len, DRIVER_FLIPS);
    for (size_t i = 0; i < flips; i++) driver_run_one(seed.ptr, seed.len, seed.len * i / flips, (uint8_t) (1u << (i % 8)));
}

static size_t driver_run_file(int dir_fd, const char *path) {
    _cleanup_(buf_release) struct buf seed;
    buf_init(&seed, DRIVER_SEED_LEN_MAX);
    int r = io_read_file_at(dir_fd, path, &seed);
    must(r == 0);
    driver_run_seed(buf_bytes(&seed));
    return 1;
}

static size_t driver_run_folder(const char *path) {
    size_t count = 0;
    DIR *dir = opendir(path);
    if (!dir) return errno == ENOTDIR ? driver_run_file(AT_FDCWD, path) : 0;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] != '.') count += driver_run_file(dirfd(dir), entry->d_name);
    }
    must(closedir(dir) == 0);
    return count;
}

int main(int argc, char **argv) {
    must(sodium_init() >= 0);
    size_t count = 0;
    for (int i = 1; i < argc; i++) count += driver_run_folder(argv[i]);
    printf("%zu seeds\n", count);
    if (count == 0) (void) fprintf(stderr, "no seeds found\n");
    return count > 0 ? 0 : 1;
}
