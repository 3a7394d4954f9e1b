"""judge.py - a receiver of Certified Server Validation, written from SPEC 8 and DESIGN 4, 5, 6 alone.

judge(world, settings, services, client, helo) gives what the tool has to print. Settings are dotted names that differ
from the defaults. A service: { name, style, weight, positives, negatives, only_if_listed, entries, ask, codes,
suspended }; codes are [[low, high] * 4, word]. The organization of a name is its last two labels: no world has names
for which the list of public suffixes says anything else.

Where the specification leaves it open, the model does as the tool: a chain is never secure; free text that is empty is
none; praise that is withheld has its row beside a D or E that counts; policy.csv-identity stands behind the service.
"""
import ipaddress
import re
from fractions import Fraction

from world import lookup

NAME_MAX, QUESTION_MAX = 239, 253
RECORDS_MAX, TARGETS_MAX, REPORTS_MAX, LEVEL_MAX = 16, 4, 6, 6
INFO_MAX = 255
STRENGTHS = ["none", "forward", "tls", "csa"]
REPORT = re.compile(r"MARID,1,([A-E])(?:;(.*))?\Z", re.DOTALL)
VBR = re.compile(r"[a-z][a-z0-9-]*( +[a-z][a-z0-9-]*)*\Z")
WORDS = {"prohibited": "fail", "mismatch": "fail", "no-address": "fail", "explicit": "fail", "match": "pass",
         "ignore-target": "neutral", "no-record": "none", "no-helo": "none", "literal": "none", "bad-name": "none",
         "other-version": "none", "srv-dns": "temperror", "addr-dns": "temperror", "parent-dns": "temperror",
         "reserved-weight": "permerror", "bad-rdata": "permerror", "chain": "permerror", "too-many": "permerror"}
DEFAULTS = {"mode": "enforce", "reject_at_stage": "rcpt", "quorum": "1", "header.method": "csv",
            "csa.parent_search": "yes", "csa.allow_underscore": "no", "csa.reverse_names": "no", "csa.strict": "no",
            "csa.temperror": "continue", "identity.for_accreditation": "csa", "identity.for_own_lists": "forward",
            "dnssec.require_for_trust": "no", "trust.accept_at": "50", "trust.reject_at": "-50",
            "trust.csa_pass": "10", "trust.csa_prohibited": "-100", "trust.csa_mismatch": "-100",
            "trust.csa_no_address": "-100", "trust.csa_explicit": "-100", "trust.csa_permerror": "-50",
            "trust.dna_a": "60", "trust.dna_b": "40", "trust.dna_d": "-60", "trust.dna_e": "-100",
            "trust.list_trusted": "100", "trust.list_blocked": "-100"}


def setting(settings, name):
    return settings.get(name, DEFAULTS[name])


def is_on(settings, name):
    return setting(settings, name) == "yes"


def address(text):
    """An address, IPv4-mapped as IPv4; none for other text."""
    try:
        value = ipaddress.ip_address(text)
    except ValueError:
        return None
    if value.version == 6 and "%" in str(value):
        return None
    if value.version == 6 and value.ipv4_mapped:
        return value.ipv4_mapped
    return value


# ---- the HELO argument [SPEC 8.2 step 2] ----

def literal_address(text):
    """The address that a literal, or a bare address, holds."""
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
        if text[:5].lower() == "ipv6:":
            text = text[5:]
    return address(text)


def is_label(label, underscore):
    if not 1 <= len(label) <= 63:
        return False
    ends = "[A-Za-z0-9_]" if underscore else "[A-Za-z0-9]"
    inner = "[A-Za-z0-9_-]" if underscore else "[A-Za-z0-9-]"
    return re.fullmatch("%s(%s*%s)?" % (ends, inner, ends), label) is not None


def helo_name(settings, helo):
    """(name, reason): one of them is none."""
    if helo == "":
        return None, "no-helo"
    text = helo[:-1] if helo.endswith(".") else helo
    bracketed = len(text) >= 2 and text.startswith("[") and text.endswith("]")
    if bracketed or address(text):
        if is_on(settings, "csa.reverse_names") and literal_address(text):
            return literal_address(text).reverse_pointer, None
        return None, "literal"
    labels = text.split(".")
    underscore = is_on(settings, "csa.allow_underscore")
    if len(labels) < 2 or not all(is_label(label, underscore) for label in labels):
        return None, "bad-name"
    if labels[-1].isdigit() or len(text) > NAME_MAX:
        return None, "bad-name"
    return text.lower(), None


