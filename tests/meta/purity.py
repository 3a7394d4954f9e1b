#!/usr/bin/python3
"""The pure layers call no clock, allocator, socket or printf, and libvouchsafe exports vouch_* only (nm)."""
import os
import re
import subprocess
import sys

# Functions of the C library that need nothing but their arguments.
ALLOWED = ['inet_pton', 'memchr', 'memcmp', 'memcpy', 'memmove', 'memset', 'strchr', 'strcmp', 'strlen',
           '__stack_chk_fail', '_GLOBAL_OFFSET_TABLE_']


def symbols(*command):
    """(kind, name) of each symbol that nm lists."""
    text = subprocess.run(['nm', *command], stdout=subprocess.PIPE, check=True).stdout.decode()
    for line in text.splitlines():
        found = re.match(r'^(?:[0-9a-f]+)?\s+([A-Za-z])\s+([^@\s]+)', line)
        if found:
            yield found.group(1), found.group(2)


def writable(archive):
    """Names of variables in sections that stay writable (tables of pointers are .data.rel.ro: they do not)."""
    text = subprocess.run(['nm', '--format=sysv', archive], stdout=subprocess.PIPE, check=True).stdout.decode()
    for line in text.splitlines():
        columns = [c.strip() for c in line.split('|')]
        if len(columns) == 7 and re.match(r'^\.(bss|data(?!\.rel\.ro))', columns[6]) and columns[3] == 'OBJECT':
            yield columns[0]


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else 'build'
    if '-fsanitize' in open(build + '/build.ninja', encoding='utf-8').read():
        print('a sanitizer build calls the sanitizer\n1 passed, 0 failed')
        return 0
    archives = [build + '/libvouchsafe.a', build + '/libproto.a']
    archive = [symbol for path in archives for symbol in symbols(path)]
    defined = {name for kind, name in archive if kind not in 'Uu'}
    called = {name for kind, name in archive if kind in 'Uu'} - defined
    exported = {name for kind, name in symbols('-D', '--defined-only', build + '/libvouchsafe.so') if kind in 'TDBR'}
    failed = 0
    for title, faults in [('the pure layers call', sorted(called - set(ALLOWED))),
                          ('libvouchsafe exports', sorted(n for n in exported if not n.startswith('vouch_'))),
                          ('the pure layers have a writable global', sorted(n for path in archives for n in writable(path)))]:
        failed += bool(faults)
        for name in faults:
            print('%s %s' % (title, name))
    if not exported:
        print('libvouchsafe exports nothing')
        failed += 1
    print('%d passed, %d failed' % (3 - min(failed, 3), failed))
    return 1 if failed else 0


sys.exit(main())
