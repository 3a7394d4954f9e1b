"""Hosts that the domain's own MX and SPF records name and the description does not: Explicit would have them refused."""
import json

import loaded
import world

EXCHANGERS = '''
example.org. 600 IN MX 10 mx.example.org.
example.org. 600 IN MX 20 other.example.net.
example.org. 600 IN MX 30 mail.example.org.
example.org. 600 IN MX 40 mx4.example.org.
_client._smtp.mx4.example.org. 600 IN SRV 1 3 0 mx4.example.org.
'''


def test_exchangers(there):
    """Explicit waits until all mail exchangers below it are named, or have a record."""
    path = there.zone('example.org', EXCHANGERS)
    arguments = ('--zone', path, '--domain', 'example.org', '--send', 'mail=192.0.2.1', '--complete', '--disown')
    output = there.publish(*arguments)
    assert '_client._smtp.example.org. 3600 IN SRV 1 1 0 example.org.' in world.records(output), output
    assert [text.split(' is a mail')[0] for text in world.remarks(output, 'warning')] == [
        'nothing is disowned below example.org: mx.example.org'], output
    for named in (('--send', 'mx=192.0.2.2'), ('--elsewhere', 'mx'), ('--never', 'mx')):
        output = there.publish(*arguments, *named)
        assert '_client._smtp.example.org. 3600 IN SRV 1 1 1 example.org.' in world.records(output), output
        assert not world.remarks(output, 'warning'), output
    there.zone('example.org', EXCHANGERS + ''.join('example.org. 600 IN MX 50 MX%d.example.org.\n' % n for n in range(100, 180)))
    said = world.remarks(there.publish(*arguments), 'warning')
    assert len(said) == 17 and said[15].startswith('nothing is disowned below example.org: mx114.example.org is a mail'), said
    assert said[16] == 'nothing is disowned below example.org: 65 more hosts like these', said
    for fault, expected in (('@ MX', 'example.org MX'), ('_client._smtp.mx SRV', '_client._smtp.mx.example.org SRV')):
        there.zone('example.org', EXCHANGERS + ';! fault %s servfail\n' % fault)
        said = world.remarks(there.publish(*arguments), 'warning')
        assert len(said) == 2 and 'could not be seen (%s: failed)' % expected in said[0] and 'is left out' in said[1], said


DISOWN = ('--domain', 'example.org', '--send', 'mail=192.0.2.1', '--complete', '--disown')
OPEN = '_client._smtp.example.org. 3600 IN SRV 1 1 0 example.org.'
CLOSED = '_client._smtp.example.org. 3600 IN SRV 1 1 1 example.org.'
HOSTS = ''.join('%s.example.org. 600 IN %s\n' % host for host in (
    ('out', 'A 192.0.2.70'), ('out6', 'AAAA 2001:db8::70'), ('alias', 'CNAME web.example.net.'), ('sub', 'A 192.0.2.71'),
    ('mx.sub', 'A 192.0.2.72'), ('_spf', 'A 192.0.2.73')))
