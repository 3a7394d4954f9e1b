"""cases.py - the cases of a suite: the functions test_... of its modules, each given a world of its own, counted at the end.

A case passes if it returns, and fails by any exception; one that raises Skipped cannot be run here, which is a failure
where all has to run (CI=true).
"""
import multiprocessing
import os
import sys
import traceback

from folder import Skipped

LOG_SHOWN = 3000  # characters of the log of a case that failed


def cases(modules, words):
    """(name, function) of all cases, or of those whose name holds one of the words."""
    for module in modules:
        for name, function in vars(module).items():
            label = '%s.%s' % (module.__name__, name[len('test_'):])
            if name.startswith('test_') and (not words or any(word in label for word in words)):
                yield label, function


def play(name, function, world_of):
    """True: passed; False: failed; None: cannot be run here."""
    world = None
    try:
        world = world_of()
        function(world)
        if hasattr(world, 'end'):  # what has to be so at the end of each case
            world.end()
        return True
    except Skipped as why:
        print('%s: not run, %s' % (name, why), flush=True)
        return False if os.environ.get('CI') == 'true' else None
    except Exception:  # pylint: disable=broad-except
        print('%s: FAILED\n%s\n%s' % (name, traceback.format_exc(), log_of(world)), flush=True)
        return False
    finally:
        if world:
            world.close()


def log_of(world):
    try:
        return world.read('log')[-LOG_SHOWN:]
    except (AttributeError, OSError):  # a world without a daemon, or without a log
        return ''


def play_all(modules, world_of, at_once=1):
    """The exit status of a suite, for the words of its command line; at_once: so many cases side by side."""
    wanted = [(*case, world_of) for case in cases(modules, sys.argv[1:])]
    if at_once > 1:
        with multiprocessing.Pool(at_once) as pool:
            results = pool.starmap(play, wanted, 1)
    else:
        results = [play(*case) for case in wanted]
    print('%d passed, %d failed' % (results.count(True), results.count(False)))
    return 1 if results.count(False) or not results else 0
