#!/usr/bin/env python3
"""sample.py SOURCE_DIR BUILD_DIR: the sample clinic through deidfs-filter keeps its floor.

Every document of tools/sample/clinic is filtered as the mount would; no more than LEAKS_MAX of the values in tools/sample/identifiers.txt may be readable
anywhere, and the reference pages without identifiers come back unchanged. LEAKS_MAX is what was measured when this was written: lower it, never
raise it.
"""
import os
import re
import subprocess
import sys
import tempfile

LEAKS_MAX = 2


def decode(data):
    if data.startswith(b'\xff\xfe'):
        return data.decode('utf-16')
    try:
        return data.decode('utf-8')
    except UnicodeDecodeError:
        return data.decode('cp1252', 'replace')


def main():
    source, build = sys.argv[1:3]
    clinic = os.path.join(source, 'tools/sample/clinic')
    known = [line.strip() for line in open(os.path.join(source, 'tools/sample/identifiers.txt'), encoding='utf-8')]
    known = [k for k in known if k and not k.startswith('#')]
    views, changed = [], []
    with tempfile.TemporaryDirectory() as temp:
        setup = subprocess.run([f'{build}/tools/deidfs-setup', '--instance', 'sample', '--source', clinic, '--state', f'{temp}/state'],
                               capture_output=True, text=True, timeout=60)
        config = setup.stdout.strip()
        if setup.returncode != 0:
            print(setup.stderr)
            return 1
        for folder, _, names in sorted(os.walk(clinic)):
            for name in sorted(names):
                path = os.path.join(folder, name)
                data = open(path, 'rb').read()
                run = subprocess.run([f'{build}/tools/deidfs-filter', '--config', config, '--name', os.path.relpath(path, clinic)], input=data,
                                     capture_output=True, timeout=60)
                if run.returncode != 0:
                    print(f'{os.path.relpath(path, clinic)}: exit {run.returncode}: {run.stderr.decode()}')
                    return 1
                views.append(decode(run.stdout))
                if '/reference' in folder and run.stdout != data:
                    changed.append(name)
    everything = '\n'.join(views).casefold()
    readable = [k for k in known if re.search(r'(?<![^\W_])' + re.escape(k.casefold()) + r'(?![^\W_])', everything)]
    print(f'{len(views)} documents; {len(readable)} of {len(known)} values readable (at most {LEAKS_MAX}): {", ".join(readable)}')
    print(f'reference pages that were changed: {", ".join(changed) or "none"}')
    return 1 if len(readable) > LEAKS_MAX or changed or len(views) < 37 else 0


sys.exit(main())
