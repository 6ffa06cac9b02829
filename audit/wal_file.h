/* Names and magic numbers of the WAL's files, shared by its writer (wal.c) and reader (wal_reader.c).
 * Threads: pure. */
#pragma once

#include <stdint.h>

#include "conf/base/attr.h"

#define WAL_SEGMENT_MAGIC "DFSWAL\0\x01"
#define WAL_FRAME_MAGIC 0xDF5A11E5u

enum { WAL_NAME_LEN = 40, WAL_NAME_DIGITS = 20 };

/* "<first index, 20 digits>.wal" */
void wal_file_name(char out[WAL_NAME_LEN], uint64_t first_index);

/* First indices of the segments in a folder, sorted; free() the list. Other names are left alone. */
_must_use_ int wal_file_list(int dir_fd, uint64_t **out_first, size_t *out_count);