# ---- the session's questions ----

class Session:
    """Asks the world, each question once, and remembers what was asked."""

    def __init__(self, world):
        self.world = world
        self.asked = {}
        self.trace = []

    def ask(self, purpose, name, kind):
        if (name, kind) not in self.asked:
            self.asked[name, kind] = lookup(self.world, name, kind)
            self.trace.append([purpose, name, kind, self.asked[name, kind].status])
        return self.asked[name, kind]

    def ttl(self):
        return min((answer.ttl for answer in self.asked.values() if answer.ttl is not None), default=None)


def addresses(answer, client):
    """(whether the client is among them, whether there are any, whether something is trouble)."""
    if answer.status != "found":
        return False, False, answer.trouble
    good = [data for data in answer.records if isinstance(data, str)]
    match = any(ipaddress.ip_address(data) == client for data in good)
    return match, bool(good), not match and len(good) < len(answer.records)


# ---- CSA [SPEC 8.2 steps 3 to 6] ----

def classify(record):
    if isinstance(record, dict):
        return "bad-rdata"
    priority, weight, port, _ = record
    if priority != 1:
        return "other-version"
    if weight & ~3:
        return "reserved-weight"
    if weight == 0 and port & ~1:
        return "foreign"
    return ("prohibit", "prohibit", "allow", "ignore")[weight]


def sort_key(record):
    if isinstance(record, dict):
        return (0, 0, 0, b"")
    return (record[0], record[1], record[2], (record[3] or ".").encode())


def csa_targets(session, targets, cut, srv, client, kind):
    """Step 5 for the targets: (reason, secure)."""
    cut = cut or len(targets) > TARGETS_MAX
    if any(owner in targets[:TARGETS_MAX] and address(text) == client for owner, text in srv.additional):
        return "match", srv.secure
    answers = [session.ask("target", target, kind) for target in targets[:TARGETS_MAX]]
    found = [addresses(answer, client) for answer in answers]
    every = srv.secure and all(answer.secure for answer in answers)
    if any(match for match, _, _ in found):
        proven = any(match and answer.secure for (match, _, _), answer in zip(found, answers))
        return "match", srv.secure and proven
    if any(trouble for _, _, trouble in found):
        return "addr-dns", False
    if any(answer.status == "chain" for answer in answers):
        return "chain", False
    if cut:
        return "too-many", every
    return ("mismatch" if any(seen for _, seen, _ in found) else "no-address"), every


def levels(settings, name, helo):
    """The ancestors to ask, the top-most first [SPEC 2.7, 2.8]."""
    labels = name.split(".")
    wanted = range(2, min(len(labels) - 1, LEVEL_MAX) + 1)
    if is_on(settings, "csa.reverse_names") and name.endswith(".in-addr.arpa"):
        wanted = range(3, min(len(labels) - 1, 5) + 1)
    elif is_on(settings, "csa.reverse_names") and name.endswith(".ip6.arpa"):
        wanted = [level for level in (6, 10, 14, 18, 22) if level < len(labels)]
    return [".".join(labels[-level:]) for level in wanted]


def asserts_explicit(answer):
    return answer.status == "found" and any(
        classify(record) in ("prohibit", "allow", "ignore") and record[2] & 1 for record in answer.records)


def csa_parents(session, settings, name, helo, srv):
    """Step 6: (reason, domain, secure)."""
    unregistered = srv.soa is not None and srv.soa in ("", name.split(".")[-1])
    if not is_on(settings, "csa.parent_search") or unregistered:
        return "no-record", None, srv.secure
    ancestors = levels(settings, name, helo)
    answers = [session.ask("parent", "_client._smtp." + ancestor, "SRV") for ancestor in ancestors]
    for ancestor, answer in zip(ancestors, answers):
        if asserts_explicit(answer):
            return "explicit", ancestor, srv.secure and answer.secure
    if any(answer.trouble for answer in answers):
        return "parent-dns", None, False
    return "no-record", None, srv.secure and all(answer.secure for answer in answers)


