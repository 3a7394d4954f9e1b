#!/usr/bin/python3
"""Reputation under attack: the stated bounds hold, in SQLite and in Redis alike, and doc/reputation.md states the numbers
that the code has."""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT + '/tests/redis')

from world import World  # noqa: E402

PROGRAM = os.path.join(os.environ.get('BUILD', 'build'), 'tests/reputation/reputation_simulation')
SEEDS = (1, 2)


def simulate(where, seed):
    done = subprocess.run([PROGRAM, where, str(seed)], stdout=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode()


def attacks():
    """A fault in words, or None, for each seed, and for what Redis does differently with the first."""
    here = {seed: simulate('memory', seed) for seed in SEEDS}
    for seed, (status, states) in here.items():
        broken = [line for line in states.splitlines() if 'not hold' in line]
        yield None if status == 0 and not broken else 'seed %d, exit %d:\n%s' % (seed, status, '\n'.join(broken[:20]))
    world = World()
    try:
        there = simulate('redis:unix:' + world.server().socket, SEEDS[0])
    finally:
        world.close()
    pairs = zip(here[SEEDS[0]][1].splitlines(), there[1].splitlines())
    yield None if there == here[SEEDS[0]] else 'Redis differs: %r' % next(((a, b) for a, b in pairs if a != b), there[0])


def numbers():
    """A fault for each table of the code that does not stand in the document as it is."""
    with open(ROOT + '/doc/reputation.md', encoding='utf-8') as file:
        document = file.read()
    tables = subprocess.run([PROGRAM, 'tables'], stdout=subprocess.PIPE, check=True).stdout.decode().split('\n\n')
    for table in filter(str.strip, tables):
        yield None if '\n\n%s\n\n' % table.strip('\n') in document else 'doc/reputation.md has not this table:\n' + table


def main():
    results = [*attacks(), *numbers()]
    for fault in filter(None, results):
        print(fault)
    print('%d passed, %d failed' % (results.count(None), len(results) - results.count(None)))
    return 1 if any(results) or len(results) < 8 else 0


sys.exit(main())
