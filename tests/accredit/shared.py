"""shared.py - what one daemon finds out about an accreditor, the others of its store believe for as long as it says so."""
import contextlib
import os
import signal
import sqlite3
import time

import servers
from world import OTHER, Rbldnsd, is_suspended, resumed, row_of_failures, suspended

from accidents import BLACK, BLACK_DATA, REFUSALS, everything, stays
from daemon import VOUCHSAFED, Daemon, until
from folder import Skipped
from lines import connect
from proc import can_unshare
from redis_server import start_redis


STORE = 'store { type = sqlite file = "%s" timeout = 5 }\n'


class Other(Daemon):
    """The second daemon of a folder."""
    tag = '.b'

    def log(self):
        try:
            return self.read('log' + self.tag)
        except FileNotFoundError:
            return ''


def start(world, canaries='canary_random = no', **options):
    """Two daemons with one store; only the first one has canaries that tell anything, unless the second gets some."""
    store = STORE % world.path('store.db')
    first = world.run(store + BLACK % (REFUSALS, ''), timeout=1, **options)
    second = Other(VOUCHSAFED, world.folder, world.configure(store + BLACK % (REFUSALS, canaries), timeout=1, tag='.b',
                                                             **options))
    world.daemons.append(second)
    return first, second


class Elsewhere(Rbldnsd):
    """The same list as one host alone gets to see it."""
    prefix = 'elsewhere-'


def start_apart(world, port):
    """Two hosts with one Redis, of which the first hears another black.test, at this port; both ask canaries."""
    redis = start_redis(world)
    store = 'store { type = redis redis = "unix:%s" file = "%s" timeout = 5 }\n'
    daemons = []
    for tag in '', '.b':
        conf = world.configure(store % (redis.path, world.path('store.db' + tag)) + BLACK % (REFUSALS, 'timeout = 0.5'),
                               timeout=2, tag=tag)
        if not tag:
            with open(world.path('unbound.conf'), encoding='utf-8') as file:
                stubs = file.read().replace('@%d' % world.servers[-1].port, '@%d' % port)
            with open(conf, encoding='utf-8') as file:
                text = file.read().replace('/unbound.conf', '/unbound-apart.conf')
            world.write('unbound-apart.conf', stubs)
            conf = world.write('conf', text)
        daemons.append(Other(VOUCHSAFED, world.folder, conf))
        daemons[-1].tag = tag
        world.daemons.append(daemons[-1])
    return redis, daemons


def keeps_its_view(world, redis, second):
    """For many intervals: the host that hears the list goes by what it hears, and the store knows of nothing."""
    for _ in range(30):
        time.sleep(0.05)
        assert world.trust(OTHER, tag='.b') == 'untrusted'
    assert not is_suspended(second, 'black.test'), second.log()
    assert shared_findings(redis) == 0


def shared_findings(redis):
    """How many rows of suspensions the store holds."""
    return int(redis.ask('EVAL', '"return redis.call(\'hlen\',redis.call(\'keys\',\'*suspensions\')[1]or\'none\')"', '0')[1:])


def shares_lies(world, redis, black, first, second):
    """What was answered wrongly is shared all the same, by the host that hears it."""
    black.change(everything(':127.0.0.2:'))
    suspended(second, 'black.test', 'lists what was made up at random')
    until(lambda: shared_findings(redis) == 1, 'the store knows it')
    assert is_suspended(first, 'black.test')
    black.change(BLACK_DATA)
    resumed(second, 'black.test')
    until(lambda: shared_findings(redis) == 0, 'it is taken back')
    redis.kill()


def test_one_is_deaf(world):
    """One host's way to a list is broken: it suspends it for itself, and for nobody else."""
    black = world.serve(Rbldnsd, 'black.test', BLACK_DATA)
    redis, (first, second) = start_apart(world, servers.free_port())
    row_of_failures(first, 'black.test', '(failed|timeout)')
    keeps_its_view(world, redis, second)
    shares_lies(world, redis, black, first, second)


def test_one_is_refused(world):
    """A list refuses the resolver of one host: that is between those two."""
    black = world.serve(Rbldnsd, 'black.test', BLACK_DATA)
    refusing = Elsewhere(world, 'black.test', everything(':127.255.255.254:'))
    redis, (first, second) = start_apart(world, refusing.port)
    world.servers.append(refusing)
    suspended(first, 'black.test', 'answers a check with no rating: refuses: 127.255.255.254')
    keeps_its_view(world, redis, second)
    shares_lies(world, redis, black, first, second)


def rows(world):
    """Who of all has suspended what, by the store."""
    with contextlib.closing(sqlite3.connect(world.path('store.db'))) as base:
        return sorted(base.execute('SELECT service, finder FROM suspension WHERE until_s > ?', (time.time(),)))


def test_imposed_and_lifted(world):
    black = world.serve(Rbldnsd, 'black.test', BLACK_DATA)
    first, second = start(world)
    assert world.trust(OTHER, tag='.b') == 'untrusted'
    black.change(everything(':127.0.0.2:'))
    suspended(first, 'black.test', 'lists what was made up at random: code 127.0.0.2')
    suspended(second, 'black.test', r'lists what was made up at random: code 127.0.0.2 \(\S+\)')
    stays(world, OTHER, 'neutral', tag='.b')
    black.change(BLACK_DATA)
    resumed(first, 'black.test')
    resumed(second, 'black.test')
    world.becomes(OTHER, 'untrusted', tag='.b')


