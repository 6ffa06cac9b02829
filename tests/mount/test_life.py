"""The mount's life: start, readiness, exit codes, signals, faults of disk, keeper and guard, dead mounts, the record of every access."""
import errno
import os
import re
import resource
import signal
import subprocess
import threading
import time

import mounting
from mounting import IDENTITY, JOURNAL, Instance, Skip


def run(*words, limit=60):
    return subprocess.run(list(words), capture_output=True, text=True, timeout=limit)


def children(pid):
    out = run("ps", "-o", "pid=", "--ppid", str(pid)).stdout.split()
    return [int(p) for p in out]


def daemon_pid(i):
    """The monitor of a mount in the background."""
    for p in os.listdir("/proc"):
        if p.isdigit():
            try:
                line = open(f"/proc/{p}/cmdline", "rb").read().split(b"\0")
            except OSError:
                continue
            if i.config.encode() in line and int(open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()[1]) == 1:
                return int(p)
    return None


def wait_until(condition, limit=20):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_the_daemon_returns_0_only_once_the_mount_serves():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text\n")
        out = run(i.program, i.config, i.mnt)
        assert out.returncode == 0, out.stderr
        assert open(i.view("a.txt")).read() == "text\n"
        pid = daemon_pid(i)
        assert pid
        for fd in (0, 1, 2):
            assert os.readlink(f"/proc/{pid}/fd/{fd}") == "/dev/null"
        assert run("umount", i.mnt).returncode == 0
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"))
        types = [r["type"] for r in i.records()]
        assert "mount" in types and "umount" in types and types.count("open") == types.count("close") == 1


def test_each_wrong_start_says_why_and_exits_with_its_code():
    with Instance(IDENTITY) as i:
        def start(code, words, *args):
            out = run(i.program, *args)
            assert out.returncode == code, (args, out.returncode, out.stderr)
            assert words in out.stderr, (words, out.stderr)
            assert not os.path.ismount(i.mnt)
        file = os.path.join(i.root, "file")
        open(file, "w").close()
        full = os.path.join(i.root, "full")
        os.makedirs(os.path.join(full, "x"))
        inside = i.path("inside")
        os.mkdir(inside)
        start(64, "no mountpoint", i.config)
        start(64, "did you mean \"allow_other\"", i.config, i.mnt, "-o", "alow_other")
        start(78, "", os.path.join(i.root, "none.conf"), i.mnt)
        start(66, "does not exist", i.config, os.path.join(i.root, "nowhere"))
        start(66, "is not a folder", i.config, file)
        start(74, "not empty", i.config, full)
        start(78, "inside the source", i.config, inside)
        start(78, "inside the source", i.config, i.source)
        start(78, "inside the mountpoint", i.config, i.root)
        start(78, "fsname", i.config, i.mnt, "-o", "fsname=other")
        text = open(i.config).read()
        open(i.config, "w").write(text.replace("[policy]\n", "[policy]\nprofil = x\n", 1))
        start(78, "profil", i.config, i.mnt)
        open(i.config, "w").write(text)
        os.rename(os.path.join(i.state, "keys"), os.path.join(i.state, "away"))
        out = run(i.program, i.config, i.mnt)
        assert out.returncode in (66, 69, 74, 77) and "key" in out.stderr, (out.returncode, out.stderr)
        os.rename(os.path.join(i.state, "away"), os.path.join(i.state, "keys"))
        os.rename(i.source, i.source + "-away")
        out = run(i.program, i.config, i.mnt)
        assert out.returncode == 66 and "source" in out.stderr, (out.returncode, out.stderr)
        os.rename(i.source + "-away", i.source)
        i.mount()


def test_a_second_mount_of_the_instance_or_on_the_place_is_refused():
    with Instance(IDENTITY) as i:
        i.mount()
        out = run(i.program, i.config, i.mnt)
        assert out.returncode == 69 and "already" in out.stderr, (out.returncode, out.stderr)
        other = os.path.join(i.root, "other")
        os.mkdir(other)
        out = run(i.program, i.config, other)
        assert out.returncode == 69, (out.returncode, out.stderr)
        assert not os.path.ismount(other)


