#include "tests/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "conf/base/io.h"

/* volatile: a compiler may otherwise leave out an allocation that nobody uses. */
static int allocate_twice(void *context) {
    int *runs = context;
    (*runs)++;
    void *volatile a = malloc(16);
    if (!a) return -ENOMEM;
    void *volatile b = calloc(2, 16);
    free(a);
    if (!b) return -ENOMEM;
    free(b);
    return 0;
}

TEST(fault, each_call_fails_once_and_then_the_operation_succeeds) {
    int runs = 0;
    FAULTSIM(allocate_twice, NULL, &runs);
    CHECK_INT(runs, 3);
}

TEST(fault, the_last_fault_is_named) {
    int runs = 0;
    fault_arm(1);
    CHECK_INT(allocate_twice(&runs), -ENOMEM);
    CHECK(fault_disarm());
    CHECK_STRING(fault_last(), "calloc");
    fault_arm(2);
    CHECK_INT(allocate_twice(&runs), 0);
    CHECK(!fault_disarm());
}

TEST(fault, nothing_fails_while_disarmed) {
    int runs = 0;
    CHECK_INT(allocate_twice(&runs), 0);
}

TEST(fault, a_child_of_fork_has_no_faults) {
    int runs = 0, status = -1;
    fault_arm(0);
    pid_t pid = fork();
    if (pid == 0) _exit(allocate_twice(&runs) == 0 ? 0 : 1);
    CHECK(!fault_disarm());
    REQUIRE(pid > 0 && waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
}

struct replacement {
    char path[PATH_MAX];
    int old_seen, new_seen;
};

static int replace_file(void *context) {
    struct replacement *x = context;
    return io_replace_file_at(AT_FDCWD, x->path, BYTES("new contents"), 0600);
}

/* Whatever failed: the old bytes or the new ones, never a mixture, never nothing. */
static void whole_file(void *context, int result) {
    struct replacement *x = context;
    (void) result;
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, 100);
    REQUIRE(io_read_file_at(AT_FDCWD, x->path, &text) == 0);
    bool is_old = bytes_equal(buf_bytes(&text), BYTES("old")), is_new = bytes_equal(buf_bytes(&text), BYTES("new contents"));
    CHECK(is_old || is_new);
    x->old_seen += is_old;
    x->new_seen += is_new;
}

TEST(fault, io_replace_file_leaves_the_old_or_the_new_bytes) {
    struct replacement x = { 0 };
    must(snprintf(x.path, sizeof(x.path), "%s/file", harness_temp_dir()) < PATH_MAX);
    REQUIRE(io_create_file_at(AT_FDCWD, x.path, BYTES("old"), 0600) == 0);
    FAULTSIM(replace_file, whole_file, &x);
    CHECK(x.old_seen >= 4); /* open, chmod, write, fsync failed */
    CHECK(x.new_seen >= 1);
}
