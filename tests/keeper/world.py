"""world.py - a folder with a daemon that remembers: its database, clients of its ports, and what stands in the ledger."""
import collections
import http.client
import json
import os
import re
import socket
import sqlite3
import threading
import time

from daemon import VOUCHSAFE, VOUCHSAFED, Daemon, objects, run, until
from folder import Folder
from lines import policy_read, policy_request
from milter import Milter

ZONE = """$ORIGIN example.org.
$TTL 3600
@ IN SOA ns hostmaster 1 3600 900 604800 300
mail IN A 192.0.2.10
_client._smtp.mail IN SRV 1 2 0 mail
_client._smtp.bad IN SRV 1 1 0 bad
forward IN A 192.0.2.20
_client._smtp.listed IN SRV 1 2 0 listed
listed IN A 192.0.2.30
slow IN A 192.0.2.40
;! fault slow.example.org. A delay 300
"""
ACCREDITOR = """$ORIGIN accred.example.
$TTL 3600
@ IN SOA ns hostmaster 1 3600 900 604800 300
listed.example.org IN TXT "MARID,1,A"
"""
TIMEOUT_S = 0.1  # store.timeout of these configurations
TOKEN = 'keeper-' + 'x' * 40
SLACK_S = 4      # that a busy machine may add: far below what a session waits for the DNS
SESSIONS = [('mail', '192.0.2.10', ''), ('mail', '192.0.2.11', '550'), ('bad', '192.0.2.10', '550'),
            ('forward', '192.0.2.20', ''), ('listed', '192.0.2.30', ''), ('none', '192.0.2.10', '')]

Session = collections.namedtuple('Session', 'client helo helo_bytes tls_name label')


class World(Folder):
    def __init__(self):
        super().__init__()
        os.chmod(self.folder, 0o777)
        self.write('zone', ZONE)
        self.write('accreditor', ACCREDITOR)
        self.zones = ['zone', 'accreditor']
        self.patience_s = 60  # with a vote that is not answered

    def configure(self, name='', **sections):
        """Writes NAMEconf; sections override the small ones here, `top` is text at the top of the file, `http`: takes votes."""
        settings = {'dns': 'zone_files = {%s} timeout = 5' % ', '.join('"%s"' % self.path(zone) for zone in self.zones),
                    'log': 'to = file format = json rate = 1000000 file = "%s"' % self.path(name + 'log'),
                    'daemon': 'control = "%s" pid_file = "%s"' % (self.path(name + 'control'), self.path(name + 'pid')),
                    'store': 'type = sqlite file = "%s"' % self.path('db'), 'header': 'authserv_id = mx.example.net'}
        top, votes = sections.pop('top', ''), sections.pop('http', False)
        if votes:
            settings['feedback'] = 'token_file = "%s"' % self.write('token', TOKEN)
            os.chmod(self.path('token'), 0o600)
        settings.update(sections)
        text = ['trusted_networks = {}', top] + ['%s { %s }' % pair for pair in settings.items()]
        text += ['listener "unix:%s" { protocol = http }' % self.path(name + 'http')] * votes
        text += ['listener "unix:%s" { protocol = policy }' % self.path(name + 'policy'),
                 'listener "unix:%s" { protocol = milter }' % self.path(name + 'milter'),
                 'accreditor "accred.example" { }', '']
        return self.write(name + 'conf', '\n'.join(text))

    def start_as(self, name):
        """A daemon with NAMEconf, whose log is NAMElog."""
        daemon = Daemon(VOUCHSAFED, self.folder, self.path(name + 'conf'))
        self.daemons.append(daemon)
        daemon.log = lambda: self.read(name + 'log')
        return daemon

    def policy(self, name=''):
        client = Policy(self.path(name + 'policy'))
        self.sockets.append(client.socket)
        return client

    def message(self, helo, client, fields=(), name=''):
        """One session with one message through the milter port."""
        milter = Milter(self.path(name + 'milter'))
        try:
            return milter.play(Session(client, helo, helo.encode(), None, 'x'), list(fields))
        finally:
            milter.close()

    def tool(self, *words, name=''):
        return run(VOUCHSAFE, words[0], '--config', self.path(name + 'conf'), *words[1:])

    def vote(self, decision, verdict='ham', name='', **more):
        """What the daemon says to a vote; None: nothing, or that it cannot say."""
        return self.ballot(decision, verdict, name, **more).get('result')

    def ballot(self, decision, verdict='ham', name='', **more):
        """The whole answer to a vote; empty: there is none."""
        web = http.client.HTTPConnection('localhost')
        web.sock = socket.socket(socket.AF_UNIX)
        web.sock.settimeout(self.patience_s)
        try:
            web.sock.connect(self.path(name + 'http'))
            web.request('POST', '/v1/feedback', json.dumps({'id': decision, 'verdict': verdict, **more}),
                        {'Authorization': 'Bearer ' + TOKEN, 'Content-Type': 'application/json'})
            return json.loads(web.getresponse().read())
        except (OSError, http.client.HTTPException):
            return {}
        finally:
            web.close()

    def reload(self, name=''):
        return run(VOUCHSAFE, 'reload', '--config', self.path(name + 'conf'))

    def rows(self, query, *values, path='db'):
        """What a reader of the file sees now; a file that is not there yet has no rows."""
        try:
            with sqlite3.connect('file:%s?mode=ro' % self.path(path), uri=True, timeout=20) as base:
                base.row_factory = sqlite3.Row
                return base.execute(query, values).fetchall()
        except sqlite3.OperationalError as error:
            if 'unable to open' in str(error) or 'no such table' in str(error):
                return []
            raise
        finally:
            if 'base' in locals():
                base.close()

    def decisions(self):
        return {row['id']: row for row in self.rows('SELECT * FROM decision')}

    def events(self, kind, name=''):
        return [event for event in objects(self.read(name + 'log')) if event.get('event') == kind]

    def check_file(self):
        """Whole, and no half of anything in it."""
        assert [tuple(row) for row in self.rows('PRAGMA integrity_check')] == [('ok',)]
        decisions = self.decisions()
        for row in decisions.values():
            assert re.fullmatch('[a-z2-7]{13}', row['id']) and re.fullmatch('[a-z2-7]{13}', row['evaluation']), tuple(row)
            assert row['csa'] and row['level'] and row['verb'] and row['time_ms'] > 0, tuple(row)
            if row['detail']:
                assert row['evaluation'] == row['id'] and json.loads(row['detail'])['helo'] == row['helo'], tuple(row)
        return decisions