SPF = 'is let send by the SPF record of '
# What SPF records say, and which host that is not described they name, and where.
NAMING = (
    ('@ TXT "v=spf1 mx a:out.example.org -all"', 'out.example.org', SPF + 'example.org'),
    ('@ TXT "v=spf1 a:Out6.exam" "ple.ORG. ~all"', 'out6.example.org', SPF + 'example.org'),
    ('@ TXT "v=spf1 +a:alias.example.org//128"', 'alias.example.org', SPF + 'example.org'),
    ('@ TXT "v=spf1 mx:sub.example.org -all"\nsub MX 10 mx.sub', 'mx.sub.example.org', 'is a mail exchanger (MX) of sub.example.org'),
    ('@ TXT "v=spf1 include:sub.example.org"\nsub TXT "v=spf1 a -all"', 'sub.example.org', SPF + 'sub.example.org'),
    ('@ TXT "v=spf1 redirect=_spf.example.org"\n_spf TXT "v=spf1 include:_spf.example.org include:s2.example.org"\n'
     's2 TXT "v=spf1 mx:example.net a:out.example.org"', 'out.example.org', SPF + 's2.example.org'),
    ('@ TXT "google-site=1"\n@ TXT "v=spf1 a:gone.example.org a:out.example.org"', 'out.example.org', SPF + 'example.org'),
)
# The same where the domain's own records do not lead: a file holds all names.
IN_FILES = (
    ('sub MX 10 mx.sub', 'mx.sub.example.org', 'is a mail exchanger (MX) of sub.example.org'),
    ('*.web MX 10 mx.sub', 'mx.sub.example.org', 'is a mail exchanger (MX) of *.web.example.org'),
    ('sub TXT "v=spf1 a:out.example.org"', 'out.example.org', SPF + 'sub.example.org'),
    ('sub TXT "v=spf1 a -all"', 'sub.example.org', SPF + 'sub.example.org'),
    ('sub TXT "v=spf1 a:out.example.org/32 -all"', 'out.example.org', SPF + 'sub.example.org'),
    ('@ TXT "v=spf1 ip4:192.0.2.70 -all"', 'out.example.org', SPF + 'example.org'),
    ('sub TXT "v=spf1 ip6:2001:DB8:0::70/128 -all"', 'out6.example.org', SPF + 'sub.example.org'),
    ('@ TXT "v=spf1 mx include:_spf.example.org -all"\n_spf TXT "v=spf1 ip4:192.0.2.70 -all"', 'out.example.org',
     SPF + '_spf.example.org'),
)
# What names nobody who would be refused.
SILENT = (
    '@ TXT "v=spf1 a mx a:mail.example.org a:gone.example.org a:out.example.net ip4:192.0.2.99 ip4:192.0.2.0/24 -all"',
    '@ TXT "v=spf1 -a:out.example.org ~a:out6.example.org ?mx:sub.example.org a:out.example.org/24 -all"',
    '@ TXT "v=spf1 redirect=_spf.example.net -all"\n_spf TXT "v=spf1 a mx -all"\n*.web TXT "v=spf1 a -all"',
    '@ TXT "v=spf1 include:_spf.example.net a:_spf.example.org a:%{i}.example.org -all a:out.example.org"',
    '@ TXT "v=spf1 a:out.example.org"\n_client._smtp.out SRV 1 3 0 out',
    'sub TXT "v=spf10 a:out.example.org"\nsub MX 10 mx.example.net.\nweb MX 0 .',
)


def warnings(there, records, *more):
    """(what is printed, the warnings) of the domain with these records."""
    path = there.zone('example.org', '$ORIGIN example.org.\n$TTL 600\n' + HOSTS + records + '\n')
    output = there.publish('--zone', path, *DISOWN, *more)
    return world.records(output), world.remarks(output, 'warning')


def test_spf(there):
    """Explicit waits until all hosts that SPF lets send one by one are named, have a record, or are gone."""
    for records, name, expected in NAMING + IN_FILES:
        lines, said = warnings(there, records)
        assert OPEN in lines and len(said) == 1, (records, lines, said)
        assert said[0].startswith('nothing is disowned below example.org: %s %s, has no record' % (name, expected)), said
        for named in ('--elsewhere', '--never'):
            lines, said = warnings(there, records, named, name + '.')
            assert CLOSED in lines, (records, named, lines)
            assert not any('disowned' in text for text in said), said
    for records in SILENT:
        lines, said = warnings(there, records)
        assert CLOSED in lines and not said, (records, lines, said)


def uncovered(there, records, *subject):
    """The names that lint finds without a record under Explicit: in the file, or for a subject in it."""
    path = there.zone('example.org', '$ORIGIN example.org.\n$TTL 600\n%s_client._smtp SRV 1 1 1 @\nmail A 192.0.2.1\n'
                      '_client._smtp.mail SRV 1 2 0 mail\n%s\n' % (HOSTS, records))
    _, output, errors = there.vouchsafe('lint', '--json', *(('--zone', path) + subject if subject else (path,)))
    assert not errors, errors
    return [finding['name'] for finding in json.loads(output)['findings'] if finding['rule'] == 'explicit-uncovered']


def test_spf_lint(there):
    """What keeps Explicit back here is what lint finds where Explicit is published."""
    for records, name, _ in NAMING:
        assert uncovered(there, records, 'example.org') == [name], (records, uncovered(there, records, 'example.org'))
    for records, name, _ in NAMING + IN_FILES:
        assert uncovered(there, records) == [name], (records, uncovered(there, records))
    for records in SILENT:
        for subject in ((), ('example.org',)):
            assert uncovered(there, records, *subject) == [], (records, subject, uncovered(there, records, *subject))


