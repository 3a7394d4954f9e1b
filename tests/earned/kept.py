"""kept.py - the daemon keeps the earned list: who gets on it, who leaves it, what survives, and trouble with its folder."""
import os
import re

from daemon import TREE, VOUCHSAFE, run, until
from folder import Folder
from lines import connect, policy_answer, policy_request

ZONE = '''$ORIGIN example.org.
@ 3600 IN SOA ns hostmaster 1 3600 900 604800 300
mail IN A 192.0.2.10
v6 IN AAAA 2001:db8::10
'''
CONFIG = '''
trusted_networks = {{}}
mode = monitor
dns {{ zone_files = {{"{0}/zone"}} }}
log {{ to = file  file = "{0}/log" }}
daemon {{ control = "{0}/control" }}
cache {{ ttl = 1 }}
store {{ type = sqlite  file = "{0}/db" }}
ledger {{ {1} }}
earned {{
    refresh = 0.1  zone_name = earned.example
    postscreen = "{0}/out/cidr"  rbldnsd = "{0}/out/rbl"  zone = "{0}/out/master"  text = "{0}/out/text"
}}
accreditor "own" {{ style = list  file = "{0}/list" }}
listener "unix:{0}/policy" {{ protocol = policy }}
'''
V4, V6, FORGER = '192.0.2.10', '2001:db8::10', '192.0.2.99'
V6_REVERSED = '.'.join(reversed('20010db8' + '0' * 22 + '10'))
FILES = ('cidr', 'rbl', 'rbl.ip6', 'master', 'text')


class Kept(Folder):
    def __init__(self, ledger=''):
        super().__init__()
        self.write('zone', ZONE)
        self.write('list', '.example.org trusted friends\n')
        self.write('conf', CONFIG.format(self.folder, ledger))
        os.mkdir(self.path('out'))
        self.daemon = self.start()

    def session(self, client, helo):
        with connect(self.path('policy')) as connection:
            connection.sendall(policy_request(client, helo.encode()))
            with connection.makefile('rb') as answers:
                policy_answer(answers)

    def listed(self):
        """{address: name} of the text file."""
        rows = [line.split() for line in self.read('out/text').splitlines()] if os.path.exists(self.path('out/text')) else []
        return {row[0]: row[2] for row in rows}

    def becomes(self, expected, what):
        until(lambda: self.listed() == expected, what, lambda: '%s\n%s' % (self.listed(), self.daemon.log()))


def play_kept(report, _place):
    kept = Kept()
    try:
        play_listed(report, kept)
        play_document(report, kept)
        play_folder(report, kept)
        play_restart(report, kept)
    finally:
        kept.close()


def play_listed(report, kept):
    """Who is trusted and proven is on the list, in all files; who is untrusted is off it."""
    until(lambda: set(os.listdir(kept.path('out'))) == set(FILES), 'an empty list is written', kept.daemon.log)
    report.equal('kept: empty', kept.read('out/text'), '')
    kept.session(FORGER, 'mail.example.org')
    kept.session(V4, 'mail.example.org')
    kept.session(V6, 'v6.example.org')
    kept.becomes({V4: 'mail.example.org', V6: 'v6.example.org'}, 'both are listed')
    for name, words in (('cidr', (V4 + '/32 permit\n', V6 + '/128 permit\n')), ('rbl', (V4 + ' :127.0.0.2:mail.example.org ',)),
                        ('rbl.ip6', (V6 + ' :127.0.0.2:v6.example.org ',)),
                        ('master', ('10.2.0.192 A 127.0.0.2\n', V6_REVERSED + ' A 127.0.0.2\n'))):
        until(lambda: all('\n' + line in kept.read('out/' + name) for line in words), '%s holds both' % name, kept.daemon.log)
        text = kept.read('out/' + name)
        report.is_true('kept: ' + name, FORGER not in text and '99.2.0.192' not in text, text)
        report.equal('kept: mode of ' + name, os.stat(kept.path('out/' + name)).st_mode & 0o777, 0o644)
    kept.write('list', 'mail.example.org blocked turned bad\nv6.example.org trusted\n')
    run(VOUCHSAFE, 'reload', '--config', kept.path('conf'))
    kept.session(V4, 'mail.example.org')
    kept.becomes({V6: 'v6.example.org'}, 'who is untrusted has left the list')
    report.is_true('kept: who is untrusted leaves the cidr table', True)


