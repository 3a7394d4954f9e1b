"""System calls and allocations that fail."""
import errno
import itertools
import mmap
import os
import struct
import subprocess

import client
from world import BUILD, VOUCHSAFED, PATIENCE, run, until

LIBRARY = BUILD + '/tests/torture/fail.so'
SHORT = -1
EVERY = 1000000  # times that a call fails in a row

# As in fail.c, in this order.
FUNCTIONS = ('none malloc calloc realloc read write send recv accept4 socket setsockopt epoll_ctl epoll_wait fcntl pipe2 open '
             'getrandom fork').split()

# What the worker calls while it serves, how it fails, and up to which call.
SERVING = [
    ('malloc', errno.ENOMEM, 40), ('calloc', errno.ENOMEM, 60), ('realloc', errno.ENOMEM, 20), ('recv', errno.ECONNRESET, 20),
    ('recv', errno.ENOMEM, 20), ('recv', errno.EINTR, 20), ('recv', errno.EAGAIN, 20), ('send', errno.EPIPE, 30),
    ('send', errno.ENOBUFS, 20), ('send', errno.EINTR, 20), ('send', errno.EAGAIN, 30), ('send', SHORT, 30),
    ('accept4', errno.EMFILE, 4), ('accept4', errno.ENFILE, 2), ('accept4', errno.ECONNABORTED, 6), ('accept4', errno.EPERM, 6),
    ('accept4', errno.EINTR, 6), ('accept4', errno.ENOMEM, 3), ('epoll_ctl', errno.ENOMEM, 30), ('epoll_ctl', errno.ENOSPC, 30),
    ('epoll_wait', errno.EINTR, 20), ('write', errno.EAGAIN, 10), ('write', errno.EPIPE, 10), ('write', errno.EIO, 10),
    ('getrandom', errno.EINTR, 5), ('fcntl', errno.EINVAL, 5), ('setsockopt', errno.ENOBUFS, 5),
]
REACHED = {'malloc', 'calloc', 'recv', 'send', 'accept4', 'epoll_ctl', 'epoll_wait', 'write'}

# What changes nothing that a client sees, however often it happens.
HARMLESS = [('recv', SHORT), ('send', SHORT)]

WRITING = [('read', errno.EINTR, 6), ('read', SHORT, 6), ('write', errno.ENOSPC, 6), ('write', errno.EIO, 6), ('write', SHORT, 6),
           ('malloc', errno.ENOMEM, 6), ('calloc', errno.ENOMEM, 6), ('epoll_wait', errno.EINTR, 6)]

RELOADING = [('fork', errno.EAGAIN, 2), ('fork', errno.ENOMEM, 2), ('pipe2', errno.EMFILE, 3), ('open', errno.EMFILE, 4),
             ('socket', errno.EMFILE, 2), ('accept4', errno.EMFILE, 2), ('epoll_ctl', errno.ENOMEM, 8), ('recv', errno.EINTR, 3),
             ('read', errno.EINTR, 6), ('read', errno.EIO, 6), ('send', errno.EPIPE, 2), ('calloc', errno.ENOMEM, 6)]

fresh = itertools.count(1)


class Plan:
    """The file that the library reads."""

    def __init__(self, path):
        with open(path, 'wb') as file:
            file.write(bytes(24))
        with open(path, 'r+b') as file:
            self.memory = mmap.mmap(file.fileno(), 24)

    def arm(self, pid, function, error, call=1, times=1):
        self.memory[4:24] = struct.pack('=5i', call, times, error, pid, 0)
        self.memory[0:4] = struct.pack('=i', FUNCTIONS.index(function))

    def disarm(self):
        """How often it struck."""
        self.memory[0:4] = bytes(4)
        return struct.unpack('=i', self.memory[20:24])[0]


def begin(world):
    plan = Plan(world.path('plan'))
    world.serve(LD_PRELOAD=LIBRARY, TORTURE_FILE=world.path('plan'))
    clean(world)
    return plan


def can_run():
    """Not under a sanitizer: it has an allocator of its own."""
    symbols = subprocess.run(['nm', '-D', VOUCHSAFED], stdout=subprocess.PIPE, check=True).stdout
    return b'__asan_init' not in symbols and b'__tsan_init' not in symbols


def play(world):
    """Words of sessions of each protocol: with a new name, and with one that is remembered."""
    words = []
    for protocol in client.PROTOCOLS.values():
        for helo in ['h%d.fresh.example.org' % next(fresh), 'mail.example.org']:
            words.append(protocol(world.folder, helo))
    client.policy(world.folder, 'bad.example.org')
    return words


def clean(world):
    """All is well."""
    words = play(world)
    assert set(words) == {'passed'}, words
    assert client.milter(world.folder, 'bad.example.org') == 'refused'


def strike(world, plan, pid, rows, after):
    """Every call of every row; `after` plays and judges. Returns which functions were reached, and how often."""
    reached = {}
    for function, error, calls in rows:
        for call in range(1, calls + 1):
            plan.arm(pid, function, error, call)
            label = '%s %s, call %d' % (function, errno.errorcode.get(error, 'short'), call)
            try:
                after()
            except Exception as trouble:
                raise AssertionError(label) from trouble
            if not plan.disarm():
                break
            reached[function] = reached.get(function, 0) + 1
            assert world.daemon.process.poll() is None, label + ': the supervisor ended'
            try:
                clean(world)
            except Exception as trouble:
                raise AssertionError(label + ': afterwards') from trouble
    return reached


def files(pid):
    return len(os.listdir('/proc/%d/fd' % pid))


def test_worker(world):
    if not can_run():
        return 'not run under a sanitizer'
    plan = begin(world)
    before = files(world.worker)

    def judge():
        words = play(world)
        assert 'refused' not in words, words

    reached = strike(world, plan, world.worker, SERVING, judge)
    assert REACHED <= set(reached), reached
    for function, error in HARMLESS:
        plan.arm(world.worker, function, error, times=EVERY)
        clean(world)
        assert plan.disarm() > 10
    until(lambda: files(world.worker) <= before, 'all descriptors are given back')
    world.survived()
    return '%d failures' % sum(reached.values())


def test_writer(world):
    """Trouble of the log is nothing to a client."""
    if not can_run():
        return 'not run under a sanitizer'
    plan = begin(world)
    writer = world.daemon.children('log')[0]
    reached = strike(world, plan, writer, WRITING, lambda: clean(world))
    assert {'read', 'write'} <= set(reached), reached
    assert world.daemon.children('log') == [writer], 'the writer is another one'
    world.survived()
    return '%d failures' % sum(reached.values())


def test_reload(world):
    """A reload works, or says why not; the supervisor lives and somebody serves."""
    if not can_run():
        return 'not run under a sanitizer'
    plan = begin(world)
    supervisor = world.daemon.process.pid

    def reload():
        done = run(os.path.join(BUILD, 'vouchsafe'), 'reload', '--config', world.path('conf'), timeout=PATIENCE)
        assert done.returncode == 0 or done.stderr, done

    reached = strike(world, plan, supervisor, RELOADING, reload)
    assert {'fork', 'pipe2', 'open'} <= set(reached), reached
    assert world.daemon.terminate() == 0
    return '%d failures' % sum(reached.values())
