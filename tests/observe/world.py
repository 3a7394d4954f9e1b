"""world.py - the machine that the MTAs see: host name, hosts file, accounts, addresses; the sink; and observe itself."""
import json
import os
import socket
import subprocess
import threading

import exim
import postfix
import private

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get('BUILD') or os.path.join(TREE, 'build')
VOUCHSAFE = os.environ.get('VOUCHSAFE') or os.path.join(BUILD, 'vouchsafe')
MTAS = os.environ.get('MTA_DIR') or os.path.join(TREE, 'build')
POSTFIX, EXIM, SENDMAIL = (os.path.join(MTAS, name) for name in ('postfix', 'oracle', 'sendmail'))
SENDMAIL_LIBRARIES = SENDMAIL + '/usr/lib/' + os.uname().machine + '-linux-gnu'
SENDMAIL_PROGRAM = SENDMAIL + '/usr/libexec/sendmail/sendmail'

HOST, DOMAIN = 'mailhost', 'example.org'
ADDRESSES = ('192.0.2.10', '192.0.2.11', '192.0.2.12', '198.51.100.25', '2001:db8::10', '2001:db8::25', '10.1.2.3')
SINK = '198.51.100.25'
SINK_6 = '2001:db8::25'
TIMEOUT_S = 60


def fetch():
    postfix.fetch(POSTFIX)
    exim.fetch(EXIM)
    private.unpack('sendmail-cf', SENDMAIL, 'usr/share/sendmail/cf/m4/cf.m4')
    private.unpack('libwrap0', SENDMAIL, 'usr/share/doc/libwrap0/copyright')
    private.unpack('sendmail-bin', SENDMAIL, 'usr/libexec/sendmail/sendmail')
    os.chmod(SENDMAIL_PROGRAM, 0o755)  # setgid programs look for no library of ours
    missing = private.missing_libraries([SENDMAIL_PROGRAM], SENDMAIL_LIBRARIES)
    if missing:
        raise RuntimeError('libraries that Sendmail needs are not installed: %s' % ' '.join(missing))


def namespaces(folder):
    """The command that begins one in namespaces of its own, where that is permitted."""
    if subprocess.run(['unshare', '-mun', 'true'], check=False, capture_output=True).returncode:
        return []
    accounts = private.Namespace(folder, '127.0.0.1')
    hosts = private.write(os.path.join(folder, 'hosts'), '127.0.0.1 localhost\n127.0.1.1 %s.%s %s\n' % (HOST, DOMAIN, HOST)
                          + '192.0.2.12 one.example.org\n%s direct.test mx.partner.test\n' % SINK)
    binds = [(accounts.passwd, '/etc/passwd'), (accounts.group, '/etc/group'), (accounts.resolv, '/etc/resolv.conf'),
             (hosts, '/etc/hosts')]
    script = ''.join('mount --bind "%s" "%s" && ' % pair for pair in binds)
    script += 'hostname %s && ip link set lo up && ' % HOST
    script += ''.join('ip address add %s dev lo%s && ' % (address, ' nodad' if ':' in address else '')
                      for address in ADDRESSES)
    return ['unshare', '-mun', 'sh', '-c', script + 'exec env OBSERVE_INSIDE=1 "$@"', 'sh']


class Sink(threading.Thread):
    """An SMTP server that keeps (HELO name, client address) by recipient."""

    def __init__(self, address, port):
        super().__init__(daemon=True)
        self.listener = socket.create_server((address, port), family=socket.AF_INET6 if ':' in address else socket.AF_INET)
        self.seen = {}

    def run(self):
        while True:
            try:
                client, peer = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client, peer[0]), daemon=True).start()

    def serve(self, client, address):
        helo, recipients, data = None, [], False
        with client, client.makefile('rwb') as stream:
            def say(text):
                stream.write(text.encode() + b'\r\n')
                stream.flush()
            say('220 sink.example.net ESMTP')
            for raw in stream:
                line = raw.decode('latin-1').rstrip('\r\n')
                word = line[:4].upper()
                if data:
                    if line == '.':
                        self.seen.update({to: (helo, address) for to in recipients})
                        data, recipients = False, []
                        say('250 taken')
                elif word in ('EHLO', 'HELO'):
                    helo = line[5:]
                    say('250 sink.example.net')
                elif word == 'DATA':
                    data = True
                    say('354 go on')
                elif word == 'QUIT':
                    say('221 bye')
                    return
                else:
                    if word == 'RCPT':
                        recipients.append(line.split('<', 1)[1].split('@', 1)[0])
                    say('250 fine')


class World:
    def __init__(self, folder):
        self.folder = folder
        self.inside = bool(os.environ.get('OBSERVE_INSIDE'))
        self.sinks = [Sink(*end) for end in ((SINK, 25), (SINK, 2525), (SINK_6, 2525))] if self.inside else []
        for sink in self.sinks:
            sink.start()

    def seen(self, recipient):
        """(HELO name, address) that the sink saw, or None."""
        return next((sink.seen[recipient] for sink in self.sinks if recipient in sink.seen), None)

    def path(self, *names):
        path = os.path.join(self.folder, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, name, text):
        path = private.write(self.path(name), text)
        os.utime(path, (1, 1))  # postconf waits while a file is as young as the clock
        return path

    def stop(self):
        for sink in self.sinks:
            sink.listener.close()


def observe(*arguments, stdin=''):
    """(exit status, standard output, standard error)."""
    done = subprocess.run([VOUCHSAFE, 'observe', *arguments], check=False, input=stdin.encode('latin-1'),
                          capture_output=True, timeout=TIMEOUT_S)
    return done.returncode, done.stdout.decode('latin-1'), done.stderr.decode('latin-1')


def observed(*arguments):
    """What --json says."""
    return json.loads(observe('--json', *arguments)[1])


def hosts_of(seen):
    """{name: proposed addresses} of all domains."""
    return {host['name']: sorted(each['address'] for each in host['addresses'] if each['proposed'])
            for domain in seen['domains'] for host in domain['hosts']}


def remarks_of(seen):
    return '\n'.join('%s: %s' % (each['place'], each['text']) for each in seen['remarks'])


def said(command, **options):
    """What a program prints; RuntimeError if it fails."""
    return private.run(command, '/', **options)
