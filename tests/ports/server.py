"""server.py - one vouchsafed in the foreground, with its sockets and its log in a folder."""
import json
import os
import re
import signal
import socket
import subprocess
import time

PATIENCE_S = 60


class Server:
    def __init__(self, executable, folder, config, listeners):
        self.folder = folder
        with open(folder + '/errors', 'wb') as errors:
            self.process = subprocess.Popen([executable, '-c', config, '-f'], stdin=subprocess.DEVNULL,
                                            stdout=errors, stderr=errors)
        try:
            self.wait(self.serves)
            for name in listeners:
                self.wait(lambda path=folder + '/' + name: connects(path))
        except RuntimeError:
            self.stop()
            raise

    def wait(self, there):
        """Waits until it is there."""
        deadline = time.monotonic() + PATIENCE_S
        while not there():
            if self.process.poll() is not None:
                raise RuntimeError('vouchsafed ended with %d: %s' % (self.process.returncode, self.errors()))
            if time.monotonic() > deadline:
                raise RuntimeError('vouchsafed does not serve: %r' % self.log())
            time.sleep(0.01)

    def serves(self):
        """Does the log say that all workers are there?"""
        return any(re.match(r'vouchsafed \S+ serves\b', line.get('message', '')) for line in self.log())

    def stop(self):
        """Ends it as an operator would; returns what is wrong with that, or None."""
        if self.process.poll() is not None:
            return 'vouchsafed ended by itself with %d: %s' % (self.process.returncode, self.errors())
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return 'vouchsafed did not end on SIGTERM'
        return 'vouchsafed ended with %d: %s' % (status, self.errors()) if status else None

    def errors(self):
        with open(self.folder + '/errors', encoding='utf-8', errors='replace') as file:
            return file.read().strip()

    def log(self):
        """All whole lines of the log; after the end, when nothing is on its way any more, all that there will be."""
        if not os.path.exists(self.folder + '/log'):
            return []
        with open(self.folder + '/log', encoding='utf-8') as file:
            return [json.loads(line) for line in file if line.endswith('\n')]


def connects(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0
