#!/usr/bin/python3
"""Makes the binary seeds of the corpora: fuzz/seeds.py writes fuzz/corpus/{message,name,report,eval,milter,feedback,keeper,redis,lint}/seed-*."""
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
def rows(*codes):
    """A code table: what (rating 0 to 4, 200 an error), then low and high of the last three octets."""
    return bytes([len(codes)]) + b''.join(bytes(code) for code in codes)


def records(*rdatas):
    return b'\0' + b''.join(bytes([len(rdata)]) + rdata for rdata in rdatas)


TABLE = rows((4, 0, 0, 0, 0, 2, 2), (0, 0, 0, 0, 9, 3, 3), (200, 255, 255, 255, 255, 0, 255))
write('style', {
    'dna': b'\0' + rows() + records(b'\x09MARID,1,A', b'\x0cMARID,1,A;hi'),
    'vbr-all': b'\1' + rows() + records(b'\x03all', b'\x08all list'),
    'vbr-list': b'\1' + rows() + records(b'\x04list\x0c transaction'),
    'vbr-bad': b'\1' + rows() + records(b'\x04all ', b'\x03All', b'\x05al'),
    'code': b'\2' + TABLE + records(bytes([127, 0, 0, 2]), bytes([127, 0, 5, 3])),
    'code-unknown': b'\3' + TABLE + records(bytes([127, 0, 0, 2]), bytes([127, 0, 0, 9])),
    'code-error': b'\3' + TABLE + records(bytes([127, 255, 255, 254]), bytes([127, 0, 0, 2])),
    'code-outside': b'\2' + TABLE + records(bytes([192, 0, 2, 1])),
    'code-short': b'\2' + TABLE + records(b'\x7f\0\0', bytes([127, 0, 0, 2])),
    'code-cut': b'\2' + TABLE + b'\xff' + records(bytes([127, 0, 0, 2]))[1:],
    'code-nothing': b'\2' + TABLE,
})
write('codes', {
    'usual': b'127.0.0.2=E\n127.0.2-20.3=A\n127.255.255.0-255=error\n127.0-255.0-255.0-255=C',
    'bad': b'127.0.0.2\n127.0.0.256=E\n126.0.0.1=A\n127.0.0.9-2=D\n127.0.0.2=F\n=\n127.0.0.2-=A\n127...=B\n',
    'odd': b'127.000.0.0010=A\n127-127.0.0.1=B\n127.0.0.1 =A\n\x7f\xff\n127.0.0.1=errors\n127.0.0.1=A\0',
})
write('eval', {str(i): bytes((i * 37 + j * (2 * i + 1)) & 255 for j in range(200)) for i in range(12)})

# Dialogues of the milter protocol: options of fuzz/milter.c, slice lengths less one, then frames.
ANSWERS, FILLER, WRITE = 1, 2, 4


def frame(command, data=b''):
    return struct.pack('>I', 1 + len(data)) + command.encode() + data


def strings(*texts):
    return b''.join(t.encode() + b'\0' for t in texts)


def offer(version, actions, steps, rest=b''):
    return frame('O', struct.pack('>III', version, actions, steps) + rest)


def connect(host, family, address, port=25):
    return frame('C', strings(host) + family.encode() + (struct.pack('>H', port) + strings(address) if family != 'U' else b''))


def macros(command, *texts):
    return frame('D', command.encode() + strings(*texts))


def dialogue(*frames, options=0, slices=(0, 3, 17, 200)):
    return bytes([options, len(slices) - 1, *slices]) + b''.join(frames)


POSTFIX = (offer(6, 0x1ff, 0x1fffff) + macros('C', 'j', 'mx.example.net', '{daemon_name}', 'smtpd', 'v', 'Postfix 3.7.11') +
           connect('mail.example.org', '4', '192.0.2.10', 41234) + macros('H') + frame('H', strings('mail.example.org')))
SENDMAIL = (offer(6, 0x1ff, 0x1fffff) + macros('C', 'j', 'mx.example.net', '_', 'mail.example.org [IPv6:2001:db8::1]',
                                               '{daemon_name}', 'MTA', '{if_name}', 'mx') +
            connect('mail.example.org', '6', 'IPv6:2001:db8::1', 50000) + frame('H', strings('mail.example.org')))
MAIL = (macros('M', 'i', '4XyZ', '{mail_addr}', 'a@example.org', '{auth_type}', '') +
        frame('M', strings('<a@example.org>', 'SIZE=512', 'BODY=8BITMIME')))
