"""What readers see: sizes, bytes, names, hidden things, the source changing under them. Identity engine: the view's bytes are known here."""
import errno
import mmap
import os
import re
import stat
import subprocess
import threading
import time

import mounting
from mounting import IDENTITY, Instance


def masked(data):
    """What the stand-in engine makes of a text (tests/fs/engine_identity.c)."""
    def mask(m):
        return b"x" * len(m.group()) if sum(c in b"0123456789" for c in m.group()) >= 4 else m.group()
    return re.sub(rb"[0-9-]+", mask, data)


def refused_with(code, call, *args):
    try:
        call(*args)
    except OSError as e:
        assert e.errno == code, f"{errno.errorcode.get(e.errno)}, expected {errno.errorcode[code]}"
        return
    raise AssertionError(f"succeeded, expected {errno.errorcode[code]}")


def fill(i, count=40):
    for n in range(count):
        i.write(f"ward/{n % 4}/note{n % 7}-{chr(97 + n % 26)}{n // 26}.txt", b"Line %d MRN 0048291%d\n" % (n, n % 10) * (n * 3 + 1))
    i.write("empty.txt", b"")
    i.write("long.txt", b"0123456789abcdef\n" * 70000)


def test_tar_diff_rsync_and_python_see_exactly_the_expected_bytes():
    with Instance(IDENTITY) as i:
        fill(i)
        i.mount()
        expected = os.path.join(i.root, "expected")
        for base, _, files in os.walk(i.source):
            for f in files:
                to = os.path.join(expected, os.path.relpath(os.path.join(base, f), i.source))
                os.makedirs(os.path.dirname(to), exist_ok=True)
                with open(to, "wb") as out, open(os.path.join(base, f), "rb") as source:
                    out.write(masked(source.read()))
        for attempt in ("cold", "warm"):
            subprocess.run(["diff", "-r", expected, i.mnt], check=True, timeout=60)
            subprocess.run(f"tar -C {i.mnt} -cf - . | tar -C {expected} -df - 2>&1 | grep -vE 'Mode|Mod time|Uid|Gid' && exit 1 || exit 0",
                           shell=True, check=True, timeout=60)
            out = subprocess.run(["rsync", "-rnc", "--itemize-changes", i.mnt + "/", expected + "/"], capture_output=True, text=True, check=True, timeout=60)
            assert not [line for line in out.stdout.split("\n") if line.startswith(">f")], (attempt, out.stdout)


def test_the_first_stat_is_exact_and_equals_what_is_read():
    with Instance(IDENTITY) as i:
        fill(i)
        i.mount()
        for base, _, files in os.walk(i.mnt):
            for f in files:
                path = os.path.join(base, f)
                size = os.stat(path).st_size
                with open(path, "rb") as h:
                    assert os.fstat(h.fileno()).st_size == size == len(h.read()), path


def test_open_without_stat_sees_the_whole_file():
    with Instance(IDENTITY) as i:
        fill(i)
        i.mount()
        for n in range(40):
            fd = os.open(i.view(f"ward/{n % 4}/note{n % 7}-{chr(97 + n % 26)}{n // 26}.txt"), os.O_RDONLY)
            data = masked(b"Line %d MRN 0048291%d\n" % (n, n % 10) * (n * 3 + 1))
            assert os.fstat(fd).st_size == len(data) and os.read(fd, 1 << 20) == data
            assert os.read(fd, 10) == b"" and os.pread(fd, 10, 1 << 40) == b""
            os.close(fd)


def test_mmap_pread_sendfile_and_direct_reads_agree():
    with Instance(IDENTITY) as i:
        fill(i)
        i.mount()
        expected = masked(b"0123456789abcdef\n" * 70000)
        with open(i.view("long.txt"), "rb") as f:
            with mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ) as m:
                assert m[:] == expected
            for at in (0, 1, 4095, 4096, 131071, len(expected) - 1, len(expected)):
                assert os.pread(f.fileno(), 5000, at) == expected[at:at + 5000]
            with open(os.path.join(i.root, "copy"), "w+b") as out:
                sent = 0
                while sent < len(expected):
                    sent += os.sendfile(out.fileno(), f.fileno(), sent, len(expected) - sent)
                out.seek(0)
                assert out.read() == expected
        fd = os.open(i.view("long.txt"), os.O_RDONLY | os.O_DIRECT)
        buffer = mmap.mmap(-1, 1 << 21)
        got = os.readv(fd, [buffer])
        assert buffer[:got] == expected[:got] and got > 0
        os.close(fd)


