#!/usr/bin/python3
"""run.py - ten thousand milter sessions open at once in one worker, and more clients than it may let in.

Every answer of every session is checked by the load generator (bench/load): who may pass, who is refused, and the
header of each message. Time is not measured here; bench/sessions.py does that.

    BUILD, VOUCHSAFED    as tests/lib/daemon.py has them
    LOAD                 the generator (default: that of the build folder)
"""
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(TREE, 'tests', 'lib'), os.path.join(TREE, 'tests', 'servers')]

import servers  # noqa: E402
from daemon import BUILD, PATIENCE_S, VOUCHSAFED, Daemon  # noqa: E402

LOAD = os.environ.get('LOAD') or os.path.join(BUILD, 'bench', 'load')

OPEN = 10000        # sessions at once
BESIDE = 500        # sessions that come while those are held, 50 at a time
SPARE = 500         # descriptors that a process needs beside its connections
ROOM, CROWD = 100, 500  # limits.connections, and clients
DESCRIPTORS = 400       # so few that not CROWD clients can be let in

HOSTS = 40
REFUSED = 7  # host number that the record of host REFUSED does not allow

CONFIG = '''require = pass
trusted_networks = {{}}
header {{ authserv_id = mx.example.net }}
dns {{ zone_files = {{"{folder}/zone"}} }}
limits {{ connections = {connections} }}
log {{ to = file  file = "{folder}/log"  level = notice }}
daemon {{ control = "" }}
listener "unix:{folder}/milter" {{ protocol = milter }}
listener "unix:{folder}/policy" {{ protocol = policy }}
listener "inet:127.0.0.1:{port}" {{ protocol = milter }}
'''


def zone():
    lines = ['$ORIGIN example.org.', '$TTL 3600', '@ SOA ns hostmaster 1 3600 600 86400 300']
    for number in range(HOSTS):
        lines += ['_client._smtp.host%d SRV 1 2 0 host%d' % (number, number),
                  'host%d A 192.0.2.%d' % (number, 200 if number == REFUSED else 1 + number)]
    return '\n'.join(lines) + '\n'


def names():
    """Lines for the generator: all pass, but one in HOSTS shows a name that is not its own."""
    return ''.join('192.0.2.%d host%d.example.org %s\n' % (
        1 + number, number, '550 csv=fail' if number == REFUSED else '250 csv=pass') for number in range(HOSTS))


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, label, fine, what=''):
        self.passed += bool(fine)
        self.failed += not fine
        if not fine:
            print('FAILED %s: %s' % (label, what))


