"""milter.py - the MTA's side of the milter protocol, version 6, as far as one message needs it."""
import collections
import re
import socket
import struct

from daemon import PATIENCE_S

ACTIONS = 0x1ff
STEPS = 0x1fffff
# Command: (the filter does not want it, the filter does not answer it).
BITS = {b'C': (0x1, 0x1000), b'H': (0x2, 0x2000), b'M': (0x4, 0x4000), b'R': (0x8, 0x8000), b'T': (0x200, 0x10000),
        b'L': (0x20, 0x80), b'N': (0x40, 0x40000), b'E': (0, 0)}
LEADING_SPACE = 0x100000
NEGOTIATION = struct.pack('>III', 6, ACTIONS, STEPS)
BARE_TEMPFAIL = '451 tempfail without a reply'

# What came of one session: the first refusal and its stage, what was done to the header, the last answer.
Outcome = collections.namedtuple('Outcome', 'stage reply inserted deleted last')


class Closed(RuntimeError):
    """The filter closed the connection."""


class Refused(RuntimeError):
    def __init__(self, reply):
        super().__init__(reply)
        self.reply = reply


class Milter:
    """One connection to a filter; play() may be called again for the next SMTP connection."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_S)
        try:
            self.socket.connect(path)
            self.negotiate()
        except BaseException:
            self.socket.close()
            raise

    def negotiate(self):
        self.send(b'O', NEGOTIATION)
        code, data = self.receive()
        if code != b'O' or struct.unpack('>I', data[:4])[0] != 6:
            raise RuntimeError('negotiation: %r %r' % (code, data))
        _, actions, self.steps = struct.unpack('>III', data[:12])
        if actions & ~ACTIONS or self.steps & ~STEPS:
            raise RuntimeError('the filter wants what was not offered: %x %x' % (actions, self.steps))

    def send(self, command, data=b''):
        self.socket.sendall(frame(command, data))

    def receive(self):
        head = self.read(5)
        return head[4:], self.read(struct.unpack('>I', head[:4])[0] - 1)

    def read(self, length):
        data = b''
        while len(data) < length:
            part = self.socket.recv(length - len(data))
            if not part:
                raise Closed('the filter closed the connection')
            data += part
        return data

    def macros(self, command, *pairs):
        self.send(b'D', command + b''.join(text + b'\0' for text in pairs))

    def step(self, command, data=b''):
        """One command; passes only if the filter lets it go on."""
        unwanted, unanswered = BITS[command]
        if self.steps & unwanted:
            return
        self.send(command, data)
        if self.steps & unanswered:
            return
        code, data = self.receive()
        if code == b'y':
            raise Refused(unescape(data))
        if code == b't':
            raise Refused(BARE_TEMPFAIL)
        if code != b'c':
            raise RuntimeError('answer to %r: %r %r' % (command, code, data))

    def play(self, session, fields):
        """One SMTP connection with one message to postmaster and to a user, with these header fields."""
        stage, reply, last = None, None, None
        inserted, deleted = [], []
        place = 'helo'
        try:
            self.greet(session)
            place = 'mail'
            self.macros(b'M', b'i', b'4Zz1')
            self.step(b'M', b'<sender@example.org>\0')
            place = 'postmaster'
            self.step(b'R', b'<postmaster@example.net>\0')
            place = 'rcpt'
            self.step(b'R', b'<user@example.net>\0')
        except Refused as refused:
            stage, reply = place, refused.reply
        if stage in (None, 'rcpt'):
            try:
                inserted, deleted, last = self.message(fields)
            except Refused as refused:
                stage, reply = stage or 'data', reply or refused.reply
        else:
            self.send(b'A')
        self.send(b'K')
        return Outcome(stage, reply, inserted, deleted, last)

    def greet(self, session):
        family = b'6' if ':' in session.client else b'4'
        self.macros(b'C', b'j', b'mx.example.net', b'{daemon_name}', b'mx.example.net')
        self.step(b'C', b'client.example.org\0' + family + struct.pack('>H', 40000) + session.client.encode() + b'\0')
        if session.tls_name is not None:
            self.macros(b'H', b'{tls_version}', b'TLSv1.3', *certificate(session))
        if session.helo is not None:
            self.step(b'H', session.helo_bytes + b'\0')

    def message(self, fields):
        """Sends the rest of the message; returns (inserted fields, deleted fields, last answer)."""
        inserted, deleted = [], []
        blank = ' ' if self.steps & LEADING_SPACE else ''
        self.step(b'T')
        for name, value in fields:
            self.step(b'L', ('%s\0%s%s\0' % (name, blank, value)).encode())
        self.step(b'N')
        self.send(b'E')
        while True:
            code, data = self.receive()
            if code == b'i':
                name, value = data[4:-1].decode().split('\0')
                inserted.append((struct.unpack('>I', data[:4])[0], name, re.sub(r'\n[ \t]', ' ', value).strip()))
            elif code == b'm':
                name, value = data[4:-1].decode().split('\0')
                deleted.append((struct.unpack('>I', data[:4])[0], name, value))
            elif code in (b'y', b't'):
                raise Refused(unescape(data) if code == b'y' else BARE_TEMPFAIL)
            elif code != b'p':
                return inserted, deleted, code.decode('latin-1')

    def close(self):
        self.send(b'Q')
        self.socket.close()


def frame(command, data=b''):
    return struct.pack('>I', len(data) + 1) + command + data


def certificate(session):
    """The macros of a verified client certificate: as Postfix has them, or, in every other session, as Sendmail has."""
    name = session.tls_name.encode()
    if sum(session.label.encode()) % 2:
        return b'{cert_subject}', name, b'{cert_issuer}', b'Example CA'
    return b'{verify}', b'OK', b'{cn_subject}', name, b'{cn_issuer}', b'Example+20CA'


def unescape(data):
    """The reply of a frame: it ends in NUL, and a "%" is doubled."""
    return data.rstrip(b'\0').decode().replace('%%', '%')
