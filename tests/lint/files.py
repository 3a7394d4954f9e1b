"""files.py - zone files as they are: delegations, records out of place, wildcards with pointers, PTR records of other
things, and the hosts that SPF lets send."""
import json

import mend

HEAD = '''$TTL 3600
@ IN SOA ns1 hostmaster 1 7200 3600 1209600 3600
@ NS ns1
ns1 A 198.51.100.53
@ MX 10 mail
mail A 198.51.100.25
_client._smtp SRV 1 1 1 @
_client._smtp.mail SRV 1 2 0 mail
'''
ORIGIN = '$ORIGIN example.org.\n'


def lint(text, *arguments):
    """(exit status, {(rule, name): finding}, the report) of a zone file on standard input."""
    done = mend.run('--json', *arguments, '-', text=ORIGIN + HEAD + text)
    if done.returncode not in (0, 1, 3):
        raise ValueError('exit %d: %s' % (done.returncode, done.stderr))
    report = json.loads(done.stdout)
    return done.returncode, {(f['rule'], f['name']): f for f in report['findings']}, report


def expect(text, status, *wanted):
    """The file breaks these rules, no other error or warning, and says so with this status."""
    got, found, report = lint(text)
    loud = {key for key, f in found.items() if f['severity'] != 'note'}
    missing = set(wanted) - set(found)
    if (got, loud - set(wanted), missing, report['complete']) == (status, set(), set(), True):
        return None
    return 'exit %d, %s' % (got, json.dumps(report)[:1500])


def lines(text, key, *wanted):
    """The mend of one finding is these lines."""
    _, found, report = lint(text)
    if key not in found:
        return 'not found: %s' % json.dumps(report)[:1500]
    got = found[key]['mend'].splitlines()
    return None if got == list(wanted) else 'mend %s' % got


def evidence(text, key, part):
    """The evidence of one finding holds this."""
    _, found, report = lint(text)
    return None if key in found and part in found[key]['evidence'] else json.dumps(report)[:1500]


CUT = 'sub NS ns.sub\nns.sub A 198.51.100.54\n'
DNAME = 'sub DNAME example.net.\n'
BELOW = ('record-below-cut', '_client._smtp.mx.sub.example.org')

# What a zone says about names at or below its delegations, and below a DNAME, is nothing: no finding rests on it.
DELEGATED = [
    ('exchanger', CUT + '@ MX 20 mx.sub\n'),
    ('exchanger at the cut', CUT + '@ MX 20 sub\n'),
    ('exchanger below DNAME', DNAME + '@ MX 20 mx.sub\n'),
    ('exchanger with glue', CUT + '@ MX 20 ns.sub\n'),
    ('target', CUT + 'x A 198.51.100.26\n_client._smtp.x SRV 1 2 0 mx.sub\n'),
    ('target below DNAME', DNAME + 'x A 198.51.100.26\n_client._smtp.x SRV 1 2 0 mx.sub\n'),
    ('service', CUT + 'mail PTR _vouch._smtp.accred.sub\n'),
    ('SPF', CUT + 'mx.sub A 198.51.100.55\n@ TXT "v=spf1 a:mx.sub.example.org ip4:198.51.100.55 -all"\n'),
    ('alias', CUT + 'x CNAME mx.sub\n@ MX 20 x\n_client._smtp.x SRV 1 2 0 x\n'),
]
# Quiet but for what the world outside of the file does not tell.
OF_THE_FILE = {'explicit-uncovered', 'target-no-address', 'service-dead', 'service-unlisted', 'no-record', 'helo-no-address',
               'record-below-cut', 'no-such-name'}


def delegated(text):
    _, found, report = lint(text)
    wrong = [key for key in found if key[0] in OF_THE_FILE]
    return '%s: %s' % (wrong, json.dumps(report)[:1500]) if wrong else None


def apart(text):
    """The same without the delegation: the row above rests on it."""
    _, found, _ = lint(text.replace(CUT, '').replace(DNAME, ''))
    return None if any(key[0] in OF_THE_FILE for key in found) else 'found %s' % sorted(found)


