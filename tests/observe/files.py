"""files.py - logs, messages, options, hostile input, and the way on to publish and check: what needs no MTA."""
import gzip
import os
import subprocess

import world as w

MAIN = 'myhostname = mail.example.org\n'

# Received fields as servers of others write them: (text, HELO name, address); None: nothing to take.
RECEIVED = [
    ('from mail.example.org (mail.example.org [192.0.2.10])\n\tby mx.example.net (Postfix) with ESMTPS id 4X', '192.0.2.10'),
    ('from mail.example.org (unknown [IPv6:2001:db8::10]) by mx.example.net (Postfix)', '2001:db8::10'),
    ('from mail.example.org (mail.example.org. [192.0.2.10]) by mx.google.example with ESMTPS id x', '192.0.2.10'),
    ('from mail.example.org ([192.0.2.10]) by mx.example.net with esmtps (TLS1.3) id 1', '192.0.2.10'),
    ('from [192.0.2.10] (helo=mail.example.org) by mx.example.net with esmtp (Exim 4.96)', '192.0.2.10'),
    ('from rdns.example.com ([192.0.2.10]:4711 helo=mail.example.org) by mx.example.net', '192.0.2.10'),
    ('from unknown (HELO mail.example.org) (192.0.2.10) by mx.example.net with SMTP', '192.0.2.10'),
    ('from 192.0.2.10 (EHLO mail.example.org) (192.0.2.10) by mx.example.net with SMTPs', '192.0.2.10'),
    ('from mail.example.org (192.0.2.10) by AM0.mail.example.net (10.1.2.3) with Microsoft SMTP Server', '192.0.2.10'),
    ('from mail.example.org (IDENT:root@rdns.example.com [192.0.2.10] (may be forged)) by mx.example.net (8.17.1)', '192.0.2.10'),
    ('from mail.example.org (mail.example.org [10.1.2.3]) by mx.example.net', None),
    ('from mail.example.org (mail.example.org [192.0.2.10]) by mx.example.org', None),
    ('by 2002:a05:6a10:1:: with SMTP id x', None),
    ('from', None),
    ('from mail.example.org (((((by', None),
]


def play_received(report, place):
    for number, (field, address) in enumerate(RECEIVED):
        path = place.write('mails/%d' % number, 'Return-Path: <a@example.org>\nReceived: by inner.example.net; x\n'
                           'Received: from inner.example.net (inner [10.0.0.1]) by x.example.net; y\nReceived: %s; now\n'
                           'Received: from evil.example.org (evil [192.0.2.66]) by forged.example.com; z\n\n'
                           'Received: from body.example.org ([192.0.2.77]) by x.example.net\n' % field)
        seen = w.observed('--mail', path, '--domain', 'example.org')
        expected = {'evil.example.org': ['192.0.2.66']} if address is None else {'mail.example.org': [address]}
        report.equal('received %d: %s' % (number, field), w.hosts_of(seen), expected)
    forged = 'Received: from mail.example.org (mail.example.org [192.0.2.66]) by forged.example.com; z\n\n'
    for top, expected in (('from evil.test (evil.test [192.0.2.67]) by mx.example.net', {}),
                          ('from a.prod.outlook.com (2a01:111::1) by b.outlook.office365.com (2a01:111::2) with HTTPS',
                           {'mail.example.org': ['192.0.2.66']})):
        seen = w.observed('--domain', 'example.org', '--mail', place.write('mails/forged', 'Received: %s; y\n%s' % (top, forged)))
        report.equal('received: ' + top, w.hosts_of(seen), expected)
        report.equal('received, told: ' + top, 'evil.test handed this message over' in w.remarks_of(seen), not expected)
    seen = w.observed('--mail', place.path('mails', '0'))
    report.equal('received: without a domain, the border of two organizations', w.hosts_of(seen),
                 {'mail.example.org': ['192.0.2.10']})


