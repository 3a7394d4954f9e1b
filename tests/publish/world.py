"""world.py - a folder, the executable, and the name servers that serve what it prints: NSD, Knot, BIND and PowerDNS.

Each server listens on an address of a loopback /24 of this case, BIND on a port of 127.0.0.1, since it takes only
addresses that an interface holds.
"""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path += [os.path.join(TREE, 'tests', name) for name in ('lib', 'servers')]

import folder  # noqa: E402
import servers  # noqa: E402

BUILD = os.path.abspath(os.environ.get('BUILD', os.path.join(TREE, 'build')))
VOUCHSAFE = os.environ.get('VOUCHSAFE') or os.path.join(BUILD, 'vouchsafe')
TIMEOUT_S = 60
ROOT = 20  # address of the server of "root"

SOA = '%s. 300 IN SOA ns.%s. hostmaster.%s. 1 3600 600 86400 300\n%s. 300 IN NS ns.%s.\nns.%s. 300 IN A '

KNOT_CONF = '''server:
    rundir: "{folder}"
    listen: {address}@53
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{folder}"
log:
  - target: stderr
    any: warning
zone:
'''
KNOT_ZONE = '''  - domain: "{name}"
    file: "{path}"
    zonefile-sync: -1
    journal-content: none
    semantic-checks: on
'''
BIND_CONF = '''options {{
    directory "{folder}";
    pid-file none;
    session-keyfile "{folder}/session.key";
    minimal-responses no-auth;
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion no;
    dnssec-validation no;
    empty-zones-enable no;
    server-id none;
}};
controls {{ }};
'''
BIND_ZONE = 'zone "{name}" {{ type primary; file "{path}"; allow-update {{ 127.0.0.1; }}; }};\n'
PDNS_CONF = '''launch=bind
bind-config={folder}/zones.conf
local-address={address}
local-port=53
socket-dir={folder}
daemon=no
guardian=no
disable-syslog=yes
loglevel=3
'''


class World(folder.Folder):
    """One case: its folder and what runs."""

    def __init__(self):
        super().__init__()
        self.network = servers.Network()
        self.processes = []

    def close(self):
        for process in self.processes:
            process.stop()
        super().close()

    def vouchsafe(self, *arguments, text=None):
        """(exit, standard output, standard error) of a run."""
        done = subprocess.run([VOUCHSAFE, *arguments], cwd=self.folder, check=False, capture_output=True, input=text,
                              text=True, timeout=TIMEOUT_S)
        return done.returncode, done.stdout, done.stderr

    def publish(self, *arguments, text=None):
        """What a run that must be fine prints."""
        status, output, errors = self.vouchsafe('publish', *arguments, text=text)
        assert status == 0, errors
        return output

    def judge(self, resolver, client, helo):
        """'RESULT REASON' of a client by real DNS."""
        status, output, errors = self.vouchsafe('check', '--resolver', resolver, '--trust-anchor', 'none', '--json', client,
                                                helo)
        assert status in (0, 1), errors
        csa = json.loads(output)['csa']
        return '%s %s' % (csa['result'], csa['reason'])

    def command(self, *command, text=None):
        """What a command that must be fine says."""
        done = subprocess.run(command, cwd=self.folder, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              input=text, text=True, timeout=TIMEOUT_S)
        assert done.returncode == 0, '%s: %s' % (' '.join(command), done.stdout)
        return done.stdout

    def zone(self, name, records, server='192.0.2.53'):
        """The path of a master file with these records; server: the address of its name server."""
        return self.write(name + '.zone', SOA % ((name,) * 6) + server + '\n' + records)

    def serve(self, kind, zones):
        """Starts a server for zones of (name, path); what --resolver wants for it."""
        place = os.path.join(self.folder, kind)
        os.mkdir(place)
        process, address, port = getattr(self, 'start_' + kind)(place, zones)
        self.processes.append(process)
        process.wait_ready(address, port)
        return '%s@%d' % (address, port)

    def start_nsd(self, place, zones):
        address = self.network.address(1)
        return servers.start_nsd(place, 'nsd', address, zones, minimal=False), address, 53

    def start_root(self, place, zones):
        """For who needs a name server of his own."""
        address = self.network.address(ROOT)
        return servers.start_nsd(place, 'root', address, zones), address, 53

    def start_knot(self, place, zones):
        address = self.network.address(2)
        text = KNOT_CONF.format(folder=place, address=address) + ''.join(
            KNOT_ZONE.format(name=name, path=path) for name, path in zones)
        path = servers.write(os.path.join(place, 'knot.conf'), text)
        return servers.Process('knot', ['/usr/sbin/knotd', '-c', path], place), address, 53

    def start_bind(self, place, zones):
        port = servers.free_port()
        text = BIND_CONF.format(folder=place, port=port) + ''.join(
            BIND_ZONE.format(name=name, path=path) for name, path in zones)
        path = servers.write(os.path.join(place, 'named.conf'), text)
        return servers.Process('bind', ['/usr/sbin/named', '-g', '-n', '1', '-c', path], place), '127.0.0.1', port

    def start_pdns(self, place, zones):
        address = self.network.address(4)
        servers.write(os.path.join(place, 'zones.conf'), ''.join(
            'zone "%s" { type native; file "%s"; };\n' % pair for pair in zones))
        servers.write(os.path.join(place, 'pdns.conf'), PDNS_CONF.format(folder=place, address=address))
        return servers.Process('pdns', ['/usr/sbin/pdns_server', '--config-dir=' + place], place), address, 53


def records(output):
    """The lines of a master file that are records."""
    return [line for line in output.splitlines() if line and not line.startswith(';')]


def remarks(output, severity):
    return re.findall(r'^; %s: (.*)$' % severity, output, re.M)
