"""trouble.py - a server that is not there, dies, stops, is full, slow, or no server at all."""
import os
import signal
import socket
import subprocess
import threading
import time

from world import DRIVER, PATIENCE_S, SLACK_MS, Driver, until

TIMEOUT_MS = 100
SHORT = 'timeout=%d' % TIMEOUT_MS


def answered_at_once(store, status='failed'):
    answer = store.ask('a.example')
    assert answer.status == status and answer.note, vars(answer)
    assert answer.took_ms <= TIMEOUT_MS + SLACK_MS, vars(answer)
    return answer.note


def resident(pid):
    with open('/proc/%d/statm' % pid, encoding='ascii') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


def healed(store, dropped=0):
    until(lambda: store.ask('a.example').status in ('found', 'nxdomain') and store.trouble()[1] is None, 'healed')
    assert store.trouble() == (dropped, None), store.trouble()


def test_not_there(world):
    """Without a server nothing waits, and as soon as there is one, all is well; what was in line is written."""
    store = world.driver(os.path.join(world.folder, 'redis'))
    answered_at_once(store)
    assert 'unix:' + world.folder in store.trouble()[1]
    assert store.do('vote a.example - me ham 3') == 'trouble'
    waiting = store.send('wait a.example - me ham 7')
    assert 'No such file' in store.do('put list ours a.example blocked')
    assert 'No such file' in store.result(store.send('each list'))[0]
    world.server()
    healed(store, 1)
    assert store.result(waiting) == ['counted']
    assert store.ask('a.example').values[2:] == ['7', '0'], 'the vote in line, and not the one that was answered'
    assert store.do('vote a.example - me ham 3') == 'counted', 'said again'
    assert store.ask('a.example').values[2:] == ['10', '0'], 'counts once'
    until(lambda: store.rows('each list') == ['row ours a.example blocked '], 'the row in line')


def test_killed(world):
    """Killed: questions fail at once; what waits comes through after the restart, exactly once, what was answered not."""
    server = world.server()
    store = world.driver(server, 'per_source=1000', 'per_day=1000').ready()
    for _ in range(30):
        assert store.do('vote a.example - me ham 1') == 'counted'
    server.kill()
    until(lambda: store.trouble()[1], 'trouble')
    answered_at_once(store)
    waiting = [store.send('wait a.example - me ham 1') for _ in range(40)]
    for _ in range(40):
        assert store.do('vote a.example - me ham 1') == 'trouble'
    assert 'Redis' in store.do('put reputation b.example 20000 3 4')
    server.start()
    healed(store, 40)
    assert [store.result(number) for number in waiting] == [['counted']] * 40
    assert store.ask('a.example').values[2:] == ['70', '0'], 'all votes that waited'
    assert server.says('HGET', 'vouchsafe:reputation:b.example', 's20000') == '4'


def test_killed_under_load(world):
    """Wherever the kill meets it, no vote is counted twice, and none is lost without being counted as dropped."""
    server = world.server()
    store = world.driver(server, 'queue=10000').ready()
    total = 0
    for _ in range(6):
        for _ in range(world.random.randrange(200, 1200)):
            store.send('quiet n%d.example - me ham 1' % total)
            total += 1
        server.kill()
        server.start()
        until(lambda: store.ask('ready.example').status == 'nxdomain', 'back')
    healed(store, store.trouble()[0])
    assert store.do('wait last.example - me ham 1') == 'counted', 'the end of the line'
    dropped = store.trouble()[0]
    counts = [row.split()[-2:] for row in set(store.rows('each reputation')) if ' last.' not in row]
    assert all(count == ['1', '0'] for count in counts), 'counted twice'
    assert len(counts) + dropped >= total and dropped <= 6 * 64, (len(counts), dropped, total)


def test_paused(world):
    """Stopped: every question is answered in time, memory is bounded, late replies change nothing."""
    server = world.server()
    assert world.driver(server).ready().do('vote a.example - me ham 5') == 'counted'
    store = world.driver(server, SHORT).ready()
    before = resident(store.process.pid)
    server.signal(signal.SIGSTOP)
    assert 'does not answer in time' in answered_at_once(store, 'timeout')
    waiting = [store.send('ask n%d.example example' % i) for i in range(20000)]
    waiting += [store.send('vote n%d.example example me ham 1' % i) for i in range(5000)]
    results = [store.result(number)[0].split(' ') for number in waiting]
    assert {words[0] for words in results} == {'timeout', 'failed', 'trouble'}
    assert max(int(words[5]) for words in results if len(words) > 5) <= TIMEOUT_MS + SLACK_MS
    for i in range(2000):
        store.send('quiet m%d.example - me ham 1' % i)
    until(lambda: (store.trouble()[1] or '').endswith(' does not answer'), 'the connection is given up')
    assert all(store.do('ask n%d.example example' % i).startswith('failed ') for i in range(100))
    assert resident(store.process.pid) - before < 16 << 20
    server.signal(signal.SIGCONT)
    until(lambda: store.ask('a.example').status == 'found', 'answers')
    assert store.ask('a.example').values[2:] == ['5', '0']
    assert store.do('wait last.example - me ham 1') == 'counted', 'the end of the line'
    dropped = store.trouble()[0]
    assert 5000 + 1000 - 64 <= dropped <= 5000 + 1000, dropped
    counts = [row.split()[1:] for row in set(store.rows('each reputation'))]
    assert all(row[2:] == ['1', '0'] for row in counts if row[0][0] in 'mn'), 'counted twice'
    assert sum(row[0][0] == 'n' for row in counts) <= 64, 'no more than was under way'
    assert sum(row[0][0] == 'm' for row in counts) == 7000 - dropped, 'what waited'


