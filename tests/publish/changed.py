"""A zone that changes: what is there is compared, nsupdate brings what is missing into a real BIND, and then nothing is."""
import json
import re

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
    waiting = [line for line in script.splitlines() if line.startswith('; # update add ')]
    assert [line.split()[4] for line in waiting] == ['_client._smtp.example.org.', '_client._smtp.c.example.org.'], script
    loaded.expect(there, resolver, [case for case in EXPECTED if case[1].removesuffix('example.org') not in ('', 'c.') and
                                    'explicit' not in case[2]])
    script = there.publish('--form', 'nsupdate', '--server', resolver, '--resolver', resolver, '-', text=loaded.DESCRIPTION)
    assert not any(line.startswith('; #') for line in script.splitlines()) and script.count('\nsend\n') == 2, script
    there.command('nsupdate', '-t', '20', text=script)
    loaded.expect(there, resolver, EXPECTED)
    output = there.publish('--form', 'nsupdate', '--resolver', resolver, '-', text=loaded.DESCRIPTION)
    assert '; nothing is missing' in output and 'update' not in output, output


def test_nsupdate(there):
    update(there, True)


def test_nsupdate_blind(there):
    """What was not looked at is replaced where a second record would make a sender fail."""
    update(there, False)


def test_nsupdate_blind_alias(there):
    """An alias at the name of a CSA record goes unseen; that of a host stays, and nothing of the host is entered, aloud."""
    old = ALIASES + 'web.example.org. 600 IN CNAME ns.example.org.\nmany.example.org. 600 IN CNAME ns.example.org.\n'
    resolver = there.serve('bind', [('example.org', there.zone('example.org', old))])
    arguments = ('--form', 'nsupdate', '--server', resolver, '--domain', 'example.org', '--send', 'mail=192.0.2.1',
                 '--send', 'many=192.0.2.2', '--never', 'web', '--never', 'www', '--send', 'last=192.0.2.3')
    script = there.publish(*arguments)
    for block in script.split('\nsend\n'):
        hosts = [line.split()[2] for line in block.splitlines() if line.startswith('prereq nxrrset ')]
        assert not hosts or {line.split()[2].removeprefix('_client._smtp.') for line in block.splitlines()
                             if line.startswith('update ')} == set(hosts), block
    said = there.command('sh', '-c', 'nsupdate -t 20; test $? -eq 2', text=script)
    assert said.split() == ['update', 'failed:', 'YXRRSET'], said
    expected = [('192.0.2.1', 'mail.example.org', 'pass match'), ('192.0.2.3', 'last.example.org', 'pass match'),
                ('192.0.2.1', 'web.example.org', 'fail prohibited'), ('192.0.2.1', 'www.example.org', 'fail prohibited'),
                ('192.0.2.2', 'many.example.org', 'none no-record')]
    loaded.expect(there, resolver, expected)
    assert 'address    192.0.2.53' in there.command('sh', '-c', 'dig +short @127.0.0.1 -p ${0#*@} many.example.org web.example.org | '
                                                    'sed -n "s/^[0-9]/address    &/p"', resolver)
    there.command('nsupdate', '-t', '20', text=there.publish('--resolver', resolver, *arguments))
    loaded.expect(there, resolver, expected[:-1] + [('192.0.2.2', 'many.example.org', 'pass match')])


ALIASES = '''
_client._smtp.mail.example.org. 600 IN CNAME _client._smtp.m2.example.org.
_client._smtp.m2.example.org. 600 IN SRV 1 4 0 m2.example.org.
_client._smtp.www.example.org. 600 IN CNAME _client._smtp.nobody.example.org.
'''


