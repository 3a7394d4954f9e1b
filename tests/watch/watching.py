"""watching.py - what the cases of vouchsafe watch stand in: a folder with a zone and a state, a sendmail command and a
webhook of our own, a real name server.
"""
import email
import email.policy
import http.server
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import threading

import servers

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VOUCHSAFE = os.environ.get('VOUCHSAFE', os.path.join(ROOT, 'vouchsafe'))
HEAD = """$ORIGIN example.org.
$TTL 3600
@ SOA ns hostmaster 1 3600 600 86400 300
@ NS ns
ns A 192.0.2.53
"""
MAIL = '_client._smtp.mail SRV 1 2 0 mail\nmail A 192.0.2.10\n'
BROKEN = '_client._smtp.mail SRV 1 4 0 mail\nmail A 192.0.2.10\n'
FAULT = ';! fault _client._smtp.mail * servfail\n'


class Sink(http.server.BaseHTTPRequestHandler):
    """A webhook that answers what it is told to, and keeps what it gets."""

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.server.seen.append((self.path, self.headers, body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header('Location', '/elsewhere')
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


class World:
    """A folder with a zone, a state, and those who are told."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='watch-')
        self.state = self.path('state.json')
        self.sink = None
        self.write('sendmail', '#!/bin/sh\nprintf "%%s\\n" "$@" > %s\ncat > %s\nexit "$(cat %s)"\n' %
                   (self.path('arguments'), self.path('mail'), self.path('exit')))
        os.chmod(self.path('sendmail'), 0o755)
        self.write('exit', '0')
        self.zone(MAIL)

    def close(self):
        if self.sink:
            self.sink.shutdown()
            self.sink.server_close()
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='ascii') as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding='ascii') as file:
            return file.read()

    def zone(self, text):
        self.write('zone', HEAD + text)

    def hook(self, status=200, certificate=None):
        """The URL of the sink, which answers with this status from now on; with TLS if it has a certificate."""
        if not self.sink:
            self.sink = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Sink)
            self.sink.seen = []
            if certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate + '.pem', certificate + '.key')
                self.sink.socket = context.wrap_socket(self.sink.socket, server_side=True)
            threading.Thread(target=self.sink.serve_forever, daemon=True).start()
        self.sink.status = status
        if certificate:
            return 'https://secret:word@localhost:%d/hook?key=secret' % self.sink.server_port
        return 'http://secret:word@127.0.0.1:%d/hook?key=secret' % self.sink.server_port

    def run(self, *options, names=('mail.example.org',), state=True, **more):
        command = [VOUCHSAFE, 'watch', *options]
        if more.pop('zone', True):
            command += ['--zone', self.path('zone')]
        if state:
            command += ['--state', self.state]
        return subprocess.run([*more.pop('before', []), *command, *names], check=False, stdin=subprocess.DEVNULL,
                              stdout=more.pop('stdout', subprocess.PIPE), stderr=subprocess.PIPE, timeout=120,
                              env=dict(os.environ, no_proxy='*'), **more)

    def changes(self, *options, status=None, **more):
        """["change rule", ...] of a run, after looking at its exit status."""
        done = self.run('--json', *options, **more)
        assert status is None or done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return ['%s %s' % (row['change'], row.get('rule', row.get('runs'))) for row in json.loads(done.stdout)
                if row['change'] != 'records']

    def records(self, *options, status=None, **more):
        """[(name, type, before, now), ...] of a run, after looking at its exit status."""
        done = self.run('--json', *options, **more)
        assert status is None or done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return [(row['name'], row['type'], row['was'], row['evidence']) for row in json.loads(done.stdout)
                if row['change'] == 'records']

    def mailing(self, *more):
        return ['--mail', 'postmaster@example.org', '--sendmail', self.path('sendmail'), *more]

    def mail(self):
        """(arguments, message) of the mail that was sent since the last look, or None."""
        if not os.path.exists(self.path('mail')):
            return None
        with open(self.path('mail'), 'rb') as file:
            octets = file.read()
        assert all(octet == 10 or 32 <= octet < 127 for octet in octets), octets
        assert max(map(len, octets.splitlines())) <= 998
        os.unlink(self.path('mail'))
        return self.read('arguments').split(), email.message_from_bytes(octets, policy=email.policy.default)


def refused(done, *words, status=2):
    text = done.stderr.decode()
    assert done.returncode == status, (done.returncode, done.stdout, text)
    for word in words:
        assert word in text, (word, text)


class Server:
    """A real NSD that serves the zone, and the root above it."""

    def __init__(self, world):
        self.world = world
        self.address = servers.Network().address(3)
        root = '. 3600 SOA ns.example.org. x. 1 3600 600 86400 300\n. 3600 NS ns.example.org.\n' \
               'example.org. 3600 NS ns.example.org.\nns.example.org. 3600 A %s\n' % self.address
        world.write('root', root)
        self.zone(MAIL)
        os.chmod(world.folder, 0o755)
        self.start()

    def zone(self, text):
        self.world.write('zone', HEAD.replace('192.0.2.53', self.address) + text)

    def start(self):
        held = [('.', self.world.path('root')), ('example.org.', self.world.path('zone'))]
        self.process = servers.start_nsd(self.world.folder, 'nsd', self.address, held)
        self.process.wait_ready(self.address)

    def changes(self, *options):
        """Of a run that asks the server; that the address has no PTR record is known only with a record that is fine."""
        changes = self.world.changes('--resolver', self.address, '--trust-anchor', 'none', *options, zone=False)
        return [change for change in changes if not change.endswith(' reverse-missing')]
