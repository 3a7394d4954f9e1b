"""Daemons that share what they remember through Redis: standing, lists, suspensions; and a Redis that dies, is full or slow."""
import os
import re
import signal
import threading
import time

from daemon import PATIENCE_S, until
from milter import Milter
from redis_server import start_redis
from standing import HOST, TODAY, ask
from world import TIMEOUT_S, Load, Policy, Session

BLACK = """$ORIGIN black.example.
$TTL 3600
@ IN SOA ns hostmaster 1 3600 900 604800 300
forward.example.org IN A 127.0.0.2
"""
BLACKLIST = """accreditor "black.example" { style = domain-list canary_random = %s }
canaries { interval = 0.2 recover = 2 failures = 100 }
"""

SHARED = """accreditor "friends" { style = list shared = yes }
accreditor "enemies" { style = list shared = yes }
"""
STRICT = """profile "strict" { require = trusted trusted_class = skip }
listener "unix:%s" { protocol = policy profile = strict }
"""
KNOWN = [('forward', '192.0.2.20', 'skip'), ('mail', '192.0.2.10', 'skip'), ('slow', '192.0.2.41', '550'),
         ('bad', '192.0.2.10', '550')]


def fleet(world, name, more='', timeout_s=TIMEOUT_S, file='db'):
    """A daemon of the fleet, with a ledger of its own."""
    conf = world.configure(
        name, http=True, store='type = redis redis = "unix:%s" file = "%s" timeout = %s' % (
            world.path('redis'), world.path(name + file), timeout_s),
        policy='trusted_class = skip', cache='size = 0', reputation='per_day = 1000 per_source = 1000')
    with open(conf, 'a', encoding='utf-8') as file:
        file.write(more)
    return world.start_as(name)


def listed(world, name):
    """Do both shared lists count?"""
    return world.policy(name).ask('mail') == 'skip' and world.policy(name).ask('slow', '192.0.2.40').startswith('550')


def remembered(world):
    """What `vouchsafe explain` knows of the last decision about the host."""
    decision = [event for event in world.events('decision') if event['helo'] == HOST][-1]['id']
    until(lambda: decision in world.decisions(), 'the ledger has it')
    return world.tool('explain', '--json', decision).stdout


def test_fleet(world):
    """Two daemons share reputation and lists through Redis. Killed, it changes no verdict: who was trusted or blocked stays
    so, also where trust is required, and nobody waits; what was never asked is not known. Back again, it counts again."""
    redis = start_redis(world)
    try:
        one, two = fleet(world, '', SHARED), fleet(world, 'two-', SHARED + STRICT % world.path('two-strict'))
        strict = Policy(world.path('two-strict'))
        world.sockets.append(strict.socket)
        assert ask(world) == 'DUNNO' and ask(world, 'two-') == 'DUNNO'
        until(world.decisions, 'the decision is in the ledger')
        done = world.tool('learn', '--count', '200', 'ham', HOST)
        assert done.returncode == 0, done
        for name in ['', 'two-']:
            until(lambda name=name: ask(world, name) == 'skip', 'the votes count everywhere', two.log)
        for words in [('friends', 'mail.example.org', 'trusted', 'of', 'old'), ('enemies', 'slow.example.org', 'blocked')]:
            assert world.tool('list', 'add', *words).returncode == 0
        for name in ['', 'two-']:
            until(lambda name=name: listed(world, name), 'the lists count everywhere', two.log)
        assert strict.ask('mail') == 'skip'
        redis.kill()
        load = Load(world, hosts=KNOWN)
        load.asks(300)
        assert not load.stop(), load.wrong[:5]
        assert ask(world, 'two-') == 'skip' and listed(world, 'two-'), two.log()
        assert strict.ask('mail') == 'skip', 'trust that is required is remembered'
        for daemon in [one, two]:
            daemon.logged('alarm: .*redis.*what it last said of a name counts on for 86400 s')
            assert len(re.findall('alarm: .*redis', daemon.log())) == 1, daemon.log()
        assert 'remembered for' in remembered(world), remembered(world)
        redis.start()
        one.logged('all clear: .*redis')
        two.logged('all clear: .*redis')
        begin = time.monotonic()
        until(lambda: ask(world) == 'DUNNO', 'a server that begins anew knows nothing, and that counts', one.log)
        assert strict.ask('mail').startswith('550') and world.policy().ask('mail') == 'DUNNO'
        assert time.monotonic() - begin < PATIENCE_S
        redis.process.send_signal(signal.SIGSTOP)
        load = Load(world, hosts=[('forward', '192.0.2.20', ''), ('mail', '192.0.2.10', '')])
        load.asks(100)
        assert not load.stop(), load.wrong[:5]
        redis.process.send_signal(signal.SIGCONT)
        assert one.terminate() == 0 and two.terminate() == 0
        assert world.check_file()
    finally:
        redis.kill()


