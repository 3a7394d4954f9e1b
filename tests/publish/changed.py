"""A zone that changes: what is there is compared, nsupdate brings what is missing into a real BIND, and then nothing is."""
import json
import loaded
import world

OLD = '''
_client._smtp.mail.example.org. 600 IN SRV 1 1 0 mail.example.org.
mail.example.org. 600 IN A 192.0.2.10
mail.example.org. 600 IN A 192.0.2.99
mail.example.org. 600 IN PTR _vouch._smtp.other.example.
_client._smtp.www.example.org. 600 IN SRV 1 1 0 WWW.example.org.
_client._smtp.ftp.example.org. 600 IN SRV 1 1 0 ftp.example.org.
_client._smtp.ftp.example.org. 600 IN SRV 1 2 0 ftp.example.org.
many.example.org. 600 IN CNAME ns.example.org.
cloud.example.org. 600 IN CNAME ns.example.org.
'''
# The address that nobody described still passes: that is said, and nothing takes it away.
EXPECTED = loaded.EXPECTED + (('192.0.2.99', 'mail.example.org', 'pass match'),)


def told(output):
    """What must be said of the old zone."""
    warnings = world.remarks(output, 'warning')
    assert any('192.0.2.99' in text for text in warnings), output
    assert any('cloud.example.org: is an alias' in text for text in warnings), output
    assert any('other.example' in text for text in world.remarks(output, 'note')), output


def test_master_file(there):
    """Only what is missing is printed; what must go stands in comments."""
    path = there.zone('example.org', OLD)
    output = there.publish('--zone', path, '-', text=loaded.DESCRIPTION)
    told(output)
    lines = world.records(output)
    assert '_client._smtp.mail.example.org. 600 IN SRV 1 2 0 mail.example.org.' in lines, output
    assert not any(line.startswith(('mail.example.org. 600 IN A ', '_client._smtp.www', '_client._smtp.ftp'))
                   for line in lines), output
    deletes = [line.split(' ; ')[0] for line in output.splitlines() if line.startswith('; delete: ')]
    assert deletes == ['; delete: _client._smtp.mail.example.org. IN SRV 1 1 0 mail.example.org.',
                       '; delete: many.example.org. IN CNAME ns.example.org.',
                       '; delete: _client._smtp.ftp.example.org. IN SRV 1 2 0 ftp.example.org.'], deletes
    kept = [line for line in OLD.splitlines() if not any(
        line.split()[0:1] == delete.split()[2:3] and line.split()[3:] == delete.split()[4:] for delete in deletes)]
    path = there.zone('example.org', '\n'.join(kept) + '\n' + output)
    loaded.expect(there, there.serve('nsd', [('example.org', path)]), EXPECTED)
    assert '; nothing is missing' in there.publish('--zone', path, '-', text=loaded.DESCRIPTION)


def update(there, compared):
    """Publishes into a real BIND with what nsupdate reads."""
    resolver = there.serve('bind', [('example.org', there.zone('example.org', OLD if compared else ''.join(
        line for line in OLD.splitlines(True) if 'CNAME' not in line)))])
    compare = ['--resolver', resolver] if compared else []
    script = there.publish('--form', 'nsupdate', '--server', resolver, *compare, '-', text=loaded.DESCRIPTION)
    there.command('nsupdate', '-t', '20', text=script)
    loaded.expect(there, resolver, EXPECTED)
    output = there.publish('--form', 'nsupdate', '--resolver', resolver, '-', text=loaded.DESCRIPTION)
    assert '; nothing is missing' in output and 'update' not in output, output


def test_nsupdate(there):
    update(there, True)


def test_nsupdate_blind(there):
    """What was not looked at is replaced where a second record would make a sender fail."""
    update(there, False)


def test_other_servers(there):
    """What is published is seen at every server."""
    path = there.zone('example.org', there.publish('-', text=loaded.DESCRIPTION))
    for kind in ('nsd', 'knot', 'pdns'):
        resolver = there.serve(kind, [('example.org', path)])
        output = there.publish('--form', 'json', '--resolver', resolver, '-', text=loaded.DESCRIPTION)
        found = json.loads(output)
        assert found['compared'] and not found['delete'] and all(record['there'] for record in found['records']), output


def test_trouble(there):
    """Trouble of the DNS is said, and is no absence and no presence: all is printed, for nsupdate in safety."""
    path = there.zone('example.org', OLD + ';! fault _client._smtp.many SRV servfail\n')
    for form in ('master', 'nsupdate'):
        whole = there.publish('--form', form, '-', text=loaded.DESCRIPTION)
        output = there.publish('--form', form, '--zone', path, '-', text=loaded.DESCRIPTION)
        assert any('could not be seen (_client._smtp.many.example.org SRV: failed)' in text
                   for text in world.remarks(output, 'warning')), output
        assert world.records(output) == world.records(whole), output


def test_silence(there):
    """A resolver that does not answer is trouble."""
    address = there.network.address(9)
    output = there.publish('--resolver', address, '--domain', 'example.org', '--never', 'www')
    assert any('could not be seen' in text for text in world.remarks(output, 'warning')), output
    assert world.records(output) == ['_client._smtp.www.example.org. 3600 IN SRV 1 1 0 www.example.org.'], output


def test_wildcard(there):
    """A wildcard no longer answers for a name that gets a CSA record: what it gave a sender is printed, others are told."""
    path = there.zone('example.org', '*.example.org. 600 IN A 192.0.2.10\nftp.example.org. 600 IN A 192.0.2.20\n'
                      '*.example.org. 600 IN SRV 0 0 443 www.example.org.\n')
    arguments = ('--zone', path, '--domain', 'example.org', '--send', 'mail=192.0.2.10', '--never', 'www', '--never', 'ftp')
    output = there.publish(*arguments)
    assert 'mail.example.org. 3600 IN A 192.0.2.10' in world.records(output), output
    assert [text.split(':')[0] for text in world.remarks(output, 'note')] == ['mail.example.org'], output
    assert [text.split(':')[0] for text in world.remarks(output, 'warning')] == ['www.example.org'], output
    assert '; delete: ' not in output, output
    resolver = there.serve('bind', [('example.org', there.write('both.zone', there.read('example.org.zone') + output))])
    loaded.expect(there, resolver, [('192.0.2.10', 'mail.example.org', 'pass match'),
                                    ('192.0.2.10', 'www.example.org', 'fail prohibited')])


def test_order(there):
    """Who disowns names is told to do it last, unless all who send below have their records already."""
    arguments = ('--domain', 'example.org', '--send', 'mail=192.0.2.10', '--complete', '--disown')
    mail = '_client._smtp.mail.example.org. 600 IN SRV 1 2 0 mail.example.org.\nmail.example.org. 600 IN A 192.0.2.10\n'
    explicit = '_client._smtp.example.org. 600 IN SRV 1 1 1 example.org.\n'
    for published, expected in ((None, 1), ('', 1), (mail, 0), (explicit, 0), (mail + explicit, 0)):
        compare = [] if published is None else ['--zone', there.zone('example.org', published)]
        notes = world.remarks(there.publish(*compare, *arguments), 'note')
        assert len([text for text in notes if 'SRV record of example.org last' in text]) == expected, (published, notes)
