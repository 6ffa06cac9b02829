"""Real readers over a real mount: each must see exactly deidfs-filter's bytes, and an index of two passes must re-read only what changed.

tar, rsync -c, cp, find -printf, grep -r, ripgrep, Python mmap, Node readFile and copyFile, Java NIO, LangChain's and LlamaIndex's directory loaders
in Python and in JavaScript, an SQLite-backed index. What is not installed is reported as skipped; ./install BUILD_DIR installs the loaders.
"""
import hashlib
import json
import mmap
import os
import shutil
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../mount"))
import mounting  # noqa: E402
from mounting import BUILD, FILTER, REAL, Instance, Skip  # noqa: E402

PYTHON = os.path.abspath(os.path.join(BUILD, "readers-python"))
NODE = os.path.abspath(os.path.join(BUILD, "readers-node"))
NOTES = {
    "notes/a.txt": "Patient: John Q. Smith\nMRN: 00482913  DOB: 03/04/1961\nSeen by Dr. Alice Brown on 5 May 2021. Call (212) 555-0187.\nMetoprolol 25 mg.\n",
    "notes/b.md": "# Visit\n\n**Name:** Maria Gonzalez\n\nSSN 219-09-9999, lives at 12 Elm Street, Springfield, IL 62704.\n\n- aspirin 81 mg\n",
    "lab/c.csv": "name,mrn,date,result\nJohn Smith,00482913,2021-05-05,\"sodium 139, potassium 4.1\"\nMaria Gonzalez,00513377,2021-05-06,normal\n",
    "lab/utf16.txt": None,
    "empty.txt": "",
    "repeated.txt": "The patient, Ms. Gonzalez, slept well; glucose 104 mg/dL at 06:00 on 6 May 2021. No chest pain, lungs clear.\n" * 6000,
    "plain.log": "pump restarted\nno alarm\n" * 50,
}


class Ward:
    """A mounted instance and, for every file, the bytes that deidfs-filter makes of it."""

    def __enter__(self):
        self.instance = Instance(REAL).__enter__()
        i = self.instance
        for name, text in NOTES.items():
            i.write(name, text.encode() if text is not None else "MRN: 00482913 für Jürgen Müller\n".encode("utf-16"))
        time.sleep(0.05)
        i.mount()
        self.expected = {name: self.filtered(name) for name in NOTES}
        return self

    def __exit__(self, *reason):
        self.instance.__exit__(*reason)

    def filtered(self, name):
        with open(self.instance.path(name), "rb") as f:
            return subprocess.run([FILTER, "--config", self.instance.config, "--name", name], stdin=f, stdout=subprocess.PIPE, check=True, timeout=120).stdout

    def check(self, folder):
        for name, data in self.expected.items():
            with open(os.path.join(folder, name), "rb") as f:
                assert f.read() == data, name
        assert b"00482913" not in b"".join(self.expected.values())


def copied_by(command):
    with Ward() as w:
        to = os.path.join(w.instance.root, "copy")
        os.mkdir(to)
        for _ in range(2):
            subprocess.run(command.format(mnt=w.instance.mnt, to=to), shell=True, check=True, timeout=120)
        w.check(to)


def test_tar():
    copied_by("tar -C {mnt} -cf - . | tar -C {to} -xf -")


def test_rsync_c():
    copied_by("rsync -rc {mnt}/ {to}/")


def test_cp():
    copied_by("cp -rf --no-preserve=all {mnt}/. {to}/")


def test_cp_reflink_and_sparse():
    copied_by("cp -rf --no-preserve=all --sparse=always --reflink=auto {mnt}/. {to}/")


def test_cpio():
    if not shutil.which("cpio"):
        raise Skip("cpio is not installed")
    copied_by("cd {mnt} && find . -depth | cpio -pdmu --quiet {to}; chmod -R u+w {to}")


def test_find_printf_sizes():
    with Ward() as w:
        out = subprocess.run(["find", w.instance.mnt, "-type", "f", "-printf", "%s %P\n"], capture_output=True, text=True, check=True, timeout=60).stdout
        assert sorted(out.strip().split("\n")) == sorted(f"{len(d)} {n}" for n, d in w.expected.items())


