"""suite.py - the conformance suite as groups: sessions of one world that one configuration serves.

A Group becomes master files, lists and a configuration in a folder. What the pure evaluator says of a session comes
from `vouchsafe check` with the same configuration; of a session with a certificate, which `check` cannot be told, from
the suite's own expectations.
"""
import collections
import glob
import json
import os
import re
import subprocess

import yaml

AUTHSERV_ID = 'mx.example.net'
TRUSTED_CLASS = 'skip_lists'
LISTENERS = ('milter', 'policy', 'class', 'exim')
DELAY = re.compile(r'^(;! fault \S+ \S+ delay )(\d+)$', re.MULTILINE)
STRETCH = 2  # delays and deadlines of a world with delays are so much longer: a busy machine may not swap them

# Those sessions name a score and a confidence, which no counts of ham and spam in a store give exactly. The evaluator plays
# them (conformance); what counts become, and that they reach a verdict through the ports, tests/keeper plays.
STORE = 'a reputation score that no counts give'
SILENT = 'a memory that does not answer, which tests/keeper plays with a stopped keeper'
SUSPENDED = 'a suspended service, which is no option of a file'
NUL = 'a NUL in the HELO, where texts end in one'
LINE_END = 'a line end in the HELO, where lines end requests'

# The values of one decision as the log has them, where "helo" is escaped. None: not known.
Decision = collections.namedtuple('Decision', 'client helo csa reason domain secure identity dna service trust score '
                                              'reasons verb mode queries')
Expected = collections.namedtuple('Expected', 'decision reply header')


class Session:
    def __init__(self, label, body):
        self.label = label
        self.client = str(body['client'])
        self.helo = body.get('helo')
        self.tls_name = body.get('tls_name')
        self.expect = body['expect']
        self.reputation = body.get('reputation')
        self.silent = 'memory' in body
        self.suspended = any(isinstance(service, dict) and service.get('suspended') for service in body.get('services') or [])

    @property
    def helo_bytes(self):
        return (self.helo or '').encode()

    def skip(self, port):
        """Why the session cannot come through this port, or None."""
        if self.reputation is not None:
            return STORE
        if self.silent:
            return SILENT
        if self.suspended:
            return SUSPENDED
        if b'\0' in self.helo_bytes:
            return NUL
        if port in ('policy', 'class') and re.search(rb'[\r\n]', self.helo_bytes):
            return LINE_END
        return None


class Group:
    """Sessions of one document with the same settings and services."""

    def __init__(self, zones, body):
        self.zones = zones
        self.settings = body.get('settings') or {}
        self.services = body.get('services') or []
        self.tls = 'tls_name' in body
        self.sessions = []
        text = '\n'.join(zones)
        self.stretch = STRETCH if DELAY.search(text) else 1
        self.slow = self.stretch > 1 or re.search(r'^;! fault .* timeout$', text, re.MULTILINE) is not None

    @property
    def stage(self):
        return self.settings.get('reject_at_stage', 'rcpt')

    @property
    def method(self):
        return self.settings.get('header.method', 'csv')

    @property
    def monitors(self):
        return self.settings.get('mode') == 'monitor'

    def write(self, folder):
        """Writes all files into the folder; returns the path of the configuration."""
        zones = [write(folder, 'zone-%d' % i, DELAY.sub(self.stretched, text)) for i, text in enumerate(self.zones)]
        sections = {'': ['trusted_networks = {}']}
        for name, value in self.settings.items():
            section, _, option = name.rpartition('.')
            sections.setdefault(section, []).append('%s = %s' % (option, literal(value)))
        sections.setdefault('dns', []).append('zone_files = {%s}' % ', '.join(literal(path) for path in zones))
        sections['dns'] = [row for row in sections['dns'] if not row.startswith('timeout')]
        sections['dns'].append('timeout = %g' % (self.settings.get('dns.timeout', 5) * self.stretch))
        sections.setdefault('header', []).append('authserv_id = ' + AUTHSERV_ID)
        sections['tls'] = ['identity = ' + ('yes' if self.tls else 'no')]
        sections['policy'] = ['prepend = yes']
        sections['log'] = ['to = file', 'format = json', 'rate = 100000', 'file = ' + literal(folder + '/log')]
        sections['daemon'] = ['control = ""']
        sections['canaries'] = ['interval = 0']  # a world of faults is no reason to suspend anybody
        rows = sections.pop('')
        rows += ['%s {\n    %s\n}' % (name, '\n    '.join(options)) for name, options in sections.items()]
        rows += [self.accreditor(folder, service) for service in self.services]
        rows += ['profile "class" {\n    prepend = no\n    trusted_class = %s\n}' % TRUSTED_CLASS]
        rows += ['listener "unix:%s/%s" {\n    protocol = %s\n    profile = %s\n}' %
                 (folder, name, 'policy' if name == 'class' else name, 'class' if name == 'class' else 'default')
                 for name in LISTENERS]
        return write(folder, 'vouchsafe.conf', '\n'.join(rows) + '\n')

    def stretched(self, match):
        return match.group(1) + str(int(match.group(2)) * self.stretch)

    @staticmethod
    def accreditor(folder, service):
        service = dict(service) if isinstance(service, dict) else {'name': service}
        name, entries = service.pop('name'), service.pop('entries', None)
        service.pop('suspended', None)
        if entries is not None:
            text = ''.join('%s %s\n' % entry for entry in entries.items())
            service['file'] = write(folder, 'list-%s' % name, text)
        return 'accreditor %s {\n    %s\n}' % (literal(name), '\n    '.join(
            '%s = %s' % (option, literal(value)) for option, value in service.items()))


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='utf-8', newline='') as file:
        file.write(text)
    return path


