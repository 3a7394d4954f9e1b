"""networks.py - lint against real name servers and resolvers: a root of our own, two name servers for the zones below it.

Half of the zones are broken in the way that their name says.
"""
import json
import os
import socket
import struct
import sys

import mend

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'servers'))
import relay
import servers as processes  # of tests/servers
import zones

HOSTS = '''@ MX 10 mail
mail A 11.18.0.10
_client._smtp.mail SRV 1 2 0 mail
_client._smtp SRV 1 1 1 @
'''
SLOW = '''@ MX 20 slow
slow 1800 A 11.18.0.10
_client._smtp.slow 7200 SRV 1 2 0 slow
'''
FARM = '@ MX 20 farm\n_client._smtp.farm SRV 1 2 0 farm\n' + ''.join('farm A 11.18.1.%d\n' % n for n in range(1, 120))
OTHER = HOSTS.replace('SRV 1 2 0 mail', 'SRV 1 1 0 mail')
VIEW = 'server:\n  local-zone: "plain.example." transparent\n' \
       '  local-data: "_client._smtp.mail.plain.example. 3600 IN SRV 1 1 0 mail.plain.example."\n'

SO_TIMESTAMPNS = 35  # of Linux; Python has no name for it
MUTE = ('mute1', 'mute2', 'mute3', 'mute4')


class Mute:
    """An address that never answers. The kernel notes when questions arrive, however late we read them."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((address, 53))

    def arrivals(self):
        """(time in ns, octets) of all questions since the last call, in their order."""
        found = []
        while True:
            try:
                octets, ancillary, _, _ = self.socket.recvmsg(4096, 256)
            except BlockingIOError:
                return found
            seconds, rest = next(struct.unpack('qq', data) for _, kind, data in ancillary if kind == SO_TIMESTAMPNS)
            found.append((seconds * 10**9 + rest, octets))


class World:
    """Everything that listens; stop() ends it."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, 'servers')
        os.mkdir(self.folder)
        os.chmod(folder, 0o755)
        network = processes.Network()
        self.address = {word: network.address(host) for word, host in
                        (('root', 1), ('top', 2), ('one', 3), ('two', 4), ('silent', 9), ('unbound', 11), ('other', 12),
                         *((word, 21 + n) for n, word in enumerate(MUTE)))}
        self.silent = relay.Relay(None, (self.address['silent'], 53))
        self.mute = {word: Mute(self.address[word]) for word in MUTE}
        self.running = []
        self.held = {'one': [], 'two': []}
        self.delegations = ''
        self.anchor = self.hints = None

    def leaf(self, name, second='same', extra='', seconds=HOSTS, parent_knows=True, **options):
        """A zone at name server one, and at the other: 'same', 'other', 'lame', 'broken', 'silent' or 'none'."""
        there = {'silent': self.address['silent']}.get(second, self.address['two'])
        body = '@ NS ns\nns A %s\n' % self.address['one']
        if second != 'none':
            body += '@ NS ns2\nns2 A %s\n' % there
        zone = zones.Zone(name + '.example.', body + HOSTS + extra, **options)
        zone.write(self.folder)
        self.held['one'].append((zone.name, zone.path))
        if second == 'same':
            self.held['two'].append((zone.name, zone.path))
        if second == 'other':
            text = zone.text().replace(HOSTS, seconds).replace(' 1 3600', ' 7 3600')
            self.held['two'].append((zone.name, processes.write(zone.path + '.two', text)))
        if second == 'broken':
            self.held['two'].append((zone.name, processes.write(zone.path + '.two', 'no master file\n')))
        self.delegations += '%s NS ns.%s\nns.%s A %s\n' % (zone.name, zone.name, zone.name, self.address['one'])
        if second not in ('none', 'silent'):  # a resolver that cannot reach one waits
            self.delegations += '%s NS ns2.%s\nns2.%s A %s\n' % (zone.name, zone.name, zone.name, there)
        self.delegations += zone.ds if parent_knows else ''

    def zones(self):
        """Writes all zones; the files of root and top-level domain."""
        self.leaf('plain')
        self.leaf('signed', signing='nsec')
        self.leaf('expired', signing='nsec', expired=True)
        self.leaf('island', parent_knows=False, signing='nsec')
        self.leaf('differ', 'other', seconds=OTHER)
        self.leaf('serial', 'other')
        self.leaf('lame', 'lame')
        self.leaf('broken', 'broken')
        self.leaf('silent', 'silent')
        self.leaf('alone', 'none')
        self.leaf('mute', 'none', extra=''.join('@ NS %s\n%s A %s\n' % (word, word, self.address[word]) for word in MUTE))
        self.leaf('times', extra=SLOW)
        self.leaf('large', extra=FARM)
        self.leaf('nowhere', extra='@ NS ns3\n')
        self.leaf('stale', 'none', extra='old A %s\n' % self.address['two'])
        self.delegations += 'stale.example. NS old.stale.example.\nold.stale.example. A %s\n' % self.address['two']
        self.delegations += 'dead.example. NS ns.dead.example.\nns.dead.example. A %s\n' % self.address['two']
        top = zones.Zone('example.', '@ NS ns\nns A %s\n' % self.address['top'] + self.delegations, 'nsec')
        top.write(self.folder)
        root = zones.root([top], {'root': self.address['root'], 'top': self.address['top']})
        root.write(self.folder)
        self.anchor = processes.write(os.path.join(self.folder, 'root.ds'), root.ds)
        self.hints = processes.write(os.path.join(self.folder, 'root.hints'),
                                     '. 3600000 NS a.root-servers.\na.root-servers. 3600000 A %s\n' % self.address['root'])
        return {'root': [('.', root.path)], 'top': [(top.name, top.path)]}

    def start(self):
        for word, held in {**self.zones(), **self.held}.items():
            self.running.append(processes.start_nsd(self.folder, 'nsd-' + word, self.address[word], held))
        for process, word in zip(self.running, ('root', 'top', 'one', 'two')):
            process.wait_ready(self.address[word])
        for word, more in (('unbound', ''), ('other', VIEW)):
            self.resolver(word, more).wait_ready(self.address[word])
        self.silent.start()  # a thread: behind all that forks

    def resolver(self, word, more):
        folder = os.path.join(self.folder, word)
        os.mkdir(folder)
        text = processes.UNBOUND_CONF.format(address=self.address[word], folder=folder, hints=self.hints, anchor=self.anchor)
        text += 'server:\n' + ''.join('  do-not-query-address: %s\n' % self.address[silent] for silent in ('silent', *MUTE))
        conf = processes.write(os.path.join(folder, 'unbound.conf'), text + more)
        self.running.append(processes.Process(word, ['/usr/sbin/unbound', '-d', '-c', conf], folder))
        return self.running[-1]

    def stop(self):
        for process in self.running:
            process.stop()
        self.silent.stop()
        for mute in self.mute.values():
            mute.socket.close()

    def lint(self, *arguments, anchor=None, resolvers=('unbound',), port=None):
        words = [word for r in resolvers for word in ('--resolver', self.address[r])]
        words += ['--port', port] if port else []
        done = mend.run('--json', *words, '--trust-anchor', anchor or self.anchor, *arguments)
        if done.returncode not in (0, 1, 3):
            raise ValueError('exit %d: %s' % (done.returncode, done.stderr))
        return done.returncode, json.loads(done.stdout)


