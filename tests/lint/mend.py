"""mend.py - a world of zone files, lint in it, and the lines of a mend applied to it."""
import copy
import functools
import json
import os
import re
import subprocess

import broken
import verdict

TOOL = os.path.abspath(os.environ.get('VOUCHSAFE') or
                       os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'build', 'vouchsafe'))
TTL = '3600'
PATIENCE_S = 120
UNEXPECTED = 'nothing'


def read(line):
    """(owner, TTL, type, RDATA) of a line "OWNER [TTL] [IN] TYPE RDATA"."""
    owner, rest = line.split(None, 1)
    ttl = TTL
    if rest[0].isdigit():
        ttl, rest = rest.split(None, 1)
    if rest.startswith('IN '):
        rest = rest[3:]
    kind, _, rdata = rest.partition(' ')
    return owner.lower(), ttl, kind, rdata.strip()


class World:
    def __init__(self, lines):
        self.records = [read(line) for line in lines if line.strip()]
        self.faults = []  # (zone, what stands behind ";! fault")

    def drop(self, what):
        """All records whose line begins so; "OWNER" is a whole owner."""
        kept = [r for r in self.records if not self.is_dropped(r, what)]
        if len(kept) == len(self.records):
            raise ValueError('nothing to drop: ' + what)
        self.records = kept

    @staticmethod
    def is_dropped(record, what):
        owner, _, rest = what.partition(' ')
        line = '%s %s' % (record[2], record[3])
        return record[0] == owner and (not rest or line == rest or line.startswith(rest + ' '))

    def add(self, line):
        new = read(line)
        if not any(new[0] == apex or new[0].endswith('.' + apex) for apex in broken.APEXES):
            raise ValueError('no zone for ' + line)
        self.records = [r for r in self.records if (r[0], r[2], r[3]) != (new[0], new[2], new[3])] + [new]

    def mend(self, texts):
        """Applies the lines of mends: what goes, then what comes; lines that delete name a record that is there."""
        lines = list(dict.fromkeys(line for text in texts for line in text.splitlines()))
        before = {(r[0], r[2], r[3]) for r in self.records}
        for line in lines:
            if line.startswith('; delete: '):
                owner, _, kind, rdata = read(line[len('; delete: '):])
                if (owner, kind, rdata) not in before:
                    raise ValueError('deletes what is not there: ' + line)
                self.records = [r for r in self.records if (r[0], r[2], r[3]) != (owner, kind, rdata)]
        for line in lines:
            if not line.startswith(';'):
                self.add(line)

    def texts(self):
        """{zone: its master file}"""
        parts = {apex: [] for apex in broken.APEXES}
        for record in sorted(self.records, key=lambda r: (r[2] != 'SOA', r)):
            apex = max((a for a in broken.APEXES if record[0] == a or record[0].endswith('.' + a)), key=len)
            parts[apex].append('%s %s IN %s %s\n' % record)
        return {apex: ''.join(lines) + ''.join(';! fault %s\n' % what for zone, what in self.faults if zone == apex)
                for apex, lines in parts.items()}

    def write(self, folder):
        """A file a zone; their paths."""
        paths = []
        for apex, text in self.texts().items():
            paths.append(os.path.join(folder, apex + 'zone'))
            with open(paths[-1], 'w', encoding='utf-8') as file:
                file.write(text)
        return paths


def run(*arguments, text=None):
    return subprocess.run([TOOL, 'lint', *arguments], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=PATIENCE_S, check=False)


def suite(world, sessions):
    """A suite of vouchsafe conformance that expects of no session what comes."""
    zones = ''.join('  - |\n' + ''.join('    %s\n' % line for line in text.splitlines()) for text in world.texts().values())
    return 'description: before and after a mend\nzones:\n%stests:\n%s' % (zones, ''.join(
        '  s%d: { client: "%s", helo: "%s", expect: { csa: %s, reason: %s } }\n' % (n, *session, UNEXPECTED, UNEXPECTED)
        for n, session in enumerate(sessions)))


