"""redis_server.py - a real redis-server on a socket in a folder of its own, with nothing on disk."""
import os
import shutil
import signal
import socket
import subprocess

from daemon import PATIENCE_S, until
from folder import Skipped


class Redis:
    def __init__(self, world):
        self.world, self.path = world, world.path('redis')
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ['redis-server', '--port', '0', '--unixsocket', self.path, '--save', '', '--dir', self.world.folder],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: os.path.exists(self.path), 'redis serves')

    def ask(self, *words):
        """Says a command; the answer's first line."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE_S)
            client.connect(self.path)
            client.sendall(' '.join(words).encode() + b'\r\n')
            return client.makefile().readline().strip()

    def kill(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()
        if os.path.exists(self.path):
            os.unlink(self.path)


def start_redis(world):
    if shutil.which('redis-server') is None:
        raise Skipped('needs redis-server')
    return Redis(world)