def test_grep_and_ripgrep():
    with Ward() as w:
        commands = [["grep", "-rc", "glucose", w.instance.mnt]]
        if shutil.which("rg"):
            commands += [["rg", "--no-ignore", "-uuu", "--include-zero", "-c", "glucose", w.instance.mnt], ["rg", "--mmap", "--include-zero", "-uuu", "-c", "glucose", w.instance.mnt]]
        for command in commands:
            out = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
            counts = {line.rsplit(":", 1)[0][len(w.instance.mnt) + 1:]: int(line.rsplit(":", 1)[1]) for line in out.strip().split("\n")}
            assert counts["repeated.txt"] == 6000 and sum(counts.values()) == 6000, (command, counts)
        found = subprocess.run(["grep", "-rE", "00482913|219-09-9999|555-0187|Gonzalez", w.instance.mnt], capture_output=True, text=True, timeout=60)
        assert found.returncode == 1, found.stdout[:300]


def test_python_mmap():
    with Ward() as w:
        for name, data in w.expected.items():
            with open(w.instance.view(name), "rb") as f:
                if data:
                    with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as m:
                        assert m[:] == data, name
                assert os.fstat(f.fileno()).st_size == len(data)


def node(w, script, *args):
    if not shutil.which("node"):
        raise Skip("node is not installed")
    return subprocess.run(["node", "-e", script, *args], capture_output=True, text=True, check=True, timeout=120).stdout


def test_node_readfile_and_copyfile():
    with Ward() as w:
        to = os.path.join(w.instance.root, "node")
        script = """const fs = require('fs'), path = require('path'), crypto = require('crypto');
            const [mnt, to] = process.argv.slice(1), out = {};
            for (const name of JSON.parse(process.argv[3])) {
              const data = fs.readFileSync(path.join(mnt, name));
              fs.mkdirSync(path.dirname(path.join(to, name)), {recursive: true});
              fs.copyFileSync(path.join(mnt, name), path.join(to, name));
              out[name] = [data.length, crypto.createHash('sha256').update(data).digest('hex')];
            }
            console.log(JSON.stringify(out));"""
        got = json.loads(node(w, script, w.instance.mnt, to, json.dumps(list(w.expected))))
        assert got == {n: [len(d), hashlib.sha256(d).hexdigest()] for n, d in w.expected.items()}
        w.check(to)


def test_java_nio():
    if not shutil.which("java") or not shutil.which("javac"):
        raise Skip("a JDK is not installed")
    with Ward() as w:
        source = os.path.join(w.instance.root, "Read.java")
        with open(source, "w") as f:
            f.write("""import java.nio.file.*; import java.nio.channels.*; import java.nio.*;
public class Read { public static void main(String[] a) throws Exception { Path m = Paths.get(a[0]), t = Paths.get(a[1]);
  for (int i = 2; i < a.length; i++) { Path from = m.resolve(a[i]), to = t.resolve(a[i]); Files.createDirectories(to.getParent());
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING); byte[] all = Files.readAllBytes(from);
    try (FileChannel c = FileChannel.open(from)) { long n = c.size(); if (n != all.length) throw new Exception(a[i]);
      if (n > 0) { MappedByteBuffer b = c.map(FileChannel.MapMode.READ_ONLY, 0, n); for (int k = 0; k < n; k++) if (b.get(k) != all[k]) throw new Exception(a[i]); } } } } }
""")
        to = os.path.join(w.instance.root, "java")
        subprocess.run(["java", source, w.instance.mnt, to, *w.expected], check=True, timeout=120)
        w.check(to)


def loaded(home, command, w):
    """The JSON that a loader's script prints as its last line; home: where ./install put what it needs."""
    if not os.path.exists(os.path.join(home, "installed")):
        raise Skip("not installed: tests/interop/readers/install " + BUILD)
    out = subprocess.run([*command, w.instance.mnt], capture_output=True, text=True, timeout=240, cwd=home)
    assert out.returncode == 0, out.stderr[-2000:]
    return json.loads(out.stdout.strip().split("\n")[-1])


def loader(w, script):
    return loaded(PYTHON, [os.path.join(PYTHON, "bin/python"), "-c", script], w)


def node_loader(w, script):
    return loaded(NODE, ["node", "--input-type=module", "-e", script, "--"], w)


def test_langchain_directory_loader():
    script = """import sys, json, os
from langchain_community.document_loaders import DirectoryLoader, TextLoader
docs = DirectoryLoader(sys.argv[1], glob="**/*", exclude=["**/utf16.txt"], loader_cls=TextLoader, loader_kwargs={"autodetect_encoding": False, "encoding": "utf-8"}, show_progress=False, use_multithreading=True).load()
print(json.dumps({os.path.relpath(d.metadata["source"], sys.argv[1]): d.page_content for d in docs}))"""
    with Ward() as w:
        got = loader(w, script)
        # The loader reads UTF-8 alone; a UTF-16 document stops it at its source too.
        assert got == {n: d.decode() for n, d in w.expected.items() if n != "lab/utf16.txt"}, set(got) ^ set(w.expected)


