#!/usr/bin/python3
"""The store and the ledger in a SQLite file: killed, on disks that are full, read-only or failing, in files that are
damaged, newer or somebody else's, and beside other processes.

    tests/store/run.py [NAME...]

What was reported as committed is there after every kill, no batch is there in part, and no trouble stops the process.
Tests that need a mount namespace say so where there is none.
"""
import contextlib
import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'lib')]

from driver import Driver, number, query  # noqa: E402
from proc import can_unshare  # noqa: E402

KILLS = 200


class World:
    """A folder, and the drivers in it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='vs')
        self.drivers = []

    def path(self, name='store.db'):
        return os.path.join(self.folder, name)

    def start(self, name='store.db', *arguments, **options):
        driver = Driver(self.path(name), *arguments, **options)
        self.drivers.append(driver)
        return driver

    def open(self, name='store.db', *arguments, **options):
        return self.start(name, *arguments, **options).opened()

    def mounted(self, name, options, mount):
        """A driver in a namespace where `mount` (a shell command, $0 is the folder) was run."""
        script = mount + ' && exec "$@"'
        os.makedirs(self.path('disk'), exist_ok=True)
        return self.open('disk/' + name, *options, before=['unshare', '-m', 'sh', '-c', script, self.path('disk')])

    def close(self):
        for driver in self.drivers:
            driver.kill()
        shutil.rmtree(self.folder)


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


def fill(driver, count=20):
    """A file with something in it, closed."""
    for index in range(count):
        assert driver.ask('vote', 'mail.example.org', 1) == 'counted'
        assert driver.ask('decide', 'd%d' % index, 1500) == 'ok'
    assert driver.ask('commit') == 'yes'
    assert driver.end() == 0


def check_run(path, run, committed):
    """What a killed run left: whole batches, and at least what it reported."""
    host = '%s.%s.example.org' % (run, run[-1])
    votes = number(path, 'SELECT sum(ham) FROM reputation WHERE name = ?', host)
    rows = query(path, 'SELECT id, evaluation, length(detail), length(ltrim(detail, \'d\')), reasons, length(client)'
                       ' FROM decision WHERE id >= ? AND id < ?', run + '-', run + '.')
    assert votes >= committed, (run, votes, committed)
    assert len(rows) == votes, (run, len(rows), votes)
    assert number(path, "SELECT sum(ham) FROM share WHERE name = ? AND source = ''", host) == votes, run
    assert {row[0] for row in rows} == {'%s-%d' % (run, index + 1) for index in range(votes)}, run
    for name, evaluation, length, other, reasons, client in rows:
        assert (evaluation, other, reasons, client) == (name, 0, 'reputation:30', 4) and length > 0, name
    return votes


def killed_run(world, dice, run, at_write):
    """A writer dies in the middle of a write to the disk, or whenever it happens: how much it said was committed."""
    writer = world.start()
    if at_write:
        writer.tell('die', dice.randint(1, 300))
    writer.tell('write', run)
    left = 10 ** 9 if at_write else dice.randint(0, 12)
    said = ['committed 0']
    while left > 0:
        line = writer.line()
        if line is None:
            break
        said.append(line)
        left -= line.startswith('committed')
    if not at_write:
        time.sleep(dice.uniform(0, 0.004))
    writer.kill()
    said += writer.lines()
    assert not any(line.startswith('trouble') for line in said), said
    return max(int(line.split()[1]) for line in said if line.startswith('committed'))


def test_kills(world):
    """One file, 200 times."""
    dice, total = random.Random(20), 0
    for turn in range(KILLS):
        run = 'r%d' % turn
        total += check_run(world.path(), run, killed_run(world, dice, run, turn % 2 == 0))
        if turn % 20 == 19:
            assert query(world.path(), 'PRAGMA integrity_check') == [('ok',)], turn
            # a vote on a host is one on its organization, in the same transaction
            assert number(world.path(), "SELECT sum(ham) FROM reputation WHERE name LIKE '.%'") == total
            assert number(world.path(), 'SELECT count(*) FROM decision') == total
    assert total > 10 * KILLS, total
    driver = world.open()
    assert driver.trouble() is None
    assert driver.ask('vote', 'mail.example.org', 1) == 'counted'
    assert driver.ask('commit') == 'yes'
    assert driver.end() == 0


def test_killed_at_birth(world):
    """At every write that making the file takes: the next one to open it finds nothing wrong."""
    for turn in range(1, 1000):
        name = 'new%d.db' % turn
        driver = world.start(name, 'die', str(turn))
        if driver.line() == 'open':
            break
        driver.kill()
        driver = world.open(name)
        assert driver.trouble() is None, (turn, driver.trouble())
        fill(driver, 3)
        assert query(world.path(name), 'PRAGMA integrity_check') == [('ok',)], turn
    assert turn > 10, turn


def test_killed_while_removing(world):
    """At random writes of expiry, giving room back and checkpoints: whole rows or none."""
    dice = random.Random(21)
    driver = world.open()
    for index in range(6000):
        driver.tell('decide', 'd%d' % index, 3000)
    assert [driver.line() for _ in range(6000)] == ['ok'] * 6000
    assert driver.ask('commit') == 'yes'
    assert driver.end() == 0
    for turn in range(25):
        driver = world.open()
        driver.tell('die', dice.randint(1, 1200))
        for _ in range(3):
            driver.tell('expire')
            driver.tell('commit')
        for _ in range(7):
            if driver.line() is None:
                break
        driver.kill()
        if turn % 5 == 4:
            assert query(world.path(), 'PRAGMA integrity_check') == [('ok',)], turn
    left = number(world.path(), 'SELECT count(*) FROM decision')
    assert left == number(world.path(), 'SELECT count(*) FROM decision WHERE length(detail) = 3000')
    assert left < 6000
    driver = world.open()
    while driver.ask('expire') == 'yes':
        assert driver.ask('commit') == 'yes'
    assert driver.ask('commit') == 'yes' and driver.ask('vacuum') == 'yes'
    assert driver.state()[2] < 11 << 20, driver.state()  # what decisions take is an estimate
    assert driver.ask('find', 'd5999') == 'found'
    assert driver.end() == 0


def test_disk_full(world):
    """Writes are lost and counted, reads go on; when there is room again, all is as before."""
    if not can_unshare():
        return 'needs root and a mount namespace'
    driver = world.mounted('store.db', [], 'mount -t tmpfs -o size=1m none "$0"')
    room = '/proc/%d/root%s/filler' % (driver.process.pid, world.path('disk'))
    assert driver.ask('vote', 'mail.example.org', 3) == 'counted'
    assert driver.ask('decide', 'kept', 1000) == 'ok'
    assert driver.ask('commit') == 'yes'
    with contextlib.suppress(OSError), open(room, 'wb') as file:
        file.write(bytes(1 << 20))
    committed, attempted = ['kept'], 0
    for index in range(200):
        attempted += 5
        names = ['d%d-%d' % (index, one) for one in range(5)]
        for name in names:
            driver.ask('decide', name, 4000)
        if driver.ask('commit') == 'yes':
            committed += names
    lost, pending, _, trouble = driver.state()
    assert trouble == world.path('disk/store.db') + ': disk full', trouble
    assert pending == 0 and lost == attempted - (len(committed) - 1) and lost > 500, (lost, attempted, len(committed))
    assert driver.ask('ask', 'mail.example.org') == 'found 3 0'
    assert {driver.ask('find', name) for name in committed} == {'found'}
    assert driver.ask('find', 'd199-0') == 'none'
    os.unlink(room)
    assert driver.ask('vote', 'mail.example.org', 2) == 'counted'
    assert driver.ask('commit') == 'yes'
    assert driver.trouble() is None and driver.state()[0] == lost
    assert driver.ask('ask', 'mail.example.org') == 'found 5 0'
    assert driver.end() == 0
    return None


def test_failing_disk(world):
    """Each error of the disk has its words, and is over with it, also when nobody writes."""
    for code, words in [(28, 'disk full'), (5, 'Input/output error'), (122, 'Disk quota exceeded'),
                        (30, 'Read-only file system')]:
        name = 'store%d.db' % code
        driver = world.open(name)
        assert driver.ask('vote', 'mail.example.org', 3) == 'counted'
        assert driver.ask('commit') == 'yes'
        driver.ask('fail', code)
        assert driver.ask('vote', 'mail.example.org', 1) == 'counted'
        assert driver.ask('decide', 'lost', 1000) == 'ok'
        assert driver.ask('commit') == 'no'
        assert driver.trouble() == '%s: %s' % (world.path(name), words), driver.trouble()
        assert driver.state()[0] == 2
        assert driver.ask('ask', 'mail.example.org') == 'found 3 0'
        assert driver.ask('find', 'lost') == 'none'
        assert driver.ask('commit') == 'no'
        assert driver.trouble() is not None and driver.state()[0] == 2
        driver.ask('fail', 0)
        assert driver.ask('commit') == 'yes'
        assert driver.trouble() is None
        assert driver.ask('vote', 'mail.example.org', 1) == 'counted'
        assert driver.ask('commit') == 'yes'
        assert driver.ask('ask', 'mail.example.org') == 'found 4 0'
        assert driver.end() == 0
        assert query(world.path(name), 'PRAGMA integrity_check') == [('ok',)]


def test_read_only_disk(world):
    """A file on it is read, and nothing is written, by the keeper and by who only looks; a file that is not there is
    trouble. When the disk is written again, so is the file."""
    if not can_unshare():
        return 'needs root and a mount namespace'
    os.mkdir(world.path('disk'))
    fill(world.open('disk/store.db'))
    before = digest(world.path('disk/store.db'))
    mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"'
    driver = world.mounted('store.db', [], mount)
    assert driver.trouble() == world.path('disk/store.db') + ': cannot be written', driver.trouble()
    assert driver.ask('ask', 'mail.example.org') == 'found 20 0'
    assert driver.ask('find', 'd7') == 'found'
    assert driver.ask('vote', 'mail.example.org', 1) == 'trouble'
    assert driver.ask('commit') == 'no'
    assert driver.ask('find', 'd7') == 'found'
    assert driver.state()[0] == 1
    looker = world.mounted('store.db', ['look'], mount)
    assert looker.trouble() is None
    assert looker.ask('ask', 'mail.example.org') == 'found 20 0'
    assert looker.end() == 0
    missing = world.mounted('none.db', [], mount)
    assert missing.trouble() == world.path('disk/none.db') + ': Read-only file system', missing.trouble()
    assert missing.ask('ask', 'mail.example.org').startswith('failed ')
    assert digest(world.path('disk/store.db')) == before
    for process in [driver, missing]:
        inside = ['nsenter', '-t', str(process.process.pid), '-m', 'mount', '-o', 'remount,bind,rw', world.path('disk')]
        assert subprocess.run(inside, check=False).returncode == 0
        assert process.ask('commit') == 'yes', process.trouble()
        assert process.ask('vote', 'mail.example.org', 1) == 'counted'
        assert process.ask('commit') == 'yes' and process.trouble() is None
        assert process.end() == 0
    assert number(world.path('disk/store.db'), "SELECT sum(ham) FROM reputation WHERE name = 'mail.example.org'") == 21
    return None


def damage(path, kind):
    """Breaks a file."""
    with open(path, 'r+b') as file:
        if kind == 'header':
            file.write(b'this is no database at all, but a text that somebody put here\n')
        elif kind == 'text':
            file.truncate(0)
            file.write(b'short')
        elif kind == 'truncated':
            file.truncate(os.path.getsize(path) // 2 // 4096 * 4096)
        elif kind == 'schema':
            file.seek(100)
            file.write(bytes(3996))
        elif kind == 'middle':
            for page in range(2, os.path.getsize(path) // 4096):
                file.seek(page * 4096)
                file.write(b'\xff' * 4096)


def test_damaged(world):
    """Words, no crash, and a file that is not touched; a good file in its place is taken without a start."""
    fill(world.open('good.db'))
    for kind in ['header', 'text', 'truncated', 'schema', 'middle']:
        shutil.copy(world.path('good.db'), world.path())
        damage(world.path(), kind)
        before = digest(world.path())
        driver = world.open()
        answers = [driver.ask('ask', 'mail.example.org'), driver.ask('find', 'd3'), driver.ask('vote', 'a.example', 1),
                   driver.ask('decide', 'x', 10), driver.ask('commit'), driver.ask('commit')]
        trouble = driver.trouble()
        assert trouble is not None and trouble.startswith(world.path() + ': ') and 'damaged' in trouble, (kind, trouble)
        assert answers[0] == 'failed ' + trouble and answers[1] == 'trouble', (kind, answers)
        assert answers[2] == 'trouble' and answers[4:] == ['no', 'no'], (kind, answers)
        assert driver.ask('expire') == 'no' and driver.ask('vacuum') == 'no', kind
        looker = world.open('store.db', 'look')
        assert looker.ask('ask', 'mail.example.org').startswith('failed '), kind
        assert looker.end() == 0
        assert digest(world.path()) == before, kind
        shutil.copy(world.path('good.db'), world.path('copy.db'))
        for end in ['-wal', '-shm']:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(world.path() + end)
        os.rename(world.path('copy.db'), world.path())
        assert driver.ask('commit') == 'yes', (kind, driver.trouble())
        assert driver.ask('ask', 'mail.example.org') == 'found 20 0'
        assert driver.ask('vote', 'mail.example.org', 1) == 'counted'
        assert driver.ask('commit') == 'yes'
        assert driver.end() == 0
        os.unlink(world.path())


def test_damaged_while_open(world):
    """What is found damaged in the middle of a transaction ends it, and the trouble stays until the file is another."""
    fill(world.open('good.db'))
    shutil.copy(world.path('good.db'), world.path())
    driver = world.open()
    assert driver.ask('vote', 'mail.example.org', 1) == 'counted'
    with open(world.path(), 'r+b') as file:
        root = number(world.path('good.db'), "SELECT rootpage FROM sqlite_schema WHERE name = 'decision'")
        file.seek((root - 1) * 4096)
        file.write(b'\xff' * 4096)
    assert driver.ask('decide', 'x', 10) == 'ok'
    assert driver.state()[0] == 2
    assert driver.ask('commit') == 'no' and driver.ask('commit') == 'no'
    assert 'damaged' in driver.trouble(), driver.trouble()
    assert driver.ask('vote', 'mail.example.org', 1) == 'trouble'
    os.rename(world.path('good.db'), world.path())
    assert driver.ask('commit') == 'yes'
    assert driver.ask('ask', 'mail.example.org') == 'found 20 0'
    assert driver.end() == 0


def make(path, script):
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


def test_not_ours(world):
    """A file of a newer version, or of another program, is refused in words and stays as it is."""
    fill(world.open('newer.db'))
    make(world.path('newer.db'), 'PRAGMA user_version = 99')
    make(world.path('other.db'), 'CREATE TABLE reputation (a); INSERT INTO reputation VALUES (1)')
    make(world.path('marked.db'), 'PRAGMA application_id = 7')
    make(world.path('minus.db'), 'PRAGMA user_version = -1')
    for name, words in [('newer.db', 'made by a newer version of this program; not touched'),
                        ('other.db', 'belongs to another program; not touched'),
                        ('marked.db', 'belongs to another program; not touched'),
                        ('minus.db', 'belongs to another program; not touched')]:
        before = digest(world.path(name))
        for arguments in [[], ['look']]:
            driver = world.open(name, *arguments)
            assert driver.trouble() == '%s: %s' % (world.path(name), words), driver.trouble()
            assert driver.ask('ask', 'mail.example.org').startswith('failed ')
            assert driver.ask('vote', 'mail.example.org', 1) == 'trouble'
            assert driver.ask('commit') == 'no'
            assert driver.end() == 0
        assert digest(world.path(name)) == before, name
        assert not os.path.exists(world.path(name + '-wal')) or os.path.getsize(world.path(name + '-wal')) == 0, name


def schema(path):
    return sorted(query(path, 'SELECT type, name, sql FROM sqlite_schema'))


def test_log_of_others(world):
    """What stands in the log of a file that is refused is not written into it either."""
    fill(world.open())
    writer = sqlite3.connect(world.path())
    writer.execute('PRAGMA user_version = 99')
    for end in ['', '-wal']:
        shutil.copy(world.path() + end, world.path('copy.db') + end)
    writer.close()
    before = [digest(world.path('copy.db') + end) for end in ['', '-wal']]
    driver = world.open('copy.db')
    assert 'newer version' in driver.trouble(), driver.trouble()
    assert driver.ask('commit') == 'no'
    assert driver.end() == 0
    assert [digest(world.path('copy.db') + end) for end in ['', '-wal']] == before


def test_migration(world):
    """From nothing, from an empty file, and from an empty database: the same tables, mode and settings."""
    with open(world.path('empty.db'), 'wb'):
        pass
    make(world.path('zero.db'), 'PRAGMA user_version = 0; VACUUM')
    for name in ['store.db', 'empty.db', 'zero.db']:
        fill(world.open(name))
        assert schema(world.path(name)) == schema(world.path())
        for pragma, value in [('user_version', 3), ('journal_mode', 'wal'), ('application_id', 0x766f7563)]:
            assert number(world.path(name), 'PRAGMA ' + pragma) == value, (name, pragma)
    assert number(world.path(), 'PRAGMA auto_vacuum') == 2
    keys = {query(world.path(name), "SELECT value FROM meta WHERE key = 'name_key'")[0][0]
            for name in ['store.db', 'empty.db', 'zero.db']}
    assert len(keys) == 3 and {len(key) for key in keys} == {32}


def contents(path):
    """The tables as they are made, and all rows of them but those of the schema's own."""
    tables = [' '.join(sql.split()) for _, _, sql in schema(path) if sql]
    return tables, {name: sorted(map(repr, query(path, 'SELECT * FROM ' + name)))
                    for kind, name, _ in schema(path) if kind == 'table'}


