#!/usr/bin/env python3
"""kills.py [COUNT]: kill -9 of a real mount at random moments, COUNT times (default 1000; CI runs a few), while processes open files; now and then
also of a mount that is just recovering from the kill before. After every kill: the journal verifies as the killed daemon left it (at worst
incomplete, never tampered), the next start recovers it, it verifies wholly, no open that a reader was given lacks its record, and no record tells
of an open that nobody asked for. The auditor's receipt of the round before must hold in the next.
By hand: DEIDFS_BUILD_DIR=build python3 tests/mount/kills.py 1000
"""
import collections
import os
import random
import subprocess
import sys
import time

import mounting
from mounting import IDENTITY, JOURNAL, Instance
from openers import Auditor, Crowd


def kill_while_starting(i, counts):
    """The start that recovers is itself killed, somewhere between its first call and its first answer."""
    while random.random() < 0.25:
        i.mount(wait=False)
        time.sleep(random.uniform(0, 0.25))
        i.kill()
        counts["starts killed"] += 1


def one_round(i, auditor, names, counts):
    before = i.checkpoint_size()
    crowd = Crowd(i, names, random.choice((1, 2, 4, 8)))
    try:
        # Somebody was answered, however slow the machine is; then a random moment.
        end = time.monotonic() + 60
        while crowd.given() == 0:
            assert time.monotonic() < end, "nobody was given anything: " + i.messages()
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.4))
        i.kill()
    finally:
        crowd.stop()
    counts["kills"] += 1
    counts["verified incomplete after the kill"] += auditor.verify(subprocess.run, allowed=(0, 2)) == 2
    kill_while_starting(i, counts)
    i.mount()
    auditor.verify(subprocess.run)
    counts["opens given"] += crowd.judge(i.records(before))


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
        print("mounting needs root and /dev/fuse: skipped")
        return 77
    counts = collections.Counter()
    seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
    random.seed(seed)
    with Instance(IDENTITY, config="[journal]\nepoch = 1s\n") as i:
        names = [f"{chr(97 + n)}.txt" for n in range(8)]
        for name in names:
            i.write(name, b"a line of text\n" * 20)
        auditor = Auditor(i, JOURNAL)
        i.mount()
        begin = time.monotonic()
        for n in range(count):
            try:
                one_round(i, auditor, names, counts)
            except BaseException:
                print(f"seed {seed}, round {n}: {dict(counts)}\n{i.messages()[-2000:]}", flush=True)
                raise
            if count > 100 and n % 100 == 99:
                print(f"# {n + 1} rounds, {time.monotonic() - begin:.0f} s, {dict(counts)}", flush=True)
        assert i.unmount() == 0
        auditor.verify(subprocess.run)
        size = i.checkpoint_size()
    assert counts["kills"] == count
    print(f"{dict(counts)}, {size} records at the end; none missing, none invented, every verification held (seed {seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
