"""targets.py - the ways to ask vouchsafed that are tested: Postfix with the milter, Postfix with the policy service, Exim.

A target has a port for each profile of the daemon that the cases need, and knows how its MTA words our replies.
"""
import re
import time

import smtp

DELIVERY_TIMEOUT_S, POLL_S = 30, 0.02
USER = 'user@example.net'


class Target:
    """One MTA with one way to ask. `ports`: {profile: port}.

    marks: the header is written without being asked for; skips: trusted sessions skip the blocklist, others do not.
    """

    def __init__(self, name, server, ports, marks, skips=True):
        self.name, self.server, self.ports, self.marks = name, server, ports, marks
        self.skips = skips
        self.tokens = 0

    def session(self, client, profile='default'):
        return smtp.Session((self.server.address, self.ports[profile]), client)

    def token(self):
        """A word that no other message has."""
        self.tokens += 1
        return '%s-%04d-token' % (self.name, self.tokens)

    def rejection(self, reply, recipient=None):
        """What the client reads when we say `reply`; at RCPT, `recipient` is set."""
        if self.name != 'policy' or not recipient:
            return reply
        code, enhanced, text = reply.split(' ', 2)
        return '%s %s <%s>: Recipient address rejected: %s' % (code, enhanced, recipient, text)

    def delivered(self, token):
        """The message with this token, once it is in the mailbox; None if it does not come."""
        deadline = time.monotonic() + DELIVERY_TIMEOUT_S
        while time.monotonic() < deadline:
            message = self.server.mailbox.find(token)
            if message:
                return message
            time.sleep(POLL_S)
        return None

    def send(self, client, helo, recipient=USER, profile='default', fields=()):
        """A whole session with one message: (replies to MAIL, RCPT and the message, the message delivered)."""
        token = self.token()
        with self.session(client, profile) as session:
            session.say('EHLO ' + helo)
            replies = session.envelope(recipient)
            if replies[-1].startswith('250'):
                replies.append(session.message(token, fields))
        accepted = len(replies) == 3 and replies[-1].startswith('250')
        return replies, self.delivered(token) if accepted else None


def header_fields(message):
    """[(name, value)] of the header, in its order; folds are one blank, names in lower case."""
    text = re.sub(r'\n[ \t]+', ' ', message.split('\n\n', 1)[0])
    return [(name.lower(), value.strip()) for name, _, value in (line.partition(':') for line in text.split('\n'))]


def results(message):
    """The values of the Authentication-Results fields."""
    return [value for name, value in header_fields(message) if name == 'authentication-results']


def top(message):
    """The first field above which only the delivery agent writes: ("name", "value")."""
    agents = ('return-path', 'delivered-to', 'x-original-to', 'envelope-to', 'delivery-date')
    return next(field for field in header_fields(message) if field[0] not in agents)
