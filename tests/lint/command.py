"""manual.py - the table of rules and the manual page say the same."""


def cases(folder):
    yield from ()
