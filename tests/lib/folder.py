"""folder.py - a folder of its own, and the daemons that run in it."""
import os
import shutil
import tempfile

from daemon import VOUCHSAFED, Daemon


class Skipped(Exception):
    """A case cannot be run here; why."""


class Folder:
    """close() ends all daemons, closes all sockets and removes the folder."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='vd')
        os.chmod(self.folder, 0o755)
        self.daemons, self.sockets = [], []

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding='utf-8') as file:
            return file.read()

    def start(self, before=(), **options):
        """A daemon in the foreground that serves with the configuration "conf"."""
        daemon = Daemon(VOUCHSAFED, self.folder, self.path('conf'), before, **options)
        self.daemons.append(daemon)
        return daemon

    def close(self):
        for peer in self.sockets:
            peer.close()
        for daemon in self.daemons:
            daemon.kill()
        shutil.rmtree(self.folder)
