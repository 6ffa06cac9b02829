#!/usr/bin/env python3
"""interop.py BUILD_DIR: programs that nobody here wrote read our journal. TAP on standard output; what is not installed is a skip, said as such.

  note, tlog   golang.org/x/mod/sumdb (this folder's main.go, from the Go module proxy)
  fsck         github.com/transparency-dev/tessera/cmd/fsck 1.0.4: exits 0 on failure, so its last line is read
  openssl      checks the checkpoint's Ed25519 signature by itself
  jq           reproduces every record's bytes (RFC 8785)
  jing         the DICOM audit schema, over the exported messages
  fhir         npm's FHIR.js (fhir@4.12.0): R4's own definitions of AuditEvent, i.e. members, cardinalities, types and required value sets; not
               profiles (BALP) and no terminology server. What it says of the subtype, a code system of ours, are warnings
"""
import base64
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parents[3] / 'shared' / 'schemas' / 'dicom-audit.rnc'
FSCK = 'github.com/transparency-dev/tessera/cmd/fsck@v1.0.4'
number = 0
failed = False


def report(ok, fact, skip=None, why=''):
    global number, failed
    number += 1
    failed |= not ok
    for line in why.strip().splitlines()[-5:]:
        print('#', line[:160])
    print(f'{"ok" if ok else "not ok"} {number} - interop: {fact}{" # SKIP " + skip if skip else ""}', flush=True)


def run(*argv, timeout=240, **kw):
    return subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=timeout, **kw)


def go_program(name, work):
    """A Go program of ours or from the proxy; None with the reason when it cannot be had here."""
    if not shutil.which('go'):
        return None, 'go is not installed'
    env = dict(os.environ, GOBIN=str(work), GOFLAGS='-mod=mod')
    try:
        if name == 'tlog':
            copy = work / 'src'
            shutil.copytree(HERE, copy)
            r = run('go', 'build', '-o', work / 'tlog', '.', cwd=copy, env=env)
        else:
            r = run('go', 'install', FSCK, env=env)
    except subprocess.TimeoutExpired:
        return None, 'the Go module proxy does not answer'
    return (work / name, '') if r.returncode == 0 else (None, 'not from the Go module proxy: ' + (r.stderr.strip().splitlines() or ['?'])[-1])


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def check_go(log, forged, work):
    tlog, why = go_program('tlog', work)
    if not tlog:
        report(True, 'x/mod note and tlog prove every record and every epoch', skip=why)
    else:
        r = run(tlog, log)
        report(r.returncode == 0, 'x/mod note and tlog prove every record and every epoch', why=r.stdout + r.stderr)
        r = run(tlog, forged)
        report(r.returncode != 0, 'x/mod tlog refuses one flipped bit', why=r.stderr)
    fsck, why = go_program('fsck', work)
    if not fsck:
        report(True, 'tessera fsck accepts the log', skip=why)
        return
    for folder, good in ((log, True), (forged, False)):
        try:
            r = run(fsck, f'--storage_url=file://{folder}/', f'--public_key={folder}/log.vkey', '--ui=false', '-N', '8', timeout=60)
            last = (r.stdout + r.stderr).strip().splitlines()[-1]
        except subprocess.TimeoutExpired:
            last = 'it did not end'
        report(('Successfully' in last) == good, 'tessera fsck accepts the log' if good else 'tessera fsck does not accept one flipped bit', why=last)


def check_openssl(log, work):
    if not shutil.which('openssl'):
        report(True, "openssl verifies the checkpoint's signature", skip='openssl is not installed')
        return
    text, _, signatures = (log / 'checkpoint').read_text().partition('\n\n')
    key = base64.b64decode((log / 'log.vkey').read_text().strip().split('+', 2)[2])[1:]
    # SubjectPublicKeyInfo of RFC 8410: a fixed head, then the 32 bytes.
    (work / 'key.der').write_bytes(bytes.fromhex('302a300506032b6570032100') + key)
    (work / 'text').write_text(text + '\n')
    (work / 'sig').write_bytes(base64.b64decode(signatures.splitlines()[0].split(' ')[2])[4:])
    command = ['openssl', 'pkeyutl', '-verify', '-pubin', '-inkey', work / 'key.der', '-keyform', 'DER', '-rawin', '-in', work / 'text', '-sigfile', work / 'sig']
    r = run(*command)
    report(r.returncode == 0 and 'Verified' in r.stdout, "openssl verifies the checkpoint's signature", why=r.stdout + r.stderr)
    (work / 'text').write_text(text + ' \n')
    r = run(*command)
    report(r.returncode != 0, 'openssl refuses a changed checkpoint', why=r.stdout)