def below_subject(folder):
    """A name below a delegation is not known, as one that no file holds."""
    path = folder + '/cut.zone'
    with open(path, 'w', encoding='utf-8') as file:
        file.write(ORIGIN + HEAD + CUT)
    done = mend.run('--json', '--zone', path, 'mx.sub.example.org')
    report = json.loads(done.stdout)
    return None if done.returncode == 3 and not report['findings'] and 'outside' in report['troubles'][0] else done.stdout


def both_zones(folder):
    """With the file of the zone below the cut its names are known."""
    paths = []
    for name, text in (('cut', ORIGIN + HEAD + CUT), ('sub', '$ORIGIN sub.example.org.\n' + HEAD.split('@ MX')[0].replace('ns1', 'ns') +
                                                      'mx A 198.51.100.70\n')):
        paths += ['--zone', '%s/%s.zone' % (folder, name)]
        with open(paths[-1], 'w', encoding='utf-8') as file:
            file.write(text)
    report = json.loads(mend.run('--json', *paths, 'mx.sub.example.org').stdout)
    return None if 'explicit-uncovered' in {f['rule'] for f in report['findings']} else json.dumps(report)[:1500]


def domain_spf(folder):
    """A domain that is asked for by name: its SPF record, too."""
    path = folder + '/spf.zone'
    with open(path, 'w', encoding='utf-8') as file:
        file.write(ORIGIN + HEAD + OUT + COVERED[0][1])
    report = json.loads(mend.run('--json', '--zone', path, 'example.org').stdout)
    found = [f['name'] for f in report['findings'] if f['rule'] == 'explicit-uncovered']
    return None if found == ['out.example.org'] else json.dumps(report)[:1500]


def strict(folder, text, part):
    """A file of --zone that a name server would refuse is refused, and where."""
    path = folder + '/odd.zone'
    with open(path, 'w', encoding='utf-8') as file:
        file.write(ORIGIN + HEAD + text)
    done = mend.run('--zone', path, 'mail.example.org')
    return None if done.returncode == 2 and part in done.stderr else 'exit %d: %s' % (done.returncode, done.stderr)


OUT = 'out A 198.51.100.70\nmail6 AAAA 2001:db8::70\n'
COVERED = [
    ('a:NAME', '@ TXT "v=spf1 mx a:out.example.org -all"\n', 'out'),
    ('a:NAME, in any case', '@ TXT "V=SPF1 A:OUT.Example.org. ?all"\n', 'out'),
    ('several strings', '@ TXT "v=spf1 a:out.exam" "ple.org -all"\n', 'out'),
    ('ip4', '@ TXT "v=spf1 ip4:198.51.100.70 -all"\n', 'out'),
    ('ip4 of one', '@ TXT "v=spf1 ip4:198.51.100.70/32 -all"\n', 'out'),
    ('ip6', '@ TXT "v=spf1 ip6:2001:DB8:0::70 -all"\n', 'mail6'),
    ('one host', '@ TXT "v=spf1 a:out.example.org/32 -all"\n', 'out'),
    ('of another name', 'sub TXT "v=spf1 a:out.example.org"\n', 'out'),
    ('of a host itself', 'out TXT "v=spf1 a -all"\n', 'out'),
    ('included', '@ TXT "v=spf1 mx include:_spf.example.org -all"\n_spf TXT "v=spf1 a:out.example.org -all"\n', 'out'),
    ('redirected', '@ TXT "v=spf1 redirect=_spf.example.org"\n_spf TXT "v=spf1 ip6:2001:db8::70 -all"\n', 'mail6'),
    ('address included', '@ TXT "v=spf1 include:_spf.example.org -all"\n_spf TXT "v=spf1 ip4:198.51.100.70"\n', 'out'),
]
UNCOVERED = [
    ('network', '@ TXT "v=spf1 ip4:198.51.100.0/24 a:out.example.org/24 -all"\n'),
    ('refused', '@ TXT "v=spf1 -a:out.example.org ~ip4:198.51.100.70 -all"\n'),
    ('no SPF', '@ TXT "v=spf10 a:out.example.org"\n'),
    ('only below a cut', CUT + 'x.sub TXT "v=spf1 a:out.example.org ip4:198.51.100.70"\n'),
    ('exchanger of a name below a cut', CUT + 'x.sub MX 10 out\n'),
    ('behind an underscore', '_spf TXT "v=spf1 a mx a:_dkim.example.org -all"\n*.web TXT "v=spf1 a -all"\n'),
    ('outside', '_spf TXT "v=spf1 a:out.example.net include:example.net redirect=example.net"\nsub MX 10 mx.example.net.\n'),
    ('gone', '@ TXT "v=spf1 a:gone.example.org -all"\n'),
    ('macro', '@ TXT "v=spf1 a:%{i}.example.org a: ip4: ip6:x a:out.example.org/ -all"\n'),
]



