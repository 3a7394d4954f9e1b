"""pairs.py - two records at one name, each pair of many right and wrong ones, at the name or behind an alias: what one run
of lint prints mends all of it, applied whole, and costs no client its pass.
"""
import collections
import ipaddress
import itertools

import mend
import broken

# What stands at _client._smtp.HOST; HOST has an address, SECOND and INNER (a private one) stand beside it.
RECORDS = ['1 2 0 HOST', '1 2 1 HOST', '1 1 0 HOST', '1 3 0 HOST', '1 2 0 SECOND', '2 2 0 HOST', '10 5 25 HOST', '1 4 0 HOST',
           '1 8 1 HOST', '1 0 1 HOST', '1 0 25 HOST', '1 2 25 HOST', '1 2 2 HOST', r'\# 4 00010002', '1 2 0 .', '1 1 1 .',
           '1 1 0 SECOND', '1 2 0 HOSTexample.org.', '1 2 0 gone.HOSTexample.org.', '1 2 0 ALIAS', '1 2 0 gone.HOST', '1 2 0 INNER']
PRIVATE = 'fd00::1'


def host_lines(name, rdata, aliased):
    """The records of one host, which needs names of its own for all that its records lead to."""
    host = name + '.example.org.'
    number = int(name[1:])
    address, second = (ipaddress.ip_address('2001:db8::%x' % (offset + number)) for offset in (0x1000, 0x2000))
    words = {'HOST': host, 'SECOND': 'second.' + host, 'INNER': 'inner.' + host, 'ALIAS': 'alias.' + host}
    yield '%s AAAA %s' % (host, address)
    yield 'second.%s AAAA %s' % (host, second)
    yield 'inner.%s AAAA %s' % (host, PRIVATE)
    yield 'alias.%s CNAME %s' % (host, host)
    for place in (address, second):
        yield '%s. PTR %s' % (place.reverse_pointer, host)
    owner = '_client._smtp.' + host
    if aliased:
        yield '%s CNAME csa.%s' % (owner, host)
        owner = 'csa.' + host
    for text in rdata:
        for word, value in words.items():
            text = text.replace(word, value)
        yield '%s SRV %s' % (owner, text)


def world():
    """(the world, {host: its records})"""
    pairs = list(itertools.combinations(RECORDS, 2))
    told = {'h%d' % n: pair for n, pair in enumerate(pair for pair in pairs for _ in (False, True))}
    lines = [line for n, (name, pair) in enumerate(told.items()) for line in host_lines(name, pair, n % 2)]
    return mend.World(broken.CLEAN.splitlines() + lines), told


def about(name, told):
    """For people: which pair a name belongs to."""
    host = name.split('.example.org')[0].split('.')[-1]
    return '%s %s' % (host, told.get(host))


def index(records):
    found = collections.defaultdict(list)
    for owner, _, kind, rdata in records:
        found[owner, kind].append(rdata)
    return found


def passing(records, host):
    """The addresses that pass as this host [CSA 4]."""
    owner = (records['_client._smtp.' + host, 'CNAME'] or ['_client._smtp.' + host])[0]
    rows = [rdata.split() for rdata in records[owner, 'SRV'] if rdata.startswith('1 ')]
    if any(weight == '1' or (weight == '0' and port in '01') for _, weight, port, _ in rows):
        return set()
    targets = [(records[target, 'CNAME'] or [target])[0] for _, weight, _, target in rows if weight == '2']
    return {address for target in targets for address in records[target, 'AAAA']} - {PRIVATE}


def play(folder):
    before, told = world()
    after = mend.World(broken.CLEAN.splitlines())
    after.records = list(before.records)
    _, report = mend.lint(folder, before)
    loud = [f for f in report['findings'] if f['severity'] != 'note']
    if len({f['name'] for f in loud}) < len(told) / 2:
        return 'only %d findings' % len(loud)
    after.mend(f['mend'] for f in loud)
    _, again = mend.lint(folder, after)
    advised = {f['name'] for f in loud if not f['mend']}  # the meaning cannot be told
    if len(advised) > len(told) / 4:
        return 'only advice about %d of %d' % (len(advised), len(told))
    left = [f for f in again['findings'] if f['severity'] != 'note' and f['name'] not in advised]
    if left:
        return '%d left: %s' % (len(left), [(about(f['name'], told), f['rule'], f['evidence']) for f in left[:4]])
    once, now = index(before.records), index(after.records)
    lost = [about(name, told) for name in told if passing(once, name + '.example.org.') - passing(now, name + '.example.org.')]
    passed = sum(bool(passing(once, name + '.example.org.')) for name in told)
    return 'of %d that passed %d do no more: %s' % (passed, len(lost), lost[:4]) if lost or not passed else None


def cases(folder):
    yield 'pairs of records', lambda: play(folder)
