"""fio, a load generator others wrote, reads the view with each of its I/O engines and verifies every block, which carries its own offset and
checksum: a block that is wrong, torn, or from another place is found. The identity engine leaves *.raw as it is, byte for byte."""
import os
import shutil
import subprocess

import mounting
from mounting import IDENTITY, Instance, Skip

BLOCK, SIZE = 4096, 4 << 20
VERIFY = ["--verify=crc32c", "--verify_state_save=0", "--bs=" + str(BLOCK), "--size=" + str(SIZE), "--randrepeat=0", "--output-format=terse"]


def fio(*words):
    if not shutil.which("fio"):
        raise Skip("fio is not installed")
    return subprocess.run(["fio", "--name=view", *VERIFY, *words], capture_output=True, text=True, timeout=240)


def lay_out(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    out = fio("--filename=" + path, "--rw=write", "--do_verify=0")
    assert out.returncode == 0, out.stderr


def verified(path, *words):
    return fio("--filename=" + path, "--readonly", "--verify_fatal=1", "--thread", *words)


class Laid:
    """A mounted instance with one file of fio's making."""

    def __enter__(self):
        self.instance = Instance(IDENTITY).__enter__()
        lay_out(self.instance.path("d/laid.raw"))
        self.instance.mount()
        self.path = self.instance.view("d/laid.raw")
        return self

    def __exit__(self, *reason):
        self.instance.__exit__(*reason)


def unsupported(out):
    return any(words in out.stderr + out.stdout for words in ("not loadable", "not supported", "Operation not permitted", "Function not implemented"))


def reads(engine, *words):
    with Laid() as laid:
        for order in ("read", "randread"):
            out = verified(laid.path, "--ioengine=" + engine, "--rw=" + order, *words)
            if out.returncode != 0 and unsupported(out):
                raise Skip(f"fio cannot use {engine} here")
            assert out.returncode == 0, (engine, order, out.stdout[-500:], out.stderr[-500:])
        assert laid.instance.unmount() == 0


def test_psync_verifies():
    reads("psync", "--numjobs=4")


def test_mmap_verifies():
    reads("mmap", "--numjobs=2")


def test_libaio_verifies():
    reads("libaio", "--iodepth=16")


def test_io_uring_verifies():
    reads("io_uring", "--iodepth=16")


def test_direct_verifies():
    reads("psync", "--direct=1")
    reads("libaio", "--direct=1", "--iodepth=16")


def test_splice_and_vectors_verify():
    reads("splice")
    reads("pvsync2", "--numjobs=2")


def test_one_wrong_block_would_be_found():
    with Laid() as laid:
        with open(laid.instance.path("d/laid.raw"), "r+b") as f:
            f.seek(37 * BLOCK + 100)
            f.write(b"!")
        out = verified(laid.path, "--ioengine=psync", "--rw=read")
        assert out.returncode != 0, out.stdout


if __name__ == "__main__":
    mounting.main(globals())
