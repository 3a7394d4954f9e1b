#!/usr/bin/python3
"""run.py - `vouchsafe lint`: broken zones, each found by the right rule and clean once the printed mend is applied, and
name servers that disagree, are lame, fail, or do not hold what DNSSEC promises.

    run.py [-k WORD]         only the cases whose name holds WORD
    VOUCHSAFE                the executable (default: build/vouchsafe of the tree)
"""
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import command
import files
import mend
import manual
import networks
import pairs
import broken


def all_cases(folder):
    """(name, function that says what is wrong, or None)."""
    for number, case in enumerate(broken.CASES):
        yield 'zone %s %d' % (case.rule, number), lambda case=case: mend.play(folder, case)
    yield 'clean', lambda: mend.clean(folder)
    yield from mend.more_cases(folder)
    yield from pairs.cases(folder)
    yield from manual.cases()
    yield from command.cases(folder)
    yield from files.cases(folder)
    yield from networks.cases(folder)


def main(arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    wanted = arguments[1] if arguments[:1] == ['-k'] else ''
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix='lint') as folder:
        try:
            for name, play in all_cases(folder):
                if wanted not in name:
                    continue
                try:
                    why = play()
                except (KeyError, IndexError, TypeError, ValueError, subprocess.TimeoutExpired) as error:
                    why = '%s: %s' % (type(error).__name__, error)
                if why:
                    print('FAILED %s: %s' % (name, why), flush=True)
                passed, failed = passed + (not why), failed + bool(why)
        finally:
            networks.stop()
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
