"""place.py - a daemon that takes feedback by HTTP and by milter, and what its database says of it."""
import contextlib
import re
import sqlite3

from daemon import VOUCHSAFE, objects, run, until
from folder import Folder
from lines import connect, policy_answer, policy_request

TOKEN = 'correct-horse-battery-staple'
CLIENT = '192.0.2.10'
# proven: mail (forward), other (forward), csa (CSA pass). Not: never (CSA fail), stranger (nothing).
ZONE = """$ORIGIN example.org.
@ 3600 IN SOA ns hostmaster 1 3600 900 604800 300
mail IN A 192.0.2.10
other IN A 192.0.2.10
*.many IN A 192.0.2.10
_client._smtp.csa IN SRV 1 2 0 csa
csa IN A 192.0.2.10
_client._smtp.never IN SRV 1 1 0 never
never IN A 192.0.2.10
stranger IN A 192.0.2.99
"""
LISTENERS = '''listener "unix:{0}/milter" {{ protocol = milter }}
listener "unix:{0}/policy" {{ protocol = policy }}
listener "inet:127.0.0.1:0" {{ protocol = http }}
listener "unix:{0}/http" {{ protocol = http }}
'''


class Place(Folder):
    """Serves once it is made."""

    def __init__(self, zone=ZONE, **more):
        super().__init__()
        self.write('zone', zone)
        self.write('token', TOKEN + '\n')
        self.configure(**more)
        self.daemon = self.start()

    def configure(self, top='', store='sqlite', feedback='', limits='drain_timeout = 20', reputation='', token='token',
                  listeners=LISTENERS):
        self.write('conf', '\n'.join([
            'trusted_networks = {}', 'mode = enforce', top, 'dns { zone_files = {"%s"} }' % self.path('zone'),
            'log { to = file  file = "%s"  format = json  level = debug  rate = 100000 }' % self.path('log'),
            'daemon { control = "%s"  pid_file = "%s" }' % (self.path('control'), self.path('pid')),
            'store { type = %s  file = "%s" }' % (store, self.path('db')), 'cache { size = 0 }',
            'feedback { token_file = "%s" %s }' % (self.path(token) if token else '', feedback),
            'reputation { %s }' % reputation, 'limits { %s }' % limits, listeners.format(self.folder), '']))

    def reload(self):
        return run(VOUCHSAFE, 'reload', '--config', self.path('conf'))

    def port(self):
        """Of the inet listener."""
        self.daemon.logged(r'listening on inet:127\.0\.0\.1:0, port (\d+)')
        return int(re.findall(r'listening on inet:127\.0\.0\.1:0, port (\d+)', self.daemon.log())[-1])

    def decide(self, helo, client=CLIENT):
        """The id of a decision that the policy listener made, once it is in the ledger."""
        with connect(self.path('policy')) as connection:
            connection.sendall(policy_request(client, helo.encode()))
            with connection.makefile('rb') as answers:
                policy_answer(answers)
        self.daemon.logged('"event":"decision".*"helo":"%s"' % re.escape(helo))
        decision = [event for event in self.events('decision') if event['helo'] == helo][-1]
        until(lambda: self.rows('SELECT 1 FROM decision WHERE id = ?', decision['id']), 'the decision is in the ledger',
              self.daemon.log)
        return decision['id']

    def events(self, kind):
        return [event for event in objects(self.daemon.log()) if event.get('event') == kind]

    def rows(self, sql, *values):
        """What the database says now."""
        with contextlib.closing(sqlite3.connect('file:%s?mode=ro' % self.path('db'), uri=True, timeout=30)) as database:
            try:
                return database.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                if 'no such table' in str(error):
                    return []
                raise

    def counts(self, name):
        """(ham, spam) of a name."""
        return self.rows('SELECT coalesce(sum(ham), 0), coalesce(sum(spam), 0) FROM reputation WHERE name = ?', name)[0]

    def counted(self, name, ham, spam):
        """Waits until the database holds these counts."""
        until(lambda: self.counts(name) == (ham, spam), '%s has %d ham, %d spam' % (name, ham, spam),
              lambda: '%s %s' % (self.counts(name), self.daemon.log()))

    def noted(self, decision):
        """(spam, source, result) of the votes that the ledger notes of a decision."""
        return self.rows('SELECT spam, source, result FROM feedback WHERE id = ? ORDER BY rowid', decision)