def test_alias(there):
    """An alias at the name of a CSA record goes, one that leads nowhere, too; where it leads nothing is touched."""
    arguments = ('--form', 'nsupdate', '--domain', 'example.org', '--send', 'mail=192.0.2.1', '--never', 'www')
    path = there.zone('example.org', ALIASES)
    output = there.publish('--zone', path, *arguments[2:])
    assert [line.split(' ; ')[0] for line in output.splitlines() if line.startswith('; delete: ')] == [
        '; delete: _client._smtp.mail.example.org. IN CNAME _client._smtp.m2.example.org.',
        '; delete: _client._smtp.www.example.org. IN CNAME _client._smtp.nobody.example.org.'], output
    resolver = there.serve('bind', [('example.org', path)])
    script = there.publish('--server', resolver, '--resolver', resolver, *arguments)
    assert [line for line in script.splitlines() if line.startswith('update delete ')] == [
        'update delete _client._smtp.mail.example.org. CNAME _client._smtp.m2.example.org.',
        'update delete _client._smtp.www.example.org. CNAME _client._smtp.nobody.example.org.'], script
    there.command('nsupdate', '-t', '20', text=script)
    loaded.expect(there, resolver, [('192.0.2.1', 'mail.example.org', 'pass match'),
                                    ('192.0.2.1', 'www.example.org', 'fail prohibited')])
    output = there.publish('--resolver', resolver, *arguments)
    assert '; nothing is missing' in output and 'update' not in output, output


def test_other_zone(there):
    """A zone file that does not hold the domain is no comparison."""
    arguments = ('--domain', 'example.org', '--send', 'mail=192.0.2.1')
    path = there.zone('example.net', '')
    found = json.loads(there.publish('--form', 'json', '--zone', path, *arguments))
    assert not found['compared'] and found['records'][0]['there'] is None, found
    assert [remark['text'].split(':')[0] for remark in found['remarks'] if remark['severity'] == 'warning'] == [
        'no --zone holds example.org'], found
    found = json.loads(there.publish('--form', 'json', '--zone', path, '--zone', there.zone('org', ''), *arguments))
    assert found['compared'], found


def test_json_ttl(there):
    """What is there is shown with the TTL that it has."""
    path = there.zone('example.org', OLD)
    found = json.loads(there.publish('--form', 'json', '--zone', path, '--domain', 'example.org', '--never', 'www',
                                     '--never', 'new'))
    assert [(record['ttl'], record['there']) for record in found['records']] == [(600, True), (3600, False)], found


def test_other_servers(there):
    """What is published is seen at every server."""
    path = there.zone('example.org', there.publish('-', text=loaded.DESCRIPTION))
    for kind in ('nsd', 'knot', 'pdns'):
        resolver = there.serve(kind, [('example.org', path)])
        output = there.publish('--form', 'json', '--resolver', resolver, '-', text=loaded.DESCRIPTION)
        found = json.loads(output)
        assert found['compared'] and not found['delete'] and all(record['there'] for record in found['records']), output


def test_trouble(there):
    """Trouble of the DNS is said, and is no absence and no presence: all is printed but Explicit, for nsupdate in safety."""
    path = there.zone('example.org', OLD + ';! fault _client._smtp.many SRV servfail\n')
    for form in ('master', 'nsupdate'):
        whole = there.publish('--form', form, '-', text=loaded.DESCRIPTION)
        output = there.publish('--form', form, '--zone', path, '-', text=loaded.DESCRIPTION)
        assert any('could not be seen (_client._smtp.many.example.org SRV: failed)' in text
                   for text in world.remarks(output, 'warning')), output
        assert [line for line in world.records(whole) if not is_of_explicit(line)] == world.records(output), output
        left_out = [text.split()[4] for text in world.remarks(output, 'warning') if 'is left out' in text]
        assert left_out == ['example.org,', 'c.example.org,'], output


def is_of_explicit(line):
    """A line about the records with Explicit of loaded.DESCRIPTION."""
    return re.search(r'(^|update (delete|add) )_client\._smtp\.(c\.)?example\.org\. ', line) is not None


