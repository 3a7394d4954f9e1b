#!/usr/bin/python3
"""demo.py - ./dev demo postfix: a private Postfix on loopback asks vouchsafed about five senders; shows what is said.

The daemon runs with contrib/postfix/vouchsafe.conf, told to act, and answers the DNS from zone files; no packet leaves
the machine. All of it is gone when this ends.
"""
import os
import re
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.append(os.path.join(TREE, 'tests', 'servers'))

import certificates  # noqa: E402
import postfix  # noqa: E402
import sasl  # noqa: E402
import world as w  # noqa: E402
from targets import Target, results  # noqa: E402

PORT = 2525
SENDERS = (
    ('A mail server whose owner authorizes it', w.MEMBER, 'mail.example.org'),
    ('The same, and an accreditation service vouches for it', w.GOOD, 'good.example.org'),
    ('Somebody else who uses its name', w.STRANGER, 'mail.example.org'),
    ('A name that is never to send mail', w.MEMBER, 'never.example.org'),
    ('A mail server of whom the DNS says nothing', w.STRANGER, 'nobody.example.com'),
)
ZONES = ('example.org.', 'accred.example.')
SETTINGS = '''
trusted_networks = {{}}
accreditor "accred.example" {{ style = dna }}
dns {{ zone_files = {{{zones}}} }}
log {{ to = file  file = "{folder}/decisions.log" }}
daemon {{ control = "" }}
'''
SHOWN = ('csa', 'reason', 'dna', 'trust', 'score', 'verb')


def configuration(world, queue):
    """contrib/postfix/vouchsafe.conf, told to act, on our zones."""
    zones = []
    for name in ZONES:
        path = os.path.join(world.folder, name + 'zone')
        with open(path, 'w', encoding='ascii') as file:
            file.write(w.SOA % name + w.ZONES[name].format(net=world.network.prefix))
        zones.append('"%s"' % path)
    text = postfix.contributed('vouchsafe.conf').replace('/var/spool/postfix', queue)
    return w.as_tester(text, world.folder).replace('mode = monitor', 'mode = enforce') + SETTINGS.format(zones=', '.join(zones), folder=world.folder)


def show(target, daemon, what, client, helo):
    print('\n%s (%s)\n' % (what, client))
    with target.session(client) as session:
        token = target.token()
        session.say('EHLO ' + helo)
        accepted = session.envelope('user@example.net')[-1].startswith('250') and \
            session.message(token).startswith('250')
        session.say('QUIT')
        for line in session.dialogue:
            if not re.match(r'S: 250[ -](?!2\.|mx)', line):  # what Postfix can do is not the point
                print('    ' + line)
    verdict = ''
    while not verdict:
        verdict = next((line for line in daemon.log().splitlines()
                        if 'event=decision' in line and 'client=%s ' % client in line and 'helo=%s ' % helo in line), '')
        time.sleep(0.02)
    print('\n    verdict   ' + ' '.join(word for word in verdict.split() if word.split('=')[0] in SHOWN))
    if accepted:
        print('    delivered Authentication-Results: ' + results(target.delivered(token))[0])


def play(folder):
    world = w.World(folder)
    private_postfix = postfix.Postfix(
        postfix.fetch(os.path.join(os.environ.get('MTA_DIR') or os.path.join(TREE, 'build'), 'postfix')),
        os.path.join(folder, 'postfix'),
        {'address': world.address(w.POSTFIX), 'relay': world.address(w.RELAY), 'namespace': world.namespace,
         'certificates': certificates.make(os.path.join(folder, 'certificates'))},
        {PORT: {}}, postfix.contributed('milter.cf'))
    passwords = sasl.Server(os.path.join(private_postfix.queue, 'private/sasl'))
    daemon = w.Daemon(folder, configuration(world, private_postfix.queue),
                      ['unix:' + w.socket_path(private_postfix.queue, 'milter', 'default')])
    try:
        daemon.start()
        private_postfix.start()
        target = Target('milter', private_postfix, {'default': PORT}, marks=True)
        print('A private Postfix listens on %s:%d, and asks vouchsafed by contrib/postfix/milter.cf.' % (
            private_postfix.address, PORT))
        for what, host, helo in SENDERS:
            show(target, daemon, what, world.address(host), helo)
    finally:
        private_postfix.stop()
        daemon.stop()
        passwords.stop()
    print('\nEverything is stopped and removed again.')


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if os.getuid() != 0:
        print('demo: Postfix needs users of its own and a private mount namespace: please run this as root', file=sys.stderr)
        return 2
    folder = tempfile.mkdtemp(prefix='vouchsafe-demo-')
    os.chmod(folder, 0o755)  # Postfix reads below it under a user of its own
    try:
        play(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