def csa(session, settings, name, helo, client, kind):
    """(reason, domain, secure)."""
    srv = session.ask("csa", "_client._smtp." + name, "SRV")
    if srv.trouble:
        return "srv-dns", None, False
    if srv.status == "chain":
        return "chain", None, False
    if srv.status != "found":
        return csa_parents(session, settings, name, helo, srv)
    records = sorted(srv.records, key=sort_key)
    if any(classify(record) == "prohibit" for record in records):
        return "prohibited", name, srv.secure
    cut = len(records) > RECORDS_MAX
    judged = records[:RECORDS_MAX]
    kinds = [classify(record) for record in judged]
    if "allow" in kinds:
        targets = [record[3] for record in judged if classify(record) == "allow" and record[3] != ""]
        reason, secure = csa_targets(session, list(dict.fromkeys(targets)), cut, srv, client, kind)
        return reason, name, secure
    for word, reason in (("ignore", "ignore-target"), ("reserved-weight", "reserved-weight"),
                         ("bad-rdata", "bad-rdata")):
        if word in kinds:
            return reason, name, srv.secure
    if cut:
        return "too-many", name, srv.secure
    if "other-version" in kinds:
        return "other-version", name, srv.secure
    return csa_parents(session, settings, name, helo, srv)


# ---- accreditation [SPEC 8.3] ----

def row(service, rating="C", listed=False, info=None, error=None):
    return {"service": service["name"], "style": service["style"], "listed": listed, "used": False,
            "rating": rating, "info": info, "error": error}


def unasked(service, subject):
    """There was nothing to ask about, which is no error: its words say why."""
    missing = service["style"] != "address-list" and not subject
    return row(service, info="not asked: " + ("no organizational domain" if missing else "the name would be too long"))


def list_report(service, name):
    """The exact entry, else the longest that covers the name."""
    best = None
    for entry, word, comment in service["entries"]:
        covers = name.endswith(entry) and name != entry if entry.startswith(".") else name == entry
        if covers and (best is None or len(entry) > len(best[0]) or not entry.startswith(".")):
            if best is None or best[0].startswith("."):
                best = (entry, word, comment)
    if best is None:
        return row(service)
    return row(service, "A" if best[1] == "trusted" else "E", True, best[2] or None)


def worst_of(service, found):
    """The row of a service that gave (letter, info) several times: the worst, of equal ones the first info."""
    if not found:
        return row(service)
    letter = max(letter for letter, _ in found)
    info = min((text or "" for rated, text in found if rated == letter), key=lambda text: text.encode()[:INFO_MAX])
    return row(service, letter, True, info[:INFO_MAX] or None)


def dna_found(answer):
    matches = [REPORT.match("".join(strings)) for strings in answer.records]
    return [(match.group(1), match.group(2)) for match in matches if match]


def vbr_found(answer):
    texts = ["".join(strings) for strings in answer.records]
    words = [text.split() for text in texts if VBR.match(text)]
    return [("A" if "all" in each else "C", " ".join(each)) for each in words]


def code_word(service, octets):
    """What the first row that holds the address says; none: it is unknown."""
    if octets[0] != 127:
        return None
    for ranges, word in service["codes"]:
        if all(low <= octet <= high for octet, (low, high) in zip(octets, ranges)):
            return word
    return None


def code_report(service, answer):
    """A records by the code table: any that is no rating is an error of the service."""
    good = [ipaddress.ip_address(data).packed for data in answer.records if isinstance(data, str)]
    bad = sorted(octets for octets in good if code_word(service, octets) in (None, "error"))
    if bad:
        what = "refuses: " if code_word(service, bad[0]) else "unknown code "
        return row(service, info=what + str(ipaddress.ip_address(bad[0])), error="failed")
    if len(good) < len(answer.records):
        return row(service, info="malformed address", error="failed")
    return worst_of(service, [(code_word(service, octets), "code " + str(ipaddress.ip_address(octets)))
                              for octets in good])