# (line, hosts): what servers of ours write of their clients, with --domain example.org.
CLIENTS = [
    ('Jan  2 01:00:00 mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from mail.example.org[192.0.2.10]: 550 5.1.1 <x>: no; '
     'from=<a> to=<b> proto=ESMTP helo=<mail.example.org>', {'mail.example.org': ['192.0.2.10']}),
    ('2026-01-02T01:00:00.123456+00:00 mx postfix/in/smtpd[7]: NOQUEUE: warn: RCPT from mail.example.org[192.0.2.10]: x; '
     'from=<" helo=<evil.example.org>"@x> helo=<mail.example.org>', {'mail.example.org': ['192.0.2.10']}),
    ('Jan  2 01:00:00 mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[192.0.2.66]: no; helo=<mail.example.org>', {}),
    ('Jan  2 01:00:00 mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from a.example.com[192.0.2.66]: no; helo=<a.example.com>', {}),
    ('2026-01-02 01:00:00 1xVIoO-0001Ra-2Y <= a@example.org H=mail.example.org [192.0.2.10] P=esmtps',
     {'mail.example.org': ['192.0.2.10']}),
    ('2026-01-02 01:00:00 1xVIoO-0001Ra-2Y <= a@example.org H=rdns.example.org (mail.example.org) [192.0.2.10]:25 P=esmtp',
     {'mail.example.org': ['192.0.2.10']}),
    ('2026-01-02 01:00:00 1xVIoO-0001Ra-2Y <= a@example.org H=(mail.example.org) [192.0.2.66] P=esmtp', {}),
    ('2026-01-02 01:00:00 1xVIoO-0001Ra-2Y <= "x H=mail.example.org [192.0.2.66]"@example.org H=x.example.com [192.0.2.67]', {}),
    ('2026-01-02 01:00:00.123 +0000 [12] 1xVIoO-00000001Ra2-2YAb <= a@example.org H=mail.example.org DS [192.0.2.10]:25 P=esmtp',
     {'mail.example.org': ['192.0.2.10']}),
    ('Jan  2 01:00:00 mx exim[7]: 2026-01-02 01:00:00 1xVIoO-0001Ra-2Y <= a@example.org H=mail.example.org [192.0.2.10] P=esmtp',
     {'mail.example.org': ['192.0.2.10']}),
    ('Jan  2 01:00:00 mx postfix/cleanup[7]: 4ABC: milter-reject: END-OF-MESSAGE from mail.example.org[192.0.2.10]: 5.7.1 x; '
     'from=<a> to=<b> proto=ESMTP helo=<mail.example.org>', {'mail.example.org': ['192.0.2.10']}),
    ('Jan  2 01:00:00 mx postfix/cleanup[7]: 4ABC: warning: header Subject: x from mail.example.org[192.0.2.10]; '
     'from=<a> to=<b> proto=ESMTP helo=<mail.example.org>: a rule', {'mail.example.org': ['192.0.2.10']}),
    ('', {}),
    ('postfix/smtpd[1]: helo=<mail.example.org> from mail.example.org[', {}),
]


def play_clients(report, place):
    for number, (line, expected) in enumerate(CLIENTS):
        path = place.write('clients/%d.log' % number, line + '\n')
        seen = w.observed('--log', path, '--domain', 'example.org')
        report.equal('clients %d: %s' % (number, line), w.hosts_of(seen), expected)
        if '192.0.2.66' in line and 'helo=<mail' in line or 'H=(mail' in line:
            report.is_true('clients %d: told' % number, 'anybody can say' in w.remarks_of(seen), seen)


