"""generate.py - random small worlds, settings and sessions, biased to the corners of the specification."""
import ipaddress

from judge import judge
from world import below, zone_of

DOMAIN = "example.org"
HOSTS = ["mail." + DOMAIN, "a.mail." + DOMAIN, "b.a.mail." + DOMAIN, DOMAIN, "f.e.d.c.b.a.mail." + DOMAIN,
         "e.d.c.b.a." + DOMAIN, "x.sub." + DOMAIN, "sub." + DOMAIN, "mail.other.test", "nowhere." + DOMAIN]
ALIASES = ["c%d.%s" % (number, DOMAIN) for number in range(10)] + ["c.other.test"]
TARGETS = ["t%d.%s" % (number, DOMAIN) for number in range(6)] + ["t.other.test", "t.nowhere.invalid", "_t." + DOMAIN]
V4 = ["192.0.2.10", "192.0.2.11", "198.51.100.1"]
V6 = ["2001:db8::10", "2001:db8::11", "2001:db8:1::1"]
CLIENTS = V4[:1] * 6 + V4[1:2] * 2 + V6[:1] * 3 + ["::ffff:192.0.2.10", "::FFFF:c000:20a", "2001:DB8:0:0:0:0:0:10"]
SERVICES = ["s%d.example" % number for number in range(9)] + ["u_s.example", "dnsl." + DOMAIN, "accred.test"]
FAULTS = ["servfail"] * 4 + ["refused", "truncated", "bogus", "bogus"]
TTLS = [3600] * 4 + [0, 1, 60, 300, 7200]
REPORTS = (["MARID,1,%s" % letter for letter in "AAABBCDE"] +
           ["MARID,1,A;", "MARID,1,B;member, see \"it\"", "MARID,1,D;a", "MARID,1,D;b", "MARID,1,E;MARID,1,A",
            "MARID,2,A", "MARID,,A", "marid,1,A", "MARID,1,F", "MARID,1,a", "MARID,1,AA", " MARID,1,A", "MARID,1,A ",
            "MARID,1,", "MARID,1", "MARID,1,A,x", "MARID;1;A", "MARID,01,A", "", "v=spf1 -all", "MARID,1,C;who knows"])
WORDS = ["all"] * 3 + ["list", "transaction", "all list", "list  all", "All", "all ", " all", "all,list", "", "allow",
                      "v=spf1 -all", "list transaction", "type-2", "2all", "overall all"]
CODES = ["127.0.0.2"] * 3 + ["127.0.0.3", "127.0.0.10", "127.0.1.5", "127.0.2.20", "127.255.255.254", "192.0.2.1"]
ROWS = [[[[127, 127], [0, 0], [0, 0], [2, 2]], "E"], [[[127, 127], [0, 0], [0, 0], [2, 9]], "D"],
        [[[127, 127], [0, 0], [0, 0], [10, 10]], "A"], [[[127, 127], [0, 0], [0, 9], [3, 5]], "B"],
        [[[127, 127], [0, 0], [0, 255], [0, 255]], "C"], [[[127, 127], [0, 0], [2, 2], [0, 255]], "A"],
        [[[127, 127], [255, 255], [255, 255], [0, 255]], "error"], [[[127, 127], [0, 0], [0, 0], [3, 3]], "error"]]
ODD_HELOS = ["", "localhost", "[192.0.2.10]", "[IPv6:2001:db8::10]", "192.0.2.10", "2001:db8::10", "[x]", "[", "]",
             "[]",
             ".", "..", "mail..example.org", ".example.org", "mail.example.org..", "-a.example.org", "a-.example.org",
             "_a.example.org", "a_b.example.org", "mail.example.123", "mail.example.1a", "a b.example.org",
             "mail.example.org ", "m\u00e4il.example.org", "mail\".example.org", "mail\\.example.org", "192.0.2.10.",
             "[192.0.2.10].", "999.0.2.10", "1.2.3", "a." + "l" * 63 + ".example.org", "a." + "l" * 64 + ".example.org",
             ".".join(["a" * 39] * 6), "b" + ".".join(["a" * 39] * 6), ".".join(["a" * 39] * 6) + ".", "example.org.",
             "_.example.org", "1.example.org", "xn--a.example.org", "a--b.example.org", "[mail.example.org]",
             "::1", "::ffff:192.0.2.10", "[IPv6:::1]", "mail.example.org\n", "a\tb.example.org", "x" * 300]


