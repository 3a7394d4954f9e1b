#!/usr/bin/python3
"""run.py - vouchsafe demo: what it shows, and that nothing stays behind, whatever happens to it or to its daemon.

In place of vouchsafed some cases put a program that never listens, fails, or says something else.

    VOUCHSAFE                the executable (default: build/vouchsafe of the tree), with vouchsafed beside it
"""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.abspath(os.environ.get('VOUCHSAFE') or TREE + '/build/vouchsafe')
DAEMON = os.path.join(os.path.dirname(TOOL), 'vouchsafed')
PATIENCE_S = 120
SENDERS = 11
REFUSED = 4
ID = r'id=([a-z2-7]{13})'

NEVER_LISTENS = '#!/usr/bin/python3\nimport signal\nsignal.pause()\n'
SAYS_WHY = '#!/bin/sh\necho "no such luck" >&2\nexit 2\n'
SAYS_NOTHING = '#!/bin/sh\nexit 0\n'
MONITORS = '#!/bin/sh\n/bin/sed -i s/enforce/monitor/ "$2"\nexec %s "$@"\n'
GARBLES = '''#!/usr/bin/python3
import os, re, signal, socket, sys
text = open(sys.argv[2]).read()
ears = []
for path in re.findall('unix:([^"]+)', text):
    ears.append(socket.socket(socket.AF_UNIX))
    ears[-1].bind(path)
    ears[-1].listen()
while True:
    peer = ears[0].accept()[0]
    if peer.recv(1000):
        peer.sendall(b'220 mx.example.net ESMTP\\r\\n')
'''


class Place:
    """A folder for temporary files, and one with the tool and whatever takes the place of vouchsafed."""

    def __init__(self, folder, daemon=None):
        self.temporary = folder + '/t'
        self.programs = folder + '/p'
        os.mkdir(self.temporary)
        os.mkdir(self.programs)
        shutil.copy(TOOL, self.programs)
        if daemon is not None:
            self.put(daemon)
        self.environment = dict(os.environ, TMPDIR=self.temporary, PATH='/nowhere')

    def put(self, text):
        path = self.programs + '/vouchsafed'
        with open(path, 'w', encoding='ascii') as file:
            file.write(text)
        os.chmod(path, 0o755)

    def start(self, output=subprocess.PIPE):
        return subprocess.Popen([self.programs + '/vouchsafe', 'demo'], env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE)

    def run(self, output=subprocess.PIPE):
        """(exit status, standard output, standard error)"""
        process = self.start(output)
        said, complained = process.communicate(timeout=PATIENCE_S)
        return process.returncode, (said or b'').decode(), complained.decode()

    def wait(self, there):
        """Whether it comes to be."""
        deadline = time.monotonic() + PATIENCE_S
        while not there() and time.monotonic() < deadline:
            time.sleep(0.01)
        return there()

    def has_processes(self):
        """Does anybody run with this folder in the arguments or as the program?"""
        for path in glob.glob('/proc/[0-9]*/cmdline'):
            try:
                with open(path, 'rb') as file:
                    words = file.read()
            except OSError:
                continue
            if self.temporary.encode() in words and int(path.split('/')[2]) != os.getpid():
                return True
        return False

    def is_clean(self):
        return self.wait(lambda: not self.has_processes()) and os.listdir(self.temporary) == []


def shows(place):
    os.symlink(DAEMON, place.programs + '/vouchsafed')
    status, said, complained = place.run()
    yield 'ends well', (status, complained) == (0, ''), (status, complained)
    for port in ('milter', 'policy'):
        rows = re.findall(r'^    %s  (.*)$' % port, said, re.M)
        yield port + ' answers every sender', len(rows) == SENDERS, rows
        refused = [row for row in rows if re.match(r'550 5\.7\.1 .* %s$' % ID, row)]
        yield port + ' refuses who must be refused', len(refused) == REFUSED, rows
    ids = re.findall(ID, said)
    yield 'each decision has its own id', len(ids) == len(set(ids)) == 2 * REFUSED + 2, ids
    yield 'the class of trusted sessions', said.count('policy  skip_blocklists\n') == 1, said
    yield 'a whole dialogue', re.search(r'RCPT TO:<user@example\.net> +550 .*\n.*\n +\. +Authentication-Results: .*\n', said) and \
        'action=DUNNO\n' in said and 'action=550 5.7.1 mail.example.org ' in said, said
    yield 'what to try next', said.endswith('vouchsafe check --trace 192.0.2.1 mail.example.org\n'), said[-200:]
    yield 'leaves nothing', place.is_clean(), os.listdir(place.temporary)


