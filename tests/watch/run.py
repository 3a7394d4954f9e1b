#!/usr/bin/python3
"""vouchsafe watch: a zone that changes between runs, and who is told. A sendmail command and a webhook of our own; nothing
leaves the machine.
"""
import fcntl
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, 'tests', name) for name in ('lib', 'servers')]
sys.path.append(os.path.join(ROOT, 'tests', 'mta'))  # behind those of the same names

import cases  # noqa: E402
import certificates  # noqa: E402
import described  # noqa: E402
import proc  # noqa: E402
from folder import Skipped  # noqa: E402
from watching import BROKEN, FAULT, HEAD, MAIL, VOUCHSAFE, Server, World, refused  # noqa: E402


def test_first_run_tells(world):
    world.zone(BROKEN)
    first = world.run()
    assert first.returncode == 1, first
    assert b'mail.example.org: new error reserved-weight: ' in first.stdout, first.stdout
    second = world.run()
    assert (second.returncode, second.stdout) == (0, b''), second


def test_quiet_start_records(world):
    world.zone(BROKEN)
    assert world.changes('--quiet', status=0) == []
    assert world.changes(status=0) == []
    world.zone(MAIL)
    assert 'gone reserved-weight' in world.changes(status=1)  # the record is another one


def test_comes_and_goes(world):
    world.changes('--quiet', status=0)
    world.zone(BROKEN)
    assert 'new reserved-weight' in world.changes(status=1)
    assert world.changes(status=0) == []
    world.zone(BROKEN.replace(' 4 ', ' 6 '))
    assert world.changes(status=1) == ['changed reserved-weight']
    world.zone(BROKEN.replace(' 4 ', ' 6 ').replace('_client', '$TTL 7200\n_client'))
    assert 'changed reserved-weight' not in world.changes()
    world.zone(MAIL)
    changes = world.changes(status=1)
    assert 'gone reserved-weight' in changes and not any(change.startswith('new') for change in changes), changes


SRV = '_client._smtp.mail.example.org'
HOST = 'mail.example.org'


def test_other_records(world):
    assert world.records(status=0) == []
    for zone, expected in [
            (MAIL.replace('192.0.2.10', '198.51.100.99'), [(HOST, 'A', ['192.0.2.10'], ['198.51.100.99'])]),
            (MAIL.replace(' 2 0 ', ' 1 0 '), [(SRV, 'SRV', ['1 2 0 mail.example.org.'], ['1 1 0 mail.example.org.'])]),
            (MAIL, [(SRV, 'SRV', ['1 1 0 mail.example.org.'], ['1 2 0 mail.example.org.'])]),
            (MAIL + 'mail PTR accred.example.\n', [(HOST, 'PTR', [], ['accred.example.'])]),
            (MAIL + 'mail AAAA 2001:db8::1\n', [(HOST, 'AAAA', [], ['2001:db8::1']), (HOST, 'PTR', ['accred.example.'], [])]),
            (MAIL.replace(' mail\n', ' mail.stranger.example.\n'),
             [(SRV, 'SRV', ['1 2 0 mail.example.org.'], ['1 2 0 mail.stranger.example.'])]),
            ('mail A 192.0.2.10\n', [(SRV, 'SRV', ['1 2 0 mail.stranger.example.'], [])])]:
        world.zone(zone)
        assert world.records(status=1) == expected, zone
        assert world.records(status=0) == []


def test_other_records_in_words(world):
    world.changes('--quiet', status=0)
    world.zone(MAIL.replace('192.0.2.10', '198.51.100.99'))
    done = world.run(*world.mailing())
    assert done.returncode == 1, done
    assert b'mail.example.org: other A records: mail.example.org\n    was:     192.0.2.10\n' \
           b'    now:     198.51.100.99\n' in done.stdout, done.stdout
    message = world.mail()[1]
    assert '1 record set(s)' in message['Subject'] and message.get_content() == done.stdout.decode(), message
    world.zone('mail A 192.0.2.10\n')
    assert b'    was:     1 2 0 mail.example.org.\n    now:     none\n' in world.run().stdout


def test_same_records(world):
    two = MAIL + 'mail A 192.0.2.11\n'
    world.zone(two)
    world.changes('--quiet', status=0)
    for zone in (MAIL.replace('mail A', 'mail A 192.0.2.11\nmail A'), '$TTL 7200\n' + two, two.replace('0 mail', '0 MAIL')):
        world.zone(zone)
        assert world.records() == [], zone


