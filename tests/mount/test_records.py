"""What gets into the journal through the running mount and past it: inferences, readings of the journal, and who may."""
import hashlib
import json
import os
import socket
import subprocess
import sys

import mounting
from mounting import BUILD, IDENTITY, JOURNAL, Instance

WORDS = "[records]\nservices = rag, scribe\nmodels = llama3@2026-03, tiny\ndestinations = cloud-a\n"
H = [hashlib.sha256(bytes([n])).hexdigest() for n in range(4)]


def journal(i, *words, **more):
    return subprocess.run([JOURNAL, *words], capture_output=True, text=True, timeout=120, **more)


def key(i):
    return os.path.join(i.state, "journal/log/log.vkey")


def infer(i, *words, **more):
    return journal(i, "infer", "--config", i.config, "--service", "rag", "--model", "llama3", "--model-version", "2026-03", "--output", H[0], *words, **more)


def test_an_inference_is_recorded_while_the_mount_runs_and_while_it_does_not():
    with Instance(IDENTITY, config=WORDS) as i:
        i.write("a.txt", b"text\n")
        i.mount()
        view = os.getxattr(i.view("a.txt"), "user.deidfs.view_sha256").decode()
        open(i.view("a.txt")).close()
        token = "e0_" + "a" * 24
        out = infer(i, "--template", H[1], "--inputs", f"{view},{H[2]}", "--encounters", token, "--user", "Dr. Who", "--override", "edited", "--destination", "cloud-a")
        assert out.returncode == 0 and out.stdout.strip().isdigit(), out
        index = int(out.stdout)
        i.unmount()
        assert infer(i).returncode == 0
        records = i.records()
        r = records[index]
        assert r["type"] == "infer" and r["inf"] == {"dest": "cloud-a", "enc": [token], "in": [view, H[2]], "model": "llama3", "out": H[0], "over": "edited",
                                                      "svc": "rag", "tmpl": H[1], "user": r["inf"]["user"], "ver": "2026-03"}, r
        assert r["inf"]["user"].startswith("u0_") and r["who"]["uid"] == 0 and len(r["pol"]) == 64
        assert sum(r["type"] == "infer" for r in records) == 2 and "Who" not in json.dumps(records)
        assert i.verify().returncode == 0
        i.mount()  # what was written past the mount is continued by it
        i.unmount()
        assert i.verify().returncode == 0


def test_what_root_writes_past_the_mount_stays_the_owners():
    with Instance(IDENTITY, config=WORDS) as i:
        os.chmod(i.root, 0o711)
        subprocess.run(["chown", "-R", "daemon:daemon", i.state, i.source], check=True, timeout=60)
        os.chown(i.config, 0, 0)
        out = infer(i)
        assert out.returncode == 0, out
        owners = {os.lstat(os.path.join(base, n)).st_uid for base, folders, files in os.walk(i.state) for n in folders + files if n != "test.conf"}
        assert owners == {1}, owners
        i.mount()
        assert infer(i).returncode == 0
        i.unmount()
        assert [r["who"]["uid"] for r in i.records() if r["type"] == "infer"] == [0, 0]


def test_words_that_are_not_listed_and_texts_are_refused():
    with Instance(IDENTITY, config=WORDS) as i:
        i.mount()
        before = journal_size(i)
        good = dict(do="infer", service="rag", model="tiny", output=H[0])
        bad = [dict(service="John Smith"), dict(model="llama3"), dict(model="tiny", version="2"), dict(destination="elsewhere"), dict(output="abc"), dict(output=H[0].upper() + "0"),
               dict(inputs=[H[0]] * 17), dict(inputs=["x"]), dict(encounters=["John"]), dict(encounters=["p0_" + "a" * 24]), dict(override="maybe"), dict(note="free text"),
               dict(user=""), dict(user="x" * 256), dict(user=7), dict(do="open"), dict(do="session")]
        lines = [json.dumps(good)] + [json.dumps({**good, **b}) for b in bad] + ["[]", "{", "x", json.dumps(good)[:-1] + ',"model":"tiny"}']
        out = journal(i, "infer", "--config", i.config, "--json-lines", input="\n".join(lines) + "\n")
        answers = [json.loads(line) for line in out.stdout.splitlines()]
        assert out.returncode == 1 and len(answers) == len(lines), out
        assert [("index" in a) for a in answers] == [True] + [False] * (len(lines) - 1), answers
        assert "John" not in out.stdout and "free text" not in out.stdout
        assert journal_size(i) == before + 1
        out = journal(i, "infer", "--config", i.config, "--json-lines", input="{" + " " * 9000 + "}\n")
        assert out.returncode == 1 and out.stdout == "", out


