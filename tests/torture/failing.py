"""System calls and allocations that fail."""
import collections
import errno
import itertools
import mmap
import os
import sqlite3
import struct
import time

import client
import nameserver
from daemon import BUILD, VOUCHSAFE, run, sanitized, until
from folder import Skipped
from proc import files

LIBRARY = BUILD + '/tests/torture/fail.so'
SHORT = -1
EVERY = 1000000  # times that a call fails in a row

# As in fail.c, in this order.
FUNCTIONS = ('none malloc calloc realloc read write send recv accept4 socket setsockopt epoll_ctl epoll_wait fcntl pipe2 open '
             'getrandom fork connect bind sendto sendmsg writev recvfrom recvmsg').split()

# What the worker calls while it serves, how it fails, and up to which call; a step between two calls is 1 if not said.
SERVING = [
    ('malloc', errno.ENOMEM, 40), ('calloc', errno.ENOMEM, 60), ('realloc', errno.ENOMEM, 20), ('recv', errno.ECONNRESET, 20),
    ('recv', errno.ENOMEM, 20), ('recv', errno.EINTR, 20), ('recv', errno.EAGAIN, 20), ('send', errno.EPIPE, 30),
    ('send', errno.ENOBUFS, 20), ('send', errno.EINTR, 20), ('send', errno.EAGAIN, 30), ('send', SHORT, 30),
    ('accept4', errno.EMFILE, 4), ('accept4', errno.ENFILE, 2), ('accept4', errno.ECONNABORTED, 6), ('accept4', errno.EPERM, 6),
    ('accept4', errno.EINTR, 6), ('accept4', errno.ENOMEM, 3), ('epoll_ctl', errno.ENOMEM, 30), ('epoll_ctl', errno.ENOSPC, 30),
    ('epoll_wait', errno.EINTR, 20), ('write', errno.EAGAIN, 10), ('write', errno.EPIPE, 10), ('write', errno.EIO, 10),
    ('getrandom', errno.EINTR, 2),
]
PATIENT = {'getrandom': 10}  # a stock of random bits is for so many rounds of sessions

# The same with libunbound in the worker, which asks a name server over UDP and TCP.
RESOLVING = [
    ('socket', errno.EMFILE, 12), ('socket', errno.ENOBUFS, 12), ('fcntl', errno.EINVAL, 24), ('setsockopt', errno.ENOBUFS, 12),
    ('bind', errno.EADDRINUSE, 12), ('bind', errno.EACCES, 12), ('connect', errno.ENETUNREACH, 12),
    ('connect', errno.ECONNREFUSED, 12), ('connect', errno.EADDRNOTAVAIL, 12), ('writev', errno.EPIPE, 6),
    ('writev', errno.EAGAIN, 6), ('writev', errno.ENOBUFS, 6), ('writev', SHORT, 6), ('recvfrom', errno.ECONNREFUSED, 12), ('recvfrom', errno.ENOMEM, 12),
    ('recvfrom', errno.EAGAIN, 12), ('recvfrom', errno.EINTR, 12), ('send', errno.ENETUNREACH, 40), ('send', errno.EPERM, 40),
    ('recv', errno.ECONNRESET, 60, 3), ('recv', errno.EAGAIN, 60, 3), ('epoll_ctl', errno.ENOMEM, 80, 5),
    ('malloc', errno.ENOMEM, 220, 7), ('calloc', errno.ENOMEM, 250, 9),
]
UNREACHABLE = [('socket', errno.EMFILE), ('bind', errno.EADDRINUSE), ('connect', errno.ENETUNREACH)]  # and stays so
RESOLVER_ALONE = {'socket', 'fcntl', 'setsockopt', 'bind', 'connect', 'writev', 'recvfrom'}  # streams use none of them

# What changes nothing that a client sees, however often it happens.
HARMLESS = [('recv', SHORT), ('send', SHORT)]

# The worker while it takes votes by HTTP and hands them to the keeper.
VOTING = [('malloc', errno.ENOMEM, 12), ('calloc', errno.ENOMEM, 12), ('recv', errno.ECONNRESET, 6), ('recv', errno.ENOMEM, 6),
          ('recv', errno.EINTR, 6), ('recv', errno.EAGAIN, 6), ('recv', SHORT, 2), ('send', errno.EPIPE, 6), ('send', errno.ENOBUFS, 6),
          ('send', errno.EINTR, 6), ('send', errno.EAGAIN, 6), ('send', SHORT, 6), ('accept4', errno.EMFILE, 2),
          ('accept4', errno.ECONNABORTED, 3), ('accept4', errno.ENOMEM, 2), ('epoll_ctl', errno.ENOMEM, 8), ('epoll_ctl', errno.ENOSPC, 8)]
VOTES_A_DECISION = 20  # more are capped

