#!/usr/bin/python3
"""peers.py - Vouchsafe beside others that judge a client at HELO, in one run: same names, same local NSD.

    peers.py [BUILD]

    Exim                        `verify = csa` in `exim -bh`, which explains itself on stderr, and in `exim -bs`
    policyd-spf (Python)        HELO and MAIL FROM SPF; policy requests on standard input
    postfix-policyd-spf-perl    the same

All ask the resolver of the C library, so everything runs in a private mount namespace with a resolv.conf of ours; this
needs root. None of the peers has a cache; Vouchsafe is shown without and with its own. The cost of a decision is a
difference: a process that decides many sessions, minus one that decides a single one. Wrong answers end the run.
"""
import glob
import json
import os
import statistics
import subprocess
import sys

import figures
import hosts
import oracle
import relay
import servers

INSIDE = '--inside'  # the private mount namespace has been entered
NAMES = 4000
PACKAGES = ('postfix-policyd-spf-python', 'postfix-policyd-spf-perl')
PEERS_FOLDER = os.environ.get('ORACLE_DIR') or os.path.join(figures.TREE, 'build', 'oracle')
DELAY_MS = 50
DELAYED_NAMES, PROCESSES = 21, 10

REQUEST = '''request=smtpd_access_policy
protocol_state=RCPT
protocol_name=ESMTP
instance=bench.{number}
helo_name={host.name}
client_address={host.client}
client_name=unknown
reverse_client_name=unknown
sender=user@{host.name}
recipient=user@example.net
queue_id=
size=0

'''


class Vouchsafe:
    """bench/decide; with `cached` passes beyond the first."""

    def __init__(self, build, world, label, in_flight, cached=0):
        self.label, self.world, self.names = label, world, NAMES
        self.command = [os.path.join(build, 'bench', 'decide'), '-s', 'dns.trust_anchor=none', '-w', str(in_flight)]
        self.cached = cached

    def decide(self, chosen, passes=1):
        done = subprocess.run([*self.command, '-p', str(passes), self.world.sessions(chosen)], check=True,
                              capture_output=True, text=True)
        if done.stdout.count('csa_pass=%d' % len(chosen)) != passes:
            raise RuntimeError('%s: %s%s' % (self.label, done.stdout, done.stderr))

    def cost(self, chosen):
        if not self.cached:
            return figures.by_difference(self.decide, chosen[:1], chosen)
        once, often = figures.cost_of(self.decide, chosen), figures.cost_of(self.decide, chosen, 1 + self.cached)
        extra = self.cached * len(chosen)
        return figures.Cost((often.wall - once.wall) / extra, (often.cpu - once.cpu) / extra)


class Exim(oracle.Exim):
    """One SMTP connection; all names that it shows belong to one client address."""

    names = 201

    def __init__(self, folder, name_server, mode):
        super().__init__(oracle.fetch(PEERS_FOLDER), folder, name_server)
        self.label = 'Exim 4.96, exim %s' % mode
        self.mode = mode

    def command(self, config, client):
        arguments = {'-bh': ['-bh', client], '-bs': ['-bs', '-oMa', client]}[self.mode]
        return [self.executable, '-C', config, *arguments]

    def decide(self, chosen):
        words = self.play(chosen[0].client, [host.name for host in chosen], [])
        if set(words.values()) != {'ok'}:
            raise RuntimeError('exim: %s' % words)

    def cost(self, chosen):
        return figures.by_difference(self.decide, chosen[:1], chosen)


class PolicyServer:
    """An SPF policy server as Postfix's spawn(8) runs it: requests on standard input, one after the other."""

    names = 101

    def __init__(self, label, command):
        self.label, self.command = label, command

    def decide(self, chosen):
        with subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            for number, host in enumerate(chosen):
                child.stdin.write(REQUEST.format(number=number, host=host))
                child.stdin.flush()
                action = child.stdout.readline()
                child.stdout.readline()
                if 'pass' not in action.lower() or host.client not in action:
                    raise RuntimeError('%s: %s' % (self.label, action))
            child.stdin.close()

    def cost(self, chosen):
        return figures.by_difference(self.decide, chosen[:1], chosen)


class Check:
    """`vouchsafe check`: each session in a process of its own."""

    label = 'vouchsafe check --json'

    def __init__(self, build):
        self.command = [os.path.join(build, 'vouchsafe'), 'check', '--json', '--trust-anchor', 'none', '--']

    def decide(self, chosen):
        for host in chosen:
            done = subprocess.run([*self.command, *host], check=False, capture_output=True, text=True)
            if json.loads(done.stdout)['csa']['result'] != 'pass':
                raise RuntimeError('%s: %s%s' % (self.label, done.stdout, done.stderr))


def fetch_policy_servers(folder):
    """Unpacks Debian's packages; they cannot be installed without Postfix. Returns {package: executable}."""
    found = {PACKAGES[0]: 'usr/bin/policyd-spf', PACKAGES[1]: 'usr/sbin/postfix-policyd-spf-perl'}
    os.makedirs(folder, exist_ok=True)
    for package, path in found.items():
        found[package] = os.path.join(folder, path)
        if not os.path.exists(found[package]):
            oracle.run(['apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download', package], folder)
            for archive in glob.glob(os.path.join(folder, package + '_*.deb')):
                oracle.run(['dpkg', '-x', archive, folder], folder)
    return found