def journal_size(i):
    out = subprocess.run([os.path.join(BUILD, "tools/deidfs-control"), "--config", i.config, "--json", "status"], capture_output=True, text=True, timeout=60)
    return json.loads(out.stdout)["journal_records"]


def test_every_reading_of_the_journal_is_itself_a_record():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text\n")
        i.mount()
        open(i.view("a.txt")).close()
        subprocess.run([os.path.join(BUILD, "tools/deidfs-control"), "--config", i.config, "checkpoint"], check=True, timeout=60)
        outputs = {}
        for kind, words in (("records", ["query", "--type", "open"]), ("user", ["query", "--user", "root"]), ("fhir", ["export", "--format", "fhir"]),
                            ("show", ["show"]), ("report", ["report", "--html"]), ("prove", ["prove", "--index", "0"])):
            out = journal(i, words[0], "--config", i.config, "--key", key(i), *words[1:])
            assert out.returncode == 0 and out.stdout, out
            outputs[kind] = hashlib.sha256(out.stdout.encode()).hexdigest()
        statement = os.path.join(i.root, "statement")
        out = journal(i, "export", "--config", i.config, "--key", key(i), "--format", "cef", "--statement", statement)
        said = json.load(open(statement))
        assert out.returncode == 0 and said["sha256"] == outputs.setdefault("cef", hashlib.sha256(out.stdout.encode()).hexdigest()), (out, said)
        assert said["recorded"] is True and said["verdict"] == "ok" and said["records"] == len(out.stdout.splitlines()) and said["findings"], said
        i.unmount()
        out = journal(i, "query", "--config", i.config, "--key", key(i), "--type", "open")
        assert out.returncode == 0 and out.stdout, out  # no mount: written past it
        found = [(r["type"], r.get("qry", r.get("exp"))) for r in i.records() if r["type"] in ("query", "export")]
        assert [(t, q["kind"]) for t, q in found] == [("query", "records"), ("query", "user"), ("export", "fhir"), ("query", "show"), ("query", "report"), ("query", "prove"),
                                                      ("export", "cef"), ("query", "records")], found
        for _, q in found[:-1]:
            assert q["sha256"] == outputs[q["kind"]], q
        assert i.verify().returncode == 0


def test_a_view_that_nothing_accounts_for_is_an_orphan():
    with Instance(IDENTITY, config=WORDS + "[access]\nsession_users = daemon\n") as i:
        for n in range(3):
            i.write(f"{n}.txt", b"text %d\n" % n)
        i.mount()
        orphans = lambda: journal(i, "orphans", "--config", i.config, "--key", key(i))
        for n in (0, 1):
            open(i.view(f"{n}.txt")).close()
        subprocess.run([os.path.join(BUILD, "tools/deidfs-session"), "--config", i.config, "--user", "daemon", "--purpose", "HOPERAT", "--ticket", "T", "--", "cat", i.view("2.txt")],
                       check=True, timeout=60, stdout=subprocess.DEVNULL)
        views = [os.getxattr(i.view(f"{n}.txt"), "user.deidfs.view_sha256").decode() for n in range(3)]
        checkpoint = lambda: subprocess.run([os.path.join(BUILD, "tools/deidfs-control"), "--config", i.config, "checkpoint"], check=True, timeout=60)
        checkpoint()
        out = orphans()
        assert out.returncode == 1 and [json.loads(line)["entry"]["out"]["sha256"] for line in out.stdout.splitlines()] == views[:2], out
        assert infer(i, "--inputs", views[1]).returncode == 0
        checkpoint()
        out = orphans()
        assert out.returncode == 1 and [json.loads(line)["entry"]["out"]["sha256"] for line in out.stdout.splitlines()] == views[:1], out
        assert infer(i, "--inputs", ",".join(views)).returncode == 0
        checkpoint()
        out = orphans()
        assert out.returncode == 0 and out.stdout == "" and "0 orphans of 3 opens" in out.stderr, out


