"""report.py - counts what is as it should be, and prints what is not."""


import time


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def is_true(self, name, fact, detail=''):
        if fact:
            self.passed += 1
            print('ok %s' % name, flush=True)
        else:
            self.failed += 1
            print('FAILED %s\n    %s' % (name, detail), flush=True)
        return bool(fact)

    def equal(self, name, got, expected):
        return self.is_true(name, got == expected, 'got      %r\n    expected %r' % (got, expected))

    def starts(self, name, got, expected):
        return self.is_true(name, str(got).startswith(expected), 'got      %r\n    expected %r' % (got, expected))

    def attempt(self, name, case, *arguments):
        """Runs a case; trouble in it is one failure."""
        start = time.monotonic()
        try:
            case(*arguments)
        except Exception as error:  # a case that breaks must not hide the others
            self.is_true(name, False, '%s: %s' % (type(error).__name__, error))
        print('%s: %.1f s' % (name, time.monotonic() - start), flush=True)
