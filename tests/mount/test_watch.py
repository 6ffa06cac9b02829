"""Changes of the source as stat(2) sees them: within attr_ttl, and at once however long the kernel remembers when the source is watched."""
import json
import os
import subprocess
import time

import mounting
from mounting import BUILD, IDENTITY, Instance, Skip

CONTROL = os.path.join(BUILD, "tools/deidfs-control")
LONG = "[mount]\nattr_ttl = 60m\nwatch = fanotify\n"


def wait_until(condition, limit=60):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "not seen within a minute; attr_ttl is an hour"
        time.sleep(0.01)


def watched(i):
    if "watch-unavailable" in i.messages():
        raise Skip("this kernel or file system has no fanotify with names")


def test_without_a_watch_a_change_is_seen_within_attr_ttl():
    with Instance(IDENTITY, "[mount]\nattr_ttl = 200ms\n") as i:
        i.write("a.txt", b"one\n")
        i.mount()
        assert os.stat(i.view("a.txt")).st_size == 4
        i.write("a.txt", b"longer\n")
        wait_until(lambda: os.stat(i.view("a.txt")).st_size == 7)


def test_a_watched_change_is_seen_although_the_kernel_remembers_for_an_hour():
    with Instance(IDENTITY, LONG) as i:
        for name in ("ward/a.txt", "ward/b.txt", "ward/MRN 12345678.txt"):
            i.write(name, b"one\n")
        time.sleep(0.05)
        i.mount()
        watched(i)
        coded = next(n for n in os.listdir(i.view("ward")) if n.startswith("MRN"))
        for name in ("a.txt", "b.txt", coded):
            assert os.stat(i.view("ward/" + name)).st_size == 4
        i.write("ward/a.txt", b"rewritten in place\n")
        wait_until(lambda: os.stat(i.view("ward/a.txt")).st_size == 19)
        i.write("ward/new", b"renamed over it\n")
        os.rename(i.path("ward/new"), i.path("ward/a.txt"))
        wait_until(lambda: os.stat(i.view("ward/a.txt")).st_size == 16)
        i.write("ward/MRN 12345678.txt", b"its name is another\n")
        wait_until(lambda: os.stat(i.view("ward/" + coded)).st_size == 20)
        os.unlink(i.path("ward/b.txt"))
        wait_until(lambda: not os.path.exists(i.view("ward/b.txt")))
        os.rename(i.path("ward"), i.path("moved"))
        wait_until(lambda: os.path.exists(i.view("moved/a.txt")) and not os.path.exists(i.view("ward/a.txt")))
        assert i.unmount() == 0


def test_an_open_file_keeps_its_snapshot_while_its_name_is_dropped():
    with Instance(IDENTITY, LONG) as i:
        i.write("a.txt", b"first\n")
        i.mount()
        watched(i)
        with open(i.view("a.txt")) as held:
            i.write("a.txt", b"second version\n")
            wait_until(lambda: os.stat(i.view("a.txt")).st_size == 15)
            assert held.read() == "first\n"
        assert open(i.view("a.txt")).read() == "second version\n"


def test_a_storm_of_changes_does_not_hold_up_the_end_of_the_mount():
    with Instance(IDENTITY, LONG) as i:
        for n in range(200):
            i.write(f"f{n}.txt", b"x\n")
        i.mount()
        watched(i)
        storm = subprocess.Popen(["sh", "-c", f"while :; do for f in {i.source}/*; do echo y >> $f; done; find {i.mnt} -size +0 >/dev/null 2>&1; done"],
                                 start_new_session=True)
        try:
            def counted():
                out = subprocess.run([CONTROL, "--config", i.config, "--json", "status"], capture_output=True, check=True, timeout=60).stdout
                return json.loads(out)["changes_watched_total"] > 500
            wait_until(counted)
            assert i.unmount(60) == 0
        finally:
            os.killpg(storm.pid, 9)
            storm.wait()


def test_where_nothing_can_be_watched_the_mount_says_so_and_serves():
    with Instance(IDENTITY, "[mount]\nwatch = fanotify\nattr_ttl = 200ms\n") as i:
        out = subprocess.run(["mount", "-t", "ramfs", "ramfs", i.source], capture_output=True)
        if out.returncode != 0:
            raise Skip("no ramfs here")
        try:
            os.chmod(i.source, 0o700)
            i.write("a.txt", b"one\n")
            i.mount()
            assert os.stat(i.view("a.txt")).st_size == 4
            if "watch-unavailable" not in i.messages():
                raise Skip("this kernel watches even a ramfs")
            i.write("a.txt", b"longer\n")
            wait_until(lambda: os.stat(i.view("a.txt")).st_size == 7)
            i.unmount()
        finally:
            subprocess.run(["umount", "-l", i.source], check=False)


if __name__ == "__main__":
    mounting.main(globals())
