"""Who may open what, and that every denial is recorded: programs, hours, modes held by the daemon, paths, limits."""
import errno
import os
import shutil
import subprocess
import time

import mounting
from mounting import IDENTITY, Instance

CONTROL = os.path.join(mounting.BUILD, "tools/deidfs-control")


def run_as(uid, *words):
    """The exit code of a program run by that user; its output."""
    out = subprocess.run(words, capture_output=True, user=uid, group=uid, extra_groups=[], timeout=60)
    return out.returncode, out.stdout, out.stderr


def reachable(i):
    os.chmod(i.root, 0o755)
    os.chmod(i.mnt, 0o755) if not i.process else None


def denials(i):
    return [r for r in i.records() if r["type"] == "deny"]


def errno_of(call, *args):
    try:
        call(*args)
    except OSError as e:
        return e.errno
    return 0


def test_only_listed_programs_read_whatever_they_are_called():
    with Instance(IDENTITY) as i:
        reachable(i)
        i.write("a.txt", b"text\n")
        allowed = shutil.which("cat")
        impostor = os.path.join(i.root, "cat")
        shutil.copy(allowed, impostor)
        i.configure(f"[access]\nprograms = {os.path.realpath(allowed)}\n")
        i.mount("-o", "allow_other")
        assert run_as(1, allowed, i.view("a.txt"))[:2] == (0, b"text\n")
        assert run_as(1, impostor, i.view("a.txt"))[0] != 0  # the same bytes under the same name: another file
        assert errno_of(open, i.view("a.txt")) == errno.EACCES and errno_of(os.listdir, i.mnt) == errno.EACCES
        i.unmount()
        assert len(denials(i)) == 3 and {r["res"] for r in denials(i)} == {"deny"}, denials(i)


def test_without_a_listed_purpose_nothing_is_read():
    with Instance(IDENTITY, "[access]\npurposes = TREAT, HOPERAT\nsession_users = daemon\n") as i:
        i.write("a.txt", b"text\n")
        i.mount()
        session = [os.path.join(mounting.BUILD, "tools/deidfs-session"), "--config", i.config, "--user", "daemon", "--ticket", "T-1", "--purpose"]
        got = [subprocess.run([*words, "cat", i.view("a.txt")], capture_output=True, timeout=60).stdout
               for words in ([], [*session, "HRESCH", "--"], [*session, "TREAT", "--"])]
        assert got == [b"", b"", b"text\n"], got
        i.unmount()
        assert [r["type"] for r in i.records() if r["type"] in ("deny", "open")] == ["deny", "deny", "open"]


def test_outside_hours_every_open_is_denied_and_recorded():
    day = time.strftime("%a", time.localtime(time.time() - 3 * 86400))  # far from today whichever way the clock turns
    with Instance(IDENTITY, f"[access]\nhours = {day} 00:00-24:00\n") as i:
        i.write("a.txt", b"text\n")
        i.mount()
        assert errno_of(open, i.view("a.txt")) == errno.EACCES
        i.unmount()
        assert len(denials(i)) == 1
        text = open(i.config).read()
        with open(i.config, "w") as f:
            f.write(text.replace(f"hours = {day} 00:00-24:00", "hours = Sun-Sat 00:00-24:00"))
        i.mount()
        assert open(i.view("a.txt")).read() == "text\n"


def test_modes_held_by_the_daemon_are_presented_open_and_denied_with_a_record():
    with Instance(IDENTITY, "[mount]\nowner = 1\ngroup = 2\nfile_mode = 0440\ndir_mode = 0550\n") as i:
        reachable(i)
        i.write("a.txt", b"text\n")
        i.mount("-o", "allow_other")
        assert os.stat(i.view("a.txt")).st_mode & 0o7777 == 0o444 and os.stat(i.mnt).st_mode & 0o7777 == 0o555
        cat = shutil.which("cat")
        assert run_as(1, cat, i.view("a.txt"))[1] == b"text\n"  # the owner
        assert run_as(2, cat, i.view("a.txt"))[1] == b"text\n"  # the group
        assert subprocess.run([cat, i.view("a.txt")], capture_output=True, user=3, group=3, extra_groups=[2], timeout=60).stdout == b"text\n"
        assert run_as(3, cat, i.view("a.txt"))[0] != 0 and run_as(3, shutil.which("ls"), i.mnt)[0] != 0
        assert open(i.view("a.txt")).read() == "text\n"  # root
        i.unmount()
        assert len(denials(i)) == 2 and {r["who"]["uid"] for r in denials(i)} == {3}, denials(i)