WRITING = [('read', errno.EINTR, 4), ('read', SHORT, 4), ('write', errno.ENOSPC, 4), ('write', errno.EIO, 4), ('write', SHORT, 4)]
GRACE_S = 0.3  # the writer comes later than the session; longer than this is not waited for what may never come

# Memory is not among them: libconfuse, which reads the configuration here, does not survive without it.
RELOADING = [('fork', errno.EAGAIN, 2), ('fork', errno.ENOMEM, 2), ('pipe2', errno.EMFILE, 3), ('open', errno.EMFILE, 4),
             ('socket', errno.EMFILE, 2), ('bind', errno.EACCES, 2), ('accept4', errno.EMFILE, 2), ('recv', errno.EINTR, 3),
             ('read', errno.EINTR, 6), ('send', errno.EPIPE, 2)]

# Nor is write: libevent uses it to hear of signals, and one that is lost is not sent again.
STARTING = [('open', errno.EMFILE, 12), ('pipe2', errno.EMFILE, 6), ('getrandom', errno.ENOSYS, 2), ('epoll_ctl', errno.ENOSPC, 24),
            ('malloc', errno.ENOMEM, 900, 7), ('calloc', errno.ENOMEM, 120, 3), ('realloc', errno.ENOMEM, 120, 3)]

fresh = itertools.count(1)


class Plan:
    """The file that the library reads."""

    def __init__(self, path):
        with open(path, 'wb') as file:
            file.write(bytes(24))
        with open(path, 'r+b') as file:
            self.memory = mmap.mmap(file.fileno(), 24)
        self.function = 'none'

    def arm(self, pid, function, error, call=1, times=1):
        self.function = function
        self.memory[4:24] = struct.pack('=5i', call, times, error, pid, 0)
        self.memory[0:4] = struct.pack('=i', FUNCTIONS.index(function))

    def struck(self):
        """How often."""
        return struct.unpack('=i', self.memory[20:24])[0]

    def first(self):
        """Is it about the very next call?"""
        return struct.unpack('=i', self.memory[4:8])[0] == 1

    def disarm(self):
        """How often it struck."""
        self.memory[0:4] = bytes(4)
        return self.struck()


def begin(world, **options):
    plan = Plan(world.path('plan'))
    world.serve(LD_PRELOAD=LIBRARY, TORTURE_FILE=world.path('plan'), **options)
    clean(world)
    return plan


def play(world):
    """Words of sessions of each protocol: with new names, and with one that is remembered."""
    words = []
    for protocol in client.PROTOCOLS.values():
        for helo in ['h%d.fresh.example.org' % next(fresh), 't%d.tcp.example.org' % next(fresh), 'mail.example.org']:
            words.append(protocol(world.folder, helo))
    client.policy(world.folder, 'bad.example.org')
    return words


def clean(world):
    """All is well."""
    words = play(world)
    assert set(words) == {'passed'}, words
    assert client.milter(world.folder, 'bad.example.org') == 'refused'


def strike(world, plan, pid, rows, after, again=None):
    """Every call of every row, each reached at least once; `after` plays and judges, `again` sees that all is well
    afterwards. Returns how often it struck."""
    reached = collections.Counter()
    for function, error, calls, *step in rows:
        for call in range(1, calls + 1, *step):
            plan.arm(pid, function, error, call)
            label = '%s %s, call %d' % (function, errno.errorcode.get(error, 'short'), call)
            try:
                after()
            except Exception as trouble:
                raise AssertionError(label) from trouble
            if not plan.disarm():
                break
            reached[function] += 1
            assert world.daemon.process.poll() is None, label + ': the supervisor ended'
            try:
                (again or clean)(world)
            except Exception as trouble:
                raise AssertionError(label + ': afterwards') from trouble
    assert set(reached) == {function for function, *_ in rows}, reached
    return sum(reached.values())


def serving(world, plan, rows):
    """Trouble in the worker that serves: nobody is refused. Returns how often it struck."""
    before = files(world.worker)

    def judge():
        words = play(world)
        for _ in range(PATIENT.get(plan.function, 1) - 1):
            words += [] if plan.struck() else play(world)
        assert 'refused' not in words, words
        assert plan.function not in RESOLVER_ALONE or set(words) <= {'passed', 'tempfail'}, words

    failures = strike(world, plan, world.worker, rows, judge)
    until(lambda: files(world.worker) <= before, 'all descriptors are given back')
    return failures


def test_worker(world):
    if sanitized():
        raise Skipped('the allocator of a sanitizer takes no library before it')
    plan = begin(world)
    failures = serving(world, plan, SERVING)
    for function, error in HARMLESS:
        plan.arm(world.worker, function, error, times=EVERY)
        clean(world)
        assert plan.disarm() > 10
    world.survived()
    return '%d failures' % failures


