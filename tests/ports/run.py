#!/usr/bin/python3
"""run.py - plays the conformance suite through the ports of the daemon; each must give the verdict of the evaluator.

For each document, and each set of settings and services in it, a vouchsafed of its own serves the document's zones.
Every session comes through the milter port, with a message whose header holds a forged field of ours, and through two
policy ports, one that marks and one that has a class for trusted sessions; every fourth one through the Exim port too.
Answers, header and decision log are compared with what `vouchsafe check` says under the same configuration. What a
port cannot carry is skipped, counted, and the reason is checked.

    run.py [-k WORD]         only the sessions whose name holds WORD
    BUILD, VOUCHSAFE, VOUCHSAFED    as tests/lib/daemon.py has them
"""
import collections
import concurrent.futures
import os
import signal
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, TREE + '/tests/lib')

import compare  # noqa: E402
import lines  # noqa: E402
import milter  # noqa: E402
import suite  # noqa: E402
from daemon import VOUCHSAFE, VOUCHSAFED, Daemon, objects  # noqa: E402

GROUPS_AT_ONCE = 4  # of those that keep the processors busy
EXIM_EVERY = 4
BROKEN_MAX = 3  # daemons that do not start, or leave a session without an answer; then the rest is not worth the wait
PLAYED_MIN = 1060  # of the sessions on the milter port: what is skipped is the exception

# What went wrong with one session on one port; `differences` empty: nothing.
Result = collections.namedtuple('Result', 'label port differences')
broken = []


def spread(function, things, at_once=40):
    """The function of each thing, many at once: waiting for the DNS must not add up."""
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(function, things))


def forged(group):
    """Fields of a message: somebody else's, and one that claims to be ours."""
    name = 'Authentication-Results'
    return [(name, suite.AUTHSERV_ID + '; spf=pass smtp.helo=x.example'), ('From', 'user@example.org'),
            (name, '%s; %s=pass smtp.helo=x.example' % (suite.AUTHSERV_ID, group.method)), ('Subject', 'play')]


def play_milter(group, folder, sessions):
    """One connection for all, one SMTP session after the other; a connection each, at once, where the DNS is slow."""
    def play(client, some):
        try:
            return [client.play(session, forged(group)) for session in some]
        finally:
            client.close()

    if not group.slow:
        return play(milter.Milter(folder + '/milter'), sessions)
    return spread(lambda session: play(milter.Milter(folder + '/milter'), [session])[0], sessions)


def play_policy(group, folder, sessions, port):
    path = folder + '/' + port
    if not group.slow:
        return lines.policy_play(path, sessions, port)
    return spread(lambda session: lines.policy_play(path, [session], session.label)[0], sessions)


def play_exim(group, folder, sessions):
    return spread(lambda session: lines.exim_play(folder + '/exim', session, group.stage), sessions)


def play_port(group, folder, port, chosen):
    """(session, expected, differences) of each session on one port; the answers only, the log comes later."""
    sessions = [session for session, _ in chosen]
    if port == 'milter':
        judged = [compare.milter(group, expected, answer)
                  for (_, expected), answer in zip(chosen, play_milter(group, folder, sessions))]
    elif port == 'exim':
        judged = [compare.exim(group, expected, answer)
                  for (_, expected), answer in zip(chosen, play_exim(group, folder, sessions))]
    else:
        judged = [compare.policy(group, expected, answer, port)
                  for (_, expected), answer in zip(chosen, play_policy(group, folder, sessions, port))]
    return [(session, expected, differences) for (session, expected), differences in zip(chosen, judged)]


def carried(port, expectations):
    """Of (session, expected) those that the port can carry; of the Exim port a sample, and what policy cannot carry."""
    chosen = [pair for pair in expectations if pair[0].skip(port) is None]
    if port == 'exim':
        chosen = [pair for pair in chosen if sum(pair[0].label.encode()) % EXIM_EVERY == 0 or pair[0].skip('policy')]
    return chosen


