#!/usr/bin/python3
"""The contract of the command line: options, exit codes, the JSON object, messages that name place and cause."""
import json
import os
import pty
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
VOUCHSAFE = os.environ.get('VOUCHSAFE', os.path.join(HERE, '../../build/vouchsafe'))

ZONE = '''$ORIGIN example.org.
$TTL 3600
@ SOA ns hostmaster 1 3600 600 86400 300
_client._smtp SRV 1 1 1 @
_client._smtp.mail SRV 1 2 0 mail
mail 1800 A 192.0.2.10
mail AAAA 2001:db8::10
mail PTR _vouch._smtp.accred.example.
_client._smtp.bad SRV 1 2 0 bad
bad A 192.0.2.66
_client._smtp.slow SRV 1 2 0 slow
;! fault _client._smtp.slow SRV timeout
'''
ACCRED = '''$ORIGIN accred.example.
$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 300
mail.example.org TXT "MARID,1,A;since \\027[31m\\010 2004"
bad.example.org TXT "MARID,1,E"
'''
LISTS = '''$ORIGIN test.
$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 300
mail.example.org._vouch.certifier TXT "all list"
mail.example.org.names A 127.0.0.2
example.org.names A 127.0.9.9
10.2.0.192.block A 127.0.0.2
10.2.0.192.strange A 127.255.255.254
mail.example.org.strange A 127.0.0.2
example.org.organizations TXT "MARID,1,B;the whole of it"
;! fault mail.example.org.silent TXT servfail
'''
FILES = {
    'lists': LISTS,
    'codes.conf': 'accreditor "strange.test" { style = address-list codes = {"127.0.0.2=E", "127.255.255.0-255=error"} }\n',
    'organization.conf': 'accreditor "organizations.test" { ask = organization }\n'
                         'accreditor "names.test" { style = domain-list ask = organization codes = {"127.0.9.9=D"} }\n',
    'memory.conf': 'store { type = memory }\n',
    'nostore.conf': 'store { type = sqlite file = "/nonexistent/vouchsafe.db" }\n',
    'noredis.conf': 'store { type = redis redis = "unix:/nonexistent/redis" timeout = 0.1 }\n',
    'zone': ZONE,
    'accred': ACCRED,
    'broken.zone': '$ORIGIN example.net.\n@ 60 SOA ns h 1 2 3 4 5\nx 60 A 192.0.2.300\n',
    'nosoa.zone': '$ORIGIN example.net.\nx 60 A 192.0.2.30\n',
    'empty.conf': '',
    'monitor.conf': 'mode = monitor\nheader { authserv_id = mx.example.net\n method = x-csv }\nwhy_url = "https://mx.example.net/why"\n',
    'defer.conf': 'csa { temperror = defer }\ndns { timeout = 0.2 }\nheader { authserv_id = mx.example.net }\n',
    'helo.conf': 'reject_at_stage = helo\n',
    'unknown.conf': 'mode = monitor\n\ncsa {\n  strickt = yes\n}\n',
    'range.conf': 'trust {\n accept_at = 101\n}\n',
    'syntax.conf': 'mode = = x\n',
    'open1.conf': 'csa {\n strict = yes\n',
    'open2.conf': 'accreditor "x.example" {\n',
    'open3.conf': 'mode = monitor /* never ends\n',
    'open4.conf': 'mode = "monitor\n',
    'nul.conf': 'mode = \0\n',
    'include.conf': 'include(".")\n',
    'trouble.conf': 'trust {\n reject_at = 0\n}\n',
    'praise.conf': 'trust {\n csa_mismatch = 10\n}\n',
    'keyword.conf': 'header {\n method = "a_b"\n}\n',
    'hyphen.conf': 'header { method = "-" }\n',
    'noid.conf': 'header { authserv_id = "" }\n',
    'my list': 'mail.example.org trusted\n',
    'list': '# name word comment\nmail.example.org trusted our partner\n.bad.example blocked\n',
    'badlist': 'mail.example.org trusted\nmail.example.net friend\n',
    'twice': 'mail.example.org trusted\nMAIL.example.org. blocked\n',
    'anchor': '. IN DS not a digest\n',
}
KEYS = ['client', 'helo', 'csa', 'identity', 'dna', 'reputation', 'trust', 'action', 'header', 'queries', 'ttl',
        'elapsed_ms', 'trace']
USUAL = ['--zone', 'zone', '--zone', 'accred']
WITH_ACCREDITOR = USUAL + ['--accreditor', 'accred.example']


