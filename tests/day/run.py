#!/usr/bin/python3
"""run.py - a day in the life of a host that publishes nothing: it earns its standing, skips the blocklist, turns bad.

A real Postfix with the files of contrib/postfix asks the policy service and then a DNS blocklist, on which the host is;
a second smtpd asks the milter, behind a content filter; postscreen reads the earned list. Of reputation, the settings are
those that we ship, and the content filter is the only one who says anything that counts. At the end `vouchsafe explain` has
to tell each step.

    BUILD                    the build folder (default: build of the tree)
    MTA_DIR                  below which Postfix is unpacked (default: build of the tree)
"""
import collections
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path += [os.path.join(TREE, 'tests', name) for name in ('mta', 'servers')]

import certificates  # noqa: E402
import filter as content  # noqa: E402
import postfix  # noqa: E402
import private  # noqa: E402
import report as reports  # noqa: E402
import servers  # noqa: E402
import smtp  # noqa: E402
import world as w  # noqa: E402

NSD, POSTFIX, HOST, FORGER, RELAY = 1, 2, 10, 11, 30
NAME = 'mail.newcomer.example'
POLICY_PORT, FILTER_PORT, SCREEN_PORT, HTTP_PORT, CONTENT_PORT = 2600, 2601, 2602, 2603, 2604
TOKEN = 'a-token-that-only-this-test-has'
PATIENCE_S, POLL_S = 60, 0.05
ENOUGH = 38        # messages of ham that make trust
A_SESSION = 20     # messages that count on one decision
PER_FILTER = 100   # and of the filter on a host and day
ZONES = {
    '.': '',
    'newcomer.example.': 'mail A {net}%d\n' % HOST,
    'bl.example.': '%d.{reverse} A 127.0.0.2\n%d.{reverse} A 127.0.0.2\n' % (HOST, FORGER),
}
# What the configuration that we ship does not say, for a test.
SETTINGS = '''
trusted_networks = {{}}
dns {{ timeout = 2  resolvers = {{"{nsd}"}}  trust_anchor = none }}
log {{ to = file  file = "{folder}/decisions.log" }}
limits {{ drain_timeout = 5 }}
daemon {{ control = "{folder}/control" }}
cache {{ size = 0 }}
store {{ type = sqlite  file = "{folder}/vouchsafe.db"  timeout = 5 }}
feedback {{ header = X-Spam-Status  token_file = "{folder}/token" }}
earned {{ postscreen = "{folder}/earned.cidr"  text = "{folder}/earned.txt"  refresh = 0.2 }}
listener "inet:{postfix}:{http}" {{ protocol = http }}
'''
POSTSCREEN = '''
postscreen_greet_wait = 1s
postscreen_pipelining_enable = yes
postscreen_cache_map =
smtpd_delay_reject = yes
'''


