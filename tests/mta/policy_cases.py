"""policy_cases.py - what only the Postfix policy service has: PREPEND, and attributes as Postfix sends them."""
import socket

import world as w
from cases import value_of
from targets import USER, results, top

TIMEOUT_S = 30


def play_prepend(report, target, daemon, place):
    """With prepend = yes the header comes by PREPEND: once a message, above Postfix's own Received."""
    client = place.address(w.MEMBER)
    expected = value_of(daemon.check(client, 'mail.example.org')['header'])
    tokens = [target.token() for _ in range(2)]
    with target.session(client, 'prepend') as session:
        session.say('EHLO mail.example.org')
        for token in tokens:
            session.envelope(USER, 'other@example.net')
            session.message(token)
    for number, token in enumerate(tokens):
        message = target.delivered(token)
        report.equal('policy: PREPEND, message %d' % (number + 1), results(message), [expected])
        report.equal('policy: PREPEND, message %d: on top' % (number + 1), top(message),
                     ('authentication-results', expected))


def play_requests(report, path, place):
    """Many requests on one connection, all in one packet; answers in their order."""
    common = {'request': 'smtpd_access_policy', 'protocol_state': 'RCPT', 'sender': 'sender@example.org',
              'recipient': USER}
    requests = [({'client_address': place.address(host), 'helo_name': helo, **more}, expected)
                for host, helo, more, expected in (
                    (w.MEMBER, 'mail.example.org', {}, 'DUNNO'),
                    (w.MEMBER, 'never.example.org', {}, '550 5.7.1 '),
                    (w.GOOD, 'good.example.org', {}, 'vouchsafe_trusted'),
                    (w.STRANGER, 'never.example.org', {'sasl_username': 'user', 'sasl_method': 'PLAIN'}, 'DUNNO'),
                    (w.MEMBER, 'never.example.org', {'recipient': 'Postmaster'}, 'DUNNO'),
                    (w.MEMBER, 'never.example.org', {'protocol_state': 'MAIL', 'recipient': ''}, 'DUNNO'),
                    (w.CERTIFIED, 'certified.example.org', {'ccert_subject': 'certified.example.org'}, 'vouchsafe_trusted'),
                    (w.CERTIFIED, 'certified.example.org', {'ccert_subject': 'other.example.org'}, 'DUNNO'))]
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(TIMEOUT_S)
        client.connect(path)
        client.sendall(''.join(''.join('%s=%s\n' % pair for pair in {**common, **given}.items()) + '\n'
                               for given, _ in requests).encode())
        with client.makefile('r', encoding='utf-8') as answers:
            for given, expected in requests:
                answer, empty = answers.readline(), answers.readline()
                report.starts('policy: request %s' % ' '.join(given.values()), answer, 'action=' + expected)
                report.equal('policy: request, end of answer', empty, '\n')
