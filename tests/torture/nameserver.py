"""A name server on loopback for the zone of run.py, for daemons that ask a resolver and read no zone file.

Names below tcp.example.org are told over UDP to come back over TCP.
"""
import socket
import struct
import threading

HEADER_SIZE = 12
QR_AA_RA, TC, NXDOMAIN = 0x8480, 0x0200, 3
OPCODE_RD = 0x7900
A, SOA, SRV = 1, 6, 33
TTL_S = 3600


def wire(name):
    return b''.join(bytes([len(label)]) + label.encode() for label in name.split('.')) + b'\0'


def srv(weight, target):
    return struct.pack('>HHH', 1, weight, 0) + wire(target)


MAIL = 'mail.example.org'
SOA_DATA = wire('ns.example.org') + wire('hostmaster.example.org') + struct.pack('>5I', 1, 3600, 900, 604800, 300)
RECORDS = {(MAIL, A): socket.inet_aton('192.0.2.10'), ('_client._smtp.' + MAIL, SRV): srv(2, MAIL),
           ('_client._smtp.bad.example.org', SRV): srv(1, 'bad.example.org')}
WILD = ('.fresh.example.org', '.tcp.example.org')


def read_question(message):
    """(name, type, octets of the question)."""
    labels, offset = [], HEADER_SIZE
    while message[offset]:
        labels.append(message[offset + 1:offset + 1 + message[offset]].decode('latin-1').lower())
        offset += 1 + message[offset]
    return '.'.join(labels), struct.unpack_from('>H', message, offset + 1)[0], message[HEADER_SIZE:offset + 5]


def answer(message, over_udp):
    name, kind, question = read_question(message)
    ident, asked = struct.unpack_from('>HH', message)
    flags = QR_AA_RA | (asked & OPCODE_RD)
    found = RECORDS.get((name, kind))
    if found is None and kind == SRV and name.endswith(WILD):
        found = srv(2, MAIL)
    if over_udp and name.endswith('.tcp.example.org'):
        return struct.pack('>6H', ident, flags | TC, 1, 0, 0, 0) + question
    if found is not None:
        return struct.pack('>6H', ident, flags, 1, 1, 0, 0) + question + record(b'\xc0\x0c', kind, found)
    exists = any(name in (known, known.split('.', 1)[1]) for known, _ in RECORDS) or name.endswith(WILD)
    return (struct.pack('>6H', ident, flags | (0 if exists else NXDOMAIN), 1, 0, 1, 0) + question +
            record(wire('example.org'), SOA, SOA_DATA))


def record(owner, kind, data):
    return owner + struct.pack('>HHIH', kind, 1, TTL_S, len(data)) + data


class NameServer:
    """Serves in threads from the moment it is made until close()."""

    def __init__(self):
        self.udp, self.tcp, self.port = bind_both()
        self.asked = {'udp': 0, 'tcp': 0}
        self.ends = False
        self.threads = [threading.Thread(target=serve, daemon=True) for serve in (self.serve_udp, self.serve_tcp)]
        for thread in self.threads:
            thread.start()

    def serve_udp(self):
        while not self.ends:
            message, source = self.udp.recvfrom(4096)
            if message:
                self.asked['udp'] += 1
                self.udp.sendto(answer(message, True), source)

    def serve_tcp(self):
        while not self.ends:
            peer, _ = self.tcp.accept()
            with peer:
                try:
                    self.serve_stream(peer)
                except OSError:
                    pass  # it came, and asked nothing or did not wait

    def serve_stream(self, peer):
        peer.settimeout(1)
        with peer.makefile('rb') as stream:
            while True:
                head = stream.read(2)
                if len(head) < 2:
                    return
                message = stream.read(struct.unpack('>H', head)[0])
                if len(message) < HEADER_SIZE:
                    return
                self.asked['tcp'] += 1
                octets = answer(message, False)
                peer.sendall(struct.pack('>H', len(octets)) + octets)

    def close(self):
        """An empty datagram and a connection wake the threads up."""
        self.ends = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b'', ('127.0.0.1', self.port))
        with socket.create_connection(('127.0.0.1', self.port)):
            pass
        for thread in self.threads:
            thread.join()
        self.udp.close()
        self.tcp.close()


def bind_both():
    """UDP and TCP sockets on the same free port of 127.0.0.1, and the port."""
    while True:
        udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket()
        udp.bind(('127.0.0.1', 0))
        try:
            tcp.bind(udp.getsockname())
            tcp.listen()
            return udp, tcp, udp.getsockname()[1]
        except OSError:
            udp.close()
            tcp.close()
