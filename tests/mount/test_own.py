"""What the mount says of itself: .deidfs/ in a real mount, and deidfs-control changes."""
import hashlib
import json
import os
import subprocess
import time

import mounting
from mounting import BUILD, IDENTITY, Instance

CONTROL = os.path.join(BUILD, "tools/deidfs-control")


def changes(i, *words):
    out = subprocess.run([CONTROL, "--config", i.config, "changes", *words], capture_output=True, text=True, timeout=60)
    lines = out.stdout.split("\n")[:-1]
    assert lines and lines[-1].startswith("cursor "), out
    return out.returncode, lines[:-1], lines[-1].split(" ")[1]


def settle():
    time.sleep(0.05)  # past the 20 ms in which equal time stamps prove nothing; longer changes no result


def test_the_folder_is_not_listed_but_read_and_each_read_is_recorded():
    with Instance(IDENTITY) as i:
        i.write("ward/MRN 12345678.txt", b"text 4711\n")
        i.write(".deidfs/manifest", b"of the source\n")
        settle()
        i.mount()
        assert os.listdir(i.mnt) == ["ward"] and sorted(os.listdir(i.view(".deidfs"))) == ["manifest", "status"]
        for name in ("status", "manifest"):
            with open(i.view(".deidfs/" + name), "rb") as f:
                data = f.read()
                assert len(data) == os.fstat(f.fileno()).st_size > 0, name
        head, *files = [json.loads(line) for line in data.decode().split("\n")[:-1]]
        assert head["files"] == 1 and head["instance"] == "test" and len(files) == 1, data
        assert b"1234" not in data and files[0]["path"].startswith("ward/MRN xxxxxxxx-") and "size" not in files[0], data
        view = open(i.view(files[0]["path"]), "rb").read()
        head, known = [json.loads(line) for line in open(i.view(".deidfs/manifest"))]
        assert known["size"] == len(view) and known["sha256"] == hashlib.sha256(view).hexdigest(), known
        subprocess.run(["tar", "-cf", "-", "-C", i.mnt, ".deidfs"], check=True, timeout=60, stdout=subprocess.PIPE)
        i.unmount()
        opens = [r for r in i.records() if r["type"] == "open"]
        # status, manifest, the document, manifest; tar's two
        assert sorted(r["obj"]["cls"] for r in opens) == ["manifest"] * 3 + ["status"] * 2 + ["text"], opens
        assert all(len(r["out"]["sha256"]) == 64 for r in opens)


def test_listed_and_none_are_what_they_say():
    with Instance(IDENTITY, "[mount]\nown_folder = listed\n") as i:
        i.write("a.txt", b"text\n")
        i.mount()
        assert sorted(os.listdir(i.mnt)) == [".deidfs", "a.txt"]
        assert b"instance test" in subprocess.run(["tar", "-cf", "-", "-C", i.mnt, ".deidfs/status"], capture_output=True, check=True, timeout=60).stdout
    with Instance(IDENTITY, "[mount]\nown_folder = none\n") as i:
        i.write("a.txt", b"text\n")
        i.write(".deidfs/status", b"of the source\n")
        i.mount()
        assert os.listdir(i.mnt) == ["a.txt"] and not os.path.exists(i.view(".deidfs")) and not os.path.exists(i.view(".deidfs/status"))


def test_changes_follow_the_source_across_a_remount():
    with Instance(IDENTITY) as i:
        for name in ("a.txt", "b/c.txt", "b/d.txt"):
            i.write(name, b"text\n")
        settle()
        i.mount()
        code, lines, first = changes(i)
        assert code == 0 and lines == ["added a.txt", "added b/c.txt", "added b/d.txt"], lines
        assert changes(i, "--since", first) == (0, [], first)
        i.unmount()
        i.write("a.txt", b"longer text\n")
        os.rename(i.path("b/c.txt"), i.path("b/e.txt"))
        os.unlink(i.path("b/d.txt"))
        settle()
        i.mount()
        code, lines, second = changes(i, "--since", first)
        assert code == 0 and lines == ["changed a.txt", "removed b/c.txt", "removed b/d.txt", "added b/e.txt"], lines
        assert json.loads(open(i.view(".deidfs/manifest")).readline())["cursor"] == second
        out = subprocess.run([CONTROL, "--config", i.config, "--json", "changes", "--since", first], capture_output=True, text=True, timeout=60)
        got = [json.loads(line) for line in out.stdout.split("\n")[:-1]]
        assert got[0] == {"change": "changed", "path": "a.txt"} and got[-1] == {"cursor": second}, got
        i.unmount()
        os.unlink(os.path.join(i.state, "census"))
        i.mount()
        code, lines, third = changes(i, "--since", second)
        assert code == 2 and lines == ["start-over", "added a.txt", "added b/e.txt"] and third != second, (code, lines)
        assert changes(i, "--since", "what")[:2] == (2, ["start-over", "added a.txt", "added b/e.txt"])
        i.unmount()
        assert sum(r["type"] == "list" for r in i.records()) >= 5  # each telling of changes is one


def test_a_reload_of_the_policy_changes_every_file_only_if_the_rules_differ():
    with Instance(mounting.REAL) as i:
        i.write("a.txt", b"Phone: (212) 555-0187\n")
        settle()
        i.mount()
        _, _, first = changes(i)
        subprocess.run([CONTROL, "--config", i.config, "reload"], check=True, timeout=60)
        assert changes(i, "--since", first)[1] == []
        i.configure("[policy]\nactions = phone drop\n")
        subprocess.run([CONTROL, "--config", i.config, "reload"], check=True, timeout=60)
        assert changes(i, "--since", first)[1] == ["changed a.txt"]


if __name__ == "__main__":
    mounting.main(globals())
