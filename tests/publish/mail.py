"""Through a real Postfix with vouchsafed as its milter: what is printed decides who gets mail through.

DNS by NSD, Knot, BIND and PowerDNS, each of which got the records in another form: a master file, JSON, nsupdate.
"""
import json
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
POSTFIX, RELAY, MAIL, ELSEWHERE, STRANGER = 21, 30, 10, 11, 99
CONFIGURATION = '''
mode = enforce
trusted_networks = {{}}
listener "unix:{queue}/vouchsafe/milter" {{ protocol = milter  mode = 0666 }}
dns {{ timeout = 4  resolvers = {{"{resolver}"}}  trust_anchor = none }}
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
             'namespace': private.Namespace(there.folder, there.network.address(world.ROOT)),
             'certificates': certificates.make(there.path('certificates'))}
    server = postfix.Postfix(postfix.fetch(package), there.path('postfix'), place, {PORT: {}}, postfix.contributed('milter.cf'))
    there.processes.append(sasl.Server(os.path.join(server.queue, 'private/sasl')))
    return server


def load_master(there, kind, arguments):
    return there.serve(kind, [('example.org', there.zone('example.org', there.publish(*arguments)))])


def load_json(there, kind, arguments):
    """The zone as a script would build it out of the JSON."""
    found = json.loads(there.publish('--form', 'json', *arguments))
    assert not found['delete'] and not any(record['outside'] for record in found['records']), found
    lines = ['%(owner)s. %(ttl)d IN %(type)s %(rdata)s\n' % record for record in found['records']]
    return there.serve(kind, [('example.org', there.zone('example.org', ''.join(lines)))])


def load_nsupdate(there, kind, arguments):
    """First what can be entered at once, then, compared, what had to wait."""
    resolver = there.serve(kind, [('example.org', there.zone('example.org', ''))])
    for compare in ([], ['--resolver', resolver]):
        script = there.publish('--form', 'nsupdate', '--server', resolver, *compare, *arguments)
        there.command('nsupdate', '-t', '20', text=script)
    return resolver


SERVERS = (('nsd', load_master), ('knot', load_json), ('bind', load_nsupdate), ('pdns', load_master))


def play(there, server, target):
    """Every host meant to send passes; who uses its name, and names that never send, are refused."""
    for host, helo, expected in SESSIONS:
        replies, message = target.send(there.network.address(host), helo)
        if expected == '550':
            assert replies[-1].startswith('550 5.7.1 ') and message is None, (helo, replies)
        else:
            assert message and expected in targets.results(message)[0], (helo, replies, message, server.log()[-2000:])


def test_postfix(there):
    """The same sessions by each server in turn; the daemon starts anew for each, so that it remembers nothing."""
    if os.getuid() != 0:
        raise folder.Skipped('Postfix needs root')
    arguments = ('--domain', 'example.org', '--send', 'mail=' + there.network.address(MAIL), '--elsewhere', 'cloud',
                 '--never', 'www', '--complete', '--disown')
    there.serve('root', [('.', there.write(
        'root.zone', '. 300 IN SOA ns.invalid. h.invalid. 1 3600 600 86400 300\n. 300 IN NS ns.invalid.\n'))])
    server = start_postfix(there)
    server.start()
    there.processes.append(server)
    target = targets.Target('milter', server, {'default': PORT}, marks=True)
    for kind, load in SERVERS:
        resolver = load(there, kind, arguments)
        there.write('conf', CONFIGURATION.format(queue=server.queue, resolver=resolver, log=there.path('log')))
        daemon = there.start()
        play(there, server, target)
        assert daemon.stop() is None, kind
