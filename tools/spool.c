#include "tools/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "conf/base/buf.h"

enum { SPOOL_CHUNK_LEN = 64 * 1024 };

int spool_open(struct spool *out, struct problem *p) {
    const char *folder = getenv("TMPDIR");
    if (!folder || folder[0] != '/') folder = "/var/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return problem_set(p, -errno, "%s takes no temporary file (%s); set TMPDIR", folder, strerror(errno));
    out->file = fdopen(fd, "w+");
    if (out->file) return 0;
    close_fd(&fd);
    return problem_set(p, -ENOMEM, "out of memory");
}

void spool_release(struct spool *s) {
    if (s->file) ignore(fclose(s->file)); /* the file has no name: nothing of it is wanted any more */
    s->file = NULL;
}

/* Every chunk from the beginning: into the digest, the stream, or both. */
static int spool_walk(struct spool *s, crypto_hash_sha256_state *digest, FILE *to) {
    _cleanup_(free_ptr) uint8_t *chunk = malloc(SPOOL_CHUNK_LEN);
    if (!chunk) return -ENOMEM;
    if (fflush(s->file) != 0 || ferror(s->file) || fseek(s->file, 0, SEEK_SET) != 0) return -EIO;
    for (;;) {
        size_t n = fread(chunk, 1, SPOOL_CHUNK_LEN, s->file);
        if (digest) ignore(crypto_hash_sha256_update(digest, chunk, n)); /* cannot fail */
        if (to && fwrite(chunk, 1, n, to) != n) return -EIO;
        if (n < SPOOL_CHUNK_LEN) return ferror(s->file) ? -EIO : 0;
    }
}

int spool_digest(struct spool *s, uint8_t out[32]) {
    crypto_hash_sha256_state digest;
    ignore(crypto_hash_sha256_init(&digest)); /* cannot fail */
    int r = spool_walk(s, &digest, NULL);
    if (r == 0) ignore(crypto_hash_sha256_final(&digest, out)); /* as above */
    return r;
}

int spool_pour(struct spool *s, FILE *to) {
    return spool_walk(s, NULL, to);
}
