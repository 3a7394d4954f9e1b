"""The command line: what it refuses, with the place and the cause; the forms; the table of hosters."""
import json
import os
import re

import loaded
import world

QUICK = ('--domain', 'example.org', '--send', 'mail=192.0.2.10,2001:db8::10', '--elsewhere', 'cloud', '--never', 'www',
         '--complete', '--disown', '--accreditor', 'accred.example')
FILE = '''domain = "example.org"
complete = yes
host "mail" { addresses = {"192.0.2.10", "2001:db8::10"} }
host "cloud" { elsewhere = yes }
never = {"www"}
disown = {"@"}
accreditors = {"accred.example"}
'''
QUICK_RECORDS = '''_client._smtp.mail.example.org. 3600 IN SRV 1 2 0 mail.example.org.
mail.example.org. 3600 IN A 192.0.2.10
mail.example.org. 3600 IN AAAA 2001:db8::10
mail.example.org. 3600 IN PTR _vouch._smtp.accred.example.
_client._smtp.cloud.example.org. 3600 IN SRV 1 3 0 cloud.example.org.
cloud.example.org. 3600 IN PTR _vouch._smtp.accred.example.
_client._smtp.www.example.org. 3600 IN SRV 1 1 0 www.example.org.
_client._smtp.example.org. 3600 IN SRV 1 1 1 example.org.'''.splitlines()
DOMAIN = ('--domain', 'example.org')

# Arguments, and what is said; all end with exit 2 and print nothing.
FAULTS = (
    ((), 'needs one description file, or --domain'),
    (('a', 'b'), 'needs one description file'),
    (('nothing.conf',), 'nothing.conf: No such file'),
    (('.',), '.: Is a directory'),
    (('--domain', 'org'), '--domain org: is no host name: it needs two labels'),
    (('--domain', 'm\u00fcller.example'), 'the name is xn--mller-kva.example.'),
    ((*DOMAIN, '--never', 'm\u00fcller'), 'the name is xn--mller-kva.example.org.'),
    ((*DOMAIN, '--never', '\u2488com'), 'holds letters beyond ASCII, which HELO names do not'),
    ((*DOMAIN, '--never', b'\xff\xfe'), 'holds letters beyond ASCII, which HELO names do not'),
    (('--send', 'mail=192.0.2.1', 'file'), '--send goes with --domain: a description file says that itself'),
    (('--ttl', '60', 'file'), '--ttl goes with --domain'),
    (('--complete', 'file'), '--complete goes with --domain'),
    (('--accreditor', 'accred.example', 'file'), '--accreditor goes with --domain'),
    (('--never', 'www'), '--never goes with --domain'),
    (('--complete', '--disown', '@', *DOMAIN), 'unexpected operand: @ (--disown takes no value; --disown-below NAME does)'),
    ((*DOMAIN, '--trust-anchor', 'none'), '--trust-anchor goes with --resolver'),
    ((*DOMAIN, '--zone', 'nothing.zone', '--trust-anchor', 'none'), '--trust-anchor goes with --resolver'),
    ((*DOMAIN, '--resolver', '127.0.0.1', '--trust-anchor', 'x' * 9999), '--trust-anchor xxx'),
    ((*DOMAIN, '--resolver', '127.0.0.1', '--trust-anchor', 'nothing.key'), 'nothing.key'),
    ((*DOMAIN, 'file'), '--domain and a description file exclude each other'),
    ((*DOMAIN, '--send', 'mail'), '--send mail: needs addresses'),
    ((*DOMAIN, '--send', 'mail=x'), '--send mail=x: must be NAME=ADDRESS'),
    ((*DOMAIN, '--send', 'mail=192.0.2.1,192.0.2.1'), 'an address stands there twice'),
    ((*DOMAIN, '--send', 'mail=192.0.2.1,'), None),
    ((*DOMAIN, '--send', 'mail=' + ','.join('10.0.0.%d' % n for n in range(65))), 'more than 64 addresses'),
    ((*DOMAIN, '--send', 'mail=192.0.2.1', '--never', 'mail'), '--never mail: is named twice'),
    ((*DOMAIN, '--never', 'mail.example.org'), 'already ends in the domain'),
    ((*DOMAIN, '--never', '_dmarc'), 'underscore'),
    ((*DOMAIN, '--never', '\x1b[2J'), '--never \\x1b[2J: is no host name'),
    ((*DOMAIN, '--ttl', '-1'), '--ttl -1: must be 0 to 604800'),
    ((*DOMAIN, '--accreditor', '_vouch._SMTP.accred.example'), 'begins with _vouch._smtp, which pointers get by themselves'),
    ((*DOMAIN, '--accreditor', 'a b'), '--accreditor a b: is no domain name'),
    ((*DOMAIN, '--disown-below', 'a..b'), '--disown-below a..b: is no host name'),
    ((*DOMAIN, '--complete', '--disown-below', 'a.b.c.d.e'), 'disown: a.b.c.d.e.example.org has more than six labels'),
    ((*DOMAIN, '--complete', '--disown-below', 'example.net.'), 'disown: example.net is not within the domain'),
    (('--domain', 'co.uk', '--complete', '--disown'), 'disown: co.uk is a public suffix'),
    ((*DOMAIN, '--never', 'www', '--hoster', 'nobody'), 'hoster nobody is not in the table'),
    ((*DOMAIN, '--form', 'xml'), '--form xml: must be master, nsupdate, json or fields'),
    ((*DOMAIN, '--form'), '--form needs a value'),
    ((*DOMAIN, '--server', '192.0.2.1'), '--server goes with --form nsupdate'),
    ((*DOMAIN, '--form', 'nsupdate', '--server', 'ns'), '--server ns: must be ADDR or ADDR@PORT'),
    ((*DOMAIN, '--form', 'nsupdate', '--server', '192.0.2.1@0'), '--server 192.0.2.1@0: the port must be 1 to 65535'),
    ((*DOMAIN, '--zone', 'nothing.zone'), 'nothing.zone: No such file'),
    ((*DOMAIN, '--zone', 'nothing.zone', '--resolver', '192.0.2.1'), '--zone and --resolver exclude each other'),
    ((*DOMAIN, '--resolver', 'ns'), 'ns'),
    ((*DOMAIN, '--colour'), 'unknown option: --colour'),
)


