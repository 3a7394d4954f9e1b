"""Descriptions that are watched: what is published otherwise than they say, told when it appears and when it is gone."""
import json
import os

from watching import HEAD, MAIL, Server, refused

DESCRIPTION = '''domain = "example.org"
complete = yes
host "mail" { addresses = {"192.0.2.10"} }
never = {"www"}
disown = {"@"}
'''
WWW = '_client._smtp.www SRV 1 1 0 www\n'
EXPLICIT = '_client._smtp SRV 1 1 1 @\n'
PUBLISHED = MAIL + WWW + EXPLICIT
SECOND = 'host "second" { addresses = {"192.0.2.20"} }\n'
CSA = '_client._smtp.'
HOST, DOMAIN = 'mail.example.org', 'example.org'


def described(world, *options, status=None, text=None, **more):
    """["change rule name", ...] of a run that compares the description, after looking at its exit status."""
    if text:
        world.write('domain.conf', text)
    more.setdefault('names', ['--description', world.path('domain.conf')])
    done = world.run('--json', *options, **more)
    assert status is None or done.returncode == status, (done.returncode, done.stdout, done.stderr)
    rows = json.loads(done.stdout)
    assert all(row['subject'] == 'description ' + world.path('domain.conf') for row in rows), rows
    return ['%s %s' % (row['change'], '%s %s' % (row['rule'], row['name']) if 'rule' in row else row['runs']) for row in rows]


def settled(world, text=DESCRIPTION, zone=PUBLISHED):
    """The zone says what the description does, and a run knows it."""
    world.zone(zone)
    assert described(world, text=text, status=0) == []


def test_published_as_described(world):
    settled(world)
    assert described(world, status=0) == []
    world.zone('')
    assert described(world, status=1) == ['new record-missing ' + name for name in (
        CSA + HOST, HOST, CSA + 'www.example.org', CSA + DOMAIN)]
    assert described(world, status=0) == []
    world.zone(PUBLISHED)
    assert described(world, status=0) == ['gone record-missing ' + name for name in (
        CSA + HOST, HOST, CSA + 'www.example.org', CSA + DOMAIN)]


def test_what_differs(world):
    settled(world)
    for zone, expected in [
            (MAIL + EXPLICIT, ['record-missing ' + CSA + 'www.example.org']),
            (PUBLISHED.replace('1 2 0', '1 1 0'), ['record-differs ' + CSA + HOST]),
            (PUBLISHED.replace('192.0.2.10', '198.51.100.99'), ['record-differs ' + HOST]),
            (PUBLISHED.replace('0 mail', '0 mail.stranger.example.'), ['record-differs ' + CSA + HOST]),
            (PUBLISHED + CSA + 'mail SRV 1 3 0 mail\n', ['record-extra ' + CSA + HOST]),
            (PUBLISHED + 'mail A 192.0.2.11\n', ['address-extra ' + HOST]),
            (PUBLISHED + 'mail AAAA 2001:db8::1\n', ['address-extra ' + HOST]),
            (PUBLISHED + 'mail PTR _vouch._smtp.accred.example.\n', ['pointer-extra ' + HOST]),
            (PUBLISHED + 'mail PTR elsewhere.example.\n', []),
            (PUBLISHED.replace('1 1 1 @', '1 1 0 @'), ['record-differs ' + CSA + DOMAIN]),
            (PUBLISHED.replace('mail A 192.0.2.10', 'mail CNAME other\nother A 192.0.2.10'),
             ['record-extra ' + HOST, 'record-missing ' + HOST]),
            (MAIL + EXPLICIT + CSA + 'www CNAME other\n',
             ['record-extra ' + CSA + 'www.example.org', 'record-missing ' + CSA + 'www.example.org'])]:
        world.zone(zone)
        status = 0 if not expected or expected[0].startswith('pointer') else 1
        assert described(world, status=status) == ['new ' + words for words in expected], zone
        assert described(world, status=0) == []
        world.zone(PUBLISHED)
        assert described(world, status=0) == ['gone ' + words for words in expected], zone


