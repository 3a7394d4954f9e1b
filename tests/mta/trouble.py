"""trouble.py - the daemon is down, is stopped and started under load; the DNS is dead. Mail flows, and none is lost."""
import socket
import threading
import time

import world as w
from cases import FOREIGN, FORGED, value_of
from targets import USER, results

SENDERS = 3         # at once, for each way to ask
LOAD_S = 1.0        # in each state of the daemon
RELOADS = 3
RECOVERY_S = 60

# What the MTAs log while the daemon is down; the guides explain these words.
COMPLAINTS = {'milter': 'connect to Milter service unix:vouchsafe/milter: No such file or directory',
              'policy': 'problem talking to server vouchsafe/policy: No such file or directory',
              'exim': 'vouchsafe: not judged: no answer'}


def play_daemon_down(report, targets, daemon, place):
    """Nobody is refused while the daemon is down, and the MTA's log says that it is."""
    before = {target.name: target.server.log().count(COMPLAINTS[target.name]) for target in targets}
    report.is_true('the daemon ends by itself when told to', daemon.stop(), daemon.output())
    try:
        for target in targets:
            replies, message = target.send(place.address(w.MEMBER), 'never.example.org')
            if report.is_true(target.name + ': daemon down: mail flows', message, replies):
                report.equal(target.name + ': daemon down: no header', results(message), [])
            _, message = target.send(place.address(w.MEMBER), 'mail.example.org', fields=(FORGED, FOREIGN))
            kept = [FOREIGN] if target.name == 'exim' else [FORGED, FOREIGN]  # Exim removes forged ones by itself
            report.equal(target.name + ': daemon down: fields of others', results(message),
                         [value_of(each) for each in kept])
            complaint = COMPLAINTS[target.name]
            report.is_true(target.name + ': daemon down: logged', comes(
                lambda: target.server.log().count(complaint) > before[target.name]), target.server.log()[-3000:])
    finally:
        daemon.start()


def comes(fact):
    """Is it true at last? Others write what it looks at."""
    deadline = time.monotonic() + RECOVERY_S
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def play_reload(report, targets, daemon, place):
    """A reload is seen by nobody: each session is judged, and each message marked once."""
    loads = start_loads(targets, place)
    said = []
    for _ in range(RELOADS):
        time.sleep(LOAD_S / 2)
        said.append(daemon.reload())
    time.sleep(LOAD_S / 2)
    stop_loads(loads)
    report.equal('reloads: all done', [each.returncode for each in said], [0] * RELOADS)
    for load in loads:
        name = 'reloads: %s, %s' % (load.target.name, load.helo)
        report.is_true(name + ': sent', len(load.accepted) + len(load.refused) > 2, (load.accepted, load.refused))
        report.equal(name + ': no connection lost', load.lost, [])
        if load.helo.startswith('never'):
            report.equal(name + ': none accepted', load.accepted, [])
            report.equal(name + ': refusals are ours', [each for each in load.refused if ' id=' not in each], [])
        else:
            report.equal(name + ': none refused', load.refused, [])
            marks = {len(results(load.target.delivered(token))) for token in load.accepted}
            report.equal(name + ': marks of a message', marks, {1 if load.target.marks else 0})


def start_loads(targets, place):
    loads = [Load(target, place.address(host), helo) for target in targets
             for host, helo in [(w.MEMBER, 'mail.example.org')] * (SENDERS - 1) + [(w.MEMBER, 'never.example.org')]]
    for load in loads:
        load.start()
    return loads


def stop_loads(loads):
    for load in loads:
        load.stopped.set()
    for load in loads:
        load.join(RECOVERY_S)


class Load(threading.Thread):
    """Sends messages one after the other until told to stop; each in a session of its own.

    seen: (phase, token, reply) of each session that began and ended in one phase; others set the phase.
    """

    def __init__(self, target, client, helo):
        super().__init__(daemon=True)
        self.target, self.client, self.helo = target, client, helo
        self.stopped = threading.Event()
        self.accepted, self.refused, self.lost = [], [], []
        self.phase, self.seen = None, []

    def run(self):
        number = 0
        while not self.stopped.is_set():
            number += 1
            token = '%s-load-%d-%d-token' % (self.target.name, id(self), number)
            phase = self.phase
            try:
                reply = self.send(token)
            except OSError as error:
                self.lost.append(str(error))
                continue
            self.note(token, reply)
            if phase and phase == self.phase:
                self.seen.append((phase, token, reply))

    def accepted_in(self, phase):
        return [token for when, token, reply in list(self.seen) if when == phase and reply.startswith('250')]

    def refused_in(self, phase):
        """Refusals of the daemon: with an id."""
        return [reply for when, _, reply in list(self.seen) if when == phase and reply.startswith('550') and ' id=' in reply]

    def send(self, token):
        with self.target.session(self.client) as session:
            reply = session.say('EHLO ' + self.helo)
            for reply in session.envelope(USER):
                if not reply.startswith('250'):
                    return reply
            return session.message(token)

    def note(self, token, reply):
        if reply.startswith('250'):
            self.accepted.append(token)
        elif reply:
            self.refused.append(reply)
        else:
            self.lost.append('the connection ended')


