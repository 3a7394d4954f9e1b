#!/usr/bin/python3
"""spawn.py - listens on a unix socket and runs a command for each connection, which is its standard input and output.

    spawn.py SOCKET COMMAND...

That is what Postfix's spawn(8) does for a policy service: one process serves one connection. It waits for those that
ended, so their processor time is in that of its children.
"""
import os
import signal
import socket
import subprocess
import sys

BACKLOG = 128


def main():
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen(BACKLOG)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        signal.signal(signal.SIGCHLD, lambda *_: reap())
        while True:
            connection, _ = listener.accept()
            with connection:
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
                subprocess.Popen(sys.argv[2:], stdin=connection, stdout=connection)  # pylint: disable=R1732
                signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


if __name__ == '__main__':
    sys.exit(main())
