"""What bounds the mount's memory and descriptors, on a real mount. By hand at full size: tests/mount/test_bounds.py --files 1000000"""
import json
import os
import subprocess
import sys
import time

import mounting
from mounting import BUILD, IDENTITY, Instance

CONTROL = os.path.join(BUILD, "tools/deidfs-control")
FILES = 3000
if "--files" in sys.argv:
    FILES = int(sys.argv[sys.argv.index("--files") + 1])
    del sys.argv[1:]


def status(i):
    return json.loads(subprocess.run([CONTROL, "--config", i.config, "--json", "status"], capture_output=True, check=True, timeout=600).stdout)


def memory_kib(i):
    return int(next(line for line in open(f"/proc/{i.guard_pid()}/status") if line.startswith("VmRSS")).split()[1])


def fill(i, count):
    for n in range(count):
        if n % 1000 == 0:
            os.makedirs(i.path(f"d{n // 1000}"), exist_ok=True)
        with open(i.path(f"d{n // 1000}/f{chr(97 + n % 26)}{n % 1000}.txt"), "w") as f:
            f.write("text\n")


def walk(i):
    count = 0
    for base, _, files in os.walk(i.mnt):
        for name in files:
            count += os.stat(os.path.join(base, name)).st_size == 5
    return count


def test_the_kernel_remembers_no_more_names_than_configured_and_all_stay_readable():
    nodes = max(1000, FILES // 10)
    with Instance(IDENTITY, f"[mount]\nnodes = {nodes}\nattr_ttl = 60m\n[journal]\ndurability = crash\n") as i:
        fill(i, FILES)
        time.sleep(0.05)
        i.mount()
        begin, before, most = time.monotonic(), memory_kib(i), 0
        held = open(i.view("d0/fa0.txt"))
        for round_number in range(2):
            assert walk(i) == FILES
            end = time.monotonic() + 120
            while status(i)["nodes"] > nodes:
                assert time.monotonic() < end, status(i)["nodes"]
                time.sleep(0.05)
            most = max(most, memory_kib(i))
            print(f"# walk {round_number + 1}: {FILES} files, {time.monotonic() - begin:.1f} s, {status(i)['nodes']} nodes, "
                  f"{memory_kib(i) / 1024:.0f} MiB (began with {before / 1024:.0f})", flush=True)
        assert held.read() == "text\n" and open(i.view("d0/fa0.txt")).read() == "text\n"
        assert i.unmount() == 0


def test_few_descriptors_suffice_for_many_files():
    with Instance(IDENTITY) as i:
        fill(i, FILES)
        program = i.program
        i.program = os.path.join(i.root, "limited")
        with open(i.program, "w") as f:
            f.write(f'#!/bin/sh\nulimit -n 64\nexec {program} "$@"\n')
        os.chmod(i.program, 0o755)
        i.mount()
        assert walk(i) == FILES
        assert len(os.listdir(f"/proc/{i.guard_pid()}/fd")) < 64


def test_an_unmount_while_names_are_pruned_ends():
    with Instance(IDENTITY, "[mount]\nnodes = 1000\n") as i:
        fill(i, max(FILES, 3000))
        i.mount()
        walker = subprocess.Popen(["sh", "-c", f"while find {i.mnt} -size +0 > /dev/null 2>&1; do :; done"], start_new_session=True)
        try:
            end = time.monotonic() + 60
            while status(i)["nodes"] < 900:
                assert time.monotonic() < end
                time.sleep(0.02)
            assert i.unmount(60) == 0
        finally:
            os.killpg(walker.pid, 9)
            walker.wait()


if __name__ == "__main__":
    mounting.main(globals())
