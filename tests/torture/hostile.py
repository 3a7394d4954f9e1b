"""Peers that want to do harm, and sessions that must not notice."""
import random
import resource
import socket
import statistics
import struct
import threading
import time

import client
from daemon import PATIENCE_S, sanitized, until
from lines import exim_request, policy_request
from milter import NEGOTIATION, frame
from proc import files, memory

HALF_OPEN = 3000
STALLED = 100
FLOODS = 6
GOOD = 30
MEDIAN_MAX_S = 30 if sanitized() else 5  # of the good sessions; alone, they take some milliseconds
REQUEST = policy_request(client.CLIENT, b'mail.example.org', instance='hostile')
LINE = exim_request(client.CLIENT, b'mail.example.org')
MEMORY_MAX = 300 << 20  # what a worker may use with all of this


def connect(world, name, octets=b''):
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(PATIENCE_S)
    peer.connect(world.path(name))
    peer.sendall(octets)
    return peer


def is_closed(peer):
    """Has the daemon hung up?"""
    peer.setblocking(False)
    try:
        while True:
            if peer.recv(65536) == b'':
                return True
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def good(world, sessions=GOOD):
    """Sessions that must pass, whatever goes on, and most of them soon."""
    took_s = []
    for number in range(sessions):
        for name, protocol in client.PROTOCOLS.items():
            for helo in ['g%d.fresh.example.org' % number, 'mail.example.org']:
                begin = time.monotonic()
                word = protocol(world.folder, helo)
                took_s.append(time.monotonic() - begin)
                assert word == 'passed', (name, helo, word)
    assert statistics.median(took_s) < MEDIAN_MAX_S, took_s
    assert client.policy(world.folder, 'bad.example.org') == 'refused'


def allow_descriptors():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def test_stalled(world):
    """In mid-frame, at any octet: nobody waits for them, and they are closed after limits.frame_timeout."""
    world.serve(limits='frame_timeout = 1')
    before = files(world.worker)
    negotiation = frame(b'O', NEGOTIATION)
    whole = {'milter': negotiation + frame(b'H', b'mail.example.org\0'), 'policy': REQUEST,
             'exim': LINE}
    ends = {'milter': len(negotiation)}  # between two frames nothing is unfinished
    peers = [connect(world, name, octets[:1 + number % (len(octets) - 1)])
             for name, octets in whole.items() for number in range(STALLED) if 1 + number % (len(octets) - 1) != ends.get(name)]
    good(world, 5)
    for peer in peers:
        until(lambda p=peer: is_closed(p), 'a stalled peer is closed')
        peer.close()
    until(lambda: files(world.worker) <= before, 'all descriptors are given back')
    good(world, 1)
    world.survived()


def test_lengths(world):
    """Lengths up to 4 GiB, of frames that never come or that do come."""
    world.serve()
    negotiation = frame(b'O', NEGOTIATION)
    peers = []
    for length in [0, 1, 65536, 65537, 65545, 0xfffff, 0x0fffffff, 0x10000000, 0x10000001, 0x7fffffff, 0x80000000, 0xffffffff]:
        for before in [b'', negotiation]:
            for code in b'OCHMRTLNBEDAQKU\0':
                peers.append(connect(world, 'milter', before + struct.pack('>IB', length, code)))
    good(world, 5)
    for number, peer in enumerate(peers):
        try:
            peer.setblocking(False)
            peer.sendall(bytes(100 * (number % 300)))
        except (BrokenPipeError, ConnectionResetError, BlockingIOError):
            pass
    good(world, 5)
    for name, octets in [('policy', b'helo_name='), ('exim', b'helo=')]:
        peer = connect(world, name, octets)
        try:
            for _ in range(100):
                peer.sendall(b'x' * 10000)
        except (BrokenPipeError, ConnectionResetError):
            pass
        until(lambda p=peer: is_closed(p), 'an endless line is closed')
        peer.close()
    good(world, 2)
    assert sanitized() or memory(world.worker) < MEMORY_MAX, memory(world.worker)
    for peer in peers:
        peer.close()
    world.survived()


class Flood(threading.Thread):
    """Sends as fast as it can, and comes back when it is thrown out."""

    def __init__(self, world, name, octets):
        super().__init__(daemon=True)
        self.world, self.name_of, self.octets = world, name, octets
        self.sent, self.ends = 0, False
        self.trouble = None

    def run(self):
        while not self.ends and self.trouble is None:
            try:
                with connect(self.world, self.name_of) as peer:
                    self.pour(peer)
            except (BrokenPipeError, ConnectionResetError):
                pass
            except OSError as trouble:
                self.trouble = trouble

    def pour(self, peer):
        """Never reads an answer; a daemon that does not take more is left alone."""
        peer.settimeout(0.05)
        while not self.ends:
            try:
                self.sent += peer.send(self.octets)
            except socket.timeout:
                return


def test_floods(world):
    """Garbage, and endless good requests whose answers nobody reads."""
    world.serve()
    chance = random.Random(1)
    negotiation = frame(b'O', NEGOTIATION)
    helo = frame(b'H', b'mail.example.org\0')
    kinds = [('milter', chance.randbytes(30000)), ('milter', negotiation + helo * 2000), ('policy', chance.randbytes(30000)),
             ('policy', REQUEST * 200), ('exim', chance.randbytes(30000)),
             ('exim', LINE * 200)]
    floods = [Flood(world, *kinds[number % len(kinds)]) for number in range(FLOODS)]
    for flood in floods:
        flood.start()
    try:
        until(lambda: all(flood.sent > 100000 or flood.trouble for flood in floods), 'the flood comes')
        good(world)
    finally:
        for flood in floods:
            flood.ends = True
        for flood in floods:
            flood.join()
    assert not [flood.trouble for flood in floods if flood.trouble]
    assert sanitized() or memory(world.worker) < MEMORY_MAX, memory(world.worker)
    good(world, 1)
    world.survived()
    return '%d MiB' % (sum(flood.sent for flood in floods) >> 20)


def test_half_open(world):
    """Thousands that connect and say nothing or little; then more than there is room for."""
    count = min(HALF_OPEN, allow_descriptors() - 1000)
    world.serve(limits='connections = %d frame_timeout = 600' % (count + 50))
    before = files(world.worker)
    peers = [connect(world, ['milter', 'policy', 'exim'][number % 3], b'\0' * (number % 4)) for number in range(count)]
    until(lambda: files(world.worker) >= before + count, 'all are there')
    good(world, 10)
    used = memory(world.worker)
    assert used < MEMORY_MAX, used
    waiting = [connect(world, 'milter') for _ in range(100)]
    world.daemon.logged(r'limits\.connections reached', 1)
    for peer in peers[:count // 2]:
        peer.close()
    world.daemon.logged('connections are accepted again', 1)
    good(world, 5)
    for peer in peers + waiting:
        peer.close()
    until(lambda: files(world.worker) <= before, 'all descriptors are given back')
    assert len([line for line in world.daemon.log().splitlines() if 'limits.connections' in line]) == 1, world.daemon.log()
    world.survived()
    return '%d at once, %d KiB in the worker' % (count, used >> 10)
