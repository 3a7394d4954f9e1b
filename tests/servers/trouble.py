"""trouble.py - cases of DNS trouble: nobody is refused for it, and it ends at the deadline."""
import relay
from judge import Expected, csa_differs, differs, first, notices, passes, unless
from world import forward_to
from zones import CLIENT4

DEADLINE_S = 2.0
SLACK_S = 3.0


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
                 unless(run.seconds <= DEADLINE_S + 2 * SLACK_S, 'the process took %.3f s' % run.seconds),
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