def check(*arguments, stdin=None):
    return subprocess.run([VOUCHSAFE, 'check', *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          input=stdin if stdin is not None else b'')


def judged(*arguments, stdin=None):
    """Exit status and JSON object."""
    done = check('--json', *arguments, stdin=stdin)
    return done.returncode, json.loads(done.stdout)


# What fails: arguments, what standard error says.
REFUSED = [
    ([], r'needs an IP address and a HELO name\nusage: '),
    (['192.0.2.10'], r'needs an IP address'),
    (['192.0.2.10', 'a.example', 'more'], r'too many arguments'),
    (['192.0.2.10', 'a.example', '--json'], r'too many arguments'),
    (['--bogus', '192.0.2.10', 'a.example'], r'unknown option: --bogus'),
    (['-x', '192.0.2.10', 'a.example'], r'unknown option: -x'),
    (['--json=yes', '192.0.2.10', 'a.example'], r'--json=yes: takes no value'),
    (['--zone'], r'--zone needs a value'),
    (['192.0.2.256', 'a.example'], r'192\.0\.2\.256: not an IP address'),
    (['', 'a.example'], r'not an IP address'),
    (['fe80::1%eth0', 'a.example'], r'not an IP address'),
    (['--accreditor', 'a.example:vbrr', '192.0.2.1', 'a.example'], r'--accreditor a\.example:vbrr: style = vbrr: must be one of dna, vbr, domain-list, address-list, list'),
    (['--accreditor', 'a b', '192.0.2.1', 'a.example'], r'not a domain name'),
    (['--accreditor', 'a.example', '--accreditor', 'A.example.', '192.0.2.1', 'a.example'], r'named twice'),
    (['--zone', 'nowhere', '192.0.2.1', 'a.example'], r'nowhere: No such file or directory'),
    (['--zone', '.', '192.0.2.1', 'a.example'], r'\.: ?.*directory'),
    (['--zone', 'broken.zone', '192.0.2.1', 'a.example'], r'broken\.zone:3: '),
    (['--zone', 'nosoa.zone', '192.0.2.1', 'a.example'], r'nosoa\.zone:?\d*: .*SOA'),
    (['--zone', 'zone', '--zone', 'zone', '192.0.2.1', 'a.example'], r'zone:?\d*: '),
    (['--zone', 'zone', '--resolver', '127.0.0.1', '192.0.2.1', 'a.example'], r'exclude each other'),
    (['--config', 'nowhere', '192.0.2.1', 'a.example'], r'nowhere: No such file'),
    (['--config', '.', '192.0.2.1', 'a.example'], r'\.: Is a directory'),
    (['--config', 'unknown.conf', '192.0.2.1', 'a.example'], r'unknown\.conf:4: no such option .strickt'),
    (['--config', 'range.conf', '192.0.2.1', 'a.example'], r'range\.conf:2: trust\.accept_at = 101: must be a whole number from 1 to 100'),
    (['--config', 'syntax.conf', '192.0.2.1', 'a.example'], r'syntax\.conf:1: '),
    (['--config', 'open1.conf', '192.0.2.1', 'a.example'], r'open1\.conf:\d: a section is not closed'),
    (['--config', 'open2.conf', '192.0.2.1', 'a.example'], r'open2\.conf:\d: a section is not closed'),
    (['--config', 'open3.conf', '192.0.2.1', 'a.example'], r'open3\.conf:\d: a comment or a string is not closed'),
    (['--config', 'open4.conf', '192.0.2.1', 'a.example'], r'open4\.conf:\d: '),
    (['--config', 'nul.conf', '192.0.2.1', 'a.example'], r'nul\.conf: holds a NUL octet'),
    (['--config', 'include.conf', '192.0.2.1', 'a.example'], r'include\.conf:1: include\("\."\): Is a directory'),
    (['--config', 'trouble.conf', '192.0.2.1', 'a.example'], r'trouble\.conf:2: trust\.reject_at = 0: must be .* from -100 to -1'),
    (['--config', 'praise.conf', '192.0.2.1', 'a.example'], r'praise\.conf:2: trust\.csa_mismatch = 10: must be .* from -100 to 0'),
    (['--config', 'keyword.conf', '192.0.2.1', 'a.example'], r'keyword\.conf:2: header\.method: character 2 is not allowed'),
    (['--config', 'hyphen.conf', '192.0.2.1', 'a.example'], r'hyphen\.conf:1: header\.method: must begin and end with'),
    (['--config', 'noid.conf', '--config', 'noid.conf', '192.0.2.1', 'a.example'], r'--config: given twice'),
    (['--jso', '192.0.2.1', 'a.example'], r'unknown option: --jso\n'),
    (['--zon=zone', '192.0.2.1', 'a.example'], r'unknown option: --zon=zone\n'),
    (['--zone', 'zone', '--trust-anchor', 'anchor', '192.0.2.1', 'a.example'], r'--zone and --trust-anchor exclude'),
    (['--accreditor', 'nolist:list', '192.0.2.1', 'a.example'], r'nolist: No such file'),
    (['--accreditor', '.:list', '192.0.2.1', 'a.example'], r'\.: Is a directory'),
    (['--accreditor', 'badlist:list', '192.0.2.1', 'a.example'], r'badlist:2: neither trusted nor blocked: friend'),
    (['--accreditor', 'twice:list', '192.0.2.1', 'a.example'], r'twice:2: named twice: mail\.example\.org'),
    (['--resolver', 'localhost', '192.0.2.1', 'a.example'], r'localhost'),
    (['--resolver', '127.0.0.1@99999', '192.0.2.1', 'a.example'], r'127\.0\.0\.1@99999'),
    (['--resolver', '127.0.0.1', '--trust-anchor', 'nowhere', '192.0.2.1', 'a.example'], r'nowhere: No such file'),
    (['--resolver', '127.0.0.1', '--trust-anchor', 'anchor', '192.0.2.1', 'a.example'], r'anchor:1: '),
]


def refusals():
    for arguments, message in REFUSED:
        done = check(*arguments)
        error = done.stderr.decode()
        fine = done.returncode == 2 and done.stdout == b'' and re.search(message, error) and \
            error.startswith('vouchsafe check: ')
        yield 'refused: ' + ' '.join(arguments), fine, 'exit %d, %s' % (done.returncode, error)


def exits():
    for arguments, status, verb in [
            (USUAL + ['192.0.2.10', 'mail.example.org'], 0, 'continue'),
            (WITH_ACCREDITOR + ['192.0.2.10', 'mail.example.org'], 0, 'accept'),
            (USUAL + ['192.0.2.99', 'mail.example.org'], 1, 'reject'),
            (USUAL + ['--config', 'monitor.conf', '192.0.2.99', 'mail.example.org'], 1, 'reject'),
            (USUAL + ['--config', 'defer.conf', '192.0.2.99', 'slow.example.org'], 0, 'defer'),
            (USUAL + ['--config', 'empty.conf', '192.0.2.10', 'mail.example.org'], 0, 'continue'),
            (WITH_ACCREDITOR + ['192.0.2.66', 'bad.example.org'], 1, 'reject'),
            (USUAL + ['--accreditor', 'list:list', '192.0.2.10', 'mail.example.org'], 0, 'accept'),
            (USUAL + ['--accreditor', 'list:list', '192.0.2.10', 'x.bad.example'], 1, 'reject'),
            (USUAL + ['--accreditor', 'my list:list', '192.0.2.10', 'mail.example.org'], 0, 'accept'),
            (USUAL + ['--trust-anchor', 'none', '192.0.2.10', 'mail.example.org'], 0, 'continue'),
            (USUAL + ['--config', 'noid.conf', '192.0.2.10', 'mail.example.org'], 0, 'continue'),
            (USUAL + ['192.0.2.10', ''], 0, 'continue'),
            (USUAL + ['192.0.2.10', '-x.example.org'], 0, 'continue'),
            (USUAL + ['--', '192.0.2.10', '--json'], 0, 'continue')]:
        got, answer = judged(*arguments)
        yield 'exit: ' + ' '.join(arguments), (got, answer['action']['verb']) == (status, verb), \
            '%d %s' % (got, answer['action']['verb'])


def objects():
    """The JSON object key by key, for a session that has everything."""
    status, answer = judged(*WITH_ACCREDITOR, '::ffff:192.0.2.10', 'MAIL.Example.ORG.')
    wanted = {
        'client': '192.0.2.10', 'helo': 'MAIL.Example.ORG.',
        'csa': {'result': 'pass', 'reason': 'match', 'domain': 'mail.example.org', 'secure': False},
        'identity': {'strength': 'csa'},
        'reputation': {'score': 0, 'confidence': 0.0, 'ham': 0, 'spam': 0},
        'trust': {'level': 'trusted', 'score': 70,
                  'reasons': [{'token': 'csa-pass', 'points': 10}, {'token': 'dna-a', 'points': 60}]},
        'queries': 3, 'ttl': 300}
    yield 'json: keys and their order', list(answer) == KEYS, str(list(answer))
    for key, value in wanted.items():
        yield 'json: ' + key, answer[key] == value, json.dumps(answer[key])
    yield 'json: action', status == 0 and answer['action'] == {'verb': 'accept', 'reply': None, 'mode': 'enforce'}, \
        json.dumps(answer['action'])
    yield 'json: dna', (answer['dna']['rating'], answer['dna']['service']) == ('A', 'accred.example'), str(answer['dna'])
    report = answer['dna']['reports'][0]
    yield 'json: report keys', list(report) == ['service', 'style', 'listed', 'used', 'rating', 'info', 'error', 'suspended'], str(report)
    yield 'json: header', re.fullmatch(
        r'Authentication-Results: [\w.-]+; csv=pass reason="match" smtp\.helo=mail\.example\.org policy\.csv-dna=A '
        r'policy\.csv-service=accred\.example policy\.csv-trust=trusted policy\.csv-score=70', answer['header']), answer['header']
    yield 'json: elapsed is whole milliseconds', isinstance(answer['elapsed_ms'], int), str(answer['elapsed_ms'])
    yield 'json: trace', [s['type'] for s in answer['trace']] == ['SRV', 'A', 'TXT'], str(answer['trace'])


def nulls():
    _, answer = judged(*USUAL, '192.0.2.10', '[192.0.2.10]')
    yield 'json: every key of an empty verdict', list(answer) == KEYS, str(list(answer))
    yield 'json: nulls', (answer['csa']['domain'], answer['dna']['service'], answer['action']['reply'], answer['ttl'],
                          answer['dna']['reports'], answer['trace'], answer['queries']) == \
        (None, None, None, None, [], [], 0), json.dumps(answer)
    _, answer = judged(*USUAL, '192.0.2.99', 'x.example.org')
    yield 'json: an ancestor decided', (answer['csa']['reason'], answer['csa']['domain']) == ('explicit', 'example.org'), \
        str(answer['csa'])
    _, answer = judged(*USUAL, '--config', 'monitor.conf', '192.0.2.99', 'x.example.org')
    yield 'json: monitor computes the same words', answer['action']['mode'] == 'monitor' and \
        answer['action']['reply'].startswith('550 5.7.1 example.org ') and \
        answer['action']['reply'].endswith(' see https://mx.example.net/why'), str(answer['action'])
    yield 'json: header settings', answer['header'].startswith('Authentication-Results: mx.example.net; x-csv=fail '), \
        answer['header']
    _, answer = judged(*USUAL, '--config', 'helo.conf', '192.0.2.99', 'x.example.org')
    _, answer = judged(*USUAL, '--config', 'noid.conf', '192.0.2.99', 'x.example.org')
    yield 'json: an empty authserv-id is the host name', re.match(r'Authentication-Results: [\w.-]+; csv=', answer['header']), \
        answer['header']
    _, answer = judged(*USUAL, '--config', 'helo.conf', '192.0.2.99', 'x.example.org')
    yield 'json: no enhanced code at HELO', re.match(r'550 [a-z]', answer['action']['reply']), str(answer['action'])


def hostile():
    """Octets of any kind in the HELO name: encoded wherever they show."""
    for helo, shown in [(b'mail\xff.example.org', 'mail\\xff.example.org'), ('b\u00fccher.example'.encode(), 'b\u00fccher.example'),
                        (b'a\x1b[31mb\r\nc', 'a\x1b[31mb\r\nc'), (b'\xc3', '\\xc3'), (b'a\x7fb', 'a\x7fb'), (b'"\\', '"\\')]:
        done = check('--json', *USUAL, '192.0.2.10', helo)
        text = check('--trace', *USUAL, '192.0.2.10', helo).stdout + done.stdout
        yield 'hostile HELO %r' % helo, json.loads(done.stdout)['helo'] == shown and \
            not re.search(rb'[\x00-\x09\x0b-\x1f\x7f-\xff]', text), repr(text)
    text = check('--trace', *WITH_ACCREDITOR, '192.0.2.10', 'mail.example.org').stdout
    yield 'hostile report', b'\\x1b[31m\\x0a' in text and b'\x1b' not in text, repr(text)


def texts():
    text = check('--trace', *WITH_ACCREDITOR, '192.0.2.99', 'mail.example.org').stdout.decode()
    for words in ['reject', 'fail (mismatch)', 'untrusted', '_client._smtp.mail.example.org', '1 2 0 mail.example.org.',
                  '192.0.2.10', 'ttl 1800', 'DNSSEC: insecure', '550 5.7.1', 'What to do', 'unproven-name']:
        yield 'text: ' + words, words in text, text
    blocked = check(*USUAL, '--accreditor', 'list:list', '192.0.2.10', 'x.bad.example').stdout.decode()
    yield 'text: a refusal by a list says so', 'Your own list blocks' in blocked and 'Publish' not in blocked, blocked
    rated = check(*WITH_ACCREDITOR, '192.0.2.66', 'bad.example.org').stdout.decode()
    yield 'text: a refusal by a service says whom to ask', '_vouch._smtp.accred.example' in rated, rated
    yield 'text: no colour in a pipe', '\033' not in text, repr(text)
    plain = check(*USUAL, '192.0.2.10', 'mail.example.org').stdout.decode()
    yield 'text: nothing to do where all is well', 'What to do' not in plain and 'Trace' not in plain, plain
    yield 'text: verdict first', text.startswith('reject  mail.example.org [192.0.2.99]: '), text


def reports(*arguments):
    """The reports in the JSON object, and the text that stands in their place for people."""
    _, answer = judged('--zone', 'zone', '--zone', 'lists', *arguments)
    text = check('--zone', 'zone', '--zone', 'lists', *arguments).stdout.decode()
    return answer, [tuple(r[key] for key in ('style', 'listed', 'used', 'rating', 'info', 'error'))
                    for r in answer['dna']['reports']], text


def styles():
    """--accreditor NAME:STYLE of every style, with the default code table; code tables and organizations by a file."""
    session = ['192.0.2.10', 'mail.example.org']
    for value, report, words in [
            ('certifier.test:vbr', ('vbr', True, True, 'A', 'all list', None), 'certifier.test (vbr): A, counts: all list'),
            ('names.test:domain-list', ('domain-list', True, True, 'E', 'code 127.0.0.2', None),
             'names.test (domain-list): E, counts: code 127.0.0.2'),
            ('block.test:address-list', ('address-list', True, True, 'E', 'code 127.0.0.2', None),
             'block.test (address-list): E, counts: code 127.0.0.2'),
            ('other.test:address-list', ('address-list', False, False, 'C', None, None), 'does not list the address'),
            ('other.test:vbr', ('vbr', False, False, 'C', None, None), 'does not list the name'),
            ('silent.test:dna', ('dna', False, False, 'C', None, 'failed'), 'silent.test (dna): no answer (failed)'),
            ('strange.test:address-list', ('address-list', False, False, 'C', 'unknown code 127.255.255.254', 'failed'),
             'no rating, its answer is an error (unknown code 127.255.255.254)')]:
        _, got, text = reports('--accreditor', value, *session)
        yield 'style: ' + value, got == [report], str(got)
        yield 'style in words: ' + value, words in text, text
    answer, got, text = reports('--accreditor', 'block.test:address-list', '--accreditor', 'certifier.test:vbr',
                                '192.0.2.10', '')
    yield 'no HELO: only the list of addresses', [r[:4] for r in got] == [('address-list', True, True, 'E')] and \
        answer['action']['reply'].startswith('550 5.7.1 Access denied based on block.test report'), str(got)
    _, got, text = reports('--config', 'codes.conf', *session)
    yield 'a refusal by its own code', got == [('address-list', False, False, 'C', 'refuses: 127.255.255.254', 'failed')] \
        and 'its answer is an error (refuses: 127.255.255.254)' in text, str(got)
    _, got, text = reports('--config', 'organization.conf', *session)
    yield 'organizations are found by the public suffixes', got == [
        ('dna', True, False, 'B', 'the whole of it', None), ('domain-list', True, True, 'D', 'code 127.0.9.9', None)], str(got)
    _, got, text = reports('--config', 'organization.conf', '192.0.2.10', 'www.ck')
    yield 'an organization that is not listed', 'does not list the organization' in text and \
        [r[1] for r in got] == [False, False], text


def stores():
    """A store is opened to read: an empty one changes nothing, one that is not there is said and changes nothing."""
    for name, words in [('memory.conf', rb'^$'), ('nostore.conf', rb'check: store: .')]:
        done = check('--json', *USUAL, '--config', name, '192.0.2.10', 'mail.example.org')
        answer = json.loads(done.stdout)
        yield 'store: ' + name, done.returncode == 0 and answer['trust']['score'] == 10 and \
            answer['reputation'] == {'score': 0, 'confidence': 0.0, 'ham': 0, 'spam': 0}, str(answer['reputation'])
        yield 'store, standard error: ' + name, re.search(words, done.stderr), repr(done.stderr)
    bad = [*USUAL, '--accreditor', 'accred.example', '192.0.2.66', 'bad.example.org']
    yield 'store: a bad report refuses', check('--config', 'memory.conf', *bad).returncode == 1, ''
    done = check('--config', 'noredis.conf', *bad)
    yield 'store: nobody is refused for want of it, and that is said', done.returncode == 0 and \
        b'score -90: csa-pass +10, dna-e -100; what did not answer could have made it -30' in done.stdout and \
        b'store.timeout' in done.stdout, (done.stdout, done.stderr)
    _, answer = judged('--config', 'noredis.conf', *bad)
    yield 'store: the same in the JSON', answer['trust'].get('best') == -30, answer['trust']
    yield 'store: nothing was made', not os.path.exists('/nonexistent'), '/nonexistent'


def colours():
    master, slave = pty.openpty()
    subprocess.run([VOUCHSAFE, 'check', *USUAL, '192.0.2.10', 'mail.example.org'], stdout=slave, check=False)
    os.close(slave)
    text = os.read(master, 65536).decode()
    os.close(master)
    yield 'text: colour on a terminal', '\033[' in text, repr(text)


def standard_input():
    status, answer = judged('--zone', '-', '192.0.2.10', 'mail.example.org', stdin=ZONE.encode())
    yield 'zone from standard input', status == 0 and answer['csa']['result'] == 'pass', str(answer['csa'])
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([VOUCHSAFE, 'check', *USUAL, '192.0.2.10', 'mail.example.org'], stdout=full,
                              stderr=subprocess.PIPE, check=False)
    yield 'a full disk is said', done.returncode == 2 and b'standard output' in done.stderr, str(done)


def time_out():
    status, answer = judged(*USUAL, '--config', 'defer.conf', '192.0.2.99', 'slow.example.org')
    yield 'the deadline ends a silent question', answer['csa'] == \
        {'result': 'temperror', 'reason': 'srv-dns', 'domain': None, 'secure': False} and \
        150 <= answer['elapsed_ms'] < 5000, str(answer)
    yield 'a deferral is not a refusal', status == 0 and answer['action']['reply'].startswith('451 4.4.3 slow.example.org'), \
        str(answer['action'])


# What `config check` says of a file: exit status, and what stands in its output.
LISTENER = 'listener "unix:/run/x" { protocol = milter }\n'
SOMEBODY = 'daemon { user = nobody }\n'
CHECKED = [
    ('quiet', LISTENER + SOMEBODY + 'why_url = "https://mx.example.net/why"\ntls { identity = yes }\n', 0, r'\Aquiet: fine\n\Z'),
    ('bare', '', 0, r'\Abare: fine\nbare: warning: no listener: vouchsafed does not start with this file\n\Z'),
    ('no why', LISTENER + SOMEBODY, 0, r'\Ano why: fine\nno why: warning: why_url is not set: .*\n\Z'),
    ('slow', LISTENER + 'dns { timeout = 20.001 }\n', 0, r'slow: warning: dns\.timeout = 20\.001: Postfix gives a milter 30 seconds'),
    ('fast', LISTENER + 'dns { timeout = 20 }\n', 0, r'\A((?!timeout).)*\Z'),
    ('policy', 'listener "unix:/run/x" { protocol = policy }\ndns { timeout = 8 }\n', 0, r'\A((?!timeout)[^$])*\Z'),
    ('patient', 'listener "unix:/run/x" { protocol = policy }\ndns { timeout = 8.001 }\n', 0,
     r'warning: dns\.timeout = 8\.001: see that the MTA waits longer'),
    ('as root', LISTENER, 0, r'as root: warning: daemon\.user is empty: vouchsafed would go on as root$'
     if os.geteuid() == 0 else r'\A((?!daemon\.user)[^$])*\Z'),
    ('nobody', LISTENER + 'trusted_networks = {}\n', 0, r'nobody: warning: profile "default": trusted_networks is empty'),
    ('unseen', LISTENER + 'trusted_networks = {}\njudge = no\n', 0, r'\A((?!trusted_networks).)*\Z'),
    ('strict', LISTENER + 'profile a { }\nprofile b { trusted_networks = {} }\nprofile c { }\n'
     'domain x.example { profile = b }\ndomain y.example { profile = c }\n', 0,
     r'warning: profile "a": no listener and no domain uses it\n.*warning: profile "b": trusted_networks is empty(?!.*"c")'),
    ('owner', 'listener "unix:/run/x" { owner = nosuchuser }\n', 2, r'owner: unix:/run/x: there is no user "nosuchuser"'),
    ('group', 'listener "unix:/run/x" { owner = root group = nosuchgroup }\n', 2, r'there is no group "nosuchgroup"'),
    ('user', 'daemon { user = nosuchuser }\n', 2, r'user: daemon: there is no user "nosuchuser"'),
    ('group2', 'daemon { group = nosuchgroup }\n', 2, r'group2: daemon: there is no group "nosuchgroup"'),
    ('root', 'daemon { user = root group = root }\n', 0, r'root: fine'),
    ('log', 'log { to = file file = "/nowhere/log" }\n', 2, r'log: log\.file = /nowhere/log: there is no folder /nowhere$'),
    ('pid', 'daemon { pid_file = "/nowhere/pid" }\n', 2, r'pid: daemon\.pid_file = /nowhere/pid: there is no folder /nowhere$'),
    ('log2', 'log { to = file file = "/tmp/log" }\n', 0, r'log2: fine'),
    ('mylist', 'accreditor own { style = list file = list }\n', 0, r'mylist: fine'),
    ('nolist', 'accreditor own { style = list file = nowhere }\n', 2, r'config: nowhere: No such file'),
    ('wronglist', 'accreditor own { style = list file = badlist }\n', 2, r'config: badlist:2: neither trusted nor blocked'),
    ('zones', 'dns { zone_files = {zone, accred} }\n', 0, r'zones: fine'),
    ('nozone', 'dns { zone_files = {nowhere} }\n', 2, r'config: nowhere: No such file'),
    ('badzone', 'dns { zone_files = {broken.zone} }\n', 2, r'config: broken\.zone:3: '),
    ('noanchor', 'dns { trust_anchor = nowhere }\n', 2, r'config: .*nowhere: No such file'),
    ('badanchor', 'dns { trust_anchor = anchor }\n', 2, r'config: .*anchor:1: '),
    ('resolver', 'dns { resolvers = {localhost} }\n', 2, r'config: .*localhost'),
    ('extra', 'dns { unbound_config = nowhere }\n', 2, r'config: .*nowhere'),
    ('sharing', 'accreditor own { style = list shared = yes }\n', 0, r'warning: store\.type is none: lists with shared = yes'),
    ('keeping', 'store { type = sqlite file = "/nowhere/db" }\nearned { text = "/nobody/list" zone = "/tmp/zone" }\n', 0,
     r'warning: store\.file = /nowhere/db: there is no folder /nowhere; .*warning: earned\.text = /nobody/list: there is no folder /nobody'
     r'(?!.*earned\.zone)'),
    ('classless', 'listener "unix:/run/x" { protocol = policy }\n', 0,
     r'warning: listener "unix:/run/x": policy\.trusted_class is not set'),
    ('classy', 'listener "unix:/run/x" { protocol = policy }\npolicy { trusted_class = good }\n', 0, r'\A((?!trusted_class).)*\Z'),
    ('open', 'feedback { token_file = token }\n', 0, r'warning: feedback\.token_file can be read by everybody'),
    ('shut', 'feedback { token_file = shut.token }\n', 0, r'\A((?!everybody).)*\Z'),
    ('fault', '\n\nlistener "unix:/x" { profile = none }\n', 2, r'config: fault:3: listener "unix:/x": there is no profile "none"'),
]


def config(*arguments):
    return subprocess.run([VOUCHSAFE, 'config', *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def configurations():
    for verb in ['defaults', 'sample']:
        printed = config(verb)
        with open('printed', 'wb') as file:
            file.write(printed.stdout + b'\ndns { trust_anchor = none }\n')
        done = config('check', 'printed')
        yield 'config %s is fine' % verb, printed.returncode == 0 and done.returncode == 0 and \
            done.stdout.startswith(b'printed: fine\n') and done.stderr == b'', repr(done)
    yield 'config sample refuses nobody', b'\nmode = monitor\n' in config('sample').stdout, ''
    yield 'config sample remembers', re.search(rb'^    type = sqlite$', config('sample').stdout, re.M), ''
    for name, mode in (('token', 0o644), ('shut.token', 0o640)):
        with open(name, 'w', encoding='ascii') as file:
            file.write('0123456789abcdef\n')
        os.chmod(name, mode)
    for name, text, status, words in CHECKED:
        with open(name, 'w', encoding='ascii') as file:
            file.write(text)
        done = config('check', name)
        fine, trouble = (done.stdout, done.stderr) if status == 0 else (done.stderr, done.stdout)
        yield 'config check: ' + name, done.returncode == status and trouble == b'' and \
            re.search(words, fine.decode(), re.S | re.M), repr(done)
    for arguments in [[], ['nonsense'], ['defaults', 'x'], ['sample', 'x'], ['check', 'a', 'b'], ['--json']]:
        done = config(*arguments)
        yield 'config usage: ' + ' '.join(arguments), (done.returncode, done.stdout) == (2, b'') and \
            done.stderr.startswith(b'usage: vouchsafe config'), repr(done)
    yield 'config --help', config('--help').stdout.startswith(b'usage: vouchsafe config'), ''
    done = config('check')
    yield 'config check has a default', b'/etc/vouchsafe/vouchsafe.conf' in done.stdout + done.stderr, repr(done)
    done = config('check', 'no\x1b[31m')
    yield 'config check encodes the name', done.returncode == 2 and b'\x1b' not in done.stderr, repr(done)
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([VOUCHSAFE, 'config', 'sample'], stdout=full, stderr=subprocess.PIPE, check=False)
    yield 'config on a full disk', done.returncode == 2 and b'standard output' in done.stderr, str(done)


def other_commands():
    done = subprocess.run([VOUCHSAFE, 'frob'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    yield 'command: one line for a word that is none', (done.returncode, done.stderr) == (
        2, b'vouchsafe: no such command: frob; see vouchsafe help\n'), repr(done)
    done = subprocess.run([VOUCHSAFE, 'learn'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    yield 'command: no blanks at the end of a line', b' \n' not in done.stderr, repr(done)
    for arguments, status, words in [(['version'], 0, r'^vouchsafe \d+\.\d+\.\d+\n$'), (['help'], 0, r'usage: '), ([], 2, r'^$'),
                                     (['nonsense'], 2, r'^$'), (['no\x1b[31m'], 2, r'^$'), (['check', '--help'], 0, r'^usage: vouchsafe check'), (['demo'], 0, r'(?s)reject.*accept.*vouchsafe check'),
                                     (['demo', 'x'], 2, r'^$'), (['conformance'], 2, r'^$'),
                                     (['conformance', 'nowhere'], 1, r'nowhere: No such file.*\n0 passed, 1 failed\n$'),
                                     (['conformance', 'range.conf'], 1, r'range\.conf:.*\n0 passed, 1 failed\n$'),
                                     (['conformance', 'suite.yaml'], 1,
                                      r'suite\.yaml:13: second: reason: expected mismatch, got match\n'
                                      r'FAILED suite\.yaml:19: unknown key .cleint.\n1 passed, 2 failed\n$')]:
        done = subprocess.run([VOUCHSAFE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        output = done.stdout.decode()
        yield 'command: ' + ' '.join(arguments), done.returncode == status and re.search(words, output) and \
            b'\x1b' not in done.stderr, 'exit %d: %s' % (done.returncode, output)


def installed():
    """Every document that an installed page names is installed too."""
    build = os.environ.get('BUILD', os.path.join(HERE, '../../build'))
    listing = subprocess.run(['meson', 'introspect', '--installed', build], stdout=subprocess.PIPE, check=True).stdout
    places = json.loads(listing)
    pages = [source for source in places if source.endswith('.md') or re.search(r'/man/[^/]+[.][1-8]$', source)]
    yield 'pages are installed', len(pages) >= 8, str(pages)
    for page in pages:
        with open(page, encoding='utf-8') as file:
            named = set(re.findall(r'\b(?:doc/)[a-z]+[.](?:md|c)\b', file.read()))
        missing = sorted(name for name in named if not any(source.endswith('/' + name) for source in places))
        yield 'documents that %s names are installed' % os.path.basename(page), not missing, str(missing)


SUITE = '''description: three sessions, of which one holds
zones:
  - |
    $ORIGIN example.org.
    @ 60 SOA ns hostmaster 1 2 3 4 5
    _client._smtp.mail 60 SRV 1 2 0 mail
    mail 60 A 192.0.2.10
tests:
  first:
    client: 192.0.2.10
    helo: mail.example.org
    expect: { csa: pass, reason: match }
  second: { client: 192.0.2.10, helo: mail.example.org, expect: { csa: pass, reason: mismatch } }
  third:
    client: 192.0.2.10
    helo: mail.example.org
    expect: { csa: pass, reason: match }

    cleint: 192.0.2.10
'''


def main():
    results = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, content in dict(FILES, **{'suite.yaml': SUITE}).items():
            with open(name, 'w', encoding='ascii') as file:
                file.write(content)
        for part in [refusals, exits, objects, nulls, hostile, texts, styles, stores, colours, standard_input, time_out, configurations, other_commands, installed]:
            for name, fine, got in part():
                results.append(bool(fine))
                print('ok ' + name if fine else 'FAILED %s: %s' % (name, got))
        os.chdir('/')
    print('%d passed, %d failed' % (results.count(True), results.count(False)))
    return 0 if all(results) else 1


sys.exit(main())
