"""world.py - master files as a DNS, after SPEC and conformance/README.md; shares nothing with src/dns.

A world is plain data, so that it can be printed, changed and minimized:

    { "zones": [ { "origin": "example.org", "soa_ttl": 3600, "minimum": 300, "secure": False,
                   "additional": [], "records": [ [owner, ttl, type, data], ... ],
                   "faults": [ [owner, type, kind], ... ] } ] }

Names are lower-case text without the final dot, "" is the root. Data: SRV [priority, weight, port, target]; A, AAAA,
CNAME, PTR text; TXT a list of strings; any type { "raw": hexadecimal }. "additional" holds the types that SRV answers
carry for their targets. A chain is never secure: nobody can validate where it would have led.
"""

CNAMES_MAX = 8
OUTSIDE_TTL = 900
TROUBLE = ("failed", "timeout", "bogus")
TYPE_NUMBERS = {"A": 1, "PTR": 12, "TXT": 16, "AAAA": 28, "SRV": 33}
FAULT_STATUS = {"servfail": "failed", "refused": "failed", "truncated": "failed", "bogus": "bogus",
                "timeout": "timeout"}


class Answer:
    """What came back on one question."""

    def __init__(self, status, records=(), soa=None, ttl=None, secure=False):
        self.status = status
        self.records = list(records)
        self.soa = soa
        self.ttl = ttl
        self.secure = secure
        self.additional = []

    @property
    def trouble(self):
        return self.status in TROUBLE


def parent(name):
    """The name without its first label; the root has none."""
    if name == "":
        return None
    return name.partition(".")[2]


def below(name, origin):
    """Whether the name is the origin or stands below it."""
    return origin == "" or name == origin or name.endswith("." + origin)


def zone_of(world, name):
    """The zone with the longest origin that holds the name."""
    holding = [zone for zone in world["zones"] if below(name, zone["origin"])]
    return max(holding, key=lambda zone: len(zone["origin"].split(".")) if zone["origin"] else 0, default=None)


def exists(zone, name):
    """Whether the name has records or stands above some: an empty non-terminal."""
    return name == zone["origin"] or any(below(record[0], name) for record in zone["records"])


def source_of(zone, name):
    """The owner that answers for the name: itself, a wildcard [RFC 4592 3.3], or none."""
    if exists(zone, name):
        return name
    encloser = parent(name)
    while not exists(zone, encloser):
        encloser = parent(encloser)
    wildcard = "*." + encloser if encloser else "*"
    return wildcard if exists(zone, wildcard) else None


def fault_of(zone, name, source, kind):
    for owner in (name, source):
        for fault in zone["faults"]:
            if fault[0] == owner and fault[1] in ("*", kind):
                return fault[2]
    return None


def additional(world, zone, answer):
    """Addresses of the targets, (owner, text); a secure answer carries only secure ones."""
    result = []
    for target in sorted({record[3] for record in answer.records if isinstance(record, list)}):
        for kind in zone["additional"]:
            home = zone_of(world, target)
            if home and (home["secure"] or not answer.secure):
                source = source_of(home, target)
                result += [(target, record[3]) for record in home["records"]
                           if record[0] == source and record[2] == kind and isinstance(record[3], str)]
    return result


def lookup(world, name, kind):
    """Answers one question, following aliases across zones."""
    ttls, secure, seen = [], True, set()
    while True:
        zone = zone_of(world, name)
        if zone is None:
            return Answer("nxdomain", soa="", ttl=min(ttls + [OUTSIDE_TTL]))
        source = source_of(zone, name)
        fault = fault_of(zone, name, source, kind)
        if fault:
            return Answer(FAULT_STATUS[fault])
        secure = secure and zone["secure"]
        here = [record for record in zone["records"] if record[0] == source]
        aliases = [record for record in here if record[2] == "CNAME"]
        if aliases:
            ttls.append(aliases[0][1])
            seen.add(name)
            name = aliases[0][3]
            if name in seen or len(seen) > CNAMES_MAX:
                return Answer("chain", ttl=min(ttls))
            continue
        found = [record for record in here if record[2] == kind]
        if found:
            ttls += [record[1] for record in found]
            answer = Answer("found", [record[3] for record in found], ttl=min(ttls), secure=secure)
            if kind == "SRV":
                answer.additional = additional(world, zone, answer)
            return answer
        ttls.append(min(zone["soa_ttl"], zone["minimum"]))
        return Answer("nxdomain" if source is None else "nodata", soa=zone["origin"], ttl=min(ttls), secure=secure)


def absolute(name):
    return name + "."


def string(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def rdata(kind, data):
    if isinstance(data, dict):
        return "\\# %d %s" % (len(data["raw"]) // 2, data["raw"])
    if kind == "SRV":
        return "%d %d %d %s" % (data[0], data[1], data[2], absolute(data[3]))
    if kind in ("CNAME", "PTR"):
        return absolute(data)
    if kind == "TXT":
        return " ".join(string(text) for text in data)
    return data


def record_line(record):
    owner, ttl, kind, data = record
    shown = "TYPE%d" % TYPE_NUMBERS[kind] if isinstance(data, dict) else kind
    return "%s %d IN %s %s" % (absolute(owner), ttl, shown, rdata(kind, data))


def zone_text(zone):
    """The zone as a master file."""
    origin = absolute(zone["origin"])
    lines = ["$ORIGIN %s" % origin,
             "%s %d IN SOA ns.test. hostmaster.test. 1 3600 600 86400 %d" % (origin, zone["soa_ttl"], zone["minimum"])]
    if zone["secure"]:
        lines.append(";! secure")
    if zone["additional"]:
        lines.append(";! additional" + (" " + zone["additional"][0] if len(zone["additional"]) == 1 else ""))
    lines += [";! fault %s %s %s" % (absolute(owner), kind, fault) for owner, kind, fault in zone["faults"]]
    lines += [record_line(record) for record in zone["records"]]
    return "\n".join(lines) + "\n"