def swap_case(rng, text):
    return "".join(char.upper() if rng.random() < 0.3 else char for char in text)


def chance(rng, share):
    return rng.random() < share


def srv(rng, host, ancestor=False):
    priority = rng.choice([1] * 12 + [0, 2, 2])
    weight = rng.choice([2, 2, 2, 2, 2, 2, 3, 3, 1, 0, 4, 6, 7, 5] if not ancestor else [1, 1, 2, 2, 3, 0, 0, 4, 5])
    port = rng.choice([0, 0, 0, 0, 1, 2, 3, 443] if not ancestor else [0, 1, 1, 1, 3, 2, 443])
    target = rng.choice([host] * 4 + TARGETS + [""] + ALIASES[:2])
    return [priority, weight, port, target]


def srv_set(rng, host, ancestor=False):
    draw = rng.random()
    if draw < 0.06:
        count = rng.randint(14, 19)
        weight = rng.choice([2, 3, 4, 6])
        low = rng.choice([0, 0, 2])
        records = [[rng.choice([1, 1, 1, 1, 0, 2]) if low else 1, rng.choice([weight] * 8 + [2, 3]), index * 2 + low,
                    rng.choice([host] + TARGETS[:3] + [""])] for index in range(count)]
        if chance(rng, 0.2):
            records[rng.randrange(count)][1] = 1
        return records
    if draw < 0.16:
        return [[1, 2, rng.choice([0, 0, 0, 1]), target]
                for target in rng.sample(TARGETS[:6] + [host, ""], rng.randint(3, 7))]
    if draw < 0.19:
        raw = rng.choice(["000100020000", "0001", "00010002000003616263", "0001000000000361626300ff", "000100010000c0"])
        return [{"raw": raw}] + [srv(rng, host, ancestor) for _ in range(rng.choice([0, 0, 1]))]
    count = rng.choice([1] * 8 + [2, 2, 3, 4])
    return [srv(rng, host, ancestor) for _ in range(count)]


def address_set(rng):
    result = []
    for kind, pool in (("A", V4), ("AAAA", V6)):
        if chance(rng, 0.75):
            result += [(kind, text) for text in rng.sample(pool, rng.choice([1, 1, 1, 2, 3]))]
    if chance(rng, 0.02):
        result.append(("A", {"raw": "c00002"}))
    return result


class Maker:
    """Collects records; sorts them into their zones at the end."""

    def __init__(self, rng):
        self.rng = rng
        self.records = []

    def add(self, owner, kind, data):
        self.records.append([owner, self.rng.choice(TTLS), kind, data])

    def addresses(self, owner):
        for kind, text in address_set(self.rng):
            self.add(owner, kind, text)


def add_chain(maker, owner, goal):
    """Aliases from owner to goal: short, at the cap, beyond it, or a loop."""
    rng = maker.rng
    length = rng.choice([1, 1, 1, 2, 3, 7, 8, 9])
    names = [owner] + rng.sample(ALIASES, length - 1) + [goal]
    if chance(rng, 0.2):
        names[-1] = rng.choice(names[:-1])
    for index in range(length):
        maker.add(names[index], "CNAME", names[index + 1])


