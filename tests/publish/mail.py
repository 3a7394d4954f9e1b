"""Through a real Postfix with vouchsafed as its milter, DNS by a real NSD: what is printed decides who gets mail through."""
import os
import sys

import world

sys.path.append(os.path.join(world.TREE, 'tests', 'mta'))

import certificates  # noqa: E402
import folder  # noqa: E402
import postfix  # noqa: E402
import private  # noqa: E402
import sasl  # noqa: E402
import targets  # noqa: E402

PORT = 2525
NSD, POSTFIX, RELAY, MAIL, ELSEWHERE, STRANGER = 1, 2, 30, 10, 11, 99
CONFIGURATION = '''
mode = enforce
trusted_networks = {{}}
listener "unix:{queue}/vouchsafe/milter" {{ protocol = milter  mode = 0666 }}
dns {{ timeout = 4  resolvers = {{"{nsd}"}}  trust_anchor = none }}
daemon {{ control = "" }}
log {{ to = file  file = "{log}" }}
'''
# Who sends from where as whom, and what becomes of it.
SESSIONS = (
    (MAIL, 'mail.example.org', 'csv=pass reason="match"'),
    (STRANGER, 'mail.example.org', '550'),
    (ELSEWHERE, 'cloud.example.org', 'csv=neutral reason="ignore-target"'),
    (MAIL, 'www.example.org', '550'),
    (MAIL, 'other.example.org', '550'),
)


def start_postfix(there):
    """A private Postfix that asks our milter."""
    package = os.path.join(os.environ.get('MTA_DIR') or os.path.join(world.TREE, 'build'), 'postfix')
    place = {'address': there.network.address(POSTFIX), 'relay': there.network.address(RELAY),
             'namespace': private.Namespace(there.folder, there.network.address(NSD)),
             'certificates': certificates.make(there.path('certificates'))}
    server = postfix.Postfix(postfix.fetch(package), there.path('postfix'), place, {PORT: {}}, postfix.contributed('milter.cf'))
    there.processes.append(sasl.Server(os.path.join(server.queue, 'private/sasl')))
    return server


def test_postfix(there):
    """Every host meant to send passes; who uses its name, and names that never send, are refused."""
    if os.getuid() != 0:
        raise folder.Skipped('Postfix needs root')
    output = there.publish('--domain', 'example.org', '--send', 'mail=' + there.network.address(MAIL), '--elsewhere', 'cloud',
                           '--never', 'www', '--complete', '--disown')
    there.serve('nsd', [('example.org', there.zone('example.org', output)), ('.', there.write(
        'root.zone', '. 300 IN SOA ns.invalid. h.invalid. 1 3600 600 86400 300\n. 300 IN NS ns.invalid.\n'))])
    server = start_postfix(there)
    there.write('conf', CONFIGURATION.format(queue=server.queue, nsd=there.network.address(NSD), log=there.path('log')))
    there.start()
    server.start()
    there.processes.append(server)
    target = targets.Target('milter', server, {'default': PORT}, marks=True)
    for host, helo, expected in SESSIONS:
        replies, message = target.send(there.network.address(host), helo)
        if expected == '550':
            assert replies[-1].startswith('550 5.7.1 ') and message is None, (helo, replies)
        else:
            assert message and expected in targets.results(message)[0], (helo, replies, message, server.log()[-2000:])