def test_pointers(world):
    pointer = 'mail PTR _vouch._smtp.accred.example.\n'
    settled(world, DESCRIPTION + 'accreditors = {"accred.example"}\n', PUBLISHED + pointer)
    world.zone(PUBLISHED)
    assert described(world, status=1) == ['new pointer-missing ' + HOST]


def test_an_answer_without_explicit_that_was_asked(world):
    settled(world)
    world.zone(PUBLISHED + '@ MX 10 mx\nmx A 192.0.2.3\n')
    assert described(world, status=1) == ['new record-differs ' + CSA + DOMAIN, 'new explicit-withheld ' + DOMAIN]
    done = world.run(*world.mailing(), state=False, names=['--description', world.path('domain.conf')])
    assert b'mx.example.org is a mail exchanger' in done.stdout, done
    assert 'mx.example.org is a mail exchanger' in world.mail()[1].get_content()
    world.zone(PUBLISHED)
    assert described(world, status=0) == ['gone record-differs ' + CSA + DOMAIN, 'gone explicit-withheld ' + DOMAIN]


def test_explicit_of_an_incomplete_description(world):
    settled(world, zone=PUBLISHED)
    assert described(world, text=DESCRIPTION.replace('complete = yes', ''), status=1) == [
        'new explicit-withheld ' + DOMAIN, 'new publish-warning ' + DOMAIN]
    done = world.run(state=False, names=['--description', world.path('domain.conf')])
    assert b'complete = yes' in done.stdout and b'disowns all names below it' in done.stdout, done
    assert described(world, text=DESCRIPTION, status=0) == ['gone explicit-withheld ' + DOMAIN,
                                                             'gone publish-warning ' + DOMAIN]


def test_description_grows(world):
    settled(world)
    assert described(world, text=DESCRIPTION + SECOND, status=1) == [
        'new record-missing %ssecond.example.org' % CSA, 'new record-missing second.example.org']
    world.zone(PUBLISHED + CSA + 'second SRV 1 2 0 second\n')
    assert described(world, status=0) == ['gone record-missing %ssecond.example.org' % CSA]
    assert described(world, text=DESCRIPTION, status=0) == ['gone record-missing second.example.org']


def test_in_words(world):
    settled(world)
    world.zone(PUBLISHED.replace('192.0.2.10', '198.51.100.99'))
    done = world.run(*world.mailing('--webhook', world.hook()), names=['--description', world.path('domain.conf')])
    subject = 'description ' + world.path('domain.conf')
    assert done.stdout.decode() == subject + ''': new error record-differs: mail.example.org (CSA 5)
    Another record is published than the description asks for.
    seen:    A 198.51.100.99
    seen:    no A 192.0.2.10
    publish: ; delete: mail.example.org. IN A 198.51.100.99
    publish: mail.example.org. 3600 IN A 192.0.2.10
    Delete it, or name it in the description.
''', done
    message = world.mail()[1]
    assert message['Subject'] == 'vouchsafe watch: 1 new: ' + subject and message.get_content() == done.stdout.decode(), message
    row, = json.loads(world.sink.seen[0][2])['changes']
    assert (row['rule'], row['evidence'], row['clause']) == ('record-differs', ['A 198.51.100.99', 'no A 192.0.2.10'], 'CSA 5')


