#!/usr/bin/python3
"""run.py - real MTAs ask vouchsafed: Postfix with the milter and with the policy service, Exim with its ACL.

A private Postfix and a private Exim, unpacked from Debian's packages, run with the files of contrib/; NSD serves the
zones (world.py). Replies and delivered headers are compared with what `vouchsafe check` says (cases.py).

    run.py [WORD...]         only the cases whose name holds one of the words
    run.py --fetch           only fetch the MTAs, which needs a network, and say which libraries they lack
    BUILD                    the build folder (default: build of the tree)
    MTA_DIR                  below which the MTAs are unpacked (default: build of the tree)
"""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.append(os.path.join(TREE, 'tests', 'servers'))

import cases  # noqa: E402
import certificates  # noqa: E402
import exim  # noqa: E402
import milter_cases  # noqa: E402
import policy_cases  # noqa: E402
import postfix  # noqa: E402
import report as reports  # noqa: E402
import sasl  # noqa: E402
import trouble  # noqa: E402
import world as w  # noqa: E402
from targets import Target  # noqa: E402

PORTS = {'milter': 2600, 'policy': 2620, 'exim': 2640}
SUBMISSION = 2610
RELAYS = {'bare': 2630, 'late': 2631}  # policy services without smtpd_relay_restrictions
DEMO_TIMEOUT_S = 120
CLIENTS = ('certified.example.org', 'other.example.org')


def ports_of(protocol):
    """{profile: SMTP port} of a way to ask."""
    return {profile: PORTS[protocol] + number for number, profile in enumerate(w.PROFILES[protocol])}


def services():
    """The smtpd services of Postfix: {port: {option: value}}."""
    found = {}
    for profile, port in ports_of('milter').items():
        found[port] = {'smtpd_recipient_restrictions': '',
                       'smtpd_milters': 'unix:vouchsafe/' + os.path.basename(w.socket_path('', 'milter', profile))}
    for profile, port in ports_of('policy').items():
        found[port] = {'smtpd_milters': ''}
        if profile != 'default':
            found[port].update(restrictions(profile))
    found.update(relays())
    return found


def relays():
    """Only smtpd_recipient_restrictions control relaying: as shipped, and asking before anything has been refused, so that
    a trusted client meets nothing but its class."""
    question = 'check_policy_service { unix:vouchsafe/policy, timeout=10s, default_action=DUNNO }'
    alone = {'smtpd_milters': '', 'smtpd_relay_restrictions': ''}
    return {RELAYS['bare']: alone, RELAYS['late']: {**alone, 'smtpd_recipient_restrictions':
                                                    'permit_mynetworks, %s, reject_unauth_destination' % question}}


def restrictions(profile):
    """Options of a policy service that is not that of contrib/postfix/policy.cf."""
    check = 'check_policy_service { unix:vouchsafe/policy-%s, timeout=10s, default_action=DUNNO }' % profile
    where = {'helo': 'smtpd_helo_restrictions', 'mail': 'smtpd_sender_restrictions'}.get(profile)
    if where:
        return {'smtpd_delay_reject': 'no', where: check, 'smtpd_recipient_restrictions': ''}
    return {'smtpd_recipient_restrictions': 'reject_unauth_destination, ' + check}


def folder_of(package):
    """Where it is unpacked; Exim is also the oracle of tests/exim."""
    folder = os.environ.get('MTA_DIR') or os.path.join(TREE, 'build')
    return os.path.join(folder, {'exim': 'oracle', 'postfix': 'postfix'}[package])


