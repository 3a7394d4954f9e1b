"""Sessions as MTAs play them, each told by one word: 'passed', 'refused', 'tempfail', or 'closed' by the daemon.

A daemon that says nothing at all for PATIENCE_S raises socket.timeout: that is what must never happen.
"""
import socket
import struct

PATIENCE_S = 60
CLIENT = '192.0.2.10'
ACTIONS, STEPS = 0x1ff, 0x1fffff


class Closed(Exception):
    """The daemon closed the connection."""


class Connection:
    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_S)

    def __enter__(self):
        self.socket.connect(self.path)
        return self

    def __exit__(self, *_):
        self.socket.close()

    def say(self, octets):
        try:
            self.socket.sendall(octets)
        except (BrokenPipeError, ConnectionResetError):
            raise Closed from None

    def hear(self, is_whole):
        """Octets until they are what is waited for."""
        octets = b''
        while not is_whole(octets):
            try:
                more = self.socket.recv(4096)
            except ConnectionResetError:
                raise Closed from None
            if not more:
                raise Closed
            octets += more
        return octets


class Milter(Connection):
    def __init__(self, path):
        super().__init__(path)
        self.heard = b''
        self.headers = []

    def command(self, code, data=b''):
        self.say(frame(code, data))

    def answer(self):
        """(code, data) of the next frame."""
        def whole(more):
            octets = self.heard + more
            return len(octets) >= 4 and len(octets) >= 4 + struct.unpack('>I', octets[:4])[0]
        self.heard += self.hear(whole)
        length = struct.unpack('>I', self.heard[:4])[0]
        data, self.heard = self.heard[4:4 + length], self.heard[4 + length:]
        return data[:1], data[1:]

    def session(self, helo, client=CLIENT):
        """One SMTP session with one message; a word."""
        self.command(b'O', struct.pack('>III', 6, ACTIONS, STEPS))
        _, options = self.answer()
        unwanted = struct.unpack('>I', options[8:12])[0]
        for code, data, skipped, silent in [
                (b'C', b'client.example.org\0004' + struct.pack('>H', 25000) + client.encode() + b'\0', 0x1, 0x1000),
                (b'H', helo.encode() + b'\0', 0x2, 0x2000), (b'M', b'<a@example.org>\0', 0x4, 0x4000),
                (b'R', b'<user@example.net>\0', 0x8, 0x8000), (b'T', b'', 0x200, 0x10000),
                (b'L', b'Subject\0test\0', 0x20, 0x80), (b'N', b'', 0x40, 0x40000), (b'E', b'', 0, 0)]:
            if unwanted & skipped:
                continue
            self.command(code, data)
            if unwanted & silent:
                continue
            word = self.step()
            if word != 'passed':
                return word
        self.command(b'Q')
        return 'passed'

    def step(self):
        """Frames up to the answer to one command; a word."""
        while True:
            code, data = self.answer()
            if code in (b'i', b'h'):
                self.headers.append(data)
            elif code not in (b'm', b'p'):
                break
        if code == b't' or data[:1] == b'4':
            return 'tempfail'
        return 'passed' if code in (b'c', b'a') else 'refused'


def frame(code, data=b''):
    return struct.pack('>I', len(data) + 1) + code + data


def milter(folder, helo, client=CLIENT):
    """A word; that the header says csv=pass is part of passing."""
    try:
        with Milter(folder + '/milter') as connection:
            word = connection.session(helo, client)
            if word == 'passed' and not any(b'csv=pass' in header for header in connection.headers):
                return 'not judged'
            return word
    except Closed:
        return 'closed'


def policy_request(helo, client=CLIENT):
    return ('request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=%s\nhelo_name=%s\n'
            'recipient=user@example.net\n\n' % (client, helo)).encode()


def policy(folder, helo, client=CLIENT):
    """A word; two requests on one connection."""
    try:
        with Connection(folder + '/policy') as connection:
            for _ in range(2):
                connection.say(policy_request(helo, client))
                action = connection.hear(lambda octets: octets.endswith(b'\n\n'))
                if not action.startswith(b'action=DUNNO'):
                    return 'tempfail' if action.startswith(b'action=4') else 'refused'
            return 'passed'
    except Closed:
        return 'closed'


def exim_request(helo, client=CLIENT):
    return ('client=%s helo="%s" stage=rcpt recipient="user@example.net"\n' % (client, helo)).encode()


def exim(folder, helo, client=CLIENT):
    """A word."""
    try:
        with Connection(folder + '/exim') as connection:
            connection.say(exim_request(helo, client))
            line = connection.hear(lambda octets: octets.endswith(b'\n'))
            return {b'act=pass': 'passed', b'act=trusted': 'passed', b'act=defer': 'tempfail'}.get(line.split()[0], 'refused')
    except Closed:
        return 'closed'


PROTOCOLS = {'milter': milter, 'policy': policy, 'exim': exim}