# What strangers wrote so that it looks like what the MTA writes: nothing of it is taken, not even as a claim.
HOSTILE = [
    'rejected EHLO from [192.0.2.66]: syntactically invalid argument(s): a <= b H=mail.example.org [192.0.2.66]',
    'H=(evil) [192.0.2.66] F=<x@y> rejected RCPT <"a => b T=remote_smtp H=mx.y.test [198.51.100.9] I=[192.0.2.66] z"@d>: no',
    '1xVIoO-0001Ra-2Y H=x [192.0.2.67] rejected after DATA: 1xVIoO-0001Ra-2Y => b T=remote_smtp H=m [198.51.100.9] I=[192.0.2.66]',
    '1xVIoO-0001Ra-2Y => a\\ T=remote_smtp\\ H=m\\ [198.51.100.9]\\ I=192.0.2.66\\ x@d R=r T=local_delivery',
    '1xVIoO-0001Ra-2Y => |/bin/x T=remote_smtp H=m [198.51.100.9] I=[192.0.2.66] <a@example.org> R=r T=address_pipe',
    '1xVIoO-0001Ra-2Y => a@d R=r T=remote_smtp H=m [198.51.100.9] X=TLS1.3:y:256 DN="x" I=[192.0.2.66] " C="250 ok"',
    '1xVIoO-0001Ra-2Y => a@d R=r T=remote_smtp H=m [198.51.100.9] C="250 \\" I=[192.0.2.66]"',
    '1xVIoO-0001Ra-2Y <= a@d H=x.test [192.0.2.67] P=esmtp id=x H=mail.example.org [192.0.2.66]',
    '1xVIoO-0001Ra-2Y <= a@d U=root P=local S=1 T="H=" for H=mail.example.org [192.0.2.66]',
    '1xVIoO-0001Ra-2Y ** a@d F=<"x: SMTP error from remote mail server after EHLO evil.example.org: "@d> R=r T=remote_smtp: no',
    '1xVIoO-0001Ra-2Y ** a@d R=r T=remote_smtp H=m [198.51.100.9] DN=": SMTP error from remote mail server after EHLO '
    'evil.example.org: x": SMTP error from remote mail server after MAIL: no',
    'mx postfix/cleanup[1]: 4ABC: warning: header Subject: hi from mail.example.org[192.0.2.66]: x from evil.test[192.0.2.66]; '
    'from=<a@d> to=<b@example.org> proto=ESMTP helo=<evil.test>',
    'mx postfix/cleanup[1]: 4ABC: warning: header Subject: hi from mail.example.org[192.0.2.66]: x from evil.test[192.0.2.66]; '
    'from=<a@d> to=<b@example.org> proto=ESMTP helo=<evil>: text helo=<mail.example.org>',
    'mx postfix/cleanup[1]: 4ABC: warning: header X: a from mail.example.org[192.0.2.66]; from=<x> helo=<mail.example.org> from '
    'evil.test[192.0.2.67]; from=<a@d> to=<b@example.org> proto=ESMTP helo=<evil.test>',
    'mx postfix/cleanup[1]: 4ABC: warning: body from mail.example.org[192.0.2.66]: x from evil.test[192.0.2.67]; from=<a@d> '
    'proto=ESMTP helo=<evil from mail.example.org[192.0.2.66]; from=<a helo=<mail.example.org>',
    'mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from evil.test[192.0.2.67]: 550 <x from mail.example.org[192.0.2.66]>: no; '
    'from=<" from mail.example.org[192.0.2.66]: helo=<mail.example.org>"@d> to=<b> proto=SMTP',
    'mx postfix/smtpd[1]: warning: x from mail.example.org[192.0.2.66]: no; helo=<mail.example.org>',
    'mx postfix/smtpd[1]: warning: reject: RCPT from mail.example.org[192.0.2.66]: no; helo=<mail.example.org>',
    'mx postfix/smtpd[1]: improper command pipelining after HELO from mail.example.org[192.0.2.66]: x helo=<mail.example.org>',
    'mx prog 5 said: postfix/smtpd[1]: NOQUEUE: reject: RCPT from mail.example.org[192.0.2.66]: x; helo=<mail.example.org>',
]


def play_hostile(report, place):
    exim = os.path.dirname(place.write('hostile/exim.conf', 'primary_hostname = mail.example.org\nbegin transports\nremote_smtp:\n'
                                       '  driver = smtp\n')) + '/exim.conf'
    for number, text in enumerate(HOSTILE):
        line = ('Jan  2 01:00:00 ' if text.startswith('mx ') else '2026-01-02 01:00:00 ') + text
        seen = w.observed('--exim', exim, '--log', place.write('hostile/%d.log' % number, line + '\n'), '--domain', 'example.org')
        report.equal('hostile: ' + text, w.hosts_of(seen), {'mail.example.org': []})
        report.is_true('hostile, told: ' + text, '192.0.2.66' not in w.remarks_of(seen), w.remarks_of(seen))


