"""The control socket and its client: status in three forms, reload, warm, revoke, checkpoint; who may do what."""
import errno
import json
import os
import re
import socket
import subprocess
import time

import mounting
from mounting import BUILD, IDENTITY, Instance

CONTROL = os.path.join(BUILD, "tools/deidfs-control")


def control(i, *words):
    return subprocess.run([CONTROL, "--config", i.config, *words], capture_output=True, text=True, timeout=60)


def status(i):
    out = control(i, "--json", "status")
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout)


def wait_until(condition, limit=20):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_status_counts_what_happened_and_shows_nothing_of_documents():
    with Instance(IDENTITY) as i:
        i.write("MRN 12345678/a.txt", b"text 4711 secretword\n")
        time.sleep(0.05)
        i.mount()
        for base, _, files in os.walk(i.mnt):
            for f in files:
                open(os.path.join(base, f)).read()
        s = status(i)
        assert s["opens_total"] == 1 and s["lists_total"] == 2 and s["views_built_total"] == 1 and s["journal_halted"] == 0, s
        lines = control(i, "status").stdout
        metrics = control(i, "--metrics", "status").stdout
        assert "instance test\n" in lines and 'deidfs_opens_total{instance="test"} 1' in metrics
        for text in (lines, metrics, json.dumps(s)):
            assert "12345678" not in text and "secretword" not in text and "a.txt" not in text
        for line in metrics.strip().split("\n"):
            assert re.fullmatch(r'# (HELP|TYPE) deidfs_\w+ .+|deidfs_\w+\{instance="test"\} \d+', line), line


def test_warm_redacts_ahead_and_the_readers_then_wait_for_nothing():
    with Instance(IDENTITY) as i:
        for n in range(60):
            i.write(f"d{n % 3}/{chr(97 + n % 26)}{n // 26}.txt", b"text\n" * n)
        i.write("slow.txt", b"SLOW\n")
        time.sleep(0.05)
        i.mount()
        assert control(i, "warm").returncode == 0
        assert control(i, "warm").returncode == 1
        wait_until(lambda: status(i)["warm_running"] == 0)
        s = status(i)
        assert s["warm_files"] == 61 and s["warm_built"] == 61 and s["opens_total"] == 0, s
        begin = time.monotonic()
        assert open(i.view("slow.txt")).read() == "SLOW\n"
        assert time.monotonic() - begin < 1.5
        assert status(i)["views_built_total"] == 61
        i.unmount()
        assert sum(r["type"] == "open" for r in i.records()) == 1


def test_revoke_denies_everything_until_reload():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text\n" * 100000)
        time.sleep(0.05)
        i.mount()
        held = os.open(i.view("a.txt"), os.O_RDONLY)
        assert control(i, "revoke").returncode == 0
        for call in (lambda: open(i.view("a.txt")), lambda: os.listdir(i.mnt)):
            try:
                call()
                raise AssertionError("served after revoke")
            except OSError as e:
                assert e.errno == errno.EACCES, e
        try:
            os.pread(held, 100, 400000)
            raise AssertionError("an open file was served after revoke")
        except OSError as e:
            assert e.errno == errno.EIO, e
        os.close(held)
        assert control(i, "reload").returncode == 0
        assert len(open(i.view("a.txt")).read()) == 500000
        i.unmount()
        assert sum(r["type"] == "deny" for r in i.records()) == 2


def test_reload_says_why_not_and_checkpoint_signs():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text\n")
        i.mount()
        text = open(i.config).read()
        open(i.config, "w").write(text.replace("[policy]\n", "[policy]\nnonsense = 1\n", 1))
        out = control(i, "reload")
        assert out.returncode == 78 or (out.returncode == 1 and "nonsense" in out.stderr), out
        open(i.config, "w").write(text)
        assert control(i, "reload").returncode == 0 and status(i)["generation"] == 2
        open(i.view("a.txt")).close()
        assert control(i, "checkpoint").returncode == 0
        s = status(i)
        assert s["journal_checkpoint"] >= 4, s


def test_nonsense_and_silence_do_not_hold_the_socket_and_no_mount_is_69():
    with Instance(IDENTITY) as i:
        i.mount()
        for junk in (b"", b"x" * 1000, b"\n", b"status", b"\0\0\n", b"reload now\n"):
            s = socket.socket(socket.AF_UNIX)
            s.connect(os.path.join(i.state, "control.sock"))
            s.send(junk) if junk else None
            s.close()
        assert status(i)["opens_total"] == 0
        assert control(i, "reloda").returncode == 64
        assert control(i, "--json", "reload").returncode == 64
        i.unmount()
        assert not os.path.exists(os.path.join(i.state, "control.sock"))
        assert control(i, "status").returncode == 69


if __name__ == "__main__":
    mounting.main(globals())
