"""smtp.py - an SMTP client that says what it is told, from the address it is told, and keeps the dialogue."""
import base64
import re
import socket

TIMEOUT_S = 60


class Session:
    """One connection. Replies are one line each: Exim cuts ours into several, which mean the same."""

    def __init__(self, server, client):
        self.socket = socket.create_connection(server, TIMEOUT_S, source_address=(client, 0))
        self.file = self.socket.makefile('rb')
        self.dialogue = []
        self.greeting = self.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def read(self):
        """One reply, all its lines; '' at the end of the connection."""
        lines = []
        while True:
            line = self.file.readline().decode('utf-8', 'backslashreplace').rstrip('\r\n')
            if line:
                lines.append(line)
                self.dialogue.append('S: ' + line)
            if not re.match(r'^\d{3}-', line):
                return one_line(lines)

    def send(self, *lines):
        for line in lines:
            self.dialogue.append('C: ' + line)
        self.socket.sendall(''.join(line + '\r\n' for line in lines).encode('utf-8', 'surrogateescape'))

    def say(self, line):
        self.send(line)
        return self.read()

    def pipeline(self, *lines):
        """All lines in one packet; their replies."""
        self.send(*lines)
        return [self.read() for _ in lines]

    def starttls(self, context):
        reply = self.say('STARTTLS')
        if reply.startswith('220'):
            self.file.close()
            self.socket = context.wrap_socket(self.socket)
            self.file = self.socket.makefile('rb')
        return reply

    def login(self, user, password):
        text = base64.b64encode(('\0%s\0%s' % (user, password)).encode()).decode()
        return self.say('AUTH PLAIN ' + text)

    def envelope(self, *recipients, sender='sender@example.org'):
        """MAIL and RCPT; all replies."""
        return [self.say('MAIL FROM:<%s>' % sender)] + [self.say('RCPT TO:<%s>' % name) for name in recipients]

    def message(self, token, fields=()):
        """DATA and a message that can be found by its token; the last reply."""
        reply = self.say('DATA')
        if not reply.startswith('354'):
            return reply
        self.send(*fields, 'Subject: ' + token, 'From: <sender@example.org>', '', 'Hello.', '.')
        return self.read()

    def close(self):
        try:
            self.socket.sendall(b'QUIT\r\n')
        except OSError:
            pass
        self.file.close()
        self.socket.close()


def one_line(lines):
    """The lines of a reply as one: code and enhanced code once, then all text."""
    if len(lines) < 2:
        return ''.join(lines)
    code = re.match(r'\d{3}-(\d\.\d+\.\d+ )?', lines[0]).group()
    return (code.replace('-', ' ', 1) + ' '.join(line[len(code):] for line in lines)).strip()