def question_of(service, name, organization, client):
    """(name, type) to ask a service; none: there is nothing to ask, or it would be too long."""
    subject = organization if service["ask"] == "organization" else name
    if service["style"] == "address-list":
        subject = client.reverse_pointer.rpartition(".in-addr" if client.version == 4 else ".ip6")[0]
    if not subject:
        return None
    between = "._vouch." if service["style"] == "vbr" else "."
    asked = subject + between + service["name"]
    return (asked, "TXT" if service["style"] in ("dna", "vbr") else "A") if len(asked) <= QUESTION_MAX else None


def service_report(session, service, question):
    answer = session.ask("report", *question)
    if answer.trouble or answer.status == "chain":
        return row(service, error=answer.status)
    if service["style"] == "dna":
        return worst_of(service, dna_found(answer))
    if service["style"] == "vbr":
        return worst_of(service, vbr_found(answer))
    return code_report(service, answer)


def pointed(session, services, name):
    """(services that the PTR set names, trouble)."""
    if not any(service["only_if_listed"] for service in services):
        return set(), None
    answer = session.ask("pointers", name, "PTR")
    if answer.trouble or answer.status == "chain":
        return set(), answer.status
    prefix = "_vouch._smtp."
    return {data[len(prefix):] for data in answer.records if isinstance(data, str) and data.startswith(prefix)}, None


def reports(session, services, name, organization, client):
    """One row a configured service, in their order, with the service itself; without a name, of address lists."""
    if name is None:
        services = [service for service in services if service["style"] == "address-list"]
    asking = [service for service in services if service["style"] != "list"]
    named, trouble = pointed(session, asking, name)
    first = [service for service in asking if not service["only_if_listed"]]
    second = [service for service in asking if service["only_if_listed"] and service["name"] in named]
    chosen, full = {}, []
    for service in first + second:
        question = question_of(service, name, organization, client)
        if question and len(chosen) == REPORTS_MAX:
            full.append(service["name"])
        elif question:
            chosen[service["name"]] = question
    rows = []
    for service in services:
        if service["style"] == "list":
            subject = organization if service["ask"] == "organization" else name
            rows.append((service, list_report(service, subject) if subject else unasked(service, subject)))
        elif service["name"] in chosen:
            rows.append((service, service_report(session, service, chosen[service["name"]])))
        elif service in first or service in second:
            subject = organization if service["ask"] == "organization" else name
            rows.append((service, row(service, error="too-many") if service["name"] in full
                         else unasked(service, subject)))
        elif trouble:
            rows.append((service, row(service, error=trouble)))
    return rows


def organization_of(name, helo):
    """The last two labels of a name; an address has none."""
    if name is None or literal_address(helo[:-1] if helo.endswith(".") else helo):
        return None
    return ".".join(name.split(".")[-2:])


def is_incomplete(settings, session, services, rows):
    """Whether a question, or a service that counts, is in trouble."""
    waits = [service for service in services if service["only_if_listed"] and service["style"] != "address-list"]
    for purpose, _, _, status in session.trace:
        if purpose == "pointers" and all(service["suspended"] for service in waits):
            continue
        if purpose != "report" and status in ("failed", "timeout", "bogus"):
            return True
    return any(report["error"] in ("failed", "timeout", "bogus") and not service["suspended"]
               for service, report in rows)


# ---- trust [DESIGN 5] ----

def product(settings, token, service=None):
    weight = Fraction(service["weight"] if service else "1")
    value = Fraction(setting(settings, "trust." + token.replace("-", "_"))) * weight
    size = (2 * abs(value) + 1) // 2
    return int(size if value >= 0 else -size)


def withheld(settings, verdict, floor):
    """Why evidence in favour may not count; none: it may."""
    strength = verdict["identity"]
    proven = STRENGTHS.index(strength) >= STRENGTHS.index(setting(settings, floor))
    if WORDS[verdict["reason"]] == "fail" or not proven:
        return "unproven-name"
    return no_dnssec(settings, verdict)


def no_dnssec(settings, verdict):
    return "no-dnssec" if is_on(settings, "dnssec.require_for_trust") and not verdict["secure"] else None


def evidence(token, points, why=None):
    return {"token": token, "points": 0, "why": why} if why else {"token": token, "points": points}


