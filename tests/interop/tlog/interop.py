#!/usr/bin/env python3
"""interop.py BUILD_DIR: programs that nobody here wrote read our journal. TAP on standard output; what is not installed is a skip, said as such.

  note, tlog   golang.org/x/mod/sumdb (this folder's main.go, from the Go module proxy)
  fsck         github.com/transparency-dev/tessera/cmd/fsck 1.0.4: exits 0 on failure, so its last line is read
  openssl      checks the checkpoint's Ed25519 signature by itself
  jq           reproduces every record's bytes (RFC 8785)
  jing         the DICOM audit schema, over the exported messages
  fhir         npm's FHIR.js (fhir@4.12.0): R4's own definitions of AuditEvent, i.e. members, cardinalities, types and required value sets; not
               profiles (BALP) and no terminology server. What it says of the subtype, a code system of ours, are warnings
  ocsf         the published schema's requirements of class 1001, in a table here: no package carries them (py-ocsf-models knows findings only,
               ocsf-lib asks a server)
"""
import base64
import copy
import json
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
            source = work / 'src'
            shutil.copytree(HERE, source)
            r = run('go', 'build', '-o', work / 'tlog', '.', cwd=source, env=env)
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


# OCSF 1.3, github.com/ocsf/ocsf-schema: events/base_event, events/system/file_activity; objects file, metadata, product, device, actor. What is
# required, with its type or its enumeration. Whom an access is put down to is required by us: OCSF_WHO.
FILE = {'name': str, 'type_id': {*range(8), 99}}
OCSF_FILE_ACTIVITY = {
    'class_uid': {1001}, 'category_uid': {1}, 'activity_id': {*range(15), 99}, 'type_uid': int, 'severity_id': {*range(7), 99}, 'time': int,
    'metadata': {'version': str, 'product': {'vendor_name': str}},
    'actor': {'user': {'name': str}},
    'device': {'type_id': {*range(12), 99}, 'hostname': str},
    'file': FILE,
    'status_id': {0, 1, 2, 99}, 'raw_data': str,
}
OCSF_WHO = {'user': {'name': str, 'uid': str}, 'process': {'pid': int, 'file': FILE}}
OCSF_ACTIVITY = {'open': 14, 'deny': 14, 'refuse': 14, 'list': 2, 'reid': 2, 'mount': 12, 'umount': 13}


def ocsf_faults(value, form, path=''):
    if isinstance(form, dict):
        if not isinstance(value, dict):
            return [f'{path} is no object']
        return [fault for name, inner in form.items() for fault in
                (ocsf_faults(value[name], inner, f'{path}.{name}') if name in value else [f'{path}.{name} is missing'])]
    if isinstance(form, set):
        return [] if type(value) is int and value in form else [f'{path} = {value!r}']
    return [] if type(value) is form and value != '' else [f'{path} = {value!r}']


def ocsf_event_faults(event):
    faults = ocsf_faults(event, OCSF_FILE_ACTIVITY)
    if faults:
        return faults
    if event['type_uid'] != event['class_uid'] * 100 + event['activity_id']:
        faults.append('type_uid is not of class and activity')
    if event['activity_id'] == 99 and not event.get('activity_name'):
        faults.append('another activity has no name')
    entry = json.loads(event['raw_data'])
    if entry['type'] in ('open', 'deny', 'refuse') or len(event['actor']) > 1:
        faults += ocsf_faults(event['actor'], OCSF_WHO, 'actor')
    if event['activity_id'] != OCSF_ACTIVITY.get(entry['type'], 99) or (event['status_id'] == 2) != (entry['type'] in ('deny', 'refuse')):
        faults.append(f'activity or status is not that of {entry["type"]}')
    return faults


def check_ocsf(tool, log):
    events = [json.loads(line) for line in run(tool, 'export', '--copy', '--key', log / 'log.vkey', '--format', 'ocsf', log).stdout.splitlines()]
    faults = [fault for event in events for fault in ocsf_event_faults(event)]
    report(len(events) > 2900 and not faults, f'{len(events)} OCSF events have what class 1001 requires', why='\n'.join(sorted(set(faults))))
    text = json.dumps(events)
    report('""' not in text, 'no attribute of them is empty')
    kinds = {event['activity_id'] for event in events}
    report(kinds >= {14, 99} and {event['status_id'] for event in events} == {1, 2}, f'among them activities {sorted(kinds)}, successes and failures')
    changes = [('type_uid', 100114 + 1), ('activity_id', 15), ('severity_id', 7), ('status_id', 3), ('time', '2026'), ('metadata', {'version': '1.3.0'}),
               ('actor', {}), ('actor', {'user': {'name': 'x', 'uid': ''}}), ('device', {'hostname': 'h'}), ('file', {'type_id': 1}), ('file', {'type_id': 8, 'name': '-'}), ('class_uid', 3001)]
    refused = 0
    for name, value in changes:
        changed = copy.deepcopy(next(event for event in events if event['activity_id'] == 14))
        changed[name] = value
        refused += bool(ocsf_event_faults(changed))
    report(refused == len(changes), f'and {refused} of {len(changes)} changed ones are refused')


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
        check_ocsf(tool, log)
        check_fhir(tool, log, build)
    print(f'1..{number}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
