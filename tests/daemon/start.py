"""Start, refusal to start, foreground and background, the end."""
import grp
import os
import re
import shutil
import signal
import socket
import stat
import subprocess

from daemon import PATIENCE_S, VOUCHSAFED, run, until
from folder import Skipped
from proc import children, gone, signal_process


def refused(world, pattern, *arguments):
    """Exit 2 with these words, in the foreground and on the way to the background; nothing is left behind."""
    arguments = arguments or ('-c', world.path('conf'))
    for more in [['-f'], []]:
        done = run(VOUCHSAFED, *more, *arguments)
        assert done.returncode == 2, (done.returncode, done.stderr)
        assert re.search(pattern, done.stderr), '%r is not in %r' % (pattern, done.stderr)
        assert not os.path.exists(world.path('pid')), 'a pid file is left'
        assert not os.path.exists(world.path('control')), 'a control socket is left'


def test_command_line(world):
    for arguments, status, pattern in [
            (['--version'], 0, r'^vouchsafed \d'), (['--help'], 0, r'^usage: vouchsafed'), (['--bogus'], 2, r'usage: '),
            (['-c'], 2, r'usage: '), (['operand'], 2, r'usage: ')]:
        done = run(VOUCHSAFED, *arguments)
        assert done.returncode == status, done
        assert re.search(pattern, done.stdout if status == 0 else done.stderr), done


def test_configuration_errors(world):
    refused(world, r'nowhere: No such file or directory', '-c', world.path('nowhere'))
    world.configure(top='bogus = 1')
    refused(world, r'conf:2: no such option .bogus')
    world.configure(listeners='')
    refused(world, r'no listener')
    world.configure(daemon='user = nosuchuser')
    refused(world, r'daemon\.user = nosuchuser: no such user')
    world.configure(daemon='group = nosuchgroup')
    refused(world, r'daemon\.group = nosuchgroup: no such group')


def test_listener_errors(world):
    for title, more, pattern in [
            ('unix:%s/none/p' % world.folder, '', r'listener unix:\S*/none/p: \S*/none/p: No such file or directory'),
            ('unix:' + world.path('zone'), '', r'listener unix:\S*/zone: \S+: there is a file that is no socket'),
            ('unix:' + world.path('p'), 'owner = nosuchuser', r'listener unix:\S*/p: nosuchuser: no such user'),
            ('unix:' + world.path('p'), 'group = nosuchgroup', r'listener unix:\S*/p: nosuchgroup: no such group'),
            ('inet:192.0.2.1:8892', '', r'listener inet:192\.0\.2\.1:8892: cannot listen: Cannot assign')]:
        world.configure(listeners='listener "unix:%s" { protocol = policy }\nlistener "%s" { protocol = policy %s }'
                        % (world.path('policy'), title, more))
        refused(world, pattern)
        assert not os.path.exists(world.path('policy')), 'the other listener is left'
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        title = 'inet:127.0.0.1:%d' % taken.getsockname()[1]
        world.configure(listeners='listener "%s" { protocol = policy }' % title)
        refused(world, r'listener %s: cannot listen: Address already in use' % re.escape(title))


def test_child_errors(world):
    """What only the workers or the writer of the log find out."""
    world.configure(log='to = file file = "%s/none/log"' % world.folder)
    refused(world, r'log\.file \S*/none/log: No such file or directory')
    world.configure(log='to = file')
    refused(world, r'log\.file')
    world.configure()
    os.unlink(world.path('zone'))
    refused(world, r'zone: No such file or directory')


def test_stale_socket(world):
    """A socket file that a killed daemon left is replaced; one that is answered on is not."""
    world.configure()
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(world.path('policy'))
    stale.close()
    daemon = world.start()
    assert world.policy().ask().startswith('action=550 5.7.1 ')
    daemon.process.kill()
    daemon.process.wait()
    assert os.path.exists(world.path('control')), 'nobody was there to remove it'
    other = world.start()
    assert world.policy().ask().startswith('action=550 5.7.1 ')
    assert other.terminate() == 0
    with socket.socket(socket.AF_UNIX) as answering:
        answering.bind(world.path('policy'))
        answering.listen()
        refused(world, r'listener unix:\S*: \S*/policy: another process answers there')
        assert os.path.exists(world.path('policy')), 'the socket of another process was removed'


def test_second_instance(world):
    world.configure()
    daemon = world.start()
    done = run(VOUCHSAFED, '-f', '-c', world.path('conf'))
    assert done.returncode == 2 and 'daemon.control' in done.stderr and 'another process answers' in done.stderr, done
    world.write('quiet', world.read('conf').replace('control = "%s"' % world.path('control'), 'control = ""'))
    done = run(VOUCHSAFED, '-f', '-c', world.path('quiet'))
    assert done.returncode == 2 and 'daemon.pid_file' in done.stderr and 'runs already' in done.stderr, done
    assert world.policy().ask().startswith('action=550'), 'the first one was harmed'
    assert daemon.pid() == daemon.process.pid
    assert daemon.terminate() == 0


