"""What every mount test needs: a private instance, mounted in the foreground, unmounted whatever happens; its journal read back.

usage in a test:    with mounting.Instance() as i: i.write("a.txt", b"..."); i.mount(); ...
A test is a function named after the fact it proves; mounting.main(globals()) runs them all and exits 1 if one failed, 77 if none could run.
"""
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = os.environ.get("DEIDFS_BUILD_DIR", os.path.join(os.path.dirname(__file__), "../../build"))
SETUP = os.path.join(BUILD, "tools/deidfs-setup")
FILTER = os.path.join(BUILD, "tools/deidfs-filter")
JOURNAL = os.path.join(BUILD, "tools/deidfs-journal")
REAL = os.path.join(BUILD, "fs/deidfs")
IDENTITY = os.path.join(BUILD, "tests/fs/deidfs-identity")


class Skip(Exception):
    pass


def alive_in_group(group):
    """Whether a process of the group is there and not a zombie (which init may take its time to reap)."""
    for pid in os.listdir("/proc"):
        try:
            state, _, of = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[:3] if pid.isdigit() else "Z00"
        except OSError:
            continue
        if int(of) == group and state not in "ZX":
            return True
    return False


class Instance:
    """program: REAL, or IDENTITY where the test is about the mount alone and needs to know the view's bytes."""

    def __init__(self, program=REAL, config="", setup=()):
        self.program, self.config_extra, self.setup_args = program, config, list(setup)
        self.process = None

    def __enter__(self):
        self.root = tempfile.mkdtemp(prefix="deidfs-mount-")
        self.source, self.state, self.mnt = (os.path.join(self.root, n) for n in ("source", "state", "mnt"))
        os.mkdir(self.source, 0o700)
        os.mkdir(self.mnt)
        out = subprocess.run([SETUP, "--instance", "test", "--source", self.source, "--state", self.state, *self.setup_args],
                             capture_output=True, text=True, timeout=60)
        if out.returncode != 0:
            raise RuntimeError("deidfs-setup: " + out.stderr)
        self.config = out.stdout.strip()
        if self.config_extra:
            self.configure(self.config_extra)
        return self

    def configure(self, extra):
        """extra: "[section]\\nkey = value\\n": goes under the section that is already there."""
        text = open(self.config).read()
        for block in extra.strip().split("["):
            if not block:
                continue
            section, _, body = block.partition("]\n")
            head = f"[{section}]\n"
            text = text.replace(head, head + body.rstrip("\n") + "\n", 1) if head in text else text + head + body.rstrip("\n") + "\n"
        with open(self.config, "w") as f:
            f.write(text)

    def __exit__(self, *unused):
        try:
            self.unmount()
        finally:
            subprocess.run(["umount", "-l", self.mnt], capture_output=True, check=False)
            shutil.rmtree(self.root, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.source, name)

    def view(self, name):
        return os.path.join(self.mnt, name)

    def write(self, name, data):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)

    def mount(self, *options, wait=True, limit=60):
        self.log = open(os.path.join(self.root, "log"), "ab")
        self.process = subprocess.Popen([self.program, self.config, self.mnt, "-f", *options], stderr=self.log, stdout=self.log,
                                        start_new_session=True)
        end = time.monotonic() + limit
        while wait and not self.is_mounted():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("not mounted: " + self.messages()[-3000:])
            time.sleep(0.01)

    def is_mounted(self):
        with open("/proc/self/mountinfo") as f:
            mounted = any(f" {self.mnt} " in line and " - fuse.deidfs " in line for line in f)
        # Served, not only there: statfs waits for the daemon's INIT.
        try:
            return mounted and os.statvfs(self.mnt) is not None
        except OSError:
            return False  # a dead mount that is about to be taken away

    def messages(self):
        with open(os.path.join(self.root, "log")) as f:
            return f.read()

    def guard_pid(self):
        """The process that serves: of the monitor's children, the one with threads."""
        children = subprocess.run(["ps", "-o", "pid=,nlwp=", "--ppid", str(self.process.pid)], capture_output=True, text=True).stdout.split("\n")
        pairs = [line.split() for line in children if line.strip()]
        return int(max(pairs, key=lambda p: int(p[1]))[0])

    def unmount(self, limit=30):
        """SIGTERM, wait; the exit code, None if it did not run."""
        if not self.process:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise
        finally:
            self.log.close()
        self.process = None
        return code

    def kill(self):
        """kill -9 of everything at once, as a power cut would."""
        group = self.process.pid
        os.killpg(group, signal.SIGKILL)
        self.process.wait()
        self.process = None
        # A killed process that waits for the disk lives on, with its locks, until the disk answers.
        end = time.monotonic() + 60
        while alive_in_group(group):
            assert time.monotonic() < end, "killed processes live on"
            time.sleep(0.01)

    def checkpoint_size(self):
        with open(os.path.join(self.state, "journal/log/checkpoint")) as f:
            return int(f.read().split("\n")[1])

    def records(self, begin=0):
        """The entries below the checkpoint, from index begin on: parsed from the bundles themselves. Of a live journal those that were signed."""
        base = os.path.join(self.state, "journal/log")
        size = self.checkpoint_size()
        out = []
        for n in range(begin // 256, (size + 255) // 256):
            width = min(256, size - n * 256)
            name = f"{n % 1000:03d}"
            rest = n // 1000
            while rest:
                name = f"x{rest % 1000:03d}/" + name
                rest //= 1000
            path = os.path.join(base, "tile/entries", name)
            try:
                with open(path + ("" if width == 256 else f".p/{width}"), "rb") as f:
                    data, whole = f.read(), True
            except FileNotFoundError:  # a live writer filled it up since
                with open(path, "rb") as f:
                    data, whole = f.read(), width == 256
            for index in range(n * 256, n * 256 + width):
                (length,) = struct.unpack(">H", data[:2])
                if index >= begin:
                    out.append(json.loads(data[2:2 + length]))
                data = data[2 + length:]
            assert not (data and whole), "bytes behind the last record"
        assert len(out) == max(size - begin, 0), (len(out), size)
        return out

    def verify(self):
        if not os.path.exists(JOURNAL):
            raise Skip("deidfs-journal is not built")
        log = os.path.join(self.state, "journal")
        return subprocess.run([JOURNAL, "verify", "--key", os.path.join(log, "log/log.vkey"), log], capture_output=True, text=True, timeout=120)


def main(names):
    """Runs every function named test_*; words on the command line choose."""
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
        print("1..0 # SKIP mounting needs root and /dev/fuse")
        sys.exit(77)
    failed = ran = 0
    tests = [(n, f) for n, f in names.items() if n.startswith("test_") and callable(f)]
    chosen = [t for t in tests if len(sys.argv) < 2 or any(w in t[0] for w in sys.argv[1:])]
    for number, (name, test) in enumerate(chosen, 1):
        try:
            test()
            print(f"ok {number} - {name[5:]}", flush=True)
            ran += 1
        except Skip as reason:
            print(f"ok {number} - {name[5:]} # SKIP {reason}", flush=True)
        except Exception:
            failed += 1
            for line in traceback.format_exc().rstrip().split("\n"):
                print("# " + line)
            print(f"not ok {number} - {name[5:]}", flush=True)
    print(f"1..{len(chosen)}")
    sys.exit(1 if failed else 0)
