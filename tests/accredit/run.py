#!/usr/bin/python3
"""Accreditors that cannot hurt: real lists (NSD, rbldnsd) that lie, refuse, vanish and fall silent, and the daemon that
asks them; private lists that change under it.

tests/accredit/run.py [NAME...] runs all cases, or those whose name contains one of the words.
"""
import multiprocessing
import sys
import traceback

from world import World

import accidents
import checks
import files
import shared

AT_ONCE = 4  # nearly all of their time they wait


def cases():
    for module in [shared, accidents, files, checks]:
        for name, function in vars(module).items():
            if name.startswith('test_'):
                yield module.__name__ + '.' + name[5:], function


def play(case):
    name, function = case
    world = World()
    try:
        function(world)
        world.end()
        return True
    except Exception:  # pylint: disable=broad-except
        print('%s: FAILED\n%s' % (name, traceback.format_exc()), flush=True)
        return False
    finally:
        world.close()


def main():
    wanted = sys.argv[1:]
    with multiprocessing.Pool(AT_ONCE) as pool:
        results = pool.map(play, [(name, function) for name, function in cases()
                                  if not wanted or any(word in name for word in wanted)], 1)
    print('%d passed, %d failed' % (results.count(True), results.count(False)))
    return 1 if results.count(False) or not results else 0


sys.exit(main())
