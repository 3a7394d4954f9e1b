#!/usr/bin/python3
"""sessions.py - sessions and requests through the daemon's ports, beside servers that judge nothing or something else.

    sessions.py [BUILD]

The load generator (bench/load) plays MTAs and checks every answer; a wrong one ends the run without a figure. In each
run, one after the other, each server in a process of its own that is new:

    constant        the null server: the daemon's loop, streams and codecs, and always the same answers
    vouchsafed      cached: twenty names, again and again; cold: names it never heard of, asked of a local NSD
    libmilter       the smallest filter that libmilter allows (milter only)
    policyd-spf     as Postfix's spawn(8) runs it, a process for each connection (policy only; needs root)

CPU is that of all processes of the server, the writer of the log among them, but not the name server. "% of constant"
is how many sessions the same processor time is good for, beside the null server; unlike sessions a second, it does not
depend on what else the machine does.
"""
import collections
import contextlib
import os
import re
import subprocess
import sys
import time

import figures
import hosts
import peers
import servers

sys.path.insert(0, os.path.join(figures.TREE, 'tests', 'lib'))
import daemon  # noqa: E402

NAMES, FEW = 10000, 20
MILTER_SESSIONS, MESSAGES, POLICY_REQUESTS, SPF_REQUESTS = 40000, 20000, 200000, 1000
AT_ONCE, CONNECTIONS, SPF_CONNECTIONS, PIPELINE = 20, 20, 4, 16
IDLE, REMEMBERED = 5000, 20000
OPEN, OPEN_RATE, OPEN_PAUSE_MS, OPEN_STEPS = 10000, 1000, 2000, 5
TICK_S = 1 / os.sysconf('SC_CLK_TCK')
PAGE = os.sysconf('SC_PAGE_SIZE')

CONFIG = '''require = pass
trusted_networks = {{}}
header {{ authserv_id = mx.example.net }}
dns {{ resolvers = {{"{resolver}"}}  trust_anchor = none }}
limits {{ connections = 12000 }}
cache {{ size = {cache} }}
log {{ to = file  file = "{folder}/log"  level = {level}  rate = 1000000 }}
daemon {{ control = "" }}
listener "unix:{folder}/milter" {{ protocol = milter }}
listener "unix:{folder}/policy" {{ protocol = policy }}
'''

# `base`: the case that its processor time is compared with.
Case = collections.namedtuple('Case', 'label server protocol arguments count base warm', defaults=[True])


def descendants(root):
    """The process `root` and all below it."""
    parents = {}
    for entry in filter(str.isdigit, os.listdir('/proc')):
        with contextlib.suppress(OSError), open('/proc/%s/stat' % entry, encoding='utf-8', errors='replace') as file:
            parents[int(entry)] = int(file.read().rpartition(')')[2].split()[1])
    family = [root]
    for pid in family:
        family += [child for child, parent in parents.items() if parent == pid]
    return family


def cpu_s(root):
    """User and system time of the family, with those that ended and were waited for."""
    ticks = 0
    for pid in descendants(root):
        with open('/proc/%d/stat' % pid, encoding='utf-8') as file:
            ticks += sum(map(int, file.read().rpartition(')')[2].split()[11:15]))
    return ticks * TICK_S


def memory(root):
    """Resident octets of the family."""
    octets = 0
    for pid in descendants(root):
        with open('/proc/%d/statm' % pid, encoding='utf-8') as file:
            octets += int(file.read().split()[1]) * PAGE
    return octets


