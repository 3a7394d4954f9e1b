"""daemon.py - one vouchsafed in the foreground: FOLDER holds its log, its pid file if it has one, and what it complains.

    BUILD                    the build folder (default: build of the tree)
    VOUCHSAFE, VOUCHSAFED    the executables (default: those of the build folder, or beside VOUCHSAFE)
"""
import json
import os
import re
import signal
import subprocess
import time

from proc import children, kill_all, targets

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get('BUILD') or TREE + '/build')
VOUCHSAFE = os.path.abspath(os.environ.get('VOUCHSAFE') or BUILD + '/vouchsafe')
VOUCHSAFED = os.path.abspath(os.environ.get('VOUCHSAFED') or os.path.dirname(VOUCHSAFE) + '/vouchsafed')
PATIENCE_S = 120  # that a busy machine may take for anything
POLL_S = 0.01


class Daemon:
    """Serves once it is made; RuntimeError: it does not."""

    def __init__(self, executable, folder, config, before=(), environment=None, stderr=None):
        """before: words of a command that runs it. stderr: a file in the place of FOLDER/errors."""
        self.folder = folder
        with open(folder + '/errors', 'wb') as errors:
            self.process = subprocess.Popen([*before, executable, '-f', '-c', config], stdin=subprocess.DEVNULL,
                                            stdout=errors, stderr=stderr or errors, env=environment)
        try:
            until(lambda: self.process.poll() is not None or ready(self.process.pid), 'the daemon serves', self.log)
            if self.process.poll() is not None:
                raise RuntimeError('vouchsafed ended with %d: %s' % (self.process.returncode, self.errors()))
        except BaseException:
            self.kill()
            raise

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding='utf-8') as file:
            return file.read()

    def pid(self):
        """What the pid file says."""
        return int(self.read('pid'))

    def errors(self):
        return self.read('errors').strip()

    def log(self):
        try:
            return self.read('log')
        except FileNotFoundError:
            return ''

    def logged(self, pattern, times=1):
        """Waits until the log says so."""
        until(lambda: len(re.findall(pattern, self.log(), re.M)) >= times, 'the log says %s' % pattern, self.log)

    def children(self, kind):
        return children(self.process.pid, kind)

    def terminate(self):
        """SIGTERM, and the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def stop(self):
        """Ends it as an operator would; returns what is wrong with that, or None."""
        if self.process.poll() is not None:
            return 'vouchsafed ended by itself with %d: %s' % (self.process.returncode, self.errors())
        try:
            status = self.terminate()
        except subprocess.TimeoutExpired:
            self.kill()
            return 'vouchsafed did not end on SIGTERM'
        return 'vouchsafed ended with %d: %s' % (status, self.errors()) if status else None

    def kill(self):
        """Whatever state it is in; only processes that are children of ours."""
        try:
            family = self.children('')
        except ProcessLookupError:
            family = []
        if self.process.poll() is None:
            self.process.kill()
        kill_all(family)
        self.process.wait()


def ready(supervisor):
    """Does it serve? Each child has closed its status pipe then: the supervisor has no pipe but those of the log, and the
    one that tells when workers no longer accept."""
    try:
        pipes = sum(target.startswith('pipe:') for target in targets(supervisor))
        return pipes == 5 and bool(children(supervisor, 'work')) and bool(children(supervisor, 'log'))
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(condition, what, more=lambda: ''):
    """Waits, long if need be: how fast is never what is tested."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError('waited in vain until %s\n%s' % (what, more()))
        time.sleep(POLL_S)


def run(*command, timeout=PATIENCE_S, **more):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=timeout, check=False, **more)


def sanitized():
    """Was the daemon built with a sanitizer? It has an allocator of its own then, which keeps what is freed."""
    symbols = subprocess.run(['nm', '-D', VOUCHSAFED], stdout=subprocess.PIPE, check=True).stdout
    return b'__asan_init' in symbols or b'__tsan_init' in symbols


def objects(text):
    """The JSON objects of a log, a line each."""
    return [json.loads(line) for line in text.splitlines()]
