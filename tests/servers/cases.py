"""cases.py - what `vouchsafe check` must say about the fake Internet.

`every_path` is a table, played through our own recursion and through each resolver. The other functions are one case
each: they take the World and return None, or why it is not as it should be.
"""
import collections
import os
import re

import relay
import servers
from world import forward_to
from zones import CLIENT4, CLIENT6, STRANGER4, STRANGER6

DEADLINE_S = 2.0
SLACK_S = 0.5
CONTROLS = re.compile('[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]')
FORWARDERS = ('unbound', 'bind', 'kresd')

Expected = collections.namedtuple('Expected', 'result reason secure identity domain')
Session = collections.namedtuple('Session', 'name client helo expected')

# host, client, result, reason, identity: the same in each zone of zones.HOSTS.
USUAL = [
    ('mail', CLIENT4, 'pass', 'match', 'csa'),
    ('mail', CLIENT6, 'pass', 'match', 'csa'),
    ('mail', STRANGER4, 'fail', 'mismatch', 'none'),
    ('mail', STRANGER6, 'fail', 'mismatch', 'none'),
    ('never', CLIENT4, 'fail', 'prohibited', 'none'),
    ('open', CLIENT4, 'neutral', 'ignore-target', 'none'),
    ('alias', CLIENT4, 'pass', 'match', 'csa'),
    ('renamed', CLIENT4, 'pass', 'match', 'csa'),
    ('renamed', STRANGER4, 'fail', 'mismatch', 'none'),
    ('mail.old', CLIENT4, 'pass', 'match', 'csa'),
    ('four', CLIENT6, 'fail', 'no-address', 'none'),
    ('odd', CLIENT4, 'fail', 'no-address', 'none'),
    ('x.wild', CLIENT4, 'fail', 'prohibited', 'none'),
    ('quiet', CLIENT4, 'none', 'no-record', 'forward'),
    ('quiet', CLIENT6, 'none', 'no-record', 'forward'),
    ('quiet', STRANGER4, 'none', 'no-record', 'none'),
    ('bare', CLIENT4, 'none', 'no-record', 'forward'),
    ('absent', CLIENT4, 'none', 'no-record', 'none'),
    ('crowd', CLIENT6, 'pass', 'match', 'csa'),
    ('wide', CLIENT4, 'pass', 'match', 'csa'),
    ('far-8', CLIENT4, 'pass', 'match', 'csa'),
    ('far-9', CLIENT4, 'permerror', 'chain', 'none'),
]
# Hosts without a record of their own, in the zones that assert Explicit: NXDOMAIN, NODATA, a name that is not there.
DISOWNED = ['quiet', 'bare', 'absent', 'deep.below.absent']

# Single names: helo, result, reason, secure, identity, domain.
SINGLE = [
    ('away.nsec.example', 'pass', 'match', False, 'csa', 'away.nsec.example'),
    ('MAIL.Nsec.Example', 'pass', 'match', True, 'csa', 'mail.nsec.example'),
    ('mail.nsec.example.', 'pass', 'match', True, 'csa', 'mail.nsec.example'),
    ('mail.tampered.example', 'pass', 'match', True, 'csa', 'mail.tampered.example'),
    ('resigned.tampered.example', 'temperror', 'srv-dns', False, 'forward', None),
    ('moved.tampered.example', 'temperror', 'addr-dns', False, 'none', 'moved.tampered.example'),
    ('mail.expired.example', 'temperror', 'srv-dns', False, 'none', None),
    ('quiet.expired.example', 'temperror', 'srv-dns', False, 'none', None),
    ('mail.stripped.example', 'temperror', 'srv-dns', False, 'none', None),
    ('mail.unknown-algorithm.example', 'pass', 'match', False, 'csa', 'mail.unknown-algorithm.example'),
    ('host.nosuch.example', 'none', 'no-record', True, 'none', None),
    ('host.nosuch', 'none', 'no-record', True, 'none', None),
    ('host.nosuch.test', 'none', 'no-record', False, 'none', None),
    ('mail.plain.test', 'pass', 'match', False, 'csa', 'mail.plain.test'),
    ('mail.nsec3.test', 'pass', 'match', True, 'csa', 'mail.nsec3.test'),
    ('quiet.nsec3.test', 'none', 'no-record', True, 'forward', None),
    ('mail.refused.example', 'temperror', 'srv-dns', False, 'none', None),
    ('mail.broken.example', 'temperror', 'srv-dns', False, 'none', None),
]