def test_slow(world):
    """Slow: a question times out, and once the server is fast again all is well."""
    server = world.server()
    store = world.driver(server, SHORT).ready()
    server.says('CLIENT', 'PAUSE', '700', 'ALL')
    answered_at_once(store, 'timeout')
    assert 'in time' in store.trouble()[1]
    vote = store.send('vote a.example - me ham 5')
    assert store.result(vote) == ['trouble']
    healed(store)
    until(lambda: store.ask('a.example').values[2:] == ['5', '0'], 'the vote that was under way')


def test_full(world):
    """Full: words say so, reads go on, and what waits is written when there is room; said again, a vote counts once."""
    server = world.server()
    store = world.driver(server).ready()
    assert store.do('vote a.example example me ham 5') == 'counted'
    server.says('CONFIG', 'SET', 'maxmemory', '1')
    assert store.do('vote a.example example me spam 3') == 'trouble'
    waiting = store.send('wait a.example example you spam 4')
    assert 'OOM' in store.do('put list ours a.example blocked why')
    assert 'OOM' in store.trouble()[1] and store.trouble()[1].isprintable()
    assert store.ask('a.example').values[2:] == ['5', '0']
    assert 'OOM' in store.trouble()[1], 'a read that works says nothing about writes'
    server.says('CONFIG', 'SET', 'maxmemory', '0')
    healed(store, 1)
    assert store.result(waiting) == ['counted']
    assert store.do('vote a.example example me spam 3') == 'counted'
    assert store.ask('a.example').values[2:] == ['5', '7']
    until(lambda: store.listing('a.example', 'ours').status == 'found', 'the row')


def test_replica(world):
    """A replica is read, and takes no writes until it is promoted."""
    first = world.server('first')
    second = world.server('second', '--replicaof', '127.0.0.1', '1', '--replica-serve-stale-data', 'yes')
    store = world.driver(second).ready()
    assert store.do('vote a.example - me ham 3') == 'trouble'
    assert 'READONLY' in store.trouble()[1]
    waiting = store.send('wait a.example - me ham 5')
    assert store.ask('a.example').status == 'nxdomain'
    second.says('REPLICAOF', 'NO', 'ONE')
    healed(store, 1)
    assert store.result(waiting) == ['counted']
    assert store.ask('a.example').values[2:] == ['5', '0'] and first.says('DBSIZE') == '0'


def test_overflow(world):
    """More writes than may wait are dropped and counted; the others come through."""
    server = world.server()
    store = world.driver(server, 'queue=10', 'per_source=1000').ready()
    server.kill()
    until(lambda: store.trouble()[1], 'trouble')
    for _ in range(99):
        store.send('quiet a.example - me ham 1')
    assert store.do('wait a.example - me ham 1') == 'trouble'
    assert 'too many' in store.do('put list ours a.example blocked')
    assert store.trouble()[0] == 91
    server.start()
    healed(store, 91)
    until(lambda: store.ask('a.example').values[2:] == ['10', '0'], 'those in line')


def test_password(world):
    """The right password opens; a wrong one, none, or one too many is trouble in words that do not show it."""
    server = world.server('redis', '--requirepass', 'open sesame')
    server.password = 'open sesame'
    assert world.driver(server, 'password=open sesame').ready().do('vote a.example - me ham 1') == 'counted'
    for options, words in ((['password=wrong'], 'WRONGPASS'), ([], 'NOAUTH')):
        store = world.driver(server, *options)
        until(lambda s=store: s.trouble()[1], 'trouble')
        answered_at_once(store)
        assert words in store.trouble()[1] and 'wrong' not in store.trouble()[1], store.trouble()
    server.says('CONFIG', 'SET', 'requirepass', '')
    healed(store)


