#!/usr/bin/env python3
"""The mount's cost beside the same folder read natively and through bindfs, in one run on one machine (filesystem.md, Speed).

usage: mount.py BUILD_DIR [--files N] [--identity] [--tree N] [--big MIB] [--walk N] [--json]

Prints a table: warm open + read + close of 10 KB files with 1, 4, 16, 32 readers (records durable before the reply, and without waiting),
stat, find and ls -lR, sequential read of one large file, cold first reading; a first walk through clinical documents with 1 and 2 workers, where
"native" is the engine alone over the same documents (deidfs-check --dry-run, one thread); with --walk N the guard's peak memory once find and
ls -lR have seen N files. Every number is measured in this run; ratios are against native.
"""
import argparse
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../mount"))


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("build")
    p.add_argument("--files", type=int, default=20000)
    p.add_argument("--tree", type=int, default=50000, help="files in the tree that find and ls -lR walk")
    p.add_argument("--big", type=int, default=256, help="MiB of the large file")
    p.add_argument("--walk", type=int, default=0, metavar="N", help="also measure the guard's memory over N files (a million takes minutes)")
    p.add_argument("--identity", action="store_true", help="the tests' stand-in engine: the mount's own cost alone")
    p.add_argument("--json", action="store_true")
    return p.parse_args()


ARGS = arguments()
os.environ["DEIDFS_BUILD_DIR"] = os.path.abspath(ARGS.build)
from mounting import IDENTITY, REAL, Instance  # noqa: E402 (needs the environment)

CHECK = os.path.join(ARGS.build, "tools/deidfs-check")
OPEN = os.path.join(ARGS.build, "tests/bench/mount_open")
NOTE = (b"Assessment: the patient feels well and walks daily. Metoprolol 25 mg twice a day, no chest pain, lungs clear, abdomen soft.\n"
        b"Plan: continue, labs in three months, call with any new symptom. MRN: 00482913 seen by nursing today.\n")
rows = []


def row(what, native, bindfs, deidfs, unit):
    rows.append({"what": what, "native": native, "bindfs": bindfs, "deidfs": deidfs, "unit": unit})
    if not ARGS.json:
        def ratio(a, b):
            return f"{a / b:6.2f}x" if a and b else "      -"
        show = [f"{v:10.2f}" if v is not None else "         -" for v in (native, bindfs, deidfs)]
        print(f"{what:44} {show[0]} {show[1]} {show[2]} {unit:8} {ratio(deidfs, native)} {ratio(deidfs, bindfs)}", flush=True)


def opened(mode, threads, folder, rounds=1):
    out = subprocess.run([OPEN, mode, str(threads), folder, str(rounds)], capture_output=True, text=True, timeout=1200, check=True).stdout.split()
    return float(out[0])


def seconds(command):
    begin = time.monotonic()
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL, timeout=1200)
    return time.monotonic() - begin


class Bindfs:
    def __init__(self, source, at):
        self.source, self.at = source, at

    def __enter__(self):
        os.makedirs(self.at, exist_ok=True)
        subprocess.run(["bindfs", "-r", "-o", "attr_timeout=1,entry_timeout=1", self.source, self.at], check=True)
        return self.at

    def __exit__(self, *unused):
        subprocess.run(["umount", self.at], check=False)


def small_files(i, bindfs):
    i.mount()
    row("cold: first open+read+close, 1 reader", opened("open", 1, i.source), opened("open", 1, bindfs), opened("open", 1, i.mnt), "us")
    for threads in (1, 4, 16, 32):
        rounds = 3
        row(f"warm open+read+close, {threads} reader(s), durable", opened("open", threads, i.source, rounds), opened("open", threads, bindfs, rounds),
            opened("open", threads, i.mnt, rounds), "us")
    row("warm stat, 1 reader", opened("stat", 1, i.source, 3), opened("stat", 1, bindfs, 3), opened("stat", 1, i.mnt, 3), "us")
    i.unmount()


def relaxed(i, bindfs):
    i.configure("[journal]\ndurability = crash\n")
    i.mount()
    opened("open", 1, i.mnt)
    for threads in (1, 4):
        row(f"warm open+read+close, {threads} reader(s), not waiting", opened("open", threads, i.source, 3), opened("open", threads, bindfs, 3),
            opened("open", threads, i.mnt, 3), "us")
    i.unmount()


