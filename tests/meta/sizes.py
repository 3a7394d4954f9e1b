#!/usr/bin/python3
"""Reports the sizes of files and functions, and fails on what is too long to read. Bans functions that are never used.

A function is one idea on one screen: 70 lines at most. A file has one purpose: 600 lines at most. Five parameters.
"""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILE_MAX, FUNCTION_MAX, PARAMETERS_MAX, NESTING_MAX = 600, 70, 6, 5
BANNED = r'\b(strcpy|strcat|sprintf|gets|strtok|atoi|alloca|system|popen)\s*\('
TODO = r'\b(TODO|FIXME|XXX)\b'
FOREIGN = re.compile(r'^src/dns/unbound\w*\.c:\d+ \w+_done$')  # the signature is libunbound's
HEAD = re.compile(r'^(?:[a-z_][\w\s\*]*?\b|[a-z_][\w\s]*\*)(\w+)\(')


def functions(lines):
    """(name, first line number, body lines, parameters) of each function in house style."""
    name, start, head = None, 0, ''
    for number, line in enumerate(lines, 1):
        found = HEAD.match(line)
        if found and not line.rstrip().endswith(';'):
            name, start, head = found.group(1), number, ''
        if name and not line.startswith('{'):
            head += line
        if line.startswith('{') and name:
            first, parameters = number, head[head.index('('):].count(',') + 1
            body = []
            for inner in lines[first:]:
                if inner.startswith('}'):
                    break
                body.append(inner)
            yield name, start, body, parameters
            name = None


def nesting(body):
    return max([(len(l) - len(l.lstrip(' '))) // 4 for l in body if l.strip() and re.match(r'^ *(if|for|while|switch|do)\b', l)],
               default=0)


def main():
    paths = sorted(glob.glob(ROOT + '/src/**/*.[ch]', recursive=True) + glob.glob(ROOT + '/include/*.h') +
                   glob.glob(ROOT + '/tests/unit/*.c') + glob.glob(ROOT + '/fuzz/*.c') + glob.glob(ROOT + '/bench/*.c'))
    faults, sizes, lengths = [], [], []
    for path in paths:
        short = os.path.relpath(path, ROOT)
        lines = open(path, encoding='utf-8').read().splitlines(keepends=True)
        sizes.append((len(lines), short))
        if len(lines) > FILE_MAX:
            faults.append('%s: %d lines' % (short, len(lines)))
        for number, line in enumerate(lines, 1):
            if re.search(BANNED, line) or re.search(TODO, line):
                faults.append('%s:%d: banned: %s' % (short, number, line.strip()))
        for name, start, body, parameters in functions(lines):
            lengths.append((len(body), '%s:%d %s' % (short, start, name)))
            if len(body) > FUNCTION_MAX:
                faults.append('%s:%d: %s has %d lines' % (short, start, name, len(body)))
            if parameters > PARAMETERS_MAX and not FOREIGN.match('%s:%d %s' % (short, start, name)):
                faults.append('%s:%d: %s has %d parameters' % (short, start, name, parameters))
            if nesting(body) > NESTING_MAX:
                faults.append('%s:%d: %s nests %d deep' % (short, start, name, nesting(body)))
    lengths.sort(reverse=True)
    print('%d files, %d lines; longest: %s' % (len(sizes), sum(s for s, _ in sizes),
                                               ', '.join('%s %d' % (p, s) for s, p in sorted(sizes)[-3:][::-1])))
    print('%d functions, median %d lines, 90th percentile %d; longest: %s' % (
        len(lengths), lengths[len(lengths) // 2][0], lengths[len(lengths) // 10][0],
        ', '.join('%s %d' % (n, s) for s, n in lengths[:3])))
    for fault in faults:
        print(fault)
    print('%d passed, %d failed' % (len(paths), len(faults)))
    return 1 if faults else 0


sys.exit(main())