def test_trouble_is_no_other_record(world):
    world.changes('--quiet', status=0)
    other = MAIL.replace('192.0.2.10', '198.51.100.99')
    for fault in (FAULT, ';! fault mail A servfail\n', ';! fault mail A timeout\n'):
        world.zone(other + fault)
        assert world.records() == [], fault
    world.zone(other)
    assert world.records(status=1) == [(HOST, 'A', ['192.0.2.10'], ['198.51.100.99'])]


def test_records_of_a_zone_file(world):
    more = {'zone': False, 'names': [world.path('zone')]}
    world.changes('--quiet', **more)
    world.zone(MAIL.replace('192.0.2.10', '198.51.100.99'))
    assert world.records(status=1, **more) == [(HOST, 'A', ['192.0.2.10'], ['198.51.100.99'])]
    world.zone('')
    assert world.records(status=1, **more) == [(SRV, 'SRV', ['1 2 0 mail.example.org.'], None)]
    assert world.records(status=0, **more) == []


def test_records_of_exchangers(world):
    exchanger = '@ MX 10 mail\n@ MX 20 mx.elsewhere.example.\n'
    world.zone(exchanger + MAIL)
    more = {'names': ['example.org']}
    world.changes('--quiet', **more)
    world.zone(exchanger + MAIL.replace('192.0.2.10', '198.51.100.99'))
    assert world.records(status=1, **more) == [(HOST, 'A', ['192.0.2.10'], ['198.51.100.99'])]


def test_state_without_records(world):
    world.changes('--quiet', status=0)
    state = json.loads(world.read('state.json'))
    del state['subjects'][HOST]['records']
    world.write('state.json', json.dumps(state))
    assert world.records(status=0) == []
    world.zone(MAIL.replace('192.0.2.10', '198.51.100.99'))
    assert len(world.records(status=1)) == 1


def test_counts_of_the_state_have_an_end(world):
    world.zone(BROKEN)
    world.write('exit', '75')
    world.run(*world.mailing())
    good = world.read('state.json')
    for word in ('"runs": ', '"dropped": '):
        for number in (2 ** 63 - 1, -1):
            world.write('state.json', re.sub(word + r'\d+', word + str(number), good))
            refused(world.run(*world.mailing()), world.state, 'damaged')


def test_without_state_tells_all(world):
    world.zone(BROKEN)
    for _ in range(2):
        assert 'new reserved-weight' in world.changes(status=1, state=False)


def test_trouble_is_no_change(world):
    world.zone(BROKEN)
    world.changes('--quiet')
    world.zone(BROKEN + FAULT)
    for _ in range(3):
        assert world.changes(status=0) == []
    world.zone(BROKEN)
    assert world.changes(status=0) == []


def test_lasting_trouble_is_told(world):
    world.changes('--quiet')
    world.zone(MAIL + FAULT)
    assert [world.changes('--patience', '1') for _ in range(3)] == [[], ['trouble 2'], []]
    world.zone(MAIL)
    assert world.changes('--patience', '1', status=0) == ['trouble-over 3']


def test_unreadable_zone_is_trouble(world):
    zone = world.path('zone')
    world.zone(BROKEN)
    world.changes('--quiet', zone=False, names=[zone])
    world.write('zone', HEAD + 'x y z\n')
    done = world.run(zone=False, names=[zone])
    refused(done, '%s:6: ' % zone)
    assert done.stdout == b'', done.stdout
    world.zone(BROKEN)
    assert world.changes(status=0, zone=False, names=[zone]) == []
    world.zone(MAIL)
    assert 'gone reserved-weight' in world.changes(status=1, zone=False, names=[zone])


def test_mail(world):
    world.zone(BROKEN)
    done = world.run(*world.mailing('--mail', 'root', '--from', 'watch@example.org'))
    assert done.returncode == 1, done
    arguments, message = world.mail()
    assert arguments == ['-oi', '-f', 'watch@example.org', '--', 'postmaster@example.org', 'root'], arguments
    assert message['From'] == 'watch@example.org' and message['To'] == 'postmaster@example.org, root', message
    assert message['Subject'].startswith('vouchsafe watch: ') and 'mail.example.org' in message['Subject'], message
    assert message['Auto-Submitted'] == 'auto-generated' and message['Date'].datetime, message
    assert message.get_content_type() == 'text/plain' and message.get_content_charset() == 'utf-8', message
    assert message.get_content() == done.stdout.decode(), message
    assert world.run(*world.mailing()).returncode == 0
    assert world.mail() is None


