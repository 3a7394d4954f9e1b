#!/usr/bin/python3
"""The daemon while system calls fail under it, and among hostile peers.

    tests/torture/run.py [failing|hostile]...

failing: a preloaded library (fail.c) makes the nth call of one function fail, for every n up to where sessions no longer
reach it, in the worker that reads a zone file, asks a name server (nameserver.py) or takes votes by HTTP, in the writer of the
log, and in the supervisor during a reload. Nothing may crash or hang, nobody may be refused who should pass, and right afterwards sessions
must pass. hostile: peers that stall, flood, lie about lengths or come in thousands; good sessions must pass meanwhile.
"""
import os
import re
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TREE, 'tests', 'lib'))

import failing  # noqa: E402
import hostile  # noqa: E402
from folder import Folder, Skipped  # noqa: E402

ZONE = """$ORIGIN example.org.
@ 3600 IN SOA ns hostmaster 1 3600 900 604800 300
mail IN A 192.0.2.10
_client._smtp.mail IN SRV 1 2 0 mail
_client._smtp.bad IN SRV 1 1 0 bad
*.fresh IN SRV 1 2 0 mail
*.tcp IN SRV 1 2 0 mail
"""

CONFIG = """trusted_networks = {{}}
require = pass
header {{ authserv_id = mx.example.net }}
dns {{ {dns} timeout = 2 }}
log {{ to = file file = "{folder}/log" level = info }}
daemon {{ control = "{folder}/control" pid_file = "{folder}/pid" }}
limits {{ {limits} }}
listener "unix:{folder}/milter" {{ protocol = milter }}
listener "unix:{folder}/policy" {{ protocol = policy }}
listener "unix:{folder}/exim" {{ protocol = exim }}
"""


class Torture(Folder):
    """A folder with a daemon under torture."""

    def __init__(self):
        super().__init__()
        self.write('zone', ZONE)
        self.daemon = None
        self.worker = None

    def serve(self, limits='', resolver=None, more='', **environment):
        """The zone comes from its file, or from a port of 127.0.0.1; more: of the configuration."""
        dns = 'zone_files = {"%s"}' % self.path('zone')
        if resolver is not None:
            dns = 'resolvers = {"127.0.0.1@%d"} trust_anchor = none' % resolver
        self.write('conf', CONFIG.format(folder=self.folder, limits=limits, dns=dns) + more)
        self.daemon = self.start(environment=dict(os.environ, **environment))
        self.worker = self.daemon.children('work')[0]

    def survived(self):
        """Nobody died, and it ends as it should."""
        assert self.daemon.children('work') == [self.worker], 'the worker is another one:\n' + self.daemon.log()
        assert self.daemon.terminate() == 0
        assert not re.search('killed by signal|ended with status', self.daemon.log()), self.daemon.log()


def main():
    wanted = sys.argv[1:] or ['failing', 'hostile']
    passed = failed = 0
    for module in [failing, hostile]:
        for name, case in vars(module).items():
            if module.__name__ not in wanted or not name.startswith('test_'):
                continue
            world = Torture()
            try:
                said = case(world)
                passed += 1
                print('%s: %s' % (name[5:], said or 'fine'), flush=True)
            except Skipped as why:
                print('%s: not run, %s' % (name[5:], why), flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print('%s: FAILED\n%s\n%s' % (name[5:], traceback.format_exc(), world.daemon and world.daemon.log()[-3000:]),
                      flush=True)
            finally:
                world.close()
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


sys.exit(main())
