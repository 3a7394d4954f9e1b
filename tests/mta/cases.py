"""cases.py - what every way to ask has in common: who passes, who is refused, with which words, under which header.

What the replies and headers must be is what `vouchsafe check` says with the same configuration.
"""
import re

import certificates
import world as w
from targets import USER, results, top
from world import without_id

SENDERS = (
    # what, client, HELO, verb
    ('pass', w.MEMBER, 'mail.example.org', 'continue'),
    ('mismatch', w.STRANGER, 'mail.example.org', 'reject'),
    ('prohibited', w.MEMBER, 'never.example.org', 'reject'),
    ('Explicit', w.CLOSED, 'host.closed.example', 'reject'),
    ('accredited', w.GOOD, 'good.example.org', 'accept'),
    ('badly accredited', w.BAD, 'bad.example.org', 'reject'),
    ('unknown', w.STRANGER, 'nobody.example.com', 'continue'),
    ('literal', w.STRANGER, '[192.0.2.1]', 'continue'),
    ('DNS trouble', w.STRANGER, 'host.broken.example', 'continue'),
)
ODD_NAMES = ('say"so".example', 'back\\slash', '${run{/bin/false}}', '%s%n', 'a=b', '<x>;y', 'under_score.example.org',
             'x' * 300)
FOREIGN = 'Authentication-Results: other.example; csv=pass reason="match" smtp.helo=x.example'
FORGED = 'Authentication-Results: mx.example.net; csv=pass reason="match" smtp.helo=mail.example.org'
FORGED_FOLDED = 'authentication-RESULTS: (a (nested\\) comment)) "MX.example.net" 1;\r\n csv=pass'


def value_of(field):
    return field.partition(':')[2].strip()


def play_senders(report, target, daemon, place):
    for what, client, helo, verb in SENDERS:
        check = daemon.check(place.address(client), helo)
        name = '%s: %s' % (target.name, what)
        report.equal(name + ': verb of check', check['action']['verb'], verb)
        replies, message = target.send(place.address(client), helo)
        if verb == 'reject':
            report.equal(name + ': reply', without_id(replies[-1]), target.rejection(check['action']['reply'], USER))
            report.equal(name + ': at RCPT', len(replies), 2)
            check_log(report, name, target, daemon, replies[-1])
        elif report.is_true(name + ': delivered', message, replies):
            report.equal(name + ': header', results(message), [value_of(check['header'])] if target.marks else [])
            if target.marks:
                report.equal(name + ': header on top', top(message)[0], 'authentication-results')


def check_log(report, name, target, daemon, reply):
    """The decision id of a refusal finds the decision and the refusal in the log."""
    found = re.search(r' id=([a-z2-7]{13})\b', reply)
    if not report.is_true(name + ': reply has an id', found, reply):
        return
    for event, more in (('decision', 'verb=reject'), ('reject', 'stage=rcpt'), ('reject', 'acted=yes')):
        report.is_true('%s: event=%s with %s in the log' % (name, event, more), daemon.logs(
            'event=%s' % event, found.group().strip(), 'protocol=' + target.name, more), daemon.log()[-2000:])


def play_second_helo(report, target, daemon, place):
    """Each HELO starts over: a bad name after a good one is refused, a good one after a bad one is not."""
    client = place.address(w.MEMBER)
    with target.session(client) as session:
        session.say('EHLO mail.example.org')
        first = session.envelope(USER)[-1]
        session.say('EHLO never.example.org')
        second = session.envelope(USER)[-1]
        session.say('HELO second.example.org')
        third = session.envelope(USER)[-1]
        token = target.token()
        session.message(token)
    report.starts(target.name + ': second EHLO: before', first, '250')
    report.starts(target.name + ': second EHLO: refused', second, '550 5.7.1')
    report.starts(target.name + ': third HELO: welcome again', third, '250')
    message = target.delivered(token)
    if target.marks:
        check = daemon.check(client, 'second.example.org')
        report.equal(target.name + ': third HELO: header is about it', results(message), [value_of(check['header'])])