class Place:
    """Everything that runs, started in order; stop() ends it in the other order."""

    def __init__(self, folder):
        self.certificates = certificates.make(os.path.join(folder, 'certificates'), *CLIENTS)
        self.world = w.World(folder)
        self.address = self.world.address
        self.queue = os.path.join(folder, 'postfix', 'queue')
        self.started = []
        try:
            self.start(folder)
        except BaseException:
            self.stop()
            raise

    def start(self, folder):
        self.world.start_nsd()
        self.started.append(self.world.stop_nsd)
        self.postfix = self.make_postfix(os.path.join(folder, 'postfix'))
        self.started.append(self.start_sasl().stop)
        listeners = [(w.title(self.address(w.EXIM), self.queue, protocol, number), protocol, profile)
                     for protocol in PORTS for number, profile in enumerate(w.PROFILES[protocol])]
        shipped = w.configuration(self.world, self.queue, ())
        text = w.configuration(self.world, self.queue, [each for each in listeners if '"%s"' % each[0] not in shipped])
        self.daemon = w.Daemon(folder, text, [each[0] for each in listeners])
        self.started.append(self.daemon.stop)
        self.daemon.start()
        self.started.append(self.postfix.stop)
        self.postfix.start()
        listeners_of_exim = [title.removeprefix('unix:') for title, protocol, _ in listeners if protocol == 'exim']
        self.exim = exim.Exim(exim.fetch(folder_of('exim')), os.path.join(folder, 'exim'), self.mta(w.EXIM), {
            port: listeners_of_exim[number] for number, port in enumerate(ports_of('exim').values())},
            {stage: ports_of('exim')[stage] for stage in ('helo', 'mail')})
        self.started.append(self.exim.stop)
        self.exim.start()

    def mta(self, host):
        """What both MTAs must know of the place."""
        return {'address': self.address(host), 'relay': self.address(w.RELAY), 'namespace': self.world.namespace,
                'certificates': self.certificates}

    def make_postfix(self, folder):
        main = ''.join(postfix.contributed(name) for name in ('milter.cf', 'policy.cf', 'certificates.cf'))
        main = main.replace('smtpd_tls_CApath = /etc/ssl/certs', 'smtpd_tls_CAfile = %s/ca.pem' % self.certificates)
        master = postfix.contributed('submission.cf').replace(
            'submission inet', '%s:%d inet' % (self.address(w.POSTFIX), SUBMISSION))
        return postfix.Postfix(postfix.fetch(folder_of('postfix')), folder, self.mta(w.POSTFIX), services(), main, master)

    def start_sasl(self):
        return sasl.Server(os.path.join(self.queue, 'private/sasl'))

    def targets(self):
        return [Target('milter', self.postfix, {**ports_of('milter'), 'submission': SUBMISSION}, marks=True, skips=False),
                Target('policy', self.postfix, ports_of('policy'), marks=False),
                Target('exim', self.exim, ports_of('exim'), marks=True)]

    def stop(self):
        for stop in reversed(self.started):
            stop()


def cases_of(place):
    """All cases, in order: (name, function, its arguments after the report)."""
    daemon, targets = place.daemon, place.targets()
    milter, policy, _ = targets
    for target in targets:
        for case in cases.ALL:
            yield '%s %s' % (target.name, case.__name__), case, (target, daemon, place)
    for name, port in RELAYS.items():
        target = Target('policy (%s)' % name, place.postfix, {'default': port}, marks=False)
        yield 'policy relay ' + name, cases.play_open_relay, (target, daemon, place)
    yield 'milter submission', milter_cases.play_submission, (milter, place)
    for target in (milter, policy):
        yield target.name + ' xclient', milter_cases.play_xclient, (target, place)
    yield 'miltertest', milter_cases.play_scripts, (w.socket_path(place.queue, 'milter', 'default'), place)
    yield 'policy prepend', policy_cases.play_prepend, (policy, daemon, place)
    yield 'policy requests', policy_cases.play_requests, (w.socket_path(place.queue, 'policy', 'default'), place)
    yield 'shipped', play_shipped, (place,)
    yield 'demo', play_demo, ()
    yield 'trouble reload', trouble.play_reload, (targets, daemon, place)
    yield 'trouble down', trouble.play_daemon_down, (targets, daemon, place)
    yield 'trouble restart', trouble.play_restart, (targets, daemon, place)
    yield 'trouble dns', trouble.play_dns_dead, (targets, place.world, place)


