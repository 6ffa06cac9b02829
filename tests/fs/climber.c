/* deidfs-climber CONFIG FOLDER: goes behind the guard's walls, then tries to climb each; prints "<wall> <ok or errno>" a line. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "fs/sandbox.h"

static void say(const char *wall, long r) {
    printf("%s %s\n", wall, r >= 0 ? "ok" : strerrorname_np(errno));
}

static int at(const char *folder, const char *name, int flags) {
    char path[8192];
    (void) snprintf(path, sizeof(path), "%s/%s", folder, name);
    return open(path, flags | O_CLOEXEC, 0600);
}

static void climb_files(const struct conf *c, const char *folder) {
    char path[8192];
    say("read-source", at(c->source, "a.txt", O_RDONLY));
    say("write-source", at(c->source, "a.txt", O_WRONLY));
    (void) snprintf(path, sizeof(path), "%s/a.txt", c->source);
    say("unlink-source", unlink(path));
    say("write-state", at(c->state, "climbed", O_WRONLY | O_CREAT));
    say("read-outside", at(folder, "outside", O_RDONLY));
    say("write-outside", at(folder, "new", O_WRONLY | O_CREAT));
    say("read-root-home", open("/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static void climb_kernel(void) {
    const struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    say("connect-tcp", fd < 0 ? fd : connect(fd, (const struct sockaddr *) &to, sizeof(to)));
    say("mount", mount("none", "/mnt", "tmpfs", 0, NULL));
    say("ptrace-parent", ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
    char path[64];
    (void) snprintf(path, sizeof(path), "/proc/%d/mem", (int) getppid());
    say("open-proc-mem", open(path, O_RDWR | O_CLOEXEC));
    const struct rlimit high = { RLIM_INFINITY, RLIM_INFINITY };
    say("raise-core-limit", setrlimit(RLIMIT_CORE, &high));
    say("setuid-root", setresuid(0, 0, 0));
    say("chroot", chroot("/"));
    char *const argv[] = { NULL };
    say("execve", execve("/bin/true", argv, argv));
}

int main(int argc, char *argv[]) {
    struct conf *c = NULL;
    struct sandbox_report report;
    struct problem p;
    if (argc != 3 || conf_load(argv[1], &c, &p) < 0 || sandbox_enter(c, &report, &p) < 0) {
        (void) fprintf(stderr, "climber: %s\n", p.text);
        return 1;
    }
    climb_files(c, argv[2]);
    climb_kernel();
    struct rlimit core;
    (void) getrlimit(RLIMIT_CORE, &core);
    printf("no-new-privs %d\ndumpable %d\ncore-limit %d\nlandlock %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
           (int) core.rlim_cur, report.landlock_abi);
    conf_free(c);
    return 0;
}
