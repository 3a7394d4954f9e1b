"""What the keeper has to do beside its answers: a long earned list, a file that another program locks, one that is crowded."""
import os
import sqlite3
import time

from daemon import until
from proc import gone
from standing import HOST, put
from world import Load

# How long a session waits for the keeper here: far above what an answer takes on a busy machine, far below what the list
# and the lock take.
STORE = 'type = sqlite timeout = 1.2 file = "%s"'
OCTETS = 85  # of an address, but the first: from 32 to 116, which text can hold
PLACES = OCTETS ** 3
KNOWN = [('forward', '192.0.2.20', 'skip')]


def start(world, **sections):
    """A daemon that knows the host as a good one; no verdict is remembered."""
    world.configure(store=STORE % world.path('db'), cache='size = 0', policy='trusted_class = skip', **sections)
    daemon = world.start()
    assert world.policy().ask('mail') == 'DUNNO'
    until(world.decisions, 'there is a file')
    put(world, HOST, 200, 0)
    until(lambda: world.policy().ask('forward', '192.0.2.20') == 'skip', 'its good standing counts', daemon.log)
    return daemon


def logged(world):
    """The ids of all decisions so far."""
    return {event['id'] for event in world.events('decision')}


def test_long_list(world):
    """Questions are answered while a long earned list is written."""
    os.mkdir(world.path('out'), 0o777)
    world.configure(store=STORE % world.path('db'))
    assert world.start().terminate() == 0
    os.unlink(world.path('log'))
    with sqlite3.connect(world.path('db')) as base:
        base.execute('PRAGMA synchronous = OFF')
        base.execute('WITH RECURSIVE octet(i) AS (SELECT 32 UNION ALL SELECT i + 1 FROM octet LIMIT ?)'
                     ' INSERT INTO earned SELECT CAST(char(10, a.i, b.i, c.i) AS BLOB), \'mail.example.org\', ?2 - 1, ?2'
                     ' FROM octet AS a, octet AS b, octet AS c', (OCTETS, int(time.time()) + 86400))
    base.close()
    daemon = start(world, earned='refresh = 0.1 postscreen = "%s" zone = "%s"' % (world.path('out/cidr'), world.path('out/zone')))
    load = Load(world, clients=1, hosts=KNOWN)
    try:
        until(lambda: os.path.exists(world.path('out/zone')), 'the list is written', daemon.log)
        until(lambda: os.path.exists(world.path('out/zone.new')), 'it is written again', daemon.log)
        load.asks(20)
    finally:
        wrong = load.stop()
    assert not wrong, wrong[:5]
    assert daemon.terminate() == 0
    with open(world.path('out/cidr'), encoding='ascii') as file:
        assert sum(line.endswith('permit\n') for line in file) in (PLACES, PLACES + 1)


def test_locked(world):
    """While another program writes the file, questions are answered, and nothing is lost: decisions, and votes of a filter."""
    daemon = start(world, feedback='header = X-Spam-Flag spam = {YES} ham = {NO}', reputation='per_day = 1000 per_source = 1000')

    def ham():
        return sum(row['ham'] for row in world.rows('SELECT ham FROM reputation WHERE name = ?', HOST))

    before = ham()
    base = sqlite3.connect(world.path('db'), isolation_level=None, timeout=20)
    base.execute('BEGIN IMMEDIATE')
    load = Load(world, clients=1, hosts=KNOWN, pause_s=0.01)
    try:
        for _ in range(5):
            assert world.message(HOST, '192.0.2.20', [('X-Spam-Flag', 'NO')]).reply is None
        daemon.logged('alarm: .*locked by another program')
        load.asks(50)
        assert ham() == before
    finally:
        wrong = load.stop()
        base.execute('ROLLBACK')
        base.close()
    assert not wrong, wrong[:5]
    until(lambda: ham() == before + 5, 'the votes are counted', daemon.log)
    daemon.logged('all clear: over: .*locked by another program; writes that were lost since the last count: 0')
    assert daemon.terminate() == 0
    assert logged(world) == set(world.decisions()), 'decisions are lost'


def test_locked_for_a_moment(world):
    """A short lock is nobody's trouble: what it kept is written, and there is no alarm."""
    daemon = start(world)
    client = world.policy()
    until(lambda: logged(world) == set(world.decisions()), 'all is written')
    with sqlite3.connect(world.path('db'), isolation_level=None, timeout=20) as base:
        base.execute('BEGIN IMMEDIATE')
        before = len(world.decisions())
        for _ in range(20):
            assert client.ask('forward', '192.0.2.20') == 'skip'
        time.sleep(0.5)  # for the commit that finds the lock; what follows holds without it
        assert len(world.decisions()) == before
        base.execute('ROLLBACK')
    base.close()
    until(lambda: logged(world) == set(world.decisions()), 'they are written', daemon.log)
    assert daemon.terminate() == 0
    assert 'alarm: ' not in daemon.log(), daemon.log()


def test_locked_at_the_end(world):
    """What waits while another program writes is not lost because the daemon ends just then."""
    daemon = start(world)
    client = world.policy()
    until(lambda: logged(world) == set(world.decisions()), 'all is written')
    keeper, = daemon.children('keep')
    with sqlite3.connect(world.path('db'), isolation_level=None, timeout=20) as base:
        base.execute('BEGIN IMMEDIATE')
        for _ in range(20):
            assert client.ask('forward', '192.0.2.20') == 'skip'
        worker, = daemon.children('work')
        daemon.process.terminate()
        until(lambda: gone(worker), 'the worker ends', daemon.log)
        time.sleep(0.5)  # the keeper looks again and again; what follows holds without it
        base.execute('ROLLBACK')
    base.close()
    assert daemon.process.wait(60) == 0 and gone(keeper)
    assert logged(world) == set(world.decisions()), 'decisions are lost: ' + daemon.log()
    assert 'are lost' not in daemon.log()


def test_crowded(world):
    """What is not the ledger's takes more than it may: decisions stay, it is told once, and so is the end of it."""
    daemon = start(world, ledger='size = 1')
    assert daemon.terminate() == 0
    os.unlink(world.path('log'))
    with sqlite3.connect(world.path('db')) as base:
        base.execute('WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n WHERE i < 400)'
                     " INSERT INTO entry SELECT 'l', i, 1, hex(zeroblob(2000)) FROM n")
    before = set(world.decisions())
    daemon = world.start()
    daemon.logged('alarm: reputation and lists alone take more of the file than ledger.size')
    assert before <= set(world.decisions()), 'decisions had to make room'
    with base:
        base.execute("DELETE FROM entry WHERE list = 'l'")
    base.close()
    daemon.logged('all clear: over: reputation and lists alone')
    assert daemon.terminate() == 0
    assert daemon.log().count('alarm: ') == 1 and before <= set(world.decisions())
