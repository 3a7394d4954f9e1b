#!/usr/bin/python3
"""run.py - how votes come in: POST /v1/feedback, and the field of a content filter that the milter sees.

What was counted is read from the database of the daemon (place.py). posts.py has the cases over HTTP, mails.py those of
the milter, relay.py those with a real Postfix between a filter and us.

    run.py [WORD...]         only the cases whose name holds one of the words
    BUILD, VOUCHSAFE, VOUCHSAFED    as tests/lib/daemon.py has them
    MTA_DIR                  where tests/mta unpacked Postfix
"""
import os
import signal
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, TREE + '/tests/lib')

import mails  # noqa: E402
import posts  # noqa: E402
import relay  # noqa: E402
from place import Place  # noqa: E402

# Cases that share a place; of the last ones each has its own.
GROUPS = [(posts.CASES, {'reputation': 'per_source = 5'}), (posts.CHANGING, {}),
          (mails.CASES, {'feedback': mails.FEEDBACK, 'reputation': 'per_source = 50'}),
          (mails.CHANGING, {'feedback': mails.FEEDBACK})]
GROUPS += [([case], {}) for case in posts.ENDING]


def play(case, place, name):
    """True if the case passes."""
    start = time.monotonic()
    try:
        case(place)
    except Exception:
        print('FAILED %s\n%s--- log\n%s' % (name, traceback.format_exc(), place.daemon.log()[-6000:]), flush=True)
        return False
    print('ok %s: %.1f s' % (name, time.monotonic() - start), flush=True)
    return True


def end(place):
    """True if the daemon ends as it should, and never complained."""
    wrong = place.daemon.stop() if place.daemon.process.poll() is None else None
    wrong = wrong or place.daemon.errors() or None
    if wrong:
        print('FAILED end: %s\n--- log\n%s' % (wrong, place.daemon.log()[-6000:]))
    return not wrong


def main(wanted):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    passed = failed = 0
    for cases, options in GROUPS:
        named = [('%s %s' % (case.__module__, case.__name__), case) for case in cases]
        named = [(name, case) for name, case in named if not wanted or any(word in name for word in wanted)]
        if not named:
            continue
        place = Place(**options)
        try:
            results = [play(case, place, name) for name, case in named] + [end(place)]
        finally:
            place.close()
        passed, failed = passed + results.count(True), failed + results.count(False)
    if not wanted or any(word in 'relay' for word in wanted):
        ok = relay.play()
        passed, failed = passed + ok, failed + (not ok)
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