RCPT = macros('R', '{rcpt_addr}', 'b@example.net') + frame('R', strings('<b@example.net>', 'NOTIFY=NEVER'))
MESSAGE = (frame('T') + frame('L', strings('From', 'a@example.org')) + frame('L', strings('Subject', 'folded\n\there')) +
           frame('L', strings('Authentication-Results', 'mx.example.net; csv=pass')) + macros('N', 'i', '4XyZ') + frame('N') +
           frame('B', b'text\r\n') + macros('E', 'i', '4XyZ') + frame('E'))
write('milter', {
    'postfix': dialogue(POSTFIX, MAIL, RCPT, MESSAGE, frame('Q')),
    'postfix-rejected': dialogue(POSTFIX, MAIL, RCPT, RCPT, frame('A'), frame('Q'), slices=(0,)),
    'postfix-two': dialogue(POSTFIX, MAIL, RCPT, MESSAGE, MAIL, RCPT, RCPT, MESSAGE, frame('A'), frame('Q'), slices=(6, 1)),
    'postfix-starttls': dialogue(POSTFIX, macros('H', '{tls_version}', 'TLSv1.3', '{cert_subject}', 'mail.example.org'),
                                 frame('H', strings('mail.example.org')), MAIL, RCPT, frame('Q')),
    'postfix-version-2': dialogue(offer(2, 0x3f, 0x7f), connect('unknown', '4', '192.0.2.11'), frame('H', strings('x')), MAIL,
                                  RCPT, MESSAGE, frame('Q')),
    'sendmail': dialogue(SENDMAIL, MAIL, RCPT, MESSAGE, frame('Q')),
    'sendmail-reused': dialogue(SENDMAIL, MAIL, RCPT, frame('K'), SENDMAIL, frame('U', strings('WIZ now')), frame('Q')),
    'sendmail-verified': dialogue(SENDMAIL, macros('H', '{verify}', 'OK', '{cn_subject}', 'mail.example.org'),
                                  frame('H', strings('mail.example.org')), MAIL, frame('E', b'rest of the body'), frame('Q')),
    'sendmail-stdin': dialogue(offer(6, 0x1ff, 0x1fffff), connect('localhost', 'U', ''), frame('H', strings('localhost')), MAIL),
    'unix': dialogue(offer(4, 0x3f, 0x3ff), connect('localhost', 'L', '/run/mta', 0), frame('H', strings(''))),
    'mapped': dialogue(offer(3, 0x3f, 0x17f), connect('a', '6', '::ffff:192.0.2.1'), connect('a', '4', '192.0.2.256')),
    'hostile': dialogue(POSTFIX, frame('H', b'\r\n\x1b[0m\xff%s\0'), frame('M', b'<>\0\0'), frame('D', b'Modd\0'), frame('Q')),
    'long-header': dialogue(POSTFIX, struct.pack('>I', 70001) + b'LSubject\0', options=FILLER),
    'long-name': dialogue(POSTFIX, struct.pack('>I', 66000) + b'L', options=FILLER, slices=(255,)),
    'long-body': dialogue(POSTFIX, struct.pack('>I', 69990) + b'B', options=FILLER, slices=(40, 99)),
    'long-macros': dialogue(struct.pack('>I', 69990) + b'DC', options=FILLER),
    'http': dialogue(b'GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
    'answers': dialogue(offer(6, 0x111, 0x1b0000, struct.pack('>I', 0) + strings('j {daemon_name}')), frame('c'), frame('c'),
                        frame('p'), frame('y', strings('550 5.7.1 no')), frame('m', struct.pack('>I', 2) + strings('X', '')),
                        frame('i', struct.pack('>I', 0) + strings('X', ' a\n\tb')), frame('a'), options=ANSWERS),
    'answers-version-2': dialogue(offer(2, 0x11, 0x50), frame('h', strings('X', 'y')), frame('t'), frame('Z'), options=ANSWERS),
    'write': dialogue(b'X-Name\0' + b'550 5.7.1 100% \r\n250 ok\n\tfold\n\xff\x1b\0', options=WRITE),
})


# Requests of POST /v1/feedback: slice lengths less one, then the stream.
def post(body, *fields, first=b'POST /v1/feedback HTTP/1.1'):
    return b'\r\n'.join([first, b'Host: localhost', *fields, b'Content-Length: %d' % len(body), b'', body])


def stream(*requests, slices=(0, 3, 17, 200)):
    return bytes([len(slices) - 1, *slices]) + b''.join(requests)


VOTE = b'{"id":"abcdefghij234","verdict":"spam","source":"user"}'
TOKEN = b'Authorization: Bearer 0123456789abcdef'
write('feedback', {
    'post': stream(post(VOTE, TOKEN, b'Content-Type: application/json')),
    'two': stream(post(VOTE, TOKEN), post(VOTE.replace(b'spam', b'ham'), TOKEN, b'Connection: close'), slices=(0,)),
    'expect': stream(post(VOTE, b'Expect: 100-continue')),
    'chunked': stream(b'POST /v1/feedback HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    'get': stream(b'GET /?q HTTP/1.0\n\n', b'\r\n', b'HEAD / HTTP/1.1\r\nHost:\r\n\r\n'),
    'odd': stream(post(b'{"id":"a\\n","verdict":"ham","source":"\\u00fc\\u001b"}', b'X: \xff')),
    'hostile': stream(post(b'[' * 3000, b'Content-Length: 3', first=b'POST /\x00\x1b HTTP/1.1')),
    'folded': stream(b'GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n'),
    'long': stream(b'GET / HTTP/1.1\r\nHost: x\r\nX: ' + b'x' * 8200, slices=(255,)),
    'huge': stream(b'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999999\r\n\r\n'),
    'vote': stream(VOTE),
    'yes': stream(b' Yes, score=9.1\r\n\trequired=5.0'),
    'no': stream(b'no (spam)'),
})


# Packets between worker and keeper.
def packet(kind, *parts, serial=7):
    return struct.pack('>BQ', kind, serial) + b''.join(parts)


def text(octets):
    return struct.pack('>H', len(octets)) + octets + b'\0'


DECISION = [text(b'abcdefghij234'), text(b'abcdefghij234'), struct.pack('>Q', 1700000000000), b'\4' + CLIENT,
            *[text(b'word%d' % i) for i in range(15)], text(b'{"helo":"\xc3\xbc"}'), b'\1', struct.pack('>iIQ', -100, 3, 12)]
SUSPENSION = [b'\2', text(b'accred.example'), struct.pack('>q', -1), text(b'lists all')]
write('keeper', {
    'ask': packet(0, text(b'mail.example.org'), text(b'example.org')),
    'listing': packet(1, text(b'friends'), text(b'mail.example.org')),
    'vote': packet(2, text(b'mail.example.org'), text(b''), text(b'user'), b'\1', struct.pack('>I', 3)),
    'vote-of-none': packet(2, text(b'mail.example.org'), text(b''), text(b'user'), b'\1', struct.pack('>I', 0)),
    'put': packet(3, *SUSPENSION),
    'remove': packet(4, b'\1', text(b'.example.org'), text(b'friends'), b'\2', text(b'comment')),
    'each': packet(5, b'\2'),
    'feedback': packet(6, text(b'abcdefghij234'), text(b''), b'\0', struct.pack('>I', 1), text(b'http'), serial=0),
    'decision': packet(7, *DECISION, serial=0),
    'decision-ipv6': packet(7, *DECISION[:3], b'\6' + bytes(16), *DECISION[4:], serial=0),
    'decision-unknown': packet(7, *DECISION[:3], b'\0', *DECISION[4:], serial=0),
    'decision-odd-family': packet(7, *DECISION[:3], b'\5' + CLIENT, *DECISION[4:], serial=0),
    'action': packet(8, text(b'abcdefghij234'), struct.pack('>Q', 1), *[text(b'x')] * 5, b'\1', serial=0),
    'answer': packet(9, b'\0\1', struct.pack('>IBhHII', 60, 0, -100, 1000, 1, 2), struct.pack('>H', 4) + b'note'),
    'answer-beyond': packet(9, b'\0\1', struct.pack('>IBhHII', 60, 0, -101, 1000, 1, 2), b'\0\0'),
    'voted': packet(10, b'\1'),
    'finished': packet(11, text(b'disk full')),
    'row': packet(12, b'\0', text(b'mail.example.org'), struct.pack('>iII', 20000, 1, 2)),
    'taken': packet(13, b'\4'),
    'none': packet(14),
    'short': packet(0, text(b'mail.example.org')),
    'long': packet(10, b'\1', b'\0'),
    'nul-inside': packet(11, text(b'a\0b')),
    'no-nul': packet(11, struct.pack('>H', 2) + b'abc'),
})

# Replies of a Redis server: slice lengths less one, then the stream.
def bulk(text):
    return b'$%d\r\n%s\r\n' % (len(text), text)


def array(*elements):
    return b'*%d\r\n' % len(elements) + b''.join(elements)


DAYS = array(*map(bulk, [b'h20000', b'3', b's20000', b'1', b'h19999', b'200', b'x', b'y']))

write('redis', {
    'days': stream(DAYS),
    'days-and-standing': stream(array(DAYS, array(), array(bulk(b'h1'), bulk(b'4294967295')))),
    'count-too-large': stream(array(bulk(b'h1'), bulk(b'4294967296'))),
    'count-odd': stream(array(bulk(b'h1'), bulk(b'01'), bulk(b's1'))),
    'day-out-of-range': stream(array(bulk(b'h2147483648'), bulk(b'1'), bulk(b'h-2147483648'), bulk(b'2'))),
    'numbers': stream(*map(bulk, [b'0', b'-0', b'-1', b'+1', b'007', b'999999999999999999', b'1000000000000000000'])),
    'row': stream(bulk(b'blocked they  know us '), bulk(b'.example.org'), bulk(b'mail.example.org')),
    'texts': stream(bulk(b'a\r\nb\0c\x7f'), bulk(b'x' * 300), b'+OK\r\n', b'+PONG\r\n'),
    'nothing': stream(b'$-1\r\n', b'*-1\r\n', b'$0\r\n\r\n', b'*0\r\n', b':0\r\n'),
    'errors': stream(b'-NOSCRIPT No matching script.\r\n', b'-OOM command not allowed\r\n', b'-ERR \x1b[2J\r\n', b'-\r\n'),
    'deep': stream(b'*1\r\n' * 12 + b':1\r\n'),
    'too-many-elements': stream(b'*200001\r\n'),
    'too-many-elements-in-all': stream(b'*2\r\n*199998\r\n', b':1\r\n' * 20),
    'too-long': stream(b'$536870913\r\nx'),
    'broken': stream(b'+OK\r\n', b'?\r\n', b'+OK\r\n'),
})

# Zones with the mistakes that lint knows: lines behind a SOA, host names relative to example.org.
ZONE = '''example.org. 3600 IN SOA ns1.example.org. h.example.org. 1 3600 900 604800 300
$ORIGIN example.org.
@ IN MX 10 mail
@ IN NS ns1
ns1 IN A 192.0.2.53
'''
MAIL = 'mail IN A 192.0.2.10\n'
RECORD = '_client._smtp.mail IN SRV 1 2 0 mail\n'
SERVICE = 'accred IN A 192.0.2.60\nmail IN PTR _vouch._smtp.accred\nmail.example.org.accred IN TXT '

write('lint', {label: (ZONE + rest).encode() for label, rest in {
    'good': MAIL + RECORD + '_client._smtp IN SRV 1 1 1 @\n',
    'explicit': MAIL + '_client._smtp IN SRV 1 1 1 @\n',
    'numbers': MAIL + ''.join('_client._smtp.mail IN SRV %d %d %d mail\n' % (n % 3, n, n * 7) for n in range(8)),
    'malformed': MAIL + '_client._smtp.mail IN SRV \\# 3 000102\nmail IN A \\# 2 0102\nmail IN PTR \\# 1 05\n',
    'target-alias': 'mail IN CNAME host\nhost IN A 192.0.2.10\n' + RECORD,
    'target-loop': 'mail IN CNAME host\nhost IN CNAME mail\n' + RECORD,
    'target-root': MAIL + '_client._smtp.mail IN SRV 1 2 0 .\n',
    'target-doubled': MAIL + '_client._smtp.mail IN SRV 1 2 0 mail.example.org\n',
    'private': 'mail IN A 10.0.0.1\nmail IN AAAA fe80::1\n' + RECORD,
    'wildcard': MAIL + RECORD + '* IN SRV 1 0 443 www\n*._smtp IN SRV 1 1 0 mail\n',
    'underscore': 'mail_1 IN A 192.0.2.10\n_client._smtp.mail_1 IN SRV 1 2 0 mail_1\nmail_1 IN PTR x\n',
    'times': 'mail 5 IN A 192.0.2.10\n_client._smtp.mail 604800 IN SRV 1 2 0 mail\n',
    'large': ''.join('mail IN A 192.0.2.%d\n' % n for n in range(60)) + RECORD,
    'pointers': MAIL + RECORD + ''.join('mail IN PTR _vouch._smtp.s%d\n' % n for n in range(8)) + 'mail IN PTR _vouch.x\n',
    'reports': MAIL + RECORD + SERVICE + '"MARID,1,A" "x"\n' + SERVICE + '"marid, 1, b;\\027[2J"\n' + SERVICE + '""\n',
    'troubles': MAIL + RECORD + ';! fault * SRV servfail\n;! fault mail A bogus\n;! fault mail AAAA timeout\n',
    'raw': MAIL + ';! fault _client._smtp.mail SRV raw 0007818000010001000000000c0c\n',
}.items()})