def test_damaged(world):
    """What somebody else wrote under our keys is no answer; words name the key; other names are well."""
    server = world.server()
    store = world.driver(server).ready()
    store.send('day 20000')
    key = 'vouchsafe:reputation:a.example'
    server.says('SET', key, 'text')
    assert key in answered_at_once(store) and key in store.trouble()[1] and 'WRONGTYPE' in store.trouble()[1]
    assert store.do('vote a.example - me ham 1') == 'trouble'
    assert store.trouble()[0] == 1, 'refused for good: not in line'
    assert store.ask('b.example').status == 'nxdomain' and key in store.trouble()[1], 'still'
    server.says('DEL', key)
    healed(store, 1)
    for value in ('', 'x', '-1', '+1', '01', '4294967296', '1e3', '1 ', '99999999999999999999999'):
        server.says('HSET', key, 'h20000', value, 's20000', '3')
        assert key in answered_at_once(store), value
    server.says('HSET', key, 'h20000', '4294967295', 'hx', '5', 'h020000', '7', 'note', 'x', 'h99999999999', '2')
    assert store.ask('a.example').values[2:] == ['200', '0']
    assert store.rows('each reputation') == ['row a.example 20000 4294967295 3']
    for value in ('', 'good', 'trustedx y', 'Blocked x'):
        server.says('HSET', 'vouchsafe:list:ours', 'c.example', value, '.example', 'trusted all')
        answer = store.listing('c.example', 'ours')
        assert answer.status == 'failed' and 'list:ours' in answer.note, vars(answer)
    server.says('HSET', 'vouchsafe:list:ours', 'c.example', 'blocked a\x1bb\tc')
    assert store.listing('c.example', 'ours').note == 'a?b?c'
    server.says('SADD', 'vouchsafe:lists', 'ours', 'none', 'not a name')
    server.says('HSET', 'vouchsafe:suspensions', 's.example', 'soon cause', 't.example', '99999999999 cause', 'a b c', '99999999999 x')
    assert store.rows('each list') == ['row ours .example trusted all', 'row ours c.example blocked a?b?c']
    assert store.rows('each suspension') == ['row t.example 99999999999 cause']


def greeted(octets, answer):
    """PONG to the greeting; the rest is another matter."""
    return b'+PONG\r\n' if b'PING' in octets else answer * octets.count(b'*')


NESTED = b'*100000\r\n' * 120
# What the words of trouble say in the end, and what the server answers.
NONSENSE = {
    'http': ('another protocol', lambda octets: b'HTTP/1.1 400 Bad Request\r\n\r\n'),
    'hangs up': ('closed the connection', lambda octets: None),
    'loading': ('LOADING Redis is \\x1b[31m', lambda octets: b'-LOADING Redis is \x1b[31mloading\r\n' * octets.count(b'*')),
    'another word': ('does not serve us', lambda octets: b'+HELLO\r\n'),
    'unasked': ('nobody asked for', lambda octets: b'+PONG\r\n' * 20),
    'null': ('does not serve us', lambda octets: b'$-1\r\n' * octets.count(b'*')),
    'elements': ('another protocol', lambda octets: b'*2147483647\r\n'),
    'nested': ('another protocol', lambda octets: greeted(octets, NESTED)),
    'wide': ('another protocol', lambda octets: greeted(octets, b'*199999\r\n' + b'*100000\r\n' * 199999)),
    'endless': ('too long', lambda octets: b'+' + b'x' * (9 << 20)),
    'long': ('too long', lambda octets: greeted(octets, b'$999999999\r\n' + b'x' * (9 << 20))),
    'negative': ('another protocol', lambda octets: b'$-7\r\n'),
    'wrong type': ('does not fit', lambda octets: greeted(octets, b':7\r\n')),
    'wrong array': ('does not fit', lambda octets: greeted(octets, b'*3\r\n:1\r\n:2\r\n:3\r\n')),
    'wrong fields': ('does not fit', lambda octets: greeted(octets, b'*2\r\n*0\r\n*-1\r\n')),
    'error': ('ERR \\x1b[31m\\xff', lambda octets: greeted(octets, b'-ERR \x1b[31m\xff\r\n')),
}


def test_nonsense(world):
    """A server that is none: no crash, no belief, no memory, printable words."""
    for name, (words, talk) in NONSENSE.items():
        fake = world.fake(talk)
        store = world.driver(fake, SHORT)
        before = resident(store.process.pid)
        for i in range(6):
            answer = store.ask('a.example', 'example')
            # a hash with none of our fields in it is an empty one
            assert answer.status in ('failed', 'timeout') or (name, answer.status) == ('wrong fields', 'nxdomain'), name
            assert answer.note.isascii() and answer.note.isprintable(), (name, answer.note)
            assert store.listing('a.example', 'ours').status in ('failed', 'timeout'), name
            if i % 3 == 0:
                assert store.do('vote a.example - me ham 1') == 'trouble', name
                lines = store.result(store.send('each suspension'))
                assert lines != ['done'] and lines[0].isprintable(), (name, lines)

        def said():
            store.ask('a.example')
            found = store.trouble()[1] or ''
            assert found.isascii() and found.isprintable(), (name, found)
            return words in found
        until(said, name + ': ' + words)
        assert resident(store.process.pid) - before < 32 << 20, name
        store.close()
        fake.close()