def play_starttls(report, target, daemon, place):
    """STARTTLS forgets the name; the next EHLO may be another one. A certificate proves its name, and no other."""
    folder = place.certificates
    for what, shown, helo, trusted in (('no certificate', None, 'certified.example.org', False),
                                       ('its certificate', 'certified.example.org', 'certified.example.org', True),
                                       ('certificate of another', 'other.example.org', 'certified.example.org', False)):
        token = target.token()
        with target.session(place.address(w.CERTIFIED)) as session:
            session.say('EHLO never.example.org')
            session.starttls(certificates.client_context(folder, shown))
            session.say('EHLO ' + helo)
            reply = session.envelope(USER)[-1]
            if reply.startswith('250'):
                session.message(token)
        name = '%s: STARTTLS, %s' % (target.name, what)
        if target.skips and not trusted:
            report.is_true(name + ': the blocklist holds', 'bl.example' in reply, reply)
            continue
        report.starts(name + ': welcome', reply, '250')
        message = target.delivered(token)
        if report.is_true(name + ': delivered', message) and target.marks:
            level = 'policy.csv-trust=' + ('trusted' if trusted else 'neutral')
            report.is_true(name + ': ' + level, level in results(message)[0].split(), results(message))
    with target.session(place.address(w.MEMBER)) as session:
        session.say('EHLO mail.example.org')
        session.starttls(certificates.client_context(folder))
        session.say('EHLO never.example.org')
        reply = session.envelope(USER)[-1]
    report.starts(target.name + ': STARTTLS, a bad name after it', reply, '550 5.7.1')


def play_pipelined(report, target, _, place):
    """MAIL, RCPT, RCPT in one packet; also behind a refusal."""
    for helo, expected in (('mail.example.org', '250'), ('never.example.org', '550')):
        with target.session(place.address(w.MEMBER)) as session:
            session.say('EHLO ' + helo)
            replies = session.pipeline('MAIL FROM:<sender@example.org>', 'RCPT TO:<a@example.net>',
                                       'RCPT TO:<b@example.net>', 'RSET', 'MAIL FROM:<sender@example.org>',
                                       'RCPT TO:<postmaster@example.net>', 'DATA')
            report.equal('%s: pipelined, %s' % (target.name, helo), [reply[:3] for reply in replies],
                         ['250', expected, expected, '250', '250', '250', '354'])
            token = target.token()
            session.send('Subject: ' + token, '', 'x', '.')
            report.starts('%s: pipelined, %s: message' % (target.name, helo), session.read(), '250')
        report.is_true('%s: pipelined, %s: delivered' % (target.name, helo), target.delivered(token))


def play_postmaster(report, target, _, place):
    """The postmaster can be reached by everybody, in any case, with our domain or without."""
    for recipient in ('postmaster@example.net', 'PostMaster@example.net', 'postmaster'):
        replies, message = target.send(place.address(w.MEMBER), 'never.example.org', recipient)
        report.is_true('%s: postmaster as %s' % (target.name, recipient), message, replies)
    with target.session(place.address(w.MEMBER)) as session:
        session.say('EHLO never.example.org')
        replies = session.envelope('postmaster@example.net', USER)
    report.equal(target.name + ': postmaster, and another', [reply[:3] for reply in replies], ['250', '250', '550'])


def play_not_judged(report, target, daemon, place):
    """Authenticated clients, the relay host and the exemption list."""
    token = target.token()
    with target.session(place.address(w.STRANGER)) as session:
        session.say('EHLO never.example.org')
        login = session.login('user', 'secret')
        replies = session.envelope(USER, 'somebody@relayed.example')
        replies.append(session.message(token))
    report.starts(target.name + ': authenticated: login', login, '235')
    report.equal(target.name + ': authenticated: replies', [reply[:3] for reply in replies], ['250'] * 4)
    report.equal(target.name + ': authenticated: no header', results(target.delivered(token)), [])
    replies, message = target.send(place.address(w.EXEMPT), 'never.example.org')
    if report.is_true(target.name + ': exempt: delivered', message, replies):
        report.equal(target.name + ': exempt: no header', results(message), [])
    logged = daemon.logs('event=exempt', 'protocol=' + target.name, 'why=exempt', 'comment="old scanner in the cellar"')
    report.is_true(target.name + ': exempt: logged with its comment', logged, daemon.log()[-2000:])