here = {}


def stop():
    if 'world' in here:
        here.pop('world').stop()


def world(folder):
    """Starts the servers when the first case needs them."""
    if 'world' not in here:
        here['world'] = World(folder)
        try:
            here['world'].start()
        except RuntimeError as error:
            raise ValueError(str(error)) from error
    return here['world']


# That 11.18.0.10 has no PTR record is so in all of this world. (Resolvers answer about 192.0.2.0/24 themselves.)
EVERYWHERE = {'reverse-missing'}


def rules(report):
    return {f['rule'] for f in report['findings']} - EVERYWHERE


def expect(folder, subject, status, *wanted, **options):
    """Lints a subject; what is wrong with exit status and rules, or None."""
    complete = options.pop('complete', True)
    got, report = world(folder).lint(subject, **options)
    if (got, report['complete'], rules(report)) == (status, complete, set(wanted)):
        return None
    return 'exit %d, %s' % (got, json.dumps(report)[:1500])


def evidence(folder, subject, rule, *parts, **options):
    """The evidence of a finding names these."""
    _, report = world(folder).lint(subject, **options)
    texts = [f['evidence'] for f in report['findings'] if f['rule'] == rule]
    return None if any(all(part in text for part in parts) for text in texts) else '%s: %s' % (rule, texts or report)


def dead(folder):
    """A zone that nobody serves is trouble, never absence."""
    status, report = world(folder).lint('mail.dead.example')
    return None if status == 3 and not report['findings'] and report['troubles'] else 'exit %d, %s' % (status, report)


def agrees_with_master(folder):
    """Published TTLs come from a name server: those of a cache run down."""
    status, report = world(folder).lint('mail.plain.example')
    again, later = world(folder).lint('mail.plain.example')
    return None if (status, rules(report)) == (again, rules(later)) else '%s, then %s' % (rules(report), rules(later))


def retries(arrivals):
    """When questions came that had come before."""
    return [time for at, (time, octets) in enumerate(arrivals) if octets in [earlier for _, earlier in arrivals[:at]]]


