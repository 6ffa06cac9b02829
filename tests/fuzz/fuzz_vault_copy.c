/* Any bytes as the records of a backup whose digest is right: it is restored whole or not at all, and what was restored can be checked and copied. */
#include <ftw.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conf/base/io.h"
#include "redact/vault_check.h"
#include "redact/vault_copy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int fuzz_remove(const char *path, const struct stat *st, int kind, struct FTW *at) {
    (void) st;
    (void) kind;
    (void) at;
    return remove(path);
}

static int fuzz_backup(const uint8_t *data, size_t len) {
    static const uint8_t magic[8] = { 'D', 'F', 'V', 'L', 'T', 'B', 'K', '1' };
    uint8_t digest[32];
    crypto_generichash_state state;
    int fd = memfd_create("backup", MFD_CLOEXEC);
    must(fd >= 0);
    crypto_generichash_init(&state, NULL, 0, sizeof(digest));
    crypto_generichash_update(&state, magic, sizeof(magic));
    crypto_generichash_update(&state, data, len);
    crypto_generichash_final(&state, digest, sizeof(digest));
    must(io_write_full(fd, bytes_make(magic, sizeof(magic))) == 0 && io_write_full(fd, bytes_make(data, len)) == 0);
    must(io_write_full(fd, bytes_make(digest, sizeof(digest))) == 0);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    char dir[] = "/tmp/fuzz-vault-XXXXXX";
    struct problem p;
    struct vault_check_report report;
    uint64_t restored = 0, copied = 0;
    must(sodium_init() >= 0 && mkdtemp(dir) != NULL);
    int fd = fuzz_backup(data, len), copy = memfd_create("copy", MFD_CLOEXEC);
    const struct vault_place place = { .state_dir = dir, .destination = "fuzz" };
    must(copy >= 0);
    if (vault_copy_in(&place, fd, &restored, &p) == 0) {
        must(vault_check(&place, NULL, &report, &p) == 0); /* damage is counted, never a crash */
        must(vault_copy_out(&place, copy, &copied, &p) == 0 && copied <= restored);
    }
    must(close(fd) == 0 && close(copy) == 0);
    must(nftw(dir, fuzz_remove, 8, FTW_DEPTH | FTW_PHYS) == 0);
    return 0;
}
