"""What is printed lints clean: no error and no warning, in zone files and at real name servers."""
import json

import world

DOMAIN = ('--domain', 'example.org', '--never', 'www', '--never', 'ftp', '--complete', '--disown')
SENDER = ('--send', 'mail=192.0.2.10,2001:db8::10', '--send', 'a.b.c=192.0.2.14')
SERVICES = ('--accreditor', 'accred.example', '--accreditor', 'rating.test')
DESCRIPTIONS = (
    (*DOMAIN, *SENDER),
    (*DOMAIN, *SENDER, *SERVICES),
    (*DOMAIN, *SENDER, '--elsewhere', 'cloud'),
    (*DOMAIN, *SENDER, '--disown-below', 'c'),
    ('--domain', 'example.org', '--send', '@=192.0.2.10', '--never', 'www'),
    ('--domain', 'example.org', '--send', 'mail=' + ','.join('192.0.2.%d' % (number + 1) for number in range(16))),
    (*DOMAIN, *SENDER, '--hoster', 'gandi', '--ttl', '60'),
)
NAMES = ('example.org', 'mail.example.org', 'a.b.c.example.org', 'www.example.org')
# What others publish: who the addresses belong to, and the services that vouch.
REPORTS = '''mail.example.org.{0}. 300 IN TXT "MARID,1,A"
a.b.c.example.org.{0}. 300 IN TXT "MARID,1,A"
_vouch._smtp.{0}. 300 IN SRV 0 0 443 www.{0}.
www.{0}. 300 IN A 192.0.2.80
'''
OTHERS = {
    '2.0.192.in-addr.arpa': '10.2.0.192.in-addr.arpa. 300 IN PTR mail.example.org.\n'
                            '14.2.0.192.in-addr.arpa. 300 IN PTR a.b.c.example.org.\n',
    '8.b.d.0.1.0.0.2.ip6.arpa': '0.1.%s8.b.d.0.1.0.0.2.ip6.arpa. 300 IN PTR mail.example.org.\n' % ('0.' * 22),
    'accred.example': REPORTS.format('accred.example'),
    'rating.test': REPORTS.format('rating.test'),
}


def faults(there, *arguments):
    """The errors and warnings of a run of lint, which nothing may have kept from seeing all."""
    status, output, errors = there.vouchsafe('lint', '--json', *arguments)
    assert status in (0, 1), (status, output, errors)
    subjects = documents(output)
    assert subjects and all(subject['complete'] and not subject['troubles'] for subject in subjects), output
    return [finding for subject in subjects for finding in subject['findings'] if finding['severity'] != 'note']


def documents(output):
    """The JSON values of an output, one after the other or in a list."""
    decoder, at, found = json.JSONDecoder(), 0, []
    while at < len(output.rstrip()):
        value, at = decoder.raw_decode(output, at + len(output[at:]) - len(output[at:].lstrip()))
        found += value if isinstance(value, list) else [value]
    return found


def test_zone_files(there):
    """All names of a zone file."""
    for arguments in DESCRIPTIONS:
        output = there.publish(*arguments)
        path = there.zone('example.org', output)
        assert not faults(there, path), (arguments, faults(there, path))
        names = [line.split()[0].removeprefix('_client._smtp.') for line in world.records(output) if ' SRV ' in line]
        assert names and not faults(there, '--zone', path, *names), arguments


def test_zones_with_records(there):
    """Into zones that hold addresses with TTLs of their own: sets keep one TTL, and the record has it too."""
    for records, ttl in (('mail.example.org. 300 IN A 192.0.2.10\n', '300'),
                         ('mail.example.org. 7200 IN A 192.0.2.10\nmail.example.org. 7200 IN AAAA 2001:db8::10\n', '7200'),
                         ('_client._smtp.mail.example.org. 900 IN SRV 1 2 0 mail.example.org.\n', '900'),
                         ('mail.example.org. 900 IN AAAA 2001:db8::10\nwww.example.org. 600 IN A 192.0.2.80\n', '900')):
        path = there.zone('example.org', records)
        output = there.publish('--zone', path, *DESCRIPTIONS[0])
        lines = [line.split() for line in world.records(output) if line.split()[0].endswith('mail.example.org.')]
        assert lines and {line[1] for line in lines} == {ttl}, output
        assert any(text.startswith('mail.example.org: ') and 'TTL ' + ttl in text for text in world.remarks(output, 'note'))
        path = there.zone('example.org', records + output)
        assert not faults(there, path), (records, faults(there, path))


def test_zone_files_broken(there):
    """This can fail: a weight with a reserved bit is told."""
    path = there.zone('example.org', there.publish(*DESCRIPTIONS[0]).replace('SRV 1 2 0', 'SRV 1 4 0'))
    assert {finding['rule'] for finding in faults(there, path)} == {'reserved-weight'}, faults(there, path)


def at_server(there, kind, address):
    """Lints what a real server serves, beside the zones of others; `address` is that of the server."""
    zones = {'example.org': there.publish(*DESCRIPTIONS[1]), **OTHERS,
             'org': 'example.org. 300 IN NS ns.example.org.\nns.example.org. 300 IN A %s\n' % address}
    resolver = there.serve(kind, [(name, there.zone(name, records, address)) for name, records in zones.items()])
    found = faults(there, '--resolver', resolver, '--port', resolver.split('@')[1], '--trust-anchor', 'none', *NAMES)
    assert not found, found


def test_nsd(there):
    at_server(there, 'nsd', there.network.address(1))


def test_knot(there):
    at_server(there, 'knot', there.network.address(2))


def test_bind(there):
    at_server(there, 'bind', '127.0.0.1')


def test_pdns(there):
    at_server(there, 'pdns', there.network.address(4))