def test_background(world):
    world.configure(top='workers = 2')
    done = run(VOUCHSAFED, '-c', os.path.relpath(world.path('conf')))
    assert done.returncode == 0 and done.stderr == '' and done.stdout == '', done
    pid = int(world.read('pid'))
    try:
        assert world.policy().ask().startswith('action=550'), 'it serves once the command has returned'
        assert len(children(pid, 'work')) == 2 and len(children(pid, 'log')) == 1
        assert os.getsid(pid) != os.getsid(0), 'it has a session of its own'
        for fd in '012':
            assert os.readlink('/proc/%d/fd/%s' % (pid, fd)) == '/dev/null'
        done = world.reload()
        assert done.returncode == 0 and done.stdout == 'ok\n', done
    finally:
        family = children(pid, '')
        signal_process(pid, signal.SIGTERM)
        until(lambda: gone(pid), 'the daemon ends')
    assert all(gone(child) for child in family)
    assert not any(os.path.exists(world.path(name)) for name in ['pid', 'control', 'policy']), 'files are left'


def test_descriptors(world):
    """The soft limit of descriptors is raised; a process has no socket or pipe that it does not need."""
    world.configure()
    daemon = world.start(before=['sh', '-c', 'ulimit -Sn 200; exec "$0" "$@"'])
    with open('/proc/%d/limits' % daemon.children('work')[0], encoding='ascii') as file:
        soft, hard = re.search(r'^Max open files +(\d+) +(\d+)', file.read(), re.M).groups()
    assert soft == hard and int(soft) > 200, (soft, hard)
    writer = daemon.children('log')[0]
    kinds = [os.readlink('/proc/%d/fd/%s' % (writer, fd)) for fd in os.listdir('/proc/%d/fd' % writer) if int(fd) > 2]
    assert sorted(re.sub(r':.*|^/.*/', '', kind) for kind in kinds) == ['log', 'pipe', 'pipe'], kinds


def test_closed_streams(world):
    """Started without standard streams, no socket becomes one of them."""
    world.configure()
    done = run('sh', '-c', 'exec "$0" -c "$1" <&- >&- 2>&-', VOUCHSAFED, world.path('conf'))
    assert done.returncode == 0, done
    pid = int(world.read('pid'))
    try:
        assert world.policy().ask().startswith('action=550')
    finally:
        signal_process(pid, signal.SIGTERM)
        until(lambda: gone(pid), 'the daemon ends')


def test_mode_and_owner(world):
    listeners = '\n'.join('listener "unix:%s" { protocol = policy mode = %s }' % (world.path(name), mode)
                          for name, mode in [('policy', '0600'), ('other', '0666'), ('third', '0660')])
    world.configure(listeners=listeners)
    world.start()
    for name, mode in [('policy', 0o600), ('other', 0o666), ('third', 0o660), ('control', 0o600), ('log', 0o640)]:
        assert stat.S_IMODE(os.stat(world.path(name)).st_mode) == mode, name


def test_inet(world):
    world.configure(listeners='listener "inet:127.0.0.1:0" { protocol = policy }')
    daemon = world.start()
    daemon.logged(r'listening on inet:127\.0\.0\.1:0, port \d+')
    port = int(re.search(r'port (\d+)', daemon.log()).group(1))
    assert world.policy(port).ask().startswith('action=550')


def test_user_nobody(world):
    """Root opens the sockets, nobody serves, and a reload still works."""
    if os.getuid() != 0:
        raise Skipped('needs root')
    os.mkdir(world.path('own'))
    subprocess.run(['chown', 'nobody', world.path('own')], check=True)
    nobody = os.stat(world.path('own')).st_uid
    listeners = 'listener "unix:%s" { protocol = policy mode = 0660 group = daemon }\n'
    logs = 'to = file file = "%s"' % world.path('own/log')
    control = 'user = nobody control = "%s"' % world.path('made/control')
    world.configure(listeners=listeners % world.path('own/policy'), log=logs, daemon=control)
    daemon = world.start()
    pid = daemon.pid()
    for process in [pid] + children(pid, ''):
        with open('/proc/%d/status' % process, encoding='ascii') as file:
            status = file.read()
        assert re.search(r'^Uid:\t%d\t%d\t%d\t' % (nobody, nobody, nobody), status, re.M), status
        assert re.search(r'^CapEff:\t0+$', status, re.M), status
    policy = os.stat(world.path('own/policy'))
    assert policy.st_uid == nobody and policy.st_gid == grp.getgrnam('daemon').gr_gid and stat.S_IMODE(policy.st_mode) == 0o660
    assert world.policy(world.path('own/policy')).ask().startswith('action=550')
    own = listeners.replace('group = daemon', 'group = nogroup')  # of which nobody is a member
    world.configure(listeners=own % world.path('own/policy') + own % world.path('own/more'), log=logs, daemon=control)
    done = world.reload()
    assert done.returncode == 0, done
    for name in ['own/policy', 'own/more']:
        assert os.stat(world.path(name)).st_gid == grp.getgrnam('nogroup').gr_gid, name
        assert world.policy(world.path(name)).ask().startswith('action=550')
    for wrong, pattern in [
            (listeners % world.path('own/other'), r'listener unix:\S+/own/other: \S+/own/other: .*not permitted'),
            (own % '/etc/vouchsafe-test-socket', r'listener unix:/etc/vouchsafe-test-socket: .*Permission denied')]:
        world.configure(listeners=own % world.path('own/policy') + wrong, log=logs, daemon=control)
        done = world.reload()
        assert done.returncode == 2 and re.search(pattern, done.stderr), done
        assert world.policy(world.path('own/more')).ask().startswith('action=550'), 'the old configuration does not go on'
    assert not os.path.exists(world.path('own/other')), 'the socket that was refused is left'
    assert daemon.terminate() == 0
    assert not os.path.exists(world.path('own/more')) and not os.path.exists(world.path('made/control'))
    assert world.read('pid') == '' if os.path.exists(world.path('pid')) else True, 'a pid file with a dead number'
    return None