# Deliveries as strangers would like them counted: (log line, of the transport with this tag direct and handed over).
RELAYED = '''relayhost = [relay.example.net]
smtp_helo_name = mail.example.org
'''
COUNTED = [
    ('4ABC: to=<a@d>, relay=relay.example.net[198.51.100.9]:25, delay=1, dsn=2.0.0, status=sent (250 ok)', (0, 1)),
    ('4ABC: to=<a@d>, relay=mx.test[198.51.100.9]:25, delay=1, dsn=2.0.0, status=sent (250 ok)', (1, 0)),
    ('4ABC: to=<net@d>, relay=example.net[198.51.100.9]:25, delay=1, dsn=2.0.0, status=sent (250 ok)', (1, 0)),
    ('4ABC: to=<a>, relay=mx.test[198.51.100.9]:25, status=sent (@d>, relay=none, delay=1, status=bounced (x)', (0, 0)),
    ('4ABC: to=<a@d>, relay=mx.test[198.51.100.9]:25, delay=1, status=deferred (450 x>, relay=m[198.51.100.9], status=sent (', (0, 0)),
    ('4ABC: to=<a@d>, relay=mx.test[198.51.100.9]:25, delay=1, status=deferred (450 x, status=sent (250)', (0, 0)),
]


def play_counted(report, place):
    folder = os.path.dirname(place.write('counted/main.cf', RELAYED))
    for number, (text, expected) in enumerate(COUNTED):
        path = place.write('counted/%d.log' % number, 'Jan  2 01:00:00 mx postfix/smtp[7]: %s\n' % text)
        senders = [(each['deliveries'], each['deliveries_handed_over']) for each in w.observed('--postfix', folder, '--log', path)['senders']]
        report.equal('counted: ' + text, senders, [expected])
    for text, expected in (('4ABC: to=<a@d>, delay=1, mailer=esmtp, relay=m. [198.51.100.9], dsn=2.0.0, stat=Sent (ok)', 1),
                           ('4ABC: to=<a@d>, relay=m. [198.51.100.9], dsn=4.0.0, stat=Deferred: x, relay=m. [198.51.100.9], stat=Sent', 0),
                           ('4ABC: from=<" to=, relay=m. [198.51.100.9], stat=Sent"@d>, size=1', 0)):
        path = place.write('counted/sendmail.log', 'Jan  2 01:00:00 mx sm-mta[7]: %s\n' % text)
        senders = w.observed('--log', path)['senders']
        report.equal('counted: ' + text, [each['deliveries'] for each in senders], [expected] if expected else [])


def play_flood(report, place):
    """Claims of strangers do not push out a pair that the DNS proved later, and what was left out is said."""
    claim = 'Jan  2 01:00:00 mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[192.0.2.66]: no; helo=<x%d.example.org>\n'
    path = place.write('flood.log', ''.join(claim % number for number in range(30000)) + CLIENTS[0][0] + '\n')
    seen = w.observed('--log', path, '--domain', 'example.org')
    report.equal('flood: hosts', w.hosts_of(seen), CLIENTS[0][1])
    report.is_true('flood: left out', '29984 sightings of more claims' in w.remarks_of(seen), w.remarks_of(seen))


def play_packed(report, place):
    """A log that is packed, from a file and from standard input; one that is broken is trouble and no end of file."""
    line = CLIENTS[0][0] + '\n'
    packed = gzip.compress(line.encode() * 20000)
    path, broken = place.path('mail.log.gz'), place.path('broken.gz')
    for name, data in ((path, packed), (broken, packed[:-200])):
        with open(name, 'wb') as file:
            file.write(data)
    report.equal('packed: file', w.hosts_of(w.observed('--log', path, '--domain', 'example.org')), CLIENTS[0][1])
    status, out, _ = w.observe('--log', '-', '--domain', 'example.org', stdin=packed.decode('latin-1'))
    report.equal('packed: standard input', (status, 'and 19999 times more' in out), (0, True))
    status, _, err = w.observe('--log', broken, '--domain', 'example.org')
    report.equal('packed: broken', (status, broken in err), (2, True))


