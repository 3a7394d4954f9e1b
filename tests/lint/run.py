#!/usr/bin/python3
"""run.py - `vouchsafe lint`: broken zones, each found by the right rule and clean once the printed mend is applied, and
name servers that disagree, are lame, fail, or do not hold what DNSSEC promises.

Cases wait for processes and for deadlines most of the time, so several lists of them are played side by side.

    run.py [-k WORD]         only the cases whose name holds WORD
    VOUCHSAFE                the executable (default: build/vouchsafe of the tree)
"""
import concurrent.futures
import functools
import os
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import command
import files
import mend
import manual
import networks
import pairs
import broken


LANES_OF_SERVERS = slice(2, None)
ended = threading.Event()


def lanes(folder):
    """Lists of (name, function that says what is wrong, or None); those of a list share files and servers."""
    zones, others = (os.path.join(folder, word) for word in ('zones', 'others'))
    os.mkdir(zones)
    os.mkdir(others)
    yield [('zone %s %d' % (case.rule, number), functools.partial(mend.play, zones, case))
           for number, case in enumerate(broken.CASES)] + [('clean', functools.partial(mend.clean, zones))]
    yield [*mend.more_cases(others), *pairs.cases(others), *manual.cases(), *command.cases(others), *files.cases(others)]
    yield [*networks.cases(folder)]
    yield [*networks.silent_cases(folder)]


def play_lane(cases):
    """[passed, failed]"""
    counts = [0, 0]
    for name, play in cases:
        if ended.is_set():
            break
        try:
            why = play()
        except (KeyError, IndexError, TypeError, ValueError, subprocess.TimeoutExpired) as error:
            why = '%s: %s' % (type(error).__name__, error)
        if why:
            print('FAILED %s: %s' % (name, why), flush=True)
        counts[bool(why)] += 1
    return counts


def main(arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    wanted = arguments[1] if arguments[:1] == ['-k'] else ''
    with tempfile.TemporaryDirectory(prefix='lint') as folder, concurrent.futures.ThreadPoolExecutor() as pool:
        os.chmod(folder, 0o755)
        todo = [[case for case in lane if wanted in case[0]] for lane in lanes(folder)]
        try:
            if any(todo[LANES_OF_SERVERS]):
                networks.world(folder)  # by this thread: servers end with the one that started them
            counts = list(pool.map(play_lane, todo))
        finally:
            ended.set()
            networks.stop()
    passed, failed = (sum(column) for column in zip(*counts))
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
