/* The mountpoint: what may be mounted where, the mount(2) itself, and taking a dead one away. Runs in the monitor, as root.
 * Threads: one. */
#pragma once

#include "conf/base/problem.h"
#include "conf/conf.h"

struct mount_plan {
    char mountpoint[PATH_MAX]; /* resolved */
    const char *instance;      /* fsname */
    bool allow_other;
    uid_t owner;
    gid_t group;
};

/* Resolves the mountpoint and detaches a dead mount of ours there (ENOTCONN). Refuses: a missing mountpoint, one that is no folder, one that
 * is not empty or already has a mount of ours, one inside the source, a source that lies under a mount of ours or inside the mountpoint. */
_must_use_ int mount_prepare(const struct conf *c, const char *mountpoint, struct mount_plan *out, struct problem *p);
/* mount(2) with an open /dev/fuse: ro,nosuid,nodev,noexec,default_permissions whatever was asked. */
_must_use_ int mount_attach(const struct mount_plan *plan, int fuse_fd, struct problem *p);
/* Lazily; quiet when there is nothing. */
void mount_detach(const struct mount_plan *plan);
/* The kernel says ENOTCONN: its daemon is gone. */
bool mount_is_dead(const char *mountpoint);