def test_trouble_is_never_missing(world):
    settled(world, DESCRIPTION + SECOND, PUBLISHED + CSA + 'second SRV 1 2 0 second\nsecond A 192.0.2.20\n')
    for fault, zone in [('mail A servfail', WWW + EXPLICIT), (CSA + 'mail SRV timeout', WWW + EXPLICIT),
                        (CSA + 'mail * refused', WWW + EXPLICIT), ('mail * bogus', MAIL + WWW), ('mail NS servfail', WWW),
                        ('@ MX servfail', MAIL + WWW), ('@ TXT timeout', MAIL), (CSA.strip('.') + ' * truncated', MAIL + WWW)]:
        world.zone(zone + CSA + 'second SRV 1 2 0 second\nsecond A 192.0.2.20\n;! fault %s\n' % fault)
        hidden = [change for change in described(world) if 'second' not in change and 'www' not in change]
        assert hidden == [], (fault, hidden)
        world.zone(PUBLISHED + CSA + 'second SRV 1 2 0 second\nsecond A 192.0.2.20\n')
        described(world)


def test_trouble_of_one_hides_no_other(world):
    settled(world, DESCRIPTION + SECOND, PUBLISHED + CSA + 'second SRV 1 2 0 second\nsecond A 192.0.2.20\n')
    world.zone(PUBLISHED + ';! fault mail * servfail\n')
    assert described(world, status=1) == ['new record-missing %ssecond.example.org' % CSA, 'new record-missing second.example.org']
    world.zone(PUBLISHED.replace('192.0.2.10', '192.0.2.11') + ';! fault second * servfail\n;! fault _client._smtp.second * servfail\n')
    assert described(world, status=1) == ['new record-differs ' + HOST]
    world.zone(PUBLISHED + ';! fault second * servfail\n;! fault _client._smtp.second * servfail\n')
    assert described(world, status=0) == ['gone record-differs ' + HOST]
    world.zone(PUBLISHED)
    assert described(world, status=0) == []
    world.zone(PUBLISHED.replace(EXPLICIT, '').replace('192.0.2.10', '192.0.2.12') + ';! fault @ MX servfail\n')
    assert described(world, status=1) == ['new record-differs ' + HOST]
    world.zone(PUBLISHED.replace(EXPLICIT, ''))
    assert described(world, status=1) == ['new record-missing ' + CSA + DOMAIN, 'gone record-differs ' + HOST]


def test_trouble_that_lasts(world):
    settled(world)
    world.zone(EXPLICIT + ';! fault mail * servfail\n;! fault _client._smtp.mail * servfail\n;! fault www * servfail\n' +
               ';! fault _client._smtp.www * servfail\n;! fault _client._smtp * servfail\n;! fault @ * servfail\n')
    assert [described(world, '--patience', '1') for _ in range(3)] == [[], ['trouble 2'], []]
    world.zone(PUBLISHED)
    assert described(world, '--patience', '1', status=0) == ['trouble-over 3']


def test_record_that_nobody_can_read(world):
    settled(world)
    world.zone(PUBLISHED.replace('SRV 1 2 0 mail', 'TYPE33 \\# 4 00010002'))
    done = world.run('--patience', '0', names=['--description', world.path('domain.conf')])
    assert done.returncode == 1 and b'could not be seen (%smail.example.org SRV' % CSA.encode() in done.stdout, done
    world.zone(PUBLISHED)
    assert described(world, status=0) == ['trouble-over 1']


def test_no_zone_file_of_the_domain(world):
    settled(world)
    assert described(world, '--patience', '0', text=DESCRIPTION.replace('example.org', 'example.net')) == ['trouble 1']
    assert b'no zone file holds example.net' in world.run(
        '--patience', '0', state=False, names=['--description', world.path('domain.conf')]).stdout


def test_hosts_that_no_zone_file_holds(world):
    settled(world, DESCRIPTION + 'host "mx.other.example." { addresses = {"192.0.2.77"} }\n')


def test_aliases_to_names_that_no_zone_file_holds(world):
    alias = 'www CNAME cdn.other.example.\n'
    settled(world, DESCRIPTION, PUBLISHED + alias)
    world.zone(MAIL.replace('mail A 192.0.2.10', 'mail CNAME cdn.other.example.') + alias)
    assert described(world, status=1) == [
        'new record-extra ' + HOST, 'new record-missing ' + HOST, 'new record-missing %swww.example.org' % CSA,
        'new record-missing ' + CSA + DOMAIN]