def test_trouble_and_explicit(there):
    """A mail exchanger withholds Explicit; trouble with another name does not bring it back."""
    zone = '@ 600 IN MX 20 mx2\nmx2 600 IN A 192.0.2.22\n'
    arguments = ('--domain', 'example.org', '--send', 'mail=192.0.2.10', '--complete', '--disown')
    for fault in ('', ';! fault mail AAAA timeout\n', ';! fault @ MX servfail\n', ';! fault @ TXT timeout\n'):
        for form in ('master', 'nsupdate', 'json', 'fields'):
            output = there.publish('--form', form, '--zone', there.zone('example.org', zone + fault), *arguments)
            assert 'mail.example.org' in output and '1 1 1' not in output.replace('"port": 1', '1 1 1') and \
                not re.search(r'Port\s+1\b', output), output
            assert 'nothing is disowned' in output if fault == '' else 'is left out' in output, output


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
    assert [text.split(':')[0] for text in world.remarks(output, 'note') if 'wildcard' in text] == ['mail.example.org'], output
    assert [text.split(':')[0] for text in world.remarks(output, 'warning')] == ['www.example.org'], output
    assert '; delete: ' not in output, output
    resolver = there.serve('bind', [('example.org', there.write('both.zone', there.read('example.org.zone') + output))])
    loaded.expect(there, resolver, [('192.0.2.10', 'mail.example.org', 'pass match'),
                                    ('192.0.2.10', 'www.example.org', 'fail prohibited')])


def test_wildcard_explicit(there):
    """A wildcard at the domain goes on to answer for the domain's own CSA record: Explicit in it is told."""
    wildcard = '*.example.org. 600 IN SRV 1 2 5061 sip.example.org.\n'
    hosts = 'www.example.org. 600 IN A 192.0.2.80\n_client._smtp.mail.example.org. 600 IN SRV 1 2 0 mail.example.org.\n' \
        'mail.example.org. 600 IN A 192.0.2.10\n'
    path = there.zone('example.org', wildcard + hosts)
    arguments = ('--zone', path, '--domain', 'example.org', '--send', 'mail=192.0.2.10')
    judge = ('check', '--json', '--zone')
    explicit = json.loads(there.vouchsafe(*judge, path, '192.0.2.80', 'www.example.org')[1])['csa']['reason']
    assert explicit == 'explicit'
    said = world.remarks(there.publish(*arguments), 'warning')
    assert len(said) == 1 and said[0].startswith('example.org: _client._smtp.example.org. SRV 1 2 5061') and \
        'which a wildcard gives it' in said[0], said
    output = there.publish(*arguments, '--never', '@')
    assert not world.remarks(output, 'warning'), output
    both = there.write('both.zone', there.read('example.org.zone') + output)
    assert json.loads(there.vouchsafe(*judge, both, '192.0.2.80', 'www.example.org')[1])['csa']['reason'] == 'no-record'
    for below in ('*.example.org. 600 IN SRV 1 2 0 sip.example.org.\n', '*.sub.example.org. 600 IN SRV 1 2 5061 sip.example.org.\n'):
        there.zone('example.org', below + hosts)
        assert not world.remarks(there.publish(*arguments), 'warning'), below


def test_order(there):
    """Who disowns names is told to do it last, unless all who send below have their records already."""
    arguments = ('--domain', 'example.org', '--send', 'mail=192.0.2.10', '--complete', '--disown')
    mail = '_client._smtp.mail.example.org. 600 IN SRV 1 2 0 mail.example.org.\nmail.example.org. 600 IN A 192.0.2.10\n'
    explicit = '_client._smtp.example.org. 600 IN SRV 1 1 1 example.org.\n'
    for published, expected in ((None, 1), ('', 1), (mail, 0), (explicit, 0), (mail + explicit, 0)):
        compare = [] if published is None else ['--zone', there.zone('example.org', published)]
        notes = world.remarks(there.publish(*compare, *arguments), 'note')
        assert len([text for text in notes if 'SRV record of example.org last' in text]) == expected, (published, notes)