def play_several_messages(report, target, daemon, place):
    """Each message of a session has the header once, also after RSET and after one that was refused."""
    tokens = [target.token() for _ in range(3)]
    with target.session(place.address(w.MEMBER)) as session:
        session.say('EHLO mail.example.org')
        for token in tokens:
            session.envelope(USER)
            session.say('RSET')
            session.envelope(USER, 'other@example.net')
            session.message(token)
    expected = [value_of(daemon.check(place.address(w.MEMBER), 'mail.example.org')['header'])] if target.marks else []
    for number, token in enumerate(tokens):
        report.equal('%s: message %d of a session' % (target.name, number + 1), results(target.delivered(token)), expected)


def play_forged(report, target, daemon, place):
    """Fields that claim to be ours go, wherever they stand; those of others stay, in their order."""
    if not target.marks:
        return
    second = 'Authentication-Results: third.example; dkim=pass (2: colons) header.d=x.example'
    _, message = target.send(place.address(w.MEMBER), 'mail.example.org',
                             fields=(FORGED, FOREIGN, FORGED_FOLDED, second, FORGED))
    ours = value_of(daemon.check(place.address(w.MEMBER), 'mail.example.org')['header'])
    report.equal(target.name + ': forged header', results(message), [ours, value_of(FOREIGN), value_of(second)])
    report.equal(target.name + ': forged header: ours on top', top(message), ('authentication-results', ours))


def play_profiles(report, target, daemon, place):
    """Mode monitor refuses nobody; temperror = defer; stages; a recipient domain with a profile of its own."""
    never = place.address(w.MEMBER), 'never.example.org'
    replies, message = target.send(*never, profile='monitor')
    if report.is_true(target.name + ': monitor: delivered', message, replies):
        report.equal(target.name + ': monitor: header',
                     results(message), [value_of(daemon.check(*never)['header'])] if target.marks else [])
    report.is_true(target.name + ': monitor: logged as not acted', daemon.logs(
        'event=reject', 'protocol=' + target.name, 'acted=no'), daemon.log()[-2000:])
    broken = place.address(w.STRANGER), 'host.broken.example'
    replies, _ = target.send(*broken, profile='defer')
    report.starts(target.name + ': temperror deferred', replies[-1], '451 4.4.3')


def play_strict_domain(report, target, _, place):
    """Mail to csv.example.net passes only from trusted senders; the same session may write to others."""
    strict = 'user@csv.example.net'
    for what, client, helo, code in (('trusted', w.GOOD, 'good.example.org', '250'),
                                     ('pass without praise', w.MEMBER, 'mail.example.org', '550 5.7.1'),
                                     ('unknown', w.STRANGER, 'nobody.example.com', '550 5.7.1'),
                                     ('DNS trouble', w.STRANGER, 'host.broken.example', '451 4.4.3')):
        with target.session(place.address(client)) as session:
            session.say('EHLO ' + helo)
            replies = session.envelope(strict, USER)
        report.starts('%s: strict domain: %s' % (target.name, what), replies[1], code)
        report.starts('%s: strict domain: %s, others' % (target.name, what), replies[2], '250')


ODD_RECIPIENTS = ('<user@csv.example.net(c)>', '<user@csv.example.net (a comment)>', '<user @ csv.example.net>',
                  '<user@csv. example.net>', '<"user"@csv.example.net>', '<"user>x"@csv.example.net>',
                  '<"<>user"@csv.example.net>', '<"@a:postmaster"@csv.example.net>', '<"<postmaster>user"@csv.example.net>',
                  '<@other.example:user@csv.example.net>', '<user@CSV.Example.NET>', '<"user@csv.example.net">',
                  '<user@"csv.example.net">', '<user@c\\sv.example.net>', '<user%csv.example.net>', '<csv.example.net!user>',
                  '<' + 'a' * 60 + '+' + 'b' * 900 + '@csv.example.net>', 'user@csv.example.net')