def test_failed_mail_is_sent_again(world):
    world.changes('--quiet')
    world.write('exit', '75')
    world.zone(BROKEN)
    refused(world.run(*world.mailing()), 'not told', 'exit 75', status=3)
    assert world.mail() is not None
    refused(world.run(*world.mailing()), 'not told', status=3)
    world.write('exit', '0')
    world.zone(MAIL)
    world.mail()
    assert world.run(*world.mailing()).returncode == 1
    text = world.mail()[1].get_content()
    assert text.index(': new error reserved-weight') < text.index(': gone error reserved-weight'), text
    assert world.run(*world.mailing()).returncode == 0
    assert world.mail() is None


def test_sendmail_that_cannot_run(world):
    world.zone(BROKEN)
    refused(world.run('--mail', 'a@b', '--sendmail', world.path('none')), 'cannot be run', status=3)
    world.write('sendmail', '#!/bin/sh\nkill -9 $$\n')
    refused(world.run(*world.mailing()), 'signal 9', status=3)


def ignore_children():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def test_sendmail_below_a_parent_that_ignores_children(world):
    world.zone(BROKEN)
    done = world.run(*world.mailing(), preexec_fn=ignore_children)
    assert (done.returncode, done.stderr) == (1, b'') and world.mail() is not None, done
    assert world.run(*world.mailing(), preexec_fn=ignore_children).returncode == 0
    assert world.mail() is None


def test_sendmail_with_many_words(world):
    world.zone(BROKEN)
    words = ['w%d' % number for number in range(15)]
    assert world.run('--mail', 'a@b', '--sendmail', ' '.join([world.path('sendmail'), *words]) + ' ').returncode == 1
    assert world.mail()[0][:16] == [*words, '-oi']
    refused(world.run('--mail', 'a@b', '--sendmail', ' '.join([world.path('sendmail'), *words, 'w'])), '16 words')


def test_sendmail_is_no_shell_line(world):
    world.zone(BROKEN)
    done = world.run('--mail', 'a@b', '--sendmail', '%s -x $(touch%s) ;' % (world.path('sendmail'), world.path('shell')))
    assert done.returncode == 1, done
    assert world.mail()[0][:4] == ['-x', '$(touch%s)' % world.path('shell'), ';', '-oi']


def test_hostile_evidence(world):
    world.zone('mail A 192.0.2.10\n_client._smtp.mail TXT "v\\010\\010Bcc: x@evil.example\\013\\010.\\010\\027[2J%s"\n' %
               ('\\200' * 200) + '_client._smtp.mail TXT "1 2 0 mail.example.org"\n')
    done = world.run(*world.mailing())
    assert done.returncode == 1, done
    message = world.mail()[1]
    assert 'evil.example' in message.get_content() and message['Bcc'] is None, message
    assert not any(line.startswith(('Bcc', '.')) for line in message.get_content().splitlines()), message
    assert all(octet == 10 or 32 <= octet < 127 for octet in done.stdout), done.stdout


def test_webhook(world):
    world.zone(BROKEN)
    done = world.run('--json', '--webhook', world.hook())
    assert done.returncode == 1, done
    (path, fields, body), = world.sink.seen
    assert path == '/hook?key=secret' and fields['Content-Type'] == 'application/json', (path, fields)
    told = json.loads(body)
    assert told == {'watch': 'vouchsafe', 'dropped': 0, 'changes': json.loads(done.stdout)}, told
    row = next(row for row in told['changes'] if row['rule'] == 'reserved-weight')
    assert row['severity'] == 'error' and row['subject'] == 'mail.example.org' and row['clause'] == 'CSA 4', row
    assert 'SRV 1 2 0' in row['mend'] and row['evidence'], row


def test_failed_webhook_is_posted_again(world):
    world.zone(BROKEN)
    for status in (500, 302):
        done = world.run('--webhook', world.hook(status), *world.mailing())
        refused(done, 'not told', 'HTTP status %d' % status, status=3)
        assert b'secret' not in done.stderr, done.stderr
        assert (world.mail() is None) == (status == 302)  # who was told is not told again
    assert [path for path, _, _ in world.sink.seen] == ['/hook?key=secret'] * 2
    assert world.run('--webhook', world.hook(200), *world.mailing()).returncode == 0
    bodies = [json.loads(body) for _, _, body in world.sink.seen]
    assert bodies[0] == bodies[1] == bodies[2] and len(bodies) == 3, bodies
    assert world.run('--webhook', world.hook(200)).returncode == 0
    assert len(world.sink.seen) == 3


def test_webhook_that_nobody_serves(world):
    world.zone(BROKEN)
    url = world.hook()
    world.sink.shutdown()
    world.sink.server_close()
    world.sink = None
    refused(world.run('--webhook', url), 'not told', 'http://127.0.0.1:', status=3)


