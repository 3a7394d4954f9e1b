"""What is remembered counts: own reputation by itself, and through a Redis that two daemons share."""
import os
import shutil
import signal
import sqlite3
import subprocess
import time

from daemon import until
from folder import Skipped
from world import SLACK_S, TIMEOUT_S, Load

HOST = 'forward.example.org'
TODAY = int(time.time() // 86400)


def put(world, name, ham, spam):
    """Counts of a name, as an import would write them."""
    base = sqlite3.connect(world.path('db'), timeout=20)
    with base:
        base.execute('INSERT OR REPLACE INTO reputation (name, day, ham, spam) VALUES (?, ?, ?, ?)',
                     (name, TODAY, ham, spam))
    base.close()


def score(world, name=''):
    """The last decision about the host: level and score, from the log."""
    event = [event for event in world.events('decision', name) if event['helo'] == HOST][-1]
    return event['trust'], event['score']


def ask(world, name=''):
    return world.policy(name).ask('forward', '192.0.2.20')


def test_reputation(world):
    """A host that nobody vouches for earns its standing, and loses it; nobody else gets it."""
    world.configure(policy='trusted_class = skip', cache='ttl = 1')
    daemon = world.start()
    assert ask(world) == 'DUNNO'
    put(world, HOST, 200, 0)
    until(lambda: ask(world) == 'skip', 'its good standing counts', daemon.log)
    until(lambda: score(world)[0] == 'trusted' and score(world)[1] >= 50, 'the log says so', daemon.log)
    assert world.policy().ask('forward', '192.0.2.21') == 'DUNNO', 'who only claims the name'
    put(world, HOST, 0, 200)
    until(lambda: ask(world).startswith('550'), 'its bad standing counts', daemon.log)
    until(lambda: world.policy().ask('forward', '192.0.2.21').startswith('550'), 'bad news need no proof', daemon.log)
    assert daemon.terminate() == 0
    account = [row['detail'] for row in world.decisions().values() if row['detail'] and row['level'] == 'trusted']
    assert account and '"reputation"' in account[0] and '"ham":200' in account[0]


def test_learned(world):
    """A vote on a decision counts at the next look."""
    world.configure(policy='trusted_class = skip', cache='ttl = 1', reputation='per_day = 1000 per_source = 1000')
    daemon = world.start()
    assert ask(world) == 'DUNNO'
    until(world.decisions, 'the decision is in the ledger')
    decision, = world.decisions()
    done = world.tool('learn', '--count', '200', 'ham', decision)
    assert done.returncode == 0, done
    until(lambda: ask(world) == 'skip', 'the votes count', daemon.log)


class Redis:
    def __init__(self, world):
        self.world, self.path = world, world.path('redis')
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ['redis-server', '--port', '0', '--unixsocket', self.path, '--save', '', '--dir', self.world.folder],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: os.path.exists(self.path), 'redis serves')

    def kill(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()
        if os.path.exists(self.path):
            os.unlink(self.path)


def fleet(world, name):
    """A daemon of the fleet, with a ledger of its own."""
    world.configure(name, store='type = redis redis = "unix:%s" file = "%s"' % (world.path('redis'), world.path(name + 'db')),
                    policy='trusted_class = skip', cache='size = 0', reputation='per_day = 1000 per_source = 1000')
    return world.start_as(name)


def test_fleet(world):
    """Two daemons share reputation through Redis; without it no verdict is worse, and nobody waits."""
    if shutil.which('redis-server') is None:
        raise Skipped('needs redis-server')
    redis = Redis(world)
    try:
        one, two = fleet(world, ''), fleet(world, 'two-')
        assert ask(world) == 'DUNNO' and ask(world, 'two-') == 'DUNNO'
        until(world.decisions, 'the decision is in the ledger')
        done = world.tool('learn', '--count', '200', 'ham', list(world.decisions())[0])
        assert done.returncode == 0, done
        for name in ['', 'two-']:
            until(lambda name=name: ask(world, name) == 'skip', 'the votes count everywhere', two.log)
        redis.kill()
        load = Load(world, hosts=[('forward', '192.0.2.20', ''), ('mail', '192.0.2.10', ''), ('bad', '192.0.2.10', '550')])
        load.asks(300)
        assert not load.stop(), load.wrong[:5]
        one.logged('alarm: .*redis')
        two.logged('alarm: .*redis')
        redis.start()
        one.logged('all clear: .*redis')
        begin = time.monotonic()
        assert ask(world) in ('DUNNO', 'skip')  # a server that begins anew knows nothing
        assert time.monotonic() - begin < TIMEOUT_S + SLACK_S
        redis.process.send_signal(signal.SIGSTOP)
        load = Load(world, hosts=[('forward', '192.0.2.20', ''), ('mail', '192.0.2.10', '')])
        load.asks(100)
        assert not load.stop(), load.wrong[:5]
        redis.process.send_signal(signal.SIGCONT)
        assert one.terminate() == 0 and two.terminate() == 0
        assert world.check_file()
    finally:
        redis.kill()
