"""world.py - who sends, what the DNS says of them, and the daemon that judges them.

Everything lives in a /24 of loopback addresses of this run: NSD, the MTAs and the clients, whose real source addresses
stand in the zones. The daemon forwards to NSD.
"""
import json
import os
import re
import signal
import socket
import subprocess
import time

import private
import servers

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get('BUILD', os.path.join(TREE, 'build')))
START_TIMEOUT_S, STOP_TIMEOUT_S, LOG_TIMEOUT_S = 30, 30, 20

EXIM_LISTENERS = 2660  # the first port

# Hosts of the /24.
NSD, POSTFIX, EXIM = 1, 2, 3
MEMBER, GOOD, BAD, CLOSED, CERTIFIED, LISTED, EXEMPT, RELAY, STRANGER = 10, 11, 12, 13, 14, 15, 20, 30, 99

SOA = '$ORIGIN %s\n$TTL 300\n@ SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 300\n@ NS ns.invalid.\n'
ZONES = {
    '.': '',
    # What each name is for stands in cases.py.
    'example.org.': '''
_client._smtp.mail SRV 1 2 0 mail
mail A {net}10
_client._smtp.second SRV 1 2 0 second
second A {net}10
_client._smtp.never SRV 1 1 0 never
never A {net}10
_client._smtp.good SRV 1 2 0 good
good A {net}11
_client._smtp.bad SRV 1 2 0 bad
bad A {net}12
_client._smtp.certified SRV 1 3 0 certified
certified A {net}14
''',
    'closed.example.': '_client._smtp SRV 1 1 1 @\nhost A {net}13\n',
    'accred.example.': '''
good.example.org TXT "MARID,1,A"
certified.example.org TXT "MARID,1,A"
bad.example.org TXT "MARID,1,E"
''',
    # A blocklist of addresses: the accredited client is on it, the one with a certificate, and one that nobody knows.
    'bl.example.': '11.{reverse} A 127.0.0.2\n14.{reverse} A 127.0.0.2\n15.{reverse} A 127.0.0.2\n',
    'broken.example.': None,  # NSD finds no file, and says SERVFAIL
}

# What the configuration that we ship does not say, for a test.
SETTINGS = '''
trusted_networks = {{"{net}30"}}
exempt = {{"{net}20 old scanner in the cellar"}}
tls {{ identity = yes }}
policy {{ trusted_class = vouchsafe_trusted }}
dns {{ timeout = 2  resolvers = {{"{net}1"}}  trust_anchor = none }}
log {{ to = file  file = "{folder}/decisions.log"  level = debug }}
limits {{ drain_timeout = 5 }}
daemon {{ control = "{folder}/control" }}
profile "monitor" {{ mode = monitor }}
profile "helo" {{ reject_at_stage = helo }}
profile "mail" {{ reject_at_stage = mail }}
profile "defer" {{ temperror = defer }}
profile "prepend" {{ prepend = yes }}
'''
# A listener for each way to ask and each profile that its cases need.
PROFILES = {'milter': ('default', 'monitor', 'helo', 'mail', 'defer'),
            'policy': ('default', 'monitor', 'helo', 'mail', 'defer', 'prepend'),
            'exim': ('default', 'monitor', 'helo', 'mail', 'defer')}


class World:
    """Name server, addresses and folder of one run."""

    def __init__(self, folder):
        self.folder = folder
        self.network = servers.Network()
        self.namespace = private.Namespace(folder, self.address(NSD))
        self.nsd = None

    def address(self, host):
        return self.network.address(host)

    def start_nsd(self):
        zones = []
        reverse = '.'.join(reversed(self.network.prefix.strip('.').split('.')))
        for number, (name, body) in enumerate(ZONES.items()):
            path = os.path.join(self.folder, 'zone-%d' % number)
            if body is not None:
                private.write(path, SOA % name + body.format(net=self.network.prefix, reverse=reverse))
            zones.append((name, path))
        self.nsd = servers.start_nsd(self.folder, 'nsd', self.address(NSD), zones)
        self.nsd.wait_ready(self.address(NSD))

    def stop_nsd(self):
        if self.nsd:
            self.nsd.stop()
            self.nsd = None


def title(address, queue, protocol, number):
    """The listener of a protocol's profile number `number`, as in the configuration.

    Exim asks over inet, which the manual recommends, and once over a unix socket.
    """
    profile = PROFILES[protocol][number]
    if protocol == 'exim' and profile != 'monitor':
        return 'inet:%s:%d' % (address, EXIM_LISTENERS + number)
    return 'unix:' + socket_path(queue, protocol, profile)