def spf_rows():
    for name, text, host in COVERED:
        key = ('explicit-uncovered', host + '.example.org')
        yield 'SPF ' + name, lambda text=text, key=key: expect(OUT + text, 1, key)
    for name, text in UNCOVERED:
        yield 'SPF, ' + name, lambda text=text: expect(OUT + text, 0)
    yield 'SPF without Explicit', lambda: None if mend.run('-', text=ORIGIN + HEAD.replace('1 1 1', '1 1 0') + OUT +
                                                           COVERED[0][1]).returncode == 0 else 'refused'


def place_rows(folder):
    yield 'record below a cut', lambda: expect(CUT + '_client._smtp.mx.sub SRV 1 2 0 mx.sub\n', 1, BELOW)
    yield 'record below DNAME', lambda: expect(DNAME + '_client._smtp.mx.sub SRV 1 2 0 mx.sub\n', 1, BELOW, ('below-dname', 'mx.sub.example.org'))
    yield 'delegated behind its records', lambda: expect('_client._smtp.mx.sub SRV 1 2 0 mx.sub\n' + CUT, 1, BELOW)
    yield 'mend of a record below a cut', lambda: lines(CUT + '_client._smtp.mx.sub SRV 1 2 0 mx.sub\n', BELOW,
                                                        '; delete: _client._smtp.mx.sub.example.org. IN SRV 1 2 0 '
                                                        'mx.sub.example.org.')
    yield 'pointer below a cut', lambda: expect(CUT + 'mx.sub PTR _vouch._smtp.a.example.\n', 1,
                                                ('record-below-cut', 'mx.sub.example.org'))
    yield 'report below a cut', lambda: expect(CUT + 'a.test.sub TXT "MARID,1,A"\n', 1,
                                               ('record-below-cut', 'a.test.sub.example.org'))
    yield 'record outside', lambda: expect('www.example.net. A 198.51.100.80\n', 1, ('record-outside', 'www.example.net'))
    yield 'record outside, place', lambda: evidence('www.example.net. A 198.51.100.80\n', ('record-outside', 'www.example.net'),
                                                    '-:10: A 198.51.100.80')
    yield 'record outside, mend', lambda: lines('www.example.net. A 198.51.100.80\n', ('record-outside', 'www.example.net'),
                                                '; delete: www.example.net. IN A 198.51.100.80')
    yield 'alias beside data', lambda: expect('www CNAME mail\nwww A 198.51.100.80\n', 1, ('alias-beside-data', 'www.example.org'))
    yield 'alias beside data, mend', lambda: lines('www CNAME mail\nwww A 198.51.100.80\n', ('alias-beside-data', 'www.example.org'),
                                                   '; delete: www.example.org. IN CNAME mail.example.org.')
    yield 'two aliases', lambda: lines('www CNAME mail\nwww CNAME ns1\n', ('alias-beside-data', 'www.example.org'),
                                       '; delete: www.example.org. IN CNAME mail.example.org.')
    yield 'alias at the root', lambda: expect('@ CNAME mail\n', 1, ('alias-beside-data', 'example.org'))
    yield 'the rest is judged', lambda: expect('www.example.net. A 198.51.100.80\n_client._smtp.x SRV 1 2 25 x\nx A 198.51.100.9\n', 1,
                                               ('record-outside', 'www.example.net'), ('port-number', '_client._smtp.x.example.org'))
    yield 'world, record outside', lambda: strict(folder, 'www.example.net. A 198.51.100.80\n',
                                                  'odd.zone:10: a record outside the zone: www.example.net')
    yield 'world, alias beside data', lambda: strict(folder, 'www CNAME mail\nwww A 198.51.100.80\n',
                                                     'odd.zone:10: a CNAME beside other data: www.example.org')
    for word in ('$INCLUDE more.zone', '$GENERATE 1-2 h$ A 198.51.100.$'):
        yield word.split()[0], lambda word=word: strict(folder, word + '\n', 'named-compilezone')


