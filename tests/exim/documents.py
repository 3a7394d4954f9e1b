"""documents.py - reads the scenario suite for another implementation: worlds, sessions, and what cannot be played.

A Document is one DNS world with its sessions. A session that Exim with a real server cannot play has `skip` set to
the reason; whatever only matters to accreditation, trust or policy does not hinder the play, since CSA is judged alone.
"""
import ipaddress
import os
import re
import subprocess

import yaml

# Settings that change the CSA result, and the Exim option that says the same.
CSA_SETTINGS = {
    'csa.parent_search': lambda value: ('dns_csa_search_limit', '5' if value else '0'),
    'csa.reverse_names': lambda value: ('dns_csa_use_reverse', 'true' if value else 'false'),
}
DEADLINE_MS = 5000
HELO_PLAYED = re.compile(r'(?:[^\s\0](?:[^\r\n\0]*[^\s\0])?)?')
DIRECTIVE = re.compile(r'^;![ \t]*(\S+)(.*)$', re.MULTILINE)
ORIGIN = re.compile(r'^\$ORIGIN\s+(\S+)', re.MULTILINE)
SOA = re.compile(r'^(\S*)\s+(?:\d\w*\s+)?(?:IN\s+)?(?:\d\w*\s+)?SOA\s', re.MULTILINE | re.IGNORECASE)


class Zone:
    """A master file and its directives."""

    def __init__(self, text):
        self.text = text
        self.origin = soa_owner(text)
        self.directives = [(match.group(1), match.group(2).split(';')[0].split()) for match in DIRECTIVE.finditer(text)]

    def aliases(self):
        """(owner, target) of each CNAME, absolute, without the final dot."""
        listing = subprocess.run(['ldns-read-zone', '-E', 'CNAME', '/dev/stdin'], input=self.text, check=False,
                                 capture_output=True, text=True).stdout
        rows = [line.lower().split() for line in listing.splitlines()]
        return [(row[0].rstrip('.'), row[4].rstrip('.')) for row in rows if row[3:4] == ['cname']]

    def absolute(self, owner):
        """The owner of a directive as lower-case text without the final dot."""
        if owner == '@':
            owner = self.origin
        elif not owner.endswith('.'):
            owner = owner + '.' + self.origin.lstrip('.')
        return owner.lower().rstrip('.') or '.'


class Session:
    """One session: what is played, what our verdict is to be, and the Exim options it needs."""

    def __init__(self, file, name, body):
        self.id = '%s:%s' % (file, name)
        self.client = plain_address(str(body.get('client', '')))
        self.helo = body.get('helo') or ''
        self.settings = body.get('settings') or {}
        self.expected = expected_word(body['expect'])
        self.options = []
        self.skip = self.reason_to_skip()

    def reason_to_skip(self):
        for name, value in self.settings.items():
            if name in CSA_SETTINGS:
                self.options.append(CSA_SETTINGS[name](value))
        if not isinstance(self.helo, str) or not HELO_PLAYED.fullmatch(self.helo):
            return 'HELO that is no line of text'
        return None if self.client else 'client is no address'


class Document:
    """One world; `skip` hinders all its sessions. faults: those of relay.Treatment."""

    def __init__(self, file, body):
        self.file = file
        self.zones = [Zone(text) for text in body.get('zones') or []]
        self.sessions = [Session(file, name, test) for name, test in (body.get('tests') or {}).items()]
        self.additional = False
        self.faults = {}
        self.skip = self.read_directives()

    def read_directives(self):
        for zone in self.zones:
            for word, operands in zone.directives:
                reason = self.read_directive(zone, word, operands)
                if reason:
                    return reason
        return self.spread_faults() if self.faults else None

    def read_directive(self, zone, word, operands):
        """Takes one directive; the reason if it cannot be played. `secure` does not change the CSA result."""
        if word == 'additional':
            self.additional = True
            return 'Additional section with one family' if operands else None
        if word == 'fault':
            fault = relay_fault(*operands[2:])
            if fault:
                self.faults[(zone.absolute(operands[0]), operands[1].upper())] = fault
        return None

    def spread_faults(self):
        """Gives faults to the aliases of their owners too: a relay sees no CNAME that a server follows by itself."""
        aliases = [pair for zone in self.zones for pair in zone.aliases()]
        for _ in aliases:
            for alias, target in aliases:
                for kind, fault in [(kind, fault) for (owner, kind), fault in self.faults.items() if owner == target]:
                    if alias.startswith('*') or isinstance(fault, bytes):
                        return 'fault behind a CNAME'
                    self.faults.setdefault((alias, kind), fault)
        return None


def relay_fault(word, operand=None):
    """A fault in the relay's words; None: it changes nothing.

    What is bogus is SERVFAIL to Exim, whose resolver validates. A delay is patience or none.
    """
    if word == 'delay':
        return 'silent' if int(operand) >= DEADLINE_MS else None
    if word == 'raw':
        return bytes.fromhex(operand)
    return {'timeout': 'silent', 'bogus': 'servfail'}.get(word, word)


def plain_address(text):
    """Text as a socket would give it, a mapped address as IPv4, which is what Exim's listener makes of it; '': none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ''
    return str(getattr(address, 'ipv4_mapped', None) or address)


def soa_owner(text):
    """Absolute name of the zone, with the final dot."""
    origin = ORIGIN.search(text)
    origin = origin.group(1) if origin else '.'
    soa = SOA.search(text)
    owner = soa.group(1) if soa else ''
    if owner in ('', '@'):
        return origin
    return owner if owner.endswith('.') else owner + '.' + origin.lstrip('.')


def expected_word(expect):
    """Our verdict in Exim's words, with the reason where Exim has one."""
    csa, reason = expect['csa'], expect['reason']
    if csa == 'pass':
        return 'ok'
    if csa == 'fail':
        return 'fail/' + reason
    if csa == 'temperror':
        return 'defer/' + ('addr-dns' if reason == 'addr-dns' else 'srv-dns')
    return 'unknown'


def read_suite(paths):
    documents = []
    for path in paths:
        with open(path, encoding='utf-8') as file:
            documents += [Document(os.path.basename(path), body) for body in yaml.safe_load_all(file) if body]
    return documents
