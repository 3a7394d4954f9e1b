"""Reloads: good ones, bad ones, under open sessions; listeners that come and go; the control socket's peers."""
import os
import re
import signal
import socket
import stat
import time

from daemon import VOUCHSAFE, ready, run, until
from folder import Skipped
from proc import children, gone

LISTENER = 'listener "unix:%s" { protocol = policy %s }\n'


def connects(path):
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
            return True
        except OSError:
            return False


def failed(world, pattern):
    """A reload that fails, says why on standard error and in the log, and leaves all as it was."""
    done = world.reload()
    assert done.returncode == 2 and re.search(pattern, done.stderr) and done.stdout == '', done


def test_good(world):
    """The new configuration counts at once, in new processes; the pid and the sockets stay."""
    world.configure()
    daemon = world.start()
    pid, before, inode = daemon.pid(), daemon.children(''), os.stat(world.path('policy')).st_ino
    assert world.policy().ask().startswith('action=550')
    world.configure(top='mode = monitor\nworkers = 3')
    done = world.reload()
    assert done.returncode == 0 and done.stdout == 'ok\n' and done.stderr == '', done
    for _ in range(20):
        assert world.policy().ask() == 'action=DUNNO', 'an old worker still takes connections'
    assert daemon.pid() == pid and os.stat(world.path('policy')).st_ino == inode
    assert len(daemon.children('work')) >= 3
    until(lambda: all(gone(child) for child in before), 'the old processes end')
    assert len(daemon.children('')) == 4


def test_hangup(world):
    world.configure()
    daemon = world.start()
    world.configure(top='mode = monitor')
    daemon.process.send_signal(signal.SIGHUP)
    daemon.logged('reloaded')
    assert world.policy().ask() == 'action=DUNNO'


def test_open_sessions(world):
    """A session goes on in its old worker, with its old configuration; that worker ends with it."""
    world.configure()
    daemon = world.start()
    session, old = world.policy().begin(), daemon.children('work')
    world.configure(top='mode = monitor')
    for _ in range(3):
        assert world.reload().returncode == 0
    assert world.policy().ask() == 'action=DUNNO'
    assert not gone(old[0])
    assert session.finish().startswith('action=550'), 'the session was judged by other rules than it began with'
    until(lambda: gone(old[0]), 'the old worker ends')
    daemon.logged('event=reject')


def test_under_load(world):
    """Clients that come all the time never see a refused connection or a lost answer."""
    world.configure(top='workers = 2')
    world.start()
    reloads = 0
    end = time.monotonic() + 2
    while time.monotonic() < end or reloads < 3:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(world.path('control'))
            asking.sendall(b'reload\n')
            asking.settimeout(0)
            answer = b''
            while not answer:
                client = world.policy()
                assert client.ask().startswith('action=550')
                client.socket.close()
                try:
                    answer = asking.recv(100)
                except BlockingIOError:
                    pass
            assert answer == b'ok\n', answer
            reloads += 1


def test_bad(world):
    """Whatever is wrong, the old configuration goes on, and the cause is told and logged."""
    world.configure(listeners=LISTENER % (world.path('policy'), ''))
    daemon = world.start()
    family = daemon.children('')
    world.configure(top='bogus = 1')
    failed(world, r'conf:2: no such option .bogus')
    daemon.process.send_signal(signal.SIGHUP)
    daemon.logged(r'reload failed, the old configuration goes on: \S+conf:2: no such option .bogus')
    world.configure(listeners='')
    failed(world, r'no listener')
    world.configure(listeners=LISTENER % (world.path('policy'), '') + LISTENER % (world.folder + '/none/p', ''))
    failed(world, r'listener unix:\S+/none/p: .*No such file')
    daemon.logged(r'reload failed.*listener unix:\S+/none/p')
    world.configure(listeners=LISTENER % (world.path('policy'), '') + LISTENER % (world.path('more'), ''),
                    log='to = file file = "%s/none/log"' % world.folder)
    failed(world, r'log\.file \S+/none/log: No such file')
    os.rename(world.path('zone'), world.path('away'))
    world.configure(listeners=LISTENER % (world.path('policy'), '') + LISTENER % (world.path('more'), ''))
    failed(world, r'zone: No such file')
    assert not os.path.exists(world.path('more')), 'the socket of the configuration that failed is left'
    daemon.logged(r'reload failed', 5)
    assert world.policy().ask().startswith('action=550')
    assert daemon.children('') == family, 'the old processes go on, and no others are left'
    assert ready(daemon.pid()), 'descriptors of the new generation are left'
    os.rename(world.path('away'), world.path('zone'))
    done = world.reload()
    assert done.returncode == 0, done
    assert world.policy(world.path('more')).ask().startswith('action=550')


