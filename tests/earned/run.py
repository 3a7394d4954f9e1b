#!/usr/bin/python3
"""run.py - the files of the earned list, read by what they are made for: rbldnsd, NSD, zone checkers, and a real Postfix
with postscreen.

The rows come from this script (rows.c plays the ledger), among them names that try to be something else; kept.py has the
daemon earn them.

    run.py [WORD...]         only the cases whose name holds one of the words
    BUILD                    the build folder (default: build of the tree)
    MTA_DIR                  below which Postfix is unpacked (default: build of the tree)
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path += [os.path.join(TREE, 'tests', name) for name in ('lib', 'mta', 'servers')]

import certificates  # noqa: E402
import kept  # noqa: E402
import postfix  # noqa: E402
import private  # noqa: E402
import report as reports  # noqa: E402
import servers  # noqa: E402
import smtp  # noqa: E402

BUILD = os.path.abspath(os.environ.get('BUILD') or os.path.join(TREE, 'build'))
ROWS = os.path.join(BUILD, 'tests', 'unit', 'earned_rows')
ZONE = 'earned.example'
HOUR, PATIENCE_S, POLL_S = 3600, 60, 0.05
NSD, RBLDNSD, POSTFIX, LISTED, LATER, STRANGER, RELAY = 1, 2, 3, 10, 11, 12, 30
SCREENS = {'cidr': 2600, 'dns': 2601}

V4, V6 = '192.0.2.1', '2001:db8::a:1'
HOSTILE = ('198.51.100.1', 'a";$ORIGIN\\.(#$1')
HOSTILE_SHOWN = 'a%22%3B%24ORIGIN%5C.%28%23%241'
ROWS_FULL = ((V4, 'mail.example.org'), ('198.51.100.7', 'h:abcdefghijklmnopqrstuvwxyz'), HOSTILE,
             ('198.51.100.8', 'x.' * 119 + 'x'), (V6, 'v6.example.org'), ('2001:db8:ffff::', 'net.example.org'))
# postscreen as shipped, told to test everybody else, and to remember nobody: whoever is new has to come back.
POSTSCREEN = '''
postscreen_greet_wait = 1s
postscreen_greet_action = drop
postscreen_pipelining_enable = yes
postscreen_cache_map =
'''
MASTER = '''smtpd pass - - n - - smtpd
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
'''
SHIPPED = {'cidr': 'postscreen.cf', 'dns': 'postscreen-dns.cf'}


class Place:
    """A folder with the four kinds of files, and addresses of this run."""

    def __init__(self, folder):
        self.folder = folder
        self.network = servers.Network()

    def path(self, name):
        return os.path.join(self.folder, name)

    def address(self, host):
        return self.network.address(host)

    def write(self, rows):
        """Writes the list as the daemon does. rows: (address, name), IPv4 first."""
        until = int(time.time()) + 100 * HOUR
        text = ''.join('%s %d %s\n' % (address, until, name) for address, name in rows)
        done = subprocess.run([ROWS, *map(self.path, ('earned.cidr', 'earned.rbldnsd', 'earned.zone', 'earned.txt')), ZONE],
                              input=text, text=True, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError('rows: ' + done.stderr)


def until(condition, what, more=lambda: ''):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError('waited in vain until %s\n%s' % (what, more()))
        time.sleep(POLL_S)


# ---- DNS lists ----

def reversed_name(address):
    """The labels of a DNS list."""
    if ':' not in address:
        return '.'.join(reversed(address.split('.')))
    head, _, tail = address.partition('::')
    groups = [part.split(':') if part else [] for part in (head, tail)]
    full = groups[0] + ['0'] * (8 - len(groups[0]) - len(groups[1])) + groups[1]
    return '.'.join(reversed(''.join(group.zfill(4) for group in full)))


def ask(server, name, kind):
    """(rcode, [rdata]) of a question."""
    done = subprocess.run(['drill', '@' + server, name, kind], capture_output=True, text=True, check=False)
    found = re.search(r'rcode: (\w+)', done.stdout)
    answers = re.findall(r'^%s\.\s+\d+\s+IN\s+%s\s+(.*)$' % (re.escape(name), kind), done.stdout, re.M)
    return found.group(1) if found else done.stdout, answers


def play_questions(report, label, server):
    """What every DNS list has to say, whoever serves it."""
    for address, words in ((V4, 'mail.example.org until '), (V6, 'v6.example.org until '), (HOSTILE[0], HOSTILE_SHOWN + ' until '),
                           ('2001:db8:ffff::', 'net.example.org until '), ('198.51.100.8', 'x.x.x.'),
                           ('198.51.100.7', 'h:abcdefghijklmnopqrstuvwxyz until '),
                           ('127.0.0.2', 'test'), ('::ffff:7f00:2', 'test')):
        name = '%s.%s' % (reversed_name(address), ZONE)
        report.equal('%s: A of %s' % (label, address), ask(server, name, 'A'), ('NOERROR', ['127.0.0.2']))
        rcode, texts = ask(server, name, 'TXT')
        report.is_true('%s: TXT of %s' % (label, address), rcode == 'NOERROR' and len(texts) == 1 and
                       texts[0].startswith('"' + words), (rcode, texts))
    for address in ('192.0.2.2', '127.0.0.1', '2001:db8::a:2', '198.51.100.0'):
        report.equal('%s: A of %s, not listed' % (label, address),
                     ask(server, '%s.%s' % (reversed_name(address), ZONE), 'A'), ('NXDOMAIN', []))
    rcode, soa = ask(server, ZONE, 'SOA')
    report.is_true('%s: SOA with a serial of the time' % label, rcode == 'NOERROR' and len(soa) == 1 and
                   abs(int(soa[0].split()[2]) - time.time()) < HOUR, (rcode, soa))


def play_rbldnsd(report, place):
    """rbldnsd serves both files as one list, and reads them anew by itself."""
    place.write(ROWS_FULL)
    address = place.address(RBLDNSD)
    server = servers.Process('rbldnsd', ['/usr/sbin/rbldnsd', '-n', '-u', 'nobody', '-c', '1', '-b', address + '/53',
                                         '%s:ip4set:%s' % (ZONE, place.path('earned.rbldnsd')),
                                         '%s:ip6trie:%s' % (ZONE, place.path('earned.rbldnsd.ip6'))], place.folder)
    try:
        server.wait_ready(address)
        play_questions(report, 'rbldnsd', address)
        output = server.output()
        report.is_true('rbldnsd: complains of nothing', not re.search('invalid|bad|warn|error|ignor', output), output)
        for label, rows, v4, v6 in (('both', ((V4, 'a'), ('192.0.2.2', 'b'), ('2001:db8::a:2', 'c')), 'NOERROR', 'NOERROR'),
                                    ('none', (), 'NXDOMAIN', 'NXDOMAIN')):
            place.write(rows)
            until(lambda: ask(address, '2.2.0.192.' + ZONE, 'A')[0] == v4, 'rbldnsd has read IPv4: ' + label, server.output)
            until(lambda: ask(address, reversed_name('2001:db8::a:2') + '.' + ZONE, 'A')[0] == v6,
                  'rbldnsd has read IPv6: ' + label, server.output)
            report.is_true('rbldnsd: reads anew, ' + label, True)
        report.equal('rbldnsd: an empty list has its test entry', ask(address, '2.0.0.127.' + ZONE, 'A'),
                     ('NOERROR', ['127.0.0.2']))
    finally:
        server.stop()


def play_trie(report, place):
    """rbldnsd takes the IPv4 file as ip4trie, too."""
    place.write(ROWS_FULL)
    done = subprocess.run(['/usr/sbin/rbldnsd', '-d', '-u', 'nobody',
                           '%s:ip4trie:%s' % (ZONE, place.path('earned.rbldnsd'))],
                          capture_output=True, text=True, check=False)
    report.is_true('rbldnsd: ip4trie', done.returncode == 0 and '1.2.0.192' in done.stdout, done.stdout + done.stderr)


def play_nsd(report, place):
    """NSD loads the master file and answers the same."""
    place.write(ROWS_FULL)
    server = servers.start_nsd(place.folder, 'nsd', place.address(NSD), [(ZONE, place.path('earned.zone'))])
    try:
        server.wait_ready(place.address(NSD))
        play_questions(report, 'NSD', place.address(NSD))
        with open(place.path('nsd.log'), encoding='utf-8') as log:
            text = log.read()
        report.is_true('NSD: complains of nothing', not re.search('error|warning', text), text)
    finally:
        server.stop()


def play_checkers(report, place):
    """named-checkzone and nsd-checkzone take the master file, full and empty, and only as what it is."""
    for label, rows in (('full', ROWS_FULL), ('empty', ())):
        place.write(rows)
        for checker in (['named-checkzone', ZONE], ['nsd-checkzone', ZONE]):
            done = subprocess.run([*checker, place.path('earned.zone')], capture_output=True, text=True, check=False)
            output = done.stdout + done.stderr
            report.is_true('%s: %s list' % (checker[0], label), done.returncode == 0 and 'warning' not in output, output)


# ---- Postfix ----

def package():
    return postfix.fetch(os.path.join(os.environ.get('MTA_DIR') or os.path.join(TREE, 'build'), 'postfix'))


def shipped(place, kind):
    """The lines of a file that we ship, with the path and the zone of this run."""
    lines = [line for line in postfix.contributed(SHIPPED[kind]).splitlines() if line and not line.startswith('#')]
    return [line.replace('/var/lib/vouchsafe/', place.folder + '/') for line in lines]


class Screen:
    """A private Postfix with two postscreens, one with each file that we ship, and NSD to serve the DNS list."""

    def __init__(self, place):
        self.place = place
        self.nsd = servers.start_nsd(place.folder, 'nsd', place.address(NSD), [
            ('.', servers.write(place.path('root.zone'), '. 300 SOA ns. h. 1 3600 600 86400 300\n. 300 NS ns.\n')),
            (ZONE, place.path('earned.zone'))])
        self.postfix = None
        try:
            self.nsd.wait_ready(place.address(NSD))
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self):
        place = self.place
        mta = {'address': place.address(POSTFIX), 'relay': place.address(RELAY),
               'namespace': private.Namespace(place.folder, place.address(NSD)),
               'certificates': certificates.make(place.path('certificates'))}
        listeners = ''.join('%s:%d inet n - n - 1 postscreen\n%s' % (
            mta['address'], port, ''.join('    -o { %s }\n' % line for line in shipped(place, kind)))
            for kind, port in SCREENS.items())
        self.postfix = postfix.Postfix(package(), place.path('postfix'), mta, {}, POSTSCREEN, listeners + MASTER)
        edit(place.path('postfix/etc/main.cf'), 'smtpd_sasl_auth_enable = yes', 'smtpd_sasl_auth_enable = no')
        self.postfix.start()
        for port in SCREENS.values():
            until(lambda: postfix.greets(mta['address'], port), 'postscreen greets', self.postfix.log)

    def said(self, client):
        """What postscreen writes of a client, (address, port), whose connection is over."""
        client = re.escape('[%s]:%d' % client[:2]) + r'(?!\d)'
        verdict = r'postscreen\[\d+\]: (ALLOWLISTED|PASS NEW|DISCONNECT) ' + client
        until(lambda: re.search(verdict, self.postfix.log()), 'postscreen has an opinion', self.postfix.log)
        return [re.split(r' from | \[', words)[0]
                for words in re.findall(r'postscreen\[\d+\]: (.*)$', self.postfix.log(), re.M) if re.search(client, words)]

    def hurry(self, host, kind):
        """A client that speaks before it is greeted: (whether it got to smtpd, what postscreen says)."""
        with socket.create_connection((self.postfix.address, SCREENS[kind]), PATIENCE_S,
                                      source_address=(self.place.address(host), 0)) as session:
            client = session.getsockname()
            session.sendall(b'EHLO client.example.org\r\nQUIT\r\n')
            text = read_all(session)
        return b'\r\n250 ' in text, self.said(client)

    def send(self, host, kind):
        """A well-behaved client: (reply to RCPT, what postscreen says)."""
        with smtp.Session((self.postfix.address, SCREENS[kind]), self.place.address(host)) as session:
            client = session.socket.getsockname()
            session.say('EHLO client.example.org')
            reply = session.envelope('user@example.net')[-1]
        return reply, self.said(client)

    def reload(self):
        """What an operator has to do; True if Postfix took it."""
        done = subprocess.run(self.postfix.namespace.wrap([self.postfix.package + '/usr/sbin/postfix', '-c',
                                                           self.postfix.folder + '/etc', 'reload']),
                              env={'PATH': os.environ['PATH'], **self.postfix.environment()}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        return done.returncode == 0, done.stdout + done.stderr

    def stop(self):
        if self.postfix:
            self.postfix.stop()
        self.nsd.stop()


def edit(path, old, new):
    with open(path, encoding='utf-8') as file:
        text = file.read()
    if old not in text:
        raise RuntimeError('%s has no "%s"' % (path, old))
    private.write(path, text.replace(old, new))


def read_all(session):
    """What comes until the end, however it ends."""
    text = b''
    try:
        while True:
            part = session.recv(4096)
            if not part:
                return text
            text += part
    except ConnectionResetError:
        return text


def play_postmap(report, place):
    """postmap finds the addresses, and only those, in the cidr table."""
    namespace = private.Namespace(place.folder, place.address(NSD))
    config = place.path('postmap')
    os.makedirs(config)
    private.write(config + '/main.cf', 'compatibility_level = 3.6\nshlib_directory = %s/usr/lib/postfix\n' % package())
    others = ('192.0.2.2', '2001:db8::a:2', '127.0.0.2', '0.0.0.1')
    for label, rows in (('full', ROWS_FULL), ('empty', ())):
        place.write(rows)
        listed = [address for address, _ in rows]
        done = subprocess.run(namespace.wrap([package() + '/usr/sbin/postmap', '-c', config, '-q', '-',
                                              'cidr:' + place.path('earned.cidr')]),
                              input='\n'.join([*listed, *others]) + '\n', capture_output=True, text=True, check=False,
                              env={**os.environ, **namespace.environment(), 'LD_LIBRARY_PATH': package() + '/usr/lib/postfix'})
        report.equal('postmap: %s list' % label, (done.stdout, done.stderr, done.returncode),
                     (''.join(address + '\tpermit\n' for address in listed), '', 0 if listed else 1))


def play_postscreen(report, place):
    """Who is listed gets to smtpd, in a hurry or not; who is not has to come back. What Postfix sees of a new file."""
    first, both = [(place.address(LISTED), 'a.example.org')], [(place.address(LISTED), 'a.example.org'),
                                                               (place.address(LATER), 'b.example.org')]
    place.write(first)
    screen = Screen(place)
    try:
        play_screens(report, screen, LISTED, LATER)
        place.write(both)
        reply, said = screen.send(LATER, 'cidr')
        report.is_true('postscreen: a new file, no reload', reply.startswith('450') and 'ALLOWLISTED' not in said, (reply, said))
        fine, output = screen.reload()
        report.is_true('postscreen: reload', fine, output)
        screen.nsd.child.send_signal(signal.SIGHUP)  # as nsd-control reload
        until(lambda: ask(place.address(NSD), '%s.%s' % (reversed_name(place.address(LATER)), ZONE), 'A')[1],
              'NSD has the new zone')
        until(lambda: 'ALLOWLISTED' in screen.hurry(LATER, 'cidr')[1], 'postscreen has the new file', screen.postfix.log)
        play_screens(report, screen, LATER, STRANGER)
    finally:
        screen.stop()
        if report.failed:
            print(screen.postfix.log() if screen.postfix else '')


def welcome(screen, host, kind):
    """A client that is listed, as Screen.send: it comes back while postscreen counts an answer of the DNS as none
    because it came after the greeting's delay, as on a busy machine."""
    end = time.monotonic() + PATIENCE_S
    while True:
        reply, said = screen.send(host, kind)
        if reply.startswith('250') or time.monotonic() > end:
            return reply, said
        time.sleep(POLL_S)


