#!/usr/bin/python3
"""Makes the binary seeds of the corpora: fuzz/seeds.py writes fuzz/corpus/{message,name,report,eval}/seed-*."""
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
A, CNAME, SOA, PTR, TXT, AAAA, SRV = 1, 5, 6, 12, 16, 28, 33
TYPES = [A, AAAA, SRV, TXT, PTR]


def name(text):
    return b''.join(bytes([len(l)]) + l.encode() for l in text.split('.') if l) + b'\0'


def record(owner, kind, rdata, ttl=3600):
    return owner + struct.pack('>HHIH', kind, 1, ttl, len(rdata)) + rdata


def message(kind, asked, answers=(), authorities=(), additionals=(), flags=0x8180):
    head = struct.pack('>HHHHHH', 7, flags, 1, len(answers), len(authorities), len(additionals))
    body = name(asked) + struct.pack('>HH', kind, 1) + b''.join(answers) + b''.join(authorities) + b''.join(additionals)
    return bytes([TYPES.index(kind)]) + head + body


def srv(priority, weight, port, target):
    return struct.pack('>HHH', priority, weight, port) + target


def write(target, seeds):
    folder = os.path.join(HERE, 'corpus', target)
    os.makedirs(folder, exist_ok=True)
    for label, data in seeds.items():
        with open(os.path.join(folder, 'seed-' + label), 'wb') as file:
            file.write(data)


OWNER = b'\xc0\x0c'  # the name asked
HOST, CSA = 'mail.example.org', '_client._smtp.mail.example.org'
TARGET = b'\xc0\x1a'  # mail.example.org inside CSA
CLIENT = bytes([192, 0, 2, 10])
SOA_RDATA = name('ns.example.org') + name('h.example.org') + struct.pack('>IIIII', 1, 2, 3, 4, 300)

write('message', {
    'srv': message(SRV, CSA, [record(OWNER, SRV, srv(1, 2, 0, TARGET))], [], [record(TARGET, A, CLIENT)]),
    'srv-plain-target': message(SRV, CSA, [record(OWNER, SRV, srv(1, 2, 0, name(HOST)))]),
    'srv-several': message(SRV, CSA, [record(OWNER, SRV, srv(1, w, 1, name(HOST))) for w in range(6)]),
    'srv-short': message(SRV, CSA, [record(OWNER, SRV, b'\0\1\0\2')]),
    'srv-loop': message(SRV, CSA, [record(OWNER, SRV, srv(1, 2, 0, b'\xc0\x3a'))]),
    'a': message(A, HOST, [record(OWNER, A, CLIENT), record(OWNER, A, b'\1\2\3')]),
    'a-alias': message(A, HOST, [record(OWNER, CNAME, name('x.example.org')), record(name('x.example.org'), A, CLIENT, 60)]),
    'a-alias-loop': message(A, HOST, [record(OWNER, CNAME, OWNER)]),
    'nxdomain': message(SRV, CSA, [], [record(name('example.org'), SOA, SOA_RDATA)], flags=0x8183),
    'nodata': message(A, HOST, [], [record(name('example.org'), SOA, SOA_RDATA)]),
    'referral': message(A, HOST, [], [record(name('example.org'), 2, name('ns.example.org'))]),
    'servfail': message(A, HOST, flags=0x8182),
    'truncated': message(A, HOST, [record(OWNER, A, CLIENT)], flags=0x8380),
    'txt': message(TXT, HOST + '.accred.example', [record(OWNER, TXT, b'\x09MARID,1,A')]),
    'ptr': message(PTR, HOST, [record(OWNER, PTR, name('_vouch._smtp.accred.example'))]),
    'aaaa': message(AAAA, HOST, [record(OWNER, AAAA, bytes(16))]),
})
write('name', {
    'plain': b'\0' + name('mail.example.org'),
    'pointer': b'\x0d' + name('example.org') + b'\4mail\xc0\0',
    'loop': b'\2\xc0\2\xc0\0',
    'text': b'\0mail.\\032a\\.b.example.org.',
    'address': b'\0' + b'2001:db8::1',
    'address-4': b'\0' + b'::ffff:192.0.2.1',
    'long-label': b'\0' + b'\x3f' + b'a' * 63 + b'\0',
})
write('report', {
    'a': b'\x09MARID,1,A', 'info': b'\x12MARID,1,E;why\0\x1b not', 'joined': b'\x05MARID\x04,1,D', 'lower': b'\x09marid,1,A',
    'level': b'\x09MARID,2,A', 'empty': b'\0', 'overrun': b'\x20MARID,1,A', 'long': b'\x0aMARID,1,B;' + (b'\xff' + b'x' * 255) * 2,
})
write('eval', {str(i): bytes((i * 37 + j * (2 * i + 1)) & 255 for j in range(200)) for i in range(12)})