def play_odd_recipients(report, target, _, place):
    """However a recipient of the strict domain is written, a stranger does not get through to it."""
    for recipient in ODD_RECIPIENTS:
        if target.name == 'milter' and '@a:postmaster' in recipient:
            continue  # Postfix reads a route there, and delivers to the postmaster
        with target.session(place.address(w.STRANGER)) as session:
            session.say('EHLO nobody.example.com')
            session.say('MAIL FROM:<sender@example.com>')
            reply = session.say('RCPT TO:' + recipient)
        report.is_true('%s: strict domain as %.40s' % (target.name, recipient), reply[:1] in '45', reply)


def play_stages(report, target, _, place):
    """Refusals at HELO and at MAIL; who is welcome there comes through."""
    client = place.address(w.MEMBER)
    with target.session(client, 'helo') as session:
        reply = session.say('EHLO never.example.org')
        if target.name == 'milter':  # Postfix keeps what a milter says to HELO, for all that follows on the connection
            reply = session.say('MAIL FROM:<sender@example.org>')
        report.starts(target.name + ': stage helo', reply, '550 ')
        if target.name != 'milter':
            session.say('EHLO mail.example.org')
            report.starts(target.name + ': stage helo, then a good name', session.envelope(USER)[-1], '250')
    with target.session(client, 'mail') as session:
        report.starts(target.name + ': stage mail: EHLO', session.say('EHLO never.example.org'), '250')
        report.starts(target.name + ': stage mail', session.say('MAIL FROM:<sender@example.org>'), '550 5.7.1')
        session.say('EHLO mail.example.org')
        report.starts(target.name + ': stage mail, then a good name', session.envelope(USER)[-1], '250')


def play_odd_names(report, target, daemon, place):
    """HELO texts that are no names, and would break quoting somewhere, are judged and marked as check does it."""
    for helo in ODD_NAMES:
        check = daemon.check(place.address(w.STRANGER), helo)
        replies, message = target.send(place.address(w.STRANGER), helo)
        name = '%s: HELO %r' % (target.name, helo)
        if report.is_true(name + ': delivered', message, replies):
            report.equal(name + ': header', results(message), [value_of(check['header'])] if target.marks else [])


def play_open_relay(report, target, daemon, place):
    """Trust is no permission to relay; nor is an exemption, a pass, or a dead DNS."""
    for what, client, helo in (('trusted', w.GOOD, 'good.example.org'), ('exempt', w.EXEMPT, 'never.example.org'),
                               ('pass', w.MEMBER, 'mail.example.org'), ('DNS trouble', w.STRANGER, 'host.broken.example')):
        with target.session(place.address(client)) as session:
            session.say('EHLO ' + helo)
            replies = session.envelope('victim@elsewhere.example')
        report.is_true('%s: no open relay for %s' % (target.name, what), replies[-1][:3] in ('550', '554'), replies)
    with target.session(place.address(w.RELAY)) as session:
        session.say('EHLO never.example.org')
        replies = session.envelope('somebody@relayed.example')
    report.starts(target.name + ': the relay host may', replies[-1], '250')
    if target.name == 'exim':
        target.send(place.address(w.STRANGER), 'afterwards.example.com')
        report.is_true('exim: a later session is in the log', daemon.logs('event=decision', 'helo=afterwards.example.com'))
        asked = [line for line in daemon.log().splitlines()
                 if ' protocol=exim ' in line and ' client=%s ' % place.address(w.RELAY) in line]
        report.equal('exim: the daemon is not asked about the relay host', asked, [])


def play_blocklist(report, target, _, place):
    """The blocklist holds for who is not trusted; the accredited client of play_senders is on it as well.

    A milter cannot skip checks of its MTA, so there the blocklist is not asked.
    """
    if not target.skips:
        return
    replies, _ = target.send(place.address(w.LISTED), 'nobody.example.com')
    report.is_true(target.name + ': on the blocklist, unknown', replies[-1][:3] in ('550', '554') and
                   'bl.example' in replies[-1], replies)


ALL = (play_senders, play_second_helo, play_starttls, play_pipelined, play_postmaster, play_not_judged,
       play_several_messages, play_forged, play_profiles, play_strict_domain, play_odd_recipients,
       play_stages, play_odd_names, play_open_relay, play_blocklist)