def play_screens(report, screen, listed, other):
    for kind in SCREENS:
        reply, said = welcome(screen, listed, kind)
        report.starts('postscreen, %s: listed' % kind, reply, '250')
        report.equal('postscreen, %s: listed, log' % kind, said[:2], ['CONNECT', 'ALLOWLISTED' if kind == 'cidr' else 'PASS NEW'])
        reply, said = screen.send(other, kind)
        report.starts('postscreen, %s: not listed' % kind, reply, '450 4.3.2')
        report.is_true('postscreen, %s: not listed, log' % kind, 'ALLOWLISTED' not in said, said)
    report.equal('postscreen: listed, in a hurry', screen.hurry(listed, 'cidr'), (True, ['CONNECT', 'ALLOWLISTED']))
    report.equal('postscreen: not listed, in a hurry', screen.hurry(other, 'cidr')[0], False)


CASES = (kept.play_kept, kept.play_private, kept.play_warned, play_rbldnsd, play_trie, play_nsd, play_checkers, play_postmap, play_postscreen)


def main(arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    report = reports.Report()
    for case in CASES:
        name = case.__name__.removeprefix('play_')
        if arguments and not any(word in name for word in arguments):
            continue
        folder = tempfile.mkdtemp(prefix='vouchsafe-earned-')
        os.chmod(folder, 0o755)  # Postfix reads below it under users of its own
        try:
            report.attempt(name, case, report, Place(folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print('%d passed, %d failed' % (report.passed, report.failed))
    return 1 if report.failed or not report.passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