def csa_evidence(settings, verdict):
    reason = verdict["reason"]
    if reason == "match":
        return [evidence("csa-pass", product(settings, "csa-pass"), no_dnssec(settings, verdict))]
    if WORDS[reason] == "fail":
        return [evidence("csa-" + reason, product(settings, "csa-" + reason))]
    if reason == "reserved-weight" and is_on(settings, "csa.strict"):
        return [evidence("csa-permerror", product(settings, "csa-permerror"))]
    return []


def heaviest(rows, letter):
    """Of equal letters the heavier service, then the name in byte order."""
    equal = [pair for pair in rows if pair[1]["rating"] == letter]
    return min(equal, key=lambda pair: (-Fraction(pair[0]["weight"]), pair[0]["name"].encode()))


def is_weighed(pair, letters, sign):
    return pair[0]["style"] != "list" and pair[1]["rating"] in letters and pair[0][sign]


def spoken(rows):
    """Those of services with weight; where they say nothing, those of the others."""
    weighted = [pair for pair in rows if Fraction(pair[0]["weight"])]
    says = any(is_weighed(pair, "AB", "positives") or is_weighed(pair, "DE", "negatives") for pair in weighted)
    return weighted if says else [pair for pair in rows if not Fraction(pair[0]["weight"])]


def rating_row(settings, rows, best, why=None):
    """(service's report, row of evidence) of the best letter, or of the worst."""
    letter = (min if best else max)(pair[1]["rating"] for pair in rows)
    service, report = heaviest(rows, letter)
    token = "dna-" + letter.lower()
    return report, evidence(token, product(settings, token, service), why)


def dna_evidence(settings, verdict, rows):
    """Rows of evidence, ordered by letter; marks the rating that counts."""
    def why(service):
        if service["style"] != "address-list":
            return withheld(settings, verdict, "identity.for_accreditation")
        return "unproven-name" if WORDS[verdict["reason"]] == "fail" else no_dnssec(settings, verdict)

    heard = spoken([pair for pair in rows if not pair[0]["suspended"]])
    against = [pair for pair in heard if is_weighed(pair, "DE", "negatives")]
    favour = [pair for pair in heard if is_weighed(pair, "AB", "positives")]
    counting = [pair for pair in favour if why(pair[0]) is None]
    waiting = [pair for pair in favour if why(pair[0]) is not None]
    result, rating = [], "C"
    if against and len(against) >= int(setting(settings, "quorum")):
        report, item = rating_row(settings, against, False)
    elif counting:
        report, item = rating_row(settings, counting, True)
    else:
        report = None
    if report:
        report["used"] = True
        rating = report["rating"]
        result.append(item)
    if waiting:
        letter = min(pair[1]["rating"] for pair in waiting)
        if letter < rating:
            service, _ = heaviest(waiting, letter)
            result.append(rating_row(settings, waiting, True, why(service))[1])
    if against and rating not in "DE":
        result.append(rating_row(settings, against, False, "quorum")[1])
    unheard = spoken([pair for pair in rows if pair[0]["suspended"]])
    for letters, sign, best in (("AB", "positives", True), ("DE", "negatives", False)):
        chosen = [pair for pair in unheard if is_weighed(pair, letters, sign)]
        if chosen:
            result.append(rating_row(settings, chosen, best, "suspended")[1])
    return sorted(result, key=lambda item: item["token"])


def list_evidence(settings, verdict, rows):
    """One row a token, the greatest."""
    result = []
    for letter, token, sign in (("A", "list-trusted", "positives"), ("E", "list-blocked", "negatives")):
        points = [product(settings, token, service) for service, report in rows
                  if service["style"] == "list" and report["rating"] == letter and service[sign]]
        if points:
            why = withheld(settings, verdict, "identity.for_own_lists") if letter == "A" else None
            result.append(evidence(token, max(points, key=abs), why))
    return result


# ---- action and header [DESIGN 5, 6.2] ----

def action(settings, verdict):
    if verdict["level"] == "trusted":
        return "accept"
    if verdict["level"] == "untrusted":
        return "reject"
    if WORDS[verdict["reason"]] == "temperror" and setting(settings, "csa.temperror") == "defer":
        return "defer"
    return "continue"