def play_document(report, kept):
    """What the guide takes off a cidr table while no daemon runs: what is over, and nothing else."""
    with open(TREE + '/doc/postfix.md', encoding='utf-8') as file:
        command = re.search(r'^    (cd \S+ && awk .*\\\n.* && mv .*)$', file.read(), re.M).group(1)
    until(lambda: V6 in kept.read('out/cidr') and V4 not in kept.read('out/cidr'), 'the table is written', kept.daemon.log)
    text = kept.read('out/cidr')
    last = re.search(r' until (\S+)$', text, re.M).group(1)
    os.mkdir(kept.path('copy'))
    for day, rest in ((last, text), ('9999-12-31', ''.join(text.splitlines(True)[:-2]))):
        kept.write('copy/earned.cidr', text)
        done = run('sh', '-c', command.replace('/var/lib/vouchsafe', kept.path('copy')).replace('$(date -u +%F)', day))
        report.equal('kept: taken off by %s' % ('its last day' if day == last else 'a later day'),
                     (done.returncode, kept.read('copy/earned.cidr')), (0, rest))


def play_folder(report, kept):
    """A folder that is not there is an alarm, once, and an all-clear."""
    os.rename(kept.path('out'), kept.path('away'))
    kept.daemon.logged('alarm: %s/.*No such file' % re.escape(kept.path('out')))
    os.mkdir(kept.path('out'))
    kept.daemon.logged('all clear: over: ' + re.escape(kept.path('out')))
    report.is_true('kept: trouble is said, not every time', kept.daemon.log().count('alarm: ') <= 2, kept.daemon.log())
    kept.becomes({V6: 'v6.example.org'}, 'the list is written into the new folder')
    kept.write('list', '.example.org trusted friends\n')
    run(VOUCHSAFE, 'reload', '--config', kept.path('conf'))
    kept.session(V4, 'mail.example.org')
    kept.becomes({V4: 'mail.example.org', V6: 'v6.example.org'}, 'who is trusted again is back')
    report.is_true('kept: who is trusted again is back', True)


def play_restart(report, kept):
    """What was earned outlives the daemon."""
    report.equal('kept: the daemon ends', kept.daemon.stop(), None)
    for name in FILES:
        os.remove(kept.path('out/' + name))
    kept.daemon = kept.start()
    kept.becomes({V4: 'mail.example.org', V6: 'v6.example.org'}, 'the list is there after a restart')
    report.is_true('kept: after a restart', True)


def play_private(report, _place):
    """With hashed names and no ledger the list is kept all the same, with whole addresses and hashed names."""
    kept = Kept('keep = 0  hash_names = yes  address_bits_4 = 16')
    try:
        kept.session(V4, 'mail.example.org')
        until(lambda: V4 in kept.listed(), 'the address is listed', kept.daemon.log)
        name = kept.listed()[V4]
        report.is_true('private: the name is hashed', re.fullmatch('h:[a-z2-7]{26}', name), name)
        until(lambda: '# %s until' % name in kept.read('out/cidr'), 'the cidr table has it', kept.daemon.log)
        text = ''.join(kept.read('out/' + file) for file in FILES)
        report.is_true('private: no name is in the files', 'mail.example.org' not in text, text)
    finally:
        kept.close()


def play_warned(report, place):
    """A list that nothing could ever fill is not passed over in silence."""
    for option in ('postscreen', 'rbldnsd', 'zone', 'text'):
        for store in ('none', 'sqlite'):
            path = place.path('conf')
            with open(path, 'w', encoding='utf-8') as file:
                file.write('store { type = %s  file = "%s/db" }\nearned { %s = "%s/list" }\n' % (
                    store, place.folder, option, place.folder))
            done = run(VOUCHSAFE, 'config', 'check', path)
            report.equal('warned: %s, store %s' % (option, store), (done.returncode, 'never written' in done.stdout + done.stderr),
                         (0, store == 'none'))
