#!/usr/bin/python3
"""run.py - plays the scenario suite against Exim, the other CSA implementation, with real DNS servers.

Each document's zones are loaded into an NSD of its own (with an empty root zone, so that names outside are NXDOMAIN);
Exim plays the sessions against it, through a relay where the document asks for DNS trouble. What Exim says is
compared with what the suite expects of us. Where the two differ on purpose, differences.txt has a line; a difference
without one fails, and so does a line without a difference.

Since 2021 Exim ends its search for Explicit at NXDOMAIN. So what differs is played again with NXDOMAIN turned into
NODATA: where Exim then agrees, the cause is proven, and one line of differences.txt covers them all.

The whole suite also holds our line protocol for ${readsocket} against Exim's quoting (line.py).

    run.py [FILE...]         without files: conformance/*.yaml
    run.py --fetch           only fetch Exim, which needs a network, and say which libraries it lacks
    ORACLE_DIR               where Exim is unpacked (default: build/oracle of the tree)
"""
import collections
import concurrent.futures
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TREE, 'tests', 'servers'))

import documents  # noqa: E402
import line  # noqa: E402
import oracle  # noqa: E402
import relay  # noqa: E402
import servers  # noqa: E402

WORKERS = 2
ROOT_ZONE = '$ORIGIN .\n$TTL 3600\n@ SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 300\n@ NS ns.invalid.\n'

Difference = collections.namedtuple('Difference', 'word clause reason')
Outcome = collections.namedtuple('Outcome', 'session word softened skip')
ENDED_BY_NXDOMAIN = '*'  # the line of differences.txt for all sessions in which Exim agrees with NODATA instead


def read_differences(path):
    """{session id: Difference} from lines `file.yaml:session  exim=WORD  clause  reason`, parted by two blanks."""
    found = {}
    with open(path, encoding='utf-8') as file:
        for line in file:
            if line.strip() and not line.startswith('#'):
                name, word, clause, reason = [field.strip() for field in line.split('  ') if field.strip()]
                found[name] = Difference(word.removeprefix('exim='), clause, reason)
    return found


class Worker:
    """Plays documents one after the other, on addresses of its own."""

    def __init__(self, executable, folder, server, front):
        os.mkdir(folder)
        self.folder = folder
        self.server, self.front = server, front
        self.exims = {place: oracle.Exim(executable, self.subfolder(place), place) for place in (server, front)}

    def subfolder(self, place):
        path = os.path.join(self.folder, 'exim-' + place)
        os.mkdir(path)
        return path

    def play(self, document):
        """Outcomes of all sessions of the document."""
        skip = document.skip
        zones = [] if skip else self.write_zones(document)
        skip = skip or next(filter(None, (refusal(name, path) for name, path in zones)), None)
        playable = [] if skip else [session for session in document.sessions if not session.skip]
        words, softened = self.play_sessions(document, zones, playable) if playable else ({}, {})
        return [Outcome(session, words.get(session.id), softened.get(session.id), skip or session.skip or
                        (None if words.get(session.id) else 'Exim refuses the HELO'))
                for session in document.sessions]

    def write_zones(self, document):
        texts = {zone.origin.lower(): zone.text for zone in document.zones}
        texts.setdefault('.', ROOT_ZONE)
        zones = []
        for number, (origin, text) in enumerate(texts.items()):
            path = os.path.join(self.folder, 'zone-%d' % number)
            oracle.write(path, text)
            zones.append((origin, path))
        return zones

    def play_sessions(self, document, zones, sessions):
        """{session id: Exim's word}, and the same with NXDOMAIN turned into NODATA for those that differ."""
        nsd = servers.start_nsd(self.folder, 'nsd', self.server, zones, minimal=not document.additional)
        try:
            nsd.wait_ready(self.server)
            if document.faults:
                words = self.play_relayed(sessions, faults=document.faults)
            else:
                words = play_all(self.exims[self.server], sessions)
            differing = [session for session in sessions if words[session.id] != session.expected]
            return words, self.play_relayed(differing, faults=document.faults, soften=True)
        finally:
            nsd.stop()

    def play_relayed(self, sessions, **treatment):
        with relay.Relay((self.server, 53), (self.front, 53), **treatment):
            return play_all(self.exims[self.front], sessions)


def refusal(name, path):
    """Why NSD does not take the zone; None: it does."""
    done = subprocess.run(['/usr/sbin/nsd-checkzone', name, path], check=False, capture_output=True, text=True)
    return 'NSD refuses the zone' if done.returncode else None