def test_llamaindex_simple_directory_reader():
    script = """import sys, json, os
from llama_index.core import SimpleDirectoryReader
from llama_index.core.readers.base import BaseReader
docs = SimpleDirectoryReader(sys.argv[1], recursive=True, required_exts=[".txt", ".log"], exclude_empty=False).load_data()
print(json.dumps({os.path.relpath(d.metadata["file_path"], sys.argv[1]): [d.text, d.metadata["file_size"]] for d in docs}))"""
    with Ward() as w:
        got = loader(w, script)
        for name, data in w.expected.items():
            if name.endswith((".txt", ".log")):
                assert got[name][0] == data.decode("utf-8", "ignore"), name  # as it does with every file
                assert (got[name][1] or 0) == len(data), (name, got[name][1])


def test_langchain_js_directory_loader():
    script = """import { DirectoryLoader } from "@langchain/classic/document_loaders/fs/directory";
import { TextLoader } from "@langchain/classic/document_loaders/fs/text";
import { relative } from "node:path";
const text = p => new TextLoader(p), mnt = process.argv.at(-1);
const docs = await new DirectoryLoader(mnt, {".txt": text, ".md": text, ".log": text, ".csv": text}, true, "error").load();
console.log(JSON.stringify(Object.fromEntries(docs.map(d => [relative(mnt, d.metadata.source), d.pageContent]))));"""
    with Ward() as w:
        got = node_loader(w, script)
        assert got == {n: d.decode("utf-8", "replace") for n, d in w.expected.items()}, set(got) ^ set(w.expected)


def test_llamaindex_js_simple_directory_reader():
    script = """import { SimpleDirectoryReader } from "@llamaindex/readers/directory";
import { TextFileReader } from "@llamaindex/readers/text";
import { relative } from "node:path";
const mnt = process.argv.at(-1);
const docs = await new SimpleDirectoryReader().loadData({directoryPath: mnt, defaultReader: new TextFileReader(), fileExtToReader: {}});
console.log(JSON.stringify(Object.fromEntries(docs.map(d => [relative(mnt, d.metadata.file_path), d.text]))));"""
    with Ward() as w:
        got = node_loader(w, script)
        assert got == {n: d.decode("utf-8", "replace") for n, d in w.expected.items()}, set(got) ^ set(w.expected)


def index_pass(db, mnt):
    """What indexers do: walk, compare size and mtime with the last run, read whole what is new."""
    read = []
    for base, _, files in os.walk(mnt):
        for f in files:
            path = os.path.join(base, f)
            st = os.stat(path)
            row = db.execute("select size, mtime from seen where path = ?", (path,)).fetchone()
            if row == (st.st_size, st.st_mtime):
                continue
            with open(path, "rb") as h:
                data = h.read()
            assert len(data) == st.st_size
            db.execute("replace into seen values (?, ?, ?, ?)", (path, st.st_size, st.st_mtime, hashlib.sha256(data).hexdigest()))
            read.append(os.path.relpath(path, mnt))
    db.commit()
    return sorted(read)


def test_an_sqlite_index_re_reads_only_what_changed_also_after_a_remount():
    with Ward() as w:
        i = w.instance
        db = sqlite3.connect(os.path.join(i.root, "index.db"))
        db.execute("create table seen (path text primary key, size integer, mtime real, sha256 text)")
        assert index_pass(db, i.mnt) == sorted(w.expected)
        assert index_pass(db, i.mnt) == []
        i.write("plain.log", b"pump stopped at\nno alarm\n" * 50)
        i.write("notes/new.txt", b"MRN: 00999999 came\n")
        time.sleep(1.2)
        assert index_pass(db, i.mnt) == ["notes/new.txt", "plain.log"]
        i.unmount()
        i.write("plain.log", b"pump startup at\nno alarm\n" * 50)
        time.sleep(0.05)
        i.mount()
        assert index_pass(db, i.mnt) == ["plain.log"]
        stored = dict(db.execute("select path, sha256 from seen"))
        assert stored[i.view("plain.log")] == hashlib.sha256(w.filtered("plain.log")).hexdigest()


if __name__ == "__main__":
    mounting.main(globals())