def test_faults(there):
    for arguments, expected in FAULTS:
        status, output, errors = there.vouchsafe('publish', *arguments)
        if expected is None:  # a last comma is no fault
            assert status == 0, (arguments, errors)
            continue
        assert status == 2 and output == '' and expected in errors, (arguments, status, output, errors)
        assert errors.startswith('vouchsafe publish: ') and errors.isascii(), errors
        assert not re.search(r'[\x00-\x09\x0b-\x1f\x7f]', errors), errors


def test_file_faults(there):
    """The file, the line, the cause; nothing is printed."""
    path = there.write('ours.conf', FILE.replace('2001:db8::10', '2001:db8::g'))
    status, output, errors = there.vouchsafe('publish', path)
    assert (status, output) == (2, ''), (status, output)
    assert errors.strip() == 'vouchsafe publish: %s:3: host "mail": 2001:db8::g is not an IP address' % path, errors
    status, output, errors = there.vouchsafe('publish', '-', text='domain = "example.org"\nnever = {"\x1b]0;x"}\n')
    assert (status, output) == (2, '') and 'standard input:2: never: "\\x1b]0;x" is no host name' in errors, errors


def test_twice(there):
    """What has one value stands once; the environment stands nowhere."""
    for line, cause in (('domain = "example.net"', 'domain stands there twice'), ('ttl = 1', None), ('ttl = 1\nttl = 2', 'ttl'),
                        ('complete = no', 'complete stands there twice'), ('hoster = "gandi"\nhoster = "ovh"', 'hoster'),
                        ('never += {"a"}\nnever += {"b"} # ${HOME}', None),
                        ('accreditors += {"${HOME}"}', '${ stands for nothing here'),
                        ('accreditors += {${HOME}}', '${ stands for nothing here')):
        text = FILE + line + '\n'
        status, _, errors = there.vouchsafe('publish', '-', text=text)
        assert status == (0 if cause is None else 2), (line, errors)
        assert cause is None or 'standard input:%d: %s' % (text.count('\n'), cause) in errors, (line, errors)


def test_byte_order_mark(there):
    assert there.publish('-', text='\ufeff' + FILE) == there.publish('-', text=FILE)


def test_quick(there):
    """Options say what a file says."""
    quick = there.publish(*QUICK)
    assert quick == there.publish('-', text=FILE) == there.publish(there.write('ours.conf', FILE))
    assert world.records(quick) == QUICK_RECORDS, quick


def test_json(there):
    found = json.loads(there.publish('--form', 'json', *QUICK))
    assert (found['domain'], found['ttl'], found['compared'], found['delete']) == ('example.org', 3600, False, []), found
    assert ['%s. %d IN %s %s' % (r['owner'], r['ttl'], r['type'], r['rdata']) for r in found['records']] == QUICK_RECORDS
    first = found['records'][0]
    assert [first[key] for key in ('host', 'priority', 'weight', 'port', 'target', 'outside', 'there')] == \
        ['mail.example.org', 1, 2, 0, 'mail.example.org', False, None], first
    assert found['remarks'] and all(r['severity'] in ('note', 'warning') and r['text'] for r in found['remarks']), found


