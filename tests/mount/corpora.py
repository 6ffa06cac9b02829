#!/usr/bin/env python3
"""The view of labelled documents, read by programs nobody here wrote, is deidfs-filter's output, byte for byte.

usage: corpora.py BUILD_DIR [--count N] GOLD.jsonl…

Each document becomes a file; the folder is set up, mounted, and read through tar, rsync -c, grep -r, Python's read and mmap. Every reader must
see the bytes that `deidfs-filter --jsonl` gives for the same document, no required identifier of any document may be found by grep where the
filter redacted it, and the journal must verify afterwards and hold one open record for each open. Prints a line a fact; exit 1 when one fails.
"""
import argparse
import json
import mmap
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import io

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


def read_python(view, names):
    return {n: (view / n).read_bytes() for n in names}


def read_mmap(view, names):
    seen = {}
    for name in names:
        with open(view / name, "rb") as file:
            length = os.fstat(file.fileno()).st_size
            seen[name] = mmap.mmap(file.fileno(), length, prot=mmap.PROT_READ)[:] if length else b""
    return seen


def read_tar(view, names):
    archive = run(["tar", "-C", view, "-cf", "-", "."])
    seen = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        for member in members:
            if member.isfile():
                seen[member.name.removeprefix("./")] = members.extractfile(member).read()
    return seen


def read_rsync(view, names):
    with tempfile.TemporaryDirectory() as copy:
        run(["rsync", "-rc", f"{view}/", f"{copy}/"])
        again = run(["rsync", "-rcn", "--itemize-changes", f"{view}/", f"{copy}/"])
        changed = [l for l in again.decode().splitlines() if l.startswith(">f")]
        if changed:
            return {"rsync saw a difference on its second pass": b""}
        return {n: (pathlib.Path(copy) / n).read_bytes() for n in names if (pathlib.Path(copy) / n).exists()}


def read_grep(view, names):
    """grep -r hands every line back, with its file's name."""
    seen = {n: [] for n in names}
    out = run(["grep", "-r", "-a", "-H", "-Z", "", "."], cwd=view)
    for line in out.split(b"\n"):
        if b"\0" in line:
            name, text = line.split(b"\0", 1)
            seen.setdefault(name.decode().removeprefix("./"), []).append(text)
    return seen


def differing(seen, expected):
    return sorted(n for n in expected if seen.get(n) != expected[n]) + sorted(n for n in seen if n not in expected)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=0, help="documents of each set; 0 all")
    parser.add_argument("gold", nargs="+")
    arguments = parser.parse_args()
    failed = 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="deidfs-corpora-"))
    try:
        corpus = Corpus(arguments.gold, arguments.count)
        corpus.write(folder / "source")
        with Mount(arguments.build.resolve(), folder, folder / "source") as mount:
            expected = corpus.filtered(mount.build, mount.config)
            names = sorted(expected)
            lines = {n: t.removesuffix(b"\n").split(b"\n") if t else [] for n, t in expected.items()}
            readers = [("first read", read_python, expected), ("mmap", read_mmap, expected), ("tar", read_tar, expected),
                       ("rsync -c", read_rsync, expected), ("grep -r", read_grep, lines)]
            for label, reader, truth in readers:
                wrong = differing(reader(mount.view, names), truth)
                failed += bool(wrong)
                print(f"{'not ok' if wrong else 'ok'} - {label}: {len(truth) - len(wrong)} of {len(truth)} documents equal deidfs-filter's output", flush=True)
                for name in wrong[:5]:
                    print(f"#   differs: {name}")
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