def socket_path(queue, protocol, profile):
    name = protocol if profile == 'default' else '%s-%s' % (protocol, profile)
    return os.path.join(queue, 'vouchsafe', name)


def configuration(world, queue, listeners):
    """The shipped example with a strict subdomain, told to act, with sockets below `queue`; and more `listeners`.

    listeners: (title, protocol, profile) each.
    """
    with open(os.path.join(TREE, 'contrib/postfix/strict-subdomain.conf'), encoding='utf-8') as file:
        text = file.read()
    text = text.replace('/var/spool/postfix', queue).replace('mode = monitor', 'mode = enforce', 1)
    text = as_tester(text, world.folder)
    text += SETTINGS.format(net=world.network.prefix, folder=world.folder)
    return text + ''.join('listener "%s" { protocol = %s  profile = %s  mode = 0666 }\n' % each for each in listeners)


def as_tester(text, folder):
    """A shipped configuration for a machine that has neither its user, its groups nor its folder; what it keeps is in `folder`."""
    for shipped, ours in (('user = vouchsafe', 'user = ""'), ('group = postfix', 'group = ""'), ('mode = 0660', 'mode = 0666'),
                         ('type = sqlite ', 'type = sqlite  file = "%s/vouchsafe.db" ' % folder)):
        text = text.replace(shipped, ours)
    return text


class Daemon:
    """vouchsafed on a configuration; serves once start() returns. listeners: their titles."""

    def __init__(self, folder, text, listeners):
        self.folder, self.listeners = folder, listeners
        self.config = private.write(os.path.join(folder, 'vouchsafe.conf'), text)
        self.child = None

    def start(self):
        with open(os.path.join(self.folder, 'vouchsafed.out'), 'ab') as out:
            self.child = subprocess.Popen([os.path.join(BUILD, 'vouchsafed'), '-f', '-c', self.config], stdout=out,
                                          stderr=out, stdin=subprocess.DEVNULL, preexec_fn=servers.die_with_parent)
        deadline = time.monotonic() + START_TIMEOUT_S
        for listener in self.listeners:
            while not listens(listener):
                if time.monotonic() > deadline or self.child.poll() is not None:
                    raise RuntimeError('vouchsafed does not serve %s: %s' % (listener, self.output()))
                time.sleep(0.02)
        return self

    def stop(self):
        """True if it ended by itself, with exit 0, when told to."""
        if not self.child:
            return True
        child, self.child = self.child, None
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
        try:
            return child.wait(STOP_TIMEOUT_S) == 0
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return False

    def kill(self):
        """Ends it as a crash would."""
        child, self.child = self.child, None
        child.kill()
        child.wait()

    def reload(self):
        """What `vouchsafe reload` says; it returns once the new configuration serves."""
        return subprocess.run([os.path.join(BUILD, 'vouchsafe'), 'reload', '--config', self.config], check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def output(self):
        return read(os.path.join(self.folder, 'vouchsafed.out'))[-3000:]

    def log(self):
        return read(os.path.join(self.folder, 'decisions.log'))

    def logs(self, *words):
        """True once a line of the decision log holds all these `key=value`; the writer is another process."""
        deadline = time.monotonic() + LOG_TIMEOUT_S
        while True:
            if any(all(' %s ' % word in ' %s ' % line for word in words) for line in self.log().splitlines()):
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)

    def check(self, client, helo):
        """What `vouchsafe check` says of this client with the daemon's configuration."""
        done = subprocess.run([os.path.join(BUILD, 'vouchsafe'), 'check', '--json', '--config', self.config, client, helo],
                              check=False, capture_output=True, text=True)
        return json.loads(done.stdout)


def read(path):
    if not os.path.exists(path):
        return ''
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read()


def listens(listener):
    """Does somebody listen there? `listener` is a title."""
    kind, _, place = listener.partition(':')
    host, _, port = place.rpartition(':')
    with socket.socket(socket.AF_UNIX if kind == 'unix' else socket.AF_INET, socket.SOCK_STREAM) as client:
        try:
            client.connect(place if kind == 'unix' else (host, int(port)))
            return True
        except OSError:
            return False


def without_id(reply):
    """A reply without its decision id, which `check` does not have."""
    return re.sub(r' id=[a-z2-7]{13}\b', '', reply)
