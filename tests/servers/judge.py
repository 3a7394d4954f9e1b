"""judge.py - compares what the tool said with what it must say; every function returns None or why it is wrong."""
import collections

Expected = collections.namedtuple('Expected', 'result reason secure identity domain')


def csa_differs(run, expected):
    """None if the run shows the expected verdict with the right exit status."""
    if run.json is None:
        return 'no JSON, exit %d: %s' % (run.exit, run.stderr.strip())
    csa = run.json['csa']
    got = Expected(csa['result'], csa['reason'], csa['secure'], run.json['identity']['strength'], csa['domain'])
    if got != expected:
        return 'got %s %s secure=%s identity=%s domain=%s, expected %s %s secure=%s identity=%s domain=%s' % (
            got + expected)
    return unless(run.exit == (1 if expected.result == 'fail' else 0), 'exit %d' % run.exit)


def differs(run, expected):
    """The same, with nothing on stderr."""
    return first(csa_differs(run, expected), unless(not run.stderr, 'stderr: %r' % run.stderr))


def passed(helo, secure):
    return Expected('pass', 'match', secure, 'csa', helo)


def passes(run, helo, secure):
    return differs(run, passed(helo, secure))


def first(*reasons):
    """The first reason that is one."""
    return next((reason for reason in reasons if reason), None)


def unless(fact, reason):
    return None if fact else reason


def notices(run):
    """The lines on stderr."""
    return [line for line in run.stderr.splitlines() if line.strip()]
