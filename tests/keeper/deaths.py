"""A keeper that dies or stands still, a disk that does not take anything: sessions go on, the log says why."""
import os
import random
import re
import signal
import threading
import time

from daemon import run, until
from folder import Skipped
from proc import can_unshare
from standing import HOST, ask, put
from world import SESSIONS, SLACK_S, TIMEOUT_S, Load

KILLS, DAEMONS = 2, 5  # kills of a daemon's keeper: each makes the supervisor wait longer before the next one
LAST_VOTES = 2  # of one who waits for each answer: what is told 10 ms before it is committed
MANY_VOTES = 'per_day = 100000 per_source = 100000'


def keeper_of(daemon):
    found = []

    def there():
        found[:] = daemon.children('keep')
        return len(found) == 1

    until(there, 'there is a keeper')
    return found[0]


class Votes:
    """Somebody who votes on decisions about the host all the time, and how many votes he was told are counted."""

    def __init__(self, world):
        self.world, self.counted, self.ending = world, 0, False
        self.thread = threading.Thread(target=self.vote)
        self.thread.start()

    def vote(self):
        while not self.ending:
            rows = self.world.rows('SELECT id FROM decision WHERE helo = ? ORDER BY time_ms DESC LIMIT 5', HOST)
            self.counted += sum(self.world.vote(row['id']) == 'counted' for row in rows)

    def stop(self):
        self.ending = True
        self.thread.join()
        return self.counted


def votes_kept(world):
    """The votes on the host that stand in the file."""
    return sum(row['ham'] for row in world.rows('SELECT ham FROM reputation WHERE name = ?', HOST))


def killed_often(world, chance):
    """kill -9 at random moments under load: the file opens, is whole, and holds all that was committed before, and
    the votes that somebody was told are counted, but for the last ones, whose transaction was open."""
    counted = killed = 0
    world.patience_s = 1  # with a vote that died with a keeper
    for _ in range(DAEMONS):
        world.configure(top='workers = 2', cache='ttl = 1', http=True, reputation=MANY_VOTES, limits='drain_timeout = 0.1', log='to = file level = notice file = "%s"' % world.path('log'))
        daemon = world.start()
        load, votes = Load(world, pause_s=0.005), Votes(world)
        for kill in range(KILLS):
            load.asks(100)
            time.sleep(chance.random() * 0.3)
            committed, kept = {row['id'] for row in world.rows('SELECT id FROM decision')}, votes_kept(world)
            os.kill(keeper_of(daemon), signal.SIGKILL)
            daemon.logged(r'keeper \d+ was killed by signal 9 \(Killed\); another is started', kill + 1)
            daemon.logged(r'keeper \d+ is there again', kill + 1)
            load.asks(50)
            assert committed <= {row['id'] for row in world.rows('SELECT id FROM decision')}, 'what was committed is gone'
            assert kept <= votes_kept(world), 'a vote that was committed is gone'
        counted += votes.stop()
        assert not load.stop(), load.wrong[:5]
        killed += KILLS
        kept = votes_kept(world)
        assert counted <= kept + killed * LAST_VOTES, ('votes that were counted are gone', counted, kept)
        assert daemon.terminate() == 0
        world.check_file()
        os.unlink(world.path('log'))
    assert counted > 5 * LAST_VOTES * killed, 'hardly any vote was counted'
    assert len(world.decisions()) > 1000, 'there was hardly any load'


def test_killed(world):
    """Two files, side by side: what it takes is mostly waiting."""
    killed_often(world, random.Random(5))


def test_killed_again(world):
    killed_often(world, random.Random(6))


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


def test_late_votes(world):
    """A keeper that stood still for longer than anybody waits counts none of the votes that were told trouble."""
    world.configure(http=True, reputation=MANY_VOTES)
    daemon = world.start()
    assert ask(world) == 'DUNNO'
    until(world.decisions, 'it is in the ledger')
    decision, = world.decisions()
    keeper = keeper_of(daemon)
    assert world.vote(decision) == 'counted'
    os.kill(keeper, signal.SIGSTOP)
    told = []
    threads = [threading.Thread(target=lambda: told.append(world.vote(decision))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.kill(keeper, signal.SIGCONT)
    assert told == ['trouble'] * 4, told
    assert world.vote(decision) == 'counted', 'it counts again'
    assert daemon.terminate() == 0
    assert votes_kept(world) == 2, 'those who were told trouble were counted'


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


def test_read_only_mount(world):
    """A file on a file system that is read-only: what it holds counts, and nothing is written until it may be."""
    if not can_unshare():
        raise Skipped('needs root and a mount namespace')
    os.mkdir(world.path('disk'))
    world.configure(store='type = sqlite file = "%s"' % world.path('disk/db'), cache='size = 0', policy='trusted_class = skip')
    daemon = world.start()
    assert ask(world) == 'DUNNO'
    assert daemon.terminate() == 0
    put(world, HOST, 200, 0, path='disk/db')
    os.unlink(world.path('log'))
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    daemon = world.start(before=['unshare', '-m', 'sh', '-c', script, world.path('disk')])
    load = Load(world, hosts=[('forward', '192.0.2.20', 'skip'), *SESSIONS[:3]])
    daemon.logged('alarm: .*disk/db: .*(cannot be written|Read-only)')
    load.asks(200)
    assert not load.stop(), load.wrong[:5]
    assert len(re.findall('alarm: ', daemon.log())) == 1
    assert len(world.rows('SELECT * FROM decision', path='disk/db')) == 1, 'who wrote that?'
    inside = ['nsenter', '-m', '-t', str(daemon.process.pid), 'mount', '-o', 'remount,bind,rw', world.path('disk')]
    done = run(*inside)
    assert done.returncode == 0, done
    daemon.logged('all clear: .*disk/db')
    assert world.policy().ask('mail') == 'DUNNO'
    assert daemon.terminate() == 0
    written = {row['id'] for row in world.rows('SELECT id FROM decision', path='disk/db')}
    assert world.events('decision')[-1]['id'] in written, 'decisions are written again'


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
    script = 'import sqlite3; print(*[row[0] for row in sqlite3.connect("%s").execute(' \
             '"SELECT id FROM decision UNION ALL SELECT id FROM action")])'
    inside = ['nsenter', '-m', '-t', str(daemon.process.pid), 'python3', '-c', script % world.path('small/db')]
    until(lambda: last in run(*inside).stdout.split(), 'decisions are written again')
    lost, = re.findall(r'since the last count: (\d+)', daemon.log())
    rows = run(*inside).stdout.split()  # one a decision, and one more a refusal
    assert len(rows) + int(lost) == load.asked + load.refused + 1, 'what is not there was not counted as lost: %d, %s, %d, %d' % (
        len(rows), lost, load.asked, load.refused)
    assert daemon.terminate() == 0
