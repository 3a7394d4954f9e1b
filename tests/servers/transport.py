"""transport.py - cases of how questions travel: delay, loss, TCP, how many at once, which resolver."""
import os

import relay
import servers
from judge import first, passes, unless
from world import forward_to
from zones import CLIENT4, CLIENT6


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
