"""A PostgreSQL cluster of a test's own, in a private folder; Skip where PostgreSQL is not installed."""
import glob
import os
import shutil
import socket
import subprocess
import tempfile

from mounting import Skip


class Cluster:
    """Listens on a socket in its folder, and on a port of 127.0.0.1, as a database on another host would."""

    def __init__(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not found or os.geteuid() != 0:
            raise Skip("needs PostgreSQL, and root to run it as its own user")
        self.bin, self.databases = found[-1], 0

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="deidfs-pg-")
        shutil.chown(self.folder, "postgres")
        os.chmod(self.folder, 0o711)
        self.run("initdb", "-D", self.folder + "/data", "-U", "deidfs", "-A", "trust", "--no-sync")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.start()
        return self

    def __exit__(self, *unused):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, program, *arguments, check=True):
        return subprocess.run(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", f"{self.bin}/{program}", *arguments],
                              cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=check, timeout=120)

    def start(self):
        self.run("pg_ctl", "-D", self.folder + "/data", "-w", "-l", self.folder + "/data/log", "-o",
                 f"-k {self.folder} -c listen_addresses=127.0.0.1 -p {self.port} -c fsync=off -c max_connections=100", "start")

    def stop(self):
        self.run("pg_ctl", "-D", self.folder + "/data", "-m", "immediate", "stop", check=False)

    def database(self, tcp=False):
        """The URL of a new, empty database."""
        self.databases += 1
        name = f"d{self.databases}"
        self.run("createdb", "-h", self.folder, "-p", str(self.port), "-U", "deidfs", name)
        place = f"deidfs@127.0.0.1:{self.port}/{name}" if tcp else f"/{name}?host={self.folder}&port={self.port}&user=deidfs"
        return "postgresql://" + place
