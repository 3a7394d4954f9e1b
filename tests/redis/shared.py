"""shared.py - what the store does while all is well: the same as SQLite does, for several hosts at once."""
import time

DAY = 10000  # long ago: a server takes no votes of days to come
NEW_HOSTS = 50


def same(world, stores, command):
    """Runs a command on all stores; all results must be the same, but for the time they took."""
    results = [store.result(store.send(command)) for store in stores]
    if command.startswith(('ask', 'listing')):
        at = 5 if command.startswith('ask') else 2
        results = [[' '.join(line.split(' ')[:at] + line.split(' ')[at + 1:]) for line in lines] for lines in results]
    results = [sorted(lines[:-1]) + lines[-1:] for lines in results]
    assert all(result == results[0] for result in results), (command, results)
    return results[0]


def random_command(random):
    """A command that both kinds of store must answer alike."""
    name = random.choice(['a.example', 'b.example', 'c.example', 'd.example', 'example'])
    organization = random.choice(['-', 'example', name])
    return random.choices([
        'vote %s %s %s %s %d' % (name, organization, random.choice(['me', 'you', 'them', '-']),
                                 random.choice(['ham', 'spam']), random.choice([1, 1, 5, 30])),
        'ask %s %s' % (name, organization),
        'put reputation %s %d %d %d' % (name, DAY - random.randrange(400), random.randrange(200), random.randrange(200)),
        'put list %s %s%s %s word' % (random.choice(['here', 'there']), random.choice(['', '.']), name,
                                      random.choice(['trusted', 'blocked'])),
        'listing %s %s%s' % (random.choice(['here', 'there']), random.choice(['', 'x.', 'x.y.']), name),
        'remove list here .%s' % name,
        'remove reputation %s' % name,
        'put suspension service.%s %d cause %s' % (name, random.choice([1, 1 << 40]), random.choice(['-', 'mx1/7/0', 'mx2/9/0'])),
        'remove suspension service.%s - - %s' % (name, random.choice(['-', 'mx1/7/0'])),
    ], [40, 25, 10, 5, 10, 2, 1, 3, 1])[0]


def test_parity(world):
    """Many random commands over many days have the same results in Redis as in SQLite."""
    stores = [world.driver(world.server()).ready(), world.driver(None)]
    day = DAY
    for _ in range(3000):
        if world.random.random() < 0.03:
            day += world.random.choice([1, 1, 1, 2, 40])
            for store in stores:
                store.send('day %d' % day)
        same(world, stores, random_command(world.random))
    for kind in ('list', 'suspension'):
        same(world, stores, 'each ' + kind)
    for name in ('a.example', 'b.example', 'c.example', 'd.example', 'example', '.example'):
        same(world, stores, 'ask %s example' % name)
        same(world, stores, 'ask %s -' % name)
    assert [store.trouble() for store in stores] == [(0, None)] * 2


def test_caps(world):
    """One source, and all sources together, move a name by no more than they may; others are counted on."""
    server = world.server()
    store = world.driver(server, 'per_day=50').ready()
    store.send('day %d' % DAY)
    results = [store.do('vote a.example example flood ham 1') for _ in range(1000)]
    assert results == ['counted'] * 10 + ['capped 0'] * 990, results
    assert store.do('vote a.example example flood spam 25') == 'capped 10'
    results = [store.do('vote a.example example source%d ham 8' % i) for i in range(7)]
    assert results == ['counted'] * 5 + ['capped 0'] * 2, results
    assert store.ask('a.example').values[2:] == ['50', '10']
    assert store.ask('new.example', 'example').values[2:] == ['0', '0']
    assert sorted(store.rows('each reputation')) == ['row %s %d 50 10' % (name, DAY) for name in ('.example', 'a.example')], \
        'the organization has what was counted for the host'


