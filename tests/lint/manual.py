"""manual.py - the table of rules, the manual pages and the usage say the same."""
import os
import re

import mend

MAN = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'man')


def read(name):
    with open(os.path.join(MAN, name), encoding='utf-8') as file:
        return file.read()


def compare(code, manual):
    return None if code and code == manual else 'only in the code %s, only in the manual %s' % (sorted(code - manual),
                                                                                                sorted(manual - code))


def rules():
    """Word, severity, clause and title of every rule against vouchsafe-lint(7)."""
    code = {tuple(line.split('\t')) for line in mend.run('--rules').stdout.splitlines()}
    manual = set()
    for word, severity, clause, title in re.findall(r'^\.It Sy ([\w-]+) Pq (\w+) , (.*)\n(.*)$', read('vouchsafe-lint.7'), re.M):
        manual.add((word, severity, clause, title.replace('\\(aq', "'").replace('\\(dq', '"').replace('\\e', '\\')))
    return compare(code, manual)


def options():
    """The usage against the options of vouchsafe(1), and its synopsis."""
    usage = set(re.findall(r'--([a-z-]+)', mend.run('--help').stdout))
    manual = read('vouchsafe.1')
    described = re.search(r'^\.Ss Options of lint$.*?^\.S[sh] ', manual, re.M | re.S).group()
    return compare(usage, set(re.findall(r'^\.It Fl Fl ([a-z-]+)', described, re.M))) or \
        compare(usage, set(re.findall(r'Fl Fl ([a-z-]+)', re.search(r'^\.Nm vouchsafe lint\n.*?^\.Nm vouchsafe list', manual,
                                                                    re.M | re.S).group())))


def cases():
    yield 'manual of the rules', rules
    yield 'manual of the options', options