def every_path():
    """Sessions whose verdict does not depend on how the questions travel."""
    sessions = []
    for zone, secure in (('nsec.example', True), ('nsec3.example', True), ('plain.example', False)):
        for host, client, result, reason, identity in USUAL:
            name = '%s.%s' % (host, zone)
            proven = secure and reason != 'chain'  # a chain that is not followed to its end is never secure
            domain = None if result == 'none' else name
            sessions.append(session(name, client, Expected(result, reason, proven, identity, domain)))
        for host in DISOWNED:
            sessions.append(session('%s.explicit-%s' % (host, zone), CLIENT4,
                                    Expected('fail', 'explicit', secure, 'none', 'explicit-' + zone)))
    return sessions + [session(helo, CLIENT4, Expected(*expected)) for helo, *expected in SINGLE]


def session(helo, client, expected):
    return Session('%s from %s' % (helo, client), client, helo, expected)


def csa_differs(run, expected):
    """None if the run shows the expected verdict with the right exit status."""
    if run.json is None:
        return 'no JSON, exit %d: %s' % (run.exit, run.stderr.strip())
    csa = run.json['csa']
    got = Expected(csa['result'], csa['reason'], csa['secure'], run.json['identity']['strength'], csa['domain'])
    if got != expected:
        return 'got %s %s secure=%s identity=%s domain=%s, expected %s %s secure=%s identity=%s domain=%s' % (
            got + expected)
    return unless(run.exit == (1 if expected.result == 'fail' else 0), 'exit %d' % run.exit)


def differs(run, expected):
    """The same, with nothing on stderr."""
    return first(csa_differs(run, expected), unless(not run.stderr, 'stderr: %r' % run.stderr))


def passed(helo, secure):
    return Expected('pass', 'match', secure, 'csa', helo)


def passes(run, helo, secure):
    return differs(run, passed(helo, secure))


def first(*reasons):
    """The first reason that is one."""
    return next((reason for reason in reasons if reason), None)


def unless(fact, reason):
    return None if fact else reason


# ---- trust anchors ----

def anchor_none(world, path):
    """Without validation nothing is secure, and nobody is told."""
    mail, quiet, never = 'mail.nsec.example', 'quiet.nsec3.example', 'never.plain.example'
    return first(passes(world.check(world.paths[path], CLIENT4, mail, 'none'), mail, False),
                 differs(world.check(world.paths[path], CLIENT4, quiet, 'none'),
                         Expected('none', 'no-record', False, 'forward', None)),
                 differs(world.check(world.paths[path], CLIENT4, never, 'none'),
                         Expected('fail', 'prohibited', False, 'none', never)))


def anchor_none_takes_all(world):
    """Without validation everything stands as it is served: changed behind its signature, or expired."""
    changed, expired = 'resigned.tampered.example', 'mail.expired.example'
    return first(differs(world.check(world.paths['recursion'], CLIENT4, changed, 'none'),
                         Expected('fail', 'prohibited', False, 'none', changed)),
                 passes(world.check(world.paths['recursion'], CLIENT4, expired, 'none'), expired, False))


def notices(run):
    """The lines on stderr."""
    return [line for line in run.stderr.splitlines() if line.strip()]