def test_fleet_list(world):
    """What stands in a shared list counts in all daemons, and no longer when it is taken out."""
    redis = start_redis(world)
    try:
        shared = 'accreditor "enemies" { style = list shared = yes }\n'
        one, two = fleet(world, '', shared), fleet(world, 'two-', shared)
        assert ask(world) == 'DUNNO' and ask(world, 'two-') == 'DUNNO'
        done = world.tool('list', 'add', 'enemies', '.example.org', 'blocked', 'they', 'know')
        assert done.returncode == 0, done
        for name in ['', 'two-']:
            until(lambda name=name: ask(world, name).startswith('550'), 'the entry counts everywhere', two.log)
        done = world.tool('list', 'remove', 'enemies', '.example.org', name='two-')
        assert done.returncode == 0, done
        for name in ['', 'two-']:
            until(lambda name=name: ask(world, name) == 'DUNNO', 'and is gone everywhere', two.log)
        assert one.terminate() == 0 and two.terminate() == 0
    finally:
        redis.kill()


def test_fleet_suspension(world):
    """What one daemon finds out about an accreditor, the other, which does not check it itself, believes."""
    redis = start_redis(world)
    try:
        world.write('black', BLACK)
        world.zones.append('black')
        one, two = fleet(world, '', BLACKLIST % 'yes'), fleet(world, 'two-', BLACKLIST % 'no')
        assert ask(world).startswith('550') and ask(world, 'two-').startswith('550')
        world.write('black', BLACK + '* IN A 127.0.0.2\n')
        assert world.reload().returncode == 0
        for daemon in [one, two]:
            daemon.logged('event=suspend service=black.example')
        until(lambda: ask(world, 'two-') == 'DUNNO', 'it does not count where it was only heard of', two.log)
        assert ask(world) == 'DUNNO'
        assert one.terminate() == 0 and two.terminate() == 0
    finally:
        redis.kill()


def stand_well(world, daemon):
    """Votes that make a host trusted; the decision they are about."""
    assert ask(world) == 'DUNNO'
    until(world.decisions, 'the decision is in the ledger')
    decision = list(world.decisions())[0]
    done = world.tool('learn', '--count', '200', 'ham', HOST)
    assert done.returncode == 0, done
    until(lambda: ask(world) == 'skip', 'the votes count', daemon.log)
    return decision


def ham(redis):
    """What Redis counts of the host today."""
    return int(redis.ask('HINCRBY', 'vouchsafe:reputation:' + HOST, 'h%d' % TODAY, '0')[1:])


def vote_at_once(world, decision, count):
    """Twelve clients vote at the same moment, each as somebody else; their answers."""
    answers = []
    threads = [threading.Thread(target=lambda who=who: answers.append(
        world.ballot(decision, source='user%d' % who, count=count))) for who in range(12)]
    for thread in threads:
        thread.start()
    return threads, answers


def test_votes_under_way(world):
    """Twenty messages count on one decision, also of votes that are under way to a slow Redis at the same moment, and
    of those that were told trouble and are said again."""
    redis = start_redis(world)
    try:
        daemon = fleet(world, '', timeout_s=1)
        assert ask(world) == 'DUNNO' and ask(world) == 'DUNNO'
        until(lambda: len(world.decisions()) == 2, 'they are in the ledger')
        slow, silent = world.decisions()
        stand_well(world, daemon)
        before = ham(redis)
        redis.process.send_signal(signal.SIGSTOP)
        threads, answers = vote_at_once(world, slow, 10)
        until(lambda: len(answers) >= 10, 'all but two are told that their share is gone', daemon.log)
        redis.process.send_signal(signal.SIGCONT)
        for thread in threads:
            thread.join()
        assert [answer['result'] for answer in answers].count('capped') == 10, answers
        assert before <= ham(redis) <= before + 20, answers
        before = ham(redis)
        for _ in range(3):
            redis.process.send_signal(signal.SIGSTOP)
            threads, answers = vote_at_once(world, silent, 10)
            for thread in threads:
                thread.join()
            assert {answer['result'] for answer in answers} <= {'capped', 'trouble'}, answers
            redis.process.send_signal(signal.SIGCONT)
        until(lambda: ask(world) == 'skip', 'Redis answers again', daemon.log)
        assert ham(redis) <= before + 20, 'those who were told trouble were counted beyond the bound'
        noted = world.tool('explain', silent).stdout
        assert 'no answer yet, or never: 10 may count' in noted, noted
        assert daemon.terminate() == 0
    finally:
        redis.kill()


