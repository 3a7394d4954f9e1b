"""cases.py - all cases: the table by every path, and functions of the World that return None or why they fail."""
import output
import relay
import servers
import table
import transport
import trouble
import trust
from judge import differs
from zones import CLIENT4, CLIENT6

FORWARDERS = ('unbound', 'bind', 'kresd')
PATHS = ('recursion',) + FORWARDERS

BY_PATH = (trust.anchor_none, trust.anchor_wrong, trust.accredited, trust.accredited_stranger, trust.accredited_big,
           trust.condemned, trust.unlisted, trouble.loop)
ALONE = (trust.anchor_none_takes_all, trust.anchor_missing, trust.only_if_listed, trust.additional_confirms,
         trust.additional_never_refutes, trust.additional_validated,
         trouble.resolver_silent, trouble.resolver_closed, trouble.zone_silent, trouble.one_resolver_silent,
         trouble.record_fails, trouble.address_fails, trouble.parent_fails, trouble.other_parent_fails,
         transport.slow, transport.first_lost, transport.each_first_lost, transport.every_third_lost,
         transport.truncated, transport.big_over_tcp, transport.ancestors_at_once, transport.times_to_live,
         output.text_output, output.trace_output, output.hostile_report, output.hostile_target, output.hostile_helo)


def with_operand(case, *operands):
    """A function of the World alone."""
    return lambda world: case(world, *operands)


def play_row(world, path, row):
    return differs(world.check(world.paths[path], row.client, row.helo), row.expected)


def all_cases():
    """(name, function of the World)."""
    cases = [('%s by %s' % (row.name, path), with_operand(play_row, path, row))
             for path in PATHS for row in table.every_path()]
    cases += [('%s by %s' % (case.__name__, path), with_operand(case, path)) for path in PATHS for case in BY_PATH]
    cases += [('forwarder_without_dnssec by %s' % path, with_operand(trust.forwarder_without_dnssec, path))
              for path in FORWARDERS]
    cases += [('resolver_says %s' % word, with_operand(trouble.resolver_says, word)) for word in trouble.FAULTS]
    cases += [('one_round_trip %s anchor %s' % (kind, anchor or 'given'),
               with_operand(transport.one_round_trip, client, kind, anchor))
              for client, kind in ((CLIENT4, 'A'), (CLIENT6, 'AAAA')) for anchor in ('none', None)]
    cases += [('ipv6_resolver', transport.ipv6_resolver)] if relay.can_listen('::1') else []
    cases += [('system_resolver', transport.system_resolver)] if servers.can_unshare() else []
    return cases + [(case.__name__, case) for case in ALONE]