def play_trouble(report, place):
    """(arguments, exit status, what standard error says)."""
    folder = os.path.dirname(place.write('trouble/main.cf', MAIN))
    place.write('trouble/master.cf', 'smtp unix - - n - - smtp\na unix - - n - - smtp -o myhostname=a.example.com\n')
    here = place.write('empty', '')
    for arguments, expected, words in (
            (('--postfix', place.path('no')), 2, '/no/main.cf: No such file'), (('--exim', place.path('no')), 2, '/no: No such file'),
            (('--sendmail', place.path('no')), 2, 'No such file'), (('--log', place.folder), 2, 'Is a directory'),
            (('--mail', place.path('no')), 2, 'No such file'), (('--root', place.path('nothing', 'x')), 1, 'nothing found'),
            (('--log', here), 1, 'nothing found'), (('x',), 2, 'takes no operands'), (('--x',), 2, 'unknown option'),
            (('--domain', '[192.0.2.1]', '--log', here), 2, '--domain'), (('--log',), 2, 'needs a value'),
            (('--postfix', folder), 2, '--domain example.com'), (('--postfix', folder, '--domain', 'example.org'), 0, ''),
            (('--postfix', folder, '--domain', 'example.info'), 1, 'example.info')):
        status, _, err = w.observe(*arguments)
        report.equal('trouble: %s' % ' '.join(arguments), (status, words in err), (expected, True))


UNFIT = {'localhost': 'one label', 'mail.local': 'local use', '[192.0.2.1]': 'no name', 'a_b.example.org': 'no host name',
         '192.0.2.1': 'no name', 'x' * 64 + '.example.org': 'no host name', 'mail.example.org\x1b[31m': 'no host name',
         'mail.example.123': 'no host name'}


def play_unfit(report, place):
    """Names that nobody can look up, and control characters in all that is read."""
    for number, (name, words) in enumerate(UNFIT.items()):
        folder = os.path.dirname(place.write('unfit-%d/main.cf' % number, 'smtp_helo_name = %s\n' % name))
        status, out, err = w.observe('--postfix', folder)
        report.equal('unfit: %r' % name, (status, words in err, '\x1b' in out + err), (1, True, False))


def play_private(report, place):
    folder = os.path.dirname(place.write('private/main.cf', MAIN + 'smtp_bind_address = 10.1.2.3\nproxy_interfaces = 192.0.2.1\n'))
    status, out, _ = w.observe('--postfix', folder)
    report.equal('private: exit', status, 0)
    for words in ('a private address: others see the public one', ': private, not proposed', 'proxy_interfaces = 192.0.2.1',
                  'host "mail" { addresses = {} }  # ADDRESS NOT KNOWN'):
        report.is_true('private: ' + words, words in out, out)
    relayed = os.path.dirname(place.write('relayed/main.cf', MAIN + 'relayhost = [relay.example.net]:587\n'))
    status, _, err = w.observe('--postfix', relayed)
    report.equal('relayhost', (status, 'hands all mail over to [relay.example.net]:587' in err), (1, True))


# (lines of main.cf and options of the transport, proposed addresses, what a remark says, what none says)
UNDECIDED = [
    ('inet_interfaces = no.invalid', [], 'holds no.invalid, whose addresses are not known', 'private'),
    ('inet_interfaces = 192.0.2.10 no.invalid', [], 'holds no.invalid, whose addresses are not known', 'private'),
    ('inet_interfaces = 192.0.2.10 192.0.2.11 no.invalid\ninet_protocols = ipv4', [], 'not bound', 'inet_interfaces holds'),
    ('inet_interfaces = 127.0.0.1 no.invalid\ninet_protocols = ipv4', [], 'not bound', 'inet_interfaces holds'),
    ('inet_interfaces = no.invalid\nsmtp_bind_address = 192.0.2.10\nsmtp_bind_address6 = ::', ['192.0.2.10'],
     'not bound to an address of IPv6', 'inet_interfaces holds'),
    ('smtp_bind_address = 192.0.2.10\ninet_protocols = ipv6', [], 'not bound to an address of IPv6', '192.0.2.10'),
    ('inet_interfaces = 0.0.0.0', [], 'not bound to an address:', 'private'),
    ('default_transport = error:no\nsmtp_bind_address = 192.0.2.10', ['192.0.2.10'],
     'main.cf:2: default_transport = error: is no smtp transport', 'hands all mail over'),
    ('default_transport = smtp:relay.example.net', None, 'hands all mail over to relay.example.net', 'is no smtp transport'),
    ('default_transport = error:no\nrelay_transport = smtp:relay.example.net', None, 'hands all mail over to relay.example.net', 'over to no'),
]