def test_namesake(world):
    """A host that is named like its organization inherits from its siblings what any other host does."""
    stores = [world.driver(world.server()).ready(), world.driver(None)]
    for store in stores:
        store.send('day %d' % DAY)
    for i in range(40):
        same(world, stores, 'vote n%d.example example me spam 5' % i)
    assert same(world, stores, 'ask example example') == same(world, stores, 'ask new.example example')
    assert stores[0].ask('example', 'example').values[2:] == ['0', '0']
    assert stores[0].ask('example').status == 'nxdomain'
    assert stores[0].ask('.example').values[2:] == ['0', '200']
    same(world, stores, 'vote example example me ham 5')
    assert stores[0].ask('example', 'example').values[2:] == ['5', '0']
    assert 'row .example %d 5 200' % DAY in same(world, stores, 'each reputation')


def test_new_hosts(world):
    """Of an organization, so many hosts a day get rows; further ones count for it alone, as if they were one host."""
    server = world.server()
    stores = [world.driver(server, 'per_day=1000').ready(), world.driver(None, 'per_day=1000')]
    for store in stores:
        store.send('day %d' % DAY)
    for i in range(NEW_HOSTS + 200):
        same(world, stores, 'vote h%d.example example source%d ham 3' % (i, i))
    hosts = {row.split()[1]: row.split()[2:] for row in same(world, stores, 'each reputation')[:-1]}
    assert len(hosts) == NEW_HOSTS + 1 and 'h%d.example' % NEW_HOSTS not in hosts, sorted(hosts)
    assert hosts['.example'] == [str(DAY), str(3 * (NEW_HOSTS + 200)), '0'], hosts['.example']
    keys = server.says('KEYS', '*').split()
    assert len(keys) <= 2 * (NEW_HOSTS + 1), len(keys)
    assert same(world, stores, 'vote x1.example example flood spam 8') == ['counted']
    assert same(world, stores, 'vote x2.example example flood spam 8') == ['capped 2'], 'as if they were one host'
    assert same(world, stores, 'vote h1.example example flood spam 8') == ['counted'], 'who is known has a share of its own'
    assert same(world, stores, 'vote example other flood ham 8') == ['counted'], 'and so has another organization'
    for store in stores:
        store.send('day %d' % (DAY + 1))
    assert same(world, stores, 'vote x1.example example flood spam 8') == ['counted']
    assert stores[0].ask('x1.example').values[2:] == ['0', '8'], 'tomorrow there is room again'


