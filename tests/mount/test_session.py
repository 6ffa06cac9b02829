"""deidfs-session on a real mount: who is named, how far the binding reaches, and that it cannot be had by other ways."""
import json
import os
import signal
import subprocess
import sys
import time

import mounting
from mounting import BUILD, IDENTITY, Instance

SESSION = os.path.join(BUILD, "tools/deidfs-session")
SHARED = "[access]\nshared_accounts = root\nsession_users = daemon, bin\n"


def session(i, *command, user="daemon", purpose="HOPERAT", ticket="CHG-2207", **more):
    return subprocess.run([SESSION, "--config", i.config, "--user", user, "--purpose", purpose, "--ticket", ticket, "--", *command],
                          capture_output=True, text=True, timeout=120, **more)


def cat(path):
    """Exit code of a reader outside any session."""
    return subprocess.run(["cat", path], capture_output=True, timeout=60).returncode


def wait_until(condition, limit=60):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_a_shared_account_reads_only_in_somebodys_name():
    with Instance(IDENTITY, config=SHARED) as i:
        i.write("a.txt", b"text\n")
        i.mount()
        assert cat(i.view("a.txt")) != 0
        out = session(i, "cat", i.view("a.txt"))
        assert out.returncode == 0 and out.stdout == "text\n", out
        assert cat(i.view("a.txt")) != 0, "the binding outlived its command"
        i.unmount()
        records = i.records()
        opens = [r for r in records if r["type"] == "open"]
        begun, ended = [r for r in records if r["type"] == "session"]
        assert len(opens) == 1 and opens[0]["who"]["bound"] == "daemon" and opens[0]["purp"] == "HOPERAT", opens
        assert begun["tick"] == ended["tick"] == opens[0]["tick"] and begun["tick"].startswith("t0_") and begun["h"] == ended["h"]
        assert "stop" not in begun and ended["stop"] == 1 and begun["who"]["bound"] == "daemon" and begun["who"]["uid"] == 0
        assert [r["type"] for r in records if r["type"] in ("session", "open")] == ["session", "open", "session"]
        assert "CHG-2207" not in json.dumps(records)
        assert any(r["type"] == "deny" and "bound" not in r["who"] for r in records)
        assert i.verify().returncode == 0


def test_the_binding_covers_the_tree_and_ends_where_a_process_leaves_it():
    with Instance(IDENTITY, config=SHARED) as i:
        i.write("a.txt", b"text\n")
        i.mount()
        tree = session(i, "sh", "-c", f"sh -c 'sh -c \"cat {i.view('a.txt')}\"; (cat {i.view('a.txt')}) | cat'")
        assert tree.returncode == 0 and tree.stdout == "text\n" * 2, tree
        left = session(i, "setsid", "--wait", "cat", i.view("a.txt"))
        assert left.returncode != 0 and left.stdout == "", left
        # What COMMAND leaves running is unbound once it has ended.
        flag, result = os.path.join(i.root, "flag"), os.path.join(i.root, "result")
        script = f"(while [ ! -e {flag} ]; do sleep 0.05; done; cat {i.view('a.txt')} >/dev/null 2>&1; echo $? >{result}.new; mv {result}.new {result}) >/dev/null 2>&1 &"
        assert session(i, "sh", "-c", script).returncode == 0
        i_records = lambda: control_sessions(i)
        wait_until(lambda: i_records() == 0)
        open(flag, "w").close()
        wait_until(lambda: os.path.exists(result))
        assert open(result).read().strip() != "0", "a left-over read on"


def control_sessions(i):
    out = subprocess.run([os.path.join(BUILD, "tools/deidfs-control"), "--config", i.config, "--json", "status"], capture_output=True, text=True, timeout=60)
    return json.loads(out.stdout)["sessions"]


