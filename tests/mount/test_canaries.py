"""No canary leaves by a side door. Random words are planted wherever a user or a document chooses text: names of files and folders, contents, arguments,
environment, process titles, working folders, programs' paths, extended attributes, tickets, submissions, ids that are asked for, and everything that
fails. Then everything the product wrote or shows is searched for them: journal with its write-ahead log and index, logs, vault, shelves, /proc/mounts,
status, and the processes' own command lines. As they are, in other case, in hex and in base64; and the digest of each source document.

By hand, many times over with other words: for n in $(seq 50); do python3 tests/mount/test_canaries.py || break; done
"""
import base64
import glob
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time

import mounting
from mounting import BUILD, JOURNAL, REAL, Instance

CONTROL, SESSION = (os.path.join(BUILD, "tools/deidfs-" + n) for n in ("control", "session"))


class Canaries:
    def __init__(self):
        self.words, self.digests = {}, {}

    def __call__(self, place):
        """A word that nothing else in the world is. Letters, so that no rule takes it for a number."""
        word = "qz" + "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(18))
        self.words[word] = place
        return word

    def document(self, i, name, data):
        i.write(name, data)
        self.digests[hashlib.sha256(data).digest()] = "digest of " + os.path.basename(name)

    def needles(self):
        for word, place in self.words.items():
            raw = word.encode()
            yield raw, place
            for form in (word.upper(), word.capitalize(), word[::-1]):
                yield form.encode(), place
            yield raw.hex().encode(), place + " (hex)"
            yield word.encode("utf-16-le"), place + " (UTF-16)"
            yield hashlib.sha256(raw).digest(), place + " (digest)"
            yield hashlib.sha256(raw).hexdigest().encode(), place + " (digest in hex)"
            for shift in range(3):  # whatever stands before it
                yield base64.b64encode(b"\0" * shift + raw)[4:-4], place + " (base64)"
        for digest, place in self.digests.items():
            yield digest, place
            yield digest.hex().encode(), place + " (hex)"

    def check(self, texts):
        needles = list(self.needles())
        for name, data in texts:
            for needle, place in needles:
                assert needle not in data, f"a canary of {place} is in {name}"


def run(*words, **more):
    return subprocess.run(words, capture_output=True, timeout=120, **more)


def written(i):
    """Everything the product wrote, but the configuration, which the admin wrote."""
    for base, _, files in os.walk(i.state):
        for name in files:
            path = os.path.join(base, name)
            if path != i.config and os.path.isfile(path):
                yield path, name.encode() + b"\n" + open(path, "rb").read().replace(b"\0" * 4096, b"")  # room that was allotted and not used
    yield "log", i.messages().encode()
    for path in ("/proc/mounts", "/proc/self/mountinfo"):
        yield path, b"".join(line for line in open(path, "rb") if i.mnt.encode() in line)


def processes(i):
    group = i.process.pid
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.getpgid(int(pid)) != group:
                continue
            for what in ("comm", "cmdline", "status", "stat", "maps", "mountinfo"):
                yield f"/proc/{pid}/{what}", open(f"/proc/{pid}/{what}", "rb").read()
        except (OSError, ProcessLookupError):
            continue


def cores(i):
    return glob.glob(os.path.join(i.root, "**", "core*"), recursive=True) + glob.glob(os.path.join(os.getcwd(), "core*"))


def plant(i, c):
    folder, note = c("a folder's name"), c("a file's name")
    header = "Patient: Ann Example  MRN: 00482913  SSN: 219-09-9999\n"
    c.document(i, f"{folder}/{note}.txt", f"{header}{c('a document')} lives at 12 Elm Street.\n".encode())
    c.document(i, f"{folder}/{c('a large document')}.txt", (header + c("a large document's text") + "\n").encode() * 3000)
    c.document(i, f"{folder}/{c('a malformed document')}.txt", header.encode() + c("a malformed document's text").encode() + b"\xff\xfe\xc0\n" * 4)
    c.document(i, f"{folder}/{c('an unknown format')}.bin", b"\0\1\2" + c("an unknown format's text").encode())
    c.document(i, f"{folder}/{c('a long')}{'x' * 180}.txt", b"long name " + header.encode())
    c.document(i, f"{folder}/new\nline {c('a name with a newline')}.txt", b"odd name " + header.encode())
    c.document(i, f"{folder}/{c('a cut PDF')}.pdf", b"%PDF-1.7\n" + c("a cut PDF's text").encode())
    os.symlink("/nowhere/" + c("a link's target"), i.path(f"{folder}/{c('a link')}"))
    return folder


