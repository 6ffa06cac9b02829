"""Extended attributes over the real engine: what a reader may ask of a document beside its bytes, and that the journal finds its patient."""
import calendar
import errno
import os
import re
import subprocess
import time

import mounting
from mounting import JOURNAL, REAL, Instance

NOTE = b"Patient: Quentin Q. Walters  MRN: 00482913\nEncounter number: 5512093\nStable on metoprolol 25 mg.\n"


def absent(path, name):
    try:
        os.getxattr(path, name)
        raise AssertionError(f"{name} is there")
    except OSError as e:
        assert e.errno == errno.ENODATA, e


def test_patient_and_encounter_are_the_codes_that_the_view_shows():
    with Instance(REAL) as i:
        i.write("note.txt", NOTE)
        i.write("plain.txt", b"Stable on metoprolol 25 mg.\n")
        i.mount()
        view = open(i.view("note.txt")).read()
        patient, encounter = (os.getxattr(i.view("note.txt"), "user.deidfs." + n).decode() for n in ("patient", "encounter"))
        assert re.fullmatch(r"MRN_[A-Z]{7}", patient) and f"[{patient}]" in view, (patient, view)
        assert re.fullmatch(r"ENCOUNTER_[A-Z]{7}", encounter) and f"[{encounter}]" in view, (encounter, view)
        for name in ("user.deidfs.patient", "user.deidfs.encounter"):
            absent(i.view("plain.txt"), name)
            absent(i.mnt, name)


def test_the_journal_finds_what_was_read_of_a_patient_and_of_an_encounter():
    with Instance(REAL) as i:
        i.write("a.txt", NOTE)
        i.write("b.txt", b"MRN: 00482914\nEncounter number: 5512094\n")
        i.mount()
        for _ in range(2):
            open(i.view("a.txt")).close()
        open(i.view("b.txt")).close()
        i.unmount()
        opens = [r for r in i.records() if r["type"] == "open"]
        assert len(opens) == 3 and all(r["obj"]["subj"].startswith("p") and r["obj"]["enc"].startswith("e") for r in opens), opens
        key = os.path.join(i.state, "officer/subject-0.key")
        log = os.path.join(i.state, "journal")
        for option, known, unknown in (("--patient", "00482913", "00482915"), ("--encounter", "5512093", "5512095")):
            for value, hits in ((known, 2), (unknown, 0)):
                out = subprocess.run([JOURNAL, "query", "--key", os.path.join(log, "log/log.vkey"), option, "--subject-key", key, "--copy", log],
                                     input=value, capture_output=True, text=True, timeout=60)
                found = out.stdout.count('"type":"open"')
                assert found == hits, (option, value, found, out.stdout, out.stderr)


def test_shifted_times_move_with_the_patients_dates_and_outlive_the_mount():
    with Instance(REAL, "[mount]\ntimes = shift\n", ["--profile", "dates-shifted"]) as i:
        i.write("a.txt", b"MRN: 00482913\nSeen on 03/05/2019.\n")
        i.write("b.txt", b"MRN: 00482913\nStable.\n")
        i.write("nobody.txt", b"Stable on metoprolol 25 mg.\n")
        for n, name in enumerate(("a.txt", "b.txt", "nobody.txt")):
            os.utime(i.path(name), (1700000000 + n, 1700000000 + n))
        i.mount()
        first = [os.stat(i.view(n)).st_mtime - 1700000000 for n in ("a.txt", "b.txt")]
        day = 86400
        assert first[0] % day == 0 and first[0] != 0 and first[1] == first[0] + 1, first
        assert time.gmtime(os.stat(i.view("nobody.txt")).st_mtime)[:5] == (2023, 1, 1, 12, 0)
        shown = re.search(r"on (\d+)/(\d+)/(\d+)", open(i.view("a.txt")).read())
        moved = calendar.timegm((int(shown[3]), int(shown[1]), int(shown[2]), 0, 0, 0)) - calendar.timegm((2019, 3, 5, 0, 0, 0))
        assert moved == first[0], (moved, first)
        i.unmount()
        i.mount()
        assert [os.stat(i.view(n)).st_mtime - 1700000000 for n in ("a.txt", "b.txt")] == first


if __name__ == "__main__":
    mounting.main(globals())