class Load:
    """One run of the generator. It holds its sessions where -H says until released."""

    def __init__(self, folder, protocol, *options, address=None):
        command = [LOAD, protocol, address or 'unix:%s/%s' % (folder, protocol), *map(str, options), folder + '/names']
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True)

    def held(self):
        """The line that it says once all sessions are held (or something else went wrong)."""
        return self.child.stdout.readline().strip()

    def end(self):
        """Releases what is held; (exit status, all that was said)."""
        try:
            output, _ = self.child.communicate('\n', PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            output, _ = self.child.communicate()
        return self.child.returncode, output.strip()

    def is_fine(self, sessions):
        status, output = self.end()
        return status == 0 and 'sessions=%d errors=0 ' % sessions in output, output


def says(running, words):
    """Waits until the log of a daemon says so; False: it does not."""
    try:
        running.logged(words)
        return True
    except TimeoutError:
        return False


@contextlib.contextmanager
def daemon(checks, connections, executable=VOUCHSAFED, port=0):
    """A daemon that serves; how it ends is checked."""
    with tempfile.TemporaryDirectory(prefix='vouchsafe-load-') as folder:
        servers.write(folder + '/zone', zone())
        servers.write(folder + '/names', names())
        config = servers.write(folder + '/conf', CONFIG.format(folder=folder, connections=connections, port=port))
        running = Daemon(executable, folder, config)
        try:
            yield running
        finally:
            wrong = running.stop()
            checks.check('the daemon ends as told', wrong is None, wrong)


def sockets_of_worker():
    """Sockets of the process that holds the most of them, among vouchsafed's."""
    most = 0
    for entry in filter(str.isdigit, os.listdir('/proc')):
        with contextlib.suppress(OSError):
            if os.readlink('/proc/%s/exe' % entry) == os.path.realpath(VOUCHSAFED):
                most = max(most, len(os.listdir('/proc/%s/fd' % entry)))
    return most


def many_at_once(checks, count):
    port = servers.free_port()
    with daemon(checks, count + SPARE // 2, port=port) as running:
        folder = running.folder
        first = Load(folder, 'milter', '-n', count, '-c', count, '-m', '-H', 'rcpt', '-t', PATIENCE_S)
        said = first.held()
        checks.check('%d sessions are held after RCPT' % count, said == 'held=%d errors=0' % count, said)
        checks.check('they are open in one worker', sockets_of_worker() >= count, sockets_of_worker())
        beside = ['-n', BESIDE, '-c', 50]
        tcp = 'inet:127.0.0.1:%d' % port
        for label, load in [('milter sessions', Load(folder, 'milter', *beside, '-m')),
                            ('the same over TCP', Load(folder, 'milter', *beside, '-m', address=tcp)),
                            ('policy requests', Load(folder, 'policy', *beside)),
                            ('the same pipelined', Load(folder, 'policy', '-n', BESIDE, '-c', 5, '-p', 8))]:
            fine, said = load.is_fine(BESIDE)
            checks.check('%s beside them' % label, fine, said)
        checks.check('the held ones are still there', first.child.poll() is None and sockets_of_worker() >= count,
                     sockets_of_worker())
        fine, said = first.is_fine(count)
        checks.check('each of the held gets a message through, with the right header', fine, said)
        checks.check('no limit was reached', 'reached' not in running.log(), running.log())


def more_than_allowed(checks):
    reached = 'limits.connections reached'
    with daemon(checks, ROOM) as running:
        folder = running.folder
        inside = Load(folder, 'milter', '-n', ROOM, '-c', ROOM, '-m', '-H', 'rcpt', '-t', PATIENCE_S)
        said = inside.held()
        checks.check('%d clients are in' % ROOM, said == 'held=%d errors=0' % ROOM, said)
        outside = Load(folder, 'milter', '-n', CROWD - ROOM, '-c', CROWD - ROOM, '-m', '-t', PATIENCE_S)
        checks.check('the log says that it is full', says(running, reached), running.log())
        time.sleep(0.5)  # time to say it again, or to let somebody in
        checks.check('once', running.log().count(reached) == 1, running.log())
        checks.check('no more are let in', sockets_of_worker() < ROOM + 50, sockets_of_worker())
        checks.check('they wait, and are not dropped', outside.child.poll() is None, outside.child.returncode)
        fine, said = inside.is_fine(ROOM)
        checks.check('those inside are served', fine, said)
        fine, said = outside.is_fine(CROWD - ROOM)
        checks.check('then those outside', fine, said)
        checks.check('the log says that it goes on', 'accepted again' in running.log(), running.log())


def too_few_descriptors(checks):
    """The hard limit of descriptors is below limits.connections: the worker must not run out of them."""
    with tempfile.TemporaryDirectory(prefix='vouchsafe-load-') as folder:
        script = servers.write(folder + '/vouchsafed', '#!/bin/sh\nexec prlimit --nofile=%d:%d "%s" "$@"\n' % (
            DESCRIPTORS, DESCRIPTORS, VOUCHSAFED))
        os.chmod(script, 0o755)
        with daemon(checks, OPEN, script) as running:
            load = Load(running.folder, 'milter', '-n', 4 * CROWD, '-c', CROWD, '-m', '-t', PATIENCE_S)
            fine, said = load.is_fine(4 * CROWD)
            checks.check('%d clients are served with %d descriptors' % (CROWD, DESCRIPTORS), fine, said)
            log = running.log()
            checks.check('the log says how many there can be', 'with %d descriptors' % DESCRIPTORS in log, log)
            checks.check('the worker does not run out of them', 'cannot accept' not in log, log)


def main():
    checks = Checks()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    count = OPEN if hard == resource.RLIM_INFINITY else min(OPEN, hard - SPARE)
    if count < OPEN:
        print('not %d sessions at once but %d: no more than %d descriptors are allowed here' % (OPEN, count, hard))
    many_at_once(checks, count)
    more_than_allowed(checks)
    too_few_descriptors(checks)
    print('%d passed, %d failed' % (checks.passed, checks.failed))
    return 1 if checks.failed else 0


if __name__ == '__main__':
    sys.exit(main())
