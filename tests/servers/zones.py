"""zones.py - the fake Internet of these tests: a root, two top-level domains and the zones below them.

    .            signed, NSEC           its key is the trust anchor
    example.     signed, NSEC           test.   signed, NSEC3 with opt-out

Every zone below them holds the same hosts (HOSTS), so that one case can be played in a signed, an unsigned, a tampered
and an expired zone. Zones whose name begins with "explicit-" assert Explicit at their apex. Signing is ldns-signzone's.
"""
import os
import re
import subprocess

CLIENT4 = '192.0.2.10'
CLIENT6 = '2001:db8::10'
STRANGER4 = '192.0.2.99'
STRANGER6 = '2001:db8::99'

SOA = '@ 3600 IN SOA ns.%s hostmaster.%s 1 3600 600 86400 300\n'

# Hosts of every zone. `never` disowns, `quiet` has no record and no name where one would be, `bare` has that name,
# names below `old` are those of the zone itself, `far-N` is N links away from its address.
HOSTS = '''
_client._smtp.mail SRV 1 2 0 mail
mail A 192.0.2.10
mail AAAA 2001:db8::10
mail PTR _vouch._smtp.accred.example.
_client._smtp.never SRV 1 1 0 never
never A 192.0.2.10
_client._smtp.open SRV 1 3 0 open
open A 192.0.2.10
_client._smtp.alias SRV 1 2 0 alias
alias CNAME mail
_client._smtp.renamed CNAME _client._smtp.mail
renamed A 192.0.2.10
_client._smtp.away SRV 1 2 0 away
away CNAME mail.plain.example.
_client._smtp.four SRV 1 2 0 four
_client._smtp.via SRV 1 2 0 four
_client._smtp.via-moved SRV 1 2 0 moved
four A 192.0.2.10
*.wild SRV 1 1 0 wild
wild A 192.0.2.10
quiet A 192.0.2.10
quiet AAAA 2001:db8::10
_client._smtp.bare TXT "no SRV here"
bare A 192.0.2.10
_client._smtp.resigned SRV 1 2 0 resigned
resigned A 192.0.2.10
_client._smtp.moved SRV 1 2 0 moved
moved A 192.0.2.10
_client._smtp.crowd SRV 1 2 0 crowd
old DNAME @
_client._smtp.loop SRV 1 2 0 loop
loop CNAME loop-b
loop-b CNAME loop
_client._smtp.far-8 SRV 1 2 0 far-8
_client._smtp.far-9 SRV 1 2 0 far-9
_client._smtp.odd SRV 1 2 0 \\027[31m\\013\\010odd
'''

# DS records for zones that are not signed: of an algorithm that nobody knows, and of one that everybody knows.
DS_UNKNOWN = '%s IN DS 4711 200 2 ' + 64 * '0' + '\n'
DS_KNOWN = '%s IN DS 4711 13 2 ' + 64 * '0' + '\n'

LONG_LABEL = 'a-target-with-a-name-that-is-as-long-as-labels-may-be-0123456'


def big_hosts():
    """Answers above 1232 octets: many addresses, many SRV records; and a long CNAME chain."""
    lines = ['crowd AAAA 2001:db8::%x' % number for number in range(0x10, 0x10 + 58)]
    lines += ['_client._smtp.wide SRV 1 3 0 %s-%02d.%s' % (LONG_LABEL[:58], number, LONG_LABEL) for number in range(11)]
    lines += ['_client._smtp.wide SRV 1 2 0 wide', 'wide A 192.0.2.10']
    lines += ['far-%d CNAME far-%d' % (links, links - 1) for links in range(9, 0, -1)] + ['far-0 A 192.0.2.10']
    return '\n'.join(lines) + '\n'


# What the accreditation service says. \027 is ESC, \013\010 is CR LF.
REPORTS = '''
mail.nsec.example TXT "MARID,1,A;member since 2004"
mail.plain.example TXT "MARID,1,A"
never.nsec.example TXT "MARID,1,E"
alias.nsec.example TXT "MARID,1,B;\\027[31mred\\027[0m\\013\\010X-Injected: yes\\000\\155\\127"
'''


def big_report():
    """Six long texts of other services before the one report that counts."""
    fillers = ['four.nsec.example TXT "OTHER,%d,%s"' % (number, 'x' * 240) for number in range(6)]
    return '\n'.join(fillers + ['four.nsec.example TXT "MARID,1,A;beyond one datagram"']) + '\n'