def play_undecided(report, place):
    for number, (lines, expected, told, untold) in enumerate(UNDECIDED):
        folder = os.path.dirname(place.write('undecided-%d/main.cf' % number, MAIN + lines + '\n'))
        seen = w.observed('--postfix', folder)
        report.equal('undecided %r' % lines, w.hosts_of(seen).get('mail.example.org'), expected)
        said = w.remarks_of(seen)
        report.equal('undecided, told: %r' % lines, (told in said, untold in said), (True, False))


def play_instances(report, place):
    """An instance that postmulti does not start is none; one of which that is not known is told."""
    place.write('instances/etc/postfix/main.cf', MAIN + 'multi_instance_directories = /etc/off, /etc/on /etc/unset\n')
    for name, line in (('off', 'multi_instance_enable = no\n'), ('on', 'multi_instance_enable = yes\n'), ('unset', '')):
        place.write('instances/etc/%s/main.cf' % name, 'myhostname = %s.example.org\n%s' % (name, line))
    seen = w.observed('--root', place.path('instances', 'x')[:-2])
    report.equal('instances', sorted(w.hosts_of(seen)), ['mail.example.org', 'on.example.org', 'unset.example.org'])
    told = w.remarks_of(seen)
    for words, expected in (('/etc/off/main.cf:2: multi_instance_enable = no', True), ('/etc/unset: multi_instance_enable is not set', True),
                            ('/etc/on: multi_instance_enable', False), ('off.example.org', False)):
        report.equal('instances: ' + words, words in told, expected)
    seen = w.observed('--postfix', place.path('instances', 'etc', 'off'))
    report.equal('instances: one that is given counts', sorted(w.hosts_of(seen)), ['off.example.org'])


RELAY = 'relayhost = [relay.example.net]\n'
# (lines of main.cf, the table T, proposed names, what a remark says)
MAPPED = [
    (RELAY + 'transport_maps = hash:T', 'a.test own:\n', ['own'], 'T:1: Postfix transport own takes mail for a.test: past relayhost'),
    (RELAY + 'transport_maps = lmdb:T', 'a.test smtp:\n', ['mail', 'own'], 'own: default_transport and relay_transport do not lead to it, nor does any map'),
    (RELAY + 'transport_maps = proxy:cdb:T', '* own:[hub.example.net]\n', [], 'own hands all mail over to [hub.example.net]'),
    ('transport_maps = $default_database_type:T', '* own:[hub.example.net]\n', [], 'smtp hands all mail over to [hub.example.net]'),
    ('transport_maps = hash:T', 'x own:127.0.0.1:26\n* :\n', ['mail'], 'own hands all mail over to 127.0.0.1:26'),
    ('transport_maps = hash:T', 'x own:[fd00::1]:26\n', ['mail'], 'own hands all mail over to [fd00::1]:26'),
    (RELAY + 'transport_maps = hash:T', 'a.test :[mx.partner.example]\n', ['mail', 'own'], 'smtp takes mail for a.test, to [mx.partner.example]'),
    (RELAY + 'transport_maps = hash:/no/file, pcre:/x inline:{ { a.test = own: }, { b.test = own: } }', '', ['own'],
     'transport_maps = hash:/no/file: No such file or directory: was not read'),
    (RELAY + 'transport_maps = pcre:/x, hash:T', 'a.test own\n', ['own'], 'transport_maps = pcre:/x: was not read'),
    (RELAY + 'sender_dependent_default_transport_maps = texthash:T', '@a.test own:\n', [], 'own hands all mail over to [relay.example.net]'),
    ('sender_dependent_default_transport_maps = texthash:T', '@a.test own:\n* other:\n', ['mail', 'own'], 'own takes mail for @a.test'),
    ('sender_dependent_default_transport_maps = texthash:T', '@a.test own:[relay.example.net]\n', ['mail'],
     'own hands all mail over to [relay.example.net]'),
    (RELAY + 'transport_maps = hash:T', ''.join('%d.test t%d:\n' % (n, n) for n in range(70)), ['own'], 'names too many transports'),
    (RELAY + 'transport_maps = hash:T', 'a.test\n\0\nb ' + 'x' * 70000 + ':\nc own:\x1b[31m\n', [], 'own hands all mail over to \x1b[31m'),
    ('transport_maps = hash:/', '', ['mail', 'own'], 'Is a directory: was not read'),
    ('transport_maps = hash:T {', '', ['mail', 'own'], 'transport_maps = {: was not read'),
]