def add_wildcards(maker, host):
    rng = maker.rng
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        at = rng.choice([DOMAIN, "mail." + DOMAIN, "_smtp.mail." + DOMAIN, "sub." + DOMAIN, "other.test"])
        owner = "*." + at
        kind = rng.choice(["SRV", "SRV", "A", "TXT", "PTR", "CNAME"])
        if kind == "SRV":
            for record in srv_set(rng, host, chance(rng, 0.5)):
                maker.add(owner, kind, record)
        elif kind == "A":
            maker.addresses(owner)
        elif kind == "TXT":
            maker.add(owner, kind, ["other"])
        elif kind == "PTR":
            maker.add(owner, kind, "_vouch._smtp." + rng.choice(SERVICES))
        else:
            maker.add(owner, kind, rng.choice(ALIASES + TARGETS + ["_client._smtp." + host]))
    if chance(rng, 0.1):
        maker.add(rng.choice(["ent.nowhere." + DOMAIN, "x._client._smtp." + host, "a.*." + DOMAIN,
                              "*.a." + host]), "TXT", ["other"])


def add_host(maker, host):
    rng = maker.rng
    owner = "_client._smtp." + host
    if chance(rng, 0.7):
        if chance(rng, 0.1):
            goal = rng.choice(ALIASES[6:])
            add_chain(maker, owner, goal)
            owner = goal
        for record in srv_set(rng, host):
            maker.add(owner, "SRV", record)
    if chance(rng, 0.1) and host != DOMAIN:
        add_chain(maker, host, rng.choice(TARGETS + [DOMAIN]))
    elif chance(rng, 0.8):
        maker.addresses(host)
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        prefix = rng.choice(["_vouch._smtp."] * 8 + ["", "_vouch.", "_smtp._vouch.", "x._vouch._smtp."])
        maker.add(host, "PTR", prefix + rng.choice(SERVICES))
    if chance(rng, 0.03):
        maker.add(host, "PTR", rng.choice([{"raw": "03616263"}, "_vouch._smtp"]))


def add_ancestors(maker, host):
    rng = maker.rng
    labels = host.split(".")
    for level in range(1, len(labels)):
        if chance(rng, 0.3):
            name = "_client._smtp." + ".".join(labels[-level:])
            if chance(rng, 0.08):
                goal = rng.choice(ALIASES[6:])
                add_chain(maker, name, goal)
                name = goal
            for record in srv_set(rng, host, True):
                maker.add(name, "SRV", record)


def add_targets(maker):
    rng = maker.rng
    for target in TARGETS:
        if chance(rng, 0.08):
            add_chain(maker, target, rng.choice(TARGETS))
        elif chance(rng, 0.75):
            maker.addresses(target)
    for alias in ALIASES:
        if chance(rng, 0.2):
            maker.addresses(alias)


def split_strings(rng, text):
    cut = rng.randint(0, len(text))
    return [text[:cut], text[cut:]] if chance(rng, 0.3) else [text]


def reversed_address(text):
    pointer = ipaddress.ip_address(text).reverse_pointer
    return pointer.rpartition(".in-addr")[0] or pointer.rpartition(".ip6")[0]


def report_owners(service, hosts):
    """Where the service can publish about hosts, their organizations or clients."""
    if service["style"] == "address-list":
        return [reversed_address(text) for text in V4[:2] + V6[:2]]
    names = hosts + ([".".join(host.split(".")[-2:]) for host in hosts] if service["ask"] == "organization" else [])
    return [name + "._vouch" if service["style"] == "vbr" else name for name in dict.fromkeys(names)]


def add_report(maker, owner, service):
    rng = maker.rng
    if service["style"] in ("domain-list", "address-list"):
        data = {"raw": "7f0000"} if chance(rng, 0.03) else rng.choice(CODES)
        maker.add(owner, "A", data)
    else:
        maker.add(owner, "TXT", split_strings(rng, rng.choice(WORDS if service["style"] == "vbr" else REPORTS)))


