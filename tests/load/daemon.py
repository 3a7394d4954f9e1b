"""daemon.py - one vouchsafed in the foreground, for load: its log is FOLDER/log, in text, at level notice or below."""
import os
import subprocess
import time

PATIENCE_S = 120
POLL_S = 0.01
SERVES = ' serves'  # in the log, once all workers are there


class Daemon:
    def __init__(self, executable, folder, config):
        self.folder = folder
        with open(folder + '/errors', 'wb') as errors:
            self.process = subprocess.Popen([executable, '-c', config, '-f'], stdin=subprocess.DEVNULL,
                                            stdout=errors, stderr=errors)
        if not self.wait_for(SERVES):
            raise RuntimeError('vouchsafed does not serve: %s' % (self.stop() or self.log()))

    def wait_for(self, words):
        """Waits until the log says so; False: it does not."""
        deadline = time.monotonic() + PATIENCE_S
        while words not in self.log() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(POLL_S)
        return words in self.log()

    def log(self):
        if not os.path.exists(self.folder + '/log'):
            return ''
        with open(self.folder + '/log', encoding='utf-8', errors='replace') as file:
            return file.read()

    def stop(self):
        """Ends it as an operator would; returns what is wrong with that, or None."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return 'vouchsafed did not end on SIGTERM'
        if self.process.returncode == 0:
            return None
        with open(self.folder + '/errors', encoding='utf-8', errors='replace') as file:
            return 'vouchsafed ended with %d: %s' % (self.process.returncode, file.read())
