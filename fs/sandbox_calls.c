/* System calls that the guard never needs and an intruder would: refused with EPERM by seccomp. A list of what is refused, not of what is allowed:
 * the C library's own choice of calls changes between releases, and a guard that dies of an update protects nobody. Landlock, capabilities and
 * no_new_privs hold behind it. */
#include "fs/sandbox_calls.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "conf/base/attr.h"

#if defined(__x86_64__)
#define SANDBOX_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SANDBOX_ARCH AUDIT_ARCH_AARCH64
#else
#error "name this machine's AUDIT_ARCH_ constant here"
#endif

/* Programs, other processes, mounts, name spaces, kernel, keys, raw handles, identity. */
static const int sandbox_refused[] = {
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_getfd,
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsmount, SYS_fspick, SYS_fsconfig,
    SYS_unshare, SYS_setns, SYS_swapon, SYS_swapoff, SYS_reboot, SYS_kexec_load, SYS_init_module, SYS_finit_module,
    SYS_delete_module, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_open_by_handle_at,
    SYS_name_to_handle_at, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid,
    SYS_setresuid, SYS_setresgid, SYS_setgroups, SYS_setfsuid, SYS_setfsgid, SYS_personality, SYS_acct, SYS_quotactl, SYS_settimeofday,
    SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex, SYS_sethostname, SYS_setdomainname, SYS_syslog, SYS_mknodat, SYS_symlinkat, SYS_linkat,
};

enum { SANDBOX_FILTER_MAX = 256 };

struct sandbox_filter {
    struct sock_filter code[SANDBOX_FILTER_MAX];
    unsigned short len;
};

static void sandbox_emit(struct sandbox_filter *f, struct sock_filter instruction) {
    must(f->len < SANDBOX_FILTER_MAX);
    f->code[f->len++] = instruction;
}

static void sandbox_load(struct sandbox_filter *f, size_t offset) {
    sandbox_emit(f, (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t) offset));
}

static void sandbox_return(struct sandbox_filter *f, uint32_t what) {
    sandbox_emit(f, (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, what));
}

/* The arguments are 64 bits, little endian on both machines above; these ones fit the low half. */
static size_t sandbox_argument(unsigned n) {
    return offsetof(struct seccomp_data, args) + n * sizeof(uint64_t);
}

/* socket(2): local ones alone (syslog, name service), unless the vault's database is on another host. */
static void sandbox_socket(struct sandbox_filter *f, bool may_connect) {
    static const uint32_t families[] = { AF_UNIX, AF_INET, AF_INET6 };
    unsigned count = may_connect ? array_count(families) : 1;
    sandbox_emit(f, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, (uint8_t) (2 + 2 * count)));
    sandbox_load(f, sandbox_argument(0));
    for (unsigned i = 0; i < count; i++) {
        sandbox_emit(f, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, families[i], 0, 1));
        sandbox_return(f, SECCOMP_RET_ALLOW);
    }
    sandbox_return(f, SECCOMP_RET_ERRNO | EPERM);
}

/* clone(2): threads alone; clone3(2), whose flags lie in memory, does not exist: the C library then uses clone. */
static void sandbox_clone(struct sandbox_filter *f) {
    sandbox_emit(f, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1));
    sandbox_return(f, SECCOMP_RET_ERRNO | ENOSYS);
    sandbox_emit(f, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4));
    sandbox_load(f, sandbox_argument(0));
    sandbox_emit(f, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1));
    sandbox_return(f, SECCOMP_RET_ALLOW);
    sandbox_return(f, SECCOMP_RET_ERRNO | EPERM);
}

int sandbox_refuse_calls(bool may_connect) {
    struct sandbox_filter f = { .len = 0 };
    sandbox_load(&f, offsetof(struct seccomp_data, arch));
    sandbox_emit(&f, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SANDBOX_ARCH, 1, 0));
    sandbox_return(&f, SECCOMP_RET_KILL_PROCESS); /* another call table: the numbers below would mean something else */
    sandbox_load(&f, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < array_count(sandbox_refused); i++) {
        sandbox_emit(&f, (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t) sandbox_refused[i], 0, 1));
        sandbox_return(&f, SECCOMP_RET_ERRNO | EPERM);
    }
    sandbox_clone(&f);
    sandbox_socket(&f, may_connect);
    sandbox_return(&f, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = { .len = f.len, .filter = f.code };
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0) return 0;
    return errno == ENOSYS || errno == EINVAL ? 0 : -errno; /* a kernel without seccomp: the other walls stand */
}
