"""trust.py - cases of proof: trust anchors, accreditation, and what the Additional section may decide."""
import relay
from judge import Expected, csa_differs, differs, first, notices, passed, passes, unless
from world import forward_to
from zones import CLIENT4, STRANGER4


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