READER = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(15, sys.argv[3].encode()[:15], 0, 0, 0)
for base, folders, files in os.walk(sys.argv[1]):
    for name in folders + files + [sys.argv[2]]:
        path = os.path.join(base, name)
        for call in (lambda: open(path, "rb").read(), lambda: os.listdir(path), lambda: os.getxattr(path, "user." + sys.argv[2]), lambda: os.listxattr(path),
                     lambda: open(path, "w"), lambda: os.mkdir(path + sys.argv[2]), lambda: os.unlink(path), lambda: os.rename(path, path + sys.argv[2]),
                     lambda: os.setxattr(path, "user." + sys.argv[2], sys.argv[2].encode()), lambda: os.symlink(sys.argv[2], path + sys.argv[2]), lambda: os.readlink(path)):
            try:
                call()
            except OSError:
                pass
"""


def read_all(i, c):
    """A reader whose every property is a canary."""
    place = os.path.join(i.root, c("a working folder"))
    program = os.path.join(place, c("a program"))
    os.makedirs(place)
    shutil.copy("/bin/cat", program)
    environment = dict(os.environ, **{c("a variable").upper(): c("a variable's value")})
    out = run(sys.executable, "-c", READER, i.mnt, c("a path that is not there"), c("a process title"), c("an argument"), cwd=place, env=environment)
    assert out.returncode == 0, out
    for base, _, files in os.walk(i.mnt):
        for name in files:
            run(program, os.path.join(base, name), os.path.join(i.mnt, c("another path that is not there")), cwd=place, env=environment)


def ask_wrongly(i, c):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(60)
    s.connect(os.path.join(i.state, "control.sock"))
    word = c("a submission")
    for line in ({"do": word}, {"do": "infer", word: 1}, {"do": "infer", "service": word, "model": "tiny", "output": "0" * 64}, {"do": "query", "kind": word},
                 {"do": "infer", "service": "rag", "model": "tiny", "output": "0" * 64, "user": c("an application's user")},
                 {"do": "infer", "service": "rag", "model": "tiny", "output": word}, {"do": "session", "user": word, "purpose": word, "ticket": word}):
        s.sendall(json.dumps(line).encode() + b"\n")
        answer = s.recv(4096)
        assert answer.startswith(b"{") and word.encode() not in answer, answer
    s.close()
    for junk in (c("a command"), "changes " + c("a cursor")):
        run(CONTROL, "--config", i.config, junk)
        s = socket.socket(socket.AF_UNIX)
        s.connect(os.path.join(i.state, "control.sock"))
        s.sendall(junk.encode() + b"\n")
        s.close()


def shown(i):
    for words in (["status"], ["--json", "status"], ["--metrics", "status"]):
        yield " ".join(words), run(CONTROL, "--config", i.config, *words).stdout


def test_the_search_finds_what_is_there():
    c = Canaries()
    word = c("a place")
    c.digests[hashlib.sha256(b"x").digest()] = "digest of x"
    hidden = (word.encode(), word.upper().encode(), word.encode().hex().encode(), base64.b64encode(b"ab" + word.encode() + b"cd"), base64.b64encode(b"abcd" + word.encode()),
              word.encode("utf-16-le"), hashlib.sha256(word.encode()).hexdigest().encode(), hashlib.sha256(b"x").digest())
    for data in hidden:
        try:
            c.check([("here", b"before " + data + b" behind")])
        except AssertionError:
            continue
        raise RuntimeError(f"not found: {data}")
    c.check([("here", b"nothing")])


CONFIG = "[policy]\nmax_document = 64K\nunknown_format = deny\n[access]\nsession_users = daemon\n[records]\nservices = rag\nmodels = tiny\n"


def test_nothing_chosen_by_users_or_documents_is_written_or_shown():
    c = Canaries()
    with Instance(REAL, config=CONFIG) as i:
        plant(i, c)
        i.mount()
        read_all(i, c)
        ask_wrongly(i, c)
        out = run(SESSION, "--config", i.config, "--user", "daemon", "--purpose", "TREAT", "--ticket", c("a ticket"), "--", "cat", i.view(c("a third path that is not there")))
        assert out.returncode == 1, out
        key = os.path.join(i.state, "journal/log/log.vkey")
        run(CONTROL, "--config", i.config, "checkpoint")
        officer = os.path.join(i.state, "officer/subject-0.key")
        for option in ("--patient", "--encounter", "--path"):
            out = run(JOURNAL, "query", "--config", i.config, "--key", key, option, "--subject-key", officer, input=c("an id that is asked for").encode())
            assert out.returncode == 0, out
        c.check(processes(i))
        c.check(shown(i))
        c.check(written(i))  # the write-ahead log as it stands
        i.unmount()
        c.check(written(i))
        types = {r["type"] for r in i.records()}
        assert {"open", "list", "refuse", "query", "infer", "session", "close"} <= types, types
        assert not cores(i) and i.verify().returncode == 0


def test_denials_and_reloads_that_fail_say_nothing():
    c = Canaries()
    with Instance(REAL, config="[access]\nusers = daemon\n") as i:
        plant(i, c)
        i.mount()
        read_all(i, c)
        text = open(i.config).read()
        open(i.config, "w").write(text.replace("[policy]\n", f"[policy]\n{c('a setting')} = 1\n", 1))
        run(CONTROL, "--config", i.config, "reload")
        os.kill(i.process.pid, signal.SIGHUP)
        open(i.config, "w").write(text)
        assert run(CONTROL, "--config", i.config, "reload").returncode == 0
        # What the admin wrote into the configuration may be told to him; it is no document's and no reader's.
        c.words = {w: p for w, p in c.words.items() if p != "a setting"}
        c.check(shown(i))
        i.unmount()
        c.check(written(i))
        assert any(r["type"] == "deny" for r in i.records())


def wait_for_end(i):
    end = time.monotonic() + 60
    while i.process.poll() is None:
        assert time.monotonic() < end, "the mount lives on"
        time.sleep(0.02)


def test_a_mount_that_dies_leaves_nothing_behind():
    for victim, number in (("keeper", signal.SIGKILL), ("guard", signal.SIGSEGV), ("guard", signal.SIGKILL), ("group", signal.SIGKILL)):
        c = Canaries()
        with Instance(REAL) as i:
            plant(i, c)
            i.mount()
            read_all(i, c)
            guard = i.guard_pid()
            children = run("ps", "-o", "pid=", "--ppid", str(i.process.pid)).stdout.split()
            others = [int(p) for p in children if int(p) != guard]
            held = [open(os.path.join(base, n), "rb") for base, _, files in os.walk(i.mnt) for n in files if n.endswith(".txt") and is_readable(os.path.join(base, n))]
            if victim == "group":
                i.kill()
            else:
                for pid in [guard] if victim == "guard" else others:
                    os.kill(pid, number)
                read_after(i)
                wait_for_end(i)
            for f in held:
                f.close()
            c.check(written(i))
            assert not cores(i), cores(i)


def is_readable(path):
    try:
        open(path, "rb").close()
        return True
    except OSError:
        return False


def read_after(i):
    for base, _, files in os.walk(i.mnt):
        for name in files:
            is_readable(os.path.join(base, name))


if __name__ == "__main__":
    mounting.main(globals())
