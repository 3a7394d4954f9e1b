"""A keeper that dies or stands still, a disk that does not take anything: sessions go on, the log says why."""
import os
import random
import re
import signal
import time

from daemon import run, until
from folder import Skipped
from proc import can_unshare
from world import SESSIONS, SLACK_S, TIMEOUT_S, Load

KILLS, DAEMONS = 4, 5  # kills of a daemon's keeper: each makes the supervisor wait longer before the next one
CHANCE = random.Random(5)


def keeper_of(daemon):
    found = []

    def there():
        found[:] = daemon.children('keep')
        return len(found) == 1

    until(there, 'there is a keeper')
    return found[0]


def test_killed(world):
    """kill -9 at random moments under load: the file opens, is whole, and holds all that was committed before."""
    for _ in range(DAEMONS):
        world.configure(top='workers = 2', cache='ttl = 1', log='to = file level = notice file = "%s"' % world.path('log'))
        daemon = world.start()
        load = Load(world, pause_s=0.005)
        for kill in range(KILLS):
            load.asks(100)
            time.sleep(CHANCE.random() * 0.3)
            committed = {row['id'] for row in world.rows('SELECT id FROM decision')}
            os.kill(keeper_of(daemon), signal.SIGKILL)
            daemon.logged(r'keeper \d+ was killed by signal 9 \(Killed\); another is started', kill + 1)
            daemon.logged(r'keeper \d+ is there again', kill + 1)
            load.asks(50)
            assert committed <= {row['id'] for row in world.rows('SELECT id FROM decision')}, 'what was committed is gone'
        assert not load.stop(), load.wrong[:5]
        assert daemon.terminate() == 0
        world.check_file()
        os.unlink(world.path('log'))
    assert len(world.decisions()) > 1000, 'there was hardly any load'


def test_restarted_takes_over(world):
    """What is on the line when a keeper dies is there for the next one."""
    world.configure()
    daemon = world.start()
    client, keeper = world.policy(), keeper_of(daemon)
    os.kill(keeper, signal.SIGSTOP)
    for turn in range(40):
        client.ask('x%d' % turn)
    os.kill(keeper, signal.SIGKILL)
    until(lambda: len(world.decisions()) == 40, 'the next keeper writes what waited', daemon.log)


def test_stopped(world):
    """Sessions are answered within the store's deadline, at first; then nobody waits for it. It comes back."""
    world.configure(cache='size = 0')
    daemon = world.start()
    client, keeper = world.policy(), keeper_of(daemon)
    assert client.ask('forward', '192.0.2.20') == 'DUNNO'
    os.kill(keeper, signal.SIGSTOP)
    for _ in range(3):
        for host, address, expected in SESSIONS:
            begin = time.monotonic()
            assert client.ask(host, address).startswith(expected or 'DUNNO'), host
            assert time.monotonic() - begin < TIMEOUT_S + SLACK_S
    daemon.logged('alarm: the keeper does not answer')
    os.kill(keeper, signal.SIGCONT)

    def back():
        client.ask('forward', '192.0.2.20')
        return 'the keeper answers again' in daemon.log()

    until(back, 'the keeper is asked again')
    assert len(re.findall('alarm: the keeper', daemon.log())) == 1, 'it is said once, not once a session'
    assert daemon.terminate() == 0
    logged = {event['id'] for event in world.events('decision')}
    assert logged == set(world.check_file()), 'what waited on the line was written'


def test_full_line(world):
    """What a keeper that stands still does not take waits, then is dropped, counted, and told; no session waits."""
    world.configure(store='type = sqlite queue = 100 file = "%s"' % world.path('db'))
    daemon = world.start()
    client, keeper = world.policy(), keeper_of(daemon)
    os.kill(keeper, signal.SIGSTOP)
    for turn in range(3000):
        client.ask('x%d' % (turn % 50))
    daemon.logged(r'\d+ records of this worker were dropped')
    os.kill(keeper, signal.SIGCONT)
    assert daemon.terminate() == 0
    dropped = sum(int(count) for count in re.findall(r'(\d+) records of this worker were dropped', daemon.log()))
    assert dropped > 0 and dropped + len(world.check_file()) == 3000, (dropped, len(world.decisions()))
    assert len(re.findall('were dropped', daemon.log())) <= 2, 'while it lasts, and the rest at the end'


def test_stopped_at_the_end(world):
    """A keeper that stands still does not keep the daemon from ending."""
    world.configure()
    daemon = world.start()
    os.kill(keeper_of(daemon), signal.SIGSTOP)
    assert world.policy().ask().startswith('550')
    assert daemon.terminate() == 0


def play_all(world):
    client = world.policy()
    for host, address, expected in SESSIONS:
        assert client.ask(host, address).startswith(expected or 'DUNNO')


def test_read_only_folder(world):
    """The daemon starts without a file, serves, and takes it up when it may."""
    os.mkdir(world.path('var'), 0o555)
    if os.getuid() != 0:
        raise Skipped('needs root, to become somebody else')
    world.configure(store='type = sqlite file = "%s"' % world.path('var/db'),
                    daemon='user = nobody control = "" pid_file = "%s"' % world.path('pid'),
                    log='to = file file = "%s"' % world.path('log'))
    daemon = world.start()
    play_all(world)
    daemon.logged('alarm: .*var/db: .*(denied|written|opened)')
    assert len(re.findall('alarm: ', daemon.log())) == 1
    os.chmod(world.path('var'), 0o777)
    daemon.logged('all clear: .*var/db')
    until(lambda: len(world.rows('SELECT * FROM decision', path='var/db')) == len(SESSIONS), 'what waited is written')
    assert daemon.terminate() == 0


def test_full_disk(world):
    """A file system without room: sessions go on, an alarm says why, and when there is room again, all is well."""
    if not can_unshare():
        raise Skipped('needs root and a mount namespace')
    os.mkdir(world.path('small'))
    world.configure(store='type = sqlite file = "%s"' % world.path('small/db'), cache='size = 0')
    script = 'mount -t tmpfs -o size=64m none "$0" && dd if=/dev/zero of="$0/filler" bs=1M count=63 2>&1 && exec "$@"'
    daemon = world.start(before=['unshare', '-m', 'sh', '-c', script, world.path('small')])
    inside = '/proc/%d/root%s/' % (daemon.process.pid, world.path('small'))
    load = Load(world)
    try:
        daemon.logged('alarm: .*small/db: disk full')
        load.asks(200)
    finally:
        wrong = load.stop()
    assert not wrong, wrong[:5]
    os.unlink(inside + 'filler')
    daemon.logged('all clear: .*disk full')
    assert world.policy().ask('mail') == 'DUNNO'
    last = world.events('decision')[-1]['id']
    script = 'import sqlite3; print(*[row[0] for row in sqlite3.connect("%s").execute("SELECT id FROM decision")])'
    inside = ['nsenter', '-m', '-t', str(daemon.process.pid), 'python3', '-c', script % world.path('small/db')]
    until(lambda: last in run(*inside).stdout.split(), 'decisions are written again')
    lost, = re.findall(r'since the last count: (\d+)', daemon.log())
    assert len(run(*inside).stdout.split()) + int(lost) == load.asked + 1, 'what is not there was not counted as lost'
    assert daemon.terminate() == 0
