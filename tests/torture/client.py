"""Sessions as MTAs play them, each told by one word: 'passed', 'refused', 'tempfail', or 'closed' by the daemon.

A daemon that says nothing at all for the patience of the clients raises socket.timeout: that is what must never happen.
"""
import collections
import http.client
import json

import lines
import milter as port

CLIENT = '192.0.2.10'
TOKEN = 'torture-' + 'x' * 40
VOTING_CONFIG = """store {{ type = sqlite file = "{0}/db" }}
reputation {{ per_day = 100000 per_source = 100000 }}
feedback {{ token_file = "{0}/token" }}
listener "unix:{0}/http" {{ protocol = http }}
"""
FIELDS = [('Subject', 'test')]
CLOSED = (port.Closed, BrokenPipeError, ConnectionResetError)

# A session as the clients of tests/lib want it.
Session = collections.namedtuple('Session', 'label client helo helo_bytes tls_name')


def session(helo, client):
    return Session('torture', client, helo, helo.encode(), None)


def word_of(reply):
    return 'tempfail' if reply.startswith('4') else 'refused'


def milter(folder, helo, client=CLIENT):
    """A word; that the header says csv=pass is part of passing."""
    try:
        connection = port.Milter(folder + '/milter')
        try:
            outcome = connection.play(session(helo, client), FIELDS)
        finally:
            connection.socket.close()
    except CLOSED:
        return 'closed'
    if outcome.reply is not None:
        return word_of(outcome.reply)
    return 'passed' if any('csv=pass' in value for _, _, value in outcome.inserted) else 'not judged'


def policy(folder, helo, client=CLIENT):
    """A word; two requests on one connection."""
    try:
        with lines.connect(folder + '/policy') as connection, connection.makefile('rb') as answers:
            for number in range(2):
                connection.sendall(lines.policy_request(client, helo.encode(), instance='torture.%d' % number))
                action = lines.policy_answer(answers)
                if action != 'DUNNO':
                    return word_of(action)
            return 'passed'
    except CLOSED + (lines.Closed,):
        return 'closed'


def exim(folder, helo, client=CLIENT):
    """A word."""
    try:
        answer = lines.exim_play(folder + '/exim', session(helo, client), 'rcpt')
    except CLOSED:
        return 'closed'
    words = {'pass': 'passed', 'trusted': 'passed', 'defer': 'tempfail', None: 'closed'}
    return words.get(answer.get('act'), 'refused')


def vote(folder, decision):
    """The result that a vote on a decision is answered with; 'trouble': that it could not be counted."""
    web = http.client.HTTPConnection('localhost')
    web.sock = lines.connect(folder + '/http')
    try:
        web.request('POST', '/v1/feedback', json.dumps({'id': decision, 'verdict': 'ham'}),
                    {'Authorization': 'Bearer ' + TOKEN, 'Content-Type': 'application/json'})
        answer = web.getresponse()
        return json.loads(answer.read())['result'] if answer.status == 200 else 'trouble' if answer.status == 503 else answer.status
    except CLOSED + (http.client.HTTPException,):
        return 'closed'
    finally:
        web.close()


PROTOCOLS = {'milter': milter, 'policy': policy, 'exim': exim}