class Zone:
    """One zone: its text, how it is signed (None, 'nsec', 'nsec3', 'opt-out') and what is done to it afterwards."""

    def __init__(self, name, body, signing=None, expired=False, changes=(), ds=''):
        self.name = name
        self.body = body
        self.signing = signing
        self.expired = expired
        self.changes = changes
        self.ds = ds % name if ds else ''
        self.path = None

    def text(self):
        return '$ORIGIN %s\n$TTL 3600\n%s%s' % (self.name, SOA % (self.ns_domain(), self.ns_domain()), self.body)

    def ns_domain(self):
        return self.name if self.name != '.' else 'root-servers.'

    def write(self, folder):
        """Writes the master file, signed if it is to be; sets path and ds."""
        stem = os.path.join(folder, self.name.strip('.') or 'root')
        self.path = stem + '.zone'
        with open(self.path, 'w', encoding='ascii') as file:
            file.write(self.text())
        if self.signing:
            self.sign(folder)
            self.change()

    def sign(self, folder):
        key = ldns(folder, 'ldns-keygen', '-a', 'ECDSAP256SHA256', '-k', self.name).strip()
        with open(os.path.join(folder, key + '.ds'), encoding='ascii') as file:
            self.ds = file.read()
        command = ['ldns-signzone', '-o', self.name, '-f', self.path + '.signed']
        command += {'nsec': [], 'nsec3': ['-n', '-t', '0'], 'opt-out': ['-n', '-t', '0', '-p']}[self.signing]
        command += ['-i', '20200101', '-e', '20200201'] if self.expired else ['-i', '20200101', '-e', '20370101']
        ldns(folder, *command, self.path, key)
        self.path += '.signed'

    def change(self):
        """Changes records behind the signatures' back."""
        with open(self.path, encoding='ascii') as file:
            text = file.read()
        for old, new in self.changes:
            text, count = re.subn(old, new, text, flags=re.MULTILINE)
            if count != 1:
                raise ValueError('%s: %d records match %s' % (self.name, count, old))
        with open(self.path, 'w', encoding='ascii') as file:
            file.write(text)


def ldns(folder, *command):
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError('%s: %s' % (' '.join(command), done.stderr.strip()))
    return done.stdout


def delegation(child, server):
    """NS, glue and DS of a child, as they stand in its parent. Each child names its own server."""
    return '%s NS ns.%s\nns.%s A %s\n%s' % (child.name, child.name, child.name, server, child.ds)


def leaf(name, server, signing=None, explicit=False, extra='', **options):
    """A zone with the usual hosts."""
    body = '@ NS ns\nns A %s\n' % server
    body += '_client._smtp SRV 1 1 1 @\n' if explicit else ''
    return Zone(name, body + HOSTS + big_hosts() + extra, signing, **options)


def accreditation(server):
    return Zone('accred.example.', '@ NS ns\nns A %s\n' % server + REPORTS + big_report(), 'nsec')


def leaves(server):
    """All zones below the top-level domains, but for the unreachable ones."""
    tampered = [(r'^(_client\._smtp\.resigned\.\S+\s+\d+\s+IN\s+SRV\s+1) 2 ', r'\1 1 '),
                (r'^(moved\.\S+\s+\d+\s+IN\s+A)\s+192\.0\.2\.10', r'\1 192.0.2.99')]
    return [leaf('plain.example.', server),
            leaf('nsec.example.', server, 'nsec'),
            leaf('nsec3.example.', server, 'nsec3'),
            leaf('explicit-plain.example.', server, explicit=True),
            leaf('explicit-nsec.example.', server, 'nsec', explicit=True),
            leaf('explicit-nsec3.example.', server, 'nsec3', explicit=True),
            leaf('tampered.example.', server, 'nsec', changes=tampered),
            leaf('expired.example.', server, 'nsec', expired=True),
            leaf('unknown-algorithm.example.', server, ds=DS_UNKNOWN),
            leaf('stripped.example.', server, ds=DS_KNOWN),
            leaf('plain.test.', server),
            leaf('nsec3.test.', server, 'nsec3'),
            accreditation(server)]


def tops(children, unreachable, server):
    """The top-level domains: they delegate to `children` and, for (name, address) in `unreachable`, to nobody good."""
    made = []
    for name, signing in (('example.', 'nsec'), ('test.', 'opt-out')):
        body = '@ NS ns\nns A %s\n' % server['top']
        body += ''.join(delegation(child, server['leaf']) for child in children if child.name.endswith('.' + name))
        body += ''.join('%s NS ns.%s\nns.%s A %s\n' % (child, child, child, address)
                        for child, address in unreachable if child.endswith('.' + name))
        made.append(Zone(name, body, signing))
    return made


def root(children, server):
    body = '@ NS a.root-servers.\na.root-servers. A %s\n' % server['root']
    body += ''.join(delegation(child, server['top']) for child in children)
    return Zone('.', body, 'nsec')


class Internet:
    """All zones, written and signed in `folder`; server: {'root': ADDR, 'top': ADDR, 'leaf': ADDR}."""

    def __init__(self, folder, server, unreachable):
        self.folder = folder
        self.leaves = leaves(server['leaf'])
        self.write(self.leaves)
        self.tops = tops(self.leaves, unreachable, server)
        self.write(self.tops)
        self.root = root(self.tops, server)
        self.write([self.root])
        self.anchor = self.keep('root.ds', self.root.ds)
        self.wrong_anchor = self.keep('wrong.ds', self.other_key())
        self.hints = self.keep('root.hints', '. 3600000 NS a.root-servers.\na.root-servers. 3600000 A %s\n'
                               % server['root'])

    def write(self, zones):
        for zone in zones:
            zone.write(self.folder)

    def other_key(self):
        """DS of a key of the root's name that signed nothing."""
        key = ldns(self.folder, 'ldns-keygen', '-a', 'ECDSAP256SHA256', '-k', '.').strip()
        with open(os.path.join(self.folder, key + '.ds'), encoding='ascii') as file:
            return file.read()

    def keep(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='ascii') as file:
            file.write(text)
        return path
