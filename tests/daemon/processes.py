"""Deaths: workers and the writer of the log are replaced, without forking in a frenzy; limits of a worker."""
import os
import re
import signal
import time

from daemon import until
from proc import gone


def test_worker_killed(world):
    """It is logged with its signal, another one serves, and the other workers' sessions go on."""
    world.configure(top='workers = 2')
    daemon = world.start()
    first, second = daemon.children('work')
    os.kill(first, signal.SIGKILL)
    daemon.logged(r'worker %d was killed by signal 9 \(Killed\); another is started' % first)
    daemon.logged(r'worker \d+ is there again')
    workers = daemon.children('work')
    assert len(workers) == 2 and second in workers and first not in workers
    os.kill(second, signal.SIGSTOP)  # so that the new one has to answer
    assert world.policy().ask().startswith('action=550')
    os.kill(second, signal.SIGCONT)


def test_worker_told_to_end(world):
    """SIGTERM to a single worker: it drains and is replaced."""
    world.configure()
    daemon = world.start()
    worker = daemon.children('work')[0]
    os.kill(worker, signal.SIGTERM)
    daemon.logged(r'worker %d ended with status 0; another is started' % worker)
    assert world.policy().ask().startswith('action=550')


def test_back_off(world):
    """A worker that cannot start any more is tried again later and later; once it can, it serves."""
    world.configure()
    daemon = world.start()
    os.rename(world.path('zone'), world.path('away'))
    os.kill(daemon.children('work')[0], signal.SIGKILL)
    daemon.logged(r'ended with status 1; another is started in \d+ ms', 4)
    daemon.logged(r'worker \d+: .*zone: No such file', 4)
    waits = [int(ms) for ms in re.findall(r'another is started in (\d+) ms', daemon.log())]
    assert all(later >= 1.5 * sooner for sooner, later in zip(waits, waits[1:])), waits
    os.rename(world.path('away'), world.path('zone'))
    daemon.logged(r'worker \d+ is there again')
    assert world.policy().ask().startswith('action=550')


def test_no_frenzy(world):
    """Killed again and again, a worker is not started faster than the back-off allows."""
    world.configure()
    daemon = world.start()
    seen, start = set(), time.monotonic()
    while len(seen) < 6:
        for pid in daemon.children('work'):
            seen.add(pid)
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    assert time.monotonic() - start >= 0.1 + 0.2 + 0.4 + 0.8, 'the waits of the first five deaths'
    daemon.logged('is there again')
    assert daemon.terminate() == 0


def test_writer_killed(world):
    """Lines that are said while no writer lives wait in the pipe."""
    world.configure()
    daemon = world.start()
    until(lambda: 'serves' in daemon.log(), 'the log begins')
    for _ in range(3):
        writer = daemon.children('log')[0]
        os.kill(writer, signal.SIGKILL)
        until(lambda pid=writer: gone(pid), 'it is dead')
        assert world.policy().ask().startswith('action=550')
        daemon.logged(r'log writer %d was killed by signal 9' % writer)
        until(lambda pid=writer: daemon.children('log') not in ([], [pid]), 'another one writes')
    daemon.logged('event=reject', 3)
    assert 'dropped' not in daemon.log()


def test_writer_stopped(world):
    """A writer that stands still holds up nobody; what it could not take is counted, and the count is logged."""
    world.configure(log='rate = 1000000')
    daemon = world.start()
    daemon.logged('serves')
    writer = daemon.children('log')[0]
    os.kill(writer, signal.SIGSTOP)
    client = world.policy()
    asked = 0
    for _ in range(40):
        for number in range(250):
            client.begin('%s%d.example.org' % ('x' * 50, number))
            client.go_on()
        answers = b''
        while answers.count(b'\n\n') < 250:
            answers += client.socket.recv(65536)
        asked += 250
    os.kill(writer, signal.SIGCONT)
    daemon.logged(r'\d+ log lines were dropped')

    def counted():
        events = len(re.findall(r'event=decision', daemon.log()))
        dropped = sum(int(n) for n in re.findall(r'(\d+) log lines were dropped', daemon.log()))
        return events > 0 and dropped > 0 and events + dropped == asked

    until(counted, 'all lines are written or counted', lambda: daemon.log()[-500:])


def test_reload_with_stopped_writer(world):
    """A writer that does not end is killed; the new one takes over what waits in the pipe."""
    world.configure()
    daemon = world.start()
    daemon.logged('serves')
    writer = daemon.children('log')[0]
    os.kill(writer, signal.SIGSTOP)
    assert world.policy().ask().startswith('action=550')
    assert world.reload().returncode == 0
    assert gone(writer)
    daemon.logged('event=reject')


def test_connection_limit(world):
    """What is beyond limits.connections waits in the queue and is served when there is room."""
    world.configure(limits='connections = 3')
    daemon = world.start()
    clients = [world.policy().begin() for _ in range(5)]
    daemon.logged(r'limits\.connections reached')
    clients[4].go_on()
    for client in clients[:3]:
        assert client.finish().startswith('action=550')
        client.socket.close()
    answer = clients[4].socket.recv(4096)
    assert answer.startswith(b'action=550'), answer
    assert len(re.findall('limits.connections reached', daemon.log())) == 1, 'it is said once'


def test_foreign_signals(world):
    """SIGPIPE, SIGUSR1 and SIGCHLD from anybody do nothing to the supervisor, SIGHUP and SIGINT nothing to a worker."""
    world.configure()
    daemon = world.start()
    for number in [signal.SIGPIPE, signal.SIGUSR1, signal.SIGCHLD]:
        daemon.process.send_signal(number)
    for pid in daemon.children(''):
        for number in [signal.SIGPIPE, signal.SIGHUP, signal.SIGINT]:
            os.kill(pid, number)
    os.kill(daemon.children('log')[0], signal.SIGTERM)  # as systemd does to all processes of a unit
    before = daemon.children('')
    assert world.policy().ask().startswith('action=550')
    assert daemon.process.poll() is None and daemon.children('') == before
