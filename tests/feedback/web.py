"""web.py - an HTTP client that says what it is told."""
import collections
import json
import socket

from daemon import PATIENCE_S
from place import TOKEN

PATH = '/v1/feedback'
Answer = collections.namedtuple('Answer', 'status fields body')


class Closed(RuntimeError):
    """The server hung up in the place of an answer, or within it."""


class Web:
    """One connection to a port of loopback, or to a unix socket."""

    def __init__(self, where):
        self.socket = socket.socket(socket.AF_UNIX if isinstance(where, str) else socket.AF_INET)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(where if isinstance(where, str) else ('127.0.0.1', where))
        self.file = self.socket.makefile('rb')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def answer(self, headless=False):
        """The next answer; its body is JSON."""
        line = self.file.readline()
        if not line.endswith(b'\r\n'):
            raise Closed(repr(line))
        version, status, _ = line.decode('ascii').split(' ', 2)
        fields = {}
        while (line := self.file.readline()) != b'\r\n':
            if not line.endswith(b'\r\n'):
                raise Closed(repr(line))
            name, _, value = line.decode('ascii').partition(': ')
            assert name.lower() not in fields, name
            fields[name.lower()] = value.rstrip('\r\n')
        assert version == 'HTTP/1.1', version
        if status == '100':
            return Answer(100, fields, None)
        length = 0 if headless else int(fields['content-length'])
        body = self.file.read(length)
        if len(body) < length:
            raise Closed(repr(body))
        return Answer(int(status), fields, json.loads(body) if body else None)

    def ask(self, octets, headless=False):
        self.send(octets)
        return self.answer(headless)

    def is_closed(self):
        """Does the server hang up now, without another word?"""
        try:
            return self.file.read(1) == b''
        except ConnectionResetError:
            return True


def vote(decision, verdict='spam', **more):
    return json.dumps({'id': decision, 'verdict': verdict, **more})


def request(body='', method='POST', path=PATH, token=TOKEN, fields=(), length=None, kind='application/json'):
    """The octets of a request; token, kind or length '': without."""
    body = body.encode() if isinstance(body, str) else body
    lines = ['%s %s HTTP/1.1' % (method, path), 'Host: localhost']
    lines += ['Authorization: Bearer ' + token] * bool(token) + ['Content-Type: ' + kind] * bool(kind) + list(fields)
    lines += ['Content-Length: %s' % (len(body) if length is None else length)] * (length != '')
    return '\r\n'.join(lines + ['', '']).encode('latin-1') + body


def post(where, *arguments, **more):
    """One request on a connection of its own."""
    with Web(where) as web:
        return web.ask(request(*arguments, **more), more.get('method') == 'HEAD')
