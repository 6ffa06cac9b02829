#include "conf/actor.h"

#include <errno.h>

#include "tests/harness.h"

TEST(actor, self_has_pid_uid_and_start) {
    struct actor a;
    actor_of_self(&a);
    CHECK_INT(a.pid, getpid());
    CHECK_INT(a.uid, getuid());
    CHECK(a.start > 0);
    CHECK(a.pid_namespace > 0);
}

TEST(actor, a_process_that_is_gone_is_esrch) {
    struct actor a;
    CHECK_INT(actor_of_process(0x7ffffff0, &a), -ESRCH);
}

TEST(actor, only_system_prefixes_may_be_named) {
    CHECK(actor_exe_is_listed("/usr/bin/python3.11"));
    CHECK(!actor_exe_is_listed("/home/jane.doe/bin/read"));
    CHECK(!actor_exe_is_listed("/usr/binary"));
}
