"""world.py - a store with known rows, for the commands that look into it."""
import json
import os
import sqlite3
import subprocess
import time

ESC = '\x1b[31mred\x1b[0m\r\n\x07'
RTL = '\u202egnp.exe\u200f'
IDS = {name: name.ljust(13, 'a') for name in ('good', 'bad', 'memory', 'hostile', 'hashed', 'gone', 'monitor', 'nothing', 'spared')}
DAY_S = 86400


def now_ms():
    return int(time.time() * 1000)


def today():
    return int(time.time()) // DAY_S


TRACE = [
    {'purpose': 'csa', 'name': '_client._smtp.mail.example.org', 'type': 'SRV', 'round': 1, 'status': 'found',
     'secure': True, 'ttl': 3600, 'records_count': 9, 'records': ['1 2 0 mail.example.org'], 'note': None},
    {'purpose': 'address', 'name': 'mail.example.org', 'type': 'A', 'round': 1, 'status': 'timeout',
     'secure': False, 'ttl': None, 'records_count': 0, 'records': [], 'note': 'nobody answered'},
    {'purpose': 'reputation', 'name': 'mail.example.org', 'type': '-', 'round': 1, 'status': 'found',
     'secure': False, 'ttl': None, 'records_count': 0, 'records': [], 'note': None},
]
REPORTS = [
    {'service': 'accred.example', 'style': 'dna', 'listed': True, 'used': True, 'rating': 'A', 'info': 'since 2004',
     'error': None},
    {'service': 'down.example', 'style': 'domain-list', 'listed': False, 'used': False, 'rating': 'C', 'info': None,
     'error': 'timeout'},
    {'service': 'other.example', 'style': 'vbr', 'listed': False, 'used': False, 'rating': 'C', 'info': None,
     'error': None},
    {'service': 'idle.example', 'style': 'dna', 'listed': False, 'used': False, 'rating': 'C', 'info': None,
     'error': None, 'suspended': True},
]
DETAIL = {'dna': {'rating': 'A', 'service': 'accred.example', 'reports': REPORTS},
          'reputation': {'score': 42, 'confidence': 0.75, 'ham': 30, 'spam': 2}, 'ttl': 3600,
          'header': 'Authentication-Results: mx.example.net; csv=pass', 'trace': TRACE}
DECISION = {'evaluation': None, 'protocol': 'milter', 'profile': 'default', 'client': bytes([192, 0, 2, 10]),
            'helo': 'mail.example.org', 'name': 'mail.example.org', 'organization': 'example.org', 'csa': 'pass',
            'reason': 'match', 'domain': 'mail.example.org', 'identity': 'csa', 'rating': 'A',
            'service': 'accred.example', 'level': 'trusted', 'verb': 'accept', 'mode': 'enforce',
            'reasons': 'csa-pass:10,dna-a:60,dna-d:0:quorum', 'secure': 1, 'score': 70, 'queries': 4, 'elapsed_ms': 12,
            'proven': 1, 'detail': json.dumps(DETAIL)}
REFUSED = dict(DECISION, client=bytes([192, 0, 2, 66]), csa='fail', reason='mismatch', identity='none', rating='C',
               service='', level='untrusted', verb='reject', reasons='csa-mismatch:-100,dna-a:0:unproven-name',
               secure=0, score=-100, elapsed_ms=4321, proven=0, helo='mail.example.org')
DECISIONS = {
    'good': DECISION,
    'bad': REFUSED,
    'memory': dict(DECISION, evaluation=IDS['good'], detail='', queries=0, elapsed_ms=0),
    'gone': dict(DECISION, evaluation='zzzzzzzzzzzzz', detail=''),
    'monitor': dict(REFUSED, mode='monitor', name='other.example.net', helo='other.example.net', organization=''),
    'nothing': dict(REFUSED, client=b'', helo='', name='', organization='', csa='none', reason='no-helo', domain='',
                    level='neutral', verb='continue', reasons='', score=0, detail=json.dumps({'trace': 'x', 'dna': [1]})),
    'hashed': dict(REFUSED, name='h:' + 'a' * 26, helo='', organization='h:' + 'b' * 26, domain='h:' + 'a' * 26, detail=''),
    'hostile': dict(REFUSED, helo=ESC, name=RTL + ESC, organization=ESC, domain=ESC, protocol=ESC, profile=RTL,
                    csa=ESC, identity=ESC, rating=ESC, service=RTL, level=ESC, mode=ESC, verb=ESC,
                    reasons=ESC + ':7:' + RTL + ',x,:::', detail=json.dumps(
                        {'trace': [{'purpose': ESC, 'name': RTL, 'status': ESC, 'note': ESC, 'records': [ESC, 5], 'type': ESC}, 7],
                         'dna': {'reports': [{'service': ESC, 'style': RTL, 'info': ESC, 'error': ESC}, 3]}, 'header': ESC})),
}