def test_wildcard_types(there):
    """Records that are no addresses, and names that only come to exist between others, are told too."""
    path = there.zone('example.org', '*.example.org. 600 IN MX 10 mx.example.net.\n*.example.org. 600 IN TXT "x"\n'
                      '*.example.org. 600 IN AAAA 2001:db8::1\n')
    output = there.publish('--zone', path, '--domain', 'example.org', '--send', 'out.eu=192.0.2.10', '--never', 'www')
    expected = ['out.eu.example.org: a wildcard gives it MX, TXT, and will not once it has a CSA record',
                'eu.example.org: a wildcard gives it AAAA, MX, TXT, and will not once a record stands below it',
                'www.example.org: a wildcard gives it AAAA, MX, TXT, and will not once it has a CSA record']
    assert [text.split(' [RFC')[0] for text in world.remarks(output, 'warning')] == expected, output
    path = there.write('next.zone', there.read('example.org.zone') + output)  # it covers them no longer
    output = there.publish('--zone', path, '--domain', 'example.org', '--send', 'out.eu=192.0.2.10', '--never', 'www')
    assert not any('wildcard' in text for text in world.remarks(output, 'warning')) and 'nothing is missing' in output, output


CUT = 'sub.example.org. 300 IN NS ns.sub.example.org.\nns.sub.example.org. 300 IN A 192.0.2.54\n'
BELOW = ('--domain', 'example.org', '--send', 'mail.sub=192.0.2.10', '--complete', '--disown')
CHILD = '_client._smtp.mail.sub.example.org. 300 IN SRV 1 2 0 mail.sub.example.org.\nmail.sub.example.org. 300 IN A 192.0.2.10\n'


def withheld(output):
    """No record below the cut, no Explicit above it, and both are said."""
    assert world.records(output) == ['_client._smtp.example.org. 3600 IN SRV 1 1 0 example.org.'], output
    assert '; _client._smtp.mail.sub.example.org. 3600 IN SRV 1 2 0 mail.sub.example.org.' in output.splitlines(), output
    said = world.remarks(output, 'warning')
    assert any('below the zone cut at sub.example.org' in text for text in said), output
    assert any('nothing is disowned below example.org: mail.sub.example.org sends' in text for text in said), output


def test_cut(there):
    """A sender below a zone cut is not refused: its record goes into the child zone, and Explicit waits for it."""
    parent = there.zone('example.org', CUT)
    withheld(there.publish('--zone', parent, *BELOW))
    withheld(there.publish('--zone', parent, '--zone', there.zone('sub.example.org', ''), *BELOW))
    published = there.zone('sub.example.org', CHILD)
    output = there.publish('--zone', parent, '--zone', published, *BELOW)
    assert world.records(output) == ['_client._smtp.example.org. 3600 IN SRV 1 1 1 example.org.'], output


def test_cut_served(there):
    """The same at a real name server that has both zones."""
    for kind, records in (('nsd', ''), ('bind', CHILD)):
        resolver = there.serve(kind, [('example.org', there.zone('example.org', CUT)),
                                      ('sub.example.org', there.zone('sub.example.org', records))])
        output = there.publish('--resolver', resolver, '--trust-anchor', 'none', *BELOW)
        if records:
            assert world.records(output) == ['_client._smtp.example.org. 3600 IN SRV 1 1 1 example.org.'], output
        else:
            withheld(output)


def test_cut_referred(there):
    """A server of the parent zone alone cannot say what is below the cut: that is trouble, and Explicit waits too."""
    resolver = there.serve('nsd', [('example.org', there.zone('example.org', CUT))])
    output = there.publish('--resolver', resolver, '--trust-anchor', 'none', *BELOW)
    assert not any(line.startswith('_client._smtp.example.org.') for line in world.records(output)), output
    said = world.remarks(output, 'warning')
    assert any('could not be seen (mail.sub.example.org NS' in text for text in said), output
    assert any('record of example.org, which disowns the names below it, is left out' in text for text in said), output