def insecure_with_notice(run, helo):
    """A pass that is not secure, and one line that says why."""
    return first(csa_differs(run, passed(helo, False)),
                 unless(len(notices(run)) == 1, 'stderr, one line expected: %r' % run.stderr))


def anchor_wrong(world, path):
    """An anchor that does not match the root's key: said once, results insecure, not bogus."""
    run = world.check(world.paths[path], CLIENT4, 'mail.nsec.example', world.internet.wrong_anchor)
    return insecure_with_notice(run, 'mail.nsec.example')


def forwarder_without_dnssec(world, path):
    """A forwarder that drops EDNS and with it all signatures: said once, results insecure, not bogus."""
    with relay.Relay(world.resolvers[path], plain=True) as old:
        run = world.check(forward_to((old.address, old.port)), CLIENT4, 'mail.nsec.example')
    return insecure_with_notice(run, 'mail.nsec.example')


def anchor_missing(world):
    run = world.check(world.paths['unbound'], CLIENT4, 'mail.nsec.example', '/nonexistent/root.ds')
    return first(unless(run.exit == 2, 'exit %d, expected 2' % run.exit),
                 unless('/nonexistent/root.ds' in run.stderr, 'stderr does not name the file: %r' % run.stderr))


# ---- accreditation ----

ACCREDITOR = ['--accreditor', 'accred.example']


def accredited(world, path):
    run = world.check(world.paths[path] + ACCREDITOR, CLIENT4, 'mail.nsec.example')
    return first(passes(run, 'mail.nsec.example', True), rated(run, 'A', 'member since 2004', True, 'trusted'))


def accredited_stranger(world, path):
    """Praise for a name that is not proven is shown, but does not count."""
    run = world.check(world.paths[path] + ACCREDITOR, STRANGER4, 'mail.nsec.example')
    return first(unless(run.json, 'no JSON'), report_is(run, 'A', 'member since 2004', False),
                 unless(run.json['dna']['rating'] == 'C', 'rating %s, expected C' % run.json['dna']['rating']))


def accredited_big(world, path):
    """The one report that counts stands among texts that do not fit one datagram."""
    run = world.check(world.paths[path] + ACCREDITOR, CLIENT4, 'four.nsec.example')
    return first(passes(run, 'four.nsec.example', True), rated(run, 'A', 'beyond one datagram', True, 'trusted'))


def condemned(world, path):
    run = world.check(world.paths[path] + ACCREDITOR, CLIENT4, 'never.nsec.example')
    return first(unless(run.exit == 1, 'exit %d, expected 1' % run.exit), rated(run, 'E', None, True, 'untrusted'))


def unlisted(world, path):
    run = world.check(world.paths[path] + ACCREDITOR, CLIENT4, 'open.nsec.example')
    report = run.json['dna']['reports'][0]
    return first(unless((report['listed'], report['rating'], report['error']) == (False, 'C', None), str(report)))


def only_if_listed(world):
    """The service is asked only about names whose PTR records name it."""
    config = world.config('listed', 'resolvers = { "%s@%d" }' % world.resolvers['unbound'],
                          'accreditor "accred.example" { only_if_listed = yes }')
    listed = world.check(['--config', config], CLIENT4, 'mail.nsec.example')
    other = world.check(['--config', config], CLIENT4, 'four.nsec.example')
    return first(passes(listed, 'mail.nsec.example', True), rated(listed, 'A', 'member since 2004', True, 'trusted'),
                 passes(other, 'four.nsec.example', True),
                 unless((other.json['queries'], other.json['dna']['rating']) == (3, 'C'), 'got: %s' % other.json))


def rated(run, rating, info, used, level):
    dna = run.json['dna']
    return first(report_is(run, rating, info, used),
                 unless((dna['rating'], dna['service']) == (rating, 'accred.example'), 'dna: %s' % dna),
                 unless(run.json['trust']['level'] == level, 'level %s' % run.json['trust']['level']))


