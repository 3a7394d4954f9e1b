#!/usr/bin/python3
"""The operator's commands on store and ledger: explain, top, reputation, learn, list, store.

    VOUCHSAFE    the executable (default: that of the build folder)
"""
import collections
import json
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import termios
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, TREE + '/tests/lib')

from daemon import until  # noqa: E402
from folder import Folder  # noqa: E402
from lines import exim_play  # noqa: E402
from world import DECISION, ESC, IDS, RTL, TRACE, World, now_ms, today  # noqa: E402

VOUCHSAFE = os.path.abspath(os.environ.get('VOUCHSAFE') or TREE + '/build/vouchsafe')
PATIENCE_S = 120
Session = collections.namedtuple('Session', 'client helo_bytes tls_name')
COMMANDS = ('explain', 'top', 'reputation', 'learn', 'list', 'store')


def clean(output):
    """Nothing but printable ASCII and line ends."""
    return re.fullmatch(r'[\n\x20-\x7e]*', output) is not None


def usage(world):
    """Exit codes and messages of command lines that are wrong, and of trouble with the configuration."""
    wrong = [('explain',), ('explain', 'short'), ('explain', '--name', 'x', 'y'), ('explain', '--client', 'x'),
             ('explain', '--name', 'x', '--last', '0'), ('explain', '--nam', 'x'), ('explain', '--json=1', 'x'),
             ('explain', '--client', '192.0.2.1', '--name', 'x.y'), ('explain', 'id=' + IDS['good'] + 'a'),
             ('top', 'x'), ('top', '--minutes', '0'), ('top', '--interval', '1x'), ('top', '--minutes'),
             ('reputation', '--best', '0'), ('reputation', '--worst', '1', 'a.example'), ('reputation', 'a..b'),
             ('reputation', '--best', '1', '--best', '2'),
             ('learn',), ('learn', 'ham'), ('learn', 'jam', 'a.example'), ('learn', '--count', '0', 'ham', 'a.example'),
             ('learn', '--source', '', 'ham', 'a.example'), ('learn', '--source', 'a\x1bb', 'ham', 'a.example'),
             ('list',), ('list', 'add', 'friends.example'), ('list', 'add', 'friends.example', 'a.example'),
             ('list', 'remove', 'friends.example'), ('list', 'drop'), ('list', 'show', 'a', 'b'),
             ('store',), ('store', 'import'), ('store', 'export', 'a', 'b'), ('store', 'status', 'x'), ('store', 'x'),
             ('store', 'vacuum', '--json')]
    for command, *arguments in wrong:
        done = world.run(command, *arguments)
        yield 'usage: %s %s' % (command, ' '.join(arguments)), done.returncode == 2 and done.stdout == '' and \
            done.stderr.startswith('vouchsafe %s: ' % command) and clean(done.stderr), done
    for command in COMMANDS:
        done = world.run(command, '--help')
        yield command + ' --help', done.returncode == 0 and done.stdout.startswith('usage: vouchsafe ' + command), done
        some = {'explain': [IDS['good']], 'learn': ['ham', 'a.example'], 'list': ['show'], 'store': ['export']}.get(command, [])
        cases = {'none': (world.text(store='type = none'), r'store\.type is none'),
                 'memory': (world.text(store='type = memory'), r'store\.type is memory'),
                 'broken': ('store {\n type = tape\n}\n', r'broken:2: .*tape'),
                 'folder': (world.text(file='nowhere/db'), r'nowhere/db.*(No such|cannot)'),
                 'damaged': (world.text(file='damaged'), r'damaged.*no SQLite database')}
        world.write('damaged', 'this is no database' * 999)
        for name, (text, message) in cases.items():
            done = world.run(command, *some, config=world.write(name, text))
            yield '%s: %s' % (command, name), done.returncode == 2 and done.stdout == '' and clean(done.stderr) and \
                re.search(message, done.stderr) is not None, done
        done = world.run(command, *some, config=world.folder + '/no\x1b[31m')
        yield command + ': no configuration', done.returncode == 2 and 'No such file' in done.stderr and clean(done.stderr), done
    done = world.run('explain', IDS['good'], config=world.write('keep', world.text(more='ledger { keep = 0 }')))
    yield 'explain without a ledger', done.returncode == 2 and 'ledger.keep is 0' in done.stderr, done


def empty(world):
    """A store in which nothing is."""
    done = world.run('store', 'import', '-', stdin='{"vouchsafe":"store","version":1}\n')
    yield 'empty: import', (done.returncode, done.stdout) == (0, '0 rows imported\n'), done
    for command, arguments, status, words in [
            ('explain', [IDS['good']], 1, 'no such decision; the ledger of this host keeps them 14 days'),
            ('explain', ['--name', 'a.example'], 1, '(none)'), ('top', ['--once'], 0, ' 0 decisions'),
            ('reputation', [], 0, '0 names are known'), ('reputation', ['a.example'], 1, 'a.example: not known'),
            ('learn', ['ham', 'a.example'], 1, 'a.example: unproven'), ('learn', ['ham', IDS['good']], 1, ': unknown'),
            ('list', ['show'], 0, '# no entries'), ('store', ['status'], 0, 'trouble     none'),
            ('store', ['vacuum'], 0, 'MiB'), ('store', ['export'], 0, '{"vouchsafe":"store","version":1}\n')]:
        done = world.run(command, *arguments)
        yield 'empty: %s %s' % (command, ' '.join(arguments)), done.returncode == status and \
            words in done.stdout + done.stderr and clean(done.stdout + done.stderr), done


