/* deidfs: the mount. See deidfs(8). */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "conf/base/log.h"
#include "fs/monitor.h"
#include "fs/serve.h"

static void main_help(void) {
    printf("usage: deidfs INSTANCE|CONFIG MOUNTPOINT [-o option[,option…]] [-f]\n"
           "\n"
           "Mounts a read-only, de-identified view of the configured source folder.\n"
           "\n"
           "  INSTANCE           a name: its configuration is /etc/deidfs/NAME.conf\n"
           "  CONFIG             a path with a '/': the configuration itself\n"
           "  MOUNTPOINT         an empty folder outside the source\n"
           "  -o allow_other     let other users read the mount (access rules still hold)\n"
           "  -o OPTION,…        what fstab writes (ro, noauto, _netdev, x-systemd.…) is accepted\n"
           "  -f, --foreground   stay in the foreground, log to standard error\n"
           "  -v, --verbose      log more\n"
           "  -h, --help         this text\n"
           "  -V, --version      the version\n"
           "\n"
           "Exits 0 once the mount serves; 64 usage, 66 no source or mountpoint, 69 keeper,\n"
           "journal or vault failed, 70 died, 74 I/O error, 77 permission, 78 configuration.\n"
           "Unmount with umount(8). Manual: deidfs(8), deidfs.conf(5).\n");
}

/* Waits for the monitor's word. Without one it died: that is a failure too. */
static int main_wait(int status_fd, pid_t monitor) {
    struct serve_message report;
    size_t have = 0;
    while (have < sizeof(report)) {
        ssize_t n = read(status_fd, (char *) &report + have, sizeof(report) - have);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        have += (size_t) n;
    }
    if (have < sizeof(report)) {
        int status = 0;
        ignore(waitpid(monitor, &status, 0)); /* it is gone or going; its code is all there is to say */
        (void) fprintf(stderr, "deidfs: the mount's process died before it was ready\n");
        return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : EX_SOFTWARE;
    }
    report.text[sizeof(report.text) - 1] = '\0';
    if (report.exit_code != 0) (void) fprintf(stderr, "deidfs: %s\n", report.text);
    return report.exit_code;
}

static int main_daemon(const struct options *o) {
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) < 0) return EX_OSERR;
    pid_t monitor = fork();
    if (monitor < 0) return EX_OSERR;
    if (monitor == 0) {
        close_fd(&pair[0]);
        ignore(setsid()); /* fails only for a group leader, which a fresh child is not */
        return monitor_run(o, pair[1]);
    }
    close_fd(&pair[1]);
    return main_wait(pair[0], monitor);
}

int main(int argc, char *argv[]) {
    struct options o;
    struct problem p;
    if (options_parse(argc, argv, &o, &p) < 0) {
        (void) fprintf(stderr, "deidfs: %s\n", p.text);
        return EX_USAGE;
    }
    if (o.help) {
        main_help();
        return 0;
    }
    if (o.version) {
        printf("deidfs " DEIDFS_VERSION "\n");
        return 0;
    }
    if (sodium_init() < 0) return EX_OSERR;
    if (o.verbose) log_set_level(LOG_LEVEL_DEBUG);
    if (o.fake) return 0;
    return o.foreground ? monitor_run(&o, -1) : main_daemon(&o);
}