def play_mapped(report, place):
    """The texts of tables say which transports are in use, and for what."""
    for number, (lines, table, expected, words) in enumerate(MAPPED):
        path = place.write('mapped-%d/table' % number, table)
        folder = os.path.dirname(place.write('mapped-%d/main.cf' % number, MAIN + lines.replace(':T', ':' + path) + '\n'))
        place.write('mapped-%d/master.cf' % number, 'smtp unix - - n - - smtp\nrelay unix - - n - - smtp\n'
                    'own unix - - n - - smtp -o smtp_helo_name=own.example.org\n')
        seen = w.observed('--postfix', folder)
        report.equal('mapped %d: %r' % (number, lines), sorted(w.hosts_of(seen)), [name + '.example.org' for name in expected])
        told = w.remarks_of(seen).replace(path, 'T')
        report.is_true('mapped %d, told: %r' % (number, words), words in told, told)
        report.is_true('mapped %d: clean' % number, '\x1b' not in ''.join(w.observe('--postfix', folder)[1:]), folder)


ROUTED = '''primary_hostname = mail.example.org
begin routers
plain:
  driver = manualroute
  route_list = a.test relay.example.net; * relay.example.net
  transport = fixed
byfile:
  driver = manualroute
  route_data = ${lookup{$domain}lsearch{/etc/exim4/routes}}
  transport = out
bylist:
  driver = manualroute
  route_list = lsearch;/etc/exim4/domains relay.example.net
  transport = out
chosen:
  driver = dnslookup
  transport = ${if eq{$sender_address_domain}{a.test}{out}{fixed}}
begin transports
out:
  driver = smtp
fixed:
  driver = smtp
'''


def play_routed(report, place):
    """What Exim looks up for each message was not read, and observe says so."""
    told = w.remarks_of(w.observed('--exim', place.write('routed/exim.conf', ROUTED)))
    for words in ('exim.conf:9: router byfile: ${lookup{$domain}', 'exim.conf:13: router bylist: lsearch;', 'was not read',
                  'exim.conf:17: router chosen: transport = ${if'):
        report.is_true('routed: ' + words, words in told, told)
    report.is_true('routed: a fixed route is read', 'router plain' not in told, told)


# (helo_data, proposed names, what a remark or the error says)
CHOICES = [
    ('${if eq{$host}{x}{a.example.org}{b.example.org}}', ['a.example.org', 'b.example.org'], 'each name that it may become counts'),
    ('${if eq{$host}{x.example.org}{a.example.org}}', ['a.example.org'], 'a log or a message says what it becomes'),
    ('${if eq{$host}{x.example.org}{a.example.org}fail}', ['a.example.org'], 'a log or a message says what it becomes'),
    ('${if eq{$host}{x}{a.example.org}{$sender_helo_name}}', ['a.example.org'], 'a log or a message says what it becomes'),
    ('${if strange{$host}{a.example.org}{b.example.org}}', [], 'a log or a message says what it becomes'),
    ('${if eq{$host}{x}{a.example.org}{b.example.org}}.test', [], 'a log or a message says what it becomes'),
    ('${if eq{$host}{x}{a.example.org}{a.example.org}}', ['a.example.org'], ''),
    ('${if eq{a', [], 'a log or a message says what it becomes'), ('${if', [], 'what it becomes'), ('${if {}}', [], 'what it becomes'),
    ('${lookup{$host}lsearch{/names}{$value}{a.example.org}}', [], 'with a HELO name that is not known'),
]


def play_choices(report, place):
    """helo_data that depends on the connection: names that it may become, or that they are not known."""
    for number, (data, expected, words) in enumerate(CHOICES):
        path = place.write('choices/%d.conf' % number, 'begin transports\nt:\n  driver = smtp\n  interface = 192.0.2.9\n'
                           '  helo_data = %s\n' % data)
        seen = w.observed('--exim', path)
        report.equal('choices %s' % data, w.hosts_of(seen), {name: ['192.0.2.9'] for name in expected})
        report.is_true('choices, told: %s' % data, words in w.remarks_of(seen), seen)
        status, _, err = w.observe('--exim', path)
        report.equal('choices, exit: %s' % data, (status, 'no HELO name that it is sent with is known' in err, 'nothing found' in err),
                     (0, False, False) if expected else (1, True, False))