def test_a_source_under_a_mount_of_ours_is_refused():
    with Instance(IDENTITY) as i:
        i.write("ward/a.txt", b"text\n")
        i.mount()
        state, mnt = os.path.join(i.root, "state2"), os.path.join(i.root, "mnt2")
        os.mkdir(mnt)
        out = run(mounting.SETUP, "--instance", "nested", "--source", i.view("ward"), "--state", state)
        if out.returncode == 0:
            out = run(i.program, out.stdout.strip(), mnt)
        assert out.returncode != 0 and not os.path.ismount(mnt)


def test_sigterm_ends_with_0_a_checkpoint_and_an_umount_record():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text\n")
        i.mount()
        held = open(i.view("a.txt"))
        assert i.unmount() == 0
        held.close()
        records = i.records()
        types = [r["type"] for r in records if r["type"] in ("mount", "open", "close", "umount")]
        assert types == ["mount", "open", "close", "umount"], types


def test_kill_9_of_everything_leaves_a_dead_mount_that_the_next_start_takes_away():
    with Instance(IDENTITY) as i:
        for n in range(50):
            i.write(f"f{chr(97 + n % 26)}{n // 26}.txt", b"text\n" * n)
        for attempt in range(3):
            i.mount()
            stop, opened = threading.Event(), []

            def read_on():
                while not stop.is_set():
                    for name in os.listdir(i.source):
                        try:
                            with open(i.view(name), "rb") as f:
                                f.read()
                            opened.append(name)
                        except OSError:
                            return
            t = threading.Thread(target=read_on)
            t.start()
            wait_until(lambda: opened)
            time.sleep(0.1 + 0.1 * attempt)
            i.kill()
            stop.set()
            t.join()
        i.mount()
        assert open(i.view("fb0.txt")).read() == "text\n"
        assert i.unmount() == 0
        records = i.records()
        assert sum(r["type"] == "open" for r in records) > 0
        if os.path.exists(JOURNAL):
            out = i.verify()
            assert out.returncode == 0, out.stdout + out.stderr


def test_a_guard_that_dies_is_unmounted_and_reported():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text\n")
        i.mount()
        os.kill(i.guard_pid(), signal.SIGKILL)
        assert i.process.wait(10) == 70
        assert not os.path.ismount(i.mnt) and os.listdir(i.mnt) == []
        i.process = None


def test_without_the_keeper_nothing_new_is_served_and_the_mount_ends():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text\n")
        i.mount()
        guard = i.guard_pid()
        (keeper,) = [p for p in children(i.process.pid) if p != guard]
        os.kill(keeper, signal.SIGKILL)
        try:
            open(i.view("a.txt")).read()
            raise AssertionError("served without a keeper")
        except OSError as e:
            assert e.errno in (errno.EIO, errno.ENOTCONN), e
        assert i.process.wait(20) == 69
        i.process = None