def report_is(run, rating, info, used):
    report = run.json['dna']['reports'][0]
    wanted = {'service': 'accred.example', 'listed': True, 'rating': rating, 'used': used, 'error': None}
    wrong = [key for key, value in wanted.items() if report[key] != value]
    return first(unless(not wrong, 'report: %s' % report),
                 unless((report['info'] or None) == info, 'info %r, expected %r' % (report['info'], info)))


# ---- trouble ----

def in_time(run, lowest):
    """The decision took between `lowest` and the deadline with its slack, and nobody is refused for it."""
    took = run.json['elapsed_ms'] / 1000 if run.json else -1
    return first(unless(run.exit == 0, 'exit %d, expected 0' % run.exit),
                 unless(lowest - 0.01 <= took <= DEADLINE_S + SLACK_S, 'took %.3f s' % took),
                 unless(run.seconds <= 2 * (DEADLINE_S + SLACK_S), 'the process took %.3f s' % run.seconds))


def is_temperror(run, reason='srv-dns', domain=None, identity='none'):
    return csa_differs(run, Expected('temperror', reason, False, identity, domain))


def troubled(world, place, lowest):
    """Nothing usable comes from the resolver. With an anchor the look at the root's keys comes first, and says so."""
    arguments = forward_to(place) + ['--config', world.short]
    run = world.check(arguments, CLIENT4, 'mail.plain.example', 'none')
    looked = world.check(arguments, CLIENT4, 'mail.plain.example')
    return first(is_temperror(run), in_time(run, lowest), unless(not run.stderr, 'stderr: %r' % run.stderr),
                 unless(run.seconds <= DEADLINE_S + SLACK_S, 'the process took %.3f s' % run.seconds),
                 is_temperror(looked), in_time(looked, 0),
                 unless(len(notices(looked)) == 1, 'stderr, one line expected: %r' % looked.stderr))


def resolver_silent(world):
    return troubled(world, (world.silent.address, world.silent.port), DEADLINE_S)


def resolver_closed(world):
    with relay.Relay(None) as closed:
        place = closed.address, closed.port
    return troubled(world, place, 0)


# Whole messages that are no answer: noise, half a header, and a good answer to a question that nobody put.
NOISE = b'\xff' * 40
HALF_HEADER = b'\x00\x00\x81\x80\x00'
OTHER_QUESTION = (b'\x00\x00\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x04evil\x07example\x00\x00\x01\x00\x01'
                  b'\xc0\x0c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\xc0\x00\x02\x0a')
FAULTS = {'servfail': 'servfail', 'refused': 'refused', 'formerr': 'formerr', 'notimp': 'notimp',
          'truncated': 'truncated', 'noise': NOISE, 'half-header': HALF_HEADER, 'other-question': OTHER_QUESTION}


def resolver_says(world, word):
    with relay.Relay(world.resolvers['unbound'], faults={('*', '*'): FAULTS[word]}) as broken:
        return troubled(world, (broken.address, broken.port), 0)


def zone_silent(world):
    """Recursion: the servers of one zone do not answer, the rest does."""
    config = world.config('recursion-short', 'recursion = yes root_hints = "%s" timeout = 2' % world.internet.hints)
    run = world.check(['--config', config], CLIENT4, 'mail.silent.example')
    return first(is_temperror(run), in_time(run, DEADLINE_S))


def one_question_fails(world, helo, question, expected):
    with relay.Relay(world.resolvers['unbound'], faults={question: 'servfail'}) as broken:
        return differs(world.check(forward_to((broken.address, broken.port)), CLIENT4, helo), expected)


def record_fails(world):
    helo = 'mail.plain.example'
    return one_question_fails(world, helo, ('_client._smtp.' + helo, 'SRV'),
                              Expected('temperror', 'srv-dns', False, 'forward', None))


def address_fails(world):
    helo = 'mail.plain.example'
    return one_question_fails(world, helo, (helo, 'A'), Expected('temperror', 'addr-dns', False, 'none', helo))