def pointer_rows():
    wildcard = '*.accred PTR _vouch.other.example.\n'
    yield 'wildcard pointers', lambda: expect('* PTR _vouch._smtp.a.example.\n* PTR _vouch._smtp.b.example.\n', 0)
    yield 'wildcard, bad pointer', lambda: expect(wildcard, 1, ('pointer-prefix', '*.accred.example.org'))
    yield 'wildcard, mend', lambda: lines(wildcard, ('pointer-prefix', '*.accred.example.org'),
                                          '; delete: *.accred.example.org. IN PTR _vouch.other.example.',
                                          '*.accred.example.org. 3600 IN PTR _vouch._smtp.other.example.')
    yield 'PTR of another thing', lambda: expect('coupons PTR vouchers.example.org.\n_services._dns-sd._udp PTR _ipp._tcp\n', 0)
    yield 'PTR of a host', lambda: lines('mail PTR server7.example.org.\n', ('pointer-prefix', 'mail.example.org'),
                                         '; delete: mail.example.org. IN PTR server7.example.org.')
    yield 'PTR meant as a pointer', lambda: lines('mail PTR vouch.smtp.a.example.\n', ('pointer-prefix', 'mail.example.org'),
                                                  '; delete: mail.example.org. IN PTR vouch.smtp.a.example.',
                                                  'mail.example.org. 3600 IN PTR _vouch._smtp.a.example.')


def advice(text, key, part, there=True):
    """The advice of one finding holds this, or does not."""
    _, found, report = lint(text)
    return None if key in found and (part in found[key]['advice']) == there else json.dumps(report)[:1500]


HOST = 'out A 198.51.100.70\n_client._smtp.out SRV 1 2 0 out\n'
TWINS = [
    ('SRV', '_client._smtp.out SRV 1 2 0 OUT\n'),
    ('CNAME', 'www CNAME out\nwww CNAME OUT\n'),
    ('SOA, as zone transfers end', '@ IN SOA NS1 hostmaster 1 7200 3600 1209600 3600\n'),
]


def one_pointer(text):
    """Pointers that differ in case only are one: nothing is said but that a second is missing."""
    return expect(text, 0, ('pointer-single', 'out.example.org'))


def second_soa():
    done = mend.run('-', text=ORIGIN + HEAD + '@ IN SOA ns1 hostmaster 2 7200 3600 1209600 3600\n')
    return None if done.returncode == 2 and 'standard input:10: a second SOA' in done.stderr else done.stdout + done.stderr