def play_shipped(report, place):
    """The configurations that we ship are fine, and the manuals show nothing else."""
    for path in sorted(glob.glob(os.path.join(TREE, 'contrib', '*', '*.conf'))):
        done = subprocess.run(place.world.namespace.wrap([os.path.join(w.BUILD, 'vouchsafe'), 'config', 'check', path]),
                              check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={**os.environ, **place.world.namespace.environment()})
        report.is_true('shipped: ' + os.path.relpath(path, TREE), done.returncode == 0, done.stdout + done.stderr)
    played = {line.strip() for line in exim.CONFIG.replace('{{', '{').replace('}}', '}').splitlines()}
    for mta, pattern, least in (('postfix', r'(?:smtpd|milter|check|reject|vouchsafe|postscreen)_.*|-o milter.*', 19),
                                ('exim', r'(?:VOUCHSAFE_|\.include|require \w|deny +!|dnslists|message = listed).*', 9)):
        shown = re.findall(r'^ {4,}(%s)$' % pattern, w.read(os.path.join(TREE, 'doc/%s.md' % mta)), re.M)
        shipped = {re.sub('^# +', '', line.strip()) for path in glob.glob(os.path.join(TREE, 'contrib', mta, '*'))
                   for line in w.read(path).splitlines()}
        report.equal('shipped: what doc/%s.md shows' % mta, [line for line in shown if line not in shipped | played], [])
        report.is_true('shipped: doc/%s.md shows it' % mta, len(shown) >= least, shown)
    for target, words in trouble.COMPLAINTS.items():
        guide = 'doc/%s.md' % ('exim' if target == 'exim' else 'postfix')
        report.is_true('shipped: %s explains %r' % (guide, words), words in w.read(os.path.join(TREE, guide)))


def play_demo(report):
    """./dev demo postfix shows a mark and a refusal, and leaves nothing behind."""
    done = subprocess.run([os.path.join(HERE, 'demo.py')], check=False, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, env=dict(os.environ, BUILD=w.BUILD), timeout=DEMO_TIMEOUT_S)
    report.equal('demo: exit', done.returncode, 0)
    for words in ('C: EHLO mail.example.org', 'delivered Authentication-Results: mx.example.net; csv=pass',
                  'S: 550 5.7.1 never.example.org ', 'trust=trusted', 'Everything is stopped'):
        report.is_true('demo: ' + words, words in done.stdout, done.stdout[-2000:] + done.stderr)


def play(folder, wanted):
    """Plays the cases; the report."""
    report = reports.Report()
    try:
        place = Place(folder)
    except RuntimeError as error:
        report.is_true('start', False, error)
        return report
    try:
        for name, case, arguments in cases_of(place):
            if not wanted or any(word in name for word in wanted):
                report.attempt(name, case, report, *arguments)
    finally:
        place.stop()
        if report.failed:
            print('--- vouchsafed\n%s--- Postfix\n%s--- Exim\n%s' % (
                place.daemon.output() + place.daemon.log()[-40000:], place.postfix.log()[-60000:], place.exim.log()[-8000:]))
    return report


def fetch():
    postfix.fetch(folder_of('postfix'))
    exim.fetch(folder_of('exim'))


def main(arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        fetch()
    except RuntimeError as error:
        print('FAILED mta: %s' % error)
        print('0 passed, 1 failed')
        return 1
    if arguments == ['--fetch']:
        return 0
    folder = tempfile.mkdtemp(prefix='vouchsafe-mta-')
    os.chmod(folder, 0o755)  # the MTAs read below it under users of their own
    try:
        report = play(folder, arguments)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print('%d passed, %d failed' % (report.passed, report.failed))
    return 1 if report.failed or not report.passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
