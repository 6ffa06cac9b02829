/* struct actor: the person or process that asks. Filled at OPEN from the FUSE request and /proc while the caller is blocked (fs/request.c),
 * or from SO_PEERCRED and getuid() in the tools. Only numbers and closed enumerations: what a user chooses never enters (journal.md).
 * Threads: a value. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "conf/base/attr.h"

enum { ACTOR_USER_LEN_MAX = 64, ACTOR_EXE_LEN_MAX = 128, ACTOR_TOKEN_LEN_MAX = 32, ACTOR_AUID_UNSET = -1 };

struct actor {
    uint32_t uid;         /* of the request: the caller's fsuid */
    uint32_t gid;
    uint32_t process_uid; /* of the process: differs under overlayfs and setfsuid */
    int64_t auid;         /* loginuid; ACTOR_AUID_UNSET where the kernel has none (services, containers) */
    uint32_t session;     /* audit session id; 0 unset */
    uint32_t pid;         /* thread group id; 0 invisible from the mount's pid namespace */
    uint64_t start;       /* clock ticks since boot (proc(5) field 22) */
    uint64_t pid_namespace;
    uint64_t exe_device, exe_inode;     /* of the file that runs; 0 unknown. Not recorded */
    char user[ACTOR_USER_LEN_MAX];      /* passwd name of uid; "" unknown */
    char exe[ACTOR_EXE_LEN_MAX];        /* path under an allow-listed prefix, else "" and exe_token is set */
    char exe_token[ACTOR_TOKEN_LEN_MAX]; /* x1_… */
    char cgroup_token[ACTOR_TOKEN_LEN_MAX]; /* c1_… */
    char bound[ACTOR_USER_LEN_MAX];     /* passwd name of whom deidfs-session bound to the process; "" nobody */
};

/* The calling process itself (the tools; the mount's own records). Never fails: what cannot be read stays unset. */
void actor_of_self(struct actor *out);
/* Any process by /proc/PID; 0 or a negative errno (-ESRCH: gone). uid and gid are the process's. */
_must_use_ int actor_of_process(uint32_t pid, struct actor *out);
/* The kernel session's leader and the process's start time (proc(5) fields 6 and 22). -ESRCH: gone. */
_must_use_ int actor_kinship(uint32_t pid, uint32_t *out_leader, uint64_t *out_start);
/* The passwd name of a uid, when it is of letters, digits and ._- alone; false: none, or another. out has ACTOR_USER_LEN_MAX bytes. */
_must_use_ bool actor_user_name(uint32_t uid, char *out);
/* True for the prefixes that distributions own: /usr/bin/, /usr/sbin/, /usr/lib/, /usr/libexec/, /usr/local/bin/, /bin/, /sbin/, /opt/. */
bool actor_exe_is_listed(const char *path);