def explain(world):
    done = world.run('explain', IDS['good'])
    text = done.stdout
    for words in ['accept  mail.example.org [192.0.2.10]: trusted', 'decision    ' + IDS['good'], ' +0000, after 12 ms and 4 questions',
                  'milter, profile default, mode enforce', 'mail.example.org, of example.org', 'pass (match), record of mail.example.org, '
                  'validated by DNSSEC', 'authorizes this client', "csa: the name's CSA record covers", 'A by accred.example',
                  'accred.example (dna): A, counts: since 2004', 'down.example (domain-list): no answer (timeout)',
                  'other.example (vbr): does not list it\n', 'idle.example (dna): does not list it; suspended, does not count\n',
                  '  trusted, as the header field says: a milter cannot', 'score +42, confidence 0.75: 30 ham, 2 spam at that time',
                  'trusted, score +70', '+10  csa-pass', '+60  dna-a', '+0  dna-d, withheld: quorum: too few services say so',
                  'nothing was refused', 'ham, by rspamd: counted', 'spam, by operator: capped (3 counted)',
                  'SRV   _client._smtp.mail.example.org', 'found, ttl 3600, DNSSEC: secure', '1 2 0 mail.example.org', 'and 8 more',
                  'timeout (nobody answered)']:
        yield 'explain good: ' + words, words in text, done
    yield 'explain: verdict first', done.returncode == 0 and text.startswith('accept') and clean(text), done
    yield 'explain: no DNSSEC state of what is no DNS answer', 'found\n' in text.split('reputation -')[1], done

    done = world.run('explain', IDS['bad'])
    for words in ['reject  mail.example.org [192.0.2.66]: untrusted, refused\n', '-100  csa-mismatch',
                  'dna-a, withheld: unproven-name: the name is not proven', 'reject at rcpt, profile strict, recipient user@example.net\n',
                  '550 5.7.1 mail.example.org does not authorize', 'add it: mail.example.org. IN A 192.0.2.66', 'owner', 'operator']:
        yield 'explain bad: ' + words, words in done.stdout and done.returncode == 0, done

    done = world.run('explain', IDS['memory'])
    yield 'explain from memory', 'From memory: they were asked for decision %s\n' % IDS['good'] in done.stdout and \
        'accred.example (dna): A, counts' in done.stdout and '_client._smtp' in done.stdout, done
    done = world.run('explain', IDS['gone'])
    yield 'explain from a memory that is gone', 'asked for decision zzzzzzzzzzzzz, which the ledger no longer has' in done.stdout, done
    done = world.run('explain', IDS['monitor'])
    yield 'explain in mode monitor', 'in mode enforce; the mode was monitor' in done.stdout and \
        'only noted (mode monitor)' in done.stdout, done
    done = world.run('explain', IDS['nothing'])
    yield 'explain a session without anything', done.returncode == 0 and 'continue  (no HELO) [address not known]' in done.stdout and \
        'no evidence for or against' in done.stdout, done
    done = world.run('explain', IDS['spared'])
    yield 'explain what was spared for want of memory', 'continue  spared.example.com' in done.stdout and \
        'did not answer, and could have made it +60: nobody is refused' in done.stdout and 'store.timeout' in done.stdout and \
        'less weight' not in done.stdout, done
    _, answer = world.json('explain', IDS['spared'])
    yield 'explain --json what was spared', answer['trust']['best'] == 60, answer
    done = world.run('explain', IDS['hashed'])
    yield 'explain with hashed names', 'not kept (ledger.hash_names)' in done.stdout and '_client._smtp.h:' not in done.stdout and \
        'NAME. IN A 192.0.2.66' in done.stdout, done
    done = world.run('explain', IDS['hostile'])
    yield 'explain hostile texts', done.returncode == 0 and clean(done.stdout) and '\\x1b[31mred' in done.stdout and \
        '\\xe2\\x80\\xae' in done.stdout, done
    done, answer = world.json('explain', IDS['hostile'])
    yield 'explain hostile texts as JSON', clean(done.stdout) and answer['helo'] == ESC, done

    reply = '550 5.7.1 mail.example.org does not authorize your address (csa mismatch) id=%s see https://mx.example.net/why' % IDS['bad']
    for name, arguments in [('pasted', [reply]), ('pasted without quotes', reply.split()), ('in capitals', [IDS['bad'].upper()]),
                            ('in brackets', ['<%s> (id=%s)' % (reply[:20], IDS['bad'])]), ('after a false one', ['id=x id=' + IDS['bad']])]:
        done = world.run('explain', *arguments)
        yield 'explain a reply, ' + name, done.returncode == 0 and 'decision    ' + IDS['bad'] in done.stdout, done
    done = world.run('explain', 'b' * 13)
    yield 'explain an unknown id', (done.returncode, done.stdout) == (1, '') and 'keeps them 14 days' in done.stderr, done


def explain_json(world):
    done, answer = world.json('explain', IDS['good'])
    keys = {'id', 'evaluation', 'from_memory', 'has_detail', 'time', 'time_ms', 'protocol', 'profile', 'client', 'helo', 'name',
            'organization', 'csa', 'identity', 'dna', 'reputation', 'trust', 'action', 'header', 'queries', 'ttl', 'elapsed_ms',
            'trace', 'actions', 'feedback', 'advice'}
    yield 'explain --json: keys', set(answer) == keys and done.returncode == 0, sorted(set(answer) ^ keys)
    yield 'explain --json: results', (answer['csa'], answer['identity'], answer['dna']['rating'], answer['client']) == (
        {'result': 'pass', 'reason': 'match', 'domain': 'mail.example.org', 'secure': True}, {'strength': 'csa'}, 'A', '192.0.2.10'), done
    yield 'explain --json: trust', answer['trust'] == {'level': 'trusted', 'score': 70, 'reasons': [
        {'token': 'csa-pass', 'points': 10}, {'token': 'dna-a', 'points': 60}, {'token': 'dna-d', 'points': 0, 'why': 'quorum'}]}, done
    yield 'explain --json: feedback', [(row['kind'], row['source'], row['result']) for row in answer['feedback']] == [
        ('ham', 'rspamd', 'counted'), ('spam', 'operator', 'capped')], done
    yield 'explain --json: time', re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z', answer['time']) is not None, answer['time']
    _, bad = world.json('explain', IDS['bad'])
    yield 'explain --json: actions', [(row['verb'], row['stage'], row['acted'], row['recipient']) for row in bad['actions']] == [
        ('reject', 'rcpt', True, 'user@example.net')] and '192.0.2.66' in bad['advice']['owner'], bad
    _, memory = world.json('explain', IDS['memory'])
    yield 'explain --json: memory', memory['from_memory'] and memory['evaluation'] == IDS['good'] and len(memory['trace']) == 3, memory
    for number in ('nothing', 'hostile', 'hashed', 'gone'):
        done, answer = world.json('explain', IDS[number])
        yield 'explain --json: keys of ' + number, set(answer) == keys and done.returncode == 0, done


