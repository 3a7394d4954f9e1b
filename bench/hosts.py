"""hosts.py - the DNS world of the benchmarks: many hosts with CSA and SPF records, on an NSD of its own.

    hostN.example.org        one SRV record whose target is the name itself, one address, SPF "v=spf1 a -all"
    hostN.bare.example.org   an address and no SRV record, neither here nor at an ancestor
    accred.example           rates every hostN.example.org with A

SHARE hosts have the same address, so that one SMTP connection can show many names. Addresses are from 198.18.0.0/15,
the range that is set aside for benchmarks [RFC 2544]. Zones are unsigned, or signed from the root down.
"""
import collections
import os
import sys

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TREE, 'tests', 'servers'), os.path.join(TREE, 'tests', 'exim')]

import servers  # noqa: E402
import zones  # noqa: E402

ORIGIN = 'example.org.'
SERVICE = 'accred.example.'
SHARE = 250

Host = collections.namedtuple('Host', 'client name')


def client(number):
    block = number // SHARE
    return '198.18.%d.%d' % (block // 250, block % 250 + 1)


def hosts(first, count, below=''):
    """Hosts number `first` and on; below: 'bare.' for hosts without a record."""
    return [Host(client(number), 'host%d.%s%s' % (number, below, ORIGIN.rstrip('.')))
            for number in range(first, first + count)]


def host_records(number):
    address = client(number)
    return ('_client._smtp.host%d SRV 1 2 0 host%d\nhost%d A %s\nhost%d TXT "v=spf1 a -all"\nhost%d.bare A %s\n'
            % (number, number, number, address, number, number, address))


def make_zones(folder, count, server, signed):
    """Root, hosts and accreditation zone, written in `folder`."""
    signing = 'nsec' if signed else None
    name_server = '@ NS ns\nns A %s\n' % server
    lists = ''.join('host%d.%s TXT "MARID,1,A;benchmark"\n' % (number, ORIGIN.rstrip('.')) for number in range(count))
    made = [zones.Zone(ORIGIN, name_server + ''.join(map(host_records, range(count))), signing),
            zones.Zone(SERVICE, name_server + lists, signing)]
    for zone in made:
        zone.write(folder)
    root = '@ NS a.root-servers.\na.root-servers. A %s\n' % server
    made.append(zones.Zone('.', root + ''.join(zones.delegation(zone, server) for zone in made), signing))
    made[-1].write(folder)
    return made


class World:
    """`count` hosts, served by an NSD at `address` (port 53) while the context lasts."""

    def __init__(self, folder, address, count, signed=False):
        os.mkdir(folder)
        self.folder, self.address = folder, address
        self.zones = make_zones(folder, count, address, signed)
        self.anchor = servers.write(os.path.join(folder, 'root.ds'), self.zones[-1].ds) if signed else 'none'
        self.server = None

    def __enter__(self):
        files = [(zone.name, zone.path) for zone in self.zones]
        self.server = servers.start_nsd(self.folder, 'nsd', self.address, files)
        self.server.wait_ready(self.address)
        return self

    def __exit__(self, *_exc):
        self.server.stop()

    def sessions(self, chosen):
        """A file of lines "IP HELO" for bench/decide."""
        path = os.path.join(self.folder, 'sessions')
        return servers.write(path, ''.join('%s %s\n' % host for host in chosen))
