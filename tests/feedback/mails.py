"""mails.py - the verdict of a content filter in a header field, as the milter sees it."""
import collections
import os
import re
import subprocess

import milter
from daemon import PATIENCE_S, TREE, VOUCHSAFE, run, until
from place import CLIENT
from web import post, vote

Session = collections.namedtuple('Session', 'client helo helo_bytes tls_name label')
REPORT = TREE + '/contrib/dovecot/vouchsafe-report'
NO_HEADERS, NO_BODY = 0x20, 0x10
USUAL = (('From', 'sender@example.org'), ('Subject', 'test'))


def session(helo, client=CLIENT):
    return Session(client, helo, helo.encode(), None, helo)


def send(place, helo, *fields, client=CLIENT):
    """One message; what the filter said at its end."""
    connection = milter.Milter(place.path('milter'))
    try:
        return connection.play(session(helo, client), [*USUAL, *fields]).last
    finally:
        connection.close()


def settled(place, helo, ham, spam):
    """The counts of a name, once all that was sent before is in the database: a last vote on another name is."""
    marks = place.counts('csa.example.org')[0]
    assert send(place, 'csa.example.org', ('X-Spam', 'No')) == 'c'
    place.counted('csa.example.org', marks + 1, 0)
    assert place.counts(helo) == (ham, spam), (helo, place.counts(helo))


def words(place):
    """The first word decides, in any case, folded or not; other fields and other words say nothing."""
    helo = 'words.many.example.org'
    for value in ('Yes', 'YES, score=9.1', 'yes\n\t(score 9.1)', 'spam'):
        send(place, helo, ('x-SPAM', value))
    for value in ('No', 'no action', 'ham; x'):
        send(place, helo, ('X-Spam', value))
    for field in (('X-Spam', 'maybe'), ('X-Spam', ''), ('X-Spam-Flag', 'Yes'), ('X', 'Yes'), ('Subject', 'Yes')):
        send(place, helo, field)
    settled(place, helo, 3, 4)


def once(place):
    """A message counts once however often it says the same, and twice in one connection are two."""
    helo = 'once.many.example.org'
    send(place, helo, ('X-Spam', 'Yes'), ('X-Spam', 'yes, again'), ('X-Spam', 'spam'))
    connection = milter.Milter(place.path('milter'))
    connection.play(session(helo), [('X-Spam', 'No')])
    connection.play(session(helo), [])
    connection.play(session(helo), [('X-Spam', 'No')])
    connection.close()
    settled(place, helo, 2, 1)


def contradicting(place):
    helo = 'torn.many.example.org'
    send(place, helo, ('X-Spam', 'Yes'), ('X-Spam', 'No'))
    send(place, helo, ('X-Spam', 'No'), ('X-Spam', 'Yes'), ('X-Spam', 'No'))
    settled(place, helo, 0, 0)


def aborted(place):
    """What was said of a message that was dropped is not said of the next."""
    helo = 'aborted.many.example.org'
    connection = milter.Milter(place.path('milter'))
    connection.greet(session(helo))
    for fields in ([('X-Spam', 'Yes')], []):
        connection.step(b'M', b'<sender@example.org>\0')
        connection.step(b'R', b'<user@example.net>\0')
        if fields:
            connection.step(b'L', b'X-Spam\0Yes\0')
            connection.send(b'A')
        else:
            connection.message(fields)
    connection.close()
    settled(place, helo, 0, 0)


def not_proven(place):
    """CSA fail, an address that is not the name's, a name that is none."""
    for helo in ('never.example.org', 'missing.example.org', '[192.0.2.10]', 'odd_name'):
        send(place, helo, ('X-Spam', 'Yes'))
    send(place, 'mail.example.org', ('X-Spam', 'Yes'), client='192.0.2.11')
    settled(place, 'never.example.org', 0, 0)
    assert place.rows("SELECT count(*) FROM reputation WHERE name NOT LIKE '%example.org'") == [(0,)]
    assert place.counts('missing.example.org') == (0, 0) and place.counts('mail.example.org') == (0, 0)


def noted(place):
    """The ledger knows which decision the vote belongs to."""
    helo = 'noted.many.example.org'
    send(place, helo, ('X-Spam', 'Yes'))
    until(lambda: place.rows('SELECT f.spam, f.source, f.result FROM feedback f JOIN decision d ON d.id = f.id'
                             ' WHERE d.helo = ?', helo) == [(1, 'filter', 'counted')], 'the ledger notes it')


def asks_for_headers(place):
    """With header.strip = no the fields are asked for only where they are needed; the body never is."""
    for feedback, store, wanted in (('header = "X-Spam"', 'sqlite', True), ('', 'sqlite', False),
                                    ('header = "X-Spam"', 'none', False)):
        place.configure(top='header { strip = no }', feedback=feedback, store=store)
        assert place.reload().returncode == 0
        connection = milter.Milter(place.path('milter'))
        steps = connection.steps
        connection.close()
        assert bool(steps & NO_HEADERS) != wanted and steps & NO_BODY, (feedback, store, hex(steps))