def add_reports(maker, hosts, services):
    rng = maker.rng
    for service in services:
        if service["style"] == "list":
            continue
        for subject in report_owners(service, hosts):
            if not chance(rng, 0.75):
                continue
            owner = subject + "." + service["name"]
            if chance(rng, 0.1):
                owner = "*." + subject.partition(".")[2] + "." + service["name"]
            if chance(rng, 0.05):
                goal = "r%d.example" % rng.randrange(2)
                maker.add(owner, "CNAME", goal)
                owner = goal
            for _ in range(rng.choice([1, 1, 1, 2, 3])):
                add_report(maker, owner, service)


def tidy(world):
    """What a master file may not hold is left out: doubles, data beside a CNAME, records of no zone."""
    for zone in world["zones"]:
        kept, seen = [], set()
        aliases = {}
        for record in zone["records"]:
            if record[2] == "CNAME":
                aliases.setdefault(record[0], record)
        for record in zone["records"]:
            owner, _, kind, data = record
            mark = repr((owner, kind, data))
            alias = aliases.get(owner) if owner != zone["origin"] else None
            if mark in seen or (alias and record is not alias) or (kind == "CNAME" and owner == zone["origin"]):
                continue
            seen.add(mark)
            kept.append(record)
        zone["records"] = kept
    return world


def make_zones(rng, records):
    origins = [DOMAIN, "example"]
    for origin, share in (("org", 0.15), ("other.test", 0.7), ("test", 0.25), ("sub." + DOMAIN, 0.2), ("", 0.03),
                          ("mail." + DOMAIN, 0.08), ("s0.example", 0.2), ("accred.test", 0.5)):
        if chance(rng, share):
            origins.append(origin)
    if chance(rng, 0.03):
        origins.remove(DOMAIN)
    secure = rng.choice([0, 0, 0.5, 0.8, 1])
    zones = [{"origin": origin, "soa_ttl": rng.choice(TTLS), "minimum": rng.choice(TTLS), "secure": chance(rng, secure),
              "additional": rng.choice([[]] * 6 + [["A", "AAAA"], ["A"], ["AAAA"]]), "records": [], "faults": []}
             for origin in origins]
    world = {"zones": zones}
    for record in records:
        zone = zone_of(world, record[0])
        if zone:
            zone["records"].append(record)
    return tidy(world)


def make_service(rng, name, style):
    return {"name": name, "style": style, "weight": rng.choice(["1", "1", "1", "0.5", "0.35", "0.15", "0"]),
            "positives": chance(rng, 0.85), "negatives": chance(rng, 0.85), "only_if_listed": False, "entries": [],
            "ask": "host", "codes": [], "suspended": False}


def make_services(rng, hosts):
    services = []
    count = rng.choice([0, 0, 1, 1, 1, 2, 2, 3, 4, 6, 7, 9])
    for name in rng.sample(SERVICES, count):
        service = make_service(rng, name, rng.choice(["dna"] * 3 + ["vbr", "domain-list", "address-list"]))
        if service["style"] != "address-list":
            service["only_if_listed"] = chance(rng, 0.3)
            service["ask"] = rng.choice(["host"] * 3 + ["organization"])
        if service["style"] in ("domain-list", "address-list"):
            service["codes"] = rng.sample(ROWS, rng.choice([1, 1, 2, 4, 8]))
        services.append(service)
    for index in range(rng.choice([0, 0, 0, 1, 1, 2])):
        keys = list(dict.fromkeys(rng.choice(hosts + ["." + DOMAIN, ".org", ".mail." + DOMAIN, DOMAIN, ".test",
                                                      "." + hosts[0]]) for _ in range(3)))
        service = make_service(rng, "own%d" % index, "list")
        service["entries"] = [[key, rng.choice(["trusted", "blocked"]), rng.choice(["", "note", "a longer note"])]
                              for key in keys]
        service["ask"] = rng.choice(["host"] * 4 + ["organization"])
        services.insert(rng.randint(0, len(services)), service)
    if chance(rng, 0.25):
        for service in services:
            service["suspended"] = service["style"] != "list" and chance(rng, 0.4)
    return services


