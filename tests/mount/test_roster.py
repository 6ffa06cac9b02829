"""Rosters over the real engine: sidecars are never shown and take effect at the next open, require_roster refuses, a reload reads the roster again."""
import errno
import os
import subprocess

import mounting
from mounting import REAL, Instance

CONFIG = "[policy]\nsidecars = yes\n"
NOTE = b"We have 482913 here; hope is young.\n"  # nothing that rules or the model would take for an identifier
SIDECAR = b"first,last,mrn\nHope,Young,00482913\n"


def read(i, name):
    with open(i.view(name), "rb") as f:
        return f.read()


def reload(i):
    control = os.path.join(mounting.BUILD, "tools/deidfs-control")
    out = subprocess.run([control, "--config", i.config, "reload"], capture_output=True, text=True, timeout=60)
    assert out.returncode == 0, out.stderr


def refused(i, name):
    try:
        read(i, name)
        return False
    except OSError as e:
        assert e.errno == errno.EIO, e
        return True


def test_a_sidecar_is_hidden_and_its_patient_is_found_below_it():
    with Instance(REAL, CONFIG) as i:
        i.write("lab/report/note.txt", NOTE)
        i.write("lab/note.txt", NOTE)
        i.write("lab/report/.deidfs-patient.csv", SIDECAR)
        i.mount()
        view, other = read(i, "lab/report/note.txt"), read(i, "lab/note.txt")
        assert b"482913" not in view and view.count(b"[MRN_") == 1, view
        assert other == NOTE, other
        assert os.listdir(i.view("lab/report")) == ["note.txt"], os.listdir(i.view("lab/report"))
        assert not os.path.exists(i.view("lab/report/.deidfs-patient.csv"))


def test_a_sidecar_that_comes_changes_or_goes_counts_at_the_next_open():
    with Instance(REAL, CONFIG) as i:
        i.write("report/note.txt", NOTE)
        i.mount()
        assert read(i, "report/note.txt") == NOTE
        i.write("report/.deidfs-patient.csv", SIDECAR)
        assert b"482913" not in read(i, "report/note.txt")
        i.write("report/.deidfs-patient.csv", b"first,last\nMira,Vossberg\n")
        assert read(i, "report/note.txt") == NOTE
        i.write("report/.deidfs-patient.csv", b"colour\nred\n")
        assert refused(i, "report/note.txt")  # nobody can tell whose documents these are
        os.unlink(i.path("report/.deidfs-patient.csv"))
        assert read(i, "report/note.txt") == NOTE


def test_required_rosters_refuse_what_nobody_covers_until_the_roster_does():
    with Instance(REAL) as i:
        roster = os.path.join(i.root, "roster.csv")
        with open(os.open(roster, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
            f.write("mrn,last\n00482913,Young\n")
        i.configure(f"[policy]\nroster = {roster}\nrequire_roster = yes\n")
        i.write("a.txt", b"We have 00482913 here; Young agreed.\n")
        i.write("b.txt", b"We have 00482914 here; Brown agreed.\n")
        i.mount()
        assert b"Young" not in read(i, "a.txt")
        assert refused(i, "b.txt")
        assert os.getxattr(i.view("b.txt"), "user.deidfs.status") == b"refused:roster"
        with open(roster, "a") as f:
            f.write("00482914,Brown\n")
        reload(i)
        assert b"Brown" not in read(i, "b.txt")
        i.unmount()
        assert [r["why"] for r in i.records() if r["type"] == "refuse"] == ["roster"], i.records()


def test_a_roster_that_others_may_read_stops_the_start():
    with Instance(REAL) as i:
        roster = os.path.join(i.root, "roster.csv")
        with open(os.open(roster, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
            f.write("mrn,last\n00482913,Young\n")
        os.chmod(roster, 0o644)
        i.configure(f"[policy]\nroster = {roster}\n")
        i.mount(wait=False)
        assert i.process.wait(timeout=60) != 0
        assert "chmod" in i.messages() and "Young" not in i.messages(), i.messages()


if __name__ == "__main__":
    mounting.main(globals())