def expected(path, version):
    """What all rows of a file of this version are now."""
    _, rows = contents(path)
    if version < 2:
        counts = {'counted': 1, 'capped': 0}
        rows['feedback'] = sorted(repr(row + (counts[row[-1]],)) for row in query(path, 'SELECT * FROM feedback'))
    rows['suspension'] = sorted(repr((service, '', until, text))
                                for service, until, text in query(path, 'SELECT * FROM suspension'))
    return rows


def tool(world, name, *words):
    """(exit status, what it printed) of the program with this file as its store."""
    with open(world.path('conf'), 'w', encoding='utf-8') as file:
        file.write('store { type = sqlite file = "%s" }\ndns { zone_files = {"%s"} }\n'
                   'accreditor "own" { style = list shared = yes }\n' % (world.path(name), world.path('zone')))
    with open(world.path('zone'), 'w', encoding='utf-8') as file:
        file.write('$ORIGIN example.org.\n@ 60 IN SOA ns hostmaster 1 60 60 60 60\nmail 60 IN A 192.0.2.10\n')
    done = subprocess.run([os.environ['VOUCHSAFE'], words[0], '--config', world.path('conf'), *words[1:]],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode()


# All that only reads, and its exit status where the file is of an older version.
READERS = [(['explain', 'aaaaaaaaaaaad'], 2), (['explain', '--json', 'aaaaaaaaaaaad'], 2), (['top', '--once'], 2),
           (['top', '--json', '--once'], 2), (['reputation'], 2), (['reputation', 'mail.example.org'], 2), (['list', 'show'], 2),
           (['list', 'show', 'own'], 2), (['store', 'export'], 2), (['store', 'status'], 1), (['store', 'status', '--json'], 1),
           (['check', '192.0.2.10', 'mail.example.org'], 0)]
OLDER = 'of an older version; start the daemon, or run vouchsafe store vacuum, to bring it up to date'


def test_older_files(world):
    """Files as older versions made them: what reads refuses them and says what helps, what writes keeps every row."""
    assert world.open().end() == 0
    tables, _ = contents(world.path())
    for version in [1, 2]:
        with open(os.path.join(HERE, 'version-%d.sql' % version), encoding='utf-8') as file:
            script = file.read()
        names = ['tool%d.db' % version, 'driver%d.db' % version]
        for name in names:
            make(world.path(name), script)
        rows = expected(world.path(names[0]), version)
        assert len(rows) == 9 and all(rows.values()), rows
        before = digest(world.path(names[0]))
        for command, ends in READERS:
            status, text = tool(world, names[0], *command)
            assert status == ends and text.count('%s: empty or %s' % (world.path(names[0]), OLDER)) == 1, (command, text)
        assert digest(world.path(names[0])) == before and number(world.path(names[0]), 'PRAGMA user_version') == version
        status, text = tool(world, names[0], 'store', 'vacuum')
        assert status == 0, text
        assert world.open(names[1]).end() == 0
        for name in names:
            assert number(world.path(name), 'PRAGMA user_version') == 3
            assert sorted(contents(world.path(name))[0]) == sorted(tables), (version, name)
            assert contents(world.path(name))[1] == rows, (contents(world.path(name))[1], rows)
        for command, _ in READERS:
            status, text = tool(world, names[0], *command)
            assert status != 2 and OLDER not in text, (command, text)
        assert 'mail.example.org' in tool(world, names[0], 'explain', 'aaaaaaaaaaaad')[1]
        assert '"black.test"' in tool(world, names[0], 'store', 'export')[1]
        assert 'a friend' in tool(world, names[0], 'list', 'show', 'own')[1]


def test_only_looking(world):
    """Sees what another process commits, creates nothing and writes nothing."""
    looker = world.open('store.db', 'look')
    assert looker.trouble() == world.path() + ': No such file or directory', looker.trouble()
    assert os.listdir(world.folder) == []
    driver = world.open()
    assert looker.ask('commit') == 'yes'
    assert driver.ask('vote', 'mail.example.org', 3) == 'counted'
    assert looker.ask('ask', 'mail.example.org') == 'nxdomain'
    assert driver.ask('commit') == 'yes'
    assert looker.ask('ask', 'mail.example.org') == 'found 3 0'
    assert looker.ask('vote', 'mail.example.org', 3) == 'trouble'
    assert looker.ask('commit') == 'yes' and looker.trouble() is None
    assert driver.end() == 0
    assert looker.ask('ask', 'mail.example.org') == 'found 3 0'
    assert looker.end() == 0


def test_several_processes(world):
    """Four make one file at the same moment and write into it at the same time: nothing is lost."""
    drivers = [world.start() for _ in range(4)]
    for driver in drivers:
        driver.opened()
        assert driver.trouble() is None, driver.trouble()
    for turn in range(40):
        for driver in drivers:
            for index in range(10):
                driver.tell('vote', 'mail.example.org', 1)
                driver.tell('decide', '%d-%d-%d' % (drivers.index(driver), turn, index), 500)
            driver.tell('commit')
    for driver in drivers:
        said = [driver.line() for _ in range(40 * 21)]
        assert said.count('counted') == said.count('ok') == 400 and said.count('yes') == 40, said
        assert driver.state()[0] == 0
    assert drivers[0].ask('ask', 'mail.example.org') == 'found 1600 0'
    assert {driver.end() for driver in drivers} == {0}
    assert number(world.path(), 'SELECT count(*) FROM decision') == 1600


def test_locked(world):
    """Another program that holds the lock is trouble in words, not a wait for every write, and over when it lets go."""
    driver = world.open()
    assert driver.ask('vote', 'mail.example.org', 1) == 'counted'
    assert driver.ask('commit') == 'yes'
    other = sqlite3.connect(world.path(), isolation_level=None)
    other.execute('BEGIN IMMEDIATE')
    start = time.monotonic()
    for _ in range(500):
        assert driver.ask('vote', 'mail.example.org', 1) == 'trouble'
    assert time.monotonic() - start < 100, 'each write waits for the lock'
    assert driver.trouble() == world.path() + ': locked by another program', driver.trouble()
    assert driver.ask('ask', 'mail.example.org') == 'found 1 0'
    assert driver.ask('commit') == 'no'
    other.execute('ROLLBACK')
    other.close()
    assert driver.ask('commit') == 'yes'
    assert driver.state()[0] == 500 and driver.trouble() is None
    assert driver.ask('vote', 'mail.example.org', 1) == 'counted'
    assert driver.end() == 0


def test_moved(world):
    """A file that is gone, or another one now, is left: writes go to what has its name."""
    driver = world.open()
    assert driver.ask('vote', 'mail.example.org', 1) == 'counted'
    assert driver.ask('commit') == 'yes'
    for end in ['', '-wal', '-shm']:
        os.rename(world.path() + end, world.path('old.db') + end)
    assert driver.ask('vote', 'mail.example.org', 5) == 'counted'
    assert driver.ask('commit') == 'yes'
    assert driver.ask('ask', 'mail.example.org') == 'found 5 0'
    assert driver.end() == 0
    assert number(world.path(), "SELECT sum(ham) FROM reputation WHERE name = 'mail.example.org'") == 5
    assert number(world.path('old.db'), "SELECT sum(ham) FROM reputation WHERE name = 'mail.example.org'") == 1


def test_modes(world):
    """Nobody but the owner, and the group if the umask lets it, reads what is remembered."""
    for umask, mode in [(0o077, 0o600), (0o027, 0o640), (0o022, 0o640), (0, 0o640)]:
        name = 'mode%o.db' % umask
        driver = world.open(name, umask=umask)
        assert driver.ask('vote', 'mail.example.org', 1) == 'counted'
        assert driver.ask('commit') == 'yes'
        for end in ['', '-wal', '-shm']:
            assert os.stat(world.path(name + end)).st_mode & 0o777 == mode, (umask, end)
        assert driver.end() == 0


def test_odd_paths(world):
    """A path is a path, whatever it looks like."""
    os.mkdir(world.path('folder'))
    driver = world.open('folder')
    assert driver.trouble().startswith(world.path('folder') + ': '), driver.trouble()
    assert driver.ask('commit') == 'no'
    assert driver.end() == 0
    name = 'a?mode=memory%41#x.db'
    fill(world.open(name))
    assert world.open(name, 'look').ask('ask', 'mail.example.org') == 'found 20 0'
    assert os.path.exists(world.path(name))
    missing = world.open('no/such/folder.db')
    assert missing.trouble() == world.path('no/such/folder.db') + ': No such file or directory', missing.trouble()
    os.makedirs(world.path('no/such'))
    assert missing.ask('commit') == 'yes' and missing.trouble() is None
    fill(missing)


def main(wanted):
    tests = [(name[5:], test) for name, test in globals().items() if name.startswith('test_')]
    passed = failed = 0
    for name, test in tests:
        if wanted and name not in wanted:
            continue
        world = World()
        start = time.monotonic()
        try:
            why = test(world)
            passed += why is None
            if why is not None:
                failed += os.environ.get('CI') == 'true'  # where all has to run
                print('skipped %s: %s' % (name, why))
            elif wanted:
                print('%s %.1f s' % (name, time.monotonic() - start))
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print('FAILED %s\n%s' % (name, traceback.format_exc()))
        finally:
            world.close()
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