def check(folder, worlds, sessions):
    """For each world the CSA results of its sessions (address, name), all of them from one process."""
    paths = []
    for number, world in enumerate(worlds):
        paths.append(os.path.join(folder, 'world%d.yaml' % number))
        with open(paths[-1], 'w', encoding='utf-8') as file:
            file.write(suite(world, sessions))
    done = subprocess.run([TOOL, 'conformance', *paths], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=PATIENCE_S, check=False)
    words = re.findall(r'^FAILED .*world(\d+)\.yaml:\d+: s(\d+): csa: expected %s, got (\w+); reason' % UNEXPECTED, done.stdout, re.M)
    results = {(int(world), int(session)): word for world, session, word in words}
    if len(results) != len(worlds) * len(sessions):
        raise ValueError('exit %d: %s %s' % (done.returncode, done.stdout[:1000], done.stderr))
    return [[results[world, session] for session in range(len(sessions))] for world in range(len(worlds))]


def lint(folder, world, subject=None):
    """(exit status, the report)"""
    paths = world.write(folder)
    files = {apex: path for apex, path in zip(broken.APEXES, paths)}
    target = files.get(subject, subject) if subject else files['example.org.']
    options = [word for path in paths if path != target for word in ('--zone', path)]
    done = run('--json', *options, target)
    if done.returncode not in (0, 1, 3):
        raise ValueError('exit %d: %s' % (done.returncode, done.stderr))
    return done.returncode, json.loads(done.stdout)


def loud(report):
    """Rules of severity error or warning that speak up."""
    return {f['rule'] for f in report['findings'] if f['severity'] != 'note'}


def short(report, rules):
    return [(f['rule'], f['name'], f['evidence'], f['mend']) for f in report['findings'] if f['rule'] in rules][:3]


def first_look(case, status, report):
    """What is wrong with the first report, or None."""
    found = [f for f in report['findings'] if f['rule'] == case.rule]
    if not found:
        return 'not found, but %s' % sorted(f['rule'] for f in report['findings'])
    if found[0]['clause'] != case.clause:
        return 'clause %s' % found[0]['clause']
    severity = {'error': 1, 'warning': 0, 'note': 0}
    if status != max(severity[f['severity']] for f in report['findings']):
        return 'exit status %d' % status
    others = loud(report) - {case.rule} - set(case.also)
    if others:
        return 'also %s' % short(report, others)
    if set(case.also) - {f['rule'] for f in report['findings']}:
        return 'without %s' % (set(case.also) - {f['rule'] for f in report['findings']})
    if case.mends != any(f['mend'] for f in found):
        return 'mend %r' % [f['mend'] for f in found]
    return None if report['complete'] else 'not complete'


def play(folder, case):
    world = World(broken.CLEAN.splitlines())
    for what in case.drop:
        world.drop(what)
    for line in case.add:
        world.add(line)
    status, report = lint(folder, world, case.subject)
    why = first_look(case, status, report)
    mended = [f for f in report['findings'] if f['mend']]
    if why or not mended:
        return why
    before = copy.deepcopy(world)
    world.mend(finding['mend'] for finding in mended)
    status, after = lint(folder, world, case.subject)
    advised = {f['rule'] for f in report['findings'] if not f['mend']}
    left = (loud(after) | {f['rule'] for f in mended} & {f['rule'] for f in after['findings']}) - advised
    if left or status and not advised & loud(report):
        return 'after the mend %s' % short(after, left)
    new = {f['rule'] for f in after['findings']} - {f['rule'] for f in report['findings']} - set(case.notes)
    return 'the mend brought %s' % short(after, new) if new else verdicts(folder, before, world, mended)


def verdicts(folder, before, after, mended):
    """What is wrong with verdicts after all mends of a report, and after each of them alone, or None."""
    why = verdict.disagree(mended) or verdict.compare(functools.partial(check, folder), before, after, mended)
    texts = {f['mend'] for f in mended}
    for text in sorted(texts) if len(texts) > 1 and not why else ():
        alone = copy.deepcopy(before)
        alone.mend([text])
        why = why or verdict.compare(functools.partial(check, folder), before, alone, [f for f in mended if f['mend'] == text])
    return why


def spf_in_trouble(folder):
    """Whether the domain's own name sends is not known while its SPF record is not."""
    world = World(broken.CLEAN.splitlines())
    world.drop(broken.DOMAIN)
    world.add('example.org. A 192.0.2.80')
    world.faults.append(('example.org.', '@ TXT servfail'))
    _, report = lint(folder, world)
    mends = [f['mend'] for f in report['findings'] if f['rule'] == 'domain-open']
    return None if mends == [''] and not report['complete'] else json.dumps(report)