def test_bad_daemon_side(world):
    """The daemon reads its own file anew: a peer of the control socket is told what is wrong with it."""
    world.configure()
    daemon = world.start()
    world.write('copy', world.read('conf'))
    world.configure(top='mode = bogus')
    done = world.reload('copy')
    assert done.returncode == 2 and re.search(r'the daemon keeps its configuration: \S+/conf:\d+: mode = bogus', done.stderr), done
    daemon.logged(r'reload failed.*mode = bogus')
    assert world.policy().ask().startswith('action=550')


def test_listeners_come_and_go(world):
    """Also while a session of the listener that goes is open, and while another worker keeps it."""
    world.configure(listeners=LISTENER % (world.path('a'), '') + LISTENER % (world.path('b'), '') +
                    'listener "inet:127.0.0.1:0" { protocol = policy }')
    daemon = world.start()
    daemon.logged(r', port \d+')
    port = int(re.search(r', port (\d+)', daemon.log()).group(1))
    session = world.policy(world.path('a')).begin()
    assert world.policy(port).ask().startswith('action=550')
    world.configure(listeners=LISTENER % (world.path('c'), '') + LISTENER % (world.path('b'), ''))
    assert world.reload().returncode == 0
    assert not os.path.exists(world.path('a')), 'the file of a listener that went is left'
    for name in 'bc':
        assert world.policy(world.path(name)).ask().startswith('action=550'), name
    with socket.socket() as probe:
        until(lambda: probe.connect_ex(('127.0.0.1', port)) != 0 or probe.close(), 'the port closes')
    assert session.finish().startswith('action=550')
    world.configure(listeners=LISTENER % (world.path('a'), ''))
    assert world.reload().returncode == 0
    assert world.policy(world.path('a')).ask().startswith('action=550')
    assert sorted(n for n in os.listdir(world.folder) if len(n) == 1) == ['a']


def test_port_stays(world):
    """A listener on any free port keeps it."""
    world.configure(listeners='listener "inet:127.0.0.1:0" { protocol = policy }')
    daemon = world.start()
    daemon.logged(r', port \d+')
    port = int(re.search(r', port (\d+)', daemon.log()).group(1))
    world.configure(top='mode = monitor', listeners='listener "inet:127.0.0.1:0" { protocol = policy }')
    assert world.reload().returncode == 0
    assert world.policy(port).ask() == 'action=DUNNO'


def test_mode_and_owner_change(world):
    """The socket stays, its file changes; after a reload that fails it is what it was."""
    if os.getuid() != 0:
        raise Skipped('needs root')

    def access():
        status = os.stat(world.path('policy'))
        return stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, status.st_ino

    world.configure(listeners=LISTENER % (world.path('policy'), 'mode = 0600'))
    world.start()
    first = access()
    assert first[:3] == (0o600, 0, 0)
    zone = world.read('zone')
    world.write('zone', 'broken')
    world.configure(listeners=LISTENER % (world.path('policy'), 'mode = 0666 group = daemon'))
    failed(world, 'zone')
    assert access() == first
    world.write('zone', zone)
    assert world.reload().returncode == 0
    assert access() == (0o666, 0, 1, first[3])
    return None


def test_restart_options(world):
    """What only a restart can change is named, and the rest of the new configuration counts."""
    world.configure()
    daemon = world.start()
    world.configure(top='mode = monitor')
    text = world.read('conf')
    world.write('conf', text.replace(world.path('pid'), world.path('pid2')).replace('daemon {', 'daemon { user = nobody '))
    assert world.reload().returncode == 0
    daemon.logged(r'counting only after a restart: .*daemon\.user.*daemon\.pid_file')
    assert world.policy().ask() == 'action=DUNNO'
    assert not os.path.exists(world.path('pid2')) and daemon.pid() == daemon.process.pid
    assert world.reload().returncode == 0 and daemon.terminate() == 0


def test_many_generations(world):
    """Sessions that never end cannot pile up generations without bound: the oldest drains."""
    world.configure(limits='drain_timeout = 0.2 frame_timeout = 3600')
    daemon = world.start()
    sessions = []
    for _ in range(12):
        until(lambda: sum(holders(daemon, world.path('policy'), '01')) == 1, 'only the newest worker listens')
        sessions.append(world.policy().begin())
        sessions[-1].socket.settimeout(0.5)
        until(lambda: holders(daemon, world.path('policy'), '03')[-1] >= 1, 'the session is accepted')
        assert world.reload().returncode == 0
    until(lambda: len(daemon.children('work')) <= 9, 'the oldest drain')
    assert sessions[-1].finish().startswith('action=550')
    assert sessions[0].socket.recv(1) == b''