def policy_servers(folder, found):
    settings = os.path.join(folder, 'etc/postfix-policyd-spf-python/policyd-spf.conf')
    return [PolicyServer('policyd-spf 3.0.4 (Python)', ['/usr/bin/python3', found[PACKAGES[0]], settings]),
            PolicyServer('postfix-policyd-spf-perl 2.011', ['/usr/bin/perl', found[PACKAGES[1]]])]


def enter(exim):
    """Puts the files that Exim and the resolver want over the system's, in this namespace alone."""
    for source, target in ((exim.resolv, '/etc/resolv.conf'), (exim.passwd, '/etc/passwd'),
                           (exim.group, '/etc/group')):
        subprocess.run(['mount', '--bind', source, target], check=True)


def point_resolver(exim, address):
    servers.write(exim.resolv, 'nameserver %s\noptions timeout:1 attempts:1\n' % address)


class Delayed:
    """What a decision asks, and how long it takes, where each answer takes DELAY_MS longer."""

    def __init__(self, world, network, exim):
        self.relay = relay.Relay((world.address, 53), (network.address(2), 53), delay_ms=DELAY_MS)
        self.world, self.exim = world, exim

    def __enter__(self):
        self.relay.start()
        point_resolver(self.exim, self.relay.address)
        return self

    def __exit__(self, *_exc):
        point_resolver(self.exim, self.world.address)
        self.relay.stop()

    def measure(self, peer):
        """Questions and milliseconds of a decision, beyond the first of a process."""
        counts = []

        def decide(chosen):
            before = self.relay.count('question')
            peer.decide(chosen)
            counts.append(self.relay.count('question') - before)

        cost = figures.by_difference(decide, hosts.hosts(0, 1), hosts.hosts(0, DELAYED_NAMES))
        return (counts[1] - counts[0]) / (DELAYED_NAMES - 1), cost.wall * 1000


def compare_decisions(peers, world, network, exim):
    """Rows of the first table."""
    costs = {peer: [] for peer in peers}
    for _ in range(figures.RUNS):
        for peer in peers:
            costs[peer].append(peer.cost(hosts.hosts(0, peer.names)))
    rows = []
    with Delayed(world, network, exim) as delayed:
        for peer in peers:
            alone = not isinstance(peer, Vouchsafe) or ' one ' in peer.label
            asked, delay = delayed.measure(peer) if alone else (None, None)
            rows.append([peer.label, figures.spread([cost.cpu * 1e6 for cost in costs[peer]]),
                         figures.spread([cost.wall * 1e6 for cost in costs[peer]]),
                         figures.spread([1 / cost.wall for cost in costs[peer]]),
                         '%.1f' % asked if alone else '', '%.0f' % delay if alone else ''])
    return rows


def compare_processes(peers):
    """Rows of the second table."""
    chosen = hosts.hosts(0, PROCESSES)
    rows = []
    for peer in peers:
        costs = [[figures.cost_of(peer.decide, [host]) for host in chosen] for _ in range(figures.RUNS)]
        rows.append([peer.label, *(figures.spread([statistics.mean(getattr(cost, field) for cost in run) * 1000
                                                   for run in costs]) for field in ('cpu', 'wall'))])
    return rows


def compare(build, folder):
    network = servers.Network()
    with hosts.World(os.path.join(folder, 'world'), network.address(1), NAMES) as world:
        exims = [Exim(os.path.join(folder, 'exim'), world.address, mode) for mode in ('-bh', '-bs')]
        enter(exims[0])
        others = [*exims, *policy_servers(PEERS_FOLDER, fetch_policy_servers(PEERS_FOLDER))]
        ours = [Vouchsafe(build, world, 'Vouchsafe, one at a time', 1),
                Vouchsafe(build, world, 'Vouchsafe, 100 in flight', 100),
                Vouchsafe(build, world, 'Vouchsafe, answers cached', 1, cached=10)]
        figures.print_table(
            'A decision in a running process; median of %d runs (lowest-highest)' % figures.RUNS,
            ['who', 'CPU us', 'wall us', 'decisions /s', 'questions', 'ms behind %d ms' % DELAY_MS],
            compare_decisions([*ours, *others], world, network, exims[0]))
        figures.print_table(
            'A process for one decision; median of %d runs (lowest-highest)' % figures.RUNS,
            ['who', 'CPU ms', 'wall ms'], compare_processes([Check(build), *others]))


def start():
    """Fetches the peers while there is a network, then runs this file again in a mount namespace of its own."""
    try:
        missing = oracle.missing_libraries(oracle.fetch(PEERS_FOLDER))
        fetch_policy_servers(PEERS_FOLDER)
    except (OSError, RuntimeError) as error:
        print('peers not run: %s' % error)
        return 1
    if missing:
        print('peers not run: libraries not installed: %s' % ' '.join(missing))
        return 1
    command = ['unshare', '-m', sys.executable, os.path.abspath(__file__), figures.build_folder(), INSIDE]
    return subprocess.run(command, check=False, preexec_fn=servers.die_with_parent).returncode


def main():
    if sys.argv[-1] != INSIDE:
        return start()
    with figures.work_folder() as folder:
        os.mkdir(os.path.join(folder, 'exim'))
        compare(figures.build_folder(), folder)
    return 0


if __name__ == '__main__':
    sys.exit(main())
