"""The journal on a disk of its own that fails under a real mount: it fills up, it answers with input/output errors, the power goes. The disk is a
loop device with ext4; its shutdown call (FS_IOC_SHUTDOWN without flushing, which xfstests use) refuses everything from then on with EIO and forgets
what was not yet on the disk, as a power cut does. Without loop devices the tests say so and are skipped.
DEIDFS_CUTS=N power cuts (default 3); by hand: DEIDFS_CUTS=200 DEIDFS_BUILD_DIR=build python3 tests/mount/test_disks.py power
"""
import errno
import fcntl
import os
import random
import shutil
import struct
import subprocess
import time

import mounting
from mounting import IDENTITY, JOURNAL, Instance, Skip
from openers import Auditor, Crowd

FS_IOC_SHUTDOWN, SHUTDOWN_NO_FLUSH = 0x8004587D, 2


def wait_until(condition, what, limit=60):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "waited in vain: " + what
        time.sleep(0.01)


class Disk:
    """An ext4 of some MiB in a file, mounted over the instance's journal folder, which moves there."""

    def __init__(self, instance, mebibytes):
        self.place = os.path.join(instance.state, "journal")
        self.image = os.path.join(instance.root, "disk")
        with open(self.image, "wb") as f:
            f.truncate(mebibytes << 20)
        if subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", self.image], capture_output=True, check=False).returncode != 0:
            raise Skip("mkfs.ext4 cannot make a file system")
        os.rename(self.place, self.place + ".before")
        os.mkdir(self.place, 0o750)

    def __enter__(self):
        self.attach()
        shutil.copytree(self.place + ".before", self.place, dirs_exist_ok=True)
        subprocess.run(["sync", "-f", self.place], check=True)  # what deidfs-setup made was durable before it moved
        return self

    def __exit__(self, *unused):
        subprocess.run(["umount", "-l", self.place], capture_output=True, check=False)

    def attach(self):
        out = subprocess.run(["mount", "-o", "loop", self.image, self.place], capture_output=True, text=True, check=False)
        if out.returncode != 0:
            raise Skip("no loop devices here: " + out.stderr.strip())

    def detach(self):
        wait_until(lambda: subprocess.run(["umount", self.place], capture_output=True, check=False).returncode == 0, "umount of the disk")

    def cut_power(self):
        fd = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, FS_IOC_SHUTDOWN, struct.pack("I", SHUTDOWN_NO_FLUSH))
        except OSError as e:
            raise Skip(f"this kernel's ext4 cannot be shut down: {e}") from e
        finally:
            os.close(fd)


def instance():
    return Instance(IDENTITY, config="[journal]\nepoch = 1s\n")


def files(i):
    names = [f"{chr(97 + n)}.txt" for n in range(8)]
    for name in names:
        i.write(name, b"a line of text\n" * 20)
    return names


def refused(i, name):
    """The error of an open, or None."""
    try:
        os.close(os.open(i.view(name), os.O_RDONLY))
        return None
    except OSError as e:
        return e.errno


def cut_once(i, disk, auditor, names):
    before = i.checkpoint_size()
    crowd = Crowd(i, names, 4)
    try:
        wait_until(crowd.given, "a first open")
        time.sleep(random.uniform(0, 0.5))
        disk.cut_power()
        # No record, no bytes: from the moment the disk refuses, every open is refused; nothing is served from memory.
        wait_until(lambda: refused(i, names[0]) is not None, "a refusal")
        given = crowd.given()
        time.sleep(0.2)
        # One answer each may have been on its way.
        assert crowd.given() <= given + len(crowd.pids), "opens were given while the journal's disk answered with errors"
        assert refused(i, names[1]) == errno.EIO
    finally:
        i.kill()
        crowd.stop()
    disk.detach()
    disk.attach()
    i.mount()
    auditor.verify(subprocess.run)
    return crowd.judge([r for r in i.records(before) if not (r["type"] == "open" and r["who"]["pid"] == os.getpid())])


def test_errors_and_a_power_cut_stop_reads_and_lose_no_acknowledged_record():
    with instance() as i, Disk(i, 64) as disk:
        names = files(i)
        auditor = Auditor(i, JOURNAL)
        i.mount()
        cuts, given = int(os.environ.get("DEIDFS_CUTS", "3")), 0
        for _ in range(cuts):
            given += cut_once(i, disk, auditor, names)
        assert i.unmount() == 0
        auditor.verify(subprocess.run)
        print(f"# {cuts} power cuts, {given} opens given, {i.checkpoint_size()} records at the end")
        disk.detach()


def test_a_full_file_system_denies_opens_and_room_admits_them_again():
    with instance() as i, Disk(i, 48) as disk:
        names = files(i)
        auditor = Auditor(i, JOURNAL)
        i.mount()
        before = i.checkpoint_size()
        crowd = Crowd(i, names, 4)
        try:
            wait_until(crowd.given, "a first open")
            filler = os.path.join(disk.place, "filler")
            subprocess.run(["sh", "-c", "head -c 1G /dev/zero > '%s'" % filler], capture_output=True, check=False)
            wait_until(lambda: refused(i, names[0]) is not None, "a refusal on the full disk")
            os.unlink(filler)
            wait_until(lambda: refused(i, names[0]) is None, "an open once there is room")
            given = crowd.given()
            wait_until(lambda: crowd.given() > given, "others' opens")
        finally:
            crowd.stop()
        assert i.unmount() == 0, i.messages()
        auditor.verify(subprocess.run)
        crowd.judge([r for r in i.records(before) if not (r["type"] == "open" and r["who"]["pid"] == os.getpid())])
        assert "journal_low_space" in i.messages() and "journal_halted" not in i.messages(), i.messages()
        disk.detach()


if __name__ == "__main__":
    mounting.main(globals())
