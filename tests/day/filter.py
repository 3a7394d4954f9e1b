"""filter.py - a content filter for a test: a milter that removes X-Spam-Status fields of others and adds its own.

A message is spam if its header says so: a field "X-Content: bad".
"""
import socket
import struct
import threading

VERSION = 6
CAN_ADD_AND_CHANGE = 0x1 | 0x10
# No connect, HELO, MAIL, RCPT, body, end of header, unknown command, DATA; and no answer to header fields.
STEPS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x40 | 0x80 | 0x100 | 0x200


class Filter:
    """Serves at address:port until stop()."""

    def __init__(self, address, port):
        self.listener = socket.create_server((address, port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def serve(connection):
    with connection, connection.makefile('rb') as stream:
        spam, forged = False, 0
        while True:
            head = stream.read(5)
            if len(head) < 5:
                return
            command, data = head[4:], stream.read(struct.unpack('>I', head[:4])[0] - 1)
            if command == b'O':
                send(connection, b'O', struct.pack('>III', VERSION, CAN_ADD_AND_CHANGE, STEPS))
            elif command == b'L':
                name, value = data.lower().split(b'\0')[:2]
                spam = spam or (name == b'x-content' and value.strip() == b'bad')
                forged += name == b'x-spam-status'
            elif command == b'E':
                for _ in range(forged):
                    send(connection, b'm', struct.pack('>I', 1) + b'X-Spam-Status\0\0')
                send(connection, b'h', b'X-Spam-Status\0' + (b'Yes, score=9.1' if spam else b'No, score=0.1') + b'\0')
                send(connection, b'c')
                spam, forged = False, 0
            elif command == b'A':
                spam, forged = False, 0
            elif command == b'Q':
                return


def send(connection, command, data=b''):
    connection.sendall(struct.pack('>I', len(data) + 1) + command + data)