def test_webhook_with_tls(world):
    keys = certificates.make(world.path('keys'))
    certificates.sign(keys, 'hook', 'localhost')
    trusted = ['--webhook-ca', os.path.join(keys, 'ca.pem')]
    url = world.hook(certificate=os.path.join(keys, 'hook'))
    world.zone(BROKEN)
    done = world.run('--webhook', url)  # the system does not know this authority
    refused(done, 'not told', 'https://localhost:', 'SSL', status=3)
    assert b'secret' not in done.stderr, done.stderr
    refused(world.run('--webhook', url, '--webhook-ca', world.path('none')), 'not told', status=3)
    assert world.sink.seen == []
    assert world.run('--webhook', url, *trusted).returncode == 0
    (path, _, body), = world.sink.seen
    assert path == '/hook?key=secret' and 'reserved-weight' in [row.get('rule') for row in json.loads(body)['changes']], body
    assert world.run('--webhook', url, *trusted).returncode == 0
    assert len(world.sink.seen) == 1


def test_webhook_with_the_certificate_of_another(world):
    keys = certificates.make(world.path('keys'))
    world.zone(BROKEN)
    done = world.run('--webhook', world.hook(certificate=os.path.join(keys, 'server')), '--webhook-ca',
                     os.path.join(keys, 'ca.pem'))
    refused(done, 'not told', status=3)
    assert world.sink.seen == []


def test_damaged_state(world):
    world.changes('--quiet')
    good = world.read('state.json')
    for damaged in ('', '{', good[:-10], '[]', '{}', '{"vouchsafe_watch": 2, "subjects": {}, "untold": {}}',
                    good.replace('"subjects": {', '"subjects": {"x": 1,'), good.replace('"runs"', '"walks"')):
        assert damaged != good
        world.write('state.json', damaged)
        refused(world.run(*world.mailing()), world.state, 'damaged')
        assert world.read('state.json') == damaged and world.mail() is None
    world.write('state.json', good)
    assert world.changes(status=0) == []


def holders(value):
    """(container, key) of every member of a JSON value."""
    for key, member in list(value.items()) if isinstance(value, dict) else list(enumerate(value)):
        yield value, key
        if isinstance(member, (dict, list)):
            yield from holders(member)


def test_state_with_a_wrong_member(world):
    world.zone(BROKEN)
    world.write('exit', '75')
    world.run(*world.mailing())
    world.write('exit', '0')
    state = json.loads(world.read('state.json'))
    known = world.read('state.json')
    statuses = []
    for container, key in holders(state):
        kept, container[key] = container[key], [None]
        world.write('state.json', json.dumps(state))
        container[key] = kept
        done = world.run(*world.mailing())
        statuses.append(done.returncode)
        assert done.returncode in (0, 1, 2), done
        assert (done.returncode == 2) == (b'damaged' in done.stderr), done
        if world.mail() is None:
            assert done.returncode == 2, done
    assert statuses.count(2) > 15, statuses
    world.write('state.json', known)
    assert world.run(*world.mailing()).returncode == 0


def test_one_run_at_a_time(world):
    world.changes('--quiet')
    with open(world.state + '.lock', 'rb') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused(world.run(), world.state, 'another run')
    assert world.changes(status=0) == []


def small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def test_full_disk(world):
    world.changes('--quiet')
    before = world.read('state.json')
    world.zone(BROKEN)
    # SIGXFSZ stays ignored, as it is here, so that writing fails as on a full disk
    done = world.run(*world.mailing(), preexec_fn=small_files, restore_signals=False)
    refused(done, world.state)
    assert world.read('state.json') == before and world.mail() is None
    assert not os.path.exists(world.state + '.new')
    assert b'new error reserved-weight' in done.stdout  # who looks at the output knows
    assert 'new reserved-weight' in world.changes(*world.mailing(), status=1)
    assert world.mail() is not None


def test_read_only_state(world):
    refused(world.run(state=False, names=['--state', world.path('no/folder/state'), 'mail.example.org']), 'No such file')
    if not proc.can_unshare():
        raise Skipped('no mount namespace')
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    refused(world.run(before=['unshare', '-m', 'sh', '-c', script, world.folder]), world.state, 'Read-only')


def test_state_is_no_link(world):
    world.write('other', 'precious')
    os.symlink(world.path('other'), world.state)
    refused(world.run(), world.state)
    assert world.read('other') == 'precious'


def test_output_that_fails_loses_nothing(world):
    world.zone(BROKEN)
    with open('/dev/full', 'wb') as full:
        refused(world.run(stdout=full), 'standard output', status=3)
    assert 'new reserved-weight' in world.changes(status=1)


