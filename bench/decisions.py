#!/usr/bin/python3
"""decisions.py - decisions per second and CPU per decision: cold against a local NSD, and from the cache.

    decisions.py [BUILD]

Each run is a process of its own (bench/decide): one cold pass over names that it has never asked for, then passes over
the same names. CPU is that of this process alone, the name server's is not in it.
"""
import collections
import os
import statistics
import subprocess
import sys

import figures
import hosts
import servers

NAMES, NAMES_SIGNED, CACHED_PASSES = 10000, 1500, 4

Case = collections.namedtuple('Case', 'label world chosen in_flight options expected', defaults=[[], 'csa_pass'])


def cases(plain, signed):
    usual, bare, few = hosts.hosts(0, NAMES), hosts.hosts(0, NAMES, 'bare.'), hosts.hosts(0, NAMES_SIGNED)
    accreditor = ['-a', hosts.SERVICE.rstrip('.')]
    zone_files = [word for zone in plain.zones for word in ('-s', 'dns.zone_files=%s' % zone.path)]
    return [Case('usual, one at a time', plain, usual, 1),
            Case('usual, 100 in flight', plain, usual, 100),
            Case('usual, 1,000 in flight', plain, usual, 1000),
            Case('usual, 10,000 in flight', plain, usual, 10000),
            Case('one accreditor, 100 in flight', plain, usual, 100, accreditor),
            Case('no record, 100 in flight', plain, bare, 100, [], 'csa_none'),
            Case('DNSSEC validated, 100 in flight', signed, few, 100),
            Case('zone files, no DNS', plain, usual, 1, zone_files)]


def decide(build, case):
    """The passes of one run: {field: text}."""
    command = [os.path.join(build, 'bench', 'decide'), '-w', str(case.in_flight), '-p', str(1 + CACHED_PASSES),
               '-s', 'dns.resolvers=%s' % case.world.address, '-s', 'dns.trust_anchor=%s' % case.world.anchor,
               *case.options, case.world.sessions(case.chosen)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    if done.stderr:
        raise RuntimeError(done.stderr)
    passes = [dict(field.split('=') for field in line.split()) for line in done.stdout.splitlines()]
    if any(one.get(case.expected) != one['decisions'] for one in passes):
        raise RuntimeError('%s: wrong verdicts: %s' % (case.label, done.stdout))
    return [{field: float(text) for field, text in one.items()} for one in passes]


def row(build, case):
    cold, cached = [], []
    for _ in range(figures.RUNS):
        passes = decide(build, case)
        cold.append(passes[0])
        cached.append({field: statistics.median(one[field] for one in passes[1:]) for field in passes[0]})

    def show(passes, field, unit=1):
        return figures.spread([one[field] / unit for one in passes])

    cells = [case.label, show(cold, 'per_s'), show(cold, 'cpu_us'), show(cold, 'p99_us', 1000)]
    cells += [show(cached, 'per_s'), show(cached, 'cpu_us')] if 'dns.zone_files' not in str(case.options) else ['', '']
    return cells + [show(cold, 'memory_kib', 1024)]


def main():
    build = figures.build_folder()
    network = servers.Network()
    with figures.work_folder() as folder, \
            hosts.World(os.path.join(folder, 'plain'), network.address(1), NAMES) as plain, \
            hosts.World(os.path.join(folder, 'signed'), network.address(2), NAMES_SIGNED, signed=True) as signed:
        rows = [row(build, case) for case in cases(plain, signed)]
    figures.print_table(
        'Decisions, one process on one core; median of %d runs (lowest-highest)' % figures.RUNS,
        ['session', 'cold /s', 'cold CPU us', 'cold p99 ms', 'cached /s', 'cached CPU us', 'memory MiB'], rows)
    return 0


if __name__ == '__main__':
    sys.exit(main())
