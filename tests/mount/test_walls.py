"""What the guard's walls stop: each is climbed, from a process put behind exactly the same walls (deidfs-climber calls sandbox_enter)."""
import os
import resource
import subprocess

import mounting
from mounting import BUILD, IDENTITY, Instance

CLIMBER = os.path.join(BUILD, "tests/fs/deidfs-climber")


def climbed(i):
    out = subprocess.run([CLIMBER, i.config, i.root], capture_output=True, text=True, timeout=60)
    assert out.returncode == 0, out.stderr
    return dict(line.split(" ", 1) for line in out.stdout.strip().split("\n"))


def test_nothing_but_the_source_and_the_state_can_be_opened():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text\n")
        with open(os.path.join(i.root, "outside"), "w") as f:
            f.write("secret")
        got = climbed(i)
        assert got["read-source"] == "ok" and got["write-state"] == "ok", got
        for wall in ("write-source", "read-outside", "write-outside", "unlink-source", "read-root-home"):
            assert got[wall] in ("EACCES", "EROFS", "EPERM"), (wall, got)


def test_no_program_no_network_no_mount_no_trace_no_core():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text\n")
        got = climbed(i)
        for wall in ("connect-tcp", "mount", "ptrace-parent", "open-proc-mem", "raise-core-limit", "setuid-root", "chroot", "execve"):
            assert got[wall] in ("EACCES", "EPERM"), (wall, got)
        assert got["no-new-privs"] == "1" and got["dumpable"] == "0" and got["core-limit"] == "0", got


def test_the_running_guard_has_two_capabilities_no_new_privileges_and_its_walls():
    with Instance(IDENTITY) as i:
        i.mount()
        status = dict(line.split(":\t", 1) for line in open(f"/proc/{i.guard_pid()}/status").read().split("\n") if ":\t" in line)
        assert int(status["CapEff"], 16) == (1 << 2 | 1 << 19), status["CapEff"]  # CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE
        assert int(status["CapPrm"], 16) == int(status["CapEff"], 16) and int(status["CapInh"], 16) == 0
        assert status["NoNewPrivs"] == "1" and status["CoreDumping"] == "0"
        assert status["Seccomp"] == "2", status["Seccomp"]
        for task in os.listdir(f"/proc/{i.guard_pid()}/task"):
            line = [n for n in open(f"/proc/{i.guard_pid()}/task/{task}/status").read().split("\n") if n.startswith(("CapEff", "Seccomp:"))]
            assert line[0].endswith("0000000000080004") and line[1].endswith("2"), line


def test_the_keys_of_guard_and_keeper_are_locked_in_memory_and_kept_out_of_cores():
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] not in (-1, resource.RLIM_INFINITY) and resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] < 1 << 20:
        raise mounting.Skip("this machine lets nobody lock a megabyte")
    with Instance(IDENTITY) as i:
        i.mount()
        guard = i.guard_pid()
        children = open(f"/proc/{i.process.pid}/task/{i.process.pid}/children").read().split()
        for pid, pages in [(guard, 5)] + [(int(c), 1) for c in children if int(c) != guard]:
            locked = int(next(line for line in open(f"/proc/{pid}/status") if line.startswith("VmLck")).split()[1])
            assert locked >= 4 * pages, (pid, locked)
            flags = [line.split()[1:] for line in open(f"/proc/{pid}/smaps") if line.startswith("VmFlags")]
            assert all("dd" in f for f in flags if "lo" in f), "locked pages that a core would hold"


if __name__ == "__main__":
    mounting.main(globals())
