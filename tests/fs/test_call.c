#include "fs/call.h"

#include <errno.h>

#include "tests/fs/instance.h"
#include "tests/fs/kernel.h"
#include "tests/harness.h"

static struct instance at;

TEST(call, every_call_gives_back_what_it_held) {
    instance_make(&at, NULL);
    instance_write(&at, "note.txt", "text\n");
    instance_start(&at);
    struct kernel *k = kernel_start(at.guard);
    struct fuse_entry_out e;
    struct fuse_attr_out a;
    uint64_t fh;
    for (int i = 0; i < 50; i++) {
        CHECK_INT(kernel_lookup(k, 1, "none", &e), -ENOENT);
        REQUIRE(kernel_lookup(k, 1, "note.txt", &e) == 0);
        CHECK_INT(kernel_getattr(k, e.nodeid, &a), 0);
        (void) kernel_open(k, e.nodeid, 2, &fh);
        kernel_forget(k, e.nodeid, 1);
    }
    REQUIRE(kernel_getattr(k, 1, &a) == 0);
    kernel_settle(k, 1);
    CHECK_INT(inodes_count(at.guard->inodes), 1);
    CHECK_INT(at.guard->policy->refs, 1);
    CHECK(workers_are_idle(at.guard->workers));
    kernel_stop(k);
    instance_stop(&at);
}

TEST(call, an_interrupted_request_is_answered_while_its_work_goes_on) {
    instance_make(&at, NULL);
    instance_write(&at, "slow.txt", "SLOW\n");
    (void) usleep(30000);
    instance_start(&at);
    struct kernel *k = kernel_start(at.guard);
    struct fuse_entry_out e;
    REQUIRE(kernel_lookup(k, 1, "slow.txt", &e) == 0);
    const struct fuse_getattr_in in = { 0 };
    kernel_tell(k, FUSE_GETATTR, e.nodeid, bytes_make(&in, sizeof(in)));
    (void) usleep(100000);
    CHECK_INT(kernel_interrupt_last(k), -EINTR);
    struct fuse_attr_out a;
    CHECK_INT(kernel_getattr(k, 1, &a), 0);
    kernel_stop(k);
    instance_stop(&at);
}