def test_nsupdate(there):
    output = there.publish('--form', 'nsupdate', '--server', '192.0.2.53', *QUICK)
    lines = [line for line in output.splitlines() if not line.startswith(';')]
    assert lines[0] == 'server 192.0.2.53' and lines[-1] == 'send', output
    added = ['update add ' + record.replace(' IN ', ' ') for record in QUICK_RECORDS]
    assert [line for line in lines if line.startswith('update add ')] == added[:-1], output
    assert output.splitlines()[-4:] == ['; # update delete _client._smtp.example.org. CNAME',
                                        '; # update delete _client._smtp.example.org. SRV', '; # ' + added[-1], '; # send'], output


def test_fields(there):
    """Each record is a block of fields, of the values of the master file."""
    output = there.publish('--form', 'fields', *QUICK)
    blocks = [dict(re.findall(r'^  (\w+) +(\S+)', block, re.M)) for block in output.split('\nRecord ')[1:]]
    assert len(blocks) == len(QUICK_RECORDS), output
    for block, record in zip(blocks, QUICK_RECORDS):
        owner, ttl, _, kind, *rdata = record.split()
        assert (block['Type'], block['TTL']) == (kind, ttl), block
        name = '' if block['Name'] == '@' else block['Name'] + '.'
        if kind == 'SRV':
            name = '%s.%s.%s' % (block['Service'], block['Protocol'], name)
            assert [block[key] for key in ('Priority', 'Weight', 'Port')] + [block['Target'] + '.'] == rdata, block
        else:
            assert block['Target' if kind == 'PTR' else 'Address'] == rdata[0], block
        assert name + 'example.org.' == owner, block


def test_outside(there):
    """What belongs into the zone of another is told, not printed."""
    output = there.publish('--domain', 'example.org', '--send', 'out.example.net.=192.0.2.7')
    assert world.records(output) == [], output
    assert '; _client._smtp.out.example.net. 3600 IN SRV 1 2 0 out.example.net.' in output.splitlines(), output
    assert any('out.example.net is not within example.org' in text for text in world.remarks(output, 'warning')), output


def test_warnings(there):
    """Each warning stands in the output and, where that is no terminal, on standard error."""
    cases = (
        (('--send', 'mail=10.1.2.3'), 'mail.example.org: no receiver on the Internet sees 10.1.2.3'),
        (('--send', 'mail=fe80::1'), 'no receiver on the Internet sees fe80::1'),
        (('--never', 'www', '--disown'), 'nothing is disowned'),
        (('--never', 'www', '--ttl', '5'), 'TTL 5: '),
        (('--send', 'mail=' + ','.join('192.0.2.%d' % number for number in range(17))), '17 addresses share one name'),
        ((), 'the description names nobody'),
        (sum((('--accreditor', 'accred%d.example' % number) for number in range(7)), ('--send', 'mail=192.0.2.1')),
         '7 accreditation services'),
        (('--send', 'mail=192.0.2.1', '--accreditor', '.'.join(['a' * 60] * 4)), 'no pointer to aaa'),
    )
    for arguments, expected in cases:
        status, output, errors = there.vouchsafe('publish', *DOMAIN, *arguments)
        assert status == 0 and any(expected in text for text in world.remarks(output, 'warning')), (expected, output)
        assert 'vouchsafe publish: warning: ' in errors and expected in errors, errors


def test_hosters(there):
    """The table names every limit with its source; a limit that strikes is told with the nearest form, others are not."""
    table = there.publish('--hoster', 'list')
    assert table == there.publish('--hoster', 'LIST')
    rows = re.findall(r'^  (.+) \((.+): (.+)\)$', table, re.M)
    hosters = re.findall(r'^(\w+)$', table, re.M)
    assert len(rows) >= len(hosters) >= 25 and len(set(hosters)) == len(hosters), table
    for hoster in hosters:
        output = there.publish('--hoster', hoster.upper(), '--ttl', '86400', *QUICK)
        assert world.records(output), output
    cases = (
        ('joker', 'port 2 stands instead of 0', '_client._smtp.mail.example.org. 3600 IN SRV 1 2 2 mail.example.org.'),
        ('joker', 'takes no PTR', '_client._smtp.example.org. 3600 IN SRV 1 1 1 example.org.'),
        ('linode', 'as a zone (domain) of its own', QUICK_RECORDS[0]),
        ('cloudflare', 'no protocol _smtp', QUICK_RECORDS[0]),
        ('fortigate', 'takes no SRV records', QUICK_RECORDS[0]),
    )
    for hoster, expected, record in cases:
        output = there.publish('--hoster', hoster, *QUICK)
        assert any(expected in text for text in world.remarks(output, 'warning')), output
        assert record in world.records(output), output
    output = there.publish('--hoster', 'porkbun', '--ttl', '60', *QUICK)
    assert {line.split()[1] for line in world.records(output)} == {'600'}, output
    assert not world.remarks(there.publish('--hoster', 'gandi', *QUICK), 'warning')
    output = there.publish('-', text=loaded.DESCRIPTION + 'hoster = "gandi"\n')
    assert not any('gandi' in text for text in world.remarks(output, 'warning')), output


