#!/usr/bin/python3
"""The conformance suite in itself: every file reads, every key is known, every clause is shown and countered, and the code
cites none that is not there.

Looks only at conformance/, at comments of src/ and at the reasons of include/vouchsafe.h; runs nothing. What the sessions say about our code is
`vouchsafe conformance`.
"""
import glob
import ipaddress
import os
import re
import sys

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SUITE = ROOT + '/conformance'
SESSIONS_MIN = 230
VECTORS = 39

REASONS = {
    'pass': 'match',
    'fail': 'prohibited mismatch no-address explicit',
    'neutral': 'ignore-target',
    'none': 'no-record no-helo literal bad-name other-version',
    'temperror': 'srv-dns addr-dns parent-dns',
    'permerror': 'reserved-weight bad-rdata chain too-many',
}
TOKENS = ('csa-pass csa-prohibited csa-mismatch csa-no-address csa-explicit csa-permerror dna-a dna-b dna-d dna-e '
          'list-trusted list-blocked reputation').split()
WORDS = {
    'identity': 'csa tls forward none',
    'rating': 'A B C D E',
    'level': 'trusted neutral untrusted',
    'verb': 'accept continue defer reject',
}
DOCUMENT_KEYS = {'description', 'zones', 'tests'}
SESSION_KEYS = {'clause', 'counter', 'comment', 'client', 'helo', 'tls_name', 'settings', 'services', 'reputation', 'memory',
                'expect', 'organization'}
SERVICE_KEYS = {'name', 'style', 'weight', 'positives', 'negatives', 'only_if_listed', 'entries', 'ask', 'codes',
                'suspended'}
REPUTATION_KEYS = {'score', 'confidence', 'ham', 'spam'}
EXPECT_KEYS = {'csa', 'reason', 'domain', 'secure', 'identity', 'rating', 'service', 'reports', 'level', 'score',
               'evidence', 'verb', 'reply', 'header', 'queries', 'ttl', 'incomplete'}
REPORT_KEYS = {'service', 'style', 'listed', 'used', 'rating', 'info', 'error'}
REPORT_ERRORS = {None, 'timeout', 'failed', 'bogus', 'chain', 'too-many'}
DIRECTIVE = (r';! (fault \S+ (\*|[A-Z0-9]+) (timeout|servfail|refused|truncated|bogus|delay \d+|raw ([0-9a-fA-F]{2})+)'
             r'|secure|additional( A| AAAA)?)$')
NAMES = r'\.(example|test|invalid|arpa)\.?$|(^|\.)example\.(org|net|com)\.?$'


class Loader(yaml.SafeLoader):
    """YAML that refuses a key which stands twice in a mapping."""


def mapping(loader, node):
    keys = [loader.construct_object(key) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(None, None, "'%s' stands twice" % key, node.start_mark)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)


def table(path, first=None, last=None):
    """First cells of the tables of a page, without back quotes, from the heading `first` to before the heading `last`."""
    text = open(path, encoding='utf-8').read()
    begin = text.index('\n## %s\n' % first) if first else 0
    end = text.index('\n## %s\n' % last) if last else len(text)
    return [cell for cell in re.findall(r'^\| `?([a-z0-9_.-]+)`? \|', text[begin:end], re.M) if cell != '---']


def unknown(what, keys, known):
    return ["%s: unknown key '%s'" % (what, key) for key in sorted(map(str, set(keys) - known))]


def judge_zone(text):
    found = []
    if len(re.findall(r'^@ (?:\d+ )?SOA ', text, re.M)) != 1:
        found.append('a zone without one SOA')
    origin = re.match(r'\$ORIGIN (\S+)\.\n(?:\$TTL \d+\n|@ \d+ SOA )', text)
    if not origin:
        found.append('a zone that does not begin with $ORIGIN and $TTL, or an SOA that states its TTL')
    elif not re.search(NAMES, origin.group(1)) and origin.group(1) not in ('org', 'net', 'com'):
        found.append('%s is no example name' % origin.group(1))
    for line in text.splitlines():
        if line.startswith(';!') and not re.match(DIRECTIVE, line):
            found.append('no such line: %s' % line[:60])
        if line.startswith(';'):
            continue
        for address in re.findall(r' A (\d+\.\d+\.\d+\.\d+)$', line):
            if not re.match(r'192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|127\.', address):  # 127: what lists say
                found.append('%s is no documentation address' % address)
        for address in re.findall(r' AAAA (\S+)$', line):
            if not re.match(r'2001:db8:|::ffff:', address):
                found.append('%s is no documentation address' % address)
    return found