def test_host_below_a_dname(world):
    settled(world)
    world.zone(PUBLISHED.replace('mail A 192.0.2.10', 'mail A 192.0.2.11') + 'sub DNAME other\n')
    more = DESCRIPTION + 'host "mail.sub" { addresses = {"192.0.2.30"} }\n'
    assert described(world, text=more, status=1) == [
        'new record-differs ' + HOST, 'new record-differs ' + CSA + DOMAIN, 'new explicit-withheld ' + DOMAIN,
        'new publish-warning mail.sub.example.org']


def test_zone_of_its_own(world):
    cut = 'sub NS ns.sub\nns.sub A 192.0.2.54\n'
    settled(world, 'domain = "example.org"\nhost "mail.sub" { addresses = {"192.0.2.30"} }\n', cut)
    world.write('sub', HEAD.replace('example.org', 'sub.example.org'))
    assert described(world, '--zone', world.path('sub'), status=1) == [
        'new record-missing %smail.sub.example.org' % CSA, 'new record-missing mail.sub.example.org']
    done = world.run('--zone', world.path('sub'), state=False, names=['--description', world.path('domain.conf')])
    assert b'another zone' in done.stdout, done


def test_description_that_breaks(world):
    path = world.path('domain.conf')
    settled(world)
    world.zone(MAIL + EXPLICIT)
    assert described(world, status=1) == ['new record-missing %swww.example.org' % CSA]
    world.write('domain.conf', DESCRIPTION + 'never = [\n')
    world.zone(MAIL)
    first = world.run(*world.mailing('--patience', '0'), names=['--description', path])
    refused(first, '%s:6: ' % path)
    assert first.stdout.count(b': new error description-unreadable: ') == 1 and b'domain.conf:6: ' in first.stdout, first
    assert 'domain.conf:6: ' in world.mail()[1].get_content()
    for _ in range(2):
        again = world.run(*world.mailing('--patience', '0'), names=['--description', path])
        refused(again, '%s:6: ' % path)
        assert again.stdout == b'' and world.mail() is None, again
    assert described(world, status=2, text=DESCRIPTION + '\nnever = [\n') == ['changed description-unreadable ' + path]
    os.unlink(path)
    assert described(world, status=2) == ['changed description-unreadable ' + path]
    # what was known stays, and so does what happened meanwhile
    assert described(world, status=1, text=DESCRIPTION) == ['new record-missing ' + CSA + DOMAIN, 'gone description-unreadable ' + path]


def test_description_is_mended_during_trouble(world):
    path = world.path('domain.conf')
    settled(world)
    assert described(world, status=2, text='x') == ['new description-unreadable ' + path]
    world.zone(PUBLISHED + ';! fault mail * servfail\n')
    assert described(world, text=DESCRIPTION, status=0) == ['gone description-unreadable ' + path]
    assert described(world, status=2, text='x') == ['new description-unreadable ' + path]


def test_descriptions_that_publish_refuses(world):
    for text, words in [('', 'domain'), ('domain = "example.org"\nhoster = "nobody"\n', 'nobody'),
                        ('domain = "co.uk"\ncomplete = yes\ndisown = {"@"}\n', 'public suffix'),
                        (DESCRIPTION + 'disown = {"other.example."}\n', ''), ('\0\33[2J' + DESCRIPTION, '')]:
        world.write('domain.conf', text)
        done = world.run(state=False, names=['--description', world.path('domain.conf')])
        refused(done, '%s:' % world.path('domain.conf'), words)
        assert b'description-unreadable' in done.stdout and b'\33' not in done.stdout + done.stderr, done
    refused(world.run(state=False, names=['--description', world.folder]), world.folder)


