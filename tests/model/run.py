#!/usr/bin/python3
"""run.py - a second implementation against the first, on random worlds.

    run.py [--seed N] [--sessions N] [--keep DIR]

judge.py was written from the specification alone. Each session is judged by it and by `vouchsafe check --json --zone
... --config ...`, and every key that the specification determines is compared. A difference is printed with its seed
and a world made small. The last line is "N passed, N failed"; exit 0 if none failed.
The executable is $VOUCHSAFE, else build/vouchsafe of this tree.
"""
import argparse
import copy
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile

import generate
from judge import judge, organization_of
from world import zone_text

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = os.environ.get("VOUCHSAFE") or os.path.join(HERE, "..", "..", "build", "vouchsafe")
SESSIONS_A_WORLD = 4
TRIALS_MAX = 600


# ---- files ----

def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def code_text(code):
    """A row of a code table, ranges as such."""
    ranges, word = code
    return ".".join(str(low) if low == high else "%d-%d" % (low, high) for low, high in ranges) + "=" + word


def config_text(case, folder):
    """The settings and services as vouchsafe.conf(5)."""
    lines = ["header { authserv_id = \"mx.test\" }"]
    if case["slow"]:
        lines.append("dns { timeout = 0.1 }")
    for name, value in case["settings"].items():
        section, dot, option = name.rpartition(".")
        text = "%s = %s" % (option, value)
        lines.append("%s { %s }" % (section, text) if dot else text)
    for service in case["services"]:
        lines.append('accreditor "%s" {' % service["name"])
        lines.append("    weight = %s" % service["weight"])
        for option in ("positives", "negatives", "only_if_listed"):
            lines.append("    %s = %s" % (option, "yes" if service[option] else "no"))
        lines.append("    ask = %s" % service["ask"])
        if service["codes"]:
            lines.append("    codes = {%s}" % ", ".join('"%s"' % code_text(code) for code in service["codes"]))
        if service["style"] != "list":
            lines.append("    style = %s" % service["style"])
        else:
            path = os.path.join(folder, service["name"])
            write(path, "".join("%s %s %s\n" % tuple(entry) for entry in service["entries"]))
            lines.append('    style = list\n    file = "%s"' % path)
        lines.append("}")
    return "\n".join(lines) + "\n"


def sections_joined(text):
    """Several blocks of one section become one."""
    blocks, rest = {}, []
    for line in text.splitlines():
        head, brace, body = line.partition(" { ")
        if brace and body.endswith(" }"):
            blocks.setdefault(head, []).append(body[:-2])
        else:
            rest.append(line)
    joined = ["%s {\n    %s\n}" % (head, "\n    ".join(body)) for head, body in blocks.items()]
    return "\n".join(joined + rest) + "\n"


def write_case(case, folder):
    """Writes the files; gives the arguments."""
    arguments = [TOOL, "check", "--json"]
    for index, zone in enumerate(case["world"]["zones"]):
        path = os.path.join(folder, "zone%d" % index)
        write(path, zone_text(zone))
        arguments += ["--zone", path]
    path = os.path.join(folder, "config")
    write(path, sections_joined(config_text(case, folder)))
    return arguments + ["--config", path]


# ---- the tool ----

def flat(output, status):
    """The keys of the JSON object as the model names them."""
    header = output["header"].partition("; ")[2]
    reports = [{key: report[key] for key in ("service", "style", "listed", "used", "rating", "info", "error")}
               for report in output["dna"]["reports"]]
    trace = [[step["purpose"], step["name"].lower(), step["type"], step["status"]] for step in output["trace"]
             if step["purpose"] not in ("list", "reputation")]
    return {
        "client": output["client"], "csa.result": output["csa"]["result"], "csa.reason": output["csa"]["reason"],
        "csa.domain": output["csa"]["domain"], "csa.secure": output["csa"]["secure"],
        "identity": output["identity"]["strength"], "dna.rating": output["dna"]["rating"],
        "dna.service": output["dna"]["service"], "dna.reports": reports, "trust.level": output["trust"]["level"],
        "trust.score": output["trust"]["score"], "trust.reasons": output["trust"]["reasons"],
        "verb": output["action"]["verb"], "mode": output["action"]["mode"], "reply": output["action"]["reply"],
        "header": header, "queries": output["queries"], "ttl": output["ttl"], "trace": sorted(trace), "exit": status,
    }


