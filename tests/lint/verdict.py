"""verdict.py - what the evaluator says before and after a mend. A mend never makes receivers refuse a client that they did
not refuse before and that the zone shows as a sender, and never pass one that the zone does not say it of.
"""
import ipaddress

PREFIX = '_client._smtp.'
# Where CSA records stand by mistake, and those of them where other services may have records of their own.
MISPLACED = ('_smtp._client.', '_client._smtp._tcp.', '_client._smtp._udp.', 'client._smtp.')
SHARED = ('_client._tcp.', '_client._udp.', '_client.', '_smtp.')
OWN_MAX, OTHERS_MAX = 6, 4  # addresses of a name and of others that are tried
LOCAL = [ipaddress.ip_network(net) for net in ('10.0.0.0/8', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7')]


def short(owner):
    return owner.rstrip('.')


def is_host(name):
    """Can a client say it? Neither a wildcard nor a name of some service."""
    return not any(label.startswith(('_', '*')) for label in name.split('.')) and not name.endswith('.arpa') and '.' in name


def is_local(address):
    """Can no client on the Internet have it?"""
    return any(ipaddress.ip_address(address) in net for net in LOCAL)


def exists(world, name):
    return any(short(r[0]) == name or r[0].endswith('.' + name + '.') for r in world.records)


def wildcards(world, name):
    """The wildcard that answers for a name that does not exist."""
    if exists(world, name):
        return set()
    labels = name.split('.')
    parents = ['.'.join(labels[n:]) for n in range(1, len(labels))]
    return {'*.' + next((parent for parent in parents if exists(world, parent)), '')}


def at(world, name, *kinds):
    """RDATA of records at a name, through its aliases."""
    names = {name} | wildcards(world, name)
    for _ in range(9):
        names |= {short(r[3]) for r in world.records if short(r[0]) in names and r[2] == 'CNAME'}
    return [r[3] for r in world.records if short(r[0]) in names and r[2] in kinds]


def addresses_of(world, name):
    return set(at(world, name, 'A', 'AAAA'))


def claims(world, name):
    """(Weight, Target) of what looks like a CSA record of the name, wherever it stands and whatever its faults."""
    apexes = {short(r[0]) for r in world.records if r[2] == 'SOA'}
    owners = {PREFIX + name: False, **{word + name: False for word in MISPLACED}, **{word + name: True for word in SHARED},
              **{PREFIX + name + '.' + apex: False for apex in apexes}}
    for owner, shared in owners.items():
        for rdata in at(world, owner, 'SRV', 'TXT'):
            words = [word for word in rdata.strip('"').split() if word not in ('IN', 'SRV')]
            if len(words) != 4 or not all(word.isdigit() for word in words[:3]):
                continue
            priority, weight, port = (int(word) for word in words[:3])
            if not shared or (priority == 1 and weight in (1, 2, 3) and port in (0, 1)):
                yield weight, short(words[3])


def is_slip(world, name):
    """Does the domain stand in the name twice?"""
    return any(r[2] == 'SOA' and name.endswith('.' + short(r[0]) + '.' + short(r[0])) for r in world.records)


def listed(world, name):
    """The addresses that records say the name sends from."""
    targets = {target for weight, target in claims(world, name) if weight not in (0, 1)}
    for apex in (short(r[0]) for r in world.records if r[2] == 'SOA'):
        targets |= {target[:-len(apex) - 1] for target in targets if target.endswith('.%s.%s' % (apex, apex))}
    return set().union(*(addresses_of(world, target) for target in targets))


def shown(world, name):
    """The addresses of the name itself, if exchangers, SPF or pointers show that it sends."""
    own, shows = addresses_of(world, name), set()
    for owner, _, kind, rdata in world.records:
        if kind == 'MX' and short(rdata.split()[-1]) == name or \
                kind == 'PTR' and short(owner) == name and rdata.startswith('_vouch._smtp.'):
            shows |= own
        elif kind == 'TXT' and rdata.startswith('"v=spf1 '):
            for term in rdata.strip('"').split()[1:]:
                word, _, value = term.partition(':')
                if word == 'a' and (value or short(owner)) == name:
                    shows |= own
                elif word in ('ip4', 'ip6'):
                    shows |= own & {value}
    return shows


def changed_names(before, after):
    """HELO names that a changed record is about, and some that nobody knows, beside and below."""
    rows = {(r[0], r[2], r[3]) for r in before.records} ^ {(r[0], r[2], r[3]) for r in after.records}
    names = set()
    for owner, kind, rdata in rows:
        name = short(owner)
        if name.startswith('*._smtp.'):
            names.add(name[len('*._smtp.'):])
        name = name.split('_client._smtp.', 1)[-1]
        if name.startswith('*.'):
            names |= {'stranger.' + name[2:], 'host.stranger.' + name[2:]}
        name = name.replace('*.', '')
        names |= {name, 'stranger.' + name} if owner.startswith(PREFIX) else {name}
        if kind == 'SRV':
            names |= {short(r[0]) for r in before.records if r[2] in ('A', 'AAAA') and r[0].endswith('.' + name + '.')}
        names |= {short(r[0])[len(PREFIX):] for world in (before, after) for r in world.records
                  if r[0].startswith(PREFIX) and short(r[3].split()[-1]) in (name, short(rdata.split()[-1]))}
    return sorted(name for name in names if is_host(name))


def about(findings, name):
    """The findings that speak of this name, of its record, or of a name above it."""
    for finding in findings:
        subject = finding['name'].split('_client._smtp.', 1)[-1].replace('*.', '')
        if name == subject or name.endswith('.' + subject) or PREFIX + name in finding['mend'] or \
                any(line.startswith(name + '. ') for line in finding['mend'].splitlines()):
            yield finding


def why_refused(before, spoken, name, address):
    """Why a client must not be refused that was not, or None."""
    if address in listed(before, name) | shown(before, name) and not is_local(address):
        return 'a sender is refused'
    if address in addresses_of(before, name) and not any(claims(before, name)) and 'domain-open' not in {f['rule'] for f in spoken}:
        return 'a host is refused as itself'
    return None


def why_passed(before, spoken, name, address):
    """Why a client must not pass that did not, or None."""
    if address in listed(before, name) | shown(before, name):
        return None
    new = not any(short(r[0]) in (name, PREFIX + name) for r in before.records)
    if new and any(address in listed(before, f['name'].split('_client._smtp.')[-1]) for f in spoken):
        return None
    return 'a stranger passes'


def why_not(worlds, findings, name, address, words):
    """Why the change from one verdict to another is wrong, or None."""
    before, _ = worlds
    spoken = list(about(findings, name))
    if not spoken:
        return 'nothing was said about it'
    if words[1] == 'pass':
        return why_passed(before, spoken, name, address)
    if words[0] == 'pass':
        return None if is_local(address) or is_slip(before, name) else 'a pass less'
    return why_refused(before, spoken, name, address) if words[1] == 'fail' else None


def sessions(before, after):
    """(address, name) of the clients whose verdict a mend may change."""
    known = sorted({r[3] for world in (before, after) for r in world.records if r[2] in ('A', 'AAAA')})
    for name in changed_names(before, after):
        own = set().union(*(listed(world, name) | addresses_of(world, name) for world in (before, after)))
        for address in sorted(own)[:OWN_MAX] + [a for a in known if a not in own][:OTHERS_MAX]:
            yield address, name


def compare(check, before, after, findings):
    """The first change of a verdict that the mended findings do not explain, or None. check(worlds, sessions)."""
    told = list(sessions(before, after))
    if not told:
        return None
    clients = [(ipaddress.ip_address(address).compressed, name) for address, name in told]
    for (address, name), *words in zip(told, *check((before, after), clients)):
        why = words[0] != words[1] and why_not((before, after), findings, name, address, words)
        if why:
            return '%s as %s: %s became %s: %s' % (address, name, *words, why)
    return None


def disagree(findings):
    """A record that one mend publishes and another one deletes, or None."""
    told = []
    for finding in findings:
        lines = finding['mend'].splitlines()
        come = {' '.join(line.split()[0:1] + line.split()[2:]) for line in lines if not line.startswith(';')}
        gone = {line[len('; delete: '):] for line in lines if line.startswith('; delete: ')}
        told.append((finding['rule'], come, gone - come))
    for rule, come, _ in told:
        for other, _, gone in told:
            if come & gone:
                return '%s publishes what %s deletes: %s' % (rule, other, sorted(come & gone))
    return None
