/* Runs one of our programs as a user would, with its output caught. Link with harness_dep.
 * Threads: the test's own. */
#pragma once

#include "conf/base/buf.h"

enum { PROGRAM_OUTPUT_LEN_MAX = 64 << 20, PROGRAM_KILLED = 1000 };

struct program_result {
    int exit;       /* exit status; PROGRAM_KILLED + signal */
    struct buf out; /* standard output, with a NUL behind it */
    struct buf err; /* standard error, too */
};

/* argv[0] is a path below the build folder ("tools/deidfs-setup") or absolute; NULL at the end. input becomes standard input. The program is killed
 * after 60 s. */
void program_run(const char *const *argv, struct bytes input, struct program_result *out);
void program_release(struct program_result *r);
/* The text with its NUL. */
const char *program_out(const struct program_result *r);
const char *program_err(const struct program_result *r);

#define PROGRAM(result, ...) program_run((const char *const[]) { __VA_ARGS__, NULL }, BYTES(""), result)
