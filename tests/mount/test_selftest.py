"""Canaries: the mount says on record, now and then, that redaction works; where it does not, nothing is served until a reload that passes."""
import errno
import os
import subprocess
import time

import mounting
from mounting import BUILD, IDENTITY, Instance

CONTROL = os.path.join(BUILD, "tools/deidfs-control")


def control(i, *words):
    return subprocess.run([CONTROL, "--config", i.config, *words], capture_output=True, text=True, timeout=60)


def wait_until(condition, limit=60):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def tests_of(i):
    control(i, "checkpoint")
    return [r for r in i.records() if r["type"] == "query" and r["qry"]["kind"] == "self-test"]


def opens(i, name):
    try:
        with open(i.view(name), "rb") as f:
            f.read()
        return 0
    except OSError as e:
        return e.errno


def test_the_journal_says_that_redaction_works():
    with Instance(config="[policy]\nself_test = 1s\n") as i:
        i.write("a.txt", b"Patient: Quentin Zorander  MRN: 10000001\n")
        i.mount()
        wait_until(lambda: len(tests_of(i)) >= 2)
        found = tests_of(i)
        for r in found:
            assert r["qry"]["from"] == 0 and r["qry"]["to"] >= 20 and r["qry"]["count"] == 5, r
        assert len({r["qry"]["sha256"] for r in found}) == 1, "the same patients, the same views"
        assert "selftest passed\n" in control(i, "status").stdout
        assert not any("canar" in n for n in os.listdir(i.mnt)) and opens(i, "a.txt") == 0
        assert i.unmount() == 0
        assert i.verify().returncode == 0


def test_where_it_does_not_nothing_is_served_until_a_reload_that_passes():
    with Instance(IDENTITY, config="[policy]\nself_test = 1s\n") as i:
        i.write("a.txt", b"text\n")
        time.sleep(0.05)
        leak = i.state + "/leak"
        os.environ["DEIDFS_IDENTITY_LEAK"] = leak
        try:
            i.mount()
        finally:
            del os.environ["DEIDFS_IDENTITY_LEAK"]
        assert opens(i, "a.txt") == 0
        open(leak, "w").close()
        wait_until(lambda: opens(i, "a.txt") == errno.EACCES)
        status = control(i, "status").stdout
        assert "selftest failed: a planted failure: the policy does not redact\n" in status and "revoked 1\n" in status, status
        assert any(r["qry"]["from"] == 1 for r in tests_of(i))
        out = control(i, "reload")
        assert out.returncode == 1 and "does not redact" in out.stderr, out
        assert opens(i, "a.txt") == errno.EACCES
        os.remove(leak)
        assert control(i, "reload").returncode == 0
        assert opens(i, "a.txt") == 0
        assert "selftest passed\n" in control(i, "status").stdout


def test_a_policy_that_does_not_redact_is_not_mounted():
    with Instance() as i:
        rules = i.root + "/site.rules"
        with open(rules, "w") as f:
            f.write("rule x\n entity drop\n score 1000\n source label\n keyword mrn\n pattern [ :]{1,3}\\K9[0-9]{7}\n")
        i.configure(f"[policy]\nrules = {rules}\n")
        try:
            i.mount()
        except RuntimeError as e:
            assert "the first a MRN: the policy does not redact" in str(e), e
        else:
            raise AssertionError("mounted")


if __name__ == "__main__":
    mounting.main(globals())