def finds_in_path(place):
    status, said, complained = place.run()
    yield 'without vouchsafed', (status, said) == (2, '') and 'vouchsafed' in complained and './dev build' in complained, complained
    place.environment['PATH'] = '/nowhere:' + os.path.dirname(DAEMON)
    status, said, complained = place.run()
    yield 'finds it in PATH', (status, complained) == (0, ''), (status, complained)
    os.mkdir(place.programs + '/vouchsafed')
    status, said, complained = place.run()
    yield 'a folder is no program', (status, complained) == (0, ''), (status, complained)
    place.environment['TMPDIR'] = '/' + 'x' * 200
    yield 'a long TMPDIR is left alone', place.run()[0] == 0, ''
    yield 'leaves nothing', place.is_clean(), os.listdir(place.temporary)


def fails_with(place, text, status, words):
    place.put(text)
    got, _, complained = place.run()
    yield words, got == status and re.search(words, complained) is not None, (got, complained)
    yield 'leaves nothing', place.is_clean(), os.listdir(place.temporary)


def disagrees(place):
    status, said, complained = place.run()
    yield 'a port that differs is shown', (status, complained) == (1, '') and said.count('A PORT DIFFERS') == REFUSED, \
        (status, complained)
    yield 'leaves nothing', place.is_clean(), os.listdir(place.temporary)


def interrupted(place, number):
    process = place.start()
    yield 'starts', place.wait(place.has_processes) and place.wait(lambda: os.listdir(place.temporary)), ''
    process.send_signal(number)
    _, complained = process.communicate(timeout=PATIENCE_S)
    yield 'ends by the signal, without a word', (process.returncode, complained) == (-number, b''), \
        (process.returncode, complained)
    yield 'leaves nothing', place.is_clean(), os.listdir(place.temporary)


def killed(place):
    process = place.start()
    yield 'starts', place.wait(lambda: glob.glob(place.temporary + '/*/errors')) and place.wait(place.has_processes), ''
    process.kill()
    process.communicate()
    yield 'the daemon does not outlive it', place.wait(lambda: not place.has_processes()), ''


def unheard(place):
    os.symlink(DAEMON, place.programs + '/vouchsafed')
    with open('/dev/full', 'wb') as full:
        status, _, complained = place.run(full)
    yield 'a full disk', status == 2 and 'standard output' in complained, (status, complained)
    read, write = os.pipe()
    os.close(read)
    with open(write, 'wb') as closed:
        status, _, complained = place.run(closed)
    yield 'a reader that went away', (status, complained) == (-signal.SIGPIPE, ''), (status, complained)
    yield 'leaves nothing', place.is_clean(), os.listdir(place.temporary)


CASES = [
    ('demo', shows, ()),
    ('path', finds_in_path, ()),
    ('failing', fails_with, (SAYS_WHY, 2, r'vouchsafed does not start: no such luck\n$')),
    ('silent', fails_with, (SAYS_NOTHING, 2, r'vouchsafed does not start: it says nothing\n$')),
    ('garbled', fails_with, (GARBLES, 2, r'vouchsafed does not speak milter here\n$')),
    ('SIGINT', interrupted, (signal.SIGINT,)),
    ('SIGTERM', interrupted, (signal.SIGTERM,)),
    ('SIGHUP', interrupted, (signal.SIGHUP,)),
    ('SIGKILL', killed, ()),
    ('monitor', disagrees, ()),
    ('output', unheard, ()),
]


def main():
    passed = failed = 0
    for name, case, arguments in CASES:
        with tempfile.TemporaryDirectory(prefix='vouchsafe-') as folder:
            place = Place(folder, MONITORS % DAEMON if name == 'monitor' else
                          NEVER_LISTENS if name.startswith('SIG') else None)
            for what, fine, detail in case(place, *arguments):
                passed, failed = passed + bool(fine), failed + (not fine)
                print('%s %s: %s%s' % ('ok' if fine else 'FAILED', name, what, '' if fine else ': %s' % (detail,)))
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