def holders(daemon, path, state):
    """For each worker how many sockets of this path it holds: state '01' is the listener, '03' a connection."""
    with open('/proc/net/unix', encoding='ascii') as file:
        rows = [line.split() for line in file if line.rstrip().endswith(' ' + path)]
    inodes = {'socket:[%s]' % row[6] for row in rows if row[5] == state}
    counts = []
    for worker in daemon.children('work'):
        try:
            counts.append(sum(os.readlink('/proc/%d/fd/%s' % (worker, fd)) in inodes
                              for fd in os.listdir('/proc/%d/fd' % worker)))
        except FileNotFoundError:
            counts.append(0)  # it has just ended, or closed that one
    return counts


def test_no_daemon(world):
    world.configure()
    done = world.reload()
    assert done.returncode == 2 and 'no daemon answers on %s: No such file' % world.path('control') in done.stderr, done
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(world.path('control'))
    done = world.reload()
    assert done.returncode == 2 and 'Connection refused' in done.stderr, done
    done = run(VOUCHSAFE, 'reload', '--config', world.path('none'))
    assert done.returncode == 2 and 'none: No such file' in done.stderr, done
    for arguments in [['--bogus'], ['--config'], ['operand'], ['--config', 'a', 'b']]:
        done = run(VOUCHSAFE, 'reload', *arguments)
        assert done.returncode == 2 and 'usage: vouchsafe reload' in done.stderr, done
    world.configure(daemon='control = ""')
    done = world.reload()
    assert done.returncode == 2 and 'SIGHUP' in done.stderr, done


def test_daemon_hangs_up(world):
    """A daemon that goes away in the middle is no success."""
    world.configure()
    with socket.socket(socket.AF_UNIX) as fake:
        fake.bind(world.path('control'))
        fake.listen()
        answers = {b'': r'hung up', b'o': r'hung up', b'error: \x1b[31m words\n': r'words', b'what\n': 'what',
                   b'x' * 5000: r'too long', b'ok\n': None}
        for answer, pattern in answers.items():
            if os.fork() == 0:
                peer, _ = fake.accept()
                peer.recv(100)
                peer.sendall(answer)
                os._exit(0)
            done = world.reload()
            os.wait()
            if pattern is None:
                assert done.returncode == 0 and done.stdout == 'ok\n', done
            else:
                assert done.returncode == 2 and re.search(pattern, done.stderr) and '\x1b' not in done.stderr, done


def test_control_abuse(world):
    """Peers that stall, flood, hang up or talk nonsense harm nobody and do not stay."""
    world.configure()
    daemon = world.start()

    def peer(octets):
        client = socket.socket(socket.AF_UNIX)
        world.sockets.append(client)
        client.settimeout(60)
        client.connect(world.path('control'))
        try:
            client.sendall(octets)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return client

    def answer(client):
        try:
            return client.recv(1000)
        except ConnectionResetError:
            return b''

    for octets in [b'\n', b'reload \n', b'RELOAD\n', b'stop\n', b'\0\xff\n', b'reload\0\n', b'x' * 64, b'x' * 1000000]:
        assert answer(peer(octets)) in (b'error: no such command\n', b''), octets
    for _ in range(50):
        peer(b'relo').close()
        peer(b'').close()
    peer(b'reload\n').close()
    stalling = [peer(b'relo') for _ in range(12)]
    assert world.policy().ask().startswith('action=550'), 'the workers are not concerned'
    done = world.reload()
    assert done.returncode == 0, done
    assert all(answer(client) in (b'error: no command came\n', b'') for client in stalling[:8])
    for client in stalling:
        client.close()
    several = [peer(b'reload\n') for _ in range(5)]
    assert [answer(client) for client in several] == [b'ok\n'] * 5
    assert daemon.terminate() == 0


def test_stop_in_the_middle(world):
    """SIGTERM while a reload runs: who asked is told, everything ends."""
    world.configure()
    daemon = world.start()
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(world.path('control'))
        asking.settimeout(60)
        asking.sendall(b'reload\n')
        status = daemon.terminate()
        try:
            words = asking.recv(1000)
        except ConnectionResetError:
            words = b''
    assert status == 0
    assert words == b'' or words == b'ok\n' or words.startswith(b'error: '), words
    assert not os.path.exists(world.path('policy'))


def test_stopped_new_generation(world):
    """A new generation that is killed before it is ready is a reload that failed."""
    world.configure()
    daemon = world.start()
    before = daemon.children('')
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(world.path('control'))
        asking.settimeout(60)
        os.mkfifo(world.path('slow'))
        world.write('conf', world.read('conf').replace(world.path('zone'), world.path('slow')))
        asking.sendall(b'reload\n')
        until(lambda: len(children(daemon.pid(), 'work')) == 2, 'the new worker starts, and waits for its zone')
        os.kill([pid for pid in children(daemon.pid(), 'work') if pid not in before][0], signal.SIGKILL)
        words = asking.recv(1000).decode()
    assert re.match(r'error: worker \d+ was killed by signal 9', words), words
    assert world.policy().ask().startswith('action=550')
    until(lambda: daemon.children('') == before, 'the rest of the new generation has gone')