def test_nobody_binds_what_he_may_not():
    with Instance(IDENTITY, config=SHARED) as i:
        i.write("a.txt", b"text\n")
        i.mount()
        for words, code in ((dict(user="games"), 77), (dict(user="root"), 77), (dict(user="nobody-of-this-name"), 77), (dict(purpose="FUN"), 64)):
            out = session(i, "true", **words)
            assert out.returncode == code and out.stderr, (words, out)
        # Not a leader; twice on one connection; a leader that says it is another.
        ask_below = f"""
import socket
s = socket.socket(socket.AF_UNIX); s.settimeout(60); s.connect({os.path.join(i.state, 'control.sock')!r})
s.sendall(b'{{"do":"session","user":"daemon","purpose":"TREAT","ticket":"T"}}\\n'); print(s.recv(4096).decode())
"""
        # In a process of its own: who runs the tests may have made this one a leader.
        answer = json.loads(subprocess.run([sys.executable, "-c", ask_below], capture_output=True, text=True, timeout=120).stdout)
        assert "leader" in answer["error"], answer
        code = f"""
import os, socket, json
os.setsid()
s = socket.socket(socket.AF_UNIX); s.connect({os.path.join(i.state, 'control.sock')!r})
line = b'{{"do":"session","user":"daemon","purpose":"TREAT","ticket":"T"}}\\n'
answers = []
for _ in range(2):
    s.sendall(line); answers.append(json.loads(s.recv(4096)))
assert "index" in answers[0] and "already" in answers[1]["error"], answers
t = socket.socket(socket.AF_UNIX); t.connect({os.path.join(i.state, 'control.sock')!r}); t.sendall(line)
assert "already" in json.loads(t.recv(4096))["error"]
open({i.view('a.txt')!r}).close()
s.close()
import time
end = time.monotonic() + 60
while True:   # the connection is the binding: without it the next open is refused
    try:
        open({i.view('a.txt')!r}).close()
    except PermissionError:
        break
    assert time.monotonic() < end
    time.sleep(0.01)
"""
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
        assert out.returncode == 0, out.stderr


def test_another_account_reaches_the_open_socket_and_names_only_itself():
    socket_path = f"/run/deidfs-test-{os.getpid()}/records.sock"
    with Instance(IDENTITY, config=f"[access]\nsession_users = bin\n[records]\nsocket = {socket_path}\n") as i:
        try:
            i.mount()
            line = '{"do":"session","user":"%s","purpose":"TREAT","ticket":"T"}\n'
            code = ("import os,socket,sys; os.setgid(1); os.setuid(1); os.setsid(); s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                    "s.sendall(sys.argv[2].encode()); print(s.recv(4096).decode(), end='')")
            run = lambda text: subprocess.run([sys.executable, "-c", code, socket_path, text], capture_output=True, text=True, timeout=60, start_new_session=False)
            assert "index" in run(line % "daemon").stdout
            assert "session_binders" in run(line % "bin").stdout
            assert "not one JSON object" in run("status\n").stdout
            assert "[records] auditors" in run('{"do":"query","kind":"records"}\n').stdout
            assert "[records] recorders" in run('{"do":"infer","service":"a","model":"b","output":"%s"}\n' % ("0" * 64)).stdout
        finally:
            i.unmount()
            assert not os.path.exists(socket_path)
            os.rmdir(os.path.dirname(socket_path))


def test_exit_codes_and_signals_are_the_commands_own():
    with Instance(IDENTITY, config=SHARED) as i:
        assert session(i, "true").returncode == 69
        i.mount()
        assert session(i, "sh", "-c", "exit 7").returncode == 7
        assert session(i, "sh", "-c", "kill -9 $$").returncode == 128 + 9
        assert session(i, "/nonexistent").returncode == 127
        assert session(i, "/etc/passwd").returncode == 126
        p = subprocess.Popen([SESSION, "--config", i.config, "--user", "daemon", "--purpose", "TREAT", "--ticket", "T", "--", "sh", "-c", "echo ready; exec sleep 1000"],
                             stdout=subprocess.PIPE, text=True)
        assert p.stdout.readline() == "ready\n"
        p.send_signal(signal.SIGTERM)
        assert p.wait(60) == 128 + 15
        wait_until(lambda: control_sessions(i) == 0)


if __name__ == "__main__":
    mounting.main(globals())