def literal(value):
    """A value as the configuration file has it."""
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    if isinstance(value, list):
        return '{%s}' % ', '.join(literal(item) for item in value)
    if isinstance(value, str):
        return '"%s"' % value.replace('\\', '\\\\').replace('"', '\\"')
    return '%g' % value


def escape(octets):
    """Text of a peer as the log shows it."""
    return ''.join(chr(octet) if 32 <= octet < 127 and octet != ord('\\') else '\\x%02x' % octet for octet in octets)


def read(folder):
    """All groups of the suites in the folder."""
    groups = []
    for path in sorted(glob.glob(folder + '/*.yaml')):
        with open(path, encoding='utf-8') as file:
            documents = list(yaml.safe_load_all(file))
        for document in documents:
            found = {}
            for name, body in document['tests'].items():
                key = json.dumps([body.get('settings'), body.get('services'), body.get('tls_name')], sort_keys=True)
                group = found.setdefault(key, Group(document['zones'], body))
                group.sessions.append(Session('%s:%s' % (os.path.basename(path), name), body))
            groups += found.values()
    return groups


def expected(tool, config, session):
    """What the pure evaluator says, or None with what went wrong."""
    if session.tls_name is not None:
        return expected_by_suite(session), None
    command = [tool, 'check', '--json', '--config', config, '--', session.client, session.helo or '']
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode > 1:
        return None, 'check: ' + done.stderr.decode('utf-8', 'replace').strip()
    said = json.loads(done.stdout)
    wrong = ['check says %s %s' % (key, said['csa'][field])
             for key, field in (('csa', 'result'), ('reason', 'reason')) if session.expect[key] != said['csa'][field]]
    return expected_by_check(said, session), '; '.join(wrong) or None


def expected_by_check(said, session):
    reasons = ','.join(':'.join([row['token'], str(row['points'])] + ([row['why']] if 'why' in row else []))
                       for row in said['trust']['reasons'])
    decision = Decision(said['client'], escape(session.helo_bytes), said['csa']['result'], said['csa']['reason'],
                        said['csa']['domain'] or '', said['csa']['secure'], said['identity']['strength'],
                        said['dna']['rating'], said['dna']['service'] or '', said['trust']['level'],
                        said['trust']['score'], reasons, said['action']['verb'], said['action']['mode'],
                        said['queries'])
    return Expected(decision, said['action']['reply'], said['header'])


def expected_by_suite(session):
    """The keys that a session states; one with a certificate has to state what is answered."""
    expect = session.expect
    evidence = expect.get('evidence')
    reasons = None if evidence is None else ','.join(row.replace(' ', ':') for row in evidence)
    header = expect.get('header')
    decision = Decision(session.client, escape(session.helo_bytes), expect['csa'], expect['reason'],
                        None if 'domain' not in expect else expect['domain'] or '', expect.get('secure'),
                        expect.get('identity'), expect.get('rating'),
                        None if 'service' not in expect else expect['service'] or '', expect.get('level'),
                        expect.get('score'), reasons, expect['verb'], None, expect.get('queries'))
    return Expected(decision, expect['reply'], header and 'Authentication-Results: %s; %s' % (AUTHSERV_ID, header))