def record_rows():
    for name, text in TWINS:
        yield 'twins but for case, ' + name, lambda text=text: expect(HOST + text, 0)
    yield 'twin pointers', lambda: one_pointer(HOST + 'out PTR _vouch._smtp.a.test.\nout PTR _vouch._smtp.A.test.\n')
    yield 'twins but for case, MX', lambda: lines('@ MX 20 box.w\n*.w MX 10 mail\n*.w MX 10 MAIL\n',
                                                  ('explicit-uncovered', 'box.w.example.org'),
                                                  'box.w.example.org. 3600 IN MX 10 mail.example.org.',
                                                  '_client._smtp.box.w.example.org. 3600 IN SRV 1 1 0 box.w.example.org.')
    yield 'another SOA', second_soa
    star = ('wrong-owner', '_client._smtp.*.example.org')
    yield 'wildcard in the middle', lambda: expect('_client._smtp.* SRV 1 2 0 mail\n', 1, star)
    yield 'wildcard in the middle, advice', lambda: advice('_client._smtp.* SRV 1 2 0 mail\n', star, 'no wildcard in the middle')
    yield 'wildcard in the middle, pointers', lambda: expect('_client._smtp.* SRV 1 2 0 mail\n* PTR _vouch._smtp.a.test.\n'
                                                             '* PTR _vouch._smtp.b.test.\n', 1, star)
    text = ('wrong-type', '_client._smtp.new.example.org')
    yield 'text of a host without addresses', lambda: advice('_client._smtp.new TXT "1 2 0 new.example.org"\n', text,
                                                             'publish Weight 2 and its addresses')
    yield 'text of a host that never sends', lambda: advice('_client._smtp.new TXT "1 1 0 new.example.org"\n', text, 'Weight 2', False)
    box = ('target-cname', '_client._smtp.box.example.org')
    yield 'alias with more than addresses', lambda: lines('box CNAME mail\nmail TXT "v=spf1 a -all"\nmail MX 10 mail\n'
                                                          '_client._smtp.box SRV 1 2 0 box\n', box,
                                                          '; delete: box.example.org. IN CNAME mail.example.org.',
                                                          'box.example.org. 3600 IN A 198.51.100.25',
                                                          'box.example.org. 3600 IN TXT "v=spf1 a -all"',
                                                          'box.example.org. 3600 IN MX 10 mail.example.org.')
    yield 'HELO alias with more than addresses', lambda: lines('box CNAME mail\nmail TXT "v=spf1 a -all"\n_client._smtp.box SRV 1 2 0 mail\n',
                                                               ('helo-cname', 'box.example.org'),
                                                               '; delete: box.example.org. IN CNAME mail.example.org.',
                                                               'box.example.org. 3600 IN A 198.51.100.25',
                                                               'box.example.org. 3600 IN TXT "v=spf1 a -all"')
    slip = ('target-no-address', '_client._smtp.out.example.org')
    for word in ('mial', 'maill', 'amil'):
        yield 'slip ' + word, lambda word=word: advice('out A 198.51.100.70\n_client._smtp.out SRV 1 2 0 %s\n' % word, slip,
                                                       'A name with addresses is mail.example.org.')
    yield 'no slip', lambda: advice('out A 198.51.100.70\n_client._smtp.out SRV 1 2 0 male\n', slip, 'A name with addresses', False)
    yield 'escape in a name', lambda: expect('_client._smtp.a\\032b SRV 1 2 0 mail\n', 1, ('name-syntax', 'a\\032b.example.org'))
    yield 'high escape in a name', lambda: expect('_client._smtp.a\\252b SRV 1 2 0 mail\n', 1, ('name-not-ascii', 'a\\252b.example.org'))
    alias = ('explicit-uncovered', 'x.example.org')
    yield 'alias to nowhere', lambda: evidence('x A 198.51.100.9\n_client._smtp.x CNAME gone\n', alias,
                                               '_client._smtp.x.example.org CNAME gone.example.org.')
    yield 'alias to nowhere, mend', lambda: lines('@ MX 20 x\nx A 198.51.100.9\n_client._smtp.x CNAME gone\n', alias,
                                                  '; delete: _client._smtp.x.example.org. IN CNAME gone.example.org.',
                                                  '_client._smtp.x.example.org. 3600 IN SRV 1 2 0 x.example.org.')


def cases(folder):
    for name, text in DELEGATED:
        yield 'delegated, ' + name, lambda text=text: delegated(text)
        if 'alias' not in name:
            yield 'not delegated, ' + name, lambda text=text: apart(text)
    yield 'a subject below a cut', lambda: below_subject(folder)
    yield 'a subject below a cut, and its zone', lambda: both_zones(folder)
    yield 'SPF of a domain', lambda: domain_spf(folder)
    yield from place_rows(folder)
    yield from pointer_rows()
    yield from spf_rows()
    yield from record_rows()