def run_tool(arguments, client, helo):
    done = subprocess.run(arguments + ["--", client, helo], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        return {"exit": done.returncode, "error": done.stderr.decode("utf-8", "replace")}
    output = json.loads(done.stdout)
    got = flat(output, done.returncode)
    got["helo"] = output["helo"]
    return got


def expected_of(case, client, helo):
    expected = judge(case["world"], case["settings"], case["services"], client, helo)
    expected["helo"] = helo
    del expected["incomplete"], expected["name"]  # not in the JSON object
    return expected


def reply_fits(expected, got):
    if expected is None or got is None:
        return expected is got
    return got.startswith(expected)


def compare(expected, got):
    """Key to (expected, got), where they differ."""
    if "error" in got:
        return {"error": ("", got["error"])}
    differing = {}
    for key, value in expected.items():
        same = reply_fits(value, got[key]) if key == "reply" else value == got[key]
        if not same:
            differing[key] = (value, got[key])
    return differing


# ---- suspended services: no option of a file, so those worlds become a suite ----

EXPECTED = {"csa": "csa.result", "reason": "csa.reason", "domain": "csa.domain", "identity": "identity",
            "rating": "dna.rating", "service": "dna.service", "level": "trust.level", "score": "trust.score",
            "verb": "verb", "reply": "reply", "header": "header", "queries": "queries", "ttl": "ttl"}


def yes(value):
    return "yes" if value else "no"


def suite_service(service):
    result = {key: service[key] for key in ("name", "style", "weight", "ask")}
    result.update({key: yes(service[key]) for key in ("positives", "negatives", "suspended")})
    if service["style"] == "list":
        result["entries"] = {entry: word for entry, word, _ in service["entries"]}
    elif service["style"] != "address-list":
        result["only_if_listed"] = yes(service["only_if_listed"])
    if service["codes"]:
        result["codes"] = [code_text(code) for code in service["codes"]]
    return result


def suite_session(case, client, helo):
    """A session of a suite with what the model expects of it; comments of own lists are not in a suite."""
    services = [dict(service, entries=[[entry, word, ""] for entry, word, _ in service["entries"]])
                for service in case["services"]]
    expected = judge(case["world"], case["settings"], services, client, helo)
    expect = {key: expected[name] for key, name in EXPECTED.items()}
    expect.update(secure=yes(expected["csa.secure"]), incomplete=yes(expected["incomplete"]))
    expect["evidence"] = [" ".join([item["token"], str(item["points"])] + ([item["why"]] if "why" in item else []))
                          for item in expected["trust.reasons"]]
    expect["reports"] = [dict(report, listed=yes(report["listed"]), used=yes(report["used"]))
                         for report in expected["dna.reports"]]
    session = {"client": client, "helo": helo, "expect": expect,
               "settings": dict(case["settings"], **({"dns.timeout": "0.1"} if case["slow"] else {})),
               "services": [suite_service(service) for service in services]}
    organization = organization_of(expected["name"], helo)
    if organization:
        session["organization"] = organization
    return session


def play_suite(case, folder):
    """Differences of each session, in the words of the tool."""
    path = os.path.join(folder, "suite.yaml")
    result = []
    for client, helo in case["sessions"]:
        document = {"description": "model", "zones": [zone_text(zone) for zone in case["world"]["zones"]],
                    "tests": {"session": suite_session(case, client, helo)}}
        write(path, json.dumps(document, indent=1))
        done = subprocess.run([TOOL, "conformance", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        output = done.stdout.decode("utf-8", "replace")
        result.append({} if done.returncode == 0 else {"suite": ("nothing", output)})
    return result


def play(case, folder):
    """Differences of each session."""
    if any(service["suspended"] for service in case["services"]):
        return play_suite(case, folder)
    arguments = write_case(case, folder)
    return [compare(expected_of(case, client, helo), run_tool(arguments, client, helo))
            for client, helo in case["sessions"]]


# ---- making a difference small ----

def smaller(case):
    """Cases with one thing less, the largest parts first."""
    zones = case["world"]["zones"]
    for index in range(len(zones)):
        yield ("zones", index)
    for index in range(len(case["services"])):
        yield ("services", index)
    for name in list(case["settings"]):
        yield ("settings", name)
    for number, zone in enumerate(zones):
        size = len(zone["records"])
        for width in (8, 1):
            for start in range(0, size, width):
                yield ("records", number, start, width)
        for index in range(len(zone["faults"])):
            yield ("faults", number, index)
        for key, value in (("secure", False), ("additional", []), ("soa_ttl", 3600), ("minimum", 3600)):
            if zone[key] != value:
                yield ("zone", number, key, value)
    if any(record[1] != 3600 for zone in zones for record in zone["records"]):
        yield ("ttls",)
    for number, service in enumerate(case["services"]):
        for key, value in (("weight", "1"), ("positives", True), ("negatives", True), ("only_if_listed", False),
                           ("ask", "host"), ("suspended", False)):
            if service[key] != value:
                yield ("service", number, key, value)
        for index in range(len(service["entries"])):
            yield ("entries", number, index)


def reduced(case, change):
    result = copy.deepcopy(case)
    kind = change[0]
    zones = result["world"]["zones"]
    try:
        if kind == "zones":
            del zones[change[1]]
        elif kind in ("services", "settings"):
            del result[kind][change[1]]
        elif kind == "records":
            del zones[change[1]]["records"][change[2]:change[2] + change[3]]
        elif kind == "faults":
            del zones[change[1]]["faults"][change[2]]
        elif kind == "zone":
            zones[change[1]][change[2]] = change[3]
        elif kind == "ttls":
            for zone in zones:
                for record in zone["records"]:
                    record[1] = 3600
        elif kind == "service":
            result["services"][change[1]][change[2]] = change[3]
        elif kind == "entries":
            del result["services"][change[1]]["entries"][change[2]]
    except (IndexError, KeyError):
        return None
    return result if zones else None


def minimize(case, keys, folder):
    """Takes away what can be taken while one of the keys still differs."""
    trials, again = 0, True
    while again:
        again = False
        for change in list(smaller(case)):
            candidate = reduced(case, change)
            trials += 1
            if candidate is None or trials > TRIALS_MAX or candidate == case:
                continue
            if keys & set(play(candidate, folder)[0]):
                case, again = candidate, True
                break
    return case


def show(seed, case, differing, folder):
    """The text of one difference."""
    client, helo = case["sessions"][0]
    write_case(case, folder)
    lines = ["difference, seed %d: check %s '%s'" % (seed, client, helo)]
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            lines.append("  -- " + name)
            lines += ["  " + line for line in file.read().splitlines()]
    for key, (expected, got) in differing.items():
        lines.append("  %s\n    expected %s\n    got      %s" % (key, json.dumps(expected), json.dumps(got)))
    return "\n".join(lines) + "\n"


def play_seed(job):
    """One world: (sessions, texts of differences)."""
    seed, count, small = job
    case = generate.make(random.Random(seed), count)
    texts = []
    with tempfile.TemporaryDirectory() as folder:
        for number, differing in enumerate(play(case, folder)):
            if not differing:
                continue
            with tempfile.TemporaryDirectory() as place:
                least = dict(case, sessions=[case["sessions"][number]])
                if small:
                    least = minimize(least, set(differing), place)
            with tempfile.TemporaryDirectory() as place:
                texts.append(show(seed, least, play(least, place)[0], place))
    return count, texts


def jobs(seed, sessions, small):
    number = 0
    while sessions > 0:
        count = min(SESSIONS_A_WORLD, sessions)
        yield seed * 1000000 + number, count, small
        sessions -= count
        number += 1


def main():
    parser = argparse.ArgumentParser(description="The model against the tool, on random worlds.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sessions", type=int, default=1500)
    parser.add_argument("--world", type=int, help="play only the world with this seed, as a difference names it")
    parser.add_argument("--whole", action="store_true", help="do not make the worlds of differences small")
    options = parser.parse_args()
    if options.world is not None:
        work = [(options.world, SESSIONS_A_WORLD, not options.whole)]
    else:
        work = list(jobs(options.seed, options.sessions, not options.whole))
    print("seed %d, %d sessions" % (options.seed, options.sessions))
    passed = failed = 0
    with multiprocessing.Pool(2) as pool:
        for count, texts in pool.imap(play_seed, work, chunksize=8):
            for text in texts:
                print(text)
            failed += len(texts)
            passed += count - len(texts)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