def play_all(exim, sessions):
    """{session id: Exim's word}; one Exim session for each client and set of options."""
    groups = collections.defaultdict(list)
    for session in sessions:
        groups[session.client, tuple(session.options)].append(session)
    words = {}
    for (client, options), group in groups.items():
        said = exim.play(client, [session.helo for session in group], options)
        words.update((session.id, said[session.helo]) for session in group)
    return words


def play_documents(suite, executable, folder):
    """Outcomes in the order of the suite; the workers take every WORKERS-th document."""
    network = servers.Network()
    workers = [Worker(executable, os.path.join(folder, 'worker-%d' % number), network.address(number * 2 + 1),
                      network.address(number * 2 + 2)) for number in range(WORKERS)]

    def play_share(number):
        return [workers[number].play(document) for document in suite[number::WORKERS]]

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        shares = list(pool.map(play_share, range(WORKERS)))
    return [outcome for index in range(len(suite)) for outcome in shares[index % WORKERS][index // WORKERS]]


def find_difference(outcome, differences):
    """The name of the line that covers this outcome, or None."""
    if outcome.session.id in differences:
        return outcome.session.id
    proven = outcome.word != outcome.session.expected and outcome.softened == outcome.session.expected
    return ENDED_BY_NXDOMAIN if proven and ENDED_BY_NXDOMAIN in differences else None


def judge(outcome, difference):
    """None: as it should be; else why not."""
    session = outcome.session
    if outcome.skip:
        return 'in differences.txt, but not played: %s' % outcome.skip if difference else None
    if outcome.word == session.expected:
        return 'no longer differs; differences.txt says exim=%s' % difference.word if difference else None
    if difference and difference.word == outcome.word:
        return None
    known = ', differences.txt says exim=%s' % difference.word if difference else ''
    return 'Exim says %s, expected %s%s' % (outcome.word, session.expected, known)


def report(outcomes, differences, unused):
    """Prints the cases; returns how many passed and failed. `unused`: lines that need not be seen."""
    counts, skips, used = collections.Counter(), collections.Counter(), set(unused)
    for outcome in outcomes:
        line = find_difference(outcome, differences)
        used.add(line)
        why = judge(outcome, differences.get(line))
        if outcome.skip and not why:
            skips[outcome.skip] += 1
            continue
        counts['failed' if why else 'passed'] += 1
        agreed = 'Exim: %s, %s' % (outcome.word, differences[line].clause) if line else outcome.word
        print('FAILED %s: %s' % (outcome.session.id, why) if why else 'ok %s (%s)' % (outcome.session.id, agreed))
    for name in differences.keys() - used:
        counts['failed'] += 1
        print('FAILED %s: in differences.txt, but seen nowhere' % name)
    for reason, count in sorted(skips.items()):
        print('skipped %d: %s' % (count, reason))
    return counts['passed'], counts['failed']


def ready_exim():
    """The executable of Exim, fetched if need be; RuntimeError if it cannot be had or run."""
    executable = oracle.fetch(os.environ.get('ORACLE_DIR') or os.path.join(TREE, 'build', 'oracle'))
    missing = oracle.missing_libraries(executable)
    if missing:
        raise RuntimeError('libraries not installed: %s' % ' '.join(missing))
    return executable


def known_differences(paths):
    """The lines of differences.txt about these files, and the one for all."""
    files = {os.path.basename(path) for path in paths} | {ENDED_BY_NXDOMAIN}
    known = read_differences(os.path.join(HERE, 'differences.txt'))
    return {name: difference for name, difference in known.items() if name.split(':')[0] in files}


def play_suite(paths, executable, whole):
    """Plays all documents of the files and prints the cases; returns how many passed and failed.

    The line for all sessions is missed only if the whole suite has no use for it.
    """
    folder = tempfile.mkdtemp(prefix='vouchsafe-exim-')
    os.chmod(folder, 0o755)  # Exim reads below it under a user of its own
    try:
        outcomes = play_documents(documents.read_suite(paths), executable, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report(outcomes, known_differences(paths), set() if whole else {ENDED_BY_NXDOMAIN})


def main(arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        executable = ready_exim()
    except RuntimeError as error:
        print('FAILED exim: %s' % error)
        print('0 passed, 1 failed')
        return 1
    if arguments == ['--fetch']:
        return 0
    paths = arguments or sorted(glob.glob(os.path.join(TREE, 'conformance', '*.yaml')))
    passed, failed = play_suite(paths, executable, whole=not arguments)
    if not arguments:
        passed, failed = (sum(pair) for pair in zip((passed, failed), line.play(executable)))
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
