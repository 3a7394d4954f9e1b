#!/usr/bin/python3
"""Every header compiles alone, and the public one as C++ as well."""
import glob
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WARNINGS = ['-Wall', '-Wextra', '-Werror', '-Wstrict-prototypes']


def compiles(header, *options):
    command = ['gcc', '-std=c11', '-fsyntax-only', '-I', ROOT + '/include', '-I', ROOT + '/src', *WARNINGS, *options,
               '-include', header, '-x', 'c', '/dev/null']
    done = subprocess.run(command, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        print('%s does not compile alone:\n%s' % (os.path.relpath(header, ROOT), done.stderr.decode()))
    return done.returncode == 0


def main():
    headers = sorted(glob.glob(ROOT + '/include/*.h') + glob.glob(ROOT + '/src/**/*.h', recursive=True))
    results = [compiles(h) for h in headers] + [compiles(ROOT + '/include/vouchsafe.h', '-pedantic')]
    print('%d passed, %d failed' % (results.count(True), results.count(False)))
    return 0 if all(results) else 1


sys.exit(main())
