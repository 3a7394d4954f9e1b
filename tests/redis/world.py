"""world.py - a real redis-server on a socket of its own, and stores at the end of pipes (driver.c)."""
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

BUILD = os.environ.get('BUILD', 'build')
DRIVER = os.path.join(BUILD, 'tests/redis/redis_driver')
PATIENCE_S = 30
SLACK_MS = 3000  # machines are busy


def until(condition, what):
    """Polls until the condition is true, and returns what it gave."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError('never: ' + what)


class Driver:
    """A store; words(ID) are those of the result."""

    def __init__(self, *arguments):
        sanitizer = ':'.join(filter(None, [os.environ.get('ASAN_OPTIONS'), 'quarantine_size_mb=8']))
        self.process = subprocess.Popen([DRIVER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=dict(os.environ, ASAN_OPTIONS=sanitizer))
        self.count, self.unread, self.results = 0, b'', {}

    def send(self, command):
        self.count += 1
        self.read(0)  # so that neither end waits for the other
        self.process.stdin.write(b'%d %s\n' % (self.count, command.encode()))
        self.process.stdin.flush()
        return self.count

    def read(self, time_s):
        """Takes what came; False: the driver ended."""
        if not select.select([self.process.stdout], [], [], time_s)[0]:
            return True
        octets = os.read(self.process.stdout.fileno(), 1 << 16)
        *lines, self.unread = (self.unread + octets).split(b'\n')
        for line in lines:
            number, _, rest = line.decode('utf-8').partition(' ')
            self.results.setdefault(number, []).append(rest)
        return octets != b''

    def result(self, number, last=lambda line: not line.startswith('row ')):
        """The lines of a result, once it is complete."""
        end = time.monotonic() + PATIENCE_S
        while not any(last(line) for line in self.results.get(str(number), [])):
            assert self.read(1) or self.results.get(str(number)), 'the driver ended'
            assert time.monotonic() < end, 'no result'
        return self.results.pop(str(number))

    def do(self, command):
        """The one line of a command's result."""
        lines = self.result(self.send(command))
        assert len(lines) == 1, lines
        return lines[0]

    def rows(self, command):
        *rows, end = self.result(self.send(command))
        assert end == 'done', end
        return sorted(rows)

    def ask(self, name, organization='-'):
        return Answer(self.do('ask %s %s' % (name, organization)), 4)

    def listing(self, name, where):
        return Answer(self.do('listing %s %s' % (where, name)), 1)

    def trouble(self):
        """(writes dropped, words or None)"""
        dropped, _, words = self.do('trouble').partition(' ')
        return int(dropped), None if words == '-' else words

    def ready(self):
        """Waits for the connection."""
        until(lambda: self.ask('ready.example').status == 'nxdomain', 'connected')
        assert self.trouble()[1] is None, self.trouble()
        return self

    def close(self):
        """Ends it in good order."""
        self.process.stdin.close()
        while self.read(PATIENCE_S):
            pass
        assert self.process.wait(PATIENCE_S) == 0, self.process.returncode
        assert 'closed' in self.results

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Answer:
    """The answer to a question."""

    def __init__(self, line, values):
        self.status, *rest = line.split(' ', values + 2)
        self.values, self.took_ms, self.note = rest[:values], int(rest[values]), rest[values + 1]


class Server:
    """redis-server; what it holds survives a kill."""

    def __init__(self, folder, name='redis', *options):
        self.socket = os.path.join(folder, name)
        self.command = ['redis-server', '--port', '0', '--unixsocket', self.socket, '--dir', folder, '--save', '',
                        '--appendonly', 'yes', '--appendfsync', 'no', '--appenddirname', name + '.aof',
                        '--logfile', self.socket + '.log', *options]
        self.process = None
        self.password = None

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: self.says('PING') in ('PONG', 'NOAUTH Authentication required.'), 'redis-server')
        return self

    def says(self, *words):
        secret = ['--no-auth-warning', '-a', self.password] if self.password else []
        done = subprocess.run(['redis-cli', '-s', self.socket, *secret, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return done.stdout.decode('utf-8', 'replace').strip()

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None


class Fake:
    """A server that answers what a function makes of each chunk that it reads; None: it hangs up."""

    def __init__(self, folder, answer):
        self.socket = os.path.join(folder, 'fake')
        self.answer = answer
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.socket)
        self.listener.listen(8)
        self.visits = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return
            self.visits += 1
            with peer:
                self.talk(peer)

    def talk(self, peer):
        peer.settimeout(PATIENCE_S)
        try:
            while True:
                octets = peer.recv(1 << 16)
                answer = self.answer(octets) if octets else None
                if answer is None:
                    return
                peer.sendall(answer)
        except OSError:
            return

    def close(self):
        if self.listener.fileno() >= 0:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            os.unlink(self.socket)


class World:
    """A folder, its servers and stores; close() ends them all."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='vr')
        self.servers, self.drivers = [], []
        self.random = random.Random(5)

    def server(self, name='redis', *options):
        server = Server(self.folder, name, *options)
        self.servers.append(server)
        return server.start()

    def fake(self, answer):
        fake = Fake(self.folder, answer)
        self.servers.append(fake)
        return fake

    def driver(self, server, *options):
        """A store on a server, on a path, or (None) in memory."""
        path = getattr(server, 'socket', server)
        driver = Driver('memory' if path is None else 'redis:unix:' + path, *options)
        self.drivers.append(driver)
        return driver

    def close(self):
        for driver in self.drivers:
            driver.kill()
        for server in self.servers:
            if isinstance(server, Server) and server.process is not None:
                server.signal(signal.SIGCONT)
                server.kill()
            elif isinstance(server, Fake):
                server.close()
        shutil.rmtree(self.folder)
