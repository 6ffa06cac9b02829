"""Processes that open files of a mount and keep account of it where no crash of the mount reaches: what they asked for and what they were given.
The journal must hold a record for every open that was given, and none for an open that nobody asked for.

    crowd = Crowd(instance, names, 4); …kill or cut the mount…; crowd.stop(); crowd.judge(records)
"""
import errno
import mmap
import os
import random
import signal
import struct
import sys
import time

SLOT = 16  # u64 asked, u64 given


class Crowd:
    def __init__(self, instance, names, count):
        self.account = mmap.mmap(-1, count * SLOT)
        self.pids = []
        for n in range(count):
            pid = os.fork()
            if pid == 0:
                self._open_for_ever(instance, names, n)
            self.pids.append(pid)

    def _open_for_ever(self, instance, names, n):
        try:
            paths = [instance.view(name) for name in names]
            asked = given = 0
            while True:
                asked += 1
                struct.pack_into("<Q", self.account, n * SLOT, asked)
                try:
                    fd = os.open(random.choice(paths), os.O_RDONLY)
                except OSError as e:
                    if e.errno in (errno.ENOTCONN, errno.ECONNABORTED, errno.ENOENT):
                        break  # the daemon is gone
                    time.sleep(0.005)  # refused: asked again until stopped
                    continue
                given += 1
                struct.pack_into("<Q", self.account, n * SLOT + 8, given)
                try:
                    os.read(fd, 512)
                except OSError:
                    pass  # killed between the two: the open was given all the same
                os.close(fd)
                time.sleep(random.uniform(0, 0.01))
        except BaseException as e:  # whatever it is, the parent's code must not run twice
            print(f"# opener {n}: {e!r}", file=sys.stderr)
        finally:
            os._exit(0)

    def given(self):
        return sum(struct.unpack_from("<Q", self.account, n * SLOT + 8)[0] for n in range(len(self.pids)))

    def stop(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
        for pid in self.pids:
            os.waitpid(pid, 0)

    def judge(self, records):
        """records: those written since the crowd began. Returns what was given; raises when one is missing or invented."""
        opens = [r["who"]["pid"] for r in records if r["type"] == "open"]
        total = 0
        for n, pid in enumerate(self.pids):
            asked, given = struct.unpack_from("<QQ", self.account, n * SLOT)
            recorded = opens.count(pid)
            assert given <= recorded <= asked, f"process {pid}: asked {asked}, given {given}, recorded {recorded}"
            total += given
        strangers = set(opens) - set(self.pids)
        assert not strangers, f"opens by processes that opened nothing: {strangers}"
        return total


class Auditor:
    """Pins both keys at the beginning and saves a receipt after every verification, as an auditor should."""

    def __init__(self, instance, journal_program):
        self.i, self.program = instance, journal_program
        self.folder = os.path.join(instance.state, "journal")
        self.keys = {}
        for option, name in (("--key", "log.vkey"), ("--epoch-key", "epoch/0/vkey")):
            with open(os.path.join(self.folder, "log", name)) as f:
                self.keys[option] = f.read().strip()
        self.receipt = os.path.join(instance.root, "receipt")

    def verify(self, run, allowed=(0,)):
        since = ["--since", self.receipt] if os.path.exists(self.receipt) else []
        keys = [word for pair in self.keys.items() for word in pair]
        out = run([self.program, "verify", *keys, *since, self.folder], capture_output=True, text=True, timeout=600)
        assert out.returncode in allowed, out.stdout + out.stderr
        line = [text for text in out.stdout.split("\n") if text.startswith("receipt v1 ")]
        if line:
            with open(self.receipt, "w") as f:
                f.write(line[0] + "\n")
        return out.returncode