class Bench:
    """What all runs share: the executables, a name server, files of names, a folder."""

    def __init__(self, build, folder, world):
        self.build, self.folder, self.world = build, folder, world
        self.runs = 0
        self.many = self.names('many', NAMES)
        self.few = self.names('few', FEW)
        self.resolv = servers.write(folder + '/resolv', 'nameserver %s\n' % world.address)

    def names(self, name, count):
        return servers.write(os.path.join(self.folder, name), ''.join('%s %s 250 csv=pass\n' % host
                                                                      for host in hosts.hosts(0, count)))

    def new_folder(self):
        self.runs += 1
        path = os.path.join(self.folder, 'run%d' % self.runs)
        os.mkdir(path)
        return path

    @contextlib.contextmanager
    def vouchsafed(self, level='info', cache=REMEMBERED):
        folder = self.new_folder()
        config = servers.write(folder + '/conf', CONFIG.format(folder=folder, level=level, cache=cache,
                                                               resolver=self.world.address))
        running = daemon.Daemon(os.path.join(self.build, 'vouchsafed'), folder, config)
        try:
            yield folder, running.process.pid
        finally:
            running.stop()

    @contextlib.contextmanager
    def other(self, protocol, *command):
        """A server that is told its socket; `{}` in the command."""
        folder = self.new_folder()
        path = '%s/%s' % (folder, protocol)
        child = subprocess.Popen([word.format(path) for word in command], preexec_fn=servers.die_with_parent)
        try:
            deadline = time.monotonic() + servers.START_TIMEOUT_S
            while not os.path.exists(path) and child.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.1)
            yield folder, child.pid
        finally:
            child.kill()
            child.wait()

    def constant(self, protocol):
        return self.other(protocol, os.path.join(self.build, 'bench', 'constant'), protocol, 'unix:{}')

    def libmilter(self):
        return self.other('milter', os.path.join(self.build, 'bench', 'noop_libmilter'), 'unix:{}')

    def policyd_spf(self):
        spawn = os.path.join(figures.TREE, 'bench', 'spawn.py')
        script = 'mount --bind %s /etc/resolv.conf && exec "$@"' % self.resolv
        return self.other('policy', 'unshare', '-m', 'sh', '-c', script, 'sh', spawn, '{}', '/usr/bin/python3',
                          os.path.join(peers.PEERS_FOLDER, 'usr/bin/policyd-spf'),
                          os.path.join(peers.PEERS_FOLDER, 'etc/postfix-policyd-spf-python/policyd-spf.conf'))

    def command(self, folder, protocol, arguments, names):
        return [os.path.join(self.build, 'bench', 'load'), protocol, 'unix:%s/%s' % (folder, protocol),
                *map(str, arguments), names]

    def load(self, folder, protocol, arguments, names=None):
        """Plays one load to its end; {field: number}."""
        done = subprocess.run(self.command(folder, protocol, arguments, names or self.few), check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError('%s: %s%s' % (protocol, done.stdout, done.stderr))
        return {field: float(number) for field, number in re.findall(r'(\w+)=([\d.]+)', done.stdout)}

    @contextlib.contextmanager
    def held(self, folder, count):
        """`count` milter sessions, held after RCPT while the context lasts; then they must end well."""
        arguments = ['-n', count, '-c', count, '-H', 'rcpt']
        child = subprocess.Popen(self.command(folder, 'milter', arguments, self.few), stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True, preexec_fn=servers.die_with_parent)
        line = child.stdout.readline().strip()
        if line != 'held=%d errors=0' % count:
            raise RuntimeError('only: %s' % line)
        yield
        output = child.communicate('\n')[0]
        if child.returncode != 0:
            raise RuntimeError(output)


def cases(bench, has_spf):
    milter = ['-n', MILTER_SESSIONS, '-c', AT_ONCE]
    fresh = ['-n', NAMES, '-c', AT_ONCE]
    message = ['-n', MESSAGES, '-c', AT_ONCE, '-m']
    policy = ['-n', POLICY_REQUESTS, '-c', CONNECTIONS]
    piped = policy + ['-p', PIPELINE]

    def quiet():
        return bench.vouchsafed('notice')

    def constant(protocol):
        return lambda: bench.constant(protocol)

    alone, messages, single, batches = ('constant answers', 'constant answers, with a message', 'constant answers',
                                        'constant answers, %d pipelined' % PIPELINE)
    sessions = [Case(alone, constant('milter'), 'milter', milter, MILTER_SESSIONS, alone),
                Case('vouchsafed, cached', bench.vouchsafed, 'milter', milter, MILTER_SESSIONS, alone),
                Case('vouchsafed, cached, decisions not logged', quiet, 'milter', milter, MILTER_SESSIONS, alone),
                Case('vouchsafed, cold', bench.vouchsafed, 'milter', fresh, NAMES, alone, False),
                Case('no-op filter of libmilter', bench.libmilter, 'milter', fresh, NAMES, alone),
                Case(messages, constant('milter'), 'milter', message, MESSAGES, messages),
                Case('vouchsafed, cached, with a message', bench.vouchsafed, 'milter', message, MESSAGES, messages)]
    cold = ['-n', NAMES, '-c', CONNECTIONS]
    requests = [Case(single, constant('policy'), 'policy', policy, POLICY_REQUESTS, single),
                Case('vouchsafed, cached', bench.vouchsafed, 'policy', policy, POLICY_REQUESTS, single),
                Case('vouchsafed, cached, decisions not logged', quiet, 'policy', policy, POLICY_REQUESTS, single),
                Case('vouchsafed, cold', bench.vouchsafed, 'policy', cold, NAMES, single, False),
                Case(batches, constant('policy'), 'policy', piped, POLICY_REQUESTS, batches),
                Case('vouchsafed, cached, %d pipelined' % PIPELINE, bench.vouchsafed, 'policy', piped, POLICY_REQUESTS,
                     batches)]
    if has_spf:
        requests.append(Case('policyd-spf 3.0.4 (Python)', bench.policyd_spf, 'policy',
                             ['-n', SPF_REQUESTS, '-c', SPF_CONNECTIONS], SPF_REQUESTS, single, False))
    return sessions, requests


def play(bench, case):
    """One measurement: what the generator says, and the server's CPU for each session."""
    with case.server() as (folder, pid):
        if case.warm:
            bench.load(folder, case.protocol, ['-n', 10 * FEW, '-c', FEW])
        before = cpu_s(pid)
        said = bench.load(folder, case.protocol, case.arguments, None if case.warm else bench.many)
        time.sleep(0.2)  # the writer of the log may still be at it, and processes that ended are waited for
        said['server_us'] = (cpu_s(pid) - before) / case.count * 1e6
        return said


def compare(bench, title, chosen):
    """Plays all cases in each run, so that what the machine does otherwise meets them all."""
    found = {case.label: [] for case in chosen}
    for _ in range(figures.RUNS):
        for case in chosen:
            found[case.label].append(play(bench, case))
    fields = ['per_s', 'server_us', 'percent', 'cpu_us', 'p50_us', 'p99_us', 'p999_us']
    rows = []
    for case in chosen:
        for one, base in zip(found[case.label], found[case.base]):
            one['percent'] = 100 * base['server_us'] / one['server_us']
        rows.append([case.label, *(figures.spread([one[field] for one in found[case.label]]) for field in fields)])
    figures.print_table('%s; median of %d runs (lowest-highest)' % (title, figures.RUNS),
                        ['server', 'a second', 'server CPU us', '% of constant', 'generator CPU us', 'p50 us', 'p99 us',
                         'p99.9 us'], rows)


def idle_memory(bench, open_server):
    """Octets of each session that is held after RCPT."""
    with open_server() as (folder, pid):
        bench.load(folder, 'milter', ['-n', 10 * FEW, '-c', FEW])
        before = memory(pid)
        with bench.held(folder, IDLE):
            return (memory(pid) - before) / IDLE


def remembered_memory(bench):
    """Octets of each verdict that is remembered: a daemon that remembers them all, minus one that remembers none."""
    found = []
    for size in (0, REMEMBERED):
        with bench.vouchsafed('notice', size) as (folder, pid):
            bench.load(folder, 'policy', ['-n', REMEMBERED, '-c', 4], bench.names('remembered', REMEMBERED))
            found.append(memory(pid))
    return (found[1] - found[0]) / REMEMBERED


def compare_memory(bench):
    rows = []
    def constant():
        return bench.constant('milter')

    for label, measure in [('idle session, constant answers', lambda: idle_memory(bench, constant)),
                           ('idle session, vouchsafed', lambda: idle_memory(bench, bench.vouchsafed)),
                           ('idle session, no-op filter of libmilter', lambda: idle_memory(bench, bench.libmilter)),
                           ('remembered verdict', lambda: remembered_memory(bench))]:
        rows.append([label, figures.spread([measure() for _ in range(figures.RUNS)])])
    figures.print_table('Resident memory; median of %d runs (lowest-highest)' % figures.RUNS, ['what', 'octets'], rows)


def open_at_once(bench):
    """OPEN sessions are open while others come and go; then all of them go on in the same moment."""
    rows = []
    for _ in range(figures.RUNS):
        with bench.vouchsafed() as (folder, _pid):
            bench.load(folder, 'milter', ['-n', 10 * FEW, '-c', FEW])
            steady = bench.load(folder, 'milter', ['-n', 2 * OPEN, '-c', OPEN + 1000, '-r', OPEN_RATE,
                                                   '-w', OPEN_PAUSE_MS])
        with bench.vouchsafed() as (folder, _pid):
            with bench.held(folder, OPEN):
                beside = bench.load(folder, 'milter', ['-n', MESSAGES, '-c', AT_ONCE])
            beside['open_most'] += OPEN
            burst = bench.load(folder, 'milter', ['-n', OPEN, '-c', OPEN, '-m'])
        rows.append((steady, beside, burst))
    slow = OPEN_RATE * OPEN_PAUSE_MS * OPEN_STEPS // 1000
    labels = ['about {:,} open, {:,} begin a second, all slow'.format(slow, OPEN_RATE),
              '{:,} held, {} others as fast as they can'.format(OPEN, AT_ONCE),
              '{:,} that all begin in one moment'.format(OPEN)]
    fields = ['open_most', 'per_s', 'p50_us', 'p99_us', 'p999_us', 'max_us']
    figures.print_table('Many sessions in one worker, cached; median of %d runs (lowest-highest)' % figures.RUNS,
                        ['sessions', 'open at most', 'a second', 'p50 us', 'p99 us', 'p99.9 us', 'most us'],
                        [[label, *(figures.spread([run[index][field] for run in rows]) for field in fields)]
                         for index, label in enumerate(labels)])


def cached_decision(bench):
    """The parts of a decision from memory, without sockets and codecs."""
    host = hosts.hosts(0, 1)[0]
    command = [os.path.join(bench.build, 'bench', 'cached'), bench.world.zones[0].path, *host]
    found = collections.defaultdict(list)
    for _ in range(figures.RUNS):
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for part, us in re.findall(r'part=(\w+) .* us=([\d.]+)', said):
            found[part].append(float(us))
    words = {'judge': 'the verdict from memory', 'visit': 'all of a session up to the answer at RCPT',
             'message': 'and the header of a message', 'logged': 'up to RCPT, and the line of the log to /dev/null'}
    figures.print_table('A decision from memory, no sockets and no codec; median of %d runs (lowest-highest)' %
                        figures.RUNS, ['what', 'CPU us'],
                        [[words[part], figures.spread(values)] for part, values in found.items()])


def find_spf():
    """policyd-spf, unpacked by peers.py or here; False if it cannot run."""
    try:
        peers.fetch_policy_servers(peers.PEERS_FOLDER)
    except (OSError, RuntimeError) as error:
        print('policyd-spf not run: %s' % error)
        return False
    if not servers.can_unshare():
        print('policyd-spf not run: no mount namespace of our own (needs root)')
        return False
    return True


def main():
    build = figures.build_folder()
    has_spf = find_spf()
    with figures.work_folder() as folder, \
            hosts.World(os.path.join(folder, 'world'), servers.Network().address(1), REMEMBERED) as world:
        bench = Bench(build, folder, world)
        sessions, requests = cases(bench, has_spf)
        cached_decision(bench)
        compare(bench, 'Milter sessions, %d at once' % AT_ONCE, sessions)
        compare(bench, 'Policy requests, %d connections (policyd-spf: %d)' % (CONNECTIONS, SPF_CONNECTIONS), requests)
        compare_memory(bench)
        open_at_once(bench)
    return 0


if __name__ == '__main__':
    sys.exit(main())
