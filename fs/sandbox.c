#include "fs/sandbox.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "conf/base/confine.h"
#include "conf/database.h"
#include "fs/sandbox_calls.h"

/* linux/landlock.h of the build machine may be older than the kernel: the numbers, by ABI, from Documentation/userspace-api/landlock.rst. */
enum { LANDLOCK_CREATE = 444, LANDLOCK_ADD = 445, LANDLOCK_RESTRICT = 446, LANDLOCK_VERSION = 1, LANDLOCK_PATH_BENEATH = 1,
       LANDLOCK_NET_PORT = 2, LANDLOCK_BIND_TCP = 1, LANDLOCK_CONNECT_TCP = 2 };
enum {
    RIGHT_WRITE_FILE = 1 << 1,
    RIGHT_READ_FILE = 1 << 2,
    RIGHT_READ_DIR = 1 << 3,
    RIGHT_REMOVE_DIR = 1 << 4,
    RIGHT_REMOVE_FILE = 1 << 5,
    RIGHT_MAKE_DIR = 1 << 7,
    RIGHT_MAKE_REG = 1 << 8,
    RIGHT_REFER = 1 << 13,     /* ABI 2 */
    RIGHT_TRUNCATE = 1 << 14,  /* ABI 3 */
    RIGHT_IOCTL_DEV = 1 << 15, /* ABI 5 */
};
enum {
    RIGHTS_READ = RIGHT_READ_FILE | RIGHT_READ_DIR,
    RIGHTS_STATE = RIGHTS_READ | RIGHT_WRITE_FILE | RIGHT_REMOVE_DIR | RIGHT_REMOVE_FILE | RIGHT_MAKE_DIR | RIGHT_MAKE_REG | RIGHT_REFER |
                   RIGHT_TRUNCATE,
    RIGHTS_DEVICE = RIGHT_READ_FILE | RIGHT_WRITE_FILE | RIGHT_IOCTL_DEV,
    RIGHTS_FILE_ONLY = RIGHT_WRITE_FILE | RIGHT_READ_FILE | RIGHT_TRUNCATE | RIGHT_IOCTL_DEV,
};
struct landlock_ruleset {
    uint64_t fs, net;
};
struct landlock_path {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed));
static_assert(sizeof(struct landlock_path) == 12, "struct landlock_path_beneath_attr is packed");
struct landlock_port {
    uint64_t allowed;
    uint64_t port;
};

static uint64_t sandbox_handled(int abi) {
    unsigned bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
    return ((uint64_t) 1 << bits) - 1;
}

/* A path that is not there needs no door. */
static int sandbox_allow(int ruleset, const char *path, uint64_t rights, uint64_t handled) {
    if (path[0] == '\0') return 0;
    _cleanup_(close_fd) int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT || errno == EACCES ? 0 : -errno;
    struct stat st;
    if (fstat(fd, &st) < 0) return -errno;
    if (!S_ISDIR(st.st_mode)) rights &= RIGHTS_FILE_ONLY;
    const struct landlock_path rule = { .allowed = rights & handled, .fd = fd };
    return syscall(LANDLOCK_ADD, ruleset, LANDLOCK_PATH_BENEATH, &rule, 0) < 0 ? -errno : 0;
}

static void sandbox_parent(const char *path, char out[PATH_MAX]) {
    const char *slash = strrchr(path, '/');
    size_t len = slash && slash != path ? (size_t) (slash - path) : 1;
    memcpy(out, path, len);
    out[len] = '\0';
}

/* A shared vault's: its password and certificates in the service user's home, the name service, its ports. */
static int sandbox_database_doors(int ruleset, const struct conf *c, const struct landlock_ruleset *attr) {
    static const char *const below_home[] = { ".pgpass", ".postgresql", ".pg_service.conf" };
    const char *home = getenv("HOME"), *password_file = getenv("PGPASSFILE");
    struct database_ports ports;
    char path[PATH_MAX];
    int r = password_file ? sandbox_allow(ruleset, password_file, RIGHTS_READ, attr->fs) : 0;
    for (size_t i = 0; r == 0 && home && i < array_count(below_home); i++) {
        int n = snprintf(path, sizeof(path), "%s/%s", home, below_home[i]);
        if (n > 0 && (size_t) n < sizeof(path)) r = sandbox_allow(ruleset, path, RIGHTS_READ, attr->fs);
    }
    database_ports(c->database, &ports);
    if (r == 0 && ports.count > 0) r = sandbox_allow(ruleset, "/run/systemd/resolve", RIGHTS_READ, attr->fs);
    for (size_t i = 0; r == 0 && attr->net != 0 && i < ports.count; i++) {
        const struct landlock_port rule = { .allowed = LANDLOCK_CONNECT_TCP, .port = ports.port[i] };
        if (syscall(LANDLOCK_ADD, ruleset, LANDLOCK_NET_PORT, &rule, 0) < 0) r = -errno;
    }
    return r;
}

