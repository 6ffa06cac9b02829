#include "conf/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "conf/base/text.h"

bool actor_exe_is_listed(const char *path) {
    static const char *const prefixes[] = { "/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/libexec/", "/usr/local/bin/", "/bin/", "/sbin/", "/opt/" };
    for (size_t i = 0; i < array_count(prefixes); i++) {
        if (strncmp(path, prefixes[i], strlen(prefixes[i])) == 0) return true;
    }
    return false;
}

/* Reads a small file of /proc/PID; the NUL is ours. */
static int actor_read_proc(int proc_fd, const char *name, char *out, size_t len) {
    _cleanup_(close_fd) int fd = openat(proc_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    ssize_t n = read(fd, out, len - 1);
    if (n < 0) return -errno;
    out[n] = '\0';
    return 0;
}

static void actor_read_ids(int proc_fd, struct actor *a) {
    char text[4096];
    if (actor_read_proc(proc_fd, "status", text, sizeof(text)) == 0) {
        const char *tgid = strstr(text, "\nTgid:"), *uid = strstr(text, "\nUid:"), *gid = strstr(text, "\nGid:");
        if (tgid) a->pid = (uint32_t) strtoul(tgid + 6, NULL, 10);
        if (uid) a->process_uid = (uint32_t) strtoul(uid + 5, NULL, 10);
        if (gid) a->gid = (uint32_t) strtoul(gid + 5, NULL, 10);
        a->uid = a->process_uid;
    }
    if (actor_read_proc(proc_fd, "loginuid", text, sizeof(text)) == 0) {
        unsigned long auid = strtoul(text, NULL, 10);
        if (auid != UINT32_MAX) a->auid = (int64_t) auid;
    }
    if (actor_read_proc(proc_fd, "sessionid", text, sizeof(text)) == 0) {
        unsigned long session = strtoul(text, NULL, 10);
        if (session != UINT32_MAX) a->session = (uint32_t) session;
    }
}

/* The command in parentheses may hold anything; fields are counted from the last ')': it ends field 2. */
static bool actor_stat_field(const char *text, int wanted, uint64_t *out) {
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < wanted; field++) at = strchr(at + 1, ' ');
    if (!at) return false;
    *out = strtoull(at + 1, NULL, 10);
    return true;
}

static void actor_read_start(int proc_fd, struct actor *a) {
    char text[2048];
    if (actor_read_proc(proc_fd, "stat", text, sizeof(text)) < 0) return;
    ignore(actor_stat_field(text, 22, &a->start)); /* unreadable: stays unset */
}

int actor_kinship(uint32_t pid, uint32_t *out_leader, uint64_t *out_start) {
    char path[64], text[2048];
    uint64_t leader = 0, start = 0;
    int len = snprintf(path, sizeof(path), "/proc/%u/stat", pid);
    must(len > 0 && (size_t) len < sizeof(path));
    if (actor_read_proc(AT_FDCWD, path, text, sizeof(text)) < 0) return -ESRCH;
    if (!actor_stat_field(text, 6, &leader) || !actor_stat_field(text, 22, &start) || leader > UINT32_MAX) return -ESRCH;
    *out_leader = (uint32_t) leader;
    *out_start = start;
    return 0;
}

/* What is not on the list of prefixes is named by a digest of the path: stable for grouping, unreadable. */
static void actor_read_exe(int proc_fd, struct actor *a) {
    char path[4096];
    struct stat st;
    if (fstatat(proc_fd, "exe", &st, 0) == 0) {
        a->exe_device = st.st_dev;
        a->exe_inode = st.st_ino;
    }
    ssize_t n = readlinkat(proc_fd, "exe", path, sizeof(path) - 1);
    if (n <= 0) return;
    path[n] = '\0';
    bool printable = true;
    for (ssize_t i = 0; i < n; i++) printable &= path[i] > ' ' && path[i] < 127 && path[i] != '"' && path[i] != '\\';
    if (printable && (size_t) n < sizeof(a->exe) && actor_exe_is_listed(path)) memcpy(a->exe, path, (size_t) n + 1);
}

bool actor_user_name(uint32_t uid, char *out) {
    char memory[4096];
    struct passwd pw, *found = NULL;
    if (getpwuid_r(uid, &pw, memory, sizeof(memory), &found) != 0 || !found) return false;
    size_t len = strlen(pw.pw_name);
    for (size_t i = 0; i < len; i++) {
        if (!text_is_alnum((uint8_t) pw.pw_name[i]) && !strchr("._-", pw.pw_name[i])) return false;
    }
    if (len == 0 || len >= ACTOR_USER_LEN_MAX) return false;
    memcpy(out, pw.pw_name, len + 1);
    return true;
}

int actor_of_process(uint32_t pid, struct actor *out) {
    char path[64];
    int len = snprintf(path, sizeof(path), "/proc/%u", pid);
    must(len > 0 && (size_t) len < sizeof(path));
    _cleanup_(close_fd) int proc_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (proc_fd < 0) return errno == ENOENT ? -ESRCH : -errno;
    struct actor a = { .pid = pid, .auid = ACTOR_AUID_UNSET };
    actor_read_ids(proc_fd, &a);
    actor_read_start(proc_fd, &a);
    actor_read_exe(proc_fd, &a);
    struct stat ns;
    if (fstatat(proc_fd, "ns/pid", &ns, 0) == 0) a.pid_namespace = ns.st_ino;
    ignore(actor_user_name(a.uid, a.user)); /* a uid without a name stays a number */
    *out = a;
    return 0;
}

void actor_of_self(struct actor *out) {
    struct actor a = { .auid = ACTOR_AUID_UNSET };
    if (actor_of_process((uint32_t) getpid(), &a) < 0) a.pid = (uint32_t) getpid();
    a.uid = a.process_uid = (uint32_t) getuid();
    a.gid = (uint32_t) getgid();
    *out = a;
}