def check_jq(tool, log):
    if not shutil.which('jq'):
        report(True, 'jq -cS reproduces every record', skip='jq is not installed')
        return
    shown = run(tool, 'export', '--copy', '--key', log / 'log.vkey', '--format', 'jsonl', log).stdout
    entries = [line.split('"entry":', 1)[1][:-1] for line in shown.splitlines()]
    again = run('jq', '-cS', '.', input='\n'.join(entries)).stdout.splitlines()
    report(len(entries) > 100 and again == entries, f'jq -cS reproduces all {len(entries)} records')


def check_exports(tool, log, work):
    r = run(tool, 'export', '--copy', '--key', log / 'log.vkey', '--format', 'dicom', log)
    messages = r.stdout.splitlines()
    if not shutil.which('jing'):
        report(True, 'DICOM audit messages are valid', skip='jing is not installed')
    elif not SCHEMA.exists():
        report(True, 'DICOM audit messages are valid', skip='the schema is not here')
    else:
        # One of each shape is as good as thousands: the forms repeat.
        files = []
        for i, message in enumerate(messages[:200]):
            files.append(work / f'{i}.xml')
            files[-1].write_text(message)
        r = run('jing', '-c', SCHEMA, *files)
        report(r.returncode == 0 and len(files) > 100, f'{len(files)} DICOM audit messages are valid', why=r.stdout)
        files[0].write_text(messages[0].replace('EventOutcomeIndicator="0"', 'EventOutcomeIndicator="1"'))
        report(run('jing', '-c', SCHEMA, files[0]).returncode != 0, 'the schema refuses a wrong outcome')


FHIR_CHECK = """
const { Fhir } = require('fhir'), fhir = new Fhir();
const events = require('fs').readFileSync(0, 'utf8').trim().split('\\n').map(JSON.parse);
const faults = (e) => fhir.validate(e, { errorOnUnexpected: true }).messages.filter((m) => ['error', 'fatal'].includes(m.severity) || !/subtype/.test(m.location + m.message));
const bad = events.map(faults).flat();
bad.slice(0, 5).forEach((m) => console.log(m.severity, m.location, m.message));
const wrong = [{ recorded: undefined }, { agent: [] }, { outcome: '9' }, { nonsense: 1 }, { source: undefined }];
const refused = wrong.filter((w) => faults(JSON.parse(JSON.stringify({ ...events[0], ...w }))).length > 0).length;
console.log(events.length, bad.length, refused, wrong.length);
"""


def check_fhir(tool, log, build):
    folder = build / 'fhir-validator'
    fact = 'FHIR.js finds the AuditEvents to be of R4'
    if not shutil.which('npm') or not shutil.which('node'):
        return report(True, fact, skip='node and npm are not installed')
    folder.mkdir(exist_ok=True)
    try:
        if not (folder / 'node_modules/fhir').exists():
            run('npm', 'install', '--no-audit', '--no-fund', '--prefix', folder, 'fhir@4.12.0', timeout=180)
    except subprocess.TimeoutExpired:
        pass
    if not (folder / 'node_modules/fhir').exists():
        return report(True, fact, skip='npm does not give fhir@4.12.0 here')
    events = run(tool, 'export', '--copy', '--key', log / 'log.vkey', '--format', 'fhir', log).stdout
    r = run('node', '-e', FHIR_CHECK, cwd=folder, input='\n'.join(events.splitlines()[:400]))
    count, bad, refused, wrong = map(int, (r.stdout.splitlines() or ['0 1 0 1'])[-1].split())
    report(count > 100 and bad == 0, f'{fact}: {count}', why=r.stdout + r.stderr)
    report(refused == wrong, f'and refuses {wrong} changed ones', why=r.stdout)


def main():
    build = pathlib.Path(sys.argv[1])
    tool = build / 'tools' / 'deidfs-journal'
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        r = run(build / 'tests' / 'audit' / 'journal_maker', work / 'state', '3000', '3')
        if r.returncode != 0:
            print('Bail out!', r.stderr)
            return 1
        log, forged = work / 'state' / 'journal' / 'log', work / 'forged'
        shutil.copytree(log, forged)
        flip(forged / 'tile' / 'entries' / '003')
        check_go(log, forged, work)
        check_openssl(log, work)
        check_jq(tool, log)
        check_exports(tool, log, work)
        check_fhir(tool, log, build)
    print(f'1..{number}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
