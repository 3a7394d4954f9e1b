"""What is remembered counts: own reputation by itself, and by votes."""
import sqlite3
import time

from daemon import until

HOST = 'forward.example.org'
TODAY = int(time.time() // 86400)


def put(world, name, ham, spam, path='db'):
    """Counts of a name, as an import would write them."""
    base = sqlite3.connect(world.path(path), timeout=20)
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
    world.tool('learn', '--count', '200', 'ham', decision)
    kept = [row['ham'] for row in world.rows('SELECT ham FROM reputation WHERE name = ?', HOST)]
    assert kept == [20], ('one session is no history', kept)
    done = world.tool('learn', '--count', '200', 'ham', HOST)
    assert done.returncode == 0, done
    until(lambda: ask(world) == 'skip', 'the votes count', daemon.log)


def test_organization(world):
    """By default nobody is refused for what other hosts of its domain did; a weight of 15 refuses them all, and no weight makes
    anybody trusted."""
    for weight, answer in [(None, 'DUNNO'), (14, 'DUNNO'), (15, '550')]:
        world.configure(policy='trusted_class = skip', cache='size = 0',
                        reputation='organization_weight = %d' % weight if weight else '')
        daemon = world.start()
        assert ask(world)
        put(world, '.example.org', 0, 100)
        until(lambda: ask(world) and score(world)[1] < 0, 'what others did counts', daemon.log)
        assert ask(world).startswith(answer), (weight, answer, daemon.log())
        assert daemon.terminate() == 0
    world.configure(policy='trusted_class = skip', cache='size = 0', reputation='organization_weight = 200')
    put(world, '.example.org', 100, 0)
    daemon = world.start()
    assert ask(world) == 'DUNNO', daemon.log()
    until(lambda: score(world)[1] == 35, 'the log says so', daemon.log)
    assert daemon.terminate() == 0