def test_pauses(world):
    """Who hangs up on us is not called again and again."""
    fake = world.fake(lambda octets: None)
    store = world.driver(fake)
    until(lambda: fake.visits >= 2, 'another attempt')
    time.sleep(1.5)
    assert fake.visits <= 6, fake.visits
    store.close()


def test_reply_lost(world):
    """A vote that was counted, and whose reply was lost with the connection, is not sent again; a row that was lost is."""
    server = world.server()
    lose = []

    def relay(octets):
        if lose and lose[0] in octets and lose[0] == b'HSET':
            return lose.clear()
        with socket.socket(socket.AF_UNIX) as real:
            real.settimeout(PATIENCE_S)
            real.connect(server.socket)
            real.sendall(octets)
            reply = real.recv(1 << 16)
        return lose.clear() if lose and lose[0] in octets else reply

    store = world.driver(world.fake(relay)).ready()
    lose.append(b'EVAL')
    assert store.do('vote a.example - me ham 7') == 'trouble'
    healed(store, 1)
    assert store.ask('a.example').values[2:] == ['7', '0']
    lose.append(b'HSET')
    store.send('put suspension s.example 99999999999 cause')
    until(lambda: not lose, 'lost')
    healed(store, 1)
    until(lambda: server.says('HLEN', 'vouchsafe:suspensions') == '1', 'the row')


def test_refused_late(world):
    """A vote whose owner has been told trouble is not sent again, whatever becomes of it on the way."""
    server = world.server()
    told = threading.Event()

    def relay(octets):
        if b'EVALSHA' in octets and not told.is_set():
            assert told.wait(PATIENCE_S)
            server.says('SCRIPT', 'FLUSH')
        with socket.socket(socket.AF_UNIX) as real:
            real.settimeout(PATIENCE_S)
            real.connect(server.socket)
            real.sendall(octets + b'QUIT\r\n')
            return b''.join(iter(lambda: real.recv(1 << 16), b''))[:-len(b'+OK\r\n')]

    store = world.driver(world.fake(relay), SHORT).ready()
    waiting = store.send('wait b.example - me ham 1')
    assert store.do('vote a.example - me ham 1') == 'trouble'
    told.set()
    assert store.result(waiting) == ['counted']
    until(lambda: store.trouble()[0] == 1, 'dropped')
    assert store.ask('a.example').status == 'nxdomain'


def test_close_told(world):
    """Who waits for a vote or a row when the store is closed is told, whether it was under way or in line."""
    server = world.server()
    silent = []

    def relay(octets):
        if silent or b'EVAL' in octets:
            silent.append(octets)
            return b''
        with socket.socket(socket.AF_UNIX) as real:
            real.settimeout(PATIENCE_S)
            real.connect(server.socket)
            real.sendall(octets)
            return real.recv(1 << 16)

    store = world.driver(world.fake(relay), 'timeout=500').ready()
    waiting = [store.send('wait n%d.example - me ham 1' % i) for i in range(200)]
    rows = [store.send('put list ours a.example blocked why')]
    until(lambda: silent, 'under way')
    store.close()
    assert [store.results[str(number)] for number in waiting] == [['trouble']] * 200
    assert all(len(store.results[str(number)]) == 1 for number in rows)


def test_where(world):
    """Where there can be no server, the store does not open, and says why."""
    for where in ('', 'unix:', 'unix:' + 'x' * 200, 'inet:127.0.0.1', 'inet:127.0.0.1:0', 'inet:127.0.0.1:65536',
                  'inet:localhost:6379', 'inet::6379', 'tcp:127.0.0.1:6379', 'inet:127.0.0.1:6379x', 'inet:\x1b:1'):
        done = subprocess.run([DRIVER, 'redis:' + where], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 2 and b'is no server' in done.stderr and done.stderr.strip().decode().isprintable(), where


def test_inet(world):
    """Over TCP, IPv4 and IPv6; a port where nobody listens is trouble."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    world.server('redis', '--port', str(port), '--bind', '127.0.0.1', '-::1')
    for where in ('inet:127.0.0.1:%d', 'inet:[::1]:%d'):
        store = Driver('redis:' + where % port)
        world.drivers.append(store)
        store.ready()
    store = Driver('redis:inet:127.0.0.1:1')
    world.drivers.append(store)
    answered_at_once(store)
    until(lambda: 'refused' in (store.trouble()[1] or ''), 'words')