def test_a_breach_is_scoped_from_what_was_served_and_where_it_was_sent():
    with Instance(IDENTITY, config=WORDS) as i:
        for n in range(3):
            i.write(f"{n}.txt", b"text %d\n" % n)
        i.mount()
        for n in range(3):
            with open(i.view(f"{n}.txt"), "rb") as f:
                f.read()
        view = os.getxattr(i.view("1.txt"), "user.deidfs.view_sha256").decode()
        assert infer(i, "--inputs", view, "--destination", "cloud-a").returncode == 0
        i.unmount()  # the attribute was answered behind the releases, in one queue: every close is in the log
        breach = lambda *words: journal(i, "breach", "--config", i.config, "--key", key(i), "--discovered", "2026-01-31", *words)
        out = breach("--json", "--user", "root")
        found = json.loads(out.stdout)
        assert out.returncode == 0 and found["accesses"]["opens"] == 3 and found["accesses"]["bytes"] == 21 and found["accesses"]["unclosed"] == 0, out
        assert found["individuals"]["opens_of_unknown"] + found["individuals"]["most"] >= 1, out
        assert found["dates"]["discovered"] == "2026-01-31" and found["dates"]["individuals"] == "2026-04-01", out
        asked = journal(i, "query", "--config", i.config, "--key", key(i), "--type", "open,reid", "--user", "root")
        lines = "".join(f"{json.loads(line)['index']}\n" for line in asked.stdout.splitlines())
        assert found["evidence"]["indices_sha256"] == hashlib.sha256(lines.encode()).hexdigest() and found["evidence"]["recorded"] is True, (out, asked)
        last = str(found["evidence"]["last"])
        proof, entry = os.path.join(i.root, "proof"), os.path.join(i.root, "entry")
        with open(proof, "w") as f:
            f.write(found["evidence"]["proof"])
        assert journal(i, "prove", "--config", i.config, "--key", key(i), "--index", last, "--entry", entry).returncode == 0
        out = journal(i, "check-proof", "--key", key(i), "--proof", proof, entry)
        assert out.returncode == 0 and out.stdout.rstrip().endswith(f"index {last}"), out
        sent = json.loads(breach("--json", "--destination", "cloud-a").stdout)
        assert sent["accesses"]["opens"] == 1 and sent["accesses"]["bytes"] == 7, sent
        assert json.loads(breach("--json", "--destination", "elsewhere").stdout)["evidence"]["records"] == 0
        page = breach()
        assert page.returncode == 0 and page.stdout.startswith("# Breach worksheet") and "tlog-proof@v1" in page.stdout, page
        record = [r for r in i.records() if r["type"] == "query"][-1]["qry"]
        assert record["kind"] == "breach" and record["sha256"] == hashlib.sha256(page.stdout.encode()).hexdigest(), record
        for words in (["--type", "open"], ["--discovered", "9999-01-01"], ["--discovered", "soon"]):
            assert breach(*words).returncode == 3, words
        assert i.verify().returncode == 0