def test_hosters_forms(there):
    """The guide's table of forms is what the command prints, word for word: for the host, and for the domain itself."""
    with open(os.path.join(world.TREE, 'doc', 'publishing.md'), encoding='utf-8') as guide:
        rows = re.findall(r'^\| (\w+) \| ([A-E]) \| (.*) \|$', guide.read(), re.M)
    assert len(rows) >= 30, rows
    for hoster, letter, fields in rows:
        output = there.publish('--form', 'fields', '--hoster', hoster, '--domain', 'example.org', '--send', 'mail=192.0.2.10')
        assert '\nForm of %s: picture %s of doc/publishing.md (' % (hoster, letter) in output, output
        block = output.split('\nRecord 1: ')[1].split('\n\n')[0].splitlines()[1:]
        hint = [line for line in block if line.startswith('  (')]
        assert bool(hint) == (letter == 'E' and hoster != 'linode'), output
        expected = ['Type SRV', *(label + ' ' + value for label, value in re.findall(r'(?:^|, )([^`]+) `([^`]*)`', fields))]
        assert [' '.join(line.split()) for line in block if line not in hint] == expected, (expected, output)


def test_hosters_forms_of_the_domain(there):
    """The record of the domain itself: what stands in the field for the name."""
    for hoster, line in (('godaddy', '  Name       @'), ('ionos', '  Host name  (empty)'), ('dnsimple', '  Name       (empty)'),
                         ('ovh', '  Sub-domain _client._smtp'), ('hostgator', '  Name       _client._smtp.example.org.'),
                         ('route53', '  Record name  _client._smtp'), ('hestiacp', '  IP or Value  2 0 example.org.')):
        output = there.publish('--form', 'fields', '--hoster', hoster, '--domain', 'example.org', '--send', '@=192.0.2.10')
        assert line in output.splitlines(), (line, output)


def test_hosters_without_a_form(there):
    """What is not known is said; a master file is offered where the hoster takes one."""
    output = there.publish('--form', 'fields', '--hoster', 'gandi', '--domain', 'example.org', '--send', 'mail=192.0.2.10')
    assert '\nForm of gandi: not known, ' in output and '(one field for all three: _client._smtp.mail)' in output, output
    assert 'Or all at once' not in output, output
    output = there.publish('--form', 'fields', '--hoster', 'cloudflare', '--domain', 'example.org', '--send', 'mail=192.0.2.10')
    assert 'goes into "DNS, Records, Import and Export"' in output, output
    output = there.publish('--form', 'fields', '--domain', 'example.org', '--send', 'mail=192.0.2.10')
    assert 'Form of' not in output and 'Or all' not in output, output


def test_hosters_zones(there):
    """Where SRV records stand only at the apex, or nowhere, each host has its zone, and nobody is disowned before that."""
    arguments = ('--domain', 'example.org', '--send', 'mail=192.0.2.10', '--complete', '--disown')
    record = '_client._smtp.mail.example.org. 3600 IN SRV 1 2 0 mail.example.org.\nmail.example.org. 3600 IN A 192.0.2.10\n'
    for hoster in ('linode', 'fortigate'):
        output = there.publish('--form', 'fields', '--hoster', hoster, *arguments)
        block = output.split('\nZone mail.example.org\n')[1].split('\nZone ')[0]
        assert set(re.findall(r'^  Name +(\S+)', block, re.M)) == {'@'}, output
        assert not re.search(r'^  Port +1$', output, re.M) and 'nothing is disowned below example.org' in output, output
        assert ('\nDelegate mail.example.org\n  Type       NS\n  Name       mail ' in output) == (hoster == 'fortigate'), output
        assert ('\nZone example.org\n' in output.split('Record 2')[1]) == (hoster == 'linode'), output
        output = there.publish('--hoster', hoster, '--zone', there.zone('example.org', record), *arguments)
        assert world.records(output) == ['_client._smtp.example.org. 3600 IN SRV 1 1 1 example.org.'], output


def test_full_disk(there):
    """Output that cannot be written is no success."""
    done = there.command('sh', '-c', '"$0" publish --domain example.org --never www >/dev/full; test $? -eq 2',
                         world.VOUCHSAFE)
    assert 'standard output' in done, done