def variants(world, base):
    """What one decision says with another standing, and behind another door."""
    def explained(protocol='policy', status='found', config=None, **reputation):
        detail = {'reputation': dict({'score': 0, 'confidence': 0.0, 'ham': 0, 'spam': 0}, **reputation),
                  'trace': [dict(TRACE[2], status=status)]}
        base.execute("UPDATE decision SET protocol = ?, detail = ? WHERE id LIKE 'short%'", (protocol, json.dumps(detail)))
        base.commit()
        return world.run('explain', 'short'.ljust(13, 'a'), config=config).stdout

    for name, text, words in [
            ('a store that does not answer', explained(status='timeout'), 'no answer of the store (timeout)\n'),
            ('a standing of nobody', explained(status='nxdomain'), 'nothing was said of it or its organization\n'),
            ('a standing of the organization', explained(score=31, confidence=0.7),
             'score +31, confidence 0.70: that of its organization, example.com; nothing was said of the host'),
            ('policy without a class', explained(), '  trusted, and yet Postfix skips nothing: policy.trusted_class is not set\n'),
            ('policy with a class', explained(config=world.write('class', world.text(more='policy { trusted_class = good }'))),
             '  trusted: Postfix skips what the class'),
            ('Exim', explained('exim'), '  trusted: Exim skips what its lists leave out')]:
        yield 'explain: ' + name, words in text, text


def choose(world):
    done = world.run('explain', '--name', 'Mail.Example.ORG.')
    rows = done.stdout.splitlines()[1:]
    yield 'explain --name: newest first', [row.split()[3] for row in rows] == [IDS[n] for n in ('gone', 'memory', 'bad', 'good')], done
    done = world.run('explain', '--name', 'example.org', '--last', '2')
    yield 'explain --name: an organization, and no more than asked for', len(done.stdout.splitlines()) == 3, done
    done, answer = world.json('explain', '--client', '::ffff:192.0.2.10')
    yield 'explain --client', done.returncode == 0 and {row['id'] for row in answer['decisions']} == {
        IDS[n] for n in ('good', 'memory', 'gone')}, done
    short = world.write('short', world.text(more='ledger { address_bits_4 = 24 }'))
    base = sqlite3.connect(world.file)
    World.decide(base, dict(DECISION, id='short'.ljust(13, 'a'), evaluation='short'.ljust(13, 'a'), time_ms=now_ms() - 9000000,
                            client=bytes([198, 51, 100, 0]), name='short.example.com', organization='example.com'))
    base.commit()
    done = world.run('explain', '--client', '198.51.100.77', config=short)
    yield 'explain --client: as many bits as the ledger keeps', done.returncode == 0 and 'short' in done.stdout, done
    yield 'explain --client: all bits', world.run('explain', '--client', '198.51.100.77').returncode == 1, ''
    yield from variants(world, base)
    base.execute("DELETE FROM decision WHERE id LIKE 'short%'")
    base.commit()
    base.close()
    done = world.run('explain', '--client', '2001:db8::1')
    yield 'explain --client: nobody', done.returncode == 1 and '(none)' in done.stdout, done
    done = world.run('explain', '--client', '192.0.2.66')
    yield 'explain --client: hostile rows', done.returncode == 0 and clean(done.stdout), done


def top(world):
    done = world.run('top')
    for words in ['8 decisions, 0.8 a minute', 'accept enforce           3', 'reject monitor           1', 'pass match               3',
                  'fail mismatch            3', 'none                     4', 'mail.example.org         4', 'example.org              4',
                  IDS['bad'] + '    4321 ms   4 questions  mail.example.org', 'down.example until ', ]:
        yield 'top: ' + words, words in done.stdout, done
    yield 'top: hostile rows, suspensions that are over', done.returncode == 0 and clean(done.stdout) and 'up.example' not in done.stdout, done
    yield 'top: 80 columns', max(len(line) for line in done.stdout.split('\nsuspended')[0].splitlines()[1:]) <= 80, done
    yield 'top: times as in explain, no blanks at the end', re.match(r'vouchsafe top, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000, ', done.stdout) \
        and re.search(' until [-0-9]+ [:0-9]+ [+]0000: ', done.stdout) and not re.search(' $', done.stdout, re.M), done
    done, answer = world.json('top', '--minutes', '5')
    yield 'top --json: keys', set(answer) == {'time', 'time_ms', 'minutes', 'decisions', 'cut', 'verbs', 'csa', 'identity', 'names', 'organizations',
                                              'refused', 'slowest', 'suspended', 'lists', 'trouble'} and clean(done.stdout), done
    yield 'top --json: refused', {row['name']: row['count'] for row in answer['refused']}.get('mail.example.org') == 1 and \
        answer['minutes'] == 5 and not answer['cut'] and answer['trouble'] is None, done
    yield 'top --json: verbs', {'verb': 'accept', 'mode': 'enforce', 'count': 3} in answer['verbs'], done