def hashed(place):
    """With hashed names the filter still votes, an id alone does not."""
    place.configure(feedback='header = "X-Spam"', top='ledger { hash_names = yes }')
    assert place.reload().returncode == 0
    before = place.counts('mail.example.org')
    send(place, 'mail.example.org', ('X-Spam', 'Yes'))
    place.counted('mail.example.org', before[0], before[1] + 1)
    rows = place.rows("SELECT id FROM decision WHERE name LIKE 'h:%'")
    assert rows and post(place.path('http'), vote(rows[-1][0])).status == 404


def by_field(place):
    """With header.id a user's report counts for the session that brought the mail; an id of the sender's own is gone."""
    place.configure(top='header { id = yes  authserv_id = mx.example.net }')
    assert place.reload().returncode == 0
    before = place.counts('mail.example.org')
    forged = ('Authentication-Results', 'mx.example.net; csv=pass policy.csv-id=aaaaaaaaaaaaa')
    connection = milter.Milter(place.path('milter'))
    outcome = connection.play(session('mail.example.org'), [*USUAL, forged])
    connection.close()
    assert [(number, name) for number, name, _ in outcome.deleted] == [(1, 'Authentication-Results')], outcome
    (_, name, value), = outcome.inserted
    decision, = re.findall(r' policy\.csv-id=([a-z2-7]{13})$', value)
    assert name == 'Authentication-Results'
    until(lambda: [event['id'] for event in place.events('decision')][-1:] == [decision], 'the same id in the log')
    until(lambda: place.rows('SELECT 1 FROM decision WHERE id = ?', decision), 'the decision is in the ledger')
    assert post(place.path('http'), vote(decision, source='user')).body['result'] == 'counted'
    learned = run(VOUCHSAFE, 'learn', '--config', place.path('conf'), 'spam', value)
    assert learned.returncode == 0 and 'counted' in learned.stdout, learned
    place.counted('mail.example.org', before[0], before[1] + 2)


def report(place, verdict, message, user):
    """What contrib/dovecot/vouchsafe-report does with a message, as a mailbox server calls it."""
    environment = dict(os.environ, VOUCHSAFE_URL='http://127.0.0.1:%d' % place.port(), VOUCHSAFE_TOKEN=place.path('token'),
                       VOUCHSAFE_AUTHSERV='mx.example.net')
    return subprocess.run([REPORT, verdict, user], input=message.encode(), env=environment, capture_output=True,
                          timeout=PATIENCE_S, check=False)


def by_script(place):
    """The script that we ship finds the id in our own field, however it is folded, and nowhere else."""
    place.configure(top='header { id = yes  authserv_id = mx.example.net }', feedback='')
    assert place.reload().returncode == 0
    helo = 'script.many.example.org'
    decision, stranger = place.decide(helo), place.decide('stranger.example.org')
    ours = 'Authentication-Results: mx.example.net; csv=none reason="no-record"\r\n\tpolicy.csv-id=%s\r\n' % decision
    other = 'authentication-results: mx.example.com; csv=pass policy.csv-id=%s\r\n' % stranger
    forged = ours.replace(decision, stranger)
    bare = 'Authentication-Results: mx.example.net; csv=pass\r\n'
    for verdict, message in (('spam', other + 'X: y\r\n' + ours + forged + '\r\nbody'), ('ham', ours.lower() + '\r\n'),
                             ('spam', ours.replace('\r', '') + '\nbody' * 100000), ('spam', ours)):
        done = report(place, verdict, message, 'o\'"{ne@example.net')
        assert (done.returncode, done.stdout, done.stderr) == (0, b'', b''), done
    for message in ('', '\r\n' + ours, other + '\r\n', bare + ours + '\r\n', 'X: y\r\n ' + ours + '\r\n'):
        assert report(place, 'spam', message, 'two').returncode == 0
    assert report(place, 'maybe', ours, 'two').returncode == 2
    place.counted(helo, 1, 3)
    until(lambda: len(place.noted(decision)) == 4, 'the ledger notes it', lambda: place.noted(decision))
    assert set(place.noted(decision)) == {(1, 'user:one@example.net', 'counted'), (0, 'user:one@example.net', 'counted')}
    assert place.noted(stranger) == []


CASES = [words, once, contradicting, aborted, not_proven, noted]
CHANGING = [asks_for_headers, by_field, by_script, hashed]
FEEDBACK = 'header = "X-Spam"  spam = {"Yes", "spam"}  ham = {"No", "ham"}'
