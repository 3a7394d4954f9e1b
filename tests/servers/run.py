#!/usr/bin/python3
"""run.py - `vouchsafe check` against real DNS servers on loopback, DNSSEC from a root of our own.

Our own recursion asks NSD; Unbound, BIND and Knot Resolver forward. See world.py for who listens, zones.py for what is
published, cases.py for the list of all cases.

    run.py [-k WORD]         only the cases whose name holds WORD
    VOUCHSAFE                the executable (default: build/vouchsafe of the tree)
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import cases
import world

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = os.environ.get('VOUCHSAFE') or os.path.join(HERE, '..', '..', 'build', 'vouchsafe')


def play(there, wanted):
    """Plays the cases whose name holds `wanted`; returns how many passed and failed."""
    passed = failed = 0
    for name, case in cases.all_cases():
        if wanted not in name:
            continue
        try:
            why = case(there)
        except (KeyError, IndexError, TypeError, subprocess.TimeoutExpired) as error:
            why = '%s: %s' % (type(error).__name__, error)
        print('FAILED %s: %s' % (name, why) if why else 'ok %s' % name, flush=True)
        passed, failed = passed + (not why), failed + bool(why)
    return passed, failed


def main(arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    wanted = arguments[1] if arguments[:1] == ['-k'] else ''
    folder = tempfile.mkdtemp(prefix='vouchsafe-servers-')
    there = None
    try:
        there = world.World(folder, os.path.abspath(TOOL))
        there.start()
        passed, failed = play(there, wanted)
    except RuntimeError as error:
        print('FAILED start: %s' % error)
        passed, failed = 0, 1
    finally:
        if there:
            there.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