DNAME = ('--domain', 'example.org', '--send', 'mail.old=192.0.2.10', '--send', 'old=192.0.2.11', '--never', 'www.old',
         '--send', 'new=192.0.2.12', '--send', 'odd=192.0.2.13', '--accreditor', 'accred.example', '--complete', '--disown')
BELOW_DNAME = ['mail.old.example.org', 'old.example.org', 'odd.example.org', 'www.old.example.org']


def test_dname(there):
    """Records below a DNAME are no part of any answer: they are told, with the DNAME, and not printed; nor is Explicit above."""
    path = there.zone('example.org', 'old.example.org. 300 IN DNAME new.example.org.\n'
                      '_smtp.odd.example.org. 300 IN DNAME example.net.\n')
    outputs = [there.publish('--zone', path, *DNAME)]
    for kind in ('nsd', 'knot', 'bind', 'pdns'):
        resolver = there.serve(kind, [('example.org', path)])
        outputs.append(there.publish('--resolver', resolver, '--trust-anchor', 'none', *DNAME))
    assert outputs[1:] == outputs[:1] * 4, outputs
    said = world.remarks(outputs[0], 'warning')
    assert [text.split(':')[0] for text in said if 'no name server can serve' in text] == BELOW_DNAME, said
    assert 'of it: old.example.org has a DNAME' in said[0] and 'of it: _smtp.odd.example.org has a DNAME' in said[2], said
    assert [text.split(' sends')[0] for text in said if 'disowned' in text] == [
        'nothing is disowned below example.org: mail.old.example.org'], said
    expected = ['_client._smtp.new.example.org. 3600 IN SRV 1 2 0 new.example.org.', 'new.example.org. 3600 IN A 192.0.2.12',
                'new.example.org. 3600 IN PTR _vouch._smtp.accred.example.',
                '_client._smtp.example.org. 3600 IN SRV 1 1 0 example.org.']
    assert world.records(outputs[0]) == expected and '; delete: ' not in outputs[0], outputs[0]
    assert not any('IN SRV' in line and 'old' in line for line in outputs[0].splitlines()), outputs[0]
    script = there.publish('--form', 'nsupdate', '--zone', path, *DNAME)
    assert [line for line in script.splitlines() if line.startswith('update ')] == [
        'update add ' + record.replace(' IN ', ' ') for record in expected], script
    found = json.loads(there.publish('--form', 'json', '--zone', path, *DNAME))
    assert len(found['records']) == len(expected), found


def test_dname_lint(there):
    """lint tells the same names, by the file and by a server that makes the aliases, and mends nothing."""
    path = there.zone('example.org', 'old.example.org. 300 IN DNAME new.example.org.\n'
                      '_client._smtp.new.example.org. 300 IN SRV 1 1 0 new.example.org.\n')
    resolver = there.serve('bind', [('example.org', path)])
    for source in (('--zone', path), ('--resolver', resolver, '--trust-anchor', 'none')):
        for name, expected in (('x.old.example.org', True), ('old.example.org', True), ('new.example.org', False)):
            status, output, errors = there.vouchsafe('lint', '--json', *source, name)
            found = [finding for finding in json.loads(output)['findings'] if finding['rule'] == 'below-dname']
            assert bool(found) == expected and status in (0, 1, 3), (source, name, output, errors)
            assert not expected or (found[0]['evidence'], found[0]['mend']) == ('old.example.org DNAME new.example.org.', ''), found


