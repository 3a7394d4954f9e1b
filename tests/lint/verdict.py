"""verdict.py - what the evaluator says before and after a mend: only what the mend is about may change."""
import ipaddress

PREFIX = '_client._smtp.'
OWN_MAX, OTHERS_MAX = 3, 2  # addresses of a name and of others that are tried
# A mend that takes addresses, targets or whole records away for good reason.
LOSES = {'answer-size', 'many-addresses', 'address-private', 'wrong-owner'}


def short(owner):
    return owner.rstrip('.')


def is_host(name):
    """Can a client say it? Neither a wildcard nor a name of some service."""
    return not any(label.startswith(('_', '*')) for label in name.split('.')) and not name.endswith('.arpa') and '.' in name


def addresses_of(world, name):
    """The addresses of a name through its aliases, or of the wildcard beside it."""
    for _ in range(9):
        if not any(r[0] == name + '.' or r[0].endswith('.' + name + '.') for r in world.records):
            name = '*.' + name.split('.', 1)[-1]
        found = {r[3] for r in world.records if short(r[0]) == name and r[2] in ('A', 'AAAA')}
        alias = [short(r[3]) for r in world.records if short(r[0]) == name and r[2] == 'CNAME']
        if found or not alias:
            return found
        name = alias[0]
    return set()


def stated(world, name):
    """The addresses that stand at the name itself or at the targets of its own record."""
    targets = [short(r[3].split()[-1]) for r in world.records
               if short(r[0]) == PREFIX + name and r[2] in ('SRV', 'TXT') and len(r[3].split()) >= 4]
    return set().union(addresses_of(world, name), *(addresses_of(world, target.rstrip('".')) for target in targets))


def changed_names(before, after):
    """HELO names that a changed record is about, and one below each that nobody knows."""
    rows = {(r[0], r[2], r[3]) for r in before.records} ^ {(r[0], r[2], r[3]) for r in after.records}
    names = set()
    for owner, _, rdata in rows:
        name = short(owner)
        name = name.split('_client._smtp.', 1)[-1].replace('*.', '')
        names |= {name, 'stranger.' + name} if owner.startswith(PREFIX) else {name}
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


def why_not(worlds, findings, name, address, words):
    """Why the change from one verdict to another is wrong, or None."""
    before, _ = worlds
    spoken = list(about(findings, name))
    if not spoken:
        return 'nothing was said about it'
    if words[1] == 'pass':
        own = stated(before, name)
        new = not any(short(r[0]) in (name, PREFIX + name) for r in before.records)
        if all(f['severity'] == 'note' for f in spoken):
            return 'a new pass for a note'
        if address not in own and not (new and any(address in stated(before, f['name'].split('_client._smtp.')[-1])
                                                   for f in spoken)):
            return 'a new pass for an address of others'
    elif words[0] == 'pass' and not LOSES & {f['rule'] for f in spoken}:
        return 'a pass less'
    return None


def sessions(before, after):
    """(address, name) of the clients whose verdict a mend may change."""
    known = sorted({r[3] for world in (before, after) for r in world.records if r[2] in ('A', 'AAAA')})
    for name in changed_names(before, after):
        own = stated(before, name) | stated(after, name)
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
