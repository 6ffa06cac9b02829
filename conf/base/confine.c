#include "conf/base/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* Landlock's numbers, carried here: the headers of the build machine may be older than the kernel it runs on (linux/landlock.h). */
enum { CONFINE_SYS_CREATE_RULESET = 444, CONFINE_SYS_RESTRICT_SELF = 446, CONFINE_CREATE_RULESET_VERSION = 1 };
enum { CONFINE_RIGHTS_ABI1 = 13, CONFINE_RIGHTS_ABI2 = 14, CONFINE_RIGHTS_ABI3 = 15, CONFINE_RIGHTS_ABI5 = 16 };
struct confine_ruleset_attr {
    uint64_t handled_access_fs;
};

int confine_process(void) {
    const struct rlimit none = { 0, 0 };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -errno;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return -errno;
    return setrlimit(RLIMIT_CORE, &none) < 0 ? -errno : 0;
}

int confine_capabilities(unsigned long long keep_mask) {
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 };
    struct __user_cap_data_struct data[2] = { 0 };
    if (syscall(SYS_capget, &header, data) < 0) return -errno;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t keep = (uint32_t) (keep_mask >> (32 * i));
        data[i].permitted &= keep;
        data[i].effective &= keep;
        data[i].inheritable = 0;
    }
    return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int confine_no_files(bool *out_active) {
    long abi = syscall(CONFINE_SYS_CREATE_RULESET, NULL, 0, CONFINE_CREATE_RULESET_VERSION);
    if (abi < 0) {
        if (errno != ENOSYS && errno != EOPNOTSUPP) return -errno;
        *out_active = false;
        return 0;
    }
    unsigned rights = abi >= 5 ? CONFINE_RIGHTS_ABI5 : abi >= 3 ? CONFINE_RIGHTS_ABI3 : abi == 2 ? CONFINE_RIGHTS_ABI2 : CONFINE_RIGHTS_ABI1;
    struct confine_ruleset_attr attr = { .handled_access_fs = ((uint64_t) 1 << rights) - 1 };
    _cleanup_(close_fd) int fd = (int) syscall(CONFINE_SYS_CREATE_RULESET, &attr, sizeof(attr), 0);
    if (fd < 0) return -errno;
    if (syscall(CONFINE_SYS_RESTRICT_SELF, fd, 0) < 0) return -errno;
    *out_active = true;
    return 0;
}
