"""Mounts whose vault is a PostgreSQL database, behind the guard's walls: two of them agree under contention; a lost database is EIO and no
unmapped token; two destinations share none."""
import errno
import os
import re
import sys
import threading
import time

import mounting
from cluster import Cluster
from mounting import Instance

TOKEN = re.compile(rb"\[[A-Z_]+_[BCDFGHJKLMNPQRSTVWXZ]{7}\]")
NOTES = 12


def note(n):
    return (f"Patient: Quentin Zorander{n % 7}   MRN: {10000000 + n % 7}   Phone: (212) 555-0{100 + n}\n"
            f"Seen by Dr. Yvette Quillan{n % 3}, MD. Stable on metoprolol 25 mg.\n").encode()


def fill(i):
    for n in range(NOTES):
        i.write(f"note{n}.txt", note(n))


def host(database, first=None, *more):
    """An instance on the database; of a second host, with what the hosts of one vault share."""
    shared = ["--index-key", first.state + "/keys/index.key", "--reidentify-public", first.state + "/public/reidentify.pub"] if first else []
    return Instance(setup=["--database", database, *shared, *more])


def read(i, n, to, errors):
    """Opens wait and are asked again where the kernel says so; what else fails is an error."""
    try:
        with open(i.view(f"note{n}.txt"), "rb") as f:
            to[n] = f.read()
    except OSError as e:
        errors.append(e)


def read_together(instances):
    """Every note of every instance at once; by instance, the views."""
    views, errors, threads = [{} for _ in instances], [], []
    for n in range(NOTES):
        for k, i in enumerate(instances):
            threads.append(threading.Thread(target=read, args=(i, n, views[k], errors)))
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors, errors[:3]
    return views


def check_views(views):
    for n, view in views.items():
        assert b"Zorander" not in view and b"Quillan" not in view and b"555-0" not in view and b"1000000" not in view, (n, view)
        assert len(TOKEN.findall(view)) >= 4 and b"metoprolol" in view, (n, view)


def agree(database, setup=()):
    with host(database, None, *setup) as a, host(database, a, *setup) as b:
        fill(a)
        fill(b)
        a.mount()
        b.mount()
        first, second = read_together([a, b])
        assert first == second
        assert a.unmount() == 0 and b.unmount() == 0
        return first


def test_two_mounts_of_one_database_give_the_same_tokens_under_contention():
    check_views(agree(cluster.database(tcp=True)))  # as from two hosts; the other tests use the socket file


def test_two_mounts_give_the_same_surrogates():
    views = agree(cluster.database(), ["--profile", "surrogates"])
    assert all(b"Zorander" not in v and b"555-0" in v and b"metoprolol" in v for v in views.values())


def test_another_index_key_is_refused_with_the_reason():
    database = cluster.database()
    with host(database):
        try:
            with host(database):
                pass
        except RuntimeError as e:
            assert "index.key" in str(e), e
        else:
            raise AssertionError("a second host with a key of its own")


def test_two_destinations_share_no_code():
    database = cluster.database()
    with host(database, None, "--destination", "one") as a, host(database, a, "--destination", "two") as b:
        fill(a)
        fill(b)
        a.mount()
        b.mount()
        first, second = read_together([a, b])
        codes = [set(t[-8:-1] for v in views.values() for t in TOKEN.findall(v)) for views in (first, second)]
        assert codes[0] and codes[1] and not codes[0] & codes[1]


def refusal(i, name):
    try:
        with open(i.view(name), "rb") as f:
            f.read()
    except OSError as e:
        return e.errno
    return 0


def test_a_lost_database_is_eio_and_never_an_unmapped_token():
    with host(cluster.database()) as i:
        fill(i)
        i.mount()
        views = {}
        read(i, 0, views, [])
        cluster.stop()
        for n in range(1, NOTES):
            assert refusal(i, f"note{n}.txt") == errno.EIO, n
        cluster.start()
        end = time.monotonic() + 60
        while refusal(i, "note1.txt") != 0:
            assert time.monotonic() < end, "the vault did not come back"
            time.sleep(0.1)
        (again,) = read_together([i])
        check_views(again)
        assert again[0] == views[0]
        assert i.unmount() == 0
        # The state's own folder holds no vault: everything that was shown is in the database.
        assert not os.path.exists(i.state + "/vault/data.mdb")


if __name__ == "__main__":
    try:
        with Cluster() as cluster:
            mounting.main(globals())
    except mounting.Skip as reason:
        print(f"1..0 # SKIP {reason}")
        sys.exit(77)
