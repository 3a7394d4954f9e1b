#!/usr/bin/python3
"""Who may include whom: reads the include lines of src/ and fails on a wrong arrow."""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# A folder may include its own headers, vouchsafe.h, and these. The order is the flow of the data.
ALLOWED = {
    'base': [],
    'core': ['base'],
    'policy': ['base', 'core'],
    'proto': ['base'],
    'dns': ['base'],
    'accredit': ['base'],
    'store': ['base'],
    'conf': ['base'],
    'session': ['base', 'core', 'proto', 'dns', 'accredit', 'store', 'conf'],
    'daemon': ['base', 'core', 'policy', 'proto', 'dns', 'accredit', 'store', 'conf', 'session'],
    'publish': ['base', 'core'],
    'observe': ['base', 'publish'],
    'lint': ['base', 'core', 'publish'],
    'tool': ['base', 'core', 'policy', 'proto', 'dns', 'accredit', 'store', 'conf', 'session', 'publish', 'observe', 'lint'],
}
PURE = ['base', 'core', 'policy', 'proto']
PURE_SYSTEM = ['stdbool.h', 'stddef.h', 'stdint.h', 'string.h', 'arpa/inet.h']
# Sockets, clocks and loops live here and nowhere else.
DRIVERS = ['dns', 'store', 'daemon', 'tool']
DRIVER_SYSTEM = r'^(time\.h|sys/(time|socket|epoll|select|un)\.h|poll\.h|netdb\.h|netinet/.*|event2/.*|unbound.*)$'


def wrong(path):
    """The include lines of a file that break the rules, as (line number, text)."""
    layer = os.path.relpath(path, ROOT + '/src').split(os.sep)[0]
    for number, line in enumerate(open(path, encoding='utf-8'), 1):
        own = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        system = re.match(r'\s*#\s*include\s+<([^>]+)>', line)
        if own:
            target = own.group(1).split('/')[0]
            if target not in ['vouchsafe.h', layer] + ALLOWED.get(layer, []):
                yield number, line.strip()
        if system and layer in PURE and system.group(1) not in PURE_SYSTEM:
            yield number, line.strip()
        if system and layer not in DRIVERS and re.match(DRIVER_SYSTEM, system.group(1)):
            yield number, line.strip()


def main():
    files = sorted(glob.glob(ROOT + '/src/**/*.[ch]', recursive=True))
    failed = 0
    for path in files:
        faults = list(wrong(path))
        failed += bool(faults)
        for number, text in faults:
            print('%s:%d: %s' % (os.path.relpath(path, ROOT), number, text))
    unknown = set(os.listdir(ROOT + '/src')) - set(ALLOWED)
    for folder in unknown:
        print('src/%s: no rule for this folder' % folder)
    print('%d passed, %d failed' % (len(files) - failed, failed + len(unknown)))
    return 1 if failed or unknown else 0


sys.exit(main())
