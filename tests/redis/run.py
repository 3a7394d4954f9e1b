#!/usr/bin/python3
"""The store in Redis against a real redis-server, well and in trouble.

tests/redis/run.py [NAME...] runs all cases, or those whose name contains one of the words.
"""
import os
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import shared  # noqa: E402
import trouble  # noqa: E402
from world import World  # noqa: E402


def cases():
    for module in [shared, trouble]:
        for name, function in vars(module).items():
            if name.startswith('test_'):
                yield module.__name__ + '.' + name[5:], function


def play(name, function):
    world = World()
    try:
        function(world)
        return True
    except Exception:  # pylint: disable=broad-except
        print('%s: FAILED\n%s' % (name, traceback.format_exc()), flush=True)
        return False
    finally:
        world.close()


def main():
    wanted = sys.argv[1:]
    results = [play(name, function) for name, function in cases()
               if not wanted or any(word in name for word in wanted)]
    print('%d passed, %d failed' % (results.count(True), results.count(False)))
    return 0 if results and all(results) else 1


sys.exit(main())
