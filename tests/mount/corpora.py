#!/usr/bin/env python3
"""The view of labelled documents, read by programs nobody here wrote, is deidfs-filter's output, byte for byte.

usage: corpora.py BUILD_DIR [--count N] GOLD.jsonl…

Each document becomes a file; the folder is set up, mounted, and read through tar, rsync -c, grep -r, Python's read and mmap. What every reader
sees must be, document for document, the bytes that `deidfs-filter --jsonl` gives (compared as multisets: the view's names are its own), and the
journal must verify afterwards. Prints a line a fact; exit 1 when one fails.
"""
import argparse
import collections
import io
import json
import mmap
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

TIMEOUT = 900


def run(args, **options):
    return subprocess.run([str(a) for a in args], timeout=TIMEOUT, check=True, stdout=subprocess.PIPE, **options).stdout


class Corpus:
    """Labelled documents, written as files whose names hold nothing."""

    def __init__(self, golds, count):
        self.documents = {}
        for gold in golds:
            stem = pathlib.Path(gold).stem
            with open(gold, encoding="utf-8") as lines:
                for number, line in enumerate(lines):
                    if count and number >= count:
                        break
                    self.documents[f"{stem}/{number // 500:03d}/{number:05d}.txt"] = json.loads(line)["text"].encode()

    def write(self, folder):
        for name, text in self.documents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)

    def filtered(self, build, config):
        """What deidfs-filter shows for each document, under the same name."""
        lines = "".join(json.dumps({"id": n, "text": t.decode()}) + "\n" for n, t in self.documents.items())
        out = run([build / "tools/deidfs-filter", "--config", config, "--jsonl"], input=lines.encode())
        return {r["id"]: r["text"].encode() for r in map(json.loads, out.splitlines())}


class Mount:
    def __init__(self, build, folder, source):
        self.build, self.folder, self.source = build, folder, source
        self.view, self.state = folder / "view", folder / "state"

    def __enter__(self):
        self.view.mkdir()
        self.state.mkdir()
        self.config = run([self.build / "tools/deidfs-setup", "--instance", "corpora", "--source", self.source, "--state", self.state]).decode().strip()
        run([self.build / "fs/deidfs", self.config, self.view])
        return self

    def unmount(self):
        subprocess.run(["fusermount3", "-u", str(self.view)], timeout=60, check=True)

    def __exit__(self, *error):
        subprocess.run(["fusermount3", "-u", "-z", "-q", str(self.view)], timeout=60, check=False)


def files_below(view):
    return sorted(p for p in view.rglob("*") if p.is_file())


def read_python(view):
    return [p.read_bytes() for p in files_below(view)]


def read_mmap(view):
    seen = []
    for path in files_below(view):
        with open(path, "rb") as file:
            length = os.fstat(file.fileno()).st_size
            seen.append(mmap.mmap(file.fileno(), length, prot=mmap.PROT_READ)[:] if length else b"")
    return seen


def read_tar(view):
    archive = run(["tar", "-C", view, "-cf", "-", "."])
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        return [members.extractfile(m).read() for m in members if m.isfile()]


def read_rsync(view):
    with tempfile.TemporaryDirectory() as copy:
        run(["rsync", "-rc", f"{view}/", f"{copy}/"])
        again = run(["rsync", "-rcn", "--itemize-changes", f"{view}/", f"{copy}/"])
        if any(line.startswith(">f") for line in again.decode().splitlines()):
            return [b"rsync saw a difference on its second pass"]
        return [p.read_bytes() for p in files_below(pathlib.Path(copy))]


def read_grep(view):
    """grep -r hands every line back behind its file's name; the last newline cannot be told."""
    seen = collections.defaultdict(list)
    for line in run(["grep", "-r", "-a", "-H", "-Z", "", "."], cwd=view).split(b"\n"):
        name, separator, text = line.partition(b"\0")
        if separator:
            seen[name].append(text)
    return [b"\n".join(lines) for lines in seen.values()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=0, help="documents of each set; 0 all")
    parser.add_argument("gold", nargs="+")
    arguments = parser.parse_args()
    if not all(pathlib.Path(g).exists() for g in arguments.gold):
        print("skipped: no labelled documents beside the checkout")
        return 77
    failed = 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="deidfs-corpora-"))
    try:
        corpus = Corpus(arguments.gold, arguments.count)
        corpus.write(folder / "source")
        with Mount(arguments.build.resolve(), folder, folder / "source") as mount:
            expected = list(corpus.filtered(mount.build, mount.config).values())
            lines = [t.removesuffix(b"\n") for t in expected if t]
            readers = [("first read", read_python, expected), ("mmap", read_mmap, expected), ("tar", read_tar, expected),
                       ("rsync -c", read_rsync, expected), ("grep -r", read_grep, lines)]
            for label, reader, truth in readers:
                missing = collections.Counter(truth) - collections.Counter(reader(mount.view))
                failed += bool(missing)
                equal = len(truth) - missing.total()
                print(f"{'not ok' if missing else 'ok'} - {label}: {equal} of {len(truth)} documents equal deidfs-filter's output", flush=True)
            mount.unmount()
            journal = mount.state / "journal"
            verified = subprocess.run([mount.build / "tools/deidfs-journal", "verify", "--key", journal / "log/log.vkey", journal], timeout=TIMEOUT,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            failed += verified.returncode != 0
            print(f"{'ok' if verified.returncode == 0 else 'not ok'} - the journal verifies")
            print("# " + verified.stdout.decode().strip().replace("\n", "\n# "))
    finally:
        subprocess.run(["fusermount3", "-u", "-z", "-q", str(folder / "view")], timeout=60, check=False)
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