def play_restart(report, targets, daemon, place):
    """Under load the daemon is stopped, started, killed and started again; each state lasts until all loads have met it."""
    loads = start_loads(targets, place)
    time.sleep(LOAD_S)
    ended = daemon.stop()
    stay(loads, 'stopped', lambda load: load.accepted_in('stopped'))
    daemon.start()
    stay(loads, 'started', served)
    daemon.kill()
    stay(loads, 'killed', lambda load: load.accepted_in('killed'))
    daemon.start()
    stay(loads, 'started again', served)
    stop_loads(loads)
    report.is_true('under load: the daemon ended by itself when told to', ended, daemon.output())
    for load in loads:
        judge_load(report, load)


def stay(loads, phase, met):
    """Stays in this phase until it is met by all loads, or the deadline has passed."""
    for load in loads:
        load.phase = phase
    comes(lambda: all(met(load) for load in loads))
    for load in loads:
        load.phase = None


def served(load):
    """Has the daemon been asked again since its last start?"""
    if load.helo.startswith('never'):
        return load.refused_in(load.phase)
    return load.accepted_in(load.phase)


def judge_load(report, load):
    name = 'under load: %s, %s' % (load.target.name, load.helo)
    for phase in ('stopped', 'killed'):
        report.is_true('%s: accepted while the daemon is %s' % (name, phase), load.accepted_in(phase), load.seen)
    bad = load.helo.startswith('never')
    if bad:
        report.is_true(name + ': refused by the daemon since its last start', load.refused_in('started again'), load.seen)
    elif report.is_true(name + ': accepted since the last start', load.accepted_in('started again'), load.seen) and \
            load.target.marks:
        last = load.accepted_in('started again')[-1]
        report.equal(name + ': marked since the last start', len(results(load.target.delivered(last))), 1)
    report.equal(name + ': no connection lost', load.lost, [])
    report.equal(name + ': refusals', [reply for reply in load.refused if reply[0] not in ('45' if bad else '4')], [])
    missing = [token for token in load.accepted if not load.target.delivered(token)]
    report.equal('%s: all %d that were accepted are delivered' % (name, len(load.accepted)), missing, [])


class Silence:
    """A name server that takes questions and never answers."""

    def __init__(self, address):
        self.sockets = [socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)]
        for each in self.sockets:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.bind((address, 53))
        self.sockets[1].listen()

    def stop(self):
        for each in self.sockets:
            each.close()


def play_dns_dead(report, targets, world, place):
    """No name server, then one that is silent: nobody is refused for it; with temperror = defer they may come back."""
    world.stop_nsd()
    play_in_parallel(report, targets, play_dead_target, 'refuses', place)
    silence = Silence(world.address(w.NSD))
    try:
        play_in_parallel(report, targets, play_dead_target, 'is silent', place)
    finally:
        silence.stop()
        world.start_nsd()
    for target in targets:
        play_recovery(report, target, place)


def play_in_parallel(report, targets, case, *arguments):
    threads = [threading.Thread(target=report.attempt, args=(target.name, case, report, target, *arguments))
               for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def play_dead_target(report, target, how, place):
    helo = '%s.%s.example.org' % (how.replace(' ', '-'), target.name)
    name = '%s: the name server %s' % (target.name, how)
    replies, message = target.send(place.address(w.STRANGER), helo)
    if report.is_true(name + ': delivered', message, replies) and target.marks:
        report.is_true(name + ': header says temperror', ' csv=temperror ' in results(message)[0], results(message))
    replies, _ = target.send(place.address(w.STRANGER), 'defer.' + helo, profile='defer')
    report.starts(name + ': deferred where that is wanted', replies[-1], '451 4.4.3')


def play_recovery(report, target, place):
    """Once the name server is back, so are the verdicts."""
    deadline = time.monotonic() + RECOVERY_S
    number = 0
    while True:
        number += 1
        with target.session(place.address(w.MEMBER)) as session:
            session.say('EHLO never.example.org')
            reply = session.envelope(USER)[-1]
        if not reply.startswith('250') or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    report.starts(target.name + ': the name server is back', reply, '550 5.7.1')