def judge_expect(expect):
    found = unknown('expect', expect, EXPECT_KEYS)
    if expect.get('reason') not in REASONS.get(expect.get('csa'), '').split():
        found.append('%s does not go with %s' % (expect.get('reason'), expect.get('csa')))
    for key, words in WORDS.items():
        if key in expect and expect[key] not in words.split():
            found.append('%s: no such word: %s' % (key, expect[key]))
    for row in expect.get('evidence', []):
        if not re.match(r'(%s) (-?\d+|0 (unproven-name|no-dnssec|quorum|suspended))$' % '|'.join(TOKENS), row):
            found.append('no such evidence: %s' % row)
    for report in expect.get('reports', []):
        found += unknown('report', report, REPORT_KEYS)
        if report.get('error') not in REPORT_ERRORS:
            found.append('report: no such error: %s' % report['error'])
    if 'evidence' in expect and 'score' in expect:
        points = sum(int(row.split()[1]) for row in expect['evidence'])
        if expect['score'] != max(-100, min(100, points)):
            found.append('score %s is not the sum of its evidence' % expect['score'])
    verb, reply = expect.get('verb'), expect.get('reply', '')
    if reply != '' and verb is not None and (reply is None) != (verb in ('accept', 'continue')):
        found.append('verb %s does not go with reply %s' % (verb, reply))
    return found


def judge_session(session, clauses, settings):
    found = unknown('session', session, SESSION_KEYS)
    for key in ('clause', 'counter'):
        found += ['%s: no such id: %s' % (key, i) for i in session.get(key, []) if i not in clauses]
    if not session.get('clause') and not session.get('counter'):
        found.append('no clause and no counter')
    if set(session.get('clause', [])) & set(session.get('counter', [])):
        found.append('an id is clause and counter')
    try:
        ipaddress.ip_address(session.get('client'))
    except ValueError:
        found.append('client: not an address')
    if not isinstance(session.get('helo', ''), str):
        found.append('helo: not text')
    found += ['no such setting: %s' % s for s in session.get('settings', {}) if s not in settings]
    for service in session.get('services', []):
        if isinstance(service, dict):
            found += unknown('service', service, SERVICE_KEYS)
            if 'name' not in service or (service.get('style') == 'list') != ('entries' in service):
                found.append('service: a name is needed, and entries for a list alone')
    found += unknown('reputation', session.get('reputation', {}), REPUTATION_KEYS)
    return found + judge_expect(session.get('expect', {}))


def sessions(failures):
    """All (file:name, session) of the suite; what is wrong with files and documents goes to `failures`."""
    seen = set()
    for path in sorted(glob.glob(SUITE + '/*.yaml')):
        label = os.path.relpath(path, ROOT)
        try:
            documents = list(yaml.load_all(open(path, encoding='utf-8'), Loader))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            failures.append('%s: %s' % (label, error))
            continue
        for document in documents:
            wrong = unknown('document', document, DOCUMENT_KEYS)
            wrong += ['%s is missing' % key for key in sorted(DOCUMENT_KEYS - set(document))]
            for zone in document.get('zones', []):
                wrong += judge_zone(zone)
            failures += ['%s: %s: %s' % (label, document.get('description', '?')[:40], w) for w in wrong]
            for name, session in document.get('tests', {}).items():
                if name in seen or not re.match(r'[a-z0-9]+(-[a-z0-9]+)*$', name):
                    failures.append('%s: %s: name is not unique, or not in kebab-case' % (label, name))
                seen.add(name)
                yield '%s: %s' % (label, name), session


def header_reasons():
    text = open(ROOT + '/include/vouchsafe.h', encoding='utf-8').read()
    enum = re.search(r'enum vouch_reason \{(.*?)\}', text, re.S).group(1)
    return [word.lower().replace('_', '-') for word in re.findall(r'VOUCH_REASON_(\w+)', enum)]


def cited():
    """(file, clause) of every "[CLAUSES id]" in the code."""
    for path in sorted(glob.glob(ROOT + '/src/**/*.[ch]', recursive=True)):
        with open(path, encoding='utf-8') as file:
            for clause in re.findall(r'\[CLAUSES ([\w-]+)', file.read()):
                yield os.path.relpath(path, ROOT), clause


def main():
    clauses = table(SUITE + '/CLAUSES.md', last='Not testable at a receiver')
    settings = set(table(SUITE + '/README.md', 'Settings', 'A runner'))
    failures, passed, expected = [], 0, {}
    shown = {'clause': set(), 'counter': set()}

    failures += ['CLAUSES.md: %s stands twice' % i for i in sorted(set(clauses)) if clauses.count(i) > 1]
    for name, session in sessions(failures):
        wrong = judge_session(session, set(clauses), settings)
        failures += ['%s: %s' % (name, w) for w in wrong]
        passed += not wrong
        for key in shown:
            shown[key].update(session.get(key, []))
        reason = session.get('expect', {}).get('reason')
        expected.setdefault(reason, []).append(name.split(': ')[1])
    failures += ['%s cites %s, which CLAUSES.md does not have' % (path, clause) for path, clause in cited()
                 if clause not in clauses]
    if passed < SESSIONS_MIN:
        failures.append('only %d sessions' % passed)
    for number in range(1, VECTORS + 1):
        if not any(name == 'vector-%02d' % number for names in expected.values() for name in names):
            failures.append('vector-%02d is missing' % number)
    for clause in clauses:
        failures += ['%s: no session has it as %s' % (clause, key) for key in shown if clause not in shown[key]]
        passed += clause in shown['clause'] and clause in shown['counter']
    for reason in header_reasons():
        if len(expected.get(reason, [])) < 3:
            failures.append('%s: fewer than three sessions expect it' % reason)
        passed += reason in expected
    for failure in failures:
        print(failure)
    print('%d passed, %d failed' % (passed, len(failures)))
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
