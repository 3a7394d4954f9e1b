"""What is printed, loaded into real name servers, says what was described: by name, by address, by server."""
import world

DESCRIPTION = '''
domain = "example.org"
ttl = 600
complete = yes
host "mail" { addresses = {"192.0.2.10", "2001:db8::10"} }
host "many" { addresses = {%s} }
host "cloud" { elsewhere = yes }
host "a.b.c" { addresses = {"192.0.2.14"} }
never = {"www", "ftp"}
disown = {"@", "c"}
accreditors = {"accred.example", "csv_vouch.example.net"}
''' % ', '.join('"192.0.2.%d"' % (100 + number) for number in range(20))

# Who never sends, or from addresses that cannot be told.
NO_ADDRESS = ['example.org'] + [name + '.example.org' for name in ('c', 'cloud', 'ftp', 'www')]

# Who calls from where as whom.
EXPECTED = (
    ('192.0.2.10', 'mail.example.org', 'pass match'),
    ('2001:db8::10', 'mail.example.org', 'pass match'),
    ('192.0.2.11', 'mail.example.org', 'fail mismatch'),
    ('2001:db8::11', 'mail.example.org', 'fail mismatch'),
    ('192.0.2.100', 'many.example.org', 'pass match'),
    ('192.0.2.119', 'many.example.org', 'pass match'),
    ('192.0.2.120', 'many.example.org', 'fail mismatch'),
    ('2001:db8::10', 'many.example.org', 'fail no-address'),
    ('192.0.2.10', 'cloud.example.org', 'neutral ignore-target'),
    ('192.0.2.14', 'a.b.c.example.org', 'pass match'),
    ('192.0.2.10', 'www.example.org', 'fail prohibited'),
    ('192.0.2.10', 'ftp.example.org', 'fail prohibited'),
    ('192.0.2.10', 'example.org', 'fail prohibited'),
    ('192.0.2.10', 'c.example.org', 'fail prohibited'),
    ('192.0.2.10', 'other.example.org', 'fail explicit'),
    ('192.0.2.10', 'b.c.example.org', 'fail explicit'),
    ('192.0.2.10', 'x.mail.example.org', 'fail explicit'),
)


def expect(there, resolver, expected):
    found = [(client, helo, there.judge(resolver, client, helo)) for client, helo, _ in expected]
    assert found == list(expected), [pair for pair in zip(found, expected) if pair[0] != pair[1]]


def load(there, kind):
    path = there.zone('example.org', there.publish('-', text=DESCRIPTION))
    expect(there, there.serve(kind, [('example.org', path)]), EXPECTED)


def test_nsd(there):
    load(there, 'nsd')


def test_knot(there):
    load(there, 'knot')


def test_bind(there):
    load(there, 'bind')


def test_pdns(there):
    load(there, 'pdns')


def test_checkers(there):
    """The servers' own checkers find no fault with it, and BIND's remarks on nothing but hosts that need no address."""
    path = there.zone('example.org', there.publish('-', text=DESCRIPTION))
    output = there.command('named-checkzone', '-k', 'fail', '-m', 'fail', '-n', 'fail', '-S', 'fail', 'example.org', path)
    lines = output.splitlines()
    assert sorted(lines[:-2]) == ["zone example.org/IN: _client._smtp.%s/SRV '%s' has no address records (A or AAAA)" % (name, name)
                                  for name in sorted(NO_ADDRESS)], output
    assert lines[-2:] == ['zone example.org/IN: loaded serial 1', 'OK'], output
    output = there.command('kzonecheck', '-o', 'example.org', path)
    assert output == '', output
    output = there.command('nsd-checkzone', 'example.org', path)
    assert output == 'zone example.org is ok\n', output


def test_zone_files(there):
    """The same, without a packet."""
    path = there.zone('example.org', there.publish('-', text=DESCRIPTION))
    for client, helo, expected in EXPECTED:
        status, output, errors = there.vouchsafe('check', '--zone', path, client, helo)
        assert status == (1 if expected.startswith('fail') else 0), (client, helo, output, errors)


def test_incomplete(there):
    """Without `complete` nobody is disowned."""
    output = there.publish('-', text=DESCRIPTION.replace('complete = yes', 'complete = no'))
    assert any('nothing is disowned' in text for text in world.remarks(output, 'warning')), output
    resolver = there.serve('nsd', [('example.org', there.zone('example.org', output))])
    expect(there, resolver, [(client, helo, expected if 'explicit' not in expected and helo not in
                              ('example.org', 'c.example.org') else 'none no-record')
                             for client, helo, expected in EXPECTED])


def test_hosters(there):
    """A port that is not 0 changes nothing for receivers, and pointers are left out where they cannot be held."""
    output = there.publish('--hoster', 'joker', '-', text=DESCRIPTION)
    numbers = {line.split()[6] for line in world.records(output) if line.split()[3] == 'SRV'}
    assert numbers == {'1', '2'} and not any(' PTR ' in line for line in world.records(output)), output
    path = there.zone('example.org', output)
    for kind in ('nsd', 'bind'):
        expect(there, there.serve(kind, [('example.org', path)]), EXPECTED)
