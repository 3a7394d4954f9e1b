"""servers.py - starts NSD, Unbound, BIND and Knot Resolver in the foreground on private configurations.

Each server is one Process: started with its output in a log file, waited for until it answers, ended by its own pid.
A Network is a free /24 of loopback addresses, so that servers can use port 53 and runs do not meet each other.
"""
import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
import time

START_TIMEOUT_S = 20
STOP_TIMEOUT_S = 5
POLL_S = 0.02
ROOT_SOA_QUESTION = bytes.fromhex('1234 0100 0001 0000 0000 0000 00 0006 0001')
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)

NSD_CONF = '''server:
    ip-address: {address}@{port}
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: ""
    database: ""
    pidfile: "{stem}.pid"
    xfrdfile: "{stem}.xfrd"
    xfrdir: "{folder}"
    zonelistfile: "{stem}.zones"
    logfile: "{stem}.log"
    rrl-ratelimit: 0
    round-robin: no
    minimal-responses: {minimal}
remote-control:
    control-enable: no
'''

UNBOUND_CONF = '''server:
    interface: {address}
    port: 53
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: ""
    use-syslog: no
    logfile: ""
    do-ip6: no
    do-not-query-localhost: no
    access-control: 127.0.0.0/8 allow
    module-config: "validator iterator"
    root-hints: "{hints}"
    trust-anchor-file: "{anchor}"
    minimal-responses: yes
    local-zone: "test." nodefault
remote-control:
    control-enable: no
'''

BIND_CONF = '''options {{
    directory "{folder}";
    pid-file "{stem}.pid";
    session-keyfile "{stem}.key";
    listen-on port {port} {{ {address}; }};
    listen-on-v6 {{ none; }};
    allow-query {{ any; }};
    recursion yes;
    minimal-responses yes;
    dnssec-validation yes;
    empty-zones-enable no;
    max-cache-size 16m;
    qname-minimization off;
    server-id none;
}};
controls {{ }};
trust-anchors {{ "." static-ds {tag} {algorithm} {digest_type} "{digest}"; }};
zone "." {{ type hint; file "{hints}"; }};
'''

KRESD_CONF = '''net.listen('{address}', 53, {{ kind = 'dns' }})
net.ipv6 = false
option('ALLOW_LOCAL', true)
modules = {{ 'hints > iterate' }}
modules.unload('policy')
modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.unload('priming')
hints.root({{ ['a.root-servers.'] = {{ '{root}' }} }})
trust_anchors.remove('.')
trust_anchors.add('{ds}')
cache.open(10 * MB, 'lmdb://{folder}')
'''


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """One child process; stop() ends it by its pid."""

    def __init__(self, name, command, folder):
        self.name = name
        self.log_path = os.path.join(folder, name + '.out')
        with open(self.log_path, 'wb') as log:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                                          preexec_fn=die_with_parent)

    def wait_ready(self, address, port=53):
        """Returns once the server answers a question."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.child.poll() is None:
            if answers(address, port):
                return self
        raise RuntimeError('%s does not answer: %s' % (self.name, self.output()[-2000:]))

    def output(self):
        with open(self.log_path, encoding='utf-8', errors='replace') as log:
            return log.read()

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
        try:
            self.child.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def answers(address, port):
    """True if a server answers a question about the root within a moment; waits that moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(POLL_S)
        client.connect((address, port))
        try:
            client.send(ROOT_SOA_QUESTION)
            return bool(client.recv(4096))
        except TimeoutError:
            return False
        except ConnectionError:
            time.sleep(POLL_S)
            return False


class Network:
    """A loopback /24 on which nobody listens at port 53."""

    def __init__(self):
        for attempt in range(200):
            number = os.getpid() + attempt * 7919
            self.prefix = '127.%d.%d.' % (64 + number % 128, number // 128 % 256)
            if is_free(self.prefix + '1'):
                return
        raise RuntimeError('no free loopback addresses')

    def address(self, host):
        return self.prefix + str(host)


def is_free(address):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, 53))
            except PermissionError as error:
                raise RuntimeError('port 53 of a loopback address needs root') from error
            except OSError:
                return False
    return True


def can_unshare():
    """True if a private mount namespace is permitted."""
    return subprocess.run(['unshare', '-m', 'true'], check=False, capture_output=True).returncode == 0


def free_port():
    """A port of 127.0.0.1 that was free for UDP and TCP a moment ago. For root one below 1024: resolvers ask from any
    port above, and one of them might have it when a server wants it."""
    while True:
        wanted = random.randrange(512, 1024) if os.geteuid() == 0 else 0
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, contextlib.suppress(OSError):
            tcp.bind(('127.0.0.1', wanted))
            udp.bind(tcp.getsockname())
            return tcp.getsockname()[1]


def write(path, text):
    with open(path, 'w', encoding='ascii') as file:
        file.write(text)
    return path


def nsd_command(stem, zones, address, port=53, minimal=False):
    """Writes STEM.conf for zones of (name, file); the command that serves them."""
    text = NSD_CONF.format(address=address, port=port, stem=stem, folder=os.path.dirname(stem),
                           minimal='yes' if minimal else 'no')
    text += ''.join('zone:\n    name: "%s"\n    zonefile: "%s"\n' % pair for pair in zones)
    return ['/usr/sbin/nsd', '-d', '-c', write(stem + '.conf', text)]


def start_nsd(folder, label, address, zones, minimal=True):
    """zones: (name, master file) pairs. A zone whose file cannot be read is answered with SERVFAIL."""
    stem = os.path.join(folder, label)
    return Process(label, nsd_command(stem, zones, address, minimal=minimal), folder)


def start_unbound(folder, address, internet):
    text = UNBOUND_CONF.format(address=address, folder=folder, hints=internet.hints, anchor=internet.anchor)
    return Process('unbound', ['/usr/sbin/unbound', '-d', '-c', write(os.path.join(folder, 'unbound.conf'), text)],
                   folder)


def start_bind(folder, port, internet):
    """Listens on 127.0.0.1, since BIND takes only addresses that an interface holds."""
    tag, algorithm, digest_type, digest = internet.root.ds.split('DS', 1)[1].split(';')[0].split()[:4]
    text = BIND_CONF.format(address='127.0.0.1', port=port, folder=folder, stem=os.path.join(folder, 'named'),
                            hints=internet.hints, tag=tag, algorithm=algorithm, digest_type=digest_type, digest=digest)
    return Process('bind', ['/usr/sbin/named', '-g', '-n', '1', '-c',
                            write(os.path.join(folder, 'named.conf'), text)], folder)


def start_kresd(folder, address, internet, root_address):
    home = os.path.join(folder, 'kresd')
    os.mkdir(home)
    text = KRESD_CONF.format(address=address, folder=home, root=root_address,
                             ds=' '.join(internet.root.ds.split(';')[0].split()))
    return Process('kresd', ['/usr/sbin/kresd', '-n', '-c', write(os.path.join(home, 'config'), text), home], folder)