def reply_start(settings, verdict):
    """How the reply begins; none: there is no reply."""
    plain = setting(settings, "reject_at_stage") == "helo"
    if verdict["verb"] == "defer":
        return "451 " if plain else "451 4.4.3 "
    if verdict["verb"] != "reject":
        return None
    code = "550 " if plain else "550 5.7.1 "
    deciding = min(verdict["reasons"], key=lambda item: item["points"])
    if deciding["token"] in ("dna-d", "dna-e"):
        return code + "Access denied based on %s report" % verdict["service"]
    return code + (verdict["domain"] if deciding["token"] == "csa-explicit" else verdict["name"])


def helo_value(name, helo):
    """smtp.helo of the header: a name as it is, other text quoted or left out."""
    if name is not None and not literal_address(helo[:-1] if helo.endswith(".") else helo):
        return name
    if helo == "" or len(helo) > 255 or not all(" " <= char <= "~" for char in helo):
        return None
    return '"%s"' % helo.replace("\\", "\\\\").replace('"', '\\"')


def header(settings, verdict, helo):
    parts = ['%s=%s reason="%s"' % (setting(settings, "header.method"), WORDS[verdict["reason"]], verdict["reason"])]
    value = helo_value(verdict["name"], helo)
    if value is not None:
        parts.append("smtp.helo=" + value)
    if verdict["domain"] not in (None, verdict["name"]):
        parts.append("policy.csv-domain=" + verdict["domain"])
    if verdict["service"]:
        parts.append("policy.csv-dna=%s policy.csv-service=%s" % (verdict["rating"], verdict["service"]))
    if verdict["identity"] in ("forward", "tls"):
        parts.append("policy.csv-identity=" + verdict["identity"])
    parts.append("policy.csv-trust=%s policy.csv-score=%d" % (verdict["level"], verdict["score"]))
    return " ".join(parts)


def judge(world, settings, services, client_text, helo):
    """The expected output of one session, flat: dotted key to value."""
    client, session = address(client_text), Session(world)
    kind = "A" if client.version == 4 else "AAAA"
    name, reason = helo_name(settings, helo)
    verdict = {"name": name, "reason": reason, "domain": None, "secure": False, "identity": "none"}
    rows = reports(session, services, name, organization_of(name, helo), client)
    if name is not None:
        early = session.ask("address", name, kind)
        verdict["reason"], verdict["domain"], verdict["secure"] = csa(session, settings, name, helo, client, kind)
        if verdict["reason"] == "match":
            verdict["identity"] = "csa"
        elif WORDS[verdict["reason"]] not in ("fail", "neutral") and addresses(early, client)[0]:
            verdict["identity"] = "forward"
    verdict["reasons"] = (csa_evidence(settings, verdict) + dna_evidence(settings, verdict, rows) +
                          list_evidence(settings, verdict, rows))
    verdict["score"] = max(-100, min(100, sum(item["points"] for item in verdict["reasons"])))
    verdict["level"] = ("trusted" if verdict["score"] >= int(setting(settings, "trust.accept_at")) else
                        "untrusted" if verdict["score"] <= int(setting(settings, "trust.reject_at")) else "neutral")
    used = [report for _, report in rows if report["used"]]
    verdict["rating"], verdict["service"] = (used[0]["rating"], used[0]["service"]) if used else ("C", None)
    verdict["verb"] = action(settings, verdict)
    return {
        "name": name, "client": str(client), "csa.result": WORDS[verdict["reason"]], "csa.reason": verdict["reason"],
        "csa.domain": verdict["domain"], "csa.secure": verdict["secure"], "identity": verdict["identity"],
        "dna.rating": verdict["rating"], "dna.service": verdict["service"],
        "dna.reports": [report for _, report in rows], "trust.level": verdict["level"],
        "trust.score": verdict["score"], "trust.reasons": verdict["reasons"], "verb": verdict["verb"],
        "mode": setting(settings, "mode"), "reply": reply_start(settings, verdict),
        "header": header(settings, verdict, helo), "queries": len(session.trace), "ttl": session.ttl(),
        "trace": sorted(session.trace), "incomplete": is_incomplete(settings, session, services, rows), "exit": 1 if verdict["verb"] == "reject" else 0,
    }
