#include "audit/wal_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

void wal_file_name(char out[WAL_NAME_LEN], uint64_t first_index) {
    int len = snprintf(out, WAL_NAME_LEN, "%020llu.wal", (unsigned long long) first_index);
    must(len == WAL_NAME_DIGITS + 4);
}

static bool wal_file_parse(const char *name, uint64_t *out) {
    uint64_t v = 0;
    for (size_t i = 0; i < WAL_NAME_DIGITS; i++) {
        if (name[i] < '0' || name[i] > '9') return false;
        if (__builtin_mul_overflow(v, (uint64_t) 10, &v) || __builtin_add_overflow(v, (uint64_t) (name[i] - '0'), &v)) return false;
    }
    if (strcmp(name + WAL_NAME_DIGITS, ".wal") != 0) return false;
    *out = v;
    return true;
}

static int wal_file_compare(const void *a, const void *b) {
    uint64_t x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

static void wal_file_close_dir(DIR **d) {
    if (*d) ignore(closedir(*d)); /* only read */
}

int wal_file_list(int dir_fd, uint64_t **out_first, size_t *out_count) {
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -errno;
    _cleanup_(wal_file_close_dir) DIR *dir = fdopendir(fd);
    if (!dir) {
        int r = -errno;
        close_fd(&fd);
        return r;
    }
    _cleanup_(free_ptr) uint64_t *list = NULL;
    size_t count = 0;
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        uint64_t first;
        if (!wal_file_parse(e->d_name, &first)) continue;
        uint64_t *grown = reallocarray(list, count + 1, sizeof(*list));
        if (!grown) return -ENOMEM;
        list = grown;
        list[count++] = first;
    }
    if (count > 1) qsort(list, count, sizeof(*list), wal_file_compare);
    *out_first = take_ptr(list);
    *out_count = count;
    return 0;
}