def parent_fails(world):
    return one_question_fails(world, 'quiet.plain.example', ('_client._smtp.plain.example', 'SRV'),
                              Expected('temperror', 'parent-dns', False, 'forward', None))


def other_parent_fails(world):
    """Behind an ancestor that asserts Explicit another may fail: the hit is a fact."""
    return one_question_fails(world, 'host.below.explicit-plain.example',
                              ('_client._smtp.below.explicit-plain.example', 'SRV'),
                              Expected('fail', 'explicit', False, 'none', 'explicit-plain.example'))


def loop(world, path):
    """A CNAME loop at the target: seen in the answer, or said by the resolver; never a fail."""
    helo = 'loop.plain.example'
    run = world.check(world.paths[path], CLIENT4, helo)
    seen = csa_differs(run, Expected('permerror', 'chain', False, 'none', helo))
    return seen and is_temperror(run, 'addr-dns', helo)


def one_resolver_silent(world):
    """Of two resolvers one never answers: the other does, before the deadline."""
    config = world.config('two', 'resolvers = { "%s@%d", "%s@%d" } timeout = 4'
                          % (world.silent.address, world.silent.port, *world.resolvers['unbound']))
    runs = [world.check(['--config', config], CLIENT4, 'mail.nsec.example', 'none') for _ in range(3)]
    return first(*(passes(run, 'mail.nsec.example', False) for run in runs))


# ---- the Additional section ----

def asks(world, path, client, expected, queries):
    run = world.check(world.paths[path], client, expected.domain)
    return first(differs(run, expected),
                 unless(run.json and run.json['queries'] == queries, '%d queries expected: %s' % (queries, run.json)))


def additional_confirms(world):
    """NSD adds the target's addresses, our recursion keeps them: no need to ask for them. A forwarder drops them."""
    expected = passed('via.nsec.example', True)
    return first(asks(world, 'recursion', CLIENT4, expected, 2), asks(world, 'unbound', CLIENT4, expected, 3))


def additional_never_refutes(world):
    return asks(world, 'recursion', STRANGER4, Expected('fail', 'mismatch', True, 'none', 'via.nsec.example'), 3)


def additional_validated(world):
    """An address that was changed behind its signature proves nothing in the Additional section either."""
    helo = 'via-moved.tampered.example'
    return asks(world, 'recursion', STRANGER4, Expected('temperror', 'addr-dns', False, 'none', helo), 3)


# ---- transport ----

def through_relay(world, helo, secure, anchor=None, client=CLIENT4, **options):
    """A pass through a relay; returns why not, and the relay for a look at its events."""
    with relay.Relay(world.resolvers['unbound'], **options) as between:
        run = world.check(forward_to((between.address, between.port)), client, helo, anchor)
    return passes(run, helo, secure), between


def slow(world):
    return through_relay(world, 'mail.nsec.example', True, delay_ms=300)[0]


def first_lost(world):
    why, between = through_relay(world, 'mail.plain.example', False, 'none', lose_first=1)
    return first(why, unless(between.count('lost') == 1, 'nothing was lost'))


def each_first_lost(world):
    why, between = through_relay(world, 'mail.plain.example', False, 'none', lose_each=1)
    return first(why, unless(between.count('lost') == 2, '%d lost, expected 2' % between.count('lost')))


def every_third_lost(world):
    why, between = through_relay(world, 'mail.nsec.example', True, lose_every=3)
    return first(why, unless(between.count('lost') > 0, 'nothing was lost'))


def truncated(world):
    why, between = through_relay(world, 'mail.nsec.example', True, truncate=True)
    wanted = {('_client._smtp.mail.nsec.example', 'SRV'), ('mail.nsec.example', 'A')}
    return first(why, unless(wanted <= set(between.questions('tcp')), 'over TCP: %s' % between.questions('tcp')))