def reverse_zone(folder):
    """The root of a reverse zone is nobody's HELO name."""
    _, report = lint(folder, World(broken.CLEAN.splitlines()), '2.0.192.in-addr.arpa.')
    return report['findings'] or None


def clean(folder):
    status, report = lint(folder, World(broken.CLEAN.splitlines()))
    return 'exit %d, %s' % (status, report) if status or report['findings'] or not report['complete'] else None


def quiet(folder, added, dropped):
    world = World(broken.CLEAN.splitlines())
    for what in dropped:
        world.drop(what)
    for line in added:
        world.add(line)
    status, report = lint(folder, world)
    if not status and report['complete'] and not loud(report):
        return None
    return 'exit %d, %s' % (status, short(report, loud(report)))


def trouble(folder, zone, what, subject=None):
    world = World(broken.CLEAN.splitlines())
    world.faults.append((zone, what))
    status, report = lint(folder, world, subject)
    if report['complete'] or not report['troubles'] or status != 3:
        return 'exit %d, complete %s, troubles %s' % (status, report['complete'], report['troubles'])
    return 'also %s' % short(report, loud(report)) if loud(report) else None


def silent_service(folder):
    """A service in trouble is told as such, not as one that does not list the name."""
    world = World(broken.CLEAN.splitlines())
    world.faults.append(('example.', 'mail.example.org.accred TXT servfail'))
    status, report = lint(folder, world)
    if status == 3 and loud(report) == {'service-silent'} and not report['complete']:
        return None
    return 'exit %d, %s' % (status, report)


def error_beside_trouble(folder):
    """An error that was found counts more than what is not known."""
    world = World(broken.CLEAN.splitlines())
    world.drop(broken.OWNER)
    world.add(broken.OWNER + ' SRV 1 2 25 mail.example.org.')
    world.faults.append(('2.0.192.in-addr.arpa.', '10 PTR servfail'))
    status, report = lint(folder, world)
    return None if status == 1 and not report['complete'] else 'exit %d, %s' % (status, report)


def mend_beside_trouble(folder, record, fault, wanted):
    """No mend rests on what is not known: the lines of errors and warnings are these."""
    world = World(broken.CLEAN.splitlines())
    world.drop(broken.OWNER)
    for line in record:
        world.add(line)
    for what in fault:
        world.faults.append(('example.org.', what))
    _, report = lint(folder, world)
    lines = [line for f in report['findings'] if f['severity'] != 'note' for line in f['mend'].splitlines()
             if not line.startswith(';')]
    return None if lines == wanted and not report['complete'] and loud(report) else json.dumps(report)


def untested(_):
    """Every rule that zone files can break has a row."""
    done = run('--rules')
    rows = {case.rule for case in broken.CASES}
    missing = {line.split()[0] for line in done.stdout.splitlines()} - rows - NOT_OF_FILES
    return 'no row for %s' % sorted(missing) if missing or not done.stdout else None


# Rules about name servers, resolvers and DNSSEC; networks.py breaks them.
NOT_OF_FILES = {'servers-disagree', 'server-lame', 'server-silent', 'server-no-address', 'serials-differ', 'views-differ',
                'dnssec-bogus', 'dnssec-no-ds', 'dnssec-unsigned', 'service-silent', 'delegation-differs', 'addresses-vary',
                # of the form of a file; files.py
                'record-outside', 'alias-beside-data', 'record-below-cut'}


def more_cases(folder):
    """Worlds that only look broken, answers in trouble, and whether all rules have their row."""
    for name, added, dropped in broken.QUIET:
        yield 'quiet ' + name, lambda added=added, dropped=dropped: quiet(folder, added, dropped)
    for zone, what in broken.TROUBLE:
        yield 'trouble ' + what, lambda zone=zone, what=what: trouble(folder, zone, what)
    yield 'trouble of a host', lambda: trouble(folder, 'example.org.', '_client._smtp.mail SRV servfail', 'mail.example.org')
    yield 'SPF in trouble', lambda: spf_in_trouble(folder)
    yield 'reverse zone', lambda: reverse_zone(folder)
    yield 'silent service', lambda: silent_service(folder)
    yield 'error beside trouble', lambda: error_beside_trouble(folder)
    for name, record, fault, wanted in broken.UNKNOWN:
        yield 'mend beside trouble, ' + name, lambda case=(record, fault, wanted): mend_beside_trouble(folder, *case)
    yield 'every rule has a row', lambda: untested(folder)
