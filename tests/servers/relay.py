#!/usr/bin/python3
"""relay.py - a small DNS relay for tests and benchmarks: UDP and TCP, one address in, one address out.

It can delay, lose, truncate, strip EDNS, answer with an error code or a message of the caller's, and turn NXDOMAIN into
NODATA; always by a fixed pattern, never by luck.
Every question and every answer is an event (time, what, name, type, transport); `what` is one of
"question", "answer" and "lost".

As a module:   with Relay(('127.0.0.1', 53), delay_ms=50) as relay: ... relay.address, relay.port, relay.events
As a program:  relay.py --listen 127.0.0.1@5300 --forward 127.0.0.1@53 --delay 50 --log FILE
"""
import argparse
import asyncio
import collections
import dataclasses
import errno
import signal
import socket
import struct
import sys
import threading
import time

TYPE_WORDS = {1: 'A', 2: 'NS', 5: 'CNAME', 6: 'SOA', 12: 'PTR', 16: 'TXT', 28: 'AAAA', 33: 'SRV', 43: 'DS',
              48: 'DNSKEY'}
RCODES = {'formerr': 1, 'servfail': 2, 'nxdomain': 3, 'notimp': 4, 'refused': 5}
HEADER_SIZE = 12
BIND_TRIES, BIND_PAUSE_S = 100, 0.02
FLAG_QR, FLAG_TC, FLAG_RA, MASK_OPCODE_RD = 0x8000, 0x0200, 0x0080, 0x7900

Event = collections.namedtuple('Event', 'time what name type transport')


def question_end(message):
    """The offset behind the first question of a message; raises ValueError for a message without one."""
    offset = HEADER_SIZE
    while offset < len(message) and message[offset]:
        offset += 1 + message[offset]
    if offset + 5 > len(message):
        raise ValueError('no question')
    return offset + 5


def name_text(wire):
    """Lower-case master-file text of an uncompressed wire name, no final dot."""
    labels, offset = [], 0
    while wire[offset]:
        label = wire[offset + 1:offset + 1 + wire[offset]]
        labels.append(''.join(chr(c) if 32 < c < 127 and c not in b'.\\' else '\\%03d' % c for c in label))
        offset += 1 + wire[offset]
    return '.'.join(labels).lower() or '.'


def read_question(message):
    """Name and type word of the first question."""
    end = question_end(message)
    number = struct.unpack_from('!H', message, end - 4)[0]
    return name_text(message[HEADER_SIZE:end - 4]), TYPE_WORDS.get(number, 'TYPE%d' % number)


def without_edns(question):
    """The question alone: what a resolver sends that has never heard of EDNS."""
    ident, flags = struct.unpack_from('!HH', question)
    return struct.pack('!6H', ident, flags & ~0x0030, 1, 0, 0, 0) + question[HEADER_SIZE:question_end(question)]


def softened(answer):
    """The answer with NXDOMAIN turned into NOERROR."""
    if len(answer) < HEADER_SIZE or answer[3] & 0x0f != RCODES['nxdomain']:
        return answer
    return answer[:3] + bytes([answer[3] & 0xf0]) + answer[4:]


def fault_answer(question, fault):
    """What a question with a fault is answered with; None: nothing."""
    if fault == 'silent':
        return None
    if isinstance(fault, bytes):
        return question[:2] + fault[2:]
    return empty_answer(question, FLAG_TC if fault == 'truncated' else RCODES[fault])


def empty_answer(question, flags):
    """An answer that repeats the question and holds nothing; `flags` is TC or an error code."""
    ident, asked = struct.unpack_from('!HH', question)
    head = struct.pack('!6H', ident, FLAG_QR | FLAG_RA | (asked & MASK_OPCODE_RD) | flags, 1, 0, 0, 0)
    return head + question[HEADER_SIZE:question_end(question)]


@dataclasses.dataclass
class Treatment:
    """What happens to questions.

    faults: {(name or '*', type word or '*'): fault}. A fault is an error code (a word of RCODES), 'silent' (never
    answered), 'truncated' (TC set, over TCP too), or octets: the message to answer, its id replaced.
    """

    delay_ms: int = 0       # each question waits that long before it is passed on
    lose_first: int = 0     # the first N datagrams are lost
    lose_every: int = 0     # every Nth datagram is lost
    lose_each: int = 0      # the first N datagrams of every name and type are lost
    truncate: bool = False  # UDP answers are empty with TC set, so that the client comes back over TCP
    plain: bool = False     # EDNS is removed from questions, and so no signatures come back
    soften: bool = False    # NXDOMAIN becomes NODATA
    faults: dict = dataclasses.field(default_factory=dict)

    def fault(self, key):
        name, kind = key
        for pattern in ((name, kind), (name, '*'), ('*', kind), ('*', '*')):
            if pattern in self.faults:
                return self.faults[pattern]
        return None