def play_root(report, place):
    """The usual places below a root, and instances."""
    place.write('root/etc/hostname', 'mail\n')
    place.write('root/etc/hosts', '127.0.0.1 localhost\n192.0.2.1 mail.example.org mail # x\n')
    place.write('root/etc/postfix/main.cf', 'mydomain = example.org\nmulti_instance_directories = /etc/postfix-out\n')
    place.write('root/etc/postfix-out/main.cf', 'myhostname = out.example.org\nsmtp_bind_address = 192.0.2.11\n')
    place.write('root/etc/mail/sendmail.cf', 'V10\nO ClientPortOptions=Addr=192.0.2.12\n')
    place.write('root/var/lib/exim4/config.autogenerated', 'begin transports\nt:\n  driver = smtp\n  interface = 192.0.2.13\n')
    seen = w.observed('--root', place.path('root', 'x')[:-2])
    report.equal('root', w.hosts_of(seen), {'mail.example.org': ['192.0.2.12', '192.0.2.13'], 'out.example.org': ['192.0.2.11']})


def play_round_trip(report, place):
    """What observe proposes, publish takes; check passes with the records."""
    folder = os.path.dirname(place.write('round/main.cf', MAIN + 'smtp_bind_address = 192.0.2.10\n'))
    _, out, _ = w.observe('--postfix', folder, '--mail', place.write('round/mail', 'Received: %s\n\n' % RECEIVED[1][0]))
    description = place.write('round/description', out)
    records = subprocess.run([w.VOUCHSAFE, 'publish', description], check=False, capture_output=True, text=True)
    report.equal('round trip: publish', (records.returncode, records.stderr), (0, ''))
    zone = place.write('round/zone', '$ORIGIN example.org.\n@ 3600 IN SOA ns h 1 2 3 4 5\n' + records.stdout)
    for client, result in (('192.0.2.10', 'pass'), ('2001:db8::10', 'pass'), ('192.0.2.11', 'fail')):
        done = subprocess.run([w.VOUCHSAFE, 'check', '--zone', zone, client, 'mail.example.org'], check=False,
                              capture_output=True, text=True)
        report.is_true('round trip: %s %s' % (client, result), 'csa         %s (' % result in done.stdout,
                       done.stdout + done.stderr + records.stdout)


def play_local(report, place):
    """Without any pin, this machine's addresses are candidates, and said to be some."""
    folder = os.path.dirname(place.write('local/main.cf', MAIN + 'inet_protocols = ipv4\n'))
    seen = w.observed('--postfix', folder, '--local')
    found = [each for each in seen['domains'][0]['hosts'][0]['addresses']]
    report.is_true('local: no IPv6 where inet_protocols forbids it', all(':' not in each['address'] for each in found), found)
    report.is_true('local: candidates', all(each['evidence'] == 'candidate' for each in found), found)
    if place.inside:
        report.equal('local: addresses', sorted(each['address'] for each in found),
                     sorted(address for address in w.ADDRESSES if ':' not in address))
        report.equal('local: the private one is not proposed',
                     [each['address'] for each in found if not each['proposed']], ['10.1.2.3'])
        report.is_true('local: said', 'addresses are CANDIDATES' in w.observe('--postfix', folder, '--local')[1])


def play_bar(report, place):
    """Long work shows a bar on a terminal, and wipes it; the file's name may be hostile."""
    path = place.write('bar\x1b[31m.log', (CLIENTS[3][0] + '\n') * 20000)
    leader, follower = os.openpty()
    done = subprocess.run([w.VOUCHSAFE, 'observe', '--log', path], check=False, stdout=subprocess.DEVNULL, stderr=follower)
    os.close(follower)
    text = b''
    while b'nothing found' not in text:
        text += os.read(leader, 65536)
    os.close(leader)
    report.equal('bar', (done.returncode, b'100 %' in text, b'\x1b[31m' in text), (1, True, False))


CASES = [play_received, play_clients, play_hostile, play_counted, play_flood, play_packed, play_trouble, play_unfit, play_private, play_undecided, play_instances, play_mapped, play_routed, play_choices, play_root, play_round_trip,
         play_local, play_bar]