SPARED = dict(REFUSED, id=IDS['spared'], evaluation=IDS['spared'], csa='none', reason='no-record', identity='forward',
              level='neutral', verb='continue', name='spared.example.com', helo='spared.example.com', organization='',
              domain='', reasons='dna-e:-100', rating='E', service='accred.example',
              detail=json.dumps({'trust': {'best': 60}, 'trace': []}))


class World:
    """A folder with a configuration and a store."""

    def __init__(self, executable, folder):
        self.executable, self.folder = executable, folder
        self.file = folder + '/db'
        self.config = self.write('conf', self.text())

    def text(self, store='type = sqlite', file='db', more=''):
        return ('store { %s\n file = "%s/%s" }\ndns { trust_anchor = none }\n'
                'accreditor "friends.example" { style = list shared = yes }\n'
                'accreditor "foes.example" { style = list shared = yes }\n'
                'accreditor "file.example" { style = list file = "%s/list" }\n'
                'accreditor "accred.example" { }\n%s\n') % (store, self.folder, file, self.folder, more)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def run(self, command, *arguments, config=None, stdin='', text=True, **more):
        return subprocess.run([self.executable, command, '--config', config or self.config, *arguments], input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=text, check=False,
                              env=dict(os.environ, TZ='UTC', NO_COLOR='1'), **more)

    def json(self, command, *arguments, **more):
        done = self.run(command, '--json', *arguments, **more)
        return done, json.loads(done.stdout) if done.stdout else None

    def fill(self):
        """The rows of DECISIONS, newest last, and what belongs to them; reputation of five names."""
        base = sqlite3.connect(self.file)
        for number, (name, row) in enumerate(DECISIONS.items()):
            self.decide(base, dict(row, id=IDS[name], evaluation=row['evaluation'] or IDS[name],
                                   time_ms=now_ms() - 60000 + number))
        self.decide(base, dict(SPARED, time_ms=now_ms() - 3600000))  # before the minutes of top
        base.executemany('INSERT INTO action VALUES (?, ?, ?, ?, ?, ?, ?, ?)', [
            (IDS['bad'], now_ms() - 50000, 'reject', 'rcpt', 'strict', 'user@example.net',
             '550 5.7.1 mail.example.org does not authorize your address id=' + IDS['bad'], 1),
            (IDS['monitor'], now_ms() - 50000, 'reject', 'rcpt', 'default', '', '550 5.7.1 no', 0),
            (IDS['hostile'], now_ms(), ESC, RTL, ESC, ESC, RTL + ESC, 1)])
        base.executemany('INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?)', [
            (IDS['good'], now_ms() - 40000, 0, 'rspamd', 'counted', 1), (IDS['good'], now_ms() - 30000, 1, 'operator', 'capped', 3),
            (IDS['hostile'], now_ms(), 1, ESC, RTL, 0)])
        for name, ham, spam in [('mail.example.org', 50, 0), ('mx.example.net', 0, 60), ('new.example.com', 1, 0),
                                ('.example.org', 55, 1), ('old.example.com', 30, 0)]:
            day = today() - (3000 if name.startswith('old') else 0)
            base.execute('INSERT INTO reputation VALUES (?, ?, ?, ?)', (name, day, ham, spam))
        base.execute('INSERT INTO reputation VALUES (?, ?, 9, 9)', (RTL + ESC, today()))
        base.execute('INSERT INTO suspension VALUES (?, ?, ?, ?)', ('down.example', RTL, int(time.time()) + 3600, ESC))
        base.execute('INSERT INTO suspension VALUES (?, ?, ?, ?)', ('down.example', 'mx2/9/0', int(time.time()) + 60, 'no answer'))
        base.execute('INSERT INTO suspension VALUES (?, ?, ?, ?)', ('up.example', '', int(time.time()) - 3600, 'over'))
        base.commit()
        base.close()

    @staticmethod
    def decide(base, row):
        base.execute('INSERT INTO decision (%s) VALUES (%s)' % (', '.join(row), ', '.join(':' + key for key in row)), row)