def test_every_open_listing_refusal_and_denial_has_its_record_and_nothing_else_has():
    with Instance(IDENTITY) as i:
        for n in range(30):
            i.write(f"d{n % 3}/f{chr(97 + n)}.txt", b"text %d\n" % n)
        i.write("bad.txt", b"REFUSE\n")
        time.sleep(0.05)
        i.mount()
        log = os.path.join(i.root, "strace")
        script = (f"cat {i.mnt}/d0/*.txt >/dev/null; grep -r text {i.mnt} >/dev/null; cat {i.mnt}/bad.txt; tar cf /dev/null {i.mnt}; "
                  f"stat {i.mnt}/d1/*.txt >/dev/null; cp {i.mnt}/d2/*.txt {i.root}; exit 0")
        subprocess.run(["strace", "-f", "-qq", "-e", "trace=open,openat", "-o", log, "sh", "-c", script], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=120)
        i.unmount()
        lines = re.sub(r"<unfinished \.\.\.>\n", "", open(log).read()).split("\n")
        # openat relative to a folder of the mount counts too: every successful open of a path that is not absolute elsewhere.
        opens = lists = 0
        for line in lines:
            m = re.search(r'open(?:at)?\((?:(\w+), )?"([^"]*)", ([A-Z_|0]+).*= (-?\d+)', line)
            if not m or int(m[4]) < 0 or "O_PATH" in m[3] or "O_WRONLY" in m[3]:
                continue
            inside = m[2].startswith(i.mnt) or (not m[2].startswith("/") and m[1] not in (None, "AT_FDCWD"))
            if inside and "O_DIRECTORY" in m[3]:
                lists += 1
            elif inside:
                opens += 1
        records = i.records()
        count = {t: sum(r["type"] == t for r in records) for t in ("open", "close", "list", "refuse")}
        # Folders opened without O_DIRECTORY are lists too: together nothing is missing and nothing is invented.
        assert count["open"] + count["list"] == opens + lists, (count, opens, lists)
        assert count["open"] == count["close"] and count["open"] >= 30 and count["list"] >= 8, count
        assert count["refuse"] == 2, count  # cat and grep; tar to /dev/null reads no file
        for r in records:
            if r["type"] in ("open", "list"):
                assert r["who"]["pid"] > 0 and r["who"]["exe"].startswith("/usr/bin/") and r["who"]["uid"] == 0, r
        print(f"# {count}, strace saw {opens} opens and {lists} folder opens")


def test_who_may_not_read_is_denied_and_recorded():
    with Instance(IDENTITY, config="[access]\nusers = daemon\n") as i:
        i.write("a.txt", b"text\n")
        os.chmod(i.root, 0o755)
        i.mount("-o", "allow_other")
        me = run("cat", i.view("a.txt"))
        assert me.returncode != 0 and "Permission denied" in me.stderr, me
        allowed = run("setpriv", "--reuid=daemon", "--regid=daemon", "--clear-groups", "cat", i.view("a.txt"))
        assert allowed.stdout == "text\n", allowed
        listing = run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "ls", i.mnt)
        assert listing.returncode != 0
        i.unmount()
        denied = [r for r in i.records() if r["type"] == "deny"]
        assert len(denied) == 2 and denied[0]["who"]["user"] == "root" and denied[1]["who"]["user"] == "nobody", denied


def test_a_full_journal_denies_reading_and_loses_nothing():
    with Instance(IDENTITY) as i:
        for n in range(20):
            i.write(f"f{chr(97 + n)}.txt", b"text\n")
        small = os.path.join(i.root, "small")
        os.mkdir(small)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "none", small], check=True)
        try:
            subprocess.run(["cp", "-a", os.path.join(i.state, "journal"), small], check=True)
            i.configure(f"[instance]\njournal = {small}/journal\n")
            i.mount()
            assert open(i.view("fa.txt")).read() == "text\n"
            with open(os.path.join(small, "fill"), "wb") as f:
                try:
                    while True:
                        f.write(b"\0" * (1 << 20))
                        f.flush()
                except OSError as e:
                    assert e.errno == errno.ENOSPC
            refused = served = 0
            end = time.monotonic() + 60
            while refused < 20 and time.monotonic() < end:
                for name in sorted(os.listdir(i.source)):
                    try:
                        with open(i.view(name)) as f:
                            served += f.read() == "text\n"
                    except OSError as e:
                        assert e.errno == errno.EIO, e
                        refused += 1
            print(f"# served {served + 1} on preallocated space, then refused {refused}")
            assert refused >= 20
            os.unlink(os.path.join(small, "fill"))
            i.unmount()
            i.mount()
            assert open(i.view("fa.txt")).read() == "text\n"
            assert i.unmount() == 0
            os.rename(os.path.join(i.state, "journal"), os.path.join(i.root, "old"))
            os.symlink(os.path.join(small, "journal"), os.path.join(i.state, "journal"))
            records = i.records()
            opens = sum(r["type"] == "open" for r in records)
            assert opens >= served + 2, (opens, served)
        finally:
            i.unmount()
            subprocess.run(["umount", "-l", small], check=False)


def test_an_unmount_from_outside_ends_the_processes_cleanly():
    with Instance(IDENTITY) as i:
        i.mount()
        assert run("umount", i.mnt).returncode == 0
        assert i.process.wait(10) == 0
        i.process = None
        assert i.records()[-1]["type"] in ("umount", "key", "beat")