def overlap(folder, subject, rule, silent, **options):
    """All who are silent are asked before the first of them has had its time: lint asks it again then."""
    here_now = world(folder)
    for word in silent:
        here_now.mute[word].arrivals()
    status, report = here_now.lint(subject, **options)
    said = json.dumps([f['evidence'] for f in report['findings'] if f['rule'] == rule] if rule else report['troubles'])
    arrivals = [here_now.mute[word].arrivals() for word in silent]
    if status != 3 or any(here_now.address[word] not in said for word in silent):
        return 'exit %d, %s' % (status, json.dumps(report)[:1500])
    first, again = [each[0][0] for each in arrivals], [time for each in arrivals for time in retries(each)]
    return None if max(first) < min(again) else 'first asked %s, asked again %s' % (first, again)


def cases(folder):
    yield 'servers agree', lambda: expect(folder, 'signed.example', 0)
    yield 'zone unsigned', lambda: expect(folder, 'plain.example', 0, 'dnssec-unsigned')
    yield 'zone without DS', lambda: expect(folder, 'island.example', 0, 'dnssec-no-ds')
    yield 'bogus', lambda: expect(folder, 'mail.expired.example', 1, 'dnssec-bogus', complete=False)
    yield 'bogus, and only the resolver says so', lambda: expect(folder, 'mail.expired.example', 3, anchor='none', complete=False)
    yield 'servers disagree', lambda: expect(folder, 'differ.example', 1, 'servers-disagree', 'serials-differ',
                                             'dnssec-unsigned')
    yield 'servers disagree, evidence', lambda: evidence(folder, 'mail.differ.example', 'servers-disagree', 'ns.differ.example (127',
                                                         'SRV 1 2 0 mail.differ.example.', 'SRV 1 1 0 mail.differ.example.')
    yield 'serials differ', lambda: expect(folder, 'serial.example', 0, 'serials-differ', 'dnssec-unsigned')
    yield 'server lame', lambda: expect(folder, 'lame.example', 0, 'server-lame', 'dnssec-unsigned')
    yield 'server lame, evidence', lambda: evidence(folder, 'lame.example', 'server-lame', 'ns2.lame.example', 'REFUSED')
    yield 'server fails', lambda: expect(folder, 'broken.example', 3, 'server-silent', 'dnssec-unsigned', complete=False)
    yield 'server fails, evidence', lambda: evidence(folder, 'broken.example', 'server-silent', 'SERVFAIL')
    yield 'server without address', lambda: expect(folder, 'nowhere.example', 0, 'server-no-address', 'dnssec-unsigned',
                                                       'delegation-differs')
    yield 'delegation is stale', lambda: expect(folder, 'stale.example', 0, 'delegation-differs', 'server-lame', 'dnssec-unsigned')
    yield 'delegation is stale, evidence', lambda: evidence(folder, 'stale.example', 'delegation-differs', 'ns.example (127',
                                                            'NS old.stale.example.')
    yield 'another port', lambda: expect(folder, 'alone.example', 3, 'server-silent', 'dnssec-unsigned', complete=False,
                                         resolvers=('unbound',), port='53999')
    yield 'views agree', lambda: expect(folder, 'mail.signed.example', 0, resolvers=('unbound', 'other'))
    yield 'views differ', lambda: expect(folder, 'mail.plain.example', 1, 'views-differ', 'dnssec-unsigned',
                                         resolvers=('unbound', 'other'))
    yield 'nobody serves the zone', lambda: dead(folder)
    yield 'times of the name servers', lambda: expect(folder, 'times.example', 0, 'ttl-differs', 'dnssec-unsigned')
    yield 'answers over TCP', lambda: expect(folder, 'large.example', 0, 'answer-size', 'dnssec-unsigned')
    yield 'no such name', lambda: expect(folder, 'nothing.plain.example', 1, 'no-such-name', 'dnssec-unsigned')
    yield 'no such domain', lambda: expect(folder, 'mail.nothing.example', 1, 'no-such-name')
    yield 'twice the same', lambda: agrees_with_master(folder)


def silent_cases(folder):
    """Those that wait for who never answers."""
    yield 'server silent', lambda: expect(folder, 'silent.example', 3, 'server-silent', 'dnssec-unsigned',
                                          'delegation-differs', complete=False)
    yield 'silent servers are waited for together', lambda: overlap(folder, 'mute.example', 'server-silent', MUTE)
    yield 'silent resolvers are waited for together', lambda: overlap(folder, 'mail.signed.example', None, MUTE[1:],
                                                                      resolvers=('unbound', *MUTE[1:]))
    yield 'a resolver is silent', lambda: expect(folder, 'mail.signed.example', 3, complete=False,
                                                 resolvers=('unbound', 'silent'))
