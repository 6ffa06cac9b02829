#include "conf/base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/harness.h"

/* Walls cannot be taken down again: each is tried in a child, whose exit status is the answer. */
static int in_child(int (*act)(void)) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) _exit(act());
    must(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

static int process_walls(void) {
    struct rlimit core;
    if (confine_process() != 0) return 1;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 2;
    if (prctl(PR_GET_DUMPABLE) != 0) return 3;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0) return 4;
    return 0;
}

TEST(confine, process_gains_no_rights_and_leaves_no_core) {
    CHECK_INT(in_child(process_walls), 0);
}

static int no_capabilities(void) {
    if (confine_capabilities(0) != 0) return 1;
    /* Root without capabilities may not give a file away. */
    if (chown("/dev/null", 12345, 12345) == 0) return 2;
    return errno == EPERM ? 0 : 3;
}

TEST(confine, root_without_capabilities_is_nobody_special) {
    if (geteuid() != 0) SKIP("needs root");
    CHECK_INT(in_child(no_capabilities), 0);
}

static int no_files(void) {
    bool active = false;
    int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (before < 0 || confine_process() != 0 || confine_no_files(&active) != 0) return 1;
    if (!active) return 77;
    if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES) return 2;
    if (open("/tmp/deidfs-confine-test", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0) return 3;
    char byte;
    return read(before, &byte, 1) == 0 ? 0 : 4; /* what was open keeps working */
}

TEST(confine, no_path_opens_any_more_and_open_files_keep_working) {
    int answer = in_child(no_files);
    if (answer == 77) SKIP("no Landlock in this kernel");
    CHECK_INT(answer, 0);
}
