#!/usr/bin/python3
"""roundtrip.py - how many DNS round trips a cold decision waits for, counted behind a relay that delays 50 ms.

    roundtrip.py [BUILD]

`vouchsafe check` decides each session in a process of its own, so nothing is cached. The relay's log tells the rounds:
a question that comes after an answer of round N belongs to round N + 1. Fails if a session takes other rounds, or more
questions, than expected.
"""
import collections
import contextlib
import json
import os
import subprocess
import sys

import figures
import hosts  # noqa: F401  (finds the modules of tests/servers)
import relay
import servers
import zones

DELAY_MS = 50
CLIENT = zones.CLIENT4
EXTRA = '''
_client._smtp.other SRV 1 2 0 mail
other A 192.0.2.77
most.a.b.c.d PTR _vouch._smtp.accred.example.
'''
CONFIGS = {
    'named.conf': 'accreditor "accred.example" { only_if_listed = yes }\n',
    'most.conf': 'accreditor "accred.example" { only_if_listed = yes }\n'
                 + ''.join('accreditor "%s.accred.example" { }\n' % word for word in 'abcde'),
}
ASKED = ['--accreditor', 'accred.example']

# `world`: 'bare' adds no addresses to SRV answers, as most resolvers; 'adding' does; 'silent' never answers.
Case = collections.namedtuple('Case', 'label helo arguments questions rounds world', defaults=['bare'])
Run = collections.namedtuple('Run', 'questions first rounds elapsed_ms')

CASES = [
    Case('usual: one record, its target is the HELO name', 'mail.plain.example', [], 2, 1),
    Case('usual, one accreditor', 'mail.plain.example', ASKED, 3, 1),
    Case('usual, accreditor asked only if the sender names it', 'mail.plain.example', ['--config', 'named.conf'], 4, 2),
    Case('the target is another name', 'other.plain.example', [], 3, 2),
    Case('the same, its address in the Additional section', 'other.plain.example', [], 2, 1, 'adding'),
    Case('no record, one ancestor', 'quiet.plain.example', [], 3, 2),
    Case('no record, four ancestors', 'a.b.c.quiet.plain.example', [], 6, 2),
    Case('no record, five ancestors, six accreditors', 'most.a.b.c.d.plain.example', ['--config', 'most.conf'], 14, 2),
    Case('usual, but the resolver never answers', 'mail.plain.example', [], None, 1, 'silent'),
]


class Front:
    """An NSD behind a relay that delays; the context is the relay."""

    def __init__(self, folder, network, number, minimal):
        address = network.address(2 * number)
        folder = os.path.join(folder, 'nsd-%d' % number)
        os.mkdir(folder)
        held = [zones.leaf('plain.example.', address, extra=EXTRA), zones.accreditation(address),
                zones.Zone('.', '@ NS ns.invalid.\n')]
        for zone in held:
            zone.write(folder)
        self.server = servers.start_nsd(folder, 'nsd', address, [(zone.name, zone.path) for zone in held], minimal)
        self.server.wait_ready(address)
        self.relay = relay.Relay((address, 53), (network.address(2 * number + 1), 53), delay_ms=DELAY_MS)

    def __enter__(self):
        return self.relay.start()

    def __exit__(self, *_exc):
        self.relay.stop()
        self.server.stop()


def count_rounds(events):
    """The round of the last question: each question waited for the answers that came before it."""
    rounds, answered = {}, 0
    for event in events:
        if event.what == 'question':
            rounds.setdefault((event.name, event.type), answered + 1)
        else:
            answered = max(answered, rounds[event.name, event.type])
    return max(rounds.values())


def play(build, folder, front, case):
    before = len(front.events)
    command = [os.path.join(build, 'vouchsafe'), 'check', '--json', *case.arguments, '--resolver', front.address,
               '--trust-anchor', 'none', CLIENT, case.helo]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.stderr:
        raise RuntimeError(done.stderr)
    events = front.events[before:]
    whats = [event.what for event in events]
    first = whats.index('answer') if 'answer' in whats else len(whats)
    return Run(whats.count('question'), first, count_rounds(events), json.loads(done.stdout)['elapsed_ms'])


def row(build, folder, front, case):
    runs = [play(build, folder, front, case) for _ in range(figures.RUNS if case.questions else 1)]
    for run in runs:
        if run.rounds != case.rounds or case.questions not in (None, run.questions):
            raise RuntimeError('%s: not as expected: %s' % (case.label, run))
    return [case.label, runs[0].questions, runs[0].first, runs[0].rounds,
            figures.spread([run.elapsed_ms for run in runs])]


def main():
    build = figures.build_folder()
    network = servers.Network()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(figures.work_folder())
        for name, text in CONFIGS.items():
            servers.write(os.path.join(folder, name), text)
        fronts = {'bare': stack.enter_context(Front(folder, network, 1, True)),
                  'adding': stack.enter_context(Front(folder, network, 2, False)),
                  'silent': stack.enter_context(relay.Relay(None, (network.address(7), 53)))}
        rows = [row(build, folder, fronts[case.world], case) for case in CASES]
    figures.print_table('Cold decision behind %d ms of delay; median of %d runs (lowest-highest)'
                        % (DELAY_MS, figures.RUNS),
                        ['session', 'questions', 'before the first answer', 'rounds', 'elapsed ms'], rows)
    return 0


if __name__ == '__main__':
    sys.exit(main())
