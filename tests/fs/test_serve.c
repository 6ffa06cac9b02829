#include "fs/serve.h"

#include <errno.h>
#include <sysexits.h>

#include "tests/harness.h"

TEST(serve, each_kind_of_failure_has_the_exit_code_of_the_manual) {
    CHECK_INT(serve_exit_code(0), 0);
    CHECK_INT(serve_exit_code(-EACCES), EX_NOPERM);
    CHECK_INT(serve_exit_code(-ENOENT), EX_NOINPUT);
    CHECK_INT(serve_exit_code(-EINVAL), EX_CONFIG);
    CHECK_INT(serve_exit_code(-EPIPE), EX_UNAVAILABLE);
    CHECK_INT(serve_exit_code(-EUCLEAN), EX_UNAVAILABLE);
    CHECK_INT(serve_exit_code(-EIO), EX_IOERR);
    CHECK_INT(serve_exit_code(EIO), EX_IOERR);
}
