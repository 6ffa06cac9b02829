#include "audit/wal_file.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "conf/base/io.h"

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

int wal_file_list(int dir_fd, uint64_t **out_first, size_t *out_count) {
    _cleanup_(io_close_folder) DIR *dir = NULL;
    int r = io_open_folder_at(dir_fd, ".", &dir);
    if (r < 0) return r;
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
