"""driver.py - the program that keeps a store and a ledger in a file (driver.c), and what the file holds."""
import os
import select
import signal
import sqlite3
import subprocess
import time

DRIVER = os.path.join(os.environ.get('BUILD', 'build'), 'tests', 'unit', 'store_driver')
DEADLINE = 120


class Driver:
    """One process; `before` stands in front of the command, `arguments` behind the file."""

    def __init__(self, path, *arguments, before=(), umask=0o027):
        self.process = subprocess.Popen([*before, DRIVER, path, *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, umask=umask)
        self.rest = b''

    def opened(self):
        line = self.line()
        assert line == 'open', line
        return self

    def line(self):
        """The next line, or None at the end."""
        end = time.monotonic() + DEADLINE
        while b'\n' not in self.rest:
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError('the driver says nothing')
            octets = os.read(self.process.stdout.fileno(), 65536)
            if not octets:
                return None
            self.rest += octets
        line, self.rest = self.rest.split(b'\n', 1)
        return line.decode()

    def tell(self, *words):
        self.process.stdin.write((' '.join(map(str, words)) + '\n').encode())
        self.process.stdin.flush()

    def ask(self, *words):
        self.tell(*words)
        return self.line()

    def state(self):
        """(lost, pending, size, trouble or None)"""
        lost, pending, size, trouble = self.ask('state').split(' ', 3)
        return int(lost), int(pending), int(size), None if trouble == '-' else trouble

    def trouble(self):
        return self.state()[3]

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()

    def lines(self):
        """All that is left of a process that has ended."""
        while True:
            line = self.line()
            if line is None:
                self.process.stdout.close()
                return
            yield line

    def end(self):
        """An orderly end: the exit status."""
        self.process.stdin.close()
        status = self.process.wait(DEADLINE)
        self.process.stdout.close()
        return status


def query(path, sql, *values):
    """Rows, by SQLite's own shell of Python."""
    connection = sqlite3.connect(path, timeout=30)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def number(path, sql, *values):
    return query(path, sql, *values)[0][0] or 0