def test_a_query_by_index_agrees_with_a_full_scan_and_a_forged_index_is_refused():
    with Instance(IDENTITY) as i:
        for n in range(6):
            i.write(f"{n}.txt", b"text %d\n" % n)
        i.mount()
        checkpoint = lambda: subprocess.run([os.path.join(BUILD, "tools/deidfs-control"), "--config", i.config, "checkpoint"], check=True, timeout=60)
        query = lambda *words: journal(i, "query", "--config", i.config, "--key", key(i), "--type", "open", *words)

        def agrees(uses_index):
            # Each query is a record itself: of the opens both must see the same.
            for words in (("--path", "--subject-key", os.path.join(i.state, "officer/subject-0.key")), ("--user", "root")):
                more = {"input": "3.txt"} if words[0] == "--path" else {}
                one, two = (journal(i, "query", "--config", i.config, "--key", key(i), "--type", "open", *words, *w, **more) for w in ((), ("--full-scan",)))
                assert one.returncode == two.returncode == 0 and one.stdout == two.stdout, (one, two)
                assert ("the index covers" in one.stderr) == uses_index and "the index covers" not in two.stderr, (one.stderr, two.stderr)
            return one.stdout

        for n in range(6):
            open(i.view(f"{n}.txt")).close()
        checkpoint()
        assert agrees(False).count("\n") == 6
        out = journal(i, "index", "--config", i.config, "--key", key(i))
        assert out.returncode == 0 and "records indexed" in out.stdout, out
        checkpoint()
        assert agrees(True).count("\n") == 6
        for n in range(6):
            open(i.view(f"{n}.txt")).close()
        checkpoint()
        assert agrees(True).count("\n") == 12, "a stale index lost the newest"
        idx = os.path.join(i.state, "journal/idx")
        pages = open(os.path.join(idx, "pages"), "rb").read()
        open(os.path.join(idx, "pages"), "wb").write(b"\0" * len(pages))
        assert agrees(False).count("\n") == 12
        directory = bytearray(open(os.path.join(idx, "directory"), "rb").read())
        directory[23] = directory[24 + 7] = 0  # no pages: nothing is anywhere
        open(os.path.join(idx, "directory"), "wb").write(directory[:24 + 16])
        assert agrees(False).count("\n") == 12
        for name in ("record", "directory", "pages"):
            os.remove(os.path.join(idx, name))
            assert agrees(False).count("\n") == 12
        i.unmount()
        assert journal(i, "index", "--config", i.config, "--key", key(i)).returncode == 0
        assert agrees(True).count("\n") == 12  # without a mount, too
        assert i.verify().returncode == 0


def test_what_cannot_be_recorded_is_not_shown():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text\n")
        i.mount()
        open(i.view("a.txt")).close()
        log = os.path.join(i.state, "journal")
        for words in ([log], [os.path.join(log, "log")], ["--copy", log]):
            out = journal(i, "query", "--key", key(i), *words)
            assert out.returncode == 3 and out.stdout == "" and "--config" in out.stderr, out
        i.unmount()
        out = journal(i, "query", "--key", key(i), log)
        assert out.returncode == 3 and out.stdout == "", out
        # A user who may read the files but has no right to be recorded sees nothing.
        for base, folders, files in os.walk(i.state):
            for name in folders + files:
                if "journal" in base or name == "journal":
                    os.chmod(os.path.join(base, name), 0o755)
        for path in (i.root, i.state):
            os.chmod(path, 0o711)
        # Where this user may keep a temporary file: a test run's own folder is root's.
        out = journal(i, "query", "--config", i.config, "--key", key(i), user=1, group=1, extra_groups=[], env={**os.environ, "TMPDIR": "/var/tmp"})
        assert out.returncode == 2 and out.stdout == "" and "recorded" in out.stderr, out
        copy = os.path.join(i.root, "copy")
        subprocess.run(["cp", "-a", os.path.join(log, "log"), copy], check=True, timeout=60)
        out = journal(i, "query", "--key", key(i), copy)
        assert out.returncode == 0 and out.stdout and "not recorded" in out.stderr, out


def test_auditors_and_recorders_are_known_by_their_user_id():
    path = f"/run/deidfs-test-{os.getpid()}-r/records.sock"
    with Instance(IDENTITY, config=WORDS + f"socket = {path}\nrecorders = daemon\nauditors = bin\n") as i:
        try:
            i.mount()
            code = ("import os,socket,sys; os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1])); s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[2]);"
                    "s.sendall(sys.argv[3].encode()); print(s.recv(4096).decode(), end='')")
            ask = lambda uid, line: json.loads(subprocess.run([sys.executable, "-c", code, str(uid), path, json.dumps(line) + "\n"], capture_output=True, text=True, timeout=60).stdout)
            call, reading = dict(do="infer", service="rag", model="tiny", output=H[0]), dict(do="query", kind="records", to=5)
            assert "index" in ask(1, call) and "index" in ask(2, reading)
            assert "error" in ask(2, call) and "error" in ask(1, reading) and "error" in ask(3, call) and "error" in ask(3, reading)
        finally:
            i.unmount()
            os.rmdir(os.path.dirname(path))
        assert [(r["type"], r["who"]["uid"]) for r in i.records() if r["type"] in ("infer", "query")] == [("infer", 1), ("query", 2)]


if __name__ == "__main__":
    mounting.main(globals())
