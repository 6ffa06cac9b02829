#include "fs/sandbox_calls.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "conf/base/confine.h"
#include "tests/harness.h"

/* In a child, since the walls never come down again. Returns the child's exit code. */
static int behind_walls_with(int (*climb)(void), bool may_connect) {
    pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) _exit(confine_process() == 0 && sandbox_refuse_calls(may_connect) == 0 ? climb() : 99);
    int status = 0;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int behind_walls(int (*climb)(void)) {
    return behind_walls_with(climb, false);
}

static int climb_exec(void) {
    char *const argv[] = { NULL };
    return execve("/bin/true", argv, argv) < 0 && errno == EPERM ? 0 : 1;
}

static int climb_fork(void) {
    return fork() < 0 && errno == EPERM ? 0 : 1;
}

static int climb_network(void) {
    int internet = socket(AF_INET, SOCK_STREAM, 0), error = errno;
    int local = socket(AF_UNIX, SOCK_STREAM, 0);
    return internet < 0 && error == EPERM && local >= 0 ? 0 : 1;
}

static int climb_mount(void) {
    return mount("none", "/", "tmpfs", 0, NULL) < 0 && errno == EPERM && umount2("/", MNT_DETACH) < 0 && errno == EPERM ? 0 : 1;
}

static void *thread_main(void *unused) {
    return unused;
}

static int climb_thread(void) {
    pthread_t t;
    return pthread_create(&t, NULL, thread_main, NULL) == 0 && pthread_join(t, NULL) == 0 ? 0 : 1;
}

TEST(sandbox, no_program_no_process_no_network_no_mount) {
    CHECK_INT(behind_walls(climb_exec), 0);
    CHECK_INT(behind_walls(climb_fork), 0);
    CHECK_INT(behind_walls(climb_network), 0);
    CHECK_INT(behind_walls(climb_mount), 0);
}

static int climb_database(void) {
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 && socket(AF_INET6, SOCK_STREAM, 0) >= 0 && socket(AF_UNIX, SOCK_STREAM, 0) >= 0 &&
                   socket(AF_NETLINK, SOCK_RAW, 0) < 0 && errno == EPERM
               ? 0
               : 1;
}

TEST(sandbox, a_database_on_another_host_can_be_reached) {
    CHECK_INT(behind_walls_with(climb_database, true), 0);
    CHECK_INT(behind_walls_with(climb_exec, true), 0);
}

TEST(sandbox, threads_still_start) {
    CHECK_INT(behind_walls(climb_thread), 0);
}
