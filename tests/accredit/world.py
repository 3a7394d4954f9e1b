"""world.py - a folder with real name servers, each with lists of one accreditor, and a daemon that asks them."""
import os
import re
import signal
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), name) for name in ('lib', 'servers')]

import servers  # noqa: E402
from daemon import until  # noqa: E402
from folder import Folder  # noqa: E402
from lines import connect, exim_request  # noqa: E402

GOOD, OTHER = '192.0.2.10', '192.0.2.66'  # clients, each with a name that is proven
NAMES = {GOOD: 'mail.example.org', OTHER: 'mx.example.net'}

# Everything that is no list. Each client's name is proven by CSA, which alone makes nobody trusted.
ROOT_ZONE = """. 600 IN SOA ns. hostmaster. 1 3600 900 604800 1
. NS ns.
ns. A 127.0.0.1
""" + ''.join('%s. A %s\n_client._smtp.%s. SRV 1 2 0 %s.\n' % (name, client, name, name)
              for client, name in NAMES.items())

# Usually libunbound remembers nothing, so that a list's change is seen by the next question.
UNBOUND_CONF = """server:
    do-not-query-localhost: no
    cache-max-ttl: {ttl}
    cache-max-negative-ttl: 0
    infra-host-ttl: 0
"""
STUB = """stub-zone:
    name: "{zone}"
    stub-addr: 127.0.0.1@{port}
"""

CONF = """trusted_networks = {{}}
dns {{ resolvers = {{"127.0.0.1@{port}"}} unbound_config = "{unbound}" trust_anchor = none timeout = {timeout} }}
cache {{ size = {size} ttl = 300 }}
canaries {{ interval = {interval} recover = 2 failures = 3 }}
log {{ to = file file = "{folder}/{log}" }}
daemon {{ pid_file = "{folder}/{pid}" control = "" }}
listener "unix:{folder}/{listener}" {{ protocol = exim }}
{more}
"""


class NameServer:
    """One server process with one zone, whose data can be changed, and which can be stopped and killed."""
    prefix = ''  # of its files

    def __init__(self, world, zone, data):
        self.world, self.zone, self.port = world, zone, servers.free_port()
        self.label = self.prefix + (zone or 'root').replace('.', '-')
        self.file = world.path(self.label + '.data')
        self.changes, self.process = 0, None
        self.write(data)
        self.start()

    def write(self, data):
        """A time of its own for each text: servers look at it, and not all of them at its fraction."""
        self.changes += 1
        self.world.write(self.label + '.data', data)
        os.utime(self.file, (1000000000 + self.changes, 1000000000 + self.changes))

    def change(self, data):
        self.write(data)
        self.process.child.send_signal(signal.SIGHUP)

    def start(self):
        self.process = servers.Process(self.label, self.command(), self.world.folder)
        self.process.wait_ready('127.0.0.1', self.port)

    def kill(self):
        self.go_on()
        self.process.stop()

    def pause(self):
        self.process.child.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.child.send_signal(signal.SIGCONT)

    def command(self):
        raise NotImplementedError


class Nsd(NameServer):
    """A master file."""

    def command(self):
        return servers.nsd_command(self.world.path(self.label), [(self.zone or '.', self.file)], '127.0.0.1', self.port)


class Rbldnsd(NameServer):
    """A list of addresses (kind ip4set) or names (dnset). It refuses to run as root."""
    kind = 'ip4set'

    def command(self):
        drop = ['setpriv', '--reuid=rbldns', '--regid=rbldns', '--clear-groups', '--pdeathsig=TERM',
                '--inh-caps=+net_bind_service', '--ambient-caps=+net_bind_service']
        return (drop if os.geteuid() == 0 else []) + [
            '/usr/sbin/rbldnsd', '-n', '-b', '127.0.0.1/%d' % self.port, '-c', '0', '-t', '1',
            '%s:%s:%s' % (self.zone, self.kind, self.file)]


    def kill(self):
        """Not by SIGTERM, which it can miss while it reads its data."""
        self.process.child.kill()
        self.process.child.wait()


class RbldnsdNames(Rbldnsd):
    kind = 'dnset'


def zone(*records):
    """A master file of a list."""
    return '@ 1 IN SOA ns hostmaster 1 3600 900 604800 1\n@ 1 NS ns\nns 1 A 127.0.0.1\n' + ''.join(
        record + '\n' for record in records)


class World(Folder):
    def __init__(self):
        super().__init__()
        self.servers = []
        self.root = self.serve(Nsd, '', ROOT_ZONE)

    def serve(self, kind, name, data):
        server = kind(self, name, data)
        self.servers.append(server)
        return server

    def configure(self, more, timeout=2, interval=0.2, tag='', remember=False):
        """Writes a configuration, with all lists that are served now; `tag` tells daemons of one folder apart.

        With `remember`, answers of the DNS are remembered, and verdicts.
        """
        unbound = self.write('unbound.conf', UNBOUND_CONF.format(ttl=3600 if remember else 0) + ''.join(
            STUB.format(zone=server.zone, port=server.port) for server in self.servers if server.zone))
        return self.write('conf', CONF.format(
            port=self.root.port, unbound=unbound, timeout=timeout, interval=interval, folder=self.folder,
            size=100 if remember else 0, log='log' + tag, pid='pid' + tag, listener='exim' + tag, more=more))

    def run(self, more, **options):
        self.configure(more, **options)
        return self.start()

    def ask(self, client, helo=None, tag=''):
        """A session of this client with its own name: what Exim is told."""
        with connect(self.path('exim' + tag)) as connection:
            connection.sendall(exim_request(client, (helo or NAMES[client]).encode()))
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile('rb') as answer:
                line = answer.readline().decode()
        found = dict(re.findall(r'(act|trust|score|service|dna)=(\S*)', line))
        assert found.get('act'), line
        return found

    def trust(self, client, **options):
        return self.ask(client, **options)['trust']

    def becomes(self, client, trust, **options):
        """Waits until sessions of this client have this level."""
        until(lambda: self.trust(client, **options) == trust, '%s is %s' % (client, trust),
              lambda: '%r\n%s' % (self.ask(client, **options), self.read('log')))

    def end(self):
        """Daemons that still serve end in good order, and none of their processes had anything to complain."""
        for daemon in self.daemons:
            fault = daemon.stop() if daemon.process.poll() is None else None
            assert fault is None, fault
            assert daemon.errors() == '', daemon.errors()

    def close(self):
        for server in self.servers:
            server.kill()
        super().close()


def suspended(daemon, service, cause, times=1):
    daemon.logged(r'event=suspend service=%s cause="[^"]*%s' % (re.escape(service), cause), times)


def resumed(daemon, service, times=1):
    daemon.logged('event=resume service=%s$' % re.escape(service), times)


def row_of_failures(daemon, service, cause):
    suspended(daemon, service, '3 answers in a row without a rating: ' + cause)


def is_suspended(daemon, service):
    """What the log said last."""
    events = re.findall('event=(suspend|resume) service=%s' % re.escape(service), daemon.log())
    return bool(events) and events[-1] == 'suspend'