class Screen:
    """vouchsafe top on a terminal of its own."""

    def __init__(self, world):
        self.main, side = pty.openpty()
        self.before = termios.tcgetattr(side)
        self.side = side
        self.process = subprocess.Popen([VOUCHSAFE, 'top', '--config', world.config, '--interval', '1'], stdin=side, stdout=side,
                                        stderr=side, start_new_session=True)
        self.seen = b''

    def until(self, what, times):
        end = time.monotonic() + PATIENCE_S
        while self.seen.count(what) < times and time.monotonic() < end:
            if select.select([self.main], [], [], 1)[0]:
                self.seen += os.read(self.main, 65536)
        return self.seen.count(what) >= times

    def end(self):
        """The exit status, and whether the terminal is as it was."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < deadline:
            if select.select([self.main], [], [], 0.05)[0]:
                self.seen += os.read(self.main, 65536)
        while select.select([self.main], [], [], 0)[0]:
            self.seen += os.read(self.main, 65536)
        status = self.process.wait(1) if self.process.poll() is not None else self.process.kill()
        restored = termios.tcgetattr(self.side) == self.before
        os.close(self.main)
        os.close(self.side)
        return status, restored and self.seen.rstrip().endswith(b'\x1b[?25h')


def terminal(world):
    for name, leave in [('q', lambda screen: os.write(screen.main, b'q')),
                        ('an interrupt', lambda screen: screen.process.send_signal(signal.SIGINT)),
                        ('SIGTERM', lambda screen: screen.process.send_signal(signal.SIGTERM))]:
        screen = Screen(world)
        drawn = screen.until(b'slowest decisions', 2)
        quiet = not termios.tcgetattr(screen.side)[3] & termios.ECHO
        leave(screen)
        status, restored = screen.end()
        yield 'top on a terminal, ended by ' + name, (drawn, quiet, status, restored) == (True, True, 0, True), \
            (drawn, quiet, status, restored, screen.seen[-300:])
    hostile = re.sub(rb'\x1b\[(H|K|J|2J|\?25[lh])', b'', screen.seen).replace(b'\r\n', b'\n')
    yield 'top on a terminal: only its own control characters', clean(hostile.decode()), hostile[:500]


def reputation(world):
    done = world.run('reputation', 'MAIL.example.org.', 'mx.example.net')
    yield 'reputation: exit code', done.returncode == 0 and clean(done.stdout), done
    done, answer = world.json('reputation', 'mail.example.org', 'mx.example.net', 'new.example.com', 'old.example.com', 'never.example.com')
    by_name = {row['name']: row for row in answer['names']}
    mail, mx, new = by_name['mail.example.org'], by_name['mx.example.net'], by_name['new.example.com']
    yield 'reputation --json: keys', done.returncode == 1 and all(set(row) == {
        'name', 'known', 'score', 'confidence', 'ham', 'spam', 'points', 'organization', 'missing'} for row in answer['names']), done
    for given in ('192.0.2.1', '192.0.2.1.', '2001:db8::1'):
        done = world.run('reputation', given)
        yield 'reputation: %s' % given, done.returncode == 2 and done.stderr == 'vouchsafe reputation: %s: not a domain name\n' % given, done
    yield 'reputation: counts', (mail['ham'], mail['spam'], mx['ham'], mx['spam']) == (50, 0, 0, 60), done
    yield 'reputation: organization', mail['organization']['name'] == 'example.org' and mail['organization']['ham'] == 55, done
    yield 'reputation: points', mail['points'] > 40 and mx['points'] < -50 and mail['score'] > 80 and mx['score'] < -80, done
    yield 'reputation: missing', mail['missing']['csa'] == 0 and new['missing']['forward'] > new['missing']['csa'] > 10, done
    yield 'reputation: not known', not by_name['never.example.com']['known'] and by_name['never.example.com']['points'] == 0, done
    yield 'reputation: long ago counts nothing', by_name['old.example.com']['ham'] == 0, done
    number = new['missing']['csa']
    done = world.run('reputation', 'new.example.com')
    yield 'reputation: missing in words', 'about %d more ham, to be trusted where the name is proven by CSA' % number in done.stdout, done
    strict = world.write('strict', world.text(more='identity { for_own_lists = csa }\ntrust { accept_at = 100 }'))
    done, answer = world.json('reputation', 'new.example.com', config=strict)
    yield 'reputation: never enough', answer['names'][0]['missing'] == {'forward': None, 'csa': None}, done
    _, answer = world.json('reputation')
    yield 'reputation: ranks', sorted(row['name'] for row in answer['best'][:2]) == ['.example.org', 'mail.example.org'], answer
    yield 'reputation: the worst', [row['name'] for row in answer['worst']] == ['mx.example.net'] and answer['known'] == 6, answer
    ranked = {row['name']: row for row in answer['best']}['mail.example.org']
    yield 'reputation: a rank counts the organization as a question about the name does', \
        all(ranked[key] == mail[key] for key in ('score', 'confidence', 'points', 'ham', 'spam')), (ranked, mail)
    done, answer = world.json('reputation', 'example.org')
    namesake = answer['names'][0]
    yield 'reputation: who is named like its organization inherits no more than others', \
        (namesake['ham'], namesake['spam'], namesake['organization']['ham']) == (0, 0, 55) and 10 < namesake['points'] <= 14, done
    done = world.run('reputation', 'mail.example.org')
    yield 'reputation: the organization in words', 'example.org and all below it: score +' in done.stdout, done
    done = world.run('reputation', '--best', '2')
    yield 'reputation: a rank of an organization in words', re.search('^  example.org and all below it  ', done.stdout, re.M), done
    done, answer = world.json('reputation', '--best', '1')
    yield 'reputation --best 1', len(answer['best']) == 1 and answer['worst'] == [], done
    done = world.run('reputation', '--worst', '5')
    yield 'reputation --worst in words', 'Worst' in done.stdout and 'Best' not in done.stdout and 'mx.example.net' in done.stdout and \
        clean(done.stdout), done


def missing_is_right(world):
    """As many ham as are said to be missing make the name trusted, and one fewer does not. Its organization helps."""
    name, domain = 'trial.example.org', '.example.org'
    _, answer = world.json('reputation', name)
    number = answer['names'][0]['missing']['forward']
    base = sqlite3.connect(world.file)
    points = []
    for ham in (number - 1, number):
        base.executemany('INSERT OR REPLACE INTO reputation VALUES (?, ?, ?, ?)',
                         [(name, today(), ham, 0), (domain, today(), 55 + ham, 1)])
        base.commit()
        points.append(world.json('reputation', name)[1]['names'][0]['points'])
    base.execute('DELETE FROM reputation WHERE name = ?', (name,))
    base.execute('UPDATE reputation SET ham = 55 WHERE name = ?', (domain,))
    base.commit()
    base.close()
    yield 'reputation: what is missing is what is missing', points[0] < 50 <= points[1], (number, points)


def learn(world):
    def counts(name):
        row = world.json('reputation', name)[1]['names'][0]
        return row['ham'], row['spam']

    before = counts('mail.example.org')
    done = world.run('learn', 'ham', 'mail.example.org')
    yield 'learn a name', (done.returncode, done.stdout) == (0, 'mail.example.org: counted\n') and \
        counts('mail.example.org') == (before[0] + 1, before[1]), done
    done = world.run('learn', 'spam', IDS['good'], '--source', 'desk', '--count', '3')
    yield 'learn an id', (done.returncode, done.stdout) == (0, IDS['good'] + ': counted: 3 of 3\n') and \
        counts('mail.example.org') == (before[0] + 1, before[1] + 3), done
    feedback = world.json('explain', IDS['good'])[1]['feedback'][-1]
    yield 'learn: explain shows it', (feedback['kind'], feedback['source'], feedback['result'], feedback['counted']) == \
        ('spam', 'desk', 'counted', 3), feedback
    done = world.run('learn', 'spam', 'mail.example.org', '--source', 'desk', '--count', '50')
    yield 'learn too much', done.returncode == 0 and ': capped: 7 of 50; this source or this name' in done.stdout, done
    done = world.run('learn', 'ham', IDS['bad'], 'other.example.net', 'c' * 13, 'localhost', RTL)
    words = ['unproven', 'unproven', 'unknown', 'refused', 'refused']
    yield 'learn what does not count', done.returncode == 1 and clean(done.stdout) and \
        [line.split(': ')[1] for line in done.stdout.splitlines()] == words, done
    done = world.run('learn', 'ham', '-', stdin='# list\n\n  mail.example.org \r\n550 5.7.1 no id=%s see x\n' % IDS['memory'])
    yield 'learn lines', done.returncode == 0 and done.stdout.count(': counted') == 2, done
    done = world.run('learn', 'ham', '-', stdin='a' * 5000 + '\nmail.example.org')
    yield 'learn lines, one too long, the last without an end', done.returncode == 1 and 'mail.example.org: counted' in done.stdout, \
        done.returncode


def lists(world):
    done = world.run('list', 'add', 'Friends.example', 'A.Example.org.', 'trusted', 'our', 'partner', RTL)
    yield 'list add', (done.returncode, done.stdout) == (0, 'a.example.org: trusted on friends.example\n'), done
    done = world.run('list', 'add', 'foes.example', '.bad.example', 'blocked')
    yield 'list add a suffix', done.returncode == 0, done
    done = world.run('list', 'show')
    yield 'list show', (done.returncode, done.stdout) == (0, '# foes.example\n.bad.example blocked\n\n# friends.example\n'
                                                             'a.example.org trusted our partner '
                                                             '\\xe2\\x80\\xaegnp.exe\\xe2\\x80\\x8f\n'), done
    world.run('list', 'add', 'friends.example', 'a.example.org', 'blocked')
    done = world.run('list', 'show', 'friends.example')
    yield 'list add again', done.stdout == '# friends.example\na.example.org blocked\n', done
    done, answer = world.json('top')
    yield 'list: top counts the entries', {'list': 'foes.example', 'count': 1} in answer['lists'], done
    for arguments, message in [
            (['show', 'file.example'], r'file = %s/list; edit that' % re.escape(world.folder)),
            (['add', 'accred.example', 'a.example', 'trusted'], 'of style dna, no private list'),
            (['remove', 'none.example', 'a.example'], 'there is no accreditor "none.example"'),
            (['add', 'friends.example', 'a..b', 'trusted'], 'not a domain name'),
            (['add', 'friends.example', 'a.example', 'friend'], 'neither trusted nor blocked'),
            (['add', 'friends.example', 'a.example', 'trusted', ESC], 'control character'),
            (['add', 'friends.example', 'a.example', 'trusted', 'x' * 300], 'longer than 255'),
            (['add', 'friends.example', 'a.example', 'trusted', b'\xff'], 'not in UTF-8')]:
        done = world.run('list', *arguments)
        yield 'list refuses: ' + message, done.returncode == 2 and re.search(message, done.stderr) and clean(done.stderr), done
    done = world.run('list', 'remove', 'foes.example', '.BAD.example.')
    yield 'list remove', (done.returncode, done.stdout) == (0, '.bad.example: removed from foes.example\n'), done
    done = world.run('list', 'remove', 'foes.example', '.bad.example')
    yield 'list remove what is not there', done.returncode == 1 and 'does not stand on' in done.stderr, done


ROWS = ['{"kind":"reputation","name":"mail.example.org","day":20000,"ham":4294967295,"spam":0}',
        '{"kind":"list","list":"friends.example","name":".example.org","listing":"blocked","comment":"\\u202E \\"x\\""}',
        '{"kind":"suspension","name":"down.example","finder":"mx1.example/7/0","until":1900000000,"cause":"listed everything"}',
        '{"kind":"suspension","name":"down.example","finder":"mx2.example/9/1","until":1900000000,"cause":"no answer"}']
HEADER = '{"vouchsafe":"store","version":1}'
BAD_LINES = [
    ('', 'end of file|no object|expected'), ('[1]', 'no object'), ('{"kind":"x"}', 'kind: must be'), ('{}', 'kind: must be'),
    ('{"kind":"reputation","kind":"list"}', 'duplicate'),
    ('{"kind":"reputation","name":"a..b","day":1,"ham":1,"spam":1}', 'name: must be a domain name'),
    ('{"kind":"reputation","name":"A.example","day":1,"ham":1,"spam":1}', 'name: must be in lower case'),
    ('{"kind":"reputation","name":"a.example.","day":1,"ham":1,"spam":1}', 'name: must be a domain name'),
    ('{"kind":"reputation","name":"..a.example","day":1,"ham":1,"spam":1}', 'name: must be a domain name'),
    ('{"kind":"reputation","name":".","day":1,"ham":1,"spam":1}', 'name: must be a domain name'),
    ('{"kind":"suspension","name":".a.example","until":1,"cause":""}', 'name: must be a domain name'),
    ('{"kind":"reputation","name":"a.example","day":-1,"ham":1,"spam":1}', 'day: must be'),
    ('{"kind":"reputation","name":"a.example","day":1,"ham":4294967296,"spam":1}', 'ham: must be'),
    ('{"kind":"reputation","name":"a.example","day":1,"ham":1,"spam":1.5}', 'spam: must be'),
    ('{"kind":"reputation","name":"a.example","day":1,"ham":1}', 'spam: must be'),
    ('{"kind":"list","list":"a.example","name":"a.example","listing":"good"}', 'listing: must be'),
    ('{"kind":"list","list":"a.example","name":".","listing":"trusted"}', 'name: must be'),
    ('{"kind":"list","list":"","name":"a.example","listing":"trusted"}', 'list: must be'),
    ('{"kind":"list","list":"a.example","name":"a.example","listing":"trusted","comment":5}', 'comment: must be a text'),
    ('{"kind":"list","list":"a.example","name":"a.example","listing":"trusted","comment":"\\u001b[2J"}', 'control character'),
    ('{"kind":"list","list":"a.example","name":"a.example","listing":"trusted","comment":"%s"}' % ('x' * 300), 'too long'),
    ('{"kind":"suspension","name":"a.example","finder":"a b","until":1,"cause":""}', 'finder: has printable ASCII'),
    ('{"kind":"suspension","name":"a.example","finder":"%s","until":1,"cause":""}' % ('x' * 128), 'finder: too long'),
    ('{"kind":"suspension","name":"a.example","until":"soon","cause":""}', 'until: must be'),
    ('{"kind":"list","list":"a.example","name":"%s","listing":"trusted"}' % ('a' * 9000), 'line is too long'),
    ('{"kind":"reputation","name":"\\u001b[31m"', 'near|expected|end'), ('\0', 'NUL'),
]


def exported(world):
    done = world.run('store', 'export')
    lines = done.stdout.splitlines()
    return lines[0], sorted(lines[1:]), done


def transfer(world):
    """Into an empty store and out again, and from there into another: the same lines."""
    first, second = [world.write(name, world.text(file=name + '.db')) for name in ('first', 'second')]
    rows = ROWS + ['{"kind":"reputation","name":"n%d.example.org","day":%d,"ham":%d,"spam":1}' % (n % 700, 20000 + n // 700, n)
                   for n in range(2500)]
    source = world.write('rows', '\n'.join([HEADER] + rows) + '\n')
    done = world.run('store', 'import', source, config=first)
    yield 'import', (done.returncode, done.stdout, done.stderr) == (0, '2504 rows imported\n', ''), done
    done = world.run('store', 'export', world.folder + '/copy', config=first)
    yield 'export to a file', (done.returncode, done.stdout) == (0, '') and os.stat(world.folder + '/copy').st_mode & 0o77 == 0, done
    with open(world.folder + '/copy', encoding='ascii') as file:
        copy = file.read()
    yield 'export: what came in goes out', copy.splitlines()[0] == HEADER and sorted(copy.splitlines()[1:]) == sorted(rows), copy[:500]
    done = world.run('store', 'import', '-', config=second, stdin=copy)
    yield 'import from a pipe', (done.returncode, done.stdout) == (0, '2504 rows imported\n'), done
    done = world.run('store', 'export', '-', config=second)
    yield 'export, import, export: the same', done.stdout == copy, done.stdout[:300]
    done = world.run('store', 'import', source, config=second)
    yield 'import again replaces', world.run('store', 'export', config=second).stdout == copy and done.returncode == 0, done
    done = world.run('store', 'import', '-', config=second, stdin=HEADER + '\n' + ROWS[0].replace('"ham":4294967295', '"ham":5'))
    row = [line for line in world.run('store', 'export', config=second).stdout.splitlines() if '"mail.example.org"' in line]
    yield 'import replaces a row, not more', row == [ROWS[0].replace('4294967295', '5')], row
    for line, cause in BAD_LINES:
        done = world.run('store', 'import', '-', config=second, stdin='\n'.join([HEADER, ROWS[0], line, ROWS[1]]) + '\n')
        yield 'import refuses: ' + line[:70], done.returncode == 2 and done.stdout == '' and clean(done.stderr) and \
            re.match(r'vouchsafe store: standard input:3: .*(%s)' % cause, done.stderr) is not None, done
    bad = world.write('bad', '\n'.join([HEADER, ROWS[0], '{}']) + '\n')
    done = world.run('store', 'import', bad, config=second)
    yield 'import refuses a file, and names it', done.returncode == 2 and \
        done.stderr == 'vouchsafe store: %s:3: kind: must be reputation, list or suspension; nothing was imported\n' % bad, done
    row = [line for line in world.run('store', 'export', config=second).stdout.splitlines() if '"mail.example.org"' in line]
    yield 'import writes nothing if any line is wrong', row == [ROWS[0].replace('4294967295', '5')], row
    useless = ['{"kind":"list","list":"a.example","name":"%s","listing":"blocked"}' % name for name in ['192.0.2.1'] + ['mailhost'] * 11]
    older = world.write('older', '\n'.join([HEADER, ROWS[1], *useless, ROWS[0]]) + '\n')
    for word in [older, '-']:
        with open(older, encoding='ascii') as file:
            done = world.run('store', 'import', word, config=second, **({'stdin': file.read()} if word == '-' else {}))
        label = older if word == older else 'standard input'
        yield 'import skips what can match nothing: ' + label, (done.returncode, done.stdout) == (0, '2 rows imported, 12 skipped\n') and \
            ('%s:3: name: an address, and lists are of names' % label) in done.stderr and \
            done.stderr.count('skipped') == 10 and ('%s:4: name: a name of one label' % label) in done.stderr, done
    copy = world.run('store', 'export', config=second).stdout
    yield 'import skips no more', ROWS[0] in copy and 'mailhost' not in copy and '192.0.2.1' not in copy, copy[:500]
    for text, cause in [('', 'is empty'), ('x\n', ':1: '), (HEADER.replace('1', '2') + '\n', 'version: only 1'), (ROWS[0] + '\n', 'no export of a store')]:
        done = world.run('store', 'import', '-', config=second, stdin=text)
        yield 'import refuses the file: ' + cause, done.returncode == 2 and cause in done.stderr, done
    done = world.run('store', 'import', world.folder + '/nowhere', config=second)
    yield 'import: no such file', done.returncode == 2 and 'nowhere: No such file' in done.stderr, done
    done = world.run('store', 'export', world.folder + '/nowhere/copy', config=second)
    yield 'export: no such folder', done.returncode == 2 and 'No such file' in done.stderr, done
    with open('/dev/full', 'w', encoding='ascii') as full:
        done = subprocess.run([VOUCHSAFE, 'store', '--config', second, 'export'], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    yield 'export on a full disk', done.returncode == 2 and 'standard output: No space' in done.stderr, done
    done, answer = world.json('store', 'status', config=second)
    yield 'store status --json', done.returncode == 0 and set(answer) == {
        'type', 'file', 'redis', 'size', 'trouble', 'reputation', 'lists', 'suspensions', 'decisions_today'} and \
        (answer['type'], answer['reputation'], answer['lists'], answer['suspensions'], answer['trouble']) == ('sqlite', 2501, 1, 1, None), done


def vacuum(world):
    config = world.write('unmade', world.text(file='unmade.db'))
    done = world.run('store', 'vacuum', config=config)
    yield 'vacuum makes no file', done.returncode == 2 and 'unmade.db: No such file' in done.stderr and \
        not os.path.exists(world.folder + '/unmade.db'), done
    config = world.write('vacuum', world.text(file='vacuum.db'))
    rows = ['{"kind":"reputation","name":"n%d.example.org","day":20000,"ham":1,"spam":1}' % n for n in range(20000)]
    world.run('store', 'import', '-', config=config, stdin='\n'.join([HEADER] + rows))
    base = sqlite3.connect(world.folder + '/vacuum.db')
    base.execute('DELETE FROM reputation WHERE name > "n2"')
    base.commit()
    base.close()
    done = world.run('store', 'vacuum', config=config)
    found = re.search(r'was (\S+) MiB, is (\S+) MiB', done.stdout)
    yield 'vacuum gives room back', done.returncode == 0 and found and float(found.group(2)) < float(found.group(1)), done


def permissions(world):
    """Who may only read looks; who may not is told so. Who writes as root does not lock the daemon out."""
    if os.geteuid() != 0:
        return
    shut = tempfile.mkdtemp(prefix='vt')
    try:
        os.chmod(shut, 0o755)
        base = sqlite3.connect(world.file)
        base.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        base.close()
        shutil.copy(world.file, shut + '/db')
        with open(shut + '/conf', 'w', encoding='ascii') as file:
            file.write(world.text().replace(world.folder, shut))
        shutil.copy(VOUCHSAFE, shut + '/vouchsafe')
        os.chmod(shut + '/db', 0o644)

        def nobody(command, *arguments):
            return subprocess.run([shut + '/vouchsafe', command, '--config', shut + '/conf', *arguments], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, check=False, user=65534, group=65534, extra_groups=[])

        for command, *arguments in [('explain', IDS['good']), ('top',), ('reputation',), ('list', 'show'), ('store', 'export'), ('store', 'status')]:
            done = nobody(command, *arguments)
            yield 'read-only: ' + command, done.returncode == 0 and done.stderr == '', done
        for command, *arguments in [('learn', 'ham', 'mail.example.org'), ('list', 'add', 'foes.example', 'a.example', 'blocked'),
                                    ('store', 'vacuum')]:
            done = nobody(command, *arguments)
            yield 'read-only: no ' + command, done.returncode == 2 and shut + '/db' in done.stderr, done
        yield 'read-only: nothing was left behind', sorted(os.listdir(shut)) == ['conf', 'db', 'vouchsafe'], os.listdir(shut)
        os.chmod(shut + '/db', 0o600)
        for command, *arguments in [('explain', IDS['good']), ('top',), ('reputation',), ('store', 'export')]:
            done = nobody(command, *arguments)
            yield 'unreadable: ' + command, done.returncode == 2 and shut + '/db' in done.stderr and done.stdout == '', done
        config = world.write('owner', world.text(file='owner.db', more='daemon { user = nobody }'))
        done = world.run('list', 'add', 'foes.example', 'a.example', 'blocked', config=config)
        yield 'a new file belongs to the daemon', done.returncode == 0 and os.stat(world.folder + '/owner.db').st_uid == 65534, done
    finally:
        shutil.rmtree(shut)


def huge(world):
    """A hundred and ten thousand decisions: top is bounded, explain finds by index, the ranking takes them all."""
    config = world.write('huge', world.text(file='huge.db'))
    world.run('store', 'import', '-', config=config, stdin=HEADER + '\n')
    base = sqlite3.connect(world.folder + '/huge.db')
    base.execute('PRAGMA synchronous = OFF')
    rows = dict(DECISION, detail='{"trace":[],"x":"%s"}' % ('x' * 200))
    columns = ['id', 'evaluation', 'time_ms', 'name'] + [key for key in rows if key not in ('evaluation', 'name')]
    rest = [rows[key] for key in columns[4:]]
    start = now_ms() - 540000
    letters = 'abcdefghijklmnopqrstuvwxyz234567'
    ids = [''.join(letters[n >> shift & 31] for shift in (15, 10, 5, 0)).rjust(13, 'a') for n in range(110000)]
    base.executemany('INSERT INTO decision (%s) VALUES (%s)' % (', '.join(columns), ', '.join('?' * len(columns))),
                     ((key, key, start + n, 'n%d.example.org' % (n % 5000), *rest) for n, key in enumerate(ids)))
    base.executemany('INSERT INTO reputation VALUES (?, ?, ?, 0)', (('n%d.example.org' % n, today(), n % 90) for n in range(30000)))
    base.commit()
    base.close()
    done, answer = world.json('top', config=config)
    yield 'huge: top counts the newest', done.returncode == 0 and answer['cut'] and answer['decisions'] == 100000, done
    done = world.run('top', config=config)
    yield 'huge: top says so', 'more than 100000 decisions; only the newest' in done.stdout, done
    done = world.run('explain', '--client', '192.0.2.11', config=config)
    yield 'huge: a search by address is bounded', done.returncode == 1 and 'only the newest 100000 decisions' in done.stderr, done
    done = world.run('explain', '--client', '192.0.2.10', config=config)
    yield 'huge: a search by address ends when it has enough', done.stderr == '' and len(done.stdout.splitlines()) == 21, done
    done = world.run('explain', ids[77], config=config)
    yield 'huge: explain', done.returncode == 0 and 'n77.example.org' in done.stdout, done
    done, answer = world.json('reputation', '--best', '3', config=config)
    yield 'huge: reputation', answer['known'] == 30000 and answer['best'][0]['ham'] == 89, done


def fleet(world):
    """The way from one host to a fleet: export from SQLite, import into Redis; every command on Redis; Redis away."""
    folder = tempfile.mkdtemp(prefix='vr')
    path = folder + '/redis'
    server = subprocess.Popen(['redis-server', '--port', '0', '--unixsocket', path, '--save', '', '--dir', folder], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE_S
        while not os.path.exists(path) and time.monotonic() < end:
            time.sleep(0.02)
        config = world.write('fleet', world.text(store='type = redis\n redis = "unix:%s"\n queue = 50' % path))
        with open(world.folder + '/copy', encoding='ascii') as file:
            copy = file.read()
        done = world.run('store', 'import', world.folder + '/copy', config=config)
        yield 'redis: import what SQLite exported', (done.returncode, done.stdout, done.stderr) == (0, '2504 rows imported\n', ''), done
        done = world.run('store', 'export', config=config)
        yield 'redis: export is the same', done.returncode == 0 and sorted(done.stdout.splitlines()) == sorted(copy.splitlines()), done.stderr
        done, answer = world.json('store', 'status', config=config)
        yield 'redis: status', (answer['type'], answer['reputation'], answer['lists'], answer['suspensions'], answer['trouble']) == (
            'redis', 2501, 1, 1, None), done
        done = world.run('list', 'add', 'foes.example', 'b.example', 'blocked', 'spam', config=config)
        shown = world.run('list', 'show', 'foes.example', config=config)
        yield 'redis: list', done.returncode == 0 and shown.stdout == '# foes.example\nb.example blocked spam\n', (done, shown)
        done = world.run('list', 'remove', 'foes.example', 'b.example', config=config)
        shown = world.run('list', 'show', 'foes.example', config=config)
        yield 'redis: list remove', done.returncode == 0 and shown.stdout == '# no entries\n', (done, shown)
        done = world.run('learn', 'ham', IDS['good'], config=config)
        yield 'redis: learn', (done.returncode, done.stdout) == (0, IDS['good'] + ': counted\n'), done
        done, answer = world.json('reputation', 'mail.example.org', config=config)
        yield 'redis: reputation', done.returncode == 0 and answer['names'][0]['ham'] >= 1, done
        done = world.run('top', config=config)
        yield 'redis: top', done.returncode == 0 and 'TROUBLE' not in done.stdout and 'down.example' in done.stdout, done
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)
    done = world.run('reputation', 'mail.example.org', config=config)
    yield 'redis away: reputation', done.returncode == 2 and path in done.stderr and done.stdout == '', done
    done = world.run('top', config=config)
    yield 'redis away: top shows the ledger, and the trouble', done.returncode == 0 and 'TROUBLE: ' in done.stdout, done
    done = world.run('explain', IDS['good'], config=config)
    yield 'redis away: explain', done.returncode == 0, done
    done = world.run('store', 'status', config=config)
    yield 'redis away: status', done.returncode == 1 and path in done.stdout, done


ZONE = '''$ORIGIN example.org.
$TTL 3600
@ SOA ns hostmaster 1 3600 600 86400 300
_client._smtp.mail SRV 1 2 0 mail
mail A 192.0.2.10
fwd A 192.0.2.11
'''


def running(world):
    """Beside a daemon that serves: what it decided is explained, and what is learnt reaches its file."""
    folder = Folder()
    try:
        config = folder.write('conf', 'trusted_networks = {}\ndns { zone_files = {"%s"} trust_anchor = none }\n'
                              'log { to = file file = "%s" }\nstore { type = sqlite file = "%s" }\ndaemon { control = "" }\n'
                              'listener "unix:%s" { protocol = exim }\n' % (folder.write('zone', ZONE), folder.path('log'),
                                                                            folder.path('db'), folder.path('exim')))
        folder.start()

        def ask(client, helo):
            return exim_play(folder.path('exim'), Session(client, helo, None), 'rcpt')

        refused, first, again, hostile = [ask(*who) for who in (
            ('192.0.2.66', b'mail.example.org'), ('192.0.2.11', b'fwd.example.org'), ('192.0.2.11', b'fwd.example.org'),
            ('192.0.2.66', ESC.encode()))]
        until(lambda: world.run('explain', hostile['id'], config=config).returncode == 0, 'the last decision is in the ledger')
        done = world.run('explain', refused['reply'], config=config)
        for words in ['reject  mail.example.org [192.0.2.66]', 'exim, profile default, mode enforce', 'fail (mismatch)',
                      'reject at rcpt, profile default, recipient user@example.net', refused['reply'], 'mail.example.org. IN A 192.0.2.66',
                      'SRV   _client._smtp.mail.example.org\n                found, ttl 3600, DNSSEC: insecure\n                  1 2 0 mail.']:
            yield 'daemon: explain its reply: ' + words, words in done.stdout and clean(done.stdout), done
        done = world.run('explain', again['id'], config=config)
        yield 'daemon: explain from memory', 'From memory: they were asked for decision %s\n' % first['id'] in done.stdout and \
            '_client._smtp.fwd.example.org' in done.stdout, done
        done = world.run('explain', hostile['id'], config=config)
        yield 'daemon: explain a hostile HELO', clean(done.stdout) and '\\x1b[31mred' in done.stdout, done
        done, answer = world.json('top', config=config)
        yield 'daemon: top', answer['decisions'] == 4 and answer['trouble'] is None and {'name': 'mail.example.org', 'count': 1} in answer['refused'], done
        done = world.run('learn', 'ham', again['id'], 'fwd.example.org', refused['id'], config=config)
        yield 'daemon: learn', done.returncode == 1 and [line.split(': ')[1] for line in done.stdout.splitlines()] == [
            'counted', 'counted', 'unproven'], done
        _, answer = world.json('reputation', 'fwd.example.org', config=config)
        yield 'daemon: reputation', answer['names'][0]['ham'] == 2, answer
        done = world.run('store', 'vacuum', config=config)
        yield 'daemon: vacuum', done.returncode == 0, done
    finally:
        folder.close()


def manual(world):
    """The examples of vouchsafe(1) for these commands work; its options are those of the code."""
    with open(TREE + '/man/vouchsafe.1', encoding='ascii') as file:
        text = file.read()
    examples = re.findall(r'^\.Dl \$ vouchsafe ((?:%s)\b.*)$' % '|'.join(COMMANDS), text, re.M)
    yield 'manual: an example of each command', {line.split()[0] for line in examples} == set(COMMANDS), examples
    place = tempfile.mkdtemp(dir=world.folder)
    base = sqlite3.connect(world.file)  # rows that no command writes are not taken back
    base.execute('DELETE FROM suspension WHERE text = ?', (ESC,))
    base.execute('DELETE FROM reputation WHERE name = ?', (RTL + ESC,))
    base.commit()
    base.close()
    for line in examples:
        command = line.replace('\\(aq', "'").replace('dk4jq2zxy7mba', IDS['bad']).replace('\\-', '-').replace(
            line.split()[0], line.split()[0] + ' --config ' + world.config, 1)
        done = subprocess.run(['sh', '-c', '"%s" %s' % (VOUCHSAFE, command)], cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        yield 'manual: ' + line, done.returncode == 0 and done.stderr == '', done
    help_text = subprocess.run([VOUCHSAFE, 'help'], stdout=subprocess.PIPE, text=True, check=True).stdout
    for command in COMMANDS:
        known = set(re.findall(r'--([a-z-]+)', world.run(command, '--help').stdout))
        part = re.search(r'^\.Ss Options of %s$(.*?)^\.S[sh] ' % command, text, re.M | re.S)
        said = set(re.findall(r'^\.It Fl Fl ([a-z-]+)', part.group(1), re.M)) if part else set()
        yield 'manual: options of ' + command, said | {'config'} == known | {'config'}, (known, said)
        yield 'help: ' + command, re.search(r'^  %s  ' % command, help_text, re.M) is not None, help_text


def main():
    folder = tempfile.mkdtemp(prefix='vt')
    passed = failed = 0
    try:
        world = World(VOUCHSAFE, folder)
        world.write('list', '')
        for suite in [empty, usage, fill, explain, explain_json, choose, top, terminal, reputation, missing_is_right, learn, lists, transfer,
                      vacuum, permissions, huge, fleet, running, manual]:
            for name, fine, more in suite(world):
                passed, failed = passed + bool(fine), failed + (not fine)
                if not fine or '-v' in sys.argv:
                    print('%s %s%s' % ('ok' if fine else 'FAILED', name, '' if fine else ': %s' % (more,)), flush=True)
    finally:
        shutil.rmtree(folder)
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed else 0


def fill(world):
    world.fill()
    return []


sys.exit(main())
