#include "fs/mount.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "conf/base/log.h"

#define MOUNT_TYPE "fuse.deidfs"

bool mount_is_dead(const char *mountpoint) {
    struct statfs st;
    /* Not stat(2): attributes may still be cached. */
    return statfs(mountpoint, &st) < 0 && (errno == ENOTCONN || errno == ECONNABORTED);
}

static bool mount_contains(const char *outer, const char *inner) {
    size_t len = strlen(outer);
    if (strcmp(outer, "/") == 0) return true;
    return strncmp(outer, inner, len) == 0 && (inner[len] == '/' || inner[len] == '\0');
}

/* Octal escapes of /proc/self/mountinfo: \040 is a space. */
static void mount_unescape(char *text) {
    char *to = text;
    for (const char *at = text; *at;) {
        if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' && at[3] >= '0' && at[3] <= '7') {
            *to++ = (char) ((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
            at += 4;
        } else {
            *to++ = *at++;
        }
    }
    *to = '\0';
}

/* Calls visit for every mount of ours; stops at the first true. Format: proc(5), /proc/PID/mountinfo. */
static bool mount_any_of_ours(bool (*visit)(const char *mountpoint, const void *context), const void *context) {
    FILE *f = fopen("/proc/self/mountinfo", "re");
    char *line = NULL;
    size_t capacity = 0;
    bool found = false;
    if (!f) return false;
    while (!found && getline(&line, &capacity, f) > 0) {
        char *type = strstr(line, " - "), *save = NULL, *field = line;
        if (!type || strncmp(type + 3, MOUNT_TYPE " ", sizeof(MOUNT_TYPE)) != 0) continue;
        field = strtok_r(line, " ", &save);
        for (int i = 0; field && i < 4; i++) field = strtok_r(NULL, " ", &save);
        if (!field) continue;
        mount_unescape(field);
        found = visit(field, context);
    }
    free(line);
    (void) fclose(f);
    return found;
}

static bool mount_is_path(const char *mountpoint, const void *context) {
    return strcmp(mountpoint, context) == 0;
}

static bool mount_is_above(const char *mountpoint, const void *context) {
    return mount_contains(mountpoint, context);
}

static int mount_resolve(const char *given, char out[PATH_MAX], struct problem *p) {
    /* A dead mount cannot be resolved: it is taken away by the name it was given. */
    for (int i = 0; i < 8 && mount_is_dead(given); i++) {
        if (umount2(given, MNT_DETACH) < 0) return problem_set(p, -errno, "%s: a dead mount is in the way and cannot be detached: %s", given, strerror(errno));
        log_notice("detached-dead-mount", "count=%d", i + 1);
    }
    if (!realpath(given, out)) {
        int error = errno;
        const char *remedy = error == ENOENT ? "does not exist; make the folder first" : strerror(error);
        return problem_set(p, -error, "mountpoint %s: %s", given, remedy);
    }
    return 0;
}

static int mount_check_folder(const char *path, struct problem *p) {
    struct stat st;
    if (stat(path, &st) < 0) return problem_set(p, -errno, "mountpoint %s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode)) return problem_set(p, -ENOTDIR, "mountpoint %s is not a folder", path);
    if (mount_any_of_ours(mount_is_path, path)) return problem_set(p, -EBUSY, "%s is already a deidfs mount; unmount it first", path);
    DIR *dir = opendir(path);
    if (!dir) return problem_set(p, -errno, "mountpoint %s: %s", path, strerror(errno));
    bool empty = true;
    for (struct dirent *d; empty && (d = readdir(dir));) empty = strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0;
    (void) closedir(dir);
    if (!empty) return problem_set(p, -ENOTEMPTY, "mountpoint %s is not empty; give an empty folder, so that nothing is hidden under the mount", path);
    return 0;
}

int mount_prepare(const struct conf *c, const char *mountpoint, struct mount_plan *out, struct problem *p) {
    struct mount_plan plan = { .instance = c->instance, .owner = c->owner, .group = c->group };
    char source[PATH_MAX];
    int r = mount_resolve(mountpoint, plan.mountpoint, p);
    if (r < 0) return r;
    if (!realpath(c->source, source)) return problem_set(p, -errno, "source = %s: %s; correct [instance] source", c->source, strerror(errno));
    if (mount_contains(source, plan.mountpoint))
        return problem_set(p, -EINVAL, "mountpoint %s lies inside the source; mount elsewhere", plan.mountpoint);
    if (mount_contains(plan.mountpoint, source))
        return problem_set(p, -EINVAL, "the source lies inside the mountpoint %s; mount elsewhere", plan.mountpoint);
    if (mount_any_of_ours(mount_is_above, source))
        return problem_set(p, -EINVAL, "the source lies under another deidfs mount; give the original folder as source");
    r = mount_check_folder(plan.mountpoint, p);
    if (r < 0) return r;
    *out = plan;
    return 0;
}

int mount_attach(const struct mount_plan *plan, int fuse_fd, struct problem *p) {
    char data[256];
    int len = snprintf(data, sizeof(data), "fd=%d,rootmode=40000,user_id=%u,group_id=%u,default_permissions%s", fuse_fd, geteuid(), getegid(),
                       plan->allow_other ? ",allow_other" : "");
    must(len > 0 && (size_t) len < sizeof(data));
    if (mount(plan->instance, plan->mountpoint, MOUNT_TYPE, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, data) == 0) return 0;
    if (errno == EPERM) return problem_set(p, -EPERM, "mounting needs root (CAP_SYS_ADMIN)");
    return problem_set(p, -errno, "mount(2) on %s: %s", plan->mountpoint, strerror(errno));
}

void mount_detach(const struct mount_plan *plan) {
    if (mount_any_of_ours(mount_is_path, plan->mountpoint) || mount_is_dead(plan->mountpoint))
        ignore(umount2(plan->mountpoint, MNT_DETACH)); /* gone already is as good */
}