def test_hostile_records(world):
    settled(world)
    world.zone(WWW + EXPLICIT + CSA + 'mail SRV 1 2 0 a\\010\\027[2J\\200Bcc:.evil.example.\n'
               'mail CNAME b\\010.\\010Bcc:x.example.\n')
    done = world.run(*world.mailing('--webhook', world.hook()), names=['--description', world.path('domain.conf')])
    assert done.returncode == 1 and b'evil.example' in done.stdout, done
    assert all(octet == 10 or 32 <= octet < 127 for octet in done.stdout), done
    message = world.mail()[1]
    assert message['Bcc'] is None and not any(line.startswith(('Bcc', '.')) for line in message.get_content().splitlines())
    assert any('evil.example' in text for row in json.loads(world.sink.seen[0][2])['changes'] for text in row['evidence'])


def test_standard_input_is_no_zone(world):
    world.write('domain.conf', DESCRIPTION)
    refused(world.run('--zone', '-', zone=False, names=['--description', world.path('domain.conf')]), '--zone -')


def test_first_run_may_be_quiet(world):
    world.zone(MAIL)
    assert described(world, '--quiet', text=DESCRIPTION, status=0) == []
    assert described(world, status=0) == []
    world.zone(MAIL + WWW)
    assert described(world, status=0) == ['gone record-missing %swww.example.org' % CSA]


def test_list_of_descriptions(world):
    world.zone(MAIL + EXPLICIT)
    world.write('domain.conf', DESCRIPTION)
    world.write('list', 'mail.example.org\ndescription \t%s  # what publish takes\n' % world.path('domain.conf'))
    done = world.run('--json', '--list', world.path('list'), names=['--description', world.path('domain.conf')])
    rows = [row for row in json.loads(done.stdout) if row['subject'].startswith('description ')]
    assert [row['rule'] for row in rows] == ['record-missing'], done
    subjects = json.loads(world.read('state.json'))['subjects']
    assert list(subjects) == ['mail.example.org', 'description ' + world.path('domain.conf')], subjects
    world.write('list', 'description %s\n' % world.path('domain.conf'))
    assert described(world, '--list', world.path('list'), status=0, names=[]) == []
    for line in ('description a b', 'description a\33b'):
        world.write('list', 'mail.example.org\n%s\n' % line)
        refused(world.run('--list', world.path('list'), names=[]), '%s:2: ' % world.path('list'))
    refused(world.run('--description', '-', names=[]), 'standard input')


def test_described_by_a_real_server(world):
    server = Server(world)

    def look(status, text=None, *options):
        return described(world, '--resolver', server.address, '--trust-anchor', 'none', *options, status=status, text=text, zone=False)

    def publish(zone):
        server.process.stop()
        server.zone(zone)
        server.start()

    try:
        publish(PUBLISHED)
        assert look(0, DESCRIPTION) == []
        both = world.run('--resolver', server.address, '--trust-anchor', 'none', '--description', world.path('domain.conf'),
                         zone=False)  # a resolver for lint, and one for the description
        assert json.loads(world.read('state.json'))['subjects'].keys() == {HOST, 'description ' + world.path('domain.conf')}, both
        publish(MAIL + EXPLICIT)
        assert look(1) == ['new record-missing %swww.example.org' % CSA]
        publish(PUBLISHED.replace('192.0.2.10', '198.51.100.99'))
        assert look(1) == ['new record-differs ' + HOST, 'gone record-missing %swww.example.org' % CSA]
        publish(PUBLISHED)
        assert look(1, DESCRIPTION + SECOND) == ['new record-missing %ssecond.example.org' % CSA,
                                                 'new record-missing second.example.org', 'gone record-differs ' + HOST]
        server.process.stop()
        assert look(1, None, '--patience', '0') == ['trouble 1']
        assert look(2, 'domain = \n') == ['new description-unreadable ' + world.path('domain.conf')]
        server.start()
        assert look(0, DESCRIPTION) == [
            'gone description-unreadable ' + world.path('domain.conf'), 'gone record-missing %ssecond.example.org' % CSA,
            'gone record-missing second.example.org', 'trouble-over 1']
    finally:
        server.process.stop()
