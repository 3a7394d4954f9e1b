"""output.py - cases of what is printed: words for people, the trace, and nothing that a terminal would obey."""
import re

from judge import first, unless
from trust import ACCREDITOR
from zones import CLIENT4

CONTROLS = re.compile('[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]')


def controls(octets):
    """What may not reach a terminal: control characters but the line end, and octets that are no UTF-8."""
    return sorted(set(CONTROLS.findall(octets.decode('utf-8', 'surrogateescape'))))


TEXTS = [('mail.nsec.example', 'pass', 'match'), ('never.nsec.example', 'fail', 'prohibited'),
         ('open.nsec.example', 'neutral', 'ignore-target'), ('absent.nsec.example', 'none', 'no-record'),
         ('moved.tampered.example', 'temperror', 'addr-dns'), ('far-9.plain.example', 'permerror', 'chain')]


def text_output(world):
    """The words of each verdict stand in the text for people."""
    for helo, result, reason in TEXTS:
        run = world.check(world.paths['unbound'], CLIENT4, helo, words=())
        words = run.stdout.decode(errors='replace').split()
        bare = {word.strip('.,:;()"\'') for word in words}
        if not {result, reason} <= bare or run.exit != (1 if result == 'fail' else 0):
            return '%s: exit %d, %r' % (helo, run.exit, run.stdout)
    return None


def trace_output(world):
    """--trace shows every question, in the text as in the JSON."""
    arguments = world.paths['unbound'] + ACCREDITOR
    text = world.check(arguments, CLIENT4, 'quiet.plain.example', words=('--trace',)).stdout.decode()
    trace = world.check(arguments, CLIENT4, 'quiet.plain.example', words=('--json', '--trace')).json
    wanted = ['_client._smtp.quiet.plain.example', 'quiet.plain.example.accred.example', '_client._smtp.plain.example']
    missing = [name for name in wanted if name not in text]
    return first(unless(not missing, 'not in the text: %s' % missing),
                 unless(len(trace['trace']) == trace['queries'] == 4, '%d steps, %d queries'
                        % (len(trace['trace']), trace['queries'])))


def hostile_report(world):
    """A report with ESC, CR, LF and bytes that are no UTF-8."""
    return harmless(world, CLIENT4, 'alias.nsec.example', ACCREDITOR)


def hostile_target(world):
    return harmless(world, CLIENT4, 'odd.nsec.example', [])


def hostile_helo(world):
    return first(*(harmless(world, CLIENT4, helo, []) for helo in
                   (b'\x1b[31mred\x1b[0m', b'a\r\nX-Injected: yes', b'caf\xe9.nsec.example', b'\xc2\x9b31m.example',
                    b'\xff\xfe', b'"; csv=pass', 'caf\u00e9.example'.encode())))


def harmless(world, client, helo, arguments):
    """No control character gets out, and the JSON is one object in any case."""
    arguments = world.paths['unbound'] + arguments
    for words in ((), ('--trace',), ('--json',), ('--json', '--trace')):
        run = world.check(arguments, client, helo, words=words)
        found = controls(run.stdout) or controls(run.stderr.encode('utf-8', 'surrogateescape'))
        if found:
            return '%s %r: control characters %r' % (' '.join(words), helo, found)
        if '--json' in words and (run.json is None or controls(run.json['header'].encode())
                                  or '\n' in run.json['header']):
            return '%r: %r' % (helo, run.stdout)
    return None