class Losses:
    """Counts datagrams and says which are lost."""

    def __init__(self, treatment):
        self.treatment = treatment
        self.count = 0
        self.by_question = collections.Counter()

    def loses(self, key):
        self.count += 1
        self.by_question[key] += 1
        every = self.treatment.lose_every
        return (self.count <= self.treatment.lose_first or (every > 0 and self.count % every == 0)
                or self.by_question[key] <= self.treatment.lose_each)


def family_of(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


def can_listen(address):
    try:
        with socket.socket(family_of(address), socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


class FromClient(asyncio.DatagramProtocol):
    """The socket that clients send to."""

    def __init__(self, relay):
        self.relay = relay

    def connection_made(self, transport):
        self.relay.client_side = transport

    def datagram_received(self, data, source):
        self.relay.take_datagram(data, source)


class FromServer(asyncio.DatagramProtocol):
    """The connected socket towards the server."""

    def __init__(self, relay):
        self.relay = relay

    def connection_made(self, transport):
        self.relay.server_side = transport

    def datagram_received(self, data, _source):
        self.relay.take_answer(data)

    def error_received(self, _error):
        pass


class Relay:
    """Runs in a thread of its own between start() and stop().

    forward: (address, port), or None: nothing is passed on, and what is no fault is never answered. listen: the same,
    port 0 picks one. log: a file that gets one line an event. The rest is a Treatment by its members.
    """

    def __init__(self, forward, listen=('127.0.0.1', 0), log=None, **treatment):
        self.forward = forward
        self.address, self.port = listen
        self.treatment = Treatment(**treatment)
        self.losses = Losses(self.treatment)
        self.events = []
        self.log = open(log, 'w', encoding='ascii') if log else None
        self.open_questions = {}
        self.next_id = 0
        self.client_side = self.server_side = self.tcp_server = None
        self.thread = self.loop = None

    # ---- life ----

    def start(self):
        udp, tcp = self.bind_both()
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(udp, tcp, ready), daemon=True)
        self.thread.start()
        ready.wait()
        return self

    def stop(self):
        if self.thread:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()
            self.thread = None
        if self.log:
            self.log.close()
            self.log = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exc):
        self.stop()

    def bind_both(self):
        """UDP and TCP sockets on the same port, also where the system picks it.

        An address just given up may be held for a moment by a child that another thread has forked.
        """
        for _ in range(BIND_TRIES):
            sockets = [socket.socket(family_of(self.address), kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
            sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sockets[0].bind((self.address, self.port))
                sockets[1].bind(sockets[0].getsockname()[:2])
            except OSError as error:
                for half in sockets:
                    half.close()
                if error.errno != errno.EADDRINUSE:
                    raise
                time.sleep(BIND_PAUSE_S)
                continue
            self.port = sockets[0].getsockname()[1]
            return sockets[1], sockets[0]
        raise OSError('no port of %s is free for UDP and TCP' % self.address)

    def run(self, udp, tcp, ready):
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.listen(udp, tcp))
        ready.set()
        self.loop.run_forever()
        self.close_all()

    async def listen(self, udp, tcp):
        await self.loop.create_datagram_endpoint(lambda: FromClient(self), sock=udp)
        if self.forward:
            await self.loop.create_datagram_endpoint(lambda: FromServer(self), remote_addr=self.forward)
        self.tcp_server = await asyncio.start_server(self.serve_stream, sock=tcp)

    def close_all(self):
        self.tcp_server.close()
        for transport in (self.client_side, self.server_side):
            if transport:
                transport.close()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    # ---- events ----

    def note(self, what, key, transport):
        event = Event(time.monotonic(), what, key[0], key[1], transport)
        self.events.append(event)
        if self.log:
            self.log.write('%.6f %s %s %s %s\n' % event)
            self.log.flush()

    def questions(self, transport=None):
        """All questions so far as (name, type), lost ones included."""
        return [(e.name, e.type) for e in self.events if e.what == 'question' and transport in (None, e.transport)]

    def count(self, what):
        return sum(event.what == what for event in self.events)

    def fault(self, key):
        return self.treatment.fault(key) or (None if self.forward else 'silent')

    # ---- UDP ----

    def take_datagram(self, data, source):
        try:
            key = read_question(data)
        except ValueError:
            return
        self.note('question', key, 'udp')
        if self.losses.loses(key):
            self.note('lost', key, 'udp')
            return
        self.later(self.treat_datagram, data, source, key)

    def later(self, function, *args):
        if self.treatment.delay_ms:
            self.loop.call_later(self.treatment.delay_ms / 1000, function, *args)
        else:
            function(*args)

    def treat_datagram(self, data, source, key):
        fault = self.fault(key)
        if fault:
            self.answer_datagram(self.treated(fault_answer(data, fault)), source, key)
        elif self.treatment.truncate:
            self.answer_datagram(empty_answer(data, FLAG_TC), source, key)
        else:
            self.send_on(without_edns(data) if self.treatment.plain else data, source, key)

    def send_on(self, data, source, key):
        self.next_id = (self.next_id + 1) & 0xffff
        self.open_questions[self.next_id] = (data[:2], source, key)
        self.server_side.sendto(struct.pack('!H', self.next_id) + data[2:])

    def take_answer(self, data):
        waiting = self.open_questions.pop(struct.unpack_from('!H', data)[0], None) if len(data) >= HEADER_SIZE else None
        if waiting:
            ident, source, key = waiting
            self.answer_datagram(ident + self.treated(data)[2:], source, key)

    def treated(self, answer):
        return softened(answer) if self.treatment.soften and answer else answer

    def answer_datagram(self, data, source, key):
        if data is not None:
            self.note('answer', key, 'udp')
            self.client_side.sendto(data, source)

    # ---- TCP ----

    async def serve_stream(self, reader, writer):
        try:
            while True:
                await self.serve_message(await read_message(reader), writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError, ValueError):
            pass
        finally:
            writer.close()

    async def serve_message(self, data, writer):
        key = read_question(data)
        self.note('question', key, 'tcp')
        await asyncio.sleep(self.treatment.delay_ms / 1000)
        fault = self.fault(key)
        if fault:
            answer = fault_answer(data, fault)
        else:
            answer = await self.ask_stream(without_edns(data) if self.treatment.plain else data)
        if answer is None:
            return
        self.note('answer', key, 'tcp')
        answer = self.treated(answer)
        writer.write(struct.pack('!H', len(answer)) + answer)
        await writer.drain()

    async def ask_stream(self, data):
        reader, writer = await asyncio.open_connection(*self.forward)
        try:
            writer.write(struct.pack('!H', len(data)) + data)
            return await read_message(reader)
        finally:
            writer.close()


async def read_message(reader):
    """One message of a DNS stream: two octets of length, then the message."""
    length = struct.unpack('!H', await reader.readexactly(2))[0]
    return await reader.readexactly(length)


def parse_place(text):
    """ADDR or ADDR@PORT."""
    address, _, port = text.partition('@')
    return address, int(port or 53)


def parse_fault(text):
    """NAME/TYPE=WORD."""
    where, word = text.split('=')
    name, kind = where.rsplit('/', 1)
    if word not in ('silent', 'truncated', *RCODES):
        raise ValueError(word)
    return (name.lower().rstrip('.') or '.', kind), word


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description='DNS relay with faults')
    parser.add_argument('--listen', type=parse_place, default=('127.0.0.1', 0), metavar='ADDR@PORT')
    parser.add_argument('--forward', type=parse_place, metavar='ADDR@PORT', help='none: nothing is passed on')
    parser.add_argument('--delay', dest='delay_ms', type=int, default=0, metavar='MS',
                        help='each question waits that long')
    parser.add_argument('--lose-first', type=int, default=0, metavar='N', help='lose the first N datagrams')
    parser.add_argument('--lose-every', type=int, default=0, metavar='N', help='lose every Nth datagram')
    parser.add_argument('--lose-each', type=int, default=0, metavar='N', help='lose the first N of every question')
    parser.add_argument('--truncate', action='store_true', help='UDP answers are empty with TC set')
    parser.add_argument('--plain', action='store_true', help='remove EDNS from the questions')
    parser.add_argument('--soften', action='store_true', help='turn NXDOMAIN into NODATA')
    parser.add_argument('--fault', dest='faults', type=parse_fault, action='append', default=[],
                        metavar='NAME/TYPE=WORD',
                        help='silent, truncated, or the error code to answer; NAME and TYPE may be *')
    parser.add_argument('--log', metavar='FILE', help='one line an event: time what name type transport')
    return parser.parse_args(arguments)


def main(arguments):
    options = parse_arguments(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    treatment = {field.name: getattr(options, field.name) for field in dataclasses.fields(Treatment)}
    treatment['faults'] = dict(options.faults)
    with Relay(options.forward, options.listen, options.log, **treatment) as relay:
        print('%s@%d' % (relay.address, relay.port), flush=True)
        try:
            signal.pause()
        except (KeyboardInterrupt, SystemExit):
            pass
        print('%d questions, %d answers, %d lost' % tuple(map(relay.count, ('question', 'answer', 'lost'))))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