def test_only_root_changes(world):
    """Who is not root cannot become somebody else, and is told so."""
    if os.getuid() != 0:
        raise Skipped('needs root')
    os.chmod(world.folder, 0o777)
    world.configure(daemon='user = daemon', listeners='listener "inet:127.0.0.1:0" { protocol = policy }')
    shutil.copy(VOUCHSAFED, world.path('vouchsafed'))  # the tree may be where only root can go
    done = subprocess.run([world.path('vouchsafed'), '-f', '-c', world.path('conf')], user='nobody', stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 2 and 'daemon.user = daemon: only root' in done.stderr, done
    return None


def test_drain(world):
    """SIGTERM: an open session may finish, nobody new comes in, then it ends with 0."""
    world.configure(top='workers = 2')
    daemon = world.start()
    session, family = world.policy().begin(), daemon.children('')
    idle = world.policy()
    assert idle.ask().startswith('action=550')
    pid = daemon.pid()
    daemon.process.send_signal(signal.SIGTERM)
    until(lambda: not os.path.exists(world.path('policy')), 'the listener closes')
    assert idle.socket.recv(1) == b'', 'an idle connection is closed'
    assert daemon.process.poll() is None, 'it ended under an open session'
    assert session.finish().startswith('action=550 5.7.1 ')
    assert daemon.process.wait(PATIENCE_S) == 0
    assert all(gone(child) for child in family + [pid])
    assert not any(os.path.exists(world.path(name)) for name in ['pid', 'control', 'policy']), 'files are left'
    assert re.search(r'\]: ended$', daemon.log(), re.M), daemon.log()
    assert 'event=reject' in daemon.log(), 'the last session is in the log'


def test_drain_timeout(world):
    """A session that does not end is cut off after limits.drain_timeout."""
    world.configure(limits='drain_timeout = 0.3')
    daemon = world.start()
    session = world.policy().begin()
    assert daemon.terminate() == 0
    assert session.socket.recv(1) == b''


def test_stuck_worker_at_the_end(world):
    """A worker that stands still does not keep the daemon from ending; a second SIGTERM makes it quick."""
    world.configure(limits='drain_timeout = 3600')
    daemon = world.start()
    worker = daemon.children('work')[0]
    os.kill(worker, signal.SIGSTOP)
    daemon.process.send_signal(signal.SIGTERM)
    until(lambda: not os.path.exists(world.path('policy')), 'the first signal is taken')
    assert daemon.process.poll() is None
    assert daemon.terminate() == 0
    assert gone(worker)


def test_stuck_writer_at_the_end(world):
    world.configure()
    daemon = world.start()
    writer = daemon.children('log')[0]
    os.kill(writer, signal.SIGSTOP)
    assert daemon.terminate() == 0
    assert gone(writer)


def test_interrupt(world):
    """Ctrl-C goes to all processes of a terminal; it drains like SIGTERM."""
    world.configure()
    daemon = world.start(before=['setsid'])
    session = world.policy().begin()
    os.killpg(os.getpgid(daemon.pid()), signal.SIGINT)
    until(lambda: not os.path.exists(world.path('policy')), 'the listener closes')
    assert session.finish().startswith('action=550')
    assert daemon.process.wait(PATIENCE_S) == 0


def test_killed_supervisor(world):
    """No process outlives a supervisor that was killed by long, and what they said is written."""
    world.configure(top='workers = 2', limits='drain_timeout = 600')
    daemon = world.start()
    session, family = world.policy().begin(), daemon.children('')
    daemon.process.kill()
    daemon.process.wait()
    try:
        assert session.finish().startswith('action=550'), 'the session was cut off'
        until(lambda: all(gone(child) for child in family), 'all have ended')
    finally:
        for child in family:
            signal_process(child, signal.SIGKILL)
    assert 'event=reject' in daemon.log(), daemon.log()
