"""table.py - sessions whose verdict does not depend on how the questions travel: rows of host and verdict."""
import collections

from judge import Expected
from zones import CLIENT4, CLIENT6, STRANGER4, STRANGER6

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
