"""lines.py - the protocols of lines: Postfix's policy delegation, and ours for ${readsocket} of Exim."""
import re
import socket

PATIENCE_S = 120
STATES = ('EHLO', 'MAIL', 'RCPT', 'RCPT')
RECIPIENTS = ('', '', 'postmaster@example.net', 'user@example.net')
STAGES = ('helo', 'mail', 'postmaster', 'rcpt')


def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(PATIENCE_S)
    connection.connect(path)
    return connection


def policy_request(session, number, instance):
    """What Postfix asks at the stage number of STAGES."""
    attributes = [('request', b'smtpd_access_policy'), ('protocol_state', STATES[number].encode()),
                  ('protocol_name', b'ESMTP'), ('client_address', session.client.encode()),
                  ('client_name', b'unknown'), ('helo_name', session.helo_bytes),
                  ('sender', b'sender@example.org' if number else b''), ('recipient', RECIPIENTS[number].encode()),
                  ('recipient_count', b'0'), ('queue_id', b''), ('instance', instance.encode()), ('size', b'0'),
                  ('sasl_method', b''), ('sasl_username', b''), ('ccert_subject', (session.tls_name or '').encode()),
                  ('policy_context', b''), ('server_port', b'25')]
    return b''.join(name.encode() + b'=' + value + b'\n' for name, value in attributes) + b'\n'


def policy_play(path, sessions, tag):
    """All requests of the sessions on one connection, none waiting for an answer; a list of actions a session."""
    with connect(path) as connection:
        connection.sendall(b''.join(policy_request(session, number, '%s.%d' % (tag, index))
                                    for index, session in enumerate(sessions) for number in range(len(STATES))))
        with connection.makefile('rb') as answers:
            return [[policy_answer(answers) for _ in STATES] for _ in sessions]


def policy_answer(answers):
    action, empty = answers.readline(), answers.readline()
    if not action.startswith(b'action=') or empty != b'\n':
        raise RuntimeError('no answer: %r %r' % (action, empty))
    return action[len('action='):-1].decode()


def exim_play(path, session, stage):
    """One question about one recipient; the answer as a mapping."""
    facts = [('client', session.client.encode()), ('helo', session.helo_bytes), ('stage', stage.encode()),
             ('recipient', b'user@example.net'), ('auth', b''), ('tls', (session.tls_name or '').encode())]
    with connect(path) as connection:
        connection.sendall(b' '.join(key.encode() + b'=' + quote(value) for key, value in facts) + b'\n')
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile('rb') as answer:
            line = answer.readline().decode()
    return {key: re.sub(r'\\(.)', r'\1', quoted) if quoted else bare
            for key, quoted, bare in re.findall(r'([a-z]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))', line)}


def quote(value):
    """As Exim's ${quote:} writes it."""
    for octet, text in ((b'\\', b'\\\\'), (b'"', b'\\"'), (b'\n', b'\\n'), (b'\r', b'\\r')):
        value = value.replace(octet, text)
    return b'"' + value + b'"'