def test_modes_held_by_the_kernel_are_presented_as_they_are_and_not_recorded():
    with Instance(IDENTITY, "[mount]\nowner = 1\ngroup = 2\nfile_mode = 0440\ndir_mode = 0550\n[access]\nenforce = kernel\n") as i:
        reachable(i)
        i.write("a.txt", b"text\n")
        i.mount("-o", "allow_other")
        assert os.stat(i.view("a.txt")).st_mode & 0o7777 == 0o440
        assert run_as(3, shutil.which("cat"), i.view("a.txt"))[0] != 0
        i.unmount()
        assert not denials(i)


def test_excluded_paths_are_not_there_and_a_reload_takes_them_away():
    with Instance(IDENTITY) as i:
        for name in ("ward/a.txt", "ward/b.tmp", "psych/x.txt", "ward/psych/y.txt"):
            i.write(name, b"text\n")
        time.sleep(0.05)
        i.mount()
        held = open(i.view("psych/x.txt"))
        assert open(i.view("ward/psych/y.txt")).read() == "text\n"
        i.configure("[access]\nexclude = psych, *.tmp\n")
        assert subprocess.run([CONTROL, "--config", i.config, "reload"], timeout=60).returncode == 0
        found = sorted(os.path.relpath(os.path.join(b, n), i.mnt) for b, d, f in os.walk(i.mnt) for n in d + f)
        assert found == ["ward", "ward/a.txt"], found
        for name in ("psych/x.txt", "ward/psych/y.txt", "ward/b.tmp"):
            end = time.monotonic() + 60  # the kernel may know the name for attr_ttl
            while os.path.exists(i.view(name)):
                assert time.monotonic() < end, name
                time.sleep(0.05)
            assert errno_of(open, i.view(name)) == errno.ENOENT
        assert held.read() == "text\n"  # a descriptor is a snapshot; revoke takes it away
        out = subprocess.run([CONTROL, "--config", i.config, "changes"], capture_output=True, text=True, timeout=60).stdout
        assert out.startswith("added ward/a.txt\ncursor "), out


def test_an_excluded_path_is_denied_to_the_very_next_open_after_a_reload():
    with Instance(IDENTITY, "[mount]\nattr_ttl = 60m\n") as i:
        i.write("a.txt", b"text\n")
        time.sleep(0.05)
        i.mount()
        assert open(i.view("a.txt")).read() == "text\n"
        i.configure("[access]\nexclude = a.txt\n")
        assert subprocess.run([CONTROL, "--config", i.config, "reload"], timeout=60).returncode == 0
        assert errno_of(open, i.view("a.txt")) == errno.ENOENT


def test_what_is_not_included_is_not_there():
    with Instance(IDENTITY, "[access]\ninclude = ward-7, *.md\n") as i:
        for name in ("ward-7/sub/a.txt", "ward-8/b.txt", "ward-8/c.md"):
            i.write(name, b"text\n")
        i.mount()
        found = sorted(os.path.relpath(os.path.join(b, n), i.mnt) for b, _, f in os.walk(i.mnt) for n in f)
        assert found == ["ward-7/sub/a.txt", "ward-8/c.md"], found


def test_a_user_over_his_hourly_limit_is_denied_and_recorded_and_others_are_not():
    with Instance(IDENTITY, "[limits]\nopens_per_hour = 3\nfolders_per_hour = 2\n") as i:
        reachable(i)
        i.write("a.txt", b"text\n")
        i.mount("-o", "allow_other")
        before = int(time.time()) // 3600
        got = [errno_of(open, i.view("a.txt")) for _ in range(4)] + [errno_of(os.listdir, i.mnt) for _ in range(3)]
        if int(time.time()) // 3600 != before:
            raise mounting.Skip("the hour turned meanwhile")
        assert got == [0, 0, 0, errno.EDQUOT, 0, 0, errno.EDQUOT], got
        assert run_as(1, shutil.which("cat"), i.view("a.txt"))[0] == 0
        i.unmount()
        assert len(denials(i)) == 2
    with Instance(IDENTITY, "[limits]\nbytes_per_hour = 10\nopen_files = 1\n") as i:
        i.write("a.txt", b"text\n")
        i.mount()
        first = open(i.view("a.txt"))
        assert errno_of(open, i.view("a.txt")) in (errno.EMFILE, errno.EDQUOT) and first.read() == "text\n"


if __name__ == "__main__":
    mounting.main(globals())