def test_outlived(world):
    """Who found it dies: the others believe it until its time is over, and so does the one that takes its place."""
    black = world.serve(Rbldnsd, 'black.test', BLACK_DATA)
    first, second = start(world)
    black.change(everything(':127.0.0.2:'))
    suspended(second, 'black.test', 'lists what was made up at random')
    first.kill()
    black.change(BLACK_DATA)
    assert is_suspended(second, 'black.test')
    world.run(STORE % world.path('store.db') + BLACK % (REFUSALS, 'canary_random = no'), timeout=1, tag='.c')
    until(lambda: 'event=suspend service=black.test cause="lists what was made up' in world.read('log.c'), 'the new one believes it')
    resumed(second, 'black.test')
    until(lambda: 'event=resume service=black.test' in world.read('log.c'), 'the new one lets it go')
    world.becomes(OTHER, 'untrusted', tag='.c')


def test_two_finders(world):
    """Who recovers takes back what it found, and not what another finds still."""
    black = world.serve(Rbldnsd, 'black.test', BLACK_DATA)
    first, second = start(world, 'canary_random = no canary_listed = 192.0.2.200')  # which is not listed, ever
    suspended(second, 'black.test', 'does not list its canary_listed')
    black.change(everything(':127.0.0.2:'))
    until(lambda: len(rows(world)) == 2, 'each has a row of its own', lambda: rows(world))
    black.change(BLACK_DATA)
    until(lambda: len(rows(world)) == 1, 'the first one takes its row back', lambda: rows(world))
    assert rows(world)[0][0] == 'black.test'
    stays(world, OTHER, 'neutral')
    assert is_suspended(first, 'black.test') and is_suspended(second, 'black.test')


def test_own_after_restart(world):
    """A daemon that starts anew takes up its suspension as its own: it ends after the good checks, long before its row."""
    black = world.serve(Rbldnsd, 'black.test', BLACK_DATA)
    conf = STORE % world.path('store.db') + BLACK % (REFUSALS, '')
    first = world.run(conf, timeout=60, interval=0.2)  # a row holds for three minutes
    black.change(everything(':127.0.0.2:'))
    suspended(first, 'black.test', 'lists what was made up at random')
    until(lambda: len(rows(world)) == 1, 'the row is there', lambda: rows(world))
    finder = rows(world)
    assert first.stop() is None
    assert rows(world) == finder, 'the end of a daemon ends no suspension'
    black.change(BLACK_DATA)
    world.write('log', '')
    second = world.start()
    suspended(second, 'black.test', 'lists what was made up at random')
    resumed(second, 'black.test')
    until(lambda: not rows(world), 'the row of before is taken back', lambda: rows(world))
    world.becomes(OTHER, 'untrusted')


def machine(world, number):
    """What stands before a daemon so that it has a machine-id, and a folder for its pid file, of its own."""
    name = world.write('machine-id' + number, number * 32 + '\n')
    script = 'mount --bind "$0" /etc/machine-id && mount -t tmpfs none "$1" && shift && exec "$@"'
    return ['unshare', '-m', 'sh', '-c', script, name, world.path('run')]


def test_one_name(world):
    """Machines that all have one name and the same files beside it: what one finds, the other one believes."""
    if not can_unshare() or not os.path.exists('/etc/machine-id'):
        raise Skipped('needs root, a mount namespace and /etc/machine-id')
    os.mkdir(world.path('run'))
    black = world.serve(Rbldnsd, 'black.test', BLACK_DATA)
    daemons = []
    for tag, canaries in [('', ''), ('.b', 'canary_random = no')]:
        text = STORE % world.path('store.db') + BLACK % (REFUSALS, canaries)
        with open(world.configure(text, timeout=1, tag=tag), encoding='utf-8') as file:
            conf = file.read().replace('/pid%s"' % tag, '/run/pid"')
        daemons.append(Other(VOUCHSAFED, world.folder, world.write('conf', conf), before=machine(world, str(len(daemons)))))
        daemons[-1].tag = tag
        world.daemons.append(daemons[-1])
    black.change(everything(':127.0.0.2:'))
    suspended(daemons[0], 'black.test', 'lists what was made up at random')
    suspended(daemons[1], 'black.test', r'lists what was made up at random: code 127.0.0.2 \(\S+\)')
    until(lambda: len(rows(world)) == 1, 'the row is there', lambda: rows(world))
    black.change(BLACK_DATA)
    resumed(daemons[0], 'black.test')
    resumed(daemons[1], 'black.test')


def test_own_after_reload(world):
    """The last generation, which still has a session, leaves the suspension to the new one, whose checks are good."""
    world.serve(Rbldnsd, 'black.test', BLACK_DATA)
    store = STORE % world.path('store.db')
    daemon = world.run(store + BLACK % (REFUSALS, 'canary_random = no canary_listed = 192.0.2.200'), timeout=60)
    suspended(daemon, 'black.test', 'does not list its canary_listed')
    until(lambda: len(rows(world)) == 1, 'the row is there', lambda: rows(world))
    with connect(world.path('exim')) as session:
        session.sendall(b'half a line')
        before = daemon.children('work')
        world.configure(store + BLACK % (REFUSALS, 'canary_random = no canary_listed = 192.0.2.66'), timeout=60)
        daemon.process.send_signal(signal.SIGHUP)
        resumed(daemon, 'black.test')
        assert set(before) <= set(daemon.children('work')), 'the session is over'
        until(lambda: not rows(world), 'the row is taken back', lambda: rows(world))
        for _ in range(20):
            time.sleep(0.1)  # the last generation checks five times a second
            assert rows(world) == [], rows(world)