def test_symlinks_pipes_sockets_and_unknown_content_are_hidden():
    with Instance(IDENTITY) as i:
        i.write("note.txt", b"text\n")
        i.write("image.bin", b"\x00\x01binary")
        os.symlink("/etc/passwd", i.path("link"))
        os.symlink("note.txt", i.path("near"))
        os.mkfifo(i.path("pipe"))
        os.mkdir(i.path(".deidfs"))
        i.mount()
        assert [n for n in sorted(os.listdir(i.mnt)) if n != ".deidfs"] == ["note.txt"]
        for name in ("link", "near", "pipe", "image.bin", "link/x", "no-such"):
            refused_with(errno.ENOENT if "/" not in name else errno.ENOENT, os.stat, i.view(name))


def test_changed_names_carry_a_suffix_that_a_sibling_does_not_move():
    with Instance(IDENTITY) as i:
        i.write("MRN 12345678/visit 2024-01-02.txt", b"a\n")
        i.write("plain.txt", b"b\n")
        i.mount()
        (folder,) = [n for n in os.listdir(i.mnt) if n.startswith("MRN")]
        (before,) = os.listdir(i.view(folder))
        assert "1234" not in folder and "2024" not in before and before.endswith(".txt"), (folder, before)
        i.write("MRN 12345678/visit 2024-01-03.txt", b"c\n")
        time.sleep(0.05)
        after = os.listdir(i.view(folder))
        assert before in after and len(after) == 2, (before, after)
        assert open(i.view(f"{folder}/{before}")).read() == "a\n"
        assert "plain.txt" in os.listdir(i.mnt)


def test_an_unmounted_and_mounted_tree_has_the_same_names_and_inode_numbers():
    with Instance(IDENTITY) as i:
        i.write("MRN 12345678/visit 2024-01-02.txt", b"a\n")
        i.mount()
        before = sorted((os.path.join(b, n), os.stat(os.path.join(b, n)).st_ino) for b, d, f in os.walk(i.mnt) for n in d + f)
        i.unmount()
        i.mount()
        assert before == sorted((os.path.join(b, n), os.stat(os.path.join(b, n)).st_ino) for b, d, f in os.walk(i.mnt) for n in d + f)
        assert all(number != os.stat(i.path("MRN 12345678")).st_ino for _, number in before)


def test_a_replaced_file_is_seen_by_the_next_open_and_an_open_one_keeps_its_snapshot():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"first version\n")
        i.mount()
        old = open(i.view("a.txt"), "rb")
        assert old.read(5) == b"first"
        for n in range(30):
            data = b"version %d " % n + b"y" * (n * 37)
            if n % 3 == 0:
                i.write("a.txt", data)
            else:
                i.write("new", data)
                os.rename(i.path("new"), i.path("a.txt"))
            with open(i.view("a.txt"), "rb") as f:
                assert f.read() == masked(data), n
                assert os.fstat(f.fileno()).st_size == len(data)
        old.seek(0)
        assert old.read() == b"first version\n"
        os.unlink(i.path("a.txt"))
        refused_with(errno.ENOENT, open, i.view("a.txt"))
        old.close()


def churn(i, stop, names):
    n = 0
    while not stop.is_set():
        for name in names:
            n += 1
            data = b"%s " % name.encode() + b"z" * (n % 5000) + b" end\n"
            with open(i.path(".tmp-" + name), "wb") as f:
                f.write(data)
            os.rename(i.path(".tmp-" + name), i.path(name))
        time.sleep(0.005)