def make_settings(rng):
    choices = {
        "mode": ["monitor"], "reject_at_stage": ["mail", "helo"], "quorum": ["2", "3", "6"], "header.method": ["x-csv"],
        "csa.parent_search": ["no"], "csa.allow_underscore": ["yes", "yes"], "csa.reverse_names": ["yes"],
        "csa.strict": ["yes", "yes"], "csa.temperror": ["defer", "defer"],
        "identity.for_accreditation": ["tls", "forward", "forward"], "identity.for_own_lists": ["csa", "tls"],
        "dnssec.require_for_trust": ["yes", "yes"], "trust.accept_at": ["1", "10", "70", "100", "61"],
        "trust.reject_at": ["-1", "-100", "-60", "-61"], "trust.csa_pass": ["0", "50", "49", "100"],
        "trust.csa_prohibited": ["0", "-49"], "trust.csa_mismatch": ["0", "-60", "-10"],
        "trust.csa_no_address": ["0", "-50"], "trust.csa_explicit": ["-40", "0"], "trust.csa_permerror": ["-100", "0"],
        "trust.dna_a": ["0", "45", "90"], "trust.dna_b": ["30", "1"], "trust.dna_d": ["-90", "-10", "0"],
        "trust.dna_e": ["-50", "-70", "0"], "trust.list_trusted": ["50", "0"],
        "trust.list_blocked": ["-50", "-30", "0"],
    }
    share = rng.choice([0, 0.05, 0.1, 0.25])
    return {name: rng.choice(values) for name, values in choices.items() if chance(rng, share)}


def add_faults(rng, world, sessions, settings, services, slow):
    """Faults at questions that the sessions ask, and at what their aliases lead to."""
    count = rng.choice([0, 0, 0, 1, 1, 2, 4])
    for _ in range(count):
        client, helo = rng.choice(sessions)
        trace = judge(world, settings, services, client, helo)["trace"]
        if not trace:
            continue
        _, name, kind, _ = rng.choice(trace)
        if chance(rng, 0.25):
            name = rng.choice(ALIASES + TARGETS + ["*." + DOMAIN])
        zone = zone_of(world, name)
        if zone and below(name, zone["origin"]):
            fault = "timeout" if slow else rng.choice(FAULTS)
            kind = rng.choice([kind, kind, "*"])
            if not any(old[0] == name for old in zone["faults"]):
                zone["faults"].append([name, kind, fault])


def make_helo(rng, hosts):
    draw = rng.random()
    if draw < 0.12:
        return rng.choice(ODD_HELOS)
    host = rng.choice(hosts)
    if draw < 0.2:
        return swap_case(rng, host) + rng.choice(["", "."])
    return host


def make(rng, count):
    """One case: { world, settings, services, sessions: [[client, helo], ...], slow }."""
    hosts = rng.sample(HOSTS, rng.choice([1, 1, 2, 3]))
    services = make_services(rng, hosts)
    maker = Maker(rng)
    for host in hosts:
        add_host(maker, host)
        add_ancestors(maker, host)
    add_wildcards(maker, hosts[0])
    add_targets(maker)
    add_reports(maker, hosts, services)
    if chance(rng, 0.3):
        rng.shuffle(maker.records)
    world = make_zones(rng, maker.records)
    settings = make_settings(rng)
    if settings.get("csa.reverse_names") and chance(rng, 0.8):
        del settings["csa.reverse_names"]
    sessions = [[rng.choice(CLIENTS), make_helo(rng, hosts)] for _ in range(count)]
    slow = chance(rng, 0.02)
    add_faults(rng, world, sessions, settings, services, slow)
    return {"world": world, "settings": settings, "services": services, "sessions": sessions, "slow": slow}
