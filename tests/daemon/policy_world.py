"""policy_world.py - a folder with a daemon whose listeners speak the policy protocol, as small as can be."""
import socket

from daemon import PATIENCE_S, VOUCHSAFE, run
from folder import Folder
from lines import policy_read, policy_request

ZONE = """$ORIGIN example.org.
@ 3600 IN SOA ns hostmaster 1 3600 900 604800 300
mail IN A 192.0.2.10
_client._smtp.mail IN SRV 1 2 0 mail
_client._smtp.bad IN SRV 1 1 0 bad
"""


class World(Folder):
    def __init__(self):
        super().__init__()
        self.write('zone', ZONE)

    def configure(self, listeners=None, top='', log='', daemon='', limits='', name='conf'):
        """Writes a configuration; what is not said is small and quiet."""
        if listeners is None:
            listeners = 'listener "unix:%s" { protocol = policy }' % self.path('policy')
        if 'to =' not in log:
            log += ' to = file file = "%s"' % self.path('log')
        if 'control =' not in daemon:
            daemon += ' control = "%s"' % self.path('control')
        return self.write(name, '\n'.join([
            'trusted_networks = {}', top, 'dns { zone_files = {"%s"} }' % self.path('zone'), 'log { %s }' % log,
            'daemon { %s pid_file = "%s" }' % (daemon, self.path('pid')), 'limits { %s }' % limits, listeners, '']))

    def policy(self, where=None):
        """A connection to a unix or inet listener."""
        client = Policy(where or self.path('policy'))
        self.sockets.append(client.socket)
        return client

    def reload(self, name='conf'):
        return run(VOUCHSAFE, 'reload', '--config', self.path(name))


class Policy:
    """A client of the Postfix policy protocol."""

    def __init__(self, where):
        inet = isinstance(where, int)
        self.socket = socket.socket(socket.AF_INET if inet else socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(('127.0.0.1', where) if inet else where)
        self.rest = b''

    def begin(self, helo='bad.example.org', client='192.0.2.10'):
        """The first half of a request: the daemon cannot take the connection for idle."""
        request = policy_request(client, helo.encode('latin-1'))
        half = request.index(b'helo_name=')
        self.socket.sendall(request[:half])
        self.rest = request[half:]
        return self

    def go_on(self):
        """The second half, without waiting for the answer."""
        self.socket.sendall(self.rest)

    def finish(self):
        self.go_on()
        return 'action=' + policy_read(self.socket)

    def ask(self, helo='bad.example.org', client='192.0.2.10'):
        return self.begin(helo, client).finish()
