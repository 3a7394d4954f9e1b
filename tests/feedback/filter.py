"""filter.py - a content filter as a milter: it marks each message by what stands in its subject."""
import os
import socketserver
import struct
import threading

ADD_HEADERS, CHANGE_HEADERS = 0x1, 0x10
UNANSWERED = (b'D', b'A', b'Q', b'K')
FIELD = 'X-Spam'


class Connection(socketserver.StreamRequestHandler):
    """The filter's side of one milter connection."""

    def handle(self):
        self.subject, self.forged = '', 0
        while True:
            head = self.rfile.read(5)
            if len(head) < 5:
                return
            command, data = head[4:], self.rfile.read(struct.unpack('>I', head[:4])[0] - 1)
            if command == b'Q':
                return
            self.take(command, data)

    def say(self, answer, data=b''):
        self.wfile.write(struct.pack('>I', len(data) + 1) + answer + data)

    def take(self, command, data):
        if command == b'O':
            self.say(b'O', struct.pack('>III', 6, ADD_HEADERS | CHANGE_HEADERS, 0))
            return
        if command == b'M':
            self.subject, self.forged = '', 0
        elif command == b'L':
            name, value, _ = data.decode('latin-1').split('\0')
            self.subject = value if name.lower() == 'subject' else self.subject
            self.forged += name.lower() == FIELD.lower()
        elif command == b'E':
            self.mark()
        if command not in UNANSWERED:
            self.say(b'c')

    def mark(self):
        """Its own field, and, if it cleans up, none of a sender."""
        if 'clean' in self.subject:
            for number in range(self.forged, 0, -1):
                self.say(b'm', struct.pack('>I', number) + FIELD.encode() + b'\0\0')
        for word, value in (('bad', 'Yes, score=9.1 required=5.0'), ('good', 'No, score=-1.9')):
            if word in self.subject:
                self.say(b'h', FIELD.encode() + b'\0' + value.encode() + b'\0')


class Filter(socketserver.ThreadingUnixStreamServer):
    """Serves on a unix socket until stop()."""
    daemon_threads = True

    def __init__(self, path):
        super().__init__(path, Connection)
        os.chmod(path, 0o666)
        self.thread = threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05})
        self.thread.start()

    def stop(self):
        self.shutdown()
        self.thread.join()
        self.server_close()