def read_under_churn(i, stop, names, wrong, opens):
    while not stop.is_set():
        for name in names:
            try:
                with open(i.view(name), "rb") as f:
                    size = os.fstat(f.fileno()).st_size
                    data = f.read()
            except OSError as e:
                wrong.append(f"{name}: {e}")
                continue
            opens.append(1)
            if size != len(data) or not data.startswith(name.encode()) or not data.endswith(b" end\n") or b"\0" in data:
                wrong.append(f"{name}: size {size}, read {len(data)}, {data[:20]!r} … {data[-8:]!r}")


def test_under_churn_no_reader_sees_wrong_bytes_a_wrong_size_or_estale():
    with Instance(IDENTITY) as i:
        names = [f"churn{chr(97 + n)}.txt" for n in range(4)]
        for name in names:
            i.write(name, name.encode() + b" end\n")
        i.mount()
        stop, wrong, opens = threading.Event(), [], []
        threads = [threading.Thread(target=churn, args=(i, stop, names[:2])), threading.Thread(target=churn, args=(i, stop, names[2:]))]
        threads += [threading.Thread(target=read_under_churn, args=(i, stop, names, wrong, opens)) for _ in range(4)]
        for t in threads:
            t.start()
        time.sleep(5)
        stop.set()
        for t in threads:
            t.join()
        assert not wrong, (len(wrong), wrong[:5])
        assert len(opens) > 200, len(opens)
        print(f"# {len(opens)} opens under churn")


def test_a_slow_document_blocks_neither_other_names_nor_kill():
    with Instance(IDENTITY) as i:
        for n in range(4):
            i.write(f"slow{chr(97 + n)}.txt", b"SLOW %d\n" % n)
        i.write("folder/fast.txt", b"fast\n")
        i.write("quick.txt", b"quick\n")
        time.sleep(0.05)  # a file changed less than 20 ms ago is read again at every open
        i.mount()
        open(i.view("quick.txt")).read()
        readers = [subprocess.Popen(["cat", i.view(f"slow{chr(97 + n)}.txt")], stdout=subprocess.DEVNULL) for n in range(4)]
        time.sleep(0.3)
        begin = time.monotonic()
        assert open(i.view("quick.txt")).read() == "quick\n"
        assert "fast.txt" in os.listdir(i.view("folder"))
        assert time.monotonic() - begin < 1.0, time.monotonic() - begin
        begin = time.monotonic()
        readers[3].kill()
        readers[3].wait(5)
        assert time.monotonic() - begin < 0.5, time.monotonic() - begin
        for r in readers[:3]:
            assert r.wait(20) == 0


def test_a_remount_knows_sizes_and_times_without_redacting_again():
    with Instance(IDENTITY) as i:
        i.write("slow.txt", b"SLOW 1\n")
        i.write("note.txt", b"one\n")
        time.sleep(0.05)
        i.mount()
        assert os.stat(i.view("slow.txt")).st_size == 7
        before = os.stat(i.view("note.txt")).st_mtime
        i.write("note.txt", b"two\n")
        time.sleep(1.1)
        between = os.stat(i.view("note.txt")).st_mtime
        assert between > before
        i.unmount()
        i.write("note.txt", b"six\n")
        time.sleep(0.05)
        i.mount()
        begin = time.monotonic()
        assert os.stat(i.view("slow.txt")).st_size == 7
        assert time.monotonic() - begin < 1.5, time.monotonic() - begin
        assert os.stat(i.view("note.txt")).st_mtime > between
        i.unmount()
        # A forged size would cut what readers see: it does not authenticate and is forgotten.
        shelf = os.path.join(i.state, "sizes.shelf")
        data = bytearray(open(shelf, "rb").read())
        for at in range(0, len(data), 80):
            data[at + 25] ^= 1  # last byte of the length
        open(shelf, "wb").write(data)
        i.mount()
        with open(i.view("note.txt")) as f:
            assert f.read() == "six\n" and os.fstat(f.fileno()).st_size == 4


