"""Anchors through deidfs-journal: a witness's cosignature and an authority's timestamp are stored with the log and named by a record, through the
running mount and past it; verify asks for both. The authority and the witness's key are made with openssl."""
import base64
import hashlib
import os
import struct
import subprocess
import time

from mounting import IDENTITY, JOURNAL, Instance, Skip

AUTHORITY = """[e]
extendedKeyUsage = critical,timeStamping
[t]
default_tsa = c
[c]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
[req]
distinguished_name = d
[d]
"""


def run(*words, **more):
    return subprocess.run(list(words), capture_output=True, timeout=120, **more)


def journal(*words, **more):
    return run(JOURNAL, *words, **more)


def openssl(folder, *words):
    try:
        out = run("openssl", *words, cwd=folder)
    except FileNotFoundError as e:
        raise Skip("openssl is not installed") from e
    assert out.returncode == 0, out.stderr.decode()
    return out.stdout


class Authority:
    def __init__(self, i):
        self.folder = os.path.join(i.root, "authority")
        os.mkdir(self.folder)
        for name, text in (("c.cnf", AUTHORITY), ("serial", "01\n")):
            with open(os.path.join(self.folder, name), "w") as f:
                f.write(text)
        openssl(self.folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.pem", "-days", "2", "-subj", "/CN=test",
                "-config", "c.cnf", "-extensions", "e")
        self.certificate = os.path.join(self.folder, "tsa.pem")

    def answer(self, request):
        with open(os.path.join(self.folder, "request"), "wb") as f:
            f.write(request)
        openssl(self.folder, "ts", "-reply", "-config", "c.cnf", "-section", "c", "-queryfile", "request", "-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "answer")
        with open(os.path.join(self.folder, "answer"), "rb") as f:
            return f.read()


class Witness:
    """c2sp.org/tlog-cosignature: Ed25519 over "cosignature/v1\\ntime T\\n" and the checkpoint's text."""

    def __init__(self, i):
        self.folder = i.root
        openssl(self.folder, "genpkey", "-algorithm", "ed25519", "-out", "witness.pem")
        public = b"\x04" + openssl(self.folder, "pkey", "-in", "witness.pem", "-pubout", "-outform", "DER")[-32:]
        self.key_id = hashlib.sha256(b"witness.example\n" + public).digest()[:4]
        self.keys = os.path.join(i.root, "witnesses")
        with open(self.keys, "w") as f:
            f.write(f"witness.example+{self.key_id.hex()}+{base64.b64encode(public).decode()}\n")

    def answer(self, request):
        text = request.split(b"\n\n", 1)[1].split(b"\n\n", 1)[0] + b"\n"
        now = int(time.time())
        with open(os.path.join(self.folder, "message"), "wb") as f:
            f.write(b"cosignature/v1\ntime %d\n" % now + text)
        signature = openssl(self.folder, "pkeyutl", "-sign", "-rawin", "-in", "message", "-inkey", "witness.pem")
        return "\u2014 witness.example ".encode() + base64.b64encode(self.key_id + struct.pack(">Q", now) + signature) + b"\n"


def stamp(i, authority, *where):
    key = os.path.join(i.state, "journal/log/log.vkey")
    folder = os.path.join(i.state, "journal")
    note = os.path.join(i.root, "note")
    if os.path.exists(note):
        os.unlink(note)
    request = journal("timestamp-request", "--key", key, "--note", note, folder)
    assert request.returncode == 0, request.stderr
    return journal("timestamp-add", "--key", key, "--tsa", authority.certificate, "--note", note, *where, folder, input=authority.answer(request.stdout))


def anchors(i):
    return [(r["anc"]["kind"], r["anc"]["to"]) for r in i.records() if r["type"] == "anchor"]


def verify(i, *more):
    folder = os.path.join(i.state, "journal")
    out = journal("verify", "--key", os.path.join(folder, "log/log.vkey"), *more, folder)
    return out.returncode, out.stdout.decode() + out.stderr.decode()


def test_a_timestamp_is_recorded_through_the_mount_and_past_it():
    with Instance(IDENTITY) as i:
        authority = Authority(i)
        i.write("a.txt", b"text\n")
        i.mount()
        open(i.view("a.txt")).close()
        out = stamp(i, authority, "--config", i.config)
        assert out.returncode == 0 and b"recorded: record" in out.stdout, out
        refused = stamp(i, authority)
        assert refused.returncode == 3 and b"--config" in refused.stderr, refused
        open(i.view("a.txt")).close()
        i.unmount()
        assert len(anchors(i)) == 1 and anchors(i)[0][0] == "tsr"
        assert stamp(i, authority, "--config", i.config).returncode == 0
        assert len(anchors(i)) == 2
        code, text = verify(i, "--tsa", authority.certificate)
        assert code == 0 and "by a timestamping authority" in text, text
        code, text = verify(i)
        assert code == 0 and "give --tsa" in text, text
        # Another authority, of the same name, did not stamp this.
        os.rename(authority.folder, authority.folder + "-first")
        code, text = verify(i, "--tsa", Authority(i).certificate)
        assert code == 1 and "not signed under the given certificates" in text, text


def test_a_witness_s_cosignature_is_recorded_and_asked_for():
    with Instance(IDENTITY) as i:
        witness = Witness(i)
        i.write("a.txt", b"text\n")
        i.mount()
        open(i.view("a.txt")).close()
        key, folder = os.path.join(i.state, "journal/log/log.vkey"), os.path.join(i.state, "journal")
        request = os.path.join(i.root, "request")
        out = journal("witness-request", "--key", key, folder)
        assert out.returncode == 0, out
        with open(request, "wb") as f:
            f.write(out.stdout)
        words = ["witness-add", "--key", key, "--witnesses", witness.keys, "--request", request, "--config", i.config, folder]
        answer = witness.answer(out.stdout)
        broken = journal(*words, input=answer.replace(answer[60:61], b"A" if answer[60:61] != b"A" else b"B", 1))
        assert broken.returncode == 1 and not os.path.exists(os.path.join(folder, "log/anchor")), broken
        out = journal(*words, input=answer)
        assert out.returncode == 0 and b"recorded: record" in out.stdout, out
        i.unmount()
        assert [kind for kind, _ in anchors(i)] == ["cosig"]
        code, text = verify(i, "--witnesses", witness.keys)
        assert code == 0 and "were witnessed by 1 or more" in text, text


if __name__ == "__main__":
    import mounting
    mounting.main(globals())