static int sandbox_doors(int ruleset, const struct conf *c, uint64_t handled) {
    char copy_folder[PATH_MAX], conf_folder[PATH_MAX];
    sandbox_parent(c->checkpoint_copy, copy_folder);
    sandbox_parent(c->path, conf_folder);
    const struct {
        const char *path;
        uint64_t rights;
    } doors[] = {
        { c->source, RIGHTS_READ },  { c->state, RIGHTS_STATE }, { c->journal, RIGHTS_STATE }, { copy_folder, RIGHTS_STATE },
        { conf_folder, RIGHTS_READ }, { c->rules, RIGHTS_READ },  { c->lists, RIGHTS_READ },    { c->roster, RIGHTS_READ },
        { c->profile_file, RIGHTS_READ },
        { "/proc", RIGHTS_READ },    { "/etc", RIGHTS_READ },    { "/usr", RIGHTS_READ },      { "/lib", RIGHTS_READ },
        { "/lib64", RIGHTS_READ },   { "/dev/fuse", RIGHTS_DEVICE }, { "/dev/urandom", RIGHT_READ_FILE }, { "/dev/null", RIGHTS_DEVICE },
        { "/sys/devices/system/cpu", RIGHTS_READ },
    };
    for (size_t i = 0; i < array_count(doors); i++) {
        int r = sandbox_allow(ruleset, doors[i].path, doors[i].rights, handled);
        if (r < 0) return r;
    }
    return 0;
}

static int sandbox_landlock(const struct conf *c, struct sandbox_report *out) {
    long abi = syscall(LANDLOCK_CREATE, NULL, 0, LANDLOCK_VERSION);
    if (abi < 0) return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
    /* Bind and connect of TCP are handled and not allowed but to the vault's database (ABI 4). */
    const struct landlock_ruleset attr = { .fs = sandbox_handled((int) abi), .net = abi >= 4 ? LANDLOCK_BIND_TCP | LANDLOCK_CONNECT_TCP : 0 };
    _cleanup_(close_fd) int ruleset = (int) syscall(LANDLOCK_CREATE, &attr, abi >= 4 ? sizeof(attr) : sizeof(attr.fs), 0);
    if (ruleset < 0) return -errno;
    int r = sandbox_doors(ruleset, c, attr.fs);
    if (r == 0 && c->database[0]) r = sandbox_database_doors(ruleset, c, &attr);
    if (r < 0) return r;
    if (syscall(LANDLOCK_RESTRICT, ruleset, 0) < 0) return -errno;
    out->landlock = true;
    out->landlock_abi = (int) abi;
    return 0;
}

/* The state's owner is the service user: deidfs-setup made it so. Root's state, root's process. */
static int sandbox_user(const struct conf *c, struct problem *p) {
    struct stat st;
    if (geteuid() != 0) return 0;
    if (stat(c->state, &st) < 0) return problem_set(p, -errno, "state = %s: %s", c->state, strerror(errno));
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return -errno;
    if (setgroups(0, NULL) < 0 && errno != EPERM) return problem_set(p, -errno, "cannot leave root's groups: %s", strerror(errno));
    if (setresgid(st.st_gid, st.st_gid, st.st_gid) < 0) return problem_set(p, -errno, "cannot become the state's group: %s", strerror(errno));
    if (setresuid(st.st_uid, st.st_uid, st.st_uid) < 0) return problem_set(p, -errno, "cannot become the state's owner: %s", strerror(errno));
    return prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 ? -errno : 0;
}

/* After setresuid the effective set is empty, the permitted one kept: raise the two we keep. */
static int sandbox_capabilities(void) {
    const unsigned long long keep = 1ull << CAP_DAC_READ_SEARCH | 1ull << CAP_SYS_PTRACE;
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { 0 };
    if (syscall(SYS_capget, &header, data) < 0) return -errno;
    data[0].effective |= data[0].permitted & (uint32_t) keep;
    if (syscall(SYS_capset, &header, data) < 0) return -errno;
    return confine_capabilities(keep);
}

int sandbox_enter(const struct conf *c, struct sandbox_report *out, struct problem *p) {
    *out = (struct sandbox_report) { 0 };
    int r = sandbox_user(c, p);
    if (r < 0) return r;
    r = confine_process();
    if (r == 0) r = sandbox_capabilities();
    if (r == 0) r = sandbox_landlock(c, out);
    struct database_ports ports;
    database_ports(c->database, &ports);
    if (r == 0) r = sandbox_refuse_calls(ports.count > 0);
    if (r < 0) return problem_set(p, r, "the process could not be confined: %s", strerror(-r));
    return 0;
}
