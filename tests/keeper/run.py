#!/usr/bin/python3
"""The keeper: every decision in the ledger, deaths and trouble, reputation that counts, on one host and in a fleet.

tests/keeper/run.py [NAME...] runs all cases, or those whose name contains one of the words.
"""
import os
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'lib'))

import deaths  # noqa: E402
import fleet  # noqa: E402
import ledger  # noqa: E402
import standing  # noqa: E402
from folder import Skipped  # noqa: E402
from world import World  # noqa: E402


def cases():
    for module in [ledger, deaths, standing, fleet]:
        for name, function in vars(module).items():
            if name.startswith('test_'):
                yield module.__name__ + '.' + name[5:], function


def play(name, function):
    """True: passed; False: failed, or cannot be run where all has to run; None: cannot be run here."""
    world = World()
    try:
        function(world)
        return True
    except Skipped as why:
        print('%s: not run, %s' % (name, why), flush=True)
        return False if os.environ.get('CI') == 'true' else None
    except Exception:  # pylint: disable=broad-except
        print('%s: FAILED\n%s' % (name, traceback.format_exc()), flush=True)
        try:
            print(world.read('log')[-2000:])
        except OSError:
            pass
        return False
    finally:
        world.close()


def main():
    wanted = sys.argv[1:]
    results = [play(name, function) for name, function in cases()
               if not wanted or any(word in name for word in wanted)]
    print('%d passed, %d failed' % (results.count(True), results.count(False)))
    return 1 if results.count(False) or not results else 0


sys.exit(main())
