"""The re-identification key is rotated while the mount serves: each value opens with the key of its time, after a reseal all with the new one."""
import glob
import os
import subprocess

import mounting
from mounting import BUILD, SETUP, Instance

CONTROL = os.path.join(BUILD, "tools/deidfs-control")
REIDENTIFY = os.path.join(BUILD, "tools/deidfs-reidentify")


def run(*words, data=b"", code=0):
    out = subprocess.run(words, input=data, capture_output=True, timeout=120)
    assert out.returncode == code, (words, out.returncode, out.stderr)
    return out.stdout


def note(n):
    return f"Patient: Quentin Zorander   MRN: {10000000 + n}   Phone: (212) 555-010{n}\n".encode()


def view(i, n):
    with open(i.view(f"note{n}.txt"), "rb") as f:
        return f.read()


def restored(i, text, *more):
    return run(REIDENTIFY, "--config", i.config, "--reason", "rotation test", "--purpose", "TREAT", *more, data=text)


def test_a_rotation_while_mounted_loses_nothing():
    with Instance() as i:
        for n in range(3):
            i.write(f"note{n}.txt", note(n))
        i.mount()
        views = [view(i, 0)]
        assert b"Zorander" not in views[0]
        run(SETUP, "vault", "rotate", "--config", i.config, "--reason", "yearly")
        views.append(view(i, 1))  # the mount has not heard of it yet: sealed to the earlier key
        run(CONTROL, "--config", i.config, "reload")
        views.append(view(i, 2))
        (older,) = glob.glob(i.state + "/reidentify/reidentify-*.key")
        for n in range(3):
            assert restored(i, views[n]) == note(n), n
        # The earlier key gone, its values are: until they are sealed anew.
        away = i.root + "/earlier.key"
        os.rename(older, away)
        assert restored(i, views[2]) == note(2)
        failed = subprocess.run([REIDENTIFY, "--config", i.config, "--reason", "rotation test", "--purpose", "TREAT"], input=views[0], capture_output=True)
        assert failed.returncode != 0 and b"Zorander" not in failed.stdout, failed
        run(SETUP, "vault", "reseal", "--config", i.config, "--reason", "yearly", "--key", away)
        os.remove(away)
        for n in range(3):
            assert restored(i, views[n]) == note(n), n
        assert b"damaged    0" in run(SETUP, "vault", "check", "--config", i.config, "--key", i.state + "/reidentify/reidentify.key")
        # Tokens stay what they were.
        assert view(i, 0) == views[0]
        assert i.unmount() == 0


def test_a_rotation_without_a_reason_changes_nothing():
    with Instance() as i:
        before = open(i.state + "/public/reidentify.pub").read()
        run(SETUP, "vault", "rotate", "--config", i.config, code=64)
        assert open(i.state + "/public/reidentify.pub").read() == before
        run(SETUP, "vault", "rotate", "--config", i.config, "--reason", "first")
        run(SETUP, "vault", "rotate", "--config", i.config, "--reason", "second")
        assert len(glob.glob(i.state + "/reidentify/reidentify-*.key")) == 2
        log = i.state + "/reidentify/journal"
        out = subprocess.run([mounting.JOURNAL, "verify", "--key", log + "/log/log.vkey", log], capture_output=True, timeout=120)
        assert out.returncode == 0, out.stderr
        records = subprocess.run([mounting.JOURNAL, "query", "--copy", "--key", log + "/log/log.vkey", "--type", "query", log], capture_output=True, text=True, timeout=120)
        assert records.stdout.count("rotate") == 2, (records.stdout, records.stderr)


if __name__ == "__main__":
    mounting.main(globals())