def test_sighup_makes_every_open_stale_and_a_bad_policy_keeps_the_old():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text\n")
        time.sleep(0.05)
        i.mount()
        assert open(i.view("a.txt")).read() == "text\n"
        assert os.getxattr(i.view("a.txt"), "user.deidfs.generation") == b"1"
        i.process.send_signal(signal.SIGHUP)
        wait_until(lambda: os.getxattr(i.view("a.txt"), "user.deidfs.generation") == b"2")
        assert open(i.view("a.txt")).read() == "text\n"
        text = open(i.config).read()
        open(i.config, "w").write(text.replace("[policy]\n", "[policy]\nnonsense = 1\n", 1))
        i.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "reload-failed" in i.messages())
        assert os.getxattr(i.view("a.txt"), "user.deidfs.generation") == b"2"
        assert open(i.view("a.txt")).read() == "text\n"
        i.unmount()
        assert sum(r["type"] == "policy" for r in i.records()) >= 1


def test_one_user_cannot_hold_more_files_open_than_the_limit():
    limit = 8192
    with Instance(IDENTITY, config="[journal]\ndurability = crash\n") as i:
        i.write("a.txt", b"text\n")
        time.sleep(0.05)
        i.mount()
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit + 500, limit + 500))
        held = []
        try:
            for _ in range(limit + 10):
                held.append(os.open(i.view("a.txt"), os.O_RDONLY))
            raise AssertionError("no limit")
        except OSError as e:
            assert e.errno == errno.EMFILE and len(held) == limit, (e, len(held))
        finally:
            for fd in held:
                os.close(fd)
        wait_until(lambda: open(i.view("a.txt")).read() == "text\n")


def test_as_mount_8_calls_it_the_helper_mounts_and_fakes():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text\n")
        helper = os.path.join(i.root, "mount.fuse.deidfs")
        os.symlink(i.program, helper)
        assert run(helper, i.config, i.mnt, "-f", "-o", "rw").returncode == 0 and not os.path.ismount(i.mnt)
        out = run(helper, i.config, i.mnt, "-o", "rw,dev,suid,_netdev,nofail,x-systemd.requires-mounts-for=/srv", "-t", "fuse.deidfs")
        assert out.returncode == 0, out.stderr
        line = [n for n in open("/proc/self/mountinfo") if f" {i.mnt} " in n][0]
        assert " - fuse.deidfs test ro" in line and "nosuid,nodev,noexec" in line, line
        pid = daemon_pid(i)
        assert run("umount", i.mnt).returncode == 0
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"))


def test_many_readers_at_once_see_the_same():
    with Instance(IDENTITY) as i:
        for n in range(100):
            i.write(f"f{chr(97 + n % 26)}{chr(97 + n // 26)}.txt", b"line of text\n" * (n + 1))
        i.mount()
        readers = [subprocess.Popen(f"cd {i.mnt} && for k in 1 2 3; do cat *.txt | md5sum; done", shell=True, stdout=subprocess.PIPE, text=True)
                   for _ in range(24)]
        sums = {line for r in readers for line in r.communicate(timeout=120)[0].split("\n") if line}
        assert len(sums) == 1, sums
        i.unmount()
        assert sum(r["type"] == "open" for r in i.records()) == 24 * 3 * 100


def test_a_200_mb_text_is_exact_and_an_empty_one_empty():
    with Instance(IDENTITY) as i:
        with open(i.path("big.txt"), "wb") as f:
            for n in range(200):
                f.write((b"The patient feels well today. " * 35000)[:1 << 20])
        i.write("empty.txt", b"")
        time.sleep(0.05)
        i.mount()
        assert os.stat(i.view("big.txt")).st_size == 200 << 20
        assert run("cmp", i.path("big.txt"), i.view("big.txt"), limit=120).returncode == 0
        assert os.stat(i.view("empty.txt")).st_size == 0 and open(i.view("empty.txt")).read() == ""


if __name__ == "__main__":
    mounting.main(globals())