def test_resolver(world):
    """The way to the name server fails: trouble of the DNS, which refuses nobody, and is over with its cause."""
    if sanitized():
        raise Skipped('the allocator of a sanitizer takes no library before it')
    server = nameserver.NameServer()
    try:
        plan = begin(world, resolver=server.port)
        failures = serving(world, plan, RESOLVING)
        for function, error in UNREACHABLE:
            plan.arm(world.worker, function, error, times=EVERY)
            words = play(world)
            assert plan.disarm() > 0 and 'tempfail' in words and set(words) <= {'passed', 'tempfail'}, (function, words)
            until(lambda: set(play(world)) == {'passed'}, 'the name server is asked again')
        world.survived()
    finally:
        server.close()
    assert min(server.asked.values()) > failures, server.asked
    return '%d failures, questions: %s' % (failures, server.asked)


class Voters:
    """Votes by HTTP on decisions of their own, and what became of them."""

    def __init__(self, world):
        self.world, self.told = world, collections.Counter()
        for _ in range(100):
            client.policy(world.folder, 'h%d.fresh.example.org' % next(fresh))
        proven = 'SELECT id FROM decision WHERE proven = 1'
        until(lambda: len(self.rows(proven)) >= 100, 'decisions are in the ledger')
        self.votes = itertools.chain.from_iterable([row[0]] * VOTES_A_DECISION for row in self.rows(proven))

    def rows(self, query):
        base = sqlite3.connect('file:%s?mode=ro' % self.world.path('db'), uri=True, timeout=20)
        try:
            return base.execute(query).fetchall()
        finally:
            base.close()

    def vote(self):
        word = client.vote(self.world.folder, next(self.votes))
        self.told[word] += 1
        return word

    def judge(self):
        """One that may meet the failure, and one behind it on a connection of its own."""
        words = [self.vote(), self.vote()]
        assert set(words) <= {'counted', 'trouble', 'closed'}, words

    def again(self, _world):
        assert self.vote() == 'counted'


def test_votes(world):
    """Trouble in the worker that takes votes: each is counted, or its client hears that it is not, or nothing."""
    if sanitized():
        raise Skipped('the allocator of a sanitizer takes no library before it')
    world.write('token', client.TOKEN)
    os.chmod(world.path('token'), 0o600)
    plan = begin(world, more=client.VOTING_CONFIG.format(world.folder))
    voters = Voters(world)
    failures = strike(world, plan, world.worker, VOTING, voters.judge, voters.again)
    world.survived()
    counted, = voters.rows("SELECT sum(counted) FROM feedback")[0]
    assert voters.told['counted'] <= counted <= sum(voters.told.values()), (counted, voters.told)
    return '%d failures, votes: %s' % (failures, dict(voters.told))


def test_writer(world):
    """Trouble of the log is nothing to a client."""
    if sanitized():
        raise Skipped('the allocator of a sanitizer takes no library before it')
    plan = begin(world)
    writer = world.daemon.children('log')[0]

    def judge():
        first = plan.first()
        clean(world)
        if first:
            until(plan.struck, 'the writer has something to do')
        end = time.monotonic() + GRACE_S
        while not plan.struck() and time.monotonic() < end:
            time.sleep(0.01)

    failures = strike(world, plan, writer, WRITING, judge)
    assert world.daemon.children('log') == [writer], 'the writer is another one'
    world.survived()
    return '%d failures' % failures


def reload(world, configuration):
    """A reload, which brings a listener and takes one away, works, or says why not."""
    world.write('conf', configuration + 'listener "unix:%s" { protocol = policy }\n' % world.path('more%d' % next(fresh)))
    done = run(VOUCHSAFE, 'reload', '--config', world.path('conf'))
    assert done.returncode == 0 or done.stderr, done
    if done.returncode != 0:  # the workers that were to serve are killed, with what they had begun
        until(lambda: len(world.daemon.children('work')) == 1, 'the new workers are gone')


def test_reload(world):
    """Trouble in the supervisor: it lives, and somebody serves."""
    if sanitized():
        raise Skipped('the allocator of a sanitizer takes no library before it')
    plan = begin(world)
    configuration = world.read('conf')
    failures = strike(world, plan, world.daemon.process.pid, RELOADING, lambda: reload(world, configuration))
    assert world.daemon.terminate() == 0
    assert not [name for name in os.listdir(world.folder) if name.startswith('more')], 'sockets are left'
    return '%d failures' % failures


def test_start(world):
    """Trouble in the worker that is about to start, or in the old one and its log: one of the two serves."""
    if sanitized():
        raise Skipped('the allocator of a sanitizer takes no library before it')
    plan = begin(world)
    configuration = world.read('conf')
    failures = strike(world, plan, -world.daemon.process.pid, STARTING, lambda: reload(world, configuration))
    assert world.daemon.terminate() == 0
    return '%d failures' % failures
