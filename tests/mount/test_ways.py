"""Every way to open a file of the mount is recorded, exactly once and with the right person: other names, name spaces, overlays, handles. What this
kernel does not allow is skipped and says so."""
import ctypes
import os
import shutil
import subprocess
import tempfile
import time

import mounting
from mounting import IDENTITY, Instance, Skip

CAT = shutil.which("cat")


def one_open(way, user=None):
    """Runs way(instance) on a fresh mount; checks that the document was read and recorded once; returns the record's who."""
    with Instance(IDENTITY) as i:
        os.chmod(i.root, 0o755)
        i.write("a.txt", b"text\n")
        time.sleep(0.05)  # past the 20 ms in which equal time stamps prove nothing: its view is then kept, as some of these ways need
        i.mount("-o", "allow_other")
        assert way(i) == b"text\n"
        i.unmount()
        found = [r for r in i.records() if r["type"] == "open"]
        assert len(found) == 1, found
        who = found[0]["who"]
        if user is not None:
            assert who["uid"] == user, who
        return who


def run(*words, **more):
    out = subprocess.run(words, capture_output=True, timeout=60, **more)
    if out.returncode != 0:
        raise Skip(f"{words[0]}: {out.stderr.decode().strip()}")
    return out.stdout


def test_a_plain_open_by_another_user_names_him():
    who = one_open(lambda i: run(CAT, i.view("a.txt"), user=1, group=1, extra_groups=[]), user=1)
    assert "puid" not in who and who["gid"] == 1 and who["exe"].endswith("cat"), who


def test_a_bind_mount():
    def way(i):
        other = os.path.join(i.root, "bind")
        os.mkdir(other)
        run("mount", "--bind", i.mnt, other)
        try:
            return run(CAT, os.path.join(other, "a.txt"), user=1, group=1, extra_groups=[])
        finally:
            subprocess.run(["umount", "-l", other], check=False)
    one_open(way, user=1)


def test_a_mount_namespace_of_its_own():
    one_open(lambda i: run("unshare", "--mount", "--propagation", "private", CAT, i.view("a.txt")), user=0)


def test_a_pid_namespace_of_its_own_is_recorded_by_the_pid_that_we_see():
    who = one_open(lambda i: run("unshare", "--pid", "--fork", CAT, i.view("a.txt")), user=0)
    assert who["pid"] > 2 and who["exe"].endswith("cat"), who


def test_a_user_namespace_is_recorded_by_the_uid_outside():
    who = one_open(lambda i: run("unshare", "--user", "--map-root-user", CAT, i.view("a.txt"), user=1, group=1, extra_groups=[]), user=1)
    assert "puid" not in who, who


def test_an_overlay_shows_the_process_behind_the_mounters_uid():
    def way(i):
        os.stat(i.view("a.txt"))  # an overlay cannot follow a name to a newer version: it needs views that are known (deidfs(8))
        with tempfile.TemporaryDirectory(dir=i.root) as top:
            os.chmod(top, 0o755)
            for name in ("upper", "work", "merged"):
                os.mkdir(os.path.join(top, name))
            merged = os.path.join(top, "merged")
            run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={i.mnt},upperdir={top}/upper,workdir={top}/work", merged)
            try:
                return run(CAT, os.path.join(merged, "a.txt"), user=1, group=1, extra_groups=[])
            finally:
                subprocess.run(["umount", "-l", merged], check=False)
    who = one_open(way)
    # The overlay opens with its mounter's ids: the process's own stand beside them.
    assert who["uid"] == 0 and who["puid"] == 1 and who["exe"].endswith("cat"), who


def test_a_descriptor_opened_again_through_proc():
    def way(i):
        os.stat(i.view("a.txt"))
        fd = os.open(i.view("a.txt"), os.O_PATH)  # asks nobody; what is opened through it does
        try:
            with open(f"/proc/self/fd/{fd}", "rb") as f:
                return f.read()
        finally:
            os.close(fd)
    one_open(way, user=0)


class Handle(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_uint), ("type", ctypes.c_int), ("data", ctypes.c_char * 128)]


def test_a_file_handle():
    libc = ctypes.CDLL(None, use_errno=True)

    def way(i):
        os.stat(i.view("a.txt"))
        handle, mount_id = Handle(bytes=128), ctypes.c_int()
        if libc.name_to_handle_at(-100, i.view("a.txt").encode(), ctypes.byref(handle), ctypes.byref(mount_id), 0) < 0:
            raise Skip("name_to_handle_at: " + os.strerror(ctypes.get_errno()))
        root = os.open(i.mnt, os.O_RDONLY)
        try:
            fd = libc.open_by_handle_at(root, ctypes.byref(handle), os.O_RDONLY)
            if fd < 0:
                raise Skip("open_by_handle_at: " + os.strerror(ctypes.get_errno()))
            with os.fdopen(fd, "rb") as f:
                return f.read()
        finally:
            os.close(root)
    one_open(way, user=0)


def test_a_file_descriptor_that_is_passed_on_is_recorded_by_who_opened_it():
    def way(i):
        with open(i.view("a.txt"), "rb") as f:
            return run(CAT, stdin=f, user=1, group=1, extra_groups=[])
    one_open(way, user=0)


if __name__ == "__main__":
    mounting.main(globals())