def test_real_server(world):
    server = Server(world)
    try:
        server.changes('--quiet')
        assert server.changes() == []
        server.process.stop()
        server.zone(BROKEN)
        server.start()
        assert server.changes() == ['new reserved-weight']
        server.process.stop()
        assert server.changes('--patience', '0') == ['trouble 1']
        server.start()
        assert server.changes() == ['trouble-over 1']
        server.process.stop()
        server.zone(MAIL)
        server.start()
        assert server.changes() == ['gone reserved-weight']
    finally:
        server.process.stop()


def test_list(world):
    world.zone(BROKEN)
    world.write('list', '# who sends\n\n  mail.example.org\t# the only one\r\nmail.example.org')
    assert world.changes('--list', world.path('list'), names=[]).count('new reserved-weight') == 1
    state = json.loads(world.read('state.json'))
    assert list(state['subjects']) == ['mail.example.org'], state
    world.changes('--list', world.path('list'), names=['ns.example.org'])
    assert len(json.loads(world.read('state.json'))['subjects']) == 2
    world.changes(names=['ns.example.org'])
    assert list(json.loads(world.read('state.json'))['subjects']) == ['ns.example.org']


def test_one_name_is_one_subject(world):
    world.zone(BROKEN)
    names = ['mail.example.org', 'MAIL.example.org.', 'Mail.Example.Org']
    assert world.changes(names=names).count('new reserved-weight') == 1
    assert world.changes(names=names[1:], status=0) == []
    assert list(json.loads(world.read('state.json'))['subjects']) == ['mail.example.org']
    upper = world.path('ZONE')
    world.write('ZONE', HEAD + BROKEN)
    world.changes(zone=False, names=[upper])
    assert list(json.loads(world.read('state.json'))['subjects']) == [upper]


def test_milder_finding_is_not_worse(world):
    world.zone(BROKEN)
    world.run()
    state = json.loads(world.read('state.json'))
    finding, = [row for key, row in state['subjects'][HOST]['findings'].items() if key.startswith('reserved-weight')]
    for before, status in (('note', 1), ('warning', 1), ('error', 0), ('fatal', 1)):
        finding['severity'] = before
        world.write('state.json', json.dumps(state))
        world.changes(status=status)


def test_usage(world):
    world.write('list', 'mail.example.org\nns\0.example.org\n')
    refused(world.run('--list', world.path('list'), names=[]), '%s:2: a NUL octet' % world.path('list'))
    world.write('list', 'mail.example.org\nmail example.org\n')
    refused(world.run('--list', world.path('list'), names=[]), '%s:2: ' % world.path('list'))
    refused(world.run('--list', world.path('none'), names=[]), world.path('none'))
    refused(world.run(names=[]), 'nothing to watch', 'usage: ')
    for option, value in [('--mail', 'a@b\nBcc: c@d'), ('--mail', '-t'), ('--from', 'a b'), ('--webhook', 'file:///etc/passwd'),
                          ('--sendmail', 'sendmail'), ('--patience', '-1'), ('--patience', 'x'), ('--nothing', 'x')]:
        refused(world.run(option, value), option)
    assert not os.path.exists(world.state)


def test_units(world):
    if not shutil.which('systemd-analyze'):
        raise Skipped('no systemd-analyze')
    for name in ('vouchsafe-watch.service', 'vouchsafe-watch.timer'):
        with open(os.path.join(ROOT, 'contrib', 'systemd', name), encoding='ascii') as file:
            world.write(name, file.read().replace('/usr/bin/vouchsafe', VOUCHSAFE))
    done = subprocess.run(['systemd-analyze', 'verify', '--man=no', world.path('vouchsafe-watch.service'),
                           world.path('vouchsafe-watch.timer')], check=False, capture_output=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, b''), done
    line = next(line for line in world.read('vouchsafe-watch.service').splitlines() if line.startswith('ExecStart='))
    words = line.split('=', 1)[1].replace('/etc/vouchsafe/watch', world.path('list')) \
        .replace('/var/lib/vouchsafe-watch', world.folder).replace('$WATCH_OPTIONS', '--quiet').split()
    world.write('domain.conf', described.DESCRIPTION)
    world.write('list', 'mail.example.org\ndescription %s\n' % world.path('domain.conf'))
    done = subprocess.run(words + ['--zone', world.path('zone')], check=False, capture_output=True, timeout=120)
    assert done.returncode == 0 and len(json.loads(world.read('state.json'))['subjects']) == 2, done


if __name__ == '__main__':
    sys.exit(cases.play_all([sys.modules[__name__], described], World, at_once=2))