class Day:
    """All that runs; stop() ends it."""

    def __init__(self, folder):
        self.folder = folder
        self.network = servers.Network()
        self.namespace = private.Namespace(folder, self.address(NSD))
        self.queue = self.path('postfix/queue')
        self.started = []
        self.tokens = 0
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def path(self, name):
        return os.path.join(self.folder, name)

    def address(self, host):
        return self.network.address(host)

    def start(self):
        self.start_nsd()
        mta = {'address': self.address(POSTFIX), 'relay': self.address(RELAY), 'namespace': self.namespace,
               'certificates': certificates.make(self.path('certificates'))}
        self.postfix = postfix.Postfix(postfix.fetch(os.path.join(os.environ.get('MTA_DIR') or TREE + '/build', 'postfix')),
                                       self.path('postfix'), mta, self.services(), self.main(), self.master())
        self.started.append(content.Filter(self.address(POSTFIX), CONTENT_PORT).stop)
        self.daemon = self.make_daemon()
        self.started.append(self.daemon.stop)
        self.daemon.start()
        self.until(lambda: os.path.exists(self.path('earned.cidr')), 'the earned list is written')
        self.started.append(self.postfix.stop)
        edit(self.path('postfix/etc/main.cf'), 'smtpd_sasl_auth_enable = yes', 'smtpd_sasl_auth_enable = no')
        self.postfix.start()
        self.until(lambda: postfix.greets(self.address(POSTFIX), SCREEN_PORT), 'postscreen greets')

    def start_nsd(self):
        reverse = '.'.join(reversed(self.network.prefix.strip('.').split('.')))
        zones = [(name, servers.write(self.path('zone-%d' % number), w.SOA % name +
                                      body.format(net=self.network.prefix, reverse=reverse)))
                 for number, (name, body) in enumerate(ZONES.items())]
        nsd = servers.start_nsd(self.folder, 'nsd', self.address(NSD), zones)
        self.started.append(nsd.stop)
        nsd.wait_ready(self.address(NSD))

    def services(self):
        """The smtpd that asks the policy service, and one that asks a content filter and then our milter."""
        return {POLICY_PORT: {'smtpd_milters': ''},
                FILTER_PORT: {'smtpd_recipient_restrictions': 'reject_unauth_destination', 'smtpd_milters': self.milters()}}

    def milters(self):
        """What is shipped for a content filter, with the place of ours."""
        line = postfix.contributed('content-filter.cf').splitlines()[-1]
        return line.removeprefix('smtpd_milters = ').replace('127.0.0.1:11332', '%s:%d' % (self.address(POSTFIX), CONTENT_PORT))

    def main(self):
        screen = postfix.contributed('postscreen.cf').replace('/var/lib/vouchsafe/', self.folder + '/')
        return postfix.contributed('milter.cf') + postfix.contributed('policy.cf') + screen + POSTSCREEN

    def master(self):
        """postscreen, and the smtpd to which it hands on whom it passes."""
        return ('%s:%d inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd\n    -o smtpd_milters=\n'
                'dnsblog unix - - n - 0 dnsblog\ntlsproxy unix - - n - 0 tlsproxy\n' % (self.address(POSTFIX), SCREEN_PORT))

    def make_daemon(self):
        with open(os.path.join(postfix.CONTRIB, 'vouchsafe.conf'), encoding='utf-8') as file:
            text = file.read()
        text = w.as_tester(text.replace('/var/spool/postfix', self.queue).replace('mode = monitor', 'mode = enforce', 1),
                           self.folder)
        private.write(self.path('token'), TOKEN + '\n')
        text += SETTINGS.format(folder=self.folder, nsd=self.address(NSD), postfix=self.address(POSTFIX), http=HTTP_PORT)
        return w.Daemon(self.folder, text, ['unix:%s/vouchsafe/%s' % (self.queue, name) for name in ('milter', 'policy')] +
                        ['inet:%s:%d' % (self.address(POSTFIX), HTTP_PORT)])

    def stop(self):
        for stop in reversed(self.started):
            stop()

    def until(self, condition, what):
        end = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > end:
                raise RuntimeError('waited in vain until %s' % what)
            time.sleep(POLL_S)

    # ---- what happens ----

    def send(self, port=POLICY_PORT, host=HOST, fields=(), helo=NAME):
        """One message: (last reply, token)."""
        self.tokens += 1
        token = 'day-%04d-token' % self.tokens
        with smtp.Session((self.address(POSTFIX), port), self.address(host)) as session:
            session.say('EHLO ' + helo)
            reply = session.envelope('user@example.net')[-1]
            if reply.startswith('250'):
                reply = session.message(token, fields)
        return reply, token

    def decisions(self, helo=NAME):
        """The ids of the decisions about a name in the log, oldest first."""
        return [line.group(1) for line in re.finditer(r'event=decision id=([a-z2-7]{13}) .* helo=%s ' % re.escape(helo),
                                                      self.daemon.log())]

    def judged(self, **more):
        """Sends one message: (reply, id of the decision about it, token)."""
        before = len(self.decisions(more.get('helo', NAME)))
        reply, token = self.send(**more)
        self.until(lambda: len(self.decisions(more.get('helo', NAME))) > before, 'the decision is logged')
        return reply, self.decisions(more.get('helo', NAME))[before], token

    def vouchsafe(self, command, *arguments):
        """(exit code, output) of a command on the daemon's configuration."""
        done = subprocess.run([os.path.join(w.BUILD, 'vouchsafe'), command, '--config', self.daemon.config, *arguments],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def learn(self, kind, source, what, count=1):
        """The same of a vote; the ledger takes a moment to know a decision."""
        said = []

        def is_known():
            said.append(self.vouchsafe('learn', '--source', source, '--count', str(count), kind, what))
            return 'unknown' not in said[-1][1]
        self.until(is_known, 'the ledger knows %s' % what)
        return said[-1]

    def post(self, token, **vote):
        """(status, body) of POST /v1/feedback."""
        connection = http.client.HTTPConnection(self.address(POSTFIX), HTTP_PORT, PATIENCE_S)
        try:
            connection.request('POST', '/v1/feedback', json.dumps(vote), {
                'Content-Type': 'application/json', 'Authorization': 'Bearer ' + token})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def reload_postfix(self):
        done = subprocess.run(self.namespace.wrap([self.postfix.package + '/usr/sbin/postfix', '-c',
                                                   self.postfix.folder + '/etc', 'reload']),
                              env={'PATH': os.environ['PATH'], **self.postfix.environment()}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)

    def standing(self):
        """How much ham and spam of the host counts, as vouchsafe reputation says."""
        _, text = self.vouchsafe('reputation', '--json', NAME)
        return tuple(int((re.search(r'"%s": ?(\d+)' % kind, text) or [None, -1])[1]) for kind in ('ham', 'spam'))

    def filtered(self, messages, fields=()):
        """Sends messages past the content filter in one session: (last reply, id of the decision, token)."""
        before = len(self.decisions())
        with smtp.Session((self.address(POSTFIX), FILTER_PORT), self.address(HOST)) as session:
            session.say('EHLO ' + NAME)
            for _ in range(messages):
                self.tokens += 1
                token = 'day-%04d-token' % self.tokens
                reply = session.envelope('user@example.net')[-1]
                if not reply.startswith('250'):
                    break
                reply = session.message(token, fields)
        self.until(lambda: len(self.decisions()) > before, 'the decision is logged')
        return reply, self.decisions()[before], token

    def pass_midnight(self):
        """What was counted today is of yesterday."""
        with contextlib.closing(sqlite3.connect(self.path('vouchsafe.db'), timeout=PATIENCE_S)) as base, base:
            for table in ('reputation', 'share'):
                base.execute('UPDATE %s SET day = day - 1' % table)

    def explain(self, decision):
        """(text, JSON object) of vouchsafe explain; the ledger takes a moment to know a decision."""
        self.until(lambda: self.vouchsafe('explain', decision)[0] == 0, 'the ledger can explain %s' % decision)
        return self.vouchsafe('explain', decision)[1], json.loads(self.vouchsafe('explain', '--json', decision)[1])

    def earned(self):
        """Is the host on the list, in every file?"""
        return [self.address(HOST) in w.read(self.path(name)) for name in ('earned.txt', 'earned.cidr')]

    def screened(self, answer):
        """Sends messages by postscreen until one gets this answer: a reload takes a moment. Its token."""
        sent = []

        def is_answered():
            sent.append(self.send(port=SCREEN_PORT))
            return sent[-1][0].startswith(answer)
        self.until(is_answered, 'postscreen says ' + answer)
        return sent[-1][1]

    def delivered(self, token):
        self.until(lambda: self.postfix.mailbox.find(token), 'the message is delivered')
        return self.postfix.mailbox.find(token)


def edit(path, old, new):
    text = w.read(path)
    if old not in text:
        raise RuntimeError('%s has no "%s"' % (path, old))
    private.write(path, text.replace(old, new))


# ---- the day ----

BLOCKED = '554 5.7.1 Service unavailable; Client host'


def play_morning(report, day, ids):
    """Nobody knows the host, the blocklist has it. Who has no token has no votes."""
    reply, ids['morning'], _ = day.judged()
    report.starts('morning: the blocklist refuses', reply, BLOCKED)
    report.is_true('morning: not we', ' id=' not in reply, reply)
    report.equal('morning: not on the earned list', day.earned(), [False, False])
    report.equal('morning: no vote without the token', day.post('another-token-of-somebody', id=ids['morning'], verdict='ham')[0],
                 401)
    report.equal('morning: nobody has said anything', day.standing(), (0, 0))


def play_votes(report, day, ids):
    """The content filter finds nothing wrong with its mail, by its field: one message before it is enough. Who
    proves nothing has no votes."""
    _, ids['filtered'], token = day.filtered(A_SESSION + 1)
    day.until(lambda: day.standing()[0] >= A_SESSION, 'the filter\'s votes are counted')
    message = day.delivered(token)
    report.is_true('votes: the filter has marked the message, and we too', re.search('^X-Spam-Status: No', message, re.M) and
                   re.search('^Authentication-Results: mx.example.net; csv=', message, re.M), message)
    day.filtered(ENOUGH - 1 - A_SESSION)
    day.until(lambda: day.standing()[0] >= ENOUGH - 1, 'the filter\'s votes are counted')
    _, ids['forger'], _ = day.judged(port=FILTER_PORT, host=FORGER)
    status, said = day.learn('ham', 'forger', ids['forger'])
    report.is_true('votes: none by who proves nothing', status != 0 and 'unproven' in said, (status, said))
    report.equal('votes: twenty of a session, and no more', day.standing(), (ENOUGH - 1, 0))
    reply, ids['nearly'], _ = day.judged()
    report.starts('votes: not enough', reply, BLOCKED)
    day.filtered(1)


def play_noon(report, day, ids):
    """The host is trusted: no blocklist, no postscreen."""
    def passes():
        ids['reply'], ids['noon'], ids['token'] = day.judged()
        return ids['reply'].startswith('250')
    day.until(passes, 'the host is trusted; %s' % (day.standing(),))
    report.is_true('noon: the message is delivered', day.delivered(ids['token']))
    day.until(lambda: day.earned() == [True, True], 'the host is on the earned list')
    report.is_true('noon: earned until a day, under its name', re.search(
        '^%s 2[0-9-]+T[0-9:]+Z %s$' % (re.escape(day.address(HOST)), re.escape(NAME)), w.read(day.path('earned.txt')), re.M),
                   w.read(day.path('earned.txt')))
    reply, _, _ = day.judged(host=FORGER)
    report.starts('noon: the name alone skips nothing', reply, BLOCKED)
    day.reload_postfix()
    token = day.screened('250')
    report.is_true('noon: its mail comes in by postscreen', day.delivered(token))
    report.is_true('noon: postscreen lets it in', 'ALLOWLISTED [%s]' % day.address(HOST) in day.postfix.log())
    reply, _ = day.send(port=SCREEN_PORT, host=FORGER)
    report.starts('noon: postscreen tests others', reply, '450 4.3.2')


def play_evening(report, day, ids):
    """It sends spam: the filter says so, and with the first word the short cut is gone."""
    spam = ('X-Spam-Status: No', 'X-Content: bad')
    reply, ids['spam'], token = day.filtered(1, spam)
    report.is_true('evening: the filter calls it spam', 'X-Spam-Status: Yes' in day.delivered(token), reply)
    day.until(lambda: day.standing() == (ENOUGH, 1), 'the vote is counted')
    reply, _, _ = day.judged()
    report.starts('evening: the blocklist counts again', reply, BLOCKED)
    for _ in range(PER_FILTER // A_SESSION):
        day.filtered(A_SESSION, spam)
    day.until(lambda: day.standing() == (ENOUGH, PER_FILTER), 'the votes are counted, up to the share of the day')


def play_next_day(report, day, ids):
    """It goes on: we refuse it ourselves."""
    spam = ('X-Content: bad',)
    day.pass_midnight()
    for _ in range(PER_FILTER // A_SESSION):
        before = day.standing()[1]
        reply, _, _ = day.filtered(A_SESSION, spam)
        if not reply.startswith('250'):
            break
        day.until(lambda before=before: day.standing()[1] > before, 'the votes of the next day are counted')

    def is_refused():
        ids['reply'], ids['evening'], _ = day.judged()
        return ids['reply'].startswith('550')
    day.until(is_refused, 'the host is refused; %s' % (day.standing(),))
    reply = ids['reply']
    report.starts('next day: refused', reply, '550 5.7.1 <user@example.net>: Recipient address rejected: ' + NAME)
    report.is_true('next day: by us, for its reputation', 'has a bad reputation here' in reply and
                   reply.endswith('id=' + ids['evening']), reply)
    day.until(lambda: day.earned() == [False, False], 'the host is not on the earned list any more')
    day.reload_postfix()
    report.is_true('next day: postscreen tests it again', day.screened('450 4.3.2'))


def said(data):
    """What explain knows was said of the mail, each once, with how often: {(kind, source, result): times}."""
    return collections.Counter((row['kind'], row['source'], row['result']) for row in data['feedback'])


def play_account(report, day, ids):
    """vouchsafe explain tells each step: score, evidence, what was done, what was said."""
    steps = {name: day.explain(ids[name])
             for name in ('morning', 'nearly', 'filtered', 'forger', 'noon', 'spam', 'evening')}
    for name, verb, points, ham, words in (
            ('morning', 'continue', 0, 0, 'there was no evidence for or against the session'),
            ('filtered', 'continue', 0, 0, 'there was no evidence for or against the session'),
            ('nearly', 'continue', 49, ENOUGH - 1, 'neutral, score +49'),
            ('noon', 'accept', 50, ENOUGH, 'trusted, block list checks can be skipped'),
            ('evening', 'reject', None, None, 'untrusted, refused')):
        text, data = steps[name]
        report.is_true('explain: %s, in words' % name, words in text and ids[name] in text, text)
        report.equal('explain: %s, verb' % name, data['action']['verb'], verb)
        report.equal('explain: %s, identity' % name, data['identity'], {'strength': 'forward'})
        if points is not None:
            report.equal('explain: %s, score and evidence' % name, (data['trust']['score'], data['trust']['reasons']), (
                points, [{'token': 'reputation', 'points': points}] if points else []))
            report.equal('explain: %s, ham and spam' % name, (data['reputation']['ham'], data['reputation']['spam']), (ham, 0))
            report.equal('explain: %s, nothing was done' % name, data['actions'], [])
    play_feedback_account(report, steps, ids)
    text, data = steps['evening']
    report.is_true('explain: evening, bad reputation', data['trust']['score'] <= -50 and data['reputation']['score'] < 0 and
                   data['reputation']['spam'] > data['reputation']['ham'] > 0 and
                   [row['token'] for row in data['trust']['reasons']] == ['reputation'], data)
    reply = '550 5.7.1 %s has a bad reputation here id=%s' % (NAME, ids['evening'])
    report.equal('explain: evening, what was done', [(row['verb'], row['stage'], row['acted'], row['recipient'], row['reply'])
                                                     for row in data['actions']],
                 [('reject', 'rcpt', True, 'user@example.net', reply)])
    report.is_true('explain: evening, what was done, in words', reply in text and 'reject at rcpt' in text, text)
    report.is_true('explain: evening, what to do', 'Stop the spam from ' + NAME in text, text)


def play_feedback_account(report, steps, ids):
    """Every vote stands at the decision on whose mail it was."""
    for name, expected in (
            ('morning', {}), ('filtered', {('ham', 'filter', 'counted'): A_SESSION, ('ham', 'filter', 'capped'): 1}),
            ('forger', {('ham', 'forger', 'unproven'): 1}), ('nearly', {}), ('noon', {}),
            ('spam', {('spam', 'filter', 'counted'): 1}), ('evening', {})):
        report.equal('explain: %s, what was said' % name, said(steps[name][1]), expected)
    text = steps['filtered'][0]
    report.is_true('explain: what was said, in words', 'ham, by filter: counted' in text and 'ham, by filter: capped' in text,
                   text)
    _, data = steps['forger']
    report.equal('explain: a name that is not proven is not praised', (data['trust']['score'], [
        (row['token'], row['points']) for row in data['trust']['reasons']]), (0, [('reputation', 0)]))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    report = reports.Report()
    folder = tempfile.mkdtemp(prefix='vouchsafe-day-')
    os.chmod(folder, 0o755)  # Postfix reads below it under users of its own
    day, ids = None, {}
    try:
        day = Day(folder)
        for case in (play_morning, play_votes, play_noon, play_evening, play_next_day, play_account):
            report.attempt(case.__name__, case, report, day, ids)
            if report.failed:
                break
    except RuntimeError as error:
        report.is_true('start', False, error)
    finally:
        if day:
            day.stop()
            if report.failed:
                print('--- vouchsafed\n%s--- Postfix\n%s' % (day.daemon.output() + day.daemon.log()[-20000:],
                                                            day.postfix.log()[-20000:]))
        shutil.rmtree(folder, ignore_errors=True)
    print('%d passed, %d failed' % (report.passed, report.failed))
    return 1 if report.failed or not report.passed else 0


if __name__ == '__main__':
    sys.exit(main())