def big_file(i, bindfs):
    with open(i.path("big.txt"), "wb") as f:
        for _ in range(ARGS.big):
            f.write((NOTE * (1 + (1 << 20) // len(NOTE)))[:1 << 20])
    time.sleep(0.1)
    i.mount(limit=120)
    def rate(path):
        begin = time.monotonic()
        subprocess.run(["dd", "if=" + path, "of=/dev/null", "bs=1M"], check=True, stderr=subprocess.DEVNULL, timeout=1200)
        return ARGS.big / (time.monotonic() - begin)
    for path in (i.path("big.txt"), os.path.join(bindfs, "big.txt"), i.view("big.txt")):
        rate(path)
    row(f"sequential read of {ARGS.big} MiB, second time", rate(i.path("big.txt")), rate(os.path.join(bindfs, "big.txt")), rate(i.view("big.txt")), "MiB/s")
    i.unmount()
    os.unlink(i.path("big.txt"))


def tree(i, bindfs):
    for d in range(ARGS.tree // 500):
        os.makedirs(i.path(f"t/{d}"), exist_ok=True)
        for n in range(500):
            with open(i.path(f"t/{d}/{n}.txt"), "wb") as f:
                f.write(b"short note\n")
    i.mount()
    for command in ("find {} -type f", "ls -lR {}", "ls -lR {}"):
        values = [seconds(command.format(os.path.join(p, "t"))) * 1000 for p in (i.source, bindfs, i.mnt)]
        row(f"{command.split()[0]} {command.split()[1] if 'ls' in command else ''} of {ARGS.tree} files" + (" (again)" if any(r["what"].startswith("ls") for r in rows) else ""), *values, "ms")
    row("find, second time", *[seconds(f"find {os.path.join(p, 't')} -type f") * 1000 for p in (i.source, bindfs, i.mnt)], "ms")
    i.unmount()


def clinical(i):
    """Fills the source with documents: the development sets' where they are, else the sample clinic's, numbered apart. Returns their bytes."""
    shared = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../shared/corpora/dev/clean.jsonl")
    if os.path.exists(shared):
        with open(shared) as f:
            texts = [json.loads(line)["text"].encode() for line in f]
    else:
        sample = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/sample")
        names = [os.path.join(at, n) for at, _, files in os.walk(sample) for n in files if n.endswith(".txt")]
        texts = [open(n, "rb").read() for n in names] * 30
    total = 0
    for copy in range(4):
        for n, text in enumerate(texts):
            data = b"Note %d of %d.\n" % (n, copy) + text
            i.write(f"c/{copy}/{n % 50}/{n}.txt", data)
            total += len(data)
    return total


def first_walk():
    for workers in (1, 2):
        with Instance(REAL, config=f"[mount]\nworkers = {workers}\n") as i:
            total = clinical(i) / 1e6
            time.sleep(0.1)
            alone = total / seconds(f"{CHECK} --config {i.config} --dry-run --json")
            i.mount(limit=120)
            begin = time.monotonic()
            opened("open", 2 * workers, i.mnt)
            row(f"first walk of {total:.0f} MB of notes, {workers} worker(s)", alone, None, total / (time.monotonic() - begin), "MB/s")
            i.unmount()


def guard_memory():
    with Instance(IDENTITY if ARGS.identity else REAL) as i:
        for n in range(ARGS.walk):
            if n % 1000 == 0:
                os.makedirs(i.path(f"w/{n // 1000}"))
            with open(i.path(f"w/{n // 1000}/{n % 1000}.txt"), "wb") as f:
                f.write(b"short note\n")
        i.mount(limit=120)
        subprocess.run(f"find {i.mnt} -type f | wc -l; ls -lR {i.mnt} | tail -1", shell=True, check=True, stdout=subprocess.DEVNULL, timeout=3600)
        with open(f"/proc/{i.guard_pid()}/status") as f:
            peak = int(f.read().split("VmHWM:")[1].split()[0]) / 1024
        row(f"guard's peak memory, find and ls -lR of {ARGS.walk}", None, None, peak, "MiB")
        i.unmount()


def main():
    if os.geteuid() != 0:
        print("mount.py: needs root", file=sys.stderr)
        return 77
    with Instance(IDENTITY if ARGS.identity else REAL) as i:
        for n in range(ARGS.files):
            i.write(f"s/{n % 20}/{n}.txt", (b"Note %d. " % n + NOTE * 50)[:10240])
        time.sleep(0.1)
        if not ARGS.json:
            print(f"{'':44} {'native':>10} {'bindfs':>10} {'deidfs':>10} {'':8} {'/native':>7} {'/bindfs':>7}")
        with Bindfs(i.source, os.path.join(i.root, "bindfs")) as bindfs:
            small_files(i, bindfs)
            relaxed(i, bindfs)
            big_file(i, bindfs)
            tree(i, bindfs)
    first_walk()
    if ARGS.walk:
        guard_memory()
    if ARGS.json:
        print(json.dumps(rows, indent=1))
    return 0


sys.exit(main())