class Policy:
    """A client of the policy port."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)

    def ask(self, host='bad', client='192.0.2.10'):
        self.socket.sendall(policy_request(client, ('%s.example.org' % host).encode()))
        return policy_read(self.socket)


class Load:
    """Clients that ask all the time, in threads; stop() says what was wrong with any answer."""

    def __init__(self, world, clients=3, hosts=SESSIONS, pause_s=0.0):
        """pause_s: between an answer and the next question of a client, where all that is said has to be read again."""
        self.world, self.hosts, self.pause_s = world, hosts, pause_s
        self.wrong, self.asked, self.refused, self.longest, self.ending = [], 0, 0, 0, False
        self.threads = [threading.Thread(target=self.ask, args=(number,)) for number in range(clients)]
        for thread in self.threads:
            thread.start()

    def ask(self, number):
        try:
            client = Policy(self.world.path('policy'))
            turn = number
            while not self.ending:
                host, address, expected = self.hosts[turn % len(self.hosts)]
                begin = time.monotonic()
                name = host if host != 'none' else 'n%d-%d' % (number, turn)
                try:
                    answer = client.ask(name, address)
                except OSError:  # an idle connection, which a reload has closed: Postfix tries again as well
                    client.socket.close()
                    client = Policy(self.world.path('policy'))
                    answer = client.ask(name, address)
                took = time.monotonic() - begin
                self.longest = max(self.longest, took)
                self.asked += 1
                self.refused += bool(expected)
                if not answer.startswith(expected or 'DUNNO'):
                    self.wrong.append('%s %s: %s' % (host, address, answer))
                if took > TIMEOUT_S + SLACK_S:
                    self.wrong.append('%s %s: after %.1f s' % (host, address, took))
                turn += 1
                time.sleep(self.pause_s)
                if turn % 32 == 0:  # a new connection, which may come to another worker
                    client.socket.close()
                    client = Policy(self.world.path('policy'))
            client.socket.close()
        except Exception as error:  # pylint: disable=broad-except
            self.wrong.append(repr(error))

    def stop(self):
        self.ending = True
        for thread in self.threads:
            thread.join()
        return self.wrong

    def asks(self, more):
        """Waits until so many more were answered."""
        goal = self.asked + more
        until(lambda: self.asked >= goal or self.wrong, 'clients are answered')
