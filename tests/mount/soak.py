#!/usr/bin/env python3
"""soak.py [SECONDS]: mixed readers while the source churns, the policy is reloaded, memory is short and everything is killed at random and mounted
again. Fails on one wrong byte, one wrong size, one source identifier in a view, growth of the guard, an open without its record, or a journal
that does not verify. Identity engine: what a view must hold is then known to the byte. Default 120 seconds; run by hand, not by CI.
"""
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

from mounting import IDENTITY, Instance

SECRET = b"MRN 00482913"
SHOWN = b"MRN xxxxxxxx"


class Soak:
    def __init__(self, instance, seconds):
        self.i, self.end = instance, time.monotonic() + seconds
        self.names = [f"d{n % 5}/f{chr(97 + n)}.txt" for n in range(20)]
        self.paused, self.idle = threading.Event(), threading.Semaphore(0)
        self.wrong, self.opens, self.errors, self.kills, self.reloads = [], 0, 0, 0, 0
        self.lock = threading.Lock()

    def running(self):
        return time.monotonic() < self.end and not self.wrong

    def body(self, name, n):
        return b"%s %s\n" % (name.encode(), SECRET) + b"line of text\n" * (n % 3000) + b"end of %s\n" % name.encode()

    def churn(self, part):
        n = 0
        while self.running():
            for name in self.names[part::2]:
                n += 7
                self.i.write(name + ".tmp-" + str(part), self.body(name, n))
                os.rename(self.i.path(name + ".tmp-" + str(part)), self.i.path(name))
                time.sleep(0.003)

    def read(self):
        while self.running():
            name = random.choice(self.names)
            try:
                fd = os.open(self.i.view(name), os.O_RDONLY)
            except OSError:
                with self.lock:
                    self.errors += 1  # killed or being mounted; judged by the counts of records
                time.sleep(0.01)
                continue
            with self.lock:
                self.opens += 1
            try:
                size, data = os.fstat(fd).st_size, b""
                while chunk := os.pread(fd, random.choice((512, 4096, 65536)), len(data)):
                    data += chunk
            except OSError:
                continue
            finally:
                os.close(fd)
            begin, end = b"%s %s\n" % (name.encode(), SHOWN), b"end of %s\n" % name.encode()
            if size != len(data) or not data.startswith(begin) or not data.endswith(end) or SECRET in data or b"\0" in data:
                self.wrong.append(f"{name}: size {size}, read {len(data)}, {data[:60]!r} … {data[-30:]!r}")

    def walk(self):
        while self.running():
            subprocess.run(["find", self.i.mnt, "-type", "f", "-printf", "%s\n"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            subprocess.run(["grep", "-rq", "no such text", self.i.mnt], stderr=subprocess.DEVNULL)
            time.sleep(0.2)

    def disturb(self):
        while self.running():
            time.sleep(random.uniform(2, 5))
            if not self.running():
                return
            if random.random() < 0.5:
                self.i.process.send_signal(signal.SIGHUP)
                self.reloads += 1
            else:
                self.i.kill()
                self.kills += 1
                self.i.mount()


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read())[1])


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 120
    with Instance(IDENTITY, config="[mount]\ncache = 1M\n") as i:
        soak = Soak(i, seconds)
        for n, name in enumerate(soak.names):
            i.write(name, soak.body(name, n))
        i.mount()
        threads = [threading.Thread(target=soak.churn, args=(p,)) for p in range(2)] + [threading.Thread(target=soak.read) for _ in range(6)]
        threads += [threading.Thread(target=soak.walk), threading.Thread(target=soak.disturb)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        grown = resident(i.guard_pid())
        code = i.unmount()
        records = i.records()
        opened = sum(r["type"] == "open" for r in records)
        out = i.verify()
        print(f"{soak.opens} opens seen by readers, {opened} open records, {soak.errors} failed opens, {soak.kills} kills, {soak.reloads} reloads, "
              f"guard {grown} KiB, exit {code}, verify {out.returncode}, {len(records)} records")
        for line in soak.wrong[:5]:
            print("WRONG " + line)
        failed = bool(soak.wrong) or opened < soak.opens or code != 0 or out.returncode != 0 or grown > 200 * 1024
        print("soak: " + ("FAILED" if failed else "no wrong byte, no open without a record, journal verifies"))
        return 1 if failed else 0


sys.exit(main())