def test_clock_ahead(world):
    """A clock that is ahead deletes nothing of what others counted, nor does it count; the trouble says why, until it is over."""
    server, today = world.server(), int(time.time() // 86400)
    right, wrong = world.driver(server).ready(), world.driver(server).ready()
    right.send('day %d' % (today - 5))
    assert right.do('vote a.example example me ham 7') == 'counted'
    right.send('day %d' % today)
    assert right.do('vote a.example example me ham 3') == 'counted'
    assert right.do('put suspension s.example %d cause mx1/7/0' % ((today - 1) * 86400 + 43200)) == 'done'
    before = server.says('HGETALL', 'vouchsafe:reputation:a.example')
    for ahead in (2, 400, 100000):
        wrong.send('day %d' % (today + ahead))
        assert wrong.do('vote a.example example me ham 1') == 'trouble'
        assert 'clock of this host is %d days ahead' % ahead in wrong.trouble()[1].lower(), wrong.trouble()
        assert wrong.do('put suspension t.example %d cause mx2/7/0' % ((today + ahead + 1) * 86400)) == 'done'
    assert server.says('HGETALL', 'vouchsafe:reputation:a.example') == before
    assert 's.example mx1/7/0' in server.says('HKEYS', 'vouchsafe:suspensions'), 'what is over only for them'
    assert right.ask('a.example').values[2:] == ['9', '0'] and right.trouble()[1] is None
    wrong.send('day %d' % (today + 1))
    assert wrong.do('vote a.example example me ham 1') == 'counted', 'clocks differ a little'
    assert wrong.trouble() == (3, None)


def test_fleet(world):
    """Two hosts share counts, caps, lists and suspensions; another prefix is another world."""
    server = world.server()
    one, two = world.driver(server).ready(), world.driver(server).ready()
    other = world.driver(server, 'prefix=other').ready()
    waiting = [(store, store.send('vote a.example - me ham 1')) for _ in range(30) for store in (one, two)]
    results = [store.result(number)[0] for store, number in waiting]
    assert results.count('counted') == 10 and results.count('capped 0') == 50, results
    assert one.ask('a.example').values == two.ask('a.example').values
    assert one.ask('a.example').values[2:] == ['10', '0']
    assert one.do('put list ours .b.example blocked why') == 'done'
    assert two.listing('x.b.example', 'ours').values == ['blocked']
    assert two.listing('b.example', 'ours').status == 'nxdomain'
    assert two.listing('x.b.example', 'theirs').status == 'nxdomain'
    assert two.do('put suspension s.example 99999999999 found-by-two') == 'done'
    assert one.do('put suspension s.example 99999999999 found-by-one mx1/7/0') == 'done'
    assert sorted(one.rows('each suspension')) == ['row s.example 99999999999 found-by-one mx1/7/0',
                                                   'row s.example 99999999999 found-by-two']
    assert one.do('remove suspension s.example - - mx1/7/0') == 'done'
    assert one.rows('each suspension') == ['row s.example 99999999999 found-by-two']
    for number in range(3):
        assert one.do('put suspension gone%d.example %d long-over mx1/7/0' % (number, number)) == 'done'
    assert server.says('HKEYS', 'vouchsafe:suspensions') == 's.example', 'rows that are long over go'
    assert other.ask('a.example').status == 'nxdomain' and other.rows('each list') == []
    assert one.do('remove list ours .b.example') == 'done' and two.rows('each list') == []
    assert server.says('EXISTS', 'vouchsafe:lists') == '0'


def test_many(world):
    """Walks go through many pages, and can be ended; a question that was cancelled has no answer."""
    store = world.driver(world.server(), 'queue=10000').ready()
    waiting = [store.send('put reputation n%d.example %d 1 2' % (i, DAY)) for i in range(3000)]
    waiting += [store.send('put list ours n%d.example blocked' % i) for i in range(1000)]
    assert all(store.result(number) == ['done'] for number in waiting)
    assert sorted(set(store.rows('each reputation'))) == sorted('row n%d.example %d 1 2' % (i, DAY) for i in range(3000))
    assert len(set(store.rows('each list'))) == 1000
    assert len(store.rows('first reputation')) == 1 and len(store.rows('first list')) == 1
    forgotten = [store.send('forget n%d.example -' % i) for i in range(100)]
    assert store.ask('n1.example').status == 'nxdomain', 'that day is long ago'
    store.send('day %d' % DAY)
    assert store.ask('n1.example').values[2:] == ['1', '2']
    assert not any(str(number) in store.results for number in forgotten)


def test_old_days(world):
    """What does not count any more goes when a new day begins, and keys go by themselves."""
    server = world.server()
    store = world.driver(server, 'half_life=3').ready()
    for day in range(DAY, DAY + 100, 5):
        store.send('day %d' % day)
        assert store.do('vote a.example example me ham 1') == 'counted'
    fields = server.says('HKEYS', 'vouchsafe:reputation:a.example').split()
    assert sorted(fields) == ['h%d' % day for day in range(DAY + 65, DAY + 100, 5)], fields
    for key in ('reputation:a.example', 'reputation:.example'):
        assert 0 < int(server.says('TTL', 'vouchsafe:' + key)) <= 31 * 86400
    assert 0 < int(server.says('TTL', 'vouchsafe:votes:%d:a.example' % (DAY + 95))) <= 2 * 86400


def test_close_writes(world):
    """What is in line when the store is closed is written, and no script needs to be known for it."""
    server = world.server()
    store = world.driver(server).ready()
    server.says('SCRIPT', 'FLUSH')
    for i in range(500):
        store.send('quiet n%d.example - me ham 1' % i)
    store.close()
    assert len(server.says('KEYS', 'vouchsafe:reputation:*').split()) == 500
    after = world.driver(server).ready()
    server.says('SCRIPT', 'FLUSH')
    assert after.do('vote n1.example - you ham 3') == 'counted'
    assert after.ask('n1.example').values[2:] == ['4', '0']
