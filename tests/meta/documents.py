#!/usr/bin/python3
"""Manuals and code say the same: options, sub-commands, functions and words are compared both ways; the manuals lint
clean; and every command that stands behind "$ " in a Markdown document is run, its output compared.

In an expected output "..." stands for anything within a line, and a line "..." for any number of lines.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def read(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        return file.read()


def compare(what, code, manual):
    """Two sets that must be equal."""
    for name in sorted(code - manual):
        yield '%s: %s is in the code, not in the manual' % (what, name)
    for name in sorted(manual - code):
        yield '%s: %s is in the manual, not in the code' % (what, name)


def lint():
    for path in sorted(glob.glob(ROOT + '/man/*.[1-8]')):
        done = subprocess.run(['mandoc', '-Tlint', '-W', 'warning', path], stdout=subprocess.PIPE, check=False)
        yield from done.stdout.decode().splitlines()


def options():
    """The option table against vouchsafe.conf(5): names and defaults."""
    rows = re.findall(r'\{"([a-z_.]+)",\s*CONF_\w+,\s*[^"]*?"([^"]*)",', read('src/conf/options.c'))
    documented, section = {}, ''
    text = read('man/vouchsafe.conf.5')
    for part in re.split(r'^(?=\.Ss |\.Sh |\.It Va )', text, flags=re.M):
        head = re.match(r'\.S[sh] (?:Section (\w+))?', part)
        if head:
            section = head.group(1) + '.' if head.group(1) and head.group(1) != 'accreditor' else ''
        item = re.match(r'\.It Va (\w+) =', part)
        if item:
            default = re.search(r'^Default:\n\.Cm (\S+) \.$', part, re.M)
            documented[section + item.group(1)] = default.group(1).replace('\\-', '-') if default else ''
    yield from compare('option', {name for name, _ in rows}, set(documented))
    yield from compare('range of', set(ranges()), set(re.findall(r'^\.It Va (\w+ = -?\d+ to -?\d+)$', text, re.M)))
    for name, default in rows:
        if documented.get(name, default) != default:
            yield 'option %s: default %s in the code, %s in the manual' % (name, default, documented[name])


def ranges():
    """"name = MIN to MAX" of each whole number of the option table."""
    for name, kind, low, high in re.findall(r'\{"(?:\w+\.)?(\w+)",\s*CONF_(NUMBER|COUNT|MILLI),\s*\w+\([\w.]+\),\s*(-?\d+),\s*(\w+|-?\d+),',
                                      re.sub(r'\bPOINTS', 'IN_CONF', read('src/conf/options.c'))):
        high = '6' if high == 'VOUCH_REPORTS_MAX' else high
        yield '%s = %s to %s' % (name, low, high[:-3] if kind == 'MILLI' else high)


def command_line():
    """Sub-commands and options of check against vouchsafe(1)."""
    manual = read('man/vouchsafe.1')
    yield from compare('command', set(re.findall(r'^    \{"(\w+)", "', read('src/tool/main.c'), re.M)) | {'version', 'help'},
                       set(re.findall(r'^\.It Cm (\w+)$', manual.split('.Ss Options of check')[0], re.M)))
    yield from compare('option of check', set(re.findall(r'\{"([a-z-]+)", (?:no|required)_argument', read('src/tool/check.c'))),
                       set(re.findall(r'^\.It Fl Fl ([a-z-]+)', manual, re.M)))


def functions():
    """Public functions against libvouchsafe(3); the *_word functions stand there as one."""
    code = set(re.findall(r'\b(vouch_\w+)\(', re.sub(r'/\*.*?\*/', '', read('include/vouchsafe.h'), flags=re.S)))
    manual = set(re.findall(r'^\.Fn (vouch_\w+)', read('man/libvouchsafe.3').split('.Sh DESCRIPTION')[0], re.M))
    yield from compare('function', {name for name in code if not name.endswith('_word')}, manual)


def words():
    """Every CSA reason and evidence why stands in vouchsafe(1)."""
    table = read('src/core/words.c')
    manual = read('man/vouchsafe.1')
    for word in re.findall(r'\[VOUCH_(?:REASON|WITHHELD|CSA|IDENTITY)_\w+\] = "([\w-]+)"', table):
        if word != 'not' and not re.search(r'^\.Cm %s( |$)' % re.escape(word), manual, re.M):
            yield 'vouchsafe(1) does not explain %s' % word


def examples(text):
    """(command, expected lines) of each "$ " line in an indented or fenced block."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = re.match(r'^( {4}|)\$ (.*)$', line)
        if not found:
            continue
        expected = []
        for following in lines[number + 1:]:
            inside = following[len(found.group(1)):]
            if following.strip() == '```' or inside.startswith('$ ') or \
                    (following.strip() and not following.startswith(found.group(1))):
                break
            expected.append(inside)
        while expected and not expected[-1].strip():
            expected.pop()
        yield found.group(2), expected


def matches(expected, output):
    pattern = '\n'.join('(?:.*\n)*?.*' if e == '...' else re.escape(e).replace(r'\.\.\.', '.*') for e in expected)
    return re.fullmatch(pattern + r'\n*', output) is not None


def documents(build):
    """Runs the examples of every document in an empty folder that holds the document's neighbours."""
    for path in sorted(glob.glob(ROOT + '/*.md') + glob.glob(ROOT + '/doc/*.md') + glob.glob(ROOT + '/conformance/*.md')):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(os.path.join(build, 'vouchsafe'), os.path.join(folder, 'vouchsafe'))
            for neighbour in ['conformance', 'doc', 'include']:
                os.symlink(os.path.join(ROOT, neighbour), os.path.join(folder, neighbour))
            for command, expected in examples(read(path)):
                if command.startswith(('./dev', 'git ', 'cc ')):
                    continue
                done = subprocess.run(['sh', '-c', command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      env=dict(os.environ, PATH=build + ':' + os.environ['PATH'], NO_COLOR='1'), check=False)
                output = done.stdout.decode()
                if expected and not matches(expected, output):
                    yield '%s: $ %s\nprints\n%s' % (os.path.relpath(path, ROOT), command, output)
                elif done.returncode > 1:
                    yield '%s: $ %s: exit %d: %s' % (os.path.relpath(path, ROOT), command, done.returncode, output)


def main():
    build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else 'build')
    checks = [lint(), options(), command_line(), functions(), words(), documents(build)]
    faults = [list(check) for check in checks]
    for fault in sum(faults, []):
        print(fault)
    print('%d passed, %d failed' % (faults.count([]), len(checks) - faults.count([])))
    return 1 if any(faults) else 0


sys.exit(main())
