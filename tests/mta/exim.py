"""exim.py - a private Exim daemon with contrib/exim/vouchsafe.acl, unpacked as tests/exim does it.

The question stands first in its list for RCPT, so that the ACL alone exempts our own users and hosts.

One daemon listens on several ports, each of which asks a vouchsafe socket of its own. It delivers into a maildir under
its own user, so it needs no privilege but for its start.
"""
import os
import signal
import subprocess
import sys
import time

import postfix
import private
import servers

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(os.path.join(TREE, 'tests', 'exim'))

import oracle  # noqa: E402

START_TIMEOUT_S, STOP_TIMEOUT_S = 30, 15

CONFIG = '''primary_hostname = mx.example.net
exim_path = {package}/usr/sbin/exim4
spool_directory = {folder}/spool
log_file_path = {folder}/exim-%slog
pid_file_path =
local_interfaces = {address}
daemon_smtp_ports = {ports}
keep_environment = ^LD_PRELOAD : ^RESOLV_WRAPPER_ : ^NSS_WRAPPER_
timezone = UTC
host_lookup =
rfc1413_hosts =
helo_allow_chars = _
helo_accept_junk_hosts = *
pipelining_advertise_hosts = *
deliver_drop_privilege = true
smtp_accept_max = 50
tls_advertise_hosts = *
tls_certificate = {certificates}/server.pem
tls_privatekey = {certificates}/server.key
tls_try_verify_hosts = *
tls_verify_certificates = {certificates}/ca.pem
dns_retrans = 1s
dns_retry = 0
domainlist local_domains = example.net : csv.example.net
hostlist relay_from_hosts = {relay}
VOUCHSAFE_SOCKET = {sockets}
VOUCHSAFE_ID = mx.example.net
acl_smtp_helo = check_helo
acl_smtp_mail = check_mail
acl_smtp_rcpt = check_rcpt
acl_smtp_data = check_data

begin acl
.include {contrib}/vouchsafe.acl

check_helo:
  accept  !condition = ${{if =={{$received_port}}{{{helo}}}}}
  require acl = vouchsafe_helo
  accept
check_mail:
  accept  !condition = ${{if =={{$received_port}}{{{mail}}}}}
  require acl = vouchsafe_mail
  accept
check_rcpt:
  require acl = vouchsafe_rcpt
  accept  authenticated = *
  accept  hosts = +relay_from_hosts
  require domains = +local_domains : ${{primary_hostname}}
          message = relay not permitted
  require verify = recipient
  deny    !condition = ${{if eq{{$acl_m_vouchsafe_act}}{{trusted}}}}
          dnslists = bl.example
          message = listed by $dnslist_domain
  accept
check_data:
  require acl = vouchsafe_data
  accept

begin routers
all:
  driver = accept
  transport = maildir

begin transports
maildir:
  driver = appendfile
  directory = {folder}/maildir
  maildir_format
  user = Debian-exim

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${{if eq{{$auth3}}{{secret}}}}
  server_set_id = $auth2
'''


def fetch(folder):
    """Unpacks Exim below `folder` unless it is there; returns `folder`."""
    missing = oracle.missing_libraries(oracle.fetch(folder))
    if missing:
        raise RuntimeError('libraries that Exim needs are not installed: %s' % ' '.join(missing))
    return folder


class Exim:
    """sockets: {port: the vouchsafe socket that it asks}; early: {'helo': port, 'mail': port} that ask at that stage too."""

    def __init__(self, package, folder, place, sockets, early):
        self.package, self.folder, self.address = package, folder, place['address']
        self.namespace, self.ports = place['namespace'], list(sockets)
        self.maildir = os.path.join(folder, 'maildir')
        self.mailbox = private.Mailbox(self.maildir)
        for path in (folder, self.maildir, os.path.join(folder, 'spool')):
            os.makedirs(path, exist_ok=True)
            os.chown(path, dict(private.USERS)['Debian-exim'], dict(private.GROUPS)['Debian-exim'])
        chosen = ''.join('${if =={$received_port}{%d}{%s}}' % pair for pair in sockets.items())
        self.config = private.write(os.path.join(folder, 'exim.conf'), CONFIG.format(
            package=package, folder=folder, address=self.address, ports=' : '.join(map(str, sockets)), sockets=chosen,
            **early,
            relay=place['relay'], certificates=place['certificates'], contrib=os.path.join(TREE, 'contrib/exim')))
        self.child = None

    def start(self):
        command = [os.path.join(self.package, 'usr/sbin/exim4'), '-C', self.config, '-bdf']
        with open(os.path.join(self.folder, 'exim.out'), 'wb') as out:
            self.child = subprocess.Popen(self.namespace.wrap(command), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          cwd=self.folder, env={'PATH': os.environ['PATH'], **self.namespace.environment()},
                                          preexec_fn=servers.die_with_parent)
        deadline = time.monotonic() + START_TIMEOUT_S
        for port in self.ports:
            while not postfix.greets(self.address, port):
                if time.monotonic() > deadline or self.child.poll() is not None:
                    raise RuntimeError('Exim does not serve %s:%s: %s' % (self.address, port, self.log()[-3000:]))
                time.sleep(0.05)
        return self

    def log(self):
        text = ''
        for name in ('exim.out', 'exim-mainlog', 'exim-rejectlog', 'exim-paniclog'):
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
