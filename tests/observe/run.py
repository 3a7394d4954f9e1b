#!/usr/bin/python3
"""run.py - what `vouchsafe observe` says, beside what the MTAs themselves say and do.

Postfix, Exim and Sendmail are unpacked from Debian's packages, not installed. The same configurations are read by observe
and by postconf, exim -bP and sendmail -bt (tables.py); and real MTAs send mail to a sink that writes down HELO name and
client address (deliveries.py, ways.py). All of it happens in namespaces with a host name, addresses and accounts of its own.

    run.py [WORD...]    only the cases whose name holds one of the words
    run.py --fetch      only fetch the MTAs, which needs a network
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path += [os.path.join(TREE, 'tests', name) for name in ('mta', 'servers', 'exim')]

import deliveries  # noqa: E402
import files  # noqa: E402
import report as reports  # noqa: E402
import tables  # noqa: E402
import ways  # noqa: E402
import world  # noqa: E402

INSIDE = '--inside'
CASES = [*files.CASES, *tables.CASES, *deliveries.CASES, *ways.CASES]


def play(folder, wanted):
    report = reports.Report()
    place = world.World(folder)
    try:
        for case in CASES:
            name = case.__name__.removeprefix('play_')
            if not wanted or any(word in name for word in wanted):
                if place.inside or case in files.CASES:
                    report.attempt(name, case, report, place)
                elif os.environ.get('CI') == 'true':  # where all has to run
                    report.is_true(name, False, 'not played: no namespaces here')
                else:
                    print('%s: not played: no namespaces here' % name)
    finally:
        place.stop()
    return report


def main(arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if arguments[:1] != [INSIDE]:
        try:
            world.fetch()
        except RuntimeError as error:
            print('FAILED observe: %s\n0 passed, 1 failed' % error)
            return 1
        if arguments == ['--fetch']:
            return 0
        folder = tempfile.mkdtemp(prefix='vouchsafe-observe-')
        os.chmod(folder, 0o755)  # the MTAs read below it under users of their own
        try:
            return subprocess.run(world.namespaces(folder) + [sys.executable, __file__, INSIDE, folder, *arguments],
                                  check=False).returncode
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    report = play(arguments[1], arguments[2:])
    print('%d passed, %d failed' % (report.passed, report.failed))
    return 1 if report.failed or not report.passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
