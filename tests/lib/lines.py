"""lines.py - the protocols of lines: Postfix's policy delegation, and ours for ${readsocket} of Exim."""
import re
import socket

from daemon import PATIENCE_S

STATES = ('EHLO', 'MAIL', 'RCPT', 'RCPT')
RECIPIENTS = ('', '', 'postmaster@example.net', 'user@example.net')
STAGES = ('helo', 'mail', 'postmaster', 'rcpt')


class Closed(ConnectionError):
    """The daemon closed the connection in the place of an answer, or within it."""


def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(PATIENCE_S)
    connection.connect(path)
    return connection


def policy_request(client, helo, number=STAGES.index('rcpt'), instance='', certificate=''):
    """What Postfix asks at the stage number of STAGES; the HELO argument in octets."""
    attributes = [('request', b'smtpd_access_policy'), ('protocol_state', STATES[number].encode()),
                  ('protocol_name', b'ESMTP'), ('client_address', client.encode()),
                  ('client_name', b'unknown'), ('helo_name', helo),
                  ('sender', b'sender@example.org' if number else b''), ('recipient', RECIPIENTS[number].encode()),
                  ('recipient_count', b'0'), ('queue_id', b''), ('instance', instance.encode()), ('size', b'0'),
                  ('sasl_method', b''), ('sasl_username', b''), ('ccert_subject', certificate.encode()),
                  ('policy_context', b''), ('server_port', b'25')]
    return b''.join(name.encode() + b'=' + value + b'\n' for name, value in attributes) + b'\n'


def policy_play(path, sessions, tag):
    """All requests of the sessions on one connection, none waiting for an answer; a list of actions a session."""
    with connect(path) as connection:
        connection.sendall(b''.join(policy_request(session.client, session.helo_bytes, number, '%s.%d' % (tag, index),
                                                    session.tls_name or '')
                                    for index, session in enumerate(sessions) for number in range(len(STATES))))
        with connection.makefile('rb') as answers:
            return [[policy_answer(answers) for _ in STATES] for _ in sessions]


def policy_answer(answers):
    """The next action, from a file."""
    return policy_action(answers.readline() + answers.readline())


def policy_read(connection):
    """The next action, from a socket whose requests wait for their answers."""
    answer = octets = b''
    while not answer.endswith(b'\n\n'):
        octets = connection.recv(4096)
        answer += octets
        if not octets:
            break
    return policy_action(answer)


def policy_action(answer):
    if not re.fullmatch(b'action=[^\n]*\n\n', answer):
        raise Closed('no answer: %r' % answer)
    return answer[len('action='):-2].decode()


def exim_request(client, helo, stage='rcpt', certificate=''):
    """What Exim asks about one recipient; the HELO argument in octets."""
    facts = [('client', client.encode()), ('helo', helo), ('stage', stage.encode()),
             ('recipient', b'user@example.net'), ('auth', b''), ('tls', certificate.encode())]
    return b' '.join(key.encode() + b'=' + quote(value) for key, value in facts) + b'\n'


def exim_play(path, session, stage):
    """One question; the answer as a mapping, an empty one if there is none."""
    with connect(path) as connection:
        connection.sendall(exim_request(session.client, session.helo_bytes, stage, session.tls_name or ''))
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