def test_dname_elsewhere(there):
    """A DNAME elsewhere, or at the CSA record's own name, is no matter; one whose answer is trouble is."""
    path = there.zone('example.org', 'old.example.org. 300 IN DNAME new.example.org.\n'
                      '_client._smtp.new.example.org. 300 IN DNAME example.net.\n')
    arguments = ('--domain', 'example.org', '--send', 'new=192.0.2.12')
    output = there.publish('--zone', path, *arguments)
    assert not world.remarks(output, 'warning') and len(world.records(output)) == 2, output
    there.zone('example.org', ';! fault @ TYPE39 servfail\n')
    said = world.remarks(there.publish('--zone', path, *arguments), 'warning')
    assert len(said) == 1 and 'could not be seen (example.org DNAME: failed)' in said[0], said


def test_unasked(there):
    """Explicit that the description does not ask for is told at every level, and left to its owner."""
    explicit = '_client._smtp.%s. 300 IN SRV 1 %d 1 %s.\n'
    path = there.zone('example.org', ''.join(explicit % (name, weight, name) for name, weight in (
        ('example.org', 1), ('b.c.example.org', 1), ('c.example.org', 2))))
    arguments = ('--domain', 'example.org', '--send', 'a.b.c=192.0.2.10', '--send', 'mail=192.0.2.11')
    output = there.publish('--zone', path, *arguments)
    assert [text.split(':')[0] for text in world.remarks(output, 'warning')] == \
        ['b.c.example.org', 'c.example.org', 'example.org'], output
    assert '_client._smtp.c.example.org. SRV 1 2 1 c.example.org. disowns all names below it' in output, output
    assert 'update delete' not in there.publish('--form', 'nsupdate', '--zone', path, *arguments)
    above = there.zone('eu.example.org', '')
    output = there.publish('--zone', path, '--zone', above, '--domain', 'eu.example.org', '--never', 'www')
    assert [text.split(':')[0] for text in world.remarks(output, 'warning')] == ['example.org'], output
    output = there.publish('--zone', path, *arguments, '--complete', '--disown')
    assert not world.remarks(output, 'warning'), output


def test_undone(there):
    """A comparison that fails at the last host leaves nothing of the first: no deletion, no dropped pointer, no remark."""
    path = there.zone('example.org', OLD + ';! fault _client._smtp.ftp SRV servfail\n')
    whole = there.publish('-', text=loaded.DESCRIPTION)
    output = there.publish('--zone', path, '-', text=loaded.DESCRIPTION)
    assert 'could not be seen (_client._smtp.ftp.example.org SRV: failed)' in output, output
    apart = re.compile(r'could not be seen|enter the SRV record of|^; (c\.)?example\.org never sends')
    left = [[line for line in text.splitlines() if line and not apart.search(line) and not is_of_explicit(line)]
            for text in (output, whole)]
    assert left[0] == left[1], left


def test_large_update(there):
    """More than one message of 64 KiB holds: a script of several transactions, all of which a real BIND takes."""
    hosts = sum([['--never', 'host-number-%d-%s' % (number, 'x' * 40)] for number in range(250)], [])
    hosts += sum([['--send', 'm%d.%s=%s' % (number, 'y' * 60, ','.join('192.0.2.%d' % (n + 1) for n in range(64)))]
                  for number in range(40)], [])
    resolver = there.serve('bind', [('example.org', there.zone('example.org', ''))])
    script = there.publish('--form', 'nsupdate', '--server', resolver, '--domain', 'example.org', *hosts)
    assert len(script) > 200000 and script.count('\nsend\n') > 4, len(script)
    for block in script.split('\nsend\n'):  # what is deleted is added again in the same transaction
        for line in block.splitlines():
            if line.startswith('update delete '):
                assert 'update add %s ' % line.split()[2] in block, line
    there.command('nsupdate', '-t', '60', text=script)
    loaded.expect(there, resolver, [('192.0.2.64', 'm39.%s.example.org' % ('y' * 60), 'pass match'),
                                    ('192.0.2.1', 'host-number-249-%s.example.org' % ('x' * 40), 'fail prohibited')])
