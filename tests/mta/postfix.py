"""postfix.py - a private Postfix: unpacked from Debian's package, own configuration, queue and addresses.

Several smtpd services with options of their own share one instance. Mail for the domains of the tests goes into one
maildir, mail for `relayed.example` is accepted from the relay host and thrown away.
"""
import os
import signal
import socket
import subprocess
import time

import private
import servers

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONTRIB = os.path.join(TREE, 'contrib', 'postfix')
START_TIMEOUT_S, STOP_TIMEOUT_S = 30, 15

MAIN = '''compatibility_level = 3.6
config_directory = {folder}/etc
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {package}/usr/lib/postfix/sbin
command_directory = {package}/usr/sbin
shlib_directory = {package}/usr/lib/postfix
meta_directory = {folder}/etc
sendmail_path = {package}/usr/sbin/sendmail
import_environment = {environment}
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = all
inet_protocols = ipv4
myhostname = mx.example.net
myorigin = example.net
mydestination =
mynetworks = {relay}/32
smtpd_authorized_xclient_hosts = {relay}/32
alias_maps =
local_recipient_maps =
smtpd_peername_lookup = no
in_flow_delay = 0
virtual_mailbox_domains = example.net, csv.example.net
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:maildir/
virtual_uid_maps = static:{vmail}
virtual_gid_maps = static:{vmail}
default_transport = discard:
relay_transport = discard:
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/sasl
smtpd_sasl_auth_enable = yes
broken_sasl_auth_clients = no
smtpd_tls_auth_only = no
smtpd_tls_cert_file = {certificates}/server.pem
smtpd_tls_key_file = {certificates}/server.key
smtp_dns_support_level = disabled
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
smtpd_timeout = 60s
'''

MASTER = '''postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
'''
QUEUES = ('incoming', 'active', 'deferred', 'bounce', 'defer', 'corrupt', 'hold', 'flush', 'trace', 'saved', 'maildrop',
          'private', 'public')


def fetch(folder):
    """Unpacks Postfix below `folder` unless it is there; returns `folder`."""
    private.unpack('postfix', folder, 'usr/lib/postfix/sbin/master')
    missing = private.missing_libraries([os.path.join(folder, 'usr/lib/postfix/sbin', name)
                                         for name in ('master', 'smtpd', 'cleanup')],
                                        os.path.join(folder, 'usr/lib/postfix'))
    if missing:
        raise RuntimeError('libraries that Postfix needs are not installed: %s' % ' '.join(missing))
    return folder


def contributed(name):
    with open(os.path.join(CONTRIB, name), encoding='utf-8') as file:
        return file.read()


def last_of_each(text):
    """main.cf with the last entry of each name. Each process of Postfix warns of the others when it starts, and its master
    waits for ever once more such lines than a socket holds wait for a log daemon that it has yet to start."""
    entries, name = {}, None
    for line in text.splitlines():
        if name and line[:1].isspace() and line.strip():
            entries[name] += line + '\n'
        elif line.strip() and not line.startswith('#'):
            name = line.split('=')[0].strip()
            entries.pop(name, None)
            entries[name] = line + '\n'
    return ''.join(entries.values())


class Postfix:
    """One instance, below `folder`. services: {port: {option: value}} of its smtpds; main: what main.cf says besides."""

    def __init__(self, package, folder, place, services, main='', master=''):
        self.package, self.folder, self.address = package, folder, place['address']
        self.namespace, self.services = place['namespace'], services
        self.queue = os.path.join(folder, 'queue')
        self.maildir = os.path.join(folder, 'maildir')
        self.mailbox = private.Mailbox(self.maildir)
        self.make_folders()
        private.write(os.path.join(folder, 'etc/main.cf'),
                      last_of_each(MAIN.format(folder=folder, package=package, address=self.address, relay=place['relay'],
                                               certificates=place['certificates'], vmail=private.VMAIL,
                                               environment=self.imported()) + main))
        private.write(os.path.join(folder, 'etc/master.cf'), MASTER + self.master_lines() + master)
        self.child = None

    def environment(self):
        return {**self.namespace.environment(), 'LD_LIBRARY_PATH': self.package + '/usr/lib/postfix',
                'MAIL_CONFIG': self.folder + '/etc', 'LC_ALL': 'C.UTF-8'}

    def imported(self):
        """The same for main.cf: the master's children get it."""
        return ' '.join('{ %s = %s }' % pair for pair in self.environment().items())

    def make_folders(self):
        for name in ('etc', 'data', 'maildir', *('queue/' + name for name in QUEUES), 'queue/pid', 'queue/vouchsafe'):
            os.makedirs(os.path.join(self.folder, name), exist_ok=True)
        owner = dict(private.USERS)['postfix']
        os.chown(os.path.join(self.folder, 'data'), owner, owner)
        os.chown(self.maildir, private.VMAIL, private.VMAIL)
        for name in QUEUES:
            os.chown(os.path.join(self.queue, name), owner, dict(private.GROUPS)['postdrop'])
            os.chmod(os.path.join(self.queue, name), 0o755 if name == 'public' else 0o700)
        for name in ('dynamicmaps.cf', 'postfix-files'):
            private.write(os.path.join(self.folder, 'etc', name), '')

    def master_lines(self):
        return ''.join('%s:%s inet n - n - - smtpd\n%s' % (self.address, port, ''.join(
            '    -o { %s = %s }\n' % pair for pair in options.items())) for port, options in self.services.items())

    def start(self):
        master = os.path.join(self.package, 'usr/lib/postfix/sbin/master')
        with open(os.path.join(self.folder, 'master.out'), 'wb') as out:
            self.child = subprocess.Popen(self.namespace.wrap([master, '-s', '-c', self.folder + '/etc']),
                                          env={'PATH': os.environ['PATH'], **self.environment()},
                                          stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.folder,
                                          preexec_fn=servers.die_with_parent)
        deadline = time.monotonic() + START_TIMEOUT_S
        for port in self.services:
            while not greets(self.address, port):
                if time.monotonic() > deadline or self.child.poll() is not None:
                    raise RuntimeError('Postfix does not serve %s:%s: %s' % (self.address, port, self.log()[-3000:]))
                time.sleep(0.05)
        return self

    def log(self):
        text = ''
        for name in ('master.out', 'mail.log'):
            path = os.path.join(self.folder, name)
            if os.path.exists(path):
                with open(path, encoding='utf-8', errors='replace') as file:
                    text += file.read()
        return text

    def stop(self):
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


def greets(address, port):
    """Does an SMTP server greet there?"""
    try:
        with socket.create_connection((address, port), 5, source_address=(address, 0)) as client:
            client.settimeout(10)
            greeting = client.recv(4)
            client.sendall(b'QUIT\r\n')
            return greeting.startswith(b'220')
    except OSError:
        return False
