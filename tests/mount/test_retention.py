"""Retention on a real mount: holds and pruning go through the running daemon and past it; months are forgotten; the rest verifies and goes on."""
import json
import os
import shutil
import subprocess

from mounting import IDENTITY, JOURNAL, Instance

# 0 months: every record is old enough. crash: tens of thousands of opens need not wait for a slow disk.
NO_AGE = "[journal]\nretention = 0\ndurability = crash\n"


def journal(*words, **more):
    return subprocess.run([JOURNAL, *words], capture_output=True, text=True, timeout=300, **more)


def key(i):
    return os.path.join(i.state, "journal/log/log.vkey")


def retain(i, *words):
    return journal("retain", "--config", i.config, "--key", key(i), *words)


def plan(i):
    out = retain(i, "--json")
    assert out.returncode == 0, out
    return json.loads(out.stdout)


def hold(i, *words):
    return journal("hold", "--config", i.config, *words)


def open_often(i, count):
    for _ in range(count):
        os.close(os.open(i.view("a.txt"), os.O_RDONLY))


def test_old_records_are_pruned_under_a_running_mount_unless_a_hold_forbids_it():
    with Instance(IDENTITY, config=NO_AGE) as i:
        i.write("a.txt", b"text\n")
        i.mount()
        open_often(i, 33000)
        out = hold(i, "--set")
        assert out.returncode == 0 and out.stdout.startswith("held: record "), out
        held = int(out.stdout.split()[-1])
        i.unmount()
        i.mount()
        # On hold: nothing goes, and that is said.
        assert plan(i)["holds"] == [held] and plan(i)["next"] == 65536
        out = retain(i, "--prune")
        assert out.returncode == 1 and f"record {held} is a legal hold" in out.stderr, out
        assert os.path.exists(os.path.join(i.state, "journal/log/tile/entries/000"))
        assert hold(i, "--release", str(held + 1), "--key", key(i)).returncode == 1  # not a hold
        assert hold(i, "--release", str(held), "--key", key(i)).returncode == 0
        # Released: while the mount serves, the oldest go; it reads on, and all verifies.
        kept = os.path.join(i.root, "kept")
        shutil.copy(os.path.join(i.state, "journal/log/checkpoint"), kept)
        out = retain(i, "--prune")
        assert out.returncode == 0 and "less than the six years" in out.stderr, out
        assert not os.path.exists(os.path.join(i.state, "journal/log/tile/entries/000"))
        open_often(i, 3)
        assert i.unmount() == 0
        folder = os.path.join(i.state, "journal")
        out = journal("verify", "--key", key(i), "--since", kept, folder)
        assert out.returncode == 0 and "those below 65536" in out.stdout and "not checked  the pruned records" in out.stdout, out.stdout
        assert json.loads(journal("verify", "--json", "--key", key(i), folder).stdout)["minimum"] == 65536
        after = plan(i)
        assert after["minimum"] == after["next"] == 65536 and after["holds"] == []
        i.mount()
        open_often(i, 1)
        assert i.unmount() == 0 and i.verify().returncode == 0


def test_without_a_mount_holds_are_recorded_directly_and_young_records_stay():
    with Instance(IDENTITY) as i:
        out = hold(i, "--set")
        assert out.returncode == 0, out
        p = plan(i)
        assert p["retention_months"] == 75 and p["next"] == 0 and len(p["holds"]) == 1
        assert hold(i, "--release", str(p["holds"][0]), "--key", key(i)).returncode == 0
        out = retain(i, "--prune")
        assert out.returncode == 0 and "may go       nothing" in out.stdout, out
        assert i.verify().returncode == 0


def test_only_root_and_the_owner_of_the_state_may_hold_or_prune():
    with Instance(IDENTITY, config="[records]\nauditors = daemon\n") as i:
        os.chmod(i.root, 0o755)
        i.mount()
        out = subprocess.run(["setpriv", "--reuid", "daemon", "--regid", "daemon", "--clear-groups", JOURNAL, "hold", "--config", i.config, "--set"],
                             capture_output=True, text=True, timeout=120)
        assert out.returncode not in (0, 3), out
        i.unmount()
        assert not any(r["type"] == "retain" for r in i.records())


def test_a_forgotten_month_can_no_longer_be_linked_and_later_ones_can():
    with Instance(IDENTITY) as i:
        officer = os.path.join(i.state, "officer/subject-0.key")
        first, month, secret = open(officer).read().split()
        words = ["forget", "--config", i.config, "--subject-key", officer, "--before"]
        assert journal(*words, "2026-1").returncode == 3 and journal(*words, "1999-01").returncode == 3 and journal(*words, "2999-01").returncode == 3
        # As if the key had been made five months ago.
        with open(officer, "w") as f:
            f.write(f"{int(first) - 5} {int(month) - 5} {secret}\n")
        year, at = divmod(int(month) - 2, 12)
        out = journal(*words, f"{year:04d}-{at + 1:02d}")
        assert out.returncode == 0, out
        now = open(officer).read().split()
        assert int(now[0]) == int(first) - 5 and int(now[1]) == int(month) - 2 and now[2] != secret and secret not in open(officer).read(), now
        forgotten = [r for r in i.records() if r["type"] == "retain"]
        assert len(forgotten) == 1 and forgotten[0]["ret"]["kind"] == "subjects" and forgotten[0]["ret"]["to"] == 3, forgotten
        assert "subject keys before month 3 were destroyed" in i.verify().stdout


if __name__ == "__main__":
    import mounting
    mounting.main(globals())
