"""A daemon of our own in a folder of its own: its configuration, its processes, its clients."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get('BUILD', ROOT + '/build'))
VOUCHSAFED = BUILD + '/vouchsafed'
VOUCHSAFE = BUILD + '/vouchsafe'
PATIENCE = 60  # seconds that a busy machine may take for anything

ZONE = """$ORIGIN example.org.
@ 3600 IN SOA ns hostmaster 1 3600 900 604800 300
mail IN A 192.0.2.10
_client._smtp.mail IN SRV 1 2 0 mail
_client._smtp.bad IN SRV 1 1 0 bad
"""


def sanitized():
    """Was the daemon built with a sanitizer? It has an allocator of its own then, which keeps what is freed."""
    symbols = subprocess.run(['nm', '-D', VOUCHSAFED], stdout=subprocess.PIPE, check=True).stdout
    return b'__asan_init' in symbols or b'__tsan_init' in symbols


class Skipped(Exception):
    """A case cannot be run here; why."""


class World:
    """Makes files and daemons; close() ends all of them."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='vd')
        os.chmod(self.folder, 0o755)
        self.daemons, self.sockets = [], []
        self.write('zone', ZONE)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding='utf-8') as file:
            return file.read()

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

    def start(self, before=(), **options):
        """A daemon in the foreground that serves."""
        daemon = Daemon(self, before, **options)
        self.daemons.append(daemon)
        until(lambda: daemon.process.poll() is not None or daemon.serves(), 'the daemon serves')
        assert daemon.process.poll() is None, 'the daemon ended: %s' % daemon.process.stderr.read()
        return daemon

    def policy(self, where=None):
        """A connection to a unix or inet listener."""
        client = Policy(where or self.path('policy'))
        self.sockets.append(client.socket)
        return client

    def reload(self, name='conf'):
        return run(VOUCHSAFE, 'reload', '--config', self.path(name))

    def close(self):
        for peer in self.sockets:
            peer.close()
        for daemon in self.daemons:
            daemon.kill()
        shutil.rmtree(self.folder)


class Daemon:
    def __init__(self, world, before=(), environment=None, stderr=subprocess.PIPE, name='conf'):
        self.world = world
        self.process = subprocess.Popen([*before, VOUCHSAFED, '-f', '-c', world.path(name)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=stderr, env=environment, text=True)

    def pid(self):
        return int(self.world.read('pid'))

    def serves(self):
        """The pid file is there, and the writer of the log and all workers have told that they are ready."""
        try:
            return ready(self.pid())
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return False

    def children(self, kind):
        return children(self.pid(), kind)

    def log(self):
        try:
            return self.world.read('log')
        except FileNotFoundError:
            return ''

    def logged(self, pattern, times=1):
        until(lambda: len(re.findall(pattern, self.log(), re.M)) >= times, 'the log says %s' % pattern, self.log)

    def terminate(self):
        """SIGTERM, and the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self):
        """Whatever state it is in; only processes that are children of ours."""
        try:
            family = children(self.process.pid, '')
        except ProcessLookupError:
            family = []
        if self.process.poll() is None:
            self.process.kill()
        for pid in family:
            signal_process(pid, signal.SIGCONT)
            signal_process(pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()


class Policy:
    """A client of the Postfix policy protocol."""

    def __init__(self, where):
        inet = isinstance(where, int)
        self.socket = socket.socket(socket.AF_INET if inet else socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(('127.0.0.1', where) if inet else where)
        self.begun = ''

    def begin(self, helo='bad.example.org', client='192.0.2.10'):
        """The first half of a request: the daemon cannot take the connection for idle."""
        self.begun = 'request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=%s\n' % client
        self.socket.sendall(self.begun.encode())
        self.begun = 'helo_name=%s\nrecipient=user@example.net\n\n' % helo
        return self

    def finish(self):
        self.socket.sendall(self.begun.encode('latin-1'))
        answer = b''
        while not answer.endswith(b'\n\n'):
            octets = self.socket.recv(4096)
            if not octets:
                raise ConnectionError('the daemon hung up')
            answer += octets
        return answer.decode().strip()

    def ask(self, helo='bad.example.org', client='192.0.2.10'):
        return self.begin(helo, client).finish()


def run(*command, timeout=PATIENCE, **more):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=timeout, check=False, **more)


def until(condition, what, more=lambda: ''):
    """Waits, long if need be: how fast is never what is tested."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, 'waited in vain until %s\n%s' % (what, more())
        time.sleep(0.02)


def signal_process(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def state(pid):
    """(comm, state letter, parent) of a process."""
    try:
        with open('/proc/%d/stat' % pid, encoding='latin-1') as file:
            text = file.read()
    except OSError:
        raise ProcessLookupError(pid) from None
    comm, rest = text[text.index('(') + 1:text.rindex(')')], text[text.rindex(')') + 2:].split()
    return comm, rest[0], int(rest[1])


def children(parent, kind):
    """PIDs of the living children of a process whose name ends so: 'log', 'work', '' for all."""
    state(parent)
    found = []
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                comm, letter, above = state(int(name))
            except ProcessLookupError:
                continue
            if above == parent and letter != 'Z' and comm.endswith(kind):
                found.append(int(name))
    return sorted(found)


def ready(parent):
    """Has each child closed its status pipe? Then the supervisor has no reading end of a pipe but that of the log."""
    pipes = 0
    for name in os.listdir('/proc/%d/fd' % parent):
        try:
            if os.readlink('/proc/%d/fd/%s' % (parent, name)).startswith('pipe:') and int(name) > 2:
                pipes += 1
        except FileNotFoundError:
            pass
    return pipes == 3 and bool(children(parent, 'work')) and bool(children(parent, 'log'))


def gone(pid):
    try:
        return state(pid)[1] == 'Z'
    except ProcessLookupError:
        return True


def objects(text):
    """The JSON objects of a log, a line each."""
    return [json.loads(line) for line in text.splitlines()]