def vote_by_filter(world, messages, says):
    """One session with so many messages of which the content filter says this."""
    milter = Milter(world.path('milter'))
    try:
        milter.greet(Session('192.0.2.20', HOST, HOST.encode(), None, 'x'))
        for _ in range(messages):
            milter.macros(b'M', b'i', b'4Zz1')
            milter.step(b'M', b'<sender@example.org>\0')
            milter.step(b'R', b'<user@example.net>\0')
            milter.message([('X-Spam-Flag', says)])
    finally:
        milter.close()


def test_filter_without_ledger(world):
    """Twenty messages of one decision count for the content filter as well while the ledger cannot be written, also of votes
    that wait for Redis; their rows follow when it can."""
    redis = start_redis(world)
    try:
        daemon = fleet(world, '', 'feedback { header = X-Spam-Flag spam = {YES} ham = {NO} }\n', file='var/db')
        daemon.logged('alarm: .*var/db')
        redis.process.send_signal(signal.SIGSTOP)
        vote_by_filter(world, 25, 'NO')
        redis.process.send_signal(signal.SIGCONT)
        until(lambda: ham(redis) > 0, 'Redis counts them', daemon.log)
        vote_by_filter(world, 25, 'NO')
        until(lambda: ham(redis) == 40, 'twenty of each session are counted', daemon.log)
        os.mkdir(world.path('var'))
        daemon.logged('all clear: .*var/db')
        until(lambda: noted(world) == [20, 20], 'the ledger notes them', daemon.log)
        assert daemon.terminate() == 0
        assert ham(redis) == 40 and noted(world) == [20, 20], 'and no more'
    finally:
        redis.kill()


def noted(world):
    """How many messages of each decision were counted, by the ledger."""
    return [row[0] for row in world.rows('SELECT sum(counted) FROM feedback GROUP BY id', path='var/db')]


def test_full_redis(world):
    """A Redis without room takes no votes, and says so: what it knows counts on, and nobody is refused or waits."""
    redis = start_redis(world)
    try:
        daemon = fleet(world, '')
        decision = stand_well(world, daemon)
        assert redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction') == '+OK'
        assert redis.ask('CONFIG', 'SET', 'maxmemory', '1') == '+OK'
        said = []
        voter = threading.Thread(target=lambda: said.append(world.vote(decision)))
        voter.start()
        daemon.logged('alarm: .*redis.*OOM')
        load = Load(world, hosts=[('forward', '192.0.2.20', 'skip'), ('mail', '192.0.2.10', ''), ('none', '192.0.2.10', ''),
                                  ('bad', '192.0.2.10', '550')])
        load.asks(200)
        assert not load.stop(), load.wrong[:5]
        assert 'counted' not in said, said
        assert len(re.findall('alarm: ', daemon.log())) == 1
        assert redis.ask('CONFIG', 'SET', 'maxmemory', '0') == '+OK'
        voter.join()
        until(lambda: world.vote(decision) == 'counted', 'votes are taken again', daemon.log)
        daemon.logged('all clear: .*redis')
        assert daemon.terminate() == 0
    finally:
        redis.kill()


def test_slow_redis(world):
    """A Redis that answers nobody for a while: no session waits for it above the timeout, and none is refused."""
    redis = start_redis(world)
    try:
        daemon = fleet(world, '')
        stand_well(world, daemon)
        redis.process.send_signal(signal.SIGSTOP)
        assert ask(world) == 'skip', 'what it last said counts'
        load = Load(world, hosts=[('forward', '192.0.2.20', 'skip'), ('mail', '192.0.2.10', ''), ('bad', '192.0.2.10', '550')])
        load.asks(100)
        assert not load.stop(), load.wrong[:5]
        daemon.logged('alarm: .*redis')
        redis.process.send_signal(signal.SIGCONT)
        until(lambda: ask(world) == 'skip' and 'all clear: ' in daemon.log(), 'what it says counts again', daemon.log)
        assert daemon.terminate() == 0
    finally:
        redis.kill()