def big_over_tcp(world):
    """An answer above the UDP size comes truncated from the resolver itself."""
    why, between = through_relay(world, 'crowd.nsec.example', True, client=CLIENT6)
    asked = between.questions('tcp')
    return first(why, unless(('crowd.nsec.example', 'AAAA') in asked, 'over TCP: %s' % asked))


def overlap(between, wanted):
    """None if all wanted questions had arrived before the first of them was answered."""
    asked = {(e.name, e.type): e.time for e in reversed(between.events) if e.what == 'question'}
    answered = [e.time for e in between.events if e.what == 'answer' and (e.name, e.type) in wanted]
    missing = [key for key in wanted if key not in asked]
    if missing:
        return 'never asked: %s' % missing
    late = [key for key in wanted if asked[key] > min(answered)]
    return unless(not late, 'asked after the first answer: %s' % late)


def one_round_trip(world, client, kind, anchor):
    """The usual session: SRV and address are out at once, and without validation nothing else is asked."""
    secure = anchor is None
    why, between = through_relay(world, 'mail.nsec.example', secure, anchor, client, delay_ms=50)
    wanted = [('_client._smtp.mail.nsec.example', 'SRV'), ('mail.nsec.example', kind)]
    alone = secure or sorted(between.questions()) == sorted(wanted)
    return first(why, overlap(between, wanted), unless(alone, 'asked: %s' % between.questions()))


def ancestors_at_once(world):
    with relay.Relay(world.resolvers['unbound'], delay_ms=50) as between:
        world.check(forward_to((between.address, between.port)), CLIENT4, 'a.b.c.plain.example', 'none')
    wanted = [('_client._smtp.%splain.example' % below, 'SRV') for below in ('', 'c.', 'b.c.')]
    return first(overlap(between, wanted),
                 unless(len(between.questions()) == 5, 'asked: %s' % between.questions()))


def system_resolver(world):
    """Without --resolver the name servers of resolv.conf are asked; a mount namespace shows the tool one of ours."""
    path = servers.write(os.path.join(world.folder, 'resolv.conf'), 'nameserver %s\n' % world.resolvers['unbound'][0])
    within = ('unshare', '-m', 'sh', '-c', 'mount --bind "%s" /etc/resolv.conf && exec "$@"' % path, 'sh')
    return passes(world.check([], CLIENT4, 'mail.nsec.example', within=within), 'mail.nsec.example', True)


def ipv6_resolver(world):
    why, _ = through_relay(world, 'mail.nsec.example', True, listen=('::1', 0))
    return why


def times_to_live(world):
    """The lowest of all answers; of negative ones the SOA's minimum. A resolver counts them down."""
    lives = [world.check(world.paths['recursion'], CLIENT4, helo).json['ttl']
             for helo in ('mail.nsec.example', 'quiet.plain.example')]
    return unless(3590 <= lives[0] <= 3600 and 290 <= lives[1] <= 300, 'ttl %s, expected 3600 and 300' % lives)


# ---- output ----

def controls(octets):
    """What may not reach a terminal: control characters but the line end, and octets that are no UTF-8."""
    return sorted(set(CONTROLS.findall(octets.decode('utf-8', 'surrogateescape'))))


TEXTS = [('mail.nsec.example', 'pass', 'match'), ('never.nsec.example', 'fail', 'prohibited'),
         ('open.nsec.example', 'neutral', 'ignore-target'), ('absent.nsec.example', 'none', 'no-record'),
         ('moved.tampered.example', 'temperror', 'addr-dns'), ('far-9.plain.example', 'permerror', 'chain')]


def text_output(world):
    """The words of each verdict stand in the text for people."""
    for helo, result, reason in TEXTS:
        run = world.check(world.paths['unbound'], CLIENT4, helo, words=())
        words = run.stdout.decode(errors='replace').split()
        bare = {word.strip('.,:;()"\'') for word in words}
        if not {result, reason} <= bare or run.exit != (1 if result == 'fail' else 0):
            return '%s: exit %d, %r' % (helo, run.exit, run.stdout)
    return None