def test_spf_below(there):
    """A name below the domain that is disowned by itself has an SPF record, too; what does not stand below it is no matter."""
    records = '@ TXT "v=spf1 a:out.example.org"\nsub TXT "v=spf1 a:x.sub.example.org"\nx.sub A 192.0.2.74\n'
    path = there.zone('example.org', '$ORIGIN example.org.\n$TTL 600\n' + HOSTS + records)
    output = there.publish('--zone', path, '--domain', 'example.org', '--complete', '--disown-below', 'sub', '--never', 'mx.sub')
    assert [text.split(',')[0] for text in world.remarks(output, 'warning') if 'disowned' in text] == [
        'nothing is disowned below sub.example.org: x.sub.example.org %ssub.example.org' % SPF], output
    assert '_client._smtp.sub.example.org. 600 IN SRV 1 1 0 sub.example.org.' in world.records(output), output


def test_spf_trouble(there):
    """An SPF record that cannot be seen may name anybody; so may one that leads to more than can be followed."""
    for fault, expected in (('@ TXT servfail', 'example.org TXT: failed'), ('_spf TXT timeout', '_spf.example.org TXT: '),
                            ('_client._smtp.out SRV servfail', '_client._smtp.out.example.org SRV: failed')):
        _, said = warnings(there, '@ TXT "v=spf1 include:_spf.example.org a:out.example.org"\n;! fault ' + fault)
        assert len(said) == 2 and 'could not be seen (%s' % expected in said[0] and 'is left out' in said[1], said
    lines, said = warnings(there, '@ TXT "v=spf1 a:out.example.org"\n;! fault out A servfail')
    assert OPEN in lines and len(said) == 1 and 'out.example.org is let send' in said[0], said


def test_spf_served(there):
    """The same at a real name server: who is let send is not refused, and Explicit comes once he has his record."""
    records = 'example.org. 600 IN TXT "v=spf1 include:_spf.example.org -all"\n' \
              '_spf.example.org. 600 IN TXT "v=spf1 a:out.example.org -all"\nout.example.org. 600 IN A 192.0.2.70\n'
    resolver = there.serve('bind', [('example.org', there.zone('example.org', records))])
    compare = ('--form', 'nsupdate', '--server', resolver, '--resolver', resolver)
    for arguments, expected in (((), 'none no-record'), (('--send', 'out=192.0.2.70'), 'pass match')):
        for _ in range(2):  # what has to wait is entered by the second
            there.command('nsupdate', '-t', '20', text=there.publish(*compare, *DISOWN, *arguments))
        loaded.expect(there, resolver, [('192.0.2.70', 'out.example.org', expected)])
    loaded.expect(there, resolver, [('192.0.2.70', 'other.example.org', 'fail explicit')])


def test_known(there):
    """A resolver is asked for names that are known: the description's, and what those lead to, so far and no further."""
    chain = ''.join('s%d.example.org. 600 IN TXT "v=spf1 include:s%d.example.org"\n' % (n, n + 1) for n in range(80))
    many = ''.join('sub.example.org. 600 IN MX 50 mx%d.example.org.\n' % n for n in range(80))
    zone = there.zone('example.org', chain + many + 'web.example.org. 600 IN MX 10 mx.example.org.\n'
                      'out.example.org. 600 IN A 192.0.2.70\nwww.example.org. 600 IN TXT "v=spf1 a:out.example.org -all"\n'
                      'ftp.example.org. 600 IN TXT "v=spf1 include:s0.example.org -all"\n')
    resolver = there.serve('bind', [('example.org', zone)])
    for never, expected in (((), []), (('web',), ['nothing is disowned below example.org: mx.example.org is a mail exchanger']),
                            (('www',), ['nothing is disowned below example.org: out.example.org is let send by']),
                            (('ftp',), ['.example.org TXT: too many records)', 'is left out']),
                            (('sub',), ['(sub.example.org MX: too many records)', 'is left out'])):
        output = there.publish('--resolver', resolver, *DISOWN, *(word for name in never for word in ('--never', name)))
        said = world.remarks(output, 'warning')
        assert len(said) == len(expected), (never, said)
        for text, part in zip(said, expected):
            assert part in text, (never, said)
        assert (CLOSED in world.records(output)) == (not expected), (never, output)
    said = world.remarks(there.publish('--zone', zone, *DISOWN), 'warning')
    assert len(said) == 17 and said[16].endswith(': 66 more hosts like these'), said
