"""oracle.py - Debian's Exim, unpacked and not installed, as a second CSA implementation.

Exim asks the resolver of the C library and wants a user of its own. Both are given to it in a private mount namespace
(resolv.conf, passwd and group bound over the system's); where that is not permitted, by the wrapper libraries of
libresolv-wrapper and libnss-wrapper. `exim -bs -oMa CLIENT` plays a session on its standard input as if from CLIENT;
`-bh` would write IPv6 addresses in full and then find no match, as it compares text.
"""
import glob
import os
import re
import subprocess

import servers

PACKAGES = ('exim4-daemon-heavy', 'exim4-base', 'exim4-config')
USER = 'Debian-exim'
SESSION_TIMEOUT_S = 60

CONFIG = '''primary_hostname = exim.invalid
spool_directory = {folder}/spool
log_file_path = {folder}/exim-%slog
keep_environment = ^RESOLV_WRAPPER_ : ^NSS_WRAPPER_
host_lookup =
rfc1413_hosts =
hosts_require_helo =
helo_accept_junk_hosts = *
helo_allow_chars = _
tls_advertise_hosts =
smtp_accept_max_nonmail = 100000
dns_retrans = 1s
dns_retry = 0
{options}
acl_smtp_helo = csa
acl_smtp_mail = mail
begin acl
csa:
  warn verify = csa
       set acl_c_said = $csa_status $acl_verify_message
  warn !verify = csa
       set acl_c_said = $csa_status $acl_verify_message
  accept message = CSA $acl_c_said
mail:
  accept acl = csa
         message = CSA $acl_c_said
'''
DEFAULT_OPTIONS = {'dns_csa_use_reverse': 'false', 'dns_csa_search_limit': '5'}

REASONS = {
    'explicit authorization required': 'explicit',
    'host name not authorized': 'prohibited',
    'no authorized addresses': 'no-address',
    'client address mismatch': 'mismatch',
    'SRV lookup failed': 'srv-dns',
    'target address lookup failed': 'addr-dns',
}
SAID = re.compile(r'^250[ -]CSA (ok|unknown|defer|fail) .*?(?:\((.*)\))?\r?$', re.MULTILINE)


def fetch(folder):
    """Downloads and unpacks Exim below `folder` unless it is there; returns the executable."""
    executable = os.path.join(folder, 'usr/sbin/exim4')
    if not os.path.exists(executable):
        os.makedirs(folder, exist_ok=True)
        run(['apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download', *PACKAGES], folder)
        for package in glob.glob(os.path.join(folder, 'exim4-*.deb')):
            run(['dpkg', '-x', package, folder], folder)
    return executable


def run(command, folder):
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError('%s: %s' % (' '.join(command), (done.stderr or done.stdout).strip()))


def missing_libraries(executable):
    listing = subprocess.run(['ldd', executable], check=True, capture_output=True, text=True).stdout
    return re.findall(r'^\s*(\S+) => not found', listing, re.MULTILINE)


def write(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    return path


class Exim:
    """Exim with one name server; each worker has one of its own."""

    def __init__(self, executable, folder, name_server):
        self.executable = executable
        self.folder = folder
        os.makedirs(os.path.join(folder, 'spool'), exist_ok=True)
        os.chmod(folder, 0o777)  # Exim logs under a user of its own
        self.resolv = write(os.path.join(folder, 'resolv.conf'),
                            'nameserver %s\noptions timeout:1 attempts:1\n' % name_server)
        self.passwd = self.with_user('/etc/passwd', '%s:x:65433:65433::/nonexistent:/bin/false\n' % USER)
        self.group = self.with_user('/etc/group', '%s:x:65433:\n' % USER)
        self.namespace = servers.can_unshare()

    def with_user(self, source, line):
        with open(source, encoding='utf-8') as file:
            text = file.read()
        if not re.search('^%s:' % USER, text, re.MULTILINE):
            text += line
        return write(os.path.join(self.folder, os.path.basename(source)), text)

    def play(self, client, helos, options):
        """Plays HELOs in one session from `client`; '' is a session without HELO. Returns {helo: word}, None: refused.

        A session without HELO is played first, before any EHLO of the same connection.
        """
        config = write(os.path.join(self.folder, 'exim.conf'),
                       CONFIG.format(folder=self.folder, options=option_lines(options)))
        helos = sorted(set(helos))
        commands = ['EHLO ' + helo if helo else 'MAIL FROM:<>' for helo in helos]
        text = ''.join(command + '\r\n' for command in commands + ['QUIT'])
        done = subprocess.run(self.command(config, client), input=text.encode(), check=False, capture_output=True,
                              env=self.environment(), timeout=SESSION_TIMEOUT_S, cwd=self.folder)
        replies = split_replies(done.stdout.decode('utf-8', 'replace'))[1:-1]
        if len(replies) != len(helos) or any(reply.startswith('421') for reply in replies):
            raise RuntimeError('exim: %s' % (done.stderr + done.stdout).decode(errors='replace')[-1000:])
        return {helo: word_of(reply) for helo, reply in zip(helos, replies)}

    def command(self, config, client):
        exim = [self.executable, '-C', config, '-bs', '-oMa', client]
        if not self.namespace:
            return exim
        binds = ''.join('mount --bind "%s" "%s" && ' % pair
                        for pair in ((self.resolv, '/etc/resolv.conf'), (self.passwd, '/etc/passwd'),
                                     (self.group, '/etc/group')))
        return ['unshare', '-m', 'sh', '-c', binds + 'exec "$@"', 'sh', *exim]

    def environment(self):
        environment = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8'}
        if not self.namespace:
            environment.update(LD_PRELOAD='libresolv_wrapper.so libnss_wrapper.so', RESOLV_WRAPPER_CONF=self.resolv,
                               NSS_WRAPPER_PASSWD=self.passwd, NSS_WRAPPER_GROUP=self.group)
        return environment


def option_lines(options):
    """Configuration lines: our defaults, and the pairs in `options` instead where they say otherwise."""
    return '\n'.join('%s = %s' % pair for pair in {**DEFAULT_OPTIONS, **dict(options)}.items())


def split_replies(text):
    """SMTP replies: each ends with a line whose code is followed by a blank."""
    return re.findall(r'(?:^\d{3}-.*\n)*^\d{3} .*\n?', text, re.MULTILINE)


def word_of(reply):
    """ok, unknown, defer/REASON or fail/REASON in our words; None: the command was refused."""
    said = SAID.search(reply)
    if not said:
        return None
    status, reason = said.groups()
    return '%s/%s' % (status, REASONS[reason]) if status in ('defer', 'fail') else status