def play_ports(group, folder, config, expectations):
    """Results of all sessions on all ports of one daemon."""
    daemon = Daemon(VOUCHSAFED, folder, config)
    try:
        played = (spread if group.slow else map)(
            lambda port: (port, play_port(group, folder, port, carried(port, expectations))), suite.LISTENERS)
        played = list(played)
    finally:
        trouble = daemon.stop()
    log = compare.Log(objects(daemon.log()))
    results = [Result(session.label, port, differences + log.judge(group, port, expected))
               for port, rows in played for session, expected, differences in rows]
    rest = log.rest() + [trouble] * bool(trouble) + [daemon.errors()] * bool(daemon.errors())
    return results + [Result(group.sessions[0].label, 'all', rest)] * bool(rest)


def play_group(group):
    """Results of a group; whatever breaks it is one too."""
    sessions = [session for session in group.sessions if session.skip('exim') is None]
    if not sessions:
        return []
    if len(broken) >= BROKEN_MAX:
        return [Result(sessions[0].label, 'all', ['not played: too much is broken'])]
    with tempfile.TemporaryDirectory(prefix='vouchsafe-ports-') as folder:
        config = group.write(folder)
        said = spread(lambda session: suite.expected(VOUCHSAFE, config, session), sessions)
        results = [Result(session.label, 'check', [wrong]) for session, (_, wrong) in zip(sessions, said) if wrong]
        expectations = [(session, expected) for session, (expected, _) in zip(sessions, said) if expected]
        try:
            return results + play_ports(group, folder, config, expectations)
        except (OSError, RuntimeError, ValueError, KeyError):
            broken.append(group)
            return results + [Result(sessions[0].label, 'all', [traceback.format_exc()])]


def play_slow_group(group):
    """Results of a group in which the DNS is slow, once more if some are wrong: a machine that stood still for longer than
    a world's delays differ swaps an answer and a deadline, and does not do it twice; a fault does."""
    results = play_group(group)
    return play_group(group) if any(result.differences for result in results) else results


def play_groups(groups):
    """Results of all groups; those in which the DNS is slow wait all at once, beside the others."""
    slow = [group for group in groups if group.slow]
    fast = [group for group in groups if not group.slow]
    with concurrent.futures.ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(spread, play_slow_group, slow)
        return spread(play_group, fast, GROUPS_AT_ONCE) + waiting.result()


def judge_skips(groups):
    """What is skipped, by port and reason; and what is wrong with that."""
    counts = collections.Counter((port, session.skip(port)) for group in groups for session in group.sessions
                                 for port in suite.LISTENERS if session.skip(port))
    wrong = []
    for (port, reason), count in sorted(counts.items()):
        print('skipped on %s: %d with %s' % (port, count, reason))
    for group in groups:  # a score that is given as counts could come through the ports: the store can hold those
        wrong += ['%s: its reputation could be played' % session.label for session in group.sessions
                  if session.reputation is not None and not {'score', 'confidence'} & set(session.reputation)]
    return wrong


def main(arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    wanted = arguments[1] if arguments[:1] == ['-k'] else ''
    groups = suite.read(TREE + '/conformance')
    for group in groups:
        group.sessions = [session for session in group.sessions if wanted in session.label]
    groups = [group for group in groups if group.sessions]
    failures = judge_skips(groups)
    counts = collections.Counter()
    for results in play_groups(groups):
        for result in results:
            counts[result.port] += not result.differences
            failures += ['%s: %s' % (result.label, difference) for difference in result.differences]
    if not wanted and counts['milter'] < PLAYED_MIN:
        failures.append('only %d sessions came through the milter port' % counts['milter'])
    for failure in failures:
        print('FAILED ' + failure)
    print('%d daemons; %s' % (len(groups), ', '.join('%s %d' % pair for pair in sorted(counts.items()))))
    print('%d passed, %d failed' % (sum(counts.values()), len(failures)))
    return 1 if failures or not counts else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
