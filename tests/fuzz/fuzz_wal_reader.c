/* Any bytes as a segment of the write-ahead log: read to its end and its tail judged; indices only grow. */
#include <fcntl.h>
#include <sys/stat.h>

#include "audit/wal.h"
#include "conf/base/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A folder that is left empty at the end. */
static int fuzz_folder(void) {
    static int fd = -1;
    if (fd >= 0) return fd;
    char path[] = "/tmp/deidfs-fuzz-XXXXXX";
    must(mkdtemp(path) != NULL);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static const char name[] = "00000000000000000000.wal";
    int dir = fuzz_folder();
    ignore(unlinkat(dir, name, 0)); /* of the input before */
    _cleanup_(close_fd) int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    must(fd >= 0 && io_write_full(fd, bytes_make(data, len)) == 0);
    _cleanup_(wal_reader_freep) struct wal_reader *r = NULL;
    if (wal_reader_new(dir, "o", 0, &r) < 0) return 0;
    struct wal_frame frame;
    uint64_t next = 0;
    while (wal_reader_next(r, &frame) == WAL_FRAME) {
        must(frame.first_index == next && frame.count > 0);
        next += frame.count;
    }
    struct wal_tail tail;
    must(wal_reader_tail(r, &tail) == 0);
    ignore(unlinkat(dir, name, 0)); /* the next input's begin */
    return 0;
}