def trace_output(world):
    """--trace shows every question, in the text as in the JSON."""
    arguments = world.paths['unbound'] + ACCREDITOR
    text = world.check(arguments, CLIENT4, 'quiet.plain.example', words=('--trace',)).stdout.decode()
    trace = world.check(arguments, CLIENT4, 'quiet.plain.example', words=('--json', '--trace')).json
    wanted = ['_client._smtp.quiet.plain.example', 'quiet.plain.example.accred.example', '_client._smtp.plain.example']
    missing = [name for name in wanted if name not in text]
    return first(unless(not missing, 'not in the text: %s' % missing),
                 unless(len(trace['trace']) == trace['queries'] == 4, '%d steps, %d queries'
                        % (len(trace['trace']), trace['queries'])))


def hostile_report(world):
    """A report with ESC, CR, LF and bytes that are no UTF-8."""
    return harmless(world, CLIENT4, 'alias.nsec.example', ACCREDITOR)


def hostile_target(world):
    return harmless(world, CLIENT4, 'odd.nsec.example', [])


def hostile_helo(world):
    return first(*(harmless(world, CLIENT4, helo, []) for helo in
                   (b'\x1b[31mred\x1b[0m', b'a\r\nX-Injected: yes', b'caf\xe9.nsec.example', b'\xc2\x9b31m.example',
                    b'\xff\xfe', b'"; csv=pass', 'caf\u00e9.example'.encode())))


def harmless(world, client, helo, arguments):
    """No control character gets out, and the JSON is one object in any case."""
    arguments = world.paths['unbound'] + arguments
    for words in ((), ('--trace',), ('--json',), ('--json', '--trace')):
        run = world.check(arguments, client, helo, words=words)
        found = controls(run.stdout) or controls(run.stderr.encode('utf-8', 'surrogateescape'))
        if found:
            return '%s %r: control characters %r' % (' '.join(words), helo, found)
        if '--json' in words and (run.json is None or controls(run.json['header'].encode())
                                  or '\n' in run.json['header']):
            return '%r: %r' % (helo, run.stdout)
    return None


BY_PATH = (anchor_none, anchor_wrong, accredited, accredited_stranger, accredited_big, condemned, unlisted, loop)
ALONE = (anchor_none_takes_all, anchor_missing, resolver_silent, resolver_closed, zone_silent, one_resolver_silent,
         record_fails, address_fails, parent_fails, other_parent_fails, times_to_live, slow, first_lost,
         each_first_lost, every_third_lost, truncated, big_over_tcp, ancestors_at_once, text_output, trace_output,
         hostile_report, hostile_target, hostile_helo, only_if_listed, additional_confirms, additional_never_refutes,
         additional_validated)


def with_operand(case, *operands):
    """A function of the World alone."""
    return lambda world: case(world, *operands)


def single_cases():
    """(name, function of the World) for everything that is no row of the table."""
    cases = [('%s by %s' % (case.__name__, path), with_operand(case, path))
             for path in ('recursion',) + FORWARDERS for case in BY_PATH]
    cases += [('forwarder_without_dnssec by %s' % path, with_operand(forwarder_without_dnssec, path))
              for path in FORWARDERS]
    cases += [('resolver_says %s' % word, with_operand(resolver_says, word))
              for word in FAULTS]
    cases += [('one_round_trip %s anchor %s' % (kind, anchor or 'given'),
               with_operand(one_round_trip, client, kind, anchor))
              for client, kind in ((CLIENT4, 'A'), (CLIENT6, 'AAAA')) for anchor in ('none', None)]
    cases += [('ipv6_resolver', ipv6_resolver)] if relay.can_listen('::1') else []
    cases += [('system_resolver', system_resolver)] if servers.can_unshare() else []
    return cases + [(case.__name__, case) for case in ALONE]