def test_a_refused_document_has_size_0_an_explaining_xattr_and_eio():
    with Instance(IDENTITY) as i:
        i.write("bad.txt", b"REFUSE me\n")
        i.mount()
        assert os.stat(i.view("bad.txt")).st_size == 0
        assert os.getxattr(i.view("bad.txt"), "user.deidfs.status") == b"refused:limit"
        refused_with(errno.EIO, open, i.view("bad.txt"))
        i.unmount()
        assert any(r["type"] == "refuse" for r in i.records())


def test_attributes_tell_nothing_of_the_source():
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text 12345\n")
        os.link(i.path("a.txt"), i.path("b.txt"))
        os.chmod(i.path("a.txt"), 0o4755)
        os.utime(i.path("a.txt"), (1700000000, 1700000000))
        i.mount()
        st = os.stat(i.view("a.txt"))
        assert stat.S_IMODE(st.st_mode) == 0o444 and st.st_nlink == 1
        assert time.gmtime(st.st_mtime)[:3] == (2023, 1, 1), time.gmtime(st.st_mtime)
        assert time.gmtime(st.st_ctime)[:3] == (2023, 1, 1)
        before = st.st_mtime
        i.write("a.txt", b"other 12345\n")
        os.utime(i.path("a.txt"), (1700000000, 1700000000))
        time.sleep(1.1)
        assert os.stat(i.view("a.txt")).st_mtime > before
        refused_with(errno.EOPNOTSUPP, os.getxattr, i.view("a.txt"), "security.capability")
        assert os.getxattr(i.view("a.txt"), "user.deidfs.status") == b"ok"
        assert len(os.getxattr(i.view("a.txt"), "user.deidfs.view_sha256")) == 64


def test_what_mutates_is_erofs_also_after_remount_rw():
    def attempts(i):
        f, d, new = i.view("a.txt"), i.view("d"), i.view("new")
        return [
            (os.open, f, os.O_WRONLY), (os.open, f, os.O_RDWR), (os.open, f, os.O_RDONLY | os.O_TRUNC), (os.open, new, os.O_CREAT | os.O_WRONLY),
            (os.truncate, f, 0), (os.unlink, f), (os.rmdir, d), (os.mkdir, new), (os.mknod, new), (os.mkfifo, new), (os.symlink, "x", new),
            (os.link, f, new), (os.rename, f, new), (os.chmod, f, 0o600), (os.chown, f, 1, 1), (os.utime, f, (1, 1)),
            (os.setxattr, f, "user.x", b"y"), (os.removexattr, f, "user.x"), (os.rename, d, new),
        ]
    with Instance(IDENTITY) as i:
        i.write("a.txt", b"text\n")
        i.write("d/b.txt", b"text\n")
        i.mount()
        for call, *args in attempts(i):
            refused_with(errno.EROFS, call, *args)
        subprocess.run(["mount", "-i", "-o", "remount,rw", i.mnt], check=True)
        for call, *args in attempts(i):
            refused_with(errno.EROFS, call, *args)
        assert open(i.path("a.txt")).read() == "text\n" and sorted(os.listdir(i.source)) == ["a.txt", "d"]


def test_twenty_thousand_files_walk_with_few_descriptors():
    with Instance(IDENTITY) as i:
        for d in range(20):
            os.makedirs(i.path(f"d{d}"))
            for n in range(1000):
                fd = os.open(i.path(f"d{d}/{n}.txt"), os.O_CREAT | os.O_WRONLY)
                os.write(fd, b"x\n")
                os.close(fd)
        i.mount()
        begin = time.monotonic()
        count = int(subprocess.run(f"find {i.mnt} -type f | wc -l", shell=True, capture_output=True, text=True, timeout=120).stdout)
        first = time.monotonic() - begin
        assert count == 20000, count
        fds = len(os.listdir(f"/proc/{i.guard_pid()}/fd"))
        assert fds < 100, fds
        print(f"# first find of 20000 files {first:.2f} s, {fds} descriptors")


if __name__ == "__main__":
    mounting.main(globals())
