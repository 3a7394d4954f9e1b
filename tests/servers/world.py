"""world.py - the fake Internet of zones.py running: three NSDs, three resolvers, and the tool under test beside."""
import collections
import json
import os
import subprocess
import time

import relay
import servers
import zones

TOOL_TIMEOUT_S = 30
BROKEN_ZONE = 'this is no master file\n'

Run = collections.namedtuple('Run', 'exit json stdout stderr seconds')


class World:
    """Everything that listens; stop() ends it. paths: how a question travels, {word: arguments for the tool}."""

    def __init__(self, folder, tool):
        self.folder = folder
        self.tool = tool
        self.processes = []
        network = servers.Network()
        self.server = {'root': network.address(1), 'top': network.address(2), 'leaf': network.address(3)}
        self.silent = relay.Relay(None, (network.address(9), 53))
        unreachable = [('silent.example.', network.address(9)), ('refused.example.', self.server['leaf']),
                       ('broken.example.', self.server['leaf'])]
        self.internet = zones.Internet(folder, self.server, unreachable)
        self.resolvers = {'unbound': (network.address(11), 53), 'bind': ('127.0.0.1', servers.free_port()),
                          'kresd': (network.address(13), 53)}
        self.paths = {'recursion': ['--config', self.config('recursion', 'recursion = yes root_hints = "%s"'
                                                            % self.internet.hints)]}
        self.paths.update((word, forward_to(place)) for word, place in self.resolvers.items())
        self.short = self.config('short', 'timeout = 2')

    def config(self, name, dns, rest=''):
        """Path of a vouchsafe.conf with these options in its section dns."""
        return servers.write(os.path.join(self.folder, 'vouchsafe-%s.conf' % name), 'dns { %s }\n%s\n' % (dns, rest))

    def start(self):
        self.silent.start()
        broken = servers.write(os.path.join(self.folder, 'broken.zone'), BROKEN_ZONE)
        for place, held in (('root', [self.internet.root]), ('top', self.internet.tops),
                            ('leaf', self.internet.leaves)):
            files = [(zone.name, zone.path) for zone in held]
            files += [('broken.example.', broken)] if place == 'leaf' else []
            self.keep(servers.start_nsd(self.folder, 'nsd-' + place, self.server[place], files, minimal=False))
        self.keep(servers.start_unbound(self.folder, self.resolvers['unbound'][0], self.internet))
        self.keep(servers.start_bind(self.folder, self.resolvers['bind'][1], self.internet))
        self.keep(servers.start_kresd(self.folder, self.resolvers['kresd'][0], self.internet, self.server['root']))
        places = [(address, 53) for address in self.server.values()] + list(self.resolvers.values())
        for process, place in zip(self.processes, places):
            process.wait_ready(*place)

    def keep(self, process):
        self.processes.append(process)

    def stop(self):
        for process in self.processes:
            process.stop()
        self.silent.stop()

    def check(self, arguments, client, helo, anchor=None, words=('--json',), within=()):
        """Runs `vouchsafe check`; anchor None: that of this world's root; within: a command that runs it."""
        anchor = ['--trust-anchor', anchor or self.internet.anchor]
        command = [*within, self.tool, 'check', *words, *anchor, *arguments, '--', client, helo]
        begin = time.monotonic()
        done = subprocess.run(command, check=False, capture_output=True, timeout=TOOL_TIMEOUT_S, cwd=self.folder)
        seconds = time.monotonic() - begin
        return Run(done.returncode, read_json(done.stdout), done.stdout, done.stderr.decode(errors='replace'), seconds)


def forward_to(place):
    return ['--resolver', '%s@%d' % place]


def read_json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None
