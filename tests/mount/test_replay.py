"""deidfs-journal replay on a real instance: what was read is rendered again and is the same; what changed since is told apart, and never shown."""
import hmac
import json
import os
import shutil
import subprocess

import mounting
from mounting import JOURNAL, REAL, Instance

CONFIG = "[policy]\nsidecars = yes\n"
NOTES = {
    "a.txt": b"Patient: Maria Gonzalez\nMRN: 00482913\nSeen 03/14/2024, call 617-555-0134.\n",
    "b/John Smith.txt": b"Patient: John Smith\nDOB: 04/05/1961\nJohn came back on 2024-05-06.\n",
    "c.txt": b"We have 482913 here.\n",
}


def replay(i, *words):
    out = subprocess.run([JOURNAL, "replay", "--config", i.config, "--key", os.path.join(i.state, "journal/log/log.vkey"), *words],
                         capture_output=True, text=True, timeout=120)
    for secret in ("Gonzalez", "482913", "1961"):
        assert secret not in out.stdout + out.stderr, out
    return out


def verdicts(i, *words):
    """The exit code, and (verdict, reason) by index."""
    out = replay(i, "--json", *words)
    assert out.returncode in (0, 1, 2), out
    said = json.loads(out.stdout)
    rows = {r["index"]: (r["verdict"], r.get("reason")) for r in said["records"]}
    for word in ("same", "differs", "cannot"):
        assert said[word] == sum(v == word for v, _ in rows.values()), said
    return out.returncode, rows


def read_all(i):
    for folder, _, names in os.walk(i.mnt):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                assert f.read()


def opens(i):
    return [n for n, r in enumerate(i.records()) if r["type"] == "open"]


def filled(i):
    for name, text in NOTES.items():
        i.write(name, text)
    i.mount()
    read_all(i)
    i.unmount()


def step_month(i):
    """The host's subject key as the keeper makes it at the month's end (RFC 5869): the records' month is then a past one."""
    path = os.path.join(i.state, "keys/subject.key")
    first, month, key = open(path).read().split()
    extracted = hmac.digest(bytes(32), bytes.fromhex(key), "sha256")
    with open(path, "w") as f:
        f.write(f"{first} {int(month) + 1} {hmac.digest(extracted, b'deidfs-subject-next' + bytes([1]), 'sha256').hex()}\n")


def later(path):
    """Written after every record so far, whatever the clock's steps."""
    stat = os.stat(path)
    os.utime(path, (stat.st_atime, stat.st_mtime + 3600))


def test_what_was_read_is_the_same_again_with_and_without_the_mount():
    with Instance(REAL) as i:
        filled(i)
        assert verdicts(i) == (0, {n: ("same", None) for n in opens(i)})
        assert len(opens(i)) == len(NOTES)
        i.mount()
        code, rows = verdicts(i)
        i.unmount()
        assert code == 0 and len(rows) == len(NOTES), rows
        asked = [r for r in i.records() if r["type"] == "query"]
        assert len(asked) == 2 and all(r["qry"]["kind"] == "replay" and r["qry"]["count"] == len(NOTES) for r in asked), asked
        assert i.verify().returncode == 0


def test_paths_are_printed_only_when_asked_for():
    with Instance(REAL) as i:
        filled(i)
        assert "Smith" not in replay(i).stdout
        out = replay(i, "--names")
        assert out.returncode == 0 and '"b/John Smith.txt"' in out.stdout, out


def test_a_range_an_index_or_a_sample_is_replayed():
    with Instance(REAL) as i:
        filled(i)
        at = opens(i)
        assert verdicts(i, "--index", str(at[1])) == (0, {at[1]: ("same", None)})
        assert len(verdicts(i, "--sample", "2")[1]) == 2
        assert verdicts(i, "--until", "2020-01-01") == (0, {})
        assert len(verdicts(i, "--since", "2020-01-01")[1]) == len(at)
        assert replay(i, "--index", "0").returncode == 3  # the genesis record
        assert replay(i, "--index", "1", "--sample", "2").returncode == 3


def test_a_source_that_changed_or_went_cannot_be_replayed():
    with Instance(REAL) as i:
        filled(i)
        i.write("a.txt", NOTES["a.txt"] + b"More.\n")
        later(i.path("a.txt"))
        os.unlink(i.path("b/John Smith.txt"))
        code, rows = verdicts(i)
        assert code == 2 and sorted(rows.values()) == [("cannot", "changed"), ("cannot", "gone"), ("same", None)], rows


def test_text_put_under_an_old_time_is_no_view_that_was_shown():
    with Instance(REAL) as i:
        filled(i)
        stat = os.stat(i.path("a.txt"))
        i.write("a.txt", NOTES["c.txt"])
        os.utime(i.path("a.txt"), ns=(stat.st_atime_ns, stat.st_mtime_ns))
        code, rows = verdicts(i)
        assert code == 2 and ("cannot", "changed") in rows.values() and ("same", None) in rows.values(), rows


def test_another_vault_makes_another_view_and_that_is_a_difference():
    with Instance(REAL) as i:
        filled(i)
        shutil.rmtree(os.path.join(i.state, "vault"))
        os.mkdir(os.path.join(i.state, "vault"), 0o700)
        code, rows = verdicts(i)
        assert code == 1 and ("differs", None) in rows.values(), rows


def test_another_policy_cannot_replay():
    for extra in ("[policy]\nactions = phone drop\n", "[policy]\nsidecars = yes\n", "[instance]\ndestination = elsewhere\n"):
        with Instance(REAL) as i:
            filled(i)
            i.configure(extra)
            code, rows = verdicts(i)
            assert code == 2 and set(rows.values()) == {("cannot", "policy")}, (extra, rows)


def test_a_sidecar_that_came_later_is_told():
    with Instance(REAL, CONFIG) as i:
        filled(i)
        assert verdicts(i)[0] == 0
        i.write(".deidfs-patient.csv", b"first,last,mrn\nHope,Young,00482913\n")
        code, rows = verdicts(i)
        assert code == 2 and ("cannot", "changed") in rows.values() and "differs" not in [v for v, _ in rows.values()], rows


def test_a_month_without_its_key_is_told_and_the_officers_key_has_it():
    with Instance(REAL) as i:
        filled(i)
        officer = os.path.join(i.state, "officer/subject-0.key")
        step_month(i)
        code, rows = verdicts(i)
        assert code == 2 and set(rows.values()) == {("cannot", "month")}, rows
        assert verdicts(i, "--subject-key", officer) == (0, {n: ("same", None) for n in opens(i)})
        assert replay(i, "--subject-key", i.config).returncode == 3


def test_a_journal_that_was_tampered_with_is_not_replayed():
    with Instance(REAL) as i:
        filled(i)
        folder = os.path.join(i.state, "journal/log/tile/entries/000.p")
        path = os.path.join(folder, max(os.listdir(folder), key=int))
        data = bytearray(open(path, "rb").read())
        at = data.index(b'"sha256":"') + 10
        data[at] = ord("0") if data[at] != ord("0") else ord("1")
        with open(path, "wb") as f:
            f.write(data)
        out = replay(i)
        assert out.returncode == 1 and not out.stdout and "nothing is replayed" in out.stderr, out


if __name__ == "__main__":
    mounting.main(globals())
